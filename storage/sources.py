"""What is watched, and the write that ends a poll. See `bot.ports.SourceStore`."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.errors import Conflict
from bot.model import (
    Changes,
    FeedClaim,
    FeedId,
    GuildId,
    NewSource,
    Outlet,
    Poll,
    Source,
    SourceId,
    Stored,
)
from storage import rows
from storage.activity import refresh_active
from storage.driver import Driver, Row, Statements
from storage.indexing import share
from storage.polls import Ended, Take, Turns, end_leases, write_all

FIRST_INTERVAL = timedelta(minutes=30)
AT_ONCE = timedelta(0)
ADDED_AT_ONCE = 250
"""Sources in one statement: a millisecond or two of JSON between two looks at the event loop."""
APART, LONGEST_SPREAD = timedelta(milliseconds=50), timedelta(minutes=5)
"""How far apart overdue feeds are spread on average, and over how long at most."""


class Sources:
    """The sources of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._unchanged = Turns(self._end)
        self._changed = Turns(self._store)

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
            await refresh_active(db, feeds)
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
                await refresh_active(db, [removed["feed_id"]])
            return removed is not None

    async def pause(self, owner: GuildId, source: SourceId, paused: bool, *, now: datetime) -> bool:
        async with self._driver.write() as db:
            found = await db.first("pause_source", owner=owner, source=source, paused=int(paused))
            if found is None:
                return False
            if not paused:
                await db.fetch("restart_feed", feed=found["feed_id"], now=rows.milliseconds(now))
            await refresh_active(db, [found["feed_id"]])
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
        return await self._claims(claimed, token, now + lease)

    async def claim_source(self, source: SourceId, holder: str, lease: timedelta, *, now: datetime) -> FeedClaim | None:
        token = f"{holder}-{secrets.token_hex(6)}"
        async with self._driver.lease() as db:
            claimed = await db.fetch(
                "claim_source",
                source=source,
                token=token,
                until=rows.milliseconds(now + lease),
                now=rows.milliseconds(now),
            )
        return next(iter(await self._claims(claimed, token, now + lease)), None)

    async def _claims(self, claimed: Sequence[Row], token: str, expires_at: datetime) -> tuple[FeedClaim, ...]:
        denied: frozenset[str] = frozenset()
        if not all(row["operators"] for row in claimed):
            async with self._driver.glance() as db:
                denied = frozenset(row["name"] for row in await db.fetch("denied_hosts"))
        return tuple(
            FeedClaim(
                feed=rows.feed(row),
                token=token,
                expires_at=expires_at,
                due_at=rows.moment(row["due_at"]),
                barred=frozenset() if row["operators"] else denied,
            )
            for row in claimed
        )

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
        ended = Ended(claim, poll, now)
        return await (self._unchanged if ended.is_alone else self._changed).written(ended)

    async def _end(self, take: Take) -> None:
        # It changes nothing else than the leases: there is no need to wait for those who write.
        async with self._driver.lease() as db:
            group = take()
            feeds = await end_leases(db, group)
        for each, feed in zip(group, feeds, strict=True):
            each.judge(feed)

    async def _store(self, take: Take) -> None:
        async with self._driver.write() as db:
            group = take()  # those that came while others wrote are among them
            written = await write_all(db, group)
        for each, (feed, brought) in zip(group, written, strict=True):
            each.judge(feed, brought)
