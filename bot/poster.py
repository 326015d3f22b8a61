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

from bot import cards
from bot.model import (
    ChannelId,
    DeliveryId,
    Later,
    Message,
    MessageId,
    Outcome,
    RefusalKind,
    Refused,
    Sent,
)

SOON = timedelta(0)
"""As soon as the outbox's own backoff allows."""
BAN = timedelta(minutes=10)
"""After a 429 without Discord's own headers: Cloudflare's ban of an address lasts from minutes to an hour."""
LOOK_BACK = 100
"""Messages looked through for a delivery in doubt."""
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
        roles = [discord.Object(message.role)] if message.role is not None else False
        try:
            sent = await self._client.get_partial_messageable(channel).send(
                view=cards.alert_layout(message, self._now()),
                nonce=nonce,
                allowed_mentions=discord.AllowedMentions(everyone=False, users=False, roles=roles, replied_user=False),
            )
        except Exception as error:  # noqa: BLE001 - every fault of a send is an outcome; what cannot be judged is `Later`
            return judged(error)
        return Sent(message=MessageId(sent.id))

    async def find(self, channel: ChannelId, number: DeliveryId, *, since: datetime) -> Outcome | None:
        """Look through the channel's messages since an attempt began for the one that carries a delivery's number."""
        me = self._client.user
        try:
            history = self._client.get_partial_messageable(channel).history(
                limit=LOOK_BACK, after=since - CLOCK_SLACK, oldest_first=True
            )
            async for message in history:
                if (me is None or message.author.id == me.id) and carries(message, number):
                    return Sent(message=MessageId(message.id))
        except Exception as error:  # noqa: BLE001 - as above
            outcome = judged(error)
            # Looking is no attempt: nothing new is in doubt.
            return replace(outcome, doubtful=False) if isinstance(outcome, Later) else outcome
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
        case _:
            return Refused(kind=RefusalKind.MALFORMED, detail=f"the message could not be made ({type(error).__name__})")


def _answered(error: discord.HTTPException) -> Outcome:
    status, code = error.status, error.code
    if code == CLOUDFLARE or (status == 429 and code == 0):
        return Later(after=_retry_after(error, BAN), detail="Discord's protection refuses this address", doubtful=False)
    if status == 429 or code in WAITING:
        return Later(after=_retry_after(error, timedelta(seconds=30)), detail="Discord asks to wait", doubtful=False)
    if status >= 500:
        return Later(after=SOON, detail=f"Discord answered {status}", doubtful=True)
    if status == 401:
        return Later(after=timedelta(minutes=5), detail="Discord refuses the token", doubtful=False)
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
