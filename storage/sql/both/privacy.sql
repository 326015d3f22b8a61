-- name: kept_of_server(server)
-- How much is kept of a server, by what it is.
SELECT 'alerts' AS what, count(*) AS rows FROM alert_rule WHERE guild = :server AND owner IS NULL
UNION ALL SELECT 'messages', count(*) FROM delivery
    WHERE rule_id IN (SELECT id FROM alert_rule WHERE guild = :server AND owner IS NULL)
UNION ALL SELECT 'channels', count(*) FROM channel_flow AS f WHERE f.guild = :server
    AND NOT EXISTS (SELECT 1 FROM alert_rule AS r WHERE r.channel = f.channel AND r.owner IS NOT NULL)
UNION ALL
SELECT 'notices', (SELECT count(*) FROM notice WHERE guild = :server) + (SELECT count(*) FROM told_in WHERE guild = :server)
UNION ALL
SELECT 'sources', (SELECT count(*) FROM source WHERE owner = :server) + (SELECT count(*) FROM hidden WHERE guild = :server)
UNION ALL SELECT 'topics', count(*) FROM own_topic WHERE guild = :server
UNION ALL SELECT 'corrections', count(*) FROM correction WHERE scope = :server
UNION ALL SELECT 'language', count(*) FROM language WHERE holder = :server;

-- name: forget_alerts(server)!
DELETE FROM alert_rule WHERE guild = :server AND owner IS NULL;

-- name: forget_channels(server)!
-- Those of direct messages and threads are of who follows there.
DELETE FROM channel_flow WHERE guild = :server
    AND NOT EXISTS (SELECT 1 FROM alert_rule AS r WHERE r.channel = channel_flow.channel AND r.owner IS NOT NULL);

-- name: forget_notices(server)!
DELETE FROM notice WHERE guild = :server;

-- name: forget_hidden(server)!
DELETE FROM hidden WHERE guild = :server;

-- name: forget_sources(server)
DELETE FROM source WHERE owner = :server RETURNING feed_id;

-- name: forget_topics(server)!
DELETE FROM own_topic WHERE guild = :server;

-- name: forget_corrections(server)!
DELETE FROM correction WHERE scope = :server;

-- name: forget_turn(holder)!
DELETE FROM turn WHERE holder = :holder;

-- name: kept_of_person(person)
SELECT 'follows' AS what, count(*) AS rows FROM alert_rule WHERE owner = :person
UNION ALL SELECT 'messages', count(*) FROM delivery WHERE rule_id IN (SELECT id FROM alert_rule WHERE owner = :person)
UNION ALL SELECT 'visits', count(*) FROM visit WHERE person = :person
UNION ALL SELECT 'language', count(*) FROM language WHERE holder = :person
UNION ALL SELECT 'corrections made', count(*) FROM correction WHERE author = :person;

-- name: forget_own_channels(person)!
DELETE FROM channel_flow WHERE channel IN (SELECT channel FROM alert_rule WHERE owner = :person);

-- name: forget_follows(person)!
DELETE FROM alert_rule WHERE owner = :person;

-- name: forget_own_visits(person)!
DELETE FROM visit WHERE person = :person;

-- name: forget_author(person)!
-- What was corrected stays so; who did it is nobody's to know.
UPDATE correction SET author = 0 WHERE author = :person;

-- name: note_gone(server, now)!
INSERT INTO left_server (server, at) VALUES (:server, :now) ON CONFLICT (server) DO NOTHING;

-- name: left_before(before)
SELECT server FROM left_server WHERE at < :before ORDER BY server;

-- name: forget_left(server)!
DELETE FROM left_server WHERE server = :server;
