"""Stories: items that tell of one event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.model.ids import GuildId, ItemId, StoryId
from bot.model.items import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """What tied an item to its story."""

    item: int | str
    """The item of the story that is most like it, by the id that clustering was told: of stored ones their `ItemId`."""
    score: float
    """How often what they share reaches the limit: 1 and more."""
    words: tuple[str, ...] = ()
    """As this item writes them, the weightiest first."""
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    across: bool = False
    """Whether the story is in another language, so that its words could not be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where the desk placed an item."""

    item: ItemId
    story: StoryId
    tie: Tie | None
    """None where it begins the story, or was in it already."""
    silent: bool = False
    """Nobody is told of it (`Candidate.silent`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The items that tell of one event, as one server sees them."""

    id: StoryId
    items: tuple[Item, ...]
    """In the order in which they were placed."""
    ties: Mapping[ItemId, Tie]
    """What tied each of them; none for the first."""

    @property
    def outlets(self) -> tuple[str, ...]:
        """Each outlet once, the first to tell it first."""
        return tuple(dict.fromkeys(item.outlet for item in self.items))


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """A story among the biggest of a time."""

    story: Story
    item: Item
    """The first of its reports that meets what was asked."""
    outlets: int
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An unfiled item, as the desk sees it."""

    item: Item
    terms: str
    scopes: tuple[GuildId, ...]
    """Who may see it: `OPERATOR` stands for everybody."""
    hidden_by: tuple[GuildId, ...] = ()
    """Servers that hid every source it came from."""
    silent: bool = False
    """Nobody is told of it: it is placed in a story, and that is all."""
    story: StoryId | None = None
    """Where it was placed already, when it was silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A stored item that meets criteria, with the story it tells."""

    item: Item
    terms: str
    story: StoryId
    """Of an item that was remembered silently, its own id."""
    outlets: int
    """How many outlets tell the story, as far as the server sees it."""
