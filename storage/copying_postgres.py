"""One side of a copy in PostgreSQL: rows by its COPY protocol and by cursors.

As in storage/copying_sqlite.py, the statements of a table are made here, from the names that the schema itself says.
Never: such a statement elsewhere, a name from outside in one, or a connection that storage/postgres.py did not make.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from storage.copying import BATCH, Table
from storage.postgres import (
    FAILURES,
    READ,
    PostgresStatements,
    check_server,
    connect,
    is_half_copied,
    migrate_postgres,
    schema_version,
    settled,
    shown,
    wrapped,
)


class PostgresEnd:
    """A database of a server, on a connection of the copy's own."""

    takes_nul = False

    def __init__(self, connection: Any, url: str) -> None:
        self.name = shown(url)
        self.db = PostgresStatements(connection, self.name)
        self._url = url
        self._connection = connection

    async def version(self) -> int:
        with self._told():
            return await schema_version(self._connection)

    async def half_copied(self) -> bool:
        with self._told():
            return await is_half_copied(self._connection)

    async def begin_reading(self) -> None:
        await self.run(READ)

    async def begin_writing(self) -> None:
        if not await self.version():
            await migrate_postgres(self._url)
        # A power cut undoes the last batches whole; their notes go with them.
        await self.run("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        await self.run("BEGIN")
        try:
            yield
            await self.run("COMMIT")
        except BaseException:
            with contextlib.suppress(*FAILURES):
                await settled(self._connection.execute("ROLLBACK"))
            raise

    async def count(self, table: Table) -> int:
        with self._told():
            return int(await self._connection.fetchval(f"SELECT count(*) FROM {table.name}"))  # noqa: S608

    async def rows(
        self, table: Table, after: Sequence[Any] | None = None, *, ordered: bool = True
    ) -> AsyncIterator[list[tuple[Any, ...]]]:
        key = ", ".join(table.key)
        marks = ", ".join(f"${number}" for number in range(1, len(table.key) + 1))
        beyond = f" WHERE ({key}) > ({marks})" if after is not None else ""
        order = f" ORDER BY {key}" if ordered else ""
        with self._told():
            cursor = await self._connection.cursor(
                f"SELECT {', '.join(table.columns)} FROM {table.name}{beyond}{order}",  # noqa: S608
                *(after or ()),
            )
            while batch := await cursor.fetch(BATCH):
                yield [tuple(row) for row in batch]

    async def insert(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        with self._told():
            # What its triggers would do was done in the source. Those of foreign keys stay.
            await self._connection.execute(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
            await self._connection.copy_records_to_table(table.name, records=rows, columns=table.columns)
            await self._connection.execute(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")

    async def derive(self) -> None:
        await self.run("SELECT mark_texts()")

    async def run(self, statement: str) -> None:
        with self._told():
            await self._connection.execute(statement)

    async def settle(self, tables: Sequence[Table]) -> None:
        """Let the planner know what is there, and reads of an index alone know that all may see it."""
        await self.run("SET synchronous_commit = on")
        for table in tables:
            await self.run(f"VACUUM (ANALYZE) {table.name}")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FAILURES as error:
            raise wrapped(error, self.name) from error


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresEnd]:
    """Open a database, which must be there; a target without tables is given them."""
    connection = await connect(url, None)
    try:
        end = PostgresEnd(connection, url)
        await end.run("SET idle_in_transaction_session_timeout = 0")
        await check_server(connection)
        yield end
    finally:
        connection.terminate()
