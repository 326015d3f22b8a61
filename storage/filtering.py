"""How a filter is answered: each of its alternatives is a walk of the rarest tag that it needs, or of its words.

Alternatives that differ in one tag are one way: what carries any of those (`merged`). What the ways find is united,
newest first. Of each no more is looked for than is counted (a page and its count are one look), and nothing older than
as many that others have found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from math import ceil
from typing import NamedTuple

from bot.filter_model import Alternative, Filter, Kind, Tag, Words, alternatives, needed
from bot.model import OPERATOR, GuildId, ItemId
from storage import rows
from storage.driver import Row, Statements
from storage.matching import EVERYTHING, MAX_ID

Pairs = dict[tuple[str, str], Row]


class Way(NamedTuple):
    """One way to meet a filter: one tag of each group and all words, none of the others."""

    groups: frozenset[frozenset[Tag]]
    words: frozenset[Words] = frozenset()
    without_tags: frozenset[Tag] = frozenset()
    without_words: frozenset[Words] = frozenset()

    @classmethod
    def of(cls, one: Alternative) -> Way:
        """An alternative as it is, each tag by itself."""
        groups = frozenset(frozenset((tag,)) for tag in one.tags)
        return cls(groups, one.words, one.without_tags, one.without_words)

    def is_possible(self, tags: Pairs) -> bool:
        """Whether any item could meet it: no tag that nothing carries, and no phrase without a word."""
        return all(_pair(tag) in tags for group in self.groups for tag in group) and all(
            words.terms for words in self.words
        )

    def is_rarer(self, group: frozenset[Tag], tags: Pairs) -> bool:
        """Whether there is a better one to walk by than the tags of a group, each by itself."""
        alone = min((items_of(one, tags) for one in self.groups if len(one) == 1), default=None)
        return bool(self.words) if alone is None else alone <= items_of(group, tags)

    def rank(self, tags: Pairs) -> tuple[bool, int]:
        """First those that many items meet, as far as is known: what they find, the others need not look beyond."""
        return bool(self.words), -min((items_of(group, tags) for group in self.groups), default=0)


def merged(ways: Iterable[Way], is_worth_it: Callable[[Way, frozenset[Tag]], bool]) -> list[Way]:
    """Ways that differ in one group of tags, as one: what meets any of them carries any of those tags.

    `is_worth_it` is asked of what they have in common, which holds something to look for, and of all those tags.
    """
    found = list(dict.fromkeys(ways))
    while True:
        alike: dict[Way, list[tuple[Way, frozenset[Tag]]]] = {}
        for way in found:
            for group in way.groups:
                alike.setdefault(way._replace(groups=way.groups - {group}), []).append((way, group))
        for rest, several in sorted(alike.items(), key=lambda one: -len(one[1])):
            any_of = frozenset().union(*(group for _, group in several))
            if len(several) > 1 and (rest.groups or rest.words) and is_worth_it(rest, any_of):
                ones = {way for way, _ in several}
                found = [way for way in found if way not in ones]
                found.append(rest._replace(groups=rest.groups | {any_of}))
                break
        else:
            return found


def items_of(group: frozenset[Tag], tags: Pairs) -> int:
    """How many items carry one of some tags, those twice that carry two."""
    return sum(int(tags[_pair(tag)]["items"]) for tag in group)


def _pair(tag: Tag) -> tuple[str, str]:
    return tag.kind.value, tag.slug


def _id(tag: Tag, tags: Pairs) -> int:
    return int(tags[_pair(tag)]["id"])


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
    # What a server denies, and its own, is looked up tag by tag.
    together = scope == OPERATOR and not view["fixes"]
    possible = [way for way in map(Way.of, ways) if way.is_possible(tags)]
    if together:
        possible = merged(possible, lambda rest, any_of: db.takes_any or rest.is_rarer(any_of, tags))
    for way in sorted(possible, key=lambda way: way.rank(tags)):
        walked = await _walk(db, way, tags, common, fixes=bool(view["fixes"]))
        found = sorted({*found, *walked}, reverse=True)[:most]
        if len(found) == most:
            common["low"] = max(common["low"], found[-1])  # what is older is not among the newest
    return found


async def _tags(db: Statements, ways: Iterable[Alternative], scope: GuildId) -> Pairs:
    """The stored tags that any alternative names, and those that denials of them are kept under."""
    named = {tag for way in ways for tag in (*way.tags, *way.without_tags)}
    batch = {EVERYTHING} | {_pair(tag) for tag in named} | {_denial(tag) for tag in named}
    found = await db.fetch("tag_ids", batch=rows.listed(sorted(batch)), guild=scope)
    return {(row["kind"], row["slug"]): row for row in found}


def _denial(tag: Tag) -> tuple[str, str]:
    """What a server's own denial of a tag is kept under: of a country, not of its being a subject."""
    return (Kind.COUNTRY.value if tag.kind is Kind.SUBJECT else tag.kind.value), tag.slug


async def _walk(db: Statements, way: Way, tags: Pairs, common: dict[str, int], *, fixes: bool) -> list[int]:
    groups = sorted(way.groups, key=lambda group: items_of(group, tags))
    driver = next((group for group in groups if len(group) == 1), None)
    wanted = [[_id(tag, tags) for tag in group] for group in groups if group is not driver]
    denied = [tags[pair]["id"] for group in groups for tag in group if (pair := _denial(tag)) in tags]
    unwanted = [
        (tags[pair]["id"], tags[denial]["id"] if denial in tags else None)
        for tag in way.without_tags
        if (pair := _pair(tag)) in tags
        for denial in (_denial(tag),)
    ]
    asked = {
        "terms": db.matching(_phrases(way.words)),
        "unwanted": rows.listed(unwanted),
        "unwanted_terms": db.lacking(_phrases(way.without_words)),
        "denied": rows.listed(denied) if fixes else None,
        **common,
    }
    if driver is None and way.words:
        found = await db.fetch("find_by_words", wanted=rows.listed(wanted or [[common["everything"]]]), **asked)
    else:
        (first,) = (common["everything"],) if driver is None else (_id(tag, tags) for tag in driver)
        alone = "find_by_alternative_of_tags" if wanted else "find_by_alternative"
        name = alone if asked["terms"] is None else "find_by_alternative_and_words"
        found = await db.fetch(name, driver=first, wanted=rows.listed(wanted), **asked)
    return [row["item_id"] for row in found]


def _phrases(words: Iterable[Words]) -> list[tuple[str, ...]]:
    return sorted(one.terms for one in words if one.terms)
