"""What the publisher says of an item: its own categories and the section, read as hashtags, countries, a Category.

Names of sections that say nothing (News, World, Latest) are dropped. It must never trust a category to be short,
clean or true: it is one more piece of evidence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from bot.model import Category
from bot.news.countries import find_country, rows
from bot.news.taxonomy import Topic, taxonomy
from bot.news.text import index_terms, slug

LIMIT = 10
"""Hashtags taken from one item's categories."""
_LONGEST = 40
_PARTS = re.compile(r"\s*(?:>|\||::|»|;)\s*")
_BRACKETS = re.compile(r"[^()\[\]]+")
_YEARS = re.compile(r" \((?:1[89]|20)\d\d[- –\d]*\)$")
_NEWS = re.compile(r"(\S.{1,30}) news", re.IGNORECASE)
_SURNAME_FIRST = re.compile(r"([A-Z][\w'’-]+), ([A-Z][\w'’-]+)(?: [A-Z]\.?| Jr\.?| Sr\.?)*")
"""``Trump, Donald J``, as some American papers write."""
_SHORT_COUNTRIES = frozenset(("us", "usa", "uk", "uae", "eu", "un"))
"""Other codes are sooner something else in a category: ``ML``, ``QA``."""
_LINK = re.compile(r"https?:|www\.|\.(?:com|org|net|html?|xml)\b", re.IGNORECASE)


class Told(NamedTuple):
    """What one category says: a topic's slug or a country's code, or neither; and a Category, or none."""

    topic: str = ""
    country: str = ""
    category: Category | None = None


_NOTHING = Told()


def read(categories: Sequence[str]) -> list[tuple[str, Told]]:
    """Each telling part of the categories, as written, with what it says; at most `LIMIT` hashtags and countries."""
    found: list[tuple[str, Told]] = []
    named = 0
    for part in dict.fromkeys(part for category in categories[:50] for part in _split(category[:200])):
        told = _told(part)
        if told.topic or told.country:
            named += 1
            if named > LIMIT:
                continue
        if told != _NOTHING:
            found.append((part, told))
    return found


def section_category(section: str | None) -> Category | None:
    """The Category of a feed's own section (``Business``, ``Sport (Football)``); None where it says nothing."""
    if not section:
        return None
    for part in _BRACKETS.findall(section[:200]):
        for piece in _split(part.strip()):
            found = _sections().get(slug(piece))
            if found is not None:
                return found
    return None


@lru_cache(maxsize=4096)
def _split(category: str) -> tuple[str, ...]:
    """``News/World/Asia`` is three; ``HIV/AIDS`` is one."""
    parts = [part.strip() for part in _PARTS.split(category)]
    split: list[str] = []
    for part in parts:
        pieces = [piece.strip() for piece in part.split("/")]
        is_path = len(pieces) > 2 or any(slug(piece) in _sections() for piece in pieces)
        split.extend(pieces if len(pieces) > 1 and is_path and not _LINK.search(part) else [part])
    return tuple(part for part in split if part)


@lru_cache(maxsize=4096)
def _told(part: str) -> Told:
    part = _YEARS.sub("", part)
    tag = slug(part)
    if len(part) > _LONGEST or len(tag) < 2 or tag.isdecimal() or _LINK.search(part):
        return Told()
    if tag in _sections():
        category = _sections()[tag]
        topic = taxonomy().names.get(tag, "") if category is not None else ""
        return Told(topic, "", category)
    known = taxonomy().find(part) or _by_phrase(part)
    if known is not None and len(tag) > 2:
        return Told(known.slug, "", known.category)
    country = find_country(part) if len(tag) > 3 or tag in _SHORT_COUNTRIES else None
    if country is not None:
        return Told("", country, None)
    if known is not None:
        return Told(known.slug, "", known.category)
    news = _NEWS.fullmatch(part)
    if news is not None:
        return _told(news[1])  # "Australia news" is Australia
    name = _SURNAME_FIRST.fullmatch(part)
    return Told(slug(f"{name[2]} {name[1]}") if name is not None else tag, "", None)


def _by_phrase(part: str) -> Topic | None:
    """The topic one of whose phrases it is; a proper name (``Donald Trump``) stays a hashtag of its own."""
    found = _phrases().get(index_terms(part))
    return None if found is None else taxonomy().topics[found]


@cache
def _phrases() -> Mapping[str, str]:
    return {
        taxonomy().terms[phrase]: topic.slug
        for topic in taxonomy().topics.values()
        for phrase in topic.phrases
        if phrase.islower()
    }


@cache
def _sections() -> Mapping[str, Category | None]:
    """Every known name of a section; None for one that says nothing."""
    found: dict[str, Category | None] = {}
    for category, names in rows("sections.tsv"):
        for name in names.split(";"):
            found.setdefault(name, None if category == "-" else Category(category))
    return found
