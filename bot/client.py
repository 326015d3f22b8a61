"""The Discord client: intents, the command tree, the one error handler, and whatever proxy stands before Discord.

Never: a privileged intent, a worker (those start in `app`, once, and not at each READY), or a rule of the bot.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

import aiohttp
import discord
from discord import app_commands, ui
from discord.ext import commands
from yarl import URL

from bot.errors import StorageUnavailable
from bot.log import get_logger
from bot.meters import Connection
from bot.roles import Shards
from bot.words import Kind, catalogues_digest, speak, word

log = get_logger(__name__)

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
)
"""The least the bot needs; the invitation asks for these and no more."""


class Servers(Protocol):
    """Is told of the servers that the bot is in: all of them, one more, one less."""

    async def all(self, servers: Sequence[int]) -> None: ...
    async def came(self, server: int) -> None: ...
    async def went(self, server: int) -> None: ...


ErrorHandler = Callable[[discord.Interaction[Any], app_commands.AppCommandError], Coroutine[Any, Any, None]]


MayAnswer = Callable[[], Awaitable[bool]]
"""Whether this process is the one that answers."""
LocaleOf = Callable[[discord.Interaction[Any]], Awaitable[str]]
"""In which of Discord's locales an interaction is answered."""
Door = Callable[[discord.Interaction[Any]], Awaitable[bool]]
"""Whether an interaction is let in; who is not has been told so."""
CONTEXTS: Mapping[app_commands.TranslationContextLocation, Kind] = {
    app_commands.TranslationContextLocation.command_name: Kind.COMMAND,
    app_commands.TranslationContextLocation.group_name: Kind.COMMAND,
    app_commands.TranslationContextLocation.parameter_name: Kind.OPTION,
    app_commands.TranslationContextLocation.choice_name: Kind.CHOICE,
    app_commands.TranslationContextLocation.command_description: Kind.DESCRIPTION,
    app_commands.TranslationContextLocation.group_description: Kind.DESCRIPTION,
    app_commands.TranslationContextLocation.parameter_description: Kind.DESCRIPTION,
}


