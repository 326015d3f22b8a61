-- name: feeds_by_url(urls)
SELECT f.id FROM json_each(:urls) AS u CROSS JOIN feed AS f ON f.url = u.value;

-- name: feed_urls(feeds)
SELECT f.id, f.url FROM json_each(:feeds) AS l CROSS JOIN feed AS f ON f.id = l.value;

-- name: feeds_with_items(feeds)
SELECT value AS id FROM json_each(:feeds) AS f
WHERE EXISTS (SELECT 1 FROM sighting AS g WHERE g.feed_id = f.value);

-- name: add_feeds(owner, batch, interval_ms)!
-- A feed that nobody watched for a while starts anew: its first poll is silent.
INSERT INTO feed (url, home, outlet, outlet_country, language, section, state_run, single_country, page, interval_ms,
                  due_at)
SELECT value ->> 'url', :owner, value ->> 'outlet', value ->> 'country', value ->> 'language', value ->> 'section',
       value ->> 'state_run', value ->> 'single_country', value ->> 'page', :interval_ms, value ->> 'due_at'
FROM json_each(:batch) WHERE true
ON CONFLICT (url) DO UPDATE SET
    due_at = CASE WHEN active = 1 THEN due_at ELSE excluded.due_at END,
    first_success_at = CASE WHEN active = 1 THEN first_success_at END,
    -- what was read by other rules must be read again
    body_hash = CASE WHEN active = 1 AND (:owner <> 0 OR page IS excluded.page) THEN body_hash END,
    slices = CASE WHEN active = 1 AND (:owner <> 0 OR page IS excluded.page) THEN slices END,
    etag = CASE WHEN active = 1 AND (:owner <> 0 OR page IS excluded.page) THEN etag END,
    last_modified = CASE WHEN active = 1 AND (:owner <> 0 OR page IS excluded.page) THEN last_modified END,
    -- so a poll that is under way must not say what was read
    lease_token = CASE WHEN active = 1 AND (:owner <> 0 OR page IS excluded.page) THEN lease_token END,
    lease_until = CASE WHEN active = 1 AND (:owner <> 0 OR page IS excluded.page) THEN lease_until END,
    failures = CASE WHEN active = 1 THEN failures ELSE 0 END,
    problem = CASE WHEN active = 1 THEN problem END,
    health = CASE WHEN active = 1 THEN health END,
    -- the operator's words describe an outlet to everybody
    outlet = CASE WHEN :owner = 0 OR active = 0 THEN excluded.outlet ELSE outlet END,
    outlet_country = CASE WHEN :owner = 0 OR active = 0 THEN excluded.outlet_country ELSE outlet_country END,
    language = CASE WHEN :owner = 0 OR active = 0 THEN excluded.language ELSE language END,
    section = CASE WHEN :owner = 0 OR active = 0 THEN excluded.section ELSE section END,
    state_run = CASE WHEN :owner = 0 OR active = 0 THEN excluded.state_run ELSE state_run END,
    single_country = CASE WHEN :owner = 0 OR active = 0 THEN excluded.single_country ELSE single_country END,
    page = CASE WHEN :owner = 0 OR active = 0 THEN excluded.page ELSE page END,
    home = CASE WHEN :owner = 0 OR active = 0 THEN excluded.home ELSE home END;

-- name: change_rules(batch, now)
-- Pages of the operator whose rules were written anew: they are read at once, and silently, as if for the first time.
-- A poll by the old rules that is under way loses its lease: it must not say what was read.
UPDATE feed SET page = b.value ->> 'page', due_at = min(due_at, :now), first_success_at = NULL, body_hash = NULL,
                slices = NULL, etag = NULL, last_modified = NULL, lease_token = NULL, lease_until = NULL
FROM json_each(:batch) AS b
WHERE feed.url = b.value ->> 'url' AND feed.home = 0 AND feed.page IS NOT b.value ->> 'page'
RETURNING id;

-- name: add_sources(owner, batch, now)
INSERT INTO source (owner, feed_id, outlet, outlet_country, language, section, state_run, single_country, added_at)
SELECT :owner, f.id, b.value ->> 'outlet', b.value ->> 'country', b.value ->> 'language', b.value ->> 'section',
       b.value ->> 'state_run', b.value ->> 'single_country', :now
FROM json_each(:batch) AS b CROSS JOIN feed AS f ON f.url = b.value ->> 'url' WHERE true
ON CONFLICT (owner, feed_id) DO NOTHING
RETURNING id;

