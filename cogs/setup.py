"""/setup: a server's first alert in a minute, by choosing. For those with Manage Server.

What was chosen so far stands in the message itself, as the selects' defaults: nothing is kept until *Finish*, and a
restart does not matter. Ids are ``u:<part>``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot import cards
from bot.errors import UserError
from bot.model import ChannelId, GuildId, Manner, Style, TagKind
from bot.services.alerts import AlertService, Wanted
from bot.services.news import NewsService
from bot.services.profiles import named
from bot.services.times import COMMON_ZONES, zone_of_locale
from bot.words import DEFAULT, _, later, slash
from cogs.alerts import HOW, placed
from cogs.pages import grey_button
from cogs.rules import described, flood
from cogs.ui import Interaction, RoomOrForum, answer, answering, check_place, guarded, managed

PART = re.compile(r"u:(?P<part>channel|topics|countries|how|zone|more|look|done)")
MOST = 10
"""Topics, and countries, of one alert."""
OFFERED = 24
"""Of each in its list; with those that were typed 25, the most that a select holds."""
TYPES = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.public_thread,
]
WAYS = {
    "instant:1": (later("Each story, at once"), later("its card grows as other outlets tell it")),
    "instant:2": (later("At once what two outlets tell"), later("fewer, and surer")),
    "instant:3": (later("At once what three outlets tell"), later("the big stories alone")),
    "hourly:1": (later("An hourly digest"), later("one message an hour where there is news")),
    "daily:1": (later("A daily digest at 08:00"), later("one message a day")),
    "surge:1": (later("Only when it surges"), later("when it is suddenly much more frequent than usual")),
}
FIRST_WAY = "instant:2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was chosen so far."""

    channel: int | None
    topics: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    way: str = FIRST_WAY
    zone: str

    @property
    def manner(self) -> Manner:
        """When it posts."""
        style, _colon, outlets = self.way.partition(":")
        return Manner(style=Style(style), min_outlets=int(outlets), at_minute=8 * 60)


class Setup(commands.Cog):
    """A server's first alert."""

    def __init__(self, alerts: AlertService, news: NewsService) -> None:
        self._alerts = alerts
        self._news = news

    async def interaction_check(self, interaction: discord.Interaction) -> bool:
        """Discord's default permission can be changed by a server: the right is checked again at each use."""
        managed(interaction)
        return True

    @app_commands.command(name="setup", description="Have news posted in a channel: choose, look, done")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def setup(self, interaction: Interaction) -> None:
        """Answer with the form, to the person who asks alone."""
        guild = managed(interaction)
        here = interaction.channel
        fits = here is not None and here.type in TYPES
        said = str(interaction.guild_locale or DEFAULT)
        locale = str(interaction.locale) if said == DEFAULT else said  # what a server has that never chose one
        draft = Draft(channel=here.id if here is not None and fits else None, zone=zone_of_locale(locale))
        await answer(interaction, form(draft, self._news, guild), private=True)


