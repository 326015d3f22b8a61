"""Items a day: what is usual, and which days stand out. Pure.

The band of a day is the median of the 28 days before it, give or take twice the spread: the median absolute deviation
scaled to a standard deviation (1.4826; Hampel 1974, "The Influence Curve and its Role in Robust Estimation"), and at
least the square root of the median, as counts that come independently of each other vary (Poisson). A peak among those
days so hardly moves it, where a mean and a standard deviation would hide the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import median

BASELINE = 28
"""Days before, or weeks."""
FEWEST = 10
"""Of them that must be known."""
WIDTH = 2.0
LEAST = 4
"""Items of a peak, at least."""
PEAKS = 3

Band = tuple[float, float]


def usual(before: Sequence[int]) -> Band | None:
    """What is usual after some days; None where they are too few to say."""
    if len(before) < FEWEST:
        return None
    middle = median(before)
    spread = max(1.4826 * median(abs(count - middle) for count in before), sqrt(middle), 1.0)
    return max(0.0, middle - WIDTH * spread), middle + WIDTH * spread


def bands(counts: Sequence[int], shown: int, known: int) -> tuple[Band | None, ...]:
    """The bands of the last `shown` of some counts, of which the last `known` are of days that were watched."""
    first = len(counts) - known
    return tuple(
        usual(counts[max(first, place - BASELINE) : place]) for place in range(len(counts) - shown, len(counts))
    )


def peaks(counts: Sequence[int], found: Sequence[Band | None]) -> tuple[int, ...]:
    """The places of the days that stand out most, at most `PEAKS`, in order of time; of neighbours the higher one."""
    beyond = {
        place: count - band[1]
        for place, (count, band) in enumerate(zip(counts, found, strict=True))
        if band is not None and count > band[1] and count >= LEAST
    }
    chosen: list[int] = []
    for place in sorted(beyond, key=lambda one: (-beyond[one], one)):
        if all(abs(place - other) > 1 for other in chosen):
            chosen.append(place)
    return tuple(sorted(chosen[:PEAKS]))
