"""Tags that change after an item was stored: by a new lexicon, or because a person said so.

See `bot.ports.TagStore`. The counts that answers read stay true in every scope that sees the item.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import product

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
from storage.sources import tag_pairs

Pair = tuple[str, str]
"""Kind and slug."""
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
            said = await self._corrections(db, [row["id"] for row in found], OPERATOR)
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
            await self._retag(db, batch)

    async def emerged(self) -> frozenset[str]:
        async with self._driver.glance() as db:
            return frozenset(row["slug"] for row in await db.fetch("emerged"))

    async def give(self, batch: Mapping[ItemId, Sequence[Tagging]]) -> None:
        async with self._driver.write() as db:
            items = [rows.item(row) for row in await db.fetch("items", ids=rows.listed(batch))]
            said = await self._corrections(db, [item.id for item in items], OPERATOR)
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
                await self._move(db, moved, [item for item in items if item.id in moved])
                await db.fetch("set_taggings", batch=rows.listed(dumped))

    async def corrections(self, item: ItemId, *, guild: GuildId) -> tuple[Correction, ...]:
        async with self._driver.glance() as db:
            return tuple((await self._corrections(db, [item], guild)).get(item, ()))

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
                await self._move(db, {item.id: moved}, [item])
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
        """One server's word: a row of its own for what it adds; what it denies is passed over when it asks."""
        place = {"kind": pair[0], "slug": pair[1], "item": item.id}
        own = await db.first("carries", scope=correction.scope, **place) is not None
        everybodys = await db.first("carries", scope=OPERATOR, **place) is not None
        if correction.carried and not own and not everybodys:
            await self._write(db, [], [(correction.scope, *pair, item.id)])
        elif not correction.carried and own and pair not in _pairs(item.category, item.taggings):
            await self._write(db, [(correction.scope, *pair, item.id)], [])

    async def _corrections(self, db: Statements, items: Sequence[int], guild: GuildId) -> dict[int, list[Correction]]:
        found: dict[int, list[Correction]] = {}
        if items:
            for row in await db.fetch("corrections", items=rows.listed(items), guild=guild):
                found.setdefault(row["item_id"], []).append(rows.correction(row))
        return found

    async def _retag(self, db: Statements, batch: Sequence[Retagged]) -> None:
        moved: dict[int, tuple[tuple[Pair, ...], tuple[Pair, ...]]] = {}
        for one in batch:
            before = set(_pairs(one.item.category, one.item.taggings))
            after = set(_pairs(one.tagged.category, (*one.tagged.topics, *one.tagged.countries)))
            moved[one.item.id] = (tuple(sorted(before - after)), tuple(sorted(after - before)))
        fresh = {pair for _, added in moved.values() for pair in added}
        if fresh:
            await db.fetch("add_tags", batch=rows.listed(sorted(fresh)))
        await self._move(db, moved, [one.item for one in batch], batch)
        await db.fetch("set_tags", batch=rows.listed(_columns(one) for one in batch))
        texts = {row["item"]: row["terms"] for row in await db.fetch("texts", items=rows.listed(moved))}
        changed = [(one.item.id, one.terms) for one in batch if texts.get(one.item.id) != one.terms]
        if changed:
            await db.fetch("set_texts", batch=rows.listed(changed))

    async def _move(
        self,
        db: Statements,
        moved: dict[int, tuple[tuple[Pair, ...], tuple[Pair, ...]]],
        items: Sequence[Item],
        after: Sequence[Retagged] = (),
    ) -> None:
        """Take tags from items and give them others, in every scope that sees them, and keep the counts true."""
        scopes: dict[int, list[int]] = {}
        for row in await db.fetch("scopes_of_items", items=rows.listed(moved)):
            scopes.setdefault(row["item"], []).append(row["scope"])
        gone, come = [], []
        for number, (removed, added) in moved.items():
            for scope in scopes.get(number, ()):
                gone += [(scope, *pair, number) for pair in removed]
                come += [(scope, *pair, number) for pair in added]
        await self._write(db, gone, come)
        pairs: Counter[tuple[int, str, str]] = Counter()
        tagged = {one.item.id: (*one.tagged.topics, *one.tagged.countries) for one in after}
        for item in items:
            old = set(tag_pairs(item.taggings))
            removed, added = moved[item.id]
            new = set(tag_pairs(tagged[item.id])) if item.id in tagged else (old - set(removed)) | set(added)
            for scope in scopes.get(item.id, ()):
                pairs.subtract((scope, *pair) for pair in _together(old))
                pairs.update((scope, *pair) for pair in _together(new))
        if different := [(*pair, by) for pair, by in pairs.items() if by]:
            await db.fetch("adjust_pairs", batch=rows.listed(different))

    async def _write(
        self, db: Statements, gone: Sequence[tuple[int, str, str, int]], come: Sequence[tuple[int, str, str, int]]
    ) -> None:
        counts: Counter[tuple[int, int]] = Counter()
        if gone:
            deleted = await db.fetch("untag_items", batch=rows.listed(gone))
            counts.subtract((row["scope"], row["tag_id"]) for row in deleted)
        if come:
            inserted = await db.fetch("add_item_tags", batch=rows.listed(come))
            counts.update((row["scope"], row["tag_id"]) for row in inserted)
        if different := [(*tag, by) for tag, by in counts.items() if by]:
            await db.fetch("adjust_tags", batch=rows.listed(different))


def _place(tagging: Tagging) -> tuple[bool, float]:
    """Topics by falling score, then countries in the order they have."""
    return (False, -tagging.score) if tagging.kind is TagKind.TOPIC else (True, 0.0)


def _pairs(category: str, taggings: Iterable[Tagging]) -> list[Pair]:
    return [("category", str(category)), *tag_pairs(taggings)]


def _together(pairs: Iterable[Pair]) -> list[Pair]:
    """Each topic with each country that the item is about."""
    topics = [slug for kind, slug in pairs if kind == "topic"]
    countries = [slug for kind, slug in pairs if kind == "subject"]
    return list(product(topics, countries))


def _columns(one: Retagged) -> dict[str, object]:
    return {
        "id": one.item.id,
        "taggings": rows.dumped_taggings((*one.tagged.topics, *one.tagged.countries)),
        "category": str(one.tagged.category),
        "lexicon": one.tagged.lexicon,
    }
