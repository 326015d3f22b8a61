-- A server's own topics: what an item must hold one of, and none of. A draft was tried but not saved yet.
CREATE TABLE own_topic (
    guild INTEGER NOT NULL,
    slug TEXT NOT NULL,
    label TEXT NOT NULL,                      -- as typed
    phrases TEXT NOT NULL,                    -- JSON: [[as typed, index terms with spaces between], ...]
    excluded TEXT NOT NULL,                   -- the same
    saved INTEGER NOT NULL,                   -- 0: a draft
    written_at INTEGER NOT NULL,              -- milliseconds since 1970
    PRIMARY KEY (guild, slug, saved)
) WITHOUT ROWID;
