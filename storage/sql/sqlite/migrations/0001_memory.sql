-- The first schema. Times are milliseconds since 1970 unless said otherwise; an item's id carries its own time
-- (whole seconds << 20 | sequence), so that item_tag alone answers "newest of this tag" from its key.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- One address that is polled, however many sources name it.
CREATE TABLE feed (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    home INTEGER NOT NULL,                    -- the owner whose words describe the outlet; 0 is the operator
    outlet TEXT NOT NULL,
    outlet_country TEXT,
    language TEXT,
    section TEXT,
    state_run INTEGER NOT NULL DEFAULT 0,
    etag TEXT,
    last_modified TEXT,
    body_hash BLOB,
    interval_ms INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    first_success_at INTEGER,                 -- NULL: the next poll is silent
    last_success_at INTEGER,
    problem TEXT,
    items INTEGER NOT NULL DEFAULT 0,
    active INTEGER NOT NULL DEFAULT 1,        -- 0 where no source names it, or all are paused
    lease_token TEXT,
    lease_until INTEGER
);
CREATE INDEX feed_due ON feed (due_at) WHERE active = 1;

-- An owner's subscription to a feed.
CREATE TABLE source (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner INTEGER NOT NULL,
    feed_id INTEGER NOT NULL REFERENCES feed (id),
    outlet TEXT NOT NULL,
    outlet_country TEXT,
    language TEXT,
    section TEXT,
    state_run INTEGER NOT NULL DEFAULT 0,
    paused INTEGER NOT NULL DEFAULT 0,
    added_at INTEGER NOT NULL,
    UNIQUE (owner, feed_id)
);
CREATE INDEX source_feed ON source (feed_id);

-- The operator's feeds that a server does not want to see.
CREATE TABLE hidden (
    guild INTEGER NOT NULL,
    feed_id INTEGER NOT NULL REFERENCES feed (id),
    PRIMARY KEY (guild, feed_id)
) WITHOUT ROWID;
CREATE INDEX hidden_feed ON hidden (feed_id);

CREATE TABLE item (
    id INTEGER PRIMARY KEY,
    home INTEGER NOT NULL,                    -- the feed's home when it was first seen
    outlet TEXT NOT NULL,
    outlet_country TEXT,
    title TEXT NOT NULL,
    url TEXT,
    summary TEXT NOT NULL,
    image TEXT,
    language TEXT,
    category TEXT NOT NULL,
    taggings TEXT NOT NULL,                   -- JSON: [[kind, tag, role, score, [words]], ...]
    first_seen_at INTEGER NOT NULL,
    state INTEGER NOT NULL                    -- 0 unfiled, 1 filed, 2 silent (a feed's first poll)
);
CREATE INDEX item_unfiled ON item (id) WHERE state = 0;
CREATE INDEX item_url ON item (url) WHERE url IS NOT NULL;

-- Under which key a feed brought an item.
CREATE TABLE sighting (
    feed_id INTEGER NOT NULL REFERENCES feed (id),
    key TEXT NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item (id),
    PRIMARY KEY (feed_id, key)
) WITHOUT ROWID;
CREATE INDEX sighting_item ON sighting (item_id);

-- Topics, countries, and what else is filtered by: kind is topic, country, outlet, category or all.
CREATE TABLE tag (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    slug TEXT NOT NULL,
    UNIQUE (kind, slug)
);

-- scope: who may see the item. 0 is everybody, else one server.
CREATE TABLE item_tag (
    scope INTEGER NOT NULL,
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    item_id INTEGER NOT NULL REFERENCES item (id),
    PRIMARY KEY (scope, tag_id, item_id)
) WITHOUT ROWID;

CREATE TABLE tag_count (
    scope INTEGER NOT NULL,
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    items INTEGER NOT NULL,
    PRIMARY KEY (scope, tag_id)
) WITHOUT ROWID;

-- How many items carry a topic and a country together: what a count would otherwise find by 20,000 probes.
CREATE TABLE pair_count (
    scope INTEGER NOT NULL,
    topic_id INTEGER NOT NULL REFERENCES tag (id),
    country_id INTEGER NOT NULL REFERENCES tag (id),
    items INTEGER NOT NULL,
    PRIMARY KEY (scope, topic_id, country_id)
) WITHOUT ROWID;

-- Terms come normalised (bot/news/text.py): the tokenizer only splits at spaces. rowid is the item's id.
CREATE VIRTUAL TABLE item_text USING fts5 (
    terms, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M* P* S*'"
);
CREATE VIRTUAL TABLE item_term USING fts5vocab (item_text, row);

-- Queries too long for a button's custom id (100 characters).
CREATE TABLE kept_query (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    query TEXT NOT NULL UNIQUE
);

-- A leased seat with a term that grows each time another takes it.
CREATE TABLE seat (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    term INTEGER NOT NULL,
    lease_until INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE alert_rule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    guild INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    query TEXT NOT NULL,                      -- JSON, as asked
    criteria TEXT NOT NULL,                   -- JSON, as resolved when it was set
    role INTEGER,
    standing TEXT NOT NULL,                   -- active, paused, blocked
    reason TEXT,
    retry_at INTEGER,                         -- of a blocked rule: when it is tried again
    created_at INTEGER NOT NULL
);
CREATE INDEX alert_rule_guild ON alert_rule (guild);

-- The outbox. state: pending, sending, sent, dead.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule_id INTEGER NOT NULL REFERENCES alert_rule (id) ON DELETE CASCADE,
    guild INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    role INTEGER,
    item_id INTEGER NOT NULL REFERENCES item (id),
    state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    doubt_since INTEGER,                      -- when an attempt of unknown fate began
    lease_token TEXT,
    lease_until INTEGER,
    message_id INTEGER,
    detail TEXT,
    created_at INTEGER NOT NULL,
    finished_at INTEGER,
    UNIQUE (channel, item_id)
);
CREATE INDEX delivery_open ON delivery (channel, id) WHERE state IN ('pending', 'sending');
CREATE INDEX delivery_rule ON delivery (rule_id);
CREATE INDEX delivery_item ON delivery (item_id);
