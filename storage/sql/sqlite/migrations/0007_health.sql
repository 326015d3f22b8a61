-- How sources fare over many polls, and who is told.

ALTER TABLE feed ADD COLUMN health TEXT;      -- JSON of model.Health; NULL where all is well

-- New items a day (days since 1970, UTC), of the last month.
CREATE TABLE feed_day (
    feed_id INTEGER NOT NULL REFERENCES feed (id),
    day INTEGER NOT NULL,
    items INTEGER NOT NULL,
    PRIMARY KEY (feed_id, day)
) WITHOUT ROWID;

-- Where a server wants to hear of its sources; guild 0 is the operator.
CREATE TABLE told_in (
    guild INTEGER PRIMARY KEY,
    channel INTEGER NOT NULL,
    problem TEXT                              -- why the last one could not be posted
);

-- What is to be told there. state: pending, sending, sent, dead.
CREATE TABLE notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    guild INTEGER NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    begun_at INTEGER,                         -- when the first attempt whose fate is unknown began
    lease_token TEXT,
    lease_until INTEGER,
    detail TEXT,
    created_at INTEGER NOT NULL
);
CREATE INDEX notice_open ON notice (due_at) WHERE state IN ('pending', 'sending');
