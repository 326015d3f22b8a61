"""The open items and what is known of their marks: which stories have them, and how often.

Pure: no clock and no I/O. What is kept is a function of the open items in their order, and of their stories, alone:
`bot.news.cluster` promises it.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.news.marks import ClusterItem, Key, Marks, kind_of

WINDOW = timedelta(hours=72)
"""A story without an item for so long is closed."""


class KnownMark:
    """Where a mark stands now."""

    __slots__ = ("capital", "items", "lower", "squares", "stories")

    def __init__(self) -> None:
        self.stories: dict[int, int] = {}
        """Its items in each story, the story with the latest one last."""
        self.items = 0
        self.squares = 0
        self.lower = 0
        self.capital = 0


class OpenStory:
    """An open story."""

    __slots__ = ("days", "held", "key", "languages", "number", "outlets", "placed", "series", "texts")

    def __init__(self, key: Key, number: int, series: str) -> None:
        self.key = key
        self.number = number
        self.held: dict[int, OpenItem] = {}
        self.languages: Counter[str] = Counter()
        self.outlets: Counter[str] = Counter()
        self.days: Counter[int] = Counter()
        self.texts = 0
        self.placed = 0
        """Its items that are about a country."""
        self.series = series
        """The number in a series that its first item has."""


class OpenItem:
    """An open item."""

    __slots__ = ("at", "id", "marks", "outlet", "story")

    def __init__(self, item: ClusterItem, found: Marks, story: OpenStory) -> None:
        self.id = item.id
        self.outlet = item.outlet
        self.at = item.published_at
        self.marks = found
        self.story = story


class OpenItems:
    """The items of the last `WINDOW` with their stories."""

    def __init__(self) -> None:
        self.marks: dict[str, KnownMark] = {}
        self.stories: dict[Key, OpenStory] = {}
        self.by_number: dict[int, OpenStory] = {}
        self.held: dict[int, OpenItem] = {}
        """By the number in which they came."""
        self.order: dict[Key, int] = {}
        """Those numbers by the items' ids."""
        self.columns: dict[tuple[str, str], dict[int, None]] = {}
        """Items by outlet and template, and by outlet and opening (`bot.news.marks.Marks`)."""
        self.openings: dict[tuple[str, str], dict[int, None]] = {}
        self.now: datetime | None = None
        """The newest time seen."""
        self._due: list[tuple[datetime, int]] = []
        self._next = 0

    def is_past(self, at: datetime) -> bool:
        """Whether a time lies before the window."""
        return self.now is not None and at < self.now - WINDOW

    def advance(self, at: datetime) -> None:
        """Set the present, and forget what lies before the window."""
        if self.now is None or at > self.now:
            self.now = at
        edge = self.now - WINDOW
        while self._due and self._due[0][0] < edge:
            at, number = heapq.heappop(self._due)
            held = self.held.get(number)
            if held is not None and held.at == at:
                self.drop(number)

    def keep(self, item: ClusterItem, found: Marks, key: Key, number: int | None = None) -> None:
        """Keep an item as one of a story; `number` where it had one before it was edited."""
        if number is None:
            number = self._next
            self._next += 1
        story = self.stories.get(key)
        if story is None:
            story = self.stories[key] = OpenStory(key, number, found.series)
            self.by_number[number] = story
        held = OpenItem(item, found, story)
        self.held[number] = held
        self.order[item.id] = number
        heapq.heappush(self._due, (held.at, number))
        story.held[number] = held
        story.languages[found.language] += 1
        story.outlets[item.outlet] += 1
        story.days.update(found.days)
        story.texts += bool(found.text)
        story.placed += bool(found.shared) and any(kind_of(name) == "country" for name in found.shared)
        self.columns.setdefault((item.outlet, found.template), {})[number] = None
        self.openings.setdefault((item.outlet, found.opening), {})[number] = None
        for name in every(found):
            mark = self.marks.get(name)
            if mark is None:
                mark = self.marks[name] = KnownMark()
            count = mark.stories.pop(story.number, 0)
            mark.stories[story.number] = count + 1
            mark.items += 1
            mark.squares += 2 * count + 1
        for name in found.lower:
            self.marks[name].lower += 1
        for name in found.capital:
            self.marks[name].capital += 1

    def drop(self, number: int) -> None:
        """Let go of an item, and of its story where it was the last one."""
        held = self.held.pop(number)
        del self.order[held.id]
        story, found = held.story, held.marks
        del story.held[number]
        # Mostly the item that came first goes first. Where it came late, but is the older one, its story may not stand
        # where its other items put it.
        late = any(other < number for other in story.held)
        for listed, key in ((self.columns, found.template), (self.openings, found.opening)):
            column = listed[held.outlet, key]
            del column[number]
            if not column:
                del listed[held.outlet, key]
        for name in found.lower:
            self.marks[name].lower -= 1
        for name in found.capital:
            self.marks[name].capital -= 1
        for name in every(found):
            mark = self.marks[name]
            count = mark.stories[story.number]
            if count == 1:
                del mark.stories[story.number]
            else:
                mark.stories[story.number] = count - 1
                if late:
                    self._set_back(mark, name, story)
            mark.items -= 1
            mark.squares -= 2 * count - 1
            if not mark.items:
                del self.marks[name]
        story.languages[found.language] -= 1
        story.outlets[held.outlet] -= 1
        story.days.subtract(found.days)
        story.texts -= bool(found.text)
        story.placed -= any(kind_of(name) == "country" for name in found.shared)
        if not story.held:
            del self.stories[story.key]
            del self.by_number[story.number]

    def _set_back(self, mark: KnownMark, name: str, story: OpenStory) -> None:
        """Put a story where its latest item with a mark belongs among those of the mark's other stories."""
        own = _latest(story, name)
        after = []
        for number in reversed(mark.stories):
            if number != story.number:
                if _latest(self.by_number[number], name) < own:
                    break
                after.append(number)
        for number in (story.number, *reversed(after)):
            mark.stories[number] = mark.stories.pop(number)


def _latest(story: OpenStory, name: str) -> int:
    """The number of a story's latest item with a mark."""
    return max((number for number, held in story.held.items() if name in every(held.marks)), default=-1)


def every(found: Marks) -> Iterator[str]:
    """All of an item's marks."""
    yield from found.title
    yield from found.text
    yield from found.shared
