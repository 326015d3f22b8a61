"""Canaries: secrets put into a bot that runs appear in nothing that it says, at the most talkative level."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.discord_double import Channel, Discord, Fault, unavailable
from tests.discord_double_process import Bot, catalogue, look, rss
from tests.loopback import Web
from tests.terminal import Terminal

LOGIN = "reader:canary-of-the-feed"
PASSWORD = "canary-of-the-database"
ATOM = "http://www.w3.org/2005/Atom"
SITE = "https://news.example"
NOW = int(time.time()) - 60

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def secrets(discord: Discord, bot: Bot) -> Iterator[tuple[str, str]]:
    """Each secret of the running bot, by what it is."""
    yield "token", discord.token
    yield "login of a feed", LOGIN.partition(":")[2]
    for token, secret in look(bot.database, "SELECT token, secret FROM subscription"):
        yield "hub's token", token
        yield "hub's secret", secret
    for token in discord.hooks:
        yield "webhook's token", token


async def said(address: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return await answer.text()


async def commanded(terminal: Terminal, bot: Bot, *arguments: str) -> str:
    """All that a command says, with the settings of a bot."""
    ran = await terminal.run(*arguments, folder=bot.folder, environment=bot.environment)
    return f"{ran.out}{ran.err}"


@pytest.mark.parametrize("as_json", ["true", "false"])
async def test_no_secret_is_in_anything_the_bot_says(
    tmp_path: Path, discord: Discord, channel: Channel, unused_tcp_port_factory: object, as_json: str
) -> None:
    health, listen = (f"127.0.0.1:{unused_tcp_port_factory()}" for _ in range(2))  # type: ignore[operator]
    async with Web() as web:
        hub = f'<link xmlns="{ATOM}" rel="hub" href="{web.url("/hub")}"/>'
        hub += f'<link xmlns="{ATOM}" rel="self" href="{web.url("/feed.xml")}"/>'
        body = rss("The Loopback", [("Old trade talks", "/0", NOW)], SITE)
        web.answer("/feed.xml", body.replace("<item>", f"{hub}<item>", 1))
        web.answer("/paid.xml", rss("For subscribers", [("Trade talks for subscribers", "/2", NOW)], SITE))
        web.answer("/broken.xml", "no feed", status=500)
        settings: dict[str, str | None] = {
            "catalogue": catalogue(
                tmp_path,
                ("The Loopback", web.url("/feed.xml")),
                ("For subscribers", web.url("/paid.xml", user=LOGIN)),
                ("Broken", web.url("/broken.xml", user=LOGIN)),
            ),
            "allow_private": web.allowed,
            "log_level": "debug",
            "log_json": as_json,
            "health_listen": health,
            "listen": listen,
            "public_url": f"http://{listen}",
            "web": "true",
        }
        async with Terminal() as terminal, Bot(tmp_path, discord, **settings) as bot:
            await discord.connected()
            found = "SELECT count(*) FROM subscription"
            await discord.until(lambda: look(bot.database, found) == [(1,)], what="the hub is noted")
            await discord.interact("alert add", channel=channel.id, as_outlet=True)
            discord.fault("followup", Fault(status=500), unavailable())
            web.answer(
                "/feed.xml", body.replace("Old trade talks", "New trade talks").replace(f"{SITE}/0", f"{SITE}/1")
            )
            look(bot.database, "UPDATE feed SET due_at = 0")
            await discord.until(lambda: len(discord.hooks) > 0, what="a webhook is made")
            await discord.until(lambda: discord.posted(channel), what="the story is posted by it", seconds=40)
            texts = {
                "metrics": await said(f"http://{health}/metrics"),
                "health": await said(f"http://{health}/healthz"),
                "ready": await said(f"http://{health}/readyz"),
                "page": await said(f"http://{listen}/sources"),
                "OPML of the web": await said(f"http://{listen}/sources.opml"),
            }
            for command in (
                ("check-config",),
                ("check-config", "--json"),
                ("doctor",),
                ("sources", "list"),
                ("sources", "list", "--json"),
                ("sources", "check", "3"),
                ("sources", "check", "3", "--json"),
                ("sources", "pause", "3", "--json"),
                ("sources", "resume", "3", "--json"),
                ("sources", "export"),
                ("sources", "export", "--format", "toml"),
                ("sources", "try", web.url("/broken.xml", user=LOGIN)),
            ):
                texts[" ".join(command)] = await commanded(terminal, bot, *command)
            answer = await discord.interact("sources")
            texts["/sources"] = json.dumps(answer.message)
            assert await bot.stopped(30) == 0
            texts["log"] = bot.output
        assert "debug" in texts["log"]
        kinds = dict(secrets(discord, bot))
        assert set(kinds) == {"token", "login of a feed", "hub's token", "hub's secret", "webhook's token"}
        leaks = [
            (what, where) for what, secret in secrets(discord, bot) for where, text in texts.items() if secret in text
        ]
        assert leaks == []


@pytest.mark.parametrize("command", [("run",), ("check-config",), ("doctor",), ("news",), ("migrate",), ("vacuum",)])
async def test_a_databases_password_is_in_no_message(
    tmp_path: Path, discord: Discord, command: tuple[str, ...]
) -> None:
    async with Terminal() as terminal:
        for url in (
            f"postgresql://dateline:{PASSWORD}@127.0.0.1:1/dateline",
            f"postgresql://127.0.0.1:1/dateline?user=dateline&password={PASSWORD}",
            f"postgresql://dateline:{PASSWORD}@127.0.0.1:port/dateline",
        ):
            bot = Bot(tmp_path, discord, database=url, log_level="debug")
            text = await commanded(terminal, bot, *command)
            assert text
            assert PASSWORD not in text
