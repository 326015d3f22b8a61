"""What answers in Discord: the client with every command, button and form, each given its services.

Never: a connection; `bot.talk` logs in.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import discord
from discord.ext import commands

from bot.client import Client, MayAnswer
from bot.errors import StorageError
from bot.house import House
from bot.model import GuildId
from bot.poster import attempts_trace
from bot.roles import ALL_SHARDS
from cogs.alerts import Alerts as AlertCog
from cogs.charts import Charts as ChartsCog
from cogs.door import door
from cogs.follows import Follows as FollowCog, follow_items
from cogs.help import Help, help_items
from cogs.news import News as NewsCog
from cogs.own_topics import Topic as TopicCog, own_topic_items
from cogs.pages import dynamic_items
from cogs.privacy import Privacy as PrivacyCog, privacy_items
from cogs.profiles import Profiles as ProfilesCog
from cogs.related import Related as RelatedCog
from cogs.settings import Settings as SettingsCog
from cogs.setup import Setup as SetupCog, setup_items
from cogs.sources import SourceAdmin, Sources as SourcesCog, source_items
from cogs.stories import Stories as StoriesCog, story_items
from cogs.tags import Tags as TagsCog
from cogs.topics import Topics as TopicsCog, topic_items
from cogs.ui import scope, tell_error
from cogs.why import Why as WhyCog


class _Servers:
    """Keeps which servers the bot is in; where the memory cannot be written now, the next start tells it all again."""

    def __init__(self, house: House) -> None:
        self._privacy = house.privacy
        self._now = house.clock.now
        self._shards = house.settings.shard_range or ALL_SHARDS

    async def all(self, servers: Sequence[int]) -> None:
        with contextlib.suppress(StorageError):
            await self._privacy.is_in([GuildId(server) for server in servers], now=self._now(), shards=self._shards)

    async def came(self, server: int) -> None:
        with contextlib.suppress(StorageError):
            await self._privacy.came(GuildId(server))

    async def went(self, server: int) -> None:
        with contextlib.suppress(StorageError):
            await self._privacy.went(GuildId(server), now=self._now())


def make_client(house: House, *, may_answer: MayAnswer | None = None) -> Client:
    """The Discord client with everything it answers with; `may_answer` is asked before each answer, if it is there."""

    def make_cogs() -> Sequence[commands.Cog]:
        return (
            NewsCog(house.ask, house.visits, house.clock.now),
            SourcesCog(house.watch),
            SourceAdmin(house.watch),
            AlertCog(house.tell, house.ask, house.clock.now),
            ProfilesCog(house.profiles, house.charts, house.ask, house.clock.now),
            RelatedCog(house.related, house.clock.now),
            SetupCog(house.tell, house.ask),
            SettingsCog(house.voice),
            PrivacyCog(house.keep),
            ChartsCog(house.charts, house.ask, house.clock.now),
            TopicCog(house.topics, house.profiles, house.charts, house.ask, house.clock.now),
            StoriesCog(house.top, house.ask, house.clock.now),
            FollowCog(house.follow, house.ask, house.clock.now),
            TopicsCog(house.trends),
            TagsCog(house.ask, house.fix, house.clock.now),
            WhyCog(house.explain, house.ask, house.clock.now),
            Help(house.watch, lambda: client.command_numbers()),
        )

    async def locale_of(interaction: discord.Interaction[Any]) -> str:
        return await house.voice.locale_for(scope(interaction), str(interaction.locale))

    client = Client(
        make_cogs=make_cogs,
        locale_of=locale_of,
        may_answer=may_answer,
        shards=house.settings.shard_range,
        door=door(house.admission),
        buttons=(
            *dynamic_items(house.ask, house.fix, house.clock.now),
            *help_items(house.watch, lambda: client.command_numbers()),
            *setup_items(house.tell, house.ask, house.clock.now),
            *own_topic_items(house.topics),
            *story_items(house.top, house.clock.now),
            *follow_items(house.follow, house.ask),
            *topic_items(house.trends, house.ask, house.clock.now),
            *source_items(house.watch),
            *privacy_items(house.keep),
        ),
        on_error=tell_error,
        on_answer=house.meters.answered,
        servers=_Servers(house),
        recall=house.notes.recall,
        remember=house.notes.remember,
        api=house.settings.discord_api,
        gateway=house.settings.discord_gateway,
        trace=attempts_trace(),
    )
    return client
