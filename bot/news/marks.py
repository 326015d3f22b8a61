"""What an item is recognised by when items are gathered into stories: words, names, numbers, countries and topics.

Pure; it must never raise on any text. A mark is a string that two items may share:

| mark | of |
|---|---|
| ``quake`` | a word of headline or text: its index term, cut to `STEM` letters; of unspaced scripts two characters |
| ``#6.8`` | a number that is no year: written the same in every language |
| ``@PE`` | a country that the item is about |
| ``/earthquakes`` | a topic |
| ``@PE/earthquakes``, ``@EG@UA`` | two of them together: what is rare enough to be an event's |

Small words and what columns and live blogs are called are no marks, nor are days and months: they come again every day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from sys import intern

from bot.model import Item, Role, Tagged, Tagging, TagKind, primary_language
from bot.news.gazetteer import Kind, gazetteer
from bot.news.text import chunk_terms, slug

Key = str | int
"""An item's or a story's id: nothing is read from it."""

STEM = 6
"""Letters of a word that count: ``recall`` and ``recalls``, ``bankru(ptcy)``, ``Sloven(ia)``."""
TITLE_READ, TEXT_READ = 300, 400
"""Characters that are read."""
WORDS_OF_TITLE, WORDS_OF_TEXT = 20, 14
OPENING = 3
"""Words that a column's headlines begin with."""
TOPICS, COUNTRIES, NUMBERS = 4, 3, 6
"""Marks of each kind at most, so that no item costs more than another."""

_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,\u00a0\u202f ]\d{3}(?!\d))*(?:[.,]\d{1,2})?(?!\d)")
_GROUP = re.compile(r"[.,\u00a0\u202f ](?=\d{3}(?!\d))")
_YEARS = range(1900, 2100)
_SERIES = re.compile(
    r"(?i)(?:^|[:|,(–—-])\s*(?:day|week|tag|jour|d[ií]a|giorno|день|dag)\s+(\d{1,4})(?=\s*(?:[:|,)–—-]|of\b|$))"
)
_PREFIX = re.compile(r"\s*([^:|–—]{2,40}?)\s*(?::\s|\s[|–—-]\s|[A-Z]-(?=[A-Z]))")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_NO_DAYS: frozenset[int] = frozenset()
"""One for all: an empty set takes 216 bytes, and open items keep theirs."""
_EDGE = "'\"‘’“”«»„()[]{}.,:;!?…"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterItem:
    """What clustering is told of an item."""

    id: Key
    title: str
    text: str = ""
    outlet: str = ""
    language: str | None = None
    """BCP 47; None where nobody says."""
    published_at: datetime
    countries: tuple[str, ...] = ()
    """Codes of the countries that it is about, the surest first."""
    topics: tuple[str, ...] = ()
    """Slugs, the surest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What an item is recognised by."""

    title: tuple[str, ...]
    """Words of the headline, each once."""
    text: tuple[str, ...]
    """Words that only the text has."""
    shared: tuple[str, ...]
    """Numbers, countries, topics and both together: what is the same in every language."""
    lower: tuple[str, ...]
    """Words of the headline written small, where its capitals say something."""
    capital: tuple[str, ...]
    """Words of the headline with a capital inside a sentence: names, mostly."""
    prefix: frozenset[str]
    """Words before the headline's colon: a column's name, or the story's."""
    days: frozenset[int]
    """Days of the week that the headline names, 1 to 7."""
    series: str
    """The headline's number in a series (``12`` of ``Day 12: ...``); empty where it has none."""
    template: str
    """The headline without numbers, days and months: the same for each of a daily column."""
    opening: str
    """The template's first `OPENING` words; empty where it has no more."""
    language: str
    """Of the words: a primary subtag, else the script; empty where neither says anything."""


