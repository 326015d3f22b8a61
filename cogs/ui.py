"""What cogs share: answering in time, errors, clicks, and what is offered as a person types."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import discord
import structlog
from discord import app_commands, ui
from discord.ext import commands

from bot import cards
from bot.errors import StorageUnavailable, TooOften, UserError
from bot.filter_model import FilterError
from bot.model import OPERATOR, Category, GuildId
from bot.services.news import NewsService
from bot.services.times import suggest_zones
from bot.words import _, later

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)

Interaction = discord.Interaction[discord.Client]

PATIENCE = 1.5
"""Seconds until "thinking ..." is shown: Discord gives up on an interaction after 3."""


Room = discord.TextChannel | discord.Thread | discord.VoiceChannel | discord.StageChannel
"""Concrete types: `discord.abc.GuildChannel` would offer a channel type that Discord's schema refuses."""
RoomOrForum = Room | discord.ForumChannel


def check_place(channel: RoomOrForum, role: discord.Role | None, *, as_outlet: bool = False) -> str | None:
    """Raise `UserError` where the bot cannot post; a warning where it can, but something asked for will not work."""
    me = channel.guild.me
    can = channel.permissions_for(me)
    sends = can.send_messages_in_threads if isinstance(channel, discord.Thread) else can.send_messages
    missing = [
        name
        for name, held in (
            (_("View Channel"), can.view_channel),
            (_("Send Messages in Threads") if isinstance(channel, discord.Thread) else _("Send Messages"), sends),
            (_("Manage Webhooks"), can.manage_webhooks or not as_outlet),
        )
        if not held
    ]
    if missing:
        raise UserError(
            _(
                "I cannot post in #{channel}. What I miss there: {permissions}. "
                "Give it to me in the channel's settings under Permissions, then try again.",
                channel=channel.name,
                permissions=", ".join(missing),
            )
        )
    warnings = []
    if role is not None and role.is_default():
        raise UserError(_("An alert cannot mention everyone: choose a role made for it."))
    if role is not None and not role.mentionable and not can.mention_everyone:
        warnings.append(
            _(
                "The role will be shown but not notified: allow anyone to mention it (Server Settings, Roles, {role}), "
                "or give me Mention Everyone.",
                role=role.name,
            )
        )
    if isinstance(channel, discord.ForumChannel) and not can.send_messages_in_threads:
        warnings.append(_("Without Send Messages in Threads later reports are not posted below their story."))
    if not can.read_message_history:
        warnings.append(
            _(
                "Without Read Message History I cannot look after a crash whether an alert was posted: then it is "
                "skipped."
            )
        )
    return " ".join(warnings) or None


def scope(interaction: Interaction) -> GuildId:
    """Through whose eyes the memory is read: the server's where the bot is installed in it, else what all may see."""
    number = interaction.guild_id
    if number is None:
        return OPERATOR
    is_here = interaction.is_guild_integration() or interaction.client.get_guild(number) is not None
    return GuildId(number) if is_here else OPERATOR


def managed(interaction: discord.Interaction[Any]) -> GuildId:
    """The server that the person manages. Discord's default permission can be changed by a server: so it is asked here.

    Raises what the one handler of errors explains, outside of a server or without Manage Server.
    """
    if interaction.guild is None:
        raise app_commands.NoPrivateMessage
    if not interaction.permissions.manage_guild:
        raise app_commands.MissingPermissions(["manage_guild"])
    return GuildId(interaction.guild.id)


class Illustrated(NamedTuple):
    """An answer with the pictures that it shows."""

    view: ui.LayoutView
    files: list[discord.File]


async def answer(
    interaction: Interaction, work: Awaitable[ui.LayoutView | Illustrated], *, private: bool = False
) -> None:
    """Answer with what `work` gives: at once where it is ready soon, else after "thinking ..."."""
    task = asyncio.ensure_future(work)
    try:
        done, _waiting = await asyncio.wait((task,), timeout=PATIENCE)
        if not done:
            await interaction.response.defer(thinking=True, ephemeral=private)
        given = await task
        view, files = given if isinstance(given, Illustrated) else (given, [])
        if done:
            await interaction.response.send_message(view=view, files=files, ephemeral=private)
        else:
            await interaction.followup.send(view=view, files=files, ephemeral=private)
    except UserError as error:
        await tell_error(interaction, error)
    finally:
        task.cancel()


async def tell_error(interaction: Interaction, error: Exception) -> None:
    """The one handler of what goes wrong in an interaction.

    A `UserError` is shown as its message; anything else is logged under a reference, and only that is shown.
    """
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    match cause:
        case FilterError():
            text = f"{cards.error(cause.reason)}\n```\n{cause.pointed()}\n```"
        case TooOften():
            when = f"<t:{int(discord.utils.utcnow().timestamp() + cause.again) + 1}:R>"
            again = _("It works again {when}.", when=when)
            text = f"{cards.error(str(cause))} {again}"
        case UserError():
            text = cards.error(str(cause))
        case app_commands.MissingPermissions():
            text = _("You need the permission Manage Server for that.")
        case app_commands.NoPrivateMessage():
            text = _("That works in a server only.")
        case app_commands.TransformerError():
            text = _("One of the options is nothing I can use here: choose it from the list.")
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            text = _("That command has changed since: reload Discord (Ctrl+R), then try again.")
        case StorageUnavailable():
            text = _("The memory cannot be read or written at this moment. Try again in a minute.")
            log.warning("storage unavailable", problem=str(cause))
        case _:
            reference = secrets.token_hex(4)
            log.error("interaction failed", reference=reference, exc_info=cause)
            text = _(
                "Something went wrong, and it is not your fault. Tell the bot's operator this reference: {reference}",
                reference=reference,
            )
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except discord.HTTPException as failure:
        log.info("answer not delivered", problem=str(failure))


