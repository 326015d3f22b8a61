-- Whose a rule is personally: a follow; NULL: the server's.
ALTER TABLE alert_rule ADD COLUMN owner INTEGER;

-- How its messages are posted: in the channel, as posts of a forum, or by a webhook in the outlets' names.
ALTER TABLE alert_rule ADD COLUMN place TEXT NOT NULL DEFAULT 'channel';

-- Since when it is blocked without a break, and whether anybody has been told so.
ALTER TABLE alert_rule ADD COLUMN blocked_at INTEGER;
ALTER TABLE alert_rule ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
CREATE INDEX rule_owner ON alert_rule (owner) WHERE owner IS NOT NULL;
CREATE INDEX rule_channel ON alert_rule (channel);
CREATE INDEX rule_blocked ON alert_rule (blocked_at) WHERE blocked_at IS NOT NULL;
UPDATE alert_rule SET blocked_at = unixepoch() * 1000 WHERE standing = 'blocked';

-- As it was when the message was written: an edit goes the way that the message came. Of kind 'reply' is a later report
-- in the post of its story; its channel is that post.
ALTER TABLE delivery ADD COLUMN place TEXT NOT NULL DEFAULT 'channel';
CREATE UNIQUE INDEX delivery_reply ON delivery (item_id, channel) WHERE kind = 'reply';

-- Where a notice is posted; NULL: where the server chose.
ALTER TABLE notice ADD COLUMN channel INTEGER;

-- When each server (or person, for follows) last had its turn of the deliverers.
CREATE TABLE turn (
    holder INTEGER PRIMARY KEY,
    at INTEGER NOT NULL                       -- counts turns, not seconds
) WITHOUT ROWID;
CREATE INDEX turn_at ON turn (at);

-- Which change of the rules each was last changed by, and which are gone, so that the desk reads only what has changed.
ALTER TABLE alert_rule ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE INDEX rule_revision ON alert_rule (revision);
CREATE TABLE rule_gone (
    id INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL
);
CREATE INDEX rule_gone_revision ON rule_gone (revision);
DROP TRIGGER rule_added;
DROP TRIGGER rule_changed;
DROP TRIGGER rule_removed;
CREATE TRIGGER rule_added AFTER INSERT ON alert_rule BEGIN
    UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'rules';
    UPDATE alert_rule SET revision = (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'rules') WHERE id = NEW.id;
END;
CREATE TRIGGER rule_changed
AFTER UPDATE OF channel, query, criteria, role, min_outlets, style, at_minute, weekday, filter, standing, place
ON alert_rule BEGIN
    UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'rules';
    UPDATE alert_rule SET revision = (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'rules') WHERE id = NEW.id;
END;
CREATE TRIGGER rule_removed AFTER DELETE ON alert_rule BEGIN
    UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'rules';
    INSERT INTO rule_gone (id, revision)
    VALUES (OLD.id, (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'rules'))
    ON CONFLICT (id) DO UPDATE SET revision = excluded.revision;
END;
