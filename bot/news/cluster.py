"""Which items tell of the same event: one item after the other is tied to a story, or begins one.

Pure: no clock and no I/O; the present is the newest item's time. What is kept is a function of the items of the last
`WINDOW` and their stories alone, so that it can be rebuilt by `restore` after a start, and batches change nothing.

1. `marks` says what the item is recognised by. A mark weighs by how rare it is among the open items, a word more where
   headlines write it with a capital (a name), less where they do not.
2. The marks lead to stories, from the rarest on, to the latest of each, `VISITS` in all: an item costs the same
   however many are open.
3. For each of those stories, every mark shared gives: weight x (share of the story's items with it) ^ `spread` x
   (how far the mark is this story's: its items there squared, of the sum of such squares) ^ `purity`.
4. What is shared, of the weight of all the item's words, must reach a limit: a high one where the story has one item,
   a lower one as it grows (`single`, `grown`); other limits where both have a text (`single_text`, `grown_text`).
   In another language than the story's, only what is written the same in all counts: names, numbers, countries,
   topics, and at least two kinds of them (`across`).
5. The best of the stories that reach their limit gets the item; `Tie` says why. A daily column's next number, and what
   shares only the column's name, is kept apart.

A story's id is its first item's. It never changes, and stories are never merged: what was posted stays true.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from bot.news.marks import TEXT_READ, TITLE_READ, ClusterItem, Key, Marks, kind_of, marks, words

WINDOW = timedelta(hours=72)
"""A story without an item for so long is closed."""
RECURS = timedelta(hours=18)
"""The same headline of the same outlet, so much later, is a column's next number."""
LATEST = 48
"""Stories that one mark leads to at most."""
VISITS = 500
"""Steps from a mark to a story that one item may take."""
JUDGED = 12
"""Stories that are looked at closely: those that share most at a first look."""
SAID = 8
"""Words and names that a reason gives at most."""
EXPLAINED = 30
"""Of a story's latest items, those that the most similar one is looked for in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The numbers of the decision, as measured by `python -m bench.cluster`; see docs/clustering.md."""

    single: float = 0.33
    grown: float = 0.19
    single_text: float = 0.33
    grown_text: float = 0.19
    growth: float = 0.9
    """The limit is ``grown + (single - grown) / items ** growth``."""
    lone: float = 0.03
    """Added to the limit where one word alone is shared."""
    across: float = 1.4
    """Weights shared at least in another language; 1 is a mark that nothing else has."""
    spread: float = 0.33
    purity: float = 0.74
    case: float = 0.53
    """How far capitals count: a word always with one weighs up to twice 1 - case more."""
    prior: float = 2500.0
    """Items that are assumed before the first, each with words of its own."""
    rarity: float = 5.9
    """Of those, how many have a given word."""
    unseen: float = 0.86
    """What a word that no open item has weighs among all the item's words."""
    text: float = 0.5
    """What a word of the text weighs beside one of the headline."""
    topic: float = 0.3
    country: float = 0.0
    pair: float = 0.3
    number: float = 0.5
    across_name: float = 1.0
    across_number: float = 0.7
    across_pair: float = 1.0
    across_tag: float = 0.5
    """What names, numbers, two tags together, and a country or topic weigh in another language."""
    other_day: float = 0.4
    """What is left of the score where item and story name different days of the week."""
    other_country: float = 0.6
    """What is left where item and story are about countries, and no country is both's."""
    opening: float = 0.6
    """What is left where a headline of the same outlet began with the same words, `RECURS` or more ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """What tied an item to its story."""

    item: Key
    """The story's item that is most like it."""
    score: float
    """How often what is shared reaches the limit: 1 and more."""
    words: tuple[str, ...] = ()
    """As this item writes them, the weightiest first."""
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    across: bool = False
    """Whether the story is in another language, so that its words could not be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an item belongs."""

    item: Key
    story: Key
    """The id of the story's first item, or what `restore` was told."""
    tie: Tie | None
    """None where the item begins a story."""

    @property
    def is_new(self) -> bool:
        """Whether the item begins a story."""
        return self.tie is None


