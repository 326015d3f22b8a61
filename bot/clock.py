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


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(max(0.0, duration.total_seconds()))
