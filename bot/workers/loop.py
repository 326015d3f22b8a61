"""The one loop: repeats a worker's step until told to stop.

A step returns whether it did anything; where it did not, the loop rests until a wake-up or `idle` has passed (polling
is the truth, a wake-up only a shortcut). It backs off on `StorageUnavailable` and `DiscordUnavailable` only: anything
else ends the worker, and with it, loudly, the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.errors import DiscordUnavailable, StorageUnavailable
from bot.log import get_logger

log = get_logger(__name__)

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=1)


class Signals:
    """What the loops of one process listen to: that there may be work, and that it is time to stop."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Let every resting loop look at once."""
        self._woken.set()
        self._woken = asyncio.Event()

    def stop(self) -> None:
        """Let every loop end after its present step."""
        self.stopping.set()
        self.wake()

    async def rest(self, duration: timedelta) -> None:
        """Return after `duration`, or sooner where woken or stopped."""
        if not self.stopping.is_set():
            try:
                async with asyncio.timeout(duration.total_seconds()):
                    await self._woken.wait()
            except TimeoutError:
                pass


async def run(
    name: str,
    step: Callable[[], Awaitable[bool]],
    signals: Signals,
    *,
    idle: timedelta,
    beat: Callable[[str], None] = lambda _: None,
) -> None:
    """Repeat a step until `signals` say stop. Raises what the step raises, the two "unavailable" errors excepted.

    `beat` is told each time that the worker comes round.
    """
    wait = FIRST_WAIT
    while not signals.stopping.is_set():
        beat(name)
        try:
            busy = await step()
        except (StorageUnavailable, DiscordUnavailable) as error:
            log.warning("worker waits", worker=name, problem=str(error), seconds=wait.total_seconds())
            await signals.rest(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            continue
        wait = FIRST_WAIT
        if not busy:
            await signals.rest(idle)
