-- name: feeds_by_url(urls)
SELECT f.id FROM jsonb_array_elements_text(:urls) AS u JOIN feed AS f ON f.url = u.value;

-- name: feed_urls(feeds)
SELECT id, url FROM feed WHERE id = ANY (ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(:feeds)));

-- name: feeds_with_items(feeds)
SELECT f.value::bigint AS id FROM jsonb_array_elements_text(:feeds) AS f
WHERE EXISTS (SELECT 1 FROM sighting AS g WHERE g.feed_id = f.value::bigint);

-- name: add_feeds(owner, batch, interval_ms)!
-- A feed that nobody watched for a while starts anew: its first poll is silent. Named twice, the last word holds.
INSERT INTO feed (url, home, outlet, outlet_country, language, section, state_run, single_country, page, interval_ms,
                  due_at)
SELECT o.url, :owner, o.outlet, o.country, o.language, o.section, o.state_run, o.single_country, o.page, :interval_ms,
       o.due_at
FROM (
    SELECT DISTINCT ON (b.value ->> 'url') b.value ->> 'url' AS url, b.value ->> 'outlet' AS outlet,
           b.value ->> 'country' AS country, b.value ->> 'language' AS language, b.value ->> 'section' AS section,
           (b.value ->> 'state_run')::integer AS state_run, (b.value ->> 'single_country')::integer AS single_country,
           b.value ->> 'page' AS page, (b.value ->> 'due_at')::bigint AS due_at, b.place
    FROM jsonb_array_elements(:batch) WITH ORDINALITY AS b (value, place)
    ORDER BY b.value ->> 'url', b.place DESC
) AS o ORDER BY o.place
ON CONFLICT (url) DO UPDATE SET
    due_at = CASE WHEN feed.active = 1 THEN feed.due_at ELSE excluded.due_at END,
    first_success_at = CASE WHEN feed.active = 1 THEN feed.first_success_at END,
    -- what was read by other rules must be read again
    body_hash = CASE WHEN feed.active = 1 AND (:owner <> 0 OR feed.page IS NOT DISTINCT FROM excluded.page)
                     THEN feed.body_hash END,
    slices = CASE WHEN feed.active = 1 AND (:owner <> 0 OR feed.page IS NOT DISTINCT FROM excluded.page)
                  THEN feed.slices END,
    etag = CASE WHEN feed.active = 1 AND (:owner <> 0 OR feed.page IS NOT DISTINCT FROM excluded.page)
                THEN feed.etag END,
    last_modified = CASE WHEN feed.active = 1 AND (:owner <> 0 OR feed.page IS NOT DISTINCT FROM excluded.page)
                         THEN feed.last_modified END,
    -- so a poll that is under way must not say what was read
    lease_token = CASE WHEN feed.active = 1 AND (:owner <> 0 OR feed.page IS NOT DISTINCT FROM excluded.page)
                       THEN feed.lease_token END,
    lease_until = CASE WHEN feed.active = 1 AND (:owner <> 0 OR feed.page IS NOT DISTINCT FROM excluded.page)
                       THEN feed.lease_until END,
    failures = CASE WHEN feed.active = 1 THEN feed.failures ELSE 0 END,
    problem = CASE WHEN feed.active = 1 THEN feed.problem END,
    health = CASE WHEN feed.active = 1 THEN feed.health END,
    -- the operator's words describe an outlet to everybody
    outlet = CASE WHEN :owner = 0 OR feed.active = 0 THEN excluded.outlet ELSE feed.outlet END,
    outlet_country = CASE WHEN :owner = 0 OR feed.active = 0 THEN excluded.outlet_country ELSE feed.outlet_country END,
    language = CASE WHEN :owner = 0 OR feed.active = 0 THEN excluded.language ELSE feed.language END,
    section = CASE WHEN :owner = 0 OR feed.active = 0 THEN excluded.section ELSE feed.section END,
    state_run = CASE WHEN :owner = 0 OR feed.active = 0 THEN excluded.state_run ELSE feed.state_run END,
    single_country = CASE WHEN :owner = 0 OR feed.active = 0 THEN excluded.single_country ELSE feed.single_country END,
    page = CASE WHEN :owner = 0 OR feed.active = 0 THEN excluded.page ELSE feed.page END,
    home = CASE WHEN :owner = 0 OR feed.active = 0 THEN excluded.home ELSE feed.home END;

-- name: change_rules(batch, now)
-- Pages of the operator whose rules were written anew: they are read at once, and silently, as if for the first time.
-- A poll by the old rules that is under way loses its lease: it must not say what was read.
UPDATE feed SET page = b.page, due_at = least(due_at, :now), first_success_at = NULL, body_hash = NULL,
                slices = NULL, etag = NULL, last_modified = NULL, lease_token = NULL, lease_until = NULL
