"""Countries by the names that people have for them in their own languages (CLDR's, as Babel has them).

For what is plainly a country: a topic is none because a language calls an island *Island*. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError

from bot.news import countries
from bot.news.text import slug

LANGUAGES = (
    *("ar", "bg", "cs", "da", "de", "el", "en", "es", "es_419", "fa", "fi", "fr", "hi", "hr", "hu", "id", "it", "ja"),
    *("ko", "lt", "nb", "nl", "pl", "pt_BR", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh_Hans", "zh_Hant"),
)
"""Those that Discord is used in (its documentation, "Locales"), Arabic and Persian."""
_TAGS = {"no": "nb", "zh-CN": "zh_Hans", "zh-TW": "zh_Hant"}
"""Discord's locales that Babel calls otherwise."""
SHORTEST = 2
"""Letters of a half-typed name that are looked up in other languages than the person's own."""


_ALSO: Final = {
    "한국": "KR", "남한": "KR", "rok": "KR", "skorea": "KR", "koreasouth": "KR", "南韩": "KR", "南韓": "KR",
    "북한": "KP", "dprk": "KP", "nkorea": "KP", "koreanorth": "KP", "roc": "TW", "republicofchina": "TW", "台湾": "TW",
}  # fmt: skip
"""What people call countries, beside what CLDR says."""


def find_country(typed: str) -> str | None:
    """The code that a person means, in any language: as `countries.find_country` has it, else by its name in one."""
    return countries.find_country(typed) or _by_name().get(slug(typed[:100]))


def country_name(code: str, locale: str = "en") -> str:
    """What people call a code in a locale of Discord (``pt-BR``); in English where that has no name for it."""
    return _names(locale).get(code) or countries.country_name(code)


def suggest_countries(prefix: str, locale: str = "en", *, limit: int = 25) -> list[tuple[str, str]]:
    """Code and name, in the person's language, of the countries that any language calls so; the nearest first.

    First those whose name in that language or in English begins as typed, then those that another language knows.
    """
    own = _names(locale)
    english = countries.suggest_countries(prefix, limit=limit)
    wanted = slug(prefix)
    if not wanted:
        return [(code, own.get(code, name)) for code, name in english]
    exact = find_country(prefix)
    found = {exact: None} if exact is not None else {}
    found |= dict.fromkeys(code for code, name in own.items() if slug(name).startswith(wanted))
    found |= dict.fromkeys(code for code, _ in english)
    if len(wanted) >= SHORTEST or not wanted.isascii():
        found |= dict.fromkeys(code for name, code in _by_name().items() if name.startswith(wanted))
    return [(code, country_name(code, locale)) for code in list(found)[:limit]]


def prepare() -> None:
    """Read every language now: a quarter of a second that nobody who types should wait for."""
    _by_name()


@cache
def _names(locale: str) -> Mapping[str, str]:
    """The names of our countries in a locale of Discord; empty where Babel does not know it."""
    try:
        territories = Locale.parse(_TAGS.get(locale, locale).replace("-", "_")).territories
    except (UnknownLocaleError, ValueError):
        return {}
    return {code: territories[code] for code in countries.names() if code in territories}


@cache
def _by_name() -> Mapping[str, str]:
    """Every name's slug and its code; what several countries are called is none's."""
    found: dict[str, str | None] = dict(_ALSO)
    for language in LANGUAGES:
        for code, name in _names(language).items():
            key = slug(name)
            found[key] = code if found.get(key, code) == code else None
    return {name: code for name, code in found.items() if name and code is not None}
