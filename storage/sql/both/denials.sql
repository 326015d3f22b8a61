-- name: denied()
SELECT kind, name FROM denied ORDER BY kind, name;

-- name: denied_hosts()
SELECT name FROM denied WHERE kind = 'host';

-- name: feeds_of_servers_like(host)
-- Those of servers in whose address a host stands anywhere.
SELECT DISTINCT f.id, f.url FROM source AS s JOIN feed AS f ON f.id = s.feed_id
WHERE s.owner <> 0 AND f.url LIKE '%' || :host || '%';

-- name: deny(kind, name, now)
INSERT INTO denied (kind, name, at) VALUES (:kind, :name, :now) ON CONFLICT (kind, name) DO NOTHING RETURNING name;

-- name: allow(kind, name)
DELETE FROM denied WHERE kind = :kind AND name = :name RETURNING name;

-- name: stop_alerts(server)!
-- Those that a moderator paused stay as they are: only what was stopped here goes on afterwards.
UPDATE alert_rule SET standing = 'paused', reason = 'denied', retry_at = NULL, blocked_at = NULL
WHERE guild = :server AND owner IS NULL AND standing <> 'paused';

-- name: stop_follows(person)!
UPDATE alert_rule SET standing = 'paused', reason = 'denied', retry_at = NULL, blocked_at = NULL
WHERE owner = :person AND standing <> 'paused';

-- name: let_alerts_go_on(server)!
UPDATE alert_rule SET standing = 'active', reason = NULL
WHERE guild = :server AND owner IS NULL AND standing = 'paused' AND reason = 'denied';

-- name: let_follows_go_on(person)!
UPDATE alert_rule SET standing = 'active', reason = NULL
WHERE owner = :person AND standing = 'paused' AND reason = 'denied';

-- name: drop_denied_held()!
DELETE FROM held WHERE rule_id IN (SELECT id FROM alert_rule WHERE standing = 'paused' AND reason = 'denied');

-- name: drop_denied_deliveries(now)!
-- What is being sent at this moment still is.
UPDATE delivery SET state = 'dead', detail = 'denied', finished_at = :now
WHERE state = 'pending' AND rule_id IN (SELECT id FROM alert_rule WHERE standing = 'paused' AND reason = 'denied');

-- name: feeds_of_owner(owner)
SELECT feed_id FROM source WHERE owner = :owner ORDER BY feed_id;
