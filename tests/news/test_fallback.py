"""What is assumed where nothing names a country, how it is shown, and that it is no subject and no mention."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.model import (
    OPERATOR,
    Candidate,
    Category,
    Correction,
    Criteria,
    Item,
    ItemId,
    Outlet,
    Role,
    Tagged,
    Tagging,
    TagKind,
    corrected,
)
from bot.news import render, rules
from bot.news.fallback import SCORE, with_assumed
from tests.support import NOON, tagging

NOTHING = Tagged(topics=(tagging("trade"),), countries=(), category=Category.BUSINESS, lexicon="v1")
ASSUMED = Tagging(tag="JP", kind=TagKind.COUNTRY, role=Role.ASSUMED, score=SCORE, words=())


def item(*taggings: Tagging, outlet: str = "The *Example*") -> Item:
    return Item(
        id=ItemId(1),
        title="Rice harvest begins",
        url=None,
        outlet=outlet,
        outlet_country="JP",
        published_at=NOON,
        first_seen_at=NOON,
        category=Category.BUSINESS,
        summary="",
        image=None,
        language="en",
        taggings=taggings,
    )


def test_it_is_assumed_only_where_nothing_is_named_and_the_feed_is_marked() -> None:
    found = with_assumed(NOTHING, "JP")
    assert found == NOTHING._replace(countries=(ASSUMED,))
    assert with_assumed(NOTHING, None) is NOTHING
    for role in Role:
        named = NOTHING._replace(countries=(tagging("PH", TagKind.COUNTRY, role),))
        assert with_assumed(named, "JP") is named


@pytest.mark.parametrize(
    ("parts", "only"),
    [
        ({"country": "JP", "single_country": True}, "JP"),
        ({"country": "JP"}, None),
        ({"single_country": True}, None),
    ],
)
def test_only_a_marked_outlet_with_a_country_has_an_only_country(parts: dict[str, Any], only: str | None) -> None:
    assert Outlet(name="The Example", **parts).only_country == only


def test_a_card_says_whose_country_it_is() -> None:
    shown = item(tagging("trade"), ASSUMED)
    assert render.countries(shown) == ()
    assert render.assumed(shown) == ("JP",)
    assert render.byline(shown, NOON).endswith("· Business · 🇯🇵 Japan (the outlet's)")
    assert "Japan" not in render.byline(shown, NOON, short=True)
    for role in (Role.SUBJECT, Role.MENTION):
        named = item(tagging("PH", TagKind.COUNTRY, role))
        assert render.byline(named, NOON).endswith("· Business · 🇵🇭 Philippines")
        assert render.assumed(named) == ()


def test_why_says_that_nothing_named_it() -> None:
    assert render.reasons(item(ASSUMED), limit=900) == (
        r"- 🇯🇵 Japan · assumed: The \*Example\* writes about Japan alone"
    )


def test_a_rule_takes_it_only_where_a_mention_will_do() -> None:
    candidate = Candidate(item=item(ASSUMED), terms="rice harvest begins", scopes=(OPERATOR,))
    for criteria in (Criteria(country="JP"), Criteria(tag="JP", tag_kind=TagKind.COUNTRY)):
        assert not rules.meets(candidate, criteria)
        assert rules.meets(candidate, replace(criteria, mentions=True))
    assert rules.meets(candidate, Criteria(outlet_country="JP"))


def test_a_rule_for_a_language_takes_all_of_its_kinds() -> None:
    for language, met in (("pt-br", True), ("PT", True), ("en", False), (None, False)):
        candidate = Candidate(item=replace(item(ASSUMED), language=language), terms="rice", scopes=(OPERATOR,))
        assert rules.meets(candidate, Criteria(language="pt")) is met


def test_a_person_makes_it_a_subject() -> None:
    said = Correction(scope=OPERATOR, item=ItemId(1), kind=TagKind.COUNTRY, tag="JP", carried=True)
    (one,) = corrected((ASSUMED,), (said,))
    assert (one.tag, one.role, one.score) == ("JP", Role.SUBJECT, 1.0)
    assert corrected((ASSUMED,), (replace(said, carried=False),)) == ()
