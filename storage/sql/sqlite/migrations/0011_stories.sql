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

-- The outbox again: a channel gets a story once, and its card grows. What was sent before there were stories has none.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule_id INTEGER NOT NULL REFERENCES alert_rule (id) ON DELETE CASCADE,
    guild INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    role INTEGER,
    item_id INTEGER NOT NULL REFERENCES item (id),  -- the one on the card
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
    edit_attempts INTEGER NOT NULL DEFAULT 0
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
CREATE UNIQUE INDEX delivery_item ON delivery (item_id, channel);
CREATE UNIQUE INDEX delivery_story ON delivery (story_id, channel) WHERE story_id IS NOT NULL;
CREATE INDEX delivery_open ON delivery (channel, id) WHERE state IN ('pending', 'sending');
CREATE INDEX delivery_rule ON delivery (rule_id);
CREATE INDEX delivery_edit ON delivery (edit_at) WHERE edit_at IS NOT NULL;