FROM jsonb_to_recordset(:batch) AS b (url text, page text)
WHERE feed.url = b.url AND feed.home = 0 AND feed.page IS DISTINCT FROM b.page
RETURNING id;

-- name: add_sources(owner, batch, now)
INSERT INTO source (owner, feed_id, outlet, outlet_country, language, section, state_run, single_country, added_at)
SELECT :owner, f.id, b.value ->> 'outlet', b.value ->> 'country', b.value ->> 'language', b.value ->> 'section',
       (b.value ->> 'state_run')::integer, (b.value ->> 'single_country')::integer, :now
FROM jsonb_array_elements(:batch) WITH ORDINALITY AS b (value, place) JOIN feed AS f ON f.url = b.value ->> 'url'
WHERE NOT EXISTS (SELECT 1 FROM source AS s WHERE s.owner = :owner AND s.feed_id = f.id)
ORDER BY b.place
ON CONFLICT (owner, feed_id) DO NOTHING
RETURNING id;

-- name: refresh_active(feeds, barred)!
-- A feed is polled while a source that is not paused names it, of somebody who is served; a barred one only for the
-- operator.
UPDATE feed SET active = EXISTS (
    SELECT 1 FROM source AS s WHERE s.feed_id = feed.id AND s.paused = 0
        AND NOT EXISTS (SELECT 1 FROM denied AS d WHERE d.kind = 'server' AND d.name = CAST(s.owner AS TEXT))
        AND (s.owner = 0 OR feed.id NOT IN (SELECT value::bigint FROM jsonb_array_elements_text(:barred)))
)::integer
WHERE id IN (SELECT value::bigint FROM jsonb_array_elements_text(:feeds));

-- name: hide_source(guild, source)!
INSERT INTO hidden (guild, feed_id) SELECT :guild::bigint, feed_id FROM source WHERE id = :source AND owner = 0
ON CONFLICT DO NOTHING;

-- name: list_sources(guild)
-- a_day: over the seven days before the last success, or as many of them as it was read.
SELECT s.id, s.owner, f.url, s.outlet, s.outlet_country, s.language, s.section, s.state_run, s.single_country, s.paused,
       h.guild IS NOT NULL AS hidden, f.due_at, f.interval_ms, f.failures, f.first_success_at, f.last_success_at, f.problem,
       f.items, f.active, f.health, f.page,
       (SELECT sum(d.items)::float8 FROM feed_day AS d
        WHERE d.feed_id = f.id AND d.day BETWEEN f.last_success_at / 86400000 - 7 AND f.last_success_at / 86400000 - 1)
           / greatest(1, least(7, f.last_success_at / 86400000 - f.first_success_at / 86400000)) AS a_day
FROM source AS s JOIN feed AS f ON f.id = s.feed_id
LEFT JOIN hidden AS h ON h.guild = :guild AND h.feed_id = s.feed_id
WHERE s.owner IN (0, :guild)
ORDER BY lower(s.outlet), lower(s.section) NULLS FIRST, s.id;

