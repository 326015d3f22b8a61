-- name: next_subscription_due()
SELECT min(s.due_at) AS due_at FROM subscription AS s JOIN feed AS f ON f.id = s.feed_id AND f.active = 1;

-- piece: secret
-- A hub that is asked in the clear is told none: there it would be none (WebSub, section 5.1).
CASE WHEN s.hub LIKE 'https:%' THEN s.secret END AS secret

-- name: due_subscription(now)
SELECT s.feed_id, s.hub, s.topic, s.token, s.attempts, {secret}
FROM subscription AS s JOIN feed AS f ON f.id = s.feed_id AND f.active = 1
WHERE s.due_at <= :now ORDER BY s.due_at LIMIT 1;

-- name: asked_hub(feed, token, asked_at, due_at, problem)!
-- A hub may confirm or deny before it answers: then what that made of it stays, and it is due no more.
UPDATE subscription SET state = CASE WHEN state = 'active' THEN state ELSE 'asked' END, due_at = :due_at,
                        attempts = attempts + 1, problem = :problem
WHERE feed_id = :feed AND token = :token AND due_at <= :asked_at;

-- name: confirm_hub(token, topic, lease_until, due_at)
UPDATE subscription SET state = 'active', lease_until = :lease_until, due_at = :due_at, attempts = 0, problem = NULL
WHERE token = :token AND topic = :topic AND feed_id IN (SELECT id FROM feed WHERE active = 1)
RETURNING feed_id;

-- name: deny_hub(token, topic, due_at, problem)
UPDATE subscription SET state = 'denied', due_at = :due_at, problem = :problem
WHERE token = :token AND topic = :topic
RETURNING feed_id;

-- name: called_by(token)
SELECT s.feed_id, {secret} FROM subscription AS s JOIN feed AS f ON f.id = s.feed_id AND f.active = 1
WHERE s.token = :token AND s.state IN ('asked', 'active');

-- name: last_call(feed)
SELECT called_at FROM subscription WHERE feed_id = :feed;

-- name: wake_feed(feed, at, now)
-- One that is being polled is to be polled again: what it was asked may have been before what the call is about.
UPDATE feed SET due_at = :at
WHERE id = :feed AND active = 1 AND (due_at > :at OR (due_at <= :now AND due_at <> :at AND lease_until > :now))
RETURNING id;

-- name: note_call(feed, at)!
UPDATE subscription SET called_at = :at WHERE feed_id = :feed;
