"""/trends, /map and /coverage: pictures of how much there is, where, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from discord import app_commands
from discord.ext import commands

from bot import cards, chart_cards
from bot.model import Query, TagKind
from bot.services.charts import SPANS, ChartService
from bot.services.news import NewsService
from bot.words import _, later, n_
from cogs.pages import lead, leading, opening, query_of
from cogs.ui import PRIVATE, Illustrated, Interaction, Suggesting, answer, completing, everywhere, scope

CHOICES = [app_commands.Choice(name=f"the last {name}", value=value) for value, (name, _, _) in SPANS.items()]
WINDOWS = {
    "24h": (later("the last 24 hours"), 1),
    "7d": (later("the last 7 days"), 7),
    "30d": (later("the last 30 days"), 30),
}
SINCE = [app_commands.Choice(name=name, value=value) for value, (name, _) in WINDOWS.items()]


class Charts(Suggesting, commands.Cog):
    """Pictures of the memory."""

    def __init__(self, charts: ChartService, service: NewsService, now: Callable[[], datetime]) -> None:
        self._charts = charts
        self.memory = service
        self._now = now

    async def _query(self, interaction: Interaction, topic: str | None, country: str | None = None) -> Query:
        return await self.memory.query(guild=scope(interaction), topic=topic, country=country)

    @app_commands.command(
        name="trends", description="Items a day against what is usual, and the stories behind the peaks"
    )
    @app_commands.describe(
        topic="A hashtag or a phrase",
        country="Only what is about a country",
        since="How far back: 30 days where nothing is chosen",
        private=PRIVATE,
    )
    @app_commands.choices(since=CHOICES)
    @everywhere
    async def trends(
        self,
        interaction: Interaction,
        topic: str | None = None,
        country: str | None = None,
        since: str = "30d",
        private: bool = False,
    ) -> None:
        """Answer with a chart."""

        async def work() -> Illustrated:
            query = await self._query(interaction, topic, country)
            found = await self._charts.trends(query, since, guild=scope(interaction))
            told = [peak.top.item for peak in found.peaks if peak.top is not None]
            rows = [opening(told)] if told else []
            return Illustrated(*chart_cards.trends_layout(found, _said(since), controls=rows))

        await answer(interaction, work(), private=private)

    @app_commands.command(name="map", description="A world map: what countries the news is about")
    @app_commands.describe(
        topic="A hashtag or a phrase", since="How far back: a week where nothing is chosen", private=PRIVATE
    )
    @app_commands.choices(since=SINCE)
    @everywhere
    async def map(
        self, interaction: Interaction, topic: str | None = None, since: str = "7d", private: bool = False
    ) -> None:
        """Answer with a map."""

        async def work() -> Illustrated:
            name, days = WINDOWS[since]
            query = await self._query(interaction, topic)
            found = await self._charts.world(query, guild=scope(interaction), since=self._now() - timedelta(days=days))
            leads = [
                lead(
                    cards.tag_name(TagKind.COUNTRY, code), query_of(TagKind.COUNTRY, code), cards.how_many_items(items)
                )
                for code, items in found.countries[:25]
            ]
            return Illustrated(*chart_cards.map_layout(found, _(name), controls=leading(leads)))

        await answer(interaction, work(), private=private)

    @app_commands.command(
        name="coverage", description="Who covers a topic or a country: outlets, their countries, languages"
    )
    @app_commands.describe(
        topic="A hashtag or a phrase",
        country="Only what is about a country",
        since="How far back: a week where nothing is chosen",
        private=PRIVATE,
    )
    @app_commands.choices(since=SINCE)
    @everywhere
    async def coverage(
        self,
        interaction: Interaction,
        topic: str | None = None,
        country: str | None = None,
        since: str = "7d",
        private: bool = False,
    ) -> None:
        """Answer with bars."""

        async def work() -> Illustrated:
            name, days = WINDOWS[since]
            query = await self._query(interaction, topic, country)
            begins = self._now() - timedelta(days=days)
            found = await self._charts.coverage(query, guild=scope(interaction), since=begins)
            leads = [
                lead(one.outlet, Query(outlet=one.outlet), cards.how_many_items(one.items))
                for one in found.outlets[:25]
            ]
            return Illustrated(*chart_cards.coverage_layout(found, _(name), controls=leading(leads)))

        await answer(interaction, work(), private=private)

    completing(trends, topic=Suggesting.topics, country=Suggesting.countries)
    completing(map, topic=Suggesting.topics)
    completing(coverage, topic=Suggesting.topics, country=Suggesting.countries)


def _said(span: str) -> str:
    _name, steps, days = SPANS[span]
    return n_("{n} week", "{n} weeks", steps) if days == 7 else n_("{n} day", "{n} days", steps)
