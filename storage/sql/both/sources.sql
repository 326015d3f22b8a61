-- name: items_of_feed_outside(feed, scope)
-- What a feed brought, as far as a scope cannot see it yet.
SELECT m.id, m.outlet, m.outlet_country, m.language, m.category, m.taggings
FROM (SELECT DISTINCT item_id FROM sighting WHERE feed_id = :feed) AS g JOIN item AS m ON m.id = g.item_id AND m.state < 4
WHERE NOT EXISTS (SELECT 1 FROM item_tag AS t JOIN tag AS a ON a.id = t.tag_id
                  WHERE a.kind = 'all' AND a.slug = '' AND t.scope IN (0, :scope) AND t.item_id = m.id);

-- name: describe_source(owner, source, outlet, country, language, section, state_run, single_country)
UPDATE source SET outlet = :outlet, outlet_country = :country, language = :language, section = :section,
                  state_run = :state_run, single_country = :single_country
WHERE id = :source AND owner = :owner RETURNING feed_id;

-- name: describe_feed(owner, feed, outlet, country, language, section, state_run, single_country)!
UPDATE feed SET outlet = :outlet, outlet_country = :country, language = :language, section = :section,
                state_run = :state_run, single_country = :single_country
WHERE id = :feed AND home = :owner;

-- name: remove_source(owner, source)
DELETE FROM source WHERE id = :source AND owner = :owner RETURNING feed_id;

-- name: pause_source(owner, source, paused)
UPDATE source SET paused = :paused WHERE id = :source AND owner = :owner RETURNING feed_id;

-- name: restart_feed(feed, now)!
-- A poll from before the pause that is still under way loses its lease: it must not end the silence.
UPDATE feed SET due_at = :now, failures = 0, health = NULL, first_success_at = NULL,
                body_hash = NULL, slices = NULL,
                etag = NULL, last_modified = NULL, lease_token = NULL, lease_until = NULL
WHERE id = :feed AND active = 0;

-- name: show_source(guild, source)!
DELETE FROM hidden WHERE guild = :guild AND feed_id = (SELECT feed_id FROM source WHERE id = :source AND owner = 0);

-- name: is_operators(source)
SELECT 1 FROM source WHERE id = :source AND owner = 0;

-- name: wake_source(source, now)
UPDATE feed SET due_at = CASE WHEN due_at > :now OR lease_until > :now THEN :now ELSE due_at END
WHERE id = (SELECT feed_id FROM source WHERE id = :source) RETURNING id;

-- piece: operators
-- Whether the operator watches it, too.
EXISTS (SELECT 1 FROM source AS s WHERE s.feed_id = feed.id AND s.owner = 0 AND s.paused = 0) AS operators

-- name: claim_source(source, token, until, now)
UPDATE feed SET lease_token = :token, lease_until = :until
WHERE id = (SELECT feed_id FROM source WHERE id = :source) AND active = 1
  AND (lease_until IS NULL OR lease_until <= :now)
RETURNING id, url, outlet, outlet_country, language, section, state_run, single_country, etag, last_modified,
          body_hash, slices, interval_ms, failures, first_success_at, health, page, skip, due_at, {operators};

-- name: shift_feeds(by)!
UPDATE feed SET due_at = due_at + :by, lease_until = lease_until + :by;

-- name: release_feed(feed, token)!
UPDATE feed SET lease_token = NULL, lease_until = NULL WHERE id = :feed AND lease_token = :token;

-- name: set_health(feed, health)!
UPDATE feed SET health = :health WHERE id = :feed;

-- name: move_feed(feed, url)
-- Not where another feed has that address: then people must choose.
UPDATE feed SET url = :url, etag = NULL, last_modified = NULL
WHERE id = :feed AND NOT EXISTS (SELECT 1 FROM feed AS f WHERE f.url = :url)
RETURNING id;

-- name: is_watched(url)
SELECT 1 FROM feed WHERE url = :url AND active = 1;

-- name: pause_feed(feed)!
UPDATE source SET paused = 1 WHERE feed_id = :feed;

-- name: count_due(now)
SELECT count(*) AS feeds FROM feed WHERE active = 1 AND due_at <= :now;

-- name: revisions(item)
SELECT title, replaced_at FROM revision WHERE item_id = :item ORDER BY replaced_at DESC LIMIT 10;

-- name: read_anew()!
-- The next poll of every feed is silent, as its first one was.
UPDATE feed SET first_success_at = NULL;
