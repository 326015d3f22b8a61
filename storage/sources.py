"""What is watched, and the write that ends a poll. See `bot.ports.SourceStore`."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import product

from bot.errors import Conflict, LeaseLost
from bot.model import (
    FeedClaim,
    FeedId,
    GuildId,
    NewItem,
    NewSource,
    Poll,
    Source,
    SourceId,
    Stored,
)
from storage import rows
from storage.driver import Driver, Row, Statements

FIRST_INTERVAL = timedelta(minutes=30)
UNFILED, SILENT = 0, 2


class Sources:
    """The sources of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def add(self, owner: GuildId, source: NewSource, *, now: datetime) -> Source:
        async with self._driver.write() as db:
            added = await self._add(db, owner, [source], now)
            if not added:
                raise Conflict(f"{source.url} is watched already")
            listed = await db.fetch("list_sources", guild=owner)
        return next(rows.source(row) for row in listed if row["id"] == added[0])

    async def add_all(self, owner: GuildId, sources: Sequence[NewSource], *, now: datetime) -> int:
        async with self._driver.write() as db:
            return len(await self._add(db, owner, sources, now))

    async def _add(self, db: Statements, owner: GuildId, sources: Sequence[NewSource], now: datetime) -> list[int]:
        batch = rows.listed({"url": source.url, **rows.outlet_columns(source.outlet)} for source in sources)
        stamp = rows.milliseconds(now)
        await db.fetch("add_feeds", owner=owner, batch=batch, interval_ms=rows.span(FIRST_INTERVAL), now=stamp)
        added = [row["id"] for row in await db.fetch("add_sources", owner=owner, batch=batch, now=stamp)]
        for source in sources if added else ():
            feed = await db.first("feed_by_url", url=source.url)
            assert feed is not None  # noqa: S101 - written above, in this transaction
            await db.fetch("refresh_active", feeds=rows.listed([feed["id"]]))
            await share(db, await db.fetch("items_of_feed_outside", feed=feed["id"], scope=owner), [owner])
        return added

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
        async with self._driver.read() as db:
            return tuple(rows.source(row) for row in await db.fetch("list_sources", guild=guild))

    async def claim(self, holder: str, limit: int, lease: timedelta, *, now: datetime) -> tuple[FeedClaim, ...]:
        token = f"{holder}-{secrets.token_hex(6)}"
        async with self._driver.write() as db:
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
        async with self._driver.write() as db:
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
            await db.fetch("recover_feeds", holder=f"{holder}-*")

    async def release(self, claim: FeedClaim) -> None:
        async with self._driver.write() as db:
            await db.fetch("release_feed", feed=claim.feed.id, token=claim.token)

    async def unseen(self, feed: FeedId, keys: Sequence[str]) -> frozenset[str]:
        async with self._driver.read() as db:
            seen = await db.fetch("seen_keys", feed=feed, keys=rows.listed(keys))
        return frozenset(keys) - {row["key"] for row in seen}

    async def next_due(self) -> datetime | None:
        async with self._driver.read() as db:
            row = await db.first("next_feed_due")
        return None if row is None else rows.optional_moment(row["due_at"])

    async def due(self, *, now: datetime) -> int:
        async with self._driver.read() as db:
            row = await db.first("count_due", now=rows.milliseconds(now))
        return 0 if row is None else int(row["feeds"])

    async def finish(self, claim: FeedClaim, poll: Poll, *, now: datetime) -> Stored:
        async with self._driver.write() as db:
            feed = await self._end_lease(db, claim, poll, now)
            silent = feed["first_success_at"] is None
            if poll.entries and silent:
                await db.fetch("mark_first_success", feed=claim.feed.id, now=rows.milliseconds(now))
            new = await self._store(db, claim.feed.id, feed, poll.items, silent, now) if poll.items else 0
        return Stored(new=new, known=len(poll.items) - new, silent=silent)

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
                entries=int(poll.entries),
                now=rows.milliseconds(now),
                **common,
            )
        if feed is None:
            raise LeaseLost(f"the lease on feed {claim.feed.id} is another's by now: its poll was not stored")
        return feed

    async def _store(
        self, db: Statements, feed_id: FeedId, feed: Row, items: Sequence[NewItem], silent: bool, now: datetime
    ) -> int:
        """Write the items of a poll; how many were new to the memory."""
        scopes = [int(row["scope"]) for row in await db.fetch("feed_scopes", feed=feed_id)] or [feed["home"]]
        known = await self._known(db, feed_id, feed, items)
        ids = {item.key: known[item.key] for item in items if item.key in known}
        fresh = [item for item in items if item.key not in known]
        new_ids = await self._new_ids(db, fresh)
        ids.update((item.key, new_id) for item, new_id in zip(fresh, new_ids, strict=True))
        await self._insert(db, feed, fresh, new_ids, UNFILED if not silent else SILENT, scopes, now)
        await db.fetch("add_sightings", feed=feed_id, batch=rows.listed(ids.items()))
        await db.fetch("add_feed_items", feed=feed_id, seen=len(ids))
        if old := sorted(set(ids.values()) - set(new_ids)):
            await self._widen(db, scopes, old)
            if not silent:
                await self._promote(db, items, ids, old, feed["first_success_at"])
        return len(fresh)

    async def _known(self, db: Statements, feed_id: FeedId, feed: Row, items: Sequence[NewItem]) -> dict[str, int]:
        """Entries, by key, that are an item stored already.

        From another feed of the outlet the same link is enough. Within one feed the title must be the same too: a guid
        that changes at every poll is no new item, but entries of a live blog differ by nothing but their fragment.
        """
        urls = [item.entry.url for item in items if item.entry.url is not None]
        found = await db.fetch(
            "items_by_url", urls=rows.listed(urls), outlet=feed["outlet"], home=feed["home"], feed=feed_id
        )
        by_link: dict[str, int] = {}
        by_title: dict[tuple[str, str], int] = {}
        for row in found:
            by_title[row["url"], row["title"]] = row["id"]
            if not row["here"]:
                by_link[row["url"]] = row["id"]
        known = {}
        for item in items:
            url = item.entry.url or ""
            match = by_title.get((url, item.entry.title)) or by_link.get(url)
            if match is not None:
                known[item.key] = match
        return known

    async def _new_ids(self, db: Statements, items: Sequence[NewItem]) -> list[int]:
        """Ids by publication second; the next free sequence within it."""
        seconds = [max(0, int(item.published_at.timestamp())) for item in items]
        if not seconds:
            return []
        last = {
            row["second"]: row["last"] for row in await db.fetch("last_ids", seconds=rows.listed(sorted(set(seconds))))
        }
        result = []
        for second in seconds:
            previous = last[second]
            last[second] = rows.first_id(second) if previous is None else previous + 1
            result.append(last[second])
        return result

    async def _insert(
        self,
        db: Statements,
        feed: Row,
        items: Sequence[NewItem],
        ids: Sequence[int],
        state: int,
        scopes: Sequence[int],
        now: datetime,
    ) -> None:
        if not items:
            return
        batch, texts, tags = [], [], []
        for item, item_id in zip(items, ids, strict=True):
            entry, tagged = item.entry, item.tagged
            taggings = rows.dumped_taggings((*tagged.topics, *tagged.countries))
            batch.append(
                {
                    "id": item_id,
                    "home": feed["home"],
                    "outlet": feed["outlet"],
                    "country": feed["outlet_country"],
                    "title": entry.title,
                    "url": entry.url,
                    "summary": entry.summary,
                    "image": entry.image,
                    "language": entry.language,
                    "category": tagged.category,
                    "taggings": taggings,
                    "state": state,
                }
            )
            texts.append((item_id, item.terms))
            tags.extend(
                filters(
                    item_id,
                    feed["outlet"],
                    tagged.category,
                    ((tagging.kind, tagging.tag) for tagging in (*tagged.topics, *tagged.countries)),
                )
            )
        await db.fetch("add_items", batch=rows.listed(batch), now=rows.milliseconds(now))
        await db.fetch("add_item_texts", batch=rows.listed(texts))
        await tag(db, tags, scopes)

    async def _widen(self, db: Statements, scopes: Sequence[int], items: Sequence[int]) -> None:
        """Items known already, now seen in a feed that others read: they take that feed's scopes as well."""
        for scope in scopes:
            await share(db, await db.fetch("items_outside", items=rows.listed(items), scope=scope), [scope])

    async def _promote(
        self, db: Statements, items: Sequence[NewItem], ids: dict[str, int], old: Sequence[int], watched_since: int
    ) -> None:
        """Let the desk decide on what another feed's silent first poll filed, where this feed brings it as news.

        News is what was published since this feed is watched: an old story that an outlet moves to another section
        stays silent.
        """
        news = {ids[item.key] for item in items if rows.milliseconds(item.published_at) >= watched_since}
        await db.fetch("promote_items", items=rows.listed(sorted(news & set(old))))


