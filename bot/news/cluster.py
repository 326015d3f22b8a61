"""Which items tell of the same event: one item after the other is tied to a story, or begins one.

Pure: no clock and no I/O; the present is the newest item's time. What is kept is a function of the items of the last
`WINDOW`, or of so many as may be open, the newest, and their stories alone, so that it can be rebuilt by `restore`
after a start, and batches change nothing.

1. `marks` says what the item is recognised by. A mark weighs by how rare it is among the open items, a word more where
   headlines write it with a capital (a name), less where they do not.
2. The marks lead to stories, from the rarest on, to the latest of each, `VISITS` in all: an item costs the same
   however many are open.
3. For each of those stories, every mark shared gives: weight x (share of the story's items with it) ^ `spread` x
   (how far the mark is this story's: its items there squared, of the sum of such squares) ^ `purity`.
4. What is shared, of the weight of all the item's words, must reach a limit: a high one where the story has one item,
   a lower one as it grows (`single`, `grown`); other limits where both have a text (`single_text`, `grown_text`).
   Names of places alone tie nothing: they say where, not what. In another language than the story's, only what is
   written the same in all counts: names, numbers, countries, topics, and at least two kinds of them (`across`).
5. The best of the stories that reach their limit gets the item; `Tie` says why. A daily column's next number, and what
   shares only the column's name, is kept apart.

A story's id is its first item's. It never changes, and stories are never merged: what was posted stays true.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from bot.model import Tie
from bot.news.marks import (
    TEXT_READ,
    TITLE_READ,
    ClusterItem,
    Key,
    Marks,
    kind_of,
    marks,
    of_countries,
    of_places,
    words,
)
from bot.news.open_items import KnownMark, OpenItem, OpenItems, OpenStory, column, opening
from bot.news.story_weights import Weights

RECURS = timedelta(hours=18)
"""The same headline of the same outlet, so much later, is a column's next number."""
SAME_WORDS = 0.5
"""Of the words of two headlines, how many a column's numbers share at least."""
LATEST = 40
"""Stories that one mark leads to at most, and a column's earlier numbers that are looked at."""
VISITS = 320
"""Steps from a mark to a story that one item may take."""
STEPS = 400
"""Items with a mark, the latest, among which the latest stories with it are looked for."""
JUDGED = 8
"""Stories that are looked at closely: those that share most at a first look."""
SAID = 8
"""Words and names that a reason gives at most."""
EXPLAINED = 12
"""Of a story's latest items, those that the most similar one is looked for in."""


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
_EVENTS = frozenset(("number", "pair"))
"""What says which event where of the words only names of places are shared."""
_TELLING = frozenset(("name", "number", "pair"))
"""Of what two languages write the same: what says where or who, and what says which event."""


class _Weighed(NamedTuple):
    """A mark of an item, as open items have it."""

    mark: KnownMark
    name: str
    kind: str
    weight: float
    across: float
    """What it weighs in another language."""