-- name: refresh_active(feeds, barred)!
-- A feed is polled while a source that is not paused names it, of somebody who is served; a barred one only for the
-- operator.
UPDATE feed SET active = EXISTS (
    SELECT 1 FROM source AS s WHERE s.feed_id = feed.id AND s.paused = 0
        AND NOT EXISTS (SELECT 1 FROM denied AS d WHERE d.kind = 'server' AND d.name = CAST(s.owner AS TEXT))
        AND (s.owner = 0 OR feed.id NOT IN (SELECT value FROM json_each(:barred)))
)
WHERE id IN (SELECT value FROM json_each(:feeds));

-- name: hide_source(guild, source)!
INSERT INTO hidden (guild, feed_id) SELECT :guild, feed_id FROM source WHERE id = :source AND owner = 0
ON CONFLICT DO NOTHING;

-- name: list_sources(guild)
-- a_day: over the seven days before the last success, or as many of them as it was read.
SELECT s.id, s.owner, f.url, s.outlet, s.outlet_country, s.language, s.section, s.state_run, s.single_country, s.paused,
       h.guild IS NOT NULL AS hidden, f.due_at, f.interval_ms, f.failures, f.first_success_at, f.last_success_at, f.problem,
       f.items, f.active, f.health, f.page,
       (SELECT sum(d.items) FROM feed_day AS d WHERE d.feed_id = f.id AND d.day BETWEEN f.last_success_at / 86400000 - 7
                                                                   AND f.last_success_at / 86400000 - 1)
           / max(1.0, min(7.0, f.last_success_at / 86400000 - f.first_success_at / 86400000)) AS a_day
FROM source AS s JOIN feed AS f ON f.id = s.feed_id
LEFT JOIN hidden AS h ON h.guild = :guild AND h.feed_id = s.feed_id
WHERE s.owner IN (0, :guild)
ORDER BY s.outlet COLLATE NOCASE, s.section COLLATE NOCASE, s.id;

-- name: claim_feeds(token, limit, until, now)
UPDATE feed SET lease_token = :token, lease_until = :until
WHERE id IN (
    SELECT id FROM feed
    WHERE active = 1 AND due_at <= :now AND (lease_until IS NULL OR lease_until <= :now)
    ORDER BY due_at LIMIT :limit
)
RETURNING id, url, outlet, outlet_country, language, section, state_run, single_country, etag, last_modified,
          body_hash, slices, interval_ms, failures, first_success_at, health, page, skip, due_at, {operators};

-- piece: due_then
-- Another due time than it was claimed with was set since: what it was set for, the poll may not have seen.
CASE WHEN due_at <> b.value ->> 'was_due' THEN min(due_at, b.value ->> 'due_at') ELSE b.value ->> 'due_at' END

-- name: finish_succeeded(batch, bytes)
-- Bytes go in one piece: each row says where its own begin (from 1), and how long they are.
-- owners: who names the feed; what it brings is theirs to read. A language once told serves the polls that tell none.
UPDATE feed SET due_at = {due_then}, interval_ms = b.value ->> 'interval_ms', problem = b.value ->> 'note',
                failures = 0, etag = b.value ->> 'etag', last_modified = b.value ->> 'last_modified',
                body_hash = substr(:bytes, b.value ->> 'hash_at', b.value ->> 'hash_size'),
                slices = substr(:bytes, b.value ->> 'slices_at', b.value ->> 'slices_size'),
                skip = b.value ->> 'skip', language = coalesce(language, b.value ->> 'language'),
                first_success_at = coalesce(first_success_at, b.value ->> 'now'), last_success_at = b.value ->> 'now',
                lease_token = NULL, lease_until = NULL
FROM json_each(:batch) AS b
WHERE feed.id = b.value ->> 'feed' AND feed.lease_token = b.value ->> 'token'
RETURNING id, home, outlet, outlet_country,
          (SELECT json_group_array(owner) FROM source WHERE feed_id = feed.id AND paused = 0) AS owners;

-- name: finish_unchanged(batch)
-- What has been read and is as it was ends the silence of a first poll, too; of what was never read all is new yet.
UPDATE feed SET due_at = {due_then}, interval_ms = b.value ->> 'interval_ms',
                -- without failures it is a note on the document, which has not changed
                problem = CASE WHEN failures = 0 THEN problem END, failures = 0,
                etag = coalesce(b.value ->> 'etag', etag),
                last_modified = coalesce(b.value ->> 'last_modified', last_modified),
                first_success_at = coalesce(first_success_at,
                                            CASE WHEN body_hash IS NOT NULL THEN b.value ->> 'now' END),
                last_success_at = b.value ->> 'now', lease_token = NULL, lease_until = NULL
FROM json_each(:batch) AS b
WHERE feed.id = b.value ->> 'feed' AND feed.lease_token = b.value ->> 'token'
RETURNING id;

-- name: finish_failed(batch)
UPDATE feed SET due_at = {due_then}, interval_ms = b.value ->> 'interval_ms',
                problem = b.value ->> 'problem', failures = failures + 1, lease_token = NULL, lease_until = NULL
