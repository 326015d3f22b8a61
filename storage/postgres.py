"""PostgreSQL 16 or newer: connecting, transactions, errors. The door to asyncpg.

**Writing** is READ COMMITTED under one advisory lock, which `write` takes for itself and `claim` shares with others.
The stores were written for SQLite's BEGIN IMMEDIATE: what a transaction read stays true until it ends. The lock gives
that to any number of processes, since each statement after it sees all that was committed before. Weighed against it:

- SERIALIZABLE fails where two polls touch the same counters, which all do: and a block cannot be run again from here.
- Row locks alone would let two feeds of an outlet bring the same article at once, and a story go to a channel both on a
  card and in a digest: those rules look at rows that are not there yet, which nobody can lock.

What is taken by lease needs no more than its rows: claims run beside one another, and pass over what another is taking
(FOR UPDATE SKIP LOCKED). The lock is fair: a writer waits for the claims before it, and those behind it wait. Where one
statement is all, and nothing that a writer has read hangs on it (the lease of a feed), it takes no lock at all.

**Reading** (`read`) is REPEATABLE READ READ ONLY; `glance` is a statement of its own.

Statements are prepared, and planned for their values each time (`plan_cache_mode`): the best plan for a common word is
the worst for a rare one, and a query names many conditions of which most are off.

Never: an asyncpg exception that leaves this module, or a password in a message.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import re
import secrets
import ssl
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

from bot.errors import ConfigError, SchemaMismatch, StorageError, StorageUnavailable
from bot.roles import SEEN
from storage import dialects
from storage.driver import Row
from storage.rows import dumped, without_escaped_nul, without_nul

T = TypeVar("T")

CONNECTIONS = 8
"""Of one process, beside the one that holds the run lock; most wait for a person's question."""
CONNECT_S, BUSY_S, STATEMENT_S = 10.0, 30.0, 60.0
"""At most: to connect; to wait for a free connection; for one statement, so that a dead network is noticed."""
SETTINGS = {
    "application_name": "dateline",
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",  # compiling takes longer than any of our queries
    "max_parallel_workers_per_gather": "0",  # so does starting workers
    "lock_timeout": "30s",
    # Whoever holds the lock and is gone (a stopped process, a cut cable) holds up all others no longer than this.
    "idle_in_transaction_session_timeout": "60s",
}
OLDEST = 160000
WRITING, MIGRATING = 0x64617465_6C696E01, 0x64617465_6C696E02
"""Keys of advisory locks, which belong to one database: "datelin" and a number. The third is in postgres_session."""
WRITE = f"BEGIN; SELECT pg_advisory_xact_lock({WRITING})"
CLAIM = f"BEGIN; SELECT pg_advisory_xact_lock_shared({WRITING})"
SETTLE = (
    "SELECT gin_clean_pending_list(c.oid) FROM pg_class AS c "
    "WHERE c.oid = to_regclass('item_text_found') AND pg_has_role(c.relowner, 'USAGE')"
)
"""What may only be done by who owns the index."""
COMMON = """
SELECT e.term, e.frequency
FROM pg_stats AS s, unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS e (term, frequency)
WHERE s.schemaname = current_schema() AND s.tablename = 'item_text' AND s.attname = 'search' AND e.term IS NOT NULL
"""
"""The words that most texts hold, and which share of all texts holds each: what ANALYZE found, a thousand or so."""
LEARNED_APART_S = 3600.0
COMMONEST = 0.15
"""A word that more texts hold is not asked of the index beside others: its list is longer to read than their texts."""
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

_PLACEHOLDER = re.compile(r"'(?:[^']|'')*'|--[^\n]*|::|:([a-z_]+)")
_PASSING = ("08", "40", "53", "57", "58", "55P03", "25P03", "25006", "XX")
_LOGIN = ("28000", "28P01")


class Query:
    """A named query as the server takes it: numbered placeholders, and the names they stand for."""

    __slots__ = ("parameters", "sql")

    def __init__(self, text: str) -> None:
        self.parameters: list[str] = []
        self.sql = _PLACEHOLDER.sub(self._number, text)

    def _number(self, matched: re.Match[str]) -> str:
        name = matched[1]
        if name is None:
            return matched[0]
        if name not in self.parameters:
            self.parameters.append(name)
        return f"${self.parameters.index(name) + 1}"


@cache
def queries() -> Mapping[str, Query]:
    """Every named query; read once."""
    return {name: Query(text) for name, text in dialects.queries("postgres").items()}


