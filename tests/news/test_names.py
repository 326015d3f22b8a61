"""Names of a text: what may become a hashtag, and what never does."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from bot.news.names import LIMIT, is_free, label, read
from bot.news.text import slug


def found(title: str, text: str = "", *, language: str | None = "en", authors: tuple[str, ...] = ()) -> list[str]:
    return [name.words for name in read(title, text, language=language, authors=authors)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ministers met Keir Starmer and Ursula von der Leyen.", ["Keir Starmer", "Ursula von der Leyen"]),
        ("Winds rose as Storm Amelia came, and Amelia was not over.", ["Storm Amelia"]),
        ("Prime Minister Keir Starmer spoke of Ofcom.", ["Keir Starmer", "Ofcom"]),
        ("The rules came from Mr. Weatherby’s office.", ["Weatherby"]),
        ("A deal on the “shadow fleet” is near.", ["shadow fleet"]),
        ('They called it "brexit reset" and left.', ["brexit reset"]),
        ("All agreed (#BrexitReset).", ["#BrexitReset"]),
        ("Donald J. Trump and J. K. Rowling met.", ["Donald Trump", "Rowling"]),
        ("He said that WIPO had been told.", ["WIPO"]),
        ("Talks at the Paris-based Kering were held.", ["Kering"]),
        ("She spoke of Marine Le Pen and Al Jazeera.", ["Marine Le Pen", "Al Jazeera"]),
        ("La ministra habló con Yolanda Díaz en la sede.", ["Yolanda Díaz"]),
        ("Президент встретил Ивана Петрова в среду.", ["Ивана Петрова"]),
    ],
)
def test_names_are_found(text: str, names: list[str]) -> None:
    language = "es" if "ministra" in text else "ru" if "встретил" in text else "en"
    assert found("", text, language=language) == names


@pytest.mark.parametrize(
    "text",
    [
        "Officials met. Residents left. Then it rained.",  # a sentence's first word
        "It was on Monday in March, the Prime Minister told Parliament.",
        "The French Government and the Supreme Court of Japan met in London.",  # common words, countries, capitals
        "He met Michael there.",  # a given name alone
        "She said “it will not happen” and “we are very sad”.",  # parts of sentences
        "An election, #Elections, #Japan and #2026.",  # the taxonomy's, a country, a number
        "BREAKING: LIVE UPDATES",
        "It was seen, SIYABONGA SITHOLE wrote.",
        "Read more at Reuters and Getty Images.",
        "Only I’ll and It’s and Don’t.",
        "nothing here has a capital",
        "",
    ],
)
def test_what_is_no_name(text: str) -> None:
    assert found("", text) == []


def test_a_headline_in_title_case_says_nothing_by_its_capitals() -> None:
    assert found("Why The Weatherby Report Matters To You", "It was written by Ann Weatherby.") == ["Ann Weatherby"]
    assert found("WEATHERBY REPORT SHAKES WESTMINSTER") == []
    assert found("Weatherby report shakes Lord Crumb of Oakham") == ["Crumb of Oakham"]


def test_nouns_of_german_and_single_words_of_other_languages_are_no_names() -> None:
    assert found("", "Die Regierung will das Gesetz mit Friedrich Merz ändern.", language="de") == ["Friedrich Merz"]
    assert found("", "Ayer la Policía detuvo a Ramírez.", language="es") == []


def test_scripts_without_case_have_hashtags_alone() -> None:
    assert found("", "嵐が来る #嵐アメリア と言った", language="ja") == ["#嵐アメリア"]


def test_who_wrote_it_is_no_news() -> None:
    assert found("", "A report by Ann Weatherby on Keir Starmer", authors=("Ann Weatherby",)) == ["Keir Starmer"]


def test_the_headline_is_told_apart_and_spellings_of_one_slug_are_one() -> None:
    (one,) = read("Talks on Storm Amelia go on", "#StormAmelia is near. Storm Amelia, they say.", language="en")
    assert one == ("stormamelia", "Storm Amelia", True)


def test_a_hashtag_is_read_as_words() -> None:
    assert label("#BrexitReset") == "Brexit Reset"
    assert label("Storm Amelia") == "Storm Amelia"
    assert label("#storm") == "storm"


texts = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(("Storm", "Amelia", "of", "the", "“", "”", "'", "#", ".", " ", "Ürün", "O’Brien", "\n", "X.")),
        max_size=80,
    ).map(" ".join),
)


@given(title=texts, text=texts, language=st.sampled_from((None, "en", "de", "ja", "x", "")))
def test_any_text_gives_few_sound_names(title: str, text: str, language: str | None) -> None:
    names = read(title, text, language=language)
    assert len(names) <= LIMIT
    assert len({name.slug for name in names}) == len(names)
    for name in names:
        assert slug(name.slug) == name.slug
        assert slug(name.words) == name.slug
        assert is_free(name.slug)
        assert 3 <= len(name.slug) <= 40
    assert read(title, text, language=language) == names
