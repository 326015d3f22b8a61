-- name: terms_of(items)
SELECT b.value AS item_id, t.terms FROM json_each(:items) AS b JOIN item_text AS t ON t.rowid = b.value;