class Clusterer:
    """The open items and their stories. Not to be shared between threads."""

    def __init__(self, weights: Weights | None = None, *, most: int | None = None) -> None:
        """`most` items are open at a time, the newest; None: all of the last `WINDOW`."""
        self._weights = weights = weights or Weights()
        self._of_kind = {
            "number": (weights.number, weights.across_number),
            "country": (weights.country, weights.across_tag),
            "topic": (weights.topic, weights.across_tag),
            "pair": (weights.pair, weights.across_pair),
        }
        """What a mark of each kind weighs: in the same language, and in another."""
        self._open = OpenItems(most)

    def __len__(self) -> int:
        """The open items."""
        return len(self._open.items)

    @property
    def now(self) -> datetime | None:
        """The newest time seen; None before the first item."""
        return self._open.now

    @property
    def stories(self) -> int:
        """The open stories."""
        return len(self._open.stories)

    def story_of(self, item: Key) -> Key | None:
        """The story of an open item."""
        held = self._open.items.get(item)
        return None if held is None else held.story.key

    def add(self, item: ClusterItem) -> Placement:
        """Place an item and keep it. One with the id of an open item replaces it and stays in its story.

        One that is older than all that may be open is placed alone and not kept.
        """
        if item.id in self._open.items:
            return self.replace(item)
        self._open.advance(item.published_at)
        found = marks(item)
        if self._open.is_past(item.published_at):
            return Placement(item=item.id, story=item.id, tie=None)
        weighed, total = self._weighed(found)
        best = self._best(item, found, weighed, total)
        if best is None:
            self._open.keep(item, found, item.id)
            return Placement(item=item.id, story=item.id, tie=None)
        story, score, across = best
        tie = self._tie(item, story, weighed, score, across)
        self._open.keep(item, found, story.key)
        return Placement(item=item.id, story=story.key, tie=tie)

    def restore(self, item: ClusterItem, story: Key) -> None:
        """Keep an item whose story is known. Items in the order in which they were added give the state back."""
        self.forget(item.id)
        self._open.advance(item.published_at)
        if not self._open.is_past(item.published_at):
            self._open.keep(item, marks(item), story)

    def replace(self, item: ClusterItem) -> Placement:
        """An open item was edited: other marks from now on, the same story. An unknown one is added."""
        held = self._open.items.get(item.id)
        if held is None:
            return self.add(item)
        story = held.story
        found = marks(item)
        self._open.drop(held)
        tie = None
        if story.held:
            weighed, total = self._weighed(found)
            tie = self._tie(item, story, weighed, *self._judged(item, found, story, weighed, total))
        self._open.advance(item.published_at)
        if not self._open.is_past(item.published_at):
            self._open.keep(item, found, story.key, held.number)
        return Placement(item=item.id, story=story.key, tie=tie)

    def forget(self, item: Key) -> None:
        """Let go of one item, such as one that was deleted; an unknown one is none."""
        held = self._open.items.get(item)
        if held is not None:
            self._open.drop(held)

    # --- the decision ---------------------------------------------------------------------------------------------

    def _rarity(self, mark: KnownMark | None) -> float:
        """0 to 1: how rare a mark is among the open items."""
        rarity = self._weights.rarity
        every = len(self._open.items) + self._weights.prior
        items = mark.items if mark is not None else 0
        return max(0.01, math.log(every / (items + rarity)) / math.log(every / rarity))

    def _weighed(self, found: Marks) -> tuple[list[_Weighed], float]:
        """The marks of an item that open items have, the rarest first; and the weight of all the item's words.

        The unit is a word of the headline that no other item has, and that capitals say nothing of.
        """
        weights = self._weights
        weighed: list[_Weighed] = []
        total = 0.0
        scatter = weights.scatter if found.text else 0.0  # a headline has too few words to leave any out
        for names, part in ((found.title, 1.0), (found.text, weights.text)):
            for name in names:
                mark = self._open.marks.get(name)
                rarity = self._rarity(mark)
                lower = (mark.lower if mark is not None else 0) + (name in found.lower)
                capital = (mark.capital if mark is not None else 0) + (name in found.capital)
                named = (capital + 0.5) / (lower + capital + 1)
                weight = part * rarity * (weights.case + 2 * (1 - weights.case) * named)
                if mark is None:
                    total += weight * weights.unseen
                    continue
                total += weight * math.pow(mark.squares / (mark.items * mark.items), scatter)
                is_name = (
                    len(name) >= _NAME
                    and (name in found.capital or mark.capital > mark.lower)
                    and name not in of_countries()
                )
                kind, across = (_NAMED, weights.across_name * rarity) if is_name else (_WORD, 0.0)
                weighed.append(_Weighed(mark, name, kind, weight, across))
        for name in found.shared:
            mark = self._open.marks.get(name)
            if mark is not None:
                kind = kind_of(name)
                alone, across = self._of_kind[kind]
                rarity = self._rarity(mark)
                weighed.append(_Weighed(mark, name, kind, alone * rarity, across * rarity))
        weighed.sort(key=_by_items)
        return weighed, total

    def _best(
        self, item: ClusterItem, found: Marks, weighed: Sequence[_Weighed], total: float
    ) -> tuple[OpenStory, float, bool] | None:
        """The story that an item belongs to, how often the limit is reached, and whether across languages."""
        if not found.title:
            return None  # a digest's or column's name alone: its text tells of many events
        barred, again = self._barred(item, found), self._begun_alike(item, found)
        best: tuple[OpenStory, float, bool] | None = None
        for story in self._candidates(weighed):
            if story.key in barred or found.series != story.series:
                continue
            score, across = self._judged(item, found, story, weighed, total)
            if story.key in again:
                score *= self._weights.opening
            if score < 1.0 or _is_column(item, found, story):
                continue
            if best is None or (score, _last(story)) > (best[1], _last(best[0])):
                best = story, score, across
        return best

    def _candidates(self, weighed: Sequence[_Weighed]) -> list[OpenStory]:
        """The stories that share most with an item at a first look; the rarest marks lead to them first."""
        several = self._open.several
        found: dict[int, float] = {}
        left = VISITS
        for mark, name, _, weight, across in weighed:
            gain = max(weight, across) / mark.squares
            seen: set[int] = set()
            visits = min(LATEST, left)
            left -= visits
            for number in reversed(mark.stories[-STEPS:]):
                counts = several.get(number)
                if counts is None:
                    found[number] = found.get(number, 0.0) + gain
                elif number in seen:
                    continue
                else:
                    seen.add(number)
                    found[number] = found.get(number, 0.0) + gain * counts[name] * counts[name]
                visits -= 1
                if not visits:
                    break
            left += visits
            if not left:
                break
        chosen = heapq.nlargest(JUDGED, found, key=found.__getitem__) if len(found) > JUDGED else found
        return [self._open.by_number[number] for number in chosen]

    def _barred(self, item: ClusterItem, found: Marks) -> frozenset[Key]:
        """Stories of earlier numbers of the same column."""
        return frozenset(
            held.story.key
            for held in self._open.columns.get(column(item, found), ())[-LATEST:]
            if held.series != found.series or held.days != found.days or abs(item.published_at - held.at) >= RECURS
        )

    def _begun_alike(self, item: ClusterItem, found: Marks) -> frozenset[Key]:
        """Stories in which the same outlet began a headline with the same words a day ago."""
        return frozenset(
            held.story.key
            for held in self._open.openings.get(opening(item, found), ())[-LATEST:]
            if abs(item.published_at - held.at) >= RECURS
        )

    def _judged(
        self, item: ClusterItem, found: Marks, story: OpenStory, weighed: Sequence[_Weighed], total: float
    ) -> tuple[float, bool]:
        """How often what item and story share reaches the limit, and whether it was compared across languages."""
        weights = self._weights
        size, counts = len(story), story.counts
        is_own = bool(item.outlet) and story.of_outlet(item.outlet) == size
        prefix = found.prefix if is_own else frozenset()
        tied_words = alike = 0.0
        shared_words = telling = 0
        places = of_places()
        known: set[str] = set()
        for mark, name, kind, weight, across in weighed:
            count = counts.get(name, 0)
            if not count or name in prefix:
                continue
            share = math.pow(count / size, weights.spread) * math.pow(count * count / mark.squares, weights.purity)
            tied_words += weight * share
            alike += across * share
            known.add(kind)
            if kind is _WORD or kind is _NAMED:
                shared_words += 1
                telling += name not in places
        limit = self._limit(found, story, shared_words)
        score = tied_words / max(total, 0.01) / limit if shared_words else 0.0
        if not telling and known.isdisjoint(_EVENTS):
            score = 0.0
        is_across = False
        if known & _TELLING and known & _PLACING and _is_foreign(found, story) and alike / weights.across > score:
            score, is_across = alike / weights.across, True
        return (score * self._doubt(found, story) if score >= 1.0 else score), is_across

    def _limit(self, found: Marks, story: OpenStory, shared_words: int) -> float:
        weights, size = self._weights, len(story)
        single, grown = weights.single, weights.grown
        if found.text and story.texts * 2 >= size:
            single, grown = weights.single_text, weights.grown_text
        limit = grown + (single - grown) / math.pow(size, weights.growth)
        return limit + weights.lone if shared_words <= 1 else limit

    def _doubt(self, found: Marks, story: OpenStory) -> float:
        """What is left of the score after what speaks against it: another day, other countries, two others together."""
        weights = self._weights
        left = 1.0
        if found.days and story.is_of_other_days(found.days):
            left *= weights.other_day
        countries = [name for name in found.shared if kind_of(name) == "country"]
        if countries and story.is_placed and not any(story.count(name) for name in countries):
            left *= weights.other_country
        pair = next(filter(_is_of_two, found.shared), None)
        if pair is not None and not story.count(pair) and _is_of_others(story):
            left *= weights.other_pair
        return left

    # --- the reason -----------------------------------------------------------------------------------------------

    def _tie(self, item: ClusterItem, story: OpenStory, weighed: Sequence[_Weighed], score: float, across: bool) -> Tie:
        """Why an item is in a story: what it shares with it, and the most similar of its latest items."""
        weight_of = {one.name: one.weight for one in weighed}
        nearest: OpenItem | None = None
        most = -1.0
        for held in islice(reversed(story.held), EXPLAINED):
            alike = sum(weight_of.get(name, 0.0) for name in held.marks)
            if alike > most:
                nearest, most = held, alike
        shared = sorted((one for one in weighed if story.count(one.name)), key=lambda one: (-one.weight, one.name))
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


