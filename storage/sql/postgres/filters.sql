-- piece: marked
-- The tags of a filter beside its first one: lists of ids, of each of which one must be there.
(:guild::bigint = 0 OR NOT EXISTS (SELECT 1 FROM jsonb_array_elements(:wanted) AS w
    WHERE NOT EXISTS (SELECT 1 FROM jsonb_array_elements_text(w.value) AS v JOIN item_tag AS t
                      ON t.scope IN (0, :guild) AND t.tag_id = v.value::bigint AND t.item_id = d.item_id) OFFSET 0))
AND {unmarked}

-- piece: tags_of_filter
-- Lists of tags, of each of which one must be there: the first two, which the index is asked of; and of the others those of
-- one tag each, and of several.
ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(l.lists -> 0)) AS firsts,
ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(coalesce(l.lists -> 1, l.lists -> 0))) AS seconds,
ARRAY(SELECT (w.value ->> 0)::bigint FROM jsonb_array_elements(l.lists - 0 - 0) AS w
      WHERE jsonb_array_length(w.value) = 1) AS others,
(SELECT coalesce(jsonb_agg(w.value), '[]') FROM jsonb_array_elements(l.lists - 0 - 0) AS w
 WHERE jsonb_array_length(w.value) > 1) AS groups

-- piece: lists
-- The driver's is one of them, but where it stands for want of another.
CASE WHEN :driver::bigint = :everything::bigint AND :wanted::jsonb <> '[]' THEN :wanted::jsonb
     ELSE jsonb_build_array(jsonb_build_array(:driver::bigint)) || :wanted::jsonb END AS lists

-- piece: unmarked
-- No tag that is unwanted, and what the server sees. unwanted: pairs of a tag's id and of the tag that a server's own denial of
-- it is kept under.
(:unwanted::jsonb = '[]' OR NOT EXISTS (SELECT 1 FROM jsonb_array_elements(:unwanted) AS u
    JOIN item_tag AS t ON t.scope IN (0, :guild) AND t.tag_id = (u.value ->> 0)::bigint AND t.item_id = d.item_id
    WHERE NOT EXISTS (SELECT 1 FROM correction AS x
                      WHERE x.scope = :viewer AND x.item_id = d.item_id AND x.carried = 0
                        AND x.tag_id = (u.value ->> 1)::bigint) OFFSET 0))
AND {seen}

-- piece: unsaid
-- No word that is unwanted.
(:unwanted_terms::text IS NULL
    OR NOT EXISTS (SELECT 1 FROM item_text AS y
                   WHERE y.item_id = d.item_id AND y.search @@ :unwanted_terms::text::tsquery OFFSET 0))

-- piece: told
-- That enough outlets tell its story is asked last, and only of stories with so many reports: a list read once.
(:outlets < 2 OR d.item_id IN (
    SELECT item_id FROM story_item
    WHERE story_id IN (SELECT story_id FROM story_item GROUP BY story_id HAVING count(*) >= :outlets)))
AND (:outlets < 2 OR EXISTS (
    SELECT 1 FROM story_item AS s
    WHERE s.item_id = d.item_id
      AND :outlets <= (
            SELECT count(DISTINCT lower(m.outlet)) FROM story_item AS w JOIN item AS m ON m.id = w.item_id
            WHERE w.story_id = s.story_id
              AND EXISTS (SELECT 1 FROM item_tag AS t WHERE t.scope IN (0, :guild) AND t.tag_id = :everything
                                                        AND t.item_id = m.id)
              AND (:hides = 0 OR EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = m.id
                                         AND g.feed_id NOT IN (SELECT feed_id FROM hidden WHERE guild = :viewer)))
            )))

