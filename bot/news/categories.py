"""The one Category of an item: the publisher's section first, then its categories, then what the words say.

What each word and each Category's topics say was learned from texts written for Dateline (`bench/categories.py`) and
stands in `data/category_weights.tsv`. Pure. GENERAL is the honest answer where nothing stands out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from math import sqrt
from struct import Struct
from sys import intern

from bot.model import Category
from bot.news.countries import rows
from bot.news.publisher import Told, section_category

ENOUGH = 0.3
"""Topics must say at least this much for a Category where the words are unknown, or it is General."""
KNOWN = 0.3
"""Share of the terms that must be known (of English news, none under a third); below it only topics count."""
STANDS_OUT = 0.25
"""The weights' sum must reach this for the best Category, or it is General."""
GENERAL_LESS = 0.6
"""Another Category wins unless General is this far ahead: its news is of everything, and so are its words."""
TITLE, TEXT = 3, 2
"""A term in the title counts one and a half times one in the text."""
LEAD_TERMS = 60
"""Words of the text that are read."""
VOTES_AT_MOST = 2.0
"""What topics say for one Category counts up to here."""
BIAS, TOPICS = "*", "*topics "
"""Rows of the weights that are no terms: what holds of any text, and what topics of a Category say."""

_KINDS = tuple(Category)
_GENERAL = Category.GENERAL
_UNIT = 100
"""Weights are kept as whole numbers, in hundredths."""
_BITS = 32
_KNOWN_AT = _BITS * len(_KINDS)
_KNOWN = 1 << _KNOWN_AT
_ALL = _KNOWN - 1
_ZERO = 1 << _BITS - 1
_HALF = sum(_ZERO << _BITS * number for number in range(len(_KINDS)))
"""Added to a sum, so that no field is below zero."""
_MOST = int(10 * VOTES_AT_MOST)
_BYTES = _BITS * len(_KINDS) // 8
_FIELDS = Struct(f"<{len(_KINDS)}I").unpack


class Weights:
    """What each term says for every Category, in one whole number: nine fields, and a tenth that counts the term."""

    def __init__(self, lines: Iterable[Sequence[str]]) -> None:
        self.terms: dict[str, int] = {}
        self._bias = 0
        self._topics: dict[Category, list[int]] = {}
        """By Category, what its topics say when they say no, one, two ... tenths for it."""
        said = _Said()
        for name, says in lines:
            packed = sum(map(said.__getitem__, says.split(" ")))
            if name == BIAS:
                self._bias = 10 * packed
            elif name.startswith(TOPICS):
                self._topics[Category(name.removeprefix(TOPICS))] = [tenths * packed for tenths in range(_MOST + 1)]
            else:
                self.terms[intern(name)] = packed + _KNOWN

    def category(self, title: Sequence[str], text: Sequence[str], votes: Mapping[Category, float]) -> Category:
        """What `chunk_terms` of title and text, and the topics found in them, say; GENERAL where that is little."""
        if len(text) > LEAD_TERMS:
            text = text[:LEAD_TERMS]
        get = self.terms.get
        of_title = sum(filter(None, map(get, title)))
        both = sum(filter(None, map(get, text)), of_title)
        terms, more = len(title), len(text)
        known = both + _HALF >> _KNOWN_AT
        if not known or known < KNOWN * (terms + more):
            return by_topics(votes)
        # words say their sum over the length, the rest is said of any length: everything is multiplied by it
        length = int(10 * sqrt(TITLE * TITLE * terms + TEXT * TEXT * more))
        said = self._bias
        topics = self._topics
        for category, vote in votes.items():
            said += topics[category][int(10 * vote) if vote < VOTES_AT_MOST else _MOST]
        said = 100 * (both + both + of_title) + length * said + _HALF
        scores = _FIELDS((said & _ALL).to_bytes(_BYTES, "little"))
        best = max(scores)
        one = 10 * _UNIT * length
        if best - _ZERO < STANDS_OUT * one:
            return _GENERAL
        if best == scores[0]:
            second = max(scores[1:])
            return _KINDS[scores.index(second, 1)] if best - second < GENERAL_LESS * one else _GENERAL
        return _KINDS[scores.index(best)]


def choose(
    section: str | None,
    told: Sequence[tuple[str, Told]],
    votes: Mapping[Category, float],
    terms: tuple[Sequence[str], Sequence[str]] | None = None,
) -> Category:
    """The Category of an item, from its feed's section, its publisher's categories, its topics' votes and its words.

    `votes` are those of `TopicTagger.match`; `terms` the `chunk_terms` of title and text, None where they
    are not English.
    """
    if section:
        by_section = section_category(section)
        if by_section is not None:
            return by_section
    if told:
        kinds = [says.category for _, says in told if says.category is not None]
        own = Counter(kind for kind in kinds if kind is not _GENERAL)
        if own:
            return max(own, key=lambda category: (own[category], votes.get(category, 0.0)))
    return weights().category(*terms, votes) if terms else by_topics(votes)


def by_topics(votes: Mapping[Category, float]) -> Category:
    """What the topics alone say."""
    if not votes:
        return Category.GENERAL
    best = max(votes, key=lambda category: votes[category])
    return best if votes[best] >= ENOUGH else Category.GENERAL


@cache
def weights() -> Weights:
    """``data/category_weights.tsv``."""
    return Weights((name, says) for name, says in rows("category_weights.tsv"))


class _Said(dict[str, int]):
    """``Politics:-0.4`` as a whole number with one field. Below zero it borrows of the next: `_HALF` pays it back."""

    def __missing__(self, says: str) -> int:
        category, _, weight = says.partition(":")
        packed = self[says] = round(float(weight) * _UNIT) << _BITS * _KINDS.index(Category(category))
        return packed
