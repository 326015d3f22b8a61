"""The desk: decides on every new item which story it tells, and whom to tell of it.

1. look for unfiled items, by state, news first;  2. hold the desk's seat;  3. place each item in a story, or let it
begin one (`news.cluster`, which keeps the open stories in memory: whoever takes the seat reads them from the store
first); what is silent, such as all of many feeds' first readings, in a part of the time, since nobody waits for it;
4. of what is not silent let the rules decide (`news.rule_index`, which is brought up to date where any rule has
changed), and `news.flow` say what is held back for a digest;  5. file them in one transaction: items marked, stories
and deliveries written, cards of stories that grew marked for an edit; refused where another desk has the seat by now.
What is held goes by the rule of its channel that posts soonest; where rules have changed, it is judged anew.

Never: sends anything, or keeps anything in memory that the store does not hold: where filing fails, the stories are
read anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.errors import LeaseLost
from bot.log import get_logger
from bot.model import (
    Alert,
    AlertRule,
    Candidate,
    ChannelFlow,
    ChannelId,
    ItemId,
    Placed,
    RuleId,
    Standing,
    StoryId,
    Style,
    Waiting,
    WhyHeld,
)
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
        self._judged: int | None = None

    async def step(self) -> bool:
        """Judge what is held, where rules changed, and file one batch; whether there was any and the seat free."""
        candidates = await self._news.unfiled(BATCH)
        behind = await self._is_behind()
        if not candidates and not behind:
            return False
        term = await self._seat.hold()
        if term is None:
            self._term = None
            return False
        if behind:
            await self._judge()
        if not candidates:
            return True
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
            decided += self._met(news[start : start + PLACED_AT_ONCE], stories, members)
        return await self._held(decided) if decided else ()

    def _met(
        self,
        candidates: Sequence[Candidate],
        stories: Mapping[ItemId, StoryId],
        members: Mapping[StoryId, Sequence[Candidate]],
    ) -> list[Alert]:
        """What each rule makes of items by itself, whatever else is for its channel."""
        found = self._index.alerts(candidates, stories, members)
        return [replace(one, channel=self._rules[one.rule].channel) for one in found]

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
                # Under a channel of its own: the index gives a channel one alert, and here all of them are weighed.
                self._index.add(replace(rule, channel=ChannelId(rule.id)), joined(rule.criteria, rule.filter))
                self._rules[rule.id] = rule
        self._version = version

    def _forget(self, rule: RuleId) -> None:
        if self._rules.pop(rule, None) is not None:
            self._index.remove(rule)

    async def _held(self, decided: Sequence[Alert]) -> tuple[Alert, ...]:
        """One alert for a channel and a story, of the rule that posts soonest; with the reason where it may not now.

        Each that is posted counts for the next. What the channel has already may get a role, and is not held.
        """
        now = self._clock.now()
        places: dict[tuple[ChannelId, StoryId], list[Alert]] = {}
        for one in decided:
            places.setdefault((one.channel, one.story), []).append(one)
        flows = await self._digests.flows(list(dict.fromkeys(channel for channel, _ in places)), now=now)
        sent = {channel: count for channel, (_, count) in flows.items()}
        told = await self._digests.told(list(places))
        alerts = []
        for (channel, story), found in places.items():
            options = [
                replace(one, hold=flow.held(self._rules[one.rule], flows[channel][0], sent[channel], now))
                for one in found
            ]
            first = min(options, key=lambda one: _soonest(one, now))
            if (channel, story) not in told:
                sent[channel] += first.hold is None
                alerts.append(first)
            elif first.hold is None or first.hold.why is not WhyHeld.DIGEST:
                alerts.append(replace(first, hold=None))
        return tuple(alerts)

    async def _is_behind(self) -> bool:
        """Whether anything is held in channels of which a rule has changed since it was judged."""
        version = await self._alerts.version()
        if self._judged == version:
            return False
        if await self._digests.to_judge(await self._since(version), after=0, limit=1):
            return True
        self._judged = version
        return False

    async def _since(self, version: int) -> int:
        """The state of the rules by which all was judged last; -1 where it is of another database."""
        judged = await self._digests.judged()
        return judged if judged <= version else -1

    async def _judge(self) -> None:
        """Judge what is held in channels whose rules have changed: by which rule it goes, and when it comes."""
        await self._read_rules()
        version = self._version
        assert version is not None  # noqa: S101 - they have just been read
        since = await self._since(version)
        after = 0
        while found := await self._digests.to_judge(since, after=after, limit=BATCH):
            after = found[-1].id
            flows = await self._digests.flows(list({one.channel for one in found}), now=self._clock.now())
            others = await self._others(found)
            judged = [self._judgement(one, others.get((one.channel, one.story), ()), flows) for one in found]
            pairs = list(zip(found, judged, strict=True))
            await self._digests.judge(
                [new for old, new in pairs if new is not None and new != old],
                [old for old, new in pairs if new is None],
            )
        await self._digests.all_judged(version)
        self._judged = version

    async def _others(self, found: Sequence[Waiting]) -> dict[tuple[ChannelId, StoryId], list[Alert]]:
        """What rules of their channels make of held stories by now."""
        wanted = {(one.channel, one.story) for one in found}
        members = await self._news.members(list({one.story for one in found}))
        others: dict[tuple[ChannelId, StoryId], list[Alert]] = {}
        for story, told in members.items():
            await asyncio.sleep(0)
            news = [one for one in told if not one.silent]
            for one in self._met(news, {each.item.id: story for each in news}, {story: told}):
                if (one.channel, story) in wanted:
                    others.setdefault((one.channel, story), []).append(one)
        return others

    def _judgement(
        self,
        held: Waiting,
        others: Sequence[Alert],
        flows: Mapping[ChannelId, tuple[ChannelFlow, int]],
    ) -> Waiting | None:
        """A held story as it is to be held; None where it is for nobody.

        It stays with its rule where that is at work and posts no later than it was to. Else it goes by the rule that
        posts soonest of those that were there when it came.
        """
        settings, now = flows[held.channel][0], self._clock.now()
        own = None if held.adrift else self._rules.get(held.rule)
        mine = None if own is None else _held_by(held, own, held.item, settings, now)
        if mine is not None and mine.due_at <= max(held.due_at, now):
            return mine
        options = [] if mine is None else [mine]
        for one in others:
            rule = self._rules[one.rule]
            if rule.id != held.rule and rule.created_at <= held.since:
                options.append(_held_by(held, rule, one.item, settings, now))
        if options:
            return min(options, key=lambda one: (one.due_at, one.role is None, one.rule))
        return None if held.left_behind else held

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


def _soonest(alert: Alert, now: datetime) -> tuple[bool, datetime, bool, RuleId]:
    """What comes first, of alerts of one story: what is posted now, then by time; of the same, one with a role."""
    held = alert.hold is not None
    return held, now if alert.hold is None else alert.hold.until, alert.role is None, alert.rule


def _held_by(held: Waiting, rule: AlertRule, item: ItemId, settings: ChannelFlow, now: datetime) -> Waiting:
    """A held story as a rule holds it; what should have come already comes now, or after quiet hours."""
    hold = flow.held(rule, settings, 0, held.since)
    until = held.since if hold is None else hold.until
    return replace(
        held,
        rule=rule.id,
        item=item,
        role=rule.role,
        why=held.why if hold is None else hold.why,
        due_at=until if until > now else flow.quiet_until(settings, now),
    )


def _as_stored(placement: Placement) -> Placed:
    tie = placement.tie
    return Placed(
        item=ItemId(int(placement.item)),
        story=StoryId(int(placement.story)),
        tie=None if tie is None else replace(tie, score=round(tie.score, 2)),
    )
