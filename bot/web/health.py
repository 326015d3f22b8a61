"""/healthz, /readyz and /metrics: for a supervisor, a load balancer and Prometheus, on a port of their own.

/healthz answers 503 where a worker hangs: restart the process. /readyz answers 503 while the memory or Discord cannot
be used: wait. Neither says anything of servers, people or news.
"""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from bot.clock import Clock
from bot.errors import StorageError
from bot.meters import Meters
from bot.ports import DeliveryStore, NewsStore, SourceStore

FORMAT = "text/plain; version=0.0.4; charset=utf-8"


class Health:
    """Answers those who look after the process."""

    def __init__(
        self,
        meters: Meters,
        news: NewsStore,
        sources: SourceStore,
        deliveries: DeliveryStore,
        clock: Clock,
        *,
        with_discord: bool = True,
    ) -> None:
        """`with_discord`: whether the process needs it."""
        self._meters = meters
        self._news = news
        self._sources = sources
        self._deliveries = deliveries
        self._clock = clock
        self._with_discord = with_discord

    def routes(self) -> list[web.RouteDef]:
        """The three routes."""
        return [
            web.get("/healthz", self._healthz),
            web.get("/readyz", self._readyz),
            web.get("/metrics", self._metrics),
        ]

    async def _healthz(self, _request: web.Request) -> web.Response:
        stuck = self._meters.stuck()
        return _said([f"{worker} hangs" for worker in stuck])

    async def _readyz(self, _request: web.Request) -> web.Response:
        lacking = self._with_discord and not self._meters.connection().ready
        wrong = ["Discord is not connected"] if lacking else []
        try:
            await self._news.overview()
        except StorageError:
            wrong.append("the memory cannot be read")
        return _said(wrong)

    async def _metrics(self, _request: web.Request) -> web.Response:
        now = self._clock.now()
        try:
            overview = await self._news.overview()
            known = {
                "items": overview.items,
                "feeds": overview.feeds,
                "failing_feeds": overview.failing,
                "pending_deliveries": overview.pending,
                "late_deliveries_seconds": _late(await self._deliveries.next_due(), now),
                "late_feeds_seconds": _late(await self._sources.next_due(), now),
            }
        except StorageError:  # what the process counted itself is told all the same
            known = {}
        return web.Response(body=self._meters.text(**known), headers={"Content-Type": FORMAT})


def _late(due: datetime | None, now: datetime) -> float:
    return 0.0 if due is None else max(0.0, (now - due).total_seconds())


def _said(wrong: list[str]) -> web.Response:
    return web.Response(status=503 if wrong else 200, text="\n".join(wrong or ["ok"]) + "\n")
