"""The demo: the same bot, workers and all, inside a simulated Discord shown in a local browser page.

The catalogue is watched where it can be reached within `REACH`; else the demo's own feeds, served on loopback. Never: a
token, or a database that outlives the demo.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import simcord
import typer

from bot import config, log
from bot.app import pages_of
from bot.clock import SystemClock
from bot.config import Settings
from bot.crew import watching_loops
from bot.errors import ConfigError
from bot.feeds import catalogue
from bot.feeds.fetch import Fetcher, make_session
from bot.feeds.guard import AddressPolicy
from bot.front import make_client
from bot.house import House, open_house, stock
from bot.model import OPERATOR, ChannelId, Fetched, GuildId, Query
from bot.sandbox.as_discord import as_discord
from bot.sandbox.feeds import DemoFeeds
from bot.senders import sending_loops
from bot.web.server import serving

REACH = timedelta(seconds=5)
PROBES = 4
LOOPBACK = "127.0.0.1"
REFRESH = timedelta(seconds=1)
TOPIC = "securitycooperation"
FIRST_POLLS = timedelta(seconds=20)

logger = log.get_logger(__name__)


class WallClock:
    """The real time in place of simcord's own clock, which stands still at the start of 2026."""

    def __init__(self) -> None:
        self._began = datetime.now(UTC)

    def now(self) -> datetime:
        """The present."""
        return datetime.now(UTC)

    @property
    def elapsed(self) -> float:
        """Seconds since the demo began."""
        return (datetime.now(UTC) - self._began).total_seconds()

    def advance(self, seconds: float) -> None:
        """Nobody advances the real time."""


@dataclass(slots=True, kw_only=True)
class Demo:
    """A demo under way."""

    url: str
    house: House
    env: Any
    page: Any
    channel: Any
    visitor: Any
    feeds: DemoFeeds | None
    pages: str
    """The address of the web pages."""


async def run(*, port: int = 0, offline: bool = False) -> None:
    """Run the demo until it is interrupted or told to end, and print the address of its page."""
    ending = False
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine runs in one

    def end() -> None:
        nonlocal ending
        ending = True
        task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
    try:
        await _show(port, offline)
    except asyncio.CancelledError:
        if not ending:
            raise


async def _show(port: int, offline: bool) -> None:
    settings = config.load()
    log.configure("warning" if settings.log_level == "info" else settings.log_level, as_json=settings.log_json)
    typer.echo("Starting the demo ...", err=True)
    async with opened(settings, port=port, offline=offline) as demo:
        watched = "its own invented feeds (the catalogue cannot be reached)" if demo.feeds else "the catalogue's feeds"
        typer.echo(f"Dateline is watching {watched}.\nOpen this page in a browser:\n\n  {demo.url}\n", err=False)
        typer.echo(f"Type /news and choose a topic, such as {TOPIC}. Ctrl+C ends the demo.")
        typer.echo(f"The same memory as web pages: {demo.pages}")
        await demo.page.wait_closed()


@asynccontextmanager
async def opened(settings: Settings, *, port: int = 0, offline: bool = False) -> AsyncIterator[Demo]:
    """The demo with its workers running: the page can be opened at once. Raises `ConfigError` for a taken port."""
    _check_port(port)
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="dateline-demo-"))
        feeds: DemoFeeds | None = None
        changes: dict[str, Any] = {
            "database": str(Path(folder) / "demo.sqlite"),
            "token": None,
            "token_file": None,
            "public_url": None,
        }
        if offline or not await reachable(settings):
            feeds = await stack.enter_async_context(DemoFeeds(clock).served())
            changes |= {"catalogue": "none", "allow_private": (*settings.allow_private, feeds.host)}
        house = await stack.enter_async_context(
            open_house(settings.model_copy(update=changes), clock=clock, holder="demo")
        )
        await (house.sources.add_all(OPERATOR, feeds.sources(), now=clock.now()) if feeds else stock(house))
        client = make_client(house)
        stack.enter_context(as_discord())
        env = await stack.enter_async_context(simcord.run(client, shard_count=1))
        backend: Any = env.backend
        backend.clock = WallClock()
        backend.bot_user.name = "Dateline"
        guild = env.create_guild(name="Dateline demo")
        channel = guild.create_text_channel("news")
        moderators = guild.create_role("Moderators", permissions=_manage_guild())
        visitor = guild.add_member(env.create_user("you"), roles=[moderators])
        await house.tell.add(GuildId(guild.id), ChannelId(channel.id), Query(topic=TOPIC), None)
        loops = [*watching_loops(house), *sending_loops(house, client), *([_publish(house, feeds)] if feeds else [])]
        tasks = [asyncio.create_task(_kept(loop)) for loop in loops]
        stack.push_async_callback(_end, tasks)
        stack.callback(house.signals.stop)
        await _first_polls(house)
        page = await stack.enter_async_context(
            env.preview(
                channel,
                viewers=[visitor],
                layout="channel",
                assets=feeds.images() if feeds else None,
                port=port or None,
            )
        )
        tasks.append(asyncio.create_task(_refresh(page, channel, house)))
        await visitor.slash(channel, "news", topic=TOPIC)
        await page.refresh()
        yield Demo(
            url=page.url,
            house=house,
            env=env,
            page=page,
            channel=channel,
            visitor=visitor,
            feeds=feeds,
            pages=await stack.enter_async_context(_web(house)),
        )


