-- name: aged_items(after, before, limit)
-- Old items that may be let go of: filed, in no story that goes on, and nothing of them waits to be posted or edited.
SELECT m.id FROM item AS m
WHERE m.id > :after AND m.id < :before AND m.state IN (1, 2)
  AND m.id NOT IN (SELECT item_id FROM delivery WHERE state IN ('pending', 'sending'))
  AND m.id NOT IN (SELECT item_id FROM delivery WHERE edit_at IS NOT NULL)
  AND m.id NOT IN (SELECT item_id FROM held WHERE digest_id IS NULL)
  AND NOT EXISTS (
      SELECT 1 FROM story_item AS s JOIN story_item AS o ON o.story_id = s.story_id
      WHERE s.item_id = m.id AND (
          o.item_id >= :before
          OR o.story_id IN (SELECT story_id FROM delivery WHERE state IN ('pending', 'sending') AND story_id IS NOT NULL)
          OR o.story_id IN (SELECT story_id FROM delivery WHERE edit_at IS NOT NULL AND story_id IS NOT NULL)
          OR o.story_id IN (SELECT story_id FROM held WHERE digest_id IS NULL)))
ORDER BY m.id LIMIT :limit;

-- name: leaving_items(limit)
SELECT id, home, outlet, outlet_country, title, language, category, taggings FROM item WHERE state = 4
ORDER BY id LIMIT :limit;

-- name: scopes_in_use()
SELECT DISTINCT scope FROM tag_count ORDER BY scope;

-- name: aged_deliveries(after, before, limit)
-- Of the next ones by number those that are old and done; whether each is.
SELECT id, CASE WHEN state IN ('sent', 'dead') AND edit_at IS NULL AND created_at < :before
                 AND coalesce(finished_at, created_at) < :before THEN 1 ELSE 0 END AS aged,
       CASE WHEN created_at >= :before THEN 1 ELSE 0 END AS young
FROM delivery WHERE id > :after ORDER BY id LIMIT :limit;

-- name: drop_notices_before(before, limit)
DELETE FROM notice WHERE id IN (
    SELECT id FROM notice WHERE state IN ('sent', 'dead') AND created_at < :before ORDER BY id LIMIT :limit
) RETURNING id;

-- name: drop_revisions_before(before, limit)
-- Earlier headlines of items that were published before that.
DELETE FROM revision WHERE (item_id, replaced_at) IN (
    SELECT item_id, replaced_at FROM revision WHERE item_id < :before ORDER BY item_id, replaced_at LIMIT :limit
) RETURNING item_id;

-- name: drop_visits_before(before, limit)
DELETE FROM visit WHERE (person, question) IN (
    SELECT person, question FROM visit WHERE at < :before ORDER BY at LIMIT :limit
) RETURNING person;

-- name: drop_feed_days_before(before, limit)
DELETE FROM feed_day WHERE (feed_id, day) IN (SELECT feed_id, day FROM feed_day WHERE day < :before LIMIT :limit)
RETURNING feed_id;

-- name: drop_queries_beyond(kept, limit)
DELETE FROM kept_query WHERE id IN (
    SELECT id FROM kept_query WHERE id <= (SELECT id FROM kept_query ORDER BY id DESC LIMIT 1 OFFSET :kept)
    ORDER BY id LIMIT :limit
) RETURNING id;

-- name: drop_gone_rules(kept, limit)
-- A desk reads those that are gone since it looked last: so many changes behind, none is.
DELETE FROM rule_gone WHERE id IN (
    SELECT id FROM rule_gone
    WHERE revision < (SELECT CAST(value AS BIGINT) - :kept FROM meta WHERE name = 'rules') ORDER BY revision LIMIT :limit
) RETURNING id;
