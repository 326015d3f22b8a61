"""When a story may be posted: digests in local time, quiet hours, a channel's messages of the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from bot.model import (
    AlertRule,
    ChannelFlow,
    ChannelId,
    Criteria,
    GuildId,
    Hold,
    Manner,
    Query,
    Quiet,
    RuleId,
    Standing,
    Style,
    WhyHeld,
)
from bot.news.flow import PER_HOUR, held, quiet_until

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # a Tuesday
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]


def rule(style: Style = Style.INSTANT, *, at: int = 0, weekday: int = 0) -> AlertRule:
    return AlertRule(
        id=RuleId(1),
        guild=GuildId(1),
        channel=ChannelId(1),
        query=Query(),
        criteria=Criteria(),
        role=None,
        standing=Standing.ACTIVE,
        reason=None,
        created_at=NOON,
        manner=Manner(style=style, at_minute=at, weekday=weekday),
    )


def until(hold: Hold | None, zone: str = "UTC") -> str:
    assert hold is not None
    return hold.until.astimezone(ZoneInfo(zone)).strftime("%a %d %H:%M")


def test_a_story_is_posted_at_once_unless_something_holds_it() -> None:
    assert held(rule(), ChannelFlow(), 0, NOON) is None
    assert held(rule(), ChannelFlow(), PER_HOUR - 1, NOON) is None
    assert held(rule(), ChannelFlow(), PER_HOUR, NOON) == Hold(until=NOON, why=WhyHeld.FULL)
    assert held(rule(), ChannelFlow(per_hour=2), 2, NOON) == Hold(until=NOON, why=WhyHeld.FULL)


@pytest.mark.parametrize(
    ("style", "at", "zone", "expected"),
    [
        (Style.HOURLY, 0, "UTC", "Tue 24 13:00"),
        (Style.HOURLY, 0, "Asia/Kolkata", "Tue 24 18:00"),
        (Style.DAILY, 8 * 60, "UTC", "Wed 25 08:00"),
        (Style.DAILY, 12 * 60, "UTC", "Wed 25 12:00"),
        (Style.DAILY, 20 * 60 + 30, "Asia/Manila", "Tue 24 20:30"),
        (Style.WEEKLY, 8 * 60, "UTC", "Mon 30 08:00"),
    ],
)
def test_digests_come_in_local_time(style: Style, at: int, zone: str, expected: str) -> None:
    hold = held(rule(style, at=at), ChannelFlow(zone=zone), 0, NOON)
    assert hold is not None
    assert hold.why is WhyHeld.DIGEST
    assert until(hold, zone) == expected


def test_quiet_hours_may_span_midnight_and_hold_digests_too() -> None:
    flow = ChannelFlow(quiet=Quiet(starts=22 * 60, ends=7 * 60), zone="Europe/Berlin")
    late, early, day = (datetime(2026, 11, day, hour, 30, tzinfo=UTC) for day, hour in ((24, 21), (25, 5), (25, 6)))
    assert held(rule(), flow, 0, late) == Hold(until=datetime(2026, 11, 25, 6, tzinfo=UTC), why=WhyHeld.QUIET)
    assert held(rule(), flow, 0, early) == Hold(until=datetime(2026, 11, 25, 6, tzinfo=UTC), why=WhyHeld.QUIET)
    assert held(rule(), flow, 0, day) is None
    assert until(held(rule(Style.DAILY, at=3 * 60), flow, 0, late), "Europe/Berlin") == "Wed 25 07:00"


def test_clocks_that_change() -> None:
    # Berlin's clocks went from 2:00 to 3:00 on 29 March 2026, and from 3:00 back to 2:00 on 25 October
    flow = ChannelFlow(zone="Europe/Berlin")
    spring, autumn = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)
    hold = held(rule(Style.DAILY, at=150), flow, 0, spring)
    assert hold is not None
    assert hold.until == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    hold = held(rule(Style.DAILY, at=150), flow, 0, autumn)
    assert hold is not None
    assert hold.until == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_quiet_hours_end_at_the_second_of_two_equal_times_where_the_first_has_passed() -> None:
    flow = ChannelFlow(quiet=Quiet(starts=22 * 60, ends=150), zone="Europe/Berlin")
    first, second = (datetime(2026, 10, 25, hour, 5, tzinfo=UTC) for hour in (0, 1))  # 02:05, and 02:05 again
    assert quiet_until(flow, first) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert quiet_until(flow, second) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    twice = held(
        rule(Style.DAILY, at=150), ChannelFlow(zone="Europe/Berlin"), 0, datetime(2026, 10, 25, 0, 31, tzinfo=UTC)
    )
    assert until(twice, "Europe/Berlin") == "Mon 26 02:30", "a digest does not come twice"


@given(
    style=st.sampled_from(Style),
    at=st.integers(0, 1439),
    weekday=st.integers(0, 6),
    zone=st.sampled_from(ZONES),
    quiet=st.none() | st.builds(Quiet, starts=st.integers(0, 1439), ends=st.integers(0, 1439)),
    sent=st.integers(0, 40),
    seconds=st.integers(0, 730 * 86_400),
)
def test_what_is_held_comes_within_eight_days_and_never_before_now(
    style: Style, at: int, weekday: int, zone: str, quiet: Quiet | None, sent: int, seconds: int
) -> None:
    now = NOON + timedelta(seconds=seconds)
    hold = held(rule(style, at=at, weekday=weekday), ChannelFlow(quiet=quiet, zone=zone), sent, now)
    if hold is None:
        assert style in (Style.INSTANT, Style.SURGE)
        return
    assert now <= hold.until <= now + timedelta(days=9)
    if quiet is not None and quiet.starts != quiet.ends:
        again = held(rule(), ChannelFlow(quiet=quiet, zone=zone), 0, hold.until)
        assert again is None, "a digest never comes in quiet hours"
