"""/topic: what a topic is made of, and a server's own topics, tried before they are saved."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot import cards, page_cards
from bot.model import OwnTopic, Phrase, Tried
from bot.services.charts import ChartService
from bot.services.news import NewsService
from bot.services.profiles import ProfileService
from bot.services.topics import COUNTED, REACH, TopicService
from bot.words import _, n_, slash
from cogs.profiles import profile_view
from cogs.rules import fitting
from cogs.ui import (
    PRIVATE,
    Illustrated,
    Interaction,
    Suggesting,
    answer,
    answering,
    choices,
    completing,
    managed,
    scope,
)

SAVE = re.compile(r"v:(?P<slug>.{1,90})")


@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
class Topic(Suggesting, commands.GroupCog, name="topic", description="What a topic is made of, and this server's own"):
    """One topic, and a server's own ones."""

    def __init__(
        self,
        topics: TopicService,
        profiles: ProfileService,
        charts: ChartService,
        service: NewsService,
        now: Callable[[], datetime],
    ) -> None:
        self._topics = topics
        self._profiles = profiles
        self._charts = charts
        self.memory = service
        self._now = now

    @app_commands.command(name="show", description="A topic: its countries of the week, who covers it, its newest")
    @app_commands.describe(
        topic="A hashtag or a phrase",
        country="Only what is about a country",
        since="24h, 7d, 2w, or a date; a week where nothing is chosen",
        private=PRIVATE,
    )
    async def show(
        self,
        interaction: Interaction,
        topic: str,
        country: str | None = None,
        since: str | None = None,
        private: bool = False,
    ) -> None:
        """Answer with a profile."""

        async def work() -> Illustrated:
            query = await self.memory.query(guild=scope(interaction), topic=topic, country=country, since=since)
            profile = await self._profiles.profile(query, guild=scope(interaction))
            return await profile_view(profile, (), self.memory, self._charts, scope(interaction), self._now())

        await answer(interaction, work(), private=private)

    @app_commands.command(name="add", description="A topic of this server's own: tried first (needs Manage Server)")
    @app_commands.describe(
        name="What it is called: its hashtag is made of it",
        phrases="What an item must hold one of, a comma between: frigate, destroyer, patrol vessel",
        excluded="What it must not hold, a comma between: star destroyer",
    )
    async def add(self, interaction: Interaction, name: str, phrases: str, excluded: str | None = None) -> None:
        """Show what it would have met, with a button that saves it."""
        guild = managed(interaction)

        async def work() -> ui.LayoutView:
            topic, tried = await self._topics.draft(guild, name, phrases, excluded)
            save: ui.Button[ui.LayoutView] = ui.Button(
                label=_("Save"), style=discord.ButtonStyle.success, custom_id=f"v:{topic.slug}"
            )
            return tried_view(topic, tried, self._now(), save)

        await answer(interaction, work(), private=True)

    @app_commands.command(name="list", description="This server's own topics")
    async def show_all(self, interaction: Interaction) -> None:
        """Show what each is met by."""

        async def work() -> ui.LayoutView:
            found = await self._topics.own(scope(interaction))
            if not found:
                how = _("{command} makes one, for those with Manage Server.", command=cards.code(slash("topic add")))
                return cards.notice(_("No topic of this server's own"), how)
            title = n_("{n} topic of this server's own", "{n} topics of this server's own", len(found))
            return cards.notice(title, *fitting([described(one) for one in found], offers="topic show"))

        await answer(interaction, work(), private=True)

    @app_commands.command(name="remove", description="Remove a topic of this server's own (needs Manage Server)")
    @app_commands.describe(topic="Which one")
    async def remove(self, interaction: Interaction, topic: str) -> None:
        """Forget it."""
        guild = managed(interaction)

        async def work() -> ui.LayoutView:
            tag = await self._topics.remove(guild, topic)
            return cards.notice(
                _("Topic removed"),
                _(
                    "#{tag} is no topic here any more. Alerts that asked for it go on as they were set; {command} "
                    "shows them.",
                    tag=cards.error(tag),
                    command=cards.code(slash("alert list")),
                ),
            )

        await answer(interaction, work(), private=True)

    async def _own(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        wanted = typed.strip().casefold()
        found = await self._topics.own(scope(interaction))
        return choices([(f"#{one.slug}", one.slug) for one in found if wanted.lstrip("#") in one.slug])

    completing(show, country=Suggesting.countries, topic=Suggesting.topics, since=Suggesting.spans)
    completing(remove, topic=_own)


def described(topic: OwnTopic) -> str:
    """A topic with what it is met by, on one line."""
    phrases = _listed(topic.phrases)
    if topic.excluded:
        phrases = _("{phrases}, without {excluded}", phrases=phrases, excluded=_listed(topic.excluded))
    return f"- **#{cards.error(topic.slug)}**: {phrases}"


def tried_view(topic: OwnTopic, tried: Tried, now: datetime, save: ui.Button[ui.LayoutView]) -> ui.LayoutView:
    """A draft with what it would have met."""
    met = cards.how_many_items(tried.total)
    if tried.total > COUNTED:
        met = _("more than {items}", items=cards.how_many_items(COUNTED))
    said = [_("In the last {days} days it would have met: **{items}**.", days=REACH.days, items=met)]
    if topic.excluded and tried.total <= COUNTED:
        said.append(_("What is excluded left out: {items}.", items=cards.how_many_items(tried.excluded)))
    if tried.newest:
        said.append(_("The newest:"))
    lines = [described(topic), " ".join(said)]
    if not tried.total:
        hint = _(
            "That may be right, for what has not happened yet. Else try other words: {command} shows what is written.",
            command=cards.code(slash("search")),
        )
        lines.append(f"-# {hint}")
    return page_cards.drafted_layout(_("Not saved yet"), lines, tried.newest, now, controls=[ui.ActionRow(save)])


def _listed(phrases: Sequence[Phrase]) -> str:
    return ", ".join(f"“{cards.error(cards.short(one.typed, 60))}”" for one in phrases)


def own_topic_items(topics: TopicService) -> tuple[type[ui.DynamicItem[Any]], ...]:
    """The class that answers *Save*."""

    async def save(interaction: Interaction, _button: ui.Item[Any], said: Mapping[str, str]) -> None:
        topic, changed = await topics.save(managed(interaction), said["slug"])
        heed = n_(
            "{n} alert asks for it and heeds it from now on.",
            "{n} alerts ask for it and heed it from now on.",
            changed,
        )
        ways = _(
            "{news} finds it, also in what came before; {alert} and {follow} take it.",
            news=cards.code(slash("news", topic=topic.slug)),
            alert=cards.code(slash("alert add")),
            follow=cards.code(slash("follow add")),
        )
        view = cards.notice(_("Topic saved"), described(topic), heed if changed else "", ways)
        await interaction.response.edit_message(view=view)

    return (answering(SAVE, save),)
