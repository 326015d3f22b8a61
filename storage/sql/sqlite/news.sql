-- name: tag_ids(batch, guild)
-- The tags of a query with how many items carry each: the rarest drives.
SELECT t.kind, t.slug, t.id, coalesce(sum(c.items), 0) AS items
FROM json_each(:batch) AS b
CROSS JOIN tag AS t ON t.kind = b.value ->> 0 AND t.slug = b.value ->> 1
LEFT JOIN tag_count AS c ON c.tag_id = t.id AND c.scope IN (0, :guild)
GROUP BY t.id;

-- name: pair_items(topic, country, guild)
SELECT coalesce(sum(items), 0) AS items FROM pair_count
WHERE scope IN (0, :guild) AND topic_id = :topic AND country_id = :country;

-- piece: newest_first
-- Items of the driver's tag, in both scopes, the newest first.
SELECT item_id FROM item_tag WHERE scope = 0 AND tag_id = :driver AND item_id BETWEEN :low AND :high
UNION
SELECT item_id FROM item_tag WHERE scope = :guild AND tag_id = :driver AND item_id BETWEEN :low AND :high
ORDER BY 1 DESC

-- piece: tagged
-- The other tags of a question.
(:second IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :second AND t.item_id = d.item_id))
AND (:third IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :third AND t.item_id = d.item_id))
AND (:fourth IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :fourth AND t.item_id = d.item_id))
AND (:fifth IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :fifth AND t.item_id = d.item_id))
AND (:sixth IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :sixth AND t.item_id = d.item_id))

-- piece: seen
-- What a server hides, and what it said is not so.
(:hides = 0 OR EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = d.item_id
    AND g.feed_id NOT IN (SELECT feed_id FROM hidden WHERE guild = :viewer)))
AND (:denied IS NULL OR NOT EXISTS (SELECT 1 FROM correction AS x
    WHERE x.scope = :viewer AND x.item_id = d.item_id AND x.carried = 0
      AND x.tag_id IN (SELECT value FROM json_each(:denied))))

-- piece: with_near
-- The newest texts that hold some words, read once into a list: the text index takes a hundred times as long for each look.
WITH near AS MATERIALIZED (
    SELECT rowid AS item_id FROM item_text WHERE item_text MATCH :terms ->> 'match' AND rowid BETWEEN :low AND :high
    ORDER BY rowid DESC LIMIT 20000
), reach AS MATERIALIZED (
    SELECT n.low, n.is_shorter, CASE WHEN n.is_shorter THEN 9223372036854775807 ELSE :low END AS walked_to
    FROM (SELECT CASE WHEN count(*) < 20000 THEN 0 ELSE min(item_id) END AS low,
                 count(*) < min(20000, (SELECT coalesce(sum(items), 0) FROM tag_count
                                        WHERE tag_id = :driver AND scope IN (0, :guild))) AS is_shorter
          FROM near) AS n
)

-- piece: walked_or_near
-- Down that list, where it is whole and shorter than the driver's key; else down that key (to an id that no item has, where
-- the list is taken: a condition would be asked of each). Whether a text holds the words is then told by the list, and
-- before its time by the text itself, since of words so common some of the next few hold them. A list of all that
-- hold two common words took 100 ms at a million items.
SELECT n.item_id FROM (SELECT item_id FROM near ORDER BY item_id DESC) AS n
WHERE (SELECT is_shorter FROM reach)
  AND EXISTS (SELECT 1 FROM item_tag AS t WHERE t.scope IN (0, :guild) AND t.tag_id = :driver AND t.item_id = n.item_id)
UNION ALL
SELECT d.item_id FROM (
    SELECT item_id FROM item_tag
    WHERE scope = 0 AND tag_id = :driver AND item_id BETWEEN (SELECT walked_to FROM reach) AND :high
    UNION
    SELECT item_id FROM item_tag
    WHERE scope = :guild AND tag_id = :driver AND item_id BETWEEN (SELECT walked_to FROM reach) AND :high
    ORDER BY 1 DESC
) AS d
WHERE CASE WHEN d.item_id >= (SELECT low FROM reach) THEN d.item_id IN (SELECT item_id FROM near)
           ELSE EXISTS (SELECT 1 FROM item_text AS y WHERE y.rowid = d.item_id
                        AND NOT EXISTS (SELECT 1 FROM json_each(:terms -> 'held') AS h
                                        WHERE NOT instr(' ' || y.terms || ' ', h.value))) END

