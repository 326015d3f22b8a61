-- name: add_rule(guild, channel, query, criteria, role, now)
INSERT INTO alert_rule (guild, channel, query, criteria, role, standing, created_at)
VALUES (:guild, :channel, :query, :criteria, :role, 'active', :now)
RETURNING id, guild, channel, query, criteria, role, standing, reason, created_at;

-- name: edit_rule(rule, channel, query, criteria, role)
UPDATE alert_rule SET channel = :channel, query = :query, criteria = :criteria, role = :role WHERE id = :rule
RETURNING id;

-- name: move_deliveries(rule, channel)!
-- What the new channel has already is not sent there again.
UPDATE OR IGNORE delivery SET channel = :channel WHERE rule_id = :rule AND state = 'pending' AND attempts = 0;

-- name: remove_rule(rule)!
DELETE FROM alert_rule WHERE id = :rule;

-- name: set_standing(rule, standing, reason)!
UPDATE alert_rule SET standing = :standing, reason = :reason, retry_at = NULL WHERE id = :rule;

-- name: release_deliveries(rule, now)!
UPDATE delivery SET due_at = :now WHERE rule_id = :rule AND state = 'pending';

-- name: list_rules(guild)
SELECT id, guild, channel, query, criteria, role, standing, reason, created_at
FROM alert_rule WHERE guild = :guild ORDER BY id;

-- name: all_rules()
SELECT id, guild, channel, query, criteria, role, standing, reason, created_at
FROM alert_rule WHERE standing <> 'paused' ORDER BY id;

-- name: recall(name)
SELECT value FROM meta WHERE name = :name;

-- name: remember(name, value)!
INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;