def of_item(item: Item) -> ClusterItem:
    """A stored item as clustering reads it."""
    return ClusterItem(
        id=item.id,
        title=item.title,
        text=item.summary,
        outlet=item.outlet,
        language=item.language,
        published_at=item.published_at,
        countries=about(item.taggings),
        topics=tuple(one.tag for one in item.taggings if one.kind is TagKind.TOPIC),
    )


def about(taggings: Iterable[Tagging]) -> tuple[str, ...]:
    """The countries among taggings that an item is about."""
    return tuple(one.tag for one in taggings if one.kind is TagKind.COUNTRY and one.role is Role.SUBJECT)


def tags_of(tagged: Tagged) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Countries and topics of what the tagger says, for `ClusterItem`."""
    return about(tagged.countries), tuple(one.tag for one in tagged.topics)


def marks(item: ClusterItem) -> Marks:
    """What an item is recognised by; a text that says nothing gives none."""
    title, text = item.title[:TITLE_READ], item.text[:TEXT_READ]
    in_title = words(title)
    first = dict.fromkeys(list(in_title)[:WORDS_OF_TITLE])
    rest = [word for word in words(text) if word not in first] if text else []
    lower, capital = _casing(title)
    parts = [_bare(part) for part in title.lower().split()]
    days = frozenset(day for part in parts if (day := _days().get(part)) is not None) or _NO_DAYS
    series = _SERIES.search(title)
    template = _template(parts)
    prefix = _PREFIX.match(title)
    return Marks(
        title=tuple(first),
        text=tuple(rest[:WORDS_OF_TEXT]),
        shared=(*numbers(f"{title} {text}"), *_tags(item)),
        lower=tuple(word for word in lower if word in first),
        capital=tuple(word for word in capital if word in first and word not in lower),
        prefix=frozenset(words(prefix[1])) & first.keys() if prefix else frozenset(),
        days=days,
        series=series[1] if series else "",
        template=" ".join(template),
        opening=" ".join(template[:OPENING]) if len(template) > OPENING else "",
        language=_language(item.language, title or text),
    )


def words(text: str) -> dict[str, str]:
    """The words of a text that may tie it to another, in its order, each with the form that stands there first."""
    found: dict[str, str] = {}
    dropped = _dropped()
    before = ""
    for chunk, terms in zip(*chunk_terms(text), strict=True):
        unspaced = len(chunk) <= 2 and _UNSPACED.match(chunk) is not None
        if unspaced:
            if before:
                found.setdefault(intern(before + terms), before + chunk)
            before = terms
            continue
        before = ""
        if not terms:
            continue
        folded = chunk.strip(_EDGE).lower()
        if folded in dropped:
            continue
        for term in terms.split():
            if term in dropped or (len(term) < 2) or term.isdecimal():
                continue
            stem = term if term[-1].isdecimal() or len(term) <= STEM else term[:STEM]
            found.setdefault(intern(stem), chunk.strip(_EDGE))
    return found


def kind_of(mark: str) -> str:
    """``word``, ``number``, ``country``, ``topic``, or ``pair`` of two of the last two."""
    match mark[0]:
        case "#":
            return "number"
        case "/":
            return "topic"
        case "@":
            return "pair" if "/" in mark or "@" in mark[1:] else "country"
        case _:
            return "word"


def numbers(text: str) -> tuple[str, ...]:
    """The numbers of a text as marks: ``#6.8`` of ``6,8``, ``#200000`` of ``200 000``; no years, nothing below ten."""
    found: dict[str, None] = {}
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    for match in _NUMBER.finditer(text):
        whole, _, part = _GROUP.sub("", match[0]).replace(",", ".").partition(".")
        value = whole.lstrip("0")
        part = part.rstrip("0")
        if part:
            found[f"#{value or '0'}.{part}"] = None
        elif len(value) >= 2 and not (len(value) == 4 and int(value) in _YEARS):
            found[f"#{value}"] = None
        if len(found) >= NUMBERS:
            break
    return tuple(found)


