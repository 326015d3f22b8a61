-- name: days_of_tag(kind, slug, low)
-- By the days of UTC; an id holds its second above 20 bits.
SELECT (i.item_id >> 20) / 86400 AS day, count(*) AS items
FROM tag AS t CROSS JOIN item_tag AS i ON i.scope = 0 AND i.tag_id = t.id AND i.item_id >= :low
WHERE t.kind = :kind AND t.slug = :slug GROUP BY 1;

-- name: days_of_phrase(kind, slug, terms, low)
-- The same of what carries a tag or holds a phrase.
SELECT (item_id >> 20) / 86400 AS day, count(*) AS items FROM (
    SELECT i.item_id FROM tag AS t CROSS JOIN item_tag AS i ON i.scope = 0 AND i.tag_id = t.id AND i.item_id >= :low
    WHERE t.kind = :kind AND t.slug = :slug
    UNION
    SELECT x.rowid FROM item_text AS x
    WHERE item_text MATCH :terms ->> 'match' AND x.rowid >= :low
      AND EXISTS (SELECT 1 FROM tag AS a CROSS JOIN item_tag AS e ON e.scope = 0 AND e.tag_id = a.id
                  WHERE a.kind = 'all' AND a.slug = '' AND e.item_id = x.rowid)
) GROUP BY 1;

-- name: count_subjects(low)
SELECT t.slug, count(*) AS items
FROM tag AS t CROSS JOIN item_tag AS i ON i.scope = 0 AND i.tag_id = t.id AND i.item_id >= :low
WHERE t.kind = 'subject' GROUP BY t.id;
