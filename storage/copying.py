"""A whole memory moved into another database, of either kind: table by table, in the order of the keys, in batches.

1. Both run locks are held. The source is read as it was at one moment; the target is empty, or a part of this source.
2. The target's indexes are dropped. A note in its `meta` says so, and from then on how far the copy has come: it is
   written with each batch, so that a copy which was killed goes on behind the last whole one. While the note is there
   nothing but this module opens the target (`dialects.half_copied`).
3. Indexes and counters are made again, by what the source holds. Text is indexed anew, from its terms.
4. Every table is read back. How many rows and the sum of their digests must be those of the source, as it is now: a
   source that changed between two goes is found out.
5. The salt of the nonces and what the bot noted come last, in the transaction that takes the note away.

Never: a source that is written to, or a target called whole that was not read back.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any, Protocol

from bot.errors import ConfigError, SchemaMismatch, StorageError
from storage.dialects import COPYING, half_copied, migrations, newer_schema
from storage.driver import Statements
from storage.opening import is_postgres, name_of, run_lock
from storage.rows import without_escaped_nul, without_nul

BATCH = 10_000
"""Rows of one transaction: some 10 MB of items."""
TABLES = (
    *("feed", "source", "hidden", "item", "sighting", "tag", "item_tag", "tag_count", "pair_count", "item_text"),
    *("kept_query", "seat", "alert_rule", "rule_gone", "delivery", "correction", "item_name", "name_day", "emerging"),
    *("item_title", "revision", "feed_day", "told_in", "notice", "subscription", "story_item", "channel_flow", "held"),
    *("turn", "visit", "own_topic", "language", "left_server", "denied"),
)
"""Every table but `meta` and `process` (which are there now); one that refers to another comes after it."""
JSON = frozenset(
    {"taggings", "categories", "query", "criteria", "filter", "tie", "payload", "health", "page", "phrases", "excluded"}
)
"""Columns that PostgreSQL may have to read as JSON."""

Tell = Callable[[str, str, int, int], None]
"""Is told what is done ("copying", "indexing", "checking"), to what, and how much of how much is done so far."""
Tuple = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's columns in one order for both sides, and those of its key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a copy took: rows by table, and whether it went on with one that was begun before."""

    rows: Mapping[str, int]
    resumed: bool


@dataclass(slots=True, kw_only=True)
class Note:
    """How far a copy has come, as the target's `meta` keeps it."""

    source: str
    """The salt of the source, which no other database has."""
    indexes: dict[str, str]
    """Those that are dropped, with the statements that make them again."""
    done: list[str] = field(default_factory=list)
    last: str = ""
    """The key behind which the table after those goes on: JSON in hexadecimal digits, so that any text survives."""
    counted: int = 0


class End(Protocol):
    """One of the two databases."""

    name: str
    takes_nul: bool
    """Whether its text may hold a NUL."""

    @property
    def db(self) -> Statements:
        """Its named queries."""
        ...

    async def version(self) -> int:
        """Of its schema: 0 where there is none."""
        ...

    async def half_copied(self) -> bool:
        """Whether it is a copy that is not whole."""
        ...

    async def begin_reading(self) -> None:
        """See one moment from now on."""
        ...

    async def begin_writing(self) -> None:
        """Be ready to take rows: an empty database is given its tables."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """All or nothing."""
        ...

    async def count(self, table: Table) -> int:
        """How many rows a table has."""
        ...

    def rows(
        self, table: Table, after: Sequence[Any] | None = None, *, ordered: bool = True
    ) -> AsyncIterator[list[Tuple]]:
        """Batches of a table's rows, in the order of its key and behind one, or as they lie. In a transaction."""
        ...

    async def insert(self, table: Table, rows: Sequence[Tuple]) -> None:
        """Add rows as they are, without what triggers would do. In a transaction."""
        ...

    async def derive(self) -> None:
        """Make what follows from the rows that were copied and is copied with none. In a transaction, perhaps again."""
        ...

    async def run(self, statement: str) -> None:
        """Drop an index by its name, or make one by the statement that the schema itself gave."""
        ...

    async def settle(self, tables: Sequence[Table]) -> None:
        """Whatever makes a filled database quick, and what is written from now on safe."""
        ...


async def copy(source: str, target: str, tell: Tell) -> Copied:
    """Copy a database into another; both as DATELINE_DATABASE names them.

    Raises `AlreadyRunning` where a bot runs on either, `ConfigError` where the target holds anything else or one of
    them cannot be, `SchemaMismatch` for a schema of another version, `StorageError` that names the table where the two
    differ afterwards, or `StorageUnavailable` where one cannot be used now.
    """
    async with AsyncExitStack() as stack:
        giver = await stack.enter_async_context(_opened(source, source=True))
        taker = await stack.enter_async_context(_opened(target, source=False))
        salt = await _checked(giver, source)
        if await taker.version() and not await taker.half_copied() and await _salt(taker) == salt:
            raise ConfigError(f"{taker.name} is {giver.name} itself, or holds the same memory already: name another")
        await stack.enter_async_context(run_lock(source))
        await stack.enter_async_context(run_lock(target))
        await giver.begin_reading()
        if await taker.version():
            _check_version(taker, await taker.version(), target)
        await taker.begin_writing()
        return await _Copy(giver, taker, salt, tell).run()


