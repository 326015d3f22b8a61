"""`dateline copy`: all of a memory in another database, of either kind, once, whatever happens in between."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import AlreadyRunning, BotError, ConfigError, SchemaMismatch, StorageError
from bot.model import OPERATOR, Criteria, Denied, GuildId, Hold, Hub, Query, UserId, WhyHeld
from bot.roles import DESK
from storage.backups import back_up
from storage.copying import TABLES, copy
from storage.denials import Denials
from storage.driver import Driver
from storage.opening import is_postgres, migrate_store, open_store, run_lock
from storage.privacy import Privacy
from storage.sqlite import SqliteDriver, open_sqlite
from storage.visits import Visits
from tests.databases import Postgres
from tests.storage.test_outbox import HERE, claim as claim_deliveries, filed, rule, told
from tests.storage.test_places import GONE
from tests.storage.test_privacy import lived_in
from tests.storage.test_trends import brings, named
from tests.support import LEASE, HeldClock, Stores, alert, alone, claimed, new_database, new_item, poll, titles
from tests.terminal import python

slow = pytest.mark.slow
TO_EACH = pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=slow)])


def silent(*_: object) -> None:
    """Tell nobody."""


class Places:
    """Databases for one test, of either kind, which are gone after it."""

    def __init__(self, folder: Path, request: pytest.FixtureRequest, stack: contextlib.ExitStack) -> None:
        self._folder, self._request, self._stack = folder, request, stack
        self._number = 0

    def empty(self, kind: str) -> str:
        """A place without tables."""
        self._number += 1
        if kind == "sqlite":
            return str(self._folder / f"{self._number}.sqlite")
        server: Postgres = self._request.getfixturevalue("postgres")
        url = server.create()
        self._stack.callback(server.drop, url)
        return url

    def look(self, database: str, statement: str) -> list[tuple[Any, ...]]:
        if is_postgres(database):
            server: Postgres = self._request.getfixturevalue("postgres")
            return server.run(database, statement)
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()


@pytest.fixture
def places(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Places]:
    with contextlib.ExitStack() as stack:
        yield Places(tmp_path, request, stack)


@pytest.fixture
async def lived(places: Places) -> str:
    """An SQLite file with rows in every table."""
    path = places.empty("sqlite")
    driver = await open_sqlite(path)
    try:
        await live(driver, HeldClock())
    finally:
        await driver.close()
    return path


async def live(driver: Driver, clock: HeldClock) -> None:
    """Have everything happen that leaves a row somewhere."""
    stores, privacy = Stores.of(driver), Privacy(driver)
    await lived_in(stores, driver, clock)
    first = new_item("Storm", topics=["trade"], countries=["JP"], terms="storm ärger d'or")
    await brings(stores, clock, "The Example", first, named("Amelia nears", "Storm Amelia"))
    await brings(stores, clock, "The Example", replace(first, entry=replace(first.entry, title="The storm is over")))
    claim = await claimed(stores, clock.move(timedelta(hours=1)))
    hub = Hub("https://hub.example/", "https://news.example/world.xml")
    await stores.sources.finish(claim, poll(now=clock.now(), hub=hub), now=clock.now())
    held = await rule(stores, 8)
    gone = await rule(stores, 9)
    await stores.alerts.remove(gone.id)
    waiting = await stores.news.unfiled(9)
    term = await stores.seats.take(DESK, "d", LEASE, now=clock.now())
    assert term is not None
    hold = Hold(until=clock.now(), why=WhyHeld.DIGEST)
    alerts = [alert(held, one.item.id, hold=hold) for one in waiting]
    await stores.news.file(term, alone(*waiting), alerts, now=clock.now())
    shared, *_ = await stores.sources.for_guild(OPERATOR)
    await stores.sources.hide(GuildId(5), shared.id, True)
    await stores.news.keep_query(Query(text="ärger"))
    await stores.trends.settle(
        admit={"stormamelia": "Storm Amelia"}, alive=(), fade_before=clock.now(), now=clock.now()
    )
    await Visits(driver).visit(UserId(7), "another", now=clock.now())
    await privacy.went(GuildId(112), now=clock.now())
    await Denials(driver).deny(Denied.HOST, "spam.example", now=clock.now())
    late = clock.now() + timedelta(days=2)
    await stores.trends.roll(window=timedelta(0), baseline=timedelta(days=9), now=late)
    await brings(stores, clock, "The Example", named("Amelia is here", "Storm Amelia", at=late))
    await filed(stores, clock, [held], "Refused")
    for one in await claim_deliveries(stores, clock):
        await stores.deliveries.finish(one, GONE, now=clock.now())
    await filed(stores, clock, [await rule(stores, 12)], "Under way")
    await claim_deliveries(stores, clock)
    # A number that was given is never given again, though its rule is gone.
    await stores.alerts.remove((await rule(stores, 10)).id)


async def answers(database: str) -> list[object]:
    """What the bot's stores say of a memory, and what they would do next with it."""
    clock = HeldClock()
    driver = await open_store(database)
    stores = Stores.of(driver)
    try:
        found: list[object] = [
            await titles(stores),
            await titles(stores, Criteria(tag="trade", country="JP"), guild=HERE),
            await titles(stores, Criteria(terms=(("ärger", "d'or"),))),
            await stores.alerts.changed(-1),
            await stores.sources.for_guild(OPERATOR),
            await stores.trends.admitted(),
            await Privacy(driver).of_server(HERE),
            await stores.news.tags(guild=OPERATOR, limit=50),
        ]
        clock.move(timedelta(hours=5))
        found.append(
            [(one.id, one.nonce, one.doubt_since, told(one).item.id) for one in await claim_deliveries(stores, clock)]
        )
        found.append((await rule(stores, 77)).id)
        return found
    finally:
        await driver.close()


