"""The wordings that show a country: read from the data files and Babel, made into one automaton.

`places` matches with it. Case counts, and each wording stands in capitals too (datelines, old headlines). It must
never hold a wording twice: what is read first wins, masks before all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from importlib import resources
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind
from babel import Locale

from bot.news.countries import country_rows, names, rows
from bot.news.leaders import Leader, leaders


class Kind(Enum):
    """What sort of wording it is."""

    NAME = auto()
    ADJECTIVE = auto()
    PLACE = auto()
    """A capital, a large city, a province, from the hand-written tables."""
    CITY = auto()
    """From the generated table."""
    STATE = auto()
    POSTAL = auto()
    REGION = auto()
    PERSON = auto()
    ORG = auto()
    SHARED = auto()
    """An institution that other countries have by the same name."""
    MONEY = auto()
    """A currency: after a number it is only an amount."""
    BODY = auto()
    LOW = auto()
    MASK = auto()
    CUE = auto()
    """Words of a country's national life, from `data/cues.tsv`; a hint is a weak one."""
    LOCAL = auto()
    """Words of its local life; a trace is a weak one."""
    DIVISION = auto()
    """The same, of local government that other countries have as well: a weak one where another country is named."""


WEIGHTS = {
    Kind.NAME: 1.0,
    Kind.ADJECTIVE: 0.8,
    Kind.PLACE: 0.75,
    Kind.CITY: 0.55,
    Kind.STATE: 0.75,
    Kind.POSTAL: 0.7,
    Kind.REGION: 0.7,
    Kind.PERSON: 0.6,
    Kind.ORG: 0.5,
    Kind.SHARED: 0.5,
    Kind.MONEY: 0.4,
    Kind.BODY: 0.9,
    Kind.LOW: 0.4,
    Kind.MASK: 0.0,
    Kind.CUE: 1.0,
    Kind.LOCAL: 1.0,
    Kind.DIVISION: 1.0,
}
"""How much one occurrence says for its country; of cues, what the first of a wording says for the text."""
_WEAK_CUE = 0.5


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording and what it shows."""

    codes: tuple[str, ...]
    kind: Kind
    weight: float
    surname: bool
    """Whether a given name right before it makes it a person's name."""
    given: bool
    """Whether it is also a given name: another capitalised word right after it makes it a person's name."""
    namesakes: tuple[str, ...] = ()
    """Countries that have a town of that name, which local papers there mean."""
    leader: Leader | None = None
    """Of a person with years in office: what they are."""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Wordings, and the automaton that finds the leftmost longest of them; index i of one is index i of the other."""

    automaton: AhoCorasick
    wordings: tuple[Wording, ...]
    by_text: Mapping[str, Wording]


class Hit(NamedTuple):
    """A wording in a text: where it begins, where it ends, and what it shows."""

    start: int
    end: int
    wording: Wording


_SINGULAR_IS_A_NAME = frozenset(
    ("Finn", "Dane", "Pole", "Swede", "Scot", "Brit", "Kiwi", "Tico", "Turk", "Croat", "Manx", "Breton")
)
_NOT_ADJECTIVES = frozenset(("Roman", "Neapolitan", "Venetian", "Vatican", "Sino"))
_NOT_NAMES = frozenset(("Jersey", "Reunion", "Micronesia", "Quad", "Dominica's", "Sark"))
_GIVEN = frozenset(
    (
        *("Jordan", "Chad", "Georgia", "Paris", "Sydney", "Florence", "Austin", "Charlotte", "Savannah", "Phoenix"),
        *("Brooklyn", "Virginia", "Israel", "Houston", "Dallas", "Troy", "Chelsea", "Milan", "Adelaide", "Carolina"),
        *("Santiago", "Valencia"),
    )
)
_LOWER_WORDS = frozenset(("NICE", "LIMA"))
"""Not taken in capitals: ``NICE WORK``."""
_OF_PEOPLE = frozenset((Kind.PERSON, Kind.ORG, Kind.SHARED, Kind.MONEY, Kind.MASK, Kind.BODY, Kind.POSTAL))
_ALSO_SURNAMES = frozenset(("Pope",))
"""Of the wordings for people: a given name before one makes it another person."""
_CUE_KINDS = {"cue": Kind.CUE, "hint": Kind.CUE, "local": Kind.LOCAL, "trace": Kind.LOCAL, "division": Kind.DIVISION}
_AMERICAN = 0.55
"""American and America stand in much that is about no country in particular."""


@cache
def gazetteer() -> Gazetteer:
    """The wordings in English, built once."""
    found: dict[str, Wording] = {}
    others = {name: tuple(codes.split()) for name, codes in rows("namesakes.tsv")}
    for text, codes, kind in _entries():
        leader = leaders().get(text) if kind is Kind.PERSON else None
        for spelling in _spellings(text):
            found.setdefault(spelling, _wording(spelling, codes, kind, others.get(text, ()), leader))
            if kind is Kind.MASK:
                headline = " ".join(word[:1].upper() + word[1:] for word in spelling.split(" "))
                found.setdefault(headline, _wording(headline, codes, kind))
    for kind_name, code, cues in rows("cues.tsv"):
        for text in cues.split(";"):
            for spelling in dict.fromkeys((*_spellings(text), text[:1].upper() + text[1:])):
                found.setdefault(spelling, _cue(kind_name, code))
    for text, wording in list(found.items()):
        capitals = text.upper()
        shown = text.endswith(".") if wording.kind is Kind.POSTAL else capitals not in _LOWER_WORDS
        if len(text) >= 4 and shown:
            found.setdefault(capitals, wording)
    return _built(found)


def _built(found: dict[str, Wording]) -> Gazetteer:
    automaton = AhoCorasick(
        found, matchkind=MatchKind.LeftmostLongest, store_patterns=False, implementation=Implementation.ContiguousNFA
    )
    one_of_each: dict[Wording, Wording] = {}  # most are like many others: what is small stays in the cache
    return Gazetteer(automaton, tuple(one_of_each.setdefault(wording, wording) for wording in found.values()), found)


def _cue(kind: str, code: str) -> Wording:
    weight = _WEAK_CUE if kind in ("hint", "trace") else 1.0
    return Wording((code,), _CUE_KINDS[kind], weight, False, False)


def _wording(
    text: str, codes: tuple[str, ...], kind: Kind, namesakes: tuple[str, ...] = (), leader: Leader | None = None
) -> Wording:
    weight = WEIGHTS[kind]
    if text in ("American", "Americans", "America"):
        weight = _AMERICAN
    if len(codes) > 1:
        weight *= 0.7
    surname = leader.common if leader is not None else kind not in _OF_PEOPLE or text in _ALSO_SURNAMES
    return Wording(codes, kind, weight, surname, text in _GIVEN, namesakes, leader)


def _entries() -> Iterator[tuple[str, tuple[str, ...], Kind]]:
    """Every wording, the surer first: of two that are spelled alike the first is kept."""
    table = [(kind, tuple(codes.split()), wordings.split(";")) for kind, codes, wordings in rows("places.tsv")]
    yield from _of(table, "mask", Kind.MASK)
    yield from _of(table, "pair", Kind.LOW)
    yield from _of(table, "low", Kind.LOW)
    yield from _of(table, "state", Kind.STATE)
    for code, name in names().items():
        if not code.startswith("x-") and len(name) > 3 and name not in _NOT_NAMES:
            yield name, (code,), Kind.NAME if len(code) == 2 and code not in ("EU", "UN") else Kind.BODY
    for code, name in Locale("en").territories.items():
        if code in names() and name not in _NOT_NAMES:
            yield from ((name, (code,), Kind.NAME), (name.replace("&", "and"), (code,), Kind.NAME))
    for row in country_rows():
        yield from ((name, (row.code,), Kind.NAME) for name in row.names if name not in _NOT_NAMES)
    for code, _, wordings in rows("bodies.tsv"):
        yield from ((wording, (code,), Kind.BODY) for wording in wordings.split(";") if wording not in _NOT_NAMES)
    for row in country_rows():
        yield from ((text, (row.code,), Kind.ADJECTIVE) for text in _demonyms(row.adjectives))
        yield from ((place, (row.code,), Kind.PLACE) for place in row.places)
    yield from _of(table, "prefix", Kind.ADJECTIVE)
    yield from _of(table, "region", Kind.REGION)
    yield from ((text, (leader.code,), Kind.PERSON) for text, leader in leaders().items())
    yield from _of(table, "person", Kind.PERSON)
    yield from _of(table, "shared", Kind.SHARED)
    yield from _of(table, "org", Kind.ORG)
    yield from _of(table, "money", Kind.MONEY)
    yield from _of(table, "postal", Kind.POSTAL)
    for code, cities in rows("cities.tsv"):
        yield from ((city, (code,), Kind.CITY) for city in cities.split(";"))


def _of(
    table: list[tuple[str, tuple[str, ...], list[str]]], kind: str, as_kind: Kind
) -> Iterator[tuple[str, tuple[str, ...], Kind]]:
    for named, codes, wordings in table:
        if named == kind:
            yield from ((wording, () if codes == ("-",) else codes, as_kind) for wording in wordings)


def _demonyms(adjectives: Iterable[str]) -> Iterator[str]:
    for adjective in adjectives:
        if adjective in _NOT_ADJECTIVES:
            continue
        if adjective not in _SINGULAR_IS_A_NAME:
            yield adjective
        if not adjective.endswith(("ese", "ish", "sh", "ch", "s", "x")):
            yield f"{adjective}s"


def _spellings(text: str) -> Iterator[str]:
    """A wording as written, with the other apostrophe, without its accents."""
    yield text
    if "'" in text:
        yield text.replace("'", "’")
    if not text.isascii() and text[0] != "R":
        plain = "".join(ch for ch in unicodedata.normalize("NFD", text.replace("’", "'")) if ch < "\u0300")
        if plain.isascii():
            yield plain


@cache
def given_names() -> frozenset[str]:
    """Common given names, as written and in capitals."""
    lines = resources.files("bot.news.data").joinpath("given_names.txt").read_text(encoding="utf-8").splitlines()
    written = {name for line in lines if not line.startswith("#") for name in line.split()}
    return frozenset(written | {name.upper() for name in written})
