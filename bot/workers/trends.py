"""Trends: makes hashtags of the names that several outlets use, and lets them fade.

1. count the days that lie before the window by now, and forget which item held what
2. hear which names the window's items hold; let `news.emerging` choose, outlets' own names left out
3. settle: admit, renew what several outlets still use, let fade what they do not, in one transaction
4. give stored items of the last days the hashtags of names that they hold, a batch a transaction, by state: what was
   stopped in between is found again

New items get the admitted hashtags at ingest, which asks `slugs`. Never: an alert (stored items are not filed again),
or anything in memory that is not in the store too.
"""

from __future__ import annotations

from collections.abc import Mapping, Set as AbstractSet
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.log import get_logger
from bot.model import OPERATOR, Hearing
from bot.news import emerging
from bot.news.names import label
from bot.news.text import slug
from bot.ports import NewsStore, TagStore, TrendStore

log = get_logger(__name__)

EVERY = timedelta(minutes=5)
BATCH = 200
"""Names of stored items that are read at once; those of an item may be in two batches."""


class Trends:
    """The worker that admits hashtags."""

    def __init__(self, trends: TrendStore, tags: TagStore, news: NewsStore, clock: Clock) -> None:
        self._trends = trends
        self._tags = tags
        self._news = news
        self._clock = clock
        self._admitted: Mapping[str, str] = {}
        self._next: datetime | None = None

    def slugs(self) -> AbstractSet[str]:
        """The hashtags that new items get where they hold the name."""
        return self._admitted.keys()

    async def load(self) -> None:
        """Read what is admitted, so that the first items after a start get it too."""
        self._admitted = await self._trends.admitted()

    async def renew(self) -> bool:
        """Read again what is admitted, where another process chooses; never "busy"."""
        await self.load()
        return False

    async def step(self) -> bool:
        """Look at the window, where that is due; never "busy": one look tells all there is."""
        now = self._clock.now()
        if self._next is None or now >= self._next:
            self._next = now + EVERY
            await self.look()
        return False

    async def look(self) -> None:
        """Look at the window now."""
        now = self._clock.now()
        await self._trends.roll(window=emerging.WINDOW, baseline=emerging.BASELINE, now=now)
        heard = await self._trends.heard(window=emerging.WINDOW, baseline=emerging.BASELINE, now=now)
        admit = await self._chosen(heard)
        alive = [one.slug for one in heard.names if one.outlets >= emerging.ALIVE and one.slug in self._admitted]
        faded = await self._trends.settle(admit=admit, alive=alive, fade_before=now - emerging.FADING, now=now)
        await self.load()
        given = await self._spread()
        if admit or faded or given:
            log.info("hashtags emerged", admitted=sorted(admit), faded=sorted(faded), given=given)

    async def _chosen(self, heard: Hearing) -> dict[str, str]:
        """Names to be admitted now, with their labels; outlets name each other and themselves, which is no news."""
        await self.load()
        outlets = {slug(name) for name, _ in await self._news.outlets(guild=OPERATOR)}
        outlets |= {name.removeprefix("the") for name in outlets}
        fit = [
            one
            for one in heard.names
            if one.slug not in outlets and emerging.is_emerging(one, heard.of, heard.usual_of)
        ]
        chosen = [one.slug for one in emerging.without_contained(fit) if one.slug not in self._admitted]
        surprise = {one.slug: emerging.surprise(one.items, heard.of, one.usual, heard.usual_of) for one in fit}
        chosen.sort(key=lambda name: (-surprise[name], name))
        chosen = chosen[: max(0, emerging.ADMITTED - len(self._admitted))]
        spelled = await self._trends.spellings(chosen) if chosen else {}
        return {name: label(spelled.get(name, name)) for name in chosen}

    async def _spread(self) -> int:
        """Tag stored items; how many."""
        given = 0
        last: tuple[object, ...] = ()
        while (found := await self._trends.untagged(BATCH)) and found != last:  # what cannot be given ends it
            last = found
            await self._tags.give({item.id: [emerging.held(item, *name) for name in names] for item, names in found})
            given += len(found)
        return given
