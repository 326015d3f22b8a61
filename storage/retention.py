"""What is let go of with time, a little at once. See `bot.ports.RetentionStore`.

An item goes in two steps. It is marked (state 4): from then on nothing gives it further readers. Then it is emptied
(state 5): its tags, texts, stories and corrections go, while the counts that answers read stay true, and so does its
row's text. The row itself stays, with the keys under which its feeds brought it: what a feed goes on bringing is not
new again. That also spares a look through all of item_tag, which has no index by item, for each row deleted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.model import OPERATOR, Aged
from storage import rows
from storage.driver import Driver, Row, Statements
from storage.identity import title_digest
from storage.indexing import filters, tag_pairs
from storage.retagging import together, write

DAY_S = 86_400
DROPS: Mapping[Aged, str] = {
    Aged.NOTICES: "drop_notices_before",
    Aged.REVISIONS: "drop_revisions_before",
    Aged.VISITS: "drop_visits_before",
    Aged.FEED_DAYS: "drop_feed_days_before",
}


class Retention:
    """The old things of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._scopes: tuple[int, ...] = (OPERATOR,)

    async def mark_items(self, *, before: datetime, after: int, limit: int) -> tuple[int, int]:
        async with self._driver.glance() as db:
            first = rows.first_id(int(before.timestamp()))
            found = [int(row["id"]) for row in await db.fetch("aged_items", after=after, before=first, limit=limit)]
        if found:
            async with self._driver.write() as db:
                await db.fetch("let_go", items=rows.listed(found))
        return len(found), found[-1] if found else after

    async def look_at_scopes(self) -> None:
        async with self._driver.glance() as db:
            self._scopes = tuple(int(row["scope"]) for row in await db.fetch("scopes_in_use"))

    async def empty_items(self, *, limit: int) -> int:
        async with self._driver.write() as db:
            found = await db.fetch("leaving_items", limit=limit)
            if found:
                await _empty(db, found, self._scopes)
        return len(found)

    async def drop_deliveries(self, *, before: datetime, after: int, limit: int) -> tuple[int, int | None]:
        async with self._driver.glance() as db:
            moment = rows.milliseconds(before)
            found = await db.fetch("aged_deliveries", after=after, before=moment, limit=limit)
        aged = rows.listed(int(row["id"]) for row in found if row["aged"])
        number = sum(1 for row in found if row["aged"])
        if number:
            async with self._driver.write() as db:
                await db.fetch("forget_digested", deliveries=aged)
                await db.fetch("forget_deliveries", deliveries=aged)
        ended = len(found) < limit or any(row["young"] for row in found)
        return number, None if ended else int(found[-1]["id"])

    async def drop(self, what: Aged, *, before: datetime, limit: int) -> int:
        seconds = int(before.timestamp())
        edge = {
            Aged.REVISIONS: rows.first_id(seconds),
            Aged.FEED_DAYS: seconds // DAY_S,
        }.get(what, rows.milliseconds(before))
        async with self._driver.write() as db:
            return len(await db.fetch(DROPS[what], before=edge, limit=limit))

    async def drop_queries(self, *, kept: int, limit: int) -> int:
        async with self._driver.write() as db:
            return len(await db.fetch("drop_queries_beyond", kept=kept, limit=limit))

    async def drop_gone_rules(self, *, kept: int, limit: int) -> int:
        async with self._driver.write() as db:
            return len(await db.fetch("drop_gone_rules", kept=kept, limit=limit))


async def _empty(db: Statements, found: Sequence[Row], scopes: Sequence[int]) -> None:
    """Take everything from some marked items but the keys by which they are known."""
    items = rows.listed(int(row["id"]) for row in found)
    seen: dict[int, list[int]] = {}
    for row in await db.fetch("scopes_holding", items=items, scopes=rows.listed(scopes)):
        seen.setdefault(int(row["item"]), []).append(int(row["scope"]))
    gone: list[tuple[int, str, str, int]] = []
    pairs: Counter[tuple[int, str, str]] = Counter()
    for row in found:
        taggings = rows.taggings(row["taggings"])
        place = row["outlet"], row["outlet_country"], row["language"], row["category"]
        for scope in seen.get(int(row["id"]), ()):
            gone += [(scope, *pair, int(row["id"])) for pair in filters(*place, taggings)]
            pairs.subtract((scope, *pair) for pair in together(set(tag_pairs(taggings))))
    for row in await db.fetch("take_corrections", items=items):
        if row["carried"]:
            kinds = (row["kind"], "subject") if row["kind"] == "country" else (row["kind"],)
            gone += [(row["scope"], kind, row["slug"], row["item_id"]) for kind in kinds]
    await write(db, list(dict.fromkeys(gone)), [])
    if pairs:
        await db.fetch("adjust_pairs", batch=rows.listed((*pair, by) for pair, by in pairs.items()))
    homes = {int(row["id"]): (row["home"], row["outlet"]) for row in found}
    titles = [(int(row["id"]), row["title"]) for row in found]
    titles += [(int(row["item_id"]), row["title"]) for row in await db.fetch("titles_before", items=items)]
    digests = {(title_digest(*homes[number], title), number) for number, title in titles}
    await db.fetch("forget_titles", batch=rows.listed(each for each in digests if each[0] is not None))
    for name in ("revisions", "item_names", "stories", "texts"):
        await db.fetch(f"forget_{name}", items=items)
    await db.fetch("empty_items", items=items)
