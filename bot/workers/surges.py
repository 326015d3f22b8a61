"""Surges: tells of rules whose subject is suddenly much more frequent than usual.

1. every few minutes, go through the rules that ask for surges
2. look at what met each in the last two weeks; let `news.surge` judge
3. write a delivery, in one transaction that refuses a second one within the cool-down

Never: sends anything, or anything in memory that the store does not hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.filter_model import Filter
from bot.log import get_logger
from bot.model import AlertRule, Manner, Style
from bot.news import flow
from bot.news.filters import joined, met, together
from bot.news.surge import BEFORE, COOL_DOWN, WINDOW, surge
from bot.ports import AlertStore, DeliveryStore, DigestStore, NewsStore

log = get_logger(__name__)

EVERY = timedelta(minutes=5)
LOOKED_AT = 5_000
"""Items of the last two weeks that one rule is judged by."""


class Surges:
    """The worker that tells of surges."""

    def __init__(
        self,
        news: NewsStore,
        alerts: AlertStore,
        digests: DigestStore,
        deliveries: DeliveryStore,
        clock: Clock,
        *,
        on_deliveries: Callable[[], None] = lambda: None,
    ) -> None:
        self._news = news
        self._alerts = alerts
        self._digests = digests
        self._deliveries = deliveries
        self._clock = clock
        self._on_deliveries = on_deliveries
        self._next: datetime | None = None

    async def step(self) -> bool:
        """Look at all rules, where that is due; never "busy": one look tells all there is."""
        now = self._clock.now()
        if self._next is None or now >= self._next:
            self._next = now + EVERY
            if surging := await self._alerts.at_work(Style.SURGE):
                first = await self._news.watching_since()
                for rule in surging:
                    await self._look(rule, first, now)
        return False

    async def _look(self, rule: AlertRule, first: datetime | None, now: datetime) -> None:
        """Judge one rule; `first` is since when the bot has watched anything."""
        flows = await self._digests.flows([rule.channel], now=now)
        channel, sent = flows[rule.channel]
        if flow.held(replace(rule, manner=Manner()), channel, sent, now) is not None:
            return  # its channel is quiet, or had its messages of the hour: the next look is soon
        asked = together(joined(rule.criteria, rule.filter), Filter(since=now - BEFORE - WINDOW))
        looked_at = await self._news.matched(asked, guild=rule.guild, limit=LOOKED_AT)
        span = BEFORE + WINDOW
        if first is not None:
            span = min(span, now - first)
        if len(looked_at) == LOOKED_AT:
            span = min(span, now - looked_at[-1].item.published_at)
        found = surge([one for one in met(looked_at, asked) if now - one.item.published_at <= span], now, span)
        if found is not None and await self._deliveries.add_surge(rule, found, since=now - COOL_DOWN, now=now):
            log.info("surge", rule=rule.id, items=found.items, outlets=found.outlets, ratio=found.ratio)
            self._on_deliveries()
