"""A web of our own on 127.0.0.1: what is not ours, faked at the socket.

`Web` answers paths with bodies, statuses, headers or handlers, and remembers what it was asked; `Raw` speaks bytes that
no HTTP library would send. Both bind to port 0 and are async context managers::

    async with Web() as web:
        web.answer("/feed.xml", b"<rss .../>", headers={"ETag": '"1"'})
        ... web.url("/feed.xml") ... web.requests[-1].headers["If-None-Match"]
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Self

from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """One request that arrived."""

    method: str
    path: str
    """With the query."""
    headers: CIMultiDictProxy[str]
    at: float
    """By `time.monotonic`."""


@dataclass(frozen=True)
class _Answer:
    body: bytes
    status: int
    headers: CIMultiDict[str]


class Web:
    """An HTTP server whose answers are set path by path; 404 for any other."""

    def __init__(self, *, host: str = "127.0.0.1", ssl_context: ssl.SSLContext | None = None) -> None:
        self.host = host
        self.port = 0
        self.requests: list[Asked] = []
        self.most_at_once = 0
        self._at_once = 0
        self._ssl = ssl_context
        self._answers: dict[str, _Answer | Handler] = {}
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, auto_decompress=False)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, 0, ssl_context=self._ssl)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def allowed(self) -> str:
        """This server as an entry of DATELINE_ALLOW_PRIVATE."""
        return f"{self.host}:{self.port}" if ":" not in self.host else f"[{self.host}]:{self.port}"

    def url(self, path: str = "/", *, host: str | None = None, user: str | None = None) -> str:
        """The address of `path`, under another name for this machine or with credentials where asked."""
        name = host or (self.host if ":" not in self.host else f"[{self.host}]")
        return f"{'https' if self._ssl else 'http'}://{user + '@' if user else ''}{name}:{self.port}{path}"

    def answer(
        self,
        path: str,
        body: bytes | str | Handler = b"",
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        content_type: str | None = "application/rss+xml",
    ) -> None:
        """Sets what `path` (without query) answers from now on."""
        if callable(body):
            self._answers[path] = body
            return
        full = CIMultiDict(headers or {})
        if content_type is not None:
            full.setdefault("Content-Type", content_type)
        self._answers[path] = _Answer(body.encode() if isinstance(body, str) else body, status, full)

    def forget(self) -> None:
        """Answers nothing any more, and remembers no request: as a new one at the same address."""
        self.requests.clear()
        self.most_at_once = 0
        self._answers.clear()

    def asked(self, path: str) -> list[Asked]:
        """The requests for `path`, with any query."""
        return [each for each in self.requests if each.path.partition("?")[0] == path]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(Asked(request.method, request.path_qs, request.headers, time.monotonic()))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            answer = self._answers.get(request.path)
            if answer is None:
                return web.Response(status=404, text="not here")
            if not isinstance(answer, _Answer):
                return await answer(request)
            return web.Response(body=answer.body, status=answer.status, headers=answer.headers)
        finally:
            self._at_once -= 1


class Raw:
    """A server that says exactly these bytes to whoever has asked, then hangs up; or talks by a function."""

    def __init__(self, talk: bytes | Talk, *, host: str = "127.0.0.1") -> None:
        self.host = host
        self.port = 0
        self.connections = 0
        self._talk = talk
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    @property
    def allowed(self) -> str:
        """This server as an entry of DATELINE_ALLOW_PRIVATE."""
        return f"{self.host}:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}:{self.port}{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                if callable(self._talk):
                    await self._talk(reader, writer)
                else:
                    await reader.readuntil(b"\r\n\r\n")
                    writer.write(self._talk)
                    await writer.drain()
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()
