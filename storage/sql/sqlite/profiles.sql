-- name: count_tags_of(items)
SELECT t.value ->> 0 AS kind, t.value ->> 1 AS tag, count(*) AS items
FROM json_each(:items) AS b CROSS JOIN item AS m ON m.id = b.value CROSS JOIN json_each(m.taggings) AS t
WHERE t.value ->> 2 <> 'assumed' GROUP BY 1, 2;

-- name: count_outlets_of(items)
-- The country is that of its newest item.
SELECT m.outlet, m.outlet_country AS country, count(*) AS items, max(m.id) AS newest
FROM json_each(:items) AS b CROSS JOIN item AS m ON m.id = b.value
GROUP BY lower(m.outlet) ORDER BY items DESC, newest DESC;
