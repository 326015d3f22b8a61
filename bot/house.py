"""The house: the memory, the web's session, the parser, and the services, put together. Never: a rule of the bot.

`open_house` is what every command needs that touches the memory.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from bot.clock import Clock, SystemClock
from bot.config import Settings
from bot.feeds import catalogue
from bot.feeds.fetch import Fetcher, make_session
from bot.feeds.guard import AddressPolicy
from bot.feeds.parse import Parser
from bot.meters import Meters
from bot.model import OPERATOR
from bot.news.hashtags import Hashtags
from bot.news.tagger import Tagger
from bot.pictures.studio import Studio
from bot.roles import DESK
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
from bot.workers.ingest import Ingest, Report
from bot.workers.loop import Signals, Topic
from bot.workers.reading import Reader
from bot.workers.seat import Seat
from bot.workers.trends import Trends as TrendWorker
from storage.days import Days
from storage.deliveries import Deliveries
from storage.denials import Denials
from storage.digests import Digests
from storage.guilds import Alerts
from storage.languages import Languages
from storage.news import News
from storage.notes import Notes
from storage.notices import Notices
from storage.opening import open_store
from storage.own_topics import OwnTopics
from storage.privacy import Privacy
from storage.processes import FencedDriver, Processes, Seats
from storage.profiles import Profiles
from storage.retention import Retention
from storage.sources import Sources
from storage.subscriptions import Subscriptions
from storage.tags import Tags
from storage.trends import Trends
from storage.visits import Visits


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
    def of(cls, fenced: FencedDriver, seat: Seat) -> DeskStores:
        """Of a database as it is fenced by the desk's seat."""
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
        tags, notices, digests = Tags(driver), Notices(driver), Digests(driver)
        seats = Seats(driver)
        seat = Seat(seats, DESK, holder, clock)
        fenced = FencedDriver(driver, seat.name, lambda: seat.term)
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
            desk=DeskStores.of(fenced, seat),
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
            trends=TrendService(Trends(driver), clock),
            related=RelatedService(news, ask, tagger, clock),
            profiles=ProfileService(profiles, ask, clock),
            topics=TopicService(own, news, tell, Hashtags.load(), clock, limit=settings.topics_per_server),
            top=TopService(news, ask, clock, random.random),
            visits=VisitService(Visits(driver), clock),
            voice=voice,
            privacy=privacy,
            keep=PrivacyService(privacy, voice, clock, policy=settings.privacy_policy),
            admission=admission,
            days=DayService(Days(driver), clock),
            charts=ChartService(Days(driver), profiles, news, ask, studio, clock),
        )
        await ingest.close()


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
