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
UNION ALL SELECT 'language', count(*) FROM language WHERE holder = :server
UNION ALL SELECT 'denial', count(*) FROM denied WHERE kind = 'server' AND name = CAST(CAST(:server AS BIGINT) AS TEXT);

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
UNION ALL SELECT 'corrections made', count(*) FROM correction WHERE author = :person
UNION ALL SELECT 'denial', count(*) FROM denied WHERE kind = 'person' AND name = CAST(CAST(:person AS BIGINT) AS TEXT);

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

-- name: export_alerts(server, after, most)
-- The rows of what is kept, as a person takes them away: storage/privacy.py names them.
SELECT id, guild, channel, query, criteria, filter, role, standing, reason, retry_at, created_at, min_outlets, style,
    at_minute, weekday, place, blocked_at, told
FROM alert_rule WHERE guild = :server AND owner IS NULL AND id > :after ORDER BY id LIMIT :most;

-- name: export_messages(server, after, most)
SELECT d.id, d.rule_id, d.guild, d.channel, d.role, d.kind, d.payload, d.item_id, m.title, m.url, d.story_id, d.state,
    d.attempts, d.due_at, d.doubt_since, d.message_id, d.detail, d.created_at, d.finished_at, d.published_at, d.place
FROM delivery AS d JOIN alert_rule AS r ON r.id = d.rule_id LEFT JOIN item AS m ON m.id = d.item_id
WHERE r.guild = :server AND r.owner IS NULL AND d.id > :after ORDER BY d.id LIMIT :most;

-- name: export_held(server, after, most)
SELECT h.id, h.rule_id, h.guild, h.channel, h.role, h.item_id, m.title, m.url, h.story_id, h.why, h.due_at,
    h.created_at, h.digest_id
FROM held AS h JOIN alert_rule AS r ON r.id = h.rule_id LEFT JOIN item AS m ON m.id = h.item_id
WHERE r.guild = :server AND r.owner IS NULL AND h.id > :after ORDER BY h.id LIMIT :most;

-- name: export_channels(server)
SELECT channel, guild, per_hour, quiet_starts, quiet_ends, zone, publish FROM channel_flow AS f
WHERE f.guild = :server
    AND NOT EXISTS (SELECT 1 FROM alert_rule AS r WHERE r.channel = f.channel AND r.owner IS NOT NULL)
ORDER BY channel;

-- name: export_told_in(server)
SELECT guild, channel, problem FROM told_in WHERE guild = :server;

-- name: export_notices(server, after, most)
SELECT id, guild, channel, text, state, attempts, due_at, begun_at, detail, created_at
FROM notice WHERE guild = :server AND id > :after ORDER BY id LIMIT :most;

-- name: export_sources(server)
SELECT s.id, s.owner, s.feed_id, f.url, s.outlet, s.outlet_country, s.language, s.section, s.state_run, s.paused,
    s.added_at, s.single_country
FROM source AS s JOIN feed AS f ON f.id = s.feed_id WHERE s.owner = :server ORDER BY s.id;

-- name: export_hidden(server)
SELECT h.guild, h.feed_id, f.outlet FROM hidden AS h JOIN feed AS f ON f.id = h.feed_id
WHERE h.guild = :server ORDER BY h.feed_id;

-- name: export_topics(server)
SELECT guild, slug, label, phrases, excluded, saved, written_at FROM own_topic WHERE guild = :server ORDER BY slug, saved;

-- name: export_corrections(server)
-- Who made one is no concern of the server's.
SELECT c.scope, c.item_id, m.title, m.url, c.tag_id, t.kind, t.slug, c.carried, c.corrected_at
FROM correction AS c JOIN tag AS t ON t.id = c.tag_id LEFT JOIN item AS m ON m.id = c.item_id
WHERE c.scope = :server ORDER BY c.item_id, t.kind, t.slug;

-- name: export_left(server)
SELECT server, at FROM left_server WHERE server = :server;

-- name: export_language(holder)
SELECT holder, locale, everyone FROM language WHERE holder = :holder;

-- name: export_turn(holder)
SELECT holder, at AS number FROM turn WHERE holder = :holder;

-- name: export_follows(person, after, most)
SELECT id, guild, channel, owner, query, criteria, filter, role, standing, reason, retry_at, created_at, min_outlets,
    style, at_minute, weekday, place, blocked_at, told
FROM alert_rule WHERE owner = :person AND id > :after ORDER BY id LIMIT :most;

-- name: export_follow_messages(person, after, most)
SELECT d.id, d.rule_id, d.guild, d.channel, d.role, d.kind, d.payload, d.item_id, m.title, m.url, d.story_id, d.state,
    d.attempts, d.due_at, d.doubt_since, d.message_id, d.detail, d.created_at, d.finished_at, d.published_at, d.place
FROM delivery AS d JOIN alert_rule AS r ON r.id = d.rule_id LEFT JOIN item AS m ON m.id = d.item_id
WHERE r.owner = :person AND d.id > :after ORDER BY d.id LIMIT :most;

-- name: export_follow_held(person, after, most)
SELECT h.id, h.rule_id, h.guild, h.channel, h.role, h.item_id, m.title, m.url, h.story_id, h.why, h.due_at,
    h.created_at, h.digest_id
FROM held AS h JOIN alert_rule AS r ON r.id = h.rule_id LEFT JOIN item AS m ON m.id = h.item_id
WHERE r.owner = :person AND h.id > :after ORDER BY h.id LIMIT :most;

-- name: export_hours(person)
SELECT channel, guild, per_hour, quiet_starts, quiet_ends, zone, publish FROM channel_flow
WHERE channel IN (SELECT channel FROM alert_rule WHERE owner = :person) ORDER BY channel;

-- name: export_visits(person)
SELECT person, question, at FROM visit WHERE person = :person ORDER BY at;

-- name: export_corrections_made(person)
SELECT c.scope, c.author, c.item_id, m.title, m.url, c.tag_id, t.kind, t.slug, c.carried, c.corrected_at
FROM correction AS c JOIN tag AS t ON t.id = c.tag_id LEFT JOIN item AS m ON m.id = c.item_id
WHERE c.author = :person ORDER BY c.item_id, t.kind, t.slug;

-- name: export_denied_server(server)
SELECT kind, name, at FROM denied WHERE kind = 'server' AND name = CAST(CAST(:server AS BIGINT) AS TEXT);

-- name: export_denied_person(person)
SELECT kind, name, at FROM denied WHERE kind = 'person' AND name = CAST(CAST(:person AS BIGINT) AS TEXT);
