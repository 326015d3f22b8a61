"""*Related news* in the menu of any message: what the memory has on its links, topics and countries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot import cards, page_cards
from bot.model import MessageId
from bot.services.related import RelatedService, Said
from cogs.pages import lead, leading, opening, query_of
from cogs.ui import Interaction, answer, everywhere, scope

NAME = "Related news"


class Related(commands.Cog):
    """What a message is about."""

    def __init__(self, service: RelatedService, now: Callable[[], datetime]) -> None:
        self._service = service
        self._now = now
        self.menus = (everywhere(app_commands.ContextMenu(name=NAME, callback=self._related)),)
        """`bot.client` adds them: discord.py takes no context menu from a cog's class."""

    async def _related(self, interaction: Interaction, message: discord.Message) -> None:
        """Answer with cards, for the person who asked alone."""

        async def work() -> ui.LayoutView:
            found = await self._service.related(read(message, interaction), guild=scope(interaction))
            tags = (*found.tagged.topics, *found.tagged.countries)
            leads = [lead(cards.tag_name(one.kind, one.tag), query_of(one.kind, one.tag)) for one in tags]
            rows = [opening(found.items), *leading(leads)]
            return page_cards.related_layout(found, self._now(), controls=rows)

        await answer(interaction, work(), private=True)


def read(message: discord.Message, interaction: Interaction) -> Said:
    """A message as it is read: what it says, what its embeds, its cards and what it forwards say, and their links."""
    texts = [message.content]
    links = []
    for embed in message.embeds:
        texts += [embed.title or "", embed.description or ""]
        links += [embed.url] if embed.url else []
    for snapshot in message.message_snapshots:
        texts.append(snapshot.content)
    texts += _texts(message.components)
    ours = interaction.client.user is not None and message.author.id == interaction.client.user.id
    return Said(
        text="\n".join(text for text in texts if text),
        links=tuple(links),
        id=MessageId(message.id) if ours else None,
    )


def _texts(components: list[discord.components.Component]) -> Iterator[str]:
    """What a message's layout says."""
    for component in components:
        if isinstance(component, discord.TextDisplay):
            yield component.content
        yield from _texts(getattr(component, "children", []))
