"""`dateline backup` and `restore`: whole copies beside a running bot, and nothing posted twice after a restore."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ConfigError, SchemaMismatch, StorageError
from bot.model import MessageId, Sent
from storage.backups import back_up, check, put_in_place
from storage.dialects import migrations
from storage.sqlite import SqliteDriver, migrate_file
from tests.discord_double import Channel, Discord
from tests.discord_double_process import Bot, catalogue, look, rss
from tests.loopback import Web
from tests.storage.test_outbox import claim, filed, rule
from tests.support import HeldClock, Stores, brought, new_item, watched

SITE = "https://news.example"
pytestmark = pytest.mark.slow
KNOWN = len(migrations("sqlite"))


def told(bot: Bot) -> str:
    """What a command printed, without its log."""
    return bot.output.strip().splitlines()[-1]


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def ran(folder: Path, *arguments: str, code: int = 0, **settings: str | None) -> str:
    async with Bot(folder, None, *arguments, **settings) as bot:
        assert await bot.ended(30) == code, bot.output
        return told(bot)


async def test_a_copy_is_whole_and_the_oldest_go(tmp_path: Path, sqlite_driver: SqliteDriver) -> None:
    database, stores = Path(sqlite_driver.path), Stores.of(sqlite_driver)
    await watched(stores, HeldClock())
    await brought(stores, HeldClock(), *(new_item(f"item {number}") for number in range(50)))
    copy = tmp_path / "copy.sqlite"
    assert await back_up(database, copy) == copy.stat().st_size > 100_000
    assert look(copy, "SELECT count(*) FROM item") == [(50,)]
    assert look(copy, "PRAGMA journal_mode") == [("delete",)], "one file: nothing of it stands in a log"
    assert await check(copy) == KNOWN
    with pytest.raises(ConfigError, match="is there already"):
        await back_up(database, copy)
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "dateline-of-mine.sqlite").touch()
    for old in ("20250101T000000Z", "20250102T000000Z", "20250103T000000Z"):
        (folder / f"dateline-{old}.sqlite").touch()
    said = json.loads(await ran(tmp_path, "backup", str(folder), "--keep", "2", "--json", database=str(database)))
    assert len(said["dropped"]) == 2
    assert names(folder) == [
        "dateline-20250103T000000Z.sqlite",
        Path(said["file"]).name,
        "dateline-of-mine.sqlite",
    ]


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (lambda file: file.write_bytes(b"no database"), StorageError, "no SQLite database"),
        (
            lambda file: look(file, f"PRAGMA user_version = {KNOWN + 1}"),
            SchemaMismatch,
            "upgrade Dateline",
        ),
        (lambda file: spoilt(file), StorageError, "damaged"),
        (lambda file: file.unlink(), ConfigError, "no file"),
    ],
)
async def test_what_is_not_whole_is_not_put_back_and_what_is_there_stays(
    tmp_path: Path, spoil: Any, error: type[Exception], said: str
) -> None:
    database, copy = tmp_path / "news.sqlite", tmp_path / "copy.sqlite"
    for file in (database, copy):
        await migrate_file(file)
        look(file, "PRAGMA journal_mode = DELETE")
    before = database.read_bytes()
    spoil(copy)
    with pytest.raises(error, match=said):
        await put_in_place(copy, database, aside=tmp_path / "aside")
    assert database.read_bytes() == before
    assert set(names(tmp_path)) - {"copy.sqlite"} == {"news.sqlite"}


def spoilt(file: Path) -> None:
    """Overwrite what stands behind the schema."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 8_192] = b"\xff" * 8_192
    file.write_bytes(content)


@pytest.mark.parametrize("spoil", [spoilt, lambda file: file.write_bytes(b"no database")])
async def test_a_copy_takes_the_place_of_a_memory_that_is_damaged(tmp_path: Path, spoil: Any) -> None:
    database, copy, aside = tmp_path / "news.sqlite", tmp_path / "copy.sqlite", tmp_path / "aside"
    await migrate_file(database)
    await back_up(database, copy)
    spoil(database)
    with pytest.raises(StorageError, match=r"news\.sqlite is damaged"):
        await back_up(database, tmp_path / "late.sqlite")
    before = database.read_bytes()
    assert await put_in_place(copy, database, aside=aside)
    assert await check(database) == KNOWN
    assert aside.read_bytes() == before
    assert names(tmp_path) == ["aside", "copy.sqlite", "news.sqlite"]