def shown(url: str) -> str:
    """A database as messages and logs name it: where it is, without user or password."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or parse_qs(parts.query).get("host", ["this machine"])[0]
        return f"{unquote(parts.path.lstrip('/')) or 'the default database'} at {host}"
    except ValueError:
        return "the database of DATELINE_DATABASE"


def wrapped(error: BaseException, name: str) -> StorageError | ConfigError:
    """Our error for one of asyncpg's, of the network's, or a time that ran out."""
    code: str = getattr(error, "sqlstate", None) or ""
    match error:
        case asyncpg.TooManyConnectionsError():
            return StorageUnavailable(
                f"PostgreSQL ({name}) has no connection left: raise its max_connections, or stop what takes them"
            )
        case asyncpg.DiskFullError():
            return StorageUnavailable(f"the disk of PostgreSQL ({name}) is full: free some space; nothing is lost")
        case asyncpg.UndefinedTableError() | asyncpg.UndefinedColumnError() | asyncpg.UndefinedFunctionError():
            return SchemaMismatch(
                f"the schema of {name} is another program's or version's: run `dateline migrate` ({error})"
            )
        case asyncpg.InvalidCatalogNameError():
            return ConfigError(f"there is no database {name}: create it (createdb), or set another DATELINE_DATABASE")
        case asyncpg.ReadOnlySQLTransactionError():
            return StorageUnavailable(f"{name} takes no writes: is it a standby? Name the primary in DATELINE_DATABASE")
        case TimeoutError() | OSError():
            told = "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
            return StorageUnavailable(
                f"PostgreSQL ({name}) cannot be reached ({told}): is it running, and is that its place?"
            )
    if isinstance(error, asyncpg.InternalClientError):  # a connection that was cut while it was used
        return StorageUnavailable(f"PostgreSQL ({name}) cannot be used now (the connection broke)")
    if code in _LOGIN:
        return ConfigError(f"PostgreSQL ({name}) refused the login: check user and password in DATELINE_DATABASE")
    if code.startswith(_PASSING) or (isinstance(error, asyncpg.InterfaceError) and not isinstance(error, ValueError)):
        return StorageUnavailable(f"PostgreSQL ({name}) cannot be used now ({type(error).__name__}: {error})")
    return StorageError(f"PostgreSQL ({name}) refused a statement ({code or type(error).__name__}: {error})")


async def settled(work: Coroutine[Any, Any, T]) -> T:
    """Wait for something to its end although cancelled meanwhile; the cancellation is raised after it."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except BaseException:  # noqa: BLE001 - it is the task's own, raised below
            break
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # looked at: nobody else will
        raise cancelled
    return task.result()


def _storable(value: Any) -> Any:
    """A parameter as PostgreSQL can store it: its text has no NUL, which SQLite takes."""
    if isinstance(value, str) and ("\\u0000" in value or "\0" in value):
        return without_nul(without_escaped_nul(value))
    return value


class PostgresStatements:
    """Named queries on one connection."""

    takes_any = True
    """The index is asked of many tags and times at once (`looks`)."""

    def __init__(self, connection: Any, name: str, common: Mapping[str, float] = MappingProxyType({})) -> None:
        """`common` says of common words which share of all texts holds them."""
        self._connection = connection
        self._name = name
        self.common = common
        self._queries = queries()

    async def fetch(self, name: str, /, **parameters: Any) -> Sequence[Row]:
        query = self._queries[name]
        values = [_storable(parameters[each]) for each in query.parameters]
        try:
            found: Sequence[Row] = await self._connection.fetch(query.sql, *values)
        except FAILURES as error:
            raise wrapped(error, self._name) from error
        return found

    async def first(self, name: str, /, **parameters: Any) -> Row | None:
        rows = await self.fetch(name, **parameters)
        return rows[0] if rows else None

    async def learn(self) -> None:
        """See which words are common."""
        try:
            found = await self._connection.fetch(COMMON)
        except FAILURES as error:
            raise wrapped(error, self._name) from error
        self.common = {row["term"]: row["frequency"] for row in found}

    def matching(self, phrases: Sequence[tuple[str, ...]]) -> str | None:
        """JSON: ``first``, ``second``, ``third``, tsqueries; ``rows``, what stands in a row; ``read``, a tsquery.

        Of each phrase the rarest word is among the first three, the rarest of all first: the index asks for one after
        another. The pairs of ``rows`` say the rest. What the texts themselves tell alone, or for less, is in ``read``:
        how words stand, and words that most texts hold. What there is none of is null. Each term is quoted and cut as
        `indexed` (migrations) does, so nothing typed is ever syntax.
        """
        several = [phrase for phrase in phrases if len(phrase) > 1]
        rarest = dict.fromkeys(min(phrase, key=self._share) for phrase in phrases if phrase)
        if not rarest:
            return None
        first, *others = sorted(rarest, key=self._share)
        indexed = [_quoted(term) for term in others if self._share(term) <= COMMONEST]
        left = [(term,) for term in others if self._share(term) > COMMONEST]
        return dumped(
            {
                "first": _quoted(first),
                "second": indexed[0] if indexed else None,
                "third": " & ".join(indexed[1:]) or None,
                "rows": [" ".join(phrase) for phrase in several],
                "read": " & ".join(_phrases([*left, *several])) or None,
            }
        )

    def share(self, phrases: Sequence[tuple[str, ...]]) -> float:
        """As though words were strewn over the texts at random; of what is not common, that it nearly is."""
        if not self.common:
            return 1.0
        least = min(self.common.values())
        return math.prod(
            min(self.common.get(term.lower(), least) for term in phrase) for phrase in set(phrases) if phrase
        )

    def _share(self, term: str) -> float:
        return self.common.get(term.lower(), 0.0)

    def lacking(self, phrases: Sequence[tuple[str, ...]]) -> str | None:
        """A tsquery of what may not be met."""
        return " | ".join(_phrases(phrases)) or None


