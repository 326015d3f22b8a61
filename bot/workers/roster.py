"""The roster: lets the processes of one bot know of each other.

1. say every few seconds that this process is there, and read which others are
2. set the shared clock by the database's
3. work out which share of the channels this deliverer has

Never: what correctness hangs on. Leases, seats and unique keys hold although two processes see different rosters.
"""

from __future__ import annotations

from datetime import timedelta

from bot.clock import SharedClock, elapsed
from bot.errors import ConfigError
from bot.log import get_logger
from bot.ports import ProcessStore
from bot.roles import Process, Share, clash, named, share

log = get_logger(__name__)

EVERY = timedelta(seconds=5)
QUICK_S = 1.0
"""An answer of the database's clock that took longer is passed over."""


class Roster:
    """What one process knows of the others."""

    def __init__(self, store: ProcessStore, me: Process, clock: SharedClock) -> None:
        self.me = me
        self.others: tuple[Process, ...] = ()
        self.share = Share()
        self._store = store
        self._clock = clock

    async def join(self) -> None:
        """Come in. Raises `ConfigError` where another gateway answers some of the same servers."""
        self.others = await self._store.there(now=self._clock.now())
        other = clash(self.others, self.me)
        if other is not None:
            raise ConfigError(
                f"the gateway {other.id} connects the shards {other.shards or 'all'}, this one "
                f"{self.me.shards or 'all'}: stop it first, or give them shards apart, of the same number (--shards)"
            )
        await self.step()

    async def step(self) -> bool:
        """Say that this process is there, and look around; never "busy"."""
        await set_clock(self._clock, self._store)
        there = await self._store.meet(self.me, now=self._clock.now())
        self.others = tuple(each for each in there if each.id != self.me.id)
        part = share(there, self.me.id)
        if part != self.share:
            log.info("share of the channels", part=part.part + 1, of=part.parts)
            self.share = part
        return False

    async def leave(self) -> None:
        """Go, so that the others need not wait to miss this process."""
        await self._store.leave(self.me)
        log.info("left", process=self.me.id, roles=named(self.me.roles))


async def set_clock(clock: SharedClock, store: ProcessStore) -> None:
    """Set a clock by the database's, where that answers quickly enough to be of use."""
    asked = elapsed()
    now = await store.time()
    told = elapsed()
    if told - asked <= QUICK_S:
        clock.set(now, asked_at=asked, told_at=told)
