"""Languages by what people call them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from bot.model import primary_language
from bot.news import languages


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("fr", "fr"), ("FR", "fr"), ("French", "fr"), ("french", "fr"), ("français", "fr"), ("Francais", "fr"),
        ("pt-BR", "pt"), ("pt_br", "pt"), ("português", "pt"), ("zh-Hant-TW", "zh"), ("中文", "zh"), ("Mandarin", "zh"),
        ("日本語", "ja"), ("русский", "ru"), ("Farsi", "fa"), ("Norwegian", "no"), ("nb", "no"), ("nynorsk", "no"),
        ("Tagalog", "fil"), ("tl", "fil"), ("Greek", "el"), ("Ελληνικά", "el"), ("العربية", "ar"), (" Swahili ", "sw"),
        ("Klingonish", None), ("", None), ("!", None), ("xx", None), ("x" * 5_000, None), ("France", None),
    ],
)  # fmt: skip
def test_what_people_call_a_language(typed: str, code: str | None) -> None:
    assert languages.find_language(typed) == code


def test_suggestions_begin_as_typed_with_the_exact_one_first() -> None:
    assert languages.suggest_languages("fr")[0] == ("fr", "French · français")
    assert ("pt", "Portuguese · português") in languages.suggest_languages("Port")
    assert languages.suggest_languages("esp")[0] == ("es", "Spanish · español")
    assert languages.suggest_languages("en")[0] == ("en", "English")
    first = [code for code, _ in languages.suggest_languages("")]
    assert len(first) == 25
    assert first[:5] == ["en", "es", "fr", "de", "pt"]
    assert languages.suggest_languages("@everyone") == []


def test_a_slip_of_the_fingers_has_neighbours() -> None:
    assert "French" in languages.near_languages("Frensh")
    assert languages.near_languages("qqqqqqqq") == []


def test_codes_have_names() -> None:
    assert languages.language_name("pt") == "Portuguese"
    assert languages.language_name("qqq") == "qqq"


def test_every_code_is_its_own_primary_and_is_found_by_itself_and_its_name() -> None:
    for code, name in languages.names().items():
        assert primary_language(code) == code
        assert languages.find_language(code) == code
        assert languages.find_language(name) is not None, name


@given(st.text(max_size=40))
def test_anything_typed(typed: str) -> None:
    languages.suggest_languages(typed)
    found = languages.find_language(typed)
    assert found is None or found in languages.names()
