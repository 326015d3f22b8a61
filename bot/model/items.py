"""Items: what they are about, how they are corrected, and how they come into the store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from bot.model.fetched import Entry, Hub
from bot.model.ids import GuildId, ItemId
from bot.model.watched import Health, Validators


class TagKind(StrEnum):
    """What a tag names."""

    TOPIC = "topic"
    COUNTRY = "country"


class Role(StrEnum):
    """What a tag is to its item."""

    SUBJECT = "subject"
    """What the item is about."""
    MENTION = "mention"
    ASSUMED = "assumed"
    """A country that nothing names: the outlet's, whose feed writes about that one alone. The only one of its item."""


class Tagging(NamedTuple):
    """One tag of an item, with its reason. A tuple: made in a quarter of a dataclass's time, six for each item."""

    tag: str
    """A topic's slug (``securitycooperation``) or a country's code (``JP``, ``EU``, ``x-nato``)."""
    kind: TagKind
    role: Role
    score: float
    """0 to 1."""
    words: tuple[str, ...]
    """The words that caused it, as they stand in the text; for a publisher's own category, that category.

    None where a person said that the item carries it, and of a country that is assumed.
    """


class Name(NamedTuple):
    """A name or set phrase that a text holds and no taxonomy: it may become a hashtag where several outlets use it."""

    slug: str
    """The hashtag it makes, without ``#``."""
    words: str
    """As it stands in the text."""
    title: bool
    """Whether the headline holds it."""


class Category(StrEnum):
    """The nine shelves; General where none fits better."""

    GENERAL = "General"
    POLITICS = "Politics"
    BUSINESS = "Business"
    TECHNOLOGY = "Technology"
    SCIENCE = "Science"
    HEALTH = "Health"
    SPORT = "Sport"
    CULTURE = "Culture"
    ENVIRONMENT = "Environment"


class Tagged(NamedTuple):
    """What the taggers say of one text."""

    topics: tuple[Tagging, ...]
    """By falling score."""
    countries: tuple[Tagging, ...]
    """Subjects first, then by falling score."""
    category: Category
    lexicon: str = ""
    """The version of the words and rules that said so: the same version says the same of the same text."""


def fingerprint(title: str, summary: str) -> int:
    """What an item says, as a signed number of 64 bits: another one where the item was edited."""
    text = f"{title}\0{summary}".encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big", signed=True)


class Changes(NamedTuple):
    """Of the entries of a document, those that the feed has not brought before as they are."""

    new: frozenset[str]
    """Keys under which it brought nothing yet."""
    edited: frozenset[str]
    """Keys under which it brought another text before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An entry with its tags, ready to be stored."""

    key: str
    """Identity within its feed: from the guid, else the canonical link, else title and date."""
    entry: Entry
    published_at: datetime
    """The entry's date, never later than when it was first seen; that moment where it has none."""
    tagged: Tagged
    terms: str
    """`news.text.index_terms` of title and summary: what the phrase search reads."""
    section: str | None = None
    """The outlet's name for the feed it came from."""
    only_country: str | None = None
    """`Outlet.only_country` of that feed: what was assumed where it names no country."""
    names: tuple[Name, ...] | None = None
    """Names that may become hashtags; None where it is too old to count."""

    @property
    def fingerprint(self) -> int:
        """`fingerprint` of its headline and text."""
        return fingerprint(self.entry.title, self.entry.summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What one poll leaves to be stored, in one transaction."""

    due_at: datetime
    interval: timedelta
    problem: str | None = None
    """None: it succeeded. Else, in plain words, what is wrong; validators and hash are then left as they were."""
    note: str | None = None
    """Of a poll that succeeded: what was odd."""
    validators: Validators | None = None
    body_hash: bytes | None = None
    entries: bool = False
    """True where a document was read: this ends the silent first poll."""
    health: Health | None = None
    """How the feed fares now; None where that is as before."""
    notice: str | None = None
    """What its owners are to be told, to follow on its name."""
    pause: bool = False
    """Whether it is to be polled no more until somebody resumes it."""
    move_to: str | None = None
    """The address it is polled at from now on, unless another feed has it."""
    hub: Hub | None = None
    """Who offers to call when there is something new."""
    language: str | None = None
    """What the document is written in, as it says or as its text tells."""
    slices: bytes = b""
    """`Document.slices`."""
    keys: tuple[str, ...] = ()
    """Of all entries, read or passed over: which items stand in the document."""
    skip_hours: frozenset[int] = frozenset()
    """What that document says, as `Document.skip_hours`; kept where none was read."""
    skip_days: frozenset[int] = frozenset()
    items: tuple[NewItem, ...] = ()
    """Entries not seen in this feed before, or with another text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What storing a poll did."""

    new: int
    """Items that no feed had brought before."""
    known: int
    """Entries that turned out to be an item stored already."""
    silent: bool
    """True where the items were filed without alerts: the feed's first poll."""
    edited: int = 0
    """Items stored already that have another text now."""
    notice: str | None = None
    """What its owners are told: that of the poll, or that it could not be moved."""


class Revision(NamedTuple):
    """A headline that was corrected."""

    title: str
    replaced_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A stored item, as cards and terminals show it."""

    id: ItemId
    title: str
    url: str | None
    outlet: str
    outlet_country: str | None
    published_at: datetime
    first_seen_at: datetime
    category: Category
    summary: str
    image: str | None
    language: str | None
    taggings: tuple[Tagging, ...]
    earlier: tuple[Revision, ...] = ()
    """Headlines it had before, the latest first: only where the one item was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person said of one tag of one item. It outlives every retagging."""

    scope: GuildId
    """For whom it holds: `OPERATOR` for all, else one server."""
    item: ItemId
    kind: TagKind
    tag: str
    carried: bool
    """Whether the item carries the tag."""


def corrected(taggings: Sequence[Tagging], corrections: Iterable[Correction]) -> tuple[Tagging, ...]:
    """Taggings after corrections: what a person added comes first, as a subject with the score 1.

    So does what was only mentioned before.
    """
    found = {(one.kind, one.tag): one for one in taggings}
    added: dict[tuple[TagKind, str], Tagging] = {}
    for correction in corrections:
        key = correction.kind, correction.tag
        if not correction.carried:
            found.pop(key, None)
            added.pop(key, None)
        elif key not in found or found[key].role is not Role.SUBJECT:
            found.pop(key, None)
            added[key] = Tagging(tag=correction.tag, kind=correction.kind, role=Role.SUBJECT, score=1.0, words=())
    return (*added.values(), *found.values())


def retold(tagged: Tagged, topics: Iterable[Tagging], corrections: Iterable[Correction]) -> Tagged:
    """What the taggers say of a text, with these topics in place of theirs, after corrections."""
    every = corrected((*topics, *tagged.countries), corrections)
    return tagged._replace(
        topics=tuple(one for one in every if one.kind is TagKind.TOPIC),
        countries=tuple(one for one in every if one.kind is TagKind.COUNTRY),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """An item that an older lexicon tagged, with what else its tags come from."""

    item: Item
    lexicon: str
    categories: tuple[str, ...]
    section: str | None
    only_country: str | None = None
    """As `NewItem.only_country`."""
    corrections: tuple[Correction, ...]
    """Those that hold for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retagged:
    """An item's new tags."""

    item: Item
    """As it was."""
    tagged: Tagged
    terms: str
