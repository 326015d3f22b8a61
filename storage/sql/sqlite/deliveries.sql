-- piece: oldest_open
-- The oldest open delivery of each channel, of those whose rule is not paused.
SELECT min(o.id) AS id FROM delivery AS o JOIN alert_rule AS w ON w.id = o.rule_id
WHERE o.state IN ('pending', 'sending') AND w.standing <> 'paused' AND (o.channel >> 22) % :parts = :part
GROUP BY o.channel

-- name: waiting_deliveries(limit, now, part, parts)
-- Only the oldest of a channel may go: it stays in order. Servers (and, of follows, persons) take turns: each gives one
-- before any gives a second, and the one that had its turn longest ago is first.
SELECT q.id FROM (
    SELECT d.id, coalesce(t.at, 0) AS at,
           row_number() OVER (PARTITION BY coalesce(r.owner, d.guild) ORDER BY d.id) AS place
    FROM ({oldest_open}) AS oldest JOIN delivery AS d ON d.id = oldest.id
    JOIN alert_rule AS r ON r.id = d.rule_id
    LEFT JOIN turn AS t ON t.holder = coalesce(r.owner, d.guild)
    WHERE {ready}
) AS q
ORDER BY q.place, q.at, q.id LIMIT :limit;

-- name: claim_deliveries(token, deliveries, until, now)
-- Those that are still ready and the oldest of their channel.
UPDATE delivery SET state = 'sending', attempts = attempts + 1, lease_token = :token, lease_until = :until
WHERE id IN (
    SELECT d.id FROM json_each(:deliveries) AS b JOIN delivery AS d ON d.id = b.value
    JOIN alert_rule AS r ON r.id = d.rule_id
    WHERE {ready}
      AND NOT EXISTS (SELECT 1 FROM delivery AS o JOIN alert_rule AS w ON w.id = o.rule_id
                      WHERE o.channel = d.channel AND o.id < d.id AND o.state IN ('pending', 'sending')
                        AND w.standing <> 'paused')
)
RETURNING id, rule_id, guild, channel, role, kind, payload, item_id, story_id, grown, attempts, doubt_since, place,
          (SELECT owner FROM alert_rule WHERE id = rule_id) AS owner,
          (SELECT locale FROM language
           WHERE holder = coalesce((SELECT owner FROM alert_rule WHERE id = rule_id), guild)) AS locale;

-- name: take_turns(holders)!
INSERT INTO turn (holder, at)
SELECT DISTINCT value, (SELECT coalesce(max(at), 0) + 1 FROM turn) FROM json_each(:holders) WHERE true
ON CONFLICT (holder) DO UPDATE SET at = excluded.at;

-- name: begin_doubt(deliveries, now)!
-- From here until an outcome is stored, nobody knows whether Discord took the message.
UPDATE delivery SET doubt_since = coalesce(doubt_since, :now) WHERE id IN (SELECT value FROM json_each(:deliveries));

-- name: doubt_deliveries()!
-- What waits may have been sent: it is looked for in its channel first (ten minutes earlier, so that no nonce counts).
UPDATE delivery SET state = 'pending', lease_token = NULL, lease_until = NULL, attempts = max(attempts, 1),
                    doubt_since = coalesce(doubt_since, created_at) - 600000
WHERE state IN ('pending', 'sending');

-- name: recover_edits(holder)!
UPDATE delivery SET lease_token = NULL, lease_until = NULL WHERE state = 'sent' AND lease_token GLOB :holder || '*';

-- name: recover_deliveries(holder)!
UPDATE delivery SET state = 'pending', lease_token = NULL, lease_until = NULL
WHERE state = 'sending' AND lease_token GLOB :holder || '*';

-- name: block_rules(channel, reason, now, day, soon, later, tomorrow)!
-- Tried again soon within the first day, then less often; a person who takes no messages is left alone for a day.
UPDATE alert_rule SET standing = 'blocked', reason = :reason, blocked_at = coalesce(blocked_at, :now),
                      retry_at = CASE WHEN owner IS NOT NULL THEN :tomorrow
                                      WHEN coalesce(blocked_at, :now) > :day THEN :soon ELSE :later END
WHERE channel = :channel AND standing <> 'paused';

