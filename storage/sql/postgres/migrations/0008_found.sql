-- serves: 1
-- It answers for words alone as well: the old index is not needed. While it is built (half a minute for each million
-- items) texts are read, but not written.
CREATE INDEX item_text_found ON item_text USING gin (marks, search);
DROP INDEX item_text_search;
