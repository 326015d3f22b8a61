"""A double of Discord on 127.0.0.1: real HTTP and a real gateway, for an unmodified discord.py client.

It keeps what the tests judge by (messages, commands, answers to interactions), refuses what Discord refuses (a wrong
token, a missing permission, a layout beyond its limits), and de-duplicates by nonce for `nonce_window`. It lives in the
test's process, so that it remembers while the bot's process is killed::

    async with Discord() as discord:
        channel = discord.channel("news")
        ... DATELINE_DISCORD_API=discord.api DATELINE_DISCORD_GATEWAY=discord.gateway
        discord.fault("post", Fault(status=503), Fault(effect=True, hang_up=True))
        answer = await discord.interact("alert add", channel=channel.id)

Never: kinder than Discord's documentation; where that is silent, the worse for the bot is chosen.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
import socket
import struct
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import discord
from aiohttp import web

from tests.discord_double_gateway import Gateway, Json, Session
from tests.discord_double_objects import COMPONENTS_V2, FORUM, THREAD, Channel, Posted, Refusal, checked, walked
from tests.discord_double_places import PLACES, Places

__all__ = ["Channel", "Discord", "Fault", "Posted", "Refusal"]

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAw.canary.never-to-be-seen-in-any-output"
API = "/api/v10"
EPOCH = 1_420_070_400_000
UNREACHABLE = "ws://gateway.discord.invalid/"
EPHEMERAL = 1 << 6
SUB_COMMAND, SUB_GROUP, CHANNEL, ROLE, INTEGER, BOOLEAN = 1, 2, 7, 8, 4, 5

ROUTES = (
    ("GET", "/users/@me", "me"),
    ("GET", "/users/@me/guilds", "guilds"),
    ("GET", "/oauth2/applications/@me", "application"),
    ("GET", "/gateway/bot", "gateway"),
    ("PUT", "/applications/{application}/commands", "sync"),
    ("GET", "/applications/{application}/commands", "commands"),
    ("GET", "/guilds/{guild}", "server"),
    ("GET", "/guilds/{guild}/members/{member}", "member"),
    ("GET", "/channels/{channel}", "channel"),
    ("POST", "/channels/{channel}/messages", "post"),
    ("GET", "/channels/{channel}/messages", "history"),
    ("PATCH", "/channels/{channel}/messages/{message}", "amend"),
    ("POST", "/interactions/{interaction}/{token}/callback", "callback"),
    ("POST", "/webhooks/{application}/{token}", "followup"),
    ("PATCH", "/webhooks/{application}/{token}/messages/{message}", "edit"),
    ("GET", "/webhooks/{application}/{token}/messages/{message}", "original"),
    *PLACES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with one request."""

    status: int | None = None
    """What is answered in place of the right answer."""
    code: int = 0
    """Discord's JSON error code."""
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    """Answered in place of Discord's JSON; HTML, such as a proxy's page, where it begins with no brace."""
    effect: bool = False
    """Whether the request does its work all the same: a message is stored, and only its answer goes wrong."""
    hang_up: bool = False
    """Close the connection without an answer."""
    reset: bool = False
    """The same, by RST."""
    delay: float = 0.0
    """Seconds before any of it."""
    act: Callable[[], None] | None = None
    """Called when the work is done (or would have been) and before the answer."""


def unavailable(*, effect: bool = False) -> Fault:
    """503: discord.py does not try it again by itself."""
    return Fault(status=503, effect=effect, body="upstream connect error")


def rate_limited(after: float, *, scope: str = "user") -> Fault:
    """A 429 that Discord itself sends."""
    headers = {"Retry-After": str(after), "X-RateLimit-Scope": scope}
    text = {"message": "You are being rate limited.", "retry_after": after, "global": scope == "global"}
    return Fault(status=429, headers=headers, body=json.dumps(text))


def banned(after: float | None = None) -> Fault:
    """A 429 that Cloudflare sends: no Via, a page."""
    headers = {"Via": ""} if after is None else {"Via": "", "Retry-After": str(after)}
    return Fault(status=429, headers=headers, body="<html>error code: 1015</html>")


def refused(status: int, code: int, message: str = "") -> Fault:
    """An error in Discord's own form."""
    return Fault(status=status, code=code, message=message)


