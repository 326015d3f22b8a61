-- What an item is about, what it only mentions and where its outlet sits are found apart: beside the kind "country"
-- (named at all) there are "subject" (about it) and "from" (the outlet's). Pairs count subjects.

INSERT OR IGNORE INTO tag (kind, slug)
SELECT DISTINCT 'subject', t.value ->> 1 FROM item AS m, json_each(m.taggings) AS t
WHERE t.value ->> 0 = 'country' AND t.value ->> 2 = 'subject';

INSERT OR IGNORE INTO tag (kind, slug) SELECT DISTINCT 'from', outlet_country FROM item WHERE outlet_country IS NOT NULL;

INSERT OR IGNORE INTO item_tag (scope, tag_id, item_id)
SELECT s.scope, a.id, m.id
FROM item_tag AS s JOIN tag AS every ON every.kind = 'all' AND every.slug = '' AND s.tag_id = every.id
JOIN item AS m ON m.id = s.item_id
JOIN json_each(m.taggings) AS t ON t.value ->> 0 = 'country' AND t.value ->> 2 = 'subject'
JOIN tag AS a ON a.kind = 'subject' AND a.slug = t.value ->> 1;

INSERT OR IGNORE INTO item_tag (scope, tag_id, item_id)
SELECT s.scope, a.id, m.id
FROM item_tag AS s JOIN tag AS every ON every.kind = 'all' AND every.slug = '' AND s.tag_id = every.id
JOIN item AS m ON m.id = s.item_id
JOIN tag AS a ON a.kind = 'from' AND a.slug = m.outlet_country;

INSERT INTO tag_count (scope, tag_id, items)
SELECT t.scope, t.tag_id, count(*) FROM item_tag AS t JOIN tag AS a ON a.id = t.tag_id
WHERE a.kind IN ('subject', 'from') GROUP BY t.scope, t.tag_id;

DELETE FROM pair_count;
INSERT INTO pair_count (scope, topic_id, country_id, items)
SELECT x.scope, x.tag_id, y.tag_id, count(*)
FROM item_tag AS x JOIN tag AS a ON a.id = x.tag_id AND a.kind = 'topic'
JOIN item AS m ON m.id = x.item_id
JOIN json_each(m.taggings) AS t ON t.value ->> 0 = 'country' AND t.value ->> 2 = 'subject'
JOIN tag AS b ON b.kind = 'subject' AND b.slug = t.value ->> 1
JOIN item_tag AS y ON y.scope = x.scope AND y.tag_id = b.id AND y.item_id = x.item_id
GROUP BY x.scope, x.tag_id, y.tag_id;
