"""What charts and maps show, and the pictures of them: items a day, countries as subjects, who covers what.

Never: a Discord type, or words for people (`bot.chart_cards` has them).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.clock import Clock
from bot.model import (
    Coverage,
    GuildId,
    ItemId,
    Peak,
    Query,
    Resolution,
    Spread,
    Trending,
)
from bot.news import series
from bot.pictures.studio import NotDrawn, Studio
from bot.pictures.subjects import Bars, Lines, Subject, World
from bot.ports import DayStore, NewsStore, ProfileStore
from bot.services.days import is_alone
from bot.services.news import NewsService

SPANS: Mapping[str, tuple[str, int, int]] = {
    "7d": ("7 days", 7, 1),
    "30d": ("30 days", 30, 1),
    "90d": ("90 days", 90, 1),
    "1y": ("52 weeks", 52, 7),
}
"""What people choose from: a name, how many steps, and the days of a step."""
COUNTED = 20_000
"""Items that are counted one by one, where no index counts them."""
LOOKED_AT = 2_000
"""Items that are broken down, the newest."""
BARS, LANGUAGES = 10, 8


class ChartService:
    """Counts, and has it drawn."""

    def __init__(
        self,
        days: DayStore,
        profiles: ProfileStore,
        news: NewsStore,
        ask: NewsService,
        studio: Studio,
        clock: Clock,
    ) -> None:
        self._days = days
        self._profiles = profiles
        self._news = news
        self._ask = ask
        self._studio = studio
        self._clock = clock

    async def trends(self, query: Query, span: str, *, guild: GuildId, drawn: bool = True) -> Trending:
        """Items a day (UTC), what is usual, and the stories behind the days that stand out. Raises `UserError`.

        Without `drawn` there is no picture.
        """
        _, shown, step = SPANS[span]
        today = self._clock.now().date()
        first = today - timedelta(days=(shown + series.BASELINE) * step - 1)
        resolution = await self._ask.resolution(query, guild=guild)
        found, counted_since = await self._counts(query, resolution, guild, first)
        watching = await self._news.watching_since()
        known = max(counted_since or first, watching.date() if watching is not None else today)
        days = [first + timedelta(days=step * number) for number in range(shown + series.BASELINE)]
        counts = [sum(found.get(day + timedelta(days=more), 0) for more in range(step)) for day in days]
        bands = series.bands(counts, shown, len([day for day in days if day >= known]))
        days, counts = days[-shown:], counts[-shown:]
        peaks = [
            await self._peak(query, resolution, guild, place, days[place], counts[place], bands[place], step)
            for place in series.peaks(counts, bands)
        ]
        lines = Lines(
            days=tuple(days),
            counts=(tuple(counts),),
            band=bands if any(band is not None for band in bands) else (),
            peaks=tuple(peak.place for peak in peaks),
        )
        return Trending(
            query=query,
            resolution=resolution,
            days=tuple(days),
            counts=tuple(counts),
            bands=bands,
            peaks=tuple(peaks),
            step=step,
            counted_since=counted_since,
            picture=await self._picture(lines) if drawn and any(counts) else None,
            no_topic=None if any(counts) else await self._ask.no_topic(query, guild=guild),
        )

    async def lines(
        self, queries: Sequence[tuple[Query, Resolution | None]], days: int, *, guild: GuildId
    ) -> bytes | None:
        """A picture of several things side by side, a line each; None where there is none."""
        today = self._clock.now().date()
        first = today - timedelta(days=days - 1)
        shown = [first + timedelta(days=number) for number in range(days)]
        counts = []
        for query, resolution in queries:
            found, _ = await self._counts(query, resolution, guild, first)
            counts.append(tuple(found.get(day, 0) for day in shown))
        return await self._picture(Lines(days=tuple(shown), counts=tuple(counts)))

    async def world(self, query: Query, *, guild: GuildId, since: datetime) -> Spread:
        """How much there is of each country as a subject. Raises `UserError`."""
        query = replace(query, since=since)
        resolution = await self._ask.resolution(query, guild=guild)
        complete = True
        if query == Query(since=since) and await self._days.is_plain(guild):
            subjects = await self._days.subjects(since=since)
        else:
            asked = await self._ask.asked(query, resolution, guild=guild)
            found = await self._profiles.breakdown(asked, guild=guild, most=COUNTED, looked_at=LOOKED_AT, shown=0)
            subjects = {one.tag: one.items for one in found.subjects}
            complete = found.looked_at == len(found.published)
        subjects.pop(query.country or "", None)
        countries = {code: items for code, items in subjects.items() if len(code) == 2}
        picture = await self._picture(World(counts=countries)) if countries else None
        order = sorted(subjects.items(), key=lambda one: (-one[1], one[0]))
        return Spread(query=query, resolution=resolution, countries=tuple(order), complete=complete, picture=picture)

    async def coverage(self, query: Query, *, guild: GuildId, since: datetime) -> Coverage:
        """Who brings what is asked: outlets, the countries that they sit in, and languages. Raises `UserError`."""
        query = replace(query, since=since)
        resolution = await self._ask.resolution(query, guild=guild)
        asked = await self._ask.asked(query, resolution, guild=guild)
        found = await self._profiles.breakdown(asked, guild=guild, most=COUNTED, looked_at=LOOKED_AT, shown=0)
        places: Counter[str] = Counter()
        for one in found.outlets:
            if one.country is not None:
                places[one.country] += one.items
        panels = (tuple(places.most_common(BARS)), tuple(found.languages[:LANGUAGES]))
        shown = tuple(panel for panel in panels if panel)
        return Coverage(
            query=query,
            resolution=resolution,
            items=len(found.published),
            complete=found.looked_at == len(found.published),
            outlets=found.outlets,
            places=tuple(places.most_common()),
            languages=found.languages,
            picture=await self._picture(Bars(panels=shown)) if shown else None,
        )

    async def _counts(
        self, query: Query, resolution: Resolution | None, guild: GuildId, first: date
    ) -> tuple[Mapping[date, int], date | None]:
        """Items by day since one, and since when they are counted where that is later."""
        criteria = self._ask.criteria(replace(query, since=None), resolution)
        simple = query.filter is None and (resolution is None or resolution.filter is None)
        if simple and is_alone(criteria) and await self._days.is_plain(guild):
            return await self._days.counts(criteria, since=first), None
        since = datetime(first.year, first.month, first.day, tzinfo=UTC)
        asked = await self._ask.asked(replace(query, since=since), resolution, guild=guild)
        published = await self._profiles.published(asked, guild=guild, most=COUNTED)
        found = Counter(moment.date() for moment in published)
        if len(published) < COUNTED:
            return found, None
        return found, published[-1].date() + timedelta(days=1)  # the oldest day is counted in part

    async def _peak(
        self,
        query: Query,
        resolution: Resolution | None,
        guild: GuildId,
        place: int,
        day: date,
        count: int,
        band: series.Band | None,
        step: int,
    ) -> Peak:
        begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
        ends = begins + timedelta(days=step)
        newest = ItemId((int(ends.timestamp()) << 20) - 1)
        found = await self._ask.top(
            replace(query, since=begins), guild=guild, newest=newest, limit=1, resolution=resolution
        )
        top = found[0] if found else None
        assert band is not None  # noqa: S101 - only days with a band stand out
        return Peak(place=place, day=day, items=count, usual=band, top=top)

    async def _picture(self, subject: Subject) -> bytes | None:
        try:
            return await self._studio.draw(subject)
        except NotDrawn:
            return None