-- piece: seen_by_words
-- The same as seen, by the index of words.
(:hides = 0 OR EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = d.rowid
                             AND g.feed_id NOT IN (SELECT feed_id FROM hidden WHERE guild = :viewer)))
  AND (:denied IS NULL OR NOT EXISTS (SELECT 1 FROM correction AS x
                                 WHERE x.scope = :viewer AND x.item_id = d.rowid AND x.carried = 0
                                   AND x.tag_id IN (SELECT value FROM json_each(:denied))))

-- name: find_by_tag(driver, guild, viewer, hides, denied, low, high, limit)
-- Walks the tag's key downwards, the two scopes merged; every other condition is a probe by key.
SELECT d.item_id FROM (
    {newest_first}
) AS d
WHERE {seen}
LIMIT :limit;

-- name: find_by_tags(driver, second, third, fourth, fifth, sixth, guild, viewer, hides, denied, low, high, limit)
-- The same of several tags: the rarest drives.
SELECT d.item_id FROM (
    {newest_first}
) AS d
WHERE {tagged}
  AND {seen}
LIMIT :limit;

-- piece: carries
-- Whether an item carries all of some more tags, where that is asked: a list of ids.
NOT EXISTS (SELECT 1 FROM json_each(:about) AS w
    WHERE NOT EXISTS (SELECT 1 FROM item_tag AS t
                      WHERE t.scope IN (0, :guild) AND t.tag_id = w.value AND t.item_id = d.item_id)) AS carries

-- name: find_by_tag_and_text(driver, second, third, fourth, fifth, sixth, terms, about, guild, viewer, hides, denied, low, high, limit)
-- The same of what holds some words, too.
{with_near}
SELECT d.item_id, {carries} FROM (
    {walked_or_near}
) AS d
WHERE {tagged}
  AND {seen}
LIMIT :limit;

-- name: find_by_text_and_tags(driver, second, third, fourth, fifth, sixth, terms, about, guild, viewer, hides, denied, low, high, limit)
-- The newest matches by rowid, never a ranking of all. For words alone the driver is the tag that every item of a scope
-- carries.
SELECT d.item_id, {carries} FROM (SELECT d.rowid AS item_id FROM item_text AS d
WHERE item_text MATCH :terms ->> 'match' AND d.rowid BETWEEN :low AND :high
  AND EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :driver AND t.item_id = d.rowid)
  AND (:second IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :second AND t.item_id = d.rowid))
  AND (:third IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :third AND t.item_id = d.rowid))
  AND (:fourth IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :fourth AND t.item_id = d.rowid))
  AND (:fifth IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :fifth AND t.item_id = d.rowid))
  AND (:sixth IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :sixth AND t.item_id = d.rowid))
  AND {seen_by_words}
ORDER BY d.rowid DESC
LIMIT :limit) AS d;

-- name: items(ids)
SELECT m.id, m.title, m.url, m.outlet, m.outlet_country, m.category, m.summary, m.image, m.language, m.taggings,
       m.first_seen_at
FROM json_each(:ids) AS i JOIN item AS m ON m.id = i.value WHERE m.state < 5 ORDER BY m.id DESC;

-- name: top_tags(guild, limit)
-- With every hashtag that the news gave and that did not fade; those that faded are not offered.
SELECT kind, slug, items FROM (
    SELECT * FROM (
        SELECT t.kind, t.slug, sum(c.items) AS items
        FROM tag_count AS c CROSS JOIN tag AS t ON t.id = c.tag_id
        WHERE c.scope IN (0, :guild) AND t.kind IN ('topic', 'country')
        GROUP BY t.id ORDER BY items DESC, t.slug LIMIT :limit)
    UNION
    SELECT t.kind, t.slug, sum(c.items) AS items
    FROM emerging AS e CROSS JOIN tag AS t ON t.kind = 'topic' AND t.slug = e.slug
    CROSS JOIN tag_count AS c ON c.scope IN (0, :guild) AND c.tag_id = t.id
    WHERE e.faded_at IS NULL GROUP BY t.id
) AS o
WHERE o.items > 0
  AND NOT (o.kind = 'topic' AND EXISTS (SELECT 1 FROM emerging AS e WHERE e.slug = o.slug AND e.faded_at IS NOT NULL))
