"""What the processes of one bot agree on: roles, shards, shares of the channels, seats."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.config import Settings, load
from bot.errors import ConfigError, LeaseLost
from bot.roles import DESK, EVERYTHING, SEAT, Process, Role, Shards, clash, share
from bot.workers.seat import Seat
from storage.driver import Driver
from storage.processes import FencedDriver
from tests.support import NOON, HeldClock, Stores

POSTGRES = "postgresql://localhost/news"


def process(name: str, *roles: Role, shards: Shards | None = None) -> Process:
    return Process(
        id=name,
        host="h",
        roles=frozenset(roles),
        shards=shards,
        version="1",
        schema=1,
        started_at=NOON,
        seen_at=NOON,
    )


@pytest.mark.parametrize(
    ("text", "shards"), [("0-3/16", (0, 3, 16)), ("4/16", (4, 4, 16)), (" 15-15/16 ", (15, 15, 16)), ("0/1", (0, 0, 1))]
)
def test_shards_are_read(text: str, shards: tuple[int, int, int]) -> None:
    assert Shards.parse(text) == shards
    assert Shards.parse(str(Shards.parse(text))) == shards


@pytest.mark.parametrize("text", ["", "3", "0-16/16", "3-2/4", "0-3/0", "a/b", "-1/4", "0-3/99999", "0-3/16,5/16"])
def test_what_are_no_shards_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="shards"):
        Shards.parse(text)


def test_roles_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().roles == EVERYTHING
    monkeypatch.setenv("DATELINE_ONLY", "Watch, desk")
    assert load().roles == {Role.WATCH, Role.DESK}
    assert not load().needs_token
    assert load(only="gateway").needs_token
    monkeypatch.setenv("DATELINE_ONLY", "watch,dusk")
    with pytest.raises(ConfigError, match=r"DATELINE_ONLY .*watch,desk,deliver,gateway,web"):
        load()


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"only": "watch"}, "need PostgreSQL"),
        ({"shards": "0-3/16", "database": POSTGRES}, "DATELINE_SHARDS"),
        ({"only": "watch", "shards": "0-3/16", "database": POSTGRES}, "DATELINE_SHARDS"),
        ({"only": "web", "database": POSTGRES}, "nothing to serve"),
    ],
)
def test_roles_that_cannot_be_meant_are_refused(settings: dict[str, str], wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong):
        Settings(**settings).check_roles()  # type: ignore[arg-type]


def test_each_channel_is_one_deliverers() -> None:
    there = [process("c", Role.DELIVER), process("a", Role.DELIVER), process("b", Role.WATCH)]
    assert [share(there, name) for name in ("a", "c")] == [(0, 2), (1, 2)]
    assert share(there, "b") == (0, 1)
    assert share([], "a") == (0, 1)


def test_gateways_that_would_answer_twice_are_told_apart() -> None:
    def gateway(name: str, text: str | None) -> Process:
        return process(name, Role.GATEWAY, shards=None if text is None else Shards.parse(text))

    me = gateway("me", "0-3/8")
    assert clash([me, gateway("same", "0-3/8"), gateway("next", "4-7/8"), process("other", Role.WATCH)], me) is None
    for other in ("3-4/8", "0-3/16", None):
        assert clash([gateway("other", other)], me) == gateway("other", other)
    assert clash([gateway("other", "0-3/8")], process("me", Role.WATCH)) is None


async def test_a_seat_is_one_holders_until_it_runs_out(stores: Stores, clock: HeldClock) -> None:
    first, second = (Seat(stores.seats, DESK, name, clock) for name in ("a", "b"))
    term = await first.hold()
    assert term is not None
    assert await second.hold() is None
    clock.move(SEAT / 2)
    assert await first.hold() == term  # renewed
    assert await second.hold() is None
    clock.move(SEAT)
    assert first.term is None  # by its own clock, although nobody has taken it yet
    assert await second.hold() == term + 1
    assert await first.hold() is None
    await second.leave()
    clock.move(SEAT / 4)
    assert await first.hold() == term + 2
    await stores.seats.clear()
    assert await second.hold() == term + 3


async def test_a_seat_is_not_asked_for_at_every_step(stores: Stores, clock: HeldClock) -> None:
    asked = 0

    class Counted:
        async def take(self, name: str, holder: str, lease: timedelta, *, now: object) -> int | None:
            nonlocal asked
            asked += 1
            return None

        async def leave(self, name: str, holder: str) -> None: ...
        async def clear(self) -> None: ...

    seat = Seat(Counted(), DESK, "a", clock)
    for _ in range(5):
        assert await seat.hold() is None
    assert asked == 1


async def test_who_lost_the_seat_writes_nothing(driver: Driver, stores: Stores, clock: HeldClock) -> None:
    seat = Seat(stores.seats, DESK, "stale", clock)
    fenced = FencedDriver(driver, DESK, lambda: seat.term)
    with pytest.raises(LeaseLost):
        async with fenced.write():
            pass
    term = await seat.hold()
    async with fenced.write() as db:
        await db.fetch("leave", id="nobody")
    # It stood still: another took the seat meanwhile, and its own clock does not tell (the machine slept as well).
    await stores.seats.clear()
    assert await stores.seats.take(DESK, "other", SEAT, now=clock.now()) == (term or 0) + 1
    assert seat.term == term
    for way in (fenced.write, fenced.claim):
        with pytest.raises(LeaseLost, match="seat desk"):
            async with way() as db:
                await db.fetch("keep_query", query="{}")
    async with fenced.glance() as db:
        assert await db.first("kept_query", number=1) is None


async def test_a_desk_that_lost_its_seat_files_nothing(stores: Stores, clock: HeldClock) -> None:
    first, second = stores.desk(clock, "a"), stores.desk(clock, "b")
    assert not await first.step()  # there is nothing to file
    assert not await second.step()
    term = await stores.seats.take(DESK, "c", SEAT, now=clock.now())
    assert term is not None
    with pytest.raises(LeaseLost):
        await stores.news.file(term - 1, (), (), now=clock.now())


async def test_processes_know_of_each_other(stores: Stores, clock: HeldClock) -> None:
    first = process("a", Role.WATCH, Role.DESK)
    second = process("b", Role.GATEWAY, shards=Shards(0, 3, 16))
    assert [one.id for one in await stores.processes.meet(first, now=clock.now())] == ["a"]
    there = await stores.processes.meet(second, now=clock.move(timedelta(seconds=5)))
    assert there == (first, replace(second, seen_at=clock.now()))
    clock.move(timedelta(seconds=16))
    assert [one.id for one in await stores.processes.there(now=clock.now())] == ["b"]
    await stores.processes.leave(second)
    assert await stores.processes.there(now=clock.now()) == ()


async def test_the_databases_clock_is_this_machines_here(stores: Stores) -> None:
    from bot.clock import SharedClock, SystemClock
    from bot.workers.roster import set_clock

    clock = SharedClock()
    clock.set(NOON - timedelta(days=900), asked_at=0.0, told_at=0.0)
    await set_clock(clock, stores.processes)
    assert abs(clock.now() - SystemClock().now()) < timedelta(seconds=2)


def test_who_only_watches_loads_no_discord() -> None:
    seen = "import bot.app, sys; print([name for name in ('discord', 'cogs', 'feedparser') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", seen], check=True, capture_output=True, text=True)  # noqa: S603 # our own
    assert done.stdout.strip() == "[]"
