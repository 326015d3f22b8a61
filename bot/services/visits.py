"""What is new since a person last asked the same. Never: the question itself is kept, only its hash."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from datetime import timedelta

from bot.clock import Clock
from bot.model import GuildId, Query, UserId
from bot.ports import VisitStore

FIRST = timedelta(days=1)
"""How far back the first visit reaches."""


class VisitService:
    """Remembers when a person asked."""

    def __init__(self, visits: VisitStore, clock: Clock) -> None:
        self._visits = visits
        self._clock = clock

    async def since(self, query: Query, *, person: UserId, guild: GuildId) -> Query:
        """The query, of what came since this person last asked it so here; of a day where they never did."""
        now = self._clock.now()
        wanted = replace(query, since=None)
        question = hashlib.sha256(repr((guild, sorted(asdict(wanted).items()))).encode()).hexdigest()[:32]
        last = await self._visits.visit(person, question, now=now)
        return replace(query, since=last if last is not None else now - FIRST)
