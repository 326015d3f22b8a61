"""The open items and what is known of their marks: which stories have them, and how often.

Pure: no clock and no I/O. What is kept is a function of the open items in their order, and of their stories, alone:
`bot.news.cluster` promises it. There are many of them, and most are alone in their stories with words that nobody else
has: an item is held as little as it can be, and what counts a story's items is made where it has a second one.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator, Mapping, Set as AbstractSet
from datetime import datetime, timedelta
from sys import intern

from bot.news.marks import ClusterItem, Key, Marks, kind_of

WINDOW = timedelta(hours=72)
"""A story without an item for so long is closed."""


class OpenItem:
    """An open item."""

    __slots__ = (
        "_capital",
        "_in_title",
        "_lower",
        "_shared",
        "at",
        "column",
        "days",
        "id",
        "language",
        "marks",
        "number",
        "opening",
        "outlet",
        "series",
        "story",
    )

    def __init__(self, item: ClusterItem, found: Marks, story: OpenStory, number: int) -> None:
        self.id = item.id
        self.number = number
        """Items are numbered as they come."""
        self.at = item.published_at
        self.story = story
        self.outlet = intern(item.outlet)
        self.language = intern(found.language)
        self.series = found.series
        self.days = found.days
        self.marks = found.title + found.text + found.shared
        self._in_title = len(found.title)
        self._shared = len(found.title) + len(found.text)
        self._lower = _bits(found.title, found.lower)
        self._capital = _bits(found.title, found.capital)
        self.column = column(item, found)
        self.opening = opening(item, found)

    def __lt__(self, other: OpenItem) -> bool:
        """Whether it is let go of sooner."""
        return (self.at, self.number) < (other.at, other.number)

    @property
    def title(self) -> tuple[str, ...]:
        """Words of the headline."""
        return self.marks[: self._in_title]

    @property
    def has_text(self) -> bool:
        """Whether its text has words that its headline has not."""
        return self._in_title < self._shared

    @property
    def is_placed(self) -> bool:
        """Whether it is about a country."""
        return any(kind_of(name) == "country" for name in self.marks[self._shared :])

    @property
    def lower(self) -> Iterator[str]:
        """Words of the headline written small."""
        return _picked(self.marks, self._lower)

    @property
    def capital(self) -> Iterator[str]:
        """Words of the headline with a capital inside a sentence."""
        return _picked(self.marks, self._capital)


class _Tally:
    """How many of a story's items have what."""

    __slots__ = ("days", "languages", "outlets", "placed", "texts")

    def __init__(self) -> None:
        self.languages: Counter[str] = Counter()
        self.outlets: Counter[str] = Counter()
        self.days: Counter[int] = Counter()
        self.texts = 0
        self.placed = 0

    def add(self, item: OpenItem) -> None:
        self.languages[item.language] += 1
        self.outlets[item.outlet] += 1
        self.days.update(item.days)
        self.texts += item.has_text
        self.placed += item.is_placed

    def take(self, item: OpenItem) -> None:
        self.languages[item.language] -= 1
        self.outlets[item.outlet] -= 1
        self.days.subtract(item.days)
        self.texts -= item.has_text
        self.placed -= item.is_placed


class OpenStory:
    """An open story."""

    __slots__ = ("_tally", "held", "key", "number", "several")

    def __init__(self, key: Key, number: int) -> None:
        self.key = key
        self.number = number
        """Its first item's."""
        self.held: list[OpenItem] = []
        """In the order in which they came."""
        self.several: dict[str, int] | None = None
        """How many of its items have each of their marks; None where there is one item."""
        self._tally: _Tally | None = None

    def __len__(self) -> int:
        return len(self.held)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many of its items have each of their marks."""
        return dict.fromkeys(self.held[0].marks, 1) if self.several is None else self.several

    def count(self, name: str) -> int:
        """How many of its items have a mark."""
        return int(name in self.held[0].marks) if self.several is None else self.several.get(name, 0)

    @property
    def series(self) -> str:
        """The number in a series that its first item has."""
        return self.held[0].series

    @property
    def is_placed(self) -> bool:
        """Whether any item is about a country."""
        return self.held[0].is_placed if self._tally is None else self._tally.placed > 0

    @property
    def texts(self) -> int:
        """Its items whose text says more than the headline."""
        return int(self.held[0].has_text) if self._tally is None else self._tally.texts

    def of_outlet(self, outlet: str) -> int:
        """Its items of an outlet."""
        return int(self.held[0].outlet == outlet) if self._tally is None else self._tally.outlets[outlet]

    def is_in(self, language: str) -> bool:
        """Whether any item is in a language."""
        return self.held[0].language == language if self._tally is None else self._tally.languages[language] > 0

    def is_of_other_days(self, days: AbstractSet[int]) -> bool:
        """Whether its items name days, and none of these."""
        if self._tally is None:
            named: AbstractSet[int] = self.held[0].days
        else:
            named = {day for day, count in self._tally.days.items() if count > 0}
        return bool(named) and named.isdisjoint(days)

    def add(self, item: OpenItem) -> None:
        """Take an item in."""
        insort(self.held, item, key=_number)
        if self._tally is not None:
            self._count(item)
        elif len(self.held) > 1:
            self._tally, self.several = _Tally(), {}
            for one in self.held:
                self._count(one)

    def remove(self, item: OpenItem) -> None:
        """Let go of an item."""
        self.held.remove(item)
        if len(self.held) < 2:
            self._tally = self.several = None
        elif self._tally is not None and self.several is not None:
            self._tally.take(item)
            for name in item.marks:
                self.several[name] -= 1
                if not self.several[name]:
                    del self.several[name]

    def _count(self, item: OpenItem) -> None:
        if self._tally is not None and self.several is not None:
            self._tally.add(item)
            for name in item.marks:
                self.several[name] = self.several.get(name, 0) + 1


class KnownMark:
    """Where a mark stands now."""

    __slots__ = ("_numbers", "capital", "items", "lower", "squares", "stories")

    def __init__(self) -> None:
        self._numbers = array("I")
        self.stories = array("I")
        """For each item that has it, in their order, its story's number."""
        self.items = 0
        self.squares = 0
        """The sum, over the stories, of its items there squared."""
        self.lower = 0
        self.capital = 0

    def add(self, item: OpenItem, before: int) -> None:
        """One item more, of a story in which so many had it."""
        at = len(self._numbers)
        if at and item.number < self._numbers[-1]:
            at = bisect_left(self._numbers, item.number)
        self._numbers.insert(at, item.number)
        self.stories.insert(at, item.story.number)
        self.items += 1
        self.squares += 2 * before + 1

    def remove(self, item: OpenItem, before: int) -> None:
        """One item less, of a story in which so many had it."""
        at = bisect_left(self._numbers, item.number)
        del self._numbers[at], self.stories[at]
        self.items -= 1
        self.squares -= 2 * before - 1


