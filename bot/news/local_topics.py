"""The phrases that show a topic in other languages than English, and what people call the topic in them.

What the taxonomy's phrases are for English: `topics` asks it for the item's language, `taxonomy` for the names. The
words stand in `data/local_topics`, one table for each language. Phrases are found in the index terms of a text, whole
terms only; where a star says so, whatever the word's ending; of Arabic words without what is written on to them.
Pure, and it never raises on any text.
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple

import tomli
from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from bot.news.inflection import arabic_bases
from bot.news.local_places import LANGUAGES, language_by_script, primary_subtag
from bot.news.text import index_terms, slug

UNSPACED = frozenset(("ja", "ko", "zh"))
"""Index terms are single characters there."""
_OTHER_SCRIPTS = frozenset(("uk", "ru", "ar", "fa", "hi", *UNSPACED))
_ACCENTED = frozenset(("de", "es", "fr", "it", "nl", "pl", "pt"))
_LEAD_TERMS = 45
_LEAD_CHARACTERS = 130
_REMEMBERED = 20_000
"""Terms whose words in the phrases, mostly none, are kept: news repeats itself."""
_JOINER = "\u200c"
_ONE_ARABIC = str.maketrans(
    {**dict.fromkeys("أإآٱ", "ا"), **dict.fromkeys("ىی", "ي"), **dict.fromkeys("ةۀ", "ه"), "ک": "ك", "ؤ": "و", "ئ": "ي"}
)
_ONE_HINDI = str.maketrans({"ँ": "ं", "\u093c": None})
_LABEL = re.compile(r'^\[(\w+)\]\nlabel = "([^"\\]+)"$', re.MULTILINE)


class LocalTopic(NamedTuple):
    """One table of a file."""

    label: str
    phrases: tuple[str, ...]
    excluded: tuple[str, ...] = ()


class Phrase(NamedTuple):
    """One phrase: the topic's slug (empty: an excluded wording), how it is written, and how it has to be."""

    topic: str
    written: str
    capitals: int
    """0 any case; 1 the first letter is a capital; 2 all are."""
    letters: tuple[str, ...] = ()
    """Of Vietnamese: letters and marks in any order, for a word has but its marks to be told from others."""
    marks: int | None = None
    """Of one word: how many accents it has (French ``retraite`` is not ``retraité``)."""

    def fits(self, word: str) -> bool:
        """Whether the words in a text, whose index terms are the phrase's, are written as it has to be."""
        if self.capitals and (not word[:1].isupper() if self.capitals == 1 else word != word.upper()):
            return False
        if self.letters and _letters(word) != self.letters:
            return False
        return self.marks is None or _marks(word) == self.marks or word == word.upper()


@dataclass(frozen=True, slots=True)
class Span:
    """Where a phrase was found: its first term, how many terms, how long it counts (1 to 3), whether in the lead."""

    first: int
    size: int
    length: int
    lead: bool
    phrases: tuple[Phrase, ...]
    """Those that the terms may be, the most exact first."""

    def fitting(self, word: str) -> Phrase | None:
        """The phrase that the words in the text are, if they are written as it has to be."""
        for phrase in self.phrases:
            if phrase.fits(word):
                return phrase
        return None


class _Node:
    """A place in the tree of phrases: which words may follow, and the phrase that ends here."""

    __slots__ = ("below", "phrase")

    def __init__(self) -> None:
        self.below: dict[int, _Node] = {}
        self.phrase: Phrase | None = None


