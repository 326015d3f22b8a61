"""How a query is answered: which index drives, what is probed, and what is counted without looking.

One tag alone is walked downwards, by its key. Of several the rarest drives, and every other condition is a probe by key
(SQLite); or one index of tags, words and time gives what meets all of them (PostgreSQL, ADR 12). A phrase is driven by
the text index, newest first, never ranked. A topic given as a tag *or* a phrase is the union of both. What is about a
country, and what mentions it where nothing is, are one look where both may be few (ADR 17). Counts of one tag, or of a
topic with a country, are kept; any other is of what is found, up to its limit. Measured by bench/news.py and
bench/databases.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import NamedTuple

from bot.model import OPERATOR, Criteria, GuildId, ItemId, TagKind
from storage import rows
from storage.driver import Row, Statements

MAX_ID = (1 << 63) - 1
EVERYTHING = ("all", "")
SELDOM = 8
"""Times as many as are counted: where no more should mention a country, it may well be that nothing is about it."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A condition that is a tag, with how many items carry it."""

    id: int
    kind: str
    items: int


async def planned(db: Statements, criteria: Criteria, guild: GuildId, until: ItemId | None) -> Plan | None:
    """The plan for a query; None where a tag that every match needs is carried by nothing."""
    return (await all_planned(db, (criteria,), guild, until))[0]


async def all_planned(
    db: Statements, asked: Sequence[Criteria], guild: GuildId, until: ItemId | None
) -> list[Plan | None]:
    """`planned` of several queries, whose tags are looked up together."""
    view = await db.first("view", guild=guild)
    assert view is not None  # noqa: S101 - a row of two flags
    # Most servers have nothing of their own: then one scope is read instead of two.
    seen = guild if view["own"] else OPERATOR
    named = [_named(criteria) for criteria in asked]
    batch = rows.listed(dict.fromkeys((EVERYTHING, *(pair for one in named for pair in one.all))))
    found = await db.fetch("tag_ids", batch=batch, guild=seen)
    tags = {(row["kind"], row["slug"]): Tag(row["id"], row["kind"], row["items"]) for row in found}

    def plan(criteria: Criteria, names: _Named) -> Plan | None:
        if any(pair not in tags for pair in (*names.needed, EVERYTHING)):
            return None
        return Plan(
            db=db,
            criteria=criteria,
            others=tuple(tags[pair] for pair in names.needed),
            topic=tags.get(names.topic) if criteria.tag else None,
            everything=tags[EVERYTHING],
            guild=guild,
            scope=seen,
            hides=bool(view["hides"]),
            denied=rows.listed(tags[pair].id for pair in names.deniable if pair in tags) if view["fixes"] else None,
            low=0 if criteria.since is None else rows.first_id(int(criteria.since.timestamp())),
            high=MAX_ID if until is None else until,
        )

    return [plan(criteria, names) for criteria, names in zip(asked, named, strict=True)]


class _Named(NamedTuple):
    """Kinds and slugs of the tags of a query."""

    needed: tuple[tuple[str, str], ...]
    topic: tuple[str, str]
    deniable: tuple[tuple[str, str], ...]
    """A server's own denials are of the tag that people see: of a country, not of its being a subject."""

    @property
    def all(self) -> tuple[tuple[str, str], ...]:
        return *self.needed, self.topic, *self.deniable


def _named(criteria: Criteria) -> _Named:
    topic = (_country_kind(criteria) if criteria.tag_kind is TagKind.COUNTRY else "topic", criteria.tag or "")
    needed = tuple(_tags(criteria))
    deniable = tuple(("country", slug) if kind == "subject" else (kind, slug) for kind, slug in (*needed, topic))
    return _Named(needed, topic, deniable)