_WORD, _NAMED = "word", "name"
_NAME = 4
"""Letters that a name has at least, where it is looked for in another language."""
_PLACING = frozenset(("name", "country"))
_TELLING = frozenset(("name", "number", "pair"))
"""Of what two languages write the same: what says where or who, and what says which event."""


class _Mark:
    """Where a mark stands now."""

    __slots__ = ("capital", "items", "lower", "squares", "stories")

    def __init__(self) -> None:
        self.stories: dict[int, int] = {}
        """Its items in each story, the story with the latest one last."""
        self.items = 0
        self.squares = 0
        self.lower = 0
        self.capital = 0


class _Weighed(NamedTuple):
    """A mark of an item, as open items have it."""

    mark: _Mark
    name: str
    kind: str
    weight: float
    across: float
    """What it weighs in another language."""


class _Story:
    """An open story."""

    __slots__ = ("days", "held", "key", "languages", "number", "outlets", "placed", "series", "texts")

    def __init__(self, key: Key, number: int, series: str) -> None:
        self.key = key
        self.number = number
        self.held: dict[int, _Held] = {}
        self.languages: Counter[str] = Counter()
        self.outlets: Counter[str] = Counter()
        self.days: Counter[int] = Counter()
        self.texts = 0
        self.placed = 0
        """Its items that are about a country."""
        self.series = series
        """The number in a series that its first item has."""


class _Held:
    """An open item."""

    __slots__ = ("at", "id", "marks", "outlet", "story", "title")

    def __init__(self, item: ClusterItem, found: Marks, story: _Story) -> None:
        self.id = item.id
        self.outlet = item.outlet
        self.title = item.title
        self.at = item.published_at
        self.marks = found
        self.story = story


