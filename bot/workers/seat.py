"""A seat: what one process at a time does, whichever of several has it; the others stand in.

1. take it where it is free, or renew it, well before it runs out
2. count as holding it for no longer than the lease, by this process's own clock, from before it was asked for

Never: taken for held by a process that stood still for longer than that. What it writes is looked at once more where it
is written (`storage.processes.FencedDriver`): a clock alone proves nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.clock import Clock
from bot.errors import StorageUnavailable
from bot.log import get_logger
from bot.ports import SeatStore
from bot.roles import SEAT

log = get_logger(__name__)

KEPT_EVERY = SEAT / 4
"""How often a seat is renewed, or asked for."""


class Seat:
    """One seat, as one process knows it."""

    def __init__(self, seats: SeatStore, name: str, holder: str, clock: Clock, *, lease: timedelta = SEAT) -> None:
        self.name = name
        self._seats = seats
        self._holder = holder
        self._clock = clock
        self._lease = lease
        self._term: int | None = None
        self._asked: float | None = None

    @property
    def term(self) -> int | None:
        """The term under which this process surely holds it; None where it may not."""
        if self._asked is None or self._clock.monotonic() - self._asked >= self._lease.total_seconds():
            return None
        return self._term

    async def hold(self) -> int | None:
        """The term, taken or renewed where that is due; None while another process has the seat."""
        asked = self._clock.monotonic()
        if self._asked is not None and asked - self._asked < self._lease.total_seconds() / 4:
            return self._term
        term = await self._seats.take(self.name, self._holder, self._lease, now=self._clock.now())
        if term != self._term:
            log.info("seat lost" if term is None else "seat taken", seat=self.name, term=term)
        self._term, self._asked = term, asked
        return term

    async def is_held(self) -> bool:
        """Whether this process has it; while the memory cannot be reached, by its own clock alone."""
        try:
            return await self.hold() is not None
        except StorageUnavailable:
            return self.term is not None

    async def step(self) -> bool:
        """Keep it; never "busy"."""
        await self.hold()
        return False

    def seated(self, step: Callable[[], Awaitable[bool]]) -> Callable[[], Awaitable[bool]]:
        """A worker's step that does nothing while another process has the seat."""

        async def held() -> bool:
            return await self.hold() is not None and await step()

        return held

    async def leave(self) -> None:
        """Give it up, so that another need not wait for it to run out."""
        if self._term is not None:
            self._term = None
            await self._seats.leave(self.name, self._holder)
