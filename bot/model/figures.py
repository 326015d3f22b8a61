"""Figures: counts, profiles, comparisons and trends of what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.model.asked import Query, Resolution
from bot.model.items import Item, Tagged, TagKind
from bot.model.stories import Top


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCount:
    """How many items carry a tag."""

    kind: TagKind
    tag: str
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletCount:
    """How many items an outlet brought."""

    outlet: str
    country: str | None
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """What some items are about, and who brought them: the newest first, the most frequent first."""

    published: tuple[datetime, ...]
    """When each was published."""
    newest: tuple[Item, ...]
    """Some of them, no two of one story, in full."""
    complete: bool
    """False where there are more than were counted."""
    looked_at: int
    """How many, the newest, the tags and outlets are of."""
    tags: tuple[TagCount, ...]
    """Countries are those that the items are about or mention."""
    outlets: tuple[OutletCount, ...]
    subjects: tuple[TagCount, ...] = ()
    """Countries that the items are about."""
    languages: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is asked, broken down."""

    query: Query
    """With the time since when."""
    resolution: Resolution | None
    until: datetime
    breakdown: Breakdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A country or a topic that a person named."""

    kind: TagKind
    tag: str
    """A code, or a topic as typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One of several things side by side."""

    named: Named
    profile: Profile
    before: int | None
    """Items in the window before, None where there are too many to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """What the memory has on a text."""

    linked: tuple[Item, ...]
    """What the text links to; the first of `items`, too."""
    items: tuple[Item, ...]
    tagged: Tagged
    """What the text is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """A day, or a week, that stands out."""

    place: int
    """Among the days that are shown."""
    day: date
    items: int
    usual: tuple[float, float]
    top: Top | None
    """The story behind it: the one that most outlets told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trending:
    """Items a day of what is asked."""

    query: Query
    resolution: Resolution | None
    days: tuple[date, ...]
    """Of each step its first day, in UTC; the last one is not over."""
    counts: tuple[int, ...]
    bands: tuple[tuple[float, float] | None, ...]
    """What is usual on each; None where too little is remembered to say."""
    peaks: tuple[Peak, ...]
    step: int
    """Days: 1 or 7."""
    counted_since: date | None
    """Where there is more than is counted: the first day that is."""
    picture: bytes | None
    """As PNG; None where there is none."""
    no_topic: str | None = None
    """What is said where there is nothing because nobody knows the topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How much there is of each country as a subject, the most first."""

    query: Query
    resolution: Resolution | None
    countries: tuple[tuple[str, int], ...]
    """Codes, those of bodies among them."""
    complete: bool
    """False where only the newest were looked at."""
    picture: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Who brings what is asked, the most first."""

    query: Query
    resolution: Resolution | None
    items: int
    complete: bool
    outlets: tuple[OutletCount, ...]
    places: tuple[tuple[str, int], ...]
    """Items by the country that their outlet sits in."""
    languages: tuple[tuple[str, int], ...]
    """Items by the primary language."""
    picture: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """How often a name was heard in a window, and how often in the baseline before it."""

    slug: str
    items: int
    outlets: int
    usual: int
    """Items of the baseline that hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What was heard in a window."""

    of: int
    """Items of the window in which names were looked for."""
    usual_of: int
    """The same of the baseline."""
    names: tuple[Heard, ...]
    """Those that two items or more of two outlets or more hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicCount:
    """How many items of a window carry a topic, and how many of the time before it."""

    tag: str
    items: int
    usual: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """How many items a day brought."""

    day: date
    """In UTC."""
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A topic in a window of time."""

    tag: str
    label: str
    """As people write it."""
    items: int
    outlets: int
    ratio: float | None
    """How many times as frequent as usual; None where it was never there before, or nothing is usual yet."""
    emerging: bool
    """A hashtag that came from the news itself, and is in no taxonomy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """What is rising and what is big."""

    since: datetime
    until: datetime
    compared_since: datetime
    """Where the time begins that "usual" means; it ends at `since`."""
    items: int
    """All items of the window."""
    rising: tuple[Trend, ...]
    """The most surprising first."""
    big: tuple[Trend, ...]
    """By falling number of items."""
    comparable: bool
    """Whether the memory holds enough from before the window to say what is usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How much is watched and remembered."""

    items: int
    feeds: int
    failing: int
    pending: int
    """Deliveries not sent yet."""