def _phrases(phrases: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"({' <-> '.join(map(_quoted, phrase))})" for phrase in phrases if phrase]


def _quoted(term: str) -> str:
    return "'" + term[:500].replace("\\", "\\\\").replace("'", "''") + "'"


class PostgresDriver:
    """One PostgreSQL database; made by `open_postgres`."""

    def __init__(self, pool: Any, name: str) -> None:
        self.name = name
        self._pool = pool
        self._common: Mapping[str, float] = {}
        self._learned_at = -math.inf
        # Those of this process that write wait here, not on the server with a connection each.
        self._writing = asyncio.Lock()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[PostgresStatements]:
        async with self._writing, self._transaction(WRITE) as db:
            yield db

    @asynccontextmanager
    async def claim(self) -> AsyncIterator[PostgresStatements]:
        async with self._transaction(CLAIM) as db:
            yield db

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[PostgresStatements]:
        yield _Alone(self)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[PostgresStatements]:
        async with self._transaction(READ) as db:
            now = asyncio.get_running_loop().time()
            if now - self._learned_at >= LEARNED_APART_S:
                await db.learn()
                self._common, self._learned_at = db.common, now
            yield db

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[PostgresStatements]:
        yield _Alone(self)

    async def settle(self) -> None:
        async with self._connection() as connection:
            await self._run(connection.execute(SETTLE))

    async def close(self) -> None:
        """Close every connection, after a write that is under way."""
        async with self._writing:
            try:
                await asyncio.wait_for(self._pool.close(), CONNECT_S)
            except FAILURES:
                self._pool.terminate()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            connection = await self._pool.acquire(timeout=BUSY_S)
        except FAILURES as error:
            raise _refused(error, self.name) from error
        try:
            yield connection
        finally:
            with contextlib.suppress(*FAILURES):  # it is gone, and the pool makes another
                await settled(self._pool.release(connection))

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[PostgresStatements]:
        async with self._begun(begin) as connection:
            try:
                yield PostgresStatements(connection, self.name, self._common)
                ended = await settled(self._run(connection.execute("COMMIT")))
                if ended != "COMMIT":
                    raise StorageError(f"PostgreSQL ({self.name}) undid a transaction in which a statement had failed")
            except BaseException:
                await settled(_undone(connection))
                raise

    @asynccontextmanager
    async def _begun(self, begin: str) -> AsyncIterator[Any]:
        """A connection in a transaction. One that was cut while it rested is noticed here, and another is taken."""
        for left in reversed(range(CONNECTIONS)):
            async with self._connection() as connection:
                try:
                    await self._run(connection.execute(begin))
                except StorageUnavailable:
                    if not left or not _is_gone(connection):
                        raise
                    continue
                except BaseException:
                    await settled(_undone(connection))
                    raise
                yield connection
                return

    async def _run(self, statement: Coroutine[Any, Any, str]) -> str:
        try:
            return await statement
        except FAILURES as error:
            raise wrapped(error, self.name) from error


