"""What an item is recognised by (bot/news/marks.py)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from bot.model import Category, Item, ItemId, Role, Tagging, TagKind
from bot.news.marks import ClusterItem, kind_of, marks, numbers, of_item, words

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def item(title: str, text: str = "", **more: object) -> ClusterItem:
    return ClusterItem(id=1, title=title, text=text, published_at=AT, **more)  # type: ignore[arg-type]


def test_words_are_stems_as_they_stand_first() -> None:
    assert words("Quakes: the quake shakes Slovenia") == {"quake": "Quakes", "shake": "shakes", "sloven": "Slovenia"}


def test_small_words_days_months_and_names_of_columns_are_none() -> None:
    for title in ("Your Monday briefing", "Live: the latest updates", "Horoscope for Friday, 6 March", "", "…!?"):
        assert not words(title), title


def test_unspaced_scripts_give_pairs_of_characters() -> None:
    assert list(words("東京地震")) == ["東京", "京地", "地震"]
    assert list(words("東京で地震")) == list(words("東京で地震"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("magnitude 6.8", ("#6.8",)),
        ("Stärke 6,8", ("#6.8",)),
        ("９.4 billion", ("#9.4",)),
        ("200,000 homes", ("#200000",)),
        ("200 000 foyers", ("#200000",)),
        ("200.000 Haushalte", ("#200000",)),
        ("7.10 and 7.1", ("#7.1",)),
        ("in 2026, 5 of 12", ("#12",)),
        ("2-1 at 007", ()),
        ("v1.2.3 x12", ()),
        ("", ()),
    ],
)
def test_numbers_are_written_the_same_in_every_language(text: str, found: tuple[str, ...]) -> None:
    assert numbers(text) == found


def test_tags_and_pairs_of_them() -> None:
    found = marks(item("x", countries=("EG", "UA"), topics=("wheat",))).shared
    assert found == ("@EG", "@UA", "/wheat", "@EG/wheat", "@UA/wheat", "@EG@UA")
    kinds = [kind_of(one) for one in (*found, "#12", "word")]
    assert kinds == ["country", "country", "topic", "pair", "pair", "pair", "number", "word"]


def test_capitals_say_something_only_where_words_are_written_small() -> None:
    found = marks(item("Rescuers find Lacerda near bridge"))
    assert found.capital == ("lacerd",)
    assert set(found.lower) == {"find", "bridge"}
    assert not marks(item("Rescuers Find Lacerda Near Bridge")).capital


def test_series_days_prefix_and_template() -> None:
    twelfth, thirteenth = (marks(item(f"Day {day}: what we know of Marania")) for day in (12, 13))
    assert (twelfth.series, thirteenth.series) == ("12", "13")
    assert twelfth.template == thirteenth.template
    assert marks(item("Marania: Tag 12")).series == "12"
    assert marks(item("Valentine's day 2 dollars off")).series == ""
    assert marks(item("Stocks close higher on Tuesday")).days == {2}
    assert marks(item("Las bolsas suben el miércoles", language="es")).days == {3}
    assert marks(item("Ellen Marsh: in praise of slow trains")).prefix == {"ellen", "marsh"}


def test_language() -> None:
    assert marks(item("Peru quake")).language == ""
    assert marks(item("Peru quake", language="pt-BR")).language == "pt"
    assert marks(item("Землетрус")).language == "cyrillic"


def test_a_stored_item() -> None:
    def tagging(tag: str, kind: TagKind, role: Role) -> Tagging:
        return Tagging(tag=tag, kind=kind, role=role, score=1.0, words=())

    stored = Item(
        id=ItemId(5),
        title="Title",
        url=None,
        outlet="Outlet",
        outlet_country="NO",
        published_at=AT,
        first_seen_at=AT,
        category=Category.GENERAL,
        summary="Summary",
        image=None,
        language="en",
        taggings=(
            tagging("PE", TagKind.COUNTRY, Role.SUBJECT),
            tagging("CL", TagKind.COUNTRY, Role.MENTION),
            tagging("earthquakes", TagKind.TOPIC, Role.SUBJECT),
        ),
    )
    read = of_item(stored)
    assert (read.id, read.title, read.text, read.outlet, read.language) == (5, "Title", "Summary", "Outlet", "en")
    assert (read.countries, read.topics) == (("PE",), ("earthquakes",))


@given(st.text(max_size=400), st.text(max_size=400), st.one_of(st.none(), st.text(max_size=10)))
def test_any_text_gives_bounded_marks_without_empty_ones(title: str, text: str, language: str | None) -> None:
    found = marks(item(title, text, language=language))
    every = (*found.title, *found.text, *found.shared)
    assert len(every) <= 60
    assert len(set(every)) == len(every)
    assert all(every)
    assert {*found.lower, *found.capital, *found.prefix} <= {*found.title}
    assert not {*found.lower} & {*found.capital}