class Translator(app_commands.Translator):
    """The words of commands in every language that Discord has and the catalogues too."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        kind = CONTEXTS.get(context.location)
        return None if kind is None else word(kind, string.message, locale.value)


class Tree(app_commands.CommandTree[Any]):
    """Commands are answered in the language of who gives them, or that of their server."""

    locale_of: LocaleOf | None = None
    may_answer: MayAnswer | None = None
    door: Door | None = None

    async def interaction_check(self, interaction: discord.Interaction[Any]) -> bool:
        if self.may_answer is not None and not await self.may_answer():
            log.info("interaction passed over: another process answers")
            return False
        reader = str(interaction.locale)
        speak(reader if self.locale_of is None else await self.locale_of(interaction), commands=reader)
        return self.door is None or await self.door(interaction)


class Client(commands.AutoShardedBot):
    """Slash commands only: no message content, no members, no presences."""

    def __init__(
        self,
        *,
        make_cogs: Callable[[], Sequence[commands.Cog]],
        buttons: Sequence[type[ui.DynamicItem[Any]]],
        on_error: ErrorHandler,
        locale_of: LocaleOf | None = None,
        may_answer: MayAnswer | None = None,
        shards: Shards | None = None,
        door: Door | None = None,
        on_answer: Callable[[str], None] = lambda _: None,
        servers: Servers | None = None,
        recall: Callable[[str], Awaitable[str | None]],
        remember: Callable[[str, str], Awaitable[None]],
        api: str | None = None,
        gateway: str | None = None,
        trace: aiohttp.TraceConfig | None = None,
    ) -> None:
        """`recall` and `remember` keep what Discord was told of commands; `api`, `gateway` replace its addresses.

        Without `locale_of` everybody is answered in the locale of their Discord, without `door` all are let in;
        `on_answer` is told the name of each command once it is answered; `trace` sees each request to Discord. `shards`
        are those that this process connects, None for all.
        """
        # discord.py warns at every start that voice libraries are missing: there is no voice here.
        discord.VoiceClient.warn_nacl = False
        discord.VoiceClient.warn_dave = False
        some: dict[str, Any] = {} if shards is None else {"shard_ids": shards.numbers, "shard_count": shards.of}
        super().__init__(
            command_prefix=(),
            help_command=None,
            tree_cls=Tree,
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=60.0,
            **some,
            http_trace=trace if trace is not None else aiohttp.TraceConfig(),
        )
        self._make_cogs = make_cogs
        self._buttons = buttons
        self._numbers: dict[str, int] = {}
        self._on_answer = on_answer
        self._servers = servers
        self._recall = recall
        self._remember = remember
        self.tree.error(on_error)
        assert isinstance(self.tree, Tree)  # noqa: S101 - `tree_cls` above
        self.tree.locale_of = locale_of
        self.tree.may_answer = may_answer
        self.tree.door = door
        if api is not None:
            discord.http.Route.BASE = api
        self._connect_by(None if gateway is None else URL(gateway))

    def _connect_by(self, gateway: URL | None) -> None:
        """Connect to a gateway of ours whatever address Discord names, at READY (`resume_gateway_url`) too.

        And let everything else have its turn after each message: of those that wait in the connection's buffer, such as
        a thousand servers after READY, discord.py handles one after another without giving up the event loop.
        """
        connect = self.http.ws_connect

        async def ws_connect(url: str, *, compress: int = 0) -> Any:
            where = url if gateway is None else str(gateway.with_query(URL(url).query))
            socket: Any = await connect(where, compress=compress)
            receive = socket.receive

            async def receive_in_turn(timeout: float | None = None) -> Any:  # noqa: ASYNC109 - aiohttp's own
                await asyncio.sleep(0)
                return await receive(timeout)

            socket.receive = receive_in_turn
            return socket

        self.http.ws_connect = ws_connect  # type: ignore[method-assign]

    async def setup_hook(self) -> None:
        """Add what answers, and tell Discord of the commands where they changed (200 creations a day, error 30034)."""
        await self.add_commands()
        self.add_dynamic_items(*self._buttons)
        await self.tree.set_translator(Translator())
        await self.sync_commands()

    async def add_commands(self) -> None:
        """Put the cogs' commands into the tree, menus of messages included."""
        for cog in self._make_cogs():
            await self.add_cog(cog)
            for menu in getattr(cog, "menus", ()):
                self.tree.add_command(menu)

    async def sync_commands(self) -> bool:
        """Tell Discord of the commands where they changed; whether it knows them now."""
        digest = self.commands_digest()
        try:
            if await self._recall("commands") == digest:
                return True
            await self.tree.sync()
            await self._remember("commands", digest)
        except (StorageUnavailable, discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("commands not synced", problem=str(error))
            return False
        except RuntimeError:  # aiohttp's word for a session that was closed: the bot ends
            if not self.is_closed():
                raise
            return False
        log.info("commands synced")
        return True

    async def command_numbers(self) -> Mapping[str, int]:
        """Discord's numbers of the commands, by name; asked once, and empty while Discord does not say."""
        if not self._numbers:
            try:
                self._numbers = {one.name: one.id for one in await self.tree.fetch_commands()}
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                log.info("commands' numbers not read", problem=str(error))
        return self._numbers

    def commands_digest(self) -> str:
        """What the commands look like to Discord, for this application and with these catalogues, as a short digest."""
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        text = json.dumps([self.application_id, catalogues_digest(), payload], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def connection(self) -> Connection:
        """How the gateway is."""
        ready = self.is_ready() and not any(shard.is_closed() for shard in self.shards.values())
        return Connection(ready=ready, latency=self.latency if ready else 0.0, servers=len(self.guilds))

    def logged_in(self) -> Connection:
        """The same for a process that only sends: it needs no gateway."""
        return Connection(ready=not self.is_closed(), latency=0.0, servers=0)

    async def on_app_command_completion(self, _interaction: object, command: Any) -> None:
        """Count what was answered."""
        self._on_answer(command.qualified_name)

    async def on_ready(self) -> None:
        """Say that the bot is there; may come several times."""
        log.info("ready", user=str(self.user), servers=len(self.guilds))
        if self._servers is not None:
            await self._servers.all([guild.id for guild in self.guilds])

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Nothing is sent unasked: it is only noted."""
        if self._servers is not None:
            await self._servers.came(guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """What is kept of it waits for it to come back, some time."""
        if self._servers is not None:
            await self._servers.went(guild.id)

    async def on_command_error(self, _context: Any, _error: Exception) -> None:
        """There are no commands by message: a mention of the bot is none."""


def invitation(application_id: int) -> str:
    """The link that adds the bot to a server, with the least permissions."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))
