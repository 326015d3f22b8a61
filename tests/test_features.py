"""What a card offers to follow, or to leave out, as filters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.filter_model import FilterError, dumped
from bot.model import AlertRule, Category, ChannelId, Criteria, GuildId, Query, Role, RuleId, Standing, TagKind
from bot.news.filter_syntax import parse
from bot.news.filters import resolved_by_name
from bot.news.hashtags import Hashtags
from bot.services.features import LONGEST, features, spared, without
from tests.support import NOON, item, tagging

PACT = replace(
    item(title="A pact"),
    outlet='The "Daily" Example',
    category=Category.POLITICS,
    taggings=(
        tagging("trade"),
        tagging("JP", TagKind.COUNTRY),
        tagging("US", TagKind.COUNTRY, Role.MENTION),
    ),
)


def rule(criteria: Criteria, filter: str | None = None) -> AlertRule:
    stored = None if filter is None else dumped(resolved_by_name(parse(filter), Hashtags.load()))
    return AlertRule(
        id=RuleId(1),
        guild=GuildId(1),
        channel=ChannelId(1),
        query=Query(filter=filter),
        criteria=criteria,
        role=None,
        standing=Standing.ACTIVE,
        reason=None,
        created_at=NOON,
        filter=stored,
    )


def labels(criteria: Criteria, filter: str | None = None) -> list[str]:
    return [one.label.partition(":")[0] for one in spared(PACT, [rule(criteria, filter)])]


def test_each_feature_is_a_filter_that_can_be_read() -> None:
    found = features(PACT)
    assert [one.label.partition(":")[0] for one in found] == ["#trade", "Japan", "Politics", PACT.outlet]
    for one in found:
        parse(one.filter)
        assert len(one.filter) <= LONGEST


def test_what_a_rule_asks_for_is_not_offered_to_be_left_out() -> None:
    everything = ["#trade", "Japan", "Politics", PACT.outlet]
    assert labels(Criteria(tag="securitycooperation")) == everything
    assert labels(Criteria(tag="trade")) == everything[1:]
    assert labels(Criteria(country="JP")) == ["#trade", "Politics", PACT.outlet]
    assert labels(Criteria(), "country:JP,KE") == everything, "it has another to go on with"
    assert labels(Criteria(category=Category.POLITICS), "country:JP") == ["#trade", PACT.outlet]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "-country:JP"),
        ("country:KE", "country:KE -country:JP"),
        ("#trade OR tariffs", "(#trade OR tariffs) -country:JP"),
        ("#trade -country:JP", "#trade -country:JP"),
        ("-category:Sport", "-category:sport -country:JP"),
    ],
)
def test_what_is_left_out_is_left_out_of_the_whole(before: str | None, after: str) -> None:
    assert without(before, "country:JP") == after


def test_a_filter_that_gets_too_long_says_so() -> None:
    long = " ".join(f'"{number} words of a phrase"' for number in range(18))
    with pytest.raises(FilterError, match="is the most"):
        parse(without(long + " tail" * 30, "country:JP"))
