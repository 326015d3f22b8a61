-- name: view(guild)
-- Whether a server hides anything, can see anything that is not everybody's, and has corrected any tag.
SELECT EXISTS (SELECT 1 FROM hidden WHERE guild = :guild) AS hides,
       EXISTS (SELECT 1 FROM tag_count WHERE scope = :guild) AS own,
       EXISTS (SELECT 1 FROM correction WHERE scope = :guild) AS fixes;

-- name: visible_item(item, guild)
SELECT m.id, m.title, m.url, m.outlet, m.outlet_country, m.category, m.summary, m.image, m.language, m.taggings,
       m.first_seen_at
FROM item AS m
WHERE m.id = :item
  AND EXISTS (SELECT 1 FROM item_tag AS t JOIN tag AS a ON a.id = t.tag_id
              WHERE a.kind = 'all' AND a.slug = '' AND t.scope IN (0, :guild) AND t.item_id = m.id);

-- name: visible_item_by_url(url, guild)
SELECT m.id, m.title, m.url, m.outlet, m.outlet_country, m.category, m.summary, m.image, m.language, m.taggings,
       m.first_seen_at
FROM item AS m
WHERE m.url = :url
  AND EXISTS (SELECT 1 FROM item_tag AS t JOIN tag AS a ON a.id = t.tag_id
              WHERE a.kind = 'all' AND a.slug = '' AND t.scope IN (0, :guild) AND t.item_id = m.id)
ORDER BY m.id DESC LIMIT 1;

-- name: kept_query(number)
SELECT query FROM kept_query WHERE id = :number;

-- name: unfiled_news(limit)
-- By state, never "newer than the last seen".
SELECT m.id, m.title, m.url, m.outlet, m.outlet_country, m.category, m.summary, m.image, m.language, m.taggings,
       m.first_seen_at, m.terms, m.scopes, m.hidden_by, m.state, w.story_id
FROM candidate AS m LEFT JOIN story_item AS w ON w.item_id = m.id
WHERE m.state = 0 ORDER BY m.id LIMIT :limit;

-- name: unfiled_silent(limit)
-- (Both conditions: an index holds what either of the states has.)
SELECT m.id, m.title, m.url, m.outlet, m.outlet_country, m.category, m.summary, m.image, m.language, m.taggings,
       m.first_seen_at, m.terms, m.scopes, m.hidden_by, m.state, w.story_id
FROM candidate AS m LEFT JOIN story_item AS w ON w.item_id = m.id
WHERE m.state IN (0, 3) AND m.state = 3 ORDER BY m.id LIMIT :limit;

-- name: open_since(since, most)
-- The first item that is one too many, of those that are placed.
SELECT item_id FROM story_item WHERE item_id >= :since ORDER BY item_id DESC LIMIT 1 OFFSET :most;

-- name: first_open(since)
-- Where the reading of open stories begins. By the key of items: by that of places all older ones would be passed.
SELECT min(seq + 0) AS seq FROM story_item WHERE item_id >= :since;

-- name: open_stories(since, start, limit)
-- What a desk that starts reads: the items of stories published since then, in the order in which they were placed. Along
-- the key of places: few among them are older (+: by no other key).
SELECT m.id, m.title, m.url, m.outlet, m.outlet_country, m.category, m.summary, m.image, m.language, m.taggings,
       m.first_seen_at, s.story_id, s.seq
FROM story_item AS s CROSS JOIN item AS m
WHERE s.seq >= :start AND +s.item_id >= :since AND m.id = s.item_id
ORDER BY s.seq LIMIT :limit;

-- name: record(item)
-- An item as the desk sees it, with what the desk did.
SELECT m.id, m.title, m.url, m.outlet, m.outlet_country, m.category, m.summary, m.image, m.language, m.taggings,
       m.first_seen_at, m.state, w.story_id, m.terms, m.scopes, m.hidden_by
FROM candidate AS m LEFT JOIN story_item AS w ON w.item_id = m.id WHERE m.id = :item;

-- name: handed(item, story, guild)
-- What the channels of a server were given of a story, on a card of its own or in a digest, or wait for.
SELECT d.channel, d.item_id, d.state, 0 AS digest, coalesce(d.finished_at, d.due_at) AS at, d.message_id, d.detail
FROM delivery AS d
WHERE d.guild = :guild AND d.kind = 'story' AND (d.story_id = :story OR d.item_id = :item)
UNION ALL
SELECT h.channel, h.item_id, coalesce(d.state, 'held'), 1, coalesce(d.finished_at, h.due_at), d.message_id, d.detail
FROM held AS h LEFT JOIN delivery AS d ON d.id = h.digest_id
WHERE h.guild = :guild AND h.story_id = :story;

-- name: item_of_message(message, guild)
SELECT item_id FROM delivery WHERE message_id = :message AND guild = :guild AND kind = 'story';

-- name: watching_since()
SELECT min(first_success_at) AS at FROM feed;

-- name: items_from(at, guild, limit)
-- The first ones not older than that, of those that a server may see and did not hide.
SELECT t.item_id FROM tag AS a JOIN item_tag AS t ON t.tag_id = a.id AND t.scope IN (0, :guild) AND t.item_id >= :at
WHERE a.kind = 'all' AND a.slug = ''
  AND EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = t.item_id
              AND NOT EXISTS (SELECT 1 FROM hidden AS h WHERE h.guild = :guild AND h.feed_id = g.feed_id))
ORDER BY t.item_id LIMIT :limit;
