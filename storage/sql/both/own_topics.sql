-- name: own_topics(guild)
SELECT slug, label, phrases, excluded FROM own_topic WHERE guild = :guild AND saved = 1 ORDER BY slug;

-- name: own_topic_draft(guild, slug)
SELECT slug, label, phrases, excluded FROM own_topic WHERE guild = :guild AND slug = :slug AND saved = 0;

-- name: write_own_topic(guild, slug, label, phrases, excluded, saved, now)!
INSERT INTO own_topic (guild, slug, label, phrases, excluded, saved, written_at)
VALUES (:guild, :slug, :label, :phrases, :excluded, :saved, :now)
ON CONFLICT (guild, slug, saved) DO UPDATE SET
    label = excluded.label, phrases = excluded.phrases, excluded = excluded.excluded, written_at = excluded.written_at;

-- name: forget_own_topic(guild, slug, saved)
DELETE FROM own_topic WHERE guild = :guild AND slug = :slug AND saved = :saved RETURNING slug;

-- name: forget_drafts(before)!
DELETE FROM own_topic WHERE saved = 0 AND written_at < :before;

-- name: forget_other_drafts(guild, kept)!
DELETE FROM own_topic WHERE guild = :guild AND saved = 0 AND slug NOT IN (
    SELECT slug FROM own_topic WHERE guild = :guild AND saved = 0 ORDER BY written_at DESC, slug LIMIT :kept
);
