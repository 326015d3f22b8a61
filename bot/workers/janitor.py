"""The janitor: gives up what waits for a channel that does not come back, or for a rule that is paused.

1. now and then, look for rules that are blocked: missing permissions, deleted channels, closed direct messages
2. what they hold back for longer than three days is dropped, as is what paused ones do: it is no news any more
3. after thirty days a server's rule is removed, which its moderators are told; a follow is paused
4. a server that the bot left thirty days ago is forgotten (docs/privacy.md)

Never: touches a rule that is at work.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.clock import Clock
from bot.log import get_logger
from bot.ports import DeliveryStore, PrivacyStore

log = get_logger(__name__)

EVERY = timedelta(hours=1)
FORGOTTEN = timedelta(days=30)
"""How long what is kept of a server waits for the bot to come back."""


class Janitor:
    """The worker that tidies."""

    def __init__(self, deliveries: DeliveryStore, privacy: PrivacyStore, clock: Clock) -> None:
        self._deliveries = deliveries
        self._privacy = privacy
        self._clock = clock
        self._next: datetime | None = None

    async def step(self) -> bool:
        """Tidy, where that is due; never "busy"."""
        now = self._clock.now()
        if self._next is None or now >= self._next:
            self._next = now + EVERY
            if lapsed := await self._deliveries.tidy(now=now):
                log.info("blocked rules lapsed", rules=lapsed)
            for server in await self._privacy.left(before=now - FORGOTTEN):
                await self._privacy.forget_server(server)
                log.info("server forgotten", server=server)
        return False
