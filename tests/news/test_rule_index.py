"""The index of rules gives what looking at every rule gives, whatever was added, edited and removed before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pickle import dumps
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.filter_model import EVERYTHING, And, Filter, Kind, Node, Not, Or, Tag, Topic, Words, both, either
from bot.model import (
    OPERATOR,
    AlertRule,
    Candidate,
    ChannelId,
    Criteria,
    GuildId,
    How,
    ItemId,
    Manner,
    Query,
    Resolution,
    Role,
    RoleId,
    RuleId,
    Standing,
    StoryId,
    TagKind,
)
from bot.news import rules
from bot.news.filters import matches, parse, resolved
from bot.news.rule_index import RuleIndex, normal
from tests.news.test_filters import LEAVES, NOW, TREES, asked_criteria, candidate, items, tagging, words

GUILDS = st.integers(1, 4).map(GuildId)


def alert(number: int, criteria: Criteria | None = None, **parts: Any) -> AlertRule:
    fields: dict[str, Any] = {
        "guild": GuildId(1),
        "channel": ChannelId(number),
        "role": None,
        "standing": Standing.ACTIVE,
        **parts,
    }
    return AlertRule(
        id=RuleId(number), query=Query(), criteria=criteria or Criteria(), reason=None, created_at=NOW, **fields
    )


ALERTS = st.builds(
    alert,
    st.integers(1, 12),
    asked_criteria(),
    guild=GUILDS,
    channel=st.integers(1, 5).map(ChannelId),
    role=st.sampled_from([None, RoleId(7), RoleId(8)]),
    standing=st.sampled_from([Standing.ACTIVE, Standing.ACTIVE, Standing.BLOCKED, Standing.PAUSED]),
    manner=st.sampled_from([Manner(), Manner(), Manner(min_outlets=2), Manner(min_outlets=3)]),
)
# As in life, several rules ask the same; a few ask what has too many alternatives to be written out.
WIDE = st.lists(st.lists(LEAVES, min_size=2, max_size=4).map(either), min_size=5, max_size=8).map(both)
ROOTS = st.one_of(st.sampled_from([EVERYTHING, words("x"), Tag(Kind.TOPIC, "a")]), TREES, WIDE)
FILTERS = st.builds(
    Filter,
    root=ROOTS,
    min_outlets=st.sampled_from([1, 1, 1, 3]),
    since=st.sampled_from([None, None, NOW, NOW + timedelta(days=1)]),
)


@st.composite
def seen_items(draw: st.DrawFn) -> Candidate:
    """Of everybody or of some servers, hidden by some."""
    scopes = draw(st.sampled_from([(OPERATOR,), (OPERATOR, GuildId(2)), (GuildId(1), GuildId(3)), (GuildId(4),), ()]))
    hidden = draw(st.sampled_from([(), (), (GuildId(1),), (GuildId(2), GuildId(3))]))
    return replace(draw(items()), scopes=scopes, hidden_by=hidden)


class EditedIndex(RuleBasedStateMachine):
    """Edits, and between them the same question to the index and to every rule."""

    def __init__(self) -> None:
        super().__init__()
        self.index = RuleIndex({"topic:a": 5, "x": 100_000})
        self.kept: dict[RuleId, tuple[AlertRule, Filter]] = {}

    @rule(added=ALERTS, asked=FILTERS)
    def set_rule(self, added: AlertRule, asked: Filter) -> None:
        self.index.add(added, asked)
        self.kept[added.id] = (added, asked)

    @rule(number=st.integers(1, 12).map(RuleId))
    def remove_rule(self, number: RuleId) -> None:
        self.index.remove(number)
        self.kept.pop(number, None)

    @rule(item=seen_items(), outlets=st.integers(1, 4))
    def ask(self, item: Candidate, outlets: int) -> None:
        wanted = {
            each.id
            for each, asked in self.kept.values()
            if each.standing is not Standing.PAUSED
            and rules.sees(item, each)
            and matches(asked, item, outlets=outlets)
            and each.manner.min_outlets <= outlets
        }
        assert self.index.matching(item, outlets=outlets).keys() == wanted

    @invariant()
    def nothing_is_left_behind(self) -> None:
        at_work = [
            replace(asked, min_outlets=max(asked.min_outlets, each.manner.min_outlets))
            for each, asked in self.kept.values()
            if each.standing is not Standing.PAUSED
        ]
        assert len(self.index) == len(at_work)
        assert self.index.filters == len({normal(asked) for asked in at_work})
        if not at_work:
            assert self.index.places == 0


TestEditedIndex = EditedIndex.TestCase
TestEditedIndex.settings = settings(max_examples=25, stateful_step_count=20)


@given(st.lists(ALERTS, max_size=10, unique_by=lambda each: each.id), st.lists(seen_items(), max_size=6), st.booleans())
def test_the_alerts_are_those_of_every_rule_looked_at(
    asked: list[AlertRule], found: list[Candidate], filed: bool
) -> None:
    candidates = [replace(each, item=replace(each.item, id=ItemId(number))) for number, each in enumerate(found)]
    stories = {each.item.id: StoryId(number % 2) for number, each in enumerate(candidates)}
    members = {StoryId(number): candidates[number::2] for number in range(2)} if filed else {}
    index = RuleIndex()
    for each in asked:
        index.add(each)
    by_id = sorted(asked, key=lambda each: each.id)
    told = candidates[len(candidates) // 2 :]
    assert index.alerts(told, stories, members) == rules.alerts(told, by_id, stories, members)


def test_a_channel_gets_an_item_once_with_the_first_role_asked_for() -> None:
    asked = [
        alert(4, channel=ChannelId(2), role=RoleId(9)),
        alert(3, channel=ChannelId(1), role=RoleId(8)),
        alert(2, channel=ChannelId(1), role=RoleId(7)),
        alert(1, channel=ChannelId(1)),
    ]
    index = RuleIndex()
    for each in asked:
        index.add(each)
    item = candidate("x")
    stories = {item.item.id: StoryId(5)}
    told = index.alerts([item], stories, {})
    assert [(each.channel, each.rule, each.role) for each in told] == [(1, 2, 7), (2, 4, 9)]
    assert told == rules.alerts([item], asked[::-1], stories, {})


def test_a_rule_that_wants_several_outlets_waits_for_them_as_its_server_sees_them() -> None:
    index = RuleIndex()
    strict = [
        alert(1, Criteria(terms=(("x",),)), manner=Manner(min_outlets=2)),
        alert(2, Criteria(terms=(("x",),)), manner=Manner(min_outlets=2), guild=GuildId(2)),
        alert(3, Criteria(terms=(("x",),)), manner=Manner(min_outlets=3)),
    ]
    for each in strict:
        index.add(each)
    first = candidate("x", outlet="BBC")
    second = candidate("y", outlet="CNA")
    second = replace(second, item=replace(second.item, id=ItemId(2)), hidden_by=(GuildId(2),))
    stories = {first.item.id: StoryId(1), second.item.id: StoryId(1)}
    assert index.alerts([first], stories, {StoryId(1): [first]}) == ()
    told = index.alerts([second], stories, {StoryId(1): [first, second]})
    assert [(each.rule, each.item) for each in told] == [(1, first.item.id)]
    assert told == rules.alerts([second], strict, stories, {StoryId(1): [first, second]})


def test_what_is_removed_leaves_nothing_at_a_place_that_stays() -> None:
    index = RuleIndex()
    index.add(alert(1), parse("x -y"))
    size = len(dumps(index))
    index.add(alert(2), parse("x -z -w"))
    index.add(alert(3), parse('x -"a b c"'))
    index.remove(RuleId(2))
    index.remove(RuleId(3))
    assert len(dumps(index)) == size


def test_equal_filters_are_one_however_they_were_written() -> None:
    index = RuleIndex()
    for number, typed in enumerate(["war country:JP -sport", "country:Japan -sport WARS", "(NOT sport) about:jp war"]):
        index.add(alert(number), parse(typed))
    assert (len(index), index.filters) == (3, 1)
    found = index.matching(candidate("war", tagging("JP", TagKind.COUNTRY)))
    assert sorted(found) == [0, 1, 2]


def test_a_rule_can_be_replaced_paused_and_removed() -> None:
    index, item = RuleIndex(), candidate("war in x")
    index.add(alert(1), parse("war"))
    assert index.matching(item)
    index.add(alert(1), parse("peace"))
    assert not index.matching(item)
    index.add(alert(1, standing=Standing.BLOCKED), parse("war"))
    assert index.matching(item)
    index.add(alert(1, standing=Standing.PAUSED), parse("war"))
    assert (index.matching(item), len(index), index.filters, index.places) == ({}, 0, 0, 0)
    index.remove(RuleId(1))
    index.remove(RuleId(99))


TYPED = [
    *("x", "x y", '"x y"', '"x y z"', "x -y", 'x -"y z"', 'x -"y z w"', '"x y z" -w', '"x y" -z -w', '-"x y z" x'),
    *("#a", "#a #b", "#a -#b", "#a -x", "#a -x -y", '#a -"x y z"', '#a -"x y z" -w', "#a OR x", "(#a -x) OR y"),
    *("(#a -x) OR (#a -y)", "(x -y) OR (x -z)", "(x -y) OR x", "(#a -x) OR (#b -y) OR w", "y OR (#a -x)"),
    *(
        '(#a "x y z") OR (#a "y z w")',
        "#a x (y OR z)",
        "-(#a x) (y OR z)",
        "(x OR y) (y OR z) (z OR w)",
        "w OR (#a -w)",
    ),
]


def test_many_shapes_of_filters_over_every_short_text() -> None:
    """Small enough to try all: what two rules share on their paths must not make either match or fail."""
    index = RuleIndex()
    meaning = {tag: Resolution(typed=tag, tag=tag, how=How.EXACT, known=True) for tag in "ab"}
    asked = [resolved(parse(typed), meaning) for typed in TYPED]
    for number, each in enumerate(asked):
        index.add(alert(number), each)
        index.add(alert(1_000 + number, guild=GuildId(2)), each)
    for count in range(5):
        for text in map(" ".join, product("xyzw", repeat=count)):
            for tags in ("", "a", "b", "ab"):
                item = candidate(text, *map(tagging, tags))
                met = {number for number, each in enumerate(asked) if matches(each, item)}
                assert index.matching(item).keys() == met | {1_000 + number for number in met}, (text, tags)
    for number in range(len(asked)):
        index.remove(RuleId(number))
        index.remove(RuleId(1_000 + number))
    assert index.places == 0


def test_only_those_are_told_who_may_see_the_item() -> None:
    index = RuleIndex()
    for number in (1, 2, 3):
        index.add(alert(number, guild=GuildId(number)), parse("war"))
    index.add(alert(4, guild=GuildId(2)), parse("peace"))
    item = candidate("war")

    def told(scopes: tuple[int, ...], hidden: tuple[int, ...] = ()) -> list[int]:
        seen = replace(item, scopes=tuple(map(GuildId, scopes)), hidden_by=tuple(map(GuildId, hidden)))
        return sorted(index.matching(seen))

    assert told((OPERATOR,)) == [1, 2, 3]
    assert told((OPERATOR,), (2,)) == [1, 3]
    assert told((2, 3)) == [2, 3]
    assert told((2, 3), (3,)) == [2]
    assert told((9,)) == []


def test_a_filter_without_keys_is_judged_of_every_item() -> None:
    index = RuleIndex()
    index.add(alert(1), Filter())
    index.add(alert(2), parse("-sport", flood=True))
    index.add(alert(3), Filter(root=Or(())))
    index.add(alert(4), Filter(root=Words(())))
    assert sorted(index.matching(candidate("war"))) == [1, 2]
    assert sorted(index.matching(candidate("sports"))) == [1]


def test_a_filter_of_many_alternatives_is_judged_whole() -> None:
    root: Node = And((*(Or((words(f"a{number}"), words(f"b{number}"))) for number in range(12)), Not(words("sport"))))
    index = RuleIndex()
    index.add(alert(1), Filter(root=root))
    every = " ".join(f"a{number}" for number in range(12))
    assert index.matching(candidate(every))
    assert not index.matching(candidate(every + " sport"))
    assert not index.matching(candidate("a1"))
    index.remove(RuleId(1))
    assert index.places == 0


def test_a_topic_must_be_resolved_first() -> None:
    index = RuleIndex()
    with pytest.raises(ValueError, match="not resolved"):
        index.add(alert(1), Filter(root=Topic("x")))
    assert (len(index), index.places) == (0, 0)


def test_a_storys_outlets_and_its_date_count() -> None:
    index = RuleIndex()
    index.add(alert(1), parse("war outlets:3"))
    index.add(alert(2), parse("war since:2026-11-27"))
    item = candidate("war", tagging("JP", TagKind.COUNTRY, Role.MENTION))
    assert index.matching(item, outlets=2) == {}
    assert list(index.matching(item, outlets=3)) == [1]
    later = replace(item, item=replace(item.item, published_at=datetime(2026, 11, 28, tzinfo=UTC)))
    assert list(index.matching(later)) == [2]
