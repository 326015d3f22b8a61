-- name: copied_columns()
-- What a copy takes, with each column's place in its table's key (0: not in it). What follows from others is made anew.
SELECT c.relname::text AS table_name, a.attname::text AS column_name,
       coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0) AS place
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    AND (c.relname, a.attname) <> ('item_text', 'marks')
LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::text::regnamespace;

-- name: built_indexes()
-- Those that can be dropped and built again: not the keys.
SELECT c.relname::text AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid
WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::text::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.conindid = i.indexrelid);

-- name: triggers()
SELECT c.relname::text AS table_name, t.tgname::text AS name, pg_get_triggerdef(t.oid) AS definition
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::text::regnamespace;

-- name: counters()
-- The last number that each table gave.
SELECT o.name, o.number FROM (
    SELECT table_name::text AS name,
           pg_sequence_last_value(pg_get_serial_sequence(quote_ident(table_name), column_name)::regclass) AS number
    FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES'
) AS o WHERE o.number IS NOT NULL;

-- name: clear_counter(name)!
SELECT setval(pg_get_serial_sequence(quote_ident(table_name), column_name)::regclass, 1, false)
FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES' AND table_name = :name::text;

-- name: set_counter(name, number)!
-- Where a table must never give a number twice; others count from the largest that is there.
SELECT setval(pg_get_serial_sequence(quote_ident(table_name), column_name)::regclass, :number)
FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES' AND table_name = :name::text;
