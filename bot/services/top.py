"""The biggest stories of a time, and one story told from its first report on. Never: a Discord type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.errors import UserError
from bot.model import GuildId, Item, Query, Story, StoryId, Top
from bot.ports import NewsStore
from bot.services.news import NewsService
from bot.words import _, option

SHOWN = 10
LONGEST = timedelta(days=31)


class TopService:
    """Finds big stories."""

    def __init__(self, news: NewsStore, ask: NewsService, clock: Clock, draw: Callable[[], float]) -> None:
        """`draw` gives numbers from 0 to below 1 by chance."""
        self._draw = draw
        self._news = news
        self._ask = ask
        self._clock = clock

    async def top(self, query: Query, *, guild: GuildId, limit: int = SHOWN) -> tuple[Top, ...]:
        """The stories that most outlets tell, of what meets a query; of a day unless it says since when.

        Raises `UserError`.
        """
        now = self._clock.now()
        since = query.since if query.since is not None else now - timedelta(days=1)
        if now - since > LONGEST:
            raise UserError(
                _(
                    "The biggest stories are those of {days} days at most: give a shorter {since}.",
                    days=LONGEST.days,
                    since=option("since"),
                )
            )
        return await self._ask.top(replace(query, since=since), guild=guild, limit=limit)

    async def no_topic(self, query: Query, *, guild: GuildId) -> str | None:
        """What is said where there are none because nobody knows the topic of a query; None where that is not why."""
        return await self._ask.no_topic(query, guild=guild)

    async def random(self, *, guild: GuildId) -> Item:
        """Any one item that a server may see. Raises `UserError` where there is none."""
        found = await self._news.random(self._draw, guild=guild)
        if found is None:
            raise UserError(_("The memory is empty: sources are read within the next minutes."))
        return found

    async def story(self, typed: str, *, guild: GuildId) -> tuple[Item, Story]:
        """The item that words, a link or a number mean, and its whole story. Raises `UserError`."""
        item = await self._ask.story(typed, guild=guild)
        story = await self._ask.same_story(item.id, guild=guild)
        return item, story if story is not None else Story(id=StoryId(item.id), items=(item,), ties={})
