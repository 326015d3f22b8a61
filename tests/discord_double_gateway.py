"""The gateway of the double: HELLO, IDENTIFY, READY, GUILD_CREATE, heartbeats, RESUME, over a real websocket.

A session outlives its connection, as Discord's do: what was dispatched meanwhile is replayed at RESUME. Payloads are
compressed as the client asks (`zlib-stream`, `zstd-stream`, or not at all). Never: a rule of the bot, or any state of
channels and messages (that is `tests.discord_double`).
"""

from __future__ import annotations

import importlib
import json
import secrets
import zlib
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

DISPATCH, RECONNECT, INVALID_SESSION, HELLO, ACK = 0, 7, 9, 10, 11
AUTHENTICATION_FAILED = 4004

Json = dict[str, Any]


class Session:
    """What the gateway remembers of one IDENTIFY."""

    def __init__(self, shard: list[int]) -> None:
        self.id = secrets.token_hex(8)
        self.shard = shard
        self.sent: list[Json] = []
        self.connection: Connection | None = None

    @property
    def live(self) -> bool:
        return self.connection is not None and not self.connection.socket.closed

    def has(self, guild: int) -> bool:
        """Whether a server is on this session's shard (documentation, "Sharding")."""
        number, of = self.shard
        return (guild >> 22) % of == number


class Connection:
    """One websocket."""

    def __init__(self, socket: web.WebSocketResponse, compress: str | None) -> None:
        self.socket = socket
        self._zlib = zlib.compressobj() if compress == "zlib-stream" else None
        self._zstd: Any = None
        if compress == "zstd-stream":
            self._zstd = importlib.import_module("zstandard").ZstdCompressor().compressobj()

    async def send(self, payload: Json) -> None:
        text = json.dumps(payload)
        if self._zlib is not None:
            data = self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
            await self.socket.send_bytes(data)
        elif self._zstd is not None:
            # 1 is COMPRESSOBJ_FLUSH_BLOCK: each message is complete in itself.
            await self.socket.send_bytes(self._zstd.compress(text.encode()) + self._zstd.flush(1))
        else:
            await self.socket.send_str(text)


class Gateway:
    """Serves websockets and dispatches events to every live session."""

    def __init__(self, token: str, ready: Callable[[Session], list[tuple[str, Json]]]) -> None:
        """`ready` gives the events that follow an IDENTIFY: READY, then the guilds."""
        self.token = token
        self._ready = ready
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.heartbeats = 0
        self.intents: list[int] = []
        self.asked: list[dict[str, str]] = []
        """The query of each connection: v, encoding, compress."""

    def live(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.live]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.query))
        socket = web.WebSocketResponse(autoclose=True, max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(socket, request.query.get("compress"))
        await connection.send({"op": HELLO, "d": {"heartbeat_interval": 20_000}, "s": None, "t": None})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._heard(connection, json.loads(message.data))
        return socket

    async def _heard(self, connection: Connection, payload: Json) -> None:
        match payload["op"]:
            case 1:  # heartbeat
                self.heartbeats += 1
                await connection.send({"op": ACK, "d": None, "s": None, "t": None})
            case 2:  # identify
                await self._identify(connection, payload["d"])
            case 6:  # resume
                await self._resume(connection, payload["d"])
            case _:
                pass  # presence, voice, member requests: nothing here depends on them

    async def _identify(self, connection: Connection, data: Json) -> None:
        if data["token"] != self.token:
            await connection.socket.close(code=AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return
        self.identified += 1
        self.intents.append(data["intents"])
        session = Session(data.get("shard", [0, 1]))
        session.connection = connection
        self.sessions[session.id] = session
        for event, content in self._ready(session):
            await self._dispatch(session, event, content)

    async def _resume(self, connection: Connection, data: Json) -> None:
        if data["token"] != self.token:
            await connection.socket.close(code=AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return
        session = self.sessions.get(data["session_id"])
        if session is None:
            await connection.send({"op": INVALID_SESSION, "d": False, "s": None, "t": None})
            return
        self.resumed += 1
        session.connection = connection
        for payload in session.sent[data["seq"] :]:
            await connection.send(payload)
        await self._dispatch(session, "RESUMED", {})

    async def _dispatch(self, session: Session, event: str, content: Json) -> None:
        payload = {"op": DISPATCH, "d": content, "s": len(session.sent) + 1, "t": event}
        session.sent.append(payload)
        if session.connection is not None and not session.connection.socket.closed:
            await session.connection.send(payload)

    async def dispatch(self, event: str, content: Json) -> None:
        """Send an event to the newest live session of its server's shard."""
        guild = int(content["guild_id"])
        sessions = [session for session in self.live() if session.has(guild)]
        assert sessions, "no gateway session is live: wait for it first"
        await self._dispatch(sessions[-1], event, content)

    async def tell_reconnect(self) -> None:
        """Op 7: Discord asks the client to come again, and to resume."""
        for session in self.live():
            assert session.connection is not None
            await session.connection.send({"op": RECONNECT, "d": None, "s": None, "t": None})

    async def hang_up(self, code: int = 4000) -> None:
        """Close every connection with a code."""
        for session in self.live():
            assert session.connection is not None
            await session.connection.socket.close(code=code)

    async def forget(self) -> None:
        """Op 9: no session may be resumed; its client has to identify anew."""
        for session in self.live():
            assert session.connection is not None
            await session.connection.send({"op": INVALID_SESSION, "d": False, "s": None, "t": None})
        self.sessions.clear()
