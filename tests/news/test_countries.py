"""Codes, names, flags: what people type for a country."""

import pytest

from bot.news.countries import SUGGESTIONS, country_name, country_rows, find_country, flag, names, suggest_countries


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("JP", "JP"),
        ("jp", "JP"),
        ("jpn", "JP"),
        ("Japan", "JP"),
        ("#japan", "JP"),
        ("JAPANESE", "JP"),
        ("🇯🇵", "JP"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("Great Britain", "GB"),
        ("England", "GB"),
        ("USA", "US"),
        ("u.s.", "US"),
        ("United States of America", "US"),
        ("UAE", "AE"),
        ("EU", "EU"),
        ("European Union", "EU"),
        ("un", "UN"),
        ("nato", "x-nato"),
        ("x-NATO", "x-nato"),
        ("Ivory Coast", "CI"),
        ("Côte d’Ivoire", "CI"),
        ("cote d'ivoire", "CI"),
        ("Türkiye", "TR"),
        ("turkey", "TR"),
        ("Burma", "MM"),
        ("Bosnia & Herzegovina", "BA"),
        ("Bosnia and Herzegovina", "BA"),
        ("northkorea", "KP"),
        ("the Netherlands", "NL"),
        ("Holland", "NL"),
        ("DR Congo", "CD"),
        ("Kosovo", "XK"),
        ("Dominica", "DM"),
        ("Dominican", "DO"),
        ("Korea", "KR"),
        ("  France ", "FR"),
        ("deu", "DE"),
        ("prk", "KP"),
        ("Paris", None),
        ("", None),
        ("zz", None),
        ("Atlantis", None),
        ("x-", None),
        ("🇿🇿", None),
        ("a" * 5_000, None),
    ],
)
def test_find(typed: str, code: str | None) -> None:
    assert find_country(typed) == code


def test_every_name_finds_its_code() -> None:
    assert {code for code, name in names().items() if find_country(name) != code} == set()
    assert {code for code in names() if find_country(code) != code} == set()


def test_rows_name_known_codes() -> None:
    assert [row.code for row in country_rows() if row.code not in names()] == []


def test_suggestions() -> None:
    assert suggest_countries("jap")[0] == ("JP", "Japan")
    assert suggest_countries("JP")[0] == ("JP", "Japan")
    assert suggest_countries("holl") == [("NL", "Netherlands")]
    assert ("PG", "Papua New Guinea") in suggest_countries("guinea")
    assert suggest_countries("kingdom")[0] == ("GB", "United Kingdom")
    assert suggest_countries("xyzzy") == []
    assert len(suggest_countries("")) == SUGGESTIONS
    assert len(suggest_countries("a", limit=3)) == 3


def test_flags_and_names() -> None:
    assert flag("JP") == "🇯🇵"
    assert flag("EU") == "🇪🇺"
    assert flag("UN") == "🇺🇳"
    assert flag("x-nato") == ""
    assert flag("") == ""
    assert country_name("HK") == "Hong Kong"
    assert country_name("x-asean") == "ASEAN"
    assert country_name("??") == "??"
