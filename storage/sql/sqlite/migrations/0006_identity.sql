-- An item is known again whatever its feed changes: guid, address, date or headline.

-- The digests of the entries that the feed's last document held: those need no reading again (bot/feeds/delta.py).
ALTER TABLE feed ADD COLUMN slices BLOB;

-- model.fingerprint of what the feed last brought under this key; NULL where that is not known: before this schema.
ALTER TABLE sighting ADD COLUMN fingerprint INTEGER;

-- Items by owner, outlet and headline (storage/identity.py); those from before this schema are known by address alone.
CREATE TABLE item_title (
    digest INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item (id),
    PRIMARY KEY (digest, item_id)
) WITHOUT ROWID;

-- Headlines that were corrected.
CREATE TABLE revision (
    item_id INTEGER NOT NULL REFERENCES item (id),
    replaced_at INTEGER NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (item_id, replaced_at)
) WITHOUT ROWID;
