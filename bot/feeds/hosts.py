"""Whose turn it is: how often, and by how many at once, one host is asked.

At most `per_host` requests at a time and one each `spacing` seconds; none at all while a Retry-After runs. Two ways to
come by a turn: `turn` waits for it, however long that takes; `book` says what a poller should do that has other hosts
to ask meanwhile: go on at once, or come back at a moment that is then kept free for it, so that two hundred feeds of
one host are spread over two hundred seconds and written down once each.

The operator's own hosts (`unpaced`, those on the list of private addresses) have slots but no spacing. Everything here
is forgotten at a restart: a host is then asked at once, and as gently. Never: a clock of the wall.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

SPACING: Final = 1.0
"""Seconds between the beginnings of two requests to one host."""
PATIENCE: Final = 2.0
"""Seconds that a poller waits for a host's turn: for a longer wait it turns to another feed."""
_REMEMBERED: Final = 8192
"""Hosts that are remembered after their last request; those whose turn is longest past are forgotten first."""


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore
    users: int = 0
    next_at: float = 0.0
    """When it may be asked again."""
    booked_until: float = 0.0
    """Up to when moments are kept free for those that were told to come back."""
    paused_until: float = 0.0

    @property
    def until(self) -> float:
        return max(self.next_at, self.booked_until, self.paused_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What a poller should do about a host."""

    wait: float
    """Seconds: until the turn that is its own where it goes on, else until it should come back."""
    go_on: bool


@dataclass(slots=True)
class Hosts:
    """The hosts of one process."""

    spacing: float = SPACING
    per_host: int = 2
    unpaced: Callable[[str], bool] = field(default=lambda _: False)
    """Whether a host (with its port, where that is unusual) is the operator's own."""
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _hosts: dict[str, _Host] = field(default_factory=dict)

    def book(self, name: str) -> Booking:
        """A turn of a host that comes within `PATIENCE` seconds, or when to come back for one."""
        host, now = self._of(name), self.monotonic()
        if host.paused_until <= now:
            if self.unpaced(name):
                return Booking(wait=0.0, go_on=True)
            wait = max(0.0, host.next_at - now)
            if wait <= PATIENCE and host.users < self.per_host:
                host.next_at = now + wait + self.spacing
                return Booking(wait=wait, go_on=True)
        host.booked_until = max(host.until, now + PATIENCE) + self.spacing
        return Booking(wait=host.booked_until - now, go_on=False)

    @asynccontextmanager
    async def turn(self, name: str, booking: Booking | None = None) -> AsyncIterator[None]:
        """One of the host's slots, at the time of its turn: the booked one, else the next that is free."""
        host = self._of(name)
        host.users += 1
        try:
            async with host.slots:
                wait = booking.wait if booking is not None else self._wait(name, host)
                if wait > 0:
                    await self.sleep(wait)
                yield
        finally:
            host.users -= 1

    def pause(self, name: str, seconds: float) -> None:
        """Ask a host nothing for so long."""
        host = self._of(name)
        host.paused_until = max(host.paused_until, self.monotonic() + seconds)

    def paused(self, name: str) -> float:
        """Seconds for which the host is to be asked nothing."""
        host = self._hosts.get(name)
        return 0.0 if host is None else max(0.0, host.paused_until - self.monotonic())

    def _wait(self, name: str, host: _Host) -> float:
        if self.unpaced(name):
            return 0.0
        now = self.monotonic()
        wait = max(0.0, host.next_at - now)
        host.next_at = now + wait + self.spacing
        return wait

    def _of(self, name: str) -> _Host:
        found = self._hosts.get(name)
        if found is None:
            if len(self._hosts) >= _REMEMBERED:
                self._forget()
            found = self._hosts[name] = _Host(asyncio.Semaphore(self.per_host))
        return found

    def _forget(self) -> None:
        now = self.monotonic()
        idle = sorted((host.until, name) for name, host in self._hosts.items() if not host.users)
        past = [name for until, name in idle if until <= now] or [name for _, name in idle]
        for name in past[: max(1, _REMEMBERED // 2)]:
            del self._hosts[name]
