"""The desk: decides on every new item which story it tells, and whom to tell of it.

1. look for unfiled items, by state, news first;  2. hold the desk's seat;  3. place each item in a story, or let it
begin one (`news.cluster`, which keeps the open stories in memory: whoever takes the seat reads them from the store
first); what is silent, such as all of many feeds' first readings, in a part of the time, since nobody waits for it;
4. of what is not silent let the rules decide (`news.rule_index`, which is brought up to date where any rule has
changed), and `news.flow` say what is held back for a digest;  5. file them in one transaction: items marked, stories
and deliveries written, cards of stories that grew marked for an edit; refused where another desk has the seat by now.

Never: sends anything, or keeps anything in memory that the store does not hold: where filing fails, the stories are
read anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.errors import LeaseLost
from bot.log import get_logger
from bot.model import Alert, AlertRule, Candidate, ChannelId, ItemId, Placed, RuleId, Standing, StoryId, Style
from bot.news import flow
from bot.news.cluster import Clusterer, Placement
from bot.news.filters import joined
from bot.news.marks import of_item
from bot.news.open_items import WINDOW
from bot.news.rule_index import RuleIndex
from bot.ports import AlertStore, DigestStore, NewsStore
from bot.workers.seat import Seat

log = get_logger(__name__)

BATCH = 200
PLACED_AT_ONCE = 8
"""Items between two looks at the event loop: some milliseconds."""
RULES_AT_ONCE = 100
SILENT_SHARE = 1 / 4
"""Of the time, what placing silent items takes at most."""


class Desk:
    """The worker that files items."""

    def __init__(
        self,
        news: NewsStore,
        alerts: AlertStore,
        clock: Clock,
        seat: Seat,
        *,
        digests: DigestStore,
        most_open: int,
        on_deliveries: Callable[[], None] = lambda: None,
    ) -> None:
        """`most_open` items are compared with, the newest; `on_deliveries` is called when deliveries were written."""
        self._news = news
        self._alerts = alerts
        self._clock = clock
        self._seat = seat
        self._digests = digests
        self._on_deliveries = on_deliveries
        self._term: int | None = None
        self._most_open = most_open
        self._stories = Clusterer(most=most_open)
        self._index = RuleIndex()
        self._rules: dict[RuleId, AlertRule] = {}
        self._version: int | None = None

    async def step(self) -> bool:
        """File one batch; whether there was anything to file and the seat was free."""
        candidates = await self._news.unfiled(BATCH)
        if not candidates:
            return False
        term = await self._seat.hold()
        if term is None:
            self._term = None
            return False
        if term != self._term:
            await self._read()
        # Until it is filed, what is placed stands in memory alone: whatever goes wrong, it is read anew.
        self._term = None
        placed = await self._placed(candidates)
        decided = await self._decided(candidates, placed)
        try:
            written = await self._news.file(term, placed, decided, now=self._clock.now())
        except LeaseLost:
            log.info("desk lost its seat", term=term)
            return False
        self._term = term
        if written:
            self._on_deliveries()
        log.info("filed", items=len(candidates), stories=sum(one.tie is None for one in placed), deliveries=written)
        return True

    async def _read(self) -> None:
        """The open stories, as they are stored."""
        self._stories = Clusterer(most=self._most_open)
        read = 0
        async for item, story in self._news.open_stories(self._clock.now() - WINDOW, self._most_open):
            if read % PLACED_AT_ONCE == 0:
                await asyncio.sleep(0)
            self._stories.restore(of_item(item), story)
            read += 1
        if read:
            log.info("stories read", items=read, stories=self._stories.stories)

    async def _placed(self, candidates: Sequence[Candidate]) -> list[Placed]:
        placed: list[Placed] = []
        may_wait = all(one.silent for one in candidates)
        began = self._clock.monotonic()
        for number, candidate in enumerate(candidates):
            if number and number % PLACED_AT_ONCE == 0:
                took = timedelta(seconds=self._clock.monotonic() - began)
                await self._clock.sleep(took * (1 / SILENT_SHARE - 1) if may_wait else timedelta())
                began = self._clock.monotonic()
            if candidate.story is not None:
                placed.append(Placed(item=candidate.item.id, story=candidate.story, tie=None))
            else:
                placement = _as_stored(self._stories.add(of_item(candidate.item)))
                placed.append(replace(placement, silent=candidate.silent))
        return placed

    async def _decided(self, candidates: Sequence[Candidate], placed: Sequence[Placed]) -> tuple[Alert, ...]:
        await self._read_rules()
        stories = {one.item: one.story for one in placed}
        members = await self._members(candidates, placed) if self._index.wants_outlets else {}
        news = [one for one in candidates if not one.silent]
        decided: list[Alert] = []
        for start in range(0, len(news), PLACED_AT_ONCE):
            await asyncio.sleep(0)
            decided += self._index.alerts(news[start : start + PLACED_AT_ONCE], stories, members)
        return await self._held(_once(decided)) if decided else ()

    async def _read_rules(self) -> None:
        """Bring the index up to date, where any rule has changed since it was read."""
        version = await self._alerts.version()
        if version == self._version:
            return
        version, changed, gone = await self._alerts.changed(-1 if self._version is None else self._version)
        for key in gone:
            self._forget(key)
        for number, rule in enumerate(changed):
            if number % RULES_AT_ONCE == 0:
                await asyncio.sleep(0)
            # A blocked rule still collects. One that asks for surges no item meets: `workers.surges` looks at those.
            if rule.standing is Standing.PAUSED or rule.manner.style is Style.SURGE:
                self._forget(rule.id)
            else:
                self._index.add(rule, joined(rule.criteria, rule.filter))
                self._rules[rule.id] = rule
        self._version = version

    def _forget(self, rule: RuleId) -> None:
        if self._rules.pop(rule, None) is not None:
            self._index.remove(rule)

    async def _held(self, decided: Sequence[Alert]) -> tuple[Alert, ...]:
        """The alerts, those that may not be posted now with the reason; each that is posted counts for the next."""
        now = self._clock.now()
        flows = await self._digests.flows(list(dict.fromkeys(one.channel for one in decided)), now=now)
        sent = {channel: count for channel, (_, count) in flows.items()}
        told = await self._digests.told([(one.channel, one.story) for one in decided])
        alerts = []
        for one in decided:
            if (one.channel, one.story) in told:  # nothing is posted anew: the store keeps a story to one message
                alerts.append(one)
                continue
            hold = flow.held(self._rules[one.rule], flows[one.channel][0], sent[one.channel], now)
            sent[one.channel] += hold is None
            alerts.append(replace(one, hold=hold))
        return tuple(alerts)

    async def _members(
        self, candidates: Sequence[Candidate], placed: Sequence[Placed]
    ) -> dict[StoryId, list[Candidate]]:
        """What each story of these items holds, those already filed first."""
        members: dict[StoryId, list[Candidate]] = {one.story: [] for one in placed}
        for story, filed in (await self._news.members(list(members))).items():
            members[story] += filed
        for candidate, one in zip(candidates, placed, strict=True):
            if candidate.story is None:  # else it is among the filed ones
                members[one.story].append(candidate)
        return members


def _once(decided: Sequence[Alert]) -> list[Alert]:
    """One alert for a channel and a story, the first with a role where any has one."""
    once: dict[tuple[ChannelId, StoryId], Alert] = {}
    for one in decided:
        earlier = once.setdefault((one.channel, one.story), one)
        if earlier.role is None and one.role is not None:
            once[one.channel, one.story] = one
    return list(once.values())


def _as_stored(placement: Placement) -> Placed:
    tie = placement.tie
    return Placed(
        item=ItemId(int(placement.item)),
        story=StoryId(int(placement.story)),
        tie=None if tie is None else replace(tie, score=round(tie.score, 2)),
    )
