"""`dateline run` as its user meets it: a process, started, asked, stopped, and started wrongly.

Discord is the double of `tests.discord_double`, the web a loopback server. In no case the token in any output.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.sqlite import migrate_file
from tests.databases import Postgres
from tests.discord_double import UNREACHABLE, Channel, Discord, Fault, rate_limited, refused, unavailable
from tests.discord_double_process import Bot, alive, catalogue, look, rss
from tests.loopback import Web

CONFIGURATION, TRY_LATER = 78, 75
LOGGED = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z \[")
SITE = "https://news.example"


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        yield web


@pytest.fixture(autouse=True)
def _no_token_anywhere(tmp_path: Path, discord: Discord) -> Iterator[None]:
    """The token stands in no output and in no file that the bot leaves."""
    yield
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert discord.token.encode() not in file.read_bytes(), file
            assert b"canary" not in file.read_bytes(), file


def plain(bot: Bot) -> str:
    """The one line that says why the bot did not start: all of its output but the log."""
    (line,) = [line for line in bot.output.splitlines() if not LOGGED.match(line)]
    assert line.startswith("dateline: ")
    return line


def watching(folder: Path, web: Web) -> dict[str, str | None]:
    """Settings that have one feed of the loopback watched."""
    feeds = catalogue(folder, ("The Loopback", web.url("/feed.xml")))
    return {"catalogue": feeds, "allow_private": web.allowed}


def show(web: Web, *items: tuple[str, str, int]) -> None:
    """What the feed holds from now on: headline, path, age in seconds."""
    now = int(time.time())
    web.answer("/feed.xml", rss("The Loopback", [(title, path, now - age) for title, path, age in items], SITE))


def stored(bot: Bot) -> int:
    """How many items the bot remembers."""
    with contextlib.suppress(sqlite3.OperationalError):
        return int(look(bot.database, "SELECT count(*) FROM item")[0][0])
    return 0


def due(bot: Bot) -> None:
    """Let every feed be polled now."""
    look(bot.database, "UPDATE feed SET due_at = 0")


async def test_it_comes_up_answers_and_stops(tmp_path: Path, discord: Discord, channel: Channel, web: Web) -> None:
    show(web, ("Trade talks begin in Japan", "/1", 60))
    settings = watching(tmp_path, web)
    async with Bot(tmp_path, discord, **settings) as bot:
        await discord.connected()
        # Discord named another gateway, which nobody answers: the configured one won.
        assert discord.count("gateway") == 1
        assert discord.sockets.intents == [1]
        assert {"news", "country", "search", "sources", "source", "alert", "help"} <= {
            command["name"] for command in discord.commands
        }
        assert discord.syncs == 1
        await discord.until(lambda: stored(bot) == 1)
        answer = await discord.interact("news")
        assert "Trade talks begin in Japan" in answer.text
        assert "The Loopback" in answer.text
        assert answer.callbacks[0]["type"] == 4
        choices = (await discord.autocomplete("news", "outlet", "loop")).choices
        assert [choice["value"] for choice in choices] == ["The Loopback"]

        async with Bot(tmp_path, discord, **settings) as second:
            assert await second.ended() == TRY_LATER
            assert "another" in plain(second)
        assert bot.running
        assert discord.sockets.identified == 1

        assert await bot.stopped() == 0
        assert "Traceback" not in bot.output
    # Nothing old was told of.
    assert discord.messages == []

    # The second start: the commands are as Discord knows them, nothing is read twice, the answer is the same.
    async with Bot(tmp_path, discord, **settings) as again:
        await discord.connected()
        assert (await discord.interact("news", topic="trade")).text.count("Trade talks begin") == 1
        assert await again.stopped() == 0
        assert "Traceback" not in again.output
    assert discord.syncs == 1
    assert len(web.asked("/feed.xml")) == 1


@pytest.mark.slow
async def test_an_alert_comes_once_though_the_gateway_breaks(
    tmp_path: Path, discord: Discord, channel: Channel, web: Web
) -> None:
    role = discord.role("desk")
    show(web, ("Old trade news", "/old", 600))
    async with Bot(tmp_path, discord, **watching(tmp_path, web)) as bot:
        await discord.connected()
        await discord.until(lambda: stored(bot) == 1)
        answer = await discord.interact("alert add", channel=channel.id, topic="trade", role=role)
        assert "Alert set" in answer.text
        assert answer.private

        # The gateway breaks, then asks to come again: the bot resumes where it was, at the configured address.
        await discord.sockets.hang_up()
        await discord.until(lambda: discord.sockets.resumed == 1 and discord.sockets.live(), what="a resumed session")
        await discord.sockets.tell_reconnect()
        await discord.until(lambda: discord.sockets.resumed == 2 and discord.sockets.live(), what="a resumed session")

        show(web, ("New trade deal", "/new", 30), ("A cat", "/cat", 20), ("Old trade news", "/old", 600))
        due(bot)
        await discord.until(lambda: discord.posted(channel), what="the alert")
        (alert,) = discord.posted(channel)
        assert "New trade deal" in alert.text
        assert alert.mentions == [role]
        assert "New trade deal" in (await discord.interact("news", topic="trade")).text

        due(bot)
        await discord.until(lambda: len(web.asked("/feed.xml")) == 3)
        assert await bot.stopped() == 0
        assert UNREACHABLE not in bot.output
    assert discord.posted(channel) == [alert]
    assert look(bot.database, "SELECT state, attempts FROM delivery") == [("sent", 1)]
    assert look(bot.database, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.slow
async def test_what_cannot_start_says_why_in_one_line(tmp_path: Path, discord: Discord) -> None:
    newer = tmp_path / "newer.sqlite"
    await migrate_file(newer)
    look(newer, "PRAGMA user_version = 999")
    starts = {
        "refuses the token": Bot(tmp_path, discord, token="canary.of.a-wrong-token"),
        "DATELINE_TOKEN": Bot(tmp_path, discord, token=None, database=str(tmp_path / "other.sqlite")),
        "999": Bot(tmp_path, discord, database=str(newer)),
    }
    async with contextlib.AsyncExitStack() as stack:
        for bot in starts.values():
            await stack.enter_async_context(bot)
        for why, bot in starts.items():
            assert await bot.ended(15) == CONFIGURATION, bot.output
            assert why in plain(bot)
    assert look(newer, "PRAGMA user_version") == [(999,)]
    assert discord.sockets.identified == 0


@pytest.mark.slow
async def test_a_token_that_only_the_gateway_refuses_is_one_plain_line(
    tmp_path: Path, discord: Discord, channel: Channel
) -> None:
    discord.sockets.token = "another"
    async with Bot(tmp_path, discord) as bot:
        assert await bot.ended() == CONFIGURATION
        assert "refuses the token" in plain(bot)


@pytest.mark.slow
async def test_a_session_that_discord_forgot_is_begun_anew(tmp_path: Path, discord: Discord, channel: Channel) -> None:
    async with Bot(tmp_path, discord) as bot:
        await discord.connected()
        await discord.sockets.forget()
        await discord.until(lambda: discord.sockets.identified == 2 and discord.sockets.live(), what="a new session")
        assert "Latest news" in (await discord.interact("news")).text
        assert await bot.stopped() == 0
        assert UNREACHABLE not in bot.output
    assert discord.syncs == 1


@pytest.mark.slow
async def test_buttons_still_turn_pages_after_a_restart(
    tmp_path: Path, discord: Discord, channel: Channel, web: Web
) -> None:
    show(web, *((f"Headline number {number:02}", f"/{number}", 60 * number) for number in range(12)))
    settings = watching(tmp_path, web)
    async with Bot(tmp_path, discord, **settings) as bot:
        await discord.connected()
        await discord.until(lambda: stored(bot) == 12)
        first = await discord.interact("news")
        assert "number 00" in first.text
        bot.signal(signal.SIGKILL)
        await bot.ended()
    async with Bot(tmp_path, discord, **settings) as again:
        await discord.connected()
        second = await discord.click(first, "Next")
        assert second.callbacks[0]["type"] == 7
        assert "number 05" in second.text
        assert "number 00" not in second.text
        assert await again.stopped() == 0


@pytest.mark.slow
async def test_it_waits_for_a_discord_that_is_down(tmp_path: Path, discord: Discord, channel: Channel) -> None:
    discord.fault("me", unavailable())
    async with Bot(tmp_path, discord) as bot:
        await discord.until(lambda: "cannot be reached" in bot.output, what="a line that says so")
        await discord.connected()
        assert await bot.stopped() == 0
        assert "Traceback" not in bot.output
    async with Bot(tmp_path, discord, discord_api="http://127.0.0.1:9/api/v10") as bot:
        await discord.until(lambda: "cannot be reached" in bot.output, what="a line that says so")
        assert await bot.stopped(5) == 0


TOO_MANY_CREATES = refused(400, 30034, "Max number of daily application command creates has been reached (200)")
STARTS = {
    "no answer to who am I": ("me", unavailable()),
    "gateway 503": ("gateway", unavailable()),
    "commands 30034": ("sync", TOO_MANY_CREATES),
    "commands hung up": ("sync", Fault(reset=True)),
}


@pytest.mark.slow
@pytest.mark.parametrize(("route", "fault"), STARTS.values(), ids=STARTS)
async def test_a_discord_that_fails_while_the_bot_starts_does_not_end_it(
    route: str, fault: Fault, tmp_path: Path, discord: Discord, channel: Channel
) -> None:
    discord.fault(route, fault)
    async with Bot(tmp_path, discord) as bot:
        await discord.until(lambda: discord.sockets.live() or not bot.running)
        assert bot.running
        if fault is not TOO_MANY_CREATES:
            assert discord.syncs == 1
            assert "Latest news" in (await discord.interact("news")).text
        assert await bot.stopped() == 0, bot.output
        assert "Traceback" not in bot.output
        assert "Unclosed" not in bot.output


@pytest.mark.slow
async def test_commands_that_discord_could_not_take_are_told_again(
    tmp_path: Path, discord: Discord, channel: Channel
) -> None:
    discord.fault("sync", unavailable())
    async with Bot(tmp_path, discord) as bot:
        await discord.until(lambda: discord.syncs == 1, seconds=9)
        assert await bot.stopped() == 0


@pytest.mark.slow
async def test_stopped_in_the_middle_of_a_post_it_finishes_that_post(
    tmp_path: Path, discord: Discord, channel: Channel, web: Web
) -> None:
    show(web, ("Old", "/old", 600))
    settings = watching(tmp_path, web)
    async with Bot(tmp_path, discord, **settings) as bot:
        await discord.connected()
        await discord.until(lambda: stored(bot) == 1)
        await discord.interact("alert add", channel=channel.id)
        show(web, *((f"New {number}", f"/{number}", number) for number in range(3)))
        discord.fault("post", Fault(delay=1.0))
        due(bot)
        await discord.until(lambda: discord.count("post"), what="a post under way")
        assert await bot.stopped() == 0
    told = look(bot.database, "SELECT state, count(*) FROM delivery GROUP BY state ORDER BY state")
    assert told == [("pending", 2), ("sent", 1)]
    async with Bot(tmp_path, discord, **settings) as again:
        await discord.until(lambda: len(discord.posted(channel)) == 3, what="the rest")
        assert await again.stopped() == 0
    assert [each.text.split("[")[1][:5] for each in discord.posted(channel)] == ["New 2", "New 1", "New 0"]


@pytest.mark.slow
async def test_killed_it_leaves_no_parser_behind(tmp_path: Path, discord: Discord, channel: Channel, web: Web) -> None:
    show(web, ("One", "/1", 60))
    async with Bot(tmp_path, discord, **watching(tmp_path, web)) as bot:
        await discord.until(lambda: stored(bot) == 1)
        parsers = bot.children()
        assert parsers
        bot.signal(signal.SIGKILL)
        await bot.ended()
        await discord.until(lambda: not any(alive(parser) for parser in parsers), seconds=3, what="the parsers' end")


@pytest.mark.slow
async def test_while_every_send_waits_for_a_global_limit_commands_are_answered(
    tmp_path: Path, discord: Discord, channel: Channel, web: Web
) -> None:
    show(web, ("Trade talks begin in Japan", "/1", 60))
    async with Bot(tmp_path, discord, **watching(tmp_path, web)) as bot:
        await discord.connected()
        await discord.until(lambda: stored(bot) == 1)
        assert "Alert set" in (await discord.interact("alert add", channel=channel.id)).text
        discord.fault("post", rate_limited(3, scope="global"))
        show(web, ("Trade talks end in Japan", "/2", 5), ("Trade talks begin in Japan", "/1", 60))
        due(bot)
        await discord.until(lambda: discord.count("post") == 1, what="the post that is told to wait")
        assert "Trade talks" in (await discord.interact("news", seconds=2)).text
        assert discord.posted(channel) == [], "interactions are outside of the limit"
        await discord.until(lambda: discord.posted(channel), what="the post after the wait")
        assert discord.count("post") == 2


@pytest.mark.slow
async def test_it_runs_on_postgresql_alone_and_stops(
    tmp_path: Path, discord: Discord, channel: Channel, web: Web, postgres: Postgres
) -> None:
    show(web, ("Trade talks begin in Japan", "/1", 60))
    url = postgres.create()
    secret = url.replace("postgres:@", "postgres:canary@")  # trusted, whatever the password
    settings = {**watching(tmp_path, web), "database": secret}
    try:
        async with Bot(tmp_path, discord, **settings) as bot:
            assert await bot.ended() == CONFIGURATION
            assert "run `dateline migrate`" in plain(bot)
        async with Bot(tmp_path, None, "migrate", **settings) as bot:
            assert await bot.ended() == 0
            assert "canary" not in bot.output
        async with Bot(tmp_path, discord, **settings) as bot:
            await discord.connected()
            count = "SELECT count(*) FROM item"
            await discord.until(lambda: postgres.run(url, count) == [(1,)], seconds=20, what="the first item")
            answer = await discord.interact("news")
            assert "Trade talks begin in Japan" in answer.text
            async with Bot(tmp_path, discord, **settings) as second:
                assert await second.ended() == TRY_LATER
                assert "another `dateline run`" in plain(second)
            # A server that goes away for a moment ends nothing: the loops wait, and the lock is taken again.
            kill = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await asyncio.to_thread(postgres.run, url, kill)
            assert "Trade talks begin in Japan" in (await discord.interact("news")).text
            assert await bot.stopped() == 0
            assert "canary" not in bot.output
    finally:
        postgres.drop(url)
