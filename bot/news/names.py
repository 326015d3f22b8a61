"""Names and set phrases of a text that may become hashtags of their own: people, organisations, places, `#hashtags`.

Taken from the capitals of mixed-case text, from hashtags, and from short quotations. What the taxonomy or the table of
countries knows is left to them. Pure; it must never raise on any text, nor give more than `LIMIT` names.

What capitals say differs, so: a headline in Title Case or in capitals is passed over; a single word counts in English
only, not at the start of a sentence, and not where it is also a common word; German nouns are no names. In scripts
without case there are hashtags and quotations alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib import resources

from bot.model import Name
from bot.news.countries import country_named, find_country
from bot.news.gazetteer import Kind, gazetteer, given_names
from bot.news.taxonomy import taxonomy
from bot.news.text import index_terms, slug

LIMIT = 8
"""Names taken of one text."""
READ = 600
"""Characters of the text that are read: who is named later only is not what the item is about."""
WORDS = 4
"""A longer run of capitals is a sentence's, or two names."""
_SHORTEST, _LONGEST = 3, 40
"""Letters of a hashtag."""


def _ranges(codes: Iterable[int]) -> str:
    """Characters as a regular expression's set writes them, neighbours as a range."""
    listed: list[list[int]] = []
    for code in codes:
        if listed and listed[-1][1] == code - 1:
            listed[-1][1] = code
        else:
            listed.append([code, code])
    return "".join(chr(first) if first == last else f"{chr(first)}-{chr(last)}" for first, last in listed)


_UPPER = _ranges(code for code in range(0x58F) if chr(code).isupper())
"""Capitals of Latin, Greek, Cyrillic and Armenian."""
_JOINERS = (
    "of|of the|de|de la|de las|de los|del|della|di|da|do|dos|du|des|al|bin|ibn|van|van der|van den|von|von der|der|den"
)
_REST = r"(?:\.|\w*(?:[’'](?!s\b)\w+|-\w+)*)"
# Begins with a set, which the engine looks for fastest; what stands before is asked after.
_RUN = re.compile(rf"[{_UPPER}](?<![\w#@/’'.-][{_UPPER}]){_REST}(?: (?:(?:{_JOINERS}) )?[{_UPPER}]{_REST})*")
_HASHTAG = re.compile(r"(?<!\w)#(\w{3,60})")
_QUOTES = (
    ("“", re.compile(r"“([^“”\n]{5,40})”")),
    ('"', re.compile(r'"([^"\n]{5,40})"')),
    ("‘", re.compile(r"‘([^‘’\n]{5,40})’(?!\w)")),
    ("'", re.compile(r"'(?<!\w')([^'\n]{5,40})'(?!\w)")),
)
_PLAIN = re.compile(r"[A-Za-z0-9 '-]+")
"""What `bot.news.text.slug` only makes small and runs together."""
_PUNCTUATION = re.compile(r"[ '-]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")
_BEGINS = frozenset(".!?:;…\"“”‘'«»„([|•–—-\n/")
"""What stands before the first word of a sentence."""

