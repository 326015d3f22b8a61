"""A country, a topic, what names two of them both, or several side by side. Never: a Discord type."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.errors import UserError
from bot.model import Compared, GuildId, Named, Profile, Query, TagKind
from bot.news.countries import find_country
from bot.ports import ProfileStore
from bot.services.news import NewsService
from bot.words import _

WEEK = timedelta(days=7)
COUNTED, LOOKED_AT = 10_000, 2_000
"""Items that are counted, and that are broken down, the newest."""
COMPARED = 3_000
"""Of each side of a comparison, in its window: counted, and a third of them broken down."""
SHOWN = 5


class ProfileService:
    """Breaks down what is asked."""

    def __init__(self, profiles: ProfileStore, ask: NewsService, clock: Clock) -> None:
        self._profiles = profiles
        self._ask = ask
        self._clock = clock

    async def profile(
        self, query: Query, *, guild: GuildId, shown: int = SHOWN, counted: int = COUNTED, looked_at: int = LOOKED_AT
    ) -> Profile:
        """What a query asks, of a week unless it says since when. Raises `UserError`."""
        now = self._clock.now()
        query = query if query.since is not None else replace(query, since=now - WEEK)
        resolution = await self._ask.resolution(query, guild=guild)
        asked = await self._ask.asked(query, resolution, guild=guild)
        found = await self._profiles.breakdown(asked, guild=guild, most=counted, looked_at=looked_at, shown=shown)
        return Profile(query=query, resolution=resolution, until=now, breakdown=found)

    def pair(self, first: str, second: str) -> tuple[Query, tuple[Named, Named]]:
        """What names both of two countries or topics. Raises `UserError` where they are the same."""
        left, right = named(first), named(second)
        if left == right:
            raise UserError(_("Those are the same: give two different countries or hashtags."))
        return Query(filter=f"{_condition(left)} {_condition(right)}"), (left, right)

    async def compare(self, typed: Sequence[str], *, guild: GuildId, window: timedelta = WEEK) -> tuple[Compared, ...]:
        """Countries and topics side by side, in a window and in the one before. Raises `UserError`."""
        asked = [named(one) for one in typed]
        for one in asked:
            if asked.count(one) > 1:
                raise UserError(_("“{tag}” is there twice: give different countries or hashtags.", tag=one.tag))
        return tuple(await asyncio.gather(*(self._side(one, window, guild) for one in asked)))

    async def _side(self, side: Named, window: timedelta, guild: GuildId) -> Compared:
        query = Query(country=side.tag) if side.kind is TagKind.COUNTRY else Query(topic=side.tag)
        now = self._clock.now()
        profile = await self.profile(
            replace(query, since=now - window), guild=guild, shown=0, counted=COMPARED, looked_at=COMPARED // 3
        )
        both = await self._ask.asked(replace(query, since=now - 2 * window), profile.resolution, guild=guild)
        published = await self._profiles.published(both, guild=guild, most=2 * COMPARED)
        before = sum(moment < now - window for moment in published)
        return Compared(named=side, profile=profile, before=before if len(published) < 2 * COMPARED else None)


def named(typed: str) -> Named:
    """The country that a person types, else a topic as typed. Raises `UserError` where there is nothing to look for."""
    wanted = " ".join(typed.split())[:100]
    code = find_country(wanted)
    if code is not None:
        return Named(kind=TagKind.COUNTRY, tag=code)
    bare = " ".join(wanted.lstrip("#").replace('"', " ").split())
    if not bare:
        raise UserError(_("Give a country or a hashtag, such as Japan or securitycooperation."))
    return Named(kind=TagKind.TOPIC, tag=bare)


def _condition(side: Named) -> str:
    return f"mentions:{side.tag}" if side.kind is TagKind.COUNTRY else f'topic:"{side.tag}"'