class LocalTopics(ABC):
    """The phrases of one language; built by `build`."""

    def __init__(self, language: str, variants: Mapping[str, str]) -> None:
        self.language = language
        self._variants = str.maketrans(dict(variants))

    def find(self, title_terms: str, body_terms: str) -> list[Span]:
        """The phrases in index terms, in order, the leftmost and then the longest; excluded wordings among them."""
        found: list[Span] = []
        if title_terms:
            self._find(title_terms, 0, found)
        if body_terms:
            self._find(body_terms, title_terms.count(" ") + 1 if title_terms else 0, found)
        return found

    def keys(self, written: str) -> tuple[tuple[str, ...], ...]:
        """The words of a phrase as they are looked up, a star after those of which only the beginning is given.

        More than one way where a joiner may be a space.
        """
        ways = [written] if _JOINER not in written else [written.replace(_JOINER, ""), written.replace(_JOINER, " ")]
        return tuple(tuple(self._keys(way)) for way in ways)

    def _keys(self, written: str) -> Iterator[str]:
        for word in written.split():
            if word.endswith("*"):
                # a letter after it, or the beginning would lose what looks like a plural's ending
                *before, last = (index_terms(f"{word[:-1]}q")).split()
                yield from map(self._fold, before)
                yield f"{self._fold(last[:-1])}*"
            else:
                yield from map(self._fold, index_terms(word).split())

    def _fold(self, term: str) -> str:
        if self.language in ("ar", "fa"):
            term = term.translate(_ONE_ARABIC)
            return term[2:] if self.language == "ar" and term.startswith("ال") and len(term) > 4 else term
        if self.language == "hi":
            return unicodedata.normalize("NFD", term).translate(_ONE_HINDI)
        return term.translate(self._variants) if self._variants else term

    def _phrase(self, topic: str, written: str) -> Phrase:
        bare = written.replace("*", "")
        one_word = " " not in bare
        capitals = 0
        if one_word and bare[:1].isupper():
            capitals = 2 if len(bare) > 1 and bare == bare.upper() and "*" not in written else 1
        letters = _letters(bare) if self.language == "vi" and not bare.isascii() else ()
        marks = _marks(bare) if self.language in _ACCENTED and one_word and "*" not in written else None
        return Phrase(topic, written, capitals, letters, marks)

    @abstractmethod
    def _find(self, terms: str, before: int, found: list[Span]) -> None:
        """Add the phrases in some index terms, before which there are `before` others."""


def build(language: str, table: Mapping[str, LocalTopic], variants: Mapping[str, str]) -> LocalTopics:
    """The phrases of a table; `variants` are characters that are read as others."""
    wordings = [(topic, written) for topic, one in table.items() for written in one.phrases]
    wordings += [("", written) for one in table.values() for written in one.excluded]
    return (_Unspaced if language in UNSPACED else _Spaced)(language, wordings, variants)


class _Spaced(LocalTopics):
    """A language that writes words apart: each word is looked up, and words in a row make a phrase."""

    def __init__(self, language: str, wordings: Sequence[tuple[str, str]], variants: Mapping[str, str]) -> None:
        super().__init__(language, variants)
        self._words: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._tree = _Node()
        self._known: dict[str, tuple[int, ...]] = {}
        for topic, written in wordings:
            phrase = self._phrase(topic, written)
            for keys in self.keys(written):
                node = self._tree
                for key in keys:
                    words = self._stems if key.endswith("*") else self._words
                    number = words.setdefault(key.rstrip("*"), len(self._words) + len(self._stems))
                    node = node.below.setdefault(number, _Node())
                node.phrase = node.phrase or phrase
        lengths = {len(stem) for stem in self._stems}
        self._lengths = tuple(sorted(lengths, reverse=True))

    def _find(self, terms: str, before: int, found: list[Span]) -> None:
        known, tree = self._known, self._tree
        numbers: list[tuple[int, ...]] = []
        for term in terms.split():
            held = known.get(term)
            numbers.append(self._look_up(term) if held is None else held)
        at, end = 0, len(numbers)
        while at < end:
            if numbers[at]:
                phrases, upto = _longest(tree, numbers, at)
                if phrases:
                    first = before + at
                    found.append(Span(first, upto - at, min(upto - at, 3), first < _LEAD_TERMS, phrases))
                    at = upto
                    continue
            at += 1

    def _look_up(self, term: str) -> tuple[int, ...]:
        """The words of phrases that a term may be: as it stands, then by the longest beginning."""
        forms: dict[str, None] = {self._fold(term): None}
        if self.language == "ar":
            forms.update((form, None) for form in arabic_bases(term.translate(_ONE_ARABIC)) if form)
        numbers = [self._words[form] for form in forms if form in self._words]
        if self._stems:
            for form in forms:
                cut = self._stems.get(f"{form}s")  # the word is the beginning itself and lost its last letter
                if cut is not None:
                    numbers.append(cut)
                for length in self._lengths:
                    stem = self._stems.get(form[:length]) if length <= len(form) else None
                    if stem is not None:
                        numbers.append(stem)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[term] = found = tuple(dict.fromkeys(numbers))
        return found


