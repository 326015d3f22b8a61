"""Notices: tells moderators, where they chose, what became of their sources.

1. claim the oldest notice that is due
2. where an earlier attempt's fate is unknown for longer than Discord remembers a nonce, give it up: a source that fails
   stands in /sources all the same, and better one miss than a repeat
3. post with the notice's own nonce, the same at every attempt
4. record the outcome, shielded from cancellation

Never: a mention, or a word that a poll did not write with its outcome in one transaction.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.errors import LeaseLost
from bot.log import get_logger
from bot.model import Later, Notice, Outcome, RefusalKind, Refused
from bot.ports import NoticeStore, Poster
from bot.workers.delivery import LEASE, NONCE_WINDOW, POST_TIMEOUT, backoff

log = get_logger(__name__)


class Herald:
    """The worker that tells."""

    def __init__(self, notices: NoticeStore, poster: Poster, clock: Clock, holder: str) -> None:
        self._notices = notices
        self._poster = poster
        self._clock = clock
        self._holder = holder

    async def step(self) -> bool:
        """Bring one notice to an outcome; whether there was one."""
        due = await self._notices.next_due()
        if due is None or due > self._clock.now():
            return False
        asked = self._clock.now()
        notice = await self._notices.claim(self._holder, LEASE, now=asked)
        if notice is None or self._clock.now() - asked > LEASE - POST_TIMEOUT:  # it stood still: another may send it
            return False
        outcome = await self._outcome(notice)
        if isinstance(outcome, Later):
            outcome = replace(outcome, after=max(outcome.after, backoff(notice.attempts)))
        try:
            await asyncio.shield(self._notices.finish(notice, outcome, now=self._clock.now()))
        except LeaseLost as error:
            log.warning("outcome came too late", notice=notice.id, problem=str(error))
        else:
            log.info("notice", notice=notice.id, channel=notice.channel, outcome=type(outcome).__name__)
        return True

    async def _outcome(self, notice: Notice) -> Outcome:
        if notice.begun_at is not None and self._clock.now() - notice.begun_at > NONCE_WINDOW:
            return Refused(kind=RefusalKind.UNKNOWN, detail="it may have been posted, and is not posted twice")
        try:
            async with asyncio.timeout(POST_TIMEOUT.total_seconds()):
                return await self._poster.tell(notice.channel, notice.text, nonce=notice.nonce)
        except TimeoutError:
            return Later(after=timedelta(0), detail="Discord did not answer in time", doubtful=True)
