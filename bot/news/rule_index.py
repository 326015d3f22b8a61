"""Which of very many rules an item meets, without a look at each: the same answers as `bot.news.rules`, sooner.

Equal filters are one group, however many servers ask so; the groups stand in a tree (`bot.news.rule_tree`) by what an
item must hold. Adding, removing and replacing a rule touch its own places alone. Which servers may see an item costs
something only where one has hidden it, or it is not everybody's: then the few rules of its servers are judged. Rules
that want several outlets have a tree of their own, since every item of a growing story is asked about again.

Holds what it was told and nothing else: no I/O, no clock. Not to be shared between threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from bot.filter_model import And, Filter, Kind, Node, Not, Or, Tag, Topic, Words, leaves
from bot.model import OPERATOR, Alert, AlertRule, Candidate, ChannelId, GuildId, ItemId, RuleId, Standing, StoryId
from bot.news import rules
from bot.news.filters import filter_of, matches
from bot.news.rule_tree import Group, Rules, Tree, held

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
_USUAL_WORD, _USUAL_PAIR = 100.0, 10.0


class RuleIndex:
    """The rules at work, by what an item must hold to meet them."""

    def __init__(self, items: Mapping[str, int] | None = None) -> None:
        """`items`: how many of the stored items hold a key (`Tag.key`), as far as counted. It changes no answer."""
        self._items = items or {}
        self._tree = Tree(self._cost)
        self._strict = Tree(self._cost)
        """Of the rules that want several outlets."""
        self._groups: dict[str, Group] = {}
        self._rules: dict[RuleId, Group] = {}
        self._guilds: dict[GuildId, set[RuleId]] = {}

    def __len__(self) -> int:
        """How many rules are at work."""
        return len(self._rules)

    @property
    def filters(self) -> int:
        """How many different filters they have."""
        return len(self._groups)

    @property
    def wants_outlets(self) -> bool:
        """Whether any rule wants several outlets."""
        return bool(self._strict)

    @property
    def places(self) -> int:
        """How many places the trees have."""
        return len(self._tree) + len(self._strict)

    def add(self, rule: AlertRule, asked: Filter | None = None) -> None:
        """Set a rule to work, in place of one of the same id; one that is paused is only taken away.

        `asked` is its resolved filter; None: its criteria. Of the numbers of outlets in the filter and in the rule's
        manner the larger one holds. Raises `ValueError` for a topic that is not resolved, and has then changed nothing.
        """
        asked = filter_of(rule.criteria) if asked is None else asked
        if rule.manner.min_outlets > asked.min_outlets:
            asked = replace(asked, min_outlets=rule.manner.min_outlets)
        for leaf in leaves(asked.root):
            if isinstance(leaf, Topic):
                raise ValueError(f"the topic {leaf.typed!r} is not resolved")
        self.remove(rule.id)
        if rule.standing is Standing.PAUSED:
            return
        name = normal(asked)
        group = self._groups.get(name)
        if group is None:
            group = self._groups[name] = Group(asked)
            self._tree_of(group).add(group)
        group.add(rule)
        self._rules[rule.id] = group
        self._guilds.setdefault(rule.guild, set()).add(rule.id)

    def remove(self, rule: RuleId) -> None:
        """Take a rule away, if it is there."""
        group = self._rules.pop(rule, None)
        if group is None:
            return
        guild = group.remove(rule).guild
        of_guild = self._guilds[guild]
        of_guild.discard(rule)
        if not of_guild:
            del self._guilds[guild]
        if not group.rules:
            del self._groups[normal(group.asked)]
            self._tree_of(group).remove(group)

    def matching(self, candidate: Candidate, *, outlets: int = 1) -> Mapping[RuleId, AlertRule]:
        """The rules that an item meets and whose servers may see it, in no order; `outlets` have its story."""
        found = self._met(candidate, self._tree, outlets)
        if outlets > 1:
            found.update(self._met(candidate, self._strict, outlets))
        return found

    def alerts(
        self,
        candidates: Iterable[Candidate],
        stories: Mapping[ItemId, StoryId],
        members: Mapping[StoryId, Sequence[Candidate]],
    ) -> tuple[Alert, ...]:
        """As `bot.news.rules.alerts` of the same rules by rising id: a channel gets a story once."""
        decided: dict[tuple[ChannelId, StoryId], Alert] = {}
        for candidate in candidates:
            item = candidate.item.id
            story = stories[item]
            found = self._met(candidate, self._tree, 1)
            shown: dict[RuleId, ItemId] = {}
            for rule, member in self._of_several(members.get(story, (candidate,))):
                found[rule.id] = rule
                shown[rule.id] = member
            for number in sorted(found):
                rule = found[number]
                place = (rule.channel, story)
                earlier = decided.get(place)
                if earlier is None or (earlier.role is None and rule.role is not None):
                    decided[place] = Alert(
                        item=shown.get(number, item),
                        story=story,
                        rule=number,
                        guild=rule.guild,
                        channel=rule.channel,
                        role=rule.role,
                    )
        return tuple(decided.values())

    def _of_several(self, told: Sequence[Candidate]) -> Iterator[tuple[AlertRule, ItemId]]:
        """The rules that want several outlets and that a story meets, each with the first item that does."""
        outlets = len({one.item.outlet.casefold() for one in told})
        if outlets < 2 or not self._strict:
            return
        found: dict[RuleId, tuple[AlertRule, ItemId]] = {}
        for one in told:
            for number, rule in self._met(one, self._strict, outlets).items():
                found.setdefault(number, (rule, one.item.id))
        open_to_all = all(OPERATOR in one.scopes and not one.hidden_by for one in told)
        for number, (rule, item) in found.items():
            if not open_to_all:
                seen = {one.item.outlet.casefold() for one in told if rules.sees(one, rule)}
                if len(seen) < self._rules[number].asked.min_outlets:
                    continue
            yield rule, item

    def _tree_of(self, group: Group) -> Tree:
        return self._strict if group.asked.min_outlets > 1 else self._tree

    def _met(self, candidate: Candidate, tree: Tree, outlets: int) -> Rules:
        """The rules of a tree that an item meets and whose servers may see it."""
        if OPERATOR in candidate.scopes:
            found = tree.met(held(candidate, outlets)) if tree else {}
            for guild in candidate.hidden_by:
                for number in self._guilds.get(guild, ()):
                    found.pop(number, None)
            return found
        found = {}
        for guild in candidate.scopes:
            for number in self._guilds.get(guild, ()):
                group = self._rules[number]
                rule = group.rules[number]
                if (
                    self._tree_of(group) is tree
                    and rules.sees(candidate, rule)
                    and matches(group.asked, candidate, outlets=outlets)
                ):
                    found[number] = rule
        return found

    def _cost(self, key: str) -> float:
        """How many of 100,000 items, or of those counted, are thought to hold a key."""
        counted = self._items.get(key)
        if counted is not None:
            return counted
        kind, colon, _ = key.partition(":")
        if colon:
            return _USUAL[Kind(kind)]
        return _USUAL_PAIR if " " in kind else _USUAL_WORD


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
