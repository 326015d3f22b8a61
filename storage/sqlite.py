"""SQLite: opening, migrating, transactions. The door to aiosqlite.

One connection writes, each transaction BEGIN IMMEDIATE (a deferred one that reads first fails at its first write with
SQLITE_BUSY_SNAPSHOT, whatever the busy timeout); a few others read, which WAL lets them do meanwhile. Never: a cursor
or an sqlite3 exception that leaves this module.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite

from bot.errors import ForeignDatabase, StorageError, StorageUnavailable
from storage import dialects
from storage.dialects import Migration, newer_schema
from storage.driver import Row
from storage.places import check_place
from storage.rows import dumped, listed

READERS = 2
BUSY_TIMEOUT_S = 5.0
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # FULL: an alert that Discord has must be known as sent after a power cut too (catalogue, P01).
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -8000",
    # A checkpoint rewrites each page once, however often it changed: at 16 MB a busy page is worth its wait.
    "PRAGMA wal_autocheckpoint = 4000",
)
HEAD = """
    SELECT (SELECT file FROM pragma_database_list WHERE name = 'main'), user_version, application_id, tables, ours = 3
    FROM pragma_user_version, pragma_application_id,
        (SELECT count(*) AS tables, count(*) FILTER (WHERE name IN ('meta', 'feed', 'item')) AS ours FROM sqlite_schema)
"""
"""What says whose a database is, all of one moment: another process may be migrating it."""
PASSING = {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY"}


def migrations() -> tuple[Migration, ...]:
    """The migrations of SQLite."""
    return dialects.migrations("sqlite")


def queries() -> Mapping[str, str]:
    """The named queries of SQLite."""
    return dialects.queries("sqlite")


def wrapped(error: sqlite3.Error, path: str) -> StorageError:
    """Our error for one of SQLite's."""
    code: str = getattr(error, "sqlite_errorname", None) or ""
    if code == "SQLITE_FULL":
        return StorageUnavailable(f"the disk that holds {path} is full: free some space; nothing stored is lost")
    if code in ("SQLITE_NOTADB", "SQLITE_CORRUPT") or code.startswith("SQLITE_CORRUPT"):
        return StorageError(f"{path} is damaged or no SQLite database: restore a backup, or name another file")
    if any(code.startswith(passing) for passing in PASSING):
        return StorageUnavailable(f"the database {path} cannot be used now ({error})")
    return StorageError(f"the database {path} refused a statement ({code or type(error).__name__}: {error})")


class SqliteStatements:
    """Named queries on one connection."""

    takes_any = False
    """A walk is of one tag."""

    def __init__(self, connection: aiosqlite.Connection, texts: Mapping[str, str], path: str) -> None:
        self._connection = connection
        self._texts = texts
        self._path = path

    async def fetch(self, name: str, /, **parameters: Any) -> Sequence[Row]:
        try:
            # One hop to the connection's thread: 54 us, where a cursor as context manager takes 130.
            return list(await self._connection.execute_fetchall(self._texts[name], parameters))  # type: ignore[arg-type]
        except sqlite3.Error as error:
            raise wrapped(error, self._path) from error

    async def first(self, name: str, /, **parameters: Any) -> Row | None:
        rows = await self.fetch(name, **parameters)
        return rows[0] if rows else None

    def matching(self, phrases: Sequence[tuple[str, ...]]) -> str | None:
        """JSON: ``match``, for FTS5 (only quoted strings: nothing typed is syntax); ``held``, like `lacking`."""
        match = " AND ".join('"' + " ".join(phrase).replace('"', '""') + '"' for phrase in phrases if phrase)
        return dumped({"match": match, "held": _padded(phrases)}) if match else None

    def share(self, phrases: Sequence[tuple[str, ...]]) -> float:
        """FTS5 keeps no figures that are cheap to read."""
        return 1.0

    def lacking(self, phrases: Sequence[tuple[str, ...]]) -> str | None:
        """A list of phrases as they stand in a text that has a space at either end."""
        return listed(_padded(phrases)) if phrases else None


def _padded(phrases: Sequence[tuple[str, ...]]) -> list[str]:
    return [f" {' '.join(phrase)} " for phrase in phrases if phrase]


class SqliteDriver:
    """One SQLite database file; made by `open_sqlite`."""

    def __init__(
        self,
        path: str,
        writer: aiosqlite.Connection,
        readers: Sequence[aiosqlite.Connection],
        texts: Mapping[str, str],
        stack: AsyncExitStack,
    ) -> None:
        self.path = path
        self._writer = writer
        self._writing = asyncio.Lock()
        self._readers: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        for reader in readers:
            self._readers.put_nowait(reader)
        self._stack = stack
        self._texts = texts
        self._closed = False

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqliteStatements]:
        async with self._writing:
            self._check_open()
            try:
                await self._writer.execute_fetchall("BEGIN IMMEDIATE")
                yield SqliteStatements(self._writer, self._texts, self.path)
                # Cancelled while it commits, the commit still happens: the thread has it. So wait for it.
                await asyncio.shield(self._writer.execute_fetchall("COMMIT"))
            except BaseException as error:
                await asyncio.shield(_undone(self._writer))
                if isinstance(error, sqlite3.Error):
                    raise wrapped(error, self.path) from error
                raise

    def claim(self) -> AbstractAsyncContextManager[SqliteStatements]:
        return self.write()

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[SqliteStatements]:
        async with self._writing:  # a statement alone is a transaction that begins as a writer's does
            self._check_open()
            yield SqliteStatements(self._writer, self._texts, self.path)

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[SqliteStatements]:
        async with self._reader() as reader:
            yield SqliteStatements(reader, self._texts, self.path)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqliteStatements]:
        async with self._reader() as reader:
            try:
                await reader.execute_fetchall("BEGIN")
                yield SqliteStatements(reader, self._texts, self.path)
                await reader.execute_fetchall("ROLLBACK")
            except BaseException as error:
                if not self._closed:  # with its connection the transaction is gone
                    await asyncio.shield(_undone(reader))
                if isinstance(error, sqlite3.Error):
                    raise wrapped(error, self.path) from error
                raise

    async def settle(self) -> None:
        """FTS5 merges as it is written."""

    async def close(self) -> None:
        """Close every connection, after a write that is under way; WAL is folded into the file.

        Whoever comes or still reads then has `StorageUnavailable`.
        """
        async with self._writing:
            self._closed = True
            await self._stack.aclose()

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[aiosqlite.Connection]:
        reader = await self._readers.get()
        try:
            self._check_open()
            yield reader
        except ValueError:  # aiosqlite's word for a connection that was closed meanwhile
            self._check_open()
            raise
        finally:
            self._readers.put_nowait(reader)

    def _check_open(self) -> None:
        if self._closed:
            raise StorageUnavailable(f"the database {self.path} is closed: the program is ending")


