-- name: copied_columns()
-- What a copy takes, with each column's place in its table's key (0: not in it). What FTS5 keeps for itself is made
-- anew from the terms.
SELECT s.name AS table_name, c.name AS column_name, c.pk AS place
FROM sqlite_schema AS s JOIN pragma_table_info(s.name) AS c
WHERE s.type = 'table' AND substr(s.name, 1, 7) <> 'sqlite_' AND substr(s.name, 1, 9) NOT IN ('item_text', 'item_term')
UNION ALL SELECT 'item_text', 'item_id', 1
UNION ALL SELECT 'item_text', 'terms', 0;

-- name: built_indexes()
-- Those that can be dropped and built again: not the keys.
SELECT name, sql AS definition FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL;

-- name: triggers()
SELECT tbl_name AS table_name, name, sql AS definition FROM sqlite_schema WHERE type = 'trigger';

-- name: counters()
-- The last number that each table gave.
SELECT name, seq AS number FROM sqlite_sequence
UNION ALL SELECT 'feed', max(id) FROM feed HAVING max(id) IS NOT NULL
UNION ALL SELECT 'tag', max(id) FROM tag HAVING max(id) IS NOT NULL;

-- name: clear_counter(name)!
DELETE FROM sqlite_sequence WHERE name = :name;

-- name: set_counter(name, number)!
-- Where a table must never give a number twice; others count from the largest that is there.
INSERT INTO sqlite_sequence (name, seq)
SELECT :name, :number FROM sqlite_schema WHERE type = 'table' AND name = :name AND sql LIKE '%AUTOINCREMENT%';