class OpenItems:
    """The items of the last `WINDOW` with their stories; where more than `most` would be open, the newest."""

    def __init__(self, most: int | None = None) -> None:
        self.items: dict[Key, OpenItem] = {}
        self.stories: dict[Key, OpenStory] = {}
        self.by_number: dict[int, OpenStory] = {}
        self.several: dict[int, Mapping[str, int]] = {}
        """By a story's number, for those of two items and more, how many of its items have each of their marks."""
        self.marks: dict[str, KnownMark] = {}
        self.columns: dict[int, tuple[OpenItem, ...]] = {}
        """Items by outlet and template, and by outlet and opening (`column`, `opening`), as they came."""
        self.openings: dict[int, tuple[OpenItem, ...]] = {}
        self.now: datetime | None = None
        """The newest time seen."""
        self._most = most
        self._by_time: list[OpenItem] = []
        self._next = 0

    def is_past(self, at: datetime) -> bool:
        """Whether an item of that time would not be kept."""
        if self.now is not None and at < self.now - WINDOW:
            return True
        return self._most is not None and len(self.items) >= self._most and at < self._oldest().at

    def advance(self, at: datetime) -> None:
        """Set the present, and forget what lies before the window."""
        if self.now is None or at > self.now:
            self.now = at
        edge = self.now - WINDOW
        while self.items and self._oldest().at < edge:
            self.drop(heapq.heappop(self._by_time))

    def keep(self, item: ClusterItem, found: Marks, key: Key, number: int | None = None) -> None:
        """Keep an item as one of a story; `number` where it had one before it was edited."""
        if number is None:
            number = self._next
            self._next += 1
        story = self.stories.get(key)
        counts: Mapping[str, int] = {}
        if story is None:
            story = self.stories[key] = self.by_number[number] = OpenStory(key, number)
        else:
            counts = story.counts
        kept = self.items[item.id] = OpenItem(item, found, story, number)
        heapq.heappush(self._by_time, kept)
        for name in kept.marks:
            mark = self.marks.get(name)
            if mark is None:
                mark = self.marks[name] = KnownMark()
            mark.add(kept, counts.get(name, 0))
        for name in found.lower:
            self.marks[name].lower += 1
        for name in found.capital:
            self.marks[name].capital += 1
        story.add(kept)
        if story.several is not None:
            self.several[story.number] = story.several
        for listed, word in ((self.columns, kept.column), (self.openings, kept.opening)):
            if word:
                listed[word] = (*listed.get(word, ()), kept)
        if self._most is not None and len(self.items) > self._most:
            self.drop(self._oldest())

    def drop(self, item: OpenItem) -> None:
        """Let go of an item, and of its story where it was the last one."""
        del self.items[item.id]
        story = item.story
        counts = story.counts
        for name in item.lower:
            self.marks[name].lower -= 1
        for name in item.capital:
            self.marks[name].capital -= 1
        for name in item.marks:
            mark = self.marks[name]
            mark.remove(item, counts[name])
            if not mark.items:
                del self.marks[name]
        story.remove(item)
        if story.several is None:
            self.several.pop(story.number, None)
        if not story.held:
            del self.stories[story.key], self.by_number[story.number]
        for listed, word in ((self.columns, item.column), (self.openings, item.opening)):
            if word:
                left = tuple(one for one in listed[word] if one is not item)
                if left:
                    listed[word] = left
                else:
                    del listed[word]

    def _oldest(self) -> OpenItem:
        """Of one item or more."""
        while self.items.get(self._by_time[0].id) is not self._by_time[0]:
            heapq.heappop(self._by_time)  # it was forgotten, or edited
        return self._by_time[0]


def column(item: ClusterItem, found: Marks) -> int:
    """What stands for an outlet and the template of its headline; 0 where the outlet is not known.

    A hash of 64 bits, a tenth of what the words would take: of a million open items two would be taken for one column's
    once in 10^7 times.
    """
    return hash((item.outlet, found.template)) if item.outlet else 0


def opening(item: ClusterItem, found: Marks) -> int:
    """The same of an outlet and the first words of its headline."""
    return hash((item.outlet, found.opening)) if item.outlet and found.opening else 0


def _number(item: OpenItem) -> int:
    return item.number


def _bits(names: tuple[str, ...], of: tuple[str, ...]) -> int:
    """Which of the names are among others, a bit each."""
    chosen = frozenset(of)
    return sum(1 << at for at, name in enumerate(names) if name in chosen)


def _picked(names: tuple[str, ...], bits: int) -> Iterator[str]:
    return (name for at, name in enumerate(names[: bits.bit_length()]) if bits >> at & 1)
