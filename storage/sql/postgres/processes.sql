-- name: clock()
-- Milliseconds since 1970, by the database's own clock.
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now;
