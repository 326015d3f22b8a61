"""What every test may use: a clock held still, and the real SQLite store in a temporary file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from storage.sqlite import SqliteDriver, open_sqlite
from tests.support import HeldClock, Stores

# A failing example is shrunk untraced: explaining a large one line by line outlasts the timeout, which then hides it.
settings.register_profile("dateline", deadline=None, max_examples=50, phases=tuple(set(Phase) - {Phase.explain}))
settings.load_profile("dateline")


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def driver(tmp_path: Path) -> AsyncIterator[SqliteDriver]:
    driver = await open_sqlite(tmp_path / "news.sqlite")
    yield driver
    await driver.close()


@pytest.fixture
def stores(driver: SqliteDriver) -> Stores:
    return Stores.of(driver)
