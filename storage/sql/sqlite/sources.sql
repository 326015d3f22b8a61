-- name: feeds_by_url(urls)
SELECT f.id FROM json_each(:urls) AS u CROSS JOIN feed AS f ON f.url = u.value;

-- name: feeds_with_items(feeds)
SELECT value AS id FROM json_each(:feeds) AS f
WHERE EXISTS (SELECT 1 FROM sighting AS g WHERE g.feed_id = f.value);

-- name: add_feeds(owner, batch, interval_ms)!
-- A feed that nobody watched for a while starts anew: its first poll is silent.
INSERT INTO feed (url, home, outlet, outlet_country, language, section, state_run, single_country, interval_ms, due_at)
SELECT value ->> 'url', :owner, value ->> 'outlet', value ->> 'country', value ->> 'language', value ->> 'section',
       value ->> 'state_run', value ->> 'single_country', :interval_ms, value ->> 'due_at'
FROM json_each(:batch) WHERE true
ON CONFLICT (url) DO UPDATE SET
    due_at = CASE WHEN active = 1 THEN due_at ELSE excluded.due_at END,
    first_success_at = CASE WHEN active = 1 THEN first_success_at END,
    body_hash = CASE WHEN active = 1 THEN body_hash END,
    etag = CASE WHEN active = 1 THEN etag END,
    last_modified = CASE WHEN active = 1 THEN last_modified END,
    failures = CASE WHEN active = 1 THEN failures ELSE 0 END,
    problem = CASE WHEN active = 1 THEN problem END,
    -- the operator's words describe an outlet to everybody
    outlet = CASE WHEN :owner = 0 OR active = 0 THEN excluded.outlet ELSE outlet END,
    outlet_country = CASE WHEN :owner = 0 OR active = 0 THEN excluded.outlet_country ELSE outlet_country END,
    language = CASE WHEN :owner = 0 OR active = 0 THEN excluded.language ELSE language END,
    section = CASE WHEN :owner = 0 OR active = 0 THEN excluded.section ELSE section END,
    state_run = CASE WHEN :owner = 0 OR active = 0 THEN excluded.state_run ELSE state_run END,
    single_country = CASE WHEN :owner = 0 OR active = 0 THEN excluded.single_country ELSE single_country END,
    home = CASE WHEN :owner = 0 OR active = 0 THEN excluded.home ELSE home END;

-- name: add_sources(owner, batch, now)
INSERT INTO source (owner, feed_id, outlet, outlet_country, language, section, state_run, single_country, added_at)
SELECT :owner, f.id, b.value ->> 'outlet', b.value ->> 'country', b.value ->> 'language', b.value ->> 'section',
       b.value ->> 'state_run', b.value ->> 'single_country', :now
FROM json_each(:batch) AS b CROSS JOIN feed AS f ON f.url = b.value ->> 'url' WHERE true
ON CONFLICT (owner, feed_id) DO NOTHING
RETURNING id;

-- name: refresh_active(feeds)!
-- A feed is polled while a source that is not paused names it.
UPDATE feed SET active = EXISTS (SELECT 1 FROM source AS s WHERE s.feed_id = feed.id AND s.paused = 0)
WHERE id IN (SELECT value FROM json_each(:feeds));

-- name: items_of_feed_outside(feed, scope)
-- What a feed brought, as far as a scope cannot see it yet.
SELECT m.id, m.outlet, m.outlet_country, m.language, m.category, m.taggings
FROM (SELECT DISTINCT item_id FROM sighting WHERE feed_id = :feed) AS g JOIN item AS m ON m.id = g.item_id
WHERE NOT EXISTS (SELECT 1 FROM item_tag AS t JOIN tag AS a ON a.id = t.tag_id
                  WHERE a.kind = 'all' AND a.slug = '' AND t.scope IN (0, :scope) AND t.item_id = m.id);

-- name: remove_source(owner, source)
DELETE FROM source WHERE id = :source AND owner = :owner RETURNING feed_id;

-- name: pause_source(owner, source, paused)
UPDATE source SET paused = :paused WHERE id = :source AND owner = :owner RETURNING feed_id;

