"""/help: what the bot does, by topic, with examples to tap.

A command's name becomes Discord's own mention of it, which types it in when tapped, where Discord says its number.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot import cards
from bot.errors import UserError
from bot.model import Query, Sort
from bot.services.sources import SourceService
from cogs.pages import grey_button, menu, packed
from cogs.ui import Interaction, answer, answering, everywhere

TOPIC = re.compile(r"h:1")
COMMAND = re.compile(r"\{(/[a-z ]+)\}")


Numbers = Callable[[], Awaitable[Mapping[str, int]]]
"""Gives Discord's numbers of the commands, by name; empty where Discord does not say."""


@dataclass(frozen=True, slots=True)
class Part:
    """One topic of the help."""

    title: str
    about: str
    """What the list says of it."""
    text: str
    """``{/news}`` stands for the command's mention."""
    examples: tuple[tuple[str, Query], ...] = ()
    """Buttons: a label, and what it asks."""


PARTS = {
    "ask": Part(
        "Asking",
        "topics, countries, words, and how they combine",
        """{/news} answers with a page of cards, newest first.
- `topic:securitycooperation`: any hashtag or phrase, however it is written, listed or not.
- `country:Japan category:Politics since:7d`: options combine. None: the newest of all.
- `since:last visit`: what is new since you last asked the same. `private:True`: for you alone.
- {/search} `words:"fighter jet" export`: what holds all of it.

Below a page: the biggest stories first, a list that opens a story, and one that leads on.""",
        (
            ("#securitycooperation", Query(topic="securitycooperation")),
            ("🇯🇵 Japan", Query(country="JP")),
            ("The newest of all", Query(sort=Sort.NEWEST)),
        ),
    ),
    "stories": Part(
        "Stories",
        "the biggest ones, one from its first report on, what rises",
        """Reports of one event are one story, across outlets and languages.
- {/top} `country:Japan`: the stories that most outlets tell.
- {/story}: one of them, from its first report on, and how the headlines differ.
- {/trends} `topic:tariffs`: how much a day, and the stories behind the peaks. {/map} and {/coverage}: where, by whom.
- {/topics}: which topics rise, and which are big. {/random}: any one story.
- *Apps*, *Related news* in the menu of any message: what the memory has on it.""",
        (("The biggest stories", Query(sort=Sort.BIGGEST)),),
    ),
    "pages": Part(
        "Countries and topics",
        "what one is made of, two together, several side by side",
        """- {/country} `country:Philippines`: its topics, who is named with it, who covers it, its newest.
- {/topic show} `topic:trade`: the same of a topic.
- {/pair} `first:Japan second:Philippines`: what names both.
- {/compare} `first:Japan second:South Korea third:tariffs`: two to four side by side.""",
    ),
    "filters": Part(
        "Filters",
        "one line that says just what is meant",
        """`filter` of {/news}, {/top}, {/alert add} and {/follow add} takes one line:
- `#trade (country:JP,KR OR tariffs) -category:sport`
- `"security cooperation" country:JP+PH`: a comma is either, a plus both.
- `outlet:"The Wire"`, `from:FR` (where the outlet sits), `language:fr`, `mentions:NATO`, `outlets:3`
- A minus or `NOT` excludes; brackets hold together. What is wrong is pointed at.""",
        (("#trade without sport", Query(filter="#trade -category:sport")),),
    ),
    "follow": Part(
        "Be told yourself",
        "by direct message, or in a private thread",
        """- {/follow add} `topic:securitycooperation country:Japan`: stories come by direct message, \
each once. *Follow* below any card does the same.
- {/follow hours} `quiet:22:00-07:00 timezone:Asia/Manila`: when.
- {/follow list}, {/follow pause}, {/follow resume}, {/follow remove}; *Less like this* leaves something out.""",
    ),
    "alert": Part(
        "Tell a channel",
        "for those with Manage Server",
        """- {/setup}: a first alert by choosing.
- {/alert add} `channel:#news topic:securitycooperation`: stories are posted there, each once; \
what other outlets add is written into the same card. A forum gets a post for each. \
Digests, surges and `min_outlets` keep it quiet.
- {/alert preview}: what would have come in the last week. {/alert limits}: how much an hour, quiet hours, time zone.
- {/topic add} `name:Our frigates phrases:frigate, F126`: a topic of this server's own.
- {/alert list}, {/alert edit}, {/alert pause}, {/alert resume}, {/alert remove}; {/why} says why something \
was posted, or was not.""",
    ),
    "sources": Part(
        "What is watched",
        "sources, and a server's own",
        """- {/sources}: every source and how it fares.
- {/source add} `url:example.org`: the feeds of a site, for this server alone (Manage Server).
- {/source import} and {/source export}: a whole list, in OPML. {/source remove}, {/source pause}, {/source resume}, \
{/source check}; {/source tell}: where to hear of those that fail.""",
    ),
    "tags": Part(
        "Why these tags",
        "the words that caused each, and what to do about a wrong one",
        """Every tag keeps the words that caused it: open a story to see them, or ask {/tag why}.
- {/tag fix} `story:… remove:Türkiye`: corrects one for this server (Manage Server); it stays so.
- {/why} says how a story came, and what each alert made of it.""",
    ),
}
CHOICES = [app_commands.Choice(name=part.title, value=name) for name, part in PARTS.items()]
MOST = 3
"""Examples of the first page."""


