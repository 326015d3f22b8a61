"""What the bot says in other languages: no message missing, no part lost, and in the language that is asked for."""

from __future__ import annotations

import re
import string
from datetime import date

import pytest
from babel.messages.catalog import Message

from bot import words
from bot.locale.__main__ import catalogue, said
from bot.words import CATALOGUES, LANGUAGES, _, decimal, n_, percent, speak

CODE = {message.id: message for message in said() if message.id}


def parts(text: str) -> set[str]:
    """The names of what is put in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def strings(message: Message) -> list[str]:
    """The forms of a translation, one where it has no plural; an empty text where it is missing."""
    found = message.string
    return [str(one or "") for one in (found if isinstance(found, tuple | list) else (found,))]


def test_the_code_says_something() -> None:
    assert len(CODE) >= 80


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_message_is_missing_and_none_is_left_over(language: str) -> None:
    found = {message.id: message for message in catalogue(language) if message.id}
    assert found.keys() == CODE.keys(), "python -m bot.locale brings the catalogues up to date"
    assert [one for one, message in found.items() if message.fuzzy] == []
    assert [one for one, message in found.items() if not all(strings(message))] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_translation_has_the_parts_of_its_message(language: str) -> None:
    for message in catalogue(language):
        if not message.id:
            continue
        plural = isinstance(message.id, tuple | list)
        english = str(message.id[-1]) if isinstance(message.id, tuple | list) else message.id
        wanted = parts(english)
        for text in strings(message):
            missing = wanted - parts(text)
            assert parts(text) <= wanted, (message.id, text)
            assert missing <= ({"n"} if plural else set()), (message.id, text)
            assert text.count("**") == english.count("**"), text
            assert not re.search(r"[\n`]|@|https?:", text), text


@pytest.mark.parametrize("language", CATALOGUES)
def test_what_stands_on_a_button_is_short_enough(language: str) -> None:
    found = {message.id: message for message in catalogue(language) if message.id}
    for name in ("First", "Previous", "Next", "Last", "Follow", "Newest first", "Biggest stories first"):
        assert len(strings(found[name])[0]) <= 80
    for one, message in found.items():
        if isinstance(one, str) and one.endswith("…"):
            assert len(strings(message)[0]) <= 150, "of a select's placeholder"


@pytest.mark.parametrize(
    ("locale", "one", "many"),
    [
        ("de", "1 Meldung", "1.234 Meldungen"),
        ("fr", "1 article", "1\u202f234 articles"),
        ("pt-BR", "1 notícia", "1.234 notícias"),
        ("es-419", "1 noticia", "1,234 noticias"),
        ("uk", "1 новина", "1\u00a0234 новини"),
        ("ja", "1 件", "1,234 件"),
        ("zh-CN", "1 条新闻", "1,234 条新闻"),
        ("hi", "1 समाचार", "1,234 समाचार"),
        ("ar", "خبر واحد (1)", "1,234 خبرًا"),
        ("en-GB", "1 item", "1,234 items"),
        ("xx", "1 item", "1,234 items"),
    ],
)
def test_numbers_stand_in_the_form_and_the_digits_of_the_language(locale: str, one: str, many: str) -> None:
    speak(locale)
    assert n_("{n} item", "{n} items", 1) == one
    assert n_("{n} item", "{n} items", 1_234) == many


def test_ukrainian_has_three_forms() -> None:
    speak("uk")
    assert [n_("{n} day", "{n} days", number) for number in (1, 3, 5, 21, 11)] == [
        "1 день",
        "3 дні",
        "5 днів",
        "21 день",
        "11 днів",
    ]


def test_dates_and_shares_too() -> None:
    speak("de")
    assert (words.day(date(2026, 11, 26)), percent(0.34), decimal(0.5)) == ("26.11.2026", "34\u00a0%", "0,5")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_locale_has_a_catalogue_or_is_english(locale: str) -> None:
    speak(locale)
    assert (_("Follow") == "Follow") == locale.startswith("en")
