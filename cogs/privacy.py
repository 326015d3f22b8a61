"""/privacy and /data: what is kept of a person and of a server, all of it as a file, and having it gone.

Every answer is for the person alone. What is a server's takes Manage Server.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot import cards
from bot.model import OPERATOR, UserId
from bot.services.privacy import PrivacyService
from bot.words import _, decimal, later, n_, option, slash
from cogs.ui import Interaction, answer, answering, everywhere, managed, scope

GONE = re.compile(r"e:(?P<whose>person|server)")
KEPT = {
    "follows": later("follows"),
    "alerts": later("alerts"),
    "messages": later("posted messages"),
    "visits": later("last visits"),
    "channels": later("channel settings"),
    "notices": later("notices"),
    "sources": later("own and hidden sources"),
    "topics": later("own topics"),
    "corrections": later("corrected tags"),
    "corrections made": later("corrected tags"),
    "language": later("language"),
    "denial": later("refusal by the operator"),
}
"""What the store counts, in words."""
STAYS = "denial"
"""What is not forgotten: that the operator does not serve somebody."""
NOTHING_OF_PERSON = later("Of you I keep nothing.")
NOTHING_OF_SERVER = later("Of this server I keep nothing.")


def listed(counts: Mapping[str, int]) -> str:
    """What there is, with its numbers; empty where there is nothing."""
    return " · ".join(f"{_(KEPT[what])}: **{decimal(count)}**" for what, count in counts.items() if count)


def nothing(whose: str) -> str:
    """The same where there is nothing."""
    return _(NOTHING_OF_SERVER) if whose == "server" else _(NOTHING_OF_PERSON)


class Privacy(commands.Cog):
    """What is kept of who asks."""

    data = app_commands.Group(
        name="data",
        description="What I keep of you: as a file, or gone for good",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
    )

    def __init__(self, service: PrivacyService) -> None:
        self._service = service

    @app_commands.command(name="privacy", description="What I keep of you and of this server, and how to have it gone")
    @everywhere
    async def privacy(self, interaction: Interaction) -> None:
        """Say what is kept, in plain words and numbers."""
        person, guild = UserId(interaction.user.id), scope(interaction)

        async def work() -> ui.LayoutView:
            own = listed(await self._service.of_person(person))
            lines = [_("Of you: {list}.", list=own) if own else _(NOTHING_OF_PERSON)]
            if guild != OPERATOR:
                servers = listed(await self._service.of_server(guild))
                lines.append(_("Of this server: {list}.", list=servers) if servers else _(NOTHING_OF_SERVER))
            lines += [
                _("I keep no names and no messages of people, nor who asked what."),
                _(
                    "{export} gives you all of it as a file, {delete} has it gone for good. With {server} they do so "
                    "for the whole server: that takes Manage Server.",
                    export=cards.code(slash("data export")),
                    delete=cards.code(slash("data delete")),
                    server=cards.code(option("server", True)),
                ),
                _("The privacy policy of this bot's operator: {url}", url=self._service.policy)
                if self._service.policy
                else _("This bot's operator has named no privacy policy."),
            ]
            return cards.notice(_("What I keep"), *lines)

        await answer(interaction, work(), private=True)

    @data.command(name="export", description="All that I keep of you, or of this server, as a file for you alone")
    @app_commands.describe(server="True: what I keep of this server (needs Manage Server)")
    async def export(self, interaction: Interaction, server: bool = False) -> None:
        """Send it as an attachment."""
        guild = managed(interaction) if server else OPERATOR
        await interaction.response.defer(thinking=True, ephemeral=True)
        parcel = await (
            self._service.export_server(guild) if server else self._service.export_person(UserId(interaction.user.id))
        )
        what = _("All that I keep of this server") if server else _("All that I keep of you")
        entries = n_("{n} entry", "{n} entries", parcel.entries)
        file = discord.File(io.BytesIO(parcel.body), parcel.name)
        await interaction.followup.send(f"{what}: {entries}.", file=file, ephemeral=True)

    @data.command(name="delete", description="Have all gone that I keep of you, or of this server")
    @app_commands.describe(server="True: what I keep of this server (needs Manage Server)")
    async def delete(self, interaction: Interaction, server: bool = False) -> None:
        """Say what would go, with the button that has it gone."""
        guild = managed(interaction) if server else OPERATOR

        async def work() -> ui.LayoutView:
            if server:
                return asking("server", await self._service.of_server(guild))
            return asking("person", await self._service.of_person(UserId(interaction.user.id)))

        await answer(interaction, work(), private=True)


def asking(whose: str, counts: Mapping[str, int]) -> ui.LayoutView:
    """What would go, and the button."""
    counts = {what: count for what, count in counts.items() if what != STAYS}
    if not any(counts.values()):
        return cards.notice(nothing(whose))
    if whose == "server":
        title = _("Delete all that I keep of this server?")
        stays = _("It cannot be taken back. What I posted stays in Discord until somebody deletes it there.")
    else:
        title = _("Delete all that I keep of you?")
        stays = _(
            "It cannot be taken back. What I posted stays in Discord, and tags that you corrected stay so, without "
            "your name."
        )
    view = cards.notice(title, _("This goes: {list}.", list=listed(counts)), stays)
    button: ui.Button[ui.LayoutView] = ui.Button(
        label=_("Delete it all"), style=discord.ButtonStyle.danger, custom_id=f"e:{whose}"
    )
    view.add_item(ui.ActionRow(button))
    return view


def privacy_items(service: PrivacyService) -> tuple[type[ui.DynamicItem[Any]], ...]:
    """The class that answers *Delete it all*."""

    async def delete(interaction: Interaction, _button: ui.Item[Any], said: Mapping[str, str]) -> None:
        whose = said["whose"]
        gone = await (
            service.forget_server(managed(interaction))
            if whose == "server"
            else service.forget_person(UserId(interaction.user.id))
        )
        gone_list = listed({what: count for what, count in gone.items() if what != STAYS})
        lines = [_("Gone: {list}.", list=gone_list)] if gone_list else [nothing(whose)]
        await interaction.response.edit_message(view=cards.notice(_("Deleted"), *lines))

    return (answering(GONE, delete),)
