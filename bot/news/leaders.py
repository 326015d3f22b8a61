"""Leaders and ministers with their years in office: whose name says most for which country when.

A name counts in full from a year before the office to five years after it, and less in other years; where leaders of
several countries bear it, the year tells which. Pure. It must never hold a year that is not certain: without one, any
year is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from bot.news.countries import rows

BEFORE, AFTER = 1, 5
"""Years around an office in which its holder's name counts in full: candidates, and those whom papers still quote."""
STILL = 9999
"""The last year of an office that is held."""


class Term(NamedTuple):
    """Some years in an office of a country."""

    code: str
    first: int
    last: int

    def covers(self, year: int) -> bool:
        """Whether the name counts in full in that year."""
        return self.first - BEFORE <= year <= self.last + AFTER


class Leader(NamedTuple):
    """What one wording means."""

    terms: tuple[Term, ...]
    """The latest first."""
    common: bool
    """Whether others bear that name: it is theirs after another given name, and in other years."""

    @property
    def code(self) -> str:
        """The country where no year is known: that of the latest term."""
        return self.terms[0].code

    def as_of(self, year: int) -> str | None:
        """The country whose leader is meant in that year; None outside all their years."""
        return next((term.code for term in self.terms if term.covers(year)), None)


@cache
def leaders() -> Mapping[str, Leader]:
    """Every wording of ``data/leaders.tsv``."""
    terms: dict[str, list[Term]] = {}
    common: set[str] = set()
    for code, name, _, first, last, others in rows("leaders.tsv"):
        term = Term(code, int(first), int(last) if last else STILL)
        for wording in (name, *filter(None, others.split(";"))):
            text = wording.removesuffix("?")
            terms.setdefault(text, []).append(term)
            if text != wording:
                common.add(text)
    return {
        text: Leader(tuple(sorted(held, key=lambda term: (-term.last, -term.first, term.code))), text in common)
        for text, held in terms.items()
    }
