"""Tags that change after an item was stored: by a new lexicon, or because a person said so.

See `bot.ports.TagStore`. The counts that answers read stay true in every scope that sees the item.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.model import (
    OPERATOR,
    Correction,
    GuildId,
    Item,
    ItemId,
    Retagged,
    Stale,
    Tagging,
    TagKind,
    UserId,
    corrected,
)
from storage import rows
from storage.driver import Driver, Statements
from storage.indexing import Pair, tag_pairs
from storage.retagging import corrections, move, pairs_of, retag, write

LAST = ItemId((1 << 63) - 1)


class Tags:
    """The tags of a database's items."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def count_stale(self, lexicon: str) -> int:
        async with self._driver.glance() as db:
            row = await db.first("count_stale", lexicon=lexicon)
        return int(row["items"]) if row else 0

    async def stale(self, lexicon: str, *, before: ItemId | None, limit: int) -> tuple[Stale, ...]:
        async with self._driver.read() as db:
            found = await db.fetch("stale_items", lexicon=lexicon, before=before or LAST, limit=limit)
            said = await corrections(db, [row["id"] for row in found], OPERATOR)
        return tuple(
            Stale(
                item=rows.item(row),
                lexicon=row["lexicon"],
                categories=tuple(json.loads(row["categories"])),
                section=row["section"],
                only_country=row["only_country"],
                corrections=tuple(said.get(row["id"], ())),
            )
            for row in found
        )

    async def retag(self, batch: Sequence[Retagged]) -> None:
        async with self._driver.write() as db:
            await retag(db, batch)

    async def emerged(self) -> frozenset[str]:
        async with self._driver.glance() as db:
            return frozenset(row["slug"] for row in await db.fetch("emerged"))

    async def give(self, batch: Mapping[ItemId, Sequence[Tagging]]) -> None:
        async with self._driver.write() as db:
            items = [rows.item(row) for row in await db.fetch("items", ids=rows.listed(batch))]
            said = await corrections(db, [item.id for item in items], OPERATOR)
            moved: dict[int, tuple[tuple[Pair, ...], tuple[Pair, ...]]] = {}
            dumped: list[dict[str, object]] = []
            for item in items:
                settled = {(one.kind, one.tag) for one in (*item.taggings, *said.get(item.id, ()))}
                fresh = [one for one in batch[item.id] if (one.kind, one.tag) not in settled]
                if fresh:
                    after = sorted((*item.taggings, *fresh), key=_place)
                    moved[item.id] = (), tuple(dict.fromkeys(tag_pairs(fresh)))
                    dumped.append({"id": item.id, "taggings": rows.dumped_taggings(after)})
            if moved:
                added = {pair for _, pairs in moved.values() for pair in pairs}
                await db.fetch("add_tags", batch=rows.listed(sorted(added)))
                await move(db, moved, [item for item in items if item.id in moved])
                await db.fetch("set_taggings", batch=rows.listed(dumped))

    async def corrections(self, item: ItemId, *, guild: GuildId) -> tuple[Correction, ...]:
        async with self._driver.glance() as db:
            return tuple((await corrections(db, [item], guild)).get(item, ()))

    async def correct(self, correction: Correction, item: Item, *, author: UserId, now: datetime) -> None:
        async with self._driver.write() as db:
            await db.fetch("add_tags", batch=rows.listed([(correction.kind, correction.tag)]))
            await db.fetch(
                "correct",
                scope=correction.scope,
                item=correction.item,
                kind=correction.kind,
                slug=correction.tag,
                carried=int(correction.carried),
                author=author,
                now=rows.milliseconds(now),
            )
            if correction.scope == OPERATOR:
                after = corrected(item.taggings, [correction])
                before_pairs, after_pairs = set(tag_pairs(item.taggings)), set(tag_pairs(after))
                moved = (tuple(sorted(before_pairs - after_pairs)), tuple(sorted(after_pairs - before_pairs)))
                await db.fetch("add_tags", batch=rows.listed(moved[1]))
                await move(db, {item.id: moved}, [item])
                dumped = {"id": item.id, "taggings": rows.dumped_taggings(after)}
                await db.fetch("set_taggings", batch=rows.listed([dumped]))
            else:
                pairs = [(str(correction.kind), correction.tag)]
                if correction.kind is TagKind.COUNTRY:
                    pairs.append(("subject", correction.tag))
                await db.fetch("add_tags", batch=rows.listed(pairs))
                for pair in pairs:
                    await self._in_server(db, correction, pair, item)

    async def _in_server(self, db: Statements, correction: Correction, pair: Pair, item: Item) -> None:
        """One server's word: a row of its own for what it adds; what it denies is passed over when it asks.

        Also for what everybody's tags say already: another lexicon may say it no more, and the server's word holds.
        """
        place = {"kind": pair[0], "slug": pair[1], "item": item.id}
        own = await db.first("carries", scope=correction.scope, **place) is not None
        if correction.carried and not own:
            await write(db, [], [(correction.scope, *pair, item.id)])
        elif not correction.carried and own and pair not in pairs_of(item.category, item.taggings):
            await write(db, [(correction.scope, *pair, item.id)], [])


def _place(tagging: Tagging) -> tuple[bool, float]:
    """Topics by falling score, then countries in the order they have."""
    return (False, -tagging.score) if tagging.kind is TagKind.TOPIC else (True, 0.0)
