"""/tag: why a story carries its tags, and what to do about a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from discord import app_commands, ui
from discord.ext import commands

from bot import cards
from bot.errors import UserError
from bot.model import OPERATOR, ItemId, UserId
from bot.services.corrections import CorrectionService
from bot.services.news import NewsService
from bot.words import _, option
from cogs.pages import may_fix, story_view
from cogs.ui import Interaction, Suggesting, answer, choices, completing, scope


async def _is_owner(interaction: Interaction) -> bool:
    client = interaction.client
    return isinstance(client, commands.Bot | commands.AutoShardedBot) and await client.is_owner(interaction.user)


@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
class Tags(Suggesting, commands.GroupCog, name="tag", description="Why a story carries its tags, and correcting them"):
    """Reasons and corrections."""

    def __init__(self, service: NewsService, fixes: CorrectionService, now: Callable[[], datetime]) -> None:
        self.memory = service
        self._fixes = fixes
        self._now = now

    @app_commands.command(name="why", description="Why a story carries its tags: the words that caused each")
    @app_commands.describe(story="Words of its headline, or its link")
    async def why(self, interaction: Interaction, story: str) -> None:
        """Show a story with the reason of each tag, to the person who asked alone."""

        async def work() -> ui.LayoutView:
            item = await self.memory.story(story, guild=scope(interaction))
            return await story_view(item, self.memory, interaction, self._now())

        await answer(interaction, work(), private=True)

    @app_commands.command(name="fix", description="Correct a story's tags, for this server (needs Manage Server)")
    @app_commands.describe(
        story="Words of its headline, or its link",
        add="A hashtag or country it should carry",
        remove="A hashtag or country it should not carry",
        everywhere="For all servers: the bot's owners only",
    )
    async def fix(
        self,
        interaction: Interaction,
        story: str,
        add: str | None = None,
        remove: str | None = None,
        everywhere: bool = False,
    ) -> None:
        """Keep a correction; it outlives every new version of the lexicon."""

        async def work() -> ui.LayoutView:
            if everywhere and not await _is_owner(interaction):
                raise UserError(
                    _(
                        "Only the bot's owners can correct tags for all servers. Leave out {option}.",
                        option=option("everywhere"),
                    )
                )
            if not everywhere and not may_fix(interaction):
                raise UserError(_("You need the permission Manage Server for that, in a server that has the bot."))
            wanted = [(typed, carried) for typed, carried in ((add, True), (remove, False)) if typed]
            if not wanted:
                raise UserError(
                    _(
                        "Say what to correct: {add} or {remove} with a hashtag or a country.",
                        add=option("add"),
                        remove=option("remove"),
                    )
                )
            guild = scope(interaction)
            item = await self.memory.story(story, guild=guild)
            for typed, carried in wanted:
                item, _correction = await self._fixes.fix(
                    item.id,
                    typed,
                    carried,
                    scope=OPERATOR if everywhere else guild,
                    guild=guild,
                    author=UserId(interaction.user.id),
                )
            return await story_view(item, self.memory, interaction, self._now())

        await answer(interaction, work(), private=True)

    @fix.autocomplete("remove")
    async def _carried(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        chosen = interaction.namespace.story
        if not (isinstance(chosen, str) and chosen.isdecimal()):
            return []
        try:
            item = await self.memory.item(ItemId(int(chosen)), guild=scope(interaction))
        except UserError:
            return []
        wanted = typed.casefold().strip().lstrip("#")
        pairs = [(cards.tag_label(one), one.tag) for one in item.taggings]
        return choices([pair for pair in pairs if wanted in pair[0].casefold()])

    completing(why, story=Suggesting.stories)
    completing(fix, story=Suggesting.stories, add=Suggesting.topics)
