"""What the items that meet a filter are about, and who brings them. See `bot.ports.ProfileStore`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot.filter_model import Filter
from bot.model import Breakdown, GuildId, OutletCount, Role, TagCount, Tagging, TagKind, corrected
from storage import rows
from storage.driver import Driver, Row, Statements
from storage.filtering import find
from storage.news import as_seen

REPORTS = 8
"""Of a story that are passed over, at most, for the next one."""


class Profiles:
    """The breakdowns of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def breakdown(self, asked: Filter, *, guild: GuildId, most: int, looked_at: int, shown: int) -> Breakdown:
        async with self._driver.read() as db:
            ids = await find(db, asked, guild=guild, until=None, most=most + 1)
            complete = len(ids) <= most
            ids = ids[:most]
            newer = ids[:looked_at]
            counted = await db.fetch("count_tags_of", items=rows.listed(newer))
            roles = Counter(
                {(TagKind(row["kind"]), row["tag"], Role(row["role"])): int(row["items"]) for row in counted}
            )
            await _correct(db, roles, newer, guild)
            languages = await db.fetch("count_languages_of", items=rows.listed(newer))
            outlets = await db.fetch("count_outlets_of", items=rows.listed(newer))
            wanted = await _of_different_stories(db, ids[: shown * REPORTS], shown)
            newest = {row["id"]: rows.item(row) for row in await db.fetch("items", ids=rows.listed(wanted))}
            seen = await as_seen(db, [newest[number] for number in wanted], guild)
        tags: Counter[tuple[TagKind, str]] = Counter()
        for (kind, tag, _), items in roles.items():
            tags[kind, tag] += items
        return Breakdown(
            published=tuple(map(rows.published_at, ids)),
            newest=seen,
            complete=complete,
            looked_at=len(newer),
            tags=tuple(
                TagCount(kind=kind, tag=tag, items=count) for (kind, tag), count in tags.most_common() if count > 0
            ),
            outlets=tuple(
                OutletCount(outlet=row["outlet"], country=row["country"], items=row["items"]) for row in outlets
            ),
            subjects=tuple(
                TagCount(kind=kind, tag=tag, items=count)
                for (kind, tag, role), count in roles.most_common()
                if count > 0 and kind is TagKind.COUNTRY and role is Role.SUBJECT
            ),
            languages=tuple((row["language"], row["items"]) for row in languages),
        )

    async def published(self, asked: Filter, *, guild: GuildId, most: int) -> tuple[datetime, ...]:
        async with self._driver.read() as db:
            return tuple(map(rows.published_at, await find(db, asked, guild=guild, until=None, most=most)))


async def _of_different_stories(db: Statements, ids: Sequence[int], most: int) -> list[int]:
    """The first ones of which no two tell the same story."""
    rows_of = await db.fetch("stories_of", items=rows.listed(ids)) if ids else ()
    story = {row["item_id"]: row["story_id"] for row in rows_of}
    chosen: dict[int, int] = {}
    for number in ids:
        chosen.setdefault(story.get(number, number), number)
    return list(chosen.values())[:most]


async def _correct(
    db: Statements, tags: Counter[tuple[TagKind, str, Role]], ids: Sequence[int], guild: GuildId
) -> None:
    """Count what one server corrected as it sees it."""
    by_item: dict[int, list[Row]] = {}
    for row in await db.fetch("corrections", items=rows.listed(ids), guild=guild):
        by_item.setdefault(row["item_id"], []).append(row)
    for row in await db.fetch("items", ids=rows.listed(by_item)) if by_item else ():
        stored = rows.item(row).taggings
        seen = corrected(stored, map(rows.correction, by_item[row["id"]]))
        tags.subtract(_keys(stored))
        tags.update(_keys(seen))


def _keys(taggings: Sequence[Tagging]) -> list[tuple[TagKind, str, Role]]:
    return [(one.kind, one.tag, one.role) for one in taggings if one.role is not Role.ASSUMED]