def filters(item: int, outlet: str, category: str, taggings: Iterable[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """All that an item is found by, as (kind, slug, item): tags, outlet, category, and that it is there at all."""
    return [
        ("all", "", item),
        ("outlet", outlet, item),
        ("category", category, item),
        *dict.fromkeys((str(kind), slug, item) for kind, slug in taggings),
    ]


async def tag(db: Statements, tags: Sequence[tuple[str, str, int]], scopes: Sequence[int]) -> None:
    """Write new tag rows in some scopes, and count them. The rows must not be there yet."""
    batch, wide = rows.listed(tags), rows.listed(scopes)
    await db.fetch("add_tags", batch=batch)
    await db.fetch("tag_items", batch=batch, scopes=wide)
    await db.fetch("count_tags", batch=batch, scopes=wide)
    if pairs := _pairs(tags):
        await db.fetch("count_pairs", batch=rows.listed(pairs), scopes=wide)


def _pairs(tags: Sequence[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """How many of some items carry each topic and country together."""
    topics: defaultdict[int, list[str]] = defaultdict(list)
    countries: defaultdict[int, list[str]] = defaultdict(list)
    for kind, slug, item in tags:
        if kind in ("topic", "country"):
            (topics if kind == "topic" else countries)[item].append(slug)
    found = Counter(pair for item, slugs in topics.items() for pair in product(slugs, countries[item]))
    return [(topic, country, items) for (topic, country), items in found.items()]


async def share(db: Statements, found: Sequence[Row], scopes: Sequence[int]) -> None:
    """Make stored items readable in further scopes."""
    tags: list[tuple[str, str, int]] = []
    for row in found:
        pairs = ((str(tagging.kind), tagging.tag) for tagging in rows.taggings(row["taggings"]))
        tags.extend(filters(row["id"], row["outlet"], row["category"], pairs))
    if tags:
        await tag(db, tags, scopes)
