"""What people say of tags, and what a new lexicon says of the memory: why, fix, retag.

A correction is kept beside the item, applied at once, and applied again after each retagging. Never: a new alert.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Set as AbstractSet
from dataclasses import replace
from typing import Final

from bot.clock import Clock
from bot.errors import UserError
from bot.model import (
    OPERATOR,
    Correction,
    GuildId,
    Item,
    ItemId,
    Retagged,
    Role,
    Stale,
    Tagging,
    TagKind,
    UserId,
    corrected,
    retold,
)
from bot.news import countries, text
from bot.news.country_names import country_name
from bot.news.fallback import with_assumed
from bot.news.hashtags import MAX_TOPIC
from bot.news.names import is_free
from bot.news.tagger import Tagger
from bot.news.taxonomy import taxonomy
from bot.ports import NewsStore, TagStore
from bot.services.news import gone
from bot.words import _, spoken

BATCH: Final = 200
"""Items that share a transaction while the memory is retagged."""
TAGGED_AT_ONCE: Final = 10
"""Items tagged between two looks at the event loop: a few milliseconds."""


class CorrectionService:
    """Corrects tags, and retags what is stored."""

    def __init__(self, news: NewsStore, tags: TagStore, tagger: Tagger, clock: Clock) -> None:
        self._news = news
        self._tags = tags
        self._tagger = tagger
        self._clock = clock

    async def fix(
        self, item: ItemId, typed: str, carried: bool, *, scope: GuildId, guild: GuildId, author: UserId
    ) -> tuple[Item, Correction]:
        """Say that an item carries a tag, or does not: for all (`scope` `OPERATOR`), or for one server.

        The item as `guild` now sees it, and what was kept. Raises `UserError` for an item the server cannot see, and
        for what is no tag.
        """
        seen = await self._news.item(item, guild=guild)
        if seen is None:
            raise gone()
        kind, tag = self.meant(typed, seen)
        # A country that is only mentioned, or assumed, can still be made what the story is about.
        lesser = carried and kind is TagKind.COUNTRY
        has = any(
            one.kind is kind and one.tag == tag and not (lesser and one.role is not Role.SUBJECT)
            for one in seen.taggings
        )
        name = country_name(tag, spoken()) if kind is TagKind.COUNTRY else f"#{tag}"
        if has is carried:
            if carried:
                raise UserError(_("That story carries {name} already.", name=name))
            raise UserError(_("That story does not carry {name} anyhow.", name=name))
        correction = Correction(scope=scope, item=item, kind=kind, tag=tag, carried=carried)
        stored = await self._news.item(item, guild=OPERATOR) or seen
        await self._tags.correct(correction, stored, author=author, now=self._clock.now())
        return replace(seen, taggings=corrected(seen.taggings, [correction])), correction

    def meant(self, typed: str, item: Item) -> tuple[TagKind, str]:
        """The tag a person means: one the item carries, a country, a topic, or a new hashtag."""
        slug = text.slug(typed)
        if not slug or len(typed) > MAX_TOPIC:
            raise UserError(_("Give one hashtag or one country, such as #securitycooperation or Japan."))
        for one in item.taggings:
            if typed == one.tag:
                return one.kind, one.tag
        for one in item.taggings:
            if slug in (text.slug(one.tag), text.slug(countries.country_name(one.tag))):
                return one.kind, one.tag
        topic = taxonomy().find(typed)
        if topic is not None:
            return TagKind.TOPIC, topic.slug
        code = None if typed.lstrip().startswith("#") else countries.find_country(typed)
        return (TagKind.COUNTRY, code) if code is not None else (TagKind.TOPIC, slug)

    @property
    def lexicon(self) -> str:
        """The version that tags now."""
        return self._tagger.lexicon

    async def stale(self) -> int:
        """How many items an older lexicon tagged."""
        return await self._tags.count_stale(self._tagger.lexicon)

    async def retag(self, on_progress: Callable[[int], None] = lambda _: None) -> int:
        """Tag again what an older lexicon tagged, the newest first; how many items there were.

        It may be stopped at any moment: what is done is done, and the next run goes on with the rest.
        """
        done = 0
        before: ItemId | None = None
        emerged = await self._tags.emerged()
        while batch := await self._tags.stale(self._tagger.lexicon, before=before, limit=BATCH):
            retagged = []
            for number, one in enumerate(batch):
                if number % TAGGED_AT_ONCE == 0:
                    await asyncio.sleep(0)
                retagged.append(self.retagged(one, emerged))
            await self._tags.retag(retagged)
            before = batch[-1].item.id
            done += len(batch)
            on_progress(len(batch))
        return done

    def retagged(self, stale: Stale, emerged: AbstractSet[str] = frozenset()) -> Retagged:
        """An item with the tags that it gets today, corrections for all included.

        It keeps those of `emerged`, which came from the news of its days, but where a topic of that name is known by
        now.
        """
        item = stale.item
        tagged, terms = self._tagger.analyse(
            item.title,
            item.summary,
            language=item.language,
            categories=stale.categories or _told(stale),
            section=stale.section,
            url=item.url,
            published=item.published_at.year,
        )
        tagged = with_assumed(tagged, stale.only_country)
        topics = _with_emerged(tagged.topics, item, emerged) if emerged else tagged.topics
        return Retagged(item=item, tagged=retold(tagged, topics, stale.corrections), terms=terms)


def _with_emerged(topics: tuple[Tagging, ...], item: Item, emerged: AbstractSet[str]) -> tuple[Tagging, ...]:
    """Topics with the emerged hashtags that an item carries, by falling score."""
    found = {one.tag for one in topics}
    kept = [
        one
        for one in item.taggings
        if one.kind is TagKind.TOPIC and one.tag in emerged and one.tag not in found and is_free(one.tag)
    ]
    return tuple(sorted((*topics, *kept), key=lambda one: -one.score)) if kept else topics


def _told(stale: Stale) -> tuple[str, ...]:
    """The publisher's categories of an item from before they were kept: words of its tags that are not in the text."""
    if stale.lexicon:
        return ()
    whole = f"{stale.item.title}\n{stale.item.summary}"
    return tuple(dict.fromkeys(word for one in stale.item.taggings for word in one.words if word and word not in whole))
