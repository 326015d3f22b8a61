"""The tree behind the index of rules: what an item must hold is the way, and where a way ends rules are met.

A filter's alternatives (`bot.filter_model.alternatives`) are sets of keys: an item's tags, a word, two words in a row,
of a longer phrase two of its words. The keys of one, the rarest first, are a path from the root. The walk enters a
place only by a key that the item holds, so that all keys of the path are met where it arrives. What ends there is one
of three:

- *met*: nothing else was asked. The rules lie in one table, so that thousands are taken at once.
- *guarded*: only exclusions are left, and most items hold nothing of them: those are looked up by what they exclude.
- *open*: a longer phrase, a number of outlets or a date is left, or the filter has too many alternatives and is judged
  whole; then it stands under each key of the cheapest set of which every match holds one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from sys import intern

from bot.filter_model import Alternative, Filter, alternatives, cover
from bot.model import AlertRule, Candidate, RuleId
from bot.news.filters import holds, keys_of

Rules = dict[RuleId, AlertRule]


class Group:
    """Rules with the same filter."""

    __slots__ = ("asked", "endings", "rules", "tables")

    def __init__(self, asked: Filter) -> None:
        self.asked = asked
        self.rules: Rules = {}
        self.endings: list[Ending] = []
        self.tables: list[Rules] = []
        """Those of the tree that hold its rules too."""

    def add(self, rule: AlertRule) -> None:
        """Take a rule in."""
        self.rules[rule.id] = rule
        for table in self.tables:
            table[rule.id] = rule

    def remove(self, rule: RuleId) -> AlertRule:
        """Let a rule go."""
        for table in self.tables:
            table.pop(rule, None)
        return self.rules.pop(rule)


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of an item (`held`)."""

    keys: set[str]
    """Of its tags, its index terms, and each two of them that follow one another."""
    terms: str
    """The index terms in their order, with a space at either end."""
    published_at: datetime
    outlets: int
    """How many have its story."""


def held(candidate: Candidate, outlets: int) -> Held:
    """What an item holds; `outlets` have its story."""
    keys = keys_of(candidate.item)
    terms = candidate.terms.split()
    keys.update(terms)
    keys.update(map(" ".join, pairwise(terms)))
    return Held(keys, f" {candidate.terms} ", candidate.item.published_at, outlets)


class Ending:
    """One alternative of a group's filter: its path, and what is left to judge where that ends."""

    __slots__ = ("group", "path", "phrases", "special", "whole", "without", "without_phrases")

    def __init__(self, group: Group, path: tuple[str, ...], way: Alternative | None) -> None:
        self.group = group
        self.path = path
        self.whole = way is None
        """Whether the filter is judged whole."""
        self.special = group.asked.min_outlets > 1 or group.asked.since is not None
        way = way or Alternative()
        self.phrases = tuple([f" {' '.join(words.terms)} " for words in way.words if len(words.terms) > 2])
        short = [" ".join(words.terms) for words in way.without_words if 0 < len(words.terms) < 3]
        self.without = (*[tag.key for tag in way.without_tags], *short)
        self.without_phrases = tuple([words.terms for words in way.without_words if len(words.terms) > 2])

    @property
    def open(self) -> bool:
        """Whether more than exclusions is left to judge."""
        return bool(self.whole or self.special or self.phrases)

    @property
    def guarded(self) -> bool:
        """Whether something is excluded."""
        return bool(self.without or self.without_phrases)

    def met(self, item: Held) -> bool:
        """Whether an item meets what is left."""
        asked = self.group.asked
        if self.special and (
            asked.min_outlets > item.outlets or (asked.since is not None and item.published_at < asked.since)
        ):
            return False
        if self.whole:
            return holds(asked.root, item.keys, item.terms)
        for phrase in self.phrases:
            if phrase not in item.terms:
                return False
        return item.keys.isdisjoint(self.without) and not self.denied(item.terms)

    def denied(self, terms: str) -> bool:
        """Whether a phrase that is excluded occurs."""
        return any(f" {' '.join(phrase)} " in terms for phrase in self.without_phrases)


class Guards:
    """The groups that match at a place but for what they exclude."""

    __slots__ = ("blocks", "doubts", "endings", "rules")

    def __init__(self) -> None:
        self.endings: dict[Group, Ending] = {}
        self.rules: Rules = {}
        """Those of all of them."""
        self.blocks: dict[str, set[Group]] = {}
        """By each key, those that it excludes an item from."""
        self.doubts: dict[str, set[Group]] = {}
        """By the first two words of each longer phrase, those that exclude it."""

    def add(self, ending: Ending) -> None:
        """Place a group that is not here yet."""
        group = ending.group
        self.endings[group] = ending
        group.tables.append(self.rules)
        self.rules.update(group.rules)
        for table, key in self._keys(ending):
            table.setdefault(intern(key), set()).add(group)

    def discard(self, group: Group) -> None:
        """Take a group whose rules are gone away, if it is here."""
        ending = self.endings.pop(group, None)
        if ending is None:
            return
        for table, key in self._keys(ending):
            blocked = table.get(key)
            if blocked is not None:
                blocked.discard(group)
                if not blocked:
                    del table[key]

    def _keys(self, ending: Ending) -> Iterable[tuple[dict[str, set[Group]], str]]:
        for key in ending.without:
            yield self.blocks, key
        for phrase in ending.without_phrases:
            yield self.doubts, " ".join(phrase[:2])

    def met(self, item: Held, found: Rules) -> None:
        """Add the rules that exclude nothing which an item holds."""
        blocked: set[Group] = set()
        for key in self.blocks.keys() & item.keys:
            blocked |= self.blocks[key]
        for key in self.doubts.keys() & item.keys:
            blocked.update([group for group in self.doubts[key] if self.endings[group].denied(item.terms)])
        # all are taken at once and the blocked put back, which are the fewer; not what another path has found before
        refused = [rule for group in blocked for rule in group.rules if rule not in found]
        found.update(self.rules)
        for rule in refused:
            del found[rule]