def _is_foreign(found: Marks, story: OpenStory) -> bool:
    """Whether no item of a story is in an item's language, as far as languages are known."""
    return bool(found.language) and not story.is_in(found.language)


def _is_of_two(mark: str) -> bool:
    """Whether a mark is two countries together."""
    return mark[0] == "@" and "@" in mark[1:]


def _is_of_others(story: OpenStory) -> bool:
    """Whether most of a story's latest items are about two countries together."""
    latest = story.held[-EXPLAINED:]
    return 2 * sum(any(map(_is_of_two, held.marks)) for held in latest) > len(latest)


def _is_column(item: ClusterItem, found: Marks, story: OpenStory) -> bool:
    """Whether a story holds a column's earlier number: of the same outlet, in much the same words, no name in both."""
    if not item.outlet or not story.of_outlet(item.outlet):
        return False
    mine = frozenset(found.title)
    for held in islice(reversed(story.held), EXPLAINED):
        if held.outlet != item.outlet or abs(item.published_at - held.at) < RECURS:
            continue
        theirs = frozenset(held.title)
        if len(mine & theirs) < SAME_WORDS * len(mine | theirs):
            continue
        named = {*found.capital} & {*held.capital} - of_countries()
        if not named:
            return True
    return False


def _last(story: OpenStory) -> int:
    return story.held[-1].number


def _by_items(one: _Weighed) -> tuple[int, str]:
    return one.mark.items, one.name