ORDER BY items DESC, slug;

-- name: outlets(guild)
SELECT outlet, max(items) AS items FROM (
    SELECT t.slug AS outlet, sum(c.items) AS items
    FROM tag AS t JOIN tag_count AS c ON c.tag_id = t.id AND c.scope IN (0, :guild)
    WHERE t.kind = 'outlet' GROUP BY t.id
    UNION ALL
    SELECT outlet, 0 FROM source WHERE owner IN (0, :guild)
) GROUP BY outlet ORDER BY outlet COLLATE NOCASE;

-- name: known_terms(terms)
SELECT t.value AS term FROM json_each(:terms) AS t
WHERE EXISTS (SELECT 1 FROM item_text WHERE item_text MATCH '"' || replace(t.value, '"', '""') || '"');

-- name: keep_query(query)
INSERT INTO kept_query (query) VALUES (:query) ON CONFLICT (query) DO UPDATE SET query = excluded.query RETURNING id;

-- name: file_items(items)!
UPDATE item SET state = 1 WHERE state = 0 AND id IN (SELECT value FROM json_each(:items));

-- name: file_silent_items(items)!
-- What became news since it was read waits for the desk again.
UPDATE item SET state = 2 WHERE state = 3 AND id IN (SELECT value FROM json_each(:items));

-- name: add_story_items(batch)!
-- Replayed, an item stays where it is.
INSERT INTO story_item (item_id, story_id, tie)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:batch) WHERE true ON CONFLICT (item_id) DO NOTHING;

-- name: add_deliveries(batch, now)
-- A rule that was removed meanwhile delivers nothing; a story goes to a channel once, whatever rules match it, and so
-- does an item. What waits for a digest comes in that.
INSERT INTO delivery (rule_id, guild, channel, role, item_id, story_id, due_at, created_at, place)
SELECT r.id, r.guild, b.value ->> 1, b.value ->> 2, b.value ->> 3, b.value ->> 4, :now, :now, r.place
FROM json_each(:batch) AS b JOIN alert_rule AS r ON r.id = b.value ->> 0
WHERE NOT EXISTS (SELECT 1 FROM held AS h WHERE h.channel = b.value ->> 1 AND h.story_id = b.value ->> 4)
ON CONFLICT (item_id, channel) WHERE kind = 'story' DO UPDATE SET role = coalesce(delivery.role, excluded.role)
    WHERE delivery.state = 'pending' AND delivery.attempts = 0 AND delivery.role IS NULL AND excluded.role IS NOT NULL
ON CONFLICT (story_id, channel) WHERE story_id IS NOT NULL DO UPDATE SET role = coalesce(delivery.role, excluded.role)
    WHERE delivery.state = 'pending' AND delivery.attempts = 0 AND delivery.role IS NULL AND excluded.role IS NOT NULL
RETURNING id;

-- name: grow_stories(stories, edit_at)!
-- Their cards are to be brought up to date.
UPDATE delivery SET grown = grown + 1, edit_at = coalesce(edit_at, :edit_at)
WHERE story_id IN (SELECT value FROM json_each(:stories)) AND state <> 'dead';

-- name: correct_cards(items, edit_at, since)!
-- The same for items whose text was corrected, on cards of their own and of their stories.
UPDATE delivery SET grown = grown + 1, edit_at = coalesce(edit_at, :edit_at)
WHERE state <> 'dead' AND created_at >= :since
  AND ((item_id IN (SELECT value FROM json_each(:items)) AND kind = 'story')
       OR story_id IN (SELECT story_id FROM story_item WHERE item_id IN (SELECT value FROM json_each(:items))));

-- name: story_candidates(stories)
-- The items of stories as the desk sees them.
SELECT m.id, m.title, m.url, m.outlet, m.outlet_country, m.category, m.summary, m.image, m.language, m.taggings,
       m.first_seen_at, m.state, w.story_id, m.terms, m.scopes, m.hidden_by
