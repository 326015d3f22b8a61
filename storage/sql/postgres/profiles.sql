-- name: count_tags_of(items)
SELECT t.value ->> 0 AS kind, t.value ->> 1 AS tag, t.value ->> 2 AS role, count(*) AS items
FROM jsonb_array_elements_text(:items) AS b JOIN item AS m ON m.id = b.value::bigint
CROSS JOIN jsonb_array_elements(m.taggings::jsonb) AS t
WHERE t.value ->> 2 <> 'assumed' GROUP BY 1, 2, 3;

-- name: count_languages_of(items)
-- By the primary language of the tag: en of en-GB.
SELECT split_part(m.language, '-', 1) AS language, count(*) AS items
FROM jsonb_array_elements_text(:items) AS b JOIN item AS m ON m.id = b.value::bigint
WHERE m.language IS NOT NULL GROUP BY 1 ORDER BY items DESC, language;

-- name: count_outlets_of(items)
-- Name and country are those of its newest item.
SELECT (array_agg(m.outlet ORDER BY m.id DESC))[1] AS outlet,
       (array_agg(m.outlet_country ORDER BY m.id DESC))[1] AS country,
       count(*) AS items, max(m.id) AS newest
FROM jsonb_array_elements_text(:items) AS b JOIN item AS m ON m.id = b.value::bigint
GROUP BY lower(m.outlet) ORDER BY items DESC, newest DESC;