class _Unspaced(LocalTopics):
    """A language whose index terms are single characters: phrases are found as `topics` finds the English ones."""

    def __init__(self, language: str, wordings: Sequence[tuple[str, str]], variants: Mapping[str, str]) -> None:
        super().__init__(language, variants)
        patterns: dict[str, tuple[Phrase, ...]] = {}
        for topic, written in wordings:
            for keys in self.keys(written):
                patterns.setdefault(f" {'  '.join(keys)} ", (self._phrase(topic, written),))
        self._patterns = tuple(
            (phrases, pattern.count("  ") + 1, _length(len(pattern.replace(" ", ""))))
            for pattern, phrases in patterns.items()
        )
        self._automaton = AhoCorasick(
            patterns,
            matchkind=MatchKind.LeftmostLongest,
            store_patterns=False,
            implementation=Implementation.ContiguousNFA,
        )

    def _find(self, terms: str, before: int, found: list[Span]) -> None:
        hay = f" {terms.replace(' ', '  ')} "
        if self._variants:
            hay = hay.translate(self._variants)
        counted_to = spaces = 0
        for index, start, _ in self._automaton.find_matches_as_indexes(hay):
            phrases, count, length = self._patterns[index]
            spaces += hay.count(" ", counted_to, start)
            counted_to = start
            first = before + spaces // 2
            found.append(Span(first, count, length, first < _LEAD_CHARACTERS, phrases))


def _length(characters: int) -> int:
    return 1 if characters < 3 else 2 if characters < 5 else 3


def _longest(node: _Node, numbers: Sequence[tuple[int, ...]], at: int) -> tuple[tuple[Phrase, ...], int]:
    """The longest phrases that begin at a place, and where they end."""
    best: tuple[Phrase, ...] = () if node.phrase is None else (node.phrase,)
    upto = at
    if at < len(numbers):
        for number in numbers[at]:
            below = node.below.get(number)
            if below is not None:
                longer, end = _longest(below, numbers, at + 1)
                if longer and end > upto:
                    best, upto = longer, end
                elif longer and end == upto:
                    best += longer
    return best, upto


def _letters(text: str) -> tuple[str, ...]:
    """The letters and marks, sorted: a tone mark may stand on either vowel (``hoà``, ``hòa``)."""
    return tuple(sorted(ch for ch in unicodedata.normalize("NFD", text.casefold()) if not ch.isspace() and ch != "-"))


def _marks(text: str) -> int:
    return sum(unicodedata.category(ch) == "Mn" for ch in unicodedata.normalize("NFD", text))


def told_language(language: str | None, text: str) -> str | None:
    """Which of the languages with a table a text is in: what is said, or what its script shows; None for others."""
    primary = primary_subtag(language) if language else ""
    if text.isascii():
        return primary if primary in LANGUAGES else None
    if primary in _OTHER_SCRIPTS:
        return primary
    by_script = language_by_script(text)
    if by_script is not None:
        return by_script
    return primary if primary in LANGUAGES else None


@cache
def local_topics(language: str) -> LocalTopics | None:
    """The phrases of a language, by its primary subtag; None where there is no table."""
    if language not in LANGUAGES:
        return None
    table, variants = read_table(language)
    return build(language, table, variants)


def read_table(language: str) -> tuple[dict[str, LocalTopic], dict[str, str]]:
    """The table of a language by topic, and characters that are read as others (Chinese, traditional as simplified)."""
    tables = tomli.loads(_text(language))
    variants = dict(zip(tables.pop("traditional", ""), tables.pop("simplified", ""), strict=True))
    table = {
        topic: LocalTopic(one["label"], tuple(one["phrases"]), tuple(one.get("excluded", ())))
        for topic, one in tables.items()
    }
    return table, variants


@cache
def labels() -> Mapping[str, str]:
    """What the topics are called in all languages, as hashtags, and the slug of each.

    A name that means one topic here and another there is left out.
    """
    owners: dict[str, set[str]] = {}
    for language in sorted(LANGUAGES):
        for topic, label in _LABEL.findall(_text(language)):
            owners.setdefault(slug(label), set()).add(topic)
    return {key: min(topics) for key, topics in owners.items() if len(topics) == 1 and len(key) > 1}


def _text(language: str) -> str:
    return resources.files("bot.news.data.local_topics").joinpath(f"{language}.toml").read_text(encoding="utf-8")