FROM json_each(:stories) AS b JOIN story_item AS w ON w.story_id = b.value JOIN candidate AS m ON m.id = w.item_id
ORDER BY w.seq;

-- name: stories_of(items)
SELECT item_id, story_id FROM story_item WHERE item_id IN (SELECT value FROM json_each(:items));

-- name: feeds_of_item(item, guild)
SELECT DISTINCT f.url FROM sighting AS g JOIN feed AS f ON f.id = g.feed_id JOIN source AS s ON s.feed_id = f.id
WHERE g.item_id = :item AND s.owner IN (0, :guild) ORDER BY f.id;

-- name: outlets_of(items, guild)
-- Which story each item tells, and how many outlets tell it that a server may see and did not hide.
SELECT b.value AS item_id, coalesce(s.story_id, b.value) AS story_id,
       (SELECT terms FROM item_text WHERE rowid = b.value) AS terms,
       (SELECT count(DISTINCT lower(m.outlet)) FROM story_item AS w JOIN item AS m ON m.id = w.item_id
        WHERE w.story_id = s.story_id
          AND EXISTS (SELECT 1 FROM item_tag AS t JOIN tag AS a ON a.id = t.tag_id
                      WHERE a.kind = 'all' AND a.slug = '' AND t.scope IN (0, :guild) AND t.item_id = m.id)
          AND EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = m.id
                      AND g.feed_id NOT IN (SELECT feed_id FROM hidden WHERE guild = :guild))) AS outlets
FROM json_each(:items) AS b LEFT JOIN story_item AS s ON s.item_id = b.value;

-- name: ends(guild)
-- The oldest and the newest item that a server may see: each scope's from its key, not a walk of them all.
SELECT min(first) AS first, max(last) AS last FROM (
    SELECT (SELECT min(t.item_id) FROM item_tag AS t WHERE t.scope = c.scope AND t.tag_id = a.id) AS first,
           (SELECT max(t.item_id) FROM item_tag AS t WHERE t.scope = c.scope AND t.tag_id = a.id) AS last
    FROM tag AS a, (SELECT 0 AS scope UNION SELECT :guild) AS c
    WHERE a.kind = 'all' AND a.slug = '');

-- name: top_stories(items, limit)
-- The stories that most independent outlets tell in some items.
SELECT s.story_id, min(m.id) AS item_id, count(DISTINCT lower(m.outlet)) AS outlets, count(*) AS reports
FROM json_each(:items) AS b JOIN story_item AS s ON s.item_id = b.value JOIN item AS m ON m.id = s.item_id
GROUP BY s.story_id ORDER BY outlets DESC, reports DESC, max(m.id) DESC LIMIT :limit;

-- name: story_items(stories, guild)
-- The items of stories that a server may see and did not hide, in the order in which they were placed.
SELECT m.id, m.title, m.url, m.outlet, m.outlet_country, m.category, m.summary, m.image, m.language, m.taggings,
       m.first_seen_at, s.story_id, s.tie
FROM json_each(:stories) AS b
JOIN story_item AS s ON s.story_id = b.value
JOIN item AS m ON m.id = s.item_id
WHERE EXISTS (SELECT 1 FROM item_tag AS t JOIN tag AS a ON a.id = t.tag_id
              WHERE a.kind = 'all' AND a.slug = '' AND t.scope IN (0, :guild) AND t.item_id = m.id)
  AND EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = m.id
              AND NOT EXISTS (SELECT 1 FROM hidden AS h WHERE h.guild = :guild AND h.feed_id = g.feed_id))
ORDER BY s.seq;

-- name: overview()
SELECT (SELECT coalesce(sum(c.items), 0) FROM tag_count AS c JOIN tag AS t ON t.id = c.tag_id
        WHERE t.kind = 'all' AND c.scope = 0) AS items,
       (SELECT count(*) FROM feed WHERE active = 1) AS feeds,
       (SELECT count(*) FROM feed WHERE active = 1 AND failures > 0) AS failing,
       (SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending')) AS pending;
