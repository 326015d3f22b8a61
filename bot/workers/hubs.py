"""Hubs: asks for the calls that feeds offer (WebSub), and asks again before the lease ends.

1. look for a subscription that is due: offered by a feed, unanswered for a while, or with a quarter of its lease left
2. ask its hub, by the one guarded door
3. note when to ask again: where the hub's answer (bot/web/hooks.py) does not come, later and later

Never: a feed that is polled less because a hub promises to call.
"""

from __future__ import annotations

from datetime import timedelta

from bot.clock import Clock
from bot.feeds import websub
from bot.feeds.fetch import Fetcher
from bot.log import get_logger
from bot.model import FetchFailed
from bot.ports import HubStore

log = get_logger(__name__)

FIRST_WAIT = timedelta(minutes=10)
LONGEST_WAIT = timedelta(days=2)


class Hubs:
    """The worker that subscribes."""

    def __init__(self, hubs: HubStore, fetcher: Fetcher, clock: Clock, *, callback: str) -> None:
        """`callback` is the public address that hubs call, to which a token is appended."""
        self._hubs = hubs
        self._fetcher = fetcher
        self._clock = clock
        self._callback = callback

    async def step(self) -> bool:
        """Ask one hub; whether there was one to ask."""
        due, now = await self._hubs.next_due(), self._clock.now()
        if due is None or due > now:
            return False
        subscription = await self._hubs.due(now=now)
        if subscription is None:
            return False
        form = {
            "hub.mode": "subscribe",
            "hub.topic": subscription.topic,
            "hub.callback": f"{self._callback}/{subscription.token}",
            "hub.lease_seconds": str(int(websub.LEASE.total_seconds())),
        }
        if subscription.secret is not None:
            form["hub.secret"] = subscription.secret
        answer = await self._fetcher.submit(subscription.hub, form)
        wait = min(FIRST_WAIT * 2 ** min(subscription.attempts, 12), LONGEST_WAIT)
        problem = answer.detail if isinstance(answer, FetchFailed) else None
        await self._hubs.asked(subscription, asked_at=now, again_at=self._clock.now() + wait, problem=problem)
        log.info("hub asked", hub=subscription.hub, topic=subscription.topic, problem=problem)
        return True
