"""The bot's client, logged in to the Discord double and connected; without commands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord as library

from bot.client import Client
from bot.poster import attempts_trace
from tests.discord_double import Discord


@asynccontextmanager
async def connected(discord: Discord, *, gateway: bool = True) -> AsyncIterator[Client]:
    """A client that knows the double's server; what it changes for the whole process is given back.

    Without `gateway` it is only logged in, as a process that delivers and does nothing else.
    """

    async def nothing(*_: object) -> None: ...

    async def unheard(_interaction: object, _error: object) -> None: ...

    base = library.http.Route.BASE
    client = Client(
        make_cogs=lambda: (),
        buttons=(),
        on_error=unheard,
        recall=nothing,
        remember=nothing,
        api=discord.api,
        gateway=discord.gateway,
        trace=attempts_trace(),
    )
    try:
        await client.login(discord.token)
        if not gateway:
            yield client
            return
        connection = asyncio.create_task(client.connect())
        await discord.until(lambda: client.get_guild(discord.guild), what="the server in the client's cache")
        yield client
        await client.close()
        await connection
    finally:
        await client.close()
        library.http.Route.BASE = base
