"""The composition root: opens what the bot is made of, starts what its roles need, and stops it in order.

Stopping: claim no more, wait up to `DRAIN` for steps under way, cancel the rest (their leases expire or are recovered
at the next start), close the client, then the storage. Never: a rule of the bot.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from bot import __version__, words
from bot.clock import SharedClock
from bot.config import Settings
from bot.crew import desk_loops, drained, polling_loops
from bot.errors import ConfigError, StorageError
from bot.house import House, open_house, stock
from bot.log import get_logger
from bot.model import OPERATOR, ChannelId
from bot.news import country_names
from bot.roles import Process, Role, named
from bot.web.health import Health
from bot.web.hooks import MAX_BODY, Hooks
from bot.web.pages import Pages, open_pages
from bot.web.server import serving
from bot.workers import loop
from bot.workers.loop import Topic
from bot.workers.roster import EVERY, Roster, set_clock
from storage.opening import bell, name_of, newest_schema, run_lock
from storage.upkeep import looked_through

log = get_logger(__name__)

RUN = "run"
"""What the holders of a bot that is one process begin with."""
ADMITTED_EVERY = timedelta(minutes=1)
"""How often a process of several reads which hashtags the news gave: the desk's process chooses them."""
LOOK = timedelta(seconds=0.5)
"""How often the event loop's lag is measured."""


async def run(settings: Settings) -> None:
    """The bot, or one of its processes, until SIGINT or SIGTERM. Raises `ConfigError` for what cannot work."""
    settings.check_together()
    token = settings.discord_token() if settings.needs_token else None
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(run_lock(settings.database_path, shared=bool(settings.only)))
        if await looked_through(settings.database_path, seconds=settings.startup_check):
            log.info("the database is whole")
        if settings.only:
            house, roster = await _join(settings, stack)
        else:
            house, roster = await stack.enter_async_context(open_house(settings, holder=_alone())), None
            await _recover(house)
        if Role.DESK in settings.roles:
            await _prepare_memory(house)
        if Role.WATCH in settings.roles and not _is_watched(roster):
            await house.sources.spread(now=house.clock.now())
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, house.signals.stop)
        country_names.prepare()
        words.prepare()
        # The lexicon lives as long as the process: a full collection that goes through it holds the loop for 50 ms.
        gc.collect()
        gc.freeze()
        log.info("started", database=name_of(settings.database_path), roles=named(settings.roles))
        await stack.enter_async_context(listening(house))
        await serve(house, token, roster)
        log.info("stopped")


def _alone() -> str:
    """The holder of the leases of a bot that is one process."""
    return f"{RUN}-{secrets.token_hex(3)}"


async def _recover(house: House) -> None:
    """Whoever ran before is surely gone: this process has the lock that it had."""
    await house.seats.clear()
    await house.sources.recover(RUN)
    await house.deliveries.recover(RUN)


async def _prepare_memory(house: House) -> None:
    """What the desk's process does for all: the catalogue, and where the operator wants to hear of sources."""
    health_channel = house.settings.health_channel
    await house.notices.tell_in(OPERATOR, None if health_channel is None else ChannelId(health_channel))
    added = await stock(house)
    if added:
        log.info("catalogue read", new_sources=added)
    await _tell_of_lexicon(house)


async def _join(settings: Settings, stack: AsyncExitStack) -> tuple[House, Roster]:
    """The house of one process of several, and what it knows of the others."""
    clock = SharedClock()
    host = socket.gethostname()
    holder = f"{host}-{os.getpid()}-{secrets.token_hex(3)}"
    house = await stack.enter_async_context(open_house(settings, clock=clock, holder=holder))
    await set_clock(clock, house.processes)
    me = Process(
        id=holder,
        host=host,
        roles=settings.roles,
        shards=settings.shard_range,
        version=__version__,
        schema=newest_schema(settings.database_path),
        started_at=clock.now(),
        seen_at=clock.now(),
    )
    roster = Roster(house.processes, me, clock)
    await roster.join()
    stack.push_async_callback(_leave, house, roster)
    return house, roster


async def _leave(house: House, roster: Roster) -> None:
    """Make room at once; where the memory cannot be reached, the others miss this process before long."""
    with contextlib.suppress(StorageError):
        await house.desk.seat.leave()
        await roster.leave()


