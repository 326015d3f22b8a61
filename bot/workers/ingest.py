"""Ingest: from a due feed to stored items.

1. claim due feeds, leased for longer than a fetch and a parse may take; put off those whose host has no turn soon
2. fetch: a conditional GET through the one guarded door; a web page only where its robots.txt lets programs read it
3. not modified, or the same body hash: straight to 6
4. parse, in a worker process, what is new by its bytes; drop those entries that the feed brought before as they are
5. tag: pure functions over each new or edited entry, a few at a time, so that Discord's heartbeat is never kept waiting
6. finish: one transaction writes items, validators, due time, and ends the lease; where the lease was lost, nothing

Never: an alert (the desk decides), or anything kept in memory that a crash would lose.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Sequence, Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import assert_never

from bot.clock import Clock
from bot.errors import LeaseLost, StorageUnavailable
from bot.feeds import clean, health, schedule, websub
from bot.feeds.fetch import Fetcher
from bot.feeds.guard import without_credentials
from bot.feeds.hosts import Booking
from bot.feeds.parse import Parser
from bot.feeds.robots import Robots
from bot.log import get_logger
from bot.model import (
    Changes,
    Document,
    Entry,
    FailureKind,
    Feed,
    FeedClaim,
    Fetched,
    FetchFailed,
    Hub,
    NewItem,
    NotModified,
    Poll,
    Stored,
    Validators,
    fingerprint,
)
from bot.news import emerging, names
from bot.news.fallback import with_assumed
from bot.news.tagger import Tagger
from bot.ports import SourceStore
from bot.workers.reading import Reader

log = get_logger(__name__)

LEASE = timedelta(minutes=3)
"""Longer than a fetch (20 s and the wait for a slot of its host) and a parse (10 s) may take together."""
FINISH_WAITS = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8))
"""Before a poll that could not be stored is tried again."""
JUMP = timedelta(minutes=2)
"""A smaller jump of the clock moves a poll by no more than that."""
MISSED = "All of its items were new: some may have been missed, and it is read more often from now on."
_FEW = 5
"""A document of no more entries may well turn over between two polls."""
TAGGED_AT_ONCE = 2_000
"""Characters: 0.4 ms of CPU between two looks at the event loop, and not many times that for the longest entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a poll did, for the person or program that asked for it."""

    feed: Feed
    problem: str | None
    note: str | None
    changed: bool
    stored: Stored | None
    """None where the lease was lost."""
    due_at: datetime


class Ingest:
    """The worker that polls."""

    def __init__(
        self,
        sources: SourceStore,
        fetcher: Fetcher,
        parser: Parser,
        tagger: Tagger,
        clock: Clock,
        *,
        holder: str,
        jitter: Callable[[], float],
        batch: int,
        admitted: Callable[[], AbstractSet[str]] = frozenset,
        with_hubs: bool = False,
        robots: Robots | None = None,
        alone: bool = True,
        on_items: Callable[[], None] = lambda: None,
        on_report: Callable[[Report], None] = lambda _: None,
    ) -> None:
        """`jitter` gives numbers in [0, 1); `on_items` is called when items wait for the desk.

        `admitted` gives the hashtags that the news itself gave, for items that hold such a name; `with_hubs` says
        whether hubs that feeds name can call us; `alone`, whether no other process polls the same feeds, whose due
        times would be moved once by each where the clock is set.
        """
        self._sources = sources
        self._fetcher = fetcher
        self.reader = Reader(fetcher, parser, clock, robots)
        self._tagger = tagger
        self._clock = clock
        self.holder = holder
        self._jitter = jitter
        self._batch = batch
        self._admitted = admitted
        self._with_hubs = with_hubs
        self._alone = alone
        self._on_items = on_items
        self._on_report = on_report
        self._claimed: deque[FeedClaim] = deque()
        self._looked: tuple[datetime, float] | None = None
        self._put_off: list[tuple[FeedClaim, datetime]] = []
        self._claiming = asyncio.Lock()
        self._tagging = asyncio.Lock()
        self._tables: set[tuple[str | None, str]] = set()
        """Whose tables are made."""

    async def step(self) -> bool:
        """Poll one due feed; whether there was one. Several steps may run side by side."""
        due = await self._next()
        if due is None:
            return False
        await self.poll(*due)
        return True

    async def _next(self) -> tuple[FeedClaim, Booking] | None:
        """A due feed whose host has a turn; those whose host has none for a while are put off until it has."""
        async with self._claiming:
            now = self._clock.now()
            await self._mind_the_clock(now)
            while True:
                claim = await self._claim(now)
                if claim is None:
                    break
                booking = self._fetcher.book(claim.feed.url)
                if booking.go_on:
                    return claim, booking
                self._put_off.append((claim, now + timedelta(seconds=booking.wait)))
                if len(self._put_off) >= self._batch:
                    await self._postpone()
            await self._postpone()
            return None

    async def _mind_the_clock(self, now: datetime) -> None:
        """Where the clock was set back, so are the due times; where the machine slept, what is overdue is spread."""
        monotonic = self._clock.monotonic()
        last, self._looked = self._looked, (now, monotonic)
        if last is None:
            return
        jump = (now - last[0]) - timedelta(seconds=monotonic - last[1])
        if jump < -JUMP and self._alone:
            log.warning("the clock was set back", seconds=-jump.total_seconds())
            await self._sources.shift(jump)
        elif jump > JUMP:
            spread = await self._sources.spread(now=now)
            log.info("the clock went on while this process stood still", seconds=jump.total_seconds(), overdue=spread)

    async def _claim(self, now: datetime) -> FeedClaim | None:
        while self._claimed:
            claim = self._claimed.popleft()
            if claim.expires_at - now > LEASE / 2:
                return claim
            await self._sources.release(claim)
        due = await self._sources.next_due()
        if due is None or due > now:
            return None
        self._claimed.extend(await self._sources.claim(self.holder, self._batch, LEASE, now=now))
        return self._claimed.popleft() if self._claimed else None

    async def _postpone(self) -> None:
        if self._put_off:
            waiting, self._put_off = self._put_off, []
            await self._sources.postpone(waiting)

    async def close(self) -> None:
        """Give back what was claimed and not begun."""
        await self._postpone()
        while self._claimed:
            await self._sources.release(self._claimed.popleft())

    async def poll(self, claim: FeedClaim, booking: Booking | None = None) -> Report:
        """Poll one claimed feed and store what it brings. `booking` is its host's turn, where one is booked."""
        poll = await self._read(claim, booking)
        stored = await self._finish(claim, poll)
        if stored is not None and not stored.silent and poll.items:
            self._on_items()
        if stored is not None and stored.notice is not None:
            log.warning("source", outlet=claim.feed.outlet.name, feed=claim.feed.url, notice=stored.notice)
        report = Report(
            feed=claim.feed,
            problem=poll.problem,
            note=poll.note,
            changed=poll.entries,
            stored=stored,
            due_at=poll.due_at,
        )
        if poll.problem is not None or poll.items:
            log.info(
                "polled",
                outlet=claim.feed.outlet.name,
                feed=claim.feed.url,
                new=stored.new if stored else 0,
                problem=poll.problem,
            )
        self._on_report(report)
        return report

    async def _finish(self, claim: FeedClaim, poll: Poll) -> Stored | None:
        """Store a poll; None where its lease was lost.

        A memory that is away for a moment is waited for: the feed is ours for some minutes, in which nobody reads it.
        """
        waits = iter(FINISH_WAITS)
        while True:
            try:
                return await asyncio.shield(self._sources.finish(claim, poll, now=self._clock.now()))
            except LeaseLost as error:
                log.info("poll came too late", feed=claim.feed.url, problem=str(error))
                return None
            except StorageUnavailable:
                wait = next(waits, None)
                if wait is None or self._clock.now() + wait >= claim.expires_at:
                    raise
                await self._clock.sleep(wait)

    async def _read(self, claim: FeedClaim, booking: Booking | None) -> Poll:
        feed = claim.feed
        result = await self.reader.fetch(feed.url, feed.validators, feed.page, booking=booking, barred=claim.barred)
        match result:
            case FetchFailed():
                return self._failed(feed, result)
            case NotModified(hints=hints, moved_to=moved_to):
                due_at, interval = schedule.next_due(
                    self._clock.now(),
                    interval=feed.interval,
                    jitter=self._jitter(),
                    hints=hints,
                    skip_hours=feed.skip_hours,
                    skip_days=feed.skip_days,
                )
                return self._works(feed, moved_to, Poll(due_at=due_at, interval=interval))
            case Fetched():
                return await self._fetched(feed, result)
            case _:
                assert_never(result)

    async def _fetched(self, feed: Feed, fetched: Fetched) -> Poll:
        body_hash = hashlib.blake2b(fetched.body, digest_size=16).digest()
        if body_hash == feed.body_hash:
            due_at, interval = schedule.next_due(
                self._clock.now(),
                interval=feed.interval,
                jitter=self._jitter(),
                hints=fetched.hints,
                skip_hours=feed.skip_hours,
                skip_days=feed.skip_days,
            )
            # Where none are kept, the body may be a cut one: then it is asked for in full until it is whole.
            known = fetched.validators if feed.validators != Validators() else None
            return self._works(feed, fetched.moved_to, Poll(due_at=due_at, interval=interval, validators=known))
        document = await self.reader.parse(fetched, feed.outlet, feed.page, known=feed.slices)
        if isinstance(document, FetchFailed):
            if document.kind is FailureKind.PAGE_CHANGED:
                remedy = f"Run: dateline sources try {without_credentials(feed.url)}"
                document = replace(document, detail=f"{document.detail} {remedy}")
            return self._failed(feed, document)
        now = self._clock.now()
        keyed = dict(zip(clean.keys(document.entries), document.entries, strict=True))
        prints = {key: fingerprint(entry.title, entry.summary) for key, entry in keyed.items()}
        changes = await self._sources.changes(feed.id, prints)
        wanted = changes.new | changes.edited
        items = await self._tagged(feed, document, [pair for pair in keyed.items() if pair[0] in wanted], now)
        missed = await self._missed(feed, document, changes)
        due_at, interval = schedule.next_due(
            now,
            interval=feed.interval,
            jitter=self._jitter(),
            hints=fetched.hints,
            ttl=document.ttl,
            skip_hours=document.skip_hours,
            skip_days=document.skip_days,
            first=feed.first_success_at is None,
            new=len(changes.new),
            missed=missed,
            dates=[
                *(entry.published_at for entry in document.entries if entry.published_at is not None),
                *document.passed_dates,
            ],
        )
        # What was cut off is asked for again in full, not conditionally; the very same bytes need no second parse.
        poll = Poll(
            due_at=due_at,
            interval=interval,
            note=" ".join(filter(None, (document.note, MISSED if missed else None))) or None,
            validators=Validators() if document.incomplete else fetched.validators,
            body_hash=body_hash,
            entries=True,
            skip_hours=document.skip_hours,
            skip_days=document.skip_days,
            hub=self._hub(feed, fetched, document),
            language=document.language,
            slices=document.slices,
            keys=(*keyed, *document.passed),
            items=items,
        )
        return self._works(feed, fetched.moved_to, poll)

    def _hub(self, feed: Feed, fetched: Fetched, document: Document) -> Hub | None:
        """The hub that a feed names, where one may call us and nobody must log in to read the feed."""
        if not self._with_hubs or "@" in feed.url.partition("://")[2].partition("/")[0]:
            return None
        clean_link = self._fetcher.link_cleaner(fetched.final_url)
        return websub.hub([*fetched.links, *document.links], feed.url, clean_link)

    def _works(self, feed: Feed, moved_to: str | None, poll: Poll) -> Poll:
        """A poll that worked, with what that means for the source."""
        return _judged(feed, health.after_success(feed.health, moved_to, self._clock.now()), poll)

    async def _missed(self, feed: Feed, document: Document, changes: Changes) -> bool:
        """Whether nothing of a document was there at the last poll: more may have come and gone since."""
        if feed.first_success_at is None or document.passed or not len(changes.new) == len(document.entries) > _FEW:
            return False
        urls = [entry.url for entry in document.entries if entry.url is not None]
        return not await self._sources.has_brought(feed.id, urls)

    def _failed(self, feed: Feed, failed: FetchFailed) -> Poll:
        due_at, interval = schedule.next_due(
            self._clock.now(),
            interval=feed.interval,
            jitter=self._jitter(),
            hints=failed.hints,
            failures=feed.failures + 1,
            kind=failed.kind,
        )
        verdict = health.after_failure(feed.health, failed, self._clock.now())
        return _judged(feed, verdict, Poll(due_at=due_at, interval=interval, problem=failed.detail))

    async def _tagged(
        self, feed: Feed, document: Document, fresh: Sequence[tuple[str, Entry]], now: datetime
    ) -> tuple[NewItem, ...]:
        items: list[NewItem] = []
        outlet, admitted = feed.outlet, self._admitted()
        language = document.language or outlet.language
        # One feed at a time: sixteen pollers that each tag a little between two looks at the loop hold it for long.
        async with self._tagging:
            read = 0
            for key, entry in fresh:
                make = partial(
                    new_item,
                    self._tagger,
                    key,
                    entry,
                    now,
                    language=language,
                    section=outlet.section,
                    only_country=outlet.only_country,
                    admitted=admitted,
                )
                tables = self._tagger.tables(f"{entry.title}\n{entry.summary}", entry.language or language)
                if tables in self._tables:
                    items.append(make())
                else:  # they are made now, which takes long: a thread leaves the loop its turns
                    items.append(await asyncio.to_thread(make))
                    self._tables.add(tables)
                read += len(entry.title) + len(entry.summary)
                if read >= TAGGED_AT_ONCE:
                    read = 0
                    await asyncio.sleep(0)
        return tuple(items)


