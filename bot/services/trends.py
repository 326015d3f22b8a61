"""What is rising and what is big: topics in a window of time, the taxonomy's and those the news itself gave alike.

Never: a count of what a server may not see, or a rule of its own about what is surprising (`bot.news.emerging`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.model import GuildId, TopicCount, Trend, Trends
from bot.news import emerging
from bot.news.taxonomy import taxonomy
from bot.ports import TrendStore

WINDOWS: Mapping[str, tuple[str, timedelta]] = {
    "24h": ("24 hours", timedelta(hours=24)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
}
"""What people choose from: a name and a duration each."""
SHOWN = 10
"""Of each list, unless more is asked for."""
COMPARED = 2_000
"""Topics with most items in all that are looked at, beside every hashtag that is given now."""
LOOKED_AT = 5
"""Times as many surprising topics as are shown have their outlets counted: some have too few."""
OUTLETS, ITEMS = 2, 4
"""What rises has as many: one outlet's series is no trend."""
RATIO = 1.5
FRESH = timedelta(seconds=60)
KEPT = 64


class TrendService:
    """Counts topics."""

    def __init__(self, trends: TrendStore, clock: Clock) -> None:
        self._trends = trends
        self._clock = clock
        self._answers: OrderedDict[tuple[GuildId, timedelta, int], Trends] = OrderedDict()

    async def topics(self, window: timedelta, *, guild: GuildId, limit: int = SHOWN) -> Trends:
        """What is rising and what is big in the last `window`, through a server's eyes; at most a minute old."""
        now = self._clock.now()
        key = guild, window, limit
        kept = self._answers.get(key)
        if kept is None or now - kept.until > FRESH or now < kept.until:
            kept = await self._counted(now, window, guild, limit)
            self._answers[key] = kept
        self._answers.move_to_end(key)
        while len(self._answers) > KEPT:
            self._answers.popitem(last=False)
        return kept

    async def _counted(self, now: datetime, window: timedelta, guild: GuildId, limit: int) -> Trends:
        since = now - window
        before = since - max(emerging.BASELINE, 2 * window)
        items, usual, counts = await self._trends.counts(guild=guild, since=since, before=before, limit=COMPARED)
        labels = await self._trends.admitted()
        comparable = usual >= items
        surprising = [
            (emerging.surprise(one.items, items, one.usual, usual), one)
            for one in counts
            if one.items >= ITEMS
            # Where little is remembered from before, all is new: only names were chosen for being new.
            and (comparable or one.tag in labels)
            and emerging.ratio(one.items, items, one.usual, usual) >= RATIO
        ]
        rising = [one for score, one in sorted(surprising, key=_most) if score >= emerging.SURPRISE]
        rising = rising[: limit * LOOKED_AT]
        big = counts[:limit]
        outlets = await self._trends.outlets(
            list(dict.fromkeys(one.tag for one in (*rising, *big))), guild=guild, since=since
        )

        def trend(one: TopicCount) -> Trend:
            topic = taxonomy().topics.get(one.tag)
            share = one.usual / usual if usual else 0.0
            return Trend(
                tag=one.tag,
                label=topic.label if topic is not None else labels.get(one.tag, one.tag),
                items=one.items,
                outlets=outlets.get(one.tag, 0),
                ratio=round(one.items / items / share, 1) if share and comparable else None,
                emerging=topic is None and one.tag in labels,
            )

        return Trends(
            since=since,
            until=now,
            compared_since=before,
            items=items,
            rising=tuple(trend(one) for one in rising if outlets.get(one.tag, 0) >= OUTLETS)[:limit],
            big=tuple(trend(one) for one in big),
            comparable=comparable,
        )


def _most(scored: tuple[float, TopicCount]) -> tuple[float, str]:
    return -scored[0], scored[1].tag