-- name: find_by_alternative(driver, wanted, unwanted, unwanted_terms, denied, outlets, everything, guild, viewer, hides, low, high, limit)
-- One way to meet a filter, of one tag: walks its key downwards, the two scopes merged; all else is a probe by key.
-- Each look at another table ends in OFFSET 0, and the dear ones stand outside: else the planner makes joins of them, or
-- asks them first. The order is said inside alone: with one outside it thinks that all are wanted.
SELECT d.item_id FROM (
    SELECT d.item_id FROM (
        {newest_first}
    ) AS d
    WHERE {marked}
    ORDER BY d.item_id DESC OFFSET 0
) AS d
WHERE {unsaid} AND {told}
LIMIT :limit;

-- name: find_by_alternative_of_tags(driver, wanted, unwanted, unwanted_terms, denied, outlets, everything, guild, viewer, hides, low, high, limit)
-- Of several tags.
WITH asked AS MATERIALIZED (
    SELECT {tags_of_filter},
           :unwanted_terms::text::tsquery AS without,
           :low::bigint AS low, :high::bigint AS high, 2::bigint AS looked
    FROM (SELECT {lists}) AS l
)
SELECT d.item_id FROM (
    (SELECT d.item_id FROM (SELECT d.item_id FROM ({in_looks}) AS d WHERE {driven} AND {marked} OFFSET 0) AS d
     WHERE {told} LIMIT :limit)
    UNION
    (SELECT d.item_id FROM (SELECT d.item_id FROM ({said}) AS d WHERE {driven} AND {marked} OFFSET 0) AS d
     WHERE {unsaid} AND {told})
) AS d
ORDER BY d.item_id DESC
LIMIT :limit;

-- piece: words_of_filter
-- Words that are not wanted are asked for as such.
coalesce(w.first && !! :unwanted_terms::text::tsquery, w.first) AS first, w.second, w.third, w.pairs, w.read

-- piece: carried
-- All tags that are asked for, where a server's own are among them: then each stands by itself.
(:guild::bigint = 0 OR NOT EXISTS (
    SELECT 1 FROM unnest((SELECT firsts || seconds || others FROM asked)) AS w (tag)
    WHERE NOT EXISTS (SELECT 1 FROM item_tag AS t
                      WHERE t.scope IN (0, :guild) AND t.tag_id = w.tag AND t.item_id = d.item_id) OFFSET 0))

-- piece: by_filter_and_words
-- Of tags and words, as in news.sql.
recent AS MATERIALIZED (
    SELECT d.item_id FROM (SELECT d.item_id FROM ({in_looks_by_words}) AS d WHERE {carried} AND {unmarked} OFFSET 0) AS d
    WHERE {told} LIMIT :limit
)
SELECT d.item_id FROM (
    SELECT d.item_id FROM recent AS d
    UNION
    (WITH asked AS MATERIALIZED ({earlier})
     SELECT d.item_id FROM (SELECT d.item_id FROM ({in_looks_by_words}) AS d WHERE {carried} AND {unmarked} OFFSET 0) AS d
     WHERE {told} LIMIT :limit - (SELECT count(*) FROM recent))
    UNION
    (SELECT d.item_id FROM (SELECT d.item_id FROM ({said_by_words}) AS d WHERE {carried} AND {unmarked} OFFSET 0) AS d WHERE {told})
) AS d
ORDER BY d.item_id DESC
LIMIT :limit

-- name: find_by_alternative_and_words(driver, wanted, unwanted, terms, unwanted_terms, denied, outlets, everything, guild, viewer, hides, low, high, limit)
WITH asked AS MATERIALIZED (
    SELECT {tags_of_filter}, {words_of_filter}, {recent_times}
    FROM (SELECT {words}) AS w CROSS JOIN (SELECT {lists}) AS l
), {by_filter_and_words};

-- name: find_by_words(terms, wanted, unwanted, unwanted_terms, denied, outlets, everything, guild, viewer, hides, low, high, limit)
-- Of words, and of lists of tags, of each of which one must be there. wanted holds one list at least.
WITH asked AS MATERIALIZED (
    SELECT {tags_of_filter}, {words_of_filter}, {recent_times}
    FROM (SELECT {words}) AS w CROSS JOIN (SELECT :wanted::jsonb AS lists) AS l
), {by_filter_and_words};