FROM json_each(:batch) AS b
WHERE feed.id = b.value ->> 'feed' AND feed.lease_token = b.value ->> 'token'
RETURNING id;

-- name: recover_feeds(holder)!
UPDATE feed SET lease_token = NULL, lease_until = NULL WHERE lease_token GLOB :holder || '*';

-- name: spread_feeds(now, apart_ms, most_ms)
UPDATE feed SET due_at = :now + abs(random() % max(1, min(:most_ms, :apart_ms * (
    SELECT count(*) FROM feed WHERE active = 1 AND due_at < :now))))
WHERE active = 1 AND due_at < :now AND (lease_until IS NULL OR lease_until <= :now)
RETURNING id;

-- name: postpone_feeds(batch)!
UPDATE feed SET due_at = b.value ->> 2, lease_token = NULL, lease_until = NULL
FROM json_each(:batch) AS b WHERE feed.id = b.value ->> 0 AND feed.lease_token = b.value ->> 1;

-- name: add_notices(feed, text, beside, now)
-- For each that watches the feed: those who want to hear of it, in a place of theirs; all are returned.
-- beside: another address, of which those alone hear who watch that, too, or see it among the operator's.
INSERT INTO notice (guild, text, due_at, created_at)
SELECT s.owner, s.outlet || coalesce(' (' || s.section || ')', '') || ' ' || :text, :now, :now
FROM source AS s JOIN told_in AS p ON p.guild = s.owner
WHERE s.feed_id = :feed AND s.paused = 0
  AND (:beside IS NULL OR EXISTS (
      SELECT 1 FROM feed AS f JOIN source AS o ON o.feed_id = f.id
      WHERE f.url = :beside AND o.paused = 0 AND o.owner IN (0, s.owner)))
RETURNING guild;

-- name: count_items(batch)!
-- Rows of (feed, items).
UPDATE feed SET items = items + (b.value ->> 1) FROM json_each(:batch) AS b WHERE feed.id = b.value ->> 0;

-- name: add_feed_days(batch)!
-- Rows of (feed, day, items).
INSERT INTO feed_day (feed_id, day, items)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:batch) WHERE true
ON CONFLICT (feed_id, day) DO UPDATE SET items = items + excluded.items;

-- name: sightings(batch)
-- Of rows of (feed, key): which item the feed brought under that key, and what it said then.
SELECT g.feed_id, g.key, g.item_id, g.fingerprint
FROM json_each(:batch) AS b CROSS JOIN sighting AS g ON g.feed_id = b.value ->> 0 AND g.key = b.value ->> 1;

-- name: next_feed_due()
-- The first in the order of due times that nobody holds; of those before it, all of which are held, the first to be let go.
WITH free AS (SELECT due_at FROM feed WHERE active = 1 AND lease_until IS NULL ORDER BY due_at LIMIT 1)
SELECT min(due_at) AS due_at FROM (
    SELECT due_at FROM free
    UNION ALL
    SELECT max(due_at, lease_until) FROM feed
    WHERE active = 1 AND lease_until IS NOT NULL
      AND due_at < coalesce((SELECT due_at FROM free), 9223372036854775807)
) AS either;

-- name: has_brought(feed, urls)
SELECT 1 FROM json_each(:urls) AS u CROSS JOIN item AS m ON m.url = u.value
CROSS JOIN sighting AS g ON g.item_id = m.id AND g.feed_id = :feed LIMIT 1;

-- name: items_by_url(links)
-- Of rows of (address, outlet, home): the same article in two sections of one outlet is one item; an outlet is its
-- owner's word, so owners stay apart.
SELECT i.id, i.home, i.outlet, i.url, i.title, i.summary
FROM json_each(:links) AS l CROSS JOIN item AS i ON i.url = l.value ->> 0 AND i.outlet = l.value ->> 1
WHERE i.home = l.value ->> 2;

-- name: items_by_title(digests)
SELECT m.id, m.home, m.outlet, m.url, m.title, m.summary
FROM json_each(:digests) AS d CROSS JOIN item_title AS t ON t.digest = d.value CROSS JOIN item AS m ON m.id = t.item_id;

-- name: sightings_of_items(batch)
-- Of rows of (feed, item).
SELECT g.feed_id, g.item_id, g.key, g.fingerprint
FROM json_each(:batch) AS b CROSS JOIN sighting AS g ON g.item_id = b.value ->> 1 AND g.feed_id = b.value ->> 0;

-- name: add_item_titles(batch)!
INSERT INTO item_title (digest, item_id) SELECT value ->> 0, value ->> 1 FROM json_each(:batch) WHERE true
ON CONFLICT DO NOTHING;