def contents(places: Places, database: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, the columns by name."""
    found = {}
    for table in TABLES:
        chosen = "item_id, terms" if is_postgres(database) else "rowid, terms"
        if table != "item_text":
            asked = f"SELECT name FROM pragma_table_info('{table}')"
            if is_postgres(database):
                asked = f"SELECT column_name::text FROM information_schema.columns WHERE table_name = '{table}'"
            chosen = ", ".join(sorted(name for (name,) in places.look(database, asked)))
        found[table] = sorted(places.look(database, f"SELECT {chosen} FROM {table}"), key=repr)
    asked = "SELECT name, value FROM meta WHERE name NOT LIKE 'migration %' AND name <> 'serves'"
    found["meta"] = sorted(places.look(database, asked))
    return found


def no_nul(rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """As PostgreSQL can hold them."""

    def clean(value: Any) -> Any:
        return value.replace("\0", "\ufffd").replace("\\u0000", "\\ufffd") if isinstance(value, str) else value

    return {table: sorted((tuple(map(clean, row)) for row in each), key=repr) for table, each in rows.items()}


async def test_every_table_of_both_schemas_is_copied(sqlite_driver: SqliteDriver, places: Places) -> None:
    """A table that is added belongs into `TABLES`, and what fills it into `live`."""
    asked = "SELECT name FROM sqlite_schema WHERE type = 'table'"
    found = {name for (name,) in places.look(sqlite_driver.path, asked)}
    own = {name for name in found if name.startswith(("item_text_", "item_term", "sqlite_"))}
    assert found - own == {*TABLES, "meta", "process"}


@slow
async def test_every_table_of_postgres_is_copied(places: Places) -> None:
    url = places.empty("postgres")
    await migrate_store(url)
    asked = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    assert {name for (name,) in places.look(url, asked)} == {*TABLES, "meta", "process"}


async def test_a_copy_holds_all_and_answers_alike(lived: str, places: Places) -> None:
    before = contents(places, lived)
    assert [table for table, rows in before.items() if not rows] == [], "a table that this test does not fill"
    copied = places.empty("sqlite")
    done = await copy(lived, copied, silent)
    assert dict(done.rows) == {table: len(before[table]) for table in TABLES}
    assert contents(places, lived) == contents(places, copied) == before
    schema = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    assert places.look(copied, schema) == places.look(lived, schema), "indexes and triggers are there again"
    numbers = "SELECT name, seq FROM sqlite_sequence ORDER BY name"
    assert places.look(copied, numbers) == places.look(lived, numbers)
    assert await answers(copied) == await answers(lived)


@slow
async def test_there_and_back_again_is_the_same(lived: str, places: Places) -> None:
    places.look(lived, "UPDATE item SET summary = 'a' || char(0) || 'b', categories = '[\"c\\u0000\"]'")
    places.look(lived, "UPDATE sighting SET key = key || char(0)")
    before = contents(places, lived)
    server, back, again = places.empty("postgres"), places.empty("sqlite"), places.empty("postgres")
    await copy(lived, server, silent)
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    fresh = places.empty("postgres")
    await migrate_store(fresh)
    assert places.look(server, indexes) == places.look(fresh, indexes)
    triggers = "SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'"
    assert places.look(server, triggers) == []
    await copy(server, back, silent)
    await copy(server, again, silent)
    assert contents(places, server) == contents(places, back) == contents(places, again) == no_nul(before)
    said = await answers(back)
    assert await answers(server) == await answers(again) == said
    ours = await answers(lived)
    assert said[1:2] + said[5:] == ours[1:2] + ours[5:]


class Killed(Exception):
    """In place of the end of the process."""


@TO_EACH
async def test_a_copy_that_is_stopped_goes_on_where_it_was(
    lived: str, places: Places, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for side in ("sqlite", "postgres"):
        monkeypatch.setattr(f"storage.copying_{side}.BATCH", 2)
    target = places.empty(kind)
    steps: list[tuple[str, str]] = []
    copied = None
    for _ in range(100):
        left = 9

        def tell(doing: str, what: str, done: int, total: int) -> None:
            nonlocal left
            assert 0 <= done <= total
            steps.append((doing, what))
            left -= doing != "checking"
            if left < 0:
                raise Killed

        with contextlib.suppress(Killed):
            copied = await copy(lived, target, tell)
            break
        for other in (open_store(target), migrate_store(target), copy(target, places.empty("sqlite"), silent)):
            with pytest.raises(ConfigError, match="is a copy that is not whole yet"):
                await other
        with pytest.raises(ConfigError, match="holds a part of another database"):
            await copy(str(new_database(Path(lived).parent)), target, silent)
    assert copied is not None
    assert copied.resumed
    assert len(steps) > 60
    expected = contents(places, lived)
    assert contents(places, target) == (expected if kind == "sqlite" else no_nul(expected))
    await (await open_store(target)).close()


@TO_EACH
@slow
async def test_a_copy_survives_its_process(lived: str, places: Places, kind: str, tmp_path: Path) -> None:
    target = places.empty(kind)
    script = (
        "import asyncio, os, sys\n"
        "from storage import copying, copying_postgres, copying_sqlite\n"
        "copying_sqlite.BATCH = copying_postgres.BATCH = 3\n"
        "tell = lambda doing, what, done, total: done < 40 or os.kill(os.getpid(), 9)\n"
        "asyncio.run(copying.copy(sys.argv[1], sys.argv[2], tell))\n"
    )
    assert (await python("-c", script, lived, target, cwd=tmp_path)).code == -9
    assert (await copy(lived, target, silent)).resumed
    expected = contents(places, lived)
    assert contents(places, target) == (expected if kind == "sqlite" else no_nul(expected))


async def test_a_source_that_changed_between_two_goes_is_found_out(
    lived: str, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = places.empty("sqlite")

    def tell(doing: str, what: str, done: int, total: int) -> None:
        if what == "item_tag":
            raise Killed

    with pytest.raises(Killed):
        await copy(lived, target, tell)
    places.look(lived, "UPDATE item SET title = 'Another' WHERE id = (SELECT max(id) FROM item)")
    with pytest.raises(StorageError, match=r"the table item is not the same in both.*did the source change"):
        await copy(lived, target, silent)
    with pytest.raises(ConfigError, match="not whole"):
        await open_store(target)


@TO_EACH
async def test_what_is_written_wrongly_is_found_out(
    lived: str, places: Places, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = places.empty(kind)

    def tell(doing: str, what: str, done: int, total: int) -> None:
        if doing == "indexing":
            places.look(target, "UPDATE feed SET outlet = 'wrong'")

    with pytest.raises(StorageError, match="the table feed is not the same in both"):
        await copy(lived, target, tell)


@TO_EACH
async def test_what_cannot_be_copied_is_refused_and_nothing_is_written(
    lived: str, places: Places, kind: str, tmp_path: Path
) -> None:
    target = places.empty(kind)

    async def refused(source: str, target: str, error: type[BotError], words: str) -> None:
        with pytest.raises(error, match=words):
            await copy(source, target, silent)

    await refused(str(tmp_path / "none.sqlite"), target, ConfigError, "there is no database")
    async with run_lock(lived):
        await refused(lived, target, AlreadyRunning, "another `dateline run`")
    await refused(lived, lived, ConfigError, "is .* itself")
    (tmp_path / "link").symlink_to(lived)
    await refused(lived, str(tmp_path / "link"), ConfigError, "is .* itself")
    await copy(lived, target, silent)
    await refused(lived, target, ConfigError, "holds the same memory already")
    await refused(target, target, ConfigError, "is .* itself")

    full = places.empty(kind)
    await migrate_store(full)
    places.look(full, "INSERT INTO language (holder, locale) VALUES (1, 'de')")
    async with run_lock(full):
        await refused(lived, full, AlreadyRunning, "another `dateline run`")
    await refused(lived, full, ConfigError, r"is not empty \(its table language")
    await (await open_store(full)).close()  # as usable as before


async def test_schemas_of_other_versions_are_refused(lived: str, places: Places, tmp_path: Path) -> None:
    for change, words in ((1, "upgrade Dateline"), (-1, "run `dateline migrate`")):
        other = tmp_path / f"other{change}.sqlite"
        await back_up(Path(lived), other)
        ((version,),) = places.look(str(other), "PRAGMA user_version")
        places.look(str(other), f"PRAGMA user_version = {version + change}")
        with pytest.raises(SchemaMismatch, match=words):
            await copy(str(other), places.empty("sqlite"), silent)
        with pytest.raises((SchemaMismatch, ConfigError), match=f"{words}|same memory"):
            await copy(lived, str(other), silent)


async def test_the_command_says_what_it_did(lived: str, places: Places, tmp_path: Path) -> None:
    target = places.empty("sqlite")
    ran = await python("-m", "bot", "copy", lived, target, "--json", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    said = json.loads(ran.out)
    assert (said["from"], said["to"], said["resumed"]) == (lived, target, False)
    assert said["rows"]["delivery"] == len(contents(places, target)["delivery"]) > 0
    refused = await python("-m", "bot", "copy", lived, target, cwd=tmp_path)
    assert refused.code == 78
    assert "name another" in refused.err
