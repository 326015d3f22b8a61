"""When owners are told of a source, when it is paused and when it has moved: over weeks of polls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given, strategies as st

from bot.feeds.health import Verdict, after_failure, after_success
from bot.model import FailureKind, FetchFailed, Health
from tests.support import HOUR, NOON

DAY = timedelta(days=1)
NEW = "https://new.example/feed"


class Source:
    """A source over time: what its polls say, and what follows."""

    def __init__(self) -> None:
        self.health = Health()
        self.now = NOON
        self.told: list[str] = []
        self.verdict = Verdict(health=self.health)

    def fails(self, kind: FailureKind = FailureKind.SERVER, *, after: timedelta = timedelta(0)) -> Verdict:
        self.now += after
        return self._take(after_failure(self.health, FetchFailed(kind=kind, detail=f"It is {kind}."), self.now))

    def works(self, moved_to: str | None = None, *, after: timedelta = timedelta(0)) -> Verdict:
        self.now += after
        return self._take(after_success(self.health, moved_to, self.now))

    def _take(self, verdict: Verdict) -> Verdict:
        self.health = verdict.health
        if verdict.notice is not None:
            self.told.append(verdict.notice)
        self.verdict = verdict
        return verdict


def test_h21_a_source_that_fails_is_told_of_once_after_three_days_and_when_it_works_again() -> None:
    source = Source()
    for _ in range(20):
        source.fails(after=8 * HOUR)
    assert source.told == ["has not been read since 23 November 2026. It is server. I go on trying."]
    source.works(after=HOUR)
    source.works(after=HOUR)
    assert source.told[1:] == ["can be read again."]
    assert source.health == Health()


def test_it_is_told_again_only_where_the_failure_is_another_for_a_day() -> None:
    source = Source()
    for kind in (FailureKind.SERVER, FailureKind.TIMEOUT, FailureKind.DNS, FailureKind.CONNECT):
        for _ in range(4):
            source.fails(kind, after=8 * HOUR)
    assert len(source.told) == 1, "the network's faults are one"
    source.fails(FailureKind.LOGIN, after=HOUR)
    source.fails(FailureKind.SERVER, after=HOUR)
    source.fails(FailureKind.LOGIN, after=HOUR)
    assert len(source.told) == 1, "not for an hour"
    source.fails(FailureKind.LOGIN, after=DAY)
    source.fails(FailureKind.LOGIN, after=DAY)
    assert source.told[1:] == ["has not been read since 23 November 2026. It is login. I go on trying."]


def test_h26_a_source_that_fails_by_turns_is_never_told_of() -> None:
    source = Source()
    for _ in range(60):
        source.works(after=12 * HOUR)
        source.fails(after=12 * HOUR)
        source.fails(after=12 * HOUR)
    assert source.told == []


def test_h20_gone_is_believed_when_it_is_said_again_a_day_later() -> None:
    source = Source()
    assert not source.fails(FailureKind.GONE).pause
    assert not source.fails(FailureKind.GONE, after=HOUR).pause
    assert source.told == []
    assert source.fails(FailureKind.GONE, after=DAY).pause
    assert len(source.told) == 1
    assert "410" in source.told[0]
    assert not source.fails(FailureKind.GONE, after=DAY).pause, "once"


def test_gone_in_between_is_no_confirmation() -> None:
    source = Source()
    source.fails(FailureKind.GONE)
    source.fails(FailureKind.SERVER, after=DAY)
    assert not source.fails(FailureKind.GONE, after=HOUR).pause
    source.works(after=HOUR)
    assert not source.fails(FailureKind.GONE, after=DAY).pause


def test_h13_a_permanent_redirect_is_followed_at_the_third_a_day_apart() -> None:
    source = Source()
    moves = [source.works(NEW, after=8 * HOUR).move_to for _ in range(10)]
    assert moves[:7] == [None] * 6 + [NEW]
    assert len(source.told) == 1
    assert NEW in source.told[0]


def test_a_move_that_could_not_be_followed_is_told_once_until_the_target_changes() -> None:
    source = Source()
    moves = [source.works(NEW, after=DAY).move_to for _ in range(30)]
    assert [move for move in moves if move] == [NEW]
    source.fails(after=DAY)
    moves = [source.works(NEW + "2", after=DAY).move_to for _ in range(30)]
    assert [move for move in moves if move] == [NEW + "2"]
    assert len(source.told) == 2


def test_another_target_or_none_starts_anew() -> None:
    source = Source()
    source.works(NEW)
    source.works(NEW, after=DAY)
    source.works(None, after=DAY)
    assert source.works(NEW, after=DAY).move_to is None
    source.works(NEW, after=DAY)
    assert source.works(NEW + "2", after=DAY).move_to is None
    assert source.told == []


@given(st.lists(st.tuples(st.sampled_from([None, *FailureKind]), st.integers(0, 60)), max_size=80))
def test_whatever_happens_nobody_is_told_the_same_twice_running(
    polls: Sequence[tuple[FailureKind | None, int]],
) -> None:
    source = Source()
    for kind, hours in polls:
        if kind is None:
            source.works(after=hours * HOUR)
        else:
            source.fails(kind, after=hours * HOUR)
    assert all(before != after for before, after in zip(source.told, source.told[1:], strict=False))
    span = source.now - NOON
    assert len(source.told) <= 2 * span / DAY + 1, "and at most about twice a day"
    assert isinstance(source.now, datetime)
