"""/top, /story and /random: the biggest stories, one story from its first report on, and one at random."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot import cards, story_cards
from bot.errors import UserError
from bot.model import Item, Story, Top
from bot.services.news import NewsService
from bot.services.top import TopService
from bot.words import _, slash
from cogs.pages import story_view
from cogs.ui import (
    CATEGORIES,
    PRIVATE,
    Interaction,
    Suggesting,
    answer,
    answering,
    completing,
    everywhere,
    scope,
)

TIMELINE = re.compile(r"t:(?P<item>\d{1,20})")


def story_select(found: tuple[Top, ...]) -> list[ui.Item[ui.LayoutView]]:
    """A select that opens one of the biggest stories."""
    options = [
        discord.SelectOption(
            label=cards.plain_title(top.item),
            value=str(top.item.id),
            description=cards.short(", ".join(top.story.outlets), 100),
        )
        for top in found[:25]
    ]
    return (
        [ui.ActionRow(ui.Select(custom_id="t:1", placeholder=_("Open a whole story …"), options=options))]
        if found
        else []
    )


def report_select(story: Story) -> list[ui.Item[ui.LayoutView]]:
    """A select that opens one report of a story."""
    options = [
        discord.SelectOption(label=cards.plain_title(item), value=str(item.id), description=item.outlet[:100])
        for item in story.items[:25]
    ]
    select: ui.Select[ui.LayoutView] = ui.Select(
        custom_id="o:1", placeholder=_("Open a report, and see why these tags …"), options=options
    )
    return [ui.ActionRow(select)]


class Stories(Suggesting, commands.Cog):
    """Stories, rather than items."""

    def __init__(self, service: TopService, news: NewsService, now: Callable[[], datetime]) -> None:
        self._service = service
        self.memory = news
        self._now = now

    @app_commands.command(name="top", description="The stories that most outlets tell")
    @app_commands.describe(
        country="Only what is about a country: its name or code",
        category="Only one category",
        topic="Only a hashtag or a phrase",
        since="A span of time such as 24h, 3d, 2w; a day where nothing is chosen",
        filter="What must hold besides: language:en -category:sport",
        private=PRIVATE,
    )
    @app_commands.choices(category=CATEGORIES)
    @everywhere
    async def top(
        self,
        interaction: Interaction,
        country: str | None = None,
        category: str | None = None,
        topic: str | None = None,
        since: str | None = None,
        filter: str | None = None,
        private: bool = False,
    ) -> None:
        """Answer with a numbered list."""
        guild = scope(interaction)

        async def work() -> ui.LayoutView:
            query = await self.memory.query(
                guild=guild, country=country, category=category, topic=topic, since=since, filter=filter
            )
            found = await self._service.top(query, guild=guild)
            begins = query.since if query.since is not None else self._now() - timedelta(days=1)
            span = _("since {when}", when=f"<t:{int(begins.timestamp())}:f>")
            why = None if found else await self._service.no_topic(query, guild=guild)
            return story_cards.top_layout(found, query, span, self._now(), no_topic=why, controls=story_select(found))

        await answer(interaction, work(), private=private)

    @app_commands.command(name="story", description="One story over its outlets: who told it first, and how it grew")
    @app_commands.describe(story="Words of a headline, or its link", private=PRIVATE)
    @everywhere
    async def story(self, interaction: Interaction, story: str, private: bool = False) -> None:
        """Answer with a timeline."""

        async def work() -> ui.LayoutView:
            item, whole = await self._service.story(story, guild=scope(interaction))
            return timeline(item, whole, self._now())

        await answer(interaction, work(), private=private)

    @app_commands.command(name="random", description="Any one story of the memory")
    @app_commands.describe(private=PRIVATE)
    @everywhere
    async def random(self, interaction: Interaction, private: bool = False) -> None:
        """Answer with a card."""

        async def work() -> ui.LayoutView:
            item = await self._service.random(guild=scope(interaction))
            return await story_view(item, self.memory, interaction, self._now())

        await answer(interaction, work(), private=private)

    completing(story, story=Suggesting.stories)
    completing(top, country=Suggesting.countries, topic=Suggesting.topics, since=Suggesting.spans)


def timeline(item: Item, story: Story, now: datetime) -> ui.LayoutView:
    """A story with its reports to open."""
    return story_cards.timeline_layout(story, item, now, controls=report_select(story))


def story_items(service: TopService, now: Callable[[], datetime]) -> tuple[type[ui.DynamicItem[Any]], ...]:
    """The class that answers the list below the biggest stories."""

    async def open_timeline(interaction: Interaction, component: ui.Item[Any], said: Mapping[str, str]) -> None:
        """Open the whole story of an item, for the person who asked alone."""
        chosen = component.values[0] if isinstance(component, ui.Select) else said["item"]
        if not chosen.isdecimal():
            raise UserError(
                _("That choice is from another version of the bot: ask again with {command}.", command=slash("top"))
            )
        item, story = await service.story(chosen, guild=scope(interaction))
        await interaction.response.send_message(view=timeline(item, story, now()), ephemeral=True)

    return (answering(TIMELINE, open_timeline),)
