-- name: let_go(items)!
UPDATE item SET state = 4 WHERE state IN (1, 2) AND id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items));

-- name: scopes_holding(items, scopes)
SELECT t.item_id AS item, t.scope
FROM jsonb_array_elements_text(:items) AS i CROSS JOIN jsonb_array_elements_text(:scopes) AS s
JOIN tag AS a ON a.kind = 'all' AND a.slug = ''
JOIN item_tag AS t ON t.scope = s.value::bigint AND t.tag_id = a.id AND t.item_id = i.value::bigint;

-- name: take_corrections(items)
-- What was said of some items is forgotten; what it gave them.
DELETE FROM correction WHERE item_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items))
RETURNING scope, item_id, carried, (SELECT t.kind FROM tag AS t WHERE t.id = correction.tag_id) AS kind,
          (SELECT t.slug FROM tag AS t WHERE t.id = correction.tag_id) AS slug;

-- name: titles_before(items)
SELECT item_id, title FROM revision WHERE item_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items));

-- name: forget_titles(batch)!
DELETE FROM item_title WHERE (digest, item_id) IN (SELECT (value ->> 0)::bigint, (value ->> 1)::bigint FROM jsonb_array_elements(:batch));

-- name: forget_revisions(items)!
DELETE FROM revision WHERE item_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items));

-- name: forget_item_names(items)!
DELETE FROM item_name WHERE item_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items));

-- name: forget_stories(items)!
DELETE FROM story_item WHERE item_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items));

-- name: forget_texts(items)!
DELETE FROM item_text WHERE item_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items));

-- name: empty_items(items)!
UPDATE item SET state = 5, title = '', url = NULL, summary = '', image = NULL, language = NULL, taggings = '[]',
                categories = '[]', section = NULL
WHERE id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items));

-- name: forget_deliveries(deliveries)!
DELETE FROM delivery WHERE id IN (SELECT value::bigint FROM jsonb_array_elements_text(:deliveries));

-- name: forget_digested(deliveries)!
DELETE FROM held WHERE digest_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:deliveries));
