"""What every test may use: a clock held still, and the real SQLite store in a temporary file."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from bot.words import speak
from storage.sqlite import SqliteDriver, open_sqlite
from tests.support import HeldClock, Stores, new_database

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
def english() -> None:
    """Whatever the test before spoke."""
    speak("en-US")


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def driver(tmp_path: Path) -> AsyncIterator[SqliteDriver]:
    driver = await open_sqlite(new_database(tmp_path))
    yield driver
    await driver.close()


@pytest.fixture
def stores(driver: SqliteDriver) -> Stores:
    return Stores.of(driver)
