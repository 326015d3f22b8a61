-- name: terms_of(items)
SELECT t.item_id, t.terms
FROM jsonb_array_elements_text(:items) AS b JOIN item_text AS t ON t.item_id = b.value::bigint;