def _tags(item: ClusterItem) -> tuple[str, ...]:
    countries = [f"@{code}" for code in item.countries[:COUNTRIES]]
    topics = [f"/{tag}" for tag in item.topics[:TOPICS]]
    pairs = [country + topic for country in countries[:2] for topic in topics[:3]]
    if len(countries) > 1:
        pairs.append("".join(sorted(countries[:2])))
    return tuple(dict.fromkeys(map(intern, (*countries, *topics, *pairs))))


def _casing(title: str) -> tuple[set[str], set[str]]:
    """The stems written small and those with a capital inside a sentence; none of a headline in capitals throughout."""
    parts = title.split()
    dropped = _dropped()
    small = [part.strip(_EDGE) for part in parts if part.strip(_EDGE)[:1].islower()]
    if not any(len(part) > 3 and part not in dropped for part in small):
        return set(), set()
    lower: set[str] = set()
    for part in small:
        lower.update(_stems(part))
    capital: set[str] = set()
    for before, part in pairwise(parts):
        if before[-1] not in ":.!?-–—|" and part.strip(_EDGE)[:1].isupper():
            capital.update(_stems(part))
    return lower, capital - lower


@lru_cache(maxsize=1 << 16)
def _stems(part: str) -> tuple[str, ...]:
    """The stems of one word: most are known from other headlines."""
    return tuple(words(part))


def _bare(part: str) -> str:
    """A word in small letters without accents, punctuation around it, or ``'s``."""
    part = part.strip(_EDGE).replace("’", "'").removesuffix("'s")
    return part if part.isascii() else slug(part)


def _template(parts: Iterable[str]) -> list[str]:
    days, months = _days(), _lists()["months"]
    return [part for part in parts if part and not part.isdecimal() and part not in days and part not in months]


def _language(said: str | None, text: str) -> str:
    """What tells whether two items' words can be compared at all."""
    primary = primary_language(said)
    if primary:
        return primary
    if text.isascii():
        return ""
    for ch in text:
        if ch > "\u0370" and ch.isalpha() and not "\u1e00" <= ch < "\u2000":
            return unicodedata.name(ch, "").partition(" ")[0].lower()
    return ""


@cache
def of_countries() -> frozenset[str]:
    """Words that are countries' names and adjectives: as names they would say again what the country says."""
    return _words_of(Kind.NAME, Kind.ADJECTIVE)


@cache
def of_places() -> frozenset[str]:
    """Words that are names of places, countries' among them: they say where, not what."""
    return _words_of(Kind.NAME, Kind.ADJECTIVE, Kind.PLACE, Kind.CITY, Kind.STATE, Kind.REGION)


def _words_of(*kinds: Kind) -> frozenset[str]:
    """The stems of what the gazetteer names in one word."""
    texts = (text for text, wording in gazetteer().by_text.items() if wording.kind in kinds and " " not in text)
    return frozenset(stem for text in texts for stem in words(text))


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    """``data/cluster_words.txt``: lists of words, each below its name in brackets."""
    found: dict[str, set[str]] = {}
    listed: set[str] = set()
    text = resources.files("bot.news.data").joinpath("cluster_words.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            listed = found.setdefault(line.strip("[]"), set())
        elif line and not line.startswith("#"):
            if "days" in found and listed is found["days"]:
                number, *names = line.split()
                listed.update(f"{number} {name}" for name in names)
            else:
                listed.update(line.split())
    return {name: frozenset(each) for name, each in found.items()}


@cache
def _days() -> Mapping[str, int]:
    return {name: int(number) for number, _, name in (line.partition(" ") for line in _lists()["days"])}


@cache
def _dropped() -> frozenset[str]:
    """Words that are no marks, as they are written and as index terms."""
    lists = _lists()
    every = lists["small"] | lists["recurring"] | lists["months"] | frozenset(_days())
    terms = {term for word in every for each in chunk_terms(word)[1] for term in each.split() if len(each.split()) == 1}
    return every | terms
