"""Talking to Discord: logging in, the gateway, and those who send, for as long as the process lives.

Never: an alert or an answer of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from datetime import timedelta

import aiohttp
import discord

from bot.client import Client
from bot.crew import drained
from bot.errors import AlreadyRunning, ConfigError, StorageError, StorageUnavailable
from bot.front import make_client
from bot.house import House
from bot.log import get_logger
from bot.roles import Role, Share, gateway_seat
from bot.senders import sending_loops
from bot.workers.loop import Signals
from bot.workers.roster import Roster
from bot.workers.seat import KEPT_EVERY, Seat

log = get_logger(__name__)

LOADING = timedelta(minutes=10)
NEVER = 1_000_000
"""So many younger collections that no full one comes."""
DISCORD_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
UNREACHABLE = (discord.HTTPException, discord.GatewayNotFound, aiohttp.ClientError, OSError, TimeoutError)


async def talk(house: House, token: str, roster: Roster | None) -> None:
    """Everything that needs Discord: the gateway and the deliverers."""
    roles = house.settings.roles
    seat = None
    if roster is not None and Role.GATEWAY in roles:
        seat = Seat(house.seats, gateway_seat(house.settings.shard_range), house.holder, house.clock)
    client = await logged_in(house, token, seat)
    if client is None:
        return
    house.meters.connection = client.connection if Role.GATEWAY in roles else client.logged_in
    try:
        async with asyncio.TaskGroup() as group:
            senders = []
            if Role.DELIVER in roles:
                share = Share if roster is None else lambda: roster.share
                senders = [group.create_task(loop) for loop in sending_loops(house, client, share=share)]
            if Role.GATEWAY in roles:
                group.create_task(_answer(client, house, seat))
            await house.signals.stopping.wait()
            await drained(senders)
            await client.close()
    finally:
        await client.close()
        if seat is not None:
            with contextlib.suppress(StorageError):
                await seat.leave()


async def _answer(client: Client, house: House, seat: Seat | None) -> None:
    """Answer commands, once this process has the seat of its shards where there is one."""
    signals = house.signals
    if seat is not None and not await _seated(seat, signals):
        return
    async with asyncio.TaskGroup() as group:
        calm = group.create_task(_loaded(client))
        keeper = None if seat is None else group.create_task(_kept(seat, signals))
        group.create_task(_synced(client, signals))
        await _gateway(client, signals)
        calm.cancel()
        if keeper is not None:
            keeper.cancel()


async def _loaded(client: Client) -> None:
    """Until the gateway has told of every server, let no full collection hold the loop; then keep what it told.

    The servers live as long as the process: each full collection would go through all of them.
    """
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, NEVER)
    try:
        async with asyncio.timeout(LOADING.total_seconds()):
            await client.wait_until_ready()
        gc.freeze()
    except TimeoutError:
        log.info("the gateway has not told of all servers yet", seconds=LOADING.total_seconds())
    finally:
        gc.set_threshold(young, middle, old)


async def _seated(seat: Seat, signals: Signals) -> bool:
    """Wait for a seat; whether it is had, before the process is told to stop."""
    waits = False
    while not signals.stopping.is_set():
        with contextlib.suppress(StorageUnavailable):
            if await seat.hold() is not None:
                return True
            if not waits:
                log.info("another process has these shards: standing by", seat=seat.name)
            waits = True
        await signals.rest(KEPT_EVERY)
    return False


async def _kept(seat: Seat, signals: Signals) -> None:
    """Keep a seat. Raises `AlreadyRunning` where another process took it: that one answers now."""
    while not signals.stopping.is_set():
        await signals.rest(KEPT_EVERY)
        with contextlib.suppress(StorageUnavailable):
            if not signals.stopping.is_set() and await seat.hold() is None:
                raise AlreadyRunning(f"another process has taken the seat {seat.name}: this one ends, to stand by")


async def _synced(client: Client, signals: Signals) -> None:
    """Tell Discord of the commands until it has taken them: the old ones go on working meanwhile."""
    wait = DISCORD_WAIT
    while not signals.stopping.is_set() and not await client.sync_commands():
        await signals.rest(wait)
        wait = min(wait * 2, LONGEST_WAIT)


async def _gateway(client: Client, signals: Signals) -> None:
    """Stay connected. Once connected, discord.py reconnects by itself; until then, try again while nothing answers."""
    while not signals.stopping.is_set():
        try:
            await client.connect()
        except discord.ConnectionClosed as error:
            if error.code == 4004:
                raise ConfigError(REFUSED) from error
            raise
        except UNREACHABLE as error:
            await _wait_for_discord(signals, error)
        else:
            break
    if not signals.stopping.is_set():
        raise ConnectionError("the gateway's loop ended by itself")


REFUSED = (
    "Discord refuses the token: copy it again from the developer portal (Bot, Reset Token) into DATELINE_TOKEN or the "
    "file that DATELINE_TOKEN_FILE names"
)


async def logged_in(house: House, token: str, seat: Seat | None = None) -> Client | None:
    """A client that is logged in, tried as often as it takes while Discord cannot be reached; None where told to stop.

    Each try has a client of its own: discord.py's cannot log in twice. With a seat it answers while it has that.
    """
    while not house.signals.stopping.is_set():
        client = make_client(house, may_answer=None if seat is None else seat.is_held)
        try:
            await client.login(token)
        except discord.LoginFailure as error:
            await client.close()
            raise ConfigError(REFUSED) from error
        except UNREACHABLE as error:
            await client.close()
            await _wait_for_discord(house.signals, error)
        except BaseException:
            await client.close()
            raise
        else:
            return client
    return None


async def _wait_for_discord(signals: Signals, error: Exception) -> None:
    log.warning("Discord cannot be reached", problem=type(error).__name__, again=DISCORD_WAIT.total_seconds())
    await signals.rest(DISCORD_WAIT)