class Place:
    """Where paths meet, part and end: the keys on the way to it are met."""

    __slots__ = ("children", "guards", "open", "rules")

    def __init__(self) -> None:
        self.children: dict[str, Place] | None = None
        self.rules: Rules | None = None
        """Those that are met here."""
        self.guards: Guards | None = None
        self.open: list[Ending] | None = None
        """Those that are judged by themselves."""

    def add(self, ending: Ending) -> None:
        """End a path here."""
        group = ending.group
        if ending.open:
            self.open = self.open or []
            self.open.append(ending)
        elif not ending.guarded:
            if self.rules is None:
                self.rules = {}
            group.tables.append(self.rules)
            self.rules.update(group.rules)
        else:
            self.guards = self.guards or Guards()
            if group in self.guards.endings:  # two ways with the same keys: the second is judged by itself
                self.open = self.open or []
                self.open.append(ending)
            else:
                self.guards.add(ending)

    def remove(self, group: Group) -> None:
        """Take away all that `add` placed here for a group whose rules are gone."""
        if self.guards is not None:
            self.guards.discard(group)
            if not self.guards.endings:
                self.guards = None
        if self.open is not None:
            self.open = [ending for ending in self.open if ending.group is not group] or None
        if not self.rules:
            self.rules = None

    def met(self, item: Held, found: Rules) -> None:
        """Add the rules that end here and that an item meets."""
        if self.rules is not None:
            found.update(self.rules)
        if self.guards is not None:
            self.guards.met(item, found)
        if self.open is not None:
            for ending in self.open:
                if ending.met(item):
                    found.update(ending.group.rules)

    @property
    def empty(self) -> bool:
        """Whether nothing ends here or leads further."""
        return not (self.rules or self.guards or self.open or self.children)


class Tree:
    """The paths of all groups."""

    def __init__(self, cost: Callable[[str], float]) -> None:
        """`cost` is how often items hold a key, in any unit: the rarest lead. It changes no answer."""
        self._cost = cost
        self._root = Place()

    def __bool__(self) -> bool:
        """Whether any group stands in it."""
        return not self._root.empty

    def __len__(self) -> int:
        """How many places there are below the root."""
        found, waiting = -1, [self._root]
        while waiting:
            found += 1
            waiting.extend((waiting.pop().children or {}).values())
        return found

    def met(self, item: Held) -> Rules:
        """The rules that an item meets."""
        found: Rules = {}
        waiting = [self._root]
        while waiting:
            place = waiting.pop()
            place.met(item, found)
            children = place.children
            if children is None:
                continue
            if len(children) == 1:
                [(key, child)] = children.items()
                if key in item.keys:
                    waiting.append(child)
            else:  # the smaller of the two is walked
                waiting.extend([children[key] for key in children.keys() & item.keys])
        return found

    def add(self, group: Group) -> None:
        """Place a group, once."""
        group.endings = self._endings(group)
        for ending in group.endings:
            place = self._root
            for key in ending.path:
                if place.children is None:
                    place.children = {}
                child = place.children.get(key)
                if child is None:
                    child = place.children[intern(key)] = Place()
                place = child
            place.add(ending)

    def remove(self, group: Group) -> None:
        """Take a group whose rules are gone from where it was placed, with the places that then lead nowhere."""
        for path in dict.fromkeys(ending.path for ending in group.endings):
            way = [self._root]
            for key in path:
                children = way[-1].children
                assert children is not None  # noqa: S101 - the group was placed there
                way.append(children[key])
            way[-1].remove(group)
            for parent, key in zip(reversed(way[:-1]), reversed(path), strict=True):
                assert parent.children is not None  # noqa: S101 - it led further
                if not parent.children[key].empty:
                    break
                del parent.children[key]
        group.endings, group.tables = [], []

    def _endings(self, group: Group) -> list[Ending]:
        root = group.asked.root
        ways = alternatives(root)
        if ways is not None:
            return [Ending(group, self._path(way), way) for way in ways if all(words.terms for words in way.words)]
        keys = cover(root, self._cost)
        paths = [()] if keys is None else [(key,) for key in keys]
        return [Ending(group, path, None) for path in paths]

    def _path(self, way: Alternative) -> tuple[str, ...]:
        """The keys that an alternative needs, the rarest first."""
        keys = {tag.key for tag in way.tags}
        for words in way.words:
            pairs = list(map(" ".join, pairwise(words.terms))) or words.terms
            keys.add(min(pairs, key=lambda pair: (self._cost(pair), -len(pair))))
        return tuple(sorted(keys, key=lambda key: (self._cost(key), key)))
