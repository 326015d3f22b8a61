"""A wire between the bot and its database that can be cut, or go silent.

It listens on a port of 127.0.0.1 and passes what comes to the server's Unix socket, on the event loop of the server's
thread: the test's own may wait for the database meanwhile. Never: a byte changed or reordered.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Self

from tests.databases import Postgres


class Wire:
    """One way into the database; a context manager."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self._server: asyncio.Server | None = None
        self._lines: set[_Line] = set()
        self.port = 0

    def __enter__(self) -> Self:
        self._server = self._postgres.wait(asyncio.start_server(self._serve, "127.0.0.1", 0))
        assert self._server is not None
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._postgres.wait(self._close())

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        for line in list(self._lines):
            line.cut()
        while self._lines:  # noqa: ASYNC110 - they end by themselves
            await asyncio.sleep(0.01)

    def cut(self, share: float, dice: random.Random) -> int:
        """Cut about that share of the connections; how many."""

        async def cut() -> int:
            chosen = [line for line in self._lines if dice.random() < share]
            for line in chosen:
                line.cut()
            return len(chosen)

        return int(self._postgres.wait(cut()))

    def silence(self, share: float, seconds: float, dice: random.Random) -> int:
        """Let about that share of the connections pass nothing for some time, without an error; how many."""

        async def silence() -> int:
            chosen = [line for line in self._lines if dice.random() < share]
            until = asyncio.get_running_loop().time() + seconds
            for line in chosen:
                line.silent_until = until
            return len(chosen)

        return int(self._postgres.wait(silence()))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_unix_connection(self._postgres.socket)
        except OSError:  # the server is down: so is the line
            writer.transport.abort()
            return
        line = _Line(writer, back)
        self._lines.add(line)
        try:
            await asyncio.gather(line.carry(reader, back), line.carry(there, writer))
        finally:
            self._lines.discard(line)
            line.cut()


class _Line:
    """One connection through."""

    def __init__(self, *ends: asyncio.StreamWriter) -> None:
        self._ends = ends
        self.silent_until = 0.0

    def cut(self) -> None:
        for end in self._ends:
            end.transport.abort()

    async def carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        clock = asyncio.get_running_loop().time
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                while (wait := self.silent_until - clock()) > 0:  # noqa: ASYNC110 - it may become longer
                    await asyncio.sleep(wait)
                sink.write(data)
                await sink.drain()
        self.cut()
