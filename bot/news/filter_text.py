"""A filter as text: canonical, so that parsing it gives the same filter again, and short enough to be edited.

Equal filters give equal text but for how words were typed. It must never write what `bot.news.filter_syntax` reads as
something else; values that need quotes get those of a kind that they do not hold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import assert_never

from bot.filter_model import And, Filter, Kind, Leaf, Node, Not, Or, Tag, Topic, Words
from bot.news.filter_names import ALL_OF, KINDS, Key
from bot.news.text import index_terms

_KEYS = {kind: key for key, kind in KINDS.items()} | {Kind.TOPIC: Key.TOPIC}
_BARE_VALUE = re.compile(r"[\w.'’&][\w.'’&-]*")
_BARE_TAG = re.compile(r"\w+")
_BARE_WORD = re.compile(r"[\w][\w.'’/-]*")
_OPERATORS = frozenset(("and", "or", "not"))
_QUOTES = ('""', "«»", "「」")


def text_of(asked: Filter) -> str:
    """The canonical text; empty for a filter that asks for nothing.

    ``parse(text_of(x), flood=True, limit=STORED_LIMIT) == x`` for every `x` that `parse` gives. A resolved filter is
    written the same way, its topics by their slugs.
    """
    parts = [_root(asked.root)]
    if asked.min_outlets > 1:
        parts.append(f"{Key.OUTLETS}:{asked.min_outlets}")
    if asked.since is not None:
        parts.append(f"{Key.SINCE}:{_moment(asked.since)}")
    if len(parts) > 1 and isinstance(asked.root, Or):
        parts[0] = f"({parts[0]})" if len(_runs(asked.root.parts)) > 1 else parts[0]
    return " ".join(filter(None, parts))


def leaf_text(leaf: Leaf) -> str:
    """One condition as text."""
    match leaf:
        case Tag() | Topic():
            return _values((leaf,), ",")
        case Words():
            return _words(leaf)
        case _:
            assert_never(leaf)


def _root(node: Node) -> str:
    match node:
        case And(parts):
            return " ".join(_joined(run, "+") for run in _runs(parts, every=True))
        case Or(parts):
            return " OR ".join(_joined(run, ",") for run in _runs(parts))
        case Not(part):
            return f"-{_inner(part)}"
        case _:
            return leaf_text(node)


def _inner(node: Node) -> str:
    """A node among others: in brackets where it is several pieces."""
    several = isinstance(node, (And, Or)) and len(_runs(node.parts, every=isinstance(node, And))) > 1
    return f"({_root(node)})" if several else _root(node)


def _joined(run: Sequence[Node], sign: str) -> str:
    if len(run) == 1:
        return _inner(run[0])
    return _values([part for part in run if isinstance(part, (Tag, Topic))], sign)


def _runs(parts: Sequence[Node], *, every: bool = False) -> list[list[Node]]:
    """Neighbours that one key can say together; `every`: with a plus, which makes sense for some keys alone."""
    numbered = enumerate(parts)
    groups = groupby(numbered, key=lambda pair: key if (key := _list_key(pair[1], every=every)) else str(pair[0]))
    return [[part for _, part in group] for _, group in groups]


def _list_key(node: Node, *, every: bool) -> str | None:
    if not isinstance(node, (Tag, Topic)):
        return None
    key = key_of(node)
    return f"key {key}" if not every or key in ALL_OF else None


def key_of(leaf: Tag | Topic) -> Key:
    """The key that a condition is written with."""
    return Key.TOPIC if isinstance(leaf, Topic) else _KEYS[leaf.kind]


def _values(found: Sequence[Tag | Topic], sign: str) -> str:
    key = key_of(found[0])
    names = [leaf.typed if isinstance(leaf, Topic) else leaf.slug for leaf in found]
    if key is Key.CATEGORY:
        names = [name.lower() for name in names]
    if key is Key.TOPIC and len(names) == 1 and _BARE_TAG.fullmatch(names[0]):
        return f"#{names[0]}"
    return f"{key}:{sign.join(_value(name) for name in names)}"


def _value(name: str) -> str:
    return name if _BARE_VALUE.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    """In quotes of a kind that the text does not hold; where it holds all kinds, without them."""
    straight = '"“”„‟＂″'
    for pair, signs in zip(_QUOTES, (straight, "«»‹›", "」"), strict=True):
        if not any(sign in text for sign in signs):
            return f"{pair[0]}{text}{pair[1]}"
    return f'"{text.translate(dict.fromkeys(map(ord, straight), " "))}"'


def _words(words: Words) -> str:
    """As typed where that means the same, else by its terms."""
    typed = words.typed
    if tuple(index_terms(typed).split()) != words.terms:
        typed = " ".join(words.terms)
    if _BARE_WORD.fullmatch(typed) and typed.casefold() not in _OPERATORS:
        return typed
    quoted = _quoted(typed)
    return quoted if tuple(index_terms(quoted).split()) == words.terms else f'"{" ".join(words.terms)}"'


def _moment(moment: datetime) -> str:
    """In UTC: the date where it is midnight, else as ISO 8601 has it, the zone as a ``Z``."""
    found = moment.astimezone(UTC)
    if (found.hour, found.minute, found.second, found.microsecond) == (0, 0, 0, 0):
        return found.date().isoformat()
    return found.replace(tzinfo=None).isoformat() + "Z"
