"""The sweeper: lets go of what is older than the operator keeps, a little at a time.

1. once an hour, begin a round: old items are marked and emptied, then deliveries, notices, headlines, visits and days
   are dropped, each until nothing is left of it
2. a step is one short write; how much it takes at once follows how long the last one took (`AIM`), so that nobody who
   writes waits for it noticeably. Between two steps the loop rests

Never: what is unfiled, waits to be posted, or stands in a story that goes on; and nothing at all that is kept for ever.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from bot.clock import Clock
from bot.log import get_logger
from bot.model import Aged
from bot.ports import RetentionStore

log = get_logger(__name__)

EVERY = timedelta(hours=1)
ANEW = timedelta(days=1)
"""How often all items are looked at from the oldest on, not those beyond the last round's alone: some were held up."""
AIM = timedelta(milliseconds=12)
"""A step that is done sooner takes twice as much the next time, one that takes twice as long half: 24 ms on a machine
with nothing else to do, so that a busy one stays below 50."""
LEAST, MOST = 1, 200
RULES = 100_000
"""Changes of rules that a desk may be behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """For how long; None is for ever."""

    news: timedelta | None = None
    deliveries: timedelta | None = None
    revisions: timedelta | None = None
    notices: timedelta | None = None
    visits: timedelta | None = None
    feed_days: timedelta | None = None
    queries: int = 100_000


class Swept(NamedTuple):
    """What a step did."""

    dropped: int
    more: bool
    """Whether there is more of it."""


Part = tuple[str, Callable[[], Awaitable[Swept]]]
"""A name, and what lets go of a little."""


def _until_none(dropped: int) -> Swept:
    return Swept(dropped, dropped > 0)


class Sweeper:
    """The worker that lets go."""

    def __init__(self, store: RetentionStore, clock: Clock, keep: Keep) -> None:
        self._store = store
        self._clock = clock
        self._keep = keep
        self._next: datetime | None = None
        self._anew: datetime | None = None
        self._after = 0
        self._delivery = 0
        self._parts: Iterator[Part] = iter(())
        self._part: Part | None = None
        self._dropped: dict[str, int] = {}
        self.batch = LEAST

    async def step(self) -> bool:
        """One short write of the round, where one is under way or due; never "busy"."""
        now = self._clock.now()
        if self._part is None:
            if self._next is not None and now < self._next:
                return False
            self._next = now + EVERY
            self._begin(now)
        if self._part is None:
            return False
        name, sweep = self._part
        began = self._clock.monotonic()
        dropped, more = await sweep()
        self._pace(timedelta(seconds=self._clock.monotonic() - began), dropped)
        self._dropped[name] = self._dropped.get(name, 0) + dropped
        if not more:
            self._part = next(self._parts, None)
            if self._part is None and any(self._dropped.values()):
                log.info("let go of", **{name: number for name, number in self._dropped.items() if number})
        return False

    def _begin(self, now: datetime) -> None:
        if self._anew is None or now >= self._anew:
            self._anew = now + ANEW
            self._after = 0
        self._delivery = 0
        self._dropped = {}
        self._parts = self._round(now)
        self._part = next(self._parts)

    def _pace(self, took: timedelta, dropped: int) -> None:
        if took > 2 * AIM:
            self.batch = max(LEAST, self.batch // 2)
        elif took < AIM and dropped >= self.batch:
            self.batch = min(MOST, self.batch * 2)

    def _round(self, now: datetime) -> Iterator[Part]:
        """The parts of a round."""
        keep = self._keep
        if (news := keep.news) is not None:
            yield "marked", partial(self._mark, now - news)
        yield "scopes", self._look
        yield "items", self._empty
        if (deliveries := keep.deliveries) is not None:
            yield "deliveries", partial(self._deliveries, now - deliveries)
        for what, span in (
            (Aged.NOTICES, keep.notices),
            (Aged.REVISIONS, keep.revisions),
            (Aged.VISITS, keep.visits),
            (Aged.FEED_DAYS, keep.feed_days),
        ):
            if span is not None:
                yield what, partial(self._drop, what, now - span)
        yield "queries", self._queries
        yield "gone rules", self._rules

    async def _mark(self, before: datetime) -> Swept:
        marked, self._after = await self._store.mark_items(before=before, after=self._after, limit=self.batch)
        return _until_none(marked)

    async def _look(self) -> Swept:
        await self._store.look_at_scopes()
        return Swept(0, more=False)

    async def _empty(self) -> Swept:
        return _until_none(await self._store.empty_items(limit=self.batch))

    async def _deliveries(self, before: datetime) -> Swept:
        dropped, after = await self._store.drop_deliveries(before=before, after=self._delivery, limit=self.batch)
        self._delivery = after or 0
        return Swept(dropped, more=after is not None)

    async def _drop(self, what: Aged, before: datetime) -> Swept:
        return _until_none(await self._store.drop(what, before=before, limit=self.batch))

    async def _queries(self) -> Swept:
        return _until_none(await self._store.drop_queries(kept=self._keep.queries, limit=self.batch))

    async def _rules(self) -> Swept:
        return _until_none(await self._store.drop_gone_rules(kept=RULES, limit=self.batch))
