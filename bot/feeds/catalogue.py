"""The catalogue: which sources are watched from the first start, read from TOML (catalogue.toml says the format).

A source that is a web page without a feed has a table ``[source.page]``: its rules, whose selectors are tried here.

Never: a fetch, or a source that the address policy refuses.
"""

from __future__ import annotations

import difflib
import importlib.resources
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale

from bot.errors import ConfigError, UserError
from bot.feeds import page, page_dates, tree
from bot.feeds.guard import AddressPolicy, AddressRefused, without_credentials
from bot.model import NewSource, Outlet, PageRules, SourceList, TurnedDown

_KEYS: Final = {
    "outlet": str,
    "url": str,
    "country": str,
    "language": str,
    "section": str,
    "state_run": bool,
    "single_country": bool,
    "page": dict,
}
RULES: Final = (*page.SELECTORS, "date_order", "timezone")
"""The keys of ``[source.page]``."""
_KINDS: Final = {bool: "true or false", str: "a text in quotes", dict: "a table [source.page]"}
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,4}\Z")  # RFC 5646, what feeds use of it
_BLANK: Final = '""'
_LINE: Final = re.compile(
    r"""\s*(?:#.*|(?:\[\[\s*source\s*\]\]|\[source\.page\])\s*(?:#.*)?|[A-Za-z_-]{1,30}\s*=\s*["'tf].*)?\Z"""
)
"""A line of a catalogue: empty, a comment, the head of a source or of a page's rules, or one key with its value."""
_UNKNOWN_PLACES: Final = frozenset({"ZZ", "QO", "XA", "XB"})  # CLDR's own: unknown, outlying Oceania, two for tests
_TEXT_LIMIT: Final = 200


def load(which: str | Path, policy: AddressPolicy | None = None) -> tuple[NewSource, ...]:
    """The sources of ``default``, of ``none`` (no source), or of a TOML file.

    Raises ConfigError, naming file, line and remedy, where the file is missing, no TOML, or holds a wrong entry.
    """
    if which == "none":
        return ()
    if which == "default":
        text, name = (
            importlib.resources.files("bot.feeds").joinpath("catalogue.toml").read_text("utf-8"),
            "catalogue.toml",
        )
    else:
        text, name = _read(Path(which)), str(which)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"Catalogue {name}: not valid TOML: {error}") from error
    for key in document:
        if key != "source":
            raise ConfigError(f"Catalogue {name}: unknown key {key!r}{_nearest(key, ['source'])}")
    entries = document.get("source", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"Catalogue {name}: every source begins with a line [[source]].")
    return _sources(entries, name, text, policy or AddressPolicy())


def read(text: str, policy: AddressPolicy) -> SourceList:
    """The sources of a catalogue that somebody sent, and what of it cannot be watched. Raises UserError.

    One wrong entry does not spoil the rest, unlike in the operator's own. TOML is read only where each line is one of
    ours: the library takes time by the square of a dotted key's length, and gives up on deep nesting.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if not _LINE.match(line):
            raise UserError(
                f"This is neither OPML nor a catalogue in TOML: line {number:,} is not [[source]], nor such as "
                'outlet = "The Example".'
            )
    try:
        entries = tomllib.loads(text).get("source", [])
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"This is no valid TOML: {error}") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries) or not entries:
        raise UserError("This file names no source: each begins with a line [[source]].")
    sources: dict[str, NewSource] = {}
    refused = []
    for number, entry in enumerate(entries, 1):
        try:
            source = _checked(entry, policy)
            if source.url in sources:
                raise ConfigError("The same address stands in the file before.")
        except ConfigError as error:
            name = entry.get("outlet")
            shown = " ".join(name.split())[:100] if isinstance(name, str) and name.strip() else f"source {number}"
            refused.append(TurnedDown(name=shown, reason=str(error)))
        else:
            sources[source.url] = source
    return SourceList(sources=tuple(sources.values()), refused=tuple(refused))


def write(sources: Iterable[NewSource]) -> str:
    """Sources as a catalogue. Logins in their addresses are left out."""
    head = "# Sources of Dateline: DATELINE_CATALOGUE may name this file, and dateline sources import reads it."
    return "\n\n".join([head, *map(entry, sources)]) + "\n"


def entry(source: NewSource) -> str:
    """One source as it stands in a catalogue, a page with its rules. A login in its address is left out."""
    outlet = source.outlet
    values: dict[str, str | bool | None] = {
        "outlet": outlet.name[:_TEXT_LIMIT],
        "url": without_credentials(source.url),
        "country": outlet.country if is_place(outlet.country) else None,
        "language": outlet.language if is_language(outlet.language) else None,
        "section": outlet.section[:_TEXT_LIMIT] if outlet.section else None,
        "state_run": outlet.state_run,
        "single_country": outlet.single_country and is_place(outlet.country),
    }
    lines = ["[[source]]", *_lines(values)]
    if source.page is not None:
        page_values = {name: getattr(source.page, name) for name in RULES}
        lines += ["[source.page]", *_lines(page_values | ({"timezone": None} if source.page.timezone == "UTC" else {}))]
    return "\n".join(lines)


def _lines(values: Mapping[str, str | bool | None]) -> list[str]:
    """A line for each value that is set."""
    quoted = {key: _quoted(value) for key, value in values.items() if value}
    return [f"{key} = {value}" for key, value in quoted.items() if value != _BLANK]


def _quoted(value: str | bool) -> str:
    """A value in TOML, whose strings are JSON's but for U+007F; on one printable line, as it is read again."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "".join(letter if letter.isprintable() else " " for letter in value)
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"Catalogue {path}: there is no such file (or say 'default' or 'none').") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"Catalogue {path}: cannot be read as UTF-8 text ({type(error).__name__}).") from error