class _Alone(PostgresStatements):
    """Statements that stand alone, each on whatever connection rests: where that was cut meanwhile, on another."""

    def __init__(self, driver: PostgresDriver) -> None:
        super().__init__(None, driver.name, driver._common)
        self._driver = driver

    async def fetch(self, name: str, /, **parameters: Any) -> Sequence[Row]:
        left = CONNECTIONS
        while True:
            async with self._driver._connection() as connection:
                try:
                    return await PostgresStatements(connection, self._name).fetch(name, **parameters)
                except StorageUnavailable:
                    left -= 1
                    if not left or not _is_gone(connection):
                        raise


def _is_gone(connection: Any) -> bool:
    """Whether a connection was cut; the pool has then taken it back, and refuses to tell of it."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


async def _undone(connection: Any) -> None:
    """End a transaction that went wrong, wherever it stopped; a connection on which that fails is thrown away."""
    try:
        if not _is_gone(connection):
            # Cancelled while it began, it may begin yet; where it did not, this does nothing.
            await connection.execute("ROLLBACK")
    except FAILURES:
        with contextlib.suppress(*FAILURES):
            connection.terminate()


async def _keep(_: Any) -> None:
    """In place of asyncpg's own reset, a trip for each use: nothing here changes a session, transactions are ended."""


async def connect(url: str, statement_s: float | None = STATEMENT_S) -> Any:
    """One connection, beside the pool. Raises `ConfigError` for a URL that is none, and what `wrapped` says."""
    name = shown(url)
    try:
        return await asyncpg.connect(
            url, timeout=CONNECT_S, command_timeout=statement_s, statement_cache_size=0, server_settings=SETTINGS
        )
    except FAILURES as error:
        raise _refused(error, name) from error
    except (ValueError, ssl.SSLError) as error:
        raise _no_url(error) from None


def _refused(error: BaseException, name: str) -> StorageError | ConfigError:
    return _no_url(error) if isinstance(error, ValueError) else wrapped(error, name)


def _no_url(error: BaseException) -> ConfigError:
    """Never with asyncpg's words: they may quote the URL, and with it the password."""
    return ConfigError(
        "DATELINE_DATABASE is no PostgreSQL URL that can be used "
        f"(postgresql://user:password@host:port/database?sslmode=...): {type(error).__name__}"
    )


async def schema_version(connection: Any) -> int:
    """The version of the schema that is there: 0 where there is none."""
    if await connection.fetchval("SELECT to_regclass('meta')") is None:
        return 0
    try:
        found = await connection.fetchval(
            "SELECT max(split_part(name, ' ', 2)::int) FROM meta WHERE name LIKE 'migration %'"
        )
    except asyncpg.UndefinedColumnError:
        found = None
    if found is None:
        raise SchemaMismatch("the database has a table meta that is not Dateline's: make a database for Dateline alone")
    return int(found)


async def is_half_copied(connection: Any) -> bool:
    """Whether a database with a schema holds but a part of another."""
    return await connection.fetchval(queries()["recall"].sql, dialects.COPYING) is not None


async def check_server(connection: Any) -> None:
    """Raise `ConfigError` for a server that is too old, or a database that cannot hold all text."""
    version = int(await connection.fetchval("SELECT current_setting('server_version_num')"))
    if version < OLDEST:
        raise ConfigError(f"PostgreSQL {OLDEST // 10000} or newer is needed; this server is version {version // 10000}")
    encoding = await connection.fetchval("SELECT current_setting('server_encoding')")
    if encoding != "UTF8":
        raise ConfigError(f"the database's encoding is {encoding}: create it with ENCODING 'UTF8'")


async def served_from(connection: Any) -> int | None:
    """From which version on programs can use the database, as it says itself; None where it does not."""
    found = await connection.fetchval("SELECT value FROM meta WHERE name = 'serves'")
    return None if found is None else int(found)


async def _check_nobody_older(connection: Any, migration: dialects.Migration, name: str) -> None:
    """Raise `StorageUnavailable` where a process is at work that could not go on after a migration."""
    if migration.serves <= 1 or await connection.fetchval("SELECT to_regclass('process')") is None:
        return
    found = await connection.fetchrow(
        "SELECT id, version, schema_known FROM process WHERE schema_known < $1 "
        "AND seen_at > extract(epoch FROM clock_timestamp()) * 1000 - $2 ORDER BY id LIMIT 1",
        migration.serves,
        SEEN.total_seconds() * 1000,
    )
    if found is not None:
        raise StorageUnavailable(
            f"{name} is not brought to schema version {migration.version} while older processes use it, such as "
            f"{found['id']} (Dateline {found['version']}, which knows version {found['schema_known']}): "
            "upgrade or stop them, then run `dateline migrate` again"
        )


