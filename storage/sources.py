"""What is watched, and the write that ends a poll. See `bot.ports.SourceStore`."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

from bot.errors import Conflict, LeaseLost, StorageUnavailable
from bot.model import (
    OPERATOR,
    Feed,
    FeedClaim,
    FeedId,
    GuildId,
    NewItem,
    NewSource,
    Poll,
    Role,
    Source,
    SourceId,
    Stored,
    Tagging,
    TagKind,
    primary_language,
)
from storage import rows
from storage.driver import Driver, Row, Statements

FIRST_INTERVAL = timedelta(minutes=30)
AT_ONCE = timedelta(0)
ADDED_AT_ONCE = 250
"""Sources in one statement: a millisecond or two of JSON between two looks at the event loop."""
UNFILED, SILENT = 0, 2
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


class Sources:
    """The sources of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._waiting: list[_Waiting] = []
        self._finishing = asyncio.Lock()

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

    async def _add(
        self, db: Statements, owner: GuildId, sources: Sequence[NewSource], now: datetime, apart: timedelta
    ) -> list[int]:
        batch = rows.listed(
            {
                "url": source.url,
                "due_at": rows.milliseconds(now + number * apart),
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
        async with self._driver.glance() as db:
            seen = await db.fetch("seen_keys", feed=feed, keys=rows.listed(keys))
        return frozenset(keys) - {row["key"] for row in seen}

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
        self._waiting.append(waiting)
        async with self._finishing:
            if waiting.outcome is None:
                group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
                try:
                    await self._finish_group(group)
                except BaseException as error:
                    for each in group:
                        if each is not waiting and each.outcome is None:
                            each.outcome = StorageUnavailable(f"the transaction it shared failed ({error})")
                    raise
        if isinstance(waiting.outcome, Exception):
            raise waiting.outcome
        assert waiting.outcome is not None  # noqa: S101 - set by whoever wrote the group
        return waiting.outcome

    async def _finish_group(self, group: Sequence[_Waiting]) -> None:
        outcomes: list[tuple[_Waiting, Stored | LeaseLost]] = []
        async with self._driver.write() as db:
            idle = {each.claim.feed.id: each for each in group if each.is_idle}
            if idle:
                batch = rows.listed(each.as_row() for each in idle.values())
                written = {row["id"]: row for row in await db.fetch("finish_unchanged", batch=batch)}
                for feed, each in idle.items():
                    row = written.get(feed)
                    silent = row is not None and row["first_success_at"] is None
                    stored = Stored(new=0, known=0, silent=silent)
                    outcomes.append((each, stored if row is not None else lease_lost(each.claim)))
            index = _Index(db)
            for each in group:
                if not each.is_idle:
                    try:
                        outcomes.append((each, await self._finish_one(db, index, each)))
                    except LeaseLost as error:
                        outcomes.append((each, error))
            await index.write()
        for each, outcome in outcomes:
            each.outcome = outcome

    async def _finish_one(self, db: Statements, index: _Index, waiting: _Waiting) -> Stored:
        claim, poll, now = waiting.claim, waiting.poll, waiting.now
        silent = claim.feed.first_success_at is None
        feed = await self._end_lease(db, claim, poll, now)
        new = await self._store(db, index, claim.feed, feed, poll.items, silent, now) if poll.items else 0
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
                seen=len(poll.items),
                skip=rows.skips(poll.skip_hours, poll.skip_days),
                now=rows.milliseconds(now),
                **common,
            )
        if feed is None:
            raise lease_lost(claim)
        return feed

    async def _store(
        self,
        db: Statements,
        index: _Index,
        claimed: Feed,
        feed: Row,
        items: Sequence[NewItem],
        silent: bool,
        now: datetime,
    ) -> int:
        """Write the items of a poll; how many were new to the memory."""
        scopes = _scopes(feed)
        known = await self._known(db, claimed.id, feed, items)
        ids = {item.key: known[item.key] for item in items if item.key in known}
        fresh = [item for item in items if item.key not in known]
        new_ids = await self._new_ids(db, fresh)
        ids.update((item.key, new_id) for item, new_id in zip(fresh, new_ids, strict=True))
        if fresh:
            state = SILENT if silent else UNFILED
            batch = rows.listed(_columns(feed, item, new, state) for item, new in zip(fresh, new_ids, strict=True))
            await db.fetch("add_items", batch=batch, now=rows.milliseconds(now))
            index.add(feed["outlet"], feed["outlet_country"], scopes, fresh, new_ids)
        await db.fetch("add_sightings", feed=claimed.id, batch=rows.listed(ids.items()))
        if old := sorted(set(ids.values()) - set(new_ids)):
            await index.write()
            await self._widen(db, scopes, old)
            if not silent:
                assert claimed.first_success_at is not None  # noqa: S101 - else the poll is silent
                await self._promote(db, items, ids, old, rows.milliseconds(claimed.first_success_at))
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


def _scopes(feed: Row) -> list[int]:
    """Who may see what a feed brings: everybody where the operator names it, else each server that does."""
    owners: list[int] = json.loads(feed["owners"]) or [feed["home"]]
    return [OPERATOR] if OPERATOR in owners else owners


def _columns(feed: Row, item: NewItem, item_id: int, state: int) -> dict[str, object]:
    """A new item as `add_items` reads it."""
    entry, tagged = item.entry, item.tagged
    return {
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
        "taggings": rows.dumped_taggings((*tagged.topics, *tagged.countries)),
        "lexicon": tagged.lexicon,
        "categories": rows.listed(entry.categories),
        "section": item.section,
        "only_country": item.only_country,
        "state": state,
    }


class _Index:
    """What new items are found by, gathered over the polls of one transaction: hot rows are then written once."""

    def __init__(self, db: Statements) -> None:
        self._db = db
        self._texts: list[tuple[int, str]] = []
        self._names: list[tuple[int, str, str]] = []
        self._tags: defaultdict[tuple[int, ...], list[tuple[str, str, int]]] = defaultdict(list)

    def add(
        self, outlet: str, country: str | None, scopes: Sequence[int], items: Sequence[NewItem], ids: Sequence[int]
    ) -> None:
        """Gather the index rows of new items."""
        tags = self._tags[tuple(scopes)]
        for item, item_id in zip(items, ids, strict=True):
            tagged = item.tagged
            self._texts.append((item_id, item.terms))
            if item.names is not None and OPERATOR in scopes:  # what one server watches makes no hashtag for all
                self._names.append((item_id, "", ""))
                self._names.extend((item_id, name.slug, name.words) for name in item.names)
            taggings = (*tagged.topics, *tagged.countries)
            tags.extend(filters(item_id, outlet, country, item.entry.language, tagged.category, taggings))

    async def write(self) -> None:
        """Write what was gathered."""
        if self._texts:
            await self._db.fetch("add_item_texts", batch=rows.listed(self._texts))
        for scopes, tags in self._tags.items():
            await tag(self._db, tags, scopes)
        if self._names:
            await self._db.fetch("add_names", batch=rows.listed(self._names))
        self._texts.clear()
        self._names.clear()
        self._tags.clear()


def filters(
    item: int, outlet: str, country: str | None, language: str | None, category: str, taggings: Iterable[Tagging]
) -> list[tuple[str, str, int]]:
    """All that an item is found by, as (kind, slug, item): tags, outlet, category, and that it is there at all.

    `country` is the outlet's, kind ``from``; of `language` the primary subtag is kept.
    """
    spoken = primary_language(language)
    return [
        ("all", "", item),
        ("outlet", outlet, item),
        *([("from", country, item)] if country else []),
        *([("language", spoken, item)] if spoken else []),
        ("category", category, item),
        *dict.fromkeys((kind, slug, item) for kind, slug in tag_pairs(taggings)),
    ]


def tag_pairs(taggings: Iterable[Tagging]) -> Iterator[tuple[str, str]]:
    """Kind and slug of tags: a country is kept once for being there, and once more where the item is about it.

    One that is only assumed is found like a mention, never like a subject.
    """
    for tagging in taggings:
        yield str(tagging.kind), tagging.tag
        if tagging.kind is TagKind.COUNTRY and tagging.role is Role.SUBJECT:
            yield "subject", tagging.tag


async def tag(db: Statements, tags: Sequence[tuple[str, str, int]], scopes: Sequence[int]) -> None:
    """Write new tag rows in some scopes, and count them. The rows must not be there yet."""
    batch, wide = rows.listed(tags), rows.listed(scopes)
    await db.fetch("add_tags", batch=rows.listed({(kind, slug) for kind, slug, _ in tags}))
    await db.fetch("tag_items", batch=batch, scopes=wide)
    await db.fetch("count_tags", batch=batch, scopes=wide)
    if pairs := _pairs(tags):
        await db.fetch("count_pairs", batch=rows.listed(pairs), scopes=wide)


def _pairs(tags: Sequence[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """How many of some items carry each topic and are about each country, together."""
    topics: defaultdict[int, list[str]] = defaultdict(list)
    countries: defaultdict[int, list[str]] = defaultdict(list)
    for kind, slug, item in tags:
        if kind in ("topic", "subject"):
            (topics if kind == "topic" else countries)[item].append(slug)
    found = Counter(pair for item, slugs in topics.items() for pair in product(slugs, countries[item]))
    return [(topic, country, items) for (topic, country), items in found.items()]


async def share(db: Statements, found: Sequence[Row], scopes: Sequence[int]) -> None:
    """Make stored items readable in further scopes."""
    tags: list[tuple[str, str, int]] = []
    for row in found:
        found_by = filters(
            row["id"],
            row["outlet"],
            row["outlet_country"],
            row["language"],
            row["category"],
            rows.taggings(row["taggings"]),
        )
        tags.extend(found_by)
    if tags:
        await tag(db, tags, scopes)
