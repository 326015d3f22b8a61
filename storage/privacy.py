"""What is kept of a server or a person, and forgetting it. See `bot.ports.PrivacyStore`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.model import GuildId, UserId
from bot.roles import ALL_SHARDS, Shards
from storage import rows
from storage.driver import Driver, Row


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
            await db.fetch("refresh_active", feeds=rows.listed(sorted(feeds)))
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