async def _undone(connection: aiosqlite.Connection) -> None:
    """End a transaction that went wrong, wherever it stopped.

    Cancelled while it begins, it has not begun yet and will: its thread has the statement. The first one here waits for
    that, as for a commit that is under way.
    """
    await connection.execute_fetchall("SELECT 1")
    try:
        if connection.in_transaction:
            await connection.execute_fetchall("ROLLBACK")
    except sqlite3.OperationalError:  # SQLite may have rolled back by itself: a full disk
        if connection.in_transaction:
            raise


async def _connect(path: str, stack: AsyncExitStack) -> aiosqlite.Connection:
    connection = await stack.enter_async_context(
        aiosqlite.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S, cached_statements=256)
    )
    connection.row_factory = sqlite3.Row
    await served(connection)  # before WAL is chosen, which the file keeps
    for pragma in PRAGMAS:
        await connection.execute_fetchall(pragma)
    return connection


async def schema_version(connection: aiosqlite.Connection) -> int:
    """The version of the schema in the file: 0 where there is none. Raises `ForeignDatabase`; writes nothing."""
    ((file, version, application, tables, ours),) = await connection.execute_fetchall(HEAD)
    if application or (tables and not version) or (version and not ours):
        raise ForeignDatabase(f"{file} is an SQLite database, but not Dateline's: name another file")
    return int(version)


async def is_half_copied(connection: aiosqlite.Connection) -> bool:
    """Whether a database with a schema holds but a part of another."""
    return bool(await connection.execute_fetchall(queries()["recall"], {"name": dialects.COPYING}))


async def served(connection: aiosqlite.Connection) -> int:
    """The version of a schema that this program can serve, or bring to its own. Raises `SchemaMismatch`."""
    version, known = await schema_version(connection), len(migrations())
    if version > known:
        raise newer_schema(version, known)
    return version


async def migrate(connection: aiosqlite.Connection, name: str) -> tuple[int, int]:
    """Bring a database to this program's schema: the versions before and after. Each step is one transaction.

    Raises `ConfigError` for a copy that is not whole, by the `name` that it has for people.
    """
    known = migrations()
    before = await served(connection)
    if before and await is_half_copied(connection):
        raise dialects.half_copied(name)
    for migration in known[before:]:
        # A number and a hexadecimal digest of our own file: nothing from outside is in this statement.
        record = f"INSERT INTO meta (name, value) VALUES ('migration {migration.version}', '{migration.checksum}');"  # noqa: S608
        version = f"PRAGMA user_version = {migration.version};"
        try:
            await connection.executescript(f"BEGIN IMMEDIATE;\n{migration.sql}\n{record}\n{version}\nCOMMIT;")
        except BaseException as error:
            if connection.in_transaction:
                await connection.execute_fetchall("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError) and await schema_version(connection) >= migration.version:
                continue  # another process migrated meanwhile
            raise
    # Part of every delivery's nonce: two databases of one bot must not share nonces.
    await connection.execute_fetchall(
        "INSERT INTO meta (name, value) VALUES ('salt', ?) ON CONFLICT DO NOTHING", (secrets.token_hex(4),)
    )
    return before, len(known)


async def open_sqlite(path: str | Path, *, readers: int = READERS) -> SqliteDriver:
    """Open a database file, made and migrated where need be.

    Raises `ConfigError` where the folder is missing or may not be written, `SchemaMismatch` for a newer schema, other
    `StorageError` for a file that is no database.
    """
    name = str(path)
    await asyncio.to_thread(check_place, Path(name))
    texts = queries()
    stack = AsyncExitStack()
    try:
        writer = await _connect(name, stack)
        await migrate(writer, name)
        reading = [await _connect(name, stack) for _ in range(readers)]
        for reader in reading:
            await reader.execute_fetchall("PRAGMA query_only = ON")
            await reader.execute_fetchall("PRAGMA mmap_size = 134217728")
    except sqlite3.Error as error:
        await stack.aclose()
        raise wrapped(error, name) from error
    except BaseException:
        await stack.aclose()
        raise
    return SqliteDriver(name, writer, reading, texts, stack)


async def migrate_file(path: str | Path) -> tuple[int, int]:
    """Bring a database file to this program's schema, making it where there is none: the versions before and after."""
    await asyncio.to_thread(check_place, Path(path))
    async with AsyncExitStack() as stack:
        try:
            return await migrate(await _connect(str(path), stack), str(path))
        except sqlite3.Error as error:
            raise wrapped(error, str(path)) from error