def _judged(feed: Feed, verdict: health.Verdict, poll: Poll) -> Poll:
    """A poll with what it means for the source, where it means anything."""
    if verdict.health == feed.health and verdict.notice is None:
        return poll
    return replace(poll, health=verdict.health, notice=verdict.notice, pause=verdict.pause, move_to=verdict.move_to)


def new_item(
    tagger: Tagger,
    key: str,
    entry: Entry,
    now: datetime,
    *,
    language: str | None,
    section: str | None,
    only_country: str | None = None,
    admitted: AbstractSet[str] = frozenset(),
) -> NewItem:
    """An entry with its tags. `language` is the feed's, for entries that name none; so is `Outlet.only_country`.

    Names are looked for in what is recent enough to count: those of `admitted` are hashtags.
    """
    spoken = entry.language or language
    published_at = clean.published(entry, now)
    tagged, terms = tagger.analyse(
        entry.title,
        entry.summary,
        language=spoken,
        categories=entry.categories,
        section=section,
        url=entry.url,
        published=published_at.year,
    )
    if entry.language is None and spoken is not None:
        entry = replace(entry, language=spoken)
    found = None
    if now - published_at <= emerging.KEPT:
        found = names.read(entry.title, entry.summary, language=spoken, authors=entry.authors)
        if not admitted.isdisjoint(one.slug for one in found):
            tagged = tagged._replace(topics=emerging.with_names(tagged.topics, found, admitted))
    return NewItem(
        key=key,
        entry=entry,
        published_at=published_at,
        tagged=with_assumed(tagged, only_country),
        terms=terms,
        section=section,
        only_country=only_country,
        names=found,
    )
