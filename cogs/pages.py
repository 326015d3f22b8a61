"""The buttons and selects of a page of cards and of a story, which work after a restart.

A button's custom id (100 characters at most) holds the whole question: ``n:<action>:<page>:<newest>:<query>`` turns a
page, ``y:<query>`` leads on to another. A query too long for it stands in a stored row, named by its number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote

import discord
from discord import ui

from bot import cards, page_cards
from bot.errors import UserError
from bot.model import OPERATOR, Category, Item, ItemId, Page, Query, Role, Sort, Story, TagKind, UserId
from bot.services.corrections import CorrectionService
from bot.services.news import NewsService
from bot.words import _, later, n_, slash
from cogs.ui import Clicked, Interaction, answering, scope

CUSTOM_ID_LIMIT = 100
ACTIONS = {"f": later("First"), "p": later("Previous"), "n": later("Next"), "l": later("Last")}
TURN = re.compile(r"n:(?P<action>[fpnls]):(?P<page>\d{1,6}):(?P<newest>[0-9a-z]{1,13}):(?P<query>.*)", re.DOTALL)
LEAD = re.compile(r"y:(?P<query>.*)", re.DOTALL)
OPEN = re.compile(r"o:1")
WHY = re.compile(r"w:(?P<item>\d{1,20})")
WRONG = re.compile(r"x:(?P<item>\d{1,20})")
SORTS = {
    Sort.NEWEST: later("Newest first"),
    Sort.BIGGEST: later("Biggest stories first"),
    Sort.RELEVANT: later("Most relevant first"),
}
LEADS = 18
"""Hashtags and countries that a page leads on to, before its outlets."""
LATER = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number: int) -> str:
    """A number as a button keeps it."""
    digits = ""
    while number > 0:
        number, rest = divmod(number, 36)
        digits = LATER[rest] + digits
    return digits or "0"


def packed(query: Query) -> str:
    """A query as text: the parts that are set, as in a URL."""
    parts = {
        "t": query.topic,
        "c": query.country,
        "m": "1" if query.mentions else None,
        "f": query.outlet_country,
        "l": query.language,
        "o": query.outlet,
        "k": query.category,
        "s": base36(int(query.since.timestamp())) if query.since is not None else None,
        "q": query.text,
        "x": query.filter,
        "z": query.sort.value[0] if query.sort is not Sort.NEWEST else None,
    }
    return "&".join(f"{name}={quote(value, safe=' ')}" for name, value in parts.items() if value)


def unpacked(text: str) -> Query | int:
    """The query of a button, or the number of a kept one. Raises `UserError` for what no version of us wrote."""
    try:
        parts = dict(parse_qsl(text, strict_parsing=bool(text)))
        if "#" in parts:
            return int(parts["#"])
        return Query(
            topic=parts.get("t"),
            country=parts.get("c"),
            mentions="m" in parts,
            outlet_country=parts.get("f"),
            language=parts.get("l"),
            outlet=parts.get("o"),
            category=Category(parts["k"]) if "k" in parts else None,
            since=datetime.fromtimestamp(int(parts["s"], 36), UTC) if "s" in parts else None,
            text=parts.get("q"),
            filter=parts.get("x"),
            sort=Sort.NEWEST if "z" not in parts else Sort.RELEVANT if parts["z"] == "r" else Sort.BIGGEST,
        )
    except (ValueError, OverflowError, OSError) as error:
        raise UserError(
            _("This button is from another version of the bot: ask again with {command}.", command=slash("news"))
        ) from error


async def controls(page: Page, service: NewsService) -> list[ui.Item[ui.LayoutView]]:
    """What stands below a page: the buttons that turn it, those that ask otherwise, and the selects that lead on."""
    rows: list[ui.Item[ui.LayoutView]] = []
    if page.pages > 1:
        rows.append(await _turning(page, service))
    wanted = replace(page.query, since=None, sort=Sort.NEWEST)
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for other in _orders(page) if page.items else ():
        query = await carried(replace(page.query, sort=other), len("n:s:1:0:"), service)
        row.add_item(grey_button(_(SORTS[other]), f"n:s:1:0:{query}"))
    if wanted != Query():
        row.add_item(grey_button(_("Follow"), f"q:{await carried(wanted, 2, service)}"))
    if row.children:
        rows.append(row)
    if page.items:
        rows.append(opening(page.items))
        rows += leading(_leads(page))
    return rows


def _orders(page: Page) -> list[Sort]:
    """In which other orders a page can be asked for: nothing is most relevant where nothing is asked."""
    query = page.query
    about = query.topic or query.country or query.text
    return [other for other in SORTS if other is not query.sort and (about or other is not Sort.RELEVANT)]


async def _turning(page: Page, service: NewsService) -> ui.ActionRow[ui.LayoutView]:
    """The buttons that turn a page, disabled where they lead nowhere."""
    newest = base36(page.newest or 0)
    # the last page's Next leads one beyond
    query = await carried(page.query, len(f"n:n:{max(page.pages, page.number) + 1}:{newest}:"), service)
    targets = {"f": 1, "p": page.number - 1, "n": page.number + 1, "l": page.pages}
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for action, label in ACTIONS.items():
        target = targets[action]
        nowhere = target == page.number or not 1 <= target <= page.pages
        row.add_item(grey_button(_(label), f"n:{action}:{max(0, target)}:{newest}:{query}", disabled=nowhere))
    return row


def _leads(page: Page) -> list[discord.SelectOption | None]:
    """What a page leads on to: its items' hashtags, countries and outlets, those of most of them first."""
    asked = page.resolution.tag if page.resolution is not None else None
    tags: Counter[tuple[TagKind, str]] = Counter()
    outlets: Counter[str] = Counter()
    for item in page.items:
        tags.update((one.kind, one.tag) for one in item.taggings if one.role is not Role.ASSUMED)
        outlets[item.outlet] += 1
    del tags[TagKind.COUNTRY, page.query.country or asked or ""], tags[TagKind.TOPIC, asked or ""]
    found = [
        lead(
            cards.tag_name(kind, tag),
            query_of(kind, tag),
            n_("on {n} of this page", "on {n} of this page", count) if count > 1 else None,
        )
        for (kind, tag), count in tags.most_common(LEADS)
        if tag
    ]
    found += [lead(name, Query(outlet=name), _("the outlet")) for name in outlets if name != page.query.outlet]
    return found


