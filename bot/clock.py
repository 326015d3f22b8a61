"""Time: the only place that reads the clock, so that tests can hold it still.

Never: `datetime.now()` anywhere else in the bot.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the rest of the bot knows of time."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump, from a beginning that means nothing; while the machine sleeps they may stand."""
        ...

    async def sleep(self, duration: timedelta) -> None:
        """Return after `duration`."""
        ...


def elapsed() -> float:
    """Seconds that never jump, and that count a machine's sleep where the system has such a clock (Linux)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(max(0.0, duration.total_seconds()))


class SharedClock:
    """One clock for all processes of a bot, their database's: the clocks of their machines may differ.

    Between two looks at it this goes on by `elapsed`, which nobody sets: a lease that ran out while the process stood
    still has run out at once.
    """

    def __init__(self) -> None:
        self._now = datetime.now(UTC)
        self._at = elapsed()

    def set(self, now: datetime, *, asked_at: float, told_at: float) -> None:
        """What the database answered, asked and told at those seconds of `elapsed`."""
        self._now, self._at = now, (asked_at + told_at) / 2

    def now(self) -> datetime:
        return self._now + timedelta(seconds=elapsed() - self._at)

    def monotonic(self) -> float:
        return elapsed()

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(max(0.0, duration.total_seconds()))
