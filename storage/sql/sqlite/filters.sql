-- piece: marked
-- The tags of a filter. wanted: lists of ids of tags, of each of which one must be there; unwanted: pairs of a tag's id and of
-- the tag that a server's own denial of it is kept under.
NOT EXISTS (SELECT 1 FROM json_each(:wanted) AS w
    WHERE NOT EXISTS (SELECT 1 FROM json_each(w.value) AS v CROSS JOIN item_tag AS t
                      ON t.scope IN (0, :guild) AND t.tag_id = v.value AND t.item_id = d.item_id))
AND NOT EXISTS (SELECT 1 FROM json_each(:unwanted) AS u
    CROSS JOIN item_tag AS t ON t.scope IN (0, :guild) AND t.tag_id = u.value ->> 0 AND t.item_id = d.item_id
    WHERE NOT EXISTS (SELECT 1 FROM correction AS x
                      WHERE x.scope = :viewer AND x.item_id = d.item_id AND x.carried = 0
                        AND x.tag_id = u.value ->> 1))

-- piece: told
-- No word that is unwanted, and what the server sees; that enough outlets tell its story is asked last, and only of
-- stories with so many reports: a list read once. Of words the text itself is asked: a list of all the texts that hold a
-- common word is a hundred times what is looked at.
(:unwanted_terms IS NULL
    OR NOT EXISTS (SELECT 1 FROM item_text AS y CROSS JOIN json_each(:unwanted_terms) AS u
                   WHERE y.rowid = d.item_id AND instr(' ' || y.terms || ' ', u.value)))
AND {seen}
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
                                         AND g.feed_id NOT IN (SELECT feed_id FROM hidden WHERE guild = :viewer))))))

-- piece: walked
-- Down the driver's key, the two scopes merged; all else is a probe by key.
SELECT d.item_id FROM (
    {newest_first}
) AS d
WHERE {marked}
  AND {told}
LIMIT :limit

-- name: find_by_alternative(driver, wanted, unwanted, unwanted_terms, denied, outlets, everything, guild, viewer, hides, low, high, limit)
-- One way to meet a filter, of one tag.
{walked};

-- name: find_by_alternative_of_tags(driver, wanted, unwanted, unwanted_terms, denied, outlets, everything, guild, viewer, hides, low, high, limit)
-- Of several tags: the rarest drives.
{walked};

-- name: find_by_alternative_and_words(driver, wanted, unwanted, terms, unwanted_terms, denied, outlets, everything, guild, viewer, hides, low, high, limit)
-- The same of what holds some words, too.
{with_near}
SELECT d.item_id FROM (
    {walked_or_near}
) AS d
WHERE {marked}
  AND {told}
LIMIT :limit;

-- name: find_by_words(terms, wanted, unwanted, unwanted_terms, denied, outlets, everything, guild, viewer, hides, low, high, limit)
-- The same where words drive: the newest matches by rowid. wanted holds one list at least.
SELECT d.rowid AS item_id FROM item_text AS d
WHERE item_text MATCH :terms ->> 'match' AND d.rowid BETWEEN :low AND :high
  AND NOT EXISTS (SELECT 1 FROM json_each(:wanted) AS w
                  WHERE NOT EXISTS (SELECT 1 FROM json_each(w.value) AS v CROSS JOIN item_tag AS t
                                    ON t.scope IN (0, :guild) AND t.tag_id = v.value AND t.item_id = d.rowid))
  AND NOT EXISTS (SELECT 1 FROM json_each(:unwanted) AS u
                  CROSS JOIN item_tag AS t ON t.scope IN (0, :guild) AND t.tag_id = u.value ->> 0 AND t.item_id = d.rowid
                  WHERE NOT EXISTS (SELECT 1 FROM correction AS x
                                    WHERE x.scope = :viewer AND x.item_id = d.rowid AND x.carried = 0
                                      AND x.tag_id = u.value ->> 1))
  AND (:unwanted_terms IS NULL
       OR NOT EXISTS (SELECT 1 FROM json_each(:unwanted_terms) AS u WHERE instr(' ' || d.terms || ' ', u.value)))
  AND {seen_by_words}
  AND (:outlets < 2 OR d.rowid IN (
        SELECT item_id FROM story_item
        WHERE story_id IN (SELECT story_id FROM story_item GROUP BY story_id HAVING count(*) >= :outlets)))
  AND (:outlets < 2 OR EXISTS (
        SELECT 1 FROM story_item AS s
        WHERE s.item_id = d.rowid
          AND :outlets <= (
                SELECT count(DISTINCT lower(m.outlet)) FROM story_item AS w JOIN item AS m ON m.id = w.item_id
                WHERE w.story_id = s.story_id
                  AND EXISTS (SELECT 1 FROM item_tag AS t WHERE t.scope IN (0, :guild) AND t.tag_id = :everything
                                                            AND t.item_id = m.id)
                  AND (:hides = 0 OR EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = m.id
                                             AND g.feed_id NOT IN (SELECT feed_id FROM hidden WHERE guild = :viewer))))))
ORDER BY d.rowid DESC
LIMIT :limit;