async def test_what_stood_in_the_log_alone_is_kept_with_what_was_there(tmp_path: Path) -> None:
    live, database = tmp_path / "live.sqlite", tmp_path / "news.sqlite"
    await migrate_file(live)
    await back_up(live, tmp_path / "copy.sqlite")
    with contextlib.closing(sqlite3.connect(live, isolation_level=None)) as connection:
        connection.execute("INSERT INTO meta (name, value) VALUES ('late', 'yes')")
        for ending in ("", "-wal"):  # as a crash leaves them
            shutil.copyfile(f"{live}{ending}", f"{database}{ending}")
    assert await put_in_place(tmp_path / "copy.sqlite", database, aside=tmp_path / "aside")
    asked = "SELECT value FROM meta WHERE name = 'late'"
    assert (look(database, asked), look(tmp_path / "aside", asked)) == ([], [("yes",)])


async def test_a_memory_put_back_polls_silently_and_looks_before_it_sends(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await filed(stores, clock, [await rule(stores)], "Pact", "Trade")
    await stores.sources.read_anew()
    await stores.deliveries.doubt_all()
    (one,) = await claim(stores, clock)
    assert one.doubt_since is not None
    assert (clock.now() - one.doubt_since).total_seconds() >= 600, "no nonce counts any more"
    await stores.deliveries.finish(one, Sent(message=MessageId(9)), now=clock.now())
    stored = await brought(stores, clock, new_item("Since"))
    assert stored.silent
    assert [each.item.title for each in await stores.news.unfiled(9) if not each.silent] == []


async def test_after_a_restore_nothing_is_posted_twice_and_news_goes_on(
    tmp_path: Path, discord: Discord, channel: Channel
) -> None:
    async with Web() as web:
        now = int(time.time())

        def show(*titles: str) -> None:
            items = [(title, f"/{title[-1]}", now - 60) for title in titles]
            web.answer("/feed.xml", rss("The Loopback", items, SITE))

        watching = {
            "catalogue": catalogue(tmp_path, ("The Loopback", web.url("/feed.xml"))),
            "allow_private": web.allowed,
        }
        show("Old 0")
        async with Bot(tmp_path, discord, **watching) as bot:
            await discord.until(lambda: discord.commands, what="the commands")
            await discord.until(
                lambda: look(bot.database, "SELECT count(*) FROM item") == [(1,)], what="the first item"
            )
            await discord.interact("alert add", channel=channel.id)
            poll(bot)
            show("New 1", "Old 0")
            await discord.until(lambda: len(discord.posted(channel)) == 1, what="the first alert")
            await ran(tmp_path, "backup", str(tmp_path / "copy.sqlite"), database=str(bot.database))
            show("New 2", "New 1", "Old 0")
            poll(bot)
            await discord.until(lambda: len(discord.posted(channel)) == 2, what="the second alert")
            refused = await ran(
                tmp_path, "restore", str(tmp_path / "copy.sqlite"), "--replace", code=75, database=str(bot.database)
            )
            assert "another `dateline run`" in refused
            assert await bot.stopped() == 0
        refused = await ran(tmp_path, "restore", str(tmp_path / "copy.sqlite"), code=78, database=str(bot.database))
        assert "--replace" in refused
        done = await ran(tmp_path, "restore", str(tmp_path / "copy.sqlite"), "--replace", database=str(bot.database))
        assert "what was there is" in done
        (aside,) = [name for name in names(tmp_path) if name.startswith("news.sqlite.before-")]
        assert look(tmp_path / aside, "SELECT count(*) FROM item") == [(3,)]
        assert look(bot.database, "SELECT count(*) FROM item") == [(2,)]
        poll(bot)
        async with Bot(tmp_path, discord, **watching) as again:
            await discord.until(
                lambda: look(again.database, "SELECT count(*) FROM item") == [(3,)], what="the silent poll"
            )
            show("New 3", "New 2", "New 1", "Old 0")
            poll(again)
            await discord.until(lambda: len(discord.posted(channel)) == 3, what="the third alert")
            assert await again.stopped() == 0
        assert [each.text.split("[")[1][:5] for each in discord.posted(channel)] == ["New 1", "New 2", "New 3"]


def poll(bot: Bot) -> None:
    """Have every feed be due at once."""
    look(bot.database, "UPDATE feed SET due_at = 0")
