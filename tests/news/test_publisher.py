"""The publisher's categories and sections."""

import pytest

from bot.model import Category, Role
from bot.news.categories import choose
from bot.news.publisher import LIMIT, read, section_category
from bot.news.tagger import Tagger

tagger = Tagger.load()


def tags(*categories: str) -> list[str]:
    return [told.topic or told.country for _, told in read(categories) if told.topic or told.country]


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("News", []),
        ("Top Stories", []),
        ("Uncategorized", []),
        ("Opinion", []),
        ("World", []),
        ("News/World/Asia", []),
        ("News > World > Climate crisis", ["climatechange"]),
        ("sport/football", ["sport", "football"]),
        ("HIV/AIDS", ["hivaids"]),
        ("Security Co-operation", ["securitycooperation"]),
        ("Joe Biden", ["joebiden"]),
        ("Japan", ["JP"]),
        ("Israeli", ["IL"]),
        ("UK", ["GB"]),
        ("ML", ["ml"]),
        ("Australia news", ["AU"]),
        ("Trump, Donald J", ["donaldtrump"]),
        ("Donald Trump", ["donaldtrump"]),
        ("Olympic Games (2026)", ["olympics"]),
        ("Opposition leader", ["politicalparties"]),
        ("AI", ["artificialintelligence"]),
        ("https://example.com/news", []),
        ("2024", []),
        ("x", []),
        ("", []),
        ("#!", []),
        ("a category that is far too long to be one of any use", []),
        ("日本経済", ["日本経済"]),
    ],
)
def test_read(category: str, expected: list[str]) -> None:
    assert tags(category) == expected


def test_at_most_some() -> None:
    assert len(tags(*(f"Person Number{n}" for n in range(60)))) == LIMIT


def test_they_become_taggings() -> None:
    tagged = tagger.tag("A day out", "", categories=["Climate crisis", "Japan", "Joe Biden", "News"])
    assert [(one.tag, one.role, one.words) for one in tagged.topics] == [
        ("climatechange", Role.SUBJECT, ("Climate crisis",)),
        ("joebiden", Role.SUBJECT, ("Joe Biden",)),
    ]
    assert [(one.tag, one.role, one.words) for one in tagged.countries] == [("JP", Role.SUBJECT, ("Japan",))]


def test_a_category_strengthens_what_the_words_say() -> None:
    plain = tagger.tag("Japan looks at the weather", "France too, in the end").countries
    told = tagger.tag("Japan looks at the weather", "France too, in the end", categories=["Japan"]).countries
    assert told[0].score > plain[0].score
    assert told[0].words == ("Japan", "Japan")


@pytest.mark.parametrize(
    ("section", "category"),
    [
        ("Business", Category.BUSINESS),
        ("General (China)", None),
        ("General (Business)", Category.BUSINESS),
        ("Sport (Football)", Category.SPORT),
        ("Lifestyle", Category.CULTURE),
        ("Economía", Category.BUSINESS),
        ("World/Climate", Category.ENVIRONMENT),
        ("Home page", None),
        ("", None),
        (None, None),
    ],
)
def test_section(section: str | None, category: Category | None) -> None:
    assert section_category(section) is category


def test_choice() -> None:
    assert choose("Business", read(["Sport"]), {}) is Category.BUSINESS
    assert choose("General (All)", read(["Football"]), {Category.POLITICS: 9.0}) is Category.SPORT
    assert choose(None, (), {Category.POLITICS: 1.0, Category.SPORT: 0.5}) is Category.POLITICS
    assert choose(None, (), {Category.SPORT: 0.1}) is Category.GENERAL
    assert choose(None, (), {}) is Category.GENERAL


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("Striker scores a hat-trick as club wins the league", Category.SPORT),
        ("Central bank raises interest rates as inflation grows", Category.BUSINESS),
        ("Prime minister loses vote in parliament", Category.POLITICS),
        ("Start-up shows a chatbot and new software", Category.TECHNOLOGY),
        ("Telescope finds a black hole in a far galaxy", Category.SCIENCE),
        ("Hospitals fill as flu season begins", Category.HEALTH),
        ("Film director wins at Cannes", Category.CULTURE),
        ("Deforestation and climate change harm rainforest", Category.ENVIRONMENT),
        ("A quiet day in town", Category.GENERAL),
    ],
)
def test_category_of_words(title: str, category: Category) -> None:
    assert tagger.tag(title, "").category is category
