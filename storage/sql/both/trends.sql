-- name: roll_days(before)!
-- The days that are over and not counted yet; an id holds its second above 20 bits.
INSERT INTO name_day (day, slug, items)
SELECT (item_id >> 20) / 86400, slug, count(*) FROM item_name
WHERE item_id < :before AND item_id >= coalesce((SELECT (max(day) + 1) * 86400 << 20 FROM name_day), 0)
GROUP BY 1, 2;

-- name: forget_names(before)!
DELETE FROM item_name WHERE item_id < :before;

-- name: forget_days(before)!
DELETE FROM name_day WHERE day < :before;

-- name: count_heard(low)
SELECT count(*) AS items FROM item_name WHERE item_id >= :low AND slug = '';

-- name: admitted()
SELECT slug, label FROM emerging WHERE faded_at IS NULL;

-- name: emerged()
SELECT slug FROM emerging;

-- name: fade(before, now)
UPDATE emerging SET faded_at = :now WHERE faded_at IS NULL AND active_at < :before RETURNING slug;

-- name: all_items_tag()
SELECT id FROM tag WHERE kind = 'all' AND slug = '';
