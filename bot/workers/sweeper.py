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
        self._parts: Iterator[tuple[str, Callable[[], Awaitable[int | None]]]] = iter(())
        self._part: tuple[str, Callable[[], Awaitable[int | None]]] | None = None
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
        dropped = await sweep()
        self._pace(timedelta(seconds=self._clock.monotonic() - began), dropped or 0)
        self._dropped[name] = self._dropped.get(name, 0) + (dropped or 0)
        if dropped is None:
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

    def _round(self, now: datetime) -> Iterator[tuple[str, Callable[[], Awaitable[int | None]]]]:
        """The parts of a round: each a name, and what does a little of it and gives None where none is left."""
        keep = self._keep
        if (news := keep.news) is not None:
            yield "marked", lambda: self._mark(now - news)
        yield "scopes", self._look
        yield "items", self._empty
        if (deliveries := keep.deliveries) is not None:
            yield "deliveries", lambda: self._deliveries(now - deliveries)
        for what, span in (
            (Aged.NOTICES, keep.notices),
            (Aged.REVISIONS, keep.revisions),
            (Aged.VISITS, keep.visits),
            (Aged.FEED_DAYS, keep.feed_days),
        ):
            if span is not None:
                yield what, lambda what=what, span=span: self._drop(what, now - span)  # type: ignore[misc]
        yield "queries", self._queries
        yield "gone rules", self._rules

    async def _mark(self, before: datetime) -> int | None:
        marked, self._after = await self._store.mark_items(before=before, after=self._after, limit=self.batch)
        return marked or None

    async def _look(self) -> None:
        await self._store.look_at_scopes()

    async def _empty(self) -> int | None:
        return await self._store.empty_items(limit=self.batch) or None

    async def _deliveries(self, before: datetime) -> int | None:
        dropped, after = await self._store.drop_deliveries(before=before, after=self._delivery, limit=self.batch)
        self._dropped["deliveries"] = self._dropped.get("deliveries", 0) + (dropped if after is None else 0)
        self._delivery = after or 0
        return None if after is None else dropped

    async def _drop(self, what: Aged, before: datetime) -> int | None:
        return await self._store.drop(what, before=before, limit=self.batch) or None

    async def _queries(self) -> int | None:
        return await self._store.drop_queries(kept=self._keep.queries, limit=self.batch) or None

    async def _rules(self) -> int | None:
        return await self._store.drop_gone_rules(kept=RULES, limit=self.batch) or None
