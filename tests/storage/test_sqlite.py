from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import pwd
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from bot.errors import ConfigError, ForeignDatabase, SchemaMismatch, StorageError, StorageUnavailable
from bot.model import OPERATOR, Criteria, GuildId, primary_language
from storage.backups import back_up, check, rewrite
from storage.opening import run_lock
from storage.sqlite import SqliteDriver, migrate_file, migrations, open_sqlite, queries
from tests.support import Stores, open_folder, without_rights


async def test_a_new_file_is_migrated_and_an_old_one_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "news.sqlite"
    for _ in range(2):
        driver = await open_sqlite(path)
        async with driver.read() as db:
            salt = await db.first("salt")
        await driver.close()
        assert salt is not None
        kept = salt["value"]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(migrations()),)
        assert connection.execute("SELECT value FROM meta WHERE name = 'salt'").fetchone() == (kept,)
    connection.close()


async def test_every_query_is_prepared_against_a_fresh_database(tmp_path: Path) -> None:
    path = tmp_path / "news.sqlite"
    await (await open_sqlite(path)).close()
    connection = sqlite3.connect(path)
    for name, text in queries().items():
        assert ";" not in text.rstrip().rstrip(";"), name
        parameters = dict.fromkeys(__import__("re").findall(r"(?<!:):([a-z_]+)", text))
        connection.execute(f"EXPLAIN {text}", parameters)
    connection.close()


