"""Make a copied benchmark database many times as large, on the server: `bench.databases --grow N` does it.

The items are copied N - 1 times with all that they are found by, each copy earlier in time than the one before, which
takes a fraction of what `dateline copy` of so many would. What it changes: a pair of tags that is rare is so N times
over, instead of somewhat less rare.
"""

from __future__ import annotations

import asyncio
import time

import asyncpg

BEGIN = (
    "SET synchronous_commit = off",
    "SET work_mem = '256MB'",
    "SET maintenance_work_mem = '1GB'",
    "DROP INDEX item_text_found",
    "ALTER TABLE item_tag DISABLE TRIGGER USER",
    # By item, for each copy's marks; the table itself is in the order of tags.
    "CREATE TEMP TABLE first_tag AS SELECT item_id, tag_id FROM item_tag WHERE scope = 0 ORDER BY item_id",
    "CREATE TEMP TABLE first_item AS SELECT id FROM item WHERE id IN (SELECT item_id FROM first_tag)",
    "ANALYZE first_tag, first_item",
)
COPY = (
    "INSERT INTO item (id, home, outlet, title, url, summary, category, taggings, first_seen_at, state) "
    "SELECT id - $1::bigint, home, outlet, title, url || '/' || $1::bigint, summary, category, taggings, "
    "first_seen_at, state FROM item WHERE id IN (SELECT id FROM first_item) ORDER BY id",
    "INSERT INTO item_tag (scope, tag_id, item_id) "
    "SELECT 0, tag_id, item_id - $1::bigint FROM first_tag ORDER BY tag_id, item_id",
    "INSERT INTO item_text (item_id, terms, marks) "
    "SELECT x.item_id - $1::bigint, x.terms, t.marks || spans_of(x.item_id - $1::bigint) "
    "FROM item_text AS x JOIN ("
    "SELECT item_id, array_agg(DISTINCT hashint8extended(tag_id, (item_id - $1::bigint) >> 42)) AS marks "
    "FROM first_tag GROUP BY item_id) AS t USING (item_id) ORDER BY x.item_id",
    "INSERT INTO sighting (feed_id, key, item_id, fingerprint) "
    "SELECT feed_id, key || '/' || $1::bigint, item_id - $1::bigint, fingerprint FROM sighting "
    "WHERE item_id IN (SELECT id FROM first_item)",
)
END = (
    "ALTER TABLE item_tag ENABLE TRIGGER USER",
    "VACUUM (ANALYZE)",
)


async def _grow(url: str, times: int) -> None:
    db = await asyncpg.connect(url, command_timeout=7200)
    began = time.perf_counter()

    async def do(sql: str, *arguments: int) -> None:
        await db.execute(sql, *arguments)
        print(f"{time.perf_counter() - began:7.0f} s  {sql[:90]}", flush=True)

    index = await db.fetchval("SELECT pg_get_indexdef('item_text_found'::regclass)")
    for sql in BEGIN:
        await do(sql)
    # One more second than the first copy spans, in ids.
    span = await db.fetchval("SELECT (((max(id) - min(id)) >> 20) + 1) << 20 FROM first_item")
    for number in range(1, times):
        for sql in COPY:
            await do(sql, span * number)
    for table in ("tag_count", "pair_count"):
        await do(f"UPDATE {table} SET items = items * {int(times)}")
    for sql in (index, *END):
        await do(sql)
    await db.close()


def grow(url: str, times: int) -> float:
    """Multiply the items of a PostgreSQL database that `bench.databases` filled; the seconds it took."""
    began = time.perf_counter()
    asyncio.run(_grow(url, times))
    return time.perf_counter() - began
