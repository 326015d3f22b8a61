"""The poster: a message into a channel, and an `Outcome` for whatever Discord answers.

discord.py retries 500, 502 and 504 by itself, with the same nonce; not 503, not a dropped connection, not a 429 that
Cloudflare sent. Those come back as `Later`, and the outbox tries again with the delivery's own nonce. Posts of forums
and messages of webhooks take no nonce (documentation: Start Thread in Forum, Execute Webhook): `once` keeps discord.py
from trying again what may have been taken, and the outbox looks for it first. Never: a mention that the rule did not
ask for, or an exception for what the network or Discord does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

import aiohttp
import discord
from discord import ui
from discord.utils import MISSING

from bot import alert_cards, cards
from bot.log import get_logger
from bot.model import (
    ChannelId,
    DeliveryId,
    Later,
    Message,
    MessageId,
    Outcome,
    Place,
    RefusalKind,
    Refused,
    RoleId,
    Sent,
)
from bot.news.forum_tags import fitting_tags
from bot.words import DEFAULT, later, speak

log = get_logger(__name__)

SOON = timedelta(0)
"""As soon as the outbox's own backoff allows."""
BAN = timedelta(minutes=10)
"""After a 429 without Discord's own headers: Cloudflare's ban of an address lasts from minutes to an hour."""
LOOK_BACK = 1_000
"""Messages looked through for a delivery in doubt, 100 a request; behind more than that it is given up."""
CLOCK_SLACK = timedelta(minutes=5)
REACHES_BACK = timedelta(minutes=50)
"""Posts of a forum are archived after an hour at the earliest: younger ones are among the active threads."""

# Discord's JSON error codes (documentation, "Opcodes and Status Codes").
UNKNOWN_CHANNEL, UNKNOWN_GUILD = 10003, 10004
SLOWMODE, CHANNEL_WRITE_LIMIT, SERVER_WRITE_LIMIT, OVERLOADED = 20016, 20028, 20029, 130000
CLOUDFLARE = 40333
UNKNOWN_WEBHOOK, TOO_MANY_WEBHOOKS, TAG_REQUIRED = 10015, 30007, 40067
CLOSED_TO_MESSAGES = {50007, 50278}
"""A person takes none, or shares no server with the bot any more."""
THREAD_LOCKED, THREAD_ARCHIVED, TOO_MANY_THREADS = 160005, 50083, 160006
CLOSED_THREADS = {
    THREAD_LOCKED: later("The thread is locked: unlock it, or choose another place."),
    THREAD_ARCHIVED: later("The thread is archived and I may not open it again: open it, or choose another place."),
    TOO_MANY_THREADS: later("The server has as many open threads as Discord allows: close some."),
}
WAITING = {SLOWMODE, CHANNEL_WRITE_LIMIT, SERVER_WRITE_LIMIT, OVERLOADED}


@dataclass(slots=True)
class _Attempts:
    """What became of the last attempt of a request: None before the first, 0 while it has no answer."""

    status: int | None = None


class Repeated(Exception):
    """discord.py was about to repeat a request that Discord may have taken."""


_attempts: ContextVar[_Attempts | None] = ContextVar("attempts", default=None)


@contextmanager
def once() -> Iterator[None]:
    """Within it, no request is repeated after a fault of the server: `Repeated` is raised. Needs `attempts_trace`."""
    token = _attempts.set(_Attempts())
    try:
        yield
    finally:
        _attempts.reset(token)


def attempts_trace() -> aiohttp.TraceConfig:
    """What a client is made with (`http_trace`), so that `once` sees its attempts."""

    async def started(_session: aiohttp.ClientSession, _context: Any, params: aiohttp.TraceRequestStartParams) -> None:
        made = _attempts.get()
        if made is None or params.method != "POST":
            return
        if made.status is not None and not 1 <= made.status < 500:
            raise Repeated
        made.status = 0

    async def ended(_session: aiohttp.ClientSession, _context: Any, params: aiohttp.TraceRequestEndParams) -> None:
        if (made := _attempts.get()) is not None and params.method == "POST":
            made.status = params.response.status

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(started)
    trace.on_request_end.append(ended)
    return trace


