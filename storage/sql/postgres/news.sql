-- name: tag_ids(batch, guild)
-- The tags of a query with how many items carry each: the rarest drives.
SELECT t.kind, t.slug, t.id, coalesce(sum(c.items), 0)::bigint AS items
FROM jsonb_array_elements(:batch) AS b
JOIN tag AS t ON t.kind = b.value ->> 0 AND t.slug = b.value ->> 1
LEFT JOIN tag_count AS c ON c.tag_id = t.id AND c.scope IN (0, :guild)
GROUP BY t.id;

-- name: pair_items(topic, country, guild)
SELECT coalesce(sum(items), 0)::bigint AS items FROM pair_count
WHERE scope IN (0, :guild) AND topic_id = :topic AND country_id = :country;

-- piece: newest_first
-- Items of the driver's tag, in both scopes, the newest first.
(SELECT item_id FROM item_tag WHERE scope = 0 AND tag_id = :driver AND item_id BETWEEN :low AND :high
 ORDER BY item_id DESC)
UNION ALL
(SELECT i.item_id FROM item_tag AS i
 WHERE :guild::bigint <> 0 AND i.scope = :guild AND i.tag_id = :driver AND i.item_id BETWEEN :low AND :high
   AND NOT EXISTS (SELECT 1 FROM item_tag AS e
                   WHERE e.scope = 0 AND e.tag_id = :driver AND e.item_id = i.item_id)
 ORDER BY i.item_id DESC)

-- piece: everybodys
-- Everybody's tags, in the time of a look. The index is asked of two, or of any of some for each; what is left has the
-- marks of all `others`, and of one at least of each of `groups`, at hand.
x.marks && s.held AND x.marks && s.firsts AND x.marks && s.seconds
AND (cardinality(a.others) = 0 OR x.marks @> marked(a.others, 0, x.item_id >> 42))
AND (a.groups = '[]' OR NOT EXISTS (
    SELECT 1 FROM jsonb_array_elements(a.groups) AS g
    WHERE NOT x.marks && marked(ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(g.value)), 0, x.item_id >> 42)))

-- piece: own
-- What a server alone sees. Of that the index may say too much: whoever takes this looks at item_tag besides.
:guild::bigint <> 0
AND x.marks && s.held_own AND x.marks && s.firsts_own AND x.marks && s.seconds_own AND x.marks && s.servers
AND NOT ({everybodys})

-- piece: without
((SELECT without FROM asked) IS NULL OR NOT x.search @@ (SELECT without FROM asked))

-- piece: in_looks
-- What may carry all tags that are asked for, by the index of texts: look by look, the newest first, so that it stops
-- where enough is found. `without` is words that may not be there, or NULL.
SELECT o.item_id
FROM asked AS a CROSS JOIN looks(a.low, a.high, a.firsts, a.seconds, :guild, a.looked) AS s
CROSS JOIN LATERAL (
    SELECT e.item_id FROM (
        SELECT x.item_id FROM item_text AS x WHERE {everybodys} AND {without}
        UNION ALL
        SELECT x.item_id FROM item_text AS x WHERE {own} AND {without}
    ) AS e ORDER BY e.item_id DESC OFFSET 0
) AS o
WHERE o.item_id BETWEEN a.low AND a.high

-- piece: words
-- What is asked for of words, as `PostgresStatements.matching` says it: the rarest, the next, and further ones; the pairs
-- that stand in a row; and what is looked for in the texts themselves.
(:terms::jsonb ->> 'first')::tsquery AS first, (:terms::jsonb ->> 'second')::tsquery AS second,
(:terms::jsonb ->> 'third')::tsquery AS third,
ARRAY(SELECT unnest(word_pairs(p.value)) FROM jsonb_array_elements_text(:terms::jsonb -> 'rows') AS p) AS pairs,
(:terms::jsonb ->> 'read')::tsquery AS read

