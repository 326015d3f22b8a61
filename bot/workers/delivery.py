"""Delivery: brings the outbox to Discord, each message once.

1. look what waits: of each channel the oldest that has none under way (a channel stays in order), servers in turn; what
   was seen is claimed one by one, and looked for anew when all is claimed or a second has gone by
2. where an earlier attempt's fate is unknown for longer than Discord remembers a nonce: look for it in the channel's
   history; found, it is sent; not to be told, it is given up: better one miss than a repeat
   (posts of forums and messages of webhooks carry no nonce: those are looked for after any doubt)
3. post with the delivery's own nonce, the same at every attempt
4. record the outcome; that write is shielded from cancellation

Where a story has grown or was corrected since its card was sent, the card is edited: no second message, no second
mention; in a forum the later reports are replies besides. An edit may be repeated, so that it needs neither nonce nor
doubt. In announcement channels that ask for it the
stories that most outlets tell are published to followers, as many an hour as Discord takes; each is tried once.

Never: a send without a claim, or an outcome kept only in memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.clock import Clock
from bot.errors import LeaseLost
from bot.log import get_logger
from bot.model import Delivery, DeliveryId, Later, Message, Outcome, Place, RefusalKind, Refused, Sent
from bot.news import flow
from bot.ports import DeliveryStore, Poster
from bot.roles import Share
from bot.workers.pace import Pace

log = get_logger(__name__)

LEASE = timedelta(seconds=45)
"""Shorter than `NONCE_WINDOW`: who takes over a dead sender's claim still finds the nonce remembered."""
NONCE_WINDOW = timedelta(seconds=90)
"""Discord de-duplicates by nonce for "the past few minutes" (Create Message, `enforce_nonce`); we trust less of it."""
POST_TIMEOUT = timedelta(seconds=30)
LOOKED, LOOKED_APART = 64, timedelta(seconds=1)
"""How many deliveries one look gives at most, and for how long it is good: what comes meanwhile waits no longer."""
LONGEST_WAIT = timedelta(minutes=5)
PUBLISHED_APART = timedelta(seconds=20)
"""Between two looks for something to publish: it is in no hurry."""


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 1, 2, 4 ... seconds, so that the first few fall in the nonce window."""
    return min(timedelta(seconds=2 ** min(attempts - 1, 10)), LONGEST_WAIT)


class Deliverer:
    """The worker that sends."""

    def __init__(
        self,
        deliveries: DeliveryStore,
        poster: Poster,
        clock: Clock,
        holder: str,
        *,
        share: Callable[[], Share] = Share,
        pace: Pace | None = None,
        on_outcome: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`share` says which channels are this process's, `pace` how fast it may ask Discord, where that is bounded.

        `on_outcome` is told of each attempt: sent, later, refused.
        """
        self._share = share
        self._pace = pace
        self._on_outcome = on_outcome
        self._deliveries = deliveries
        self._poster = poster
        self._clock = clock
        self._holder = holder
        # To look at all that waits takes long where much does: what one look gives is sent before the next.
        self._waiting: deque[DeliveryId] = deque()
        self._looked: tuple[datetime, Share] | None = None
        self._looking = asyncio.Lock()
        self._under_way: set[DeliveryId] = set()
        # A ban lasts longer with every request into it (catalogue, D04): one refusal silences all channels.
        self._silent_until: datetime | None = None
        self._published_at: datetime | None = None

    async def step(self) -> bool:
        """Bring one delivery to an outcome; whether there was one to bring."""
        now = self._clock.now()
        if self._silent_until is not None and now < self._silent_until:
            return False
        share = self._share()
        delivery = await self._next(now, share)
        if delivery is None:
            return await self._edit_one(now, share)
        try:
            await self._turn(share)
            asked = self._clock.now()
            for claimed in await self._deliveries.claim(self._holder, (delivery,), LEASE, now=asked):
                if not self._is_late(asked):
                    await self._deliver(claimed)
        finally:
            self._under_way.discard(delivery)
        return True

    async def _next(self, now: datetime, share: Share) -> DeliveryId | None:
        """What waits and is to be sent next, then under way; None where nothing does."""
        async with self._looking:
            at, of = self._looked or (now, None)
            if not self._waiting or of != share or now - at > LOOKED_APART:
                self._looked = now, share
                seen = await self._deliveries.waiting(LOOKED, now=now, share=share)
                self._waiting = deque(one for one in seen if one not in self._under_way)
            if not self._waiting:
                return None
            self._under_way.add(self._waiting[0])
            return self._waiting.popleft()

    async def _turn(self, share: Share) -> None:
        """Wait for this process's turn among all requests that Discord takes of the bot."""
        if self._pace is not None:
            await self._pace.turn(share.parts)

    def _is_late(self, asked: datetime) -> bool:
        """Whether the process stood still after it asked for a claim: another may send what it holds by now."""
        late = self._clock.now() - asked > LEASE - POST_TIMEOUT
        if late:
            log.warning("claim came too late to be used")
        return late

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            async with asyncio.timeout(POST_TIMEOUT.total_seconds()):
                outcome = await self._outcome(delivery)
        except TimeoutError:
            outcome = Later(after=timedelta(0), detail="Discord did not answer in time", doubtful=True)
        if isinstance(outcome, Later):
            outcome = replace(outcome, after=max(outcome.after, backoff(delivery.attempts)))
            if outcome.everywhere:
                self._silent_until = self._clock.now() + outcome.after
        try:
            await asyncio.shield(self._deliveries.finish(delivery, outcome, now=self._clock.now()))
        except LeaseLost as error:
            log.warning("outcome came too late", delivery=delivery.id, problem=str(error))
            return
        self._tell(delivery, outcome)

    async def _edit_one(self, now: datetime, share: Share) -> bool:
        """Bring one card up to date; whether there was one."""
        if not await self._deliveries.edit_is_due(now=now, share=share):
            return await self._publish_one(now)
        await self._turn(share)
        asked = self._clock.now()
        claimed = await self._deliveries.claim_edits(self._holder, 1, LEASE, now=asked, share=share)
        for edit in claimed:
            if self._is_late(asked):
                continue
            message = Message(what=edit.what, role=edit.role, number=edit.id, place=edit.place, locale=edit.locale)
            try:
                async with asyncio.timeout(POST_TIMEOUT.total_seconds()):
                    outcome = await self._poster.edit(edit.channel, edit.message, message)
            except TimeoutError:
                outcome = Later(after=timedelta(0), detail="Discord did not answer in time", doubtful=False)
            if isinstance(outcome, Later):
                outcome = replace(outcome, after=max(outcome.after, backoff(edit.attempts)))
                if outcome.everywhere:
                    self._silent_until = self._clock.now() + outcome.after
            try:
                done = self._clock.now()
                replies_at = flow.quiet_until(edit.flow, done)
                await asyncio.shield(self._deliveries.finish_edit(edit, outcome, replies_at=replies_at, now=done))
            except LeaseLost as error:
                log.warning("outcome came too late", edit=edit.id, problem=str(error))
                continue
            log.info("card edited", delivery=edit.id, channel=edit.channel, outcome=type(outcome).__name__)
        return bool(claimed)

    async def _publish_one(self, now: datetime) -> bool:
        """Publish one message to followers; whether there was one. What Discord does not take is not tried again."""
        if self._published_at is not None and now - self._published_at < PUBLISHED_APART:
            return False
        self._published_at = now
        begun = await self._deliveries.begin_publication(now=now)
        if begun is None:
            return False
        channel, message = begun
        try:
            async with asyncio.timeout(POST_TIMEOUT.total_seconds()):
                outcome = await self._poster.publish(channel, message)
        except TimeoutError:
            outcome = Later(after=timedelta(0), detail="Discord did not answer in time", doubtful=True)
        log.info("published", channel=channel, message=message, outcome=type(outcome).__name__)
        return True

    async def _outcome(self, delivery: Delivery) -> Outcome:
        since = delivery.doubt_since
        remembered = delivery.place is Place.CHANNEL and since is not None and self._clock.now() - since <= NONCE_WINDOW
        if since is not None and not remembered:
            found = await self._poster.find(delivery.channel, delivery.id, since=since, place=delivery.place)
            match found:
                case Refused(kind=RefusalKind.FORBIDDEN | RefusalKind.MALFORMED, detail=detail):
                    reason = f"it may have been posted, and the channel's history cannot tell ({detail})"
                    return Refused(kind=RefusalKind.UNKNOWN, detail=reason)
                case None:
                    pass
                case _:
                    return found
        message = Message(
            what=delivery.what,
            role=delivery.role,
            number=delivery.id,
            place=delivery.place,
            locale=delivery.locale,
        )
        return await self._poster.post(delivery.channel, message, nonce=delivery.nonce)

    def _tell(self, delivery: Delivery, outcome: Outcome) -> None:
        self._on_outcome(type(outcome).__name__.lower())
        about = {"delivery": delivery.id, "channel": delivery.channel, "attempt": delivery.attempts}
        match outcome:
            case Sent(message=message):
                log.info("alert sent", message=message, **about)
            case Later(after=after, detail=detail):
                log.info("alert waits", seconds=after.total_seconds(), reason=detail, **about)
            case Refused(kind=kind, detail=detail):
                log.warning("alert refused", kind=kind, reason=detail, **about)
            case _:
                assert_never(outcome)
