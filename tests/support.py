"""Builders of what flows through the bot, for tests: each with defaults, so that a test names only what it is about."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.clock import Clock
from bot.model import (
    OPERATOR,
    Alert,
    AlertRule,
    Candidate,
    Category,
    Criteria,
    Delivery,
    Entry,
    FeedClaim,
    GuildId,
    Hold,
    Item,
    ItemId,
    NewItem,
    NewSource,
    Outlet,
    Placed,
    Poll,
    Role,
    Stored,
    StoryId,
    Tagged,
    Tagging,
    TagKind,
    Validators,
)
from bot.roles import DESK
from bot.workers.desk import Desk
from bot.workers.seat import Seat
from storage.deliveries import Deliveries
from storage.digests import Digests
from storage.driver import Driver
from storage.guilds import Alerts
from storage.languages import Languages
from storage.news import News
from storage.notices import Notices
from storage.own_topics import OwnTopics
from storage.processes import Processes, Seats
from storage.sources import Sources
from storage.sqlite import migrate_file
from storage.subscriptions import Subscriptions
from storage.tags import Tags
from storage.trends import Trends

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEASE = timedelta(minutes=2)
HOUR = timedelta(hours=1)
MOST_OPEN = 1_000

Look = Callable[[str], list[tuple[Any, ...]]]
"""Looks into the database of a test, or changes it, past the store, as another process may."""


class HeldClock:
    """A clock that stands still until it is moved; sleeping on it moves it."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def move(self, by: timedelta) -> datetime:
        self._monotonic += by.total_seconds()
        return self.jump(by)

    def jump(self, by: timedelta) -> datetime:
        """Set the clock of the wall alone: somebody corrected it, or the machine slept."""
        self._now += by
        return self._now

    async def sleep(self, duration: timedelta) -> None:
        self.move(duration)
        await asyncio.sleep(0)