-- piece: holds
-- The index tells of words and pairs, each a condition of its own: it skips from one to where the next is, and looks at no
-- list for what the others lack. What is not asked for the planner, which knows what is given, leaves out: to GIN, all that
-- has pairs is a list to read.
x.search @@ (SELECT first FROM asked)
AND (:terms::jsonb -> 'second' = 'null' OR x.search @@ (SELECT second FROM asked))
AND (:terms::jsonb -> 'third' = 'null' OR x.search @@ (SELECT third FROM asked))
AND (:terms::jsonb -> 'rows' = '[]' OR word_pairs(x.terms) @> (SELECT pairs FROM asked))
AND ((SELECT read FROM asked) IS NULL OR x.search @@ (SELECT read FROM asked))

-- piece: in_looks_by_words
-- The same of what holds the words that are asked for, too: the index has both. With the marks, which are at hand.
SELECT o.item_id, o.marks
FROM asked AS a CROSS JOIN looks(a.low, a.high, a.firsts, a.seconds, :guild, a.looked) AS s
CROSS JOIN LATERAL (
    SELECT e.item_id, e.marks FROM (
        SELECT x.item_id, x.marks FROM item_text AS x WHERE {everybodys} AND {holds}
        UNION ALL
        SELECT x.item_id, x.marks FROM item_text AS x WHERE {own} AND {holds}
    ) AS e ORDER BY e.item_id DESC OFFSET 0
) AS o
WHERE o.item_id BETWEEN a.low AND a.high

-- piece: the_2000th
-- The newest item but two thousand: the dates of those may be wrong.
(SELECT item_id FROM item_text ORDER BY item_id DESC OFFSET 2000 LIMIT 1)

-- piece: recent_times
-- What is looked at first where words are asked for: the period of the newest items and the one before it.
greatest(:low, coalesce({the_2000th} >> 42, 1) - 1 << 42) AS low, :high::bigint AS high, 2::bigint AS looked

-- piece: earlier
-- Then further periods, as many at once as the rest should take.
SELECT a.firsts, a.seconds, a.others, a.groups, a.first, a.second, a.third, a.pairs, a.read,
       :low::bigint AS low, least(:high, a.low - 1) AS high,
       4096 * 5 * (:limit - r.found) / greatest(1, 4 * r.found) AS looked
FROM asked AS a CROSS JOIN (SELECT count(*) AS found FROM recent) AS r
WHERE r.found < :limit AND :low < a.low

-- piece: said
-- What a server itself gave a tag: few. The index knows only what everybody's tags are, or all that one server sees.
SELECT c.item_id FROM correction AS c
WHERE :guild::bigint <> 0 AND c.scope = :guild AND c.carried = 1 AND c.item_id BETWEEN :low AND :high

-- piece: said_by_words
-- The same with the words that are asked for.
SELECT c.item_id, x.marks FROM correction AS c JOIN item_text AS x ON x.item_id = c.item_id
WHERE :guild::bigint <> 0 AND c.scope = :guild AND c.carried = 1 AND c.item_id BETWEEN :low AND :high
  AND {holds}

-- piece: tags
-- The tags of a question, each by itself.
ARRAY[:driver::bigint] AS firsts, ARRAY[coalesce(:second::bigint, :driver)] AS seconds,
array_remove(ARRAY[:third::bigint, :fourth, :fifth, :sixth], NULL) AS others, '[]'::jsonb AS groups

-- piece: driven
-- The first tag of a question, and (tagged) the others: what everybody sees carries them as the index says.
(:guild::bigint = 0 OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :driver AND t.item_id = d.item_id OFFSET 0))