class Help(commands.Cog):
    """What to type."""

    def __init__(self, sources: SourceService, numbers: Numbers) -> None:
        self._sources = sources
        self._numbers = numbers

    @app_commands.command(name="help", description="What I do and what to type")
    @app_commands.describe(topic="What it is about: all in short where nothing is chosen")
    @app_commands.choices(topic=CHOICES)
    @everywhere
    async def help(self, interaction: Interaction, topic: str | None = None) -> None:
        """Show what to type, with examples."""

        async def work() -> ui.LayoutView:
            return await help_view(topic, self._sources, await self._numbers())

        await answer(interaction, work(), private=True)


async def help_view(topic: str | None, sources: SourceService, ids: Mapping[str, int]) -> ui.LayoutView:
    """One topic of the help, or what there is. Raises `UserError` for a topic that no version of us offered."""
    if topic is None:
        overview = await sources.overview()
        text = (
            "## Dateline\nI watch the news, tag every item with topics and countries, and remember it. "
            f"So far: **{overview.items:,}** items from **{overview.feeds:,}** feeds.\n\n"
            "{/news} `topic:securitycooperation` is how one asks; {/setup} has news posted in a channel; {/follow add} "
            "tells you alone. Tap a command to type it, a button to try it, and choose below for more."
        )
        examples = [one for part in PARTS.values() for one in part.examples][:MOST]
    elif topic in PARTS:
        part = PARTS[topic]
        text, examples = f"## {part.title}\n{part.text}", list(part.examples)
    else:
        raise UserError("That part of the help is from another version of the bot: ask again with /help.")
    options = [
        discord.SelectOption(label=part.title, value=name, description=part.about, default=name == topic)
        for name, part in PARTS.items()
    ]
    buttons = [grey_button(label, f"y:{packed(query)}") for label, query in examples]
    rows = [*([ui.ActionRow(*buttons)] if buttons else []), menu("h:1", "More on …", options)]
    return cards.sealed(ui.Container(ui.TextDisplay(_linked(text, ids)), *rows, accent_colour=cards.BRAND))


def _linked(text: str, ids: Mapping[str, int]) -> str:
    def mention(found: re.Match[str]) -> str:
        number = ids.get(found[1].split()[0].lstrip("/"))
        return f"<{found[1]}:{number}>" if number is not None else f"`{found[1]}`"

    return COMMAND.sub(mention, text)


def help_items(sources: SourceService, numbers: Numbers) -> tuple[type[ui.DynamicItem[Any]], ...]:
    """The class that answers the list of topics."""

    async def turn(interaction: Interaction, select: ui.Select[Any], _said: Mapping[str, str]) -> None:
        view = await help_view(select.values[0], sources, await numbers())
        await interaction.response.edit_message(view=view)

    return (answering(TOPIC, turn),)
