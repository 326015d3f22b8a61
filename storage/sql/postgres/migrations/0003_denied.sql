-- serves: 1
-- Whom the operator does not serve: servers and persons by their ids, and hosts of which no server may add a source.
CREATE TABLE denied (
    kind TEXT COLLATE "C" NOT NULL,           -- server, person, host
    name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (kind, name)
);
