"""Countries in any language."""

from __future__ import annotations

import pytest

from bot.news import countries
from bot.news.country_names import LANGUAGES, country_name, find_country, suggest_countries


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Japon", "JP"),
        ("日本", "JP"),
        ("Japón", "JP"),
        ("Deutschland", "DE"),
        ("Німеччина", "DE"),
        ("德国", "DE"),
        ("ألمانيا", "DE"),
        ("जर्मनी", "DE"),
        ("독일", "DE"),
        ("Jerman", "DE"),
        ("Almanya", "DE"),
        ("Япония", "JP"),
        ("Türkei", "TR"),
        ("turkei", "TR"),
        ("Island", "IS"),
        ("Chile", "CL"),
        ("Vereinigte Staaten", "US"),
        ("United States", "US"),
        ("jp", "JP"),
        ("x-nato", "x-nato"),
        ("한국", "KR"),
        ("S. Korea", "KR"),
        ("Korea, South", "KR"),
        ("Republic of China", "TW"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_a_country_is_found_in_any_language(typed: str, code: str | None) -> None:
    assert find_country(typed) == code


def test_what_a_language_calls_an_island_is_no_country_elsewhere() -> None:
    assert countries.find_country("Island") is None


ENGLISH_FIRST = {"vi": {"RU": "NG"}, "es": {"CG": "CD"}}
"""Nga is Nigeria's code of three letters, and which Congo is meant English has decided."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_every_language_finds_its_country_or_none_where_two_are_called_so(language: str) -> None:
    found = {code: find_country(country_name(code, language)) for code in countries.names()}
    others = {code: met for code, met in found.items() if met not in (code, None)}
    assert others == ENGLISH_FIRST.get(language, {})
    assert sum(met is None for met in found.values()) <= 2


@pytest.mark.parametrize(
    ("typed", "locale", "first"),
    [
        ("Alle", "de", ("DE", "Deutschland")),
        ("Deu", "fr", ("DE", "Allemagne")),
        ("日", "ja", ("JP", "日本")),
        ("Jap", "ja", ("JP", "日本")),
        ("Esta", "es-419", ("US", "Estados Unidos")),
        ("norg", "no", ("NO", "Norge")),
        ("日", "zh-CN", ("JP", "日本")),
        ("UK", "en-US", ("GB", "United Kingdom")),
        ("Jap", "xx", ("JP", "Japan")),
        ("", "tr", None),
    ],
)
def test_countries_are_offered_in_ones_own_language(typed: str, locale: str, first: tuple[str, str] | None) -> None:
    offered = suggest_countries(typed, locale)
    assert offered
    assert len(offered) <= 25
    assert first is None or first in offered[:3]
