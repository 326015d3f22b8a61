"""Dates that feeds give: one aware UTC datetime, or None. Never raises, never trusts.

What a whole text says in a form that has one meaning is read here: RFC 5322 and ISO 8601 with their looser kin, such
as ``2026/11/23 10:00``, ``23.11.2026``, ``Nov 23, 2026 10:00 PM``, ``2026年11月23日``, and a number of seconds. Others
are feedparser's, but only where it reads the beginning that they have: it takes ``2026/11/23`` for the first of a month
and ``23-11-2026`` for the year 2023. ``5/11/2026`` has two meanings, and so none: an item without a date was published
when it was first seen. What cannot be a publication date (before the web) is absent, too. The future is clamped by
`clean.published`.
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""The first web page is of 1990: an earlier date is a default (1970, 0001) or an error."""
_LIMIT: Final = 64
_EPOCH: Final = re.compile(r"\s*(\d{9,10}|\d{12,13})(?:\.\d{1,9})?\s*\Z")  # seconds or milliseconds since 1970
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = rf"(?:{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_WHOLE: Final = re.compile(
    rf"""
    (?:[^\W\d]{{2,12}}\.?,?\s{{0,3}})?                                                            # the day of the week
    (?:(?P<year>(?:19|20)\d\d)(?P<apart>\s{{0,2}}[-/.年년]\s{{0,2}}|\s)(?P<month>\d{{1,2}}|{_MONTH})
           (?:(?P=apart)|\s?[月월]\s?)(?P<day>\d{{1,2}})(?:[일日]|\.(?=\s|\Z))?
      |(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?P<apart2>[-.]|\s{{1,3}})
           (?P<month2>{_MONTH}|(?<=[-.])\d{{1,2}})(?P=apart2)(?P<year2>(?:19|20)\d\d)
      |(?P<month3>{_MONTH})\s{{1,2}}(?P<day3>\d{{1,2}})(?:st|nd|rd|th)?,?\s{{1,2}}(?P<year3>(?:19|20)\d\d))
    (?:(?:[,\s]{{1,3}}|\s[-–]\s|T|\s?at\s)                                                      # the time, if any
       (?P<hour>\d{{1,2}})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d{{1,9}})?)?
       (?:\s?(?P<half>[ap])\.?m\.?)?)?
    (?:\s{{0,2}}\(?(?P<zone>[A-Z]{{1,5}})\)?)?
    (?:\s{{0,2}}(?P<offset>[+-−]\d{{1,2}}(?::?\d\d)?)(?:\s?\([^()]{{0,40}}\)|\s?[A-Z]{{1,5}})?)?\s*\Z
    """,
    re.IGNORECASE | re.VERBOSE,
)
_FEEDPARSERS: Final = re.compile(  # how those begin that feedparser reads to their end
    r"\s*(?:(?:[^\W\d]{2,12}\.?,?\s*)?\d{1,2}\s+[^\W\d]{3}|[^\W\d]{3,9},?\s+[^\W\d]{3,9}\.?\s+\d{1,2}\s"
    r"|\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d{4}-\d{3}\s*\Z|(?:19|20)\d{6}(?:\s*\Z|T?\d{6}))"
)
# Hours before Greenwich, of the names that stand in feeds (those that several zones share: where most feeds are).
_ZONES: Final = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8,
    "HST": -10, "BRT": -3, "ART": -3, "BST": 1, "WEST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2,
    "EEST": 3, "MSK": 3, "TRT": 3, "SAST": 2, "WAT": 1, "CAT": 2, "EAT": 3, "PKT": 5, "IST": 5.5, "NPT": 5.75,
    "ICT": 7, "WIB": 7, "WITA": 8, "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "JST": 9, "KST": 9, "WIT": 9,
    "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip


def date(text: str | None, parsed: object) -> datetime | None:
    """The date that `text` says, given what feedparser made of it (a struct_time in UTC, or None)."""
    said = text if isinstance(text, str) and len(text) < _LIMIT else ""
    try:
        epoch = _EPOCH.match(said)
        if epoch is not None:
            found: datetime | None = datetime.fromtimestamp(int(epoch[1]) / (1000 if len(epoch[1]) > 10 else 1), UTC)
        else:
            found = _whole(said)
            if found is None and isinstance(parsed, time.struct_time | tuple) and _FEEDPARSERS.match(said):
                found = datetime.fromtimestamp(calendar.timegm(tuple(parsed)), UTC)  # normalises :60 and 24:00:00
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return found if found is not None and found >= EARLIEST else None


def _whole(text: str) -> datetime | None:
    """The moment that the whole text says; None where it is of no form known here. Raises ValueError for no moment."""
    said = _WHOLE.match(text)
    if said is None:
        return None
    year, month, day = (said[name] or said[f"{name}2"] or said[f"{name}3"] for name in ("year", "month", "day"))
    hour, minute, second = (int(said[name] or 0) for name in ("hour", "minute", "second"))
    if said["half"]:
        hour = hour % 12 + (12 if said["half"] in "pP" else 0)
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    moment = datetime(int(year), number, int(day), tzinfo=UTC)
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError(text)
    return moment + timedelta(hours=hour, minutes=minute, seconds=second) - _offset(said["zone"], said["offset"])


def _offset(zone: str | None, offset: str | None) -> timedelta:
    """What a zone's clocks are ahead of UTC; nothing for a name that is not known."""
    if offset is None:
        return timedelta(hours=_ZONES.get((zone or "").upper(), 0))
    digits = offset[1:].replace(":", "")
    hours, minutes = (digits, "0") if len(digits) < 3 else (digits[:-2], digits[-2:])
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return ahead if offset[0] == "+" else -ahead


def read(text: str) -> datetime | None:
    """The date of RFC 3339 (ISO 8601) or RFC 5322 that `text` is; UTC where it names no zone. Aware, and in UTC."""
    words = text.strip()
    if len(words) > _LIMIT:
        return None
    for form, said in (
        (datetime.fromisoformat, words.upper().replace(":60", ":59")),  # a leap second; lower case, as RFC 3339 allows
        (parsedate_to_datetime, words),
    ):
        try:
            found = form(said)
            return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def fields(name: str, text: str) -> dict[str, object]:
    """A date as an entry's mapping holds it for `date`: the text, and under ``name_parsed`` what it says."""
    found = read(text)
    return {name: text, f"{name}_parsed": found.utctimetuple() if found is not None else None}


def newest(dates: Sequence[datetime | None], limit: int) -> list[int]:
    """The places of the `limit` newest dates, in their order; undated ones come last, the first of equals first."""
    if len(dates) <= limit:
        return list(range(len(dates)))
    least = datetime.min.replace(tzinfo=UTC)
    return sorted(sorted(range(len(dates)), key=lambda place: dates[place] or least, reverse=True)[:limit])
