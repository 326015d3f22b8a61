"""Which database a name means, the path of an SQLite file or a PostgreSQL URL; and the lock that one `run` holds on it.

Never: a statement, or a table's name: those are the dialects'.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import IO, Protocol

from bot.errors import AlreadyRunning, ConfigError
from storage import dialects
from storage.driver import Driver
from storage.places import check_part, check_place, unusable
from storage.sqlite import migrate_file, open_sqlite

POSTGRES = ("postgres://", "postgresql://")


class Bell(Protocol):
    """Wakes the other processes of a bot, and is woken by them. A shortcut: nothing may hang on it."""

    def ring(self, topic: str) -> None:
        """Tell the others, soon."""
        ...

    async def keep(self) -> None:
        """Ring and listen, until cancelled."""
        ...


def is_postgres(database: str) -> bool:
    """Whether it is the URL of a PostgreSQL database."""
    return database.startswith(POSTGRES)


def name_of(database: str) -> str:
    """The database as messages and logs name it, without user and password."""
    return _postgres().shown(database) if is_postgres(database) else database


async def open_store(database: str) -> Driver:
    """Open a database: an SQLite file is made and migrated where need be, PostgreSQL wants `migrate_store` first.

    Raises `ConfigError` where nothing can be there, `SchemaMismatch` for a schema that this program cannot serve, other
    `StorageError` where it cannot be used.
    """
    if is_postgres(database):
        driver: Driver = await _postgres().open_postgres(database)
        return driver
    return await open_sqlite(database)


async def migrate_store(database: str) -> tuple[int, int]:
    """Bring a database to this program's schema: the versions before and after."""
    if is_postgres(database):
        versions: tuple[int, int] = await _postgres().migrate_postgres(database)
        return versions
    return await migrate_file(database)


@asynccontextmanager
async def run_lock(database: str, *, shared: bool = False) -> AsyncIterator[None]:
    """Hold the database's `run` lock. Raises `AlreadyRunning` where another process has it, or takes it meanwhile,
    `ConfigError` where the file beside the database that is locked cannot be written.

    `shared` is for one process of several, which only PostgreSQL has: beside others such, not beside one that is alone.
    """
    if is_postgres(database):
        async with _session().run_lock(database, taken(name_of(database)), shared=shared):
            yield
    else:
        with _file_lock(database):
            yield


def taken(name: str) -> AlreadyRunning:
    """The error where another process holds the lock."""
    return AlreadyRunning(
        f"another `dateline run` or `poll` uses {name}: stop it first, or set another DATELINE_DATABASE "
        "(several processes share one PostgreSQL database where each has its roles: --only)"
    )


def bell(database: str, heard: Callable[[str], None]) -> Bell:
    """What wakes the other processes of a bot, for a PostgreSQL database."""
    made: Bell = _session().Bell(database, heard)
    return made


def newest_schema(database: str) -> int:
    """The newest schema of such a database that this program knows."""
    return len(dialects.migrations("postgres" if is_postgres(database) else "sqlite"))


@contextlib.contextmanager
def _file_lock(path: str) -> Iterator[None]:
    lock = Path(f"{path}.lock")
    check_place(Path(path))
    check_part(lock)
    try:
        file: IO[str] = open(lock, "a+", encoding="utf-8")  # noqa: SIM115 - held until the process ends
    except OSError as error:
        raise unusable(lock, error) from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise taken(path) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
    finally:
        file.close()


def _session() -> ModuleType:
    _postgres()
    from storage import postgres_session

    return postgres_session


def _postgres() -> ModuleType:
    """The door to PostgreSQL, opened only where it is wanted: its driver is an extra."""
    try:
        from storage import postgres
    except ImportError as error:
        raise ConfigError(
            f"PostgreSQL needs the postgres extra ({error.name} is missing): pip install 'dateline[postgres]'"
        ) from None
    return postgres
