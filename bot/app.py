"""The composition root: opens what the bot is made of, starts it, and stops it in order. Never: a rule of the bot.

`open_house` is what every command needs that touches the memory; `run` adds Discord. Stopping: claim no more, wait up
to `DRAIN` for steps under way, cancel the rest (their leases expire or are recovered at the next start), close the
client, then the storage.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import aiohttp
import discord
from discord.ext import commands

from bot import __version__, words
from bot.client import Client
from bot.clock import Clock, SharedClock, SystemClock
from bot.config import Settings
from bot.errors import AlreadyRunning, ConfigError, StorageError, StorageUnavailable
from bot.feeds import catalogue
from bot.feeds.fetch import Fetcher, make_session
from bot.feeds.guard import AddressPolicy
from bot.feeds.parse import Parser
from bot.log import get_logger
from bot.meters import Meters
from bot.model import OPERATOR, ChannelId, GuildId
from bot.news import country_names
from bot.news.hashtags import Hashtags
from bot.news.tagger import Tagger
from bot.pictures.studio import Studio
from bot.poster import DiscordPoster, attempts_trace
from bot.roles import ALL_SHARDS, DESK, Process, Role, Share, gateway_seat, named
from bot.services.admission import TYPED, AdmissionService, Cost, Limit
from bot.services.alerts import AlertService
from bot.services.charts import ChartService
from bot.services.corrections import CorrectionService
from bot.services.days import DayService
from bot.services.follows import FollowService
from bot.services.news import NewsService
from bot.services.privacy import PrivacyService
from bot.services.profiles import ProfileService
from bot.services.related import RelatedService
from bot.services.settings import SettingsService
from bot.services.sources import SourceService
from bot.services.top import TopService
from bot.services.topics import TopicService
from bot.services.trends import TrendService
from bot.services.visits import VisitService
from bot.services.why import WhyService
from bot.web.health import Health
from bot.web.hooks import MAX_BODY, PATH, Hooks
from bot.web.pages import Pages, open_pages
from bot.web.server import serving
from bot.workers import loop
from bot.workers.delivery import Deliverer
from bot.workers.desk import Desk
from bot.workers.digest import Gatherer
from bot.workers.hubs import Hubs
from bot.workers.ingest import Ingest, Report
from bot.workers.janitor import Janitor
from bot.workers.loop import Signals, Topic
from bot.workers.notices import Herald
from bot.workers.pace import Pace
from bot.workers.reading import Reader
from bot.workers.roster import EVERY, Roster, set_clock
from bot.workers.seat import KEPT_EVERY, Seat
from bot.workers.surges import Surges
from bot.workers.sweeper import Keep, Sweeper
from bot.workers.trends import Trends as TrendWorker
from cogs.alerts import Alerts as AlertCog
from cogs.charts import Charts as ChartsCog
from cogs.door import door
from cogs.follows import Follows as FollowCog
from cogs.follows import follow_items
from cogs.help import Help, help_items
from cogs.news import News as NewsCog
from cogs.own_topics import Topic as TopicCog
from cogs.own_topics import own_topic_items
from cogs.pages import dynamic_items
from cogs.privacy import Privacy as PrivacyCog
from cogs.privacy import privacy_items
from cogs.profiles import Profiles as ProfilesCog
from cogs.related import Related as RelatedCog
from cogs.settings import Settings as SettingsCog
from cogs.setup import Setup as SetupCog
from cogs.setup import setup_items
from cogs.sources import SourceAdmin, source_items
from cogs.sources import Sources as SourcesCog
from cogs.stories import Stories as StoriesCog
from cogs.stories import story_items
from cogs.tags import Tags as TagsCog
from cogs.topics import Topics as TopicsCog
from cogs.topics import topic_items
from cogs.ui import scope, tell_error
from cogs.why import Why as WhyCog
from storage.days import Days
from storage.deliveries import Deliveries
from storage.denials import Denials
from storage.digests import Digests
from storage.driver import Driver
from storage.guilds import Alerts
from storage.languages import Languages
from storage.news import News
from storage.notes import Notes
from storage.notices import Notices
from storage.opening import bell, name_of, newest_schema, open_store, run_lock
from storage.own_topics import OwnTopics
from storage.privacy import Privacy
from storage.processes import FencedDriver, Processes, Seats
from storage.profiles import Profiles
from storage.retention import Retention
from storage.sources import Sources
from storage.subscriptions import Subscriptions
from storage.tags import Tags
from storage.trends import Trends
from storage.upkeep import looked_through
from storage.visits import Visits

log = get_logger(__name__)

DRAIN = timedelta(seconds=20)
IDLE = timedelta(seconds=1)
DELIVERERS = 8
RUN = "run"
"""What the holders of a bot that is one process begin with."""
ADMITTED_EVERY = timedelta(minutes=1)
"""How often a process of several reads which hashtags the news gave: the desk's process chooses them."""
LOOK = timedelta(seconds=0.5)
"""How often the event loop's lag is measured."""
LOADING = timedelta(minutes=10)
NEVER = 1_000_000
"""So many younger collections that no full one comes."""
DISCORD_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
UNREACHABLE = (discord.HTTPException, discord.GatewayNotFound, aiohttp.ClientError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskStores:
    """The memory as the desk writes it: not at all, once another process has its seat."""

    seat: Seat
    news: News
    alerts: Alerts
    deliveries: Deliveries
    digests: Digests
    hubs: Subscriptions
    privacy: Privacy
    retention: Retention

    @classmethod
    def of(cls, driver: Driver, seat: Seat) -> DeskStores:
        """Of a database, fenced by a seat."""
        fenced = FencedDriver(driver, seat.name, lambda: seat.term)
        return cls(
            seat=seat,
            news=News(fenced),
            alerts=Alerts(fenced),
            deliveries=Deliveries(fenced),
            digests=Digests(fenced),
            hubs=Subscriptions(fenced),
            privacy=Privacy(fenced),
            retention=Retention(fenced),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything but Discord, open."""

    settings: Settings
    clock: Clock
    holder: str
    """Who holds the leases that this process takes."""
    processes: Processes
    seats: Seats
    desk: DeskStores
    sources: Sources
    news: News
    alerts: Alerts
    deliveries: Deliveries
    digests: Digests
    notices: Notices
    hubs: Subscriptions
    fetcher: Fetcher
    notes: Notes
    ingest: Ingest
    emerge: TrendWorker
    signals: Signals
    meters: Meters
    ask: NewsService
    watch: SourceService
    tell: AlertService
    follow: FollowService
    fix: CorrectionService
    explain: WhyService
    trends: TrendService
    top: TopService
    topics: TopicService
    profiles: ProfileService
    related: RelatedService
    visits: VisitService
    voice: SettingsService
    privacy: Privacy
    retention: Retention
    keep: PrivacyService
    admission: AdmissionService
    days: DayService
    charts: ChartService


@asynccontextmanager
async def open_house(
    settings: Settings,
    *,
    clock: Clock | None = None,
    holder: str,
    on_report: Callable[[Report], None] = lambda _: None,
) -> AsyncIterator[House]:
    """Open storage, HTTP session and parser, and put the services together; the parser starts when it is needed."""
    clock = clock or SystemClock()
    policy = AddressPolicy.of(settings.allow_private)
    async with AsyncExitStack() as stack:
        driver = await open_store(settings.database_path)
        stack.push_async_callback(driver.close)
        session: aiohttp.ClientSession = await stack.enter_async_context(make_session(policy, contact=settings.contact))
        parser = Parser(workers=settings.parsers or None, allow_private_links=policy.allow_private)
        stack.push_async_callback(parser.close)
        sources, news, alerts, deliveries = Sources(driver), News(driver), Alerts(driver), Deliveries(driver)
        tags, trends, notices, digests = Tags(driver), Trends(driver), Notices(driver), Digests(driver)
        seats = Seats(driver)
        seat = Seat(seats, DESK, holder, clock)
        fenced = FencedDriver(driver, DESK, lambda: seat.term)
        emerge = TrendWorker(Trends(fenced), Tags(fenced), news, clock)
        await emerge.load()
        signals = Signals()
        meters = Meters()

        def polled(report: Report) -> None:
            stored = report.stored
            meters.polled(
                failed=report.problem is not None,
                changed=report.changed,
                new=stored.new if stored is not None else 0,
                silent=stored.silent if stored is not None else False,
            )
            on_report(report)

        fetcher = Fetcher(session, policy, clock=clock)
        tagger = Tagger.load()
        ingest = Ingest(
            sources,
            fetcher,
            parser,
            tagger,
            clock,
            holder=holder,
            jitter=random.random,
            batch=settings.pollers,
            admitted=emerge.slugs,
            with_hubs=settings.public_url is not None,
            alone=not settings.only,
            on_items=lambda: signals.tell(Topic.ITEMS),
            on_report=polled,
        )
        own, profiles, languages = OwnTopics(driver), Profiles(driver), Languages(driver)
        studio = Studio()
        stack.push_async_callback(studio.close)
        ask = NewsService(news, own, Hashtags.load(), clock)
        voice, privacy = SettingsService(languages, clock), Privacy(driver)
        tell = AlertService(
            alerts,
            digests,
            ask,
            clock,
            limit=settings.alerts_per_server,
            in_channel=settings.alerts_per_channel,
        )
        admission = AdmissionService(Denials(driver), clock, limits=_limits(settings))
        yield House(
            settings=settings,
            clock=clock,
            holder=holder,
            processes=Processes(driver),
            seats=seats,
            desk=DeskStores.of(driver, seat),
            sources=sources,
            news=news,
            alerts=alerts,
            deliveries=deliveries,
            digests=digests,
            notices=notices,
            hubs=Subscriptions(driver),
            fetcher=fetcher,
            notes=Notes(driver),
            ingest=ingest,
            emerge=emerge,
            signals=signals,
            meters=meters,
            ask=ask,
            watch=SourceService(
                sources,
                notices,
                news,
                ingest,
                policy,
                clock,
                admission=admission,
                limit=settings.sources_per_server,
            ),
            tell=tell,
            follow=FollowService(
                alerts, digests, deliveries, news, tell, languages, clock, limit=settings.follows_per_person
            ),
            fix=CorrectionService(news, tags, tagger, clock),
            explain=WhyService(news, alerts, ask),
            trends=TrendService(trends, clock),
            related=RelatedService(news, ask, tagger, clock),
            profiles=ProfileService(profiles, ask, clock),
            topics=TopicService(own, news, tell, Hashtags.load(), clock, limit=settings.topics_per_server),
            top=TopService(news, ask, clock, random.random),
            visits=VisitService(Visits(driver), clock),
            voice=voice,
            privacy=privacy,
            retention=Retention(driver),
            keep=PrivacyService(privacy, voice, clock, policy=settings.privacy_policy),
            admission=admission,
            days=DayService(Days(driver), clock),
            charts=ChartService(Days(driver), profiles, news, ask, studio, clock),
        )
        await ingest.close()


def kept(settings: Settings) -> Keep:
    """For how long the operator keeps what."""

    def days(number: int | None) -> timedelta | None:
        return None if number is None else timedelta(days=number)

    return Keep(
        news=days(settings.keep_news),
        deliveries=days(settings.keep_deliveries),
        revisions=days(settings.keep_revisions),
        notices=days(settings.keep_notices),
        visits=days(settings.keep_visits),
        feed_days=days(settings.keep_feed_days),
        queries=settings.keep_queries,
    )


def _limits(settings: Settings) -> dict[Cost, Limit]:
    """How much of each cost a person has."""
    minute, day = timedelta(minutes=1), timedelta(days=1)
    return {
        Cost.COMMAND: Limit(most=settings.commands_per_minute, span=minute),
        Cost.TYPING: Limit(most=settings.commands_per_minute * TYPED, span=minute),
        Cost.PICTURE: Limit(most=settings.pictures_per_minute, span=minute),
        Cost.FETCH: Limit(most=settings.fetches_per_minute, span=minute),
        Cost.EXPORT: Limit(most=settings.exports_per_day, span=day),
    }


@asynccontextmanager
async def open_reader(settings: Settings) -> AsyncIterator[tuple[Reader, AddressPolicy]]:
    """What reads addresses, without a memory: for looking at one before it is watched."""
    policy = AddressPolicy.of(settings.allow_private)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(make_session(policy, contact=settings.contact))
        parser = Parser(workers=1, allow_private_links=policy.allow_private)
        stack.push_async_callback(parser.close)
        clock = SystemClock()
        yield Reader(Fetcher(session, policy, clock=clock), parser, clock), policy


async def stock(house: House) -> int:
    """Put the catalogue's sources into the memory; how many were not there before.

    A source of the catalogue that the operator removed stays removed: each is offered once. The rules of its web pages
    are the operator's present word: a page that changed is mended in the file.
    """
    which = house.settings.catalogue
    listed = catalogue.load(which, AddressPolicy.of(house.settings.allow_private))
    offered = set((await house.notes.recall("catalogue") or "").split("\n"))
    fresh = [source for source in listed if source.url not in offered]
    added = await house.sources.add_all(OPERATOR, fresh, now=house.clock.now()) if fresh else 0
    if len(fresh) < len(listed):
        await house.sources.change_rules(listed, now=house.clock.now())
    if fresh:
        await house.notes.remember("catalogue", "\n".join(sorted(offered | {source.url for source in fresh})).strip())
    return added


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


async def _always() -> bool:
    return True


def make_client(house: House, *, may_answer: Callable[[], Awaitable[bool]] = _always) -> Client:
    """The Discord client with everything it answers with; `may_answer` is asked before each answer."""

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


def make_desk(house: House) -> Desk:
    """The desk of a process that may have its seat."""
    desk = house.desk
    return Desk(
        desk.news,
        desk.alerts,
        house.clock,
        desk.seat,
        digests=desk.digests,
        on_deliveries=lambda: house.signals.tell(Topic.DELIVERIES),
    )


def watching_loops(house: House) -> list[Coroutine[Any, Any, None]]:
    """The loops that need no Discord, not started: pollers and the desk."""
    return [*polling_loops(house), *desk_loops(house)]


def polling_loops(house: House) -> list[Coroutine[Any, Any, None]]:
    """The loops of who watches, not started."""
    run_loop = partial(loop.run, beat=house.meters.beat)
    return [
        run_loop(f"ingest {number}", house.ingest.step, house.signals, idle=IDLE, topic=Topic.FEEDS)
        for number in range(house.settings.pollers)
    ]


def desk_loops(house: House) -> list[Coroutine[Any, Any, None]]:
    """The loops of the desk, not started: they do nothing while another process has its seat."""
    desk = house.desk

    def on_deliveries() -> None:
        house.signals.tell(Topic.DELIVERIES)

    surges = Surges(desk.news, desk.alerts, desk.digests, desk.deliveries, house.clock, on_deliveries=on_deliveries)
    gatherer = Gatherer(desk.digests, house.clock, on_deliveries=on_deliveries)
    public = house.settings.public_url
    steps: dict[str, Callable[[], Awaitable[bool]]] = {
        "desk": make_desk(house).step,
        "digests": gatherer.step,
        "janitor": Janitor(desk.deliveries, desk.privacy, house.clock).step,
        "sweeper": Sweeper(desk.retention, house.clock, kept(house.settings)).step,
        "surges": surges.step,
        "trends": house.emerge.step,
    }
    if public is not None:
        steps["hubs"] = Hubs(desk.hubs, house.fetcher, house.clock, callback=f"{public}{PATH}").step
    return [
        loop.run(name, desk.seat.seated(step), house.signals, idle=IDLE, topic=Topic.ITEMS, beat=house.meters.beat)
        for name, step in steps.items()
    ]


def sending_loops(
    house: House, client: discord.Client, *, share: Callable[[], Share] = Share
) -> list[Coroutine[Any, Any, None]]:
    """The loops of delivery, not started, for a client that is logged in."""
    poster = DiscordPoster(client, house.clock.now)
    deliverer = Deliverer(
        house.deliveries,
        poster,
        house.clock,
        house.holder,
        share=share,
        pace=Pace(house.clock),
        on_outcome=house.meters.delivered,
    )
    run_loop = partial(loop.run, topic=Topic.DELIVERIES, beat=house.meters.beat)
    herald = Herald(house.notices, poster, house.clock, house.holder)
    return [
        *(run_loop(f"delivery {number}", deliverer.step, house.signals, idle=IDLE) for number in range(DELIVERERS)),
        run_loop("notices", herald.step, house.signals, idle=IDLE),
    ]


async def run(settings: Settings) -> None:
    """The bot, or one of its processes, until SIGINT or SIGTERM. Raises `ConfigError` for what cannot work."""
    settings.check_roles()
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
                group.create_task(_talk(house, token, roster))
            await house.signals.stopping.wait()
            log.info("stopping")
            await _drained(watchers)
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


async def _talk(house: House, token: str, roster: Roster | None) -> None:
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
            await _drained(senders)
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


async def _drained(workers: Sequence[asyncio.Task[None]]) -> None:
    """Wait for the workers' present steps; cancel what takes too long."""
    if not workers:
        return
    _, late = await asyncio.wait(workers, timeout=DRAIN.total_seconds())
    for worker in late:
        worker.cancel()
    await asyncio.gather(*late, return_exceptions=True)


def _first(group: BaseExceptionGroup[ConfigError]) -> ConfigError:
    found = group.exceptions[0]
    return found if isinstance(found, ConfigError) else _first(found)


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

    async def may_answer() -> bool:
        if seat is None:
            return True
        try:
            return await seat.hold() is not None
        except StorageUnavailable:  # what is asked needs the memory too, and says so
            return seat.term is not None

    while not house.signals.stopping.is_set():
        client = make_client(house, may_answer=may_answer)
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