@asynccontextmanager
async def _opened(database: str, *, source: bool) -> AsyncIterator[End]:
    name_of(database)  # says so where an extra is missing
    if is_postgres(database):
        from storage import copying_postgres

        async with copying_postgres.opened(database) as end:
            yield end
    else:
        from storage import copying_sqlite

        async with copying_sqlite.opened(database, source=source) as file:
            yield file


async def _checked(source: End, database: str) -> str:
    """The source's salt, where it can be copied."""
    version = await source.version()
    if not version:
        raise ConfigError(f"{source.name} holds no memory of Dateline's: there is nothing to copy")
    _check_version(source, version, database)
    if await source.half_copied():
        raise half_copied(source.name)
    return await _salt(source)


def _check_version(end: End, version: int, database: str) -> None:
    known = len(migrations("postgres" if is_postgres(database) else "sqlite"))
    if version > known:
        raise newer_schema(version, known)
    if version < known:
        raise SchemaMismatch(
            f"the schema of {end.name} is version {version}, this program serves version {known}: "
            "run `dateline migrate` with DATELINE_DATABASE set to it"
        )


async def _salt(end: End) -> str:
    row = await end.db.first("salt")
    return "" if row is None else str(row["value"])


async def _tables(end: End) -> dict[str, tuple[set[str], tuple[str, ...]]]:
    """By table: its columns, and those of its key in their order."""
    found: dict[str, dict[str, int]] = {}
    for row in await end.db.fetch("copied_columns"):
        found.setdefault(row["table_name"], {})[row["column_name"]] = row["place"]
    for apart in ("meta", "process"):
        found.pop(apart, None)
    return {
        name: (set(places), tuple(sorted(filter(places.get, places), key=places.__getitem__)))
        for name, places in found.items()
    }


def _digest(rows: Sequence[Tuple]) -> int:
    """The sum of the rows' digests, whatever their order."""
    return sum(int.from_bytes(blake2b(repr(row).encode(), digest_size=16).digest()) for row in rows)


