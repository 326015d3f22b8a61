"""Servers' own topics. See `bot.ports.OwnTopicStore`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.model import GuildId, Item, OwnTopic, Phrase, Role, Tagging, TagKind
from storage import rows
from storage.driver import Driver, Row, Statements

DRAFTED = timedelta(days=1)
"""How long a draft can be saved."""
DRAFTS = 20
"""Of one server."""


class OwnTopics:
    """The own topics of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def of_guild(self, guild: GuildId) -> tuple[OwnTopic, ...]:
        async with self._driver.glance() as db:
            return tuple(map(_topic, await db.fetch("own_topics", guild=guild)))

    async def draft(self, guild: GuildId, topic: OwnTopic, *, now: datetime) -> None:
        async with self._driver.write() as db:
            await db.fetch("forget_drafts", before=rows.milliseconds(now - DRAFTED))
            await _write(db, guild, topic, saved=False, now=now)
            await db.fetch("forget_other_drafts", guild=guild, kept=DRAFTS)

    async def save(self, guild: GuildId, slug: str, *, now: datetime) -> OwnTopic | None:
        async with self._driver.write() as db:
            row = await db.first("own_topic_draft", guild=guild, slug=slug)
            if row is None:
                return None
            topic = _topic(row)
            await _write(db, guild, topic, saved=True, now=now)
            await db.fetch("forget_own_topic", guild=guild, slug=slug, saved=0)
            return topic

    async def remove(self, guild: GuildId, slug: str) -> bool:
        async with self._driver.write() as db:
            return bool(await db.fetch("forget_own_topic", guild=guild, slug=slug, saved=1))


async def with_own_topics(db: Statements, items: Sequence[Item], guild: GuildId) -> tuple[Item, ...]:
    """Items with the topics of one server's own that they meet, behind those that all see."""
    topics = [_topic(row) for row in await db.fetch("own_topics", guild=guild)]
    if not topics:
        return tuple(items)
    found = await db.fetch("terms_of", items=rows.listed(item.id for item in items))
    terms = {row["item_id"]: row["terms"] for row in found}
    return tuple(
        replace(item, taggings=(*item.taggings, *_met(topics, item, terms.get(item.id, "")))) for item in items
    )


def _met(topics: Sequence[OwnTopic], item: Item, terms: str) -> list[Tagging]:
    held = {one.tag for one in item.taggings if one.kind is TagKind.TOPIC}
    text = f"{item.title}\n{item.summary}".casefold()
    return [
        Tagging(
            tag=topic.slug,
            kind=TagKind.TOPIC,
            role=Role.SUBJECT,
            score=1.0,
            words=tuple(one.typed for one in topic.phrases if one.held_by(terms) and one.typed.casefold() in text)[:3],
        )
        for topic in topics
        if topic.slug not in held and topic.met_by(terms)
    ]


async def _write(db: Statements, guild: GuildId, topic: OwnTopic, *, saved: bool, now: datetime) -> None:
    await db.fetch(
        "write_own_topic",
        guild=guild,
        slug=topic.slug,
        label=topic.label,
        phrases=rows.listed((one.typed, " ".join(one.terms)) for one in topic.phrases),
        excluded=rows.listed((one.typed, " ".join(one.terms)) for one in topic.excluded),
        saved=int(saved),
        now=rows.milliseconds(now),
    )


def _topic(row: Row) -> OwnTopic:
    return OwnTopic(
        slug=row["slug"], label=row["label"], phrases=_phrases(row["phrases"]), excluded=_phrases(row["excluded"])
    )


def _phrases(text: str) -> tuple[Phrase, ...]:
    return tuple(Phrase(typed=typed, terms=tuple(terms.split())) for typed, terms in json.loads(text))
