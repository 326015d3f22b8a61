-- Whom the operator does not serve: servers and persons by their ids, and hosts of which no server may add a source.
CREATE TABLE denied (
    kind TEXT NOT NULL,                       -- server, person, host
    name TEXT NOT NULL,
    at INTEGER NOT NULL,                      -- milliseconds since 1970
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