class _Copy:
    """One go of a copy."""

    def __init__(self, source: End, target: End, salt: str, tell: Tell) -> None:
        self._source = source
        self._target = target
        self._salt = salt
        self._tell = tell
        self._cleans = source.takes_nul and not target.takes_nul
        self._digests: dict[str, int] = {}
        """Of tables that this go read from their beginning to their end."""
        self._done = 0
        self._total = 0

    async def run(self) -> Copied:
        tables = await self._same_tables()
        counts = {table.name: await self._source.count(table) for table in tables}
        self._total = sum(counts.values())
        note, resumed = await self._begun(tables)
        for table in tables:
            if table.name in note.done:
                self._done += counts[table.name]
            else:
                await self._fill(table, note)
        await self._index(note)
        await self._number()
        await self._target.settle(tables)
        await self._check(tables, counts)
        await self._end()
        return Copied(rows=counts, resumed=resumed)

    async def _same_tables(self) -> list[Table]:
        """What both have. Raises `SchemaMismatch` where they differ, or hold what a copy does not know."""
        ours, theirs = await _tables(self._source), await _tables(self._target)
        for name in {*ours, *theirs, *TABLES}:
            if ours.get(name) != theirs.get(name) or name not in TABLES or name not in ours:
                raise SchemaMismatch(
                    f"the table {name} is not alike in {self._source.name} and {self._target.name}: nothing was copied"
                )
        return [Table(name, tuple(sorted(ours[name][0])), ours[name][1]) for name in TABLES]

    async def _begun(self, tables: Sequence[Table]) -> tuple[Note, bool]:
        """The note of a copy that was begun before, or of a new one; which of them."""
        row = await self._target.db.first("recall", name=COPYING)
        if row is not None:
            note = Note(**json.loads(row["value"]))
            if note.source != self._salt:
                raise ConfigError(
                    f"{self._target.name} holds a part of another database than {self._source.name}: copy that one, or "
                    "give an empty one"
                )
            return note, True
        for table in tables:
            if await self._target.count(table):
                raise ConfigError(
                    f"{self._target.name} is not empty (its table {table.name} holds rows): give a new database"
                )
        indexes = {each["name"]: each["definition"] for each in await self._target.db.fetch("built_indexes")}
        note = Note(source=self._salt, indexes=indexes)
        async with self._target.transaction():
            for name in indexes:
                await self._target.run(f"DROP INDEX {name}")
            await self._keep(note)
        return note, False

    async def _keep(self, note: Note) -> None:
        await self._target.db.fetch("remember", name=COPYING, value=json.dumps(asdict(note)))

    async def _fill(self, table: Table, note: Note) -> None:
        """Copy a table's rows, those behind the last that are there."""
        after = json.loads(bytes.fromhex(note.last)) if note.last else None
        if after is None:
            self._digests[table.name] = 0
        places = [table.columns.index(column) for column in table.key]
        self._done += note.counted
        async for raw in self._rows(self._source, table, after):
            batch = self._storable(table, raw)
            note.last = json.dumps([raw[-1][place] for place in places]).encode().hex()
            note.counted += len(batch)
            async with self._target.transaction():
                await self._target.insert(table, batch)
                await self._keep(note)
            if after is None:
                self._digests[table.name] += _digest(batch)
            self._done += len(batch)
            self._tell("copying", table.name, self._done, self._total)
        note.done.append(table.name)
        note.last, note.counted = "", 0
        async with self._target.transaction():
            await self._keep(note)

    async def _rows(
        self, end: End, table: Table, after: Sequence[Any] | None = None, *, ordered: bool = True
    ) -> AsyncIterator[list[Tuple]]:
        """Batches, with the table's name in what is said when one cannot be read."""
        try:
            async for batch in end.rows(table, after, ordered=ordered):
                yield batch
        except UnicodeError as error:
            raise StorageError(f"the table {table.name} of {end.name} holds text that is none: {error}") from error

    def _storable(self, table: Table, rows: list[Tuple]) -> list[Tuple]:
        """Rows as the target can hold them."""
        if not self._cleans:
            return rows
        json_at = [place for place, column in enumerate(table.columns) if column in JSON]
        return [
            _cleaned(row, json_at) if "\\x00" in (shown := repr(row)) or "\\u0000" in shown else row for row in rows
        ]

    async def _index(self, note: Note) -> None:
        """Make what is derived, while no index has to follow it, and the indexes again, one in a transaction."""
        total = len(note.indexes)
        if total:
            self._tell("indexing", "marks", 0, total)
            async with self._target.transaction():
                await self._target.derive()
        while note.indexes:
            name, definition = next(iter(note.indexes.items()))
            self._tell("indexing", name, total - len(note.indexes), total)
            del note.indexes[name]
            async with self._target.transaction():
                await self._target.run(definition)
                await self._keep(note)

    async def _number(self) -> None:
        """Have new rows numbered on from where the source is: cards in channels carry the numbers of deliveries."""
        counters = await self._source.db.fetch("counters")
        async with self._target.transaction():
            for row in counters:
                await self._target.db.fetch("clear_counter", name=row["name"])
                await self._target.db.fetch("set_counter", name=row["name"], number=row["number"])

    async def _check(self, tables: Sequence[Table], counts: Mapping[str, int]) -> None:
        """Compare both sides. Raises `StorageError` for the first table that is not the same."""
        self._done = 0
        for table in tables:
            expected = counts[table.name], self._digests.get(table.name)
            if expected[1] is None:
                expected = await self._read(self._source, table, clean=True, tells=False)
            async with self._target.transaction():
                found = await self._read(self._target, table, clean=False, tells=True)
            if found != expected:
                raise StorageError(
                    f"the table {table.name} is not the same in both: {self._source.name} has {expected[0]:,} rows, "
                    f"{self._target.name} {found[0]:,}; did the source change meanwhile? Copy it into a new database"
                )

    async def _read(self, end: End, table: Table, *, clean: bool, tells: bool) -> tuple[int, int]:
        """How many rows a table has, and their digest."""
        counted, digest = 0, 0
        async for batch in self._rows(end, table, ordered=False):
            digest += _digest(self._storable(table, batch) if clean else batch)
            counted += len(batch)
            if tells:
                self._done += len(batch)
                self._tell("checking", table.name, self._done, self._total)
        return counted, digest

    async def _end(self) -> None:
        """Take over the salt and the notes, and be whole."""
        notes = await self._source.db.fetch("copied_notes")
        async with self._target.transaction():
            for row in await self._target.db.fetch("copied_notes"):
                await self._target.db.fetch("drop_note", name=row["name"])
            for row in notes:
                await self._target.db.fetch("remember", name=row["name"], value=row["value"])
            await self._target.db.fetch("drop_note", name=COPYING)


def _cleaned(row: Tuple, json_at: Sequence[int]) -> Tuple:
    values = [without_nul(value) if isinstance(value, str) else value for value in row]
    for place in json_at:
        if isinstance(values[place], str):
            values[place] = without_escaped_nul(values[place])
    return tuple(values)
