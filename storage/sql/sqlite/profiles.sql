-- name: count_tags_of(items)
SELECT t.value ->> 0 AS kind, t.value ->> 1 AS tag, t.value ->> 2 AS role, count(*) AS items
FROM json_each(:items) AS b CROSS JOIN item AS m ON m.id = b.value CROSS JOIN json_each(m.taggings) AS t
WHERE t.value ->> 2 <> 'assumed' GROUP BY 1, 2, 3;

-- name: count_languages_of(items)
-- By the primary language of the tag: en of en-GB.
SELECT CASE instr(m.language, '-') WHEN 0 THEN m.language ELSE substr(m.language, 1, instr(m.language, '-') - 1) END
       AS language, count(*) AS items
FROM json_each(:items) AS b CROSS JOIN item AS m ON m.id = b.value
WHERE m.language IS NOT NULL GROUP BY 1 ORDER BY items DESC, language;

-- name: count_outlets_of(items)
-- The country is that of its newest item.
SELECT m.outlet, m.outlet_country AS country, count(*) AS items, max(m.id) AS newest
FROM json_each(:items) AS b CROSS JOIN item AS m ON m.id = b.value
GROUP BY lower(m.outlet) ORDER BY items DESC, newest DESC;
