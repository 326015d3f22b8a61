"""The poster: a message into a channel, and an `Outcome` for whatever Discord answers.

discord.py retries 500, 502 and 504 by itself, with the same nonce; not 503, not a dropped connection, not a 429 that
Cloudflare sent. Those come back as `Later`, and the outbox tries again with the delivery's own nonce. Never: a mention
that the rule did not ask for, or an exception for what the network or Discord does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import discord
from discord import ui

from bot import cards
from bot.log import get_logger
from bot.model import (
    ChannelId,
    DeliveryId,
    Later,
    Message,
    MessageId,
    Outcome,
    RefusalKind,
    Refused,
    RoleId,
    Sent,
)

log = get_logger(__name__)

SOON = timedelta(0)
"""As soon as the outbox's own backoff allows."""
BAN = timedelta(minutes=10)
"""After a 429 without Discord's own headers: Cloudflare's ban of an address lasts from minutes to an hour."""
LOOK_BACK = 1_000
"""Messages looked through for a delivery in doubt, 100 a request; behind more than that it is given up."""
GATEWAY_WAIT = timedelta(seconds=5)
CLOCK_SLACK = timedelta(minutes=5)

# Discord's JSON error codes (documentation, "Opcodes and Status Codes").
UNKNOWN_CHANNEL, UNKNOWN_GUILD = 10003, 10004
SLOWMODE, CHANNEL_WRITE_LIMIT, SERVER_WRITE_LIMIT, OVERLOADED = 20016, 20028, 20029, 130000
CLOUDFLARE = 40333
WAITING = {SLOWMODE, CHANNEL_WRITE_LIMIT, SERVER_WRITE_LIMIT, OVERLOADED}


class DiscordPoster:
    """Posts through a client that is logged in; its gateway need not be connected."""

    def __init__(self, client: discord.Client, now: Callable[[], datetime]) -> None:
        self._client = client
        self._now = now

    async def post(self, channel: ChannelId, message: Message, *, nonce: str) -> Outcome:
        """Send the message's card. With a nonce goes enforce_nonce: sent twice soon, Discord answers with the first."""
        try:
            view = cards.alert_layout(message, self._now())
        except Exception as error:  # one item that cannot be laid out must not hold up its channel
            log.error("card not made", delivery=message.number, exc_info=error)
            return Refused(kind=RefusalKind.MALFORMED, detail=f"the card could not be made ({type(error).__name__})")
        return await self._send(channel, view, nonce, role=message.role)

    async def edit(self, channel: ChannelId, posted: MessageId, message: Message) -> Outcome:
        """Let a message of ours show the message's card as it is now. An edit notifies nobody."""
        try:
            view = cards.alert_layout(message, self._now())
        except Exception as error:  # the card stays as it is
            log.error("card not made", delivery=message.number, exc_info=error)
            return Refused(kind=RefusalKind.MALFORMED, detail=f"the card could not be made ({type(error).__name__})")
        try:
            partial = self._client.get_partial_messageable(channel).get_partial_message(posted)
            await partial.edit(view=view, allowed_mentions=discord.AllowedMentions.none())
        except discord.NotFound as error:
            if error.code in (UNKNOWN_CHANNEL, UNKNOWN_GUILD):
                return judged(error)
            return Refused(kind=RefusalKind.MESSAGE_GONE, detail="The message was deleted.")
        except Exception as error:  # noqa: BLE001 - every fault of an edit is an outcome
            return judged(error)
        return Sent(message=posted)

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
        roles = [discord.Object(role)] if role is not None else False
        try:
            sent = await self._client.get_partial_messageable(channel).send(
                view=view,
                nonce=nonce,
                allowed_mentions=discord.AllowedMentions(everyone=False, users=False, roles=roles, replied_user=False),
            )
        except Exception as error:  # noqa: BLE001 - every fault of a send is an outcome
            return judged(error)
        return Sent(message=MessageId(sent.id))

    async def find(self, channel: ChannelId, number: DeliveryId, *, since: datetime) -> Outcome | None:
        """Look through the channel's messages since an attempt began for the one that carries a delivery's number.

        Without Read Message History, Discord shows an empty history and no error: the permission is looked at first.
        """
        me = self._client.user
        seen = 0
        try:
            if (unreadable := await self._unreadable(channel)) is not None:
                return unreadable
            history = self._client.get_partial_messageable(channel).history(
                limit=LOOK_BACK, after=since - CLOCK_SLACK, oldest_first=True
            )
            async for message in history:
                seen += 1
                if (me is None or message.author.id == me.id) and carries(message, number):
                    return Sent(message=MessageId(message.id))
        except Exception as error:  # noqa: BLE001 - as above
            outcome = judged(error)
            # Looking is no attempt: nothing new is in doubt.
            return replace(outcome, doubtful=False) if isinstance(outcome, Later) else outcome
        if seen >= LOOK_BACK:
            return Refused(kind=RefusalKind.UNKNOWN, detail=f"more than {LOOK_BACK} messages have come since")
        return None

    async def _unreadable(self, channel: ChannelId) -> Outcome | None:
        """Why a channel's history cannot be read; None where it can."""
        found = self._client.get_channel(channel) or await self._client.fetch_channel(channel)
        if not isinstance(found, discord.abc.GuildChannel | discord.Thread):
            return None
        if found.guild.me is None:
            return Later(after=GATEWAY_WAIT, detail="the gateway has not told of the server yet", doubtful=False)
        if not found.permissions_for(found.guild.me).read_message_history:
            return Refused(kind=RefusalKind.FORBIDDEN, detail="Read Message History is missing")
        return None


def carries(message: discord.Message, number: DeliveryId) -> bool:
    """Whether a message is the card of that delivery."""
    return any(getattr(component, "id", None) == cards.MARKER + number for component in message.components)


def judged(error: Exception) -> Outcome:
    """What a fault of a request means for the delivery."""
    match error:
        case discord.RateLimited():
            return Later(after=timedelta(seconds=error.retry_after), detail="Discord's rate limit", doubtful=False)
        case discord.HTTPException():
            return _answered(error)
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
        return Refused(kind=RefusalKind.CHANNEL_GONE, detail="The channel is gone, or I can no longer see it.")
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
