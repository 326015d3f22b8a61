-- name: set_channel_flow(channel, guild, per_hour, quiet_starts, quiet_ends, zone, publish)!
INSERT INTO channel_flow (channel, guild, per_hour, quiet_starts, quiet_ends, zone, publish)
VALUES (:channel, :guild, :per_hour, :quiet_starts, :quiet_ends, :zone, :publish)
ON CONFLICT (channel) DO UPDATE SET guild = excluded.guild, per_hour = excluded.per_hour,
    quiet_starts = excluded.quiet_starts, quiet_ends = excluded.quiet_ends, zone = excluded.zone,
    publish = excluded.publish;

-- name: overdue_channel(before, most)
-- A channel with more stories than that which nobody has tried to post since then: Discord could not be reached.
SELECT channel FROM delivery
WHERE state = 'pending' AND attempts = 0 AND kind = 'story' AND story_id IS NOT NULL AND created_at <= :before
GROUP BY channel HAVING count(*) > :most LIMIT 1;

-- name: drop_overdue(channel)!
DELETE FROM delivery
WHERE channel = :channel AND state = 'pending' AND attempts = 0 AND kind = 'story' AND story_id IS NOT NULL;

-- name: held_channel(now)
SELECT h.channel FROM held AS h JOIN alert_rule AS r ON r.id = h.rule_id
WHERE h.digest_id IS NULL AND h.due_at <= :now AND r.standing <> 'paused' ORDER BY h.due_at LIMIT 1;

-- name: due_stories(channel, now, limit)
SELECT h.id, h.why FROM held AS h JOIN alert_rule AS r ON r.id = h.rule_id
WHERE h.channel = :channel AND h.digest_id IS NULL AND h.due_at <= :now AND r.standing <> 'paused'
ORDER BY h.id LIMIT :limit;

-- name: grow_digest(digest, edit_at)!
UPDATE delivery SET grown = grown + 1, edit_at = coalesce(edit_at, :edit_at) WHERE id = :digest;

-- name: digest_stories(digest)
SELECT h.item_id, h.story_id, h.why FROM held AS h WHERE h.digest_id = :digest ORDER BY h.id;

-- name: next_held_due()
SELECT min(h.due_at) AS due_at FROM held AS h JOIN alert_rule AS r ON r.id = h.rule_id
WHERE h.digest_id IS NULL AND r.standing <> 'paused';