async def form(draft: Draft, news: NewsService, guild: GuildId, note: str = "") -> ui.LayoutView:
    """The form with what was chosen; `note` says what is wrong or missing, not escaped yet."""
    tags = await news.tags(guild=guild)
    topics = _offered(draft.topics, [one.tag for one in tags if one.kind is TagKind.TOPIC])
    countries = _offered(draft.countries, [one.tag for one in tags if one.kind is TagKind.COUNTRY])
    channel: ui.ChannelSelect[ui.LayoutView] = ui.ChannelSelect(
        custom_id="u:channel",
        placeholder=_("Where to post"),
        channel_types=TYPES,
        default_values=[discord.SelectDefaultValue(id=draft.channel, type=discord.SelectDefaultValueType.channel)]
        if draft.channel is not None
        else [],
    )
    zones = dict.fromkeys((draft.zone, *COMMON_ZONES))
    chosen = bool(draft.topics or draft.countries)
    parts: list[ui.Item[ui.LayoutView]] = [
        ui.TextDisplay(
            "## "
            + _("News for this server")
            + "\n"
            + _("Choose where, and what about: whatever carries one of the topics, or is about one of the countries.")
            + (f"\n⚠️ {cards.error(note)}" if note else "")
        ),
        ui.ActionRow(channel),
        *([_tags("topics", _("Topics"), topics, draft.topics, TagKind.TOPIC)] if topics else []),
        *([_tags("countries", _("Countries"), countries, draft.countries, TagKind.COUNTRY)] if countries else []),
        _one(
            "how",
            [
                discord.SelectOption(label=_(label), value=value, description=_(about), default=value == draft.way)
                for value, (label, about) in WAYS.items()
            ],
        ),
        _one(
            "zone",
            [
                discord.SelectOption(
                    label=_("Times are those of {zone}", zone=name), value=name, default=name == draft.zone
                )
                for name in list(zones)[:25]
            ],
        ),
        ui.ActionRow(
            grey_button(_("Another topic or country …"), "u:more"),
            grey_button(_("Preview"), "u:look", disabled=not chosen),
            ui.Button(
                label=_("Finish"),
                style=discord.ButtonStyle.success,
                custom_id="u:done",
                disabled=not chosen or draft.channel is None,
            ),
        ),
    ]
    return cards.sealed(ui.Container(*parts, accent_colour=cards.BRAND))


def read(message: discord.Message | None) -> Draft:
    """What was chosen, as a form's message shows it. Raises `UserError` where it is no form of this version."""
    chosen: dict[str, list[str]] = {}
    for component in _selects(message.components if message is not None else []):
        part = (component.custom_id or "").removeprefix("u:")
        chosen[part] = [str(default.id) for default in component.default_values]
        chosen[part] += [option.value for option in component.options if option.default]
    try:
        return Draft(
            channel=int(chosen["channel"][0]) if chosen["channel"] else None,
            topics=tuple(chosen.get("topics", ())),
            countries=tuple(chosen.get("countries", ())),
            way=chosen["how"][0],
            zone=chosen["zone"][0],
        )
    except (KeyError, IndexError) as error:
        raise UserError(
            _("This form is from another version of the bot: begin again with {command}.", command=slash("setup"))
        ) from error


def setup_items(
    alerts: AlertService, news: NewsService, now: Callable[[], datetime]
) -> tuple[type[ui.DynamicItem[Any]], ...]:
    """The class that answers the form."""

    async def act(interaction: Interaction, component: ui.Item[Any], said: Mapping[str, str]) -> None:
        guild = managed(interaction)
        draft = read(interaction.message)
        match said["part"]:
            case "more":
                await interaction.response.send_modal(More(draft, news, guild))
            case "look":
                await answer(interaction, look(draft, guild), private=True)
            case "done":
                await finish(interaction, draft, guild)
            case part:
                values = component.values if isinstance(component, ui.Select | ui.ChannelSelect) else []
                changed = _changed(draft, part, values)
                await interaction.response.edit_message(view=await form(changed, news, guild))

    async def look(draft: Draft, guild: GuildId) -> ui.LayoutView:
        wanted = await _wanted(draft, alerts, guild)
        seen = await alerts.look(guild, wanted)
        lines = [cards.query_title(wanted.query), *(flood(seen) if seen.floods else [])]
        return cards.preview_layout(_("Preview"), lines, seen, now())

    async def finish(interaction: Interaction, draft: Draft, guild: GuildId) -> None:
        channel = interaction.guild.get_channel_or_thread(draft.channel or 0) if interaction.guild is not None else None
        if channel is None or not isinstance(channel, RoomOrForum):
            raise UserError(_("Choose the channel to post in, first."))
        warning = check_place(channel, None)
        wanted = await _wanted(draft, alerts, guild)
        seen = await alerts.look(guild, wanted)
        if seen.floods and wanted.manner.style is Style.INSTANT:
            note = _("That would flood the channel: choose fewer, a digest, or stories that more outlets tell.")
            await interaction.response.edit_message(view=await form(draft, news, guild, note))
            return
        place = placed(channel, as_outlet=False)
        rule = await alerts.set(guild, ChannelId(channel.id), wanted, None, place=place)
        await alerts.set_flow(guild, rule.channel, zone=draft.zone)
        lines = [
            described(rule),
            _(HOW[place]),
            f"⚠️ {cards.error(warning)}" if warning else "",
            "-# "
            + _(
                "{limits} sets quiet hours, {edit} changes it, {add} watches more.",
                limits=cards.code(slash("alert limits")),
                edit=cards.code(slash("alert edit")),
                add=cards.code(slash("source add")),
            ),
        ]
        await interaction.response.edit_message(view=cards.preview_layout(_("Done"), lines, seen, now()))

    return (answering(PART, act),)


