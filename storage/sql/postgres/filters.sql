-- name: find_by_alternative(driver, wanted, unwanted, terms, unwanted_terms, denied, outlets, everything, guild, viewer, hides, low, high, limit)
-- One way to meet a filter: walks the driver's key downwards, the two scopes merged; all else is a probe by key.
-- What holds words is read once into a list. That enough outlets tell its story is asked last, and only of stories with
-- so many reports: a list read once.
-- wanted: ids of tags; unwanted: pairs of a tag's id and of the tag that a server's own denial of it is kept under.
SELECT d.item_id FROM (
    SELECT item_id FROM item_tag WHERE scope = 0 AND tag_id = :driver AND item_id BETWEEN :low AND :high
    UNION ALL
    SELECT i.item_id FROM item_tag AS i
    WHERE :guild::bigint <> 0 AND i.scope = :guild AND i.tag_id = :driver AND i.item_id BETWEEN :low AND :high
      AND NOT EXISTS (SELECT 1 FROM item_tag AS e
                      WHERE e.scope = 0 AND e.tag_id = :driver AND e.item_id = i.item_id)
) AS d
WHERE (:terms::text IS NULL
       OR d.item_id IN (SELECT x.item_id FROM item_text AS x
                        WHERE x.search @@ :terms::text::tsquery AND x.item_id BETWEEN :low AND :high))
  AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements_text(:wanted) AS w
                  WHERE NOT EXISTS (SELECT 1 FROM item_tag AS t
                                    WHERE t.scope IN (0, :guild) AND t.tag_id = w.value::bigint AND t.item_id = d.item_id))
  AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(:unwanted) AS u
                  JOIN item_tag AS t ON t.scope IN (0, :guild) AND t.tag_id = (u.value ->> 0)::bigint
                                    AND t.item_id = d.item_id
                  WHERE NOT EXISTS (SELECT 1 FROM correction AS x
                                    WHERE x.scope = :viewer AND x.item_id = d.item_id AND x.carried = 0
                                      AND x.tag_id = (u.value ->> 1)::bigint))
  AND (:unwanted_terms::text IS NULL
       OR d.item_id NOT IN (SELECT x.item_id FROM item_text AS x
                            WHERE x.search @@ :unwanted_terms::text::tsquery AND x.item_id BETWEEN :low AND :high))
  AND (:hides = 0 OR EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = d.item_id
                             AND g.feed_id NOT IN (SELECT feed_id FROM hidden WHERE guild = :viewer) OFFSET 0))
  AND NOT EXISTS (SELECT 1 FROM correction AS x
                  WHERE x.scope = :viewer AND x.item_id = d.item_id AND x.carried = 0
                    AND x.tag_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:denied)))
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
ORDER BY d.item_id DESC
LIMIT :limit;

-- name: find_by_words(terms, wanted, unwanted, unwanted_terms, denied, outlets, everything, guild, viewer, hides, low, high, limit)
-- The same where words alone drive: the newest matches by id. wanted holds the tag of everything.
SELECT d.item_id FROM item_text AS d
WHERE d.search @@ :terms::text::tsquery AND d.item_id BETWEEN :low AND :high
  AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements_text(:wanted) AS w
                  WHERE NOT EXISTS (SELECT 1 FROM item_tag AS t
                                    WHERE t.scope IN (0, :guild) AND t.tag_id = w.value::bigint AND t.item_id = d.item_id))
  AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(:unwanted) AS u
                  JOIN item_tag AS t ON t.scope IN (0, :guild) AND t.tag_id = (u.value ->> 0)::bigint
                                    AND t.item_id = d.item_id
                  WHERE NOT EXISTS (SELECT 1 FROM correction AS x
                                    WHERE x.scope = :viewer AND x.item_id = d.item_id AND x.carried = 0
                                      AND x.tag_id = (u.value ->> 1)::bigint))
  AND (:unwanted_terms::text IS NULL
       OR d.item_id NOT IN (SELECT x.item_id FROM item_text AS x
                            WHERE x.search @@ :unwanted_terms::text::tsquery AND x.item_id BETWEEN :low AND :high))
  AND (:hides = 0 OR EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = d.item_id
                             AND g.feed_id NOT IN (SELECT feed_id FROM hidden WHERE guild = :viewer) OFFSET 0))
  AND NOT EXISTS (SELECT 1 FROM correction AS x
                  WHERE x.scope = :viewer AND x.item_id = d.item_id AND x.carried = 0
                    AND x.tag_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:denied)))
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
ORDER BY d.item_id DESC
LIMIT :limit;