-- name: restart_feed(feed, now)!
-- A poll from before the pause that is still under way loses its lease: it must not end the silence.
UPDATE feed SET due_at = :now, failures = 0, first_success_at = NULL, body_hash = NULL, etag = NULL,
                last_modified = NULL, lease_token = NULL, lease_until = NULL
WHERE id = :feed AND active = 0;

-- name: hide_source(guild, source)!
INSERT INTO hidden (guild, feed_id) SELECT :guild, feed_id FROM source WHERE id = :source AND owner = 0
ON CONFLICT DO NOTHING;

-- name: show_source(guild, source)!
DELETE FROM hidden WHERE guild = :guild AND feed_id = (SELECT feed_id FROM source WHERE id = :source AND owner = 0);

-- name: is_operators(source)
SELECT 1 FROM source WHERE id = :source AND owner = 0;

-- name: wake_source(source, now)
UPDATE feed SET due_at = min(due_at, :now) WHERE id = (SELECT feed_id FROM source WHERE id = :source) RETURNING id;

-- name: list_sources(guild)
SELECT s.id, s.owner, f.url, s.outlet, s.outlet_country, s.language, s.section, s.state_run, s.single_country, s.paused,
       h.guild IS NOT NULL AS hidden, f.due_at, f.interval_ms, f.failures, f.last_success_at, f.problem, f.items
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
          body_hash, interval_ms, failures, first_success_at, skip;

-- name: finish_failed(feed, token, due_at, interval_ms, problem)
UPDATE feed SET due_at = :due_at, interval_ms = :interval_ms, problem = :problem, failures = failures + 1,
                lease_token = NULL, lease_until = NULL
WHERE id = :feed AND lease_token = :token
RETURNING id;

-- name: finish_succeeded(feed, token, due_at, interval_ms, note, etag, last_modified, body_hash, seen, skip, now)
-- owners: who names the feed; what it brings is theirs to read.
UPDATE feed SET due_at = :due_at, interval_ms = :interval_ms, problem = :note, failures = 0,
                etag = :etag, last_modified = :last_modified, body_hash = :body_hash, items = items + :seen,
                skip = :skip,
                first_success_at = coalesce(first_success_at, :now), last_success_at = :now,
                lease_token = NULL, lease_until = NULL
WHERE id = :feed AND lease_token = :token
RETURNING home, outlet, outlet_country,
          (SELECT json_group_array(owner) FROM source WHERE feed_id = feed.id AND paused = 0) AS owners;

-- name: finish_unchanged(batch)
UPDATE feed SET due_at = b.value ->> 'due_at', interval_ms = b.value ->> 'interval_ms',
                -- without failures it is a note on the document, which has not changed
                problem = CASE WHEN failures = 0 THEN problem END, failures = 0,
                etag = coalesce(b.value ->> 'etag', etag),
                last_modified = coalesce(b.value ->> 'last_modified', last_modified),
                last_success_at = b.value ->> 'now', lease_token = NULL, lease_until = NULL
FROM json_each(:batch) AS b
WHERE feed.id = b.value ->> 'feed' AND feed.lease_token = b.value ->> 'token'
RETURNING id, first_success_at;

-- name: claim_source(source, token, until, now)
UPDATE feed SET lease_token = :token, lease_until = :until
WHERE id = (SELECT feed_id FROM source WHERE id = :source) AND active = 1
  AND (lease_until IS NULL OR lease_until <= :now)
RETURNING id, url, outlet, outlet_country, language, section, state_run, single_country, etag, last_modified,
          body_hash, interval_ms, failures, first_success_at, skip;

-- name: recover_feeds(holder)!
UPDATE feed SET lease_token = NULL, lease_until = NULL WHERE lease_token GLOB :holder;

-- name: release_feed(feed, token)!
UPDATE feed SET lease_token = NULL, lease_until = NULL WHERE id = :feed AND lease_token = :token;

-- name: seen_keys(feed, keys)
SELECT key FROM sighting WHERE feed_id = :feed AND key IN (SELECT value FROM json_each(:keys));

-- name: next_feed_due()
SELECT min(max(due_at, coalesce(lease_until, 0))) AS due_at FROM feed WHERE active = 1;

-- name: count_due(now)
SELECT count(*) AS feeds FROM feed WHERE active = 1 AND due_at <= :now;