-- piece: tagged
(:guild::bigint = 0 OR :second::bigint IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :second AND t.item_id = d.item_id OFFSET 0))
AND (:guild::bigint = 0 OR :third::bigint IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :third AND t.item_id = d.item_id OFFSET 0))
AND (:guild::bigint = 0 OR :fourth::bigint IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :fourth AND t.item_id = d.item_id OFFSET 0))
AND (:guild::bigint = 0 OR :fifth::bigint IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :fifth AND t.item_id = d.item_id OFFSET 0))
AND (:guild::bigint = 0 OR :sixth::bigint IS NULL OR EXISTS (SELECT 1 FROM item_tag AS t
    WHERE t.scope IN (0, :guild) AND t.tag_id = :sixth AND t.item_id = d.item_id OFFSET 0))

-- piece: seen
-- What a server hides, and what it said is not so.
(:hides = 0 OR EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = d.item_id
    AND g.feed_id NOT IN (SELECT feed_id FROM hidden WHERE guild = :viewer) OFFSET 0))
AND (:denied::jsonb IS NULL OR NOT EXISTS (SELECT 1 FROM correction AS x
    WHERE x.scope = :viewer AND x.item_id = d.item_id AND x.carried = 0
      AND x.tag_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:denied::jsonb)) OFFSET 0))

-- piece: by_tags_and_words
-- Of tags and words, newest first, never a ranking of all. For words alone the driver is the tag that every item of a scope
-- carries.
WITH asked AS MATERIALIZED (
    SELECT {tags},
           {words}, {recent_times}
), recent AS MATERIALIZED (
    SELECT d.item_id, d.marks FROM ({in_looks_by_words}) AS d WHERE {driven} AND {tagged} AND {seen} LIMIT :limit
)
SELECT d.item_id,
    -- Whether it carries all of some more tags, where that is asked: a list of ids.
    (d.marks @> marked(ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(:about)), 0, d.item_id >> 42)
     OR :guild::bigint <> 0 AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements_text(:about) AS w
        WHERE NOT EXISTS (SELECT 1 FROM item_tag AS t
                          WHERE t.scope IN (0, :guild) AND t.tag_id = w.value::bigint AND t.item_id = d.item_id)
        OFFSET 0)) AS carries
FROM (
    SELECT d.item_id, d.marks FROM recent AS d
    UNION
    (WITH asked AS MATERIALIZED ({earlier})
     SELECT d.item_id, d.marks FROM ({in_looks_by_words}) AS d WHERE {driven} AND {tagged} AND {seen}
     LIMIT :limit - (SELECT count(*) FROM recent))
    UNION
    (SELECT d.item_id, d.marks FROM ({said_by_words}) AS d WHERE {driven} AND {tagged} AND {seen})
) AS d
ORDER BY d.item_id DESC
LIMIT :limit

-- name: find_by_tag(driver, guild, viewer, hides, denied, low, high, limit)
-- Walks the tag's key downwards, the two scopes merged; every other condition is a probe by key. OFFSET 0 keeps it one:
-- the planner would else read a whole tag into a hash, for ten items. Each scope says its own order: else it would read
-- all of both, and sort.
SELECT d.item_id FROM (
    {newest_first}
) AS d
WHERE {seen}
ORDER BY d.item_id DESC
LIMIT :limit;

-- name: find_by_tags(driver, second, third, fourth, fifth, sixth, guild, viewer, hides, denied, low, high, limit)
-- Of several tags.
WITH asked AS MATERIALIZED (
    SELECT {tags},
           NULL::tsquery AS without,
           :low::bigint AS low, :high::bigint AS high, 2::bigint AS looked
)
SELECT d.item_id FROM (
    (SELECT d.item_id FROM ({in_looks}) AS d WHERE {driven} AND {tagged} AND {seen} LIMIT :limit)
    UNION
    (SELECT d.item_id FROM ({said}) AS d WHERE {driven} AND {tagged} AND {seen})
) AS d
ORDER BY d.item_id DESC
LIMIT :limit;

-- name: find_by_tag_and_text(driver, second, third, fourth, fifth, sixth, terms, about, guild, viewer, hides, denied, low, high, limit)
{by_tags_and_words};

