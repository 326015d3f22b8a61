"""What the bot says in other languages: no message missing, no part lost, and in the language that is asked for."""

from __future__ import annotations

import ast
import string
from contextvars import copy_context
from datetime import date
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Message

from bot import words
from bot.locale.__main__ import KEYWORDS, ROOMS, catalogue, said
from bot.services import settings
from bot.words import (
    CATALOGUES,
    LANGUAGES,
    WITHOUT_COMMANDS,
    _,
    decimal,
    n_,
    option,
    percent,
    slash,
    speak,
    speak_in_terminal,
    weekday,
)

Key = tuple[str | None, str | tuple[str, ...]]


def key(message: Message) -> Key:
    """What tells a message from others: its context, and its text or texts."""
    of = tuple(message.id) if isinstance(message.id, tuple | list) else str(message.id)
    return message.context, of


def messages(language: str) -> dict[Key, Message]:
    return {key(message): message for message in catalogue(language) if message.id}


CODE = {key(message) for message in said() if message.id}
ROOT = Path(__file__).resolve().parents[1]


def parts(text: str) -> set[str]:
    """The names of what is put in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def strings(message: Message) -> list[str]:
    """The forms of a translation, one where it has no plural; an empty text where it is missing."""
    found = message.string
    return [str(one or "") for one in (found if isinstance(found, tuple | list) else (found,))]


def test_the_code_says_something() -> None:
    assert len(CODE) >= 700


def test_nothing_that_is_said_stands_where_it_is_not_found() -> None:
    """Until Python 3.12 an f-string is one token: Babel sees no message within it."""
    lost = [
        (path.name, node.lineno)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.JoinedStr)
        for node in ast.walk(call)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS
        if node.args and isinstance(node.args[0], ast.Constant)
    ]
    assert lost == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_message_is_missing_and_none_is_left_over(language: str) -> None:
    found = messages(language)
    wanted = {one for one in CODE if one[0] is None} if language in WITHOUT_COMMANDS else CODE
    assert found.keys() == wanted, "python -m bot.locale brings the catalogues up to date"
    assert [one for one, message in found.items() if message.fuzzy] == []
    assert [one for one, message in found.items() if not all(strings(message))] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_translation_has_the_parts_of_its_message(language: str) -> None:
    for (context, _text), message in messages(language).items():
        if context is not None:
            continue
        plural = isinstance(message.id, tuple | list)
        english = str(message.id[-1]) if isinstance(message.id, tuple | list) else message.id
        wanted = parts(english)
        for text in strings(message):
            missing = wanted - parts(text)
            assert parts(text) <= wanted, (message.id, text)
            assert missing <= ({"n"} if plural else set()), (message.id, text)
            for sign in ("**", "`", "\n", "@", "http"):
                assert text.count(sign) == english.count(sign), text


@pytest.mark.parametrize("language", CATALOGUES)
def test_what_stands_on_a_button_is_short_enough(language: str) -> None:
    found = messages(language)
    for name in ("First", "Previous", "Next", "Last", "Follow", "Newest first", "Biggest stories first"):
        assert len(strings(found[None, name])[0]) <= 80
    for (_context, one), message in found.items():
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


def test_nothing_is_nothing_in_every_language() -> None:
    for locale in LANGUAGES:
        speak(locale)
        assert _("") == ""


def test_dates_and_shares_too() -> None:
    speak("de")
    assert (words.day(date(2026, 11, 26)), percent(0.34), decimal(0.5)) == ("26.11.2026", "34\u00a0%", "0,5")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_locale_has_a_catalogue_or_is_english(locale: str) -> None:
    speak(locale)
    assert (_("Follow") == "Follow") == locale.startswith("en")


def test_languages_that_may_be_set_are_called_as_cldr_calls_them() -> None:
    for locale, name in settings.LANGUAGES.items():
        said = Locale(LANGUAGES[locale].partition("_")[0]).display_name
        assert said is not None
        assert said.casefold() == name.casefold()


def test_commands_and_options_are_named_as_the_readers_discord_shows_them() -> None:
    speak("de")
    assert slash("topic remove") == "/thema entfernen"
    assert slash("news", topic="trade") == "/nachrichten thema:trade"
    assert option("anyway", True) == "trotzdem:True"
    assert weekday(4) == "Freitag"
    speak("ar", commands="fr")
    assert slash("topic remove") == "/thème retirer", "answered in Arabic, which Discord lacks"
    assert _("Save") == "حفظ"
    speak("sv-SE")
    assert (slash("topic remove"), option("since")) == ("/topic remove", "since")


def test_in_a_terminal_commands_are_those_of_the_terminal() -> None:
    def told() -> tuple[str, str, str, str]:
        speak_in_terminal()
        return slash("sources"), slash("search"), slash("alert list"), option("since")

    wanted = ("dateline sources list", "dateline news --search", "/alert list", "--since")
    assert copy_context().run(told) == wanted
    speak("en-US")
    assert slash("sources") == "/sources", "elsewhere as ever"
