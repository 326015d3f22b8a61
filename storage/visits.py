"""When people last asked what is new of a question."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.model import UserId
from storage import rows
from storage.driver import Driver

KEPT = timedelta(days=90)
MOST = 100
"""Questions of one person."""


class Visits:
    """The visits of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def visit(self, person: UserId, question: str, *, now: datetime) -> datetime | None:
        async with self._driver.write() as db:
            row = await db.first("last_visit", person=person, question=question)
            await db.fetch("visit", person=person, question=question, now=rows.milliseconds(now))
            await db.fetch("forget_other_visits", person=person, kept=MOST)
            await db.fetch("forget_visits", before=rows.milliseconds(now - KEPT))
        return None if row is None else rows.moment(row["at"])
