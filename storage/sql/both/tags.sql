-- name: stale_items(lexicon, before, limit)
-- Newest first. An item from before its section was kept has the section of a feed that brought it.
SELECT m.id, m.title, m.url, m.outlet, m.outlet_country, m.category, m.summary, m.image, m.language, m.taggings,
       m.first_seen_at, m.lexicon, m.categories,
       CASE WHEN m.lexicon = '' THEN (SELECT f.section FROM sighting AS g JOIN feed AS f ON f.id = g.feed_id
                                      WHERE g.item_id = m.id ORDER BY f.id LIMIT 1)
            ELSE m.section END AS section,
       m.only_country
FROM item AS m WHERE m.id < :before AND m.lexicon <> :lexicon AND m.state < 4 ORDER BY m.id DESC LIMIT :limit;

-- name: count_stale(lexicon)
SELECT count(*) AS items FROM item WHERE lexicon <> :lexicon AND state < 4;
