"""What a process holds on PostgreSQL for as long as it lives, on a connection of its own: the run lock, and the bell.

Both need a session of the server: a pooler between that gives each transaction another (pgbouncer's transaction mode)
breaks them. Never: a query of the memory.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from bot.errors import BotError, StorageUnavailable
from storage.postgres import FAILURES, connect, shown, wrapped

RUNNING = 0x64617465_6C696E03
"""The key of the run lock: `storage.postgres` has those before it."""
LOOKED_AT_S = 5.0
"""How often a connection is looked at that has nothing to do."""
GIVEN_BACK_S = 2.0
"""How long a server may take to be given the lock back, before the connection is ended all the same."""
CHANNEL = "dateline"
RUNG_APART_S = 0.05
"""Between two rings of one process: what comes together is told at once."""


@asynccontextmanager
async def run_lock(url: str, taken: BotError, *, shared: bool = False) -> AsyncIterator[None]:
    """Hold the database's lock for one `run`, on a connection of its own, for as long as the block lasts.

    `shared` is for one process of several: beside another such, never beside one that is alone.

    Raises `taken` where another process has it. With its connection the lock is gone: it is then taken again, and where
    another process was faster, the block is cancelled and `taken` raised.
    """
    lock = RunLock(url, taken, shared=shared)
    await lock.take()
    block = asyncio.current_task()
    assert block is not None  # noqa: S101 - there is always a task
    keeper = asyncio.create_task(lock.keep())

    def lost(_: object) -> None:
        if not keeper.cancelled():
            block.cancel()

    keeper.add_done_callback(lost)
    try:
        yield
    except asyncio.CancelledError:
        if keeper.done() and not keeper.cancelled():
            block.uncancel()
            await keeper
        raise
    finally:
        keeper.remove_done_callback(lost)
        keeper.cancel()
        await asyncio.wait((keeper,))
        await lock.give_back()


class RunLock:
    """An advisory lock and the connection that holds it."""

    def __init__(self, url: str, taken: BotError, *, shared: bool) -> None:
        self._url = url
        self._taken = taken
        kind = "_shared" if shared else ""
        self._take = f"SELECT pg_try_advisory_lock{kind}({RUNNING})"
        self._give_back = f"SELECT pg_advisory_unlock{kind}({RUNNING})"
        self._connection: Any = None

    async def take(self) -> None:
        """Connect and take it. Raises `taken` where another has it."""
        self._connection = await connect(self._url)
        has = False
        try:
            has = await self._connection.fetchval(self._take)
        except FAILURES as error:
            raise wrapped(error, shown(self._url)) from error
        finally:
            if not has:
                self.drop()
        if not has:
            raise self._taken

    async def keep(self) -> None:
        """See that it is there, and take it again where its connection broke. Ends by raising alone."""
        while True:
            await asyncio.sleep(LOOKED_AT_S)
            try:
                if self._connection is not None:
                    await self._connection.execute("SELECT 1")
                    continue
            except FAILURES:
                self.drop()
            with contextlib.suppress(StorageUnavailable):
                await self.take()

    async def give_back(self) -> None:
        """Give it back by a statement: of a connection that merely ends the server may learn a moment later."""
        if self._connection is not None:
            with contextlib.suppress(*FAILURES):
                await self._connection.execute(self._give_back, timeout=GIVEN_BACK_S)
        self.drop()

    def drop(self) -> None:
        """End the connection, and with it the lock."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


class Bell:
    """LISTEN and NOTIFY: tells the other processes that there may be work, so that they need not wait to look."""

    def __init__(self, url: str, heard: Callable[[str], None]) -> None:
        """`heard` is called with each topic that another process rang of."""
        self._url = url
        self._heard = heard
        self._wanted: set[str] = set()
        self._rung = asyncio.Event()

    def ring(self, topic: str) -> None:
        """Tell the others, soon. While the database cannot be reached nobody is told: they look by themselves."""
        self._wanted.add(topic)
        self._rung.set()

    async def keep(self) -> None:
        """Ring and listen until cancelled, on a connection that is made anew where it breaks."""
        while True:
            connection: Any = None
            try:
                connection = await connect(self._url)
                await connection.add_listener(CHANNEL, self._told)
                while True:
                    await self._ring(connection)
            except (*FAILURES, StorageUnavailable):
                await asyncio.sleep(LOOKED_AT_S)
            finally:
                if connection is not None:
                    connection.terminate()

    async def _ring(self, connection: Any) -> None:
        """Tell what there is to tell, or that the connection is there."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOKED_AT_S):
                await self._rung.wait()
        self._rung.clear()
        wanted, self._wanted = self._wanted, set()
        await connection.execute("SELECT pg_notify($1, topic) FROM unnest($2::text[]) AS topic", CHANNEL, list(wanted))
        await asyncio.sleep(RUNG_APART_S)

    def _told(self, connection: Any, sender: int, _channel: str, topic: str) -> None:
        if sender != connection.get_server_pid():
            self._heard(topic)
