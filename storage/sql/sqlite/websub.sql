-- name: offer_hub(feed, hub, topic, token, secret, now)!
INSERT INTO subscription (feed_id, hub, topic, token, secret, due_at)
VALUES (:feed, :hub, :topic, :token, :secret, :now)
ON CONFLICT (feed_id) DO UPDATE SET
    hub = excluded.hub, topic = excluded.topic, token = excluded.token, secret = excluded.secret, state = 'wanted',
    due_at = excluded.due_at, lease_until = NULL, attempts = 0, problem = NULL
WHERE hub <> excluded.hub OR topic <> excluded.topic;
