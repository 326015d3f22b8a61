"""/healthz, /readyz and /metrics: what they say of a process that is well, one that waits and one that hangs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.meters import STUCK, Connection, Meters
from bot.web.health import Health
from bot.web.server import serving
from tests.discord_double import Channel, Discord
from tests.discord_double_process import Bot, catalogue, look, rss
from tests.loopback import Web
from tests.storage.test_outbox import filed, rule
from tests.support import HeldClock, Stores


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def values(text: str) -> dict[str, float]:
    """Every sample, by its name and the values of its labels."""
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def meters(time: Time) -> Meters:
    return Meters(time)


@pytest.fixture
async def address(meters: Meters, stores: Stores, clock: HeldClock) -> AsyncIterator[str]:
    health = Health(meters, stores.news, stores.sources, stores.deliveries, clock)
    async with serving(health.routes(), host="127.0.0.1", port=0, max_body=0) as port:
        yield f"http://127.0.0.1:{port}"


async def asked(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def test_a_worker_that_does_not_come_round_is_named(address: str, meters: Meters, time: Time) -> None:
    assert await asked(f"{address}/healthz") == (200, "ok\n")
    meters.beat("desk")
    meters.beat("delivery 3")
    time.now += STUCK.total_seconds()
    meters.beat("desk")
    assert await asked(f"{address}/healthz") == (200, "ok\n")
    time.now += 1
    assert await asked(f"{address}/healthz") == (503, "delivery 3 hangs\n")


async def test_it_is_ready_when_discord_is_connected_and_the_memory_can_be_read(
    address: str, meters: Meters, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await asked(f"{address}/readyz") == (503, "Discord is not connected\n")
    meters.connection = lambda: Connection(ready=True, latency=0.04, servers=3)
    assert await asked(f"{address}/readyz") == (200, "ok\n")


async def test_what_waits_too_long_is_seen(address: str, meters: Meters, stores: Stores, clock: HeldClock) -> None:
    await filed(stores, clock, [await rule(stores)], "Pact")
    meters.connection = lambda: Connection(ready=True, latency=float("nan"), servers=3)
    meters.polled(failed=True, changed=False, new=0, silent=False)
    meters.polled(failed=False, changed=True, new=4, silent=False)
    meters.delivered("sent")
    meters.answered("alert add")
    meters.lagged(0.003)
    late = timedelta(days=2)
    clock.move(late)
    status, text = await asked(f"{address}/metrics")
    found = values(text)
    assert status == 200
    assert {name: found[f"dateline_{name}"] for name in ("items", "feeds", "pending_deliveries", "servers")} == {
        "items": 1,
        "feeds": 1,
        "pending_deliveries": 1,
        "servers": 3,
    }
    assert found["dateline_late_deliveries_seconds"] == late.total_seconds()
    assert found["dateline_late_feeds_seconds"] > 3600
    assert found["dateline_discord_latency_seconds"] == 0.0, "what is not known yet is no number"
    assert (found["dateline_polls_total failed"], found["dateline_polls_total changed"]) == (1, 1)
    assert found["dateline_new_items_total news"] == 4
    assert (found["dateline_deliveries_total sent"], found["dateline_commands_total alert add"]) == (1, 1)
    assert (found["dateline_loop_lag_seconds_bucket 0.001"], found["dateline_loop_lag_seconds_bucket 0.005"]) == (0, 1)


@pytest.mark.slow
async def test_of_the_bot_as_it_runs(tmp_path: Path, discord: Discord, channel: Channel, unused_tcp_port: int) -> None:
    address = f"http://127.0.0.1:{unused_tcp_port}"

    async def ready() -> None:
        """discord.py waits two seconds for servers that come late."""
        async with asyncio.timeout(15):
            while (await asked(f"{address}/readyz"))[0] != 200:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.1)

    async with Web() as web:
        web.answer("/feed.xml", rss("The Loopback", [("Old", "/0", 60)], "https://news.example"))
        settings = {
            "catalogue": catalogue(tmp_path, ("The Loopback", web.url("/feed.xml"))),
            "allow_private": web.allowed,
        }
        async with Bot(tmp_path, discord, health_listen=address.removeprefix("http://"), **settings) as bot:
            await discord.connected()
            await discord.until(
                lambda: look(bot.database, "SELECT count(*) FROM item") == [(1,)], what="the first item"
            )
            await discord.interact("alert add", channel=channel.id)
            web.answer("/feed.xml", rss("The Loopback", [("New", "/1", 30), ("Old", "/0", 60)], "https://news.example"))
            look(bot.database, "UPDATE feed SET due_at = 0")
            await discord.until(lambda: discord.posted(channel), what="the alert")
            await ready()
            assert await asked(f"{address}/healthz") == (200, "ok\n")
            _, text = await asked(f"{address}/metrics")
            found = values(text)
            assert found["dateline_polls_total changed"] == 2
            assert (found["dateline_new_items_total silent"], found["dateline_new_items_total news"]) == (1, 1)
            assert found["dateline_deliveries_total sent"] == 1
            assert found["dateline_commands_total alert add"] == 1
            assert (found["dateline_discord_ready"], found["dateline_servers"]) == (1, 1)
            assert found["dateline_loop_lag_seconds_count"] > 0
            for number in (discord.guild, channel.id, discord.id):
                assert str(number) not in text, "no id in any label"
            assert await bot.stopped() == 0
