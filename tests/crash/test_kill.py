"""kill -9 at any moment of the loop: no item lost, no alert twice, none missing (catalogue, P16).

The seed is printed; CRASH_SEED repeats a run's choices (not its timing), CRASH_KILLS raises the number of kills.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.crash.world import MOMENTS, World
from tests.discord_double import Discord
from tests.loopback import Web

KILLS = int(os.environ.get("CRASH_KILLS", "25"))
OUTAGES = max(6, KILLS // 3)
NIGHT = timedelta(minutes=10)
"""Longer than Discord remembers a nonce."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60 + KILLS * 8)]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    seed = int(os.environ.get("CRASH_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
    began = time.monotonic()
    async with Discord(nonce_window=timedelta(minutes=3)) as discord, Web() as web:
        world = World(folder=tmp_path, random=random.Random(seed), discord=discord, web=web)  # noqa: S311
        turning: asyncio.Task[None] | None = None
        try:
            await world.begin()
            world.harm = True
            turning = asyncio.create_task(world.turn())
            yield world
        finally:
            if turning is not None:
                turning.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await turning
            seconds = round(time.monotonic() - began)
            sys.stdout.write(f"\nCRASH_SEED={seed}: {world.figures()}, {seconds} s\n")
            sys.stdout.write(f"kills: {dict(world.kills)}\nfaults: {dict(world.faults)}\n")


async def test_killed_at_any_moment_nothing_is_lost_and_nothing_told_twice(world: World) -> None:
    for number in range(KILLS):
        await world.live_and_die(MOMENTS[number % len(MOMENTS)])
    await world.end()
    world.judge()
    assert world.kills.total() == KILLS


async def test_killed_and_off_for_longer_than_a_nonce_is_remembered(world: World) -> None:
    for number in range(OUTAGES):
        await world.live_and_die(("stored", "before", "answered")[number % 3])
        world.sleep_through(NIGHT)
    await world.end()
    world.judge()
    assert world.discord.count("history") > 0
