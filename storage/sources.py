"""What is watched, and the write that ends a poll. See `bot.ports.SourceStore`."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import Conflict, LeaseLost, StorageUnavailable
from bot.model import (
    Changes,
    FeedClaim,
    FeedId,
    GuildId,
    Hub,
    NewSource,
    Outlet,
    Poll,
    Source,
    SourceId,
    Stored,
)
from storage import rows
from storage.arrivals import Arrival, store
from storage.driver import Driver, Row, Statements
from storage.indexing import Index, share

FIRST_INTERVAL = timedelta(minutes=30)
AT_ONCE = timedelta(0)
ADDED_AT_ONCE = 250
"""Sources in one statement: a millisecond or two of JSON between two looks at the event loop."""
APART, LONGEST_SPREAD = timedelta(milliseconds=50), timedelta(minutes=5)
"""How far apart overdue feeds are spread on average, and over how long at most."""
GROUP = 32
"""Polls that share a transaction at most."""


@dataclass(slots=True)
class _Waiting:
    """A poll that ended and is to be written."""

    claim: FeedClaim
    poll: Poll
    now: datetime
    outcome: Stored | Exception | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing changed: many such polls are one statement."""
        return self.poll.problem is None and not self.poll.entries

    def as_row(self) -> dict[str, object]:
        """The poll as `finish_unchanged` reads it."""
        validators = self.poll.validators
        return {
            "feed": self.claim.feed.id,
            "token": self.claim.token,
            "due_at": rows.milliseconds(self.poll.due_at),
            "interval_ms": rows.span(self.poll.interval),
            "etag": validators.etag if validators else None,
            "last_modified": validators.last_modified if validators else None,
            "now": rows.milliseconds(self.now),
        }


def lease_lost(claim: FeedClaim) -> LeaseLost:
    """The error for a poll whose feed another holds by now."""
    return LeaseLost(f"the lease on feed {claim.feed.id} is another's by now: its poll was not stored")


class _Turns:
    """Polls that ended, and wait to be written: those that wait together share a transaction."""

    def __init__(self, write: Callable[[Sequence[_Waiting]], Awaitable[None]]) -> None:
        """`write` writes a group and gives each its outcome, or raises."""
        self._write = write
        self._waiting: list[_Waiting] = []
        self._turn = asyncio.Lock()

    async def written(self, waiting: _Waiting) -> Stored:
        """Wait until a poll is written. Raises its own `LeaseLost`, and what befell the transaction that it shared."""
        self._waiting.append(waiting)
        async with self._turn:
            if waiting.outcome is None:
                group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
                try:
                    await self._write(group)
                except BaseException as error:
                    for each in group:
                        if each is not waiting and each.outcome is None:
                            each.outcome = StorageUnavailable(f"the transaction it shared failed ({error})")
                    raise
        if isinstance(waiting.outcome, Exception):
            raise waiting.outcome
        assert waiting.outcome is not None  # noqa: S101 - set by whoever wrote the group
        return waiting.outcome


