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
WHERE h.digest_id IS NULL AND h.due_at <= :now AND r.standing <> 'paused' AND r.channel = h.channel
ORDER BY h.due_at LIMIT 1;

-- name: due_stories(channel, now)
SELECT h.id, h.why FROM held AS h JOIN alert_rule AS r ON r.id = h.rule_id
WHERE h.channel = :channel AND h.digest_id IS NULL AND h.due_at <= :now AND r.standing <> 'paused'
  AND r.channel = h.channel
ORDER BY h.id;

-- name: grow_digest(digest, edit_at)!
UPDATE delivery SET grown = grown + 1, edit_at = coalesce(edit_at, :edit_at) WHERE id = :digest;

-- name: digest_stories(digest)
SELECT h.item_id, h.story_id, h.why,
       (SELECT count(DISTINCT lower(m.outlet)) FROM story_item AS s JOIN item AS m ON m.id = s.item_id
        WHERE s.story_id = h.story_id) AS outlets
FROM held AS h WHERE h.digest_id = :digest ORDER BY h.id;

-- name: next_held_due()
SELECT min(h.due_at) AS due_at FROM held AS h JOIN alert_rule AS r ON r.id = h.rule_id
WHERE h.digest_id IS NULL AND r.standing <> 'paused' AND r.channel = h.channel;

-- piece: adrift
-- The rule that a held story goes by is paused, removed or in another channel.
NOT EXISTS (SELECT 1 FROM alert_rule AS w
            WHERE w.id = held.rule_id AND w.standing <> 'paused' AND w.channel = held.channel)

-- piece: sooner
-- Of the rules at work that a held story meets, it goes by the one that posts first.
DO UPDATE SET item_id = excluded.item_id, rule_id = excluded.rule_id, role = excluded.role, why = excluded.why,
              due_at = excluded.due_at, created_at = excluded.created_at
WHERE held.digest_id IS NULL AND (excluded.due_at < held.due_at OR {adrift})
  AND EXISTS (SELECT 1 FROM alert_rule AS e WHERE e.id = excluded.rule_id AND e.standing <> 'paused')

-- name: to_judge(since, after, limit)
-- Held stories of channels of which any rule has changed since that state of the rules.
SELECT h.id, h.channel, h.story_id, h.item_id, h.rule_id, h.role, h.why, h.due_at, h.created_at,
       CASE WHEN r.standing = 'paused' OR r.channel <> h.channel THEN 1 ELSE 0 END AS adrift,
       CASE WHEN r.channel <> h.channel OR (r.standing = 'paused' AND r.reason = 'removed') THEN 1 ELSE 0 END AS left_behind
FROM held AS h JOIN alert_rule AS r ON r.id = h.rule_id
WHERE h.digest_id IS NULL AND h.id > :after
  AND (r.revision > :since
       OR EXISTS (SELECT 1 FROM alert_rule AS o WHERE o.channel = h.channel AND o.revision > :since))
ORDER BY h.id LIMIT :limit;

-- name: touch_rules(channel)!
-- What was set for a channel counts as a change of its rules.
UPDATE alert_rule SET style = style WHERE channel = :channel;