@dataclass(kw_only=True)
class Answer:
    """What the bot made of an interaction."""

    id: int
    token: str
    callbacks: list[Json] = field(default_factory=list)
    followups: list[Json] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def message(self) -> Json:
        """The message as shown last."""
        if self.followups:
            return self.followups[-1]
        data: Json = self.callbacks[-1].get("data") or {}
        return data

    @property
    def text(self) -> str:
        message = self.message
        parts = [message.get("content") or ""]
        parts += [each["content"] for each in walked(message.get("components") or []) if each["type"] == 10]
        return "\n".join(part for part in parts if part)

    @property
    def private(self) -> bool:
        return bool((self.callbacks[0].get("data") or {}).get("flags", 0) & EPHEMERAL)

    @property
    def choices(self) -> list[Json]:
        found: list[Json] = (self.callbacks[-1].get("data") or {}).get("choices", [])
        return found

    def component(self, label: str) -> Json:
        """A button by its label."""
        return next(each for each in walked(self.message.get("components") or []) if each.get("label") == label)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request that arrived."""

    route: str
    body: Json
    at: datetime


class Discord(Places):
    """One application in one server, and the API it is reached by."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        nonce_window: timedelta = timedelta(minutes=3),
    ) -> None:
        self.token = token
        self.nonce_window = nonce_window
        self._now = now
        self._last_id = 0
        self.id = self._new_id()
        self.guild = self._new_id()
        self.reader = self._new_id()
        """Who uses the commands."""
        self.member_permissions = discord.Permissions.all()
        self.channels: dict[int, Channel] = {}
        self.roles: dict[int, Json] = {}
        self.messages: list[Posted] = []
        self.hooks: dict[str, tuple[int, int]] = {}
        """Webhooks by their token: the id, and the channel."""
        self.commands: list[Json] = []
        self.syncs = 0
        self.requests: list[Asked] = []
        self.chaos: Callable[[str, Mapping[str, str]], Fault | None] = lambda _route, _match: None
        """Asked at every request for which no fault is queued; gets the route's name and its parameters."""
        self._nonces: dict[tuple[int, int, str], tuple[Posted, datetime]] = {}
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._answers: dict[str, Answer] = {}
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.sockets = Gateway(token, self._ready)
        self.everyone = discord.Permissions(view_channel=True, send_messages=True, read_message_history=True)
        self._role(self.guild, "@everyone", self.everyone)
        self.bot_role = self._new_id()
        self._role(
            self.bot_role,
            "Dateline",
            discord.Permissions(embed_links=True, manage_webhooks=True, send_messages_in_threads=True),
            managed=True,
        )

    # --- a server to test in

    def channel(self, name: str = "news", **may: bool) -> Channel:
        """A new channel; `send`, `view`, `read_history` say what the bot may do in it."""
        channel = Channel(id=self._new_id(), name=name, **may)
        self.channels[channel.id] = channel
        return channel

    def forum(self, name: str = "stories", *, tag_required: bool = False) -> Channel:
        """A new forum without tags."""
        forum = self.channel(name)
        forum.kind, forum.tag_required = FORUM, tag_required
        return forum

    def threads(self, forum: Channel) -> list[Channel]:
        """The posts of a forum, oldest first."""
        return [one for one in self.channels.values() if one.parent == forum.id]

    def role(self, name: str = "newsroom", *, mentionable: bool = True) -> int:
        role = self._new_id()
        self._role(role, name, discord.Permissions.none(), mentionable=mentionable)
        return role

    def fault(self, route: str, *faults: Fault) -> None:
        """Queue faults for a route (a name in `ROUTES`): each strikes one request, in turn."""
        assert route in {name for _, _, name in ROUTES}
        self._faults[route].extend(faults)

    def mend(self) -> None:
        """Drop every fault that has not struck."""
        self._faults.clear()
        self.chaos = lambda _route, _match: None

    def posted(self, channel: Channel) -> list[Posted]:
        """The bot's messages in a channel, oldest first."""
        return [each for each in self.messages if each.channel == channel.id and self._mine(each)]

    def _mine(self, message: Posted) -> bool:
        """Whether the bot wrote it, itself or by a webhook of its own."""
        return message.author == self.id or message.name is not None

    def say(self, channel: Channel, text: str = "hello") -> Posted:
        """Somebody else writes in a channel."""
        components = [{"type": 10, "id": 1, "content": text}]
        message = Posted(
            id=self._new_id(),
            channel=channel.id,
            author=self.reader,
            payload={"content": text},
            components=components,
            nonce=None,
            mentions=[],
        )
        self.messages.append(message)
        return message

    def age(self, by: timedelta) -> None:
        """Let time pass that only the messages notice: they and the nonces are that much older."""
        shift = int(by.total_seconds() * 1000) << 22
        for message in self.messages:
            message.id -= shift
        for thread in [one for one in self.channels.values() if one.kind == THREAD]:
            del self.channels[thread.id]
            for message in self.messages:
                if message.channel == thread.id:
                    message.channel -= shift
            thread.id -= shift
            self.channels[thread.id] = thread
        self._nonces = {key: (message, at - by) for key, (message, at) in self._nonces.items()}

    def count(self, route: str) -> int:
        return sum(asked.route == route for asked in self.requests)

    # --- being there

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}{API}"

    @property
    def gateway(self) -> str:
        return f"ws://127.0.0.1:{self.port}/"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=30 * 1024 * 1024)
        app.router.add_get("/", self.sockets.serve)
        for method, path, name in ROUTES:
            app.router.add_route(method, API + path, self._handler(name))
        # Connections still open at the end are cut: their handlers wait for a client that may be gone.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def tell(self, channel: Channel) -> None:
        """Tell the bot what it may do in a channel now."""
        await self.sockets.dispatch("CHANNEL_UPDATE", self._channel_json(channel))

    async def until(self, met: Callable[[], object], *, seconds: float = 15.0, what: str = "") -> None:
        """Wait until something holds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not met():  # noqa: ASYNC110 - what is waited for may lie in another process
                    await asyncio.sleep(0.01)
        assert met(), f"not within {seconds} s: {what or met}"

    async def connected(self, *, seconds: float = 20.0) -> None:
        """Wait until the bot's gateway session is live."""
        await self.until(self.sockets.live, seconds=seconds, what="a gateway session")

    # --- using it

    async def interact(self, command: str, *, seconds: float = 10.0, **options: object) -> Answer:
        """Use a slash command as the reader, in the first channel; waits for the whole answer.

        `command` with spaces before a subcommand: `alert add`. A channel or role is given by its id.
        """
        return await self._interaction(2, self._data(command, options, None), seconds)

    async def autocomplete(self, command: str, option: str, typed: str, **options: object) -> Answer:
        """Type into an option."""
        return await self._interaction(4, self._data(command, {**options, option: typed}, option), 10.0)

    async def click(self, answer: Answer, label: str) -> Answer:
        """Press a button of an answer."""
        button = answer.component(label)
        data = {"component_type": 2, "custom_id": button["custom_id"]}
        flags = answer.message.get("flags", 0)
        message = self._message_json(
            Posted(
                id=self._new_id(),
                channel=next(iter(self.channels)),
                author=self.id,
                payload={"flags": flags},
                components=answer.message["components"],
                nonce=None,
                mentions=[],
            )
        )
        return await self._interaction(3, data, 10.0, message=message)

    async def _interaction(self, kind: int, data: Json, seconds: float, **more: Json) -> Answer:
        interaction = Answer(id=self._new_id(), token=secrets.token_urlsafe(24))
        self._answers[interaction.token] = interaction
        channel = next(iter(self.channels.values()))
        await self.sockets.dispatch(
            "INTERACTION_CREATE",
            {
                "id": str(interaction.id),
                "application_id": str(self.id),
                "type": kind,
                "token": interaction.token,
                "version": 1,
                "data": data,
                "guild_id": str(self.guild),
                "guild": {"id": str(self.guild), "locale": "en-US", "features": []},
                "channel_id": str(channel.id),
                "channel": self._channel_json(channel),
                "member": self._member_json(self.reader, "reader", permissions=self.member_permissions),
                "app_permissions": str(self.everyone.value),
                "locale": "en-US",
                "guild_locale": "en-US",
                "entitlements": [],
                "authorizing_integration_owners": {"0": str(self.guild)},
                "context": 0,
                "attachment_size_limit": 10 * 1024 * 1024,
                **more,
            },
        )
        async with asyncio.timeout(seconds):
            await interaction.done.wait()
        return interaction

    def _data(self, command: str, options: Mapping[str, object], focused: str | None) -> Json:
        """An interaction's data, its options typed as the synced command says."""
        names = command.split()
        found = next((each for each in self.commands if each["name"] == names[0]), None)
        assert found is not None, f"the bot has not told Discord of /{names[0]}"
        resolved: Json = {"channels": {}, "roles": {}}
        nested: list[Json] = []
        data = {"id": found["id"], "name": names[0], "type": 1, "options": nested, "resolved": resolved}
        for name in names[1:]:
            found = next(each for each in found["options"] if each["name"] == name)
            inner: list[Json] = []
            nested.append({"type": found["type"], "name": name, "options": inner})
            nested = inner
        known = {each["name"]: each for each in found.get("options", [])}
        required = {name for name, each in known.items() if each.get("required")}
        assert options.keys() <= known.keys(), f"/{command} has no option {options.keys() - known.keys()}"
        assert focused is not None or required <= options.keys(), f"/{command} needs {required - options.keys()}"
        for name, value in options.items():
            kind = known[name]["type"]
            if kind == CHANNEL:
                assert isinstance(value, int)
                resolved["channels"][str(value)] = self._channel_json(self.channels[value]) | {
                    "permissions": str(discord.Permissions.all().value)
                }
            elif kind == ROLE:
                assert isinstance(value, int)
                resolved["roles"][str(value)] = self.roles[value]
            typed = {"name": name, "type": kind, "value": str(value) if kind in (CHANNEL, ROLE) else value}
            nested.append(typed | {"focused": True} if name == focused else typed)
        return data

    # --- HTTP

    def _handler(self, name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        work: Callable[[web.Request, Any], Json | list[Json] | None] = getattr(self, f"_{name}")

        async def handle(request: web.Request) -> web.StreamResponse:
            body = await self._body(request)
            self.requests.append(Asked(route=name, body=body if isinstance(body, dict) else {}, at=self._now()))
            queued = self._faults[name]
            fault = queued.popleft() if queued else self.chaos(name, request.match_info) or Fault()
            if fault.delay:
                await asyncio.sleep(fault.delay)
            answer = self._worked(request, work, name, body) if self._works(fault) else None
            if fault.act is not None:
                fault.act()
            if fault.hang_up or fault.reset:
                return self._hung_up(request, reset=fault.reset)
            if fault.status is not None:
                text = fault.body or json.dumps({"code": fault.code, "message": fault.message or "fault"})
                kind = "application/json" if text.startswith("{") else "text/html"
                return self._response(fault.status, text, {"Content-Type": kind, **fault.headers})
            assert answer is not None
            return answer

        return handle

    @staticmethod
    def _works(fault: Fault) -> bool:
        return fault.effect or not (fault.hang_up or fault.reset or fault.status is not None)

    def _worked(
        self, request: web.Request, work: Callable[[web.Request, Any], Any], name: str, body: Any
    ) -> web.Response:
        try:
            if name not in ("callback", "followup", "edit", "original"):
                self._authorised(request)
            done = work(request, body)
        except Refusal as no:
            return self._response(no.status, json.dumps({"code": no.code, "message": no.message}))
        return self._response(204, "") if done is None else self._response(200, json.dumps(done))

    def _authorised(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise Refusal(401, 0, "401: Unauthorized")

    @staticmethod
    async def _body(request: web.Request) -> Any:
        if request.content_type == "application/json":
            return await request.json()
        if request.content_type == "multipart/form-data":
            form = await request.post()
            return json.loads(str(form["payload_json"]))
        return {}

    @staticmethod
    def _response(status: int, text: str, headers: Mapping[str, str] | None = None) -> web.Response:
        usual = {
            "Content-Type": "application/json",
            "Via": "1.1 google",
            "X-RateLimit-Limit": "50",
            "X-RateLimit-Remaining": "49",
            "X-RateLimit-Reset-After": "1.0",
        }
        wanted = usual | dict(headers or {})
        wanted = {name: value for name, value in wanted.items() if value}
        return web.Response(status=status, body=text.encode(), headers=wanted)

    @staticmethod
    def _hung_up(request: web.Request, *, reset: bool) -> web.Response:
        transport = request.transport
        if transport is not None:
            if reset and (sock := transport.get_extra_info("socket")) is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        return web.Response()

    # --- routes: what each does, given its body

    def _me(self, _request: web.Request, _body: Json) -> Json:
        return self._user_json(self.id, "Dateline", bot=True)

    def _guilds(self, _request: web.Request, _body: Json) -> list[Json]:
        may = self.everyone | discord.Permissions(int(self.roles[self.bot_role]["permissions"]))
        return [{"id": str(self.guild), "name": "The Newsroom", "owner": False, "permissions": str(may.value)}]

    def _application(self, _request: web.Request, _body: Json) -> Json:
        return {
            "id": str(self.id),
            "name": "Dateline",
            "description": "",
            "icon": None,
            "bot_public": True,
            "bot_require_code_grant": False,
            "owner": self._user_json(self.reader, "reader"),
            "verify_key": "00",
            "flags": 0,
            "team": None,
        }

    def _gateway(self, _request: web.Request, _body: Json) -> Json:
        limits = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return {"url": UNREACHABLE, "shards": 1, "session_start_limit": limits}

    def _server(self, _request: web.Request, _body: Json) -> Json:
        """Without its channels and members, which are asked for apart."""
        guild = self._guild_json()
        return {name: value for name, value in guild.items() if name not in ("channels", "members", "threads")}

    def _member(self, request: web.Request, _body: Json) -> Json:
        if int(request.match_info["member"]) != self.id:
            raise Refusal(404, 10007, "Unknown Member")
        return self._member_json(self.id, "Dateline", bot=True)

    def _sync(self, _request: web.Request, body: list[Json]) -> list[Json]:
        self.syncs += 1
        for command in body:
            slash = command.get("type", 1) == 1  # else a menu's, which may have spaces and capitals
            if not re.fullmatch(r"[-_a-z0-9]{1,32}" if slash else r".{1,32}", command["name"]):
                raise Refusal(400, 50035, "Invalid Form Body: name")
            if slash and not 1 <= len(command.get("description", "")) <= 100:
                raise Refusal(400, 50035, "Invalid Form Body: description")
        self.commands = [
            {
                "description": "",
                **command,
                "id": str(self._new_id()),
                "application_id": str(self.id),
                "version": str(self._new_id()),
                "default_member_permissions": command.get("default_member_permissions"),
            }
            for command in body
        ]
        return self.commands

    def _commands(self, _request: web.Request, _body: Json) -> list[Json]:
        return self.commands

    def _seen(self, request: web.Request) -> Channel:
        channel = self.channels.get(int(request.match_info["channel"]))
        if channel is None or not channel.exists:
            raise Refusal(404, 10003, "Unknown Channel")
        if not channel.view:
            raise Refusal(403, 50001, "Missing Access")
        return channel

    def _channel(self, request: web.Request, _body: Json) -> Json:
        """A bot asks for it where its gateway has not told of the server yet."""
        return self._channel_json(self._seen(request))

    def _post(self, request: web.Request, body: Json) -> Json:
        channel = self._seen(request)
        if not channel.send:
            raise Refusal(403, 50013, "Missing Permissions")
        nonce = body.get("nonce")
        if nonce is not None and len(str(nonce)) > 25:
            raise Refusal(400, 50035, "Invalid Form Body: nonce: Must be 25 or fewer in length")
        key = (channel.id, self.id, str(nonce))
        if nonce is not None and body.get("enforce_nonce") and key in self._nonces:
            first, at = self._nonces[key]
            if self._now() - at <= self.nonce_window:
                return self._message_json(first) | {"nonce": nonce}
        components = checked(body)
        message = Posted(
            id=self._new_id(),
            channel=channel.id,
            author=self.id,
            payload=body,
            components=components,
            nonce=nonce,
            mentions=self._notified(body),
        )
        self.messages.append(message)
        if nonce is not None:
            self._nonces[key] = (message, self._now())
        return self._message_json(message) | {"nonce": nonce}

    def _amend(self, request: web.Request, body: Json) -> Json:
        """Edit Message: one's own, and nobody is notified (documentation, Edit Message)."""
        channel = self._seen(request)
        number = int(request.match_info["message"])
        message = next((each for each in self.messages if each.channel == channel.id and each.id == number), None)
        if message is None:
            raise Refusal(404, 10008, "Unknown Message")
        if message.author != self.id:
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        message.components = checked(body | {"flags": COMPONENTS_V2})
        message.payload = body
        message.edits += 1
        return self._message_json(message)

    def _notified(self, body: Json) -> list[int]:
        """The roles a message really mentions: those in its text that `allowed_mentions` lets through."""
        text = "\n".join(each["content"] for each in walked(body.get("components") or []) if each["type"] == 10)
        text += body.get("content") or ""
        named = {int(number) for number in re.findall(r"<@&(\d+)>", text)}
        allowed = body.get("allowed_mentions")
        if allowed is None or "roles" in allowed.get("parse", ()):
            return sorted(named & self.roles.keys())
        return sorted(named & {int(role) for role in allowed.get("roles", ())})

    def _history(self, request: web.Request, _body: Json) -> list[Json]:
        """Newest first; without Read Message History no messages and no error (documentation, Get Channel Messages)."""
        channel = self._seen(request)
        if not channel.read_history:
            return []
        limit = int(request.query.get("limit", "50"))
        if not 1 <= limit <= 100:
            raise Refusal(400, 50035, "Invalid Form Body: limit")
        found = sorted((each for each in self.messages if each.channel == channel.id), key=lambda each: each.id)
        if "after" in request.query:
            after = int(request.query["after"])
            found = [each for each in found if each.id > after][:limit]
        else:
            before = int(request.query.get("before", 1 << 63))
            found = [each for each in found if each.id < before][-limit:]
        return [self._message_json(each) for each in reversed(found)]

    def _callback(self, request: web.Request, body: Json) -> Json:
        answer = self._answers.get(request.match_info["token"])
        if answer is None or str(answer.id) != request.match_info["interaction"]:
            raise Refusal(404, 10062, "Unknown interaction")
        if answer.callbacks:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        data = body.get("data") or {}
        if body["type"] in (4, 7):
            checked(data)
        if body["type"] == 8 and len(data["choices"]) > 25:
            raise Refusal(400, 50035, "Invalid Form Body: choices")
        answer.callbacks.append(body)
        if body["type"] not in (5, 6):
            answer.done.set()
        interaction = {"id": str(answer.id), "type": 2, "response_message_id": str(self._new_id())}
        return {"interaction": interaction}

    def _followup(self, request: web.Request, body: Json) -> Json:
        token = request.match_info["token"]
        if token in self.hooks:
            return self._execute(token, body)
        answer = self._answers.get(request.match_info["token"])
        if answer is None or not answer.callbacks:
            raise Refusal(404, 10015, "Unknown Webhook")
        components = checked(body)
        answer.followups.append(body)
        answer.done.set()
        return self._message_json(
            Posted(
                id=self._new_id(),
                channel=next(iter(self.channels)),
                author=self.id,
                payload=body,
                components=components,
                nonce=None,
                mentions=[],
            )
        )

    def _edit(self, request: web.Request, body: Json) -> Json:
        if (hook := self.hooks.get(request.match_info["token"])) is None:
            return self._followup(request, body)
        number = request.match_info["message"]
        message = next((one for one in self.messages if str(one.id) == number and one.author == hook[0]), None)
        if message is None:
            raise Refusal(404, 10008, "Unknown Message")
        message.components = checked(body | {"flags": COMPONENTS_V2})
        message.payload = body
        message.edits += 1
        return self._message_json(message)

    def _original(self, request: web.Request, _body: Json) -> Json:
        answer = self._answers.get(request.match_info["token"])
        if answer is None or not answer.callbacks:
            raise Refusal(404, 10008, "Unknown Message")
        return self._followup(request, answer.message)

    # --- what Discord's objects look like

    def _new_id(self) -> int:
        """A snowflake: it carries the time, and never goes back."""
        now = (int(self._now().timestamp() * 1000) - EPOCH) << 22
        self._last_id = max(now, self._last_id + 1)
        return self._last_id

    def _role(
        self,
        role: int,
        name: str,
        permissions: discord.Permissions,
        *,
        mentionable: bool = False,
        managed: bool = False,
    ) -> None:
        self.roles[role] = {
            "id": str(role),
            "name": name,
            "permissions": str(permissions.value),
            "position": len(self.roles),
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": managed,
            "mentionable": mentionable,
            "flags": 0,
        }

    @staticmethod
    def _user_json(user: int, name: str, *, bot: bool = False) -> Json:
        return {
            "id": str(user),
            "username": name,
            "discriminator": "0",
            "global_name": None,
            "avatar": None,
            "bot": bot,
        }

    def _member_json(
        self, user: int, name: str, *, bot: bool = False, permissions: discord.Permissions | None = None
    ) -> Json:
        member = {
            "user": self._user_json(user, name, bot=bot),
            "roles": [str(self.bot_role)] if bot else [],
            "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
        }
        return member if permissions is None else member | {"permissions": str(permissions.value)}

    def _channel_json(self, channel: Channel) -> Json:
        denied = discord.Permissions(
            view_channel=not channel.view,
            send_messages=not channel.send,
            read_message_history=not channel.read_history,
            manage_webhooks=not channel.hooks,
        )
        overwrite = {"id": str(self.bot_role), "type": 0, "allow": "0", "deny": str(denied.value)}
        if channel.kind == THREAD:
            return {
                "id": str(channel.id),
                "type": THREAD,
                "guild_id": str(self.guild),
                "parent_id": str(channel.parent),
                "owner_id": str(self.id),
                "name": channel.name,
                "thread_metadata": {
                    "archived": channel.archived,
                    "auto_archive_duration": 4320,
                    "archive_timestamp": datetime.fromtimestamp(((channel.id >> 22) + EPOCH) / 1000, UTC).isoformat(),
                    "locked": False,
                },
                "message_count": 0,
                "member_count": 1,
                "applied_tags": [],
                "flags": 0,
            }
        return {
            "id": str(channel.id),
            "type": channel.kind,
            "available_tags": [],
            "flags": 1 << 4 if channel.tag_required else 0,
            "guild_id": str(self.guild),
            "name": channel.name,
            "position": list(self.channels).index(channel.id),
            "permission_overwrites": [overwrite],
            "topic": None,
            "nsfw": False,
            "parent_id": None,
            "last_message_id": None,
            "rate_limit_per_user": 0,
        }

    def _message_json(self, message: Posted) -> Json:
        mine = self._mine(message)
        author = message.name or ("Dateline" if mine else "reader")
        moment = datetime.fromtimestamp(((message.id >> 22) + EPOCH) / 1000, UTC)
        # The bot asks for no message content: what others wrote comes empty.
        return {
            "id": str(message.id),
            "channel_id": str(message.channel),
            "author": self._user_json(message.author, author, bot=mine),
            **({"webhook_id": str(message.author)} if message.name is not None else {}),
            "content": (message.payload.get("content") or "") if mine else "",
            "timestamp": moment.isoformat(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [str(role) for role in message.mentions],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 0,
            "flags": message.payload.get("flags", 0),
            "components": message.components if mine else [],
        }

    def _guild_json(self) -> Json:
        return {
            "id": str(self.guild),
            "name": "A server",
            "owner_id": str(self.reader),
            "roles": list(self.roles.values()),
            "channels": [
                self._channel_json(channel)
                for channel in self.channels.values()
                if channel.exists and channel.kind != THREAD
            ],
            "members": [self._member_json(self.id, "Dateline", bot=True)],
            "member_count": 2,
            "emojis": [],
            "stickers": [],
            "features": [],
            "voice_states": [],
            "presences": [],
            "threads": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "large": False,
            "unavailable": False,
            "joined_at": "2026-01-01T00:00:00+00:00",
        }

    def _ready(self, session: Session) -> list[tuple[str, Json]]:
        guild = self._guild_json()
        ready = {
            "v": 10,
            "user": self._user_json(self.id, "Dateline", bot=True),
            "guilds": [{"id": str(self.guild), "unavailable": True}] if session.has(self.guild) else [],
            "session_id": session.id,
            "resume_gateway_url": UNREACHABLE,
            "shard": session.shard,
            "application": {"id": str(self.id), "flags": 0},
        }
        return [("READY", ready), ("GUILD_CREATE", guild)] if session.has(self.guild) else [("READY", ready)]
