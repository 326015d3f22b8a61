-- Names that are in no taxonomy: which items hold them, how often they were held, and which became hashtags.

-- Of everybody's items of the last days only; then counted in name_day and forgotten. The slug '' stands once for each
-- item that was looked at.
CREATE TABLE item_name (
    item_id INTEGER NOT NULL REFERENCES item (id),
    slug TEXT NOT NULL,
    words TEXT NOT NULL,                      -- as they stand in the text
    PRIMARY KEY (item_id, slug)
) WITHOUT ROWID;

-- How many items published on a day (days since 1970, UTC) held a name; '' counts all that were looked at.
CREATE TABLE name_day (
    day INTEGER NOT NULL,
    slug TEXT NOT NULL,
    items INTEGER NOT NULL,
    PRIMARY KEY (day, slug)
) WITHOUT ROWID;

-- Names that became hashtags. A faded one stays on the items that carry it; admitted again, it is no longer faded.
CREATE TABLE emerging (
    slug TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    admitted_at INTEGER NOT NULL,
    active_at INTEGER NOT NULL,               -- when several outlets last used it
    faded_at INTEGER
) WITHOUT ROWID;
