-- piece: ready
-- It is due, nobody holds it, and its rule is at work (a blocked rule tries again now and then).
d.due_at <= :now AND (d.state = 'pending' OR (d.state = 'sending' AND d.lease_until <= :now))
AND (r.standing = 'active' OR (r.standing = 'blocked' AND r.retry_at <= :now))

-- piece: edit_ready
edit_at <= :now AND state = 'sent' AND message_id IS NOT NULL AND (lease_until IS NULL OR lease_until <= :now)
AND (channel >> 22) % :parts = :part

-- name: edit_is_due(now, part, parts)
SELECT 1 AS due FROM delivery
WHERE {edit_ready} LIMIT 1;

-- name: salt()
SELECT value FROM meta WHERE name = 'salt';

-- name: change_salt(salt)!
UPDATE meta SET value = :salt WHERE name = 'salt';

-- name: finish_sent(delivery, token, message, grown, now)
-- `grown` is the state of the story that was sent: what came meanwhile is an edit.
UPDATE delivery SET state = 'sent', message_id = :message, finished_at = :now, detail = NULL, doubt_since = NULL,
                    shown = :grown, edit_at = CASE WHEN grown > :grown THEN coalesce(edit_at, :now) END,
                    lease_token = NULL, lease_until = NULL
WHERE id = :delivery AND lease_token = :token
RETURNING rule_id;

-- name: finish_later(delivery, token, due_at, doubt_since, detail)
UPDATE delivery SET state = 'pending', due_at = :due_at, doubt_since = :doubt_since, detail = :detail,
                    lease_token = NULL, lease_until = NULL
WHERE id = :delivery AND lease_token = :token
RETURNING rule_id;

-- name: finish_dead(delivery, token, detail, now)
UPDATE delivery SET state = 'dead', detail = :detail, finished_at = :now, lease_token = NULL, lease_until = NULL
WHERE id = :delivery AND lease_token = :token
RETURNING rule_id;

-- name: working_rules(channel)
SELECT id FROM alert_rule WHERE channel = :channel AND standing = 'active';

-- name: unblock_rules(channel)
UPDATE alert_rule SET standing = 'active', reason = NULL, retry_at = NULL, blocked_at = NULL, told = 0
WHERE channel = :channel AND standing = 'blocked'
RETURNING id;

-- name: expire_deliveries(before, now)!
-- What waited too long for a blocked channel or a paused rule, or in a channel that its rule has left, is no news any
-- more.
UPDATE delivery SET state = 'dead', finished_at = :now, detail = 'it waited too long'
WHERE state = 'pending' AND created_at < :before
  AND EXISTS (SELECT 1 FROM alert_rule AS r
              WHERE r.id = delivery.rule_id
                AND ((r.standing = 'blocked' AND r.blocked_at < :before)
                     OR r.standing = 'paused'
                     OR (r.channel <> delivery.channel AND delivery.kind <> 'reply')));

-- name: expire_held(before)!
-- Of a paused rule, what should have come so long ago.
DELETE FROM held
WHERE digest_id IS NULL AND created_at < :before
  AND (rule_id IN (SELECT id FROM alert_rule WHERE standing = 'blocked' AND blocked_at < :before)
       OR (due_at < :before AND rule_id IN (SELECT id FROM alert_rule WHERE standing = 'paused')));

-- name: lapse_follows(before)
UPDATE alert_rule SET standing = 'paused', retry_at = NULL, blocked_at = NULL
WHERE standing = 'blocked' AND blocked_at < :before AND owner IS NOT NULL
RETURNING id;

-- name: lapsed_rules(before)
SELECT id, guild, channel FROM alert_rule
WHERE standing = 'blocked' AND blocked_at < :before AND owner IS NULL ORDER BY guild, channel;

-- name: delivered(number)
SELECT d.guild, r.channel, d.item_id, r.owner
FROM delivery AS d JOIN alert_rule AS r ON r.id = d.rule_id WHERE d.id = :number;

-- name: postpone_edit(delivery, token, edit_at, detail)
UPDATE delivery SET edit_at = :edit_at, detail = :detail, lease_token = NULL, lease_until = NULL
WHERE id = :delivery AND lease_token = :token
RETURNING id;

-- name: drop_edits(delivery, token, detail)
-- The message is gone, or cannot be edited: it is left as it is.
UPDATE delivery SET edit_at = NULL, message_id = NULL, detail = :detail, lease_token = NULL, lease_until = NULL
WHERE id = :delivery AND lease_token = :token
RETURNING id;

-- name: publishing()
SELECT EXISTS (SELECT 1 FROM channel_flow WHERE publish = 1) AS any;
