"""/topics: what is rising and what is big, and the buttons and the list below that answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot import cards, profile_cards
from bot.errors import UserError
from bot.model import Query, Trends
from bot.services.news import NewsService
from bot.services.trends import WINDOWS, TrendService
from bot.words import _, later
from cogs.pages import page_view
from cogs.ui import PRIVATE, Interaction, answer, answering, everywhere, scope

WINDOW = re.compile(r"r:(?P<window>[0-9]{1,2}[hd])")
TOPIC = re.compile(r"s:1")
NAMES = {"24h": later("the last 24 hours"), "7d": later("the last 7 days"), "30d": later("the last 30 days")}
CHOICES = [app_commands.Choice(name=f"the last {name}", value=value) for value, (name, _) in WINDOWS.items()]


def topics_view(trends: Trends, window: str) -> ui.LayoutView:
    """The lists with a button for each window, and a select that opens a topic."""
    rows: list[ui.Item[ui.LayoutView]] = []
    found = {one.tag: one for one in (*trends.rising, *trends.big) if len(one.tag) <= 100}
    if found:
        select: ui.Select[ui.LayoutView] = ui.Select(
            custom_id="s:1",
            placeholder=_("Open a topic …"),
            options=[
                discord.SelectOption(
                    label=cards.short(f"#{one.tag}", 100), value=one.tag, description=cards.trend_line(one)
                )
                for one in list(found.values())[:25]
            ],
        )
        rows.append(ui.ActionRow(select))
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for value in WINDOWS:
        row.add_item(
            ui.Button(
                label=profile_cards.days(WINDOWS[value][1]),
                style=discord.ButtonStyle.secondary,
                disabled=value == window,
                custom_id=f"r:{value}",
            )
        )
    rows.append(row)
    return cards.trends_layout(trends, _(NAMES[window]), controls=rows)


class Topics(commands.Cog):
    """What the news is about."""

    def __init__(self, trends: TrendService) -> None:
        self._trends = trends

    @app_commands.command(name="topics", description="Which topics are rising, and which are big")
    @app_commands.describe(window="How far back: a day where nothing is chosen", private=PRIVATE)
    @app_commands.choices(window=CHOICES)
    @everywhere
    async def topics(self, interaction: Interaction, window: str = "24h", private: bool = False) -> None:
        """Answer with two lists."""

        async def work() -> ui.LayoutView:
            return topics_view(await self._trends.topics(span(window), guild=scope(interaction)), window)

        await answer(interaction, work(), private=private)


def span(window: str) -> timedelta:
    """The duration that a choice stands for. Raises `UserError` for what no version of us offered."""
    if window not in WINDOWS:
        raise UserError(_("Choose one of these: {choices}.", choices=", ".join(WINDOWS)))
    return WINDOWS[window][1]


def topic_items(
    trends: TrendService, service: NewsService, now: Callable[[], datetime]
) -> tuple[type[ui.DynamicItem[Any]], ...]:
    """The classes that answer below any such answer ever posted, whatever was restarted since."""

    async def show(interaction: Interaction, _button: ui.Button[Any], said: Mapping[str, str]) -> None:
        """Show another window in place."""
        window = said["window"]
        found = await trends.topics(span(window), guild=scope(interaction))
        await interaction.response.edit_message(view=topics_view(found, window))

    async def open_topic(interaction: Interaction, select: ui.Select[Any], _said: Mapping[str, str]) -> None:
        """Open the page of a topic, for the person who asked alone."""

        async def work() -> ui.LayoutView:
            query = Query(topic=select.values[0])
            return await page_view(await service.find(query, guild=scope(interaction)), service, now())

        await answer(interaction, work(), private=True)

    return answering(WINDOW, show), answering(TOPIC, open_topic)
