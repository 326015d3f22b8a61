"""Dates that feeds give: one aware UTC datetime, or None. Never raises, never trusts.

feedparser reads the formats; what it reads wrongly (a bare number of seconds is the year 1699 to it) is read here, and
what cannot be a publication date (before the web) counts as absent. The future is clamped by `clean.published`.
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""The first web page is of 1990: an earlier date is a default (1970, 0001) or an error."""
_EPOCH: Final = re.compile(r"\s*(\d{9,10}|\d{12,13})(?:\.\d{1,9})?\s*\Z")  # seconds or milliseconds since 1970


def date(text: str | None, parsed: object) -> datetime | None:
    """The date that `text` says, given what feedparser made of it (a struct_time in UTC, or None)."""
    try:
        epoch = _EPOCH.match(text) if isinstance(text, str) and len(text) < 64 else None
        if epoch is not None:
            seconds = int(epoch[1]) / (1000 if len(epoch[1]) > 10 else 1)
        elif isinstance(parsed, time.struct_time | tuple):
            seconds = calendar.timegm(tuple(parsed))  # normalises :60 and 24:00:00
        else:
            return None
        found = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return found if found >= EARLIEST else None


def read(text: str) -> datetime | None:
    """The date of RFC 3339 (ISO 8601) or RFC 5322 that `text` is; UTC where it names no zone. Aware, and in UTC."""
    words = text.strip()
    if len(words) > 64:
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
