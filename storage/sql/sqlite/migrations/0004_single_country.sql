-- Feeds that write about their outlet's country alone: where an item of theirs names no country, that one is assumed.
ALTER TABLE feed ADD COLUMN single_country INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN single_country INTEGER NOT NULL DEFAULT 0;
-- That country, as it was when the item came: a retagging says what ingest said. NULL: the feed was not marked.
ALTER TABLE item ADD COLUMN only_country TEXT;
