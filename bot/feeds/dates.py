"""Dates that feeds give: one aware UTC datetime, or None. Never raises, never trusts.

feedparser reads the formats; what it reads wrongly (a bare number of seconds is the year 1699 to it) is read here, and
what cannot be a publication date (before the web) counts as absent. The future is clamped by `clean.published`.
"""

from __future__ import annotations

import calendar
import re
import time
from datetime import UTC, datetime
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
