"""What PostgreSQL has to itself: its schema, its errors, and what several processes do at the same time."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from bot.errors import AlreadyRunning, ConfigError, SchemaMismatch, StorageError, StorageUnavailable
from bot.filter_model import Filter, Words, both, negated
from bot.model import OPERATOR, Criteria, NewItem, Poll, Stored
from storage import dialects, postgres
from storage.opening import migrate_store, name_of, open_store, run_lock
from storage.postgres import PostgresDriver, Query, open_postgres, queries
from storage.rows import milliseconds
from storage.sqlite import SqliteDriver
from tests.databases import Postgres
from tests.storage.test_filtering import fill
from tests.support import HOUR, LEASE, HeldClock, Stores, brought, claimed, new_item, poll, source, titles, watched

slow = pytest.mark.slow


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    server: Postgres = request.getfixturevalue("postgres")
    with server.migrated() as made:
        yield made


def headers(*folders: str) -> dict[str, tuple[str, ...]]:
    """The names in the files of some folders, each with its parameters as they are declared."""
    text = "\n".join(dialects.query_files(*folders))
    found = re.findall(r"^-- name: (\w+)\(([^)]*)\)(!?)$", text, re.MULTILINE)
    return {name: (*sorted(filter(None, parameters.split(", "))), mark) for name, parameters, mark in found}


def test_both_dialects_hold_the_same_names_and_parameters() -> None:
    assert headers("postgres") == headers("sqlite")
    every = headers("both", "postgres")
    assert every.keys() == dialects.queries("sqlite").keys() == dialects.queries("postgres").keys()
    for dialect in ("sqlite", "postgres"):
        declared = headers("both", dialect)
        for name, text in dialects.queries(dialect).items():
            assert sorted(Query(text).parameters) == sorted(declared[name][:-1]), (dialect, name)


def test_what_both_dialects_understand_is_written_once() -> None:
    sqlite, postgres = dialects.queries("sqlite"), dialects.queries("postgres")
    twice = [name for name in headers("sqlite") if sqlite[name].split() == postgres[name].split()]
    assert not twice, "belongs into storage/sql/both"


def test_pieces_are_what_several_queries_have_in_common() -> None:
    for dialect in ("sqlite", "postgres"):
        text = "\n".join(dialects.query_files("both", dialect))
        made, used = re.findall(r"^-- piece: (\w+)$", text, re.MULTILINE), re.findall(r"\{(\w+)\}", text)
        assert len(made) == len(set(made))
        assert set(made) == set(used)
        assert all(used.count(name) > 1 for name in made), dialect
        assert not any("{" in query or "-- piece" in query for query in dialects.queries(dialect).values())


def test_placeholders_are_numbered_and_nothing_else_is() -> None:
    query = Query("SELECT ':no', a::text, :b -- :neither\nFROM t WHERE c = :b AND d = :long_name")
    assert query.sql == "SELECT ':no', a::text, $1 -- :neither\nFROM t WHERE c = $1 AND d = $2"
    assert query.parameters == ["b", "long_name"]


@slow
async def test_every_query_is_prepared_against_a_fresh_database(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for name, query in queries().items():
            prepared = await connection.prepare(query.sql)
            taken = {each.name for each in prepared.get_parameters()}
            # Numbers of 64 bits, text and JSON; 32 bits only where the column has no more.
            assert taken <= {"int8", "int4", "text", "jsonb", "bytea"}, name
            given = {each.type.name for each in prepared.get_attributes()}
            assert given <= {"int8", "int4", "text", "bool", "bytea", "float8"}, name
    finally:
        await connection.close()


@slow
async def test_both_schemas_have_the_same_tables_and_columns(url: str, sqlite_driver: SqliteDriver) -> None:
    connection = await asyncpg.connect(url)
    found = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    )
    await connection.close()
    ours: dict[str, set[str]] = {}
    for row in found:
        ours.setdefault(row["table_name"], set()).add(row["column_name"])
    reader = sqlite_driver._writer
    tables = await reader.execute_fetchall("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
    theirs = {}
    for (table,) in tables:
        if not table.startswith(("item_text", "item_term", "sqlite_")):
            columns = await reader.execute_fetchall("SELECT name FROM pragma_table_info(?)", (table,))
            theirs[table] = {name for (name,) in columns}
    assert ours.pop("item_text") == {"item_id", "terms", "search", "marks"}
    assert ours == theirs


@slow
async def test_an_empty_database_wants_migrating_and_a_second_time_does_nothing(postgres: Postgres) -> None:
    url = postgres.create()
    try:
        known = len(dialects.migrations("postgres"))
        with pytest.raises(
            SchemaMismatch, match=rf"is version 0, this program serves version {known} or later: run `dateline migrate`"
        ):
            await open_store(url)
        both = await asyncio.gather(migrate_store(url), migrate_store(url))
        assert sorted(both) == [(0, known), (known, known)]
        ((salt,),) = postgres.run(url, "SELECT value FROM meta WHERE name = 'salt'")
        assert re.fullmatch("[0-9a-f]{8}", salt)
        await (await open_store(url)).close()
        postgres.run(url, "INSERT INTO meta (name, value) VALUES ('migration 99', '')")
        await (await open_store(url)).close()  # it adds something, and says that it serves this program
        assert await migrate_store(url) == (99, 99)
        postgres.run(url, "UPDATE meta SET value = '99' WHERE name = 'serves'")
        for verb in (open_store, migrate_store):
            with pytest.raises(SchemaMismatch, match=f"version 99.* this program serves up to {known}"):
                await verb(url)
    finally:
        postgres.drop(url)


def release(*more: str) -> tuple[dialects.Migration, ...]:
    """The migrations of a later release."""
    now = dialects.migrations("postgres")
    return (
        *now,
        *(dialects.Migration(len(now) + number, "later", sql) for number, sql in enumerate(more, 1)),
    )


EXPANDS = "-- serves: 1\nALTER TABLE process ADD COLUMN mood TEXT;"
CONTRACTS = "-- contracts\nALTER TABLE process DROP COLUMN mood;"


@slow
async def test_old_and_new_programs_run_over_one_schema_that_grows_then_shrinks(
    url: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases = [release(), release(EXPANDS), release(EXPANDS, CONTRACTS)]
    known = len(releases[0])

    def runs(number: int) -> None:
        monkeypatch.setattr(dialects, "migrations", lambda _: releases[number])

    async def opens() -> None:
        await (await open_store(url)).close()

    # The schema grows before the programs of the next release come: those of this one go on.
    runs(1)
    with pytest.raises(SchemaMismatch, match=rf"is version {known}, this program serves version {known + 1} or later"):
        await opens()
    assert await migrate_store(url) == (known, known + 1)
    for number in (0, 1, 2):
        runs(number)
        await opens()
    # The release after it takes something away: not while a process is there that may use it.
    runs(2)
    postgres.run(
        url,
        "INSERT INTO process (id, host, roles, version, schema_known, started_at, seen_at) "
        f"VALUES ('old', 'h', 'watch', '0.1', {known + 1}, 0, extract(epoch FROM now()) * 1000)",
    )
    with pytest.raises(StorageUnavailable, match=rf"such as old \(Dateline 0.1, which knows version {known + 1}\)"):
        await migrate_store(url)
    await opens()
    postgres.run(url, "DELETE FROM process")
    assert await migrate_store(url) == (known + 1, known + 2)
    await opens()
    runs(1)
    with pytest.raises(
        SchemaMismatch,
        match=rf"is version {known + 2} \(for programs that know version {known + 2} or later\), .* up to {known + 1}",
    ):
        await opens()


@slow
async def test_another_programs_database_is_refused(postgres: Postgres) -> None:
    for table in ("CREATE TABLE meta (what TEXT)", "CREATE TABLE item (what TEXT)"):
        url = postgres.create()
        try:
            postgres.run(url, table)
            with pytest.raises(SchemaMismatch, match="database for Dateline alone"):
                await migrate_store(url)
            assert postgres.run(url, "SELECT to_regclass('feed')") == [(None,)], "nothing was written"
        finally:
            postgres.drop(url)


@slow
async def test_what_is_wrong_with_the_url_is_told_without_the_password(postgres: Postgres, url: str) -> None:
    with pytest.raises(ConfigError, match="there is no database nowhere at"):
        await open_store(postgres.url("nowhere"))
    secret = "s3cret-p4ssword"
    for wrong, error in (
        (f"postgresql://u:{secret}@127.0.0.1:1/news", StorageUnavailable),
        (f"postgresql://u:{secret}@127.0.0.1:port/news", ConfigError),
        (f"postgresql://u:{secret}@127.0.0.1/news?sslmode=perhaps", ConfigError),
        (f"postgresql://127.0.0.1:1/news?user=u&password={secret}", StorageUnavailable),
    ):
        for verb in (open_store, migrate_store):
            with pytest.raises(error) as told:
                await verb(wrong)
            shown: BaseException | None = told.value
            assert secret not in str(shown)
            assert secret not in name_of(wrong)


@slow
async def test_text_that_postgresql_cannot_hold_is_stored_all_the_same(url: str) -> None:
    driver = await open_postgres(url)
    stores, clock = Stores.of(driver), HeldClock()
    try:
        await watched(stores, clock)
        await brought(stores, clock, new_item("A\0B \\u0000 \\\\u0000 C", key="k"))
        (found,) = await stores.news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=5)
        assert found.title == "A\ufffdB \\u0000 \\\\u0000 C"
    finally:
        await driver.close()


@pytest.fixture
async def two(url: str) -> AsyncIterator[tuple[PostgresDriver, PostgresDriver]]:
    """The drivers of two processes."""
    one, other = await open_postgres(url), await open_postgres(url)
    yield one, other
    await one.close()
    await other.close()


@slow
async def test_claims_of_two_processes_run_beside_one_another_and_never_meet(
    two: tuple[PostgresDriver, PostgresDriver],
) -> None:
    one, other = map(Stores.of, two)
    clock = HeldClock()
    await one.sources.add_all(OPERATOR, [source(f"feed {number}") for number in range(60)], now=clock.now())
    now = milliseconds(clock.now())
    async with two[0].claim() as db:
        held = await db.fetch("claim_feeds", token="a", limit=10, until=now + 1000, now=now)
        # not waited for: the other process takes what is left
        claims = await asyncio.wait_for(other.sources.claim("b", 60, LEASE, now=clock.now()), 5)
    assert len(held) == 10
    assert len(claims) == 50
    clock.move(timedelta(hours=1))
    taken = await asyncio.gather(
        *(each.sources.claim("c", 7, LEASE, now=clock.now()) for each in (one, other) for _ in range(5))
    )
    numbers = [claim.feed.id for claims in taken for claim in claims]
    assert len(numbers) == len(set(numbers)) == 60


@slow
async def test_a_feeds_lease_waits_for_nobody_who_writes(two: tuple[PostgresDriver, PostgresDriver]) -> None:
    """What processes store takes turns; to take a feed, and to say that it brought nothing, needs none."""
    stores, clock = Stores.of(two[1]), HeldClock()
    for path in ("world", "asia"):
        await watched(stores, clock, path)

    async def finished(*items: NewItem) -> Stored:
        claim = await claimed(stores, clock.now())
        nothing = Poll(due_at=clock.now() + HOUR, interval=HOUR)
        return await stores.sources.finish(claim, poll(*items, now=clock.now()) if items else nothing, now=clock.now())

    clock.move(HOUR)
    async with asyncio.timeout(20), two[0].write():
        await stores.sources.release(await claimed(stores, clock.now()))
        await stores.sources.postpone([(await claimed(stores, clock.now()), clock.now() + HOUR)])
        await finished()
        clock.move(HOUR)
        news = asyncio.create_task(finished(new_item("A pact")))
        done, _ = await asyncio.wait([news], timeout=0.5)
        assert not done
    assert (await news).new == 1


@slow
async def test_two_processes_that_bring_the_same_article_store_it_once(
    two: tuple[PostgresDriver, PostgresDriver],
) -> None:
    """Nobody can lock a row that is not there yet: writers take turns."""
    stores = [Stores.of(each) for each in two]
    clock = HeldClock()
    for number in range(8):
        await stores[0].sources.add(OPERATOR, source(f"section {number}"), now=clock.now())
    for round_ in range(3):
        claims = await stores[0].sources.claim("w", 8, LEASE, now=clock.move(timedelta(hours=2)))
        assert len(claims) == 8
        await asyncio.gather(
            *(
                stores[number % 2].sources.finish(
                    claim,
                    poll(
                        new_item(f"Article {round_}", key=f"{number} {round_}", topics=["trade"], countries=["JP"]),
                        now=clock.now(),
                    ),
                    now=clock.now(),
                )
                for number, claim in enumerate(claims)
            )
        )
    everything = await stores[1].news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=50)
    assert len(everything) == 3
    assert await stores[1].news.count(Criteria(tag="trade", country="JP"), guild=OPERATOR, until=None, limit=9) == 3


@slow
async def test_a_failed_or_cancelled_block_writes_nothing_and_holds_nothing(
    two: tuple[PostgresDriver, PostgresDriver],
) -> None:
    one, other = two

    async def fail(wait: bool) -> None:
        async with one.write() as db:
            await db.fetch("take_seat", name="desk", holder="a", until=10, now=0)
            if wait:
                await asyncio.sleep(60)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail(wait=False)
    waiting = asyncio.create_task(fail(wait=True))
    for _ in range(3):
        await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(5), other.write() as db:
        assert await db.first("seat_term", name="desk") is None
        await db.fetch("take_seat", name="desk", holder="b", until=10, now=0)


@slow
@pytest.mark.parametrize("way", ["write", "claim", "read", "glance"])
async def test_a_transaction_cancelled_at_any_moment_leaves_the_connection_usable(url: str, way: str) -> None:
    driver = await open_postgres(url, connections=1)

    async def touched() -> None:
        async with getattr(driver, way)() as db:
            await db.first("rules_version")
            await db.first("salt")

    try:
        for turns in range(40):
            begun = asyncio.create_task(touched())
            for _ in range(turns):
                await asyncio.sleep(0)
            begun.cancel()
            await asyncio.wait((begun,))
            await asyncio.wait_for(touched(), 5)
    finally:
        await driver.close()


@slow
async def test_a_reader_sees_one_moment_and_cannot_write(two: tuple[PostgresDriver, PostgresDriver]) -> None:
    one, other = two

    async def write() -> None:
        async with one.read() as db:
            await db.fetch("remember", name="a", value="b")

    async with one.read() as db:
        assert await db.first("seat_term", name="desk") is None
        async with other.write() as writing:
            await writing.fetch("take_seat", name="desk", holder="b", until=10, now=0)
        assert await db.first("seat_term", name="desk") is None
    with pytest.raises(StorageUnavailable, match="takes no writes"):
        await write()
    async with one.glance() as db:
        assert await db.first("seat_term", name="desk") is not None


@slow
async def test_a_connection_that_breaks_is_told_and_replaced(url: str, postgres: Postgres) -> None:
    driver = await open_postgres(url, connections=2)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dateline'"

    async def broken() -> None:
        async with driver.write() as db:
            await db.fetch("take_seat", name="desk", holder="a", until=10, now=0)
            await asyncio.to_thread(postgres.run, url, others)
            await db.first("seat_term", name="desk")

    try:
        with pytest.raises(StorageUnavailable, match="cannot be used now"):
            await broken()
        async with driver.write() as db:
            assert await db.first("seat_term", name="desk") is None
    finally:
        await driver.close()


@slow
async def test_a_statement_that_is_refused_undoes_its_block(url: str) -> None:
    driver = await open_postgres(url)

    async def refused() -> None:
        async with driver.write() as db:
            await db.fetch("take_seat", name="desk", holder="a", until=10, now=0)
            with contextlib.suppress(StorageError):  # and goes on as if nothing had happened
                await db.fetch("remember", name="a", value=None)

    try:
        with pytest.raises(StorageError, match="undid"):
            await refused()
        async with driver.glance() as db:
            assert await db.first("seat_term", name="desk") is None
    finally:
        await driver.close()


@slow
async def test_one_run_at_a_time_and_the_lock_is_taken_again_when_its_connection_breaks(
    url: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.postgres_session.LOOKED_AT_S", 0.01)
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dateline'"
    holders = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid::bigint % 256 = 3"

    async def holder(*but: int) -> int:
        async with asyncio.timeout(5):
            while True:
                found = [pid for (pid,) in await asyncio.to_thread(postgres.run, url, holders) if pid not in but]
                if found:
                    return int(found[0])
                await asyncio.sleep(0.01)

    async with run_lock(url):
        with pytest.raises(AlreadyRunning, match="uses test_"):
            async with run_lock(url):
                pass
        first = await holder()
        await asyncio.to_thread(postgres.run, url, kill)
        await holder(first)
    async with run_lock(url):  # given back
        pass


@slow
async def test_a_run_whose_lock_another_took_meanwhile_ends(
    url: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.postgres_session.LOOKED_AT_S", 0.05)
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dateline'"

    async def running(other: AsyncExitStack) -> None:
        async with run_lock(url):
            await asyncio.to_thread(postgres.run, url, kill)
            while True:
                with contextlib.suppress(AlreadyRunning):
                    await other.enter_async_context(run_lock(url))
                    break
            await asyncio.sleep(60)

    async with asyncio.timeout(10), AsyncExitStack() as other:
        with pytest.raises(AlreadyRunning):
            await running(other)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "asyncpg", None)
    monkeypatch.delitem(sys.modules, "storage.postgres", raising=False)
    import storage

    monkeypatch.delattr(storage, "postgres", raising=False)
    with pytest.raises(ConfigError, match=r"needs the postgres extra .*pip install 'dateline\[postgres\]'"):
        name_of("postgresql://localhost/news")


def test_each_of_asyncpgs_errors_has_its_own_words() -> None:
    for raised, ours, words in (
        (asyncpg.TooManyConnectionsError("x"), StorageUnavailable, "max_connections"),
        (asyncpg.DiskFullError("x"), StorageUnavailable, "full"),
        (asyncpg.SerializationError("x"), StorageUnavailable, "cannot be used now"),
        (asyncpg.DeadlockDetectedError("x"), StorageUnavailable, "cannot be used now"),
        (asyncpg.LockNotAvailableError("x"), StorageUnavailable, "cannot be used now"),
        (asyncpg.AdminShutdownError("x"), StorageUnavailable, "cannot be used now"),
        (asyncpg.CannotConnectNowError("x"), StorageUnavailable, "cannot be used now"),
        (asyncpg.ConnectionDoesNotExistError("x"), StorageUnavailable, "cannot be used now"),
        (asyncpg.InterfaceError("connection is closed"), StorageUnavailable, "cannot be used now"),
        (asyncpg.UndefinedTableError("x"), SchemaMismatch, "dateline migrate"),
        (asyncpg.InvalidPasswordError("x"), ConfigError, "user and password"),
        (asyncpg.UniqueViolationError("x"), StorageError, "refused a statement"),
        (ConnectionRefusedError(), StorageUnavailable, "cannot be reached"),
        (TimeoutError(), StorageUnavailable, "no answer in time"),
    ):
        told = postgres.wrapped(raised, "news at db")
        assert type(told) is ours, raised
        assert words in str(told)
        assert "news at db" in str(told)


SHORTEST = 1 << 30
"""Ids in the shortest span of the index of texts."""


@slow
def test_spans_cover_a_time_without_gaps_and_grow_into_the_past(url: str, postgres: Postgres) -> None:
    dice = random.Random(1)  # noqa: S311 - the same times each time
    now = 1_764_000_000 << 20
    asked = [(now, now), (0, now), (now - 1, now), (now - SHORTEST, now + SHORTEST)]
    asked += [
        (max(0, now - dice.randrange(1 << dice.randrange(1, 50))), now + dice.randrange(1 << 40)) for _ in range(200)
    ]
    for items in (
        "SELECT (n::bigint + 1 << 42) - 1, '' FROM generate_series(0, 500) AS n",
        f"SELECT {now} - n::bigint * {SHORTEST // 2}, '' FROM generate_series(1, 20000) AS n",  # four months
    ):
        postgres.run(url, f"INSERT INTO item_text (item_id, terms) {items}")

    def there(low: int, high: int) -> int:
        return len(postgres.run(url, "SELECT 1 FROM item_text WHERE item_id >= $1 AND item_id < $2 LIMIT 1", low, high))

    for low, high in asked:
        spans = postgres.run(url, "SELECT kind, span, everybodys, own FROM spans($1, $2, '{3, 4}', 5, 10)", low, high)
        widths = [1 << (kind + 20) for kind, *_ in spans]
        begins = [span * width for (_, span, *_), width in zip(spans, widths, strict=True)]
        ends = [begin + width for begin, width in zip(begins, widths, strict=True)]
        gaps = [(end, begin) for end, begin in zip([*ends, low], [high + 1, *begins], strict=True) if end < begin]
        assert not any(there(*gap) for gap in gaps), "each ends where the one before it begins, or something does"
        assert len(gaps) <= 5
        assert all(begin >= end for begin, end in zip(begins, ends[1:], strict=False)), "nothing is looked at twice"
        if not spans:
            continue
        assert ends[0] - SHORTEST <= high
        assert begins[-1] > low - SHORTEST, "no more than was asked"
        assert all(later <= 8 * before for before, later in itertools.pairwise([SHORTEST, *widths]))
        assert max(widths) <= 1 << 42
        assert len(spans) < 150 + (high - low >> 42)
        for item in {low, high, dice.randint(low, high)}:
            written = "SELECT spans_of($1) || marked('{3, 4, 9}', 0, $1 >> 42) || marked('{3, 4}', 5, $1 >> 42)"
            marks = set(postgres.run(url, written, item)[0][0])
            for at, (*_, everybodys, own) in enumerate(spans):
                inside = begins[at] <= item < ends[at]
                assert (marks >= set(everybodys), marks >= set(own)) == (inside, inside)
    postgres.run(url, "DELETE FROM item_text WHERE item_id >> 42 BETWEEN 100 AND 399")
    periods = "SELECT (span << (kind + 20)::integer) >> 42 FROM spans(0, (450::bigint << 42) - 1, '{}', 0, 10)"
    found = postgres.run(url, periods)
    assert {period for (period,) in found} == {*range(100), *range(400, 450)}, "not those without an item"
    assert len(found) < 250


@slow
async def test_the_index_of_texts_knows_every_tag_whoever_wrote_it(
    url: str, postgres: Postgres, clock: HeldClock
) -> None:
    driver = await open_store(url)
    stores = Stores.of(driver)
    await fill(stores, clock, random.Random(7))  # noqa: S311 - the same each time
    marks = "SELECT item_id, marks FROM item_text ORDER BY item_id"
    written = postgres.run(url, marks)
    postgres.run(url, "SELECT mark_texts()")
    assert postgres.run(url, marks) == written, "nothing was left out"
    item, *_ = await stores.news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=1)
    assert len(item.taggings) > 1
    tagged = postgres.run(url, "SELECT scope, tag_id, item_id FROM item_tag WHERE item_id = $1", item.id)
    postgres.run(url, "DELETE FROM item_tag WHERE item_id = $1", item.id)
    # A program of the release before knows no marks, and writes the text first.
    postgres.run(url, "UPDATE item_text SET marks = '{}' WHERE item_id = $1", item.id)
    for row in tagged:
        postgres.run(url, "INSERT INTO item_tag (scope, tag_id, item_id) VALUES ($1, $2, $3)", *row)
    assert [sorted(row[1]) for row in postgres.run(url, marks)] == [sorted(row[1]) for row in written]
    await driver.close()


@slow
async def test_the_oldest_of_each_channel_are_looked_for_once_in_an_outbox_that_was_empty(url: str) -> None:
    """The planner knows the outbox as it mostly is."""
    connection = await asyncpg.connect(url)
    try:
        columns = "delivery (rule_id, guild, channel, item_id, state, due_at, created_at)"
        for statement in (
            "INSERT INTO item (id, home, outlet, title, summary, category, taggings, first_seen_at, state) "
            "SELECT n, 0, 'O', 'T', '', 'General', '[]', 0, 1 FROM generate_series(1, 25) AS n",
            "INSERT INTO alert_rule (guild, channel, query, criteria, standing, created_at) "
            "SELECT n, n << 22, '{}', '{}', 'active', 0 FROM generate_series(1, 40) AS n",
            f"INSERT INTO {columns} "
            "SELECT r.id, r.guild, r.channel, i.id, 'sent', 0, 0 FROM alert_rule AS r, item AS i WHERE i.id <= 20",
            "ANALYZE",
            f"INSERT INTO {columns} "
            "SELECT r.id, r.guild, r.channel, i.id, 'pending', 0, 0 FROM alert_rule AS r, item AS i WHERE i.id > 20",
        ):
            await connection.execute(statement)
        given = {"limit": 8, "now": 1, "part": 0, "parts": 1}
        for name in ("waiting_deliveries", "next_delivery_due"):
            query = queries()[name]
            asked = [given[parameter] for parameter in query.parameters]
            plan = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query.sql}", *asked))
            steps = list(nodes(plan[0]["Plan"]))
            (each,) = [step for step in steps if step["Node Type"] == "Aggregate" and "o.channel" in str(step)]
            assert each["Actual Loops"] == 1
            assert max(step["Actual Loops"] for step in steps) <= 200, "a look at a rule for each that waits"
    finally:
        await connection.close()


@slow
async def test_the_next_due_time_reads_few_of_many_feeds(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in (
            "INSERT INTO feed (url, home, outlet, interval_ms, due_at, active, lease_token, lease_until) "
            "SELECT n::text, 0, 'O', 1, n, 1, CASE WHEN n % 900 = 1 OR n < 9 THEN 't' END, "
            "CASE WHEN n % 900 = 1 OR n < 9 THEN 7000 + n END FROM generate_series(1, 5000) AS n",
            "ANALYZE feed",
        ):
            await connection.execute(statement)
        sql = queries()["next_feed_due"].sql
        assert await connection.fetchval(sql) == 9
        plan = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}"))
        for step in nodes(plan[0]["Plan"]):
            assert step["Actual Rows"] + step.get("Rows Removed by Filter", 0) <= 20, step
    finally:
        await connection.close()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step of a plan."""
    yield {key: value for key, value in plan.items() if key != "Plans"}
    for part in plan.get("Plans", ()):
        yield from nodes(part)


