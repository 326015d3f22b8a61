"""What is remembered, and the desk's write. See `bot.ports.NewsStore`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from json import loads

from bot.errors import LeaseLost
from bot.filter_model import Filter
from bot.model import (
    OPERATOR,
    Alert,
    Candidate,
    ChannelId,
    Correction,
    Criteria,
    Filed,
    GuildId,
    Handed,
    Item,
    ItemId,
    Matched,
    MessageId,
    Overview,
    Placed,
    Query,
    Record,
    Revision,
    Story,
    StoryId,
    TagCount,
    TagKind,
    Top,
    corrected,
)
from bot.roles import DESK
from storage import rows
from storage.driver import Driver, Row, Statements
from storage.filtering import find, likely
from storage.matching import Plan, about_or_mentions, all_planned, planned
from storage.own_topics import with_own_topics

SILENT = 2
"""`item.state` of what was remembered and told to nobody."""
UNPLACED = 3
"""`item.state` of what is silent and in no story yet."""
EDIT_WAIT = timedelta(seconds=20)
"""From a story's growth to the edit of its cards: reports that come together are one edit."""
OPENED_AT_ONCE = 100
"""Items of open stories in one read: a few milliseconds between two looks at the event loop."""
NEIGHBOURS = 64
"""Items from a drawn time on among which one is drawn."""


