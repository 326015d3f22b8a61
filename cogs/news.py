"""/news, /country and /search: questions to the memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from discord import app_commands, ui
from discord.ext import commands

from bot.model import Query
from bot.services.news import NewsService
from cogs.ui import CATEGORIES, Interaction, Suggestions, answer, everywhere, page_view, scope


class News(commands.Cog):
    """Questions to the memory."""

    def __init__(self, service: NewsService, now: Callable[[], datetime]) -> None:
        self._service = service
        self._now = now
        self._suggest = Suggestions(service)

    async def _page(self, interaction: Interaction, *, mentions: bool = False, **asked: str | None) -> ui.LayoutView:
        guild = scope(interaction)
        query: Query = await self._service.query(guild=guild, mentions=mentions, **asked)
        return await page_view(await self._service.find(query, guild=guild), self._service, self._now())

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

    @news.autocomplete("topic")
    @country.autocomplete("topic")
    async def _topics(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await self._suggest.topic(interaction, typed)

    @news.autocomplete("country")
    @news.autocomplete("published_in")
    @country.autocomplete("country")
    @search.autocomplete("country")
    async def _countries(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await self._suggest.country(interaction, typed)

    @news.autocomplete("outlet")
    async def _outlets(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await self._suggest.outlet(interaction, typed)

    @news.autocomplete("language")
    async def _languages(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await self._suggest.language(interaction, typed)

    @news.autocomplete("since")
    @country.autocomplete("since")
    @search.autocomplete("since")
    async def _since(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await self._suggest.since(interaction, typed)
