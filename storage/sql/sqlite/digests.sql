-- name: channel_flows(channels)
SELECT channel, per_hour, quiet_starts, quiet_ends, zone, publish FROM channel_flow
WHERE channel IN (SELECT value FROM json_each(:channels));

-- name: sent_since(channels, since)
-- Messages that channels were given since then, sent or still to be sent.
SELECT b.value AS channel,
       (SELECT count(*) FROM delivery AS d WHERE d.channel = b.value AND d.created_at >= :since AND d.state <> 'dead')
           AS sent
FROM json_each(:channels) AS b;

-- name: told_stories(pairs)
-- Of pairs of a channel and a story, those that the channel was given, by itself or in a digest.
SELECT b.value ->> 0 AS channel, b.value ->> 1 AS story FROM json_each(:pairs) AS b
WHERE EXISTS (SELECT 1 FROM delivery AS d WHERE d.story_id = b.value ->> 1 AND d.channel = b.value ->> 0)
   OR EXISTS (SELECT 1 FROM held AS h
              WHERE h.channel = b.value ->> 0 AND h.story_id = b.value ->> 1 AND h.digest_id IS NOT NULL);

-- name: hold_stories(batch, now)!
-- What the channel was told of is not told again.
INSERT INTO held (channel, story_id, item_id, rule_id, guild, role, why, due_at, created_at)
SELECT b.value ->> 1, b.value ->> 4, b.value ->> 3, r.id, r.guild, b.value ->> 2, b.value ->> 5, b.value ->> 6, :now
FROM json_each(:batch) AS b JOIN alert_rule AS r ON r.id = b.value ->> 0
WHERE NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.channel = b.value ->> 1
                  AND (d.story_id = b.value ->> 4 OR (d.item_id = b.value ->> 3 AND d.kind = 'story')))
ON CONFLICT (channel, story_id) {sooner};

-- name: take_out(batch)!
-- What is posted now waits for no digest any more.
DELETE FROM held
WHERE id IN (
    SELECT h.id FROM json_each(:batch) AS b JOIN alert_rule AS r ON r.id = b.value ->> 0
    JOIN held AS h ON h.channel = b.value ->> 1 AND h.story_id = b.value ->> 4
    WHERE h.digest_id IS NULL
);

-- name: hold_anew(batch)!
UPDATE held SET rule_id = b.value ->> 1, item_id = b.value ->> 2, role = b.value ->> 3, why = b.value ->> 4,
                due_at = b.value ->> 5
FROM json_each(:batch) AS b
WHERE held.id = b.value ->> 0 AND held.digest_id IS NULL
  AND EXISTS (SELECT 1 FROM alert_rule AS r WHERE r.id = b.value ->> 1);

-- name: drop_held(held)!
DELETE FROM held WHERE id IN (SELECT value FROM json_each(:held)) AND digest_id IS NULL AND {adrift};

-- name: hold_overdue(channel, now)!
INSERT INTO held (channel, story_id, item_id, rule_id, guild, role, why, due_at, created_at)
SELECT channel, story_id, item_id, rule_id, guild, role, 'catch-up', :now, created_at FROM delivery
WHERE channel = :channel AND state = 'pending' AND attempts = 0 AND kind = 'story' AND story_id IS NOT NULL
ORDER BY id
ON CONFLICT (channel, story_id) {sooner};

-- name: open_digest(channel, since, full)
-- The channel's digest that nobody has tried to post yet; or, for what is beyond its messages of the hour, the one that
-- it was given within the hour for the same reason.
SELECT d.id FROM delivery AS d
WHERE d.channel = :channel AND d.kind = 'digest'
  AND ((d.state = 'pending' AND d.attempts = 0)
       OR (:full AND d.state IN ('pending', 'sending', 'sent') AND d.created_at >= :since
           AND (d.state <> 'sent' OR d.message_id IS NOT NULL)
           AND EXISTS (SELECT 1 FROM held AS h WHERE h.digest_id = d.id AND h.why = 'full')))
ORDER BY d.id DESC LIMIT 1;

-- name: add_digest(stories, now)
-- A delivery in the name of the first story's rule, with the first role that any asks for.
INSERT INTO delivery (rule_id, guild, channel, role, kind, item_id, due_at, created_at, place)
SELECT rule_id, guild, channel,
       (SELECT role FROM held WHERE role IS NOT NULL AND id IN (SELECT value FROM json_each(:stories)) ORDER BY id LIMIT 1),
       'digest', item_id, :now, :now, (SELECT place FROM alert_rule WHERE id = rule_id)
FROM held WHERE id IN (SELECT value FROM json_each(:stories)) ORDER BY id LIMIT 1
RETURNING id;

-- name: put_in_digest(digest, stories)!
UPDATE held SET digest_id = :digest WHERE id IN (SELECT value FROM json_each(:stories));