def opening(items: Sequence[Item]) -> ui.ActionRow[ui.LayoutView]:
    """The list that opens one of some items."""
    options = [
        discord.SelectOption(label=cards.plain_title(item), value=str(item.id), description=item.outlet[:100])
        for item in items[:25]
    ]
    return menu("o:1", _("Open a story, and see why these tags …"), options)


def query_of(kind: TagKind, tag: str) -> Query:
    """What is about a country, or carries a topic."""
    return Query(country=tag) if kind is TagKind.COUNTRY else Query(topic=tag)


def lead(name: str, query: Query, description: str | None = None) -> discord.SelectOption | None:
    """A choice of the list that leads on (`LEAD`); None where the name is blank or the query too long."""
    value = packed(query)
    if not name.strip() or not 0 < len(value) <= CUSTOM_ID_LIMIT:
        return None
    return discord.SelectOption(label=cards.short(name, 100), value=value, description=description)


def grey_button(label: str, custom_id: str, *, disabled: bool = False) -> ui.Button[ui.LayoutView]:
    """A grey button."""
    return ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=custom_id, disabled=disabled)


def menu(custom_id: str, placeholder: str, options: list[discord.SelectOption]) -> ui.ActionRow[ui.LayoutView]:
    """A list to choose one from, in a row of its own."""
    return ui.ActionRow(ui.Select(custom_id=custom_id, placeholder=placeholder, options=options))


def leading(leads: Iterable[discord.SelectOption | None]) -> list[ui.Item[ui.LayoutView]]:
    """The row of the list that leads on; none where there is nothing to lead to."""
    options = [option for option in leads if option is not None][:25]
    return [menu("y:", _("More on …"), options)] if options else []


async def carried(query: Query, taken: int, service: NewsService) -> str:
    """A query as a button carries it besides `taken` characters: itself, or the number under which it is kept."""
    text = packed(query)
    return text if taken + len(text) <= CUSTOM_ID_LIMIT else f"%23={await service.keep(query)}"


async def page_view(page: Page, service: NewsService, now: datetime) -> ui.LayoutView:
    """A page of cards with its controls."""
    return page_cards.page_layout(page, now, turn=await controls(page, service))


def may_fix(interaction: Interaction) -> bool:
    """Whether a person may correct tags for the server they are in."""
    return scope(interaction) != OPERATOR and interaction.permissions.manage_guild


