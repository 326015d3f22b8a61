"""From a feed's change to Discord, and how fast ten thousand waiting deliveries drain.

    python -m bench.deliver [--pending 10000] [--channels 2000] [--seconds 600] [--rounds 40]

Discord is the tests' double that speaks HTTP and gateway, without limits of its own: what is measured is ours. Its real
limit is 50 requests a second for a bot, and about one message a second for a channel.

1. The outbox holds deliveries for many channels, five of a server; the bot's own deliverers send them, Discord in a
   process of its own, until nothing waits or so many seconds are over. Messages a second, and the event loop's lag
   meanwhile.
2. The bot in a process of its own watches a feed and posts what is new. The feed changes and is made due at random
   moments: how long until the message stands in the channel.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.machine import keep, quantiles
from bench.poll import TICK
from tests.crash.world import headline
from tests.discord_double import Discord
from tests.discord_double_process import Bot, catalogue, look, rss
from tests.loopback import Web


def serve(channels: int, connection: Any) -> None:
    """A Discord with so many channels, until the process is ended."""

    async def run() -> None:
        async with Discord() as discord:
            ids = [discord.channel(f"c{number}").id for number in range(channels)]
            connection.send((discord.api, discord.gateway, discord.token, ids))
            await asyncio.Event().wait()

    asyncio.run(run())


def fill(database: Path, channels: list[int], pending: int) -> None:
    """Items, a rule for each channel, and deliveries that wait."""
    now = int(time.time() * 1000)
    first = int(time.time()) << 20
    with sqlite3.connect(database) as db:
        db.executemany(
            "INSERT INTO item (id, home, outlet, title, url, summary, category, taggings, first_seen_at, state) "
            "VALUES (?, 0, 'The Wire', ?, ?, ?, 'General', '[]', ?, 1)",
            [
                (first + number, headline(number, again=False), f"https://wire.example/{number}", "Words. " * 30, now)
                for number in range(pending)
            ],
        )
        db.executemany(
            "INSERT INTO alert_rule (id, guild, channel, query, criteria, standing, created_at) "
            "VALUES (?, ?, ?, '{}', '{}', 'active', 0)",
            [(number, 1 + number // 5, channel) for number, channel in enumerate(channels, 1)],
        )
        db.executemany(
            "INSERT INTO delivery (rule_id, guild, channel, item_id, due_at, created_at) "
            "SELECT id, guild, channel, ?, 0, ? FROM alert_rule WHERE id = ?",
            [(first + number, now, number % len(channels) + 1) for number in range(pending)],
        )
    db.close()


async def drain(folder: Path, channels: int, pending: int, seconds: float) -> dict[str, Any]:
    """Send what waits, for so long at most."""
    from bot import log
    from bot.config import Settings
    from bot.house import open_house
    from bot.senders import sending_loops
    from bot.talk import logged_in

    log.configure("error")
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(channels, theirs), daemon=True)
    server.start()
    api, gateway, token, ids = await asyncio.to_thread(ours.recv)
    settings = Settings(
        database=str(folder / "drain.sqlite"), catalogue="none", discord_api=api, discord_gateway=gateway, token=token
    )
    lags: list[float] = []
    try:
        async with open_house(settings, holder="run") as house:
            fill(folder / "drain.sqlite", ids, pending)
            client = await logged_in(house, token)
            assert client is not None

            async def look_on() -> None:
                while not house.signals.stopping.is_set():
                    began = time.perf_counter()
                    await asyncio.sleep(TICK)
                    lags.append((time.perf_counter() - began - TICK) * 1000)
                    over = time.perf_counter() - started > seconds
                    if over or (len(lags) % 100 == 0 and await house.deliveries.next_due() is None):
                        house.signals.stop()

            started = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for loop in sending_loops(house, client):
                    group.create_task(loop)
                group.create_task(look_on())
            took = time.perf_counter() - started
            await client.close()
        sent = look(folder / "drain.sqlite", "SELECT count(*) FROM delivery WHERE state = 'sent'")[0][0]
    finally:
        server.terminate()
    return {
        "deliveries": pending,
        "channels": channels,
        "sent": sent,
        "messages a second": round(sent / took),
        "loop lag ms": quantiles(lags),
    }


async def follow(folder: Path, rounds: int) -> dict[str, float]:
    """Seconds from a feed's change to the message, the feed being due at that moment."""
    items: list[tuple[str, str, int]] = []

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=rss("Wire", items[::-1], "https://wire.example").encode())

    waits: list[float] = []
    dice = random.Random(1)
    async with Discord() as discord, Web() as site:
        channel = discord.channel("alerts")
        site.answer("/feed.xml", answer)
        listed = catalogue(folder, ("The Wire", site.url("/feed.xml")))
        async with Bot(folder, discord, catalogue=listed, allow_private=site.allowed) as bot:
            await discord.connected()
            await discord.until(
                lambda: look(bot.database, "SELECT count(*) FROM feed WHERE first_success_at > 0") == [(1,)]
            )
            await discord.interact("alert add", channel=channel.id)
            await discord.interact("alert limits", channel=channel.id, per_hour=60)
            for number in range(rounds):
                await asyncio.sleep(dice.uniform(0.5, 1.5))
                items.append((headline(number, again=False), f"/{number}", int(datetime.now(UTC).timestamp())))
                before, began = len(discord.posted(channel)), time.perf_counter()
                look(bot.database, "UPDATE feed SET due_at = 0")
                while len(discord.posted(channel)) == before:  # noqa: ASYNC110 - `until` looks less often
                    await asyncio.sleep(0.002)
                waits.append(time.perf_counter() - began)
    return quantiles(waits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pending", type=int, default=10_000)
    parser.add_argument("--channels", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = {
            "drained": asyncio.run(drain(Path(folder), options.channels, options.pending, options.seconds)),
            "from the feed's change to the message, s": asyncio.run(follow(Path(folder), options.rounds)),
        }
    print(json.dumps(figures, indent=1))
    keep("deliver", figures)


if __name__ == "__main__":
    main()
