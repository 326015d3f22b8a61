"""What a filter is once it was read: a tree of conditions, and the forms of it that an index can walk.

A leaf is a `Tag` (the pairs of kind and slug that an item is found by, the store's and the rule index's alike), `Words`
(index terms in a row), or a `Topic` whose meaning was not looked up yet. `both`, `either` and `negated` build the inner
nodes so that equal filters are equal objects: nothing nested that need not be, nothing twice. The nodes take their
parts by position: a tree of keywords cannot be read.

Pure, and without a look at anything else of `bot.news`: `storage` may import it. It must never read text that a person
typed; `bot.news.filter_syntax` does.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple, assert_never

from bot.errors import UserError

ALTERNATIVES = 64
"""Ways to meet a filter that are written out at most."""
POINTED_COLUMNS = 40
"""Columns of what was typed that an error shows: a code block on a telephone has little more."""


class FilterError(UserError):
    """What is wrong with a filter that a person typed, and where."""

    def __init__(self, reason: str, *, text: str, position: int) -> None:
        """`position` is an index into `text`, 0 to its length: the end stands for what is missing there."""
        where = f"character {position + 1}" if position < len(text) else "the end"
        super().__init__(f"{reason} (At {where} of the filter.)")
        self.reason = reason
        self.text = text
        self.position = position

    def pointed(self) -> str:
        """Two lines for a monospaced block: what was typed around the place, and a caret below its character.

        Under a wide character stands a wide space, so that both lines are as wide in fonts whose wide characters are
        not just two columns. No line holds a line break, a control character or a backtick.
        """
        start, used = self.position, 0
        while start > 0 and (used := used + _columns(self.text[start - 1])) <= POINTED_COLUMNS // 2:
            start -= 1
        end, used = self.position, 0
        while end < len(self.text) and (used := used + _columns(self.text[end])) <= POINTED_COLUMNS // 2:
            end += 1
        before = ("…" if start else "") + _plain(self.text[start : self.position])
        after = _plain(self.text[self.position : end]) + ("…" if end < len(self.text) else "")
        room = "".join(("", " ", "\u3000")[_columns(ch)] for ch in before)
        return f"{before}{after}\n{room}^"


def _columns(ch: str) -> int:
    """How many columns a character takes in a monospaced block."""
    if unicodedata.category(ch) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(ch) in "WF" else 1


def _plain(text: str) -> str:
    return "".join(
        " " if ch in "\u2028\u2029" or unicodedata.category(ch) in ("Cc", "Cs") else ch for ch in text
    ).replace("`", "'")


class Kind(StrEnum):
    """What a tag of a filter says of an item; the values are the kinds of the store's tags."""

    TOPIC = "topic"
    SUBJECT = "subject"
    """A country that the item is about."""
    COUNTRY = "country"
    """A country that the item is about or mentions, or that is assumed of it."""
    OUTLET = "outlet"
    FROM = "from"
    """The country that the outlet sits in."""
    LANGUAGE = "language"
    CATEGORY = "category"

    __hash__ = str.__hash__  # an enumeration's own is Python's, and a tag is hashed often


@dataclass(frozen=True, slots=True)
class Tag:
    """A condition that an index answers by key."""

    kind: Kind
    slug: str
    """A topic's slug, a country's or language's code, a category's or (as stored, once resolved) an outlet's name."""
    at: int = field(default=0, compare=False)
    """Where it stands in what was typed, for errors."""

    @property
    def key(self) -> str:
        """Kind and slug in one: no index term holds a colon, so that keys and terms can share one table."""
        return f"{self.kind.value}:{self.slug}"


@dataclass(frozen=True, slots=True)
class Words:
    """Index terms that must follow one another."""

    terms: tuple[str, ...]
    """Empty: met by nothing."""
    typed: str = field(default="", compare=False)
    """As a person wrote them, for showing."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as typed, to be resolved."""

    typed: str
    """Without ``#``, single spaces."""
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All must hold; without parts it holds of everything."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One must hold; without parts nothing meets it."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not hold."""

    part: Node


Leaf = Tag | Words | Topic
Node = Leaf | And | Or | Not
EVERYTHING = And(())
NOTHING = Or(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a person asks: a tree of conditions on an item, and what holds of the whole."""

    root: Node = EVERYTHING
    min_outlets: int = 1
    """How many outlets must have the story: a condition on the story, not on the item."""
    since: datetime | None = None
    """Nothing that was published earlier."""