-- name: find_by_text_and_tags(driver, second, third, fourth, fifth, sixth, terms, about, guild, viewer, hides, denied, low, high, limit)
{by_tags_and_words};

-- name: items(ids)
SELECT m.id, m.title, m.url, m.outlet, m.outlet_country, m.category, m.summary, m.image, m.language, m.taggings,
       m.first_seen_at
FROM jsonb_array_elements_text(:ids) AS i JOIN item AS m ON m.id = i.value::bigint WHERE m.state < 5
ORDER BY m.id DESC;

-- name: top_tags(guild, limit)
-- With every hashtag that the news gave and that did not fade; those that faded are not offered.
SELECT o.kind, o.slug, o.items FROM (
    SELECT * FROM (
        SELECT t.kind, t.slug, sum(c.items)::bigint AS items
        FROM tag_count AS c JOIN tag AS t ON t.id = c.tag_id
        WHERE c.scope IN (0, :guild) AND t.kind IN ('topic', 'country')
        GROUP BY t.id ORDER BY items DESC, t.slug LIMIT :limit) AS most
    UNION
    SELECT t.kind, t.slug, sum(c.items)::bigint AS items
    FROM emerging AS e JOIN tag AS t ON t.kind = 'topic' AND t.slug = e.slug
    JOIN tag_count AS c ON c.scope IN (0, :guild) AND c.tag_id = t.id
    WHERE e.faded_at IS NULL GROUP BY t.id
) AS o
WHERE o.items > 0
  AND NOT (o.kind = 'topic' AND EXISTS (SELECT 1 FROM emerging AS e WHERE e.slug = o.slug AND e.faded_at IS NOT NULL))
ORDER BY o.items DESC, o.slug;

-- name: outlets(guild)
SELECT o.outlet, max(o.items) AS items FROM (
    SELECT t.slug AS outlet, sum(c.items)::bigint AS items
    FROM tag AS t JOIN tag_count AS c ON c.tag_id = t.id AND c.scope IN (0, :guild)
    WHERE t.kind = 'outlet' GROUP BY t.id
    UNION ALL
    SELECT outlet, 0 FROM source WHERE owner IN (0, :guild)
) AS o GROUP BY o.outlet ORDER BY lower(o.outlet), o.outlet;

-- name: known_terms(terms)
-- Words of the newest texts are found there, then those of the newest period: of a common word the index would be read
-- whole, to say that it is there.
WITH asked AS MATERIALIZED (
    SELECT t.value AS term FROM jsonb_array_elements_text(:terms) AS t
), common AS MATERIALIZED (
    SELECT w.lexeme FROM (SELECT search FROM item_text ORDER BY item_id DESC LIMIT 100) AS n, unnest(n.search) AS w
), period AS MATERIALIZED (
    SELECT marked(ARRAY(SELECT id FROM tag WHERE kind = 'all' AND slug = ''), 0, {the_2000th} >> 42) AS marks
)
SELECT a.term FROM asked AS a
WHERE left(lower(a.term COLLATE "C"), 500) IN (SELECT c.lexeme FROM common AS c)
   OR EXISTS (SELECT 1 FROM item_text AS x
              WHERE x.marks @> (SELECT marks FROM period) AND x.search @@ quoted(a.term) OFFSET 0)
   OR is_known(a.term);

-- name: keep_query(query)
INSERT INTO kept_query (query) VALUES (:query)
ON CONFLICT (md5(query)) DO UPDATE SET query = excluded.query RETURNING id;

-- name: file_items(items)!
UPDATE item SET state = 1 WHERE state = 0 AND id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items));

-- name: file_silent_items(items)!
-- What became news since it was read waits for the desk again.
UPDATE item SET state = 2 WHERE state = 3 AND id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items));