-- name: items_by_url(urls, outlet, home, feed)
-- The same article in two sections of one outlet is one item; an outlet is its owner's word, so owners stay apart.
SELECT url, id, title, EXISTS (SELECT 1 FROM sighting AS g WHERE g.item_id = item.id AND g.feed_id = :feed) AS here
FROM item
WHERE url IN (SELECT value FROM json_each(:urls)) AND outlet = :outlet AND home = :home;

-- name: last_ids(seconds)
SELECT s.value AS second,
       (SELECT max(id) FROM item WHERE id >= s.value << 20 AND id < (s.value + 1) << 20) AS last
FROM json_each(:seconds) AS s;

-- name: add_items(batch, now)!
INSERT INTO item (id, home, outlet, outlet_country, title, url, summary, image, language, category, taggings, lexicon,
                  categories, section, only_country, first_seen_at, state)
SELECT value ->> 'id', value ->> 'home', value ->> 'outlet', value ->> 'country', value ->> 'title', value ->> 'url',
       value ->> 'summary', value ->> 'image', value ->> 'language', value ->> 'category', value ->> 'taggings',
       value ->> 'lexicon', value ->> 'categories', value ->> 'section', value ->> 'only_country', :now,
       value ->> 'state'
FROM json_each(:batch);

-- name: add_item_texts(batch)!
INSERT INTO item_text (rowid, terms) SELECT value ->> 0, value ->> 1 FROM json_each(:batch);

-- name: add_sightings(feed, batch)!
INSERT INTO sighting (feed_id, key, item_id) SELECT :feed, value ->> 0, value ->> 1 FROM json_each(:batch) WHERE true
ON CONFLICT DO NOTHING;

-- name: add_tags(batch)!
INSERT INTO tag (kind, slug) SELECT value ->> 0, value ->> 1 FROM json_each(:batch) WHERE true
ON CONFLICT DO NOTHING;

-- name: tag_items(batch, scopes)!
INSERT INTO item_tag (scope, tag_id, item_id)
SELECT s.value, t.id, b.value ->> 2
FROM json_each(:batch) AS b
CROSS JOIN json_each(:scopes) AS s
CROSS JOIN tag AS t ON t.kind = b.value ->> 0 AND t.slug = b.value ->> 1
WHERE true
ON CONFLICT DO NOTHING;

-- name: count_tags(batch, scopes)!
INSERT INTO tag_count (scope, tag_id, items)
SELECT s.value, t.id, b.items
FROM (SELECT value ->> 0 AS kind, value ->> 1 AS slug, count(*) AS items FROM json_each(:batch) GROUP BY 1, 2) AS b
CROSS JOIN json_each(:scopes) AS s
CROSS JOIN tag AS t ON t.kind = b.kind AND t.slug = b.slug
WHERE true
ON CONFLICT (scope, tag_id) DO UPDATE SET items = items + excluded.items;

-- name: count_pairs(batch, scopes)!
INSERT INTO pair_count (scope, topic_id, country_id, items)
SELECT s.value, t.id, c.id, b.value ->> 2
FROM json_each(:batch) AS b
CROSS JOIN json_each(:scopes) AS s
CROSS JOIN tag AS t ON t.kind = 'topic' AND t.slug = b.value ->> 0
CROSS JOIN tag AS c ON c.kind = 'subject' AND c.slug = b.value ->> 1
WHERE true
ON CONFLICT (scope, topic_id, country_id) DO UPDATE SET items = items + excluded.items;

-- name: items_outside(items, scope)
-- Of some items, those that a scope cannot see yet.
SELECT m.id, m.outlet, m.outlet_country, m.language, m.category, m.taggings
FROM json_each(:items) AS i JOIN item AS m ON m.id = i.value
WHERE NOT EXISTS (SELECT 1 FROM item_tag AS t JOIN tag AS a ON a.id = t.tag_id
                  WHERE a.kind = 'all' AND a.slug = '' AND t.scope IN (0, :scope) AND t.item_id = m.id);

-- name: promote_items(items)!
-- Filed silently by one feed's first poll, then brought as news by a feed that was watched already: the desk decides.
UPDATE item SET state = 0 WHERE state = 2 AND id IN (SELECT value FROM json_each(:items));