_ABBREVIATED = frozenset(
    ("Mr", "Mrs", "Ms", "Dr", "St", "Gen", "Sen", "Rep", "Gov", "Lt", "Col", "Sgt", "Capt", "Prof", "Rev")
)
"""What a full stop ends without ending the sentence."""
_LOWER_IN_TITLES = frozenset(
    (
        *("a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "into", "is", "it", "its", "of", "off", "on"),
        *("onto", "or", "over", "per", "the", "than", "to", "up", "via", "vs", "with", "after", "amid", "about", "are"),
    )
)


def read(title: str, text: str, *, language: str | None = None, authors: Sequence[str] = ()) -> tuple[Name, ...]:
    """The names of one text, in its order: at most `LIMIT`, each slug once, none that another one holds.

    `language` is a BCP 47 tag, `authors` the entry's: they are no news.
    """
    spoken = (language or "en")[:2].lower()
    found: dict[str, Name] = {}
    title = title[:READ]
    text = text[:READ]
    if not _capitals_say_nothing(title):
        _runs(title, True, spoken, found)
    _runs(text, False, spoken, found)
    if "#" in text or "#" in title:
        for where, whole in ((True, title), (False, text)):
            for tag in _HASHTAG.findall(whole)[:LIMIT]:
                known = _free(tag)
                if known is not None:
                    found.setdefault(known[0], Name(known[0], f"#{tag}", where))
    _quotations(title, True, found)
    _quotations(text, False, found)
    if authors:
        for author in authors[:LIMIT]:
            found.pop(slug(author), None)
    names = list(found.values())
    if len(names) > 1:
        spaced = [f" {name.words.lower()} " for name in names]
        names = [
            name
            for name, label in zip(names, spaced, strict=True)
            if not any(label in other and label != other for other in spaced)
        ]
    return tuple(names[:LIMIT])


def label(words: str) -> str:
    """What people read for a name as it stands in a text: a hashtag's words apart (``#BrexitReset``)."""
    return " ".join(_CAMEL.sub(" ", words[1:]).split()) if words.startswith("#") else words


def is_free(tag: str) -> bool:
    """Whether a hashtag is none of the taxonomy's names, and no country."""
    return tag not in taxonomy().names and taxonomy().find(tag) is None and find_country(f"#{tag}") is None


def _capitals_say_nothing(title: str) -> bool:
    """Whether a headline has capitals at all its words, so that they show no name."""
    capitals = 0
    for word in title.split():
        first = word[0] if word[0].isalpha() else word[1:2]
        if first.islower():
            if word not in _LOWER_IN_TITLES:
                return False
        else:
            capitals += 1
    return capitals > 1


def _runs(text: str, title: bool, spoken: str, found: dict[str, Name]) -> None:
    english = spoken == "en"
    for match in _RUN.finditer(text):
        run = match[0]
        if " " not in run and (not english or _begins(text, match.start())) and not run.isupper():
            continue
        known = _judged(run, english)
        if known is not None and known[0] not in found:
            found[known[0]] = Name(*known, title)


def _begins(text: str, start: int) -> bool:
    """Whether a sentence begins there; after ``Mr.`` none does."""
    if start < 2 or text[start - 1] in _BEGINS:
        return True
    if text[start - 2] not in _BEGINS:
        return False
    return text[start - 2] != "." or text[max(0, start - 8) : start - 2].split(" ")[-1] not in _ABBREVIATED


def _quotations(text: str, title: bool, found: dict[str, Name]) -> None:
    for mark, quoted in _QUOTES:
        if mark in text:
            for phrase in quoted.findall(text)[:LIMIT]:
                known = _quoted(phrase)
                if known is not None:
                    found.setdefault(known[0], Name(*known, title))


@lru_cache(maxsize=1 << 13)
def _judged(run: str, english: bool) -> tuple[str, str] | None:
    """Slug and label of a run of capitalised words; None where it is no name, or one that is known otherwise."""
    words = [word for word in run.split() if not (len(word) == 2 and word[1] == ".")]
    if len(words) > 1 and (whole := " ".join(words)) in gazetteer().by_text:  # Los Angeles: no article there
        return _free(whole)
    leading, joining = _leading(english), _joining()
    while words and (_plain(words[0]) in leading or words[0] in joining or _is_made(words[0])):
        del words[0]
    while words and (_plain(words[-1]) in leading or words[-1] in joining or _is_made(words[-1])):
        del words[-1]
    if not words or len(words) > WORDS + sum(word in joining for word in words):
        return None
    if not (_single(words[0], english) if len(words) == 1 else _several(words)):
        return None
    return _free(" ".join(words))


def _several(words: Sequence[str]) -> bool:
    """Whether words are a name together: not in capitals all (a headline's, or who wrote it), not common words all."""
    if all(map(str.isupper, words)):
        return False
    common, joining, demonyms = _common(), _joining(), _demonyms()
    return not all(word.lower() in common or word in joining or word.lower() in demonyms for word in words)


def _plain(word: str) -> str:
    return word.lower().replace("’", "'").rstrip(".")


def _is_made(word: str) -> bool:
    """``Paris-based``, ``Oscar-nominated``."""
    return "-" in word and word.rsplit("-", 1)[1] in _lists()["made"]


def _single(word: str, english: bool) -> bool:
    """Whether one capitalised word is a name by itself."""
    if word.isupper():
        return 3 <= len(word) <= 6 and word.isalpha() and word.lower() not in _common()
    if not english or len(word) < 4 or not word[-1].isalpha():
        return False
    lower = _plain(word)
    return lower not in _common() and lower not in _given() and not (lower[-1] == "s" and lower[:-1] in _common())


@lru_cache(maxsize=1 << 12)
def _quoted(phrase: str) -> tuple[str, str] | None:
    """A quotation of two to four words that is no part of a sentence: none of them a small word but between others."""
    words = phrase.strip(" .,;:!?…").split()
    if not 2 <= len(words) <= WORDS:
        return None
    small, joining = _small(), _joining()
    if any(word.lower() in small and word.lower() not in joining for word in words):
        return None
    if words[0].lower() in joining or words[-1].lower() in joining or not all(map(_is_wordlike, words)):
        return None
    return _free(" ".join(words))


def _is_wordlike(word: str) -> bool:
    return word.replace("-", "").replace("’", "").replace("'", "").isalnum()


@lru_cache(maxsize=1 << 12)
def _free(label: str) -> tuple[str, str] | None:
    """A label with its slug, where neither the taxonomy nor the table of countries has it."""
    wording = gazetteer().by_text.get(label)
    if wording is not None and wording.kind not in _NAMED:
        return None
    tag = _PUNCTUATION.sub("", label.lower()) if _PLAIN.fullmatch(label) else slug(label)
    if not _SHORTEST <= len(tag) <= _LONGEST or tag.isdecimal() or tag in _stopped():
        return None
    if len(tag) < 4:
        return (tag, label) if is_free(tag) else None
    known = taxonomy().names
    terms = index_terms(label).replace(" ", "")
    return (tag, label) if tag not in known and terms not in known and not country_named(tag, terms) else None


_NAMED = frozenset((Kind.PERSON, Kind.ORG, Kind.CITY, Kind.CUE))
"""Wordings of the gazetteer that are names all the same: a president is no country."""


@cache
def _lists() -> dict[str, frozenset[str]]:
    """``data/names.txt``: lists of words, each below its name in brackets."""
    found: dict[str, set[str]] = {}
    words: set[str] = set()
    text = resources.files("bot.news.data").joinpath("names.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            words = found.setdefault(line.strip("[]"), set())
        elif not line.startswith("#"):
            words.update(line.replace("’", "'").split())
    return {name: frozenset(listed) for name, listed in found.items()}


@cache
def _leading(english: bool) -> frozenset[str]:
    """Words that stand before a name and are none of it: articles, titles, months."""
    lists = _lists()
    words = lists["small"] | lists["titles"] | lists["dates"]
    return words if english else words | lists["foreign"]


@cache
def _small() -> frozenset[str]:
    return _lists()["small"] | _lists()["foreign"]


@cache
def _stopped() -> frozenset[str]:
    return _lists()["stopped"]


@cache
def _joining() -> frozenset[str]:
    return frozenset(word for part in _JOINERS.split("|") for word in part.split())


@cache
def _common() -> frozenset[str]:
    """Words that are no name by themselves, however they are written: the list, and the taxonomy's small letters."""
    phrases = (phrase for topic in taxonomy().topics.values() for phrase in (topic.label, *topic.phrases))
    words = {word for phrase in phrases for word in phrase.split() if word.islower() and word.isalpha()}
    return frozenset(words) | _lists()["common"] | _leading(english=False)


@cache
def _demonyms() -> frozenset[str]:
    """Countries' names and adjectives of one word, in small letters: ``French Government`` is no name."""
    return frozenset(
        text.lower()
        for text, wording in gazetteer().by_text.items()
        if " " not in text and wording.kind in (Kind.NAME, Kind.ADJECTIVE, Kind.STATE, Kind.POSTAL)
    )


@cache
def _given() -> frozenset[str]:
    return frozenset(map(str.lower, given_names()))
