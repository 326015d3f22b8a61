"""What a rule asks of an item, and in which words it is refused."""

from __future__ import annotations

from dataclasses import fields

from hypothesis import given, strategies as st

from bot.model import Candidate, Category, Criteria, Item, ItemId, Role, Tagging, TagKind
from bot.news.rules import meets, refusal
from bot.news.text import index_terms
from tests.support import NOON

TAGS = st.sampled_from(["trade", "energy", "sport"])
COUNTRIES = st.sampled_from(["JP", "PH", "KE"])
WORDS = ("pact", "signed", "again", "storm")


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    topics = [
        Tagging(kind=TagKind.TOPIC, tag=tag, role=Role.SUBJECT, score=0.9, words=())
        for tag in draw(st.sets(TAGS, max_size=2))
    ]
    countries = [
        Tagging(kind=TagKind.COUNTRY, tag=code, role=draw(st.sampled_from(Role)), score=0.5, words=())
        for code in draw(st.sets(COUNTRIES, max_size=2))
    ]
    words = " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=4)))
    return Candidate(
        item=Item(
            id=ItemId(1),
            title=words or "Nothing",
            url=None,
            published_at=NOON,
            first_seen_at=NOON,
            summary="",
            image=None,
            taggings=(*topics, *countries),
            outlet=draw(st.sampled_from(["A", "B"])),
            outlet_country=draw(st.none() | COUNTRIES),
            language=draw(st.none() | st.sampled_from(["en", "fr-ca"])),
            category=draw(st.sampled_from([Category.SPORT, Category.GENERAL])),
        ),
        terms=index_terms(words),
        scopes=(),
    )


CRITERIA = st.builds(
    Criteria,
    tag=st.none() | TAGS,
    phrase=st.just(()) | st.tuples(st.sampled_from(WORDS)),
    country=st.none() | COUNTRIES,
    mentions=st.booleans(),
    outlet=st.none() | st.sampled_from(["A", "B"]),
    outlet_country=st.none() | COUNTRIES,
    language=st.none() | st.sampled_from(["en", "fr"]),
    category=st.none() | st.just(Category.SPORT),
    since=st.none() | st.just(NOON),
    terms=st.just(()) | st.tuples(st.tuples(st.sampled_from(WORDS))),
) | st.builds(Criteria, tag=COUNTRIES, tag_kind=st.just(TagKind.COUNTRY), mentions=st.booleans())


@given(candidate=candidates(), criteria=CRITERIA)
def test_it_is_refused_with_a_reason_or_meets(candidate: Candidate, criteria: Criteria) -> None:
    reason = refusal(candidate, criteria)
    assert (reason is None) == meets(candidate, criteria)
    assert reason is None or len(reason) > 8


def test_every_part_of_the_criteria_is_tried() -> None:
    assert {field.name for field in fields(Criteria)} == {
        *("tag", "tag_kind", "phrase", "country", "mentions", "outlet", "outlet_country", "language"),
        *("category", "since", "terms"),
    }
