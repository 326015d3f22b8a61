"""The keys of a filter (`topic:`, `country:`) and what their values mean, as far as tables tell.

Topics stay as typed and outlets too: only the store knows them all (`bot.news.filters.resolved`). Pure; what is no
value is a `Wrong` with what to do instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from rapidfuzz import fuzz, process

from bot.filter_model import Kind, Node, Tag, Topic
from bot.model import Category
from bot.news import unknown
from bot.news.countries import near_countries
from bot.news.country_names import find_country
from bot.news.hashtags import MAX_TOPIC
from bot.news.languages import find_language, near_languages
from bot.news.text import slug
from bot.words import _

MOST_OUTLETS = 20
"""As in `bot.services.alerts`."""
_QUOTED = 40
"""Characters of what was typed that an error repeats."""
_NEAR = 75.0
"""Of 100 (rapidfuzz ratio): below it an unknown key is no slip of the fingers."""
_OUTLETS = re.compile(r"(?:>=|≥)?\s*(\d{1,6})\+?")
_SPAN = re.compile(r"(\d{1,4})(h|d|w|m)", re.IGNORECASE)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1), "m": timedelta(days=30)}
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class Key(StrEnum):
    """The keys, as the canonical form writes them."""

    TOPIC = "topic"
    COUNTRY = "country"
    MENTIONS = "mentions"
    OUTLET = "outlet"
    FROM = "from"
    CATEGORY = "category"
    LANGUAGE = "language"
    OUTLETS = "outlets"
    SINCE = "since"


WHOLE = (Key.OUTLETS, Key.SINCE)
"""What is said of the whole filter: one value, and no place within OR, NOT or brackets."""
ALL_OF = (Key.TOPIC, Key.COUNTRY, Key.MENTIONS)
"""What an item may have several of, so that ``+`` makes sense."""
KINDS = {
    Key.COUNTRY: Kind.SUBJECT,
    Key.MENTIONS: Kind.COUNTRY,
    Key.OUTLET: Kind.OUTLET,
    Key.FROM: Kind.FROM,
    Key.CATEGORY: Kind.CATEGORY,
    Key.LANGUAGE: Kind.LANGUAGE,
}
_ALIASES = {
    **{key.value: key for key in Key},
    **dict.fromkeys(("topics", "tag", "tags", "hashtag"), Key.TOPIC),
    **dict.fromkeys(("about", "countries", "subject"), Key.COUNTRY),
    **dict.fromkeys(("mention", "mentioning", "mentioned"), Key.MENTIONS),
    "source": Key.OUTLET,
    **dict.fromkeys(("published_in", "outlet_country"), Key.FROM),
    "categories": Key.CATEGORY,
    **dict.fromkeys(("lang", "languages"), Key.LANGUAGE),
    **dict.fromkeys(("min_outlets", "minoutlets"), Key.OUTLETS),
    "after": Key.SINCE,
}
_ELSEWHERE = {
    "site": "outlet",
    "by": "outlet",
    "author": "outlet",
    "location": "country",
    "place": "country",
    "in": "country",
    "section": "category",
    "label": "topic",
    "subject_country": "country",
}
"""Keys of other searches, and the one here that comes nearest."""
_EXAMPLE = {
    Key.TOPIC: "topic:trade",
    Key.COUNTRY: "country:JP",
    Key.MENTIONS: "mentions:JP",
    Key.OUTLET: 'outlet:"The New York Times"',
    Key.FROM: "from:FR",
    Key.CATEGORY: "category:politics",
    Key.LANGUAGE: "language:fr",
    Key.OUTLETS: "outlets:3",
    Key.SINCE: "since:2026-11-01",
}


class Wrong(ValueError):
    """Why a value or a key is none: a sentence that says what to do."""


def find_key(typed: str) -> Key | None:
    """The key of that name in any case, or one of its other names."""
    return _ALIASES.get(typed.casefold())


def near_key(typed: str) -> str | None:
    """The key that a slip of the fingers, or another search's habit, meant."""
    wanted = typed.casefold()
    if wanted in _ELSEWHERE:
        return _ELSEWHERE[wanted]
    found = process.extractOne(wanted, list(_ALIASES), scorer=fuzz.ratio, score_cutoff=_NEAR)
    if found is None and len(wanted) > 3:  # two letters that changed places cost a ratio as much as two wrong ones
        sorted_names = {"".join(sorted(name)): name for name in _ALIASES}
        name = sorted_names.get("".join(sorted(wanted)))
        return None if name is None else str(_ALIASES[name])
    return None if found is None else str(_ALIASES[found[0]])


