"""Names that may become hashtags, and what is rising and big. See `bot.ports.TrendStore`.

Which item holds which name is written with the item (`storage.sources`), so that no crash parts them, and kept for a
few days only. Never: a statistic (`bot.news.emerging` decides), or what a server alone may see in what all get.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.model import GuildId, Heard, Hearing, Item, TopicCount
from storage import rows
from storage.driver import Driver
from storage.matching import MAX_ID

DAY = 86_400
HEARD_ITEMS, HEARD_OUTLETS = 2, 2
"""Names of fewer items or outlets are not even told."""
EVERY = ""
"""Stands for each item that was looked at."""
COUNTED = 2
"""Topics of fewer items in the window are not compared with the time before it."""


class Trends:
    """The names of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def roll(self, *, window: timedelta, baseline: timedelta, now: datetime) -> None:
        first_day = _day(now - window)
        before = rows.first_id(first_day * DAY)
        async with self._driver.write() as db:
            await db.fetch("roll_days", before=before)
            await db.fetch("forget_names", before=before)
            await db.fetch("forget_days", before=first_day - baseline.days)

    async def heard(self, *, window: timedelta, baseline: timedelta, now: datetime) -> Hearing:
        low = _low(now - window)
        last = _day(now - window) - 1
        async with self._driver.read() as db:
            counted = await db.first("count_heard", low=low)
            found = await db.fetch("heard", low=low, items=HEARD_ITEMS, outlets=HEARD_OUTLETS)
            slugs = [row["slug"] for row in found if row["slug"] != EVERY]
            usual = {
                row["slug"]: row["items"]
                for row in await db.fetch(
                    "usual_names", slugs=rows.listed([EVERY, *slugs]), first=last + 1 - baseline.days, last=last
                )
            }
        return Hearing(
            of=counted["items"] if counted else 0,
            usual_of=usual.get(EVERY, 0),
            names=tuple(
                Heard(slug=row["slug"], items=row["items"], outlets=row["outlets"], usual=usual.get(row["slug"], 0))
                for row in found
                if row["slug"] != EVERY
            ),
        )

    async def spellings(self, slugs: Sequence[str]) -> Mapping[str, str]:
        async with self._driver.glance() as db:
            return {row["slug"]: row["words"] for row in await db.fetch("spellings", slugs=rows.listed(slugs))}

    async def admitted(self) -> Mapping[str, str]:
        async with self._driver.glance() as db:
            return {row["slug"]: row["label"] for row in await db.fetch("admitted")}

    async def settle(
        self, *, admit: Mapping[str, str], alive: Sequence[str], fade_before: datetime, now: datetime
    ) -> tuple[str, ...]:
        stamp = rows.milliseconds(now)
        async with self._driver.write() as db:
            if admit:
                await db.fetch("admit", batch=rows.listed(admit.items()), now=stamp)
            if alive:
                await db.fetch("renew", slugs=rows.listed(alive), now=stamp)
            faded = await db.fetch("fade", before=rows.milliseconds(fade_before), now=stamp)
        return tuple(row["slug"] for row in faded)

    async def untagged(self, limit: int) -> tuple[tuple[Item, tuple[tuple[str, str], ...]], ...]:
        async with self._driver.read() as db:
            names: dict[int, list[tuple[str, str]]] = {}
            for row in await db.fetch("untagged", limit=limit):
                names.setdefault(row["item_id"], []).append((row["slug"], row["words"]))
            found = await db.fetch("items", ids=rows.listed(names)) if names else ()
        return tuple((rows.item(row), tuple(names[row["id"]])) for row in found)

    async def counts(
        self, *, guild: GuildId, since: datetime, before: datetime, limit: int
    ) -> tuple[int, int, tuple[TopicCount, ...]]:
        low, earlier = _low(since), _low(before)
        async with self._driver.read() as db:
            every = await db.first("all_items_tag")
            if every is None:
                return 0, 0, ()
            found = await db.fetch("count_topics", guild=guild, low=low, limit=limit)
            compared = [every["id"], *(row["id"] for row in found if row["items"] >= COUNTED)]
            batch = rows.listed(compared)
            usual = {
                row["id"]: row["items"]
                for row in await db.fetch("count_between", tags=batch, guild=guild, low=earlier, high=low - 1)
            }
            (whole,) = await db.fetch(
                "count_between", tags=rows.listed([every["id"]]), guild=guild, low=low, high=MAX_ID
            )
            now_unseen: dict[str, int] = {}
            then_unseen: dict[str, int] = {}
            view = await db.first("view", guild=guild)
            if view is not None and (view["hides"] or view["fixes"]):
                for unseen, first, last in ((now_unseen, low, MAX_ID), (then_unseen, earlier, low - 1)):
                    rows_of = await db.fetch("count_hidden_topics", guild=guild, low=first, high=last)
                    unseen.update((row["slug"], row["items"]) for row in rows_of)
        counted = (
            TopicCount(
                tag=row["slug"],
                items=row["items"] - now_unseen.get(row["slug"], 0),
                usual=max(0, usual.get(row["id"], 0) - then_unseen.get(row["slug"], 0)),
            )
            for row in found
        )
        return (
            whole["items"] - now_unseen.get(EVERY, 0),
            usual[every["id"]] - then_unseen.get(EVERY, 0),
            tuple(sorted((one for one in counted if one.items > 0), key=lambda one: (-one.items, one.tag))),
        )

    async def outlets(self, tags: Sequence[str], *, guild: GuildId, since: datetime) -> Mapping[str, int]:
        async with self._driver.read() as db:
            view = await db.first("view", guild=guild)
            found = await db.fetch(
                "count_outlets",
                tags=rows.listed(tags),
                guild=guild,
                low=_low(since),
                hides=int(view["hides"]) if view else 0,
            )
        return {row["slug"]: row["outlets"] for row in found}


def _day(moment: datetime) -> int:
    """Days since 1970, UTC."""
    return int(moment.timestamp()) // DAY


def _low(moment: datetime) -> int:
    """The first id of that second."""
    return rows.first_id(max(0, int(moment.timestamp())))
