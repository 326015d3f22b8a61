"""The desk: decides on every new item whom to tell.

1. look for unfiled items, by state;  2. hold the desk's seat;  3. let `news.rules` decide;  4. file them in one
transaction: items marked, deliveries written, refused where another desk has the seat by now.

Never: sends anything, or keeps anything in memory between steps.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.clock import Clock
from bot.errors import LeaseLost
from bot.log import get_logger
from bot.news import rules
from bot.ports import AlertStore, NewsStore

log = get_logger(__name__)

BATCH = 200
SEAT = timedelta(seconds=60)


class Desk:
    """The worker that files items."""

    def __init__(
        self,
        news: NewsStore,
        alerts: AlertStore,
        clock: Clock,
        holder: str,
        *,
        on_deliveries: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_deliveries` is called when deliveries were written."""
        self._news = news
        self._alerts = alerts
        self._clock = clock
        self._holder = holder
        self._on_deliveries = on_deliveries

    async def step(self) -> bool:
        """File one batch; whether there was anything to file and the seat was free."""
        candidates = await self._news.unfiled(BATCH)
        if not candidates:
            return False
        term = await self._news.take_seat(self._holder, SEAT, now=self._clock.now())
        if term is None:
            return False
        decided = rules.alerts(candidates, await self._alerts.all())
        try:
            written = await self._news.file(
                term, [candidate.item.id for candidate in candidates], decided, now=self._clock.now()
            )
        except LeaseLost:
            log.info("desk lost its seat", term=term)
            return False
        if written:
            self._on_deliveries()
        log.info("filed", items=len(candidates), deliveries=written)
        return True
