"""How a filter is answered: each of its alternatives is a walk of the rarest tag that it needs, or of its words.

Their matches are united, newest first. Of each alternative no more are looked for than are counted (a page and its
count are one look), and none older than as many that others have found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil

from bot.filter_model import Alternative, Filter, Kind, Tag, Words, alternatives, needed
from bot.model import OPERATOR, GuildId, ItemId
from storage import rows
from storage.driver import Row, Statements
from storage.matching import EVERYTHING, MAX_ID

Pairs = dict[tuple[str, str], Row]


async def find(db: Statements, asked: Filter, *, guild: GuildId, until: ItemId | None, most: int) -> list[int]:
    """Ids of the items that meet a resolved filter and that a server may see, newest first, `most` at most.

    Raises `ValueError` for a filter of more alternatives than are written out.
    """
    ways = alternatives(asked.root)
    if ways is None:
        raise ValueError("the filter has too many alternatives")
    return await _united(db, ways, asked, guild, MAX_ID if until is None else until, most)


async def likely(db: Statements, asked: Filter, *, guild: GuildId, most: int) -> list[int]:
    """The same without an end to alternatives: of a filter of too many, what carries all that every match must.

    How many outlets are asked is left out. Whoever asks judges what comes.
    """
    ways = alternatives(asked.root)
    if ways is None:
        ways = (Alternative(tags=needed(asked.root)),)
    return await _united(db, ways, replace(asked, min_outlets=1), guild, MAX_ID, most)


async def _united(
    db: Statements, ways: Sequence[Alternative], asked: Filter, guild: GuildId, high: int, most: int
) -> list[int]:
    view = await db.first("view", guild=guild)
    assert view is not None  # noqa: S101 - a row of flags
    scope = guild if view["own"] else OPERATOR
    tags = await _tags(db, ways, scope)
    if EVERYTHING not in tags:
        return []  # there is no item yet
    common = {
        "outlets": asked.min_outlets,
        "everything": tags[EVERYTHING]["id"],
        "guild": scope,
        "viewer": guild,
        "hides": int(view["hides"]),
        "low": 0 if asked.since is None else rows.first_id(ceil(asked.since.timestamp())),
        "high": high,
        "limit": most,
    }
    found: list[int] = []
    for way in sorted(ways, key=lambda way: _rank(way, tags)):
        walked = await _walk(db, way, tags, common, fixes=bool(view["fixes"]))
        found = sorted({*found, *walked}, reverse=True)[:most]
        if len(found) == most:
            common["low"] = max(common["low"], found[-1])  # what is older is not among the newest
    return found


def _rank(way: Alternative, tags: Pairs) -> tuple[bool, int]:
    """Those first that many items meet, as far as is known: what they find, the others need not look beyond."""
    held = [tags[pair]["items"] for tag in way.tags if (pair := (tag.kind.value, tag.slug)) in tags]
    return bool(way.words), -min(held, default=0)


async def _tags(db: Statements, ways: Iterable[Alternative], scope: GuildId) -> Pairs:
    """The stored tags that any alternative names, and those that denials of them are kept under."""
    named = {tag for way in ways for tag in (*way.tags, *way.without_tags)}
    batch = {EVERYTHING} | {(tag.kind.value, tag.slug) for tag in named} | {_denial(tag) for tag in named}
    found = await db.fetch("tag_ids", batch=rows.listed(sorted(batch)), guild=scope)
    return {(row["kind"], row["slug"]): row for row in found}


def _denial(tag: Tag) -> tuple[str, str]:
    """What a server's own denial of a tag is kept under: of a country, not of its being a subject."""
    return (Kind.COUNTRY.value if tag.kind is Kind.SUBJECT else tag.kind.value), tag.slug


async def _walk(db: Statements, way: Alternative, tags: Pairs, common: dict[str, int], *, fixes: bool) -> list[int]:
    wanted = [tags.get((tag.kind.value, tag.slug)) for tag in way.tags]
    if None in wanted or any(not words.terms for words in way.words):
        return []  # a tag that nothing carries, or no word at all
    drivers = sorted((row for row in wanted if row is not None), key=lambda row: int(row["items"]))
    denied = [tags[pair]["id"] for tag in way.tags if (pair := _denial(tag)) in tags]
    unwanted = [
        (tags[pair]["id"], tags[denial]["id"] if denial in tags else None)
        for tag in way.without_tags
        if (pair := (tag.kind.value, tag.slug)) in tags
        for denial in (_denial(tag),)
    ]
    asked = {
        "terms": db.matching(_phrases(way.words)),
        "unwanted": rows.listed(unwanted),
        "unwanted_terms": db.lacking(_phrases(way.without_words)),
        "denied": rows.listed(denied) if fixes else None,
        **common,
    }
    if not drivers and way.words:
        found = await db.fetch("find_by_words", wanted=rows.listed([common["everything"]]), **asked)
    else:
        driver, *others = [row["id"] for row in drivers] or [common["everything"]]
        alone = "find_by_alternative_of_tags" if others else "find_by_alternative"
        name = alone if asked["terms"] is None else "find_by_alternative_and_words"
        found = await db.fetch(name, driver=driver, wanted=rows.listed(others), **asked)
    return [row["item_id"] for row in found]


def _phrases(words: Iterable[Words]) -> list[tuple[str, ...]]:
    return sorted(one.terms for one in words if one.terms)
