"""What a feed says of when to ask for it: RSS's ttl, skipHours and skipDays, and the syndication module's period.

RSS 2.0 (<https://www.rssboard.org/rss-specification>) gives hours in GMT, 0 to 23; version 0.91 counted 1 to 24. The
module is RSS 1.0's (<https://web.resource.org/rss/1.0/modules/syndication/>). Pure. Never: an exception for nonsense,
or a schedule that never lets the feed be asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

LONGEST: Final = timedelta(days=365)
_PERIODS: Final = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DEFAULT: Final = timedelta(hours=1)
"""WordPress writes "hourly, 1" into every feed, whatever its pace: a period no longer than that says nothing."""
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBER: Final = re.compile(r"(?<![\w.-])\d{1,2}(?![\w.])")


def ttl(text: object) -> timedelta | None:
    """RSS 2.0's ttl: minutes for which the feed may be cached; None where it says nothing of use."""
    minutes = _whole(text)
    return None if not minutes else min(timedelta(minutes=minutes), LONGEST)


def period(said: Mapping[str, str]) -> timedelta | None:
    """How far apart updates are by ``sy:updatePeriod`` and ``sy:updateFrequency`` (1 where there is none)."""
    length = _PERIODS.get(said.get("sy:updateperiod", "").strip().lower())
    if length is None:
        return None
    found = length / (_whole(said.get("sy:updatefrequency")) or 1)
    return found if found > _DEFAULT else None


def hours(said: Mapping[str, str]) -> frozenset[int]:
    """The hours of ``skipHours``; none where all are named, which nobody can mean."""
    found = frozenset(int(word) % 24 for word in _NUMBER.findall(said.get("skiphours", "")) if int(word) <= 24)
    return found if len(found) < 24 else frozenset()


def days(said: Mapping[str, str]) -> frozenset[int]:
    """The days of ``skipDays``, Monday 0; none where all are named."""
    words = said.get("skipdays", "").lower().split()
    found = frozenset(_DAYS.index(word) for word in words if word in _DAYS)
    return found if len(found) < 7 else frozenset()


def _whole(text: object) -> int:
    """A whole number in at most nine digits, the largest of them where there are more; 0 for anything else."""
    word = text.strip() if isinstance(text, str) else ""
    if not (word.isascii() and word.isdigit()):
        return 0
    return int(word) if len(word) <= 9 else 999_999_999
