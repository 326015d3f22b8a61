"""How much news a day there was of a topic, a country or an outlet: what the charts of the web pages show.

Of what everybody may see. Never: an exact answer to more than one condition at a time (that would walk the memory).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import date, timedelta

from bot.clock import Clock
from bot.model import Criteria, DayCount
from bot.ports import DayStore

SHOWN = 30
"""Days, today (in UTC) the last."""
FRESH = timedelta(minutes=5)
KEPT = 4_096


class DayService:
    """Counts days."""

    def __init__(self, days: DayStore, clock: Clock) -> None:
        self._days = days
        self._clock = clock
        self._answers: OrderedDict[Criteria, tuple[float, tuple[DayCount, ...]]] = OrderedDict()

    async def counts(self, criteria: Criteria) -> tuple[DayCount, ...]:
        """Each of the last `SHOWN` days with its items; at most five minutes old. Empty where more than one is asked.

        What counts is the topic (tag, phrase or either), the country, the outlet, or, where nothing is asked, all.
        """
        if not _alone(criteria):
            return ()
        now = self._clock.monotonic()
        kept = self._answers.get(criteria)
        if kept is None or now - kept[0] > FRESH.total_seconds():
            today = self._clock.now().date()
            first = today - timedelta(days=SHOWN - 1)
            found = await self._days.counts(criteria, since=first)
            kept = now, tuple(_day(first + timedelta(days=number), found) for number in range(SHOWN))
            self._answers[criteria] = kept
        self._answers.move_to_end(criteria)
        while len(self._answers) > KEPT:
            self._answers.popitem(last=False)
        return kept[1]


def _day(day: date, found: Mapping[date, int]) -> DayCount:
    return DayCount(day=day, items=found.get(day, 0))


def _alone(criteria: Criteria) -> bool:
    """Whether at most one condition is set that a day can be counted by."""
    others = (criteria.outlet_country, criteria.language, criteria.category, criteria.since, criteria.terms or None)
    subjects = (criteria.tag or criteria.phrase or None, criteria.country, criteria.outlet)
    return not any(others) and sum(one is not None for one in subjects) <= 1
