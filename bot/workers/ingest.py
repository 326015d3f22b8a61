"""Ingest: from a due feed to stored items.

1. claim due feeds, leased for longer than a fetch and a parse may take
2. fetch: a conditional GET through the one guarded door
3. not modified, or the same body hash: straight to 6
4. parse, in a worker process, to cleaned entries; drop those the feed brought before
5. tag: pure functions over each new entry, a few at a time, so that Discord's heartbeat is never kept waiting
6. finish: one transaction writes items, validators, due time, and ends the lease; where the lease was lost, nothing

Never: an alert (the desk decides), or anything kept in memory that a crash would lose.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.clock import Clock
from bot.errors import LeaseLost
from bot.feeds import clean, schedule
from bot.feeds.fetch import Fetcher
from bot.feeds.parse import Parser
from bot.log import get_logger
from bot.model import (
    Document,
    Entry,
    Feed,
    FeedClaim,
    Fetched,
    FetchFailed,
    NewItem,
    NotModified,
    Poll,
    Stored,
    Validators,
)
from bot.news import emerging, names
from bot.news.fallback import with_assumed
from bot.news.tagger import Tagger
from bot.ports import SourceStore

log = get_logger(__name__)

LEASE = timedelta(minutes=3)
"""Longer than a fetch (20 s and the wait for a slot of its host) and a parse (10 s) may take together."""
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
        on_items: Callable[[], None] = lambda: None,
        on_report: Callable[[Report], None] = lambda _: None,
    ) -> None:
        """`jitter` gives numbers in [0, 1); `on_items` is called when items wait for the desk.

        `admitted` gives the hashtags that the news itself gave, for items that hold such a name.
        """
        self._sources = sources
        self._fetcher = fetcher
        self._parser = parser
        self._tagger = tagger
        self._clock = clock
        self.holder = holder
        self._jitter = jitter
        self._batch = batch
        self._admitted = admitted
        self._on_items = on_items
        self._on_report = on_report
        self._claimed: deque[FeedClaim] = deque()
        self._claiming = asyncio.Lock()
        self._tagging = asyncio.Lock()

    async def step(self) -> bool:
        """Poll one due feed; whether there was one. Several steps may run side by side."""
        claim = await self._next()
        if claim is None:
            return False
        await self.poll(claim)
        return True

    async def _next(self) -> FeedClaim | None:
        async with self._claiming:
            now = self._clock.now()
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

    async def close(self) -> None:
        """Give back what was claimed and not begun."""
        while self._claimed:
            await self._sources.release(self._claimed.popleft())

    async def poll(self, claim: FeedClaim) -> Report:
        """Poll one claimed feed and store what it brings."""
        poll = await self._read(claim.feed)
        try:
            stored = await asyncio.shield(self._sources.finish(claim, poll, now=self._clock.now()))
        except LeaseLost as error:
            log.info("poll came too late", feed=claim.feed.url, problem=str(error))
            stored = None
        if stored is not None and not stored.silent and poll.items:
            self._on_items()
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

    async def _read(self, feed: Feed) -> Poll:
        result = await self._fetcher.fetch(feed.url, feed.validators)
        match result:
            case FetchFailed():
                return self._failed(feed, result)
            case NotModified(hints=hints):
                due_at, interval = schedule.next_due(
                    self._clock.now(),
                    interval=feed.interval,
                    jitter=self._jitter(),
                    hints=hints,
                    skip_hours=feed.skip_hours,
                    skip_days=feed.skip_days,
                )
                return Poll(due_at=due_at, interval=interval)
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
            return Poll(due_at=due_at, interval=interval, validators=known)
        document = await self._parser.parse(
            fetched.body, url=fetched.final_url, content_type=fetched.content_type, language=feed.outlet.language
        )
        if isinstance(document, FetchFailed):
            return self._failed(feed, document)
        now = self._clock.now()
        items = await self._new_items(feed, document, now)
        due_at, interval = schedule.next_due(
            now,
            interval=feed.interval,
            jitter=self._jitter(),
            hints=fetched.hints,
            ttl=document.ttl,
            skip_hours=document.skip_hours,
            skip_days=document.skip_days,
            first=feed.first_success_at is None,
            new=len(items),
            dates=[entry.published_at for entry in document.entries if entry.published_at is not None],
        )
        # What was cut off is asked for again in full, not conditionally; the very same bytes need no second parse.
        return Poll(
            due_at=due_at,
            interval=interval,
            note=document.note,
            validators=Validators() if document.incomplete else fetched.validators,
            body_hash=body_hash,
            entries=True,
            skip_hours=document.skip_hours,
            skip_days=document.skip_days,
            items=items,
        )

    def _failed(self, feed: Feed, failed: FetchFailed) -> Poll:
        due_at, interval = schedule.next_due(
            self._clock.now(),
            interval=feed.interval,
            jitter=self._jitter(),
            hints=failed.hints,
            failures=feed.failures + 1,
            kind=failed.kind,
        )
        return Poll(due_at=due_at, interval=interval, problem=failed.detail)

    async def _new_items(self, feed: Feed, document: Document, now: datetime) -> tuple[NewItem, ...]:
        keyed = dict(zip(clean.keys(document.entries), document.entries, strict=True))
        unseen = await self._sources.unseen(feed.id, tuple(keyed))
        fresh = [(key, entry) for key, entry in keyed.items() if key in unseen]
        items: list[NewItem] = []
        outlet, admitted = feed.outlet, self._admitted()
        language = document.language or outlet.language
        # One feed at a time: sixteen pollers that each tag a little between two looks at the loop hold it for long.
        async with self._tagging:
            read = 0
            for key, entry in fresh:
                items.append(
                    new_item(
                        self._tagger,
                        key,
                        entry,
                        now,
                        language=language,
                        section=outlet.section,
                        only_country=outlet.only_country,
                        admitted=admitted,
                    )
                )
                read += len(entry.title) + len(entry.summary)
                if read >= TAGGED_AT_ONCE:
                    read = 0
                    await asyncio.sleep(0)
        return tuple(items)


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
