"""What is asked, what a topic was taken to mean, and a page of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.model.ids import ItemId
from bot.model.items import Category, Item, TagKind
from bot.model.stories import Story


class Sort(StrEnum):
    """The order of an answer."""

    NEWEST = "newest"
    BIGGEST = "biggest"
    """A story once, those that most outlets tell first."""
    RELEVANT = "relevant"
    """What is most about what was asked first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What `/news` asks, and what an alert rule filters by. Every part that is set must hold."""

    topic: str | None = None
    """As typed, or as stored with a rule: a hashtag in any spelling, or a phrase."""
    country: str | None = None
    """A code: what the item is about."""
    mentions: bool = False
    """True: an item that only mentions the country will do, and one of which it is assumed."""
    outlet: str | None = None
    """An outlet's name as stored."""
    outlet_country: str | None = None
    """A code: where the outlet sits, whatever the item is about."""
    language: str | None = None
    """What the item is written in, as `primary_language` gives it."""
    category: Category | None = None
    since: datetime | None = None
    text: str | None = None
    """Words that must all occur; a part in double quotes must occur as a phrase."""
    filter: str | None = None
    """What must hold besides, in the canonical text of `bot.news.filters`."""
    sort: Sort = Sort.NEWEST


class How(StrEnum):
    """How a typed hashtag met its meaning."""

    EXACT = "exact"
    ALIAS = "alias"
    PHRASE = "phrase"
    NEAR = "near"
    OWN = "own"
    """A topic of the server's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The meaning of a typed topic. `tag` and `phrase` may both be set: then either makes an item match."""

    typed: str
    tag: str
    """The hashtag it stands for, without ``#``."""
    how: How
    kind: TagKind = TagKind.TOPIC
    known: bool = False
    """True where the store or the taxonomy holds that tag."""
    phrase: tuple[str, ...] = ()
    """Index terms that must follow one another; empty where only the tag counts."""
    label: str = ""
    """For people: ``security cooperation``."""
    filter: str | None = None
    """What is met in place of tag and phrase, as `bot.filter_model.dumped` wrote it: of a server's own topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that must follow one another."""

    typed: str
    terms: tuple[str, ...]
    """As index terms, at least one."""

    def held_by(self, terms: str) -> bool:
        """Whether an item's index terms (spaces between) hold it."""
        return f" {' '.join(self.terms)} " in f" {terms} "


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTopic:
    """A topic of one server's own: what holds one of the phrases and none of the excluded ones."""

    slug: str
    label: str
    """As typed."""
    phrases: tuple[Phrase, ...]
    excluded: tuple[Phrase, ...]

    def met_by(self, terms: str) -> bool:
        """Whether an item's index terms meet it."""
        return any(one.held_by(terms) for one in self.phrases) and not any(one.held_by(terms) for one in self.excluded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What an own topic would have met in a time."""

    total: int
    excluded: int
    """Items that its phrases met and that its excluded ones left out."""
    newest: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """A query whose topic is resolved: what the store is asked and a rule matches by. All that is set must hold."""

    tag: str | None = None
    """A topic's slug, or a country's code where `tag_kind` says so."""
    tag_kind: TagKind = TagKind.TOPIC
    phrase: tuple[str, ...] = ()
    """Index terms in a row; where `tag` is set too, either is enough."""
    country: str | None = None
    mentions: bool = False
    """Of `country`, and of `tag` where it is one: whether a mention, or that it is assumed, will do."""
    outlet: str | None = None
    outlet_country: str | None = None
    language: str | None = None
    category: Category | None = None
    since: datetime | None = None
    terms: tuple[tuple[str, ...], ...] = ()
    """Phrases (of one index term or more) that must all occur."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of an answer."""

    query: Query
    resolution: Resolution | None
    items: tuple[Item, ...]
    number: int
    """From 1."""
    size: int
    total: int
    """As far as was counted."""
    newest: ItemId | None
    """The newest item's id when the answer was first given: later pages count from it."""
    suggestions: tuple[str, ...] = ()
    """Nearest topics, where nothing was found."""
    stories: Mapping[ItemId, Story] = field(default_factory=dict)
    """The stories of the items, where it is a page of stories."""
    more: bool = False
    """Whether there are more than were counted."""

    @property
    def pages(self) -> int:
        """How many pages are known to be there; at least 1."""
        return pages_of(self.total, self.size)


def pages_of(items: int, size: int) -> int:
    """How many pages of a size some items fill; at least 1."""
    return max(1, -(-items // size))
