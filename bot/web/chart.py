"""Items a day as bars: what the templates draw as SVG, and what says the same to who does not see it. Pure.

Never: a style, or a number that the table does not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.model import DayCount

WIDTH, HEIGHT = 600, 96
"""In units of the chart's own: the page scales it."""
_LEAST = 2.0
"""How high the bar of a day with anything at all is, so that it is seen."""
_GAP = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day of a chart."""

    x: float
    y: float
    width: float
    height: float
    day: str
    iso: str
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Items a day, as bars; `said` tells the same in words."""

    bars: tuple[Bar, ...]
    said: str
    most: int


def chart(days: Sequence[DayCount]) -> Chart | None:
    """Bars for some days, the last of them today; None where there was nothing on any."""
    most = max((one.items for one in days), default=0)
    if not most:
        return None
    step = WIDTH / len(days)
    bars = []
    for number, one in enumerate(days):
        height = max(_LEAST, one.items / most * HEIGHT) if one.items else 0.0
        bars.append(
            Bar(
                x=round(number * step + _GAP / 2, 1),
                y=round(HEIGHT - height, 1),
                width=round(step - _GAP, 1),
                height=round(height, 1),
                day=one.day.strftime("%-d %B"),
                iso=one.day.isoformat(),
                items=one.items,
            )
        )
    total = sum(one.items for one in days)
    fullest = max(days, key=lambda one: one.items)
    said = (
        f"{total:,} {'item' if total == 1 else 'items'} in {len(days)} days; most on "
        f"{fullest.day.strftime('%-d %B')}: {most:,}"
    )
    return Chart(bars=tuple(bars), said=said, most=most)
