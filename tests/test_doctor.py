"""`dateline doctor` on sound set-ups and on broken ones: each finding says what to do, and nothing is changed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import discord as library
import pytest

from bot.cli.diagnosis import Finding, Grade, diagnose
from bot.client import PERMISSIONS
from bot.config import Settings
from bot.model import OPERATOR, ChannelId, Criteria, GuildId, Query, Standing
from storage.dialects import migrations
from storage.guilds import Alerts
from storage.sources import Sources
from storage.sqlite import open_sqlite
from tests.discord_double import Discord, Fault, refused
from tests.discord_double_process import Bot, look, rss
from tests.loopback import Web
from tests.support import NOON, new_database, open_folder, source, without_rights

pytestmark = pytest.mark.slow
KNOWN = len(migrations("sqlite"))


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    async with Discord() as double:
        double.everyone = library.Permissions(**dict(PERMISSIONS))
        yield double


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        web.answer("/feed.xml", rss("The Loopback", [("Pact", "/1", 0)], "https://news.example"))
        yield web


@pytest.fixture
async def database(tmp_path: Path, web: Web) -> Path:
    """A memory that watches one feed of the loopback."""
    path = Path(new_database(tmp_path))
    driver = await open_sqlite(path)
    feed = source()
    await Sources(driver).add(OPERATOR, type(feed)(url=web.url("/feed.xml"), outlet=feed.outlet), now=NOON)
    await driver.close()
    return path


def settings(discord: Discord, web: Web, database: Path | str, **changed: Any) -> Settings:
    wanted: dict[str, Any] = {
        "token": discord.token,
        "discord_api": discord.api,
        "database": str(database),
        "allow_private": web.allowed,
        "parsers": 1,
    }
    return Settings(**(wanted | changed))


async def findings(wanted: Settings) -> dict[str, Finding]:
    found = [one async for one in diagnose(wanted)]
    assert all(one.remedy for one in found if one.grade is not Grade.FINE), "each problem has its remedy"
    assert not any("canary" in f"{one.what}{one.remedy}" for one in found), "no finding holds the token"
    return {one.about: one for one in found}


async def test_a_sound_set_up(discord: Discord, web: Web, database: Path) -> None:
    found = await findings(settings(discord, web, database))
    assert {one.about for one in found.values() if one.grade is not Grade.FINE} == set()
    assert set(found) == {"extras", "Discord", "clock", "token", "servers", "database", "disk", "alerts", "sources"}
    assert found["servers"].what == "1, with all permissions"


async def test_no_token(discord: Discord, web: Web, database: Path) -> None:
    found = await findings(settings(discord, web, database, token=None))
    assert found["token"].grade is Grade.BROKEN
    assert "DATELINE_TOKEN" in found["token"].remedy
    assert found["database"].grade is Grade.FINE, "the rest is looked at all the same"


async def test_a_token_that_discord_refuses(discord: Discord, web: Web, database: Path) -> None:
    found = await findings(settings(discord, web, database, token="MTAw.of.another"))
    assert (found["token"].grade, found["token"].what) == (Grade.BROKEN, "Discord refuses the token")
    assert "Reset Token" in found["token"].remedy


async def test_a_discord_in_trouble_and_one_that_is_not_there(discord: Discord, web: Web, database: Path) -> None:
    discord.fault("me", refused(503, 0))
    assert (await findings(settings(discord, web, database)))["token"].what == "Discord answered 503"
    gone = await findings(settings(discord, web, database, discord_api="http://127.0.0.1:9/api"))
    assert gone["Discord"].grade is Grade.BROKEN
    assert "DATELINE_DISCORD_API" in gone["Discord"].remedy


async def test_a_clock_that_is_wrong(discord: Discord, web: Web, database: Path) -> None:
    late = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    me = json.dumps({"id": str(discord.id), "username": "Dateline"})
    discord.fault("me", Fault(status=200, body=me, headers={"Date": late}))
    clock = (await findings(settings(discord, web, database)))["clock"]
    assert clock.grade is Grade.BROKEN
    assert "behind Discord's" in clock.what


async def test_permissions_that_are_missing(discord: Discord, web: Web, database: Path) -> None:
    discord.everyone = library.Permissions(view_channel=True)
    servers = (await findings(settings(discord, web, database)))["servers"]
    assert servers.grade is Grade.WARNING
    assert "The Newsroom: " in servers.what
    assert "send_messages" in servers.what
    assert "oauth2/authorize" in servers.remedy


async def test_a_database_that_is_none_is_of_tomorrow_or_of_yesterday(
    discord: Discord, web: Web, database: Path, tmp_path: Path
) -> None:
    garbage = tmp_path / "garbage.sqlite"
    garbage.write_bytes(b"no database at all")
    found = (await findings(settings(discord, web, garbage)))["database"]
    assert found.grade is Grade.BROKEN
    assert "dateline restore" in found.remedy
    look(database, f"PRAGMA user_version = {KNOWN + 1}")
    found = (await findings(settings(discord, web, database)))["database"]
    assert (found.grade, "newer" in found.remedy) == (Grade.BROKEN, True)
    look(database, "PRAGMA user_version = 3")
    found = (await findings(settings(discord, web, database)))["database"]
    assert "schema is version 3" in found.what
    assert look(database, "PRAGMA user_version") == [(3,)], "it changes nothing"
    nowhere = settings(discord, web, "postgresql://news@localhost:port/news")
    found = (await findings(nowhere))["database"]
    assert ("no PostgreSQL URL" in found.what, "restore" in found.remedy) == (True, False)
    found = (await findings(settings(discord, web, tmp_path / "missing.sqlite")))["database"]
    assert "is not there" in found.what
    assert not (tmp_path / "missing.sqlite").exists()
    look(tmp_path / "shop.sqlite", "CREATE TABLE shopping (what TEXT)")
    found = (await findings(settings(discord, web, tmp_path / "shop.sqlite")))["database"]
    assert ("not Dateline's" in found.what, "name another file" in found.remedy) == (True, True)
    found = (await findings(settings(discord, web, tmp_path / "nowhere" / "news.sqlite")))["database"]
    assert (found.grade, "make it" in found.what) == (Grade.BROKEN, True)
    with open_folder() as folder:
        folder.chmod(0o555)
        with without_rights():
            found = (await findings(settings(discord, web, folder / "news.sqlite")))["database"]
    assert (found.grade, "cannot be written by the user" in found.what) == (Grade.BROKEN, True)


async def test_a_web_that_is_not_reached_and_alerts_that_cannot_post(
    discord: Discord, web: Web, database: Path
) -> None:
    driver = await open_sqlite(database)
    alerts = Alerts(driver)
    rule = await alerts.add(
        guild=GuildId(1), channel=ChannelId(2), query=Query(), criteria=Criteria(), role=None, now=NOON
    )
    await alerts.set_standing(rule.id, Standing.BLOCKED, "I may not post there")
    await driver.close()
    found = await findings(settings(discord, web, database, allow_private=()))
    assert found["sources"].grade is Grade.BROKEN
    assert "private" in found["sources"].what
    assert "1 are blocked (I may not post there)" in found["alerts"].what


async def test_as_a_command_it_says_so_by_its_exit_code(
    discord: Discord, web: Web, database: Path, tmp_path: Path
) -> None:
    given: dict[str, Any] = {"database": str(database), "allow_private": web.allowed}
    async with Bot(tmp_path, discord, "doctor", **given) as fine:
        assert await fine.ended(30) == 0, fine.output
    assert "✔ servers: 1, with all permissions" in fine.output
    async with Bot(tmp_path, discord, "doctor", "--json", **{**given, "token": "MTAw.of.another"}) as broken:
        assert await broken.ended(30) == 1, broken.output
    (line,) = [line for line in broken.output.splitlines() if line.startswith("[")]
    assert {"about": "token", "grade": "broken"}.items() <= json.loads(line)[3].items()