-- name: add_story_items(batch)!
-- Replayed, an item stays where it is.
INSERT INTO story_item (item_id, story_id, tie)
SELECT (b.value ->> 0)::bigint, (b.value ->> 1)::bigint, b.value ->> 2
FROM jsonb_array_elements(:batch) WITH ORDINALITY AS b (value, place) ORDER BY b.place
ON CONFLICT (item_id) DO NOTHING;

-- name: add_deliveries(batch, now)
-- A rule that was removed meanwhile delivers nothing; a story goes to a channel once, whatever rules match it, and so
-- does an item. What waits for a digest comes in that. There are two ways to be there already, and one statement can
-- meet but one: so those that are there are found first, and given the role that a further rule asks for.
WITH asked AS (
    SELECT r.id AS rule, r.guild, r.place, b.channel, b.role, b.item, b.story, b.number
    FROM (
        SELECT (value ->> 0)::bigint AS rule, (value ->> 1)::bigint AS channel, (value ->> 2)::bigint AS role,
               (value ->> 3)::bigint AS item, (value ->> 4)::bigint AS story, number
        FROM jsonb_array_elements(:batch) WITH ORDINALITY AS e (value, number)
    ) AS b JOIN alert_rule AS r ON r.id = b.rule
    WHERE NOT EXISTS (SELECT 1 FROM held AS h WHERE h.channel = b.channel AND h.story_id = b.story)
), once AS (
    SELECT channel, story, CASE WHEN story IS NULL THEN item END AS alone, min(number) AS number,
           (array_agg(role ORDER BY number) FILTER (WHERE role IS NOT NULL))[1] AS role
    FROM asked GROUP BY 1, 2, 3
), wanted AS (
    SELECT a.rule, a.guild, a.place, a.channel, o.role, a.item, a.story, a.number,
           (SELECT min(d.id) FROM delivery AS d
            WHERE d.channel = a.channel AND (d.story_id = a.story OR (d.item_id = a.item AND d.kind = 'story'))) AS there
    FROM once AS o JOIN asked AS a ON a.number = o.number
), changed AS (
    UPDATE delivery SET role = w.role FROM wanted AS w
    WHERE delivery.id = w.there AND delivery.state = 'pending' AND delivery.attempts = 0 AND delivery.role IS NULL
      AND w.role IS NOT NULL
    RETURNING delivery.id
), added AS (
    INSERT INTO delivery (rule_id, guild, channel, role, item_id, story_id, due_at, created_at, place)
    SELECT rule, guild, channel, role, item, story, :now::bigint, :now::bigint, place
    FROM wanted WHERE there IS NULL ORDER BY number
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT id FROM added UNION ALL SELECT id FROM changed;

-- name: grow_stories(stories, edit_at)!
-- Their cards are to be brought up to date.
UPDATE delivery SET grown = grown + 1, edit_at = coalesce(edit_at, :edit_at)
WHERE story_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:stories)) AND state <> 'dead';

-- name: correct_cards(items, edit_at, since)!
-- The same for items whose text was corrected, on cards of their own and of their stories.
UPDATE delivery SET grown = grown + 1, edit_at = coalesce(edit_at, :edit_at)
WHERE state <> 'dead' AND created_at >= :since
  AND ((item_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items)) AND kind = 'story')
       OR story_id IN (SELECT story_id FROM story_item WHERE item_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items))));

-- name: story_candidates(stories)
-- The items of stories as the desk sees them.
SELECT m.id, m.title, m.url, m.outlet, m.outlet_country, m.category, m.summary, m.image, m.language, m.taggings,
       m.first_seen_at, m.state, w.story_id, m.terms, m.scopes, m.hidden_by
FROM jsonb_array_elements_text(:stories) AS b JOIN story_item AS w ON w.story_id = b.value::bigint
JOIN candidate AS m ON m.id = w.item_id
ORDER BY w.seq;

-- name: stories_of(items)
SELECT item_id, story_id FROM story_item WHERE item_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items));

