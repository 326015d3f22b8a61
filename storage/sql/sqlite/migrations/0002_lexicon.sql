-- What a retagging needs to know of an item, and what people corrected.

-- The version of the lexicon that tagged it: '' before there were versions.
ALTER TABLE item ADD COLUMN lexicon TEXT NOT NULL DEFAULT '';
-- What the publisher said of it: its own categories (JSON), and the name of the feed's section.
ALTER TABLE item ADD COLUMN categories TEXT NOT NULL DEFAULT '[]';
ALTER TABLE item ADD COLUMN section TEXT;

-- What a person said of one tag of one item. It outlives every retagging.
-- scope: 0 says it for all (an owner of the bot), else one server's moderators for their server.
CREATE TABLE correction (
    scope INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item (id),
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    carried INTEGER NOT NULL,                 -- 1: the item carries the tag, 0: it does not
    author INTEGER NOT NULL,
    corrected_at INTEGER NOT NULL,
    PRIMARY KEY (scope, item_id, tag_id)
) WITHOUT ROWID;
CREATE INDEX correction_item ON correction (item_id);
