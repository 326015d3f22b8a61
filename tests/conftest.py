"""What every test may use: a clock held still, and the real store: SQLite in a temporary file, or PostgreSQL.

A test that takes `database`, `driver` or `stores` is two tests, one on each. The PostgreSQL half is marked slow; alone
it is ``pytest -m slow -k postgres``. What only SQLite has is tested on `sqlite_driver`.
"""

from __future__ import annotations

import contextlib
import gc
import sqlite3
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

from bot.words import speak
from storage.driver import Driver
from storage.opening import is_postgres, open_store
from storage.sqlite import SqliteDriver, open_sqlite
from tests.databases import Postgres, serving
from tests.discord_double import Channel, Discord
from tests.support import HeldClock, Look, Stores, new_database

# A failing example is shrunk untraced: explaining a large one line by line outlasts the timeout, which then hides it.
settings.register_profile("dateline", deadline=None, max_examples=50, phases=tuple(set(Phase) - {Phase.explain}))
settings.load_profile("dateline")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """With `-n`, each process gets its share of the tests in one piece: a module's fixtures are made in one of them."""
    if getattr(config.option, "numprocesses", None) and config.option.dist == "no":
        config.option.dist = "worksteal"


def pytest_collection_finish() -> None:
    """What the imports and the collection made is there to stay: no full collection need look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Whatever the test before spoke; and what is set up for a whole module after this one begins with it, too."""
    speak("en-US")
    yield
    speak("en-US")


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server of this process's own, started by the first test that wants one."""
    with serving() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database with the present schema, as DATELINE_DATABASE names it."""
    if request.param == "sqlite":
        yield str(new_database(tmp_path))
    else:
        with request.getfixturevalue("postgres").migrated() as url:
            yield url


@pytest.fixture
def look(request: pytest.FixtureRequest, database: str) -> Look:
    """What looks into the test's database past the store."""
    if is_postgres(database):
        server: Postgres = request.getfixturevalue("postgres")
        return partial(server.run, database)

    def run(statement: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()

    return run


@pytest.fixture
async def driver(database: str) -> AsyncIterator[Driver]:
    driver = await open_store(database)
    yield driver
    await driver.close()


@pytest.fixture
async def sqlite_driver(tmp_path: Path) -> AsyncIterator[SqliteDriver]:
    driver = await open_sqlite(new_database(tmp_path))
    yield driver
    await driver.close()


@pytest.fixture
def stores(driver: Driver) -> Stores:
    return Stores.of(driver)


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    """Discord as it is reached by HTTP, with one server."""
    async with Discord() as double:
        yield double


@pytest.fixture
def channel(discord: Discord) -> Channel:
    """A channel of that server."""
    return discord.channel("news")