class Clusterer:
    """The open items and their stories. Not to be shared between threads."""

    def __init__(self, weights: Weights | None = None) -> None:
        self._weights = weights = weights or Weights()
        self._of_kind = {
            "number": (weights.number, weights.across_number),
            "country": (weights.country, weights.across_tag),
            "topic": (weights.topic, weights.across_tag),
            "pair": (weights.pair, weights.across_pair),
        }
        """What a mark of each kind weighs: in the same language, and in another."""
        self._marks: dict[str, _Mark] = {}
        self._stories: dict[Key, _Story] = {}
        self._by_number: dict[int, _Story] = {}
        self._held: dict[int, _Held] = {}
        self._order: dict[Key, int] = {}
        self._columns: dict[tuple[str, str], dict[int, None]] = {}
        self._openings: dict[tuple[str, str], dict[int, None]] = {}
        self._due: list[tuple[datetime, int]] = []
        self._next = 0
        self._now: datetime | None = None

    def __len__(self) -> int:
        """The open items."""
        return len(self._held)

    @property
    def now(self) -> datetime | None:
        """The newest time seen; None before the first item."""
        return self._now

    @property
    def stories(self) -> int:
        """The open stories."""
        return len(self._stories)

    def story_of(self, item: Key) -> Key | None:
        """The story of an open item."""
        number = self._order.get(item)
        return None if number is None else self._held[number].story.key

    def add(self, item: ClusterItem) -> Placement:
        """Place an item and keep it. One with the id of an open item replaces it and stays in its story.

        An item older than `WINDOW` is placed alone and not kept.
        """
        if item.id in self._order:
            return self.replace(item)
        self._advance(item.published_at)
        found = marks(item)
        if self._is_past(item.published_at):
            return Placement(item=item.id, story=item.id, tie=None)
        weighed, total = self._weighed(found)
        best = self._best(item, found, weighed, total)
        if best is None:
            self._keep(item, found, item.id)
            return Placement(item=item.id, story=item.id, tie=None)
        story, score, across = best
        tie = self._tie(item, story, weighed, score, across)
        self._keep(item, found, story.key)
        return Placement(item=item.id, story=story.key, tie=tie)

    def restore(self, item: ClusterItem, story: Key) -> None:
        """Keep an item whose story is known. Items in the order in which they were added give the state back."""
        self.forget(item.id)
        self._advance(item.published_at)
        if not self._is_past(item.published_at):
            self._keep(item, marks(item), story)

    def replace(self, item: ClusterItem) -> Placement:
        """An open item was edited: other marks from now on, the same story. An unknown one is added."""
        number = self._order.get(item.id)
        if number is None:
            return self.add(item)
        story = self._held[number].story
        found = marks(item)
        self._drop(number)
        tie = None
        if story.held:
            weighed, total = self._weighed(found)
            tie = self._tie(item, story, weighed, *self._judged(item, found, story, weighed, total))
        self._advance(item.published_at)
        if not self._is_past(item.published_at):
            self._keep(item, found, story.key, number)
        return Placement(item=item.id, story=story.key, tie=tie)

    def forget(self, item: Key) -> None:
        """Let go of one item, such as one that was deleted; an unknown one is none."""
        number = self._order.get(item)
        if number is not None:
            self._drop(number)

    # --- the state ------------------------------------------------------------------------------------------------

    def _is_past(self, at: datetime) -> bool:
        return self._now is not None and at < self._now - WINDOW

    def _advance(self, at: datetime) -> None:
        """Set the present, and forget what lies before the window."""
        if self._now is None or at > self._now:
            self._now = at
        edge = self._now - WINDOW
        while self._due and self._due[0][0] < edge:
            at, number = heapq.heappop(self._due)
            held = self._held.get(number)
            if held is not None and held.at == at:
                self._drop(number)

    def _keep(self, item: ClusterItem, found: Marks, key: Key, number: int | None = None) -> None:
        if number is None:
            number = self._next
            self._next += 1
        story = self._stories.get(key)
        if story is None:
            story = self._stories[key] = _Story(key, number, found.series)
            self._by_number[number] = story
        held = _Held(item, found, story)
        self._held[number] = held
        self._order[item.id] = number
        heapq.heappush(self._due, (held.at, number))
        story.held[number] = held
        story.languages[found.language] += 1
        story.outlets[item.outlet] += 1
        story.days.update(found.days)
        story.texts += bool(found.text)
        story.placed += bool(found.shared) and any(kind_of(name) == "country" for name in found.shared)
        self._columns.setdefault((item.outlet, found.template), {})[number] = None
        self._openings.setdefault((item.outlet, found.opening), {})[number] = None
        for name in _all(found):
            mark = self._marks.get(name)
            if mark is None:
                mark = self._marks[name] = _Mark()
            count = mark.stories.pop(story.number, 0)
            mark.stories[story.number] = count + 1
            mark.items += 1
            mark.squares += 2 * count + 1
        for name in found.lower:
            self._marks[name].lower += 1
        for name in found.capital:
            self._marks[name].capital += 1

    def _drop(self, number: int) -> None:
        held = self._held.pop(number)
        del self._order[held.id]
        story, found = held.story, held.marks
        del story.held[number]
        for listed, key in ((self._columns, found.template), (self._openings, found.opening)):
            column = listed[held.outlet, key]
            del column[number]
            if not column:
                del listed[held.outlet, key]
        for name in found.lower:
            self._marks[name].lower -= 1
        for name in found.capital:
            self._marks[name].capital -= 1
        for name in _all(found):
            mark = self._marks[name]
            count = mark.stories[story.number]
            if count == 1:
                del mark.stories[story.number]
            else:
                mark.stories[story.number] = count - 1
            mark.items -= 1
            mark.squares -= 2 * count - 1
            if not mark.items:
                del self._marks[name]
        story.languages[found.language] -= 1
        story.outlets[held.outlet] -= 1
        story.days.subtract(found.days)
        story.texts -= bool(found.text)
        story.placed -= any(kind_of(name) == "country" for name in found.shared)
        if not story.held:
            del self._stories[story.key]
            del self._by_number[story.number]

    # --- the decision ---------------------------------------------------------------------------------------------

    def _rarity(self, mark: _Mark | None) -> float:
        """0 to 1: how rare a mark is among the open items."""
        rarity = self._weights.rarity
        every = len(self._held) + self._weights.prior
        items = mark.items if mark is not None else 0
        return max(0.01, math.log(every / (items + rarity)) / math.log(every / rarity))

    def _weighed(self, found: Marks) -> tuple[list[_Weighed], float]:
        """The marks of an item that open items have, the rarest first; and the weight of all the item's words.

        The unit is a word of the headline that no other item has, and that capitals say nothing of.
        """
        weights = self._weights
        weighed: list[_Weighed] = []
        total = 0.0
        for names, part in ((found.title, 1.0), (found.text, weights.text)):
            for name in names:
                mark = self._marks.get(name)
                rarity = self._rarity(mark)
                lower = (mark.lower if mark is not None else 0) + (name in found.lower)
                capital = (mark.capital if mark is not None else 0) + (name in found.capital)
                named = (capital + 0.5) / (lower + capital + 1)
                weight = part * rarity * (weights.case + 2 * (1 - weights.case) * named)
                if mark is None:
                    total += weight * weights.unseen
                    continue
                total += weight
                is_name = len(name) >= _NAME and (name in found.capital or mark.capital > mark.lower)
                kind, across = (_NAMED, weights.across_name * rarity) if is_name else (_WORD, 0.0)
                weighed.append(_Weighed(mark, name, kind, weight, across))
        for name in found.shared:
            mark = self._marks.get(name)
            if mark is not None:
                kind = kind_of(name)
                alone, across = self._of_kind[kind]
                rarity = self._rarity(mark)
                weighed.append(_Weighed(mark, name, kind, alone * rarity, across * rarity))
        weighed.sort(key=_by_items)
        return weighed, total

    def _best(
        self, item: ClusterItem, found: Marks, weighed: Sequence[_Weighed], total: float
    ) -> tuple[_Story, float, bool] | None:
        """The story that an item belongs to, how often the limit is reached, and whether across languages."""
        if not found.title:
            return None  # a digest's or column's name alone: its text tells of many events
        barred, again = self._barred(item, found), self._begun_alike(item, found)
        best: tuple[_Story, float, bool] | None = None
        for number in _candidates(weighed):
            story = self._by_number[number]
            if story.key in barred or found.series != story.series:
                continue
            score, across = self._judged(item, found, story, weighed, total)
            if story.key in again:
                score *= self._weights.opening
            if score >= 1.0 and (best is None or (score, _last(story)) > (best[1], _last(best[0]))):
                best = story, score, across
        return best

    def _barred(self, item: ClusterItem, found: Marks) -> frozenset[Key]:
        """Stories of earlier numbers of the same column."""
        column = self._columns.get((item.outlet, found.template))
        if not column or not item.outlet:
            return frozenset()
        return frozenset(
            held.story.key
            for held in map(self._held.__getitem__, column)
            if held.marks.series != found.series
            or held.marks.days != found.days
            or abs(item.published_at - held.at) >= RECURS
        )

    def _begun_alike(self, item: ClusterItem, found: Marks) -> frozenset[Key]:
        """Stories in which the same outlet began a headline with the same words a day ago."""
        if not found.opening or not item.outlet:
            return frozenset()
        held = map(self._held.__getitem__, self._openings.get((item.outlet, found.opening), ()))
        return frozenset(one.story.key for one in held if abs(item.published_at - one.at) >= RECURS)

    def _judged(
        self, item: ClusterItem, found: Marks, story: _Story, weighed: Sequence[_Weighed], total: float
    ) -> tuple[float, bool]:
        """How often what item and story share reaches the limit, and whether it was compared across languages."""
        weights = self._weights
        number, size = story.number, len(story.held)
        column = found.prefix if found.prefix and story.outlets.get(item.outlet) == size else frozenset()
        tied_words = alike = 0.0
        shared_words = 0
        known: set[str] = set()
        for mark, name, kind, weight, across in weighed:
            count = mark.stories.get(number)
            if count is None or name in column:
                continue
            share = math.pow(count / size, weights.spread) * math.pow(count * count / mark.squares, weights.purity)
            tied_words += weight * share
            alike += across * share
            known.add(kind)
            shared_words += kind is _WORD or kind is _NAMED
        limit = self._limit(found, story, shared_words)
        score = tied_words / max(total, 0.01) / limit if shared_words else 0.0
        is_across = False
        if known & _TELLING and known & _PLACING and _is_foreign(found, story) and alike / weights.across > score:
            score, is_across = alike / weights.across, True
        return score * self._doubt(found, story), is_across

    def _limit(self, found: Marks, story: _Story, shared_words: int) -> float:
        weights, size = self._weights, len(story.held)
        single, grown = weights.single, weights.grown
        if found.text and story.texts * 2 >= size:
            single, grown = weights.single_text, weights.grown_text
        limit = grown + (single - grown) / math.pow(size, weights.growth)
        return limit + weights.lone if shared_words <= 1 else limit

    def _doubt(self, found: Marks, story: _Story) -> float:
        """What is left of the score after what speaks against it: another day, other countries."""
        weights = self._weights
        left = 1.0
        if found.days and +story.days and not any(story.days[day] > 0 for day in found.days):
            left *= weights.other_day
        countries = [name for name in found.shared if len(name) > 1 and kind_of(name) == "country"]
        if (
            countries
            and story.placed
            and not any(
                (mark := self._marks.get(name)) is not None and story.number in mark.stories for name in countries
            )
        ):
            left *= weights.other_country
        return left

    # --- the reason -----------------------------------------------------------------------------------------------

    def _tie(self, item: ClusterItem, story: _Story, weighed: Sequence[_Weighed], score: float, across: bool) -> Tie:
        """Why an item is in a story: what it shares with it, and the most similar of its latest items."""
        weight_of = {one.name: one.weight for one in weighed}
        nearest: _Held | None = None
        most = -1.0
        for number in islice(reversed(story.held), EXPLAINED):
            held = story.held[number]
            alike = sum(weight_of.get(name, 0.0) for name in _all(held.marks))
            if alike > most:
                nearest, most = held, alike
        shared = sorted(
            (one for one in weighed if story.number in one.mark.stories), key=lambda one: (-one.weight, one.name)
        )
        written = {**words(item.text[:TEXT_READ]), **words(item.title[:TITLE_READ])}
        said: dict[str, list[str]] = {"number": [], "country": [], "topic": [], "pair": [], _WORD: [], _NAMED: []}
        for one in shared:
            said[one.kind].append(written.get(one.name, one.name.lstrip("#@/")))
        return Tie(
            item=nearest.id if nearest is not None else story.key,
            score=round(score, 3),
            words=tuple(said[_WORD][:SAID]),
            names=tuple(said[_NAMED][:SAID]),
            numbers=tuple(said["number"]),
            countries=tuple(said["country"]),
            topics=tuple(said["topic"]),
            across=across,
        )


def _candidates(weighed: Sequence[_Weighed]) -> list[int]:
    """The stories that share most with an item at a first look; the rarest marks lead to them first."""
    found: dict[int, float] = {}
    left = VISITS
    for mark, _, _, weight, across in weighed:
        gain = max(weight, across) / mark.squares
        for number, count in islice(reversed(mark.stories.items()), min(LATEST, left)):
            found[number] = found.get(number, 0.0) + gain * count * count
        left -= min(LATEST, len(mark.stories))
        if left <= 0:
            break
    if len(found) <= JUDGED:
        return list(found)
    return heapq.nlargest(JUDGED, found, key=found.__getitem__)


def _is_foreign(found: Marks, story: _Story) -> bool:
    """Whether no item of a story is in an item's language, as far as languages are known."""
    return bool(found.language) and not story.languages.get(found.language)


def _last(story: _Story) -> int:
    return next(reversed(story.held))


def _by_items(one: _Weighed) -> tuple[int, str]:
    return one.mark.items, one.name


def _all(found: Marks) -> Iterator[str]:
    yield from found.title
    yield from found.text
    yield from found.shared
