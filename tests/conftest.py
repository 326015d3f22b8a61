"""What every test may use: a clock held still, and the real SQLite store in a temporary file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.sqlite import SqliteDriver, open_sqlite
from tests.support import HeldClock, Stores


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
