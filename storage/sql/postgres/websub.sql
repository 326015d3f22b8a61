-- name: offer_hub(feed, hub, topic, token, secret, now)!
INSERT INTO subscription (feed_id, hub, topic, token, secret, due_at)
VALUES (:feed, :hub, :topic, :token, :secret, :now)
ON CONFLICT (feed_id) DO UPDATE SET
    hub = excluded.hub, topic = excluded.topic, token = excluded.token, secret = excluded.secret, state = 'wanted',
    due_at = excluded.due_at, lease_until = NULL, attempts = 0, problem = NULL
WHERE subscription.hub <> excluded.hub OR subscription.topic <> excluded.topic;

-- name: wake_feed(feed, now, apart_ms)
-- Not more often than that: who calls without end makes no feed be polled without end.
UPDATE feed SET due_at = :now
WHERE id = :feed AND active = 1 AND due_at > :now
  AND NOT EXISTS (SELECT 1 FROM subscription AS s
                  WHERE s.feed_id = :feed AND s.called_at > :now::bigint - :apart_ms::bigint)
RETURNING id;
