"""When a feed is asked again: the formula, and that nothing leads out of [5 min, 24 h]."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

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
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
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


@pytest.mark.parametrize(
    ("interval", "hours", "days", "due"),
    [
        (HOUR, {13}, (), "2026-11-23T14:00"),
        (HOUR, {14}, (), "2026-11-23T13:30"),
        (20 * MINUTE, {12}, (), "2026-11-23T13:00"),
        (20 * MINUTE, {12, 13, 14, 15}, (), "2026-11-23T16:00"),
        (20 * MINUTE, set(range(24)) - {3}, (), "2026-11-24T03:00"),
        (20 * MINUTE, set(range(24)), (), "2026-11-23T12:30"),
        (20 * MINUTE, (), {0}, "2026-11-24T00:00"),
        (20 * MINUTE, (), {0, 1, 2}, "2026-11-24T12:00"),
        (20 * MINUTE, (), set(range(7)), "2026-11-23T12:30"),
        (20 * MINUTE, {0, 1}, {0}, "2026-11-24T02:00"),
    ],
)
def test_f69_skipped_hours_and_days_are_passed_over(
    interval: timedelta, hours: set[int], days: set[int], due: str
) -> None:
    found, _ = next_due(NOW, interval=interval, jitter=0, skip_hours=frozenset(hours), skip_days=frozenset(days))
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)


@given(jitters, st.frozensets(st.integers(0, 23), max_size=23), st.timedeltas(HOUR / 12, 23 * HOUR))
def test_f69_a_moment_of_a_skipped_hour_is_never_due_where_a_day_has_another(
    jitter: float, hours: frozenset[int], interval: timedelta
) -> None:
    due, _ = next_due(NOW, interval=interval, jitter=jitter, new=1, dates=[], skip_hours=hours)
    assert due.hour not in hours or due == NOW + DAY


def test_f69_the_hours_are_those_of_greenwich() -> None:
    tokyo = NOW.astimezone(timezone(9 * HOUR))
    due, _ = next_due(tokyo, interval=20 * MINUTE, jitter=0, skip_hours={12})
    assert due == NOW + HOUR