class DiscordPoster:
    """Posts through a client that is logged in; its gateway need not be connected."""

    def __init__(self, client: discord.Client, now: Callable[[], datetime]) -> None:
        self._client = client
        self._now = now
        self._webhooks: dict[ChannelId, discord.Webhook] = {}
        """Looked up once a run: their tokens are secrets, and are not stored."""

    async def post(self, channel: ChannelId, message: Message, *, nonce: str) -> Outcome:
        """Send the message's card. With a nonce goes enforce_nonce: sent twice soon, Discord answers with the first."""
        view = self._drawn(message)
        if isinstance(view, Refused):  # one item that cannot be laid out must not hold up its channel
            return view
        match message.place:
            case Place.CHANNEL:
                return await self._send(channel, view, nonce, role=message.role)
            case Place.FORUM:
                return await self._post_in_forum(channel, view, message)
            case Place.WEBHOOK:
                return await self._send_by_webhook(channel, view, message)
            case _:
                assert_never(message.place)

    def _drawn(self, message: Message) -> ui.LayoutView | Refused:
        """A message's layout; from here on its language is spoken."""
        speak(message.locale or DEFAULT)
        try:
            return alert_cards.alert_layout(message, self._now())
        except Exception as error:
            log.error("card not made", delivery=message.number, exc_info=error)
            return Refused(kind=RefusalKind.MALFORMED, detail=f"the card could not be made ({type(error).__name__})")

    async def _place(self, channel: ChannelId) -> Any:
        """A channel as the gateway told of it, or as Discord tells of it now."""
        return self._client.get_channel(channel) or await self._client.fetch_channel(channel)

    async def _post_in_forum(self, channel: ChannelId, view: ui.LayoutView, message: Message) -> Outcome:
        """A post of its own, with those of the forum's tags that fit."""
        try:
            forum = await self._forum(channel)
            offered = {tag.name: tag for tag in forum.available_tags if not tag.moderated}
            chosen = fitting_tags(list(offered), message.what, required=forum.flags.require_tag)
            with once():
                made = await forum.create_thread(
                    name=alert_cards.post_title(message.what),
                    view=view,
                    applied_tags=[offered[name] for name in chosen],
                    allowed_mentions=_mentions(message.role),
                )
        except Exception as error:  # noqa: BLE001 - every fault of it is an outcome
            return judged(error)
        return Sent(message=MessageId(made.thread.id))

    async def _forum(self, channel: ChannelId) -> discord.ForumChannel:
        found = await self._place(channel)
        if not isinstance(found, discord.ForumChannel):
            raise TypeError("no forum")
        return found

    async def _send_by_webhook(self, channel: ChannelId, view: ui.LayoutView, message: Message) -> Outcome:
        """Under the outlet's name, where the message is of one story."""
        name = alert_cards.webhook_name(message.what)
        try:
            webhook = await self._webhook(channel)
            with once():
                sent = await webhook.send(
                    view=view,
                    username=name if name is not None else MISSING,
                    allowed_mentions=_mentions(message.role),
                    wait=True,
                )
        except Exception as error:  # noqa: BLE001 - every fault of it is an outcome
            if isinstance(error, discord.NotFound) and error.code == UNKNOWN_WEBHOOK:
                # Somebody removed it: it is never called again, the next attempt has another.
                self._webhooks.pop(channel, None)
                return Later(after=SOON, detail="the webhook was removed", doubtful=False)
            return judged(error)
        return Sent(message=MessageId(sent.id))

    async def _webhook(self, channel: ChannelId) -> discord.Webhook:
        """The bot's own webhook of a channel, made where there is none."""
        known = self._webhooks.get(channel)
        if known is None:
            found = await self._place(channel)
            me = self._client.user
            if not isinstance(found, discord.TextChannel) or me is None:
                raise TypeError("no channel that has webhooks")
            ours = [one for one in await found.webhooks() if one.user == me and one.token is not None]
            known = self._webhooks[channel] = ours[0] if ours else await found.create_webhook(name=me.name)
        return known

    async def edit(self, channel: ChannelId, posted: MessageId, message: Message) -> Outcome:
        """Let a message of ours show the message's card as it is now. An edit notifies nobody."""
        view = self._drawn(message)
        if isinstance(view, Refused):  # the card stays as it is
            return view
        try:
            if message.place is Place.WEBHOOK:
                webhook = await self._webhook(channel)
                await webhook.edit_message(posted, view=view, allowed_mentions=discord.AllowedMentions.none())
            else:
                # The first message of a forum's post has its thread's own id.
                where = ChannelId(posted) if message.place is Place.FORUM else channel
                await self._edit(where, posted, view)
        except discord.NotFound as error:
            self._webhooks.pop(channel, None)
            if error.code in (UNKNOWN_CHANNEL, UNKNOWN_GUILD) and message.place is not Place.FORUM:
                return judged(error)
            return Refused(kind=RefusalKind.MESSAGE_GONE, detail="The message was deleted.")
        except Exception as error:  # noqa: BLE001 - every fault of an edit is an outcome
            return judged(error)
        return Sent(message=posted)

    async def _edit(self, where: ChannelId, posted: MessageId, view: ui.LayoutView) -> None:
        """Edit a message; a thread that Discord has archived meanwhile is opened for it."""
        partial = self._client.get_partial_messageable(where).get_partial_message(posted)
        try:
            await partial.edit(view=view, allowed_mentions=discord.AllowedMentions.none())
        except discord.HTTPException as error:
            if error.code != THREAD_ARCHIVED:
                raise
            thread = await self._client.fetch_channel(where)
            if not isinstance(thread, discord.Thread) or thread.locked:
                raise
            await thread.edit(archived=False)
            await partial.edit(view=view, allowed_mentions=discord.AllowedMentions.none())

    async def publish(self, channel: ChannelId, posted: MessageId) -> Outcome:
        """Publish a message of ours to the followers of its announcement channel."""
        try:
            await self._client.get_partial_messageable(channel).get_partial_message(posted).publish()
        except Exception as error:  # noqa: BLE001 - every fault of it is an outcome
            return judged(error)
        return Sent(message=posted)

    async def tell(self, channel: ChannelId, text: str, *, nonce: str) -> Outcome:
        """Send a notice, with a nonce as `post` does."""
        return await self._send(channel, cards.notice("For the moderators", cards.error(text)), nonce)

    async def _send(
        self, channel: ChannelId, view: ui.LayoutView, nonce: str, *, role: RoleId | None = None
    ) -> Outcome:
        try:
            sent = await self._client.get_partial_messageable(channel).send(
                view=view,
                nonce=nonce,
                allowed_mentions=_mentions(role),
            )
        except Exception as error:  # noqa: BLE001 - every fault of a send is an outcome
            return judged(error)
        return Sent(message=MessageId(sent.id))

    async def find(
        self, channel: ChannelId, number: DeliveryId, *, since: datetime, place: Place = Place.CHANNEL
    ) -> Outcome | None:
        """Look through the channel's messages since an attempt began for the one that carries a delivery's number.

        Of a forum, through the first messages of its posts. Without Read Message History, Discord shows an empty
        history and no error: the permission is looked at first.
        """
        me = self._client.user
        seen = 0
        try:
            if (unreadable := await self._unreadable(channel)) is not None:
                return unreadable
            async for message in self._since(channel, since, place):
                seen += 1
                ours = me is None or message.author.id == me.id or message.webhook_id is not None
                if ours and carries(message, number):
                    return Sent(message=MessageId(message.id))
        except Exception as error:  # noqa: BLE001 - as above
            outcome = judged(error)
            # Looking is no attempt: nothing new is in doubt.
            return replace(outcome, doubtful=False) if isinstance(outcome, Later) else outcome
        if seen >= LOOK_BACK:
            return Refused(kind=RefusalKind.UNKNOWN, detail=f"more than {LOOK_BACK} messages have come since")
        return None

    async def _since(self, channel: ChannelId, since: datetime, place: Place) -> AsyncIterator[discord.Message]:
        """The messages of a channel, or the first ones of a forum's posts by us, since a moment or somewhat before."""
        after = since - CLOCK_SLACK
        if place is not Place.FORUM:
            history = self._client.get_partial_messageable(channel).history(
                limit=LOOK_BACK, after=after, oldest_first=True
            )
            async for message in history:
                yield message
            return
        forum = await self._forum(channel)
        threads = [one for one in await forum.guild.active_threads() if one.parent_id == channel]
        if self._now() - since > REACHES_BACK:
            threads += [one async for one in forum.archived_threads(limit=LOOK_BACK)]
        me = self._client.user
        for thread in threads:
            if discord.utils.snowflake_time(thread.id) >= after and (me is None or thread.owner_id == me.id):
                try:
                    yield await thread.fetch_message(thread.id)
                except discord.NotFound:  # somebody deleted it: it was there
                    continue

    async def _unreadable(self, channel: ChannelId) -> Outcome | None:
        """Why a channel's history cannot be read; None where it can."""
        found = await self._place(channel)
        if not isinstance(found, discord.abc.GuildChannel | discord.Thread):
            return None
        if found.guild.me is not None:
            can = found.permissions_for(found.guild.me)
        else:
            can = await self._asked_permissions(found)
        if not can.read_message_history:
            return Refused(kind=RefusalKind.FORBIDDEN, detail="Read Message History is missing")
        return None

    async def _asked_permissions(self, found: discord.abc.GuildChannel | discord.Thread) -> discord.Permissions:
        """What the bot may do in a channel of whose server no gateway of this process has told: Discord is asked."""
        me = self._client.user
        assert me is not None  # noqa: S101 - the client is logged in
        guild = await self._client.fetch_guild(found.guild.id, with_counts=False)
        member = await guild.fetch_member(me.id)
        # A thread has the permissions of the channel that it is in.
        place = await guild.fetch_channel(found.parent_id if isinstance(found, discord.Thread) else found.id)
        assert not isinstance(place, discord.Thread)  # noqa: S101 - threads are in no threads
        return place.permissions_for(member)