-- name: feeds_of_item(item, guild)
SELECT f.url FROM sighting AS g JOIN feed AS f ON f.id = g.feed_id JOIN source AS s ON s.feed_id = f.id
WHERE g.item_id = :item AND s.owner IN (0, :guild) GROUP BY f.id ORDER BY f.id;

-- name: outlets_of(items, guild)
-- Which story each item tells, and how many outlets tell it that a server may see and did not hide.
SELECT b.id AS item_id, coalesce(s.story_id, b.id) AS story_id,
       (SELECT x.terms FROM item_text AS x WHERE x.item_id = b.id) AS terms,
       (SELECT count(DISTINCT lower(m.outlet)) FROM story_item AS w JOIN item AS m ON m.id = w.item_id
        WHERE w.story_id = s.story_id
          AND EXISTS (SELECT 1 FROM item_tag AS t
                      WHERE t.tag_id = (SELECT a.id FROM tag AS a WHERE a.kind = 'all' AND a.slug = '')
                        AND t.scope IN (0, :guild) AND t.item_id = m.id OFFSET 0)
          AND EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = m.id
                      AND g.feed_id NOT IN (SELECT feed_id FROM hidden WHERE guild = :guild) OFFSET 0)) AS outlets
FROM (SELECT value::bigint AS id FROM jsonb_array_elements_text(:items)) AS b
LEFT JOIN story_item AS s ON s.item_id = b.id;

-- name: ends(guild)
-- The oldest and the newest item that a server may see: each scope's from its key, not a walk of them all.
SELECT min(o.first) AS first, max(o.last) AS last FROM (
    SELECT (SELECT min(t.item_id) FROM item_tag AS t WHERE t.scope = c.scope AND t.tag_id = a.id) AS first,
           (SELECT max(t.item_id) FROM item_tag AS t WHERE t.scope = c.scope AND t.tag_id = a.id) AS last
    FROM tag AS a, (SELECT 0 AS scope UNION SELECT :guild::bigint) AS c
    WHERE a.kind = 'all' AND a.slug = '') AS o;

-- name: top_stories(items, limit)
-- The stories that most independent outlets tell in some items.
SELECT s.story_id, min(m.id) AS item_id, count(DISTINCT lower(m.outlet)) AS outlets, count(*) AS reports
FROM jsonb_array_elements_text(:items) AS b JOIN story_item AS s ON s.item_id = b.value::bigint
JOIN item AS m ON m.id = s.item_id
GROUP BY s.story_id ORDER BY outlets DESC, reports DESC, max(m.id) DESC LIMIT :limit;

-- name: story_items(stories, guild)
-- The items of stories that a server may see and did not hide, in the order in which they were placed.
SELECT m.id, m.title, m.url, m.outlet, m.outlet_country, m.category, m.summary, m.image, m.language, m.taggings,
       m.first_seen_at, s.story_id, s.tie
FROM jsonb_array_elements_text(:stories) AS b
JOIN story_item AS s ON s.story_id = b.value::bigint
JOIN item AS m ON m.id = s.item_id
WHERE EXISTS (SELECT 1 FROM item_tag AS t
              WHERE t.tag_id = (SELECT a.id FROM tag AS a WHERE a.kind = 'all' AND a.slug = '')
                AND t.scope IN (0, :guild) AND t.item_id = m.id OFFSET 0)
  AND EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = m.id
              AND NOT EXISTS (SELECT 1 FROM hidden AS h WHERE h.guild = :guild AND h.feed_id = g.feed_id) OFFSET 0)
ORDER BY s.seq;

-- name: overview()
SELECT (SELECT coalesce(sum(c.items), 0)::bigint FROM tag_count AS c JOIN tag AS t ON t.id = c.tag_id
        WHERE t.kind = 'all' AND c.scope = 0) AS items,
       (SELECT count(*) FROM feed WHERE active = 1) AS feeds,
       (SELECT count(*) FROM feed WHERE active = 1 AND failures > 0) AS failing,
       (SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending')) AS pending;
