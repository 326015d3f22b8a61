-- name: channel_flows(channels)
SELECT channel, per_hour, quiet_starts, quiet_ends, zone, publish FROM channel_flow
WHERE channel IN (SELECT value::bigint FROM jsonb_array_elements_text(:channels));

-- name: sent_since(channels, since)
-- Messages that channels were given since then, sent or still to be sent.
SELECT b.value::bigint AS channel,
       (SELECT count(*) FROM delivery AS d
        WHERE d.channel = b.value::bigint AND d.created_at >= :since AND d.state <> 'dead') AS sent
FROM jsonb_array_elements_text(:channels) AS b;

-- name: told_stories(pairs)
-- Of pairs of a channel and a story, those that the channel was given, by itself or in a digest.
SELECT (b.value ->> 0)::bigint AS channel, (b.value ->> 1)::bigint AS story FROM jsonb_array_elements(:pairs) AS b
WHERE EXISTS (SELECT 1 FROM delivery AS d
              WHERE d.story_id = (b.value ->> 1)::bigint AND d.channel = (b.value ->> 0)::bigint)
   OR EXISTS (SELECT 1 FROM held AS h
              WHERE h.channel = (b.value ->> 0)::bigint AND h.story_id = (b.value ->> 1)::bigint
                AND h.digest_id IS NOT NULL);

-- name: hold_stories(batch, now)!
-- What the channel was told of is not told again.
INSERT INTO held (channel, story_id, item_id, rule_id, guild, role, why, due_at, created_at)
SELECT b.channel, b.story, b.item, r.id, r.guild, b.role, b.why, b.due_at, :now
FROM (
    SELECT (value ->> 0)::bigint AS rule, (value ->> 1)::bigint AS channel, (value ->> 2)::bigint AS role,
           (value ->> 3)::bigint AS item, (value ->> 4)::bigint AS story, value ->> 5 AS why,
           (value ->> 6)::bigint AS due_at, place
    FROM jsonb_array_elements(:batch) WITH ORDINALITY AS e (value, place)
) AS b JOIN alert_rule AS r ON r.id = b.rule
WHERE NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.channel = b.channel
                  AND (d.story_id = b.story OR (d.item_id = b.item AND d.kind = 'story')))
ORDER BY b.place
ON CONFLICT (channel, story_id) {sooner};

-- name: take_out(batch)!
-- What is posted now waits for no digest any more.
DELETE FROM held
WHERE id IN (
    SELECT h.id FROM jsonb_array_elements(:batch) AS b (value) JOIN alert_rule AS r ON r.id = (b.value ->> 0)::bigint
    JOIN held AS h ON h.channel = (b.value ->> 1)::bigint AND h.story_id = (b.value ->> 4)::bigint
    WHERE h.digest_id IS NULL
);

-- name: hold_anew(batch)!
UPDATE held SET rule_id = (b.value ->> 1)::bigint, item_id = (b.value ->> 2)::bigint, role = (b.value ->> 3)::bigint, why = b.value ->> 4,
                due_at = (b.value ->> 5)::bigint
FROM jsonb_array_elements(:batch) AS b (value)
WHERE held.id = (b.value ->> 0)::bigint AND held.digest_id IS NULL
  AND EXISTS (SELECT 1 FROM alert_rule AS r WHERE r.id = (b.value ->> 1)::bigint);

-- name: drop_held(held)!
DELETE FROM held WHERE id IN (SELECT value::bigint FROM jsonb_array_elements_text(:held)) AND digest_id IS NULL AND {adrift};

-- name: hold_overdue(channel, now)!
INSERT INTO held (channel, story_id, item_id, rule_id, guild, role, why, due_at, created_at)
SELECT channel, story_id, item_id, rule_id, guild, role, 'catch-up', :now::bigint, created_at FROM delivery
WHERE channel = :channel AND state = 'pending' AND attempts = 0 AND kind = 'story' AND story_id IS NOT NULL
ORDER BY id
ON CONFLICT (channel, story_id) {sooner};

-- name: open_digest(channel, since, full)
-- The channel's digest that nobody has tried to post yet; or, for what is beyond its messages of the hour, the one that
-- it was given within the hour for the same reason.
SELECT d.id FROM delivery AS d
WHERE d.channel = :channel AND d.kind = 'digest'
  AND ((d.state = 'pending' AND d.attempts = 0)
       OR (:full = 1 AND d.state IN ('pending', 'sending', 'sent') AND d.created_at >= :since
           AND (d.state <> 'sent' OR d.message_id IS NOT NULL)
           AND EXISTS (SELECT 1 FROM held AS h WHERE h.digest_id = d.id AND h.why = 'full')))
ORDER BY d.id DESC LIMIT 1;

-- name: add_digest(stories, now)
-- A delivery in the name of the first story's rule, with the first role that any asks for.
INSERT INTO delivery (rule_id, guild, channel, role, kind, item_id, due_at, created_at, place)
SELECT h.rule_id, h.guild, h.channel,
       (SELECT o.role FROM held AS o
        WHERE o.role IS NOT NULL AND o.id IN (SELECT value::bigint FROM jsonb_array_elements_text(:stories))
        ORDER BY o.id LIMIT 1),
       'digest', h.item_id, :now::bigint, :now::bigint, (SELECT r.place FROM alert_rule AS r WHERE r.id = h.rule_id)
FROM held AS h WHERE h.id IN (SELECT value::bigint FROM jsonb_array_elements_text(:stories)) ORDER BY h.id LIMIT 1
RETURNING id;

-- name: put_in_digest(digest, stories)!
UPDATE held SET digest_id = :digest WHERE id IN (SELECT value::bigint FROM jsonb_array_elements_text(:stories));