@cache
def _migrated() -> bytes:
    """A database file that the real migrations made, without its salt: whoever opens a copy gives it its own."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "news.sqlite"
        with ThreadPoolExecutor(1) as beside:  # the event loop of this thread, where it has one, is the tests'
            beside.submit(asyncio.run, migrate_file(path)).result()
        connection = sqlite3.connect(path)
        with connection:
            connection.execute("DELETE FROM meta WHERE name = 'salt'")
        connection.close()  # folds the WAL into the file
        return path.read_bytes()


def new_database(folder: Path) -> Path:
    """The path of an empty database in this folder, migrated; the same one again where it is there already.

    It is copied: 6 ms of processor to open, where migrating afresh takes 34 and waits for the disk at each step.
    """
    path = folder / "news.sqlite"
    if not path.exists():
        path.write_bytes(_migrated())
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    sources: Sources
    news: News
    alerts: Alerts
    deliveries: Deliveries
    digests: Digests
    tags: Tags
    trends: Trends
    notices: Notices
    hubs: Subscriptions
    own_topics: OwnTopics
    languages: Languages
    processes: Processes
    seats: Seats

    def desk(self, clock: Clock, holder: str = "desk") -> Desk:
        """A desk of one of the processes that may have the seat."""
        return Desk(
            self.news,
            self.alerts,
            clock,
            Seat(self.seats, DESK, holder, clock),
            digests=self.digests,
            most_open=MOST_OPEN,
        )

    @classmethod
    def of(cls, driver: Driver) -> Stores:
        """All stores of one database."""
        return cls(
            sources=Sources(driver),
            news=News(driver),
            alerts=Alerts(driver),
            deliveries=Deliveries(driver),
            digests=Digests(driver),
            tags=Tags(driver),
            trends=Trends(driver),
            notices=Notices(driver),
            hubs=Subscriptions(driver),
            own_topics=OwnTopics(driver),
            languages=Languages(driver),
            processes=Processes(driver),
            seats=Seats(driver),
        )


def source(path: str = "world", *, outlet: str = "The Example", country: str | None = "GB") -> NewSource:
    return NewSource(url=f"https://news.example/{path}.xml", outlet=Outlet(name=outlet, country=country, language="en"))


def entry(title: str, *, url: str | None = None, summary: str = "", at: datetime | None = NOON) -> Entry:
    address = url if url is not None else "https://news.example/" + title.lower().replace(" ", "-")
    return Entry(guid=None, url=address, title=title, summary=summary, image=None, published_at=at, language="en")


def alert(rule: AlertRule, item: ItemId, *, hold: Hold | None = None) -> Alert:
    """What a rule makes of an item that is a story of its own."""
    return Alert(
        item=item,
        story=StoryId(item),
        rule=rule.id,
        guild=rule.guild,
        channel=rule.channel,
        role=rule.role,
        hold=hold,
    )


def tagging(tag: str, kind: TagKind = TagKind.TOPIC, role: Role = Role.SUBJECT, score: float = 0.9) -> Tagging:
    return Tagging(tag=tag, kind=kind, role=role, score=score, words=(tag,))


def item(**parts: Any) -> Item:
    """A stored item."""
    plain: dict[str, Any] = {
        "id": ItemId(1),
        "title": "Japan signs a pact",
        "url": "https://news.example/pact",
        "outlet": "The Example",
        "outlet_country": "GB",
        "published_at": NOON,
        "first_seen_at": NOON,
        "category": Category.POLITICS,
        "summary": "",
        "image": None,
        "language": "en",
        "taggings": (),
    }
    return Item(**plain | parts)


def new_item(
    title: str,
    *,
    key: str | None = None,
    topics: Sequence[str] = (),
    countries: Sequence[str] = (),
    mentions: Sequence[str] = (),
    category: Category = Category.GENERAL,
    at: datetime = NOON,
    url: str | None = None,
    terms: str | None = None,
) -> NewItem:
    written = entry(title, url=url, at=at)
    return NewItem(
        key=key or f"link:{written.url}",
        entry=written,
        published_at=at,
        tagged=Tagged(
            topics=tuple(tagging(topic) for topic in topics),
            countries=(
                *(tagging(code, TagKind.COUNTRY) for code in countries),
                *(tagging(code, TagKind.COUNTRY, Role.MENTION, 0.3) for code in mentions),
            ),
            category=category,
        ),
        terms=terms if terms is not None else title.lower(),
    )


def poll(*items: NewItem, now: datetime = NOON, **parts: object) -> Poll:
    return Poll(
        due_at=now + HOUR,
        interval=HOUR,
        validators=Validators(etag='"1"'),
        body_hash=b"hash",
        entries=True,
        items=items,
        **parts,  # type: ignore[arg-type]
    )


async def claimed(stores: Stores, now: datetime, *, holder: str = "w") -> FeedClaim:
    """The feed that has been due longest."""
    (claim,) = await stores.sources.claim(holder, 1, LEASE, now=now)
    return claim


async def taken(stores: Stores, limit: int, *, now: datetime) -> tuple[Delivery, ...]:
    """What waits, the first of it, claimed."""
    waiting = await stores.deliveries.waiting(limit, now=now)
    return await stores.deliveries.claim("run", waiting, LEASE, now=now)


async def brought(stores: Stores, clock: HeldClock, *items: NewItem) -> Stored:
    """Have the feed that is due next bring some items, an hour having passed."""
    claim = await claimed(stores, clock.move(HOUR))
    return await stores.sources.finish(claim, poll(*items, now=clock.now()), now=clock.now())


async def watched(stores: Stores, clock: HeldClock, path: str = "world", *, owner: GuildId = OPERATOR) -> None:
    """Add a source and have its silent first poll done."""
    await stores.sources.add(owner, source(path), now=clock.now())
    claim = await claimed(stores, clock.now())
    await stores.sources.finish(claim, poll(now=clock.now()), now=clock.now())


async def titles(stores: Stores, criteria: Criteria | None = None, *, guild: GuildId = OPERATOR) -> list[str]:
    found: tuple[Item, ...] = await stores.news.find(
        criteria or Criteria(), guild=guild, until=None, offset=0, limit=50
    )
    return [item.title for item in found]


def alone(*candidates: Candidate) -> list[Placed]:
    """Each item as a story of its own."""
    return [Placed(item=each.item.id, story=StoryId(each.item.id), tie=None) for each in candidates]


@contextlib.contextmanager
def without_rights() -> Iterator[None]:
    """Be a user who may do only what the mode of a file allows: root, who may do everything, is nobody meanwhile."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own; its mode may be changed."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        try:
            yield folder
        finally:
            folder.chmod(0o755)