class More(ui.Modal):
    """Topics and countries, typed."""

    def __init__(self, draft: Draft, news: NewsService, guild: GuildId) -> None:
        super().__init__(title=_("Another topic or country"))
        self.typed: ui.TextInput[More] = ui.TextInput(
            label=_("Topics and countries, a comma between"),
            custom_id="typed",
            max_length=300,
            placeholder="security cooperation, Philippines, #fighterjet",
        )
        self.add_item(self.typed)
        self._draft = draft
        self._news = news
        self._guild = guild

    async def on_submit(self, interaction: Interaction) -> None:
        """Add them to what was chosen."""
        await guarded(interaction, lambda: self._add(interaction))

    async def _add(self, interaction: Interaction) -> None:
        draft = self._draft
        for one in filter(None, (part.strip() for part in self.typed.value.split(","))):
            found = named(one)
            if found.kind is TagKind.COUNTRY:
                draft = replace(draft, countries=tuple(dict.fromkeys((*draft.countries, found.tag))))
            else:
                resolution = await self._news.resolve(found.tag, guild=self._guild)
                tag = resolution.tag if resolution.known and not resolution.phrase else found.tag
                draft = replace(draft, topics=tuple(dict.fromkeys((*draft.topics, tag))))
        too_many = len(draft.topics) > MOST or len(draft.countries) > MOST
        note = (
            _("{most} topics and {most} countries are the most: the others are left out.", most=MOST)
            if too_many
            else ""
        )
        draft = replace(draft, topics=draft.topics[:MOST], countries=draft.countries[:MOST])
        await interaction.response.edit_message(view=await form(draft, self._news, self._guild, note))


async def _wanted(draft: Draft, alerts: AlertService, guild: GuildId) -> Wanted:
    if not (draft.topics or draft.countries):
        raise UserError(_("Choose a topic or a country, first."))
    return await alerts.wanted(guild, alerts.any_of(draft.topics, draft.countries), draft.manner)


def _changed(draft: Draft, part: str, values: Sequence[Any]) -> Draft:
    match part:
        case "channel":
            return replace(draft, channel=values[0].id if values else None)
        case "topics":
            return replace(draft, topics=tuple(values))
        case "countries":
            return replace(draft, countries=tuple(values))
        case "how":
            return replace(draft, way=values[0])
        case _:
            return replace(draft, zone=values[0])


def _offered(chosen: Sequence[str], known: Sequence[str]) -> list[str]:
    """What is chosen, then the most frequent ones."""
    fitting = (tag for tag in known if len(tag) <= 100)
    return list(dict.fromkeys((*chosen, *fitting)))[: max(OFFERED, len(chosen))]


def _tags(
    part: str, name: str, offered: Sequence[str], chosen: Sequence[str], kind: TagKind
) -> ui.ActionRow[ui.LayoutView]:
    options = [
        discord.SelectOption(label=cards.short(cards.tag_name(kind, tag), 100), value=tag, default=tag in chosen)
        for tag in offered
    ]
    return ui.ActionRow(
        ui.Select(
            custom_id=f"u:{part}",
            placeholder=name,
            options=options,
            min_values=0,
            max_values=min(MOST, len(options)),
        )
    )


def _one(part: str, options: list[discord.SelectOption]) -> ui.ActionRow[ui.LayoutView]:
    return ui.ActionRow(ui.Select(custom_id=f"u:{part}", options=options))


def _selects(components: Sequence[Any]) -> Iterator[discord.SelectMenu]:
    for component in components:
        if isinstance(component, discord.SelectMenu):
            yield component
        yield from _selects(getattr(component, "children", ()))
