-- name: add_names(batch)!
-- Rows of (item, slug, words).
INSERT INTO item_name (item_id, slug, words)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:batch) WHERE true
ON CONFLICT DO NOTHING;

-- name: heard(low, items, outlets)
-- Names of two items or more first: most are of one, and need no look at it.
SELECT n.slug, count(*) AS items, count(DISTINCT m.outlet) AS outlets
FROM item_name AS n CROSS JOIN item AS m ON m.id = n.item_id
WHERE n.item_id >= :low
  AND n.slug IN (SELECT slug FROM item_name WHERE item_id >= :low GROUP BY slug HAVING count(*) >= :items)
GROUP BY n.slug HAVING count(DISTINCT m.outlet) >= :outlets;

-- name: usual_names(slugs, first, last)
SELECT slug, sum(items) AS items FROM name_day
WHERE day BETWEEN :first AND :last AND slug IN (SELECT value FROM json_each(:slugs))
GROUP BY slug;

-- name: spellings(slugs)
SELECT slug, words, count(*) AS items FROM item_name
WHERE slug IN (SELECT value FROM json_each(:slugs))
GROUP BY slug, words ORDER BY items, words DESC;

-- name: admit(batch, now)!
-- Rows of (slug, label).
INSERT INTO emerging (slug, label, admitted_at, active_at)
SELECT value ->> 0, value ->> 1, :now, :now FROM json_each(:batch) WHERE true
ON CONFLICT (slug) DO UPDATE SET
    label = excluded.label, active_at = excluded.active_at,
    admitted_at = CASE WHEN faded_at IS NULL THEN admitted_at ELSE excluded.admitted_at END, faded_at = NULL;

-- name: renew(slugs, now)!
UPDATE emerging SET active_at = :now
WHERE faded_at IS NULL AND slug IN (SELECT value FROM json_each(:slugs));

-- name: untagged(limit)
-- By state, never by memory: whatever was stopped in between, what lacks its hashtag is found again.
SELECT n.item_id, n.slug, n.words
FROM item_name AS n CROSS JOIN emerging AS e ON e.slug = n.slug AND e.faded_at IS NULL
LEFT JOIN tag AS a ON a.kind = 'topic' AND a.slug = n.slug
WHERE NOT EXISTS (SELECT 1 FROM item_tag AS t WHERE t.scope = 0 AND t.tag_id = a.id AND t.item_id = n.item_id)
  AND NOT EXISTS (SELECT 1 FROM correction AS x
                  WHERE x.scope = 0 AND x.item_id = n.item_id AND x.tag_id = a.id AND x.carried = 0)
ORDER BY n.item_id DESC LIMIT :limit;

-- name: count_topics(guild, low, limit)
-- Of the topics with most items in all, and of every hashtag that is given now: how many since an id.
SELECT a.id, a.slug,
       (SELECT count(*) FROM item_tag AS i
        WHERE i.scope IN (0, :guild) AND i.tag_id = a.id AND i.item_id >= :low) AS items
FROM (
    SELECT tag_id FROM (
        SELECT c.tag_id FROM tag_count AS c CROSS JOIN tag AS t ON t.id = c.tag_id AND t.kind = 'topic'
        WHERE c.scope IN (0, :guild) GROUP BY c.tag_id ORDER BY sum(c.items) DESC LIMIT :limit)
    UNION SELECT t.id FROM emerging AS e CROSS JOIN tag AS t ON t.kind = 'topic' AND t.slug = e.slug
    WHERE e.faded_at IS NULL
) AS w CROSS JOIN tag AS a ON a.id = w.tag_id
WHERE items > 0;

-- name: count_between(tags, guild, low, high)
SELECT b.value AS id, (SELECT count(*) FROM item_tag AS i
                       WHERE i.scope IN (0, :guild) AND i.tag_id = b.value AND i.item_id BETWEEN :low AND :high) AS items
FROM json_each(:tags) AS b;

-- name: count_hidden_topics(guild, low, high)
-- What a server does not see of everybody's items: those of feeds that it hides, and tags that it took off. '' counts
-- the items themselves.
WITH unseen AS (
    SELECT DISTINCT g.item_id FROM sighting AS g
    WHERE g.feed_id IN (SELECT feed_id FROM hidden WHERE guild = :guild) AND g.item_id BETWEEN :low AND :high
      AND NOT EXISTS (SELECT 1 FROM sighting AS o WHERE o.item_id = g.item_id
                      AND o.feed_id NOT IN (SELECT feed_id FROM hidden WHERE guild = :guild))
)
SELECT slug, sum(items) AS items FROM (
    SELECT t.value ->> 1 AS slug, count(*) AS items
    FROM unseen AS u CROSS JOIN item AS m ON m.id = u.item_id CROSS JOIN json_each(m.taggings) AS t
    WHERE t.value ->> 0 = 'topic' GROUP BY 1
    UNION ALL
    SELECT '', count(*) FROM unseen
    UNION ALL
    SELECT a.slug, count(*) FROM correction AS x CROSS JOIN tag AS a ON a.id = x.tag_id AND a.kind = 'topic'
    CROSS JOIN item_tag AS i ON i.scope IN (0, :guild) AND i.tag_id = x.tag_id AND i.item_id = x.item_id
    WHERE x.scope = :guild AND x.carried = 0 AND x.item_id BETWEEN :low AND :high
      AND x.item_id NOT IN (SELECT item_id FROM unseen)
    GROUP BY a.id
) GROUP BY slug;

-- name: count_outlets(tags, guild, low, hides)
SELECT a.slug, count(DISTINCT m.outlet) AS outlets
FROM json_each(:tags) AS b
CROSS JOIN tag AS a ON a.kind = 'topic' AND a.slug = b.value
CROSS JOIN item_tag AS i ON i.scope IN (0, :guild) AND i.tag_id = a.id AND i.item_id >= :low
CROSS JOIN item AS m ON m.id = i.item_id
WHERE :hides = 0 OR EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = i.item_id
                            AND g.feed_id NOT IN (SELECT feed_id FROM hidden WHERE guild = :guild))
GROUP BY a.id;
