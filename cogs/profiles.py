"""/country, /pair and /compare: what a country or a topic is made of, alone or beside others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot import cards, chart_cards, profile_cards
from bot.model import GuildId, Named, Profile, Query, Sort, TagKind
from bot.services.charts import ChartService
from bot.services.news import NewsService
from bot.services.profiles import ProfileService
from bot.words import _, n_
from cogs.pages import carried, grey_button, lead, leading, opening, query_of
from cogs.ui import PRIVATE, Illustrated, Interaction, Suggesting, answer, choices, completing, everywhere, scope

WINDOWS = [
    app_commands.Choice(name="a day", value=1),
    app_commands.Choice(name="a week", value=7),
    app_commands.Choice(name="30 days", value=30),
]


CHARTED = 30
"""Days on a profile's chart."""


async def below(profile: Profile, sides: Sequence[Named], service: NewsService) -> list[ui.Item[ui.LayoutView]]:
    """What stands below a profile: all its items, its biggest stories, *Follow*, and what it leads on to."""
    whole = replace(profile.query, since=None)
    big = replace(profile.query, sort=Sort.BIGGEST)
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow(
        grey_button(_("All its news"), f"n:f:1:0:{await carried(whole, 8, service)}"),
        grey_button(_("Biggest stories"), f"n:s:1:0:{await carried(big, 8, service)}"),
        grey_button(_("Follow"), f"q:{await carried(whole, 2, service)}"),
    )
    rows: list[ui.Item[ui.LayoutView]] = [row]
    if profile.breakdown.newest:
        rows.append(opening(profile.breakdown.newest))
    return rows + leading(_leads(profile, sides))


async def profile_view(
    profile: Profile, sides: Sequence[Named], service: NewsService, charts: ChartService, guild: GuildId, now: datetime
) -> Illustrated:
    """A profile with a chart and what stands below it."""
    asked = [(profile.query, profile.resolution)]
    data = await charts.lines(asked, CHARTED, guild=guild) if profile.breakdown.published else None
    alt = _("Chart: items a day, {span}", span=n_("{n} day", "{n} days", CHARTED))
    picture, files = chart_cards.pictured(data, "days", alt, caption=alt)
    controls = await below(profile, sides, service)
    return Illustrated(profile_cards.profile_layout(profile, sides, now, picture=picture, controls=controls), files)


def _leads(profile: Profile, sides: Sequence[Named]) -> list[discord.SelectOption | None]:
    found = profile.breakdown
    leads = [
        lead(cards.tag_name(one.kind, one.tag), query_of(one.kind, one.tag), cards.how_many_items(one.items))
        for kind in TagKind
        for one in profile_cards.tags(profile, kind, sides)
    ]
    leads += [
        lead(one.outlet, Query(outlet=one.outlet), cards.how_many_items(one.items))
        for one in found.outlets[: profile_cards.OUTLETS]
    ]
    return leads


class Profiles(Suggesting, commands.Cog):
    """What a country or a topic is made of."""

    def __init__(
        self, profiles: ProfileService, charts: ChartService, service: NewsService, now: Callable[[], datetime]
    ) -> None:
        self._profiles = profiles
        self._charts = charts
        self.memory = service
        self._now = now

    async def _shown(self, interaction: Interaction, query: Query, sides: Sequence[Named] = ()) -> Illustrated:
        guild = scope(interaction)
        profile = await self._profiles.profile(query, guild=guild)
        return await profile_view(profile, sides, self.memory, self._charts, guild, self._now())

    @app_commands.command(name="country", description="A country: its topics of the week, who names it, its newest")
    @app_commands.describe(
        country="Its name or code",
        topic="Only a hashtag or a phrase",
        since="24h, 7d, 2w, or a date; a week where nothing is chosen",
        mentions="True: also what only mentions it",
        private=PRIVATE,
    )
    @everywhere
    async def country(
        self,
        interaction: Interaction,
        country: str,
        topic: str | None = None,
        since: str | None = None,
        mentions: bool = False,
        private: bool = False,
    ) -> None:
        """Answer with a profile."""

        async def work() -> Illustrated:
            query = await self.memory.query(
                guild=scope(interaction), country=country, topic=topic, since=since, mentions=mentions
            )
            return await self._shown(interaction, query)

        await answer(interaction, work(), private=private)

    @app_commands.command(name="pair", description="What names two countries or topics both")
    @app_commands.describe(
        first="A country or a hashtag",
        second="Another one",
        since="24h, 7d, 2w, or a date; a week where nothing is chosen",
        private=PRIVATE,
    )
    @everywhere
    async def pair(
        self, interaction: Interaction, first: str, second: str, since: str | None = None, private: bool = False
    ) -> None:
        """Answer with a profile."""

        async def work() -> Illustrated:
            query, sides = self._profiles.pair(first, second)
            spanned = await self.memory.query(guild=scope(interaction), since=since)
            return await self._shown(interaction, replace(query, since=spanned.since), sides)

        await answer(interaction, work(), private=private)

    @app_commands.command(name="compare", description="Countries or topics side by side")
    @app_commands.describe(
        first="A country or a hashtag",
        second="Another one",
        third="Another one",
        fourth="Another one",
        window="How far back: a week where nothing is chosen",
        private=PRIVATE,
    )
    @app_commands.choices(window=WINDOWS)
    @everywhere
    async def compare(
        self,
        interaction: Interaction,
        first: str,
        second: str,
        third: str | None = None,
        fourth: str | None = None,
        window: int = 7,
        private: bool = False,
    ) -> None:
        """Answer with a list."""

        async def work() -> Illustrated:
            typed = [one for one in (first, second, third, fourth) if one is not None]
            span = timedelta(days=window)
            sides = await self._profiles.compare(typed, guild=scope(interaction), window=span)
            leads = [
                lead(cards.tag_name(side.named.kind, side.named.tag), replace(side.profile.query, since=None))
                for side in sides
            ]
            asked = [(replace(side.profile.query, since=None), side.profile.resolution) for side in sides]
            shown = max(CHARTED, window)
            data = await self._charts.lines(asked, shown, guild=scope(interaction))
            named = ", ".join(cards.tag_name(side.named.kind, side.named.tag) for side in sides)
            alt = _("Chart: items a day, {span}", span=n_("{n} day", "{n} days", shown))
            picture, files = chart_cards.pictured(data, "compare", f"{alt}: {named}", caption=alt)
            view = profile_cards.compared_layout(sides, span, picture=picture, controls=leading(leads))
            return Illustrated(view, files)

        await answer(interaction, work(), private=private)

    async def _either(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Countries and hashtags alike."""
        places = self.memory.suggest_countries(typed, str(interaction.locale), limit=10)
        found = await self.memory.suggest_topics(typed, guild=scope(interaction), limit=15)
        return choices([*places, *((f"#{slug} · {cards.how_many_items(items)}", slug) for slug, items in found)])

    completing(country, country=Suggesting.countries, topic=Suggesting.topics, since=Suggesting.spans)
    completing(pair, first=_either, second=_either, since=Suggesting.spans)
    completing(compare, first=_either, second=_either, third=_either, fourth=_either)
