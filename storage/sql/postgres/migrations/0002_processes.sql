-- serves: 1
-- The processes of a bot, as they said last that they are there.
CREATE TABLE process (
    id TEXT COLLATE "C" PRIMARY KEY,          -- its holder of leases
    host TEXT NOT NULL,
    roles TEXT NOT NULL,                      -- separated by commas
    shards TEXT,
    version TEXT NOT NULL,
    schema_known BIGINT NOT NULL,
    started_at BIGINT NOT NULL,               -- milliseconds since 1970
    seen_at BIGINT NOT NULL
);
