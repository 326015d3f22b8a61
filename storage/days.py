"""How many items came on each day. See `bot.ports.DayStore`. Never: what a server alone may see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from bot.model import OPERATOR, Criteria, GuildId, TagKind
from storage import rows
from storage.driver import Driver
from storage.matching import EVERYTHING

_EPOCH = date(1970, 1, 1)


class Days:
    """The days of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def counts(self, criteria: Criteria, *, since: date) -> Mapping[date, int]:
        kind, slug = _tag(criteria)
        midnight = datetime(since.year, since.month, since.day, tzinfo=UTC)
        low = rows.first_id(max(0, int(midnight.timestamp())))
        async with self._driver.glance() as db:
            terms = db.matching((criteria.phrase,))
            if terms is None:
                found = await db.fetch("days_of_tag", kind=kind, slug=slug, low=low)
            else:
                found = await db.fetch("days_of_phrase", kind=kind, slug=slug, terms=terms, low=low)
        return {_EPOCH + timedelta(days=row["day"]): row["items"] for row in found}

    async def subjects(self, *, since: datetime) -> dict[str, int]:
        low = rows.first_id(max(0, int(since.timestamp())))
        async with self._driver.glance() as db:
            return {row["slug"]: row["items"] for row in await db.fetch("count_subjects", low=low)}

    async def is_plain(self, guild: GuildId) -> bool:
        if guild == OPERATOR:
            return True
        async with self._driver.glance() as db:
            view = await db.first("view", guild=guild)
        return view is not None and not (view["hides"] or view["own"] or view["fixes"])


def _tag(criteria: Criteria) -> tuple[str, str]:
    """The tag that says it all."""
    about = "country" if criteria.mentions else "subject"
    if criteria.tag is not None:
        return (about if criteria.tag_kind is TagKind.COUNTRY else "topic"), criteria.tag
    if criteria.country is not None:
        return about, criteria.country
    if criteria.outlet is not None:
        return "outlet", criteria.outlet
    return ("topic", "") if criteria.phrase else EVERYTHING
