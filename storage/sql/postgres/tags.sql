-- name: corrections(items, guild)
-- What a server, or an owner for all (0), said of some items.
SELECT x.scope, x.item_id, t.kind, t.slug, x.carried
FROM jsonb_array_elements_text(:items) AS i
JOIN correction AS x ON x.scope = :guild AND x.item_id = i.value::bigint
JOIN tag AS t ON t.id = x.tag_id
ORDER BY x.item_id, x.corrected_at, x.tag_id;

-- name: correct(scope, item, kind, slug, carried, author, now)!
INSERT INTO correction (scope, item_id, tag_id, carried, author, corrected_at)
SELECT :scope::bigint, :item::bigint, t.id, :carried::integer, :author::bigint, :now::bigint
FROM tag AS t WHERE t.kind = :kind AND t.slug = :slug
ON CONFLICT (scope, item_id, tag_id) DO UPDATE SET
    carried = excluded.carried, author = excluded.author, corrected_at = excluded.corrected_at;

-- name: scopes_of_items(items)
SELECT i.value::bigint AS item, o.scope
FROM jsonb_array_elements_text(:items) AS i
CROSS JOIN (SELECT 0 AS scope UNION SELECT owner FROM source) AS o
JOIN tag AS a ON a.kind = 'all' AND a.slug = ''
JOIN item_tag AS t ON t.scope = o.scope AND t.tag_id = a.id AND t.item_id = i.value::bigint;

-- name: carries(scope, kind, slug, item)
SELECT 1 FROM tag AS a JOIN item_tag AS t ON t.scope = :scope AND t.tag_id = a.id AND t.item_id = :item
WHERE a.kind = :kind AND a.slug = :slug;

-- name: set_tags(batch)!
UPDATE item SET taggings = b.taggings, category = b.category, lexicon = b.lexicon
FROM jsonb_to_recordset(:batch) AS b (id bigint, taggings text, category text, lexicon text) WHERE item.id = b.id;

-- name: set_taggings(batch)!
UPDATE item SET taggings = b.taggings FROM jsonb_to_recordset(:batch) AS b (id bigint, taggings text)
WHERE item.id = b.id;

-- name: texts(items)
SELECT t.item_id AS item, t.terms
FROM jsonb_array_elements_text(:items) AS i JOIN item_text AS t ON t.item_id = i.value::bigint;

-- name: set_texts(batch)!
UPDATE item_text SET terms = b.value ->> 1 FROM jsonb_array_elements(:batch) AS b
WHERE item_text.item_id = (b.value ->> 0)::bigint;

-- name: untag_items(batch)
-- Rows of (scope, kind, slug, item). What a server's own correction gave an item stays: a country as a subject, too.
DELETE FROM item_tag AS i
USING jsonb_array_elements(:batch) AS b JOIN tag AS t ON t.kind = b.value ->> 1 AND t.slug = b.value ->> 2
WHERE i.scope = (b.value ->> 0)::bigint AND i.tag_id = t.id AND i.item_id = (b.value ->> 3)::bigint
  AND NOT EXISTS (SELECT 1 FROM correction AS x JOIN tag AS c ON c.id = x.tag_id
                  WHERE x.scope = i.scope AND x.item_id = i.item_id AND x.carried = 1
                    AND c.slug = t.slug AND c.kind = CASE t.kind WHEN 'subject' THEN 'country' ELSE t.kind END)
RETURNING i.scope, i.tag_id;

-- name: add_item_tags(batch)
INSERT INTO item_tag (scope, tag_id, item_id)
SELECT (b.value ->> 0)::bigint, t.id, (b.value ->> 3)::bigint
FROM jsonb_array_elements(:batch) AS b JOIN tag AS t ON t.kind = b.value ->> 1 AND t.slug = b.value ->> 2
ON CONFLICT DO NOTHING
RETURNING scope, tag_id;

-- name: adjust_tags(batch)!
-- Rows of (scope, tag, difference).
INSERT INTO tag_count (scope, tag_id, items)
SELECT (value ->> 0)::bigint, (value ->> 1)::bigint, (value ->> 2)::bigint FROM jsonb_array_elements(:batch)
ON CONFLICT (scope, tag_id) DO UPDATE SET items = tag_count.items + excluded.items;

-- name: adjust_pairs(batch)!
-- Rows of (scope, topic, country, difference).
INSERT INTO pair_count (scope, topic_id, country_id, items)
SELECT (b.value ->> 0)::bigint, t.id, c.id, (b.value ->> 3)::bigint
FROM jsonb_array_elements(:batch) AS b
JOIN tag AS t ON t.kind = 'topic' AND t.slug = b.value ->> 1
JOIN tag AS c ON c.kind = 'subject' AND c.slug = b.value ->> 2
ON CONFLICT (scope, topic_id, country_id) DO UPDATE SET items = pair_count.items + excluded.items;
