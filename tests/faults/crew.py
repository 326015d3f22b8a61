"""A bot of nine processes on one PostgreSQL, in the world of the crash tests, and what befalls them.

Three watch, two are desks of which one stands in, two deliver, two are gateways of a shard each. They are killed and
started again as a supervisor would, stopped for longer than they hold anything, cut off from the database, which itself
is restarted and crashes. Never: a fault of Discord or of the web (the crash tests have those), or a change of the
machines' clocks.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp.web import Request

from tests.crash.world import OUTLETS, SITE, UNAVAILABLE, World
from tests.databases import Postgres
from tests.discord_double_process import ROOT, Bot
from tests.faults.proxy import Wire

ROLES = {
    "watch 1": ("watch",),
    "watch 2": ("watch",),
    "watch 3": ("watch",),
    "desk 1": ("desk",),
    "desk 2": ("desk",),
    "deliver 1": ("deliver",),
    "deliver 2": ("deliver",),
    "gateway 1": ("gateway", "--shards", "0/2"),
    "gateway 2": ("gateway", "--shards", "1/2"),
}
FEEDS = {**OUTLETS, **{f"extra-{number:02}": f"Extra{number:02}" for number in range(16)}}
STOPPED_S: Mapping[str, tuple[float, float]] = {
    "watch": (2, 20),
    "desk": (25, 45),
    "deliver": (50, 70),
    "gateway": (25, 45),
}
"""For how long a process stands still: but for the watchers, longer than it holds a seat or a lease."""
LONG_S = 190.0
"""Longer than a watcher's lease."""
WITHIN_S = 200.0
"""After the last fault all is told within that: the longest lease is three minutes."""
DUE_EVERY_S, LOOKED_APART_S = 5.0, 0.25
FAULTS = ("kill", "kill", "stop", "cut", "silence", "crash of the database", "restart of the database")


