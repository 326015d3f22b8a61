"""When a subject surges, and when it does not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from bot.model import Category, Item, ItemId, Matched, StoryId
from bot.news.surge import BEFORE, CHART, WINDOW, YOUNG, surge
from tests.support import NOON

SPAN = BEFORE + WINDOW
RECENT = [0.5, 1, 2, 3, 4, 5]


def found(hours: Iterable[float], outlets: int = 3) -> list[Matched]:
    """Items so many hours old, newest first."""
    return [
        Matched(
            item=Item(
                id=ItemId(number + 1),
                title="A",
                url=None,
                outlet=f"Outlet {number % outlets}",
                outlet_country=None,
                published_at=NOON - timedelta(hours=hour),
                first_seen_at=NOON,
                category=Category.GENERAL,
                summary="",
                image=None,
                language=None,
                taggings=(),
            ),
            terms="a",
            story=StoryId(number + 1),
            outlets=1,
        )
        for number, hour in enumerate(sorted(hours))
    ]


def test_far_more_than_usual_surges() -> None:
    usual = [10 + 24 * day for day in range(14)]
    seen = surge(found([*RECENT, *usual]), NOON, SPAN)
    assert seen is not None
    assert (seen.items, seen.outlets, seen.ratio) == (6, 3, 24.0)
    assert len(seen.hours) == CHART
    assert sum(seen.hours) == 7
    assert seen.shown == (1, 2, 3, 4, 5)
    fresh = surge(found(RECENT), NOON, SPAN)
    assert fresh is not None
    assert fresh.ratio is None


@pytest.mark.parametrize(
    ("hours", "outlets", "span"),
    [
        (RECENT[:4], 3, SPAN),
        (RECENT, 2, SPAN),
        (RECENT, 3, YOUNG - timedelta(hours=1)),
        ([*RECENT, *(7 + hour for hour in range(300))], 3, SPAN),
        ([], 3, SPAN),
    ],
    ids=["few items", "few outlets", "young memory", "as usual", "nothing"],
)
def test_what_does_not_surge(hours: list[float], outlets: int, span: timedelta) -> None:
    assert surge(found(hours, outlets), NOON, span) is None
