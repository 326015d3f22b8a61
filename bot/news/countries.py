"""Countries and bodies by code: what a typed name means, what a code is called, which flag it has.

Codes are ISO 3166-1 alpha-2; XK, EU and UN, which ISO reserves; and ``x-`` codes of our own for bodies without one
(`data/bodies.tsv`, docs/tagging.md). Names come from Babel (CLDR) and the data files. It must never guess: what is no
name it knows is None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from babel import Locale
from babel.core import get_global
from rapidfuzz import fuzz, process

from bot.news.text import index_terms, slug

SUGGESTIONS = 25
"""Discord shows at most that many choices."""
_NOT_COUNTRIES = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EZ", "IC", "QO", "TA", "UM", "XA", "XB", "ZZ", "BV", "HM", "GS", "TF")
)
_RENAMED = {
    "AG": "Antigua and Barbuda",
    "BA": "Bosnia and Herzegovina",
    "CD": "DR Congo",
    "CG": "Republic of the Congo",
    "CI": "Côte d'Ivoire",
    "HK": "Hong Kong",
    "KN": "Saint Kitts and Nevis",
    "MM": "Myanmar",
    "MO": "Macau",
    "PS": "Palestine",
    "ST": "São Tomé and Príncipe",
    "TR": "Türkiye",
    "TT": "Trinidad and Tobago",
    "VC": "Saint Vincent and the Grenadines",
}
"""Where CLDR's English name is not what news writes."""
_ARTICLE = re.compile(r"^the\s+", re.IGNORECASE | re.ASCII)
_CODE = re.compile(r"[A-Za-z]{2,3}|[xX]-[A-Za-z0-9]+")


LIKENESS = 70.0
"""Of 100 (rapidfuzz ratio): below it a name is no likely slip of the fingers."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of ``data/countries.tsv``."""

    code: str
    names: tuple[str, ...]
    adjectives: tuple[str, ...]
    places: tuple[str, ...]
    """The capital, large cities, provinces."""


def rows(name: str) -> list[list[str]]:
    """The fields of a tab-separated data file, comments left out."""
    text = resources.files("bot.news.data").joinpath(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@cache
def country_rows() -> tuple[Row, ...]:
    """``data/countries.tsv``: what the names of CLDR lack."""
    return tuple(
        Row(code, *(tuple(filter(None, field.split(";"))) for field in fields))
        for code, *fields in rows("countries.tsv")
    )


@cache
def names() -> Mapping[str, str]:
    """Every code and its English name."""
    found = {
        code: name
        for code, name in Locale("en").territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES
    }
    found.update(_RENAMED)
    found.update((code, name) for code, name, _ in rows("bodies.tsv"))
    return found


def country_name(code: str) -> str:
    """What people call a code; the code itself where it is none of ours."""
    return names().get(code, code)


def flag(code: str) -> str:
    """The flag as an emoji: two regional indicators; empty for a body without one."""
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        return ""
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in code.upper())


def find_country(typed: str) -> str | None:
    """The code a person means: a code in any case (alpha-2, alpha-3, ``x-nato``), a name, a demonym, or its flag.

    ``UK``, ``USA``, ``UAE`` and ``EU`` are understood; a city or a person is no country.
    """
    typed = _ARTICLE.sub("", typed[:100].strip().lstrip("#").strip())
    if not typed:
        return None
    if _CODE.fullmatch(typed):
        code = _codes().get(typed.casefold())
        if code is not None:
            return code
    if len(typed) == 2 and all("\U0001f1e6" <= ch <= "\U0001f1ff" for ch in typed):
        code = "".join(chr(ord(ch) - 0x1F1E6 + ord("A")) for ch in typed)
        return code if code in names() else None
    return country_named(slug(typed), index_terms(typed).replace(" ", ""))


def country_named(tag: str, terms: str) -> str | None:
    """`find_country` of a name of four letters or more whose slug and index terms, run together, are there already."""
    return _by_name().get(terms) or _by_name().get(tag)


def suggest_countries(prefix: str, limit: int = SUGGESTIONS) -> list[tuple[str, str]]:
    """Code and name of the countries whose name, or another name of theirs, begins as typed; the nearest first."""
    wanted = slug(prefix)
    exact = find_country(prefix) if wanted else None
    ranked: list[tuple[int, str, str]] = []
    for code, name in names().items():
        key = slug(name)
        if code == exact:
            rank = 0
        elif key.startswith(wanted):
            rank = 1
        elif any(slug(word).startswith(wanted) for word in name.split()):
            rank = 2
        elif any(other.startswith(wanted) for other in _other_names().get(code, ())):
            rank = 3
        else:
            continue
        ranked.append((rank, name, code))
    return [(code, name) for _, name, code in sorted(ranked)[:limit]]


def near_countries(typed: str, limit: int = 3) -> list[str]:
    """Names that a mistyped country may be, the nearest first; empty where none is near."""
    found = process.extract(typed.casefold(), list(names().values()), scorer=fuzz.ratio, processor=str.casefold)
    return [name for name, likeness, _ in found[:limit] if likeness >= LIKENESS]


@cache
def _other_names() -> Mapping[str, tuple[str, ...]]:
    found = {row.code: tuple(slug(name) for name in (*row.names, *row.adjectives)) for row in country_rows()}
    for code, _, wordings in rows("bodies.tsv"):
        found[code] = tuple(slug(wording) for wording in wordings.split(";"))
    return found


@cache
def _codes() -> Mapping[str, str]:
    found = {code.casefold(): code for code in names()}
    known = names()
    for alpha3, code in _alpha3().items():
        if code in known:
            found.setdefault(alpha3.casefold(), code)
    found.update(
        {"uk": "GB", "usa": "US", "uae": "AE", "drc": "CD", "prc": "CN", "png": "PG", "xkx": "XK", "sco": "x-sco"}
    )
    return found


def _alpha3() -> Mapping[str, str]:
    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    return {old: new[0] for old, new in aliases.items() if len(old) == 3 and old.isalpha() and len(new) == 1}


@cache
def _by_name() -> Mapping[str, str]:
    found: dict[str, str] = {}

    def add(name: str, code: str) -> None:
        for key in (index_terms(name).replace(" ", ""), slug(name)):
            if key:
                found.setdefault(key, code)

    for code, name in names().items():
        add(name, code)
        add(Locale("en").territories.get(code, name), code)
        add(name.replace("&", "and").replace("St.", "Saint"), code)
    for code, _, wordings in rows("bodies.tsv"):
        add(wordings.split(";")[0], code)
    for row in country_rows():
        for name in (*row.names, *row.adjectives):
            add(name, row.code)
    add("Korea", "KR")
    add("Korean", "KR")
    add("Congo", "CD")
    add("Congolese", "CD")
    return found
