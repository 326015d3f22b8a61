"""The statistic: what is more than usual, and by how much."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from bot.model import Heard, Name, Role, Tagging, TagKind
from bot.news.emerging import SURPRISE, is_emerging, ratio, surprise, tagging, with_names, without_contained

counts = st.integers(0, 5_000)


def heard(slug: str = "stormamelia", *, items: int = 6, outlets: int = 3, usual: int = 0) -> Heard:
    return Heard(slug=slug, items=items, outlets=outlets, usual=usual)


def test_the_formula() -> None:
    # k = 6 of n = 1,000; K + 1 = 1 of N + 5,000: e = 7/6, E = 35/6
    assert surprise(6, 1_000, 0, 0) == pytest.approx(16.126, abs=0.01)
    assert surprise(1, 1_000, 50, 10_000) == 0.0
    # as they are: k = 6 of n = 100, K = 3 of N = 200: e = 3, E = 6
    assert surprise(6, 100, 3, 200) == pytest.approx(4.159, abs=0.01)
    assert ratio(10, 1_000, 9, 5_000) == pytest.approx(10 / 1.8)
    assert ratio(10, 1_000, 0, 0) == pytest.approx(50.0)


@given(items=counts, of=counts, usual=counts, usual_of=counts)
def test_any_counts_give_a_number(items: int, of: int, usual: int, usual_of: int) -> None:
    items, usual = min(items, of), min(usual, usual_of)
    assert surprise(items, of, usual, usual_of) >= 0.0
    assert ratio(items, of, usual, usual_of) >= 0.0


@pytest.mark.parametrize(
    ("name", "of", "usual_of", "chosen"),
    [
        (heard(), 500, 0, True),  # a young memory
        (heard(), 5_000, 35_000, True),  # never heard before
        (heard(outlets=2), 500, 0, False),
        (heard(items=3), 500, 0, False),
        (heard(items=40, outlets=20, usual=280), 5_000, 35_000, False),  # as often as always
        (heard(items=60, outlets=20, usual=300), 5_000, 35_000, False),  # somewhat more
        (heard(items=120, outlets=20, usual=300), 5_000, 35_000, True),
        (heard(items=6, usual=12), 250, 250, False),  # in a short memory too
        (heard(items=5, usual=0), 20_000, 35_000, False),  # rare, in a memory that holds much
    ],
)
def test_what_becomes_a_hashtag(name: Heard, of: int, usual_of: int, chosen: bool) -> None:
    assert is_emerging(name, of, usual_of) is chosen


def test_how_much_was_stored_counts() -> None:
    assert surprise(20, 1_000, 20, 10_000) > SURPRISE > surprise(20, 10_000, 20, 10_000)


def test_a_longer_name_takes_the_place_of_the_one_it_holds() -> None:
    long, short, other = heard(items=9), heard("amelia", items=8), heard("stormboris", items=4)
    assert without_contained([long, short, other]) == [long, other]
    many = heard("amelia", items=30)
    assert without_contained([long, many, other]) == [long, many, other]


def test_an_item_gets_the_admitted_names_it_does_not_carry() -> None:
    topics = (
        Tagging(tag="storms", kind=TagKind.TOPIC, role=Role.SUBJECT, score=0.9, words=("storm",)),
        Tagging(tag="rain", kind=TagKind.TOPIC, role=Role.MENTION, score=0.3, words=("rain",)),
    )
    names = (Name("stormamelia", "Storm Amelia", True), Name("rain", "Rain", True), Name("other", "Other", False))
    given = with_names(topics, names, {"stormamelia", "rain"})
    assert [one.tag for one in given] == ["storms", "stormamelia", "rain"]
    assert given[1].words == ("Storm Amelia",)
    assert with_names(topics, names, set()) == topics
    assert tagging(names[2]).role is Role.MENTION