async def story_view(item: Item, service: NewsService, interaction: Interaction, now: datetime) -> ui.LayoutView:
    """An item in full, with who else tells its story; for those who may correct its tags, with the means to."""
    story = await service.same_story(item.id, guild=scope(interaction))
    rows: list[ui.Item[ui.LayoutView]] = []
    if buttons := _onwards(item, story):
        rows.append(ui.ActionRow(*buttons))
    if may_fix(interaction) and item.taggings:
        options = [
            discord.SelectOption(label=cards.short(cards.tag_label(one), 100), value=one.tag[:100])
            for one in item.taggings[:25]
        ]
        rows.append(menu(f"x:{item.id}", _("A tag is wrong? Take it off for this server …"), options))
    return cards.story_layout(item, now, story=story, controls=rows)


def _onwards(item: Item, story: Story | None) -> list[ui.Button[ui.LayoutView]]:
    """The buttons of a story that lead on: the whole story where others tell it, two hashtags and two countries."""
    buttons = []
    if story is not None and len(story.items) > 1:
        outlets = len(story.outlets)
        reports = len(story.items)
        told = n_("{n} outlet", "{n} outlets", outlets) if outlets > 1 else n_("{n} report", "{n} reports", reports)
        buttons.append(grey_button(cards.short(_("The whole story: {told}", told=told), 80), f"t:{item.id}"))
    for kind in (TagKind.TOPIC, TagKind.COUNTRY):
        tags = [one.tag for one in item.taggings if one.kind is kind and one.role is not Role.ASSUMED]
        for tag in tags[:2]:
            query = packed(query_of(kind, tag))
            if len(query) <= CUSTOM_ID_LIMIT - len("y:"):
                buttons.append(
                    grey_button(cards.short(_("More on {tag}", tag=cards.tag_name(kind, tag)), 80), f"y:{query}")
                )
    return buttons


def dynamic_items(
    service: NewsService, fixes: CorrectionService, now: Callable[[], datetime]
) -> tuple[type[ui.DynamicItem[Any]], ...]:
    """The classes that answer clicks on any page ever posted, whatever was restarted since."""

    async def turn(interaction: Interaction, _button: ui.Button[Any], said: Mapping[str, str]) -> None:
        """Turn a page in place."""
        newest = int(said["newest"], 36)
        page = await service.find(
            await meant(said["query"]),
            guild=scope(interaction),
            number=int(said["page"]),
            newest=ItemId(newest) if newest else None,
        )
        await interaction.response.edit_message(view=await page_view(page, service, now()))

    async def lead(interaction: Interaction, component: ui.Item[Any], said: Mapping[str, str]) -> None:
        """Ask what a button or a choice names, for the person who clicked alone."""
        text = component.values[0] if isinstance(component, ui.Select) else said["query"]
        page = await service.find(await meant(text), guild=scope(interaction))
        await interaction.response.send_message(view=await page_view(page, service, now()), ephemeral=True)

    async def meant(text: str) -> Query:
        asked = unpacked(text)
        return await service.kept(asked) if isinstance(asked, int) else asked

    async def open_story(interaction: Interaction, select: ui.Select[Any], _said: Mapping[str, str]) -> None:
        """Open one story of a page, for the person who asked alone."""
        try:
            chosen = ItemId(int(select.values[0]))
        except (ValueError, IndexError) as error:
            raise UserError(
                _("That choice is from another version of the bot: ask again with {command}.", command=slash("news"))
            ) from error
        await show(interaction, chosen)

    async def why(interaction: Interaction, _button: ui.Button[Any], said: Mapping[str, str]) -> None:
        """Say why an alert's item has its tags, to the person who asked alone."""
        await show(interaction, ItemId(int(said["item"])))

    async def wrong(interaction: Interaction, select: ui.Select[Any], said: Mapping[str, str]) -> None:
        """Take a tag off a story, for one server."""
        if not may_fix(interaction):
            raise UserError(_("You need the permission Manage Server for that."))
        (tag,) = select.values
        guild = scope(interaction)
        item, _correction = await fixes.fix(
            ItemId(int(said["item"])), tag, False, scope=guild, guild=guild, author=UserId(interaction.user.id)
        )
        await interaction.response.edit_message(view=await story_view(item, service, interaction, now()))

    async def show(interaction: Interaction, chosen: ItemId) -> None:
        item = await service.item(chosen, guild=scope(interaction))
        await interaction.response.send_message(
            view=await story_view(item, service, interaction, now()), ephemeral=True
        )

    acts: tuple[tuple[re.Pattern[str], Clicked], ...] = (
        (TURN, turn),
        (LEAD, lead),
        (OPEN, open_story),
        (WHY, why),
        (WRONG, wrong),
    )
    return tuple(answering(template, act) for template, act in acts)
