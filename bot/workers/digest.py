"""The digest: what was held back becomes one message, when it is due.

1. look for held stories that are due;  2. put those of one channel into a digest, which is a delivery like any other

Never: sends anything; `workers.delivery` does.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.clock import Clock
from bot.ports import DigestStore


class Gatherer:
    """The worker that makes digests."""

    def __init__(self, digests: DigestStore, clock: Clock, *, on_deliveries: Callable[[], None] = lambda: None) -> None:
        self._digests = digests
        self._clock = clock
        self._on_deliveries = on_deliveries

    async def step(self) -> bool:
        """Make or fill the digest of one channel; whether there was anything to put in."""
        if not await self._digests.gather(now=self._clock.now()):
            return False
        self._on_deliveries()
        return True
