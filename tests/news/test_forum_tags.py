"""Which of a forum's tags fit a story."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model import Category, Digest, Query, Role, Surge, Surging, TagKind, Told, WhyHeld
from bot.news.forum_tags import MOST_TAGS, fitting_tags
from tests.support import item, tagging

PACT = replace(
    item(title="A pact"),
    category=Category.POLITICS,
    taggings=(
        tagging("securitycooperation"),
        tagging("trade"),
        tagging("JP", TagKind.COUNTRY),
        tagging("US", TagKind.COUNTRY, Role.MENTION),
    ),
)


TYPED = ("securitycooperation", "Security Cooperation", "#SecurityCooperation", "security co-operation", "TRADE")


@pytest.mark.parametrize("name", [*TYPED, "Japan", "japan", "JP", "🇯🇵", "Nippon", "Politics"])
def test_a_tag_fits_however_it_is_written(name: str) -> None:
    assert fitting_tags(["Cooking", name], Told(item=PACT)) == (name,)


@pytest.mark.parametrize("name", ["Kenya", "US", "sec", "", "🇰🇪", "jp!", "Sport", "politic"])
def test_what_the_story_is_not_about_does_not_fit(name: str) -> None:
    assert fitting_tags([name], Told(item=PACT)) == ()


def test_topics_come_first_and_five_are_the_most() -> None:
    named = ["Politics", "Japan", "Trade", "Security Cooperation"]
    assert fitting_tags(named, Told(item=PACT)) == ("Security Cooperation", "Trade", "Japan", "Politics")
    many = replace(PACT, taggings=tuple(tagging(f"topic{number}") for number in range(9)))
    assert len(fitting_tags([f"Topic {number}" for number in range(9)], Told(item=many))) == MOST_TAGS


def test_where_one_is_required_one_for_anything_is_taken() -> None:
    assert fitting_tags(["Cooking", "General", "News"], Told(item=PACT)) == ()
    assert fitting_tags(["Cooking", "General", "News"], Told(item=PACT), required=True) == ("News",)
    assert fitting_tags(["Cooking"], Told(item=PACT), required=True) == ()


def test_digests_and_surges() -> None:
    names = ["Digest", "Surge", "Trade", "Japan"]
    assert fitting_tags(names, Digest(stories=(), why=WhyHeld.DIGEST)) == ("Digest",)
    surge = Surge(items=5, outlets=3, ratio=4.0, hours=(1,), shown=())
    subject = Query(topic="#trade", country="JP")
    assert fitting_tags(names, Surging(surge=surge, subject=subject, items=())) == ("Trade", "Japan", "Surge")
