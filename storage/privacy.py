"""What is kept of a server or a person, and forgetting it. See `bot.ports.PrivacyStore`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.model import GuildId, UserId
from bot.roles import ALL_SHARDS, Shards
from storage import rows
from storage.activity import refresh_active
from storage.driver import Driver, Row

PAGE = 1_000
"""Rows of an export that are read at once: a server may have had a hundred thousand messages."""
OF_SERVER: Mapping[str, bool] = {
    "alerts": True,
    "messages": True,
    "held": True,
    "channels": False,
    "told_in": False,
    "notices": True,
    "sources": False,
    "hidden": False,
    "topics": False,
    "corrections": False,
    "language": False,
    "turn": False,
    "left": False,
    "denied_server": False,
}
"""What an export of a server holds, each by the query ``export_...``; whether it may be long, and is read in pages."""
OF_PERSON: Mapping[str, bool] = {
    "follows": True,
    "follow_messages": True,
    "follow_held": True,
    "hours": False,
    "visits": False,
    "corrections_made": False,
    "language": False,
    "turn": False,
    "denied_person": False,
}
"""The same of a person."""
OF_EITHER = ("language", "turn")
IDS = {"guild", "channel", "role", "owner", "author", "person", "server", "holder", "scope", "message_id"}
"""Discord's ids: given as text, since many programs read numbers of JSON as floats."""
JSON = {"query", "criteria", "filter", "payload", "phrases", "excluded"}
MOMENTS = {"at", "doubt_since"}


class Privacy:
    """What a database keeps of those who use the bot."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def of_server(self, server: GuildId) -> Mapping[str, int]:
        async with self._driver.glance() as db:
            return _counts(await db.fetch("kept_of_server", server=server))

    async def of_person(self, person: UserId) -> Mapping[str, int]:
        async with self._driver.glance() as db:
            return _counts(await db.fetch("kept_of_person", person=person))

    async def forget_server(self, server: GuildId) -> Mapping[str, int]:
        async with self._driver.write() as db:
            kept = _counts(await db.fetch("kept_of_server", server=server))
            for name in ("alerts", "channels", "notices", "hidden", "topics", "corrections"):
                await db.fetch(f"forget_{name}", server=server)
            feeds = {row["feed_id"] for row in await db.fetch("forget_sources", server=server)}
            await refresh_active(db, sorted(feeds))
            await db.fetch("tell_nowhere", guild=server)
            await db.fetch("forget_language", holder=server)
            await db.fetch("forget_turn", holder=server)
            await db.fetch("forget_left", server=server)
        return kept

    async def forget_person(self, person: UserId) -> Mapping[str, int]:
        async with self._driver.write() as db:
            kept = _counts(await db.fetch("kept_of_person", person=person))
            # The channels first: their rules name them.
            for name in ("own_channels", "follows", "own_visits", "author"):
                await db.fetch(f"forget_{name}", person=person)
            await db.fetch("forget_language", holder=person)
            await db.fetch("forget_turn", holder=person)
        return kept

    async def export_server(self, server: GuildId) -> AsyncIterator[tuple[str, Sequence[Mapping[str, Any]]]]:
        async for part in self._export(OF_SERVER, server=server):
            yield part

    async def export_person(self, person: UserId) -> AsyncIterator[tuple[str, Sequence[Mapping[str, Any]]]]:
        async for part in self._export(OF_PERSON, person=person):
            yield part

    async def _export(
        self, names: Mapping[str, bool], **whose: int
    ) -> AsyncIterator[tuple[str, Sequence[Mapping[str, Any]]]]:
        for name, paged in names.items():
            asked: dict[str, int] = {"holder": next(iter(whose.values()))} if name in OF_EITHER else dict(whose)
            after = 0
            while True:
                page = {"after": after, "most": PAGE} if paged else {}
                async with self._driver.glance() as db:
                    found = await db.fetch(f"export_{name}", **asked, **page)
                yield name, [_readable(row) for row in found]
                if not paged or len(found) < PAGE:
                    break
                after = int(found[-1]["id"])

    async def is_in(self, servers: Sequence[GuildId], *, now: datetime, shards: Shards = ALL_SHARDS) -> None:
        batch = rows.listed(servers)
        async with self._driver.write() as db:
            await db.fetch("note_here", servers=batch)
            await db.fetch("note_left", servers=batch, now=rows.milliseconds(now), **shards._asdict())

    async def came(self, server: GuildId) -> None:
        async with self._driver.write() as db:
            await db.fetch("note_here", servers=rows.listed([server]))

    async def went(self, server: GuildId, *, now: datetime) -> None:
        async with self._driver.write() as db:
            await db.fetch("note_gone", server=server, now=rows.milliseconds(now))

    async def left(self, *, before: datetime) -> tuple[GuildId, ...]:
        async with self._driver.glance() as db:
            found = await db.fetch("left_before", before=rows.milliseconds(before))
        return tuple(GuildId(row["server"]) for row in found)


def _counts(found: Sequence[Row]) -> Mapping[str, int]:
    return {str(row["what"]): int(row["rows"]) for row in found}


def _readable(row: Row) -> Mapping[str, Any]:
    """A row as a person takes it away: ids as text, moments as ISO 8601, JSON as what it says."""
    return {name: _said(name, row[name]) for name in row.keys()}  # noqa: SIM118 - a driver's row gives values


def _said(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in IDS:
        return str(value)
    if name in JSON:
        return json.loads(value)
    if name in MOMENTS or name.endswith("_at"):
        return rows.moment(int(value)).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return value
