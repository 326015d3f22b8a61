"""Forums and webhooks of the Discord double: what Discord does at their routes (its documentation names each)."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from tests.discord_double_gateway import Json
from tests.discord_double_objects import FORUM, THREAD, Channel, Posted, Refusal, checked

PLACES = (
    ("POST", "/channels/{channel}/threads", "thread"),
    ("GET", "/guilds/{guild}/threads/active", "active"),
    ("GET", "/channels/{channel}/threads/archived/public", "archived"),
    ("GET", "/channels/{channel}/messages/{message}", "message"),
    ("GET", "/channels/{channel}/webhooks", "hooks"),
    ("POST", "/channels/{channel}/webhooks", "hook"),
)


class _Double(Protocol):
    id: int
    guild: int
    channels: dict[int, Channel]
    messages: list[Posted]
    hooks: dict[str, tuple[int, int]]

    def _new_id(self) -> int: ...
    def _seen(self, request: web.Request) -> Channel: ...
    def _channel_json(self, channel: Channel) -> Json: ...
    def _message_json(self, message: Posted) -> Json: ...
    def _notified(self, body: Json) -> list[int]: ...
    def _hook_json(self, token: str) -> Json: ...
    def _user_json(self, user: int, name: str, *, bot: bool = False) -> Json: ...


class Places:
    """The routes, for a double that has the state."""

    def _thread(self: _Double, request: web.Request, body: Json) -> Json:
        """Start Thread in Forum: no nonce; the first message has the thread's id."""
        forum = self._seen(request)
        if forum.kind != FORUM:
            raise Refusal(400, 50024, "Cannot execute action on this channel type")
        if not forum.send:
            raise Refusal(403, 50013, "Missing Permissions")
        if not 1 <= len(body["name"]) <= 100:
            raise Refusal(400, 50035, "Invalid Form Body: name")
        if forum.tag_required and not body.get("applied_tags"):
            raise Refusal(400, 40067, "A tag is required to create a forum post in this channel")
        thread = Channel(id=self._new_id(), name=body["name"], kind=THREAD, parent=forum.id)
        self.channels[thread.id] = thread
        message = Posted(
            id=thread.id,
            channel=thread.id,
            author=self.id,
            payload=body["message"],
            components=checked(body["message"]),
            nonce=None,
            mentions=self._notified(body["message"]),
        )
        self.messages.append(message)
        return self._channel_json(thread) | {"message": self._message_json(message)}

    def _active(self: _Double, _request: web.Request, _body: Json) -> Json:
        threads = [one for one in self.channels.values() if one.kind == THREAD and one.exists and not one.archived]
        return {"threads": [self._channel_json(one) for one in threads], "members": []}

    def _archived(self: _Double, request: web.Request, _body: Json) -> Json:
        forum = self._seen(request)
        threads = [one for one in self.channels.values() if one.parent == forum.id and one.exists and one.archived]
        return {"threads": [self._channel_json(one) for one in threads], "members": [], "has_more": False}

    def _message(self: _Double, request: web.Request, _body: Json) -> Json:
        channel, number = self._seen(request), int(request.match_info["message"])
        found = next((one for one in self.messages if (one.channel, one.id) == (channel.id, number)), None)
        if found is None:
            raise Refusal(404, 10008, "Unknown Message")
        return self._message_json(found)

    def _hooks(self: _Double, request: web.Request, _body: Json) -> list[Json]:
        channel = self._seen(request)
        if not channel.hooks:
            raise Refusal(403, 50013, "Missing Permissions")
        return [self._hook_json(token) for token, (_, place) in self.hooks.items() if place == channel.id]

    def _hook(self: _Double, request: web.Request, _body: Json) -> Json:
        channel = self._seen(request)
        if not channel.hooks:
            raise Refusal(403, 50013, "Missing Permissions")
        number = self._new_id()
        token = f"hook-{number}"
        self.hooks[token] = (number, channel.id)
        return self._hook_json(token)

    def _hook_json(self: _Double, token: str) -> Json:
        number, channel = self.hooks[token]
        return {
            "id": str(number),
            "type": 1,
            "guild_id": str(self.guild),
            "channel_id": str(channel),
            "application_id": str(self.id),
            "name": "Dateline",
            "avatar": None,
            "token": token,
            "user": self._user_json(self.id, "Dateline", bot=True),
        }

    def _execute(self: _Double, token: str, body: Json) -> Json:
        """Execute Webhook: no nonce; a name without "discord" or "clyde" (Usernames and Nicknames)."""
        number, channel = self.hooks[token]
        name = body.get("username") or "Dateline"
        if not 1 <= len(name) <= 80 or "discord" in name.lower() or "clyde" in name.lower():
            raise Refusal(400, 50035, "Invalid Form Body: username")
        message = Posted(
            id=self._new_id(),
            channel=channel,
            author=number,
            payload=body,
            components=checked(body),
            nonce=None,
            mentions=self._notified(body),
            name=name,
        )
        self.messages.append(message)
        return self._message_json(message)
