"""Turns of hosts, by a clock that only sleeping moves."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import AsyncExitStack

import pytest

from bot.feeds.hosts import PATIENCE, SPACING, Booking, Hosts

NOW = Booking(wait=0.0, go_on=True)


class Time:
    """Seconds that stand still until somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def hosts(time: Time) -> Hosts:
    return Hosts(monotonic=lambda: time.now, sleep=time.sleep, unpaced=lambda name: name == "own.example")


async def test_one_host_is_asked_once_a_second_and_another_meanwhile(hosts: Hosts, time: Time) -> None:
    starts = []
    for name in ("a.example", "a.example", "b.example", "a.example"):
        async with hosts.turn(name):
            starts.append((name, time.now))
    assert starts == [("a.example", 1000), ("a.example", 1001), ("b.example", 1001), ("a.example", 1002)]


async def test_a_turn_long_past_costs_no_wait(hosts: Hosts, time: Time) -> None:
    async with hosts.turn("a.example"):
        pass
    time.now += 60
    async with hosts.turn("a.example"):
        pass
    assert time.slept == []


async def test_no_more_than_two_at_once(hosts: Hosts, time: Time) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(hosts.turn("own.example"))
        await stack.enter_async_context(hosts.turn("own.example"))
        third = asyncio.create_task(stack.enter_async_context(hosts.turn("own.example")))
        await asyncio.sleep(0)
        assert not third.done()
        third.cancel()


async def test_h34_two_hundred_feeds_of_one_host_are_spread_and_each_is_put_off_once(hosts: Hosts, time: Time) -> None:
    first = [hosts.book("a.example") for _ in range(200)]
    going = [booking for booking in first if booking.go_on]
    assert [booking.wait for booking in going] == [0, SPACING, 2 * SPACING]
    later = sorted(booking.wait for booking in first if not booking.go_on)
    assert len(set(later)) == 197, "a moment of its own for each"
    assert all(after - before >= SPACING for before, after in itertools.pairwise(later))
    assert later[-1] <= PATIENCE + 200 * SPACING
    started = time.now
    for wait in later:
        time.now = started + wait
        assert hosts.book("a.example") == NOW, "and it is free then"


async def test_a_host_whose_slots_are_taken_is_left_for_another(hosts: Hosts, time: Time) -> None:
    async with hosts.turn("a.example"), hosts.turn("a.example"):
        time.now += 60
        assert not hosts.book("a.example").go_on
        assert hosts.book("b.example") == NOW
    assert hosts.book("a.example") == NOW


async def test_a_booked_turn_is_not_paid_twice(hosts: Hosts, time: Time) -> None:
    for expected in (0.0, 1.0):
        booking = hosts.book("a.example")
        assert booking.wait == pytest.approx(expected)
        async with hosts.turn("a.example", booking):
            pass
    assert time.now == 1001


async def test_the_operators_own_hosts_are_not_paced(hosts: Hosts, time: Time) -> None:
    for _ in range(5):
        assert hosts.book("own.example") == NOW
        async with hosts.turn("own.example"):
            pass
    assert time.slept == []


@pytest.mark.parametrize("name", ["a.example", "own.example"])
async def test_h23_nobody_is_let_to_a_host_that_asked_to_wait(hosts: Hosts, time: Time, name: str) -> None:
    hosts.pause(name, 600)
    hosts.pause(name, 60)
    assert hosts.paused(name) == 600
    waits = [hosts.book(name) for _ in range(3)]
    assert not any(booking.go_on for booking in waits)
    assert [booking.wait for booking in waits] == [601, 602, 603]
    time.now += 600
    assert hosts.paused(name) == 0
    assert hosts.book(name) == NOW


async def test_hosts_that_nobody_asks_are_forgotten_but_not_one_in_use(hosts: Hosts, time: Time) -> None:
    hosts.pause("paused.example", 1e6)
    async with hosts.turn("used.example"):
        for number in range(20_000):
            hosts.book(f"{number}.example")
            time.now += 1
        assert len(hosts._hosts) <= 8192
        assert hosts.paused("paused.example") > 0
        assert hosts._hosts["used.example"].users == 1
