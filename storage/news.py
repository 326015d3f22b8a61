"""What is remembered, and the desk's write. See `bot.ports.NewsStore`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from json import loads

from bot.errors import LeaseLost
from bot.model import (
    Alert,
    Candidate,
    Criteria,
    GuildId,
    Item,
    ItemId,
    Overview,
    Query,
    TagCount,
    TagKind,
)
from storage import rows
from storage.driver import Driver, Row, Statements

DESK = "desk"
MAX_ID = (1 << 63) - 1


class News:
    """The items of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def find(
        self, criteria: Criteria, *, guild: GuildId, until: ItemId | None, offset: int, limit: int
    ) -> tuple[Item, ...]:
        async with self._driver.read() as db:
            ids = await self._matches(db, criteria, guild, until, offset, limit)
            return await self._items(db, ids)

    async def count(self, criteria: Criteria, *, guild: GuildId, until: ItemId | None, limit: int) -> int:
        async with self._driver.read() as db:
            return len(await self._matches(db, criteria, guild, until, 0, limit))

    async def item(self, item: ItemId, *, guild: GuildId) -> Item | None:
        async with self._driver.read() as db:
            row = await db.first("visible_item", item=item, guild=guild)
        return None if row is None else rows.item(row)

    async def items_of_tag(self, kind: TagKind, tag: str, *, guild: GuildId) -> int:
        async with self._driver.read() as db:
            row = await db.first("tag_ids", batch=rows.listed([(kind, tag)]), guild=guild)
        return 0 if row is None else int(row["items"])

    async def tags(self, *, guild: GuildId, limit: int) -> tuple[TagCount, ...]:
        async with self._driver.read() as db:
            found = await db.fetch("top_tags", guild=guild, limit=limit)
        return tuple(TagCount(kind=TagKind(row["kind"]), tag=row["slug"], items=row["items"]) for row in found)

    async def outlets(self, *, guild: GuildId) -> tuple[tuple[str, int], ...]:
        async with self._driver.read() as db:
            return tuple((row["outlet"], row["items"]) for row in await db.fetch("outlets", guild=guild))

    async def known_terms(self, terms: Sequence[str]) -> frozenset[str]:
        async with self._driver.read() as db:
            return frozenset(row["term"] for row in await db.fetch("known_terms", terms=rows.listed(terms)))

    async def keep_query(self, query: Query) -> int:
        text = rows.dumped_query(query)
        async with self._driver.write() as db:
            row = await db.first("keep_query", query=text)
        assert row is not None  # noqa: S101 - an upsert that returns
        return int(row["id"])

    async def kept_query(self, number: int) -> Query | None:
        async with self._driver.read() as db:
            row = await db.first("kept_query", number=number)
        return None if row is None else rows.query(row["query"])

    async def take_seat(self, holder: str, lease: timedelta, *, now: datetime) -> int | None:
        async with self._driver.write() as db:
            row = await db.first(
                "take_seat",
                name=DESK,
                holder=holder,
                until=rows.milliseconds(now + lease),
                now=rows.milliseconds(now),
            )
        return None if row is None else int(row["term"])

    async def unfiled(self, limit: int) -> tuple[Candidate, ...]:
        async with self._driver.read() as db:
            return tuple(candidate(row) for row in await db.fetch("unfiled", limit=limit))

    async def file(self, term: int, items: Sequence[ItemId], alerts: Sequence[Alert], *, now: datetime) -> int:
        async with self._driver.write() as db:
            seat = await db.first("seat_term", name=DESK)
            if seat is None or seat["term"] != term:
                raise LeaseLost("another desk has the seat: nothing was filed")
            await db.fetch("file_items", items=rows.listed(items))
            if not alerts:
                return 0
            batch = rows.listed((alert.rule, alert.channel, alert.role, alert.item) for alert in alerts)
            return len(await db.fetch("add_deliveries", batch=batch, now=rows.milliseconds(now)))

    async def overview(self) -> Overview:
        async with self._driver.read() as db:
            row = await db.first("overview")
        assert row is not None  # noqa: S101 - a row of counts is always there
        return Overview(items=row["items"], feeds=row["feeds"], failing=row["failing"], pending=row["pending"])

    async def _matches(
        self, db: Statements, criteria: Criteria, guild: GuildId, until: ItemId | None, offset: int, limit: int
    ) -> list[int]:
        """Ids of what meets the criteria, newest first."""
        wanted = list(_tags(criteria))
        topic_pair = (str(criteria.tag_kind), criteria.tag or "")
        ids = await self._tag_ids(db, [*wanted, ("all", ""), topic_pair], guild)
        if any(pair not in ids for pair in (*wanted, ("all", ""))):
            return []
        common = {
            "guild": guild,
            "hides": int(await db.first("hides_any", guild=guild) is not None),
            "low": 0 if criteria.since is None else rows.first_id(int(criteria.since.timestamp())),
            "high": MAX_ID if until is None else until,
        }
        topic = ids.get(topic_pair) if criteria.tag else None
        reach = offset + limit
        found: set[int] = set()
        others = [ids[pair] for pair in wanted]
        if topic is not None or not (criteria.tag or criteria.phrase):
            drivers = [*others, topic] if topic is not None else others or [ids[("all", "")]]
            found.update(await self._by_tag(db, drivers, _match(criteria.terms), common, reach, ids[("all", "")]))
        if criteria.phrase:
            match = _match((criteria.phrase, *criteria.terms))
            found.update(await self._by_text(db, others, match, common, reach, ids[("all", "")]))
        return sorted(found, reverse=True)[offset:reach]

    async def _by_tag(
        self,
        db: Statements,
        drivers: Sequence[tuple[int, int]],
        match: str | None,
        common: dict[str, int],
        reach: int,
        everything: tuple[int, int],
    ) -> list[int]:
        ordered = [tag for _, tag in sorted((items, tag) for tag, items in drivers)]
        if match is not None and ordered == [everything[0]]:
            return await self._by_text(db, (), match, common, reach, everything)
        second, third, fourth = (*ordered[1:4], None, None, None)[:3]
        found = await db.fetch(
            "find_by_tag",
            driver=ordered[0],
            second=second,
            third=third,
            fourth=fourth,
            terms=match,
            offset=0,
            limit=reach,
            **common,
        )
        return [row["item_id"] for row in found]

    async def _by_text(
        self,
        db: Statements,
        others: Sequence[tuple[int, int]],
        match: str | None,
        common: dict[str, int],
        reach: int,
        everything: tuple[int, int],
    ) -> list[int]:
        first, second, third = (*(tag for tag, _ in others), None, None, None)[:3]
        found = await db.fetch(
            "find_by_text",
            terms=match,
            all_items=everything[0],
            first=first,
            second=second,
            third=third,
            offset=0,
            limit=reach,
            **common,
        )
        return [row["item_id"] for row in found]

    async def _tag_ids(
        self, db: Statements, pairs: Sequence[tuple[str, str]], guild: GuildId
    ) -> dict[tuple[str, str], tuple[int, int]]:
        found = await db.fetch("tag_ids", batch=rows.listed(pairs), guild=guild)
        return {(row["kind"], row["slug"]): (row["id"], row["items"]) for row in found}

    async def _items(self, db: Statements, ids: Sequence[int]) -> tuple[Item, ...]:
        if not ids:
            return ()
        return tuple(rows.item(row) for row in await db.fetch("items", ids=rows.listed(ids)))


def _tags(criteria: Criteria) -> Iterator[tuple[str, str]]:
    """What every match must meet and is a tag: all but the topic, which a phrase may stand in for."""
    if criteria.country is not None:
        yield "country", criteria.country
    if criteria.outlet is not None:
        yield "outlet", criteria.outlet
    if criteria.category is not None:
        yield "category", criteria.category


def _match(phrases: Sequence[tuple[str, ...]]) -> str | None:
    """An FTS5 expression for phrases that must all occur: only quoted strings, so nothing typed is ever syntax."""
    quoted = ['"' + " ".join(phrase).replace('"', '""') + '"' for phrase in phrases if phrase]
    return " AND ".join(quoted) or None


def candidate(row: Row) -> Candidate:
    """An unfiled item with who may see it."""
    return Candidate(
        item=rows.item(row),
        terms=row["terms"] or "",
        scopes=tuple(GuildId(scope) for scope in loads(row["scopes"])),
        hidden_by=tuple(GuildId(guild) for guild in loads(row["hidden_by"])),
    )
