"""Answers that are kept: however many ask for a page at the same time, it is made once; and few are made at a time.

An answer is given for `FRESH` seconds as it is. Up to `STALE` it is still given while a new one is made behind it, one
at a time, so that nobody waits for a page that others read too. Older ones are made anew before they are given. At most
`AT_A_TIME` are made at once and `WAITING` wait for that: the memory has few readers, and Discord's questions want them
too.
Never: more than `SIZE` bytes, or a wait longer than `PATIENCE`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.clock import Clock
from bot.log import get_logger
from bot.web.answers import Answer, dated

log = get_logger(__name__)

FRESH, STALE = 60.0, 600.0
AT_A_TIME, WAITING = 2, 64
PATIENCE = 5.0
"""Seconds that making a page may take, the wait for its turn included."""
SIZE = 32 * 1024 * 1024

Key = TypeVar("Key", bound=Hashable)


class Busy(Exception):
    """Too many pages are being made: ask again in a few seconds."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer and when it was made, by the clock's monotonic seconds."""

    answer: Answer
    at: float


class Shelf(Generic[Key]):
    """Keeps answers by what they answer. `close` ends what is being made."""

    def __init__(self, make: Callable[[Key], Awaitable[Answer]], clock: Clock) -> None:
        self._make = make
        self._clock = clock
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._size = 0
        self._making: dict[Key, asyncio.Task[Answer]] = {}
        self._turns = asyncio.Semaphore(AT_A_TIME)

    async def get(self, key: Key) -> Answer:
        """The answer to `key`. Raises `Busy`, `TimeoutError`, and what making it raises."""
        kept = self._kept.get(key)
        if kept is not None:
            age = self._clock.monotonic() - kept.at
            if age <= STALE:
                self._kept.move_to_end(key)
                if age > FRESH and not self._making:
                    self._begin(key)
                return kept.answer
        task = self._making.get(key)
        if task is None:
            if len(self._making) >= WAITING:
                raise Busy
            task = self._begin(key)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Stop making pages."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, key: Key) -> asyncio.Task[Answer]:
        task = asyncio.create_task(self._made(key))
        self._making[key] = task
        task.add_done_callback(lambda done: self._ended(key, done))
        return task

    def _ended(self, key: Key, task: asyncio.Task[Answer]) -> None:
        del self._making[key]
        if not task.cancelled() and task.exception() is not None:  # who waits for it is told; else nobody would ask
            log.debug("page not made", problem=type(task.exception()).__name__)

    async def _made(self, key: Key) -> Answer:
        async with asyncio.timeout(PATIENCE), self._turns:
            answer = await self._make(key)
        before = self._kept.pop(key, None)
        if before is not None:
            self._size -= before.answer.size
        since = self._clock.now()
        if before is not None and before.answer.etag == answer.etag and before.answer.modified is not None:
            since = before.answer.modified
        answer = dated(answer, since)
        self._kept[key] = Kept(answer, self._clock.monotonic())
        self._size += answer.size
        while self._size > SIZE:
            _, old = self._kept.popitem(last=False)
            self._size -= old.answer.size
        return answer