@dataclass(kw_only=True)
class Crew(World):
    """The world, with several processes in place of one."""

    postgres: Postgres
    url: str
    wire: Wire
    code: Path = ROOT
    """Where the program stands that is started next."""
    processes: dict[str, Bot] = field(default_factory=dict)
    befallen: Counter[str] = field(default_factory=Counter)
    late: list[float] = field(default_factory=list)
    """By how much each poll came later than it was due, in seconds."""
    answers: Counter[str] = field(default_factory=Counter)
    outputs: list[str] = field(default_factory=list)
    _due: dict[str, float] = field(default_factory=dict)
    _stopped: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _looked: dict[str, tuple[float, int]] = field(default_factory=dict)
    _chaos_over: bool = False

    # --- the database

    def look(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        for name, value in (parameters or {}).items():
            statement = statement.replace(f":{name}", str(int(value)))
        return self.postgres.run(self.url, statement)

    def _one(self, statement: str) -> int:
        """As the other world has it, but asked four times a second at most: each look is a connection."""
        at, known = self._looked.get(statement, (-1.0, -1))
        now = time.monotonic()
        if now - at >= LOOKED_APART_S:
            known = super()._one(statement)
            self._looked[statement] = now, known
        return known

    def judge_database(self) -> None:
        """Nothing is held by anybody any more."""
        assert self.look("SELECT count(*) FROM feed WHERE lease_token IS NOT NULL") == [(0,)]

    # --- the processes

    async def run(self, name: str) -> Bot:
        """Start a process, or start it again."""
        role, *more = ROLES[name]
        database = f"postgresql://postgres@127.0.0.1:{self.wire.port}/{self.postgres.name(self.url)}"
        bot = Bot(
            self.folder,
            self.discord,
            *("run", "--only", role, *more),
            database=database,
            catalogue=str(self.folder / "catalogue.toml"),
            allow_private=self.web.allowed,
            pollers="4",
        )
        bot.environment["PYTHONPATH"] = str(self.code)
        await bot.start()
        self.processes[name] = bot
        return bot

    async def begin(self) -> None:
        """A first, quiet life of all: the memory is filled silently, and the alerts are set."""
        self.publish(24, age=3600)
        for name in ROLES:
            await self.run(name)
        await self.discord.until(lambda: len(self.discord.sockets.live()) == 2, seconds=180, what="both gateways")
        first = "SELECT count(*) FROM feed WHERE first_success_at > 0"
        await self.discord.until(lambda: self._one(first) == len(self.outlets), seconds=120, what="every feed read")
        await self.set_alerts()

    async def rest(self) -> None:
        """End all of them, as an operator would."""
        for bot in self.processes.values():
            bot.signal(signal.SIGTERM)
        for name, bot in self.processes.items():
            code = await bot.ended(40)
            assert code == 0, (name, code, bot.output[-3000:])

    async def kill_all(self) -> None:
        for task in self._stopped.values():
            task.cancel()
        for bot in self.processes.values():
            if bot.running:
                bot.signal(signal.SIGKILL)
                await bot.ended(10)

    # --- the web, which notes when it is asked

    def _feed(self, name: str) -> Callable[[Request], Any]:
        answer = super()._feed(name)

        async def noted(request: Request) -> Any:
            due = self._due.pop(name, None)
            if due is not None:
                self.late.append(time.monotonic() - due)
            return await answer(request)

        return noted

    def hurry_feeds(self) -> None:
        """Make those due that are not: also what a poll has put off that began before they were made due."""
        now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
        for (url,) in self.look(f"UPDATE feed SET due_at = {now} WHERE due_at > {now} RETURNING url"):
            self._due[url.rpartition("/")[2].removesuffix(".xml")] = time.monotonic()

    async def turn(self) -> None:
        """Let the world go on, until cancelled."""
        while True:
            await asyncio.sleep(DUE_EVERY_S)
            if not self._chaos_over:
                self.publish(self.random.choice((2, 4, 6)))
            self.hurry()

    async def ask(self) -> None:
        """A reader who asks again and again."""
        while True:
            await asyncio.sleep(4)
            try:
                answer = await self.discord.interact("news", seconds=3)
                self.answers["answered" if "###" in answer.text else "told that it cannot be"] += 1
            except (AssertionError, TimeoutError):
                self.answers["nobody there"] += 1

    # --- what befalls them

    async def supervise(self) -> None:
        """Start again whatever ended, soon."""
        while True:
            await asyncio.sleep(0.5)
            for name, bot in list(self.processes.items()):
                if not bot.running and not self._chaos_over:
                    self.outputs.append(bot.output)
                    await asyncio.sleep(self.random.uniform(0, 1.5))
                    await self.run(name)

    async def befall(self, seconds: float) -> None:
        """Faults, one after another and some at the same time, for so long; then quiet, with all of them at work."""
        until = time.monotonic() + seconds
        long = [name for name in ("watch 1", "watch 2") if seconds >= 2 * LONG_S]
        while time.monotonic() < until:
            await asyncio.sleep(self.random.uniform(2, 7))
            kind = self.random.choice(FAULTS)
            if long and not self._stopped:
                self._stop(long.pop(), LONG_S)
            elif kind == "kill":
                self._kill_one()
            elif kind == "stop":
                self._stop_one()
            elif kind == "cut":
                self.befallen[kind] += self.wire.cut(0.5, self.random)
            elif kind == "silence":
                self.befallen[kind] += self.wire.silence(0.3, self.random.uniform(1, 15), self.random)
            else:
                self.befallen[kind] += 1
                how = "immediate" if kind.startswith("crash") else "fast"
                await asyncio.to_thread(self.postgres.restart, how)
        await asyncio.gather(*self._stopped.values())

    def _kill_one(self) -> None:
        name = self.random.choice([name for name, bot in self.processes.items() if bot.running])
        if name not in self._stopped:
            self.befallen[f"kill of {name.split()[0]}"] += 1
            self.processes[name].signal(signal.SIGKILL)

    def _stop_one(self) -> None:
        name = self.random.choice(list(ROLES))
        if name not in self._stopped and self.processes[name].running:
            self._stop(name, self.random.uniform(*STOPPED_S[name.split()[0]]))

    def _stop(self, name: str, seconds: float) -> None:
        self.befallen[f"stop of {name.split()[0]}"] += 1
        self._stopped[name] = asyncio.create_task(self._stand_still(name, self.processes[name], seconds))

    async def _stand_still(self, name: str, bot: Bot, seconds: float) -> None:
        try:
            bot.signal(signal.SIGSTOP)
            await asyncio.sleep(seconds)
            bot.signal(signal.SIGCONT)
        finally:
            self._stopped.pop(name, None)

    async def end(self) -> None:
        """Until all is told, without any fault."""
        await asyncio.sleep(2)  # whoever was just killed has ended by then
        await self.discord.until(
            lambda: all(bot.running for bot in self.processes.values()), seconds=30, what="all processes"
        )
        self._chaos_over = True
        await self.all_told(seconds=WITHIN_S)

    def state(self) -> str:
        """What is not as it should be when all is quiet: feeds that are late or held, and what the server does."""
        now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
        with contextlib.suppress(*UNAVAILABLE):
            feeds = self.look(
                f"SELECT url, {now} - due_at AS late, lease_token, lease_until - {now} AS lease, problem FROM feed "
                f"WHERE lease_token IS NOT NULL OR due_at < {now} - 10000 ORDER BY 2 DESC"
            )
            work = self.look(
                "SELECT pid, state, wait_event_type, wait_event, clock_timestamp() - state_change, left(query, 90) "
                "FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
            )
            stored = {url for (url,) in self.look("SELECT url FROM item")}
            missing = [each for each in (*self.old, *self.published) if SITE + each.path not in stored]
            held = self.look("SELECT url, etag, first_success_at, failures, problem FROM feed ORDER BY url")
            return "\n".join(map(str, [*feeds, *work, *missing, *(held if missing else ())]))
        return "the database is away"

    def everything_said(self) -> str:
        """All that any process wrote."""
        return "\n".join([*self.outputs, *(bot.output for bot in self.processes.values())])

    def figures(self) -> dict[str, int]:
        late = sorted(self.late) or [0.0]
        return {
            **{name.replace(" ", "_"): number for name, number in super().figures().items() if name != "kills"},
            "polls": len(late),
            "late_median_ms": round(late[len(late) // 2] * 1000),
            "late_p99_s": round(late[len(late) * 99 // 100]),
            "late_most_s": round(late[-1]),
        }
