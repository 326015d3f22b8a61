"""/news, /country and /search: questions to the memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from discord import app_commands, ui
from discord.ext import commands

from bot.model import Query
from bot.services.news import NewsService
from cogs.ui import (
    CATEGORIES,
    Interaction,
    Suggesting,
    answer,
    completing,
    completing_question,
    everywhere,
    page_view,
    scope,
)


class News(Suggesting, commands.Cog):
    """Questions to the memory."""

    def __init__(self, service: NewsService, now: Callable[[], datetime]) -> None:
        self.memory = service
        self._now = now

    async def _page(self, interaction: Interaction, *, mentions: bool = False, **asked: str | None) -> ui.LayoutView:
        guild = scope(interaction)
        query: Query = await self.memory.query(guild=guild, mentions=mentions, **asked)
        return await page_view(await self.memory.find(query, guild=guild), self.memory, self._now())

    @app_commands.command(
        name="news", description="The newest items, of a topic, country, outlet or category if you like"
    )
    @app_commands.describe(
        topic='A hashtag or a phrase: securitycooperation, "fighter jet"',
        country="A country's name or code",
        outlet="One newspaper or broadcaster",
        category="One shelf of the news",
        since="24h, 7d, 2w, or a date such as 2026-11-01",
        mentions="True: also what only mentions the country",
        published_in="The country the outlet sits in",
        language="What it is written in: a language's name or code",
        filter="What must hold besides: #trade (country:JP,KR OR tariffs) -category:sport",
    )
    @app_commands.choices(category=CATEGORIES)
    @everywhere
    async def news(
        self,
        interaction: Interaction,
        topic: str | None = None,
        country: str | None = None,
        outlet: str | None = None,
        category: str | None = None,
        since: str | None = None,
        mentions: bool = False,
        published_in: str | None = None,
        language: str | None = None,
        filter: str | None = None,
    ) -> None:
        """Answer with a page of cards."""
        await answer(
            interaction,
            self._page(
                interaction,
                topic=topic,
                country=country,
                outlet=outlet,
                category=category,
                since=since,
                mentions=mentions,
                published_in=published_in,
                language=language,
                filter=filter,
            ),
        )

    @app_commands.command(name="country", description="The newest items about a country")
    @app_commands.describe(
        country="Its name or code",
        topic="A hashtag or a phrase",
        since="24h, 7d, 2w, or a date",
        mentions="True: also what only mentions it",
    )
    @everywhere
    async def country(
        self,
        interaction: Interaction,
        country: str,
        topic: str | None = None,
        since: str | None = None,
        mentions: bool = False,
    ) -> None:
        """Answer with a page of cards."""
        await answer(interaction, self._page(interaction, country=country, topic=topic, since=since, mentions=mentions))

    @app_commands.command(name="search", description="The newest items that hold all your words")
    @app_commands.describe(
        words='Words, and "phrases in quotes"', country="A country's name or code", since="24h, 7d, 2w, or a date"
    )
    @everywhere
    async def search(
        self, interaction: Interaction, words: str, country: str | None = None, since: str | None = None
    ) -> None:
        """Answer with a page of cards."""
        await answer(interaction, self._page(interaction, words=words, country=country, since=since))

    completing_question(news)
    completing(news, since=Suggesting.spans)
    completing(country, topic=Suggesting.topics, country=Suggesting.countries, since=Suggesting.spans)
    completing(search, country=Suggesting.countries, since=Suggesting.spans)
