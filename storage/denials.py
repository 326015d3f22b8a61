"""Whom the operator does not serve. See `bot.ports.DenialStore`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.model import Denied, within
from storage import rows
from storage.activity import refresh_active
from storage.driver import Driver, Statements


class Denials:
    """The denials of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def denied(self) -> frozenset[tuple[Denied, str]]:
        async with self._driver.glance() as db:
            found = await db.fetch("denied")
        return frozenset((Denied(row["kind"]), str(row["name"])) for row in found)

    async def deny(self, what: Denied, name: str, *, now: datetime) -> bool:
        moment = rows.milliseconds(now)
        async with self._driver.write() as db:
            if await db.first("deny", kind=what, name=name, now=moment) is None:
                return False
            match what:
                case Denied.SERVER:
                    await db.fetch("stop_alerts", server=int(name))
                    await refresh_active(db, await _feeds(db, int(name)))
                case Denied.PERSON:
                    await db.fetch("stop_follows", person=int(name))
                case Denied.HOST:
                    await refresh_active(db, await _feeds_below(db, name))
                    return True
            await db.fetch("drop_denied_held")
            await db.fetch("drop_denied_deliveries", now=moment)
        return True

    async def allow(self, what: Denied, name: str, *, now: datetime) -> bool:
        async with self._driver.write() as db:
            if await db.first("allow", kind=what, name=name) is None:
                return False
            match what:
                case Denied.SERVER:
                    await db.fetch("let_alerts_go_on", server=int(name))
                    await _go_on(db, await _feeds(db, int(name)), now)
                case Denied.PERSON:
                    await db.fetch("let_follows_go_on", person=int(name))
                case Denied.HOST:
                    await _go_on(db, await _feeds_below(db, name), now)
        return True


async def _go_on(db: Statements, feeds: Sequence[int], now: datetime) -> None:
    for feed in feeds:  # as after a pause: the next poll is silent
        await db.fetch("restart_feed", feed=feed, now=rows.milliseconds(now))
    await refresh_active(db, feeds)


async def _feeds(db: Statements, owner: int) -> list[int]:
    return [int(row["feed_id"]) for row in await db.fetch("feeds_of_owner", owner=owner)]


async def _feeds_below(db: Statements, host: str) -> list[int]:
    """The feeds of a host, and of what is below it, that servers watch."""
    found = await db.fetch("feeds_of_servers_like", host=host)
    return [int(row["id"]) for row in found if within(row["url"], frozenset((host,))) is not None]
