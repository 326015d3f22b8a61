"""Nine processes on one PostgreSQL, killed, stopped and cut off: nothing lost, nothing twice, every source in its time.

FAULT_MINUTES says for how long (1; the figures of docs/scaling.md are of 10). The seed is printed; FAULT_SEED repeats a
run's choices, not its timing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.workers.ingest import LEASE
from tests.databases import Postgres, serving
from tests.discord_double import Discord
from tests.faults.crew import FEEDS, Crew
from tests.faults.proxy import Wire
from tests.loopback import Web

MINUTES = float(os.environ.get("FAULT_MINUTES", "1"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420 + MINUTES * 90)]


@pytest.fixture
def lasting() -> Iterator[Postgres]:
    """A server that keeps what it has committed, whatever befalls it."""
    with serving(lax=False) as server:
        yield server


@pytest.fixture
async def crew(tmp_path: Path, lasting: Postgres) -> AsyncIterator[Crew]:
    began = time.monotonic()
    seed = int(os.environ.get("FAULT_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
    with lasting.migrated() as url, Wire(lasting) as wire:
        async with Discord() as discord, Web() as web:
            crew = Crew(
                folder=tmp_path,
                random=random.Random(seed),  # noqa: S311
                discord=discord,
                web=web,
                outlets=FEEDS,
                postgres=lasting,
                url=url,
                wire=wire,
            )
            tasks: list[asyncio.Task[None]] = []
            try:
                await crew.begin()
                tasks += [asyncio.create_task(each) for each in (crew.turn(), crew.ask(), crew.supervise())]
                yield crew
                assert not any(task.done() for task in tasks), "the world stopped turning"
            finally:
                for task in tasks:
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task
                state = crew.state()
                await crew.kill_all()
                sys.stdout.write(f"\nFAULT_SEED={seed}: {crew.figures()}, {round(time.monotonic() - began)} s\n")
                sys.stdout.write(f"befallen: {dict(crew.befallen)}\nasked: {dict(crew.answers)}\n{state}\n")


async def test_whatever_befalls_its_processes_nothing_is_lost_and_nothing_told_twice(crew: Crew) -> None:
    await crew.befall(MINUTES * 60)
    await crew.end()
    crew.judge()
    assert crew.late[-1] >= 0
    assert max(crew.late) <= LEASE.total_seconds() + 30
    assert "Traceback" not in crew.everything_said()
    await crew.rest()
