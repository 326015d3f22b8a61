"""A restart in 5,000 servers: how long until the bot is ready, and how long its event loop stood still meanwhile.

    python -m bench.restart [--servers 5000] [--runs 3]

The bot is a process of its own (`dateline run`) before a double of Discord that speaks HTTP and gateway; each server
has 30 channels and 20 roles, and an alert of its own in the memory. The first start tells Discord of the commands;
those measured find them unchanged. Measured: from the start of the process to the first log line, to READY, to the
answer of /news; and, by the bot's own meter (/metrics), how late its event loop woke.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import aiohttp

from bench.machine import keep
from bot.clock import SystemClock
from bot.model import ChannelId, Criteria, GuildId, Query
from storage.guilds import Alerts
from storage.sqlite import open_sqlite
from tests.discord_double import Discord
from tests.discord_double_gateway import Json, Session
from tests.discord_double_process import Bot

CHANNELS, ROLES = 30, 20
BUCKET: Final = re.compile(r'dateline_loop_lag_seconds_bucket\{le="([^"]+)"\} ([0-9.]+)')


class Crowd(Discord):
    """A Discord in which the bot is in many servers."""

    servers: int = 0

    def _ready(self, session: Session) -> list[tuple[str, Json]]:
        (name, ready), *first = super()._ready(session)
        made = [self._other(number) for number in range(self.servers)]
        ready = ready | {"guilds": ready["guilds"] + [{"id": one["id"], "unavailable": True} for one in made]}
        return [(name, ready), *first, *(("GUILD_CREATE", one) for one in made)]

    def _other(self, number: int) -> Json:
        """A server like the first, with ids of its own."""
        first = self.guild + (number + 1) * 1_000
        guild = self._guild_json()
        roles = [
            {**guild["roles"][0], "id": str(first + role), "name": f"role {role}", "position": role}
            for role in range(ROLES)
        ]
        roles[0]["name"] = "@everyone"
        channels = [
            {
                "id": str(first + 100 + channel),
                "type": 0,
                "name": f"channel-{channel}",
                "position": channel,
                "permission_overwrites": [{"id": str(first), "type": 0, "allow": "0", "deny": "0"}],
                "parent_id": None,
                "topic": None,
                "nsfw": False,
                "rate_limit_per_user": 0,
                "last_message_id": None,
            }
            for channel in range(CHANNELS)
        ]
        return {**guild, "id": str(first), "name": f"Server {number}", "roles": roles, "channels": channels}


async def fill(database: Path, guilds: list[int]) -> None:
    """An alert in each server."""
    driver = await open_sqlite(database)
    alerts, now = Alerts(driver), SystemClock().now()
    for guild in guilds:
        await alerts.add(
            guild=GuildId(guild),
            channel=ChannelId(guild + 100),
            query=Query(topic=f"topic{guild % 500}"),
            criteria=Criteria(tag=f"topic{guild % 500}"),
            role=None,
            now=now,
        )
    await driver.close()


async def late(port: int) -> dict[str, float]:
    """How often the event loop woke later than so many seconds, by the bot's own meter."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as response,
    ):
        text = await response.text()
    counts = {bound: float(count) for bound, count in BUCKET.findall(text)}
    return {bound: counts["+Inf"] - count for bound, count in counts.items()}


async def start(discord: Crowd, folder: Path, port: int, *, servers: int) -> dict[str, Any]:
    """One start, until /news was answered."""
    began = time.perf_counter()
    marks: dict[str, float] = {}

    async def until(name: str, met: Callable[[], object]) -> None:
        await discord.until(met, seconds=180, what=name)
        marks[name] = round(time.perf_counter() - began, 2)

    async with Bot(folder, discord, health_listen=f"127.0.0.1:{port}") as bot:
        await until("started, s", lambda: "started" in bot.output)
        await until("ready, s", lambda: "ready [bot.client]" in bot.output)
        assert f"servers={servers + 1}" in bot.output
        answer = await discord.interact("news", seconds=30)
        assert answer.text
        marks["/news answered, s"] = round(time.perf_counter() - began, 2)
        await asyncio.sleep(3)
        over = await late(port)
        marks["loop woke later than 50 ms, times"] = over["0.05"]
        marks["loop woke later than 100 ms, times"] = over["0.1"]
        marks["memory, MB"] = _memory(bot.pid)
        assert await bot.stopped(30) == 0
    return marks


def _memory(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    assert found is not None
    return int(found[1]) // 1024


async def run(servers: int, runs: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with Crowd() as discord:
            discord.channel("news")
            discord.servers = servers
            others = [discord.guild + (number + 1) * 1_000 for number in range(servers)]
            await fill(folder / "news.sqlite", others)
            figures: dict[str, Any] = {"servers": servers}
            for number in range(runs + 1):
                marks = await start(discord, folder, 18_399, servers=servers)
                print(marks, flush=True)
                figures["first start" if number == 0 else f"restart {number}"] = marks
            figures["commands told to Discord, times"] = discord.syncs
            return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--servers", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    figures = asyncio.run(run(asked.servers, asked.runs))
    print(figures)
    keep("restart", figures)


if __name__ == "__main__":
    main()