class Sources:
    """The sources of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._unchanged = _Turns(self._finish_unchanged)
        self._changed = _Turns(self._finish_changed)

    async def add(self, owner: GuildId, source: NewSource, *, now: datetime) -> Source:
        async with self._driver.write() as db:
            added = await self._add(db, owner, [source], now, AT_ONCE)
            if not added:
                raise Conflict(f"{source.url} is watched already")
            listed = await db.fetch("list_sources", guild=owner)
        return next(rows.source(row) for row in listed if row["id"] == added[0])

    async def add_all(
        self, owner: GuildId, sources: Sequence[NewSource], *, now: datetime, apart: timedelta = AT_ONCE
    ) -> int:
        added = 0
        async with self._driver.write() as db:
            for start in range(0, len(sources), ADDED_AT_ONCE):
                part = sources[start : start + ADDED_AT_ONCE]
                added += len(await self._add(db, owner, part, now + start * apart, apart))
        return added

    async def change_rules(self, sources: Sequence[NewSource], *, now: datetime) -> int:
        batch = rows.listed({"url": source.url, "page": rows.dumped_rules(source.page)} for source in sources)
        async with self._driver.write() as db:
            return len(await db.fetch("change_rules", batch=batch, now=rows.milliseconds(now)))

    async def _add(
        self, db: Statements, owner: GuildId, sources: Sequence[NewSource], now: datetime, apart: timedelta
    ) -> list[int]:
        batch = rows.listed(
            {
                "url": source.url,
                "due_at": rows.milliseconds(now + number * apart),
                "page": rows.dumped_rules(source.page),
                **rows.outlet_columns(source.outlet),
            }
            for number, source in enumerate(sources)
        )
        await db.fetch("add_feeds", owner=owner, batch=batch, interval_ms=rows.span(FIRST_INTERVAL))
        added = await db.fetch("add_sources", owner=owner, batch=batch, now=rows.milliseconds(now))
        if added:
            # A feed that was there already may be a source the owner had: its words may be new, what it brought is not.
            urls = rows.listed(source.url for source in sources)
            feeds = [row["id"] for row in await db.fetch("feeds_by_url", urls=urls)]
            await db.fetch("refresh_active", feeds=rows.listed(feeds))
            for feed in await db.fetch("feeds_with_items", feeds=rows.listed(feeds)):
                await share(db, await db.fetch("items_of_feed_outside", feed=feed["id"], scope=owner), [owner])
        return [row["id"] for row in added]

    async def describe(self, owner: GuildId, source: SourceId, outlet: Outlet) -> bool:
        columns = rows.outlet_columns(outlet)
        async with self._driver.write() as db:
            found = await db.first("describe_source", owner=owner, source=source, **columns)
            if found is not None:
                await db.fetch("describe_feed", owner=owner, feed=found["feed_id"], **columns)
        return found is not None

    async def remove(self, owner: GuildId, source: SourceId) -> bool:
        async with self._driver.write() as db:
            removed = await db.first("remove_source", owner=owner, source=source)
            if removed is not None:
                await db.fetch("refresh_active", feeds=rows.listed([removed["feed_id"]]))
            return removed is not None

    async def pause(self, owner: GuildId, source: SourceId, paused: bool, *, now: datetime) -> bool:
        async with self._driver.write() as db:
            found = await db.first("pause_source", owner=owner, source=source, paused=int(paused))
            if found is None:
                return False
            if not paused:
                await db.fetch("restart_feed", feed=found["feed_id"], now=rows.milliseconds(now))
            await db.fetch("refresh_active", feeds=rows.listed([found["feed_id"]]))
            return True

    async def hide(self, guild: GuildId, source: SourceId, hidden: bool) -> bool:
        async with self._driver.write() as db:
            if await db.first("is_operators", source=source) is None:
                return False
            await db.fetch("hide_source" if hidden else "show_source", guild=guild, source=source)
            return True

    async def wake(self, source: SourceId, *, now: datetime) -> bool:
        async with self._driver.write() as db:
            return await db.first("wake_source", source=source, now=rows.milliseconds(now)) is not None

    async def for_guild(self, guild: GuildId) -> tuple[Source, ...]:
        async with self._driver.glance() as db:
            return tuple(rows.source(row) for row in await db.fetch("list_sources", guild=guild))

    async def claim(self, holder: str, limit: int, lease: timedelta, *, now: datetime) -> tuple[FeedClaim, ...]:
        token = f"{holder}-{secrets.token_hex(6)}"
        async with self._driver.lease() as db:
            claimed = await db.fetch(
                "claim_feeds",
                token=token,
                limit=limit,
                until=rows.milliseconds(now + lease),
                now=rows.milliseconds(now),
            )
        return tuple(FeedClaim(feed=rows.feed(row), token=token, expires_at=now + lease) for row in claimed)

    async def claim_source(self, source: SourceId, holder: str, lease: timedelta, *, now: datetime) -> FeedClaim | None:
        token = f"{holder}-{secrets.token_hex(6)}"
        async with self._driver.lease() as db:
            row = await db.first(
                "claim_source",
                source=source,
                token=token,
                until=rows.milliseconds(now + lease),
                now=rows.milliseconds(now),
            )
        return None if row is None else FeedClaim(feed=rows.feed(row), token=token, expires_at=now + lease)

    async def recover(self, holder: str) -> None:
        async with self._driver.write() as db:
            await db.fetch("recover_feeds", holder=f"{holder}-")

    async def read_anew(self) -> None:
        async with self._driver.write() as db:
            await db.fetch("read_anew")

    async def spread(self, *, now: datetime) -> int:
        async with self._driver.write() as db:
            overdue = await db.fetch(
                "spread_feeds", now=rows.milliseconds(now), apart_ms=rows.span(APART), most_ms=rows.span(LONGEST_SPREAD)
            )
        return len(overdue)

    async def shift(self, by: timedelta) -> None:
        async with self._driver.write() as db:
            await db.fetch("shift_feeds", by=rows.span(by))

    async def release(self, claim: FeedClaim) -> None:
        async with self._driver.lease() as db:
            await db.fetch("release_feed", feed=claim.feed.id, token=claim.token)

    async def postpone(self, claims: Sequence[tuple[FeedClaim, datetime]]) -> None:
        batch = rows.listed((claim.feed.id, claim.token, rows.milliseconds(due_at)) for claim, due_at in claims)
        async with self._driver.lease() as db:
            await db.fetch("postpone_feeds", batch=batch)

    async def changes(self, feed: FeedId, fingerprints: Mapping[str, int]) -> Changes:
        async with self._driver.glance() as db:
            seen = await db.fetch("sightings", batch=rows.listed((feed, key) for key in fingerprints))
        known = {row["key"]: row["fingerprint"] for row in seen}
        return Changes(
            new=frozenset(key for key in fingerprints if key not in known),
            edited=frozenset(key for key, kept in known.items() if kept is not None and kept != fingerprints[key]),
        )

    async def has_brought(self, feed: FeedId, urls: Sequence[str]) -> bool:
        async with self._driver.glance() as db:
            return await db.first("has_brought", feed=feed, urls=rows.listed(urls)) is not None

    async def next_due(self) -> datetime | None:
        async with self._driver.glance() as db:
            row = await db.first("next_feed_due")
        return None if row is None else rows.optional_moment(row["due_at"])

    async def due(self, *, now: datetime) -> int:
        async with self._driver.glance() as db:
            row = await db.first("count_due", now=rows.milliseconds(now))
        return 0 if row is None else int(row["feeds"])

    async def finish(self, claim: FeedClaim, poll: Poll, *, now: datetime) -> Stored:
        """As `bot.ports.SourceStore.finish`. Polls that end while another is being written share the next transaction.

        A commit writes the text index's pending terms and every page touched, whatever the poll brought: shared by
        those that wait, it costs a third (bench/poll.py). Each poll is still all or nothing, and answered only when
        it is on disk.
        """
        waiting = _Waiting(claim, poll, now)
        alone = waiting.is_idle and poll.health is None
        return await (self._unchanged if alone else self._changed).written(waiting)

    async def _finish_unchanged(self, group: Sequence[_Waiting]) -> None:
        """Polls that found nothing end their leases and no more: they need not wait for those who write."""
        async with self._driver.lease() as db:
            outcomes = await self._end_unchanged(db, group)
        for each, outcome in zip(group, outcomes, strict=True):
            each.outcome = outcome

    async def _end_unchanged(self, db: Statements, group: Sequence[_Waiting]) -> list[Stored | LeaseLost]:
        # Of two polls of one feed the later claim took the lease.
        latest = {each.claim.feed.id: each for each in sorted(group, key=lambda each: each.claim.expires_at)}
        # In the order in which others would lock them too.
        batch = rows.listed(latest[feed].as_row() for feed in sorted(latest))
        ended = {row["id"]: row for row in await db.fetch("finish_unchanged", batch=batch)} if latest else {}
        outcomes: list[Stored | LeaseLost] = []
        for each in group:
            row = ended.get(each.claim.feed.id)
            if row is None or latest[each.claim.feed.id] is not each:
                outcomes.append(lease_lost(each.claim))
            else:
                outcomes.append(Stored(new=0, known=0, silent=row["first_success_at"] is None))
        return outcomes

    async def _finish_changed(self, group: Sequence[_Waiting]) -> None:
        """Polls that brought entries, failed, or say something of the source."""
        outcomes: dict[int, Stored | LeaseLost] = {}
        arrivals: dict[int, Arrival] = {}
        idle = [number for number, each in enumerate(group) if each.is_idle]
        async with self._driver.write() as db:
            outcomes.update(zip(idle, await self._end_unchanged(db, [group[number] for number in idle]), strict=True))
            for number, each in enumerate(group):
                if each.is_idle:
                    continue
                silent = each.claim.feed.first_success_at is None
                try:
                    feed = await self._end_lease(db, each.claim, each.poll, each.now)
                except LeaseLost as error:
                    outcomes[number] = error
                    continue
                outcomes[number] = Stored(new=0, known=0, silent=silent)
                if each.poll.hub is not None:
                    await self._offer_hub(db, each, each.poll.hub)
                if each.poll.items:
                    arrivals[number] = Arrival(each.claim.feed, feed, each.poll, silent=silent, now=each.now)
            index = Index(db)
            await store(db, index, arrivals.values())
            await index.write()
            for number, each in enumerate(group):
                if each.poll.health is not None and isinstance(outcomes[number], Stored):
                    await self._fare(db, each)
        outcomes.update((number, arrival.stored) for number, arrival in arrivals.items())
        for number, each in enumerate(group):
            each.outcome = outcomes[number]

    async def _offer_hub(self, db: Statements, ended: _Waiting, hub: Hub) -> None:
        token, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
        stamp = rows.milliseconds(ended.now)
        await db.fetch(
            "offer_hub", feed=ended.claim.feed.id, hub=hub.url, topic=hub.topic, token=token, secret=secret, now=stamp
        )

    async def _fare(self, db: Statements, ended: _Waiting) -> None:
        """How the feed fares now, what follows from it, and who is told."""
        poll, feed, notice = ended.poll, ended.claim.feed, ended.poll.notice
        assert poll.health is not None  # noqa: S101 - else there is nothing to write
        await db.fetch("set_health", feed=feed.id, health=rows.dumped_health(poll.health))
        if poll.move_to is not None and await db.first("move_feed", feed=feed.id, url=poll.move_to) is None:
            notice = f"has moved to {poll.move_to}, which is watched already: remove this one."
        if notice is not None:
            await db.fetch("add_notices", feed=feed.id, text=notice, now=rows.milliseconds(ended.now))
        if poll.pause:
            await db.fetch("pause_feed", feed=feed.id)
            await db.fetch("refresh_active", feeds=rows.listed([feed.id]))

    async def _end_lease(self, db: Statements, claim: FeedClaim, poll: Poll, now: datetime) -> Row:
        common = {
            "feed": claim.feed.id,
            "token": claim.token,
            "due_at": rows.milliseconds(poll.due_at),
            "interval_ms": rows.span(poll.interval),
        }
        if poll.problem is not None:
            feed = await db.first("finish_failed", problem=poll.problem, **common)
        else:
            feed = await db.first(
                "finish_succeeded",
                note=poll.note,
                etag=poll.validators.etag if poll.validators else None,
                last_modified=poll.validators.last_modified if poll.validators else None,
                body_hash=poll.body_hash,
                slices=poll.slices,
                skip=rows.skips(poll.skip_hours, poll.skip_days),
                language=poll.language,
                now=rows.milliseconds(now),
                **common,
            )
        if feed is None:
            raise lease_lost(claim)
        return feed