-- name: claim_feeds(token, limit, until, now)
-- What another process is claiming at this moment is passed over, not waited for.
UPDATE feed SET lease_token = :token, lease_until = :until
WHERE id IN (
    SELECT id FROM feed
    WHERE active = 1 AND due_at <= :now AND (lease_until IS NULL OR lease_until <= :now)
    ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING id, url, outlet, outlet_country, language, section, state_run, single_country, etag, last_modified,
          body_hash, slices, interval_ms, failures, first_success_at, health, page, skip, due_at, {operators};

-- piece: due_then
-- Another due time than it was claimed with was set since: what it was set for, the poll may not have seen.
CASE WHEN feed.due_at <> b.was_due THEN least(feed.due_at, b.due_at) ELSE b.due_at END

-- name: finish_succeeded(batch, bytes)
-- Bytes go in one piece: each row says where its own begin (from 1), and how long they are.
-- owners: who names the feed; what it brings is theirs to read. A language once told serves the polls that tell none.
UPDATE feed SET due_at = {due_then}, interval_ms = b.interval_ms, problem = b.note, failures = 0,
                etag = b.etag, last_modified = b.last_modified,
                body_hash = substring(:bytes::bytea FROM b.hash_at FOR b.hash_size),
                slices = substring(:bytes::bytea FROM b.slices_at FOR b.slices_size),
                skip = b.skip, language = coalesce(feed.language, b.language),
                first_success_at = coalesce(feed.first_success_at, b.now), last_success_at = b.now,
                lease_token = NULL, lease_until = NULL
FROM jsonb_to_recordset(:batch) AS b (
    feed bigint, token text, was_due bigint, due_at bigint, interval_ms bigint, note text, etag text,
    last_modified text, hash_at integer, hash_size integer, slices_at integer, slices_size integer, skip bigint,
    language text, now bigint)
WHERE feed.id = b.feed AND feed.lease_token = b.token
RETURNING feed.id, feed.home, feed.outlet, feed.outlet_country,
          (SELECT coalesce(jsonb_agg(s.owner), '[]')::text FROM source AS s
           WHERE s.feed_id = feed.id AND s.paused = 0) AS owners;

-- name: finish_unchanged(batch)
-- What has been read and is as it was ends the silence of a first poll, too; of what was never read all is new yet.
UPDATE feed SET due_at = {due_then}, interval_ms = b.interval_ms,
                -- without failures it is a note on the document, which has not changed
                problem = CASE WHEN feed.failures = 0 THEN feed.problem END, failures = 0,
                etag = coalesce(b.etag, feed.etag), last_modified = coalesce(b.last_modified, feed.last_modified),
                first_success_at = coalesce(feed.first_success_at, CASE WHEN feed.body_hash IS NOT NULL THEN b.now END),
                last_success_at = b.now, lease_token = NULL, lease_until = NULL
FROM jsonb_to_recordset(:batch) AS b (feed bigint, token text, was_due bigint, due_at bigint, interval_ms bigint,
                                      etag text, last_modified text, now bigint)
WHERE feed.id = b.feed AND feed.lease_token = b.token
RETURNING feed.id;

-- name: finish_failed(batch)
UPDATE feed SET due_at = {due_then}, interval_ms = b.interval_ms, problem = b.problem, failures = feed.failures + 1,
                lease_token = NULL, lease_until = NULL
FROM jsonb_to_recordset(:batch) AS b (feed bigint, token text, was_due bigint, due_at bigint, interval_ms bigint,
                                      problem text)
WHERE feed.id = b.feed AND feed.lease_token = b.token
RETURNING feed.id;

-- name: recover_feeds(holder)!
UPDATE feed SET lease_token = NULL, lease_until = NULL WHERE starts_with(lease_token, :holder);

-- name: spread_feeds(now, apart_ms, most_ms)
UPDATE feed SET due_at = :now + floor(random() * greatest(1, least(:most_ms::bigint, :apart_ms::bigint * (
    SELECT count(*) FROM feed WHERE active = 1 AND due_at < :now))))::bigint
WHERE active = 1 AND due_at < :now AND (lease_until IS NULL OR lease_until <= :now)
RETURNING id;

-- name: postpone_feeds(batch)!
UPDATE feed SET due_at = (b.value ->> 2)::bigint, lease_token = NULL, lease_until = NULL
FROM jsonb_array_elements(:batch) AS b
WHERE feed.id = (b.value ->> 0)::bigint AND feed.lease_token = b.value ->> 1;

-- name: add_notices(feed, text, beside, now)
-- For each that watches the feed: those who want to hear of it, in a place of theirs; all are returned.
-- beside: another address, of which those alone hear who watch that, too, or see it among the operator's.
INSERT INTO notice (guild, text, due_at, created_at)
SELECT s.owner, s.outlet || coalesce(' (' || s.section || ')', '') || ' ' || :text::text, :now::bigint, :now::bigint
FROM source AS s JOIN told_in AS p ON p.guild = s.owner
WHERE s.feed_id = :feed AND s.paused = 0
  AND (:beside::text IS NULL OR EXISTS (
      SELECT 1 FROM feed AS f JOIN source AS o ON o.feed_id = f.id
      WHERE f.url = :beside AND o.paused = 0 AND o.owner IN (0, s.owner)))
RETURNING guild;

-- name: count_items(batch)!
-- Rows of (feed, items).
UPDATE feed SET items = items + (b.value ->> 1)::bigint
FROM jsonb_array_elements(:batch) AS b WHERE feed.id = (b.value ->> 0)::bigint;

-- name: add_feed_days(batch)!
-- Rows of (feed, day, items).
INSERT INTO feed_day (feed_id, day, items)
SELECT (value ->> 0)::bigint, (value ->> 1)::bigint, (value ->> 2)::bigint FROM jsonb_array_elements(:batch)
ON CONFLICT (feed_id, day) DO UPDATE SET items = feed_day.items + excluded.items;

-- name: sightings(batch)
-- Of rows of (feed, key): which item the feed brought under that key, and what it said then.
SELECT g.feed_id, g.key, g.item_id, g.fingerprint
FROM jsonb_array_elements(:batch) AS b
CROSS JOIN LATERAL (
    SELECT * FROM sighting WHERE feed_id = (b.value ->> 0)::bigint AND key = b.value ->> 1 OFFSET 0
) AS g;

-- name: next_feed_due()
-- The first in the order of due times that nobody holds; of those before it, all of which are held, the first to be let go.
WITH free AS (SELECT due_at FROM feed WHERE active = 1 AND lease_until IS NULL ORDER BY due_at LIMIT 1)
SELECT min(due_at) AS due_at FROM (
    SELECT due_at FROM free
    UNION ALL
    SELECT greatest(due_at, lease_until) FROM feed
    WHERE active = 1 AND lease_until IS NOT NULL
      AND due_at < coalesce((SELECT due_at FROM free), 9223372036854775807)
) AS either;

-- name: has_brought(feed, urls)
SELECT 1 FROM jsonb_array_elements_text(:urls) AS u JOIN item AS m ON m.url = u.value
JOIN sighting AS g ON g.item_id = m.id AND g.feed_id = :feed LIMIT 1;

-- name: items_by_url(links)
-- Of rows of (address, outlet, home): the same article in two sections of one outlet is one item; an outlet is its
-- owner's word, so owners stay apart. A look by key for each (OFFSET 0, here and elsewhere): the planner takes a list
-- for a hundred, and would read all of a young table.
SELECT i.id, i.home, i.outlet, i.url, i.title, i.summary
FROM jsonb_array_elements(:links) AS l
CROSS JOIN LATERAL (SELECT * FROM item AS m WHERE m.url = l.value ->> 0 AND m.outlet = l.value ->> 1 OFFSET 0) AS i
WHERE i.home = (l.value ->> 2)::bigint;

-- name: items_by_title(digests)
SELECT m.id, m.home, m.outlet, m.url, m.title, m.summary
FROM jsonb_array_elements_text(:digests) AS d
CROSS JOIN LATERAL (SELECT item_id FROM item_title WHERE digest = d.value::bigint OFFSET 0) AS t
CROSS JOIN LATERAL (SELECT * FROM item WHERE id = t.item_id OFFSET 0) AS m;

-- name: sightings_of_items(batch)
-- Of rows of (feed, item).
SELECT g.feed_id, g.item_id, g.key, g.fingerprint
FROM jsonb_array_elements(:batch) AS b
CROSS JOIN LATERAL (SELECT * FROM sighting WHERE item_id = (b.value ->> 1)::bigint OFFSET 0) AS g
WHERE g.feed_id = (b.value ->> 0)::bigint;

-- name: add_item_titles(batch)!
INSERT INTO item_title (digest, item_id)
SELECT (value ->> 0)::bigint, (value ->> 1)::bigint FROM jsonb_array_elements(:batch)
ON CONFLICT DO NOTHING;

-- name: edit_items(batch)!
UPDATE item SET title = b.title, summary = b.summary, url = coalesce(b.url, item.url),
                image = coalesce(b.image, item.image), categories = b.categories
FROM jsonb_to_recordset(:batch) AS b (id bigint, title text, summary text, url text, image text, categories text)
WHERE item.id = b.id;

-- name: add_revisions(batch, now)!
INSERT INTO revision (item_id, replaced_at, title)
SELECT (value ->> 0)::bigint, :now, value ->> 1 FROM jsonb_array_elements(:batch)
ON CONFLICT DO NOTHING;

-- name: last_ids(seconds)
SELECT s.value::bigint AS second,
       (SELECT max(id) FROM item WHERE id >= s.value::bigint << 20 AND id < (s.value::bigint + 1) << 20) AS last
FROM jsonb_array_elements_text(:seconds) AS s;

-- name: add_items(batch)!
INSERT INTO item (id, home, outlet, outlet_country, title, url, summary, image, language, category, taggings, lexicon,
                  categories, section, only_country, first_seen_at, state)
SELECT b.id, b.home, b.outlet, b.country, b.title, b.url, b.summary, b.image, b.language, b.category, b.taggings,
       b.lexicon, b.categories, b.section, b.only_country, b.seen_at, b.state
FROM jsonb_to_recordset(:batch) AS b (
    id bigint, home bigint, outlet text, country text, title text, url text, summary text, image text, language text,
    category text, taggings text, lexicon text, categories text, section text, only_country text,
    seen_at bigint, state integer);

-- name: add_item_texts(batch)!
-- Rows of (item, terms, the tags that it is found by, scopes).
INSERT INTO item_text (item_id, terms, marks)
SELECT b.item, b.terms,
       spans_of(b.item) || ARRAY(SELECT unnest(marked(b.tags, s.value::bigint, b.item >> 42))
                                 FROM jsonb_array_elements_text(b.scopes) AS s)
FROM (
    SELECT (value ->> 0)::bigint AS item, value ->> 1 AS terms, value -> 3 AS scopes,
           ARRAY(SELECT t.value::bigint FROM jsonb_array_elements_text(e.value -> 2) AS t) AS tags
    FROM jsonb_array_elements(:batch) AS e
) AS b;

-- name: add_sightings(batch)!
-- Rows of (feed, key, item, fingerprint). A guid that is used again stands for the newer item; so does one that stands
-- twice in a document.
INSERT INTO sighting (feed_id, key, item_id, fingerprint)
SELECT DISTINCT ON ((b.value ->> 0)::bigint, b.value ->> 1)
       (b.value ->> 0)::bigint, b.value ->> 1, (b.value ->> 2)::bigint, (b.value ->> 3)::bigint
FROM jsonb_array_elements(:batch) WITH ORDINALITY AS b (value, place)
ORDER BY (b.value ->> 0)::bigint, b.value ->> 1, b.place DESC
ON CONFLICT (feed_id, key) DO UPDATE SET item_id = excluded.item_id, fingerprint = excluded.fingerprint;

-- name: ids_of_tags(batch)
-- By their places in a list of (kind, slug), those that are there.
SELECT b.place - 1 AS place, t.id
FROM jsonb_array_elements(:batch) WITH ORDINALITY AS b (value, place)
CROSS JOIN LATERAL (SELECT id FROM tag WHERE kind = b.value ->> 0 AND slug = b.value ->> 1 OFFSET 0) AS t;

-- name: add_tags(batch)!
-- Most are there: those take no number from the sequence.
INSERT INTO tag (kind, slug)
SELECT b.value ->> 0, b.value ->> 1 FROM jsonb_array_elements(:batch) AS b
WHERE NOT EXISTS (SELECT 1 FROM tag AS t WHERE t.kind = b.value ->> 0 AND t.slug = b.value ->> 1 OFFSET 0)
ON CONFLICT DO NOTHING;

-- name: tag_items(batch, scopes)!
-- Rows of (tag, item).
INSERT INTO item_tag (scope, tag_id, item_id)
SELECT s.value::bigint, (b.value ->> 0)::bigint, (b.value ->> 1)::bigint
FROM jsonb_array_elements(:batch) AS b CROSS JOIN jsonb_array_elements_text(:scopes) AS s
ON CONFLICT DO NOTHING;

-- name: count_tags(batch, scopes)!
-- Rows of (tag, items).
INSERT INTO tag_count (scope, tag_id, items)
SELECT s.value::bigint, (b.value ->> 0)::bigint, (b.value ->> 1)::bigint
FROM jsonb_array_elements(:batch) AS b CROSS JOIN jsonb_array_elements_text(:scopes) AS s
ON CONFLICT (scope, tag_id) DO UPDATE SET items = tag_count.items + excluded.items;

-- name: count_pairs(batch, scopes)!
-- Rows of (topic, country, items).
INSERT INTO pair_count (scope, topic_id, country_id, items)
SELECT s.value::bigint, (b.value ->> 0)::bigint, (b.value ->> 1)::bigint, (b.value ->> 2)::bigint
FROM jsonb_array_elements(:batch) AS b CROSS JOIN jsonb_array_elements_text(:scopes) AS s
ON CONFLICT (scope, topic_id, country_id) DO UPDATE SET items = pair_count.items + excluded.items;

-- name: items_outside(items, scope)
-- Of some items, those that a scope cannot see yet.
SELECT m.id, m.outlet, m.outlet_country, m.language, m.category, m.taggings
FROM jsonb_array_elements_text(:items) AS i JOIN item AS m ON m.id = i.value::bigint
WHERE m.state < 4 AND NOT EXISTS (SELECT 1 FROM item_tag AS t
                  WHERE t.tag_id = (SELECT a.id FROM tag AS a WHERE a.kind = 'all' AND a.slug = '')
                    AND t.scope IN (0, :scope) AND t.item_id = m.id OFFSET 0);

-- name: refile_items(items)!
-- The desk decides again, on what was edited: no channel is given a story twice.
UPDATE item SET state = 0 WHERE state = 1 AND id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items));

-- name: promote_items(items)!
-- Filed silently by one feed's first poll, then brought as news by a feed that was watched already: the desk decides.
UPDATE item SET state = 0
WHERE state IN (2, 3) AND id IN (SELECT value::bigint FROM jsonb_array_elements_text(:items));