-- name: tell_guild(guild, channel, text, now)
-- Where the server wants to hear of such things, unless that is the very channel.
INSERT INTO notice (guild, text, due_at, created_at)
SELECT guild, :text, :now, :now FROM told_in WHERE guild = :guild AND channel <> :channel
RETURNING id;

-- name: tell_elsewhere(guild, channel, text, now)
-- In another channel of the server where alerts come through.
INSERT INTO notice (guild, channel, text, due_at, created_at)
SELECT guild, channel, :text, :now, :now FROM alert_rule
WHERE guild = :guild AND channel <> :channel AND owner IS NULL AND standing = 'active' AND place <> 'forum'
ORDER BY id LIMIT 1
RETURNING id;

-- name: next_delivery_due(part, parts)
SELECT min(max(d.due_at,
               CASE WHEN d.state = 'sending' THEN coalesce(d.lease_until, 0) ELSE 0 END,
               CASE WHEN r.standing = 'blocked' THEN coalesce(r.retry_at, 0) ELSE 0 END)) AS due_at
FROM ({oldest_open}) AS oldest JOIN delivery AS d ON d.id = oldest.id JOIN alert_rule AS r ON r.id = d.rule_id;

-- name: claim_edits(token, limit, until, now, part, parts)
UPDATE delivery SET edit_attempts = edit_attempts + 1, lease_token = :token, lease_until = :until
WHERE id IN (
    SELECT id FROM delivery
    WHERE {edit_ready}
    ORDER BY edit_at LIMIT :limit
)
RETURNING id, guild, channel, role, kind, payload, message_id, item_id, story_id, grown, edit_attempts AS attempts, place,
          (SELECT locale FROM language
           WHERE holder = coalesce((SELECT owner FROM alert_rule WHERE id = rule_id), guild)) AS locale;

-- name: add_replies(delivery, items, due_at, now)!
-- Later reports, each once, in the post of their story.
INSERT INTO delivery (rule_id, guild, channel, kind, item_id, due_at, created_at)
SELECT d.rule_id, d.guild, d.message_id, 'reply', i.value, :due_at, :now
FROM delivery AS d CROSS JOIN json_each(:items) AS i
WHERE d.id = :delivery AND d.place = 'forum' AND d.kind = 'story' AND d.message_id IS NOT NULL
ORDER BY i.key
ON CONFLICT (item_id, channel) WHERE kind = 'reply' DO NOTHING;

-- name: finish_edit(delivery, token, grown, edit_at)
-- Shown is what was claimed; `edit_at` is when what came meanwhile is shown.
UPDATE delivery SET shown = :grown, edit_at = CASE WHEN grown > :grown THEN :edit_at END, edit_attempts = 0,
                    lease_token = NULL, lease_until = NULL
WHERE id = :delivery AND lease_token = :token
RETURNING id;

-- name: begin_publication(now, ripe, since, hour, quota)
-- The story that most outlets tell, of those that were posted a while ago in a channel that publishes and has any of its
-- hour left. Whatever becomes of it then, it is begun once: a story that is not published is no loss.
UPDATE delivery SET published_at = :now
WHERE id = (
    SELECT d.id FROM channel_flow AS f CROSS JOIN delivery AS d ON d.channel = f.channel
    WHERE f.publish = 1 AND d.created_at >= :since AND d.state = 'sent' AND d.kind = 'story' AND d.message_id IS NOT NULL
      AND d.published_at IS NULL AND d.finished_at <= :ripe
      AND (SELECT count(*) FROM delivery AS p WHERE p.channel = d.channel AND p.created_at >= :since
                                                AND p.published_at > :hour) < :quota
    ORDER BY (SELECT count(DISTINCT lower(m.outlet)) FROM story_item AS s JOIN item AS m ON m.id = s.item_id
              WHERE s.story_id = d.story_id) DESC, d.id
    LIMIT 1
)
RETURNING id, channel, message_id;

-- name: add_surge(rule, item, payload, since, now)
-- Once within the cool-down, and not for a rule that was removed or paused meanwhile.
INSERT INTO delivery (rule_id, guild, channel, role, kind, payload, item_id, due_at, created_at, place)
SELECT r.id, r.guild, r.channel, r.role, 'surge', :payload, :item, :now, :now, r.place FROM alert_rule AS r
WHERE r.id = :rule AND r.standing = 'active'
  AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.rule_id = r.id AND d.kind = 'surge' AND d.created_at > :since)
RETURNING id;
