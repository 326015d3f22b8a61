"""Which of very many rules an item meets, without a look at each: the same answers as `bot.news.rules`, sooner.

Equal filters are one group, however many servers ask so; the groups stand in a tree (`bot.news.rule_tree`) by what an
item must hold. Adding, removing and replacing a rule touch its own places alone. Which servers may see an item costs
something only where one has hidden it, or it is not everybody's: then the few rules of its servers are judged.

Holds what it was told and nothing else: no I/O, no clock. Not to be shared between threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from bot.filter_model import And, Filter, Kind, Node, Not, Or, Tag, Topic, Words, leaves
from bot.model import OPERATOR, Alert, AlertRule, Candidate, GuildId, RuleId, Standing
from bot.news import rules
from bot.news.filters import filter_of, matches
from bot.news.rule_tree import Group, Tree, held

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
    def places(self) -> int:
        """How many places the tree has."""
        return len(self._tree)

    def add(self, rule: AlertRule, asked: Filter | None = None) -> None:
        """Set a rule to work, in place of one of the same id; one that is paused is only taken away.

        `asked` is its resolved filter; None: its criteria. Raises `ValueError` for a topic that is not resolved, and
        has then changed nothing.
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
            group = self._groups[name] = Group(asked)
            self._tree.add(group)
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
            self._tree.remove(group)

    def matching(self, candidate: Candidate, *, outlets: int = 1) -> Mapping[RuleId, AlertRule]:
        """The rules that an item meets and whose servers may see it, in no order; `outlets` have its story."""
        if OPERATOR not in candidate.scopes:
            of_guilds = self._of_guilds(candidate.scopes)
            return {rule.id: rule for rule in of_guilds if self._meets(candidate, rule, outlets)}
        found = self._tree.met(held(candidate, outlets))
        if candidate.hidden_by:
            for guild in candidate.hidden_by:
                for rule in self._guilds.get(guild, ()):
                    found.pop(rule, None)
        return found

    def alerts(self, candidates: Iterable[Candidate], *, outlets: int = 1) -> tuple[Alert, ...]:
        """As `bot.news.rules.alerts` of the same rules by rising id: a channel gets an item once."""
        decided: list[Alert] = []
        for candidate in candidates:
            found = self.matching(candidate, outlets=outlets)
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

    def _of_guilds(self, guilds: Iterable[GuildId]) -> Iterator[AlertRule]:
        for guild in dict.fromkeys(guilds):
            for rule in self._guilds.get(guild, ()):
                yield self._rules[rule].rules[rule]

    def _meets(self, candidate: Candidate, rule: AlertRule, outlets: int) -> bool:
        return rules.sees(candidate, rule) and matches(self._rules[rule.id].asked, candidate, outlets=outlets)

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
