"""When a feed is asked again. Pure: no clock, no randomness of its own.

**After a success** the interval follows the feed's rhythm::

    first sight      rhythm, or 30 min where the dates show none
    something new    min(interval / 2, rhythm)         never below 5 min
    all of it new    min(interval / 4, rhythm / 4)     some may have been missed between two polls
    nothing new      interval * 1.5                    never above 24 h
    rhythm           the larger of the median gap between its newest 20 dates and half the time since the newest
    wait             max(interval, max-age, ttl) * (1 + jitter / 10)

**After the nth failure in a row** the interval stays as it was, for the feed to resume::

    wait             max(5 min * 2^(n - 1), the least for that kind of failure) * (1 + jitter / 4)
                     24 h for the third document in a row that the parser had to be stopped at

Where that falls into an hour or a day (GMT) that the feed says to skip, the next hour that is not skipped is taken.
Either way the wait is at least Retry-After (already clamped by the fetch) and lies within [5 min, 24 h]: 24 h is the
longest that a feed which came back to life may go unnoticed, 5 min the most often that a server is bothered.
Never: an exception for odd input; whatever a feed or a header says is clamped.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable, Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.model import FailureKind, Hints

SHORTEST: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(hours=24)
FIRST: Final = timedelta(minutes=30)
_NONE: Final = timedelta(0)
_DATES: Final = 20
_GROWTH: Final = 1.5
_DOUBLINGS: Final = 9  # 5 min * 2^9 is beyond 24 h

_STRIKES: Final = 3
"""Documents in a row that had to be stopped: from then on such a feed is looked at once a day (catalogue, F30)."""
# What asking again soon cannot mend.
_LEAST: Final = {
    FailureKind.GONE: LONGEST,
    FailureKind.LOGIN: timedelta(hours=1),
    FailureKind.BOT_CHECK: timedelta(hours=1),
    FailureKind.HOSTILE: timedelta(hours=1),
    FailureKind.PAGE_CHANGED: timedelta(hours=1),
    FailureKind.ROBOTS: timedelta(hours=6),
    FailureKind.RATE_LIMITED: timedelta(minutes=15),
}


def next_due(
    now: datetime,
    *,
    interval: timedelta,
    jitter: float,
    hints: Hints = Hints(),  # noqa: B008 -- a frozen value
    ttl: timedelta | None = None,
    skip_hours: AbstractSet[int] = frozenset(),
    skip_days: AbstractSet[int] = frozenset(),
    first: bool = False,
    new: int = 0,
    missed: bool = False,
    dates: Iterable[datetime] = (),
    failures: int = 0,
    kind: FailureKind | None = None,
) -> tuple[datetime, timedelta]:
    """When to poll next, and the interval to remember; both within [5 min, 24 h] of `now`.

    `jitter` in [0, 1) spreads the polls. After a failure give `failures` (in a row, this one included) and `kind`;
    after a success `new` (items not seen before), all of the document's `dates` (aware), its `ttl`, `skip_hours` and
    `skip_days` (Monday 0; all of them is taken for none), `first` where nothing was known of the feed, and `missed`
    where it held nothing that it held before. A 304 or an unchanged body is a success with nothing new.
    """
    spread = min(max(jitter, 0.0), 1.0)
    if failures > 0:
        rhythm = clamp(interval)
        wait = SHORTEST * 2 ** min(failures - 1, _DOUBLINGS)
        if kind is not None:
            wait = max(wait, _LEAST.get(kind, _NONE))
        if kind is FailureKind.HOSTILE and failures >= _STRIKES:
            wait = LONGEST
        wait = min(wait, LONGEST) * (1 + spread / 4)
    else:
        rhythm = _interval(now, clamp(interval), first=first, new=new, missed=missed, dates=dates)
        wait = max(rhythm, hints.max_age or _NONE, ttl or _NONE)
        wait = min(wait, LONGEST) * (1 + spread / 10)
    wait = max(wait, hints.retry_after or _NONE)
    if skip_hours or skip_days:
        wait = _unskipped(now + clamp(wait), skip_hours, skip_days, spread) - now
    return now + clamp(wait), rhythm


def clamp(wait: timedelta) -> timedelta:
    """`wait`, within [5 min, 24 h]."""
    return min(max(wait, SHORTEST), LONGEST)


def _unskipped(due: datetime, hours: AbstractSet[int], days: AbstractSet[int], spread: float) -> datetime:
    """`due`, or a moment early in the first hour after it that is skipped neither by its hour nor by its day."""
    hour = due.astimezone(UTC)
    if len(hours) >= 24 or len(days) >= 7 or not (hour.hour in hours or hour.weekday() in days):
        return due
    hour = hour.replace(minute=0, second=0, microsecond=0)
    for _ in range(24 * 7):
        hour += timedelta(hours=1)
        if hour.hour not in hours and hour.weekday() not in days:
            break
    return hour + spread * SHORTEST


def rhythm(now: datetime, dates: Iterable[datetime]) -> timedelta | None:
    """How far apart a feed's items lie by its newest 20 dates, the future left out; None below three of them."""
    newest = sorted({date for date in dates if date <= now}, reverse=True)[:_DATES]
    if len(newest) < 3:
        return None
    gaps = [(later - earlier).total_seconds() for later, earlier in itertools.pairwise(newest)]
    gap = timedelta(seconds=statistics.median(gaps))
    return clamp(max(gap, (now - newest[0]) / 2))


def _interval(
    now: datetime, interval: timedelta, *, first: bool, new: int, missed: bool, dates: Iterable[datetime]
) -> timedelta:
    if not first and new <= 0:
        return clamp(interval * _GROWTH)
    own = rhythm(now, dates)
    if first:
        return own or FIRST
    return clamp(min(interval, own or LONGEST) / 4 if missed else min(interval / 2, own or LONGEST))
