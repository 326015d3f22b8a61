"""What is usual, and what stands out."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from bot.news.series import BASELINE, FEWEST, LEAST, PEAKS, bands, peaks, usual

COUNTS = st.lists(st.integers(0, 500), min_size=BASELINE + 5, max_size=120)


def test_too_few_days_say_nothing() -> None:
    assert usual([5] * (FEWEST - 1)) is None
    assert usual([5] * FEWEST) is not None


def test_days_before_the_memory_began_do_not_count_as_none() -> None:
    found = bands([0] * 50 + [6] * 12, 12, 12)
    assert found[:FEWEST] == (None,) * FEWEST
    low, high = found[-1] or (0, 0)
    assert low < 6 < high


def test_a_peak_does_not_hide_the_next() -> None:
    counts = [10] * BASELINE + [60] + [10] * 5 + [55] + [10] * 3
    assert peaks(counts[-10:], bands(counts, 10, len(counts))) == (0, 6)


def test_of_neighbours_the_higher_one_stands_out() -> None:
    counts = [10] * BASELINE + [40, 50, 45, 10, 10]
    assert peaks(counts[-5:], bands(counts, 5, len(counts))) == (1,)


def test_counts_that_come_by_chance_seldom_stand_out() -> None:
    chance = random.Random(1)  # noqa: S311
    counts = [sum(chance.random() < 0.1 for _ in range(100)) for _ in range(400)]
    found = bands(counts, 372, len(counts))
    beyond = sum(count > band[1] for count, band in zip(counts[-372:], found, strict=True) if band is not None)
    assert beyond / 372 < 0.06


@pytest.mark.parametrize("quiet", [0, 1])
def test_little_of_something_rare_is_no_peak(quiet: int) -> None:
    counts = [quiet] * BASELINE + [LEAST - 1]
    assert peaks(counts[-1:], bands(counts, 1, len(counts))) == ()
    counts[-1] = LEAST + 3
    assert peaks(counts[-1:], bands(counts, 1, len(counts))) == (0,)


@given(COUNTS, st.integers(1, 30))
def test_peaks_are_few_apart_and_beyond_what_is_usual(counts: list[int], shown: int) -> None:
    found = bands(counts, shown, len(counts))
    assert len(found) == shown
    chosen = peaks(counts[-shown:], found)
    assert len(chosen) <= PEAKS
    assert all(later - earlier > 1 for earlier, later in pairwise(chosen))
    for place in chosen:
        band = found[place]
        assert band is not None
        assert 0 <= band[0] <= band[1] < counts[-shown:][place]
