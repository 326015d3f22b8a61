-- A story is the items that tell of one event; its id is its first item's. seq is the order in which they were placed,
-- in which a desk that starts reads them again.
CREATE TABLE story_item (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id INTEGER NOT NULL UNIQUE REFERENCES item (id),
    story_id INTEGER NOT NULL,
    tie TEXT                                  -- JSON: what tied it to the story (bot.model.Tie); NULL for the first
);
CREATE INDEX story_items ON story_item (story_id, seq);

-- How many independent outlets must tell a story before the rule posts it.
ALTER TABLE alert_rule ADD COLUMN min_outlets INTEGER NOT NULL DEFAULT 1;

-- What must hold besides the criteria: a tree of conditions as JSON (bot/filter_model.py).
ALTER TABLE alert_rule ADD COLUMN filter TEXT;

-- How a rule posts: instant, hourly, daily, weekly; minutes after midnight and weekday (0 is Monday) of the latter two.
ALTER TABLE alert_rule ADD COLUMN style TEXT NOT NULL DEFAULT 'instant';
ALTER TABLE alert_rule ADD COLUMN at_minute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alert_rule ADD COLUMN weekday INTEGER NOT NULL DEFAULT 0;

-- How much a channel is told, and when. Quiet hours in minutes after midnight of the zone.
CREATE TABLE channel_flow (
    channel INTEGER PRIMARY KEY,
    guild INTEGER NOT NULL,
    per_hour INTEGER,                         -- NULL: the usual number
    quiet_starts INTEGER,
    quiet_ends INTEGER,
    zone TEXT NOT NULL,
    publish INTEGER NOT NULL DEFAULT 0        -- whether the best are published to an announcement channel's followers
);

-- Stories that wait for a digest, and afterwards those that stand in it.
CREATE TABLE held (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel INTEGER NOT NULL,
    story_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item (id),
    rule_id INTEGER NOT NULL REFERENCES alert_rule (id) ON DELETE CASCADE,
    guild INTEGER NOT NULL,
    role INTEGER,
    why TEXT NOT NULL,                        -- digest, quiet, full, catch-up
    due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    digest_id INTEGER,                        -- the delivery that takes it
    UNIQUE (channel, story_id)
);
CREATE INDEX held_due ON held (due_at) WHERE digest_id IS NULL;
CREATE INDEX held_digest ON held (digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX held_story ON held (story_id);
CREATE INDEX held_rule ON held (rule_id);

-- The outbox again: a channel gets a story once, and its card grows. What was sent before there were stories has none.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule_id INTEGER NOT NULL REFERENCES alert_rule (id) ON DELETE CASCADE,
    guild INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    role INTEGER,
    kind TEXT NOT NULL DEFAULT 'story',       -- story, digest, surge
    payload TEXT,                             -- of a surge, its figures: JSON (bot.model.Surge)
    item_id INTEGER NOT NULL REFERENCES item (id),  -- the one on the card; of a digest its first
    story_id INTEGER,
    state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    doubt_since INTEGER,                      -- when an attempt of unknown fate began
    lease_token TEXT,
    lease_until INTEGER,
    message_id INTEGER,                       -- NULL again where the message was deleted
    detail TEXT,
    created_at INTEGER NOT NULL,
    finished_at INTEGER,
    grown INTEGER NOT NULL DEFAULT 0,         -- how often the story changed since
    shown INTEGER NOT NULL DEFAULT 0,         -- which of these states the message shows
    edit_at INTEGER,                          -- when it is brought up to date; NULL where it is
    edit_attempts INTEGER NOT NULL DEFAULT 0,
    published_at INTEGER                      -- when publishing it to followers was begun
);
INSERT INTO outbox (id, rule_id, guild, channel, role, item_id, state, attempts, due_at, doubt_since, lease_token,
                    lease_until, message_id, detail, created_at, finished_at)
SELECT id, rule_id, guild, channel, role, item_id, state, attempts, due_at, doubt_since, lease_token, lease_until,
       message_id, detail, created_at, finished_at
FROM delivery;
-- A number is never used twice: cards in channels carry them.
DELETE FROM sqlite_sequence WHERE name = 'outbox';
INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox', seq FROM sqlite_sequence WHERE name = 'delivery';
DROP TABLE delivery;
ALTER TABLE outbox RENAME TO delivery;
CREATE UNIQUE INDEX delivery_item ON delivery (item_id, channel) WHERE kind = 'story';
CREATE UNIQUE INDEX delivery_story ON delivery (story_id, channel) WHERE story_id IS NOT NULL;
CREATE INDEX delivery_open ON delivery (channel, id) WHERE state IN ('pending', 'sending');
CREATE INDEX delivery_rule ON delivery (rule_id);
CREATE INDEX delivery_sent ON delivery (channel, created_at);
CREATE INDEX delivery_message ON delivery (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX delivery_edit ON delivery (edit_at) WHERE edit_at IS NOT NULL;

-- Grows with each change of a rule, so that the desk reads them again only then.
INSERT INTO meta (name, value) VALUES ('rules', '0');
CREATE TRIGGER rule_added AFTER INSERT ON alert_rule BEGIN
    UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'rules';
END;
CREATE TRIGGER rule_changed AFTER UPDATE ON alert_rule BEGIN
    UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'rules';
END;
CREATE TRIGGER rule_removed AFTER DELETE ON alert_rule BEGIN
    UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'rules';
END;

-- An item as the desk sees it: its index terms, who may see it, and which servers hid every feed that it came from.
CREATE VIEW candidate AS
SELECT m.*,
       (SELECT terms FROM item_text WHERE rowid = m.id) AS terms,
       (SELECT json_group_array(DISTINCT owner) FROM (
            SELECT s.owner FROM sighting AS g JOIN source AS s ON s.feed_id = g.feed_id
            WHERE g.item_id = m.id AND s.paused = 0
            UNION SELECT m.home)) AS scopes,
       (SELECT json_group_array(h.guild) FROM (
            SELECT guild FROM hidden WHERE feed_id IN (SELECT feed_id FROM sighting WHERE item_id = m.id)
            GROUP BY guild
            HAVING count(DISTINCT feed_id) = (SELECT count(DISTINCT feed_id) FROM sighting WHERE item_id = m.id)
        ) AS h) AS hidden_by
FROM item AS m;