@slow
async def test_what_came_of_late_is_worked_into_the_index(url: str, postgres: Postgres, clock: HeldClock) -> None:
    driver = await open_store(url)
    stores = Stores.of(driver)
    await watched(stores, clock)
    await brought(stores, clock, *(new_item(f"Storm {n}") for n in range(20)))
    waiting = "SELECT gin_clean_pending_list('item_text_found')"
    await stores.news.settle()
    assert postgres.run(url, waiting) == [(0,)], "nothing is left to do"
    await brought(stores, clock, *(new_item(f"Rain {n}") for n in range(20)))
    assert postgres.run(url, waiting)[0][0] > 0
    assert len(await titles(stores, Criteria(terms=(("rain",),)))) == 20
    await driver.close()


def texts_stored(postgres: Postgres, url: str, at: str, text: str, count: int) -> None:
    """Items 1 to `count`, numbered in their titles, that everybody sees; `at` (the id) and `text` are SQL of ``n``.

    The tag of everything is 1.
    """
    numbers = f"FROM generate_series(1, {count}) AS n"
    for statement in (
        "INSERT INTO tag (id, kind, slug) VALUES (1, 'all', '')",
        "INSERT INTO item (id, home, outlet, title, summary, category, taggings, first_seen_at, state) "
        f"SELECT {at}, 0, 'O', n::text, '', 'General', '[]', 0, 1 {numbers}",
        f"INSERT INTO item_text (item_id, terms) SELECT {at}, {text} {numbers}",
        f"INSERT INTO item_tag (scope, tag_id, item_id) SELECT 0, 1, {at} {numbers}",
        f"INSERT INTO tag_count (scope, tag_id, items) VALUES (0, 1, {count})",
        "VACUUM (ANALYZE) item_text",
    ):
        postgres.run(url, statement)


