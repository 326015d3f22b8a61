"""What can be drawn, as it goes from the bot to the process that draws: JSON, one object. Never: matplotlib."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

MOST_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Counts of the same days."""

    days: tuple[date, ...]
    """Of each step its first day; a day or a week apart."""
    counts: tuple[tuple[int, ...], ...]
    """One to four series."""
    band: tuple[tuple[float, float] | None, ...] = ()
    """What is usual on each day, of a single series; None where nobody knows."""
    peaks: tuple[int, ...] = ()
    """Places in the single series that are numbered, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How much there is of each country, by ISO 3166-1 alpha-2 code; what has nothing is left out."""

    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """One or two lists of a short label (Latin letters and digits) and a count."""

    panels: tuple[tuple[tuple[str, int], ...], ...]


Subject = Lines | World | Bars


def dumped(subject: Subject) -> bytes:
    """A subject as it is sent."""
    return json.dumps({"kind": type(subject).__name__, **asdict(subject)}, default=str).encode()


def loaded(text: bytes) -> Subject:
    """A subject as it was sent."""
    found = json.loads(text)
    match found.pop("kind"):
        case "Lines":
            return Lines(
                days=tuple(date.fromisoformat(day) for day in found["days"]),
                counts=tuple(tuple(series) for series in found["counts"]),
                band=tuple(None if pair is None else (pair[0], pair[1]) for pair in found["band"]),
                peaks=tuple(found["peaks"]),
            )
        case "World":
            return World(counts=found["counts"])
        case _:
            return Bars(panels=tuple(tuple((label, items) for label, items in panel) for panel in found["panels"]))
