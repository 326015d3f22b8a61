-- The processes of a bot, as they said last that they are there.
CREATE TABLE process (
    id TEXT PRIMARY KEY,                      -- its holder of leases
    host TEXT NOT NULL,
    roles TEXT NOT NULL,                      -- separated by commas
    shards TEXT,
    version TEXT NOT NULL,
    schema_known INTEGER NOT NULL,
    started_at INTEGER NOT NULL,              -- milliseconds since 1970
    seen_at INTEGER NOT NULL
);