def _sources(entries: list[Mapping[str, object]], name: str, text: str, policy: AddressPolicy) -> tuple[NewSource, ...]:
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith("[[source]]")]
    seen: dict[str, str] = {}
    sources = []
    for number, entry in enumerate(entries):
        where = f"line {lines[number]}" if number < len(lines) else f"source {number + 1}"
        try:
            source = _checked(entry, policy)
            if source.url in seen:
                raise ConfigError(f"the same url stands at {seen[source.url]} already: remove one of them.")
        except ConfigError as error:
            raise ConfigError(f"Catalogue {name}, {where}: {error}") from error
        seen[source.url] = where
        sources.append(source)
    return tuple(sources)


def _checked(entry: Mapping[str, object], policy: AddressPolicy) -> NewSource:
    """One entry, its codes known. Raises ConfigError."""
    source = _source(entry, policy)
    country, language = source.outlet.country, source.outlet.language
    if country is not None and not is_place(country):
        raise ConfigError(f"country {country!r} is no ISO 3166-1 alpha-2 code, such as JP.")
    if language is not None and not is_language(language):
        raise ConfigError(f"language {language!r} is no language tag, such as en or pt-br.")
    return source


def is_place(code: str | None) -> bool:
    """Whether that is a code of CLDR's for a country, or a body such as EU."""
    return bool(code and len(code) == 2 and code in Locale("en").territories and code not in _UNKNOWN_PLACES)


def is_language(tag: str | None) -> bool:
    """Whether that is a language tag, in lower case, of a language that CLDR has a name for."""
    return bool(tag and _LANGUAGE.match(tag) and tag.partition("-")[0] in Locale("en").languages)


def _source(entry: Mapping[str, object], policy: AddressPolicy) -> NewSource:
    values: dict[str, str] = {}
    for key, value in entry.items():
        kind = _KEYS.get(key)
        if kind is None:
            raise ConfigError(f"unknown key {key!r}{_nearest(key, _KEYS)}")
        if not isinstance(value, kind):
            raise ConfigError(f"{key} must be {_KINDS[kind]}.")
        if isinstance(value, str):
            if not value.strip() or (key != "url" and (len(value) > _TEXT_LIMIT or not value.isprintable())):
                raise ConfigError(f"{key} must be one line of 1 to {_TEXT_LIMIT} characters.")
            values[key] = value.strip()
    for key in ("outlet", "url"):
        if key not in values:
            raise ConfigError(f"{key} is missing.")
    try:
        url = policy.check_url(values["url"])
    except AddressRefused as error:
        raise ConfigError(f"url: {error}") from error
    language = values.get("language")
    outlet = Outlet(
        name=values["outlet"],
        country=values.get("country"),
        language=language.lower().replace("_", "-") if language else None,
        section=values.get("section"),
        state_run=entry.get("state_run") is True,
        single_country=entry.get("single_country") is True,
    )
    if outlet.single_country and outlet.country is None:
        raise ConfigError("single_country needs country: the one that the feed is about.")
    table = entry.get("page")
    return NewSource(url=url, outlet=outlet, page=rules(table) if isinstance(table, dict) else None)


def rules(table: Mapping[str, object]) -> PageRules:
    """The rules of a web page from its table. Raises ConfigError, naming what is wrong and how to put it right."""
    values: dict[str, str] = {}
    for key, value in table.items():
        if key not in RULES:
            raise ConfigError(f"page: unknown key {key!r}{_nearest(key, list(RULES))}")
        if not isinstance(value, str) or not value.strip() or len(value) > _TEXT_LIMIT or not value.isprintable():
            raise ConfigError(f"page: {key} must be one line of 1 to {_TEXT_LIMIT} characters in quotes.")
        values[key] = value.strip()
    if "item" not in values:
        raise ConfigError("page: item is missing: the selector of one listed item, such as 'article.card'.")
    order = values.get("date_order")
    if order is not None and order not in page_dates.ORDERS:
        raise ConfigError(f"page: date_order {order!r} must be one of {', '.join(page_dates.ORDERS)}.")
    zone = values.get("timezone", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"page: timezone {zone!r} is no zone of the IANA list, such as Asia/Manila.") from error
    found = PageRules(**values)
    try:
        page.check(found)
    except tree.BadSelector as error:
        raise ConfigError(f"page: {str(error)!r} is no CSS selector, such as 'article.card' or 'h3 a'.") from error
    return found


def _nearest(key: str, known: Mapping[str, object] | list[str]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
    return f": did you mean {near[0]!r}?" if near else f": known are {', '.join(known)}."
