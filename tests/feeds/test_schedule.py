"""When a feed is asked again: the formula, and that nothing leads out of [5 min, 24 h]."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.schedule import LONGEST, SHORTEST, next_due, rhythm
from bot.model import FailureKind, Hints

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

spans = st.timedeltas(min_value=timedelta(days=-4000), max_value=timedelta(days=400_000))
hints = st.builds(Hints, max_age=st.none() | spans, retry_after=st.none() | spans)
moments = st.timedeltas(timedelta(days=-10_000), timedelta(days=10_000)).map(lambda span: NOW + span)
jitters = st.floats(0, 1, exclude_max=True)


@given(
    interval=spans,
    jitter=jitters,
    hints=hints,
    ttl=st.none() | spans,
    first=st.booleans(),
    new=st.integers(0, 500),
    dates=st.lists(moments, max_size=30),
    failures=st.integers(0, 10**6),
    kind=st.none() | st.sampled_from(FailureKind),
)
def test_h25_f69_always_within_five_minutes_and_a_day(**given_: object) -> None:
    due, interval = next_due(NOW, **given_)  # type: ignore[arg-type]
    assert SHORTEST <= due - NOW <= LONGEST
    assert SHORTEST <= interval <= LONGEST


@given(st.integers(1, 40), jitters, st.none() | st.sampled_from(FailureKind))
def test_h25_each_failure_waits_no_shorter_than_the_one_before(
    failures: int, jitter: float, kind: FailureKind | None
) -> None:
    due, _ = next_due(NOW, interval=HOUR, jitter=jitter, failures=failures, kind=kind)
    later, _ = next_due(NOW, interval=HOUR, jitter=jitter, failures=failures + 1, kind=kind)
    assert due <= later


def test_h25_backoff_doubles_from_five_minutes() -> None:
    waits = [next_due(NOW, interval=HOUR, jitter=0, failures=count)[0] - NOW for count in range(1, 12)]
    assert waits[:4] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert waits[-1] == DAY


def test_the_interval_outlives_failures() -> None:
    assert next_due(NOW, interval=40 * MINUTE, jitter=0.5, failures=7)[1] == 40 * MINUTE


@pytest.mark.parametrize(
    ("kind", "least"),
    [(FailureKind.GONE, DAY), (FailureKind.LOGIN, HOUR), (FailureKind.HOSTILE, HOUR), (FailureKind.DNS, 5 * MINUTE)],
)
def test_what_will_not_mend_soon_waits_longer(kind: FailureKind, least: timedelta) -> None:
    assert next_due(NOW, interval=HOUR, jitter=0, failures=1, kind=kind)[0] - NOW == least


@pytest.mark.parametrize("failures", [0, 1])
def test_h23_retry_after_is_obeyed(failures: int) -> None:
    due, _ = next_due(NOW, interval=HOUR, jitter=0, failures=failures, hints=Hints(retry_after=7 * HOUR))
    assert due - NOW == 7 * HOUR


def test_cache_headers_and_ttl_are_obeyed_but_not_remembered() -> None:
    due, interval = next_due(NOW, interval=10 * MINUTE, jitter=0, hints=Hints(max_age=2 * HOUR), ttl=3 * HOUR)
    assert due - NOW == 3 * HOUR
    assert interval == 15 * MINUTE


def test_it_grows_when_nothing_is_new_and_shrinks_when_something_is() -> None:
    assert next_due(NOW, interval=HOUR, jitter=0)[1] == 90 * MINUTE
    assert next_due(NOW, interval=HOUR, jitter=0, new=1)[1] == 30 * MINUTE
    assert next_due(NOW, interval=20 * HOUR, jitter=0)[1] == DAY


def test_at_first_sight_the_dates_tell() -> None:
    every = [NOW - number * 20 * MINUTE for number in range(10)]
    assert next_due(NOW, interval=HOUR, jitter=0, first=True, new=10, dates=every)[1] == 20 * MINUTE
    assert next_due(NOW, interval=HOUR, jitter=0, first=True, new=2, dates=every[:2])[1] == 30 * MINUTE
    old = [NOW - 10 * DAY - number * HOUR for number in range(10)]
    assert next_due(NOW, interval=HOUR, jitter=0, first=True, new=2, dates=old)[1] == DAY


def test_f48_dates_of_the_future_do_not_count() -> None:
    assert rhythm(NOW, [NOW + number * DAY for number in range(1, 9)]) is None


@given(jitters)
def test_jitter_spreads_by_a_tenth(jitter: float) -> None:
    due, _ = next_due(NOW, interval=2 * HOUR, jitter=jitter)
    assert 3 * HOUR <= due - NOW <= 3.3 * HOUR
