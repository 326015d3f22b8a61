"""New tags for items that are stored already, with the counts that answers read kept true in every scope.

Never: the first tags of an item (storage/indexing.py), or a word of its text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import product

from bot.model import Correction, GuildId, Item, Retagged, Tagging
from storage import rows
from storage.driver import Statements
from storage.indexing import Pair, tag_pairs


async def corrections(db: Statements, items: Sequence[int], guild: GuildId) -> dict[int, list[Correction]]:
    """What a server, or an owner for all, said of some items, by item."""
    found: dict[int, list[Correction]] = {}
    if items:
        for row in await db.fetch("corrections", items=rows.listed(items), guild=guild):
            found.setdefault(row["item_id"], []).append(rows.correction(row))
    return found


async def retag(db: Statements, batch: Sequence[Retagged]) -> None:
    """Give items the tags that another lexicon, or another text, gives them."""
    moved: dict[int, tuple[tuple[Pair, ...], tuple[Pair, ...]]] = {}
    for one in batch:
        before = set(pairs_of(one.item.category, one.item.taggings))
        after = set(pairs_of(one.tagged.category, (*one.tagged.topics, *one.tagged.countries)))
        moved[one.item.id] = (tuple(sorted(before - after)), tuple(sorted(after - before)))
    fresh = {pair for _, added in moved.values() for pair in added}
    if fresh:
        await db.fetch("add_tags", batch=rows.listed(sorted(fresh)))
    await move(db, moved, [one.item for one in batch], batch)
    await db.fetch("set_tags", batch=rows.listed(_columns(one) for one in batch))
    texts = {row["item"]: row["terms"] for row in await db.fetch("texts", items=rows.listed(moved))}
    changed = [(one.item.id, one.terms) for one in batch if texts.get(one.item.id) != one.terms]
    if changed:
        await db.fetch("set_texts", batch=rows.listed(changed))


async def move(
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
    await write(db, gone, come)
    pairs: Counter[tuple[int, str, str]] = Counter()
    tagged = {one.item.id: (*one.tagged.topics, *one.tagged.countries) for one in after}
    for item in items:
        old = set(tag_pairs(item.taggings))
        removed, added = moved[item.id]
        new = set(tag_pairs(tagged[item.id])) if item.id in tagged else (old - set(removed)) | set(added)
        for scope in scopes.get(item.id, ()):
            pairs.subtract((scope, *pair) for pair in together(old))
            pairs.update((scope, *pair) for pair in together(new))
    if different := [(*pair, by) for pair, by in pairs.items() if by]:
        await db.fetch("adjust_pairs", batch=rows.listed(different))


async def write(
    db: Statements, gone: Sequence[tuple[int, str, str, int]], come: Sequence[tuple[int, str, str, int]]
) -> None:
    """Delete and insert rows of (scope, kind, slug, item), and count what was done."""
    counts: Counter[tuple[int, int]] = Counter()
    if gone:
        deleted = await db.fetch("untag_items", batch=rows.listed(gone))
        counts.subtract((row["scope"], row["tag_id"]) for row in deleted)
    if come:
        inserted = await db.fetch("add_item_tags", batch=rows.listed(come))
        counts.update((row["scope"], row["tag_id"]) for row in inserted)
    if different := [(*tag, by) for tag, by in counts.items() if by]:
        await db.fetch("adjust_tags", batch=rows.listed(different))


def pairs_of(category: str, taggings: Iterable[Tagging]) -> list[Pair]:
    """All that an item's category and tags make it found by."""
    return [("category", str(category)), *tag_pairs(taggings)]


def together(pairs: Iterable[Pair]) -> list[Pair]:
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
