"""What the desk places first, and what it leaves to others meanwhile (bot/workers/desk.py)."""

from datetime import timedelta

import pytest

from bot.model import OPERATOR
from bot.workers.desk import PLACED_AT_ONCE, SILENT_SHARE
from tests.support import HeldClock, Stores, brought, new_item, source, watched

LOOK = timedelta(milliseconds=10)
"""From one look at the clock to the next."""


class BusyClock(HeldClock):
    """Every look at it finds it a little later."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[timedelta] = []

    def monotonic(self) -> float:
        self.move(LOOK)
        return super().monotonic()

    async def sleep(self, duration: timedelta) -> None:
        self.slept.append(duration)
        await super().sleep(duration)


async def left(stores: Stores) -> int:
    return len(await stores.news.unfiled(1_000))


async def test_what_came_with_a_first_reading_is_placed_after_the_news_and_in_a_part_of_the_time(
    stores: Stores,
) -> None:
    clock = BusyClock()
    desk = stores.desk(clock)
    news, silent = 2 * PLACED_AT_ONCE, 3 * PLACED_AT_ONCE
    await watched(stores, clock)
    await stores.sources.add(OPERATOR, source("asia"), now=clock.now())
    await brought(stores, clock, *(new_item(f"Read {number}", at=clock.now()) for number in range(silent)))
    await brought(stores, clock, *(new_item(f"News {number}", at=clock.now()) for number in range(news)))
    assert await left(stores) == news
    assert await desk.step()
    assert clock.slept == [timedelta()], "news waits for nobody: a look at the event loop"
    assert await left(stores) == silent
    clock.slept.clear()
    assert await desk.step()
    assert [pause / (pause + LOOK) for pause in clock.slept] == [pytest.approx(1 - SILENT_SHARE)] * 2
    assert not await desk.step()
