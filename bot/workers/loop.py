"""The one loop: repeats a worker's step until told to stop.

A step returns whether it did anything; where it did not, the loop rests until a wake-up or `idle` has passed (polling
is the truth, a wake-up only a shortcut). It backs off on `StorageUnavailable` and `DiscordUnavailable` only, and rests
where another process took its seat (`LeaseLost`): anything else ends the worker, and with it, loudly, the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from enum import StrEnum

from bot.errors import DiscordUnavailable, LeaseLost, StorageUnavailable
from bot.log import get_logger

log = get_logger(__name__)

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=1)


class Topic(StrEnum):
    """What there may be to do."""

    FEEDS = "feeds"
    """A feed became due before its time."""
    ITEMS = "items"
    """Items wait to be filed."""
    DELIVERIES = "deliveries"
    """Something waits to be sent."""


class Signals:
    """What the loops of one process listen to: that there may be work, and that it is time to stop."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self.elsewhere: Callable[[Topic], None] = lambda _: None
        """Tells the other processes of the bot, where there are any."""
        self._woken: dict[Topic | None, asyncio.Event] = {topic: asyncio.Event() for topic in (None, *Topic)}

    def wake(self, *topics: Topic) -> None:
        """Let the resting loops of these topics look at once; without a topic, every loop."""
        woken: Iterable[Topic | None] = topics or tuple(self._woken)
        for topic in woken:
            self._woken[topic].set()
            self._woken[topic] = asyncio.Event()

    def tell(self, topic: Topic) -> None:
        """The same, in every process of the bot."""
        self.wake(topic)
        self.elsewhere(topic)

    def stop(self) -> None:
        """Let every loop end after its present step."""
        self.stopping.set()
        self.wake()

    async def rest(self, duration: timedelta, topic: Topic | None = None) -> None:
        """Return after `duration`, or sooner where woken (of that topic, else with all) or stopped."""
        if not self.stopping.is_set():
            try:
                async with asyncio.timeout(duration.total_seconds()):
                    await self._woken[topic].wait()
            except TimeoutError:
                pass


async def run(
    name: str,
    step: Callable[[], Awaitable[bool]],
    signals: Signals,
    *,
    idle: timedelta,
    topic: Topic | None = None,
    beat: Callable[[str], None] = lambda _: None,
) -> None:
    """Repeat a step until `signals` say stop. Raises what the step raises, but for the three errors named above.

    `topic` is what the worker is woken for; `beat` is told each time that it comes round.
    """
    wait = FIRST_WAIT
    while not signals.stopping.is_set():
        beat(name)
        try:
            busy = await step()
        except LeaseLost as error:
            log.info("worker stands back", worker=name, reason=str(error))
            busy = False
        except (StorageUnavailable, DiscordUnavailable) as error:
            log.warning("worker waits", worker=name, problem=str(error), seconds=wait.total_seconds())
            await signals.rest(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            continue
        wait = FIRST_WAIT
        if not busy:
            await signals.rest(idle, topic)