def example(key: Key) -> str:
    """How the key is used."""
    return _EXAMPLE[key]


def meaning(key: Key, typed: str, at: int) -> Node:
    """The condition of one value. Raises `Wrong`."""
    return _MEANINGS[key](" ".join(typed.split()), at)


def outlets(typed: str) -> int:
    """A number of outlets: ``3``, ``3+`` or ``>=3``. Raises `Wrong`."""
    found = _OUTLETS.fullmatch(typed.strip())
    if found is None or not 1 <= int(found[1]) <= MOST_OUTLETS:
        raise Wrong(_("outlets: takes a number from 1 to {most}, such as outlets:3.", most=MOST_OUTLETS))
    return int(found[1])


def moment(typed: str, now: datetime | None) -> datetime:
    """A date, a moment, or (where `now` is given) a span before it: ``24h``, ``7d``, ``2w``, ``3m``. Raises `Wrong`."""
    wanted = typed.strip()
    span = _SPAN.fullmatch(wanted)
    if span is not None and now is not None:
        return max(now - int(span[1]) * _UNITS[span[2].lower()], _EARLIEST)
    try:
        found = datetime.fromisoformat(wanted)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        if now is None:
            raise Wrong(_("“{typed}” is no date: give one such as 2026-11-01.", typed=_cut(wanted))) from None
        raise Wrong(unknown.no_time(_cut(wanted))) from None
    if now is not None and found > now:
        raise Wrong(unknown.to_come(_cut(wanted)))
    return max(found, _EARLIEST)


def _topic(typed: str, at: int) -> Node:
    typed = typed.lstrip("#＃").strip()
    if not slug(typed) and find_country(typed) is None:
        raise Wrong(_("That topic holds no letter or digit: give a hashtag such as #securitycooperation."))
    if len(typed) > MAX_TOPIC:
        raise Wrong(_("That topic is {number} characters long; {most} is the most.", number=len(typed), most=MAX_TOPIC))
    return Topic(typed, at)


def _country(kind: Kind) -> Callable[[str, int], Node]:
    def find(typed: str, at: int) -> Node:
        code = find_country(typed)
        if code is not None:
            return Tag(kind, code, at)
        reason = unknown.no_country(_cut(typed), near_countries(typed))
        if kind is Kind.FROM:
            reason += " " + _("(from: is the country that the outlet sits in; an outlet's name goes with outlet:.)")
        raise Wrong(reason)

    return find


def _outlet(typed: str, at: int) -> Node:
    if not any(ch.isalnum() for ch in typed):
        raise Wrong(_("That holds no letter or digit: give an outlet's name, in quotes where it has several words."))
    return Tag(Kind.OUTLET, typed, at)


def _language(typed: str, at: int) -> Node:
    code = find_language(typed)
    if code is not None:
        return Tag(Kind.LANGUAGE, code, at)
    raise Wrong(unknown.no_language(_cut(typed), near_languages(typed)))


def _category(typed: str, at: int) -> Node:
    wanted = typed.casefold()
    for category in Category:
        if wanted in (category.value.casefold(), f"{category.value.casefold()}s"):
            return Tag(Kind.CATEGORY, category.value, at)
    raise Wrong(unknown.no_category(_cut(typed)))


def _cut(typed: str) -> str:
    return typed if len(typed) <= _QUOTED else f"{typed[: _QUOTED - 1]}…"


_MEANINGS: dict[Key, Callable[[str, int], Node]] = {
    Key.TOPIC: _topic,
    Key.COUNTRY: _country(Kind.SUBJECT),
    Key.MENTIONS: _country(Kind.COUNTRY),
    Key.OUTLET: _outlet,
    Key.FROM: _country(Kind.FROM),
    Key.CATEGORY: _category,
    Key.LANGUAGE: _language,
}