@slow
async def test_words_are_found_in_many_items_whether_they_are_rare_lately_or_were_once(
    url: str, postgres: Postgres
) -> None:
    """In so many that the newest and the oldest are passed over where it is reckoned how to look."""
    every = 2 * 3600
    at = f"(1700000000 + n * {every})::bigint << 20"
    text = (
        "'every' || CASE WHEN n % 100 = 0 THEN ' rare' ELSE '' END || CASE WHEN n > 8500 THEN ' lately' ELSE '' END "
        "|| CASE WHEN n < 5000 THEN ' formerly' ELSE '' END "
        "|| CASE WHEN n BETWEEN 3000 AND 3010 THEN ' once' ELSE '' END"
    )
    texts_stored(postgres, url, at, text, 9000)
    for statement in (
        "INSERT INTO tag (id, kind, slug) VALUES (2, 'topic', 'odd')",
        f"INSERT INTO item_tag (scope, tag_id, item_id) SELECT 0, 2, {at} FROM generate_series(1, 9000, 2) AS n",
        "INSERT INTO tag_count (scope, tag_id, items) VALUES (0, 2, 4500)",
        # One is dated far ahead.
        "INSERT INTO item (id, home, outlet, title, summary, category, taggings, first_seen_at, state) "
        "VALUES (4000000000::bigint << 20, 0, 'O', 'ahead', '', 'General', '[]', 0, 1)",
        "INSERT INTO item_text (item_id, terms) VALUES (4000000000::bigint << 20, 'ahead')",
        "INSERT INTO item_tag (scope, tag_id, item_id) VALUES (0, 1, 4000000000::bigint << 20)",
        "ANALYZE",
    ):
        postgres.run(url, statement)
    numbers = range(9000, 0, -1)
    held = {
        "every": list(numbers),
        "rare": [n for n in numbers if n % 100 == 0],
        "lately": [n for n in numbers if n > 8500],
        "formerly": [n for n in numbers if n < 5000],
        "once": [n for n in numbers if 3000 <= n <= 3010],
        "never": [],
    }
    driver = await open_store(url)
    async with driver.read() as db:
        asked = json.loads(db.matching([("every",), ("once",), ("lately",)]) or "")
    # The rarest first; what nearly all texts hold is looked for in those that hold the others.
    assert [asked[key] for key in ("first", "second", "third", "read")] == ["'once'", "'lately'", None, "('every')"]
    news = Stores.of(driver).news
    for word, numbers_of in held.items():
        for most in (1, 50, 1001):
            for since in (None, datetime.fromtimestamp(1_700_000_000 + 2000 * every, UTC)):
                wanted = [n for n in numbers_of if since is None or n >= 2000][:most]
                total, page = await news.first_page(
                    Criteria(terms=((word,),), since=since), guild=OPERATOR, until=None, size=most, most=most
                )
                assert (total, [int(item.title) for item in page]) == (len(wanted), wanted), (word, most, since)
                asked = Filter(root=both([Words((word,)), negated(Words(("rare",)))]), since=since)
                wanted = [n for n in numbers_of if (since is None or n >= 2000) and n % 100][:most]
                total, page = await news.filtered(asked, guild=OPERATOR, until=None, offset=0, limit=most, most=most)
                assert (total, [int(item.title) for item in page]) == (len(wanted), wanted), (word, most, since)
                odd = [n for n in numbers_of if (since is None or n >= 2000) and n % 2][:most]
                total, page = await news.first_page(
                    Criteria(terms=((word,),), tag="odd", since=since), guild=OPERATOR, until=None, size=most, most=most
                )
                assert (total, [int(item.title) for item in page]) == (len(odd), odd), (word, most, since)
                beside = [n for n in numbers_of if (since is None or n >= 2000) and n > 8500][:most]
                total, page = await news.first_page(
                    Criteria(terms=(("every",), (word,), ("lately",)), since=since),
                    guild=OPERATOR,
                    until=None,
                    size=most,
                    most=most,
                )
                assert (total, [int(item.title) for item in page]) == (len(beside), beside), (word, most, since)
    await driver.close()


