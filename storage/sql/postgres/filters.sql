-- piece: marked
-- The tags of a filter, what a server hides, and what it said is not so. wanted: ids of tags; unwanted: pairs of a tag's id
-- and of the tag that a server's own denial of it is kept under.
NOT EXISTS (SELECT 1 FROM jsonb_array_elements_text(:wanted) AS w
    WHERE NOT EXISTS (SELECT 1 FROM item_tag AS t
                      WHERE t.scope IN (0, :guild) AND t.tag_id = w.value::bigint AND t.item_id = d.item_id) OFFSET 0)
AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(:unwanted) AS u
    JOIN item_tag AS t ON t.scope IN (0, :guild) AND t.tag_id = (u.value ->> 0)::bigint AND t.item_id = d.item_id
    WHERE NOT EXISTS (SELECT 1 FROM correction AS x
                      WHERE x.scope = :viewer AND x.item_id = d.item_id AND x.carried = 0
                        AND x.tag_id = (u.value ->> 1)::bigint) OFFSET 0)
AND (:hides = 0 OR EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = d.item_id
    AND g.feed_id NOT IN (SELECT feed_id FROM hidden WHERE guild = :viewer) OFFSET 0))
AND NOT EXISTS (SELECT 1 FROM correction AS x
    WHERE x.scope = :viewer AND x.item_id = d.item_id AND x.carried = 0
      AND x.tag_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:denied)) OFFSET 0)

-- piece: told
-- No word that is unwanted; and that enough outlets tell its story is asked last, and only of stories with so many
-- reports: a list read once.
(:unwanted_terms::text IS NULL
    OR NOT EXISTS (SELECT 1 FROM item_text AS y
                   WHERE y.item_id = d.item_id AND y.search @@ :unwanted_terms::text::tsquery OFFSET 0))
AND (:outlets < 2 OR d.item_id IN (
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
-- One way to meet a filter: walks the driver's key downwards, the two scopes merged; all else is a probe by key.
-- Each look at another table ends in OFFSET 0, and the dear ones stand outside: else the planner makes joins of them, or
-- asks them first. The order is said inside alone, as in find_by_text.
SELECT d.item_id FROM (
    SELECT d.item_id FROM (
        {newest_first}
    ) AS d
    WHERE {marked}
    ORDER BY d.item_id DESC OFFSET 0
) AS d
WHERE {told}
LIMIT :limit;

-- name: find_by_alternative_and_words(driver, wanted, unwanted, terms, unwanted_terms, denied, outlets, everything, guild, viewer, hides, low, high, limit)
-- The same of what holds some words, too: the planner knows how common they are.
SELECT d.item_id FROM (
    SELECT d.item_id FROM (
        SELECT d.item_id FROM (
            {newest_first}
        ) AS d JOIN item_text AS x ON x.item_id = d.item_id AND x.search @@ :terms::text::tsquery
        ORDER BY d.item_id DESC OFFSET 0
    ) AS d
    WHERE {marked}
    OFFSET 0
) AS d
WHERE {told}
LIMIT :limit;

-- name: find_by_words(terms, wanted, unwanted, unwanted_terms, denied, outlets, everything, guild, viewer, hides, low, high, limit)
-- The same where words alone drive: the newest matches by id. wanted holds the tag of everything.
SELECT d.item_id FROM (
    SELECT d.item_id FROM (
        SELECT x.item_id FROM item_text AS x
        WHERE x.search @@ :terms::text::tsquery AND x.item_id BETWEEN :low AND :high
        ORDER BY x.item_id DESC OFFSET 0
    ) AS d
    WHERE {marked}
    OFFSET 0
) AS d
WHERE {told}
LIMIT :limit;
