-- name: let_go(items)!
UPDATE item SET state = 4 WHERE state IN (1, 2) AND id IN (SELECT value FROM json_each(:items));

-- name: scopes_holding(items, scopes)
SELECT i.value AS item, s.value AS scope
FROM json_each(:items) AS i CROSS JOIN json_each(:scopes) AS s
CROSS JOIN tag AS a ON a.kind = 'all' AND a.slug = ''
CROSS JOIN item_tag AS t ON t.scope = s.value AND t.tag_id = a.id AND t.item_id = i.value;

-- name: take_corrections(items)
-- What was said of some items is forgotten; what it gave them.
DELETE FROM correction WHERE item_id IN (SELECT value FROM json_each(:items))
RETURNING scope, item_id, carried, (SELECT kind FROM tag WHERE id = tag_id) AS kind,
          (SELECT slug FROM tag WHERE id = tag_id) AS slug;

-- name: titles_before(items)
SELECT item_id, title FROM revision WHERE item_id IN (SELECT value FROM json_each(:items));

-- name: forget_titles(batch)!
DELETE FROM item_title WHERE (digest, item_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:batch));

-- name: forget_revisions(items)!
DELETE FROM revision WHERE item_id IN (SELECT value FROM json_each(:items));

-- name: forget_item_names(items)!
DELETE FROM item_name WHERE item_id IN (SELECT value FROM json_each(:items));

-- name: forget_stories(items)!
DELETE FROM story_item WHERE item_id IN (SELECT value FROM json_each(:items));

-- name: forget_texts(items)!
DELETE FROM item_text WHERE rowid IN (SELECT value FROM json_each(:items));

-- name: empty_items(items)!
UPDATE item SET state = 5, title = '', url = NULL, summary = '', image = NULL, language = NULL, taggings = '[]',
                categories = '[]', section = NULL
WHERE id IN (SELECT value FROM json_each(:items));

-- name: forget_deliveries(deliveries)!
DELETE FROM delivery WHERE id IN (SELECT value FROM json_each(:deliveries));

-- name: forget_digested(deliveries)!
DELETE FROM held WHERE digest_id IN (SELECT value FROM json_each(:deliveries));