def _check_port(port: int) -> None:
    """Raise `ConfigError` where the page cannot have a port: at once, not when the memory is filled."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise ConfigError(
                f"--port: {LOOPBACK}:{port} cannot be had ({error.strerror}): choose another port, or leave it out for "
                "any that is free"
            ) from error


@asynccontextmanager
async def _web(house: House) -> AsyncIterator[str]:
    """The web pages on any free port of this machine; their address."""
    async with pages_of(house) as pages, serving(pages.routes(), host=LOOPBACK, port=0, max_body=0) as port:
        yield f"http://{LOOPBACK}:{port}/"


def _manage_guild() -> Any:
    from bot.client import PERMISSIONS

    return PERMISSIONS | type(PERMISSIONS)(manage_guild=True)


async def reachable(settings: Settings) -> bool:
    """Whether any of a few feeds of the catalogue answers in time."""
    policy = AddressPolicy.of(settings.allow_private)
    listed = catalogue.load(settings.catalogue, policy)
    if not listed:
        return False
    async with make_session(policy, contact=settings.contact) as session:
        fetcher = Fetcher(session, policy)
        step = max(1, len(listed) // PROBES)
        probes = [asyncio.create_task(fetcher.fetch(source.url)) for source in listed[::step][:PROBES]]
        try:
            async with asyncio.timeout(REACH.total_seconds()):
                for probe in asyncio.as_completed(probes):
                    if isinstance(await probe, Fetched):
                        return True
        except TimeoutError:
            pass
        finally:
            for each in probes:
                each.cancel()
            await asyncio.gather(*probes, return_exceptions=True)
    return False


async def _kept(work: Awaitable[None]) -> None:
    """Run a worker; should it die, say so: the page would otherwise just stand still."""
    try:
        await work
    except Exception:
        logger.exception("a worker of the demo died")
        raise


async def _first_polls(house: House) -> None:
    """Wait until the first polls have filled the memory, or have had their time."""
    try:
        async with asyncio.timeout(FIRST_POLLS.total_seconds()):
            while await house.sources.due(now=house.clock.now()):
                await house.clock.sleep(timedelta(milliseconds=100))
    except TimeoutError:
        pass


async def _publish(house: House, feeds: DemoFeeds) -> None:
    """Have a feed polled as soon as a story appears in it: a real feed's rhythm is too slow to watch."""
    by_url = {source.url: source.id for source in await house.sources.for_guild(OPERATOR)}
    for story in feeds.later():
        await house.signals.rest(max(timedelta(0), story.at - house.clock.now()))
        while not house.signals.stopping.is_set() and house.clock.now() <= story.at:
            await house.signals.rest(max(timedelta(milliseconds=50), story.at - house.clock.now()))
        if house.signals.stopping.is_set():
            return
        await house.sources.wake(by_url[f"{feeds.origin}/{story.outlet}.xml"], now=house.clock.now())
        house.signals.wake()


async def _refresh(page: Any, channel: Any, house: House) -> None:
    """Show what the bot posted by itself: the page shows only what its visitor did."""
    shown = None
    while not house.signals.stopping.is_set():
        await asyncio.sleep(REFRESH.total_seconds())
        last = channel.last_message
        if last is None or last.id == shown:
            continue
        try:
            await page.refresh()
        except simcord.SetupError:
            continue  # the visitor's own action is under way: the next round shows both
        shown = last.id


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