@slow
@pytest.mark.parametrize(
    ("name", "driver", "wanted", "lists"),
    [
        ("find_by_alternative_of_tags", 5, [[6], [7, 8], [9]], ([5], [6], [9], [[7, 8]])),
        ("find_by_alternative_of_tags", 5, [[7, 8]], ([5], [7, 8], [], [])),
        ("find_by_alternative_of_tags", 1, [[6, 7], [8, 9], [2, 3]], ([6, 7], [8, 9], [], [[2, 3]])),
        ("find_by_alternative_and_words", 5, [], ([5], [5], [], [])),
        ("find_by_words", 1, [[1]], ([1], [1], [], [])),
        ("find_by_words", 1, [[6, 7]], ([6, 7], [6, 7], [], [])),
    ],
)
def test_the_index_is_asked_of_the_first_two_lists_of_tags(
    url: str, postgres: Postgres, name: str, driver: int, wanted: list[list[int]], lists: tuple[list[Any], ...]
) -> None:
    """Of everything only where nothing else is asked: it would be the longest list of all."""
    text = dialects.queries("postgres")[name]
    end = re.search(r"\n\)(?=,|\n)", text)
    assert end is not None
    query = Query(f"{text[: end.start()]}) SELECT firsts, seconds, others, groups FROM asked")
    terms = '{"first": "x", "second": null, "third": null, "rows": [], "read": null}'
    values: dict[str, Any] = {"driver": driver, "everything": 1, "wanted": json.dumps(wanted), "terms": terms}
    values |= {"unwanted_terms": None, "low": 0, "high": 1 << 60}
    ((*found, groups),) = postgres.run(url, query.sql, *(values[each] for each in query.parameters))
    assert (*found, json.loads(groups)) == lists