def _mentions(role: RoleId | None) -> discord.AllowedMentions:
    roles = [discord.Object(role)] if role is not None else False
    return discord.AllowedMentions(everyone=False, users=False, roles=roles, replied_user=False)


def carries(message: discord.Message, number: DeliveryId) -> bool:
    """Whether a message is the card of that delivery."""
    return any(getattr(component, "id", None) == alert_cards.MARKER + number for component in message.components)


def judged(error: Exception) -> Outcome:
    """What a fault of a request means for the delivery."""
    match error:
        case discord.RateLimited():
            return Later(after=timedelta(seconds=error.retry_after), detail="Discord's rate limit", doubtful=False)
        case discord.HTTPException():
            return _answered(error)
        case Repeated():
            return Later(after=SOON, detail="Discord answered with a fault", doubtful=True)
        case aiohttp.ClientConnectorError():
            return Later(after=SOON, detail="Discord cannot be reached", doubtful=False)
        case aiohttp.ClientError() | OSError() | asyncio.TimeoutError():
            return Later(after=SOON, detail=f"the connection broke ({type(error).__name__})", doubtful=True)
        case ValueError():
            # Such as JSON that is none: an answer came, and does not say what became of the message.
            return Later(after=SOON, detail=f"Discord's answer cannot be read ({type(error).__name__})", doubtful=True)
        case _:
            return Refused(kind=RefusalKind.MALFORMED, detail=f"the message could not be made ({type(error).__name__})")


