"""Whom the operator does not serve. See `bot.ports.DenialStore`."""

from __future__ import annotations

from datetime import datetime

from bot.model import Denied
from storage import rows
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
                    await db.fetch("refresh_active", feeds=rows.listed(await _feeds(db, int(name))))
                case Denied.PERSON:
                    await db.fetch("stop_follows", person=int(name))
                case Denied.HOST:
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
                    feeds = await _feeds(db, int(name))
                    for feed in feeds:  # as after a pause: the next poll is silent
                        await db.fetch("restart_feed", feed=feed, now=rows.milliseconds(now))
                    await db.fetch("refresh_active", feeds=rows.listed(feeds))
                case Denied.PERSON:
                    await db.fetch("let_follows_go_on", person=int(name))
                case Denied.HOST:
                    pass
        return True


async def _feeds(db: Statements, owner: int) -> list[int]:
    return [int(row["feed_id"]) for row in await db.fetch("feeds_of_owner", owner=owner)]
