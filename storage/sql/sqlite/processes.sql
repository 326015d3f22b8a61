-- name: clock()
-- Milliseconds since 1970, by the database's own clock.
SELECT CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER) AS now;
