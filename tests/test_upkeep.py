"""A look at the database at the start, and free space given back."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import AlreadyRunning, ConfigError, StorageError
from storage import backups
from storage.opening import run_lock
from storage.upkeep import looked_through, vacuumed
from tests.databases import Postgres
from tests.discord_double import Discord
from tests.discord_double_process import Bot
from tests.support import new_database


def filled(folder: Path, rows: int = 3_000) -> Path:
    """A memory with much in it that is gone again."""
    path = new_database(folder)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO kept_query (query) VALUES (?)", [(f"{number}" * 200,) for number in range(rows)]
        )
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM kept_query WHERE id > 10")
    return path


def spoiled(path: Path) -> None:
    """Write over some pages, but the first: that of the schema."""
    with path.open("r+b") as file:
        file.seek(4 * 4096)
        file.write(b"\xff" * 40_000)


async def test_a_whole_file_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    path = filled(tmp_path)
    assert await looked_through(str(path), seconds=30) is True
    assert await looked_through(str(path), seconds=0) is None
    assert await looked_through(str(tmp_path / "none.sqlite"), seconds=30) is None
    spoiled(path)
    with pytest.raises(StorageError, match=r"(?s)is damaged .*restore a backup"):
        await looked_through(str(path), seconds=30)


async def test_the_look_ends_when_its_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "LOOK_EVERY", 1)
    assert await looked_through(str(filled(tmp_path)), seconds=1e-9) is None


@pytest.mark.slow
async def test_a_bot_with_a_damaged_memory_says_so_and_does_not_start(tmp_path: Path, discord: Discord) -> None:
    spoiled(filled(tmp_path))
    async with Bot(tmp_path, discord) as bot:
        assert await bot.ended(20) == 1
        assert "dateline: " in bot.output
        assert "is damaged" in bot.output


async def test_free_pages_are_given_back_and_nothing_else_goes(tmp_path: Path) -> None:
    path = filled(tmp_path)
    before, after = await vacuumed(str(path))
    assert after < before / 2
    assert path.stat().st_size == after
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM kept_query").fetchone() == (10,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert await looked_through(str(path), seconds=30) is True


async def test_not_while_the_bot_runs_and_not_where_there_is_nothing(tmp_path: Path) -> None:
    path = filled(tmp_path)
    async with run_lock(str(path)):
        with pytest.raises(AlreadyRunning):
            await vacuumed(str(path))
    with pytest.raises(ConfigError, match="there is no database"):
        await vacuumed(str(tmp_path / "none.sqlite"))


@pytest.mark.slow
async def test_postgresql_is_vacuumed_beside_a_running_bot(postgres: Postgres) -> None:
    with postgres.migrated() as url:
        async with run_lock(url):
            before, after = await vacuumed(url)
        assert min(before, after) > 1_000_000
        assert postgres.run(url, "SELECT count(*) FROM pg_stat_user_tables WHERE last_vacuum IS NULL") == [(0,)]


async def test_as_a_command(tmp_path: Path) -> None:
    async with Bot(tmp_path, None, "vacuum", "--json") as bot:
        assert await bot.ended(20) == 78, "there is none yet"
    filled(tmp_path)
    async with Bot(tmp_path, None, "vacuum", "--json") as bot:
        assert await bot.ended(20) == 0
        said = json.loads(bot.output)
        assert said["after"] < said["before"]