def _answered(error: discord.HTTPException) -> Outcome:
    status, code = error.status, error.code
    if code == CLOUDFLARE or (status == 429 and code == 0):
        return Later(
            after=_retry_after(error, BAN),
            detail="Discord's protection refuses this address",
            doubtful=False,
            everywhere=True,
        )
    if status == 429 or code in WAITING:
        return Later(after=_retry_after(error, timedelta(seconds=30)), detail="Discord asks to wait", doubtful=False)
    if status >= 500:
        return Later(after=SOON, detail=f"Discord answered {status}", doubtful=True)
    if status == 401:
        return Later(after=timedelta(minutes=5), detail="Discord refuses the token", doubtful=False, everywhere=True)
    if status == 404 or code in (UNKNOWN_CHANNEL, UNKNOWN_GUILD):
        return Refused(kind=RefusalKind.CHANNEL_GONE, detail=later("The channel is gone, or I can no longer see it."))
    if code in CLOSED_TO_MESSAGES:
        return Refused(kind=RefusalKind.FORBIDDEN, detail=later("You take no direct messages from me."))
    if code in CLOSED_THREADS:
        return Refused(kind=RefusalKind.FORBIDDEN, detail=CLOSED_THREADS[code])
    if code == TOO_MANY_WEBHOOKS:
        detail = later(
            "The channel has as many webhooks as Discord allows: remove one, or let the alert post under my name."
        )
        return Refused(kind=RefusalKind.FORBIDDEN, detail=detail)
    if code == TAG_REQUIRED:
        detail = later("The forum wants a tag on each post, and has none that fits: add one called News.")
        return Refused(kind=RefusalKind.FORBIDDEN, detail=detail)
    if status == 403:
        return Refused(
            kind=RefusalKind.FORBIDDEN,
            detail=f"I may not post there ({error.text or 'Missing Permissions'}): let me view it and send in it.",
        )
    return Refused(kind=RefusalKind.MALFORMED, detail=f"Discord refuses the message ({status}, code {code}).")


def _retry_after(error: discord.HTTPException, default: timedelta) -> timedelta:
    """What the answer says of when to come back, in [1 s, 1 h]."""
    headers: Any = getattr(error.response, "headers", {})
    try:
        seconds = float(headers.get("Retry-After", ""))
    except (TypeError, ValueError):
        return default
    return min(max(timedelta(seconds=seconds), timedelta(seconds=1)), timedelta(hours=1))
