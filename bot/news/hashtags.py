"""What a typed hashtag means, as far as the taxonomy and its letters tell: pure steps that a service drives.

1. `known`: a topic's slug, label or alias in any spelling, or a country. It answers at once.
2. `candidates`: every term that the letters may run together; the store says which of them occur.
3. `splits`: the ways to cut the letters into such terms, best first; the store says which phrase occurs.
4. `near`: what is spelled almost alike, for "did you mean".

It must never decide for the store: whether a tag or a phrase occurs is asked outside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import NamedTuple

from rapidfuzz import fuzz, process

from bot.model import How, Resolution, TagKind
from bot.news.countries import country_name, find_country
from bot.news.taxonomy import Taxonomy, Topic, taxonomy
from bot.news.text import index_terms, slug

MAX_TOPIC = 100
"""Characters of a typed topic; a longer one is refused by the service."""
LONGEST_SPLIT = 60
"""A longer run of letters is not cut into words."""
SPLITS = 8
"""Ways to cut that are kept."""
_SHORTEST_WORD, _LONGEST_WORD = 2, 20
_COST = {1: 1.9, 2: 1.75, 3: 1.2, 4: 1.05}
"""What a word of that many letters costs; a longer one 1: few and long words are likelier meant."""
_NEAR = 80.0
"""Least likeness of a near miss, of 100 (rapidfuzz ratio)."""
_NEAR_SHORT = 88.0
"""The same where under six letters are typed: there one letter is much."""
_NEAR_NAME = 72.0
_SHORT_NAMES = frozenset(("uk", "us", "eu", "un"))


class _Way(NamedTuple):
    """A way to cut the letters read so far: the least is the best."""

    cost: float
    words: tuple[str, ...]


class Hashtags:
    """Resolves typed hashtags. Built once from a taxonomy; holds no state."""

    def __init__(self, topics: Taxonomy) -> None:
        self._taxonomy = topics
        self._vocabulary = frozenset(
            word
            for topic in topics.topics.values()
            for terms in (index_terms(topic.label), *map(topics.terms.__getitem__, topic.phrases))
            for word in terms.split()
        )
        self._names = tuple(name for name in topics.names if len(name) > 2)

    @classmethod
    def load(cls) -> Hashtags:
        """With the taxonomy that ships with Dateline, one a process."""
        return _shipped()

    def known(self, typed: str) -> Resolution | None:
        """What the taxonomy and the table of countries make of it; None where they hold nothing of that name."""
        typed = typed[:MAX_TOPIC]
        tag = slug(typed)
        if not tag:  # a flag, or nothing
            code = find_country(typed.strip())
            return None if code is None else _of_country(typed, code, How.ALIAS)
        topic = self._taxonomy.find(typed)
        if topic is not None:
            return _of_topic(typed, topic, tag)
        code = self._country(typed, tag)
        if code is not None:
            exact = tag in (slug(country_name(code)), slug(code))
            return _of_country(typed, code, How.EXACT if exact else How.ALIAS)
        for words in self.splits(tag, self._vocabulary):
            topic = self._taxonomy.find("".join(words))
            if topic is not None:
                return _of_topic(typed, topic, tag)
        return None

    def _country(self, typed: str, tag: str) -> str | None:
        """Two small letters are sooner a word (``it``, ``in``) than a code."""
        bare = typed.strip().lstrip("#")
        if len(tag) == 2 and tag.isascii() and bare.islower() and tag not in _SHORT_NAMES:
            return None
        return find_country(bare)

    def candidates(self, letters: str) -> set[str]:
        """The terms that may be run together in a slug: ask the store which occur, then call `splits`."""
        return {term for _, _, terms in _pieces(letters) for term in terms}

    def splits(self, letters: str, known: Collection[str]) -> list[tuple[str, ...]]:
        """The ways to cut a slug into known index terms, best first; at most `SPLITS`, none where there is no way."""
        if not known:
            return []
        held = known if isinstance(known, (set, frozenset)) else frozenset(known)
        ending: list[list[tuple[int, tuple[str, ...]]]] = [[] for _ in range(len(letters) + 1)]
        for start, end, terms in _pieces(letters):
            if all(term in held for term in terms):
                ending[end].append((start, terms))
        ways: list[list[_Way]] = [[_Way(0.0, ())]] + [[] for _ in letters]
        for end in range(1, len(letters) + 1):
            reached = {
                _Way(way.cost + _cost(end - start), (*way.words, *terms))
                for start, terms in ending[end]
                for way in ways[start]
            }
            ways[end] = sorted(reached)[:SPLITS]
        return list(dict.fromkeys(way.words for way in ways[len(letters)])) if letters else []

    def near(self, typed: str, tags: Sequence[str] = (), limit: int = 5) -> tuple[str, ...]:
        """The tags, stored or in the taxonomy, that are spelled almost like it; the most alike first."""
        wanted = slug(typed[:MAX_TOPIC])
        if len(wanted) < 3:
            return ()
        least = _NEAR if len(wanted) > 5 else _NEAR_SHORT
        names = self._taxonomy.names
        alike = process.extract(wanted, self._names, scorer=fuzz.ratio, score_cutoff=least, limit=limit * 3)
        scored = [(score, names[name]) for name, score, _ in alike]
        stored = process.extract(wanted, tags, scorer=fuzz.ratio, score_cutoff=least, limit=limit * 3)
        scored += [(score, names.get(tag, tag)) for tag, score, _ in stored]
        scored.sort(key=lambda pair: -pair[0])
        return tuple(dict.fromkeys(tag for _, tag in scored if tag != wanted))[:limit]

    def near_names(self, typed: str, names: Iterable[str], limit: int = 3) -> tuple[str, ...]:
        """The names (of outlets, say) that are nearest to what was typed."""
        alike = process.extract(
            typed[:MAX_TOPIC],
            list(names),
            scorer=fuzz.WRatio,
            processor=str.casefold,
            score_cutoff=_NEAR_NAME,
            limit=limit,
        )
        return tuple(name for name, _, _ in alike)

    def beginning(self, prefix: str, limit: int = 25) -> tuple[str, ...]:
        """Topics of the taxonomy whose slug, alias or label begins so; slugs first, then by the alphabet."""
        wanted = slug(prefix[:MAX_TOPIC])
        topics = self._taxonomy.topics
        own = sorted(name for name in topics if name.startswith(wanted))
        others = sorted(name for name in self._names if name not in topics and name.startswith(wanted))
        return tuple(dict.fromkeys([*own, *(self._taxonomy.names[name] for name in others)]))[:limit]

    def label(self, tag: str) -> str:
        """What people read for a topic: its label; the tag itself where the taxonomy does not hold it."""
        topic = self._taxonomy.topics.get(tag)
        return topic.label if topic is not None else tag


@cache
def _shipped() -> Hashtags:
    return Hashtags(taxonomy())


def _of_topic(typed: str, topic: Topic, tag: str) -> Resolution:
    how = How.EXACT if tag in (topic.slug, slug(topic.label)) else How.ALIAS
    return Resolution(typed=typed, tag=topic.slug, how=how, known=True, label=topic.label)


def _of_country(typed: str, code: str, how: How) -> Resolution:
    return Resolution(typed=typed, tag=code, how=how, kind=TagKind.COUNTRY, known=True, label=country_name(code))


def _pieces(letters: str) -> Iterable[tuple[int, int, tuple[str, ...]]]:
    """Each part of the letters that may be a word: where it starts and ends, and its index terms."""
    if len(letters) > LONGEST_SPLIT:
        return
    for start in range(len(letters)):
        for end in range(start + 1, min(len(letters), start + _LONGEST_WORD) + 1):
            part = letters[start:end]
            if end - start < _SHORTEST_WORD and not part.isdecimal():
                continue
            terms = tuple(index_terms(part).split())
            if terms:
                yield start, end, terms


def _cost(length: int) -> float:
    return _COST.get(length, 1.0)
