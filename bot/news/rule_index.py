"""Which of very many rules an item meets, without a look at each: the same answers as `bot.news.rules`, sooner.

1. Equal filters are one `_Group`, however many servers ask so: it is judged once.
2. A group's filter is written as alternatives (`bot.filter_model.alternatives`), each a set of keys that an item must
   hold: its tags, and one term of each phrase. The keys, the rarest first, are a path in a tree.
3. An item holds some keys: the walk enters a node only by a key that the item holds, so that wherever it arrives all
   keys of the path are met. What ends there matches, or is judged by what keys cannot say: exclusions, longer phrases.

A filter of more alternatives than that stands under each key of the cheapest set of which every match holds one, and is
judged whole. One that asks for nothing stands at the root. Adding, removing and replacing a rule touch its own paths
alone. Which servers may see an item costs something only where one has hidden it, or it is not everybody's.

Holds what it was told and nothing else: no I/O, no clock. Not to be shared between threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from sys import intern
from typing import assert_never

from bot.filter_model import (
    Alternative,
    And,
    Filter,
    Kind,
    Node,
    Not,
    Or,
    Tag,
    Topic,
    Words,
    alternatives,
    cover,
    leaves,
)
from bot.model import OPERATOR, Alert, AlertRule, Candidate, GuildId, RuleId, Standing
from bot.news import rules
from bot.news.filters import filter_of, holds, keys_of, matches

_USUAL = {
    Kind.TOPIC: 200.0,
    Kind.OUTLET: 300.0,
    Kind.SUBJECT: 500.0,
    Kind.COUNTRY: 700.0,
    Kind.FROM: 2_000.0,
    Kind.CATEGORY: 10_000.0,
    Kind.LANGUAGE: 50_000.0,
}
"""Of 100,000 items, how many hold such a key, where nobody counted: only the order matters."""
_USUAL_WORD = 100.0


class _Group:
    """Rules with the same filter."""

    __slots__ = ("asked", "paths", "rules", "special")

    def __init__(self, asked: Filter) -> None:
        self.asked = asked
        self.rules: dict[RuleId, AlertRule] = {}
        self.paths: tuple[tuple[str, ...], ...] = ()
        self.special = asked.min_outlets > 1 or asked.since is not None


class _Ending:
    """What is left to judge of a group where all keys of a path are met."""

    __slots__ = ("group", "phrases", "whole", "without", "without_phrases")

    def __init__(self, group: _Group, way: Alternative | None) -> None:
        self.group = group
        self.whole = way is None
        """Whether the filter is judged whole: it has too many alternatives."""
        way = way or Alternative()
        self.phrases = tuple(_spaced(words) for words in way.words if len(words.terms) != 1)
        self.without = frozenset(tag.key for tag in way.without_tags) | {
            words.terms[0] for words in way.without_words if len(words.terms) == 1
        }
        self.without_phrases = tuple(_spaced(words) for words in way.without_words if len(words.terms) > 1)

    def open(self) -> bool:
        """Whether anything is left to judge."""
        return bool(self.whole or self.phrases or self.without or self.without_phrases)

    def met(self, held: set[str], terms: str) -> bool:
        """Whether an item with these keys, words and terms meets the rest."""
        if self.whole:
            return holds(self.group.asked.root, held, terms)
        if self.without and not self.without.isdisjoint(held):
            return False
        return all(phrase in terms for phrase in self.phrases) and not any(
            phrase in terms for phrase in self.without_phrases
        )


class _Node:
    """A place in the tree: the keys on the way to it are met."""

    __slots__ = ("children", "endings", "groups")

    def __init__(self) -> None:
        self.children: dict[str, _Node] | None = None
        self.groups: set[_Group] | None = None
        """Those that match here."""
        self.endings: list[_Ending] | None = None
        """Those of which something is left to judge."""


class RuleIndex:
    """The rules at work, by what an item must hold to meet them."""

    def __init__(self, items: Mapping[str, int] | None = None) -> None:
        """`items`: how many of the stored items hold a key (`Tag.key`), as far as counted. It changes no answer."""
        self._items = items or {}
        self._root = _Node()
        self._groups: dict[str, _Group] = {}
        self._rules: dict[RuleId, _Group] = {}
        self._guilds: dict[GuildId, set[RuleId]] = {}

    def __len__(self) -> int:
        """How many rules are at work."""
        return len(self._rules)

    @property
    def filters(self) -> int:
        """How many different filters they have."""
        return len(self._groups)

    @property
    def places(self) -> int:
        """How many nodes the tree has below its root."""
        found, open_nodes = -1, [self._root]
        while open_nodes:
            found += 1
            open_nodes.extend((open_nodes.pop().children or {}).values())
        return found

    def add(self, rule: AlertRule, asked: Filter | None = None) -> None:
        """Set a rule to work, in place of one of the same id; one that is paused is only taken away.

        `asked` is its resolved filter; None: its criteria. Raises `ValueError` for a topic that is not resolved.
        """
        asked = filter_of(rule.criteria) if asked is None else asked
        for leaf in leaves(asked.root):
            if isinstance(leaf, Topic):
                raise ValueError(f"the topic {leaf.typed!r} is not resolved")
        self.remove(rule.id)
        if rule.standing is Standing.PAUSED:
            return
        name = normal(asked)
        group = self._groups.get(name)
        if group is None:
            group = _Group(asked)
            self._place(group)
            self._groups[name] = group
        group.rules[rule.id] = rule
        self._rules[rule.id] = group
        self._guilds.setdefault(rule.guild, set()).add(rule.id)

    def remove(self, rule: RuleId) -> None:
        """Take a rule away, if it is there."""
        group = self._rules.pop(rule, None)
        if group is None:
            return
        guild = group.rules.pop(rule).guild
        of_guild = self._guilds[guild]
        of_guild.discard(rule)
        if not of_guild:
            del self._guilds[guild]
        if not group.rules:
            del self._groups[normal(group.asked)]
            for path in group.paths:
                self._withdraw(group, path)

    def matching(self, candidate: Candidate, *, outlets: int = 1) -> list[AlertRule]:
        """The rules that an item meets and whose servers may see it, in no order; `outlets` have its story."""
        if OPERATOR not in candidate.scopes:
            return [rule for rule in self._of_guilds(candidate.scopes) if self._meets(candidate, rule, outlets)]
        found: list[AlertRule] = []
        for group in self._met(candidate, outlets):
            found.extend(group.rules.values())
        if candidate.hidden_by:
            hidden = frozenset(candidate.hidden_by)
            return [rule for rule in found if rule.guild not in hidden]
        return found

    def alerts(self, candidates: Iterable[Candidate], *, outlets: int = 1) -> tuple[Alert, ...]:
        """As `bot.news.rules.alerts` of the same rules by rising id: a channel gets an item once."""
        decided: list[Alert] = []
        for candidate in candidates:
            found = {rule.id: rule for rule in self.matching(candidate, outlets=outlets)}
            of_channels: dict[int, AlertRule] = {}
            for number in sorted(found):
                rule = found[number]
                earlier = of_channels.setdefault(rule.channel, rule)
                if earlier.role is None and rule.role is not None:
                    of_channels[rule.channel] = rule
            item = candidate.item.id
            decided.extend(
                Alert(item=item, rule=rule.id, guild=rule.guild, channel=rule.channel, role=rule.role)
                for rule in of_channels.values()
            )
        return tuple(decided)

    def _of_guilds(self, guilds: Iterable[GuildId]) -> Iterable[AlertRule]:
        for guild in dict.fromkeys(guilds):
            for rule in self._guilds.get(guild, ()):
                yield self._rules[rule].rules[rule]

    def _meets(self, candidate: Candidate, rule: AlertRule, outlets: int) -> bool:
        return rules.sees(candidate, rule) and matches(self._rules[rule.id].asked, candidate, outlets=outlets)

    def _met(self, candidate: Candidate, outlets: int) -> Iterable[_Group]:
        """The groups whose filter an item meets, each once."""
        held = keys_of(candidate.item)
        held.update(candidate.terms.split())
        terms = f" {candidate.terms} "
        found: set[_Group] = set()
        open_nodes = [self._root]
        while open_nodes:
            node = open_nodes.pop()
            if node.groups:
                found |= node.groups
            if node.endings:
                found.update([ending.group for ending in node.endings if ending.met(held, terms)])
            children = node.children
            if children is not None:
                if len(children) == 1:
                    [(key, child)] = children.items()
                    if key in held:
                        open_nodes.append(child)
                else:  # the smaller of the two is walked
                    open_nodes.extend([children[key] for key in children.keys() & held])
        published = candidate.item.published_at
        return [group for group in found if not group.special or _timely(group.asked, outlets, published)]

    # --- places ---

    def _cost(self, key: str) -> float:
        """How many of 100,000 items, or of those counted, are thought to hold a key."""
        counted = self._items.get(key)
        if counted is not None:
            return counted
        kind, colon, _ = key.partition(":")
        return _USUAL[Kind(kind)] if colon else _USUAL_WORD

    def _place(self, group: _Group) -> None:
        root = group.asked.root
        ways = alternatives(root)
        placed: list[tuple[tuple[str, ...], _Ending]] = []
        if ways is None:
            keys = cover(root, self._cost)
            paths = ((),) if keys is None else tuple((key,) for key in keys)
            placed = [(path, _Ending(group, None)) for path in paths]
        else:
            placed = [(self._path(way), _Ending(group, way)) for way in ways if all(one.terms for one in way.words)]
        group.paths = tuple(dict.fromkeys(path for path, _ in placed))
        for path, ending in placed:
            node = self._root
            for key in path:
                if node.children is None:
                    node.children = {}
                child = node.children.get(key)
                if child is None:
                    child = node.children[intern(key)] = _Node()
                node = child
            if not ending.open():
                node.groups = node.groups or set()
                node.groups.add(group)
            elif node.endings is None:
                node.endings = [ending]
            else:
                node.endings.append(ending)

    def _path(self, way: Alternative) -> tuple[str, ...]:
        """The keys that an alternative needs, the rarest first."""
        keys = {tag.key for tag in way.tags}
        for words in way.words:
            keys.add(min(words.terms, key=lambda term: (self._cost(term), -len(term))))
        return tuple(sorted(keys, key=lambda key: (self._cost(key), key)))

    def _withdraw(self, group: _Group, path: tuple[str, ...]) -> None:
        """Take a group from the end of a path, and what then leads nowhere from the tree."""
        way = [self._root]
        for key in path:
            children = way[-1].children
            assert children is not None  # noqa: S101 - the group was placed there
            way.append(children[key])
        last = way[-1]
        if last.groups is not None:
            last.groups.discard(group)
        if last.endings is not None:
            last.endings = [ending for ending in last.endings if ending.group is not group] or None
        for parent, key in zip(reversed(way[:-1]), reversed(path), strict=True):
            assert parent.children is not None  # noqa: S101 - it led further
            child = parent.children[key]
            if child.groups or child.endings or child.children:
                break
            del parent.children[key]


def normal(asked: Filter) -> str:
    """The same text for filters that ask the same in another order or with words typed otherwise."""
    return f"{asked.min_outlets} {asked.since} {_normal(asked.root)}"


def _normal(node: Node) -> str:
    match node:
        case Tag():
            return repr(node.key)
        case Words(terms):
            return repr(terms)
        case Topic():
            return repr(f"? {node.typed}")
        case Not(part):
            return f"-{_normal(part)}"
        case And(parts):
            return f"&[{' '.join(sorted(map(_normal, parts)))}]"
        case Or(parts):
            return f"|[{' '.join(sorted(map(_normal, parts)))}]"
        case _:
            assert_never(node)


def _timely(asked: Filter, outlets: int, published: datetime) -> bool:
    return asked.min_outlets <= outlets and (asked.since is None or published >= asked.since)


def _spaced(words: Words) -> str:
    return f" {' '.join(words.terms)} "
