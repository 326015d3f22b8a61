"""A memory that is closed while somebody still asks it: the bot ends, and what comes last must not look broken."""

from __future__ import annotations

import pytest

from bot.errors import StorageUnavailable
from storage.driver import Driver


async def test_who_comes_after_the_end_is_told_so(driver: Driver) -> None:
    await driver.close()
    for door in (driver.write, driver.claim, driver.read, driver.glance):
        with pytest.raises(StorageUnavailable):
            async with door() as db:
                await db.first("salt")


async def test_who_comes_twice_to_close_it_is_no_error(driver: Driver) -> None:
    await driver.close()
    await driver.close()
