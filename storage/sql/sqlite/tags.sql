-- name: corrections(items, guild)
-- What a server, or an owner for all (0), said of some items.
SELECT x.scope, x.item_id, t.kind, t.slug, x.carried
FROM json_each(:items) AS i
CROSS JOIN correction AS x ON x.scope = :guild AND x.item_id = i.value
JOIN tag AS t ON t.id = x.tag_id
ORDER BY x.item_id, x.corrected_at, x.tag_id;

-- name: correct(scope, item, kind, slug, carried, author, now)!
INSERT INTO correction (scope, item_id, tag_id, carried, author, corrected_at)
SELECT :scope, :item, t.id, :carried, :author, :now FROM tag AS t WHERE t.kind = :kind AND t.slug = :slug
ON CONFLICT (scope, item_id, tag_id) DO UPDATE SET
    carried = excluded.carried, author = excluded.author, corrected_at = excluded.corrected_at;

-- name: scopes_of_items(items)
SELECT i.value AS item, o.scope
FROM json_each(:items) AS i
CROSS JOIN (SELECT 0 AS scope UNION SELECT owner FROM source) AS o
CROSS JOIN tag AS a ON a.kind = 'all' AND a.slug = ''
CROSS JOIN item_tag AS t ON t.scope = o.scope AND t.tag_id = a.id AND t.item_id = i.value;

-- name: carries(scope, kind, slug, item)
SELECT 1 FROM tag AS a CROSS JOIN item_tag AS t ON t.scope = :scope AND t.tag_id = a.id AND t.item_id = :item
WHERE a.kind = :kind AND a.slug = :slug;

-- name: set_tags(batch)!
UPDATE item SET taggings = b.value ->> 'taggings', category = b.value ->> 'category', lexicon = b.value ->> 'lexicon'
FROM json_each(:batch) AS b WHERE item.id = b.value ->> 'id';

-- name: set_taggings(batch)!
UPDATE item SET taggings = b.value ->> 'taggings' FROM json_each(:batch) AS b WHERE item.id = b.value ->> 'id';

-- name: texts(items)
SELECT i.value AS item, t.terms FROM json_each(:items) AS i CROSS JOIN item_text AS t ON t.rowid = i.value;

-- name: set_texts(batch)!
UPDATE item_text SET terms = b.value ->> 1 FROM json_each(:batch) AS b WHERE item_text.rowid = b.value ->> 0;

-- name: untag_items(batch)
-- Rows of (scope, kind, slug, item). What a server's own correction gave an item stays: a country as a subject, too.
DELETE FROM item_tag WHERE (scope, tag_id, item_id) IN (
    SELECT b.value ->> 0, t.id, b.value ->> 3
    FROM json_each(:batch) AS b CROSS JOIN tag AS t ON t.kind = b.value ->> 1 AND t.slug = b.value ->> 2
    WHERE NOT EXISTS (SELECT 1 FROM correction AS x CROSS JOIN tag AS c ON c.id = x.tag_id
                      WHERE x.scope = b.value ->> 0 AND x.item_id = b.value ->> 3 AND x.carried = 1
                        AND c.slug = t.slug AND c.kind = CASE t.kind WHEN 'subject' THEN 'country' ELSE t.kind END)
)
RETURNING scope, tag_id;

-- name: add_item_tags(batch)
INSERT INTO item_tag (scope, tag_id, item_id)
SELECT b.value ->> 0, t.id, b.value ->> 3
FROM json_each(:batch) AS b CROSS JOIN tag AS t ON t.kind = b.value ->> 1 AND t.slug = b.value ->> 2
WHERE true
ON CONFLICT DO NOTHING
RETURNING scope, tag_id;

-- name: adjust_tags(batch)!
-- Rows of (scope, tag, difference).
INSERT INTO tag_count (scope, tag_id, items)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:batch) WHERE true
ON CONFLICT (scope, tag_id) DO UPDATE SET items = items + excluded.items;

-- name: adjust_pairs(batch)!
-- Rows of (scope, topic, country, difference).
INSERT INTO pair_count (scope, topic_id, country_id, items)
SELECT b.value ->> 0, t.id, c.id, b.value ->> 3
FROM json_each(:batch) AS b
CROSS JOIN tag AS t ON t.kind = 'topic' AND t.slug = b.value ->> 1
CROSS JOIN tag AS c ON c.kind = 'subject' AND c.slug = b.value ->> 2
WHERE true
ON CONFLICT (scope, topic_id, country_id) DO UPDATE SET items = items + excluded.items;
