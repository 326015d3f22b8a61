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
from bot.model import Query, Sort, TagKind
from bot.services.sources import SourceService
from bot.words import _, decimal, later, option, slash
from cogs.pages import grey_button, menu, packed
from cogs.ui import Interaction, answer, answering, everywhere

TOPIC = re.compile(r"h:1")
COMMAND = re.compile(r"\{(/[a-z ]+)\}")
OPTION = re.compile(r"\{([a-z_]+)(?::([^{}]*))?\}")

Numbers = Callable[[], Awaitable[Mapping[str, int]]]
"""Gives Discord's numbers of the commands, by name; empty where Discord does not say."""


@dataclass(frozen=True, slots=True)
class Part:
    """One topic of the help."""

    title: str
    about: str
    """What the list says of it."""
    lines: tuple[str, ...]
    """``{/news}`` stands for the command's mention, ``{topic:trade}`` for an option as it is typed."""
    examples: tuple[tuple[str, Query], ...] = ()
    """Buttons: a label, and what it asks."""


PARTS = {
    "ask": Part(
        later("Asking"),
        later("topics, countries, words, and how they combine"),
        (
            later("{/news} answers with a page of cards, newest first."),
            later("- {topic:securitycooperation}: any hashtag or phrase, however it is written, listed or not."),
            later("- {country:Japan} {category:Politics} {since:7d}: options combine. None: the newest of all."),
            later("- {since:last visit}: what is new since you last asked the same. {private:True}: for you alone."),
            later('- {/search} {words:"fighter jet" export}: what holds all of it.'),
            later("Below a page: the biggest stories first, a list that opens a story, and one that leads on."),
        ),
        (
            ("#securitycooperation", Query(topic="securitycooperation")),
            ("JP", Query(country="JP")),
            (later("The newest of all"), Query(sort=Sort.NEWEST)),
        ),
    ),
    "stories": Part(
        later("Stories"),
        later("the biggest ones, one from its first report on, what rises"),
        (
            later("Reports of one event are one story, across outlets and languages."),
            later("- {/top} {country:Japan}: the stories that most outlets tell."),
            later("- {/story}: one of them, from its first report on, and how the headlines differ."),
            later("- {/trends} {topic:tariffs}: how much a day, and the stories behind the peaks."),
            later("- {/map} and {/coverage}: where, and by whom."),
            later("- {/topics}: which topics rise, and which are big. {/random}: any one story."),
            later("- *Related news* in the menu of any message (*Apps*): what the memory has on it."),
        ),
        ((later("The biggest stories"), Query(sort=Sort.BIGGEST)),),
    ),
    "pages": Part(
        later("Countries and topics"),
        later("what one is made of, two together, several side by side"),
        (
            later("- {/country} {country:Philippines}: its topics, who is named with it, who covers it, its newest."),
            later("- {/topic show} {topic:trade}: the same of a topic."),
            later("- {/pair} {first:Japan} {second:Philippines}: what names both."),
            later("- {/compare} {first:Japan} {second:South Korea} {third:tariffs}: two to four side by side."),
        ),
    ),
    "filters": Part(
        later("Filters"),
        later("one line that says just what is meant"),
        (
            later("{filter} of {/news}, {/top}, {/alert add} and {/follow add} takes one line:"),
            "- `#trade (country:JP,KR OR tariffs) -category:sport`",
            later('- `"security cooperation" country:JP+PH`: a comma is either, a plus both.'),
            later('- `from:FR`: where the outlet sits. Besides: `outlet:"The Wire"`, `language:fr`, `mentions:NATO`.'),
            later("- A minus or `NOT` excludes; brackets hold together. What is wrong is pointed at."),
        ),
        ((later("#trade without sport"), Query(filter="#trade -category:sport")),),
    ),
    "follow": Part(
        later("Be told yourself"),
        later("by direct message, or in a private thread"),
        (
            later(
                "- {/follow add} {topic:securitycooperation} {country:Japan}: stories come by direct message, each "
                "once."
            ),
            later("- *Follow* below any card does the same; *Less like this* leaves something out."),
            later("- {/follow hours} {quiet:22:00-07:00} {timezone:Asia/Manila}: when."),
            later("- {/follow list}, {/follow pause}, {/follow resume}, {/follow remove}: what you follow."),
        ),
    ),
    "alert": Part(
        later("Tell a channel"),
        later("for those with Manage Server"),
        (
            later("- {/setup}: a first alert by choosing."),
            later("- {/alert add} {channel:#news} {topic:securitycooperation}: stories are posted there, each once."),
            later("- What other outlets add is written into the same card. A forum gets a post for each story."),
            later("- Digests, surges and {min_outlets} keep it quiet. {/alert limits}: how much an hour, quiet hours."),
            later("- {/alert preview}: what would have come in the last week."),
            later("- {/topic add} {name:Our frigates} {phrases:frigate, F126}: a topic of this server's own."),
            later("- {/alert list}, {/alert edit}, {/alert pause}, {/alert resume}, {/alert remove}: what there is."),
            later("- {/why} says why something was posted, or was not. {/settings}: in which language."),
        ),
    ),
    "sources": Part(
        later("What is watched"),
        later("sources, and a server's own"),
        (
            later("- {/sources}: every source and how it fares."),
            later("- {/source add} {url:example.org}: the feeds of a site, for this server alone (Manage Server)."),
            later("- {/source import} and {/source export}: a whole list, in OPML."),
            later("- {/source remove}, {/source pause}, {/source resume}, {/source check}: one of them."),
            later("- {/source tell}: where to hear of those that fail."),
        ),
    ),
    "tags": Part(
        later("Why these tags"),
        later("the words that caused each, and what to do about a wrong one"),
        (
            later("Every tag keeps the words that caused it: open a story to see them, or ask {/tag why}."),
            later("- {/tag fix} {remove:Türkiye}: corrects one for this server (Manage Server); it stays so."),
            later("- {/why} says how a story came, and what each alert made of it."),
        ),
    ),
    "privacy": Part(
        later("Your data"),
        later("what I keep, and how to have it gone"),
        (
            later("- {/privacy}: what I keep of you and of this server."),
            later("- {/data export}: all of it as a file, for you alone."),
            later("- {/data delete}: all of it gone for good, once you have confirmed it."),
            later("- {server:True} does either for the whole server (Manage Server)."),
        ),
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
        lines = [
            "## Dateline",
            _("I watch the news, tag every item with topics and countries, and remember it."),
            _(
                "So far: **{items}** items from **{feeds}** feeds.",
                items=decimal(overview.items),
                feeds=decimal(overview.feeds),
            ),
            "",
            _("- {/news} {topic:securitycooperation} is how one asks."),
            _("- {/setup} has news posted in a channel; {/follow add} tells you alone."),
            _("Tap a command to type it, a button to try it, and choose below for more."),
        ]
        examples = [one for part in PARTS.values() for one in part.examples][:MOST]
    elif topic in PARTS:
        part = PARTS[topic]
        lines, examples = [f"## {_(part.title)}", *map(_, part.lines)], list(part.examples)
    else:
        raise UserError(
            _(
                "That part of the help is from another version of the bot: ask again with {command}.",
                command=slash("help"),
            )
        )
    options = [
        discord.SelectOption(label=_(part.title), value=name, description=_(part.about), default=name == topic)
        for name, part in PARTS.items()
    ]
    buttons = [grey_button(example_label(label, query), f"y:{packed(query)}") for label, query in examples]
    rows = [*([ui.ActionRow(*buttons)] if buttons else []), menu("h:1", _("More on …"), options)]
    text = ui.TextDisplay[ui.LayoutView]("\n".join(_linked(line, ids) for line in lines))
    return cards.sealed(ui.Container(text, *rows, accent_colour=cards.BRAND))


def example_label(label: str, query: Query) -> str:
    """What the button of an example says."""
    return cards.tag_name(TagKind.COUNTRY, query.country) if query.country is not None else _(label)


def _linked(line: str, ids: Mapping[str, int]) -> str:
    """A line with the mentions of its commands, and its options as they are typed in the reader's Discord."""

    def mention(found: re.Match[str]) -> str:
        number = ids.get(found[1].split()[0].lstrip("/"))
        return f"<{found[1]}:{number}>" if number is not None else cards.code(slash(found[1].lstrip("/")))

    def typed(found: re.Match[str]) -> str:
        return cards.code(option(found[1], found[2]))

    return OPTION.sub(typed, COMMAND.sub(mention, line)).replace("` `", " ")


def help_items(sources: SourceService, numbers: Numbers) -> tuple[type[ui.DynamicItem[Any]], ...]:
    """The class that answers the list of topics."""

    async def turn(interaction: Interaction, select: ui.Select[Any], _said: Mapping[str, str]) -> None:
        view = await help_view(select.values[0], sources, await numbers())
        await interaction.response.edit_message(view=view)

    return (answering(TOPIC, turn),)