async def test_a_newer_schema_is_refused_naming_both_versions(tmp_path: Path) -> None:
    path = tmp_path / "news.sqlite"
    await (await open_sqlite(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(SchemaMismatch, match=rf"version 99, this program serves up to {len(migrations())}"):
        await open_sqlite(path)
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_of_ours_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.sqlite"
    path.write_text("a shopping list, long enough to be taken for the header of a file" * 20)
    with pytest.raises(StorageError, match="no SQLite database"):
        await open_sqlite(path)


@pytest.mark.parametrize("told", ["user_version = 0", "user_version = 7", "application_id = 252006674"])
async def test_another_programs_database_is_refused_as_it_was(tmp_path: Path, told: str) -> None:
    other = tmp_path / "other.sqlite"
    with contextlib.closing(sqlite3.connect(other)) as connection:
        connection.executescript(f"CREATE TABLE shopping (what TEXT); PRAGMA {told};")
    before = other.read_bytes()
    for use in (open_sqlite, migrate_file, check, rewrite):
        with pytest.raises(ForeignDatabase, match=r"other\.sqlite .*not Dateline's|holds no memory of Dateline's"):
            await use(other)
    assert other.read_bytes() == before, "not even WAL is chosen"
    assert os.listdir(tmp_path) == ["other.sqlite"]


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "news.sqlite"
    with pytest.raises(ConfigError, match="nowhere"):
        await open_sqlite(path)
    with pytest.raises(ConfigError, match="nowhere"):
        async with run_lock(str(path)):
            pass
    await migrate_file(tmp_path / "news.sqlite")
    with pytest.raises(ConfigError, match=r"the folder .*nowhere is not there: make it, or choose another place"):
        await back_up(tmp_path / "news.sqlite", path)


async def locked(path: Path) -> None:
    async with run_lock(str(path)):
        pass


async def test_what_another_user_may_not_use_names_the_file_its_owner_and_the_remedy() -> None:
    owner = pwd.getpwuid(os.geteuid()).pw_name
    with open_folder() as folder:
        path = folder / "news.sqlite"
        await open_and_close(path)
        folder.chmod(0o555)
        path.chmod(0o444)
        for use in (open_and_close, migrate_file, rewrite, locked):
            with (
                without_rights(),
                pytest.raises(ConfigError, match=rf"{path} cannot be written by .*{owner}: .*ch(mod|own)"),
            ):
                await use(path)
        with without_rights(), pytest.raises(ConfigError, match=rf"the folder {folder} cannot be written by .*{owner}"):
            await back_up(path, folder / "copy.sqlite")
        with without_rights(), pytest.raises(ConfigError, match=rf"the folder {folder} .*or set DATELINE_DATABASE"):
            await locked(folder / "new.sqlite")
        path.chmod(0)
        with without_rights(), pytest.raises(ConfigError, match=rf"{path} cannot be read by the user"):
            await check(path)
        folder.chmod(0)
        for look in (open_and_close, check, locked):
            with without_rights(), pytest.raises(ConfigError, match=rf"the folder {folder} cannot be entered by the"):
                await look(path)


async def test_a_database_is_shared_with_the_process_that_made_its_log_where_the_folder_is_not_ours() -> None:
    with open_folder() as folder:
        path = folder / "news.sqlite"
        first = await open_sqlite(path)
        for file in folder.iterdir():
            file.chmod(0o666)
        folder.chmod(0o555)
        with without_rights():
            await open_and_close(path)
        await first.close()


async def test_a_lock_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "news.sqlite.lock").mkdir()
    with pytest.raises(ConfigError, match=r"news\.sqlite\.lock cannot be written \(Is a directory\), and belongs to"):
        await locked(tmp_path / "news.sqlite")


async def open_and_close(path: Path) -> None:
    await (await open_sqlite(path)).close()


async def test_a_failed_block_writes_nothing(sqlite_driver: SqliteDriver) -> None:
    async def fail() -> None:
        async with sqlite_driver.write() as db:
            await db.fetch("take_seat", name="desk", holder="a", until=10, now=0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with sqlite_driver.read() as db:
        assert await db.first("seat_term", name="desk") is None
    async with sqlite_driver.write() as db:
        await db.fetch("take_seat", name="desk", holder="a", until=10, now=0)
    async with sqlite_driver.read() as db:
        assert await db.first("seat_term", name="desk") is not None


async def test_a_full_disk_is_told_and_nothing_stored_is_lost(sqlite_driver: SqliteDriver) -> None:
    async with sqlite_driver.write() as db:
        await db.fetch("take_seat", name="kept", holder="a", until=10, now=0)
    ((pages,),) = await sqlite_driver._writer.execute_fetchall("PRAGMA page_count")
    # SQLite's own limit gives the very error of a full disk.
    await sqlite_driver._writer.execute_fetchall(f"PRAGMA max_page_count = {pages}")

    async def fill() -> None:
        async with sqlite_driver.write() as db:
            for number in range(10_000):
                await db.fetch("take_seat", name=f"seat {number}", holder="a" * 500, until=10, now=0)

    with pytest.raises(StorageUnavailable, match="full"):
        await fill()
    async with sqlite_driver.read() as db:
        assert await db.first("seat_term", name="kept") is not None
    await sqlite_driver._writer.execute_fetchall("PRAGMA max_page_count = 1000000")
    async with sqlite_driver.write() as db:
        await db.fetch("take_seat", name="later", holder="a", until=10, now=0)


async def test_an_old_memory_is_migrated_to_what_a_new_one_would_hold(tmp_path: Path) -> None:
    """Items stored by the first schema are found, counted and retagged like those of the present one."""
    path = tmp_path / "old.sqlite"
    first = migrations()[0]
    with sqlite3.connect(path) as db:
        db.executescript(f"{first.sql}\nPRAGMA user_version = 1;")
        db.execute("INSERT INTO meta VALUES ('migration 1', ?)", (first.checksum,))
        db.execute(
            "INSERT INTO tag (kind, slug) VALUES ('all', ''), ('topic', 'trade'), ('country', 'JP'), ('country', 'PH')"
        )
        taggings = json.dumps(
            [
                ["topic", "trade", "subject", 0.9, ["trade"]],
                ["country", "JP", "subject", 0.8, ["Japan"]],
                ["country", "PH", "mention", 0.1, ["Manila"]],
            ]
        )
        for scope, item in ((0, 1 << 20), (111, 2 << 20)):
            db.execute(
                "INSERT INTO item (id, home, outlet, outlet_country, title, url, summary, language, category,"
                " taggings, first_seen_at, state)"
                " VALUES (?, ?, 'The Example', 'GB', 'Old', NULL, '', ?, 'General', ?, 0, 1)",
                (item, scope, "pt-br" if scope else "PT", taggings),
            )
            db.execute("INSERT INTO item_text (rowid, terms) VALUES (?, 'old')", (item,))
            for tag in (1, 2, 3, 4):
                db.execute("INSERT INTO item_tag VALUES (?, ?, ?)", (scope, tag, item))
                db.execute("INSERT INTO tag_count VALUES (?, ?, 1)", (scope, tag))
            for country in (3, 4):
                db.execute("INSERT INTO pair_count VALUES (?, 2, ?, 1)", (scope, country))
    db.close()
    driver = await open_sqlite(path)
    try:
        stores = Stores.of(driver)
        here = GuildId(111)
        for criteria, everybody, server in (
            (Criteria(country="JP"), 1, 2),
            (Criteria(country="PH"), 0, 0),
            (Criteria(country="PH", mentions=True), 1, 2),
            (Criteria(tag="trade", country="JP"), 1, 2),
            (Criteria(tag="trade", country="PH"), 0, 0),
            (Criteria(outlet_country="GB"), 1, 2),
            (Criteria(language="pt"), 1, 2),
            (Criteria(language="en"), 0, 0),
        ):
            for guild, items in ((OPERATOR, everybody), (here, server)):
                assert await stores.news.count(criteria, guild=guild, until=None, limit=9) == items, criteria
                found = await stores.news.find(criteria, guild=guild, until=None, offset=0, limit=9)
                assert len(found) == items, criteria
        assert await stores.tags.count_stale("anything") == 2
    finally:
        await driver.close()


async def test_the_migration_folds_languages_as_the_program_does(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    tags = ["en", "EN-gb", "zh_Hant_TW", "nb", "nn-no", "tl", "cmn", "iw", "in", "ji", "fil", "kik", "", "-x", None]
    before = list(itertools.takewhile(lambda migration: migration.name != "languages", migrations()))
    with sqlite3.connect(path) as db:
        for migration in before:
            db.executescript(f"{migration.sql}\nPRAGMA user_version = {migration.version};")
            db.execute("INSERT INTO meta VALUES (?, ?)", (f"migration {migration.version}", migration.checksum))
        db.execute("INSERT INTO tag (kind, slug) VALUES ('all', '')")
        for number, language in enumerate(tags, 1):
            db.execute(
                "INSERT INTO item (id, home, outlet, title, summary, language, category, taggings, first_seen_at,"
                " state) VALUES (?, 0, 'The Example', 'Old', '', ?, 'General', '[]', 0, 1)",
                (number << 20, language),
            )
            db.execute("INSERT INTO item_tag VALUES (0, 1, ?)", (number << 20,))
    db.close()
    driver = await open_sqlite(path)
    try:
        stores = Stores.of(driver)
        wanted = Counter(primary_language(tag) for tag in tags)
        for language, items in wanted.items():
            if language is not None:
                counted = await stores.news.count(Criteria(language=language), guild=OPERATOR, until=None, limit=99)
                found = await stores.news.find(
                    Criteria(language=language), guild=OPERATOR, until=None, offset=0, limit=99
                )
                assert (counted, len(found)) == (items, items), language
    finally:
        await driver.close()


@pytest.mark.parametrize("way", ["write", "read"])
async def test_a_transaction_cancelled_as_it_begins_is_not_left_open(sqlite_driver: SqliteDriver, way: str) -> None:
    async def touched() -> None:
        async with getattr(sqlite_driver, way)() as db:
            await db.first("rules_version")

    for _ in range(30):
        begun = asyncio.create_task(touched())
        await asyncio.sleep(0)  # the lock is taken, BEGIN is with the connection's thread
        begun.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await begun
        await touched()


@pytest.mark.parametrize("door", ["read", "glance"])
async def test_who_still_reads_while_it_is_closed_is_told_so(tmp_path: Path, door: str) -> None:
    driver = await open_sqlite(tmp_path / "news.sqlite")

    async def reading() -> None:
        async with getattr(driver, door)() as db:
            assert await db.first("salt") is not None
            await driver.close()
            await db.first("salt")

    with pytest.raises(StorageUnavailable, match="is closed"):
        await reading()


async def test_who_is_cancelled_while_it_is_closed_is_cancelled(tmp_path: Path) -> None:
    driver = await open_sqlite(tmp_path / "news.sqlite")

    async def reading() -> None:
        async with driver.read():
            await driver.close()
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await reading()


async def test_the_next_due_time_is_looked_up_by_its_key(tmp_path: Path) -> None:
    """At each claim of feeds: reading all of them would hold the loop up where there are many."""
    path = tmp_path / "news.sqlite"
    await (await open_sqlite(path)).close()
    connection = sqlite3.connect(path)
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {queries()['next_feed_due']}")]
    of_feeds = [step for step in steps if " feed" in step]
    assert of_feeds
    assert all("INDEX feed_due" in step for step in of_feeds), steps
    connection.close()
