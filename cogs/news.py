"""/news and /search: questions to the memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from discord import app_commands, ui
from discord.ext import commands

from bot.model import Sort, UserId
from bot.services.news import NewsService
from bot.services.visits import VisitService
from bot.words import _
from cogs.pages import page_view
from cogs.ui import (
    CATEGORIES,
    PRIVATE,
    Interaction,
    Suggesting,
    answer,
    completing,
    completing_question,
    everywhere,
    scope,
    suggest_since,
)

SORTS = [
    app_commands.Choice(name="the newest", value=Sort.NEWEST.value),
    app_commands.Choice(name="the biggest stories", value=Sort.BIGGEST.value),
    app_commands.Choice(name="the most relevant", value=Sort.RELEVANT.value),
]
LAST_VISIT = "last visit"


class News(Suggesting, commands.Cog):
    """Questions to the memory."""

    def __init__(self, service: NewsService, visits: VisitService, now: Callable[[], datetime]) -> None:
        self.memory = service
        self._visits = visits
        self._now = now

    async def _page(self, interaction: Interaction, *, mentions: bool = False, **asked: str | None) -> ui.LayoutView:
        guild = scope(interaction)
        again = (asked.get("since") or "").strip().casefold() == LAST_VISIT
        if again:
            asked["since"] = None
        query = await self.memory.query(guild=guild, mentions=mentions, **asked)
        if again:
            query = await self._visits.since(query, person=UserId(interaction.user.id), guild=guild)
        return await page_view(await self.memory.find(query, guild=guild), self.memory, self._now())

    @app_commands.command(
        name="news", description="The newest items, of a topic, country, outlet or category if you like"
    )
    @app_commands.describe(
        topic='A hashtag or a phrase: securitycooperation, "fighter jet"',
        country="A country's name or code",
        outlet="One newspaper or broadcaster",
        category="One shelf of the news",
        since="24h, 7d, 2w, a date such as 2026-11-01, or: last visit",
        mentions="True: also what only mentions the country",
        published_in="The country the outlet sits in",
        language="What it is written in: a language's name or code",
        filter="What must hold besides: #trade (country:JP,KR OR tariffs) -category:sport",
        sort="What stands first: the newest where nothing is chosen",
        private=PRIVATE,
    )
    @app_commands.choices(category=CATEGORIES, sort=SORTS)
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
        sort: str | None = None,
        private: bool = False,
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
                sort=sort,
            ),
            private=private,
        )

    @app_commands.command(name="search", description="The newest items that hold all your words")
    @app_commands.describe(
        words='Words, and "phrases in quotes"',
        country="A country's name or code",
        since="24h, 7d, 2w, or a date",
        private=PRIVATE,
    )
    @everywhere
    async def search(
        self,
        interaction: Interaction,
        words: str,
        country: str | None = None,
        since: str | None = None,
        private: bool = False,
    ) -> None:
        """Answer with a page of cards."""
        await answer(interaction, self._page(interaction, words=words, country=country, since=since), private=private)

    async def _times(self, _interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = suggest_since(typed)
        name = _("since my last visit")
        if typed.strip().casefold() in f"{LAST_VISIT} {name}":
            found.append(app_commands.Choice(name=name[:100], value=LAST_VISIT))
        return found

    completing_question(news)
    completing(news, since=_times)
    completing(search, country=Suggesting.countries, since=_times)
