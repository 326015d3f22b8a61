"""One side of a copy in SQLite: rows read and written by the thousand. Another door to aiosqlite.

The statements of a table are made here, from the names that the schema itself says: there would be sixty, alike but for
those names, and one forgotten would lose a column. Never: such a statement elsewhere, or a name from outside in one.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite

from bot.errors import ConfigError
from storage.copying import BATCH, Table
from storage.places import check_place
from storage.sqlite import (
    BUSY_TIMEOUT_S,
    SqliteStatements,
    is_half_copied,
    migrate,
    queries,
    schema_version,
    wrapped,
)

HIDDEN_KEY = {"item_text": {"item_id": "rowid"}}
"""Columns that SQLite calls otherwise: FTS5 has no key of its own."""


class SqliteEnd:
    """A database file, on a connection of the copy's own."""

    takes_nul = True

    def __init__(self, connection: aiosqlite.Connection, path: str) -> None:
        self.name = path
        self.db = SqliteStatements(connection, queries(), path)
        self._connection = connection
        self._triggers: dict[str, list[tuple[str, str]]] | None = None

    async def version(self) -> int:
        with self._told():
            return await schema_version(self._connection)

    async def half_copied(self) -> bool:
        with self._told():
            return await is_half_copied(self._connection)

    async def begin_reading(self) -> None:
        with self._told():
            await self._connection.execute_fetchall("PRAGMA query_only = ON")
            await self._connection.execute_fetchall("BEGIN")
            await self.version()  # the first read says which moment is seen

    async def begin_writing(self) -> None:
        with self._told():
            for pragma in (
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = NORMAL",  # a power cut undoes the last batches whole; their notes go with them
                "PRAGMA foreign_keys = OFF",  # the source kept them, and the tables come in any order
                "PRAGMA cache_size = -200000",
                "PRAGMA wal_autocheckpoint = 16000",
            ):
                await self._connection.execute_fetchall(pragma)
            if not await self.version():
                await migrate(self._connection, self.name)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        with self._told():
            await self._connection.execute_fetchall("BEGIN IMMEDIATE")
            try:
                yield
                await self._connection.execute_fetchall("COMMIT")
            except BaseException:
                await asyncio.shield(self._connection.execute_fetchall("ROLLBACK"))
                raise

    async def count(self, table: Table) -> int:
        with self._told():
            ((rows,),) = await self._connection.execute_fetchall(f"SELECT count(*) FROM {table.name}")  # noqa: S608
        return int(rows)

    async def rows(
        self, table: Table, after: Sequence[Any] | None = None, *, ordered: bool = True
    ) -> AsyncIterator[list[tuple[Any, ...]]]:
        names = HIDDEN_KEY.get(table.name, {})
        columns = ", ".join(names.get(column, column) for column in table.columns)
        key = ", ".join(names.get(column, column) for column in table.key)
        beyond = f" WHERE ({key}) > ({', '.join('?' * len(table.key))})" if after is not None else ""
        order = f" ORDER BY {key}" if ordered else ""
        with self._told():
            cursor = await self._connection.execute(
                f"SELECT {columns} FROM {table.name}{beyond}{order}",  # noqa: S608
                tuple(after or ()),
            )
            try:
                while batch := [tuple(row) for row in await cursor.fetchmany(BATCH)]:
                    yield batch
            finally:
                await cursor.close()

    async def insert(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        with self._told():
            triggers = (await self._all_triggers()).get(table.name, [])
            for name, _ in triggers:  # what they would do was done in the source
                await self._connection.execute_fetchall(f"DROP TRIGGER {name}")
            names = HIDDEN_KEY.get(table.name, {})
            columns = ", ".join(names.get(column, column) for column in table.columns)
            marks = ", ".join("?" * len(table.columns))
            await self._connection.executemany(
                f"INSERT INTO {table.name} ({columns}) VALUES ({marks})",  # noqa: S608
                rows,
            )
            for _, definition in triggers:
                await self._connection.execute_fetchall(definition)

    async def derive(self) -> None:
        """FTS5 has indexed each text as it came."""

    async def run(self, statement: str) -> None:
        with self._told():
            await self._connection.execute_fetchall(statement)

    async def settle(self, tables: Sequence[Table]) -> None:
        """Statistics are not needed: the queries say themselves in which order SQLite joins."""
        await self.run("PRAGMA synchronous = FULL")

    async def _all_triggers(self) -> dict[str, list[tuple[str, str]]]:
        if self._triggers is None:
            self._triggers = {}
            for row in await self.db.fetch("triggers"):
                self._triggers.setdefault(row["table_name"], []).append((row["name"], row["definition"]))
        return self._triggers

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise wrapped(error, self.name) from error


@asynccontextmanager
async def opened(path: str, *, source: bool) -> AsyncIterator[SqliteEnd]:
    """Open a database file; a target may be missing, and is made.

    Raises `ConfigError` where nothing can be there.
    """
    file = Path(path)
    await asyncio.to_thread(check_place, file)
    there = await asyncio.to_thread(file.is_file)
    if source and not there:
        raise ConfigError(f"there is no database {path} to copy")
    try:
        async with aiosqlite.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S) as connection:
            connection.row_factory = sqlite3.Row
            yield SqliteEnd(connection, path)
    except sqlite3.Error as error:
        raise wrapped(error, path) from error
    finally:
        if not there:
            await asyncio.to_thread(_without_empty, file)


def _without_empty(file: Path) -> None:
    """Remove a file that SQLite made and nothing was written to."""
    if file.is_file() and file.stat().st_size == 0:
        file.unlink()
