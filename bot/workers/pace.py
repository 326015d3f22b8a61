"""The pace: how many requests a second the deliverers of a bot make of Discord, all of them together.

Discord takes 50 requests a second of one bot, whatever they are for, answers to commands apart (documentation, "Rate
Limits"), and bans an address after 10,000 refusals in ten minutes. Each process keeps to its part of that, as it has
its part of the channels.

Never: a channel's own limit; discord.py keeps to those.
"""

from __future__ import annotations

from datetime import timedelta

from bot.clock import Clock

RATE = 45.0
"""Requests a second of all deliverers: what gateways ask besides, and look-ups in histories, need some as well."""


class Pace:
    """Gives the turns of one process, in the order in which they are asked for."""

    def __init__(self, clock: Clock, *, rate: float = RATE) -> None:
        self._clock = clock
        self._rate = rate
        self._next = 0.0

    async def turn(self, parts: int) -> None:
        """Wait for the next turn of a process that has one of `parts` shares."""
        now = self._clock.monotonic()
        at = max(now, self._next)
        self._next = at + parts / self._rate
        if at > now:
            await self._clock.sleep(timedelta(seconds=at - now))
