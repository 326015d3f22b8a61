"""The roles of deploy/compose.yml, started as it starts them, without containers: each gets healthy where it says.

The image's own health check is asked, of each process. What only an engine does (rights, networks, the image) is not
here. Discord is the double, the database a server of the tests'.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from bot.config import PREFIX
from bot.roles import DISCORD
from tests.databases import Postgres
from tests.deployed import Process, composed, health_check, image_environment
from tests.discord_double import Channel, Discord
from tests.discord_double_process import Bot
from tests.faults.proxy import Wire

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

HEALTHY_S = 90.0
PASSED_ON_S = 40.0
"""Within that another gateway is connected; shards of one application come up five seconds apart."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Started:
    """One of the services' processes, at work on this machine."""

    def __init__(self, process: Process, folder: Path, discord: Discord, database: str) -> None:
        self.process = process
        self.health, self.web = free_port(), free_port()
        here: dict[str, str | None] = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in process.environment.items()
            if name.startswith(PREFIX)
        }
        # What stands elsewhere than in its container: nothing else is changed.
        here["database"] = database
        here["health_listen"] = f"127.0.0.1:{self.health}"
        here["listen"] = f"127.0.0.1:{self.web}"
        if "token_file" in here:
            secret = folder / "token"
            secret.write_text(discord.token, encoding="utf-8")
            here["token_file"] = str(secret)
        here |= {"discord_api": discord.api, "discord_gateway": discord.gateway}
        self.bot = Bot(folder, None, *process.arguments, **here)

    async def healthy(self) -> bool:
        """The image's health check."""
        listens = image_environment()["DATELINE_HEALTH_LISTEN"].rpartition(":")[2]
        _, *asked = health_check()
        command = [part.replace(f":{listens}/", f":{self.health}/") for part in asked]
        check = await asyncio.create_subprocess_exec(sys.executable, *command, stderr=asyncio.subprocess.DEVNULL)
        return await check.wait() == 0

    async def ready(self) -> tuple[int, str]:
        """What /readyz says."""
        return await self.asked(self.health, "/readyz")

    async def asked(self, port: int, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, await answer.text()

    async def until_healthy(self) -> None:
        async with asyncio.timeout(HEALTHY_S):
            while not await self.healthy():
                assert self.bot.running, (self.process.name, self.bot.output[-3000:])
                await asyncio.sleep(0.5)

    async def until_ready(self, seconds: float = HEALTHY_S) -> None:
        async with asyncio.timeout(seconds):
            while (await self.ready())[0] != 200:
                assert self.bot.running, (self.process.name, self.bot.output[-3000:])
                await asyncio.sleep(0.5)

    async def end(self) -> None:
        """As an engine does."""
        assert await self.bot.stopped(40) == 0, (self.process.name, self.bot.output[-3000:])
        assert "Traceback" not in self.bot.output


@pytest.fixture
def database(postgres: Postgres) -> Iterator[tuple[str, str]]:
    """An empty database, as the tests reach it and as the processes do."""
    url = postgres.create()
    try:
        with Wire(postgres) as wire:
            yield url, f"postgresql://postgres@127.0.0.1:{wire.port}/{postgres.name(url)}"
    finally:
        postgres.drop(url)


@pytest.fixture
async def shape(
    tmp_path: Path, discord: Discord, channel: Channel, database: tuple[str, str]
) -> AsyncIterator[dict[str, Started]]:
    """Every process of the profile, migrated and started as `up` does; ended, whatever happens."""
    found = {one.name: one for one in composed("roles")}
    first = Started(found.pop("migrate"), tmp_path, discord, database[1])
    await first.bot.start()
    assert await first.bot.ended(60) == 0, first.bot.output
    assert "schema version" in first.bot.output
    every = {
        f"{one.name} {number + 1}": Started(one, tmp_path, discord, database[1])
        for one in found.values()
        for number in range(one.copies)
    }
    try:
        for one in every.values():
            await one.bot.start()
        yield every
    finally:
        for one in every.values():
            if one.bot.running:
                one.bot.signal(signal.SIGKILL)
                with contextlib.suppress(TimeoutError):
                    await one.bot.ended(10)


async def test_each_gets_healthy_and_a_gateway_that_stands_by_takes_over(
    tmp_path: Path, discord: Discord, postgres: Postgres, database: tuple[str, str], shape: dict[str, Started]
) -> None:
    for one in shape.values():
        await one.until_healthy()
    for one in shape.values():
        await one.until_ready()
    seats = "SELECT name FROM seat WHERE holder IS NOT NULL ORDER BY name"
    assert [name for (name,) in postgres.run(database[0], seats)] == ["desk", "gateway 0-1/4", "gateway 2-3/4"]
    assert "Dateline" in (await shape["web 1"].asked(shape["web 1"].web, "/"))[1]
    assert "Traceback" not in "".join(one.bot.output for one in shape.values())
    assert (await discord.interact("help")).text
    for one in shape.values():
        (role,) = one.process.settings.only
        assert discord.token not in "".join(one.bot.environment.values())
        assert ("DATELINE_TOKEN_FILE" in one.bot.environment) == (role in DISCORD)

    # A rollout: the new one comes first. It is alive, which is asked, and not ready, which would be waited for in vain.
    mine = next(session.shard for session in discord.sockets.live() if session.has(discord.guild))
    old = next(one for one in shape.values() if mine[0] in getattr(one.process.settings.shard_range, "numbers", ()))
    new = Started(old.process, tmp_path, discord, database[1])
    shape["new"] = new
    await new.bot.start()
    await new.until_healthy()
    await discord.until(lambda: "standing by" in new.bot.output, seconds=20, what="the new one stands by")
    assert await new.ready() == (503, "Discord is not connected\n")
    assert await old.ready() == (200, "ok\n")
    await old.end()
    await new.until_ready(PASSED_ON_S)
    assert (await discord.interact("help")).text

    # So does the desk, which is ready while it stands in.
    desks = [shape["desk 1"], shape["desk 2"]]
    working = next(one for one in desks if "seat taken" in one.bot.output)
    (other,) = [one for one in desks if one is not working]
    assert await other.ready() == (200, "ok\n")
    await working.end()
    await discord.until(lambda: "seat taken" in other.bot.output, seconds=20, what="the other desk has the seat")
    for one in shape.values():
        if one.bot.running:
            await one.end()
