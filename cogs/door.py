"""The door: every command, click, form and suggestion passes it before anything is done."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

import discord

from bot.errors import UserError
from bot.model import OPERATOR, GuildId, UserId
from bot.services.admission import AdmissionService
from cogs.ui import Interaction, tell_error

Door = Callable[[Interaction], Awaitable[bool]]
"""Whether somebody is let in; who is not has been told so."""


def door(admission: AdmissionService) -> Door:
    """Lets in whom the service admits; others get a short private sentence."""

    async def let_in(interaction: Interaction) -> bool:
        typing = interaction.type is discord.InteractionType.autocomplete
        command = interaction.command.qualified_name if interaction.command is not None else None
        guild = OPERATOR if interaction.guild_id is None else GuildId(interaction.guild_id)
        try:
            await admission.admit(UserId(interaction.user.id), guild, command, typing=typing)
        except UserError as error:
            if typing:
                with contextlib.suppress(discord.HTTPException):
                    await interaction.response.autocomplete([])
            else:
                await tell_error(interaction, error)
            return False
        return True

    return let_in