class News:
    """The items of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def find(
        self, criteria: Criteria, *, guild: GuildId, until: ItemId | None, offset: int, limit: int
    ) -> tuple[Item, ...]:
        async with self._driver.read() as db:
            plan = await planned(db, criteria, guild, until)
            if plan is None:
                return ()
            return await self._shown(db, plan, offset, limit)

    async def first_page(
        self, criteria: Criteria, *, guild: GuildId, until: ItemId | None, size: int, most: int
    ) -> tuple[int, tuple[Item, ...]]:
        async with self._driver.read() as db:
            plan = await planned(db, criteria, guild, until)
            if plan is None:
                return 0, ()
            total, found = await plan.first_page(size, most)
            return total, await as_seen(db, await self._items(db, found), guild)

    async def about_or_mentions(
        self, criteria: Criteria, *, guild: GuildId, until: ItemId | None, size: int, most: int
    ) -> tuple[int, tuple[Item, ...], bool]:
        async with self._driver.read() as db:
            wider = replace(criteria, mentions=True)
            about, mentions = await all_planned(db, (criteria, wider), guild, until)
            total, found, widened = await about_or_mentions(about, mentions, size, most)
            return total, await as_seen(db, await self._items(db, found), guild), widened

    async def filtered(
        self, asked: Filter, *, guild: GuildId, until: ItemId | None, offset: int, limit: int, most: int
    ) -> tuple[int, tuple[Item, ...]]:
        async with self._driver.read() as db:
            ids = await find(db, asked, guild=guild, until=until, most=most)
            items = await self._items(db, ids[offset : offset + limit])
            return len(ids), await as_seen(db, items, guild)

    async def count(self, criteria: Criteria, *, guild: GuildId, until: ItemId | None, limit: int) -> int:
        async with self._driver.read() as db:
            plan = await planned(db, criteria, guild, until)
            return await plan.count(limit) if plan else 0

    async def item(self, item: ItemId, *, guild: GuildId) -> Item | None:
        async with self._driver.glance() as db:
            row = await db.first("visible_item", item=item, guild=guild)
            if row is None:
                return None
            seen = (await as_seen(db, (rows.item(row),), guild))[0]
            earlier = await db.fetch("revisions", item=item)
        told = (Revision(title=each["title"], replaced_at=rows.moment(each["replaced_at"])) for each in earlier)
        return replace(seen, earlier=tuple(told))

    async def item_by_url(self, url: str, *, guild: GuildId) -> Item | None:
        async with self._driver.glance() as db:
            row = await db.first("visible_item_by_url", url=url, guild=guild)
            return None if row is None else (await as_seen(db, (rows.item(row),), guild))[0]

    async def items_of_tag(self, kind: TagKind, tag: str, *, guild: GuildId) -> int:
        async with self._driver.glance() as db:
            row = await db.first("tag_ids", batch=rows.listed([(kind, tag)]), guild=guild)
        return 0 if row is None else int(row["items"])

    async def tags(self, *, guild: GuildId, limit: int) -> tuple[TagCount, ...]:
        async with self._driver.glance() as db:
            found = await db.fetch("top_tags", guild=guild, limit=limit)
        return tuple(TagCount(kind=TagKind(row["kind"]), tag=row["slug"], items=row["items"]) for row in found)

    async def outlets(self, *, guild: GuildId) -> tuple[tuple[str, int], ...]:
        async with self._driver.glance() as db:
            return tuple((row["outlet"], row["items"]) for row in await db.fetch("outlets", guild=guild))

    async def known_terms(self, terms: Sequence[str]) -> frozenset[str]:
        async with self._driver.glance() as db:
            return frozenset(row["term"] for row in await db.fetch("known_terms", terms=rows.listed(terms)))

    async def keep_query(self, query: Query) -> int:
        text = rows.dumped_query(query)
        async with self._driver.write() as db:
            row = await db.first("keep_query", query=text)
        assert row is not None  # noqa: S101 - an upsert that returns
        return int(row["id"])

    async def kept_query(self, number: int) -> Query | None:
        async with self._driver.glance() as db:
            row = await db.first("kept_query", number=number)
        return None if row is None else rows.query(row["query"])

    async def settle(self) -> None:
        await self._driver.settle()

    async def unfiled(self, limit: int) -> tuple[Candidate, ...]:
        async with self._driver.glance() as db:
            found = await db.fetch("unfiled_news", limit=limit) or await db.fetch("unfiled_silent", limit=limit)
        return tuple(
            replace(candidate(row), silent=row["state"] == UNPLACED, story=rows.optional_story(row["story_id"]))
            for row in found
        )

    async def file(self, term: int, placed: Sequence[Placed], alerts: Sequence[Alert], *, now: datetime) -> int:
        async with self._driver.write() as db:
            seat = await db.first("seat_term", name=DESK)
            if seat is None or seat["term"] != term:
                raise LeaseLost("another desk has the seat: nothing was filed")
            await db.fetch("file_items", items=rows.listed(one.item for one in placed if not one.silent))
            await db.fetch("file_silent_items", items=rows.listed(one.item for one in placed if one.silent))
            await db.fetch(
                "add_story_items",
                batch=rows.listed((one.item, one.story, rows.dumped_tie(one.tie)) for one in placed),
            )
            grown = sorted({one.story for one in placed if one.tie is not None})
            if grown:
                await db.fetch("grow_stories", stories=rows.listed(grown), edit_at=rows.milliseconds(now + EDIT_WAIT))
            await self._hold(db, [alert for alert in alerts if alert.hold is not None], now)
            batch = rows.listed(
                (alert.rule, alert.channel, alert.role, alert.item, alert.story)
                for alert in alerts
                if alert.hold is None
            )
            await db.fetch("take_out", batch=batch)
            return len(await db.fetch("add_deliveries", batch=batch, now=rows.milliseconds(now)))

    async def _hold(self, db: Statements, alerts: Sequence[Alert], now: datetime) -> None:
        if alerts:
            batch = rows.listed(
                (one.rule, one.channel, one.role, one.item, one.story, one.hold.why, rows.milliseconds(one.hold.until))
                for one in alerts
                if one.hold is not None
            )
            await db.fetch("hold_stories", batch=batch, now=rows.milliseconds(now))

    async def open_stories(self, since: datetime, most: int) -> AsyncIterator[tuple[Item, StoryId]]:
        first = rows.first_id(max(0, int(since.timestamp())))
        async with self._driver.glance() as db:
            older = await db.first("open_since", since=first, most=most)
            if older is not None:
                first = older["item_id"] + 1
            begins = await db.first("first_open", since=first)
        start = None if begins is None else begins["seq"]
        while start is not None:
            async with self._driver.glance() as db:
                found = await db.fetch("open_stories", since=first, start=start, limit=OPENED_AT_ONCE)
            for row in found:
                yield rows.item(row), StoryId(row["story_id"])
            start = found[-1]["seq"] + 1 if len(found) == OPENED_AT_ONCE else None

    async def members(self, stories: Sequence[StoryId]) -> Mapping[StoryId, tuple[Candidate, ...]]:
        async with self._driver.glance() as db:
            found = await db.fetch("story_candidates", stories=rows.listed(stories))
        members: dict[StoryId, tuple[Candidate, ...]] = {}
        for row in found:
            story = StoryId(row["story_id"])
            one = replace(candidate(row), silent=row["state"] == SILENT)
            members[story] = (*members.get(story, ()), one)
        return members

    async def record(self, item: ItemId, *, guild: GuildId) -> Record | None:
        async with self._driver.glance() as db:
            if await db.first("visible_item", item=item, guild=guild) is None:
                return None
            row = await db.first("record", item=item)
            assert row is not None  # noqa: S101 - it was there a moment ago
            feeds = await db.fetch("feeds_of_item", item=item, guild=guild)
            handed = await db.fetch("handed", item=item, story=row["story_id"], guild=guild)
        return Record(
            candidate=candidate(row),
            filed=(Filed.WAITING, Filed.FILED, Filed.SILENT, Filed.SILENT)[row["state"]],
            feeds=tuple(each["url"] for each in feeds),
            handed={
                ChannelId(each["channel"]): Handed(
                    item=ItemId(each["item_id"]),
                    state=each["state"],
                    digest=bool(each["digest"]),
                    at=rows.optional_moment(each["at"]),
                    message=None if each["message_id"] is None else MessageId(each["message_id"]),
                    detail=each["detail"],
                )
                for each in handed
            },
        )

    async def item_of_message(self, message: MessageId, *, guild: GuildId) -> ItemId | None:
        async with self._driver.glance() as db:
            row = await db.first("item_of_message", message=message, guild=guild)
        return None if row is None else ItemId(row["item_id"])

    async def watching_since(self) -> datetime | None:
        async with self._driver.glance() as db:
            row = await db.first("watching_since")
        return None if row is None else rows.optional_moment(row["at"])

    async def matched(self, asked: Filter, *, guild: GuildId, limit: int) -> tuple[Matched, ...]:
        async with self._driver.read() as db:
            ids = await likely(db, asked, guild=guild, most=limit)
            items = await as_seen(db, await self._items(db, ids), guild)
            found = await db.fetch("outlets_of", items=rows.listed(item.id for item in items), guild=guild)
        told = {row["item_id"]: row for row in found}
        return tuple(
            Matched(
                item=item,
                terms=told[item.id]["terms"] or "",
                story=StoryId(told[item.id]["story_id"]),
                outlets=max(1, told[item.id]["outlets"]),
            )
            for item in items
        )

    async def texts(
        self, asked: Filter, *, guild: GuildId, until: ItemId | None, limit: int
    ) -> tuple[tuple[Item, str], ...]:
        async with self._driver.read() as db:
            ids = await find(db, asked, guild=guild, until=until, most=limit)
            items = await as_seen(db, await self._items(db, ids), guild)
            found = await db.fetch("terms_of", items=rows.listed(ids))
        terms = {row["item_id"]: row["terms"] for row in found}
        return tuple((item, terms.get(item.id, "")) for item in items)

    async def random(self, draw: Callable[[], float], *, guild: GuildId) -> Item | None:
        async with self._driver.read() as db:
            ends = await db.first("ends", guild=guild)
            if ends is None or ends["first"] is None:
                return None
            at = ends["first"] + int((ends["last"] - ends["first"]) * draw())
            near = await db.fetch("items_from", at=at, guild=guild, limit=NEIGHBOURS)
            if len(near) < NEIGHBOURS:
                near = [*near, *await db.fetch("items_from", at=0, guild=guild, limit=NEIGHBOURS - len(near))]
            drawn = sorted({int(row["item_id"]) for row in near})
            found = await self._items(db, drawn[int(draw() * len(drawn)) :][:1])
            return (await as_seen(db, found, guild))[0] if found else None

    async def top(
        self, asked: Filter, *, guild: GuildId, until: ItemId | None, most: int, limit: int
    ) -> tuple[Top, ...]:
        async with self._driver.read() as db:
            ids = await find(db, asked, guild=guild, until=until, most=most)
            found = await db.fetch("top_stories", items=rows.listed(ids), limit=limit)
            told = await stories(db, [row["story_id"] for row in found], guild)
            firsts = await as_seen(db, await self._items(db, [row["item_id"] for row in found]), guild)
            first = {item.id: item for item in firsts}
        return tuple(
            Top(
                story=story,
                item=first[row["item_id"]],
                outlets=row["outlets"],
                reports=row["reports"],
            )
            for row in found
            if (story := told.get(row["story_id"])) is not None
        )

    async def story_of(self, item: ItemId, *, guild: GuildId) -> Story | None:
        async with self._driver.glance() as db:
            row = await db.first("stories_of", items=rows.listed([item]))
            if row is None:
                return None
            found = await stories(db, [row["story_id"]], guild)
        return found.get(row["story_id"])

    async def overview(self) -> Overview:
        async with self._driver.glance() as db:
            row = await db.first("overview")
        assert row is not None  # noqa: S101 - a row of counts is always there
        return Overview(items=row["items"], feeds=row["feeds"], failing=row["failing"], pending=row["pending"])

    async def _shown(self, db: Statements, plan: Plan, offset: int, limit: int) -> tuple[Item, ...]:
        items = await self._items(db, await plan.find(offset, limit))
        return await as_seen(db, items, plan.guild)

    async def _items(self, db: Statements, ids: Sequence[int]) -> tuple[Item, ...]:
        if not ids:
            return ()
        return tuple(rows.item(row) for row in await db.fetch("items", ids=rows.listed(ids)))


async def as_seen(db: Statements, items: Sequence[Item], guild: GuildId) -> tuple[Item, ...]:
    """Items with a server's own topics, and corrections that it made for itself; those for all are in their tags."""
    if guild == OPERATOR or not items:
        return tuple(items)
    items = await with_own_topics(db, items, guild)
    found = await db.fetch("corrections", items=rows.listed(item.id for item in items), guild=guild)
    by_item: dict[int, list[Correction]] = {}
    for row in found:
        by_item.setdefault(row["item_id"], []).append(rows.correction(row))
    return tuple(
        replace(item, taggings=corrected(item.taggings, by_item[item.id])) if item.id in by_item else item
        for item in items
    )


def candidate(row: Row) -> Candidate:
    """An unfiled item with who may see it."""
    return Candidate(
        item=rows.item(row),
        terms=row["terms"] or "",
        scopes=tuple(GuildId(scope) for scope in loads(row["scopes"])),
        hidden_by=tuple(GuildId(guild) for guild in loads(row["hidden_by"])),
    )


async def stories(db: Statements, wanted: Sequence[int], guild: GuildId) -> dict[int, Story]:
    """Stories as one server sees them; those of which it sees nothing are left out."""
    members: dict[int, list[Row]] = {}
    for row in await db.fetch("story_items", stories=rows.listed(wanted), guild=guild):
        members.setdefault(row["story_id"], []).append(row)
    return {
        number: Story(
            id=StoryId(number),
            items=tuple(map(rows.item, found)),
            ties={ItemId(row["id"]): tie for row in found if (tie := rows.tie(row["tie"])) is not None},
        )
        for number, found in members.items()
    }
