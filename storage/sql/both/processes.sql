-- name: take_seat(name, holder, until, now)
-- Taken where it is free or has run out, renewed by who holds it; the term grows each time another takes it.
INSERT INTO seat (name, holder, term, lease_until) VALUES (:name, :holder, 1, :until)
ON CONFLICT (name) DO UPDATE SET
    term = CASE WHEN seat.holder = excluded.holder THEN seat.term ELSE seat.term + 1 END,
    holder = excluded.holder, lease_until = excluded.lease_until
WHERE seat.holder = excluded.holder OR seat.lease_until <= :now
RETURNING term;

-- name: leave_seat(name, holder)!
UPDATE seat SET lease_until = 0 WHERE name = :name AND holder = :holder;

-- name: clear_seats()!
UPDATE seat SET lease_until = 0;

-- name: seat_term(name)
SELECT term FROM seat WHERE name = :name;

-- name: meet(id, host, roles, shards, version, schema_known, started_at, now)!
INSERT INTO process (id, host, roles, shards, version, schema_known, started_at, seen_at)
VALUES (:id, :host, :roles, :shards, :version, :schema_known, :started_at, :now)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at;

-- name: processes_since(since)
SELECT id, host, roles, shards, version, schema_known, started_at, seen_at FROM process WHERE seen_at > :since
ORDER BY id;

-- name: forget_processes(before)!
DELETE FROM process WHERE seen_at <= :before;

-- name: leave(id)!
DELETE FROM process WHERE id = :id;