async def heard(interaction: discord.Interaction[Any]) -> bool:
    """Speak with who clicks as the command tree does with who gives commands; whether they are answered."""
    if isinstance(interaction.client, commands.Bot | commands.AutoShardedBot):
        return await interaction.client.tree.interaction_check(interaction)
    return True


async def guarded(interaction: Interaction, work: Callable[[], Awaitable[None]]) -> None:
    """Run what a component or a form does: discord.py has no handler for what a DynamicItem raises."""
    try:
        if await heard(interaction):
            await work()
    except Exception as error:  # noqa: BLE001 - the handler of components, beside the tree's
        await tell_error(interaction, error)


Clicked = Callable[[Interaction, Any, Mapping[str, str]], Awaitable[None]]
"""What answers a click: given the component, and the named parts of its custom id (those that are there)."""


def answering(template: re.Pattern[str], act: Clicked) -> type[ui.DynamicItem[Any]]:
    """The class by which discord.py answers every component with such a custom id, whenever it was posted."""

    class Answering(ui.DynamicItem[ui.Item[Any]], template=template):
        def __init__(self, item: ui.Item[Any], said: Mapping[str, str]) -> None:
            super().__init__(item)
            self.said = said

        @classmethod
        async def from_custom_id(
            cls, _interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
        ) -> Answering:
            return cls(item, {name: part for name, part in match.groupdict().items() if part is not None})

        async def callback(self, interaction: Interaction) -> None:
            await guarded(interaction, lambda: act(interaction, self.item, self.said))

    return Answering


def choices(pairs: list[tuple[str, str]]) -> list[app_commands.Choice[str]]:
    """Autocomplete choices from (name, value): 25 at most, each at most 100 characters, no value twice."""
    found: dict[str, app_commands.Choice[str]] = {}
    for name, value in pairs:
        if value and len(value) <= 100 and value not in found:
            found[value] = app_commands.Choice(name=name[:100] or value, value=value)
    return list(found.values())[:25]


SINCE = (
    (later("the last day"), "24h"),
    (later("the last three days"), "3d"),
    (later("the last week"), "7d"),
    (later("the last two weeks"), "2w"),
)
PRIVATE = "True: the answer is for you alone"
"""What the option is for that every question has."""
CATEGORIES = [app_commands.Choice(name=category.value, value=category.value) for category in Category]


def suggest_since(typed: str) -> list[app_commands.Choice[str]]:
    """What `since` may be; what is typed stands first, since a date may be meant."""
    wanted = typed.strip()
    spans = [(_(name), value) for name, value in SINCE]
    pairs = [(f"{value} · {name}", value) for name, value in spans if wanted in value or wanted in name]
    return choices([(wanted[:100], wanted), *pairs] if wanted else pairs)


class Suggesting:
    """What cogs complete as a person types: such a cog has the memory, and names its options by `completing`."""

    memory: NewsService

    async def topics(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Hashtags with how many items carry each."""
        found = await self.memory.suggest_topics(typed, guild=scope(interaction))
        return choices([(f"#{slug} · {cards.how_many_items(items)}", slug) for slug, items in found])

    async def countries(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Countries by name, in any language, or code."""
        return choices(self.memory.suggest_countries(typed, str(interaction.locale)))

    async def outlets(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Outlets with how many items each has."""
        found = await self.memory.suggest_outlets(typed, guild=scope(interaction))
        return choices([(f"{name} · {cards.how_many_items(items)}", name) for name, items in found])

    async def languages(self, _interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Languages by name or code."""
        return choices(self.memory.suggest_languages(typed))

    async def spans(self, _interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Spans of time."""
        return suggest_since(typed)

    async def zones(self, _interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Time zones."""
        return choices([(name, name) for name in suggest_zones(typed)])

    async def stories(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The newest stories that hold the words."""
        found = await self.memory.suggest_stories(typed, guild=scope(interaction))
        return choices([(f"{cards.short(item.outlet, 30)}: {cards.plain_title(item)}", str(item.id)) for item in found])


def completing(command: Any, **options: Any) -> None:
    """Have options of a command completed as a person types, each by a method of `Suggesting`."""
    for option, suggest in options.items():
        command.autocomplete(option)(suggest)


def completing_question(command: Any) -> None:
    """The same of the options that say what is asked."""
    completing(
        command,
        topic=Suggesting.topics,
        country=Suggesting.countries,
        published_in=Suggesting.countries,
        outlet=Suggesting.outlets,
        language=Suggesting.languages,
    )


def everywhere(command: Any) -> Any:
    """A command for servers, direct messages and user installs alike."""
    command = app_commands.allowed_installs(guilds=True, users=True)(command)
    return app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)(command)
