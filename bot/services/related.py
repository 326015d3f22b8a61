"""What the memory has on a message that somebody wrote: on its links, topics, countries. Never: keeps the message."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice, product

from bot.clock import Clock
from bot.errors import UserError
from bot.model import Criteria, GuildId, Item, MessageId, Related, Tagging
from bot.news import names
from bot.news.related import ranked
from bot.news.tagger import Tagger
from bot.news.text import parse_search
from bot.ports import NewsStore
from bot.services.news import NewsService
from bot.words import _, slash

URL = re.compile(r"https?://[^\s<>()\[\]\"'`|]+")
LINKS, NAMES, TOPICS, COUNTRIES = 5, 4, 3, 3
"""Of a message that are looked up."""
REACH = timedelta(days=30)
EACH = 60
"""Items that are looked at for each thing a message names."""
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message as it is read."""

    text: str
    links: tuple[str, ...] = ()
    """Beside those in the text: of its embeds."""
    id: MessageId | None = None
    """Where the bot itself posted it."""


class RelatedService:
    """Finds related stories."""

    def __init__(self, news: NewsStore, ask: NewsService, tagger: Tagger, clock: Clock) -> None:
        self._news = news
        self._ask = ask
        self._tagger = tagger
        self._clock = clock

    async def related(self, said: Said, *, guild: GuildId) -> Related:
        """The stories that have most in common with a message, those that it links to first.

        Raises `UserError` where it names nothing, or nothing is found.
        """
        linked = await self._linked(said, guild)
        title, text = _parts(said.text, linked)
        tagged = await asyncio.to_thread(self._tagger.tag, title, text, published=self._clock.now().year)
        if not (linked or tagged.topics or tagged.countries or names.read(title, text)):
            raise UserError(
                _(
                    "That message names no country, topic, person or link that I know. {command} finds the words you "
                    "give it.",
                    command=slash("search"),
                )
            )
        candidates = await self._candidates(title, text, tagged.topics, tagged.countries, guild)
        known = {item.id for item in linked}
        others = ranked(title, text, tagged, [item for item in candidates if item.id not in known])
        found = await self._of_different_stories((*linked, *others), guild)
        if not found:
            raise UserError(
                _(
                    "Nothing of the last 30 days is related to that message. {command} finds older news.",
                    command=slash("search"),
                )
            )
        return Related(linked=linked, items=found, tagged=tagged)

    async def _linked(self, said: Said, guild: GuildId) -> tuple[Item, ...]:
        """The items that a message links to, or that an alert of ours is about."""
        found: dict[int, Item] = {}
        if said.id is not None:
            number = await self._news.item_of_message(said.id, guild=guild)
            item = None if number is None else await self._news.item(number, guild=guild)
            if item is not None:
                found[item.id] = item
        urls = dict.fromkeys((*(url.rstrip(".,;:!?*_~") for url in URL.findall(said.text)), *said.links))
        for url in islice(urls, LINKS):
            item = await self._ask.by_link(url, guild=guild)
            if item is not None:
                found.setdefault(item.id, item)
        return tuple(found.values())

    async def _candidates(
        self, title: str, text: str, topics: Sequence[Tagging], countries: Sequence[Tagging], guild: GuildId
    ) -> list[Item]:
        since = self._clock.now() - REACH
        tags = [one.tag for one in topics[:TOPICS]]
        codes = [one.tag for one in countries[:COUNTRIES]]
        asked = [Criteria(tag=tag, country=code) for tag, code in product(tags, codes)]
        asked += [Criteria(tag=tag) for tag in tags]
        asked += [Criteria(country=code) for code in codes]
        for name in names.read(title, text)[:NAMES]:
            if terms := parse_search(f'"{name.words}"'):
                asked.append(Criteria(terms=terms))
        found: dict[int, Item] = {}
        for criteria in asked:
            wanted = replace(criteria, since=since)
            for item in await self._news.find(wanted, guild=guild, until=None, offset=0, limit=EACH):
                found.setdefault(item.id, item)
        return list(found.values())

    async def _of_different_stories(self, items: Sequence[Item], guild: GuildId) -> tuple[Item, ...]:
        told: set[int] = set()
        chosen: list[Item] = []
        for item in items:
            if item.id in told:
                continue
            chosen.append(item)
            if len(chosen) == SHOWN:
                break
            story = await self._news.story_of(item.id, guild=guild)
            told.update(one.id for one in story.items) if story is not None else told.add(item.id)
        return tuple(chosen)


def _parts(text: str, linked: Sequence[Item]) -> tuple[str, str]:
    """A headline and a text: of what a message links to, and of what it says itself."""
    own = " ".join(URL.sub(" ", text).split())
    if linked:
        first = linked[0]
        return first.title, f"{first.summary} {own}".strip()
    head, _, rest = own.partition(". ")
    return head[:300], rest
