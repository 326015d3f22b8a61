"""The default catalogue, and catalogues of people's own with their mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.feeds.catalogue import load
from bot.feeds.guard import AddressPolicy
from bot.model import NewSource, Outlet, PageRules

GOOD = '[[source]]\noutlet = "A"\nurl = "https://a.example/feed"\n'


def test_the_default_holds_the_five_outlets_of_the_model() -> None:
    sources = load("default")
    assert len(sources) == 140
    assert len({source.url for source in sources}) == 140
    names = {source.outlet.name for source in sources}
    assert {"South China Morning Post", "The Japan Times", "The National", "CNA", "The New York Times"} <= names
    assert {source.outlet.country for source in sources if source.outlet.name == "UN News"} == {"UN"}


def test_state_agencies_are_marked() -> None:
    state_run = {source.outlet.name for source in load("default") if source.outlet.state_run}
    assert {"Xinhua", "TASS"} <= state_run
    assert not state_run & {"BBC News", "The New York Times", "CNA", "NPR", "Deutsche Welle"}


def test_feeds_about_one_country_are_marked_and_say_which() -> None:
    marked = [source.outlet for source in load("default") if source.outlet.single_country]
    assert all(outlet.only_country for outlet in marked)
    names = {outlet.name for outlet in marked}
    assert {"Mexico News Daily", "Radio Okapi", "Politico"} <= names
    assert not names & {"BBC News", "Al Jazeera", "Meduza", "The Diplomat", "Jeune Afrique", "UN News"}
    assert {outlet.section for outlet in marked if outlet.name == "The Hindu"} == {"General (National)"}


def test_none_is_empty() -> None:
    assert load("none") == ()


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        GOOD + 'country = "JP"\nlanguage = "pt_BR"\nsection = "World"\nstate_run = true\nsingle_country = true\n'
        '[[source]]\noutlet = "Me"\nurl = "http://127.0.0.1:8000/f"\n'
    )
    first, second = load(path, AddressPolicy.of(["127.0.0.1:8000"]))
    outlet = Outlet(name="A", country="JP", language="pt-br", section="World", state_run=True, single_country=True)
    assert first == NewSource(url="https://a.example/feed", outlet=outlet)
    assert second.url == "http://127.0.0.1:8000/f"
    assert load(str(path), AddressPolicy.of(["127.0.0.1:8000"])) == (first, second)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[source]\n", "line 1"),
        ("[[sources]]\n", "did you mean 'source'"),
        ("source = 1\n", r"\[\[source\]\]"),
        ("source = [1]\n", r"\[\[source\]\]"),
        (GOOD + '[[source]]\noutlet = "B"\n', "line 4: url is missing"),
        (GOOD + '[[source]]\nurl = "https://b.example/"\n', "line 4: outlet is missing"),
        (GOOD + 'langauge = "en"\n', "line 1: unknown key 'langauge': did you mean 'language'"),
        (GOOD + 'country = "ZZ"\n', "country 'ZZ'"),
        (GOOD + 'country = "Japan"\n', "country 'Japan'"),
        (GOOD + 'language = "english"\n', "language 'english'"),
        (GOOD + 'language = "qq"\n', "language 'qq'"),
        (GOOD + "state_run = 1\n", "state_run must be true or false"),
        (GOOD + "single_country = 1\n", "single_country must be true or false"),
        (GOOD + "single_country = true\n", "line 1: single_country needs country"),
        (GOOD + 'section = ""\n', "section must be"),
        (GOOD + GOOD.replace("A", "B"), "line 4: the same url stands at line 1"),
        ('[[source]]\noutlet = "A"\nurl = "http://me:secret@127.0.0.1/"\n', "line 1: url: This address is private"),
        ('[[source]]\noutlet = "A\\nB"\nurl = "http://a.example/"\n', "one line"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        load(path)
    assert "own.toml" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load(tmp_path / "nothing.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(tmp_path / "bytes.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


PAGE = GOOD + "[source.page]\n"


def test_the_rules_of_a_page(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        PAGE + 'item = "article.card"\ntitle = "h3 a"\ndate = "time@datetime"\nimage = "img@data-src"\nlink = "@href"\n'
        'date_order = "DMY"\ntimezone = "Asia/Manila"\n' + GOOD.replace("a.example", "b.example")
    )
    page, feed = load(path)
    assert page.page == PageRules(
        item="article.card",
        title="h3 a",
        link="@href",
        date="time@datetime",
        image="img@data-src",
        date_order="DMY",
        timezone="Asia/Manila",
    )
    assert feed.page is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + 'page = "article"\n', r"line 1: page must be a table \[source.page\]"),
        (PAGE, "line 1: page: item is missing"),
        (GOOD + "\n" + PAGE.replace("a.example", "b.example") + 'title = "a"\n', "line 5: page: item is missing"),
        (PAGE + 'item = "li"\nsumary = "p"\n', "page: unknown key 'sumary': did you mean 'summary'"),
        (PAGE + "item = 1\n", "page: item must be one line"),
        (PAGE + 'item = " "\n', "page: item must be one line"),
        (PAGE + 'item = "article["\n', r"line 1: page: 'article\[' is no CSS selector"),
        (PAGE + 'item = "@href"\n', "is no CSS selector"),
        (PAGE + 'item = "li"\ndate = "::x@datetime"\n', "page: '::x' is no CSS selector"),
        (PAGE + 'item = "li"\ndate_order = "dmy"\n', "date_order 'dmy' must be one of DMY, MDY, YMD"),
        (PAGE + 'item = "li"\ntimezone = "Manila"\n', "timezone 'Manila' is no zone"),
        (PAGE + 'item = "li"\ntimezone = "../etc"\n', "timezone '../etc' is no zone"),
    ],
)
def test_a_mistake_in_a_pages_rules_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        load(path)
