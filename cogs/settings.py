"""/settings: in which language a server is told things. For those with Manage Server."""

from __future__ import annotations

from discord import app_commands, ui
from discord.ext import commands

from bot import cards
from bot.services.settings import LANGUAGES, SettingsService
from bot.words import _, speak
from cogs.ui import Interaction, answer, managed

OFF = "off"
CHOICES = [
    app_commands.Choice(name="not set", value=OFF),
    *(app_commands.Choice(name=name, value=value) for value, name in LANGUAGES.items()),
]


class Settings(commands.Cog):
    """What holds for a whole server."""

    def __init__(self, service: SettingsService) -> None:
        self._service = service

    @app_commands.command(name="settings", description="This server's language: of alerts, and of answers if you like")
    @app_commands.describe(
        language="In which language this server is told things",
        everyone="True: everybody is answered in it; else each in the language of their Discord",
    )
    @app_commands.choices(language=CHOICES)
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def settings(
        self, interaction: Interaction, language: str | None = None, everyone: bool | None = None
    ) -> None:
        """Set, and show, the language of a server."""
        guild = managed(interaction)

        async def work() -> ui.LayoutView:
            setting = await self._service.language(guild)
            if language is not None or everyone is not None:
                wanted = setting.locale if language is None else None if language == OFF else language
                all_of_them = everyone if everyone is not None else setting.everyone and wanted is not None
                setting = await self._service.set_language(guild, wanted, everyone=all_of_them)
                reader = str(interaction.locale)
                speak(await self._service.locale_for(guild, reader), commands=reader)
            if setting.locale is None:
                lines = [
                    _("None is set: alerts are in English, and everybody is answered in the language of their Discord.")
                ]
            else:
                name = LANGUAGES[setting.locale]
                lines = [_("Alerts here are in this language: {name}.", name=name)]
                lines.append(
                    _("Everybody is answered in it, whatever language their Discord has.")
                    if setting.everyone
                    else _("Everybody is answered in the language of their Discord where I speak it, else in this one.")
                )
            return cards.notice(_("This server's language"), *lines)

        await answer(interaction, work(), private=True)