def both(parts: Iterable[Node]) -> Node:
    """All of them: inner alls opened, none twice, a single one by itself."""
    flat = dict.fromkeys(inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else And(tuple(flat))


def either(parts: Iterable[Node]) -> Node:
    """One of them: inner ones opened, none twice, a single one by itself."""
    flat = dict.fromkeys(inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else Or(tuple(flat))


def negated(part: Node) -> Node:
    """The opposite; of an opposite, what that was of."""
    return part.part if isinstance(part, Not) else Not(part)


def leaves(node: Node) -> Iterator[Leaf]:
    """The leaves in their order."""
    if isinstance(node, (And, Or)):
        for part in node.parts:
            yield from leaves(part)
    elif isinstance(node, Not):
        yield from leaves(node.part)
    else:
        yield node


def mapped(node: Node, change: Callable[[Leaf], Node]) -> Node:
    """The tree with other leaves."""
    match node:
        case And(parts):
            return both([mapped(part, change) for part in parts])
        case Or(parts):
            return either([mapped(part, change) for part in parts])
        case Not(part):
            return negated(mapped(part, change))
        case _:
            return change(node)


def key_of(leaf: Leaf) -> str | None:
    """What an index finds the leaf by: a tag's key, or a word that must occur; None of a topic that is not resolved."""
    match leaf:
        case Tag():
            return leaf.key
        case Words(terms):
            return max(terms, key=len, default=None)  # of a phrase the longest term: likely the rarest
        case Topic():
            return None
        case _:
            assert_never(leaf)


# --- forms that an index can walk --------------------------------------------------------------------------------


class Alternative(NamedTuple):
    """One way to meet a filter: all of the first two, none of the others."""

    tags: frozenset[Tag] = frozenset()
    words: frozenset[Words] = frozenset()
    without_tags: frozenset[Tag] = frozenset()
    without_words: frozenset[Words] = frozenset()

    def possible(self) -> bool:
        """Whether it does not contradict itself."""
        return self.tags.isdisjoint(self.without_tags) and self.words.isdisjoint(self.without_words)

    def joined(self, other: Alternative) -> Alternative:
        """What meets both."""
        return Alternative(
            tags=self.tags | other.tags,
            words=self.words | other.words,
            without_tags=self.without_tags | other.without_tags,
            without_words=self.without_words | other.without_words,
        )


def alternatives(node: Node, most: int = ALTERNATIVES) -> tuple[Alternative, ...] | None:
    """The disjunctive normal form of a resolved tree; None where it has more than `most` alternatives.

    An item meets the tree if, and only if, it meets one of them; no alternative says what a shorter one says already.
    Raises `ValueError` for a topic that is not resolved.
    """
    found = _alternatives(node, most, wanted=True)
    return None if found is None else tuple(found)


def _alternatives(node: Node, most: int, *, wanted: bool) -> list[Alternative] | None:
    match node:
        case Not(part):
            return _alternatives(part, most, wanted=not wanted)
        case And(parts) | Or(parts):
            every = [_alternatives(part, most, wanted=wanted) for part in parts]
            if isinstance(node, Or) is wanted:
                return _one_of(every, most)
            return _all_of(every, most)
        case Tag():
            return [Alternative(tags=frozenset((node,))) if wanted else Alternative(without_tags=frozenset((node,)))]
        case Words():
            return [Alternative(words=frozenset((node,))) if wanted else Alternative(without_words=frozenset((node,)))]
        case Topic():
            raise ValueError(f"the topic {node.typed!r} is not resolved")
        case _:
            assert_never(node)


def _one_of(every: list[list[Alternative] | None], most: int) -> list[Alternative] | None:
    """The ways to meet one of several trees."""
    found: list[Alternative] = []
    for ways in every:
        if ways is None or len(found) + len(ways) > most:
            return None
        found += ways
    return _least(found)


def _all_of(every: list[list[Alternative] | None], most: int) -> list[Alternative] | None:
    """The ways to meet all of several trees."""
    found = [Alternative()]
    for ways in every:
        if ways is None or len(found) * len(ways) > most:
            return None
        joined = [mine.joined(other) for mine in found for other in ways]
        found = _least([way for way in joined if way.possible()])
    return found


def _least(ways: list[Alternative]) -> list[Alternative]:
    """Those that no other one covers: where A will do, A and B is nothing new."""
    ways = list(dict.fromkeys(ways))
    sizes = [sum(map(len, way)) for way in ways]
    if len(set(sizes)) < 2:  # only a shorter one covers another
        return ways

    def covers(one: Alternative, other: Alternative) -> bool:
        return all(mine <= theirs for mine, theirs in zip(one, other, strict=True))

    return [
        way
        for way, size in zip(ways, sizes, strict=True)
        if not any(less < size and covers(one, way) for one, less in zip(ways, sizes, strict=True))
    ]


def needed(node: Node) -> frozenset[Tag]:
    """The tags that every match carries: the rarest of them may drive a walk. Empty where there is none for sure."""
    match node:
        case And(parts):
            return frozenset().union(*map(needed, parts))
        case Or(parts) if parts:
            return frozenset.intersection(*map(needed, parts))
        case Tag():
            return frozenset((node,))
        case _:
            return frozenset()


def cover(node: Node, cost: Callable[[str], float]) -> tuple[str, ...] | None:
    """Keys (`key_of`) of which every match holds at least one, the cheapest such set; None where there is none.

    `cost` is how often items hold a key, in any unit.
    """
    match node:
        case And(parts):
            found = [keys for part in parts if (keys := cover(part, cost)) is not None]
            return min(found, key=lambda keys: sum(map(cost, keys)), default=None)
        case Or(parts):
            every = [cover(part, cost) for part in parts]
            if None in every:
                return None
            return tuple(dict.fromkeys(key for keys in every if keys is not None for key in keys))
        case Not():
            return None
        case Words(()):
            return ()
        case _:
            key = key_of(node)
            return None if key is None else (key,)


# --- as stored ---------------------------------------------------------------------------------------------------


def dumped(asked: Filter) -> str:
    """A filter as JSON, for a row. Equal filters give equal text but for how words were typed."""
    parts: dict[str, Any] = {"root": _packed(asked.root)}
    if asked.min_outlets > 1:
        parts["min_outlets"] = asked.min_outlets
    if asked.since is not None:
        parts["since"] = asked.since.astimezone(UTC).isoformat()
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def loaded(text: str) -> Filter:
    """The filter of a row. Raises `ValueError` for anything that `dumped` does not write."""
    try:
        parts = json.loads(text)
        since = parts.get("since")
        return Filter(
            root=_unpacked(parts["root"]),
            min_outlets=int(parts.get("min_outlets", 1)),
            since=None if since is None else datetime.fromisoformat(since),
        )
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError(f"no filter: {text[:100]}") from error


def _packed(node: Node) -> list[Any]:
    match node:
        case And(parts):
            return ["and", *map(_packed, parts)]
        case Or(parts):
            return ["or", *map(_packed, parts)]
        case Not(part):
            return ["not", _packed(part)]
        case Words(terms, typed):
            return ["words", " ".join(terms), *([typed] if typed else [])]
        case Tag(kind, slug):
            return [kind.value, slug]
        case Topic(typed):
            return ["asked", typed]
        case _:
            assert_never(node)


def _unpacked(packed: list[Any]) -> Node:
    name, *rest = packed
    match name:
        case "and":
            return both(map(_unpacked, rest))
        case "or":
            return either(map(_unpacked, rest))
        case "not":
            return negated(_unpacked(rest[0]))
        case "words":
            return Words(tuple(rest[0].split()), rest[1] if len(rest) > 1 else "")
        case "asked":
            return Topic(rest[0])
        case _:
            return Tag(Kind(name), rest[0])