async def migrate_postgres(url: str) -> tuple[int, int]:
    """Bring a database to this program's schema: the versions before and after. Each step is one transaction.

    One process migrates at a time; the next finds nothing to do. What takes away waits until no process is at work that
    needs it: `StorageUnavailable` is raised then, and what comes before it is done. A newer schema that serves this
    program stays as it is.
    """
    known = dialects.migrations("postgres")
    name = shown(url)
    connection = await connect(url, None)
    try:
        await check_server(connection)
        await connection.execute(f"SET lock_timeout = 0; SELECT pg_advisory_lock({MIGRATING})")
        before = await schema_version(connection)
        if before > len(known):
            await _check_schema(connection, name)
            return before, before
        if before and await is_half_copied(connection):
            raise dialects.half_copied(name)
        for migration in known[before:]:
            await _check_nobody_older(connection, migration, name)
            # A number and a hexadecimal digest of our own file: nothing from outside is in this statement.
            serves = max(one.serves for one in known[: migration.version])
            record = (
                f"INSERT INTO meta (name, value) VALUES ('migration {migration.version}', '{migration.checksum}');"  # noqa: S608
                f"INSERT INTO meta (name, value) VALUES ('serves', '{serves}') "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value;"
            )
            await connection.execute(f"BEGIN;\n{migration.sql}\n{record}\nCOMMIT;")
        # Part of every delivery's nonce: two databases of one bot must not share nonces.
        await connection.execute(
            "INSERT INTO meta (name, value) VALUES ('salt', $1) ON CONFLICT DO NOTHING", secrets.token_hex(4)
        )
    except (asyncpg.DuplicateTableError, asyncpg.DuplicateFunctionError, asyncpg.DuplicateObjectError) as error:
        raise SchemaMismatch(f"{name} holds another program's tables: make a database for Dateline alone") from error
    except FAILURES as error:
        raise wrapped(error, name) from error
    finally:
        connection.terminate()
    return before, len(known)


async def _check_schema(connection: Any, name: str) -> None:
    """Raise `SchemaMismatch`, naming both versions, for a schema that this program cannot use."""
    known = dialects.migrations("postgres")
    found = await schema_version(connection)
    if found > len(known):
        serves = await served_from(connection)
        if serves is None or serves > len(known):
            raise dialects.newer_schema(found, len(known), serves)
    elif found < dialects.oldest_served(known):
        raise SchemaMismatch(
            f"the schema of {name} is version {found}, this program serves version {dialects.oldest_served(known)} or "
            "later: run `dateline migrate`"
        )


async def open_postgres(url: str, *, connections: int = CONNECTIONS) -> PostgresDriver:
    """Open a database that `migrate_postgres` made.

    Raises `ConfigError` for a URL that is none, a login that is refused or a server that is too old, `SchemaMismatch`
    for another schema than this program's, other `StorageError` where it cannot be reached.
    """
    name = shown(url)
    queries()
    try:
        pool = await asyncpg.create_pool(
            url,
            min_size=0,  # asyncpg tends what is to be there in a task that outlives the pool
            max_size=connections,
            reset=_keep,
            timeout=CONNECT_S,
            command_timeout=STATEMENT_S,
            statement_cache_size=512,
            max_cached_statement_lifetime=0,
            server_settings=SETTINGS,
        )
    except FAILURES as error:
        raise _refused(error, name) from error
    except ValueError as error:
        raise _no_url(error) from None
    driver = PostgresDriver(pool, name)
    try:
        async with driver._connection() as connection:
            await check_server(connection)
            await _check_schema(connection, name)
            if await is_half_copied(connection):
                raise dialects.half_copied(name)
    except FAILURES as error:
        pool.terminate()
        raise _refused(error, name) from error
    except ValueError as error:
        pool.terminate()
        raise _no_url(error) from None
    except BaseException:
        pool.terminate()
        raise
    return driver


async def vacuum_postgres(url: str) -> tuple[int, int]:
    """Give back what is free, and look anew at how much there is of what; the database's size before and after."""
    connection = await connect(url, None)
    try:
        before = await connection.fetchval("SELECT pg_database_size(current_database())")
        await connection.execute("VACUUM (ANALYZE)")
        return int(before), int(await connection.fetchval("SELECT pg_database_size(current_database())"))
    except FAILURES as error:
        raise wrapped(error, shown(url)) from error
    finally:
        connection.terminate()