async def about_or_mentions(
    about: Plan | None, mentions: Plan | None, size: int, most: int
) -> tuple[int, list[int], bool]:
    """`Plan.first_page` of what is about a country; where there is nothing, of what mentions it, and which.

    What is about a country mentions it. So where few should mention it, one look tells both; a second one, at what is
    older than all that the first found, is only taken where that was as much as is counted.
    """
    if mentions is None:  # nothing carries one of the tags, and so nothing is about it
        return 0, [], False
    if about is None or mentions.expected > SELDOM * most:
        total, page = await about.first_page(size, most) if about is not None else (0, [])
        if total:
            return total, page, False
        total, page = await mentions.first_page(size, most)
        return total, page, bool(total)
    found, narrow = await mentions.split(about, most)
    if len(found) == most and len(narrow) < most:  # more than was expected: there may be older ones
        older = replace(about, high=found[-1] - 1)
        narrow += await older.find(0, most - len(narrow))
    return (len(narrow), narrow[:size], False) if narrow else (len(found), found[:size], bool(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A query ready to be walked."""

    db: Statements
    criteria: Criteria
    others: tuple[Tag, ...]
    topic: Tag | None
    everything: Tag
    guild: GuildId
    scope: GuildId
    hides: bool
    denied: str | None
    """Ids of tags, as JSON: an item of which the server said that it does not carry one of them is passed over."""
    low: int
    high: int

    @property
    def by_tag(self) -> bool:
        """Whether a tag may drive: the topic's, or there is no topic."""
        return self.topic is not None or not (self.criteria.tag or self.criteria.phrase)

    @property
    def tags(self) -> tuple[Tag, ...]:
        """All that a match carries, the topic's included."""
        return (*self.others, self.topic) if self.topic else self.others

    @property
    def expected(self) -> float:
        """How many matches there should be of what is asked by words, seldom fewer than there are; else infinity."""
        terms, phrase = self.criteria.terms, self.criteria.phrase
        if bool(phrase) is self.by_tag or not (terms or phrase):
            return inf
        phrases = (*terms, phrase) if phrase else terms
        rarest: int = min(tag.items for tag in (*self.tags, self.everything))
        return rarest * self.db.share(phrases)

    async def split(self, about: Plan, most: int) -> tuple[list[int], list[int]]:
        """Of what is asked by words, the newest matches, and those of them that carry all tags of another query."""
        name, asked = self._with_words() if self.by_tag else self._with_phrase()
        asked["about"] = rows.listed(tag.id for tag in about.tags)
        found = {
            row["item_id"]: row["carries"] for row in await self._rows(name, self.low, self.high, limit=most, **asked)
        }
        newest_first = sorted(found, reverse=True)
        return newest_first, [item for item in newest_first if found[item]]

    async def find(self, offset: int, limit: int) -> list[int]:
        """Ids of the matches, newest first."""
        reach = offset + limit
        found = sorted(await self._walk(reach, self.low, self.high), reverse=True) if self.by_tag else []
        if self.criteria.phrase:
            # What is older than as many that carry the topic is not among the newest.
            low = found[-1] if len(found) == reach else self.low
            name, asked = self._with_phrase()
            read = await self._ids(name, low, self.high, limit=reach, **asked)
            found = sorted({*found, *read}, reverse=True)
        return found[offset:reach]

    async def count(self, limit: int) -> int:
        """How many matches there are: counted up to `limit`, or all of them where their number is kept."""
        kept = await self._kept_count()
        return len(await self.find(0, limit)) if kept is None else kept

    async def first_page(self, size: int, most: int) -> tuple[int, list[int]]:
        """`count` up to `most`, and the first matches: where both take a look, it is one."""
        kept = await self._kept_count()
        if kept is None:
            found = await self.find(0, most)
            return len(found), found[:size]
        # No more than there are: a walk that looks for one more goes to the end.
        return kept, await self.find(0, min(size, kept)) if kept else []

    async def _kept_count(self) -> int | None:
        """The count where it is kept: one tag, or a topic and a country, with nothing else asked."""
        tags = self.tags
        plain = self.by_tag and not (
            self.criteria.phrase or self.criteria.terms or self.hides or self.denied or self.low
        )
        if not plain or len(tags) > 2:
            return None
        items = tags[0].items if len(tags) == 1 else self.everything.items
        if len(tags) == 2:
            kinds = {tag.kind: tag.id for tag in tags}
            if set(kinds) != {"topic", "subject"}:
                return None
            row = await self.db.first("pair_items", topic=kinds["topic"], country=kinds["subject"], guild=self.scope)
            items = row["items"] if row else 0
        if self.high == MAX_ID or not items:
            return items
        # What came in since the first page is newer than all of it, and little.
        return max(0, items - len(await self._walk(items, self.high + 1, MAX_ID)))

    async def _walk(self, reach: int, low: int, high: int) -> list[int]:
        """By tags, the rarest first, and the words that are asked besides."""
        if self.criteria.terms:
            name, asked = self._with_words()
            return await self._ids(name, low, high, limit=reach, **asked)
        tags = self._rarest_first()
        if len(tags) > 1:
            return await self._ids("find_by_tags", low, high, limit=reach, **_numbered(tags))
        (alone,) = tags or (self.everything,)
        return await self._ids("find_by_tag", low, high, limit=reach, driver=alone.id)

    def _rarest_first(self) -> list[Tag]:
        return sorted(self.tags, key=lambda tag: tag.items)

    def _with_words(self) -> tuple[str, dict[str, str | int | None]]:
        """The query for tags and the words that are asked besides, with what it takes of them."""
        tags = self._rarest_first()
        return self._named_query(self.criteria.terms, tags, "find_by_tag_and_text" if tags else "find_by_text_and_tags")

    def _with_phrase(self) -> tuple[str, dict[str, str | int | None]]:
        """The same for a phrase that stands in for a topic."""
        return self._named_query((self.criteria.phrase, *self.criteria.terms), self.others, "find_by_text_and_tags")

    def _named_query(
        self, phrases: Sequence[tuple[str, ...]], tags: Sequence[Tag], name: str
    ) -> tuple[str, dict[str, str | int | None]]:
        return name, {"terms": self.db.matching(phrases), "about": "[]", **_numbered(tags or (self.everything,))}

    async def _ids(self, name: str, low: int, high: int, **asked: str | int | None) -> list[int]:
        return [row["item_id"] for row in await self._rows(name, low, high, **asked)]

    async def _rows(self, name: str, low: int, high: int, **asked: str | int | None) -> Sequence[Row]:
        return await self.db.fetch(
            name,
            guild=self.scope,
            viewer=self.guild,
            hides=int(self.hides),
            denied=self.denied,
            low=low,
            high=high,
            **asked,
        )


def _numbered(tags: Sequence[Tag]) -> dict[str, int | None]:
    """Up to six tags as the queries name them."""
    names = ("driver", "second", "third", "fourth", "fifth", "sixth")
    return {name: tags[at].id if at < len(tags) else None for at, name in enumerate(names)}


def _tags(criteria: Criteria) -> Iterator[tuple[str, str]]:
    """What every match must meet and is a tag: all but the topic, which a phrase may stand in for."""
    if criteria.country is not None:
        yield _country_kind(criteria), criteria.country
    if criteria.outlet_country is not None:
        yield "from", criteria.outlet_country
    if criteria.language is not None:
        yield "language", criteria.language
    if criteria.outlet is not None:
        yield "outlet", criteria.outlet
    if criteria.category is not None:
        yield "category", criteria.category


def _country_kind(criteria: Criteria) -> str:
    return "country" if criteria.mentions else "subject"
