"""What hubs call (WebSub, sections 5.2 to 7): their questions whether we mean it, and that a feed has something new.

A call is believed where its signature is right, or where its hub, asked in the clear, was told no secret to sign with:
then the address that it calls, which only the hub was told, must do. It does one thing: its feed is due. Wrong calls
are answered like right ones (section 8), so that nobody learns by trying. Never: a body parsed, or a line of it logged.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from aiohttp import web

from bot.clock import Clock
from bot.feeds import websub
from bot.log import get_logger
from bot.ports import HubStore

log = get_logger(__name__)

PATH: Final = "/websub"
MAX_BODY: Final = 2 * 1024 * 1024
DENIED: Final = timedelta(days=7)
"""How long a hub that denied a subscription is left alone."""
_CHALLENGE: Final = 4096


class Hooks:
    """Answers hubs."""

    def __init__(self, hubs: HubStore, clock: Clock, *, on_call: Callable[[], None]) -> None:
        """`on_call` is called when a feed became due."""
        self._hubs = hubs
        self._clock = clock
        self._on_call = on_call

    def routes(self) -> list[web.RouteDef]:
        """The routes of the hubs."""
        return [web.get(f"{PATH}/{{token}}", self._verify), web.post(f"{PATH}/{{token}}", self._called)]

    async def _verify(self, request: web.Request) -> web.Response:
        """A hub asks whether we asked it (section 5.3), or says that it will not (5.2)."""
        token, asked = request.match_info["token"], request.query
        topic, challenge = asked.get("hub.topic", ""), asked.get("hub.challenge", "")
        match asked.get("hub.mode"):
            case "subscribe" if challenge and len(challenge) <= _CHALLENGE:
                lease = websub.granted(asked.get("hub.lease_seconds"))
                if await self._hubs.confirm(token, topic, lease, now=self._clock.now()):
                    log.info("hub confirmed", topic=topic, days=lease / timedelta(days=1))
                    return web.Response(text=challenge, content_type="text/plain")
            case "unsubscribe" if challenge and len(challenge) <= _CHALLENGE:
                if await self._hubs.secret(token) is None:  # else we watch it still, and never asked to stop
                    return web.Response(text=challenge, content_type="text/plain")
            case "denied":
                reason = " ".join(asked.get("hub.reason", "").split())[:200]
                if await self._hubs.deny(token, topic, reason, again_at=self._clock.now() + DENIED):
                    return web.Response()
        raise web.HTTPNotFound

    async def _called(self, request: web.Request) -> web.Response:
        """A hub says that there is something new (section 7)."""
        known = await self._hubs.secret(request.match_info["token"])
        if known is None:
            raise web.HTTPGone  # section 7: the hub may end the subscription
        feed, secret = known
        signature = request.headers.get("X-Hub-Signature")
        if secret is not None and (signature is None or not websub.is_signed(await request.read(), secret, signature)):
            log.info("hub call without a right signature", feed=feed)
        elif await self._hubs.called(feed, now=self._clock.now()):
            self._on_call()
        return web.Response(status=202)
