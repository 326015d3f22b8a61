"""What is most about what was asked: words by how often and in how short a text, tags by their score."""

from __future__ import annotations

from collections.abc import Sequence

from bot.filter_model import And, Kind, Not, Or, Tag, Words
from bot.model import Item, ItemId, Tagging, TagKind
from bot.news.relevance import ranked, sought
from tests import support
from tests.support import tagging

TRADE = Tag(Kind.TOPIC, "trade")
TARIFFS = Words(("tariff",))
WAR = Words(("trade", "war"))


def item(number: int, *taggings: Tagging) -> Item:
    return support.item(id=ItemId(number), taggings=taggings)


def order(found: Sequence[tuple[Item, str]], *parts: Tag | Words) -> list[int]:
    return [one.id for one in ranked([(one, one.taggings, terms) for one, terms in found], Or(parts))]


def test_a_text_that_says_it_often_and_little_else_comes_first() -> None:
    found = [
        (item(1), "tariff " + "and so on " * 20),
        (item(2), "tariff tariff " + "and so on " * 20),
        (item(3), "tariff and so on"),
        (item(4), "nothing of it"),
    ]
    assert order(found, TARIFFS) == [3, 2, 1, 4]
    assert order([(one, terms.strip()) for one, terms in found], WAR) == [1, 2, 3, 4], "alike: as they came"


def test_a_phrase_counts_where_its_words_stand_in_a_row() -> None:
    found = [(item(1), "a war of trade"), (item(2), "a trade war here"), (item(3), "a trade warden sits")]
    assert order(found, WAR) == [2, 1, 3]
    assert order([(item(1), "trade war"), (item(2), "war")], WAR) == [1, 2], "at either end of a text, too"


def test_a_tag_counts_by_its_score_and_beside_words() -> None:
    weak, strong = tagging("trade", score=0.3), tagging("trade", score=0.9)
    found = [
        (item(1, weak), "so it is"),
        (item(2, strong), "so it is"),
        (item(3, strong), "the tariff it is"),
        (item(4, tagging("trade", TagKind.COUNTRY, score=1.0)), "so it is"),
    ]
    assert order(found, TRADE, TARIFFS) == [3, 2, 1, 4]


def test_a_country_counts_whether_it_is_the_subject_or_mentioned() -> None:
    found = [
        (item(1, tagging("JP", TagKind.COUNTRY, score=0.4)), "x"),
        (item(2, tagging("JP", TagKind.COUNTRY, score=0.8), tagging("KR", TagKind.COUNTRY, score=0.9)), "x"),
    ]
    assert order(found, Tag(Kind.SUBJECT, "JP")) == [2, 1]
    assert order(found, Tag(Kind.COUNTRY, "JP")) == [2, 1]


def test_what_may_not_be_met_and_where_it_comes_from_speak_for_nothing() -> None:
    outlet, sport = Tag(Kind.OUTLET, "The Example"), Tag(Kind.CATEGORY, "Sport")
    root = And((outlet, Or((TRADE, TARIFFS)), Not(Or((WAR, Not(Words(("peace",)))))), sport, Words(())))
    assert list(sought(root)) == [TRADE, TARIFFS, Words(("peace",))]
    assert list(sought(And((outlet, Not(TRADE))))) == []


def test_nothing_is_ranked_as_nothing() -> None:
    assert ranked([], TRADE) == []
