"""Copies of an SQLite database: made while it is in use, looked at, and put in its place. Another door to aiosqlite.

A copy is one file without a log beside it, whole (`PRAGMA integrity_check`) and on the disk before it has its name.
Never: a file that is overwritten before its successor is whole, or one that is deleted.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiosqlite

from bot.errors import ConfigError, ForeignDatabase, SchemaMismatch, StorageError
from storage.dialects import migrations
from storage.places import check_file, check_place, check_target, check_way, unusable
from storage.sqlite import BUSY_TIMEOUT_S, schema_version, wrapped

LOOK_EVERY = 10_000
"""Instructions of SQLite's machine between two looks at the time: some milliseconds."""


async def back_up(database: Path, target: Path) -> int:
    """Copy a database, in use or not, into a new file; its size in bytes.

    Raises `ConfigError` where there is no database or the target cannot be, `StorageError` where a copy is not whole.
    """
    if not await asyncio.to_thread(_is_file, database):
        raise ConfigError(f"there is no database {database} to back up: set DATELINE_DATABASE")
    await asyncio.to_thread(check_target, target)
    if await asyncio.to_thread(target.exists):
        raise ConfigError(f"{target} is there already: give another name")
    await check(database, thorough=False)
    return await _copy(database, target)


async def put_in_place(backup: Path, database: Path, *, aside: Path) -> bool:
    """Let a copy be the database; the one that is there goes `aside`. Whether there was one. Nobody may use either.

    Raises as `check`; what is there is touched only when the new file is whole and on the disk, and need not be whole.
    """
    await check(backup, thorough=False)
    part = database.with_name(f"{database.name}.restored")
    await _copy(backup, part)
    try:
        return await asyncio.to_thread(_exchange, database, part, aside)
    except OSError as error:
        raise unusable(database, error) from error


def _exchange(database: Path, new: Path, aside: Path) -> bool:
    there = database.is_file()
    for ending in ("-wal", "-shm", ""):  # a log belongs to its file, by the name
        file = Path(f"{database}{ending}")
        if file.exists():
            file.replace(f"{aside}{ending}")
    new.replace(database)
    _sync_folder(database.parent)
    return there


async def check(path: Path, *, thorough: bool = True, named: Path | None = None) -> int:
    """The version of a database's schema, where the file is whole and this program can serve it.

    `named` is what errors call it, where that is another file, of which this is a copy.
    Raises `ConfigError` for no such file, `SchemaMismatch` for another program's or a newer one's, else `StorageError`.
    """
    name = named or path
    if not await asyncio.to_thread(_is_file, path):
        raise ConfigError(f"there is no file {name}")
    await asyncio.to_thread(check_file, path, writes=False)
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(_opened(path))
            version = await schema_version(connection)
            if version == 0:
                raise ForeignDatabase(f"{name} holds no memory of Dateline's")
            if version > (known := len(migrations("sqlite"))):
                raise SchemaMismatch(
                    f"{name} has a schema of version {version}, this program serves up to {known}: "
                    "upgrade Dateline first"
                )
            if thorough:
                (found,) = [row[0] for row in await connection.execute_fetchall("PRAGMA integrity_check(1)")]
                if found != "ok":
                    raise StorageError(f"{name} is damaged ({found}): use another backup")
        except sqlite3.Error as error:
            raise wrapped(error, str(name)) from error
    return version


async def is_whole(path: Path, *, seconds: float) -> bool | None:
    """Whether a database is whole, by `PRAGMA quick_check`; None where that would take longer.

    It reads every page once, and leaves out what `integrity_check` compares besides: indexes with their tables. Raises
    `StorageError` for one that is damaged.
    """
    ends = time.monotonic() + seconds
    try:
        async with _opened(path) as connection:
            await connection.set_progress_handler(lambda: time.monotonic() > ends, LOOK_EVERY)
            (found,) = [row[0] for row in await connection.execute_fetchall("PRAGMA quick_check(1)")]
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", None) == "SQLITE_INTERRUPT":
            return None
        raise wrapped(error, str(path)) from error
    if found != "ok":
        raise StorageError(f"{path} is damaged ({found}): restore a backup (dateline restore FILE --replace)")
    return True


async def rewrite(path: Path) -> tuple[int, int]:
    """Write a database anew, without its free pages; its size before and after. Nobody may use it meanwhile.

    Raises as `check`, and as `wrapped` says: with a full disk the file stays as it was.
    """
    if not await asyncio.to_thread(_is_file, path):
        raise ConfigError(f"there is no database {path}: set DATELINE_DATABASE")
    await asyncio.to_thread(check_place, path)
    await check(path, thorough=False)
    before = (await asyncio.to_thread(path.stat)).st_size
    try:
        async with _opened(path) as connection:
            await connection.execute_fetchall("VACUUM")
            await connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise wrapped(error, str(path)) from error
    return before, (await asyncio.to_thread(path.stat)).st_size


def _is_file(path: Path) -> bool:
    check_way(path)
    return path.is_file()


def _opened(path: Path) -> aiosqlite.Connection:
    return aiosqlite.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S)


async def _copy(source: Path, target: Path) -> int:
    """Copy one database into a new file, all at one moment: readers and the writer of WAL do not wait for it."""
    part = target.with_name(f"{target.name}.part")
    try:
        await asyncio.to_thread(part.unlink, missing_ok=True)
        async with _opened(source) as read, _opened(part) as written:
            await read.backup(written)
            await written.execute_fetchall("PRAGMA journal_mode = DELETE")
        await check(part, named=source)
        return await asyncio.to_thread(_name, part, target)
    except sqlite3.Error as error:
        raise wrapped(error, str(target)) from error
    except OSError as error:
        raise ConfigError(f"{target} cannot be written ({error.strerror}): choose another place") from error
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)


def _name(part: Path, target: Path) -> int:
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    _sync_folder(target.parent)
    return target.stat().st_size


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