def _is_watched(roster: Roster | None) -> bool:
    """Whether another process polls feeds already."""
    return roster is not None and any(Role.WATCH in other.roles for other in roster.others)


@asynccontextmanager
async def listening(house: House) -> AsyncIterator[int | None]:
    """The web server, for what the settings want of it; its port, None where that is nothing."""
    settings = house.settings
    async with AsyncExitStack() as stack:
        if settings.health_listen is not None:
            health = Health(
                house.meters,
                house.news,
                house.sources,
                house.deliveries,
                house.clock,
                with_discord=settings.needs_token,
            )
            host, port = _place(settings.health_listen)
            await stack.enter_async_context(serving(health.routes(), host=host, port=port, max_body=0))
        routes = []
        serves = Role.WEB in settings.roles
        if serves and settings.public_url is not None:
            routes += Hooks(house.hubs, house.clock, on_call=lambda: house.signals.tell(Topic.FEEDS)).routes()
        if serves and settings.web:
            routes += (await stack.enter_async_context(pages_of(house))).routes()
        if not routes:
            yield None
            return
        host, port = _place(settings.listen)
        yield await stack.enter_async_context(serving(routes, host=host, port=port, max_body=MAX_BODY))


def _place(listen: str) -> tuple[str, int]:
    """Host and port of a setting that was checked."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def pages_of(house: House) -> AbstractAsyncContextManager[Pages]:
    """The web pages of a house."""
    return open_pages(
        ask=house.ask,
        trends=house.trends,
        top=house.top,
        days=house.days,
        sources=house.watch,
        clock=house.clock,
        public_url=house.settings.public_url,
    )


async def _tell_of_lexicon(house: House) -> None:
    """Say once, at the first start of a new lexicon, that the memory may be tagged anew."""
    before = await house.notes.recall("lexicon")
    if before != house.fix.lexicon:
        await house.notes.remember("lexicon", house.fix.lexicon)
        if before is not None:
            log.info("the lexicon is new: `dateline retag` tags what is stored anew", lexicon=house.fix.lexicon)


async def serve(house: House, token: str | None, roster: Roster | None = None) -> None:
    """Do what this process is for until told to stop; a worker that dies ends everything, loudly.

    Watching does not wait for Discord: while it cannot be reached, the memory fills all the same. A `token` is there
    where the roles need one, a `roster` where this is one process of several.
    """
    roles = house.settings.roles
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_watch_lag(house))
            loops = polling_loops(house) if Role.WATCH in roles else []
            loops += desk_loops(house) if Role.DESK in roles else []
            watchers = [group.create_task(loop) for loop in loops]
            together = [] if roster is None else [group.create_task(each) for each in _together(house, roster)]
            if token is not None:
                from bot.talk import talk  # 10 MB that a process without Discord does not need

                group.create_task(talk(house, token, roster))
            await house.signals.stopping.wait()
            log.info("stopping")
            await drained(watchers)
            for task in together:
                task.cancel()
    except BaseExceptionGroup as failed:
        # What is raised within `except*` stands in a group of its own until Python 3.11.4 (gh-103590).
        wrong = failed.subgroup(ConfigError)
        if wrong is None:
            raise
        raise _first(wrong) from None


async def _watch_lag(house: House) -> None:
    """Measure how late the event loop wakes: that late is every answer."""
    clock = asyncio.get_running_loop().time
    while not house.signals.stopping.is_set():
        before = clock()
        try:
            async with asyncio.timeout(LOOK.total_seconds()):
                await house.signals.stopping.wait()
        except TimeoutError:
            house.meters.lagged(max(0.0, clock() - before - LOOK.total_seconds()))


def _together(house: House, roster: Roster) -> list[Coroutine[Any, Any, None]]:
    """What one process of several does so that they work together, not started."""
    rope = bell(house.settings.database_path, lambda topic: house.signals.wake(Topic(topic)))
    house.signals.elsewhere = rope.ring
    run_loop = partial(loop.run, beat=house.meters.beat)
    return [
        rope.keep(),
        run_loop("roster", roster.step, house.signals, idle=EVERY),
        run_loop("hashtags", house.emerge.renew, house.signals, idle=ADMITTED_EVERY),
    ]


def _first(group: BaseExceptionGroup[ConfigError]) -> ConfigError:
    found = group.exceptions[0]
    return found if isinstance(found, ConfigError) else _first(found)