@slow
def test_each_item_is_met_by_one_look(url: str, postgres: Postgres) -> None:
    """Every tag of two, in any time, in the texts of a bot that was stopped twice."""
    at = "(1650000000 + n * n * 150 + CASE WHEN n > 400 THEN 9000000 ELSE 0 END)::bigint << 20"
    texts_stored(postgres, url, at, "'every'", 900)
    for statement in (
        "INSERT INTO tag (id, kind, slug) VALUES (2, 'topic', 'odd')",
        f"INSERT INTO item_tag (scope, tag_id, item_id) SELECT 0, 2, {at} FROM generate_series(1, 900, 2) AS n",
        f"INSERT INTO item_tag (scope, tag_id, item_id) SELECT 7, 1, {at} + 1 FROM generate_series(1, 900, 3) AS n",
        f"INSERT INTO item_text (item_id, terms) SELECT {at} + 1, 'every' FROM generate_series(1, 900, 3) AS n",
        "SELECT mark_texts()",
    ):
        postgres.run(url, statement)
    found = """
        SELECT x.item_id FROM looks($1, $2, $3, $4, $5) AS s JOIN item_text AS x
        ON x.marks && s.held AND x.marks && s.firsts AND x.marks && s.seconds
        OR x.marks && s.held_own AND x.marks && s.firsts_own AND x.marks && s.seconds_own AND x.marks && s.servers
        WHERE x.item_id BETWEEN $1 AND $2 ORDER BY 1
    """
    for tags, scope in (([1], 0), ([1, 2], 0), ([2], 0), ([1], 7)):
        carried = sorted(
            item
            for (item,) in postgres.run(
                url,
                "SELECT item_id FROM item_tag WHERE tag_id = ANY ($1::bigint[]) AND scope IN (0, $2) "
                "GROUP BY item_id HAVING count(*) = cardinality($1::bigint[])",
                tags,
                scope,
            )
        )
        assert carried
        for low, high in (
            (0, (1 << 63) - 1),
            (carried[0], carried[-1]),
            (carried[len(carried) // 3], carried[-1] - 1),
            (carried[-1] - (86400 << 20), (1 << 63) - 1),
            (carried[-1] + 1, (1 << 63) - 1),
        ):
            for looked in (2, 4096, 1 << 40):
                met = [item for (item,) in postgres.run(url, found, low, high, tags, scope, looked)]
                assert met == [item for item in carried if low <= item <= high], (tags, scope, low, high, looked)


@slow
async def test_a_phrase_is_read_where_its_words_stand_in_a_row(url: str, postgres: Postgres) -> None:
    """Not in all that have both words; nor does it matter that another pair has the same number in the index."""
    ((pairs,),) = postgres.run(
        url,
        "SELECT array_agg(p.words) "
        "FROM (SELECT 'w' || n || ' v' || n AS words FROM generate_series(1, 20000) AS n) AS p "
        "GROUP BY word_pairs(p.words) HAVING count(*) > 1 ORDER BY min(p.words) LIMIT 1",
    )
    asked, other, *_ = sorted(pairs)
    first, second = asked.split()
    at = "(1700000000 + n * 7200)::bigint << 20"
    texts = (
        f"CASE WHEN n % 1000 = 0 THEN 'so {asked} then' WHEN n % 1000 = 1 THEN '{second} so {other} then {first}' "
        f"ELSE '{second} so {first} then' END"
    )
    texts_stored(postgres, url, at, texts, 9000)
    driver = await open_store(url)
    news = Stores.of(driver).news
    phrase = Criteria(terms=((first, second),))
    total, page = await news.first_page(phrase, guild=OPERATOR, until=None, size=50, most=50)
    assert (total, [int(item.title) for item in page]) == (9, list(range(9000, 0, -1000)))
    both_words = Criteria(terms=((first,), (second,)))
    assert (await news.first_page(both_words, guild=OPERATOR, until=None, size=5, most=9_001))[0] == 9_000
    await driver.close()
    assert 9 <= await texts_read(url, phrase.terms, limit=51) <= 100


async def texts_read(url: str, phrases: Sequence[tuple[str, ...]], *, limit: int) -> int:
    """How many texts are looked at for a question by words; the tag of everything is 1."""
    driver = await open_store(url)
    async with driver.read() as db:
        terms = db.matching(phrases)
    await driver.close()
    query = queries()["find_by_text_and_tags"]
    given: dict[str, object] = {"driver": 1, "guild": 0, "viewer": 0, "hides": 0, "low": 0, "high": (1 << 63) - 1}
    given |= {"terms": terms, "limit": limit}
    connection = await asyncpg.connect(url)
    try:
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {query.sql}"
        plan = json.loads(await connection.fetchval(explain, *map(given.get, query.parameters)))
    finally:
        await connection.close()
    looked: float = sum(
        step["Actual Loops"] * (step["Actual Rows"] + step.get("Rows Removed by Filter", 0))
        for step in nodes(plan[0]["Plan"])
        if step["Node Type"] == "Bitmap Heap Scan"
    )
    return round(looked)


@slow
async def test_a_time_in_which_nothing_came_is_passed_over(url: str, postgres: Postgres) -> None:
    """A bot that was stopped for a hundred days: what is before them is read in short spans, as what is new is."""
    at = "(1700000000 + n * 60 + CASE WHEN n > 7200 THEN 8640000 ELSE 0 END)::bigint << 20"
    texts_stored(postgres, url, at, "'every'", 7203)
    driver = await open_store(url)
    asked = Criteria(terms=(("every",),))
    _, page = await Stores.of(driver).news.first_page(asked, guild=OPERATOR, until=None, size=40, most=40)
    assert [int(item.title) for item in page] == list(range(7203, 7163, -1))
    await driver.close()
    assert 40 <= await texts_read(url, asked.terms, limit=40) <= 400


@slow
async def test_connections_that_were_all_cut_while_they_rested_fail_nobody(url: str, postgres: Postgres) -> None:
    driver = await open_store(url)
    stores = Stores.of(driver)
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dateline'"
    for _ in range(3):
        async with asyncio.TaskGroup() as group:  # as many as the pool holds
            for _ in range(8):
                group.create_task(stores.news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=1))
        assert len(postgres.run(url, kill)) >= 8, "blocking: nobody here sees them go"
        assert await stores.news.tags(guild=OPERATOR, limit=1) == ()
        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(stores.news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=1))
        assert len(postgres.run(url, kill)) >= 8
        assert await stores.news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=1) == ()
    await driver.close()
