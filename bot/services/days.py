"""How much news a day there was of a topic, a country or an outlet: what the charts of the web pages show.

Of what everybody may see. Never: an exact answer to more than one condition at a time (that would walk the memory).
"""

from __future__ import annotations

from datetime import timedelta

from bot.clock import Clock
from bot.model import Criteria, DayCount
from bot.ports import DayStore

SHOWN = 30
"""Days, today (in UTC) the last."""


class DayService:
    """Counts days."""

    def __init__(self, days: DayStore, clock: Clock) -> None:
        self._days = days
        self._clock = clock

    async def counts(self, criteria: Criteria) -> tuple[DayCount, ...]:
        """Each of the last `SHOWN` days with its items. Empty where more than one condition is asked.

        What counts is the topic (tag, phrase or either), the country, the outlet, or, where nothing is asked, all.
        """
        if not is_alone(criteria):
            return ()
        first = self._clock.now().date() - timedelta(days=SHOWN - 1)
        found = await self._days.counts(criteria, since=first)
        days = (first + timedelta(days=number) for number in range(SHOWN))
        return tuple(DayCount(day=day, items=found.get(day, 0)) for day in days)


def is_alone(criteria: Criteria) -> bool:
    """Whether at most one condition is set that a day can be counted by."""
    others = (criteria.outlet_country, criteria.language, criteria.category, criteria.since, criteria.terms or None)
    subjects = (criteria.tag or criteria.phrase or None, criteria.country, criteria.outlet)
    return not any(others) and sum(one is not None for one in subjects) <= 1