-- name: edit_items(batch)!
UPDATE item SET title = b.value ->> 'title', summary = b.value ->> 'summary', url = coalesce(b.value ->> 'url', url),
                image = coalesce(b.value ->> 'image', image), categories = b.value ->> 'categories'
FROM json_each(:batch) AS b WHERE item.id = b.value ->> 'id';

-- name: add_revisions(batch, now)!
INSERT INTO revision (item_id, replaced_at, title) SELECT value ->> 0, :now, value ->> 1 FROM json_each(:batch) WHERE true
ON CONFLICT DO NOTHING;

-- name: last_ids(seconds)
SELECT s.value AS second,
       (SELECT max(id) FROM item WHERE id >= s.value << 20 AND id < (s.value + 1) << 20) AS last
FROM json_each(:seconds) AS s;

-- name: add_items(batch)!
INSERT INTO item (id, home, outlet, outlet_country, title, url, summary, image, language, category, taggings, lexicon,
                  categories, section, only_country, first_seen_at, state)
SELECT value ->> 'id', value ->> 'home', value ->> 'outlet', value ->> 'country', value ->> 'title', value ->> 'url',
       value ->> 'summary', value ->> 'image', value ->> 'language', value ->> 'category', value ->> 'taggings',
       value ->> 'lexicon', value ->> 'categories', value ->> 'section', value ->> 'only_country',
       value ->> 'seen_at', value ->> 'state'
FROM json_each(:batch);

-- name: add_item_texts(batch)!
-- Rows of (item, terms, ...): by what else it is found is in item_tag alone.
INSERT INTO item_text (rowid, terms) SELECT value ->> 0, value ->> 1 FROM json_each(:batch);

-- name: add_sightings(batch)!
-- Rows of (feed, key, item, fingerprint). A guid that is used again stands for the newer item.
INSERT INTO sighting (feed_id, key, item_id, fingerprint)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(:batch) WHERE true
ON CONFLICT (feed_id, key) DO UPDATE SET item_id = excluded.item_id, fingerprint = excluded.fingerprint;

-- name: ids_of_tags(batch)
-- By their places in a list of (kind, slug), those that are there.
SELECT b.key AS place, t.id
FROM json_each(:batch) AS b CROSS JOIN tag AS t ON t.kind = b.value ->> 0 AND t.slug = b.value ->> 1;

-- name: add_tags(batch)!
INSERT INTO tag (kind, slug) SELECT value ->> 0, value ->> 1 FROM json_each(:batch) WHERE true
ON CONFLICT DO NOTHING;

-- name: tag_items(batch, scopes)!
-- Rows of (tag, item).
INSERT INTO item_tag (scope, tag_id, item_id)
SELECT s.value, b.value ->> 0, b.value ->> 1 FROM json_each(:batch) AS b CROSS JOIN json_each(:scopes) AS s
WHERE true
ON CONFLICT DO NOTHING;

-- name: count_tags(batch, scopes)!
-- Rows of (tag, items).
INSERT INTO tag_count (scope, tag_id, items)
SELECT s.value, b.value ->> 0, b.value ->> 1 FROM json_each(:batch) AS b CROSS JOIN json_each(:scopes) AS s
WHERE true
ON CONFLICT (scope, tag_id) DO UPDATE SET items = items + excluded.items;

-- name: count_pairs(batch, scopes)!
-- Rows of (topic, country, items).
INSERT INTO pair_count (scope, topic_id, country_id, items)
SELECT s.value, b.value ->> 0, b.value ->> 1, b.value ->> 2
FROM json_each(:batch) AS b CROSS JOIN json_each(:scopes) AS s
WHERE true
ON CONFLICT (scope, topic_id, country_id) DO UPDATE SET items = items + excluded.items;

-- name: items_outside(items, scope)
-- Of some items, those that a scope cannot see yet.
SELECT m.id, m.outlet, m.outlet_country, m.language, m.category, m.taggings
FROM json_each(:items) AS i JOIN item AS m ON m.id = i.value
WHERE m.state < 4 AND NOT EXISTS (SELECT 1 FROM item_tag AS t JOIN tag AS a ON a.id = t.tag_id
                  WHERE a.kind = 'all' AND a.slug = '' AND t.scope IN (0, :scope) AND t.item_id = m.id);

-- name: refile_items(items)!
-- The desk decides again, on what was edited: no channel is given a story twice.
UPDATE item SET state = 0 WHERE state = 1 AND id IN (SELECT value FROM json_each(:items));

-- name: promote_items(items)!
-- Filed silently by one feed's first poll, then brought as news by a feed that was watched already: the desk decides.
UPDATE item SET state = 0 WHERE state IN (2, 3) AND id IN (SELECT value FROM json_each(:items));
