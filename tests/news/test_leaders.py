"""Leaders and the years in which their names are theirs; and the table's own checks."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise

import pytest

from bot.news.countries import names, rows
from bot.news.leaders import STILL, Leader, Term, leaders
from bot.news.places import PlaceTagger
from bot.news.tagger import Tagger
from bot.services.tags import TagService

places = PlaceTagger()


def found(title: str, year: int | None = None, text: str = "") -> dict[str, float]:
    return {one.tag: one.score for one in places.tag(title, text, published=year)}


@pytest.mark.parametrize(
    ("title", "year", "codes"),
    [
        ("Thatcher warns ministers", None, {"GB"}),
        ("Thatcher warns ministers", 1987, {"GB"}),
        ("Stoltenberg warns ministers", 1987, {"DE"}),
        ("Stoltenberg warns ministers", 2020, {"x-nato"}),
        ("Stoltenberg warns ministers", None, {"x-nato"}),
        ("Jens Stoltenberg warns ministers", 2009, {"NO"}),
        ("Shevardnadze resigns", 1990, set()),
        ("Eduard Shevardnadze resigns", 1990, {"RU"}),
        ("Eduard Shevardnadze resigns", 2003, {"GE"}),
        ("Bush signs the bill", 2003, {"US"}),
        ("Bush signs the bill", None, {"US"}),
        ("Bush signs the bill", 2024, set()),
        ("Kate Bush sings again", 2003, set()),
        ("Jeb Bush sings again", 2024, {"US"}),
        ("Bush fires near the coast", 2003, set()),
        ("Blair buys a chain of shops", 1987, set()),
        ("Blair returns from his holiday", 2003, {"GB"}),
        ("Erdoğan meets ministers", 2026, {"TR"}),
        ("NAKASONE RESIGNS", 1987, {"JP"}),
        ("Ceausescu flees", 1989, {"RO"}),
    ],
)
def test_a_leaders_name_in_a_year(title: str, year: int | None, codes: set[str]) -> None:
    assert set(found(title, year)) == codes


def test_a_name_says_less_outside_its_years() -> None:
    title = "Gorbachev speaks of those days"
    (full,) = found(title, 1987).values()
    assert found(title) == found(title, 1984) == found(title, 1996) == {"RU": full}
    for year in (1983, 1997, 2019):
        assert 0 < found(title, year)["RU"] < full
    both = places.tag("Merkel remembers Reagan", "", published=2016)
    assert [(one.tag, one.role) for one in both] == [("DE", "subject"), ("US", "mention")]


def test_a_year_changes_nothing_where_no_leader_is_named() -> None:
    for title in ("Japan and the Philippines sign a pact", "Bread and butter", "Greta Thunberg in Paris, Texas"):
        assert places.tag(title, "") == places.tag(title, "", published=1850) == places.tag(title, "", published=2026)


def test_a_term_covers_a_year_before_and_five_after() -> None:
    term = Term("JP", 2000, 2004)
    assert [year for year in range(1990, 2020) if term.covers(year)] == list(range(1999, 2010))
    assert Leader((Term("TR", 2003, STILL),), False).as_of(3000) == "TR"


@pytest.mark.parametrize(
    ("published", "codes"), [("1987-03-01", ["DE"]), (1987, ["DE"]), ("March", ["x-nato"]), ([1987], ["x-nato"])]
)
def test_the_command_takes_a_date(published: object, codes: list[str]) -> None:
    line = json.dumps({"id": 1, "title": "Stoltenberg warns ministers", "published": published}).encode()
    (answer,) = TagService(Tagger.load()).lines([line])
    assert [one["code"] for one in json.loads(answer.text)["countries"]] == codes


def test_the_table_holds_what_it_may() -> None:
    spells = defaultdict(list)
    for code, name, office, first, last, _ in rows("leaders.tsv"):
        assert code in names(), name
        assert office, name
        assert 1900 < int(first) <= int(last or STILL), name
        spells[code, name, office].append((int(first), int(last or STILL)))
    for who, years in spells.items():
        assert all(before[1] <= after[0] for before, after in pairwise(years)), who
    assert len({code for code, *_ in spells}) >= 60


def test_a_name_stands_in_one_table() -> None:
    others = {(codes, one) for kind, codes, named in rows("places.tsv") if kind == "person" for one in named.split(";")}
    assert [text for text, leader in leaders().items() if (leader.code, text) in others] == []


def test_a_name_is_common_for_all_or_for_none() -> None:
    """A wording with a question mark in one line and without in another would mean both."""
    marks = defaultdict(set)
    for _, name, _, _, _, others in rows("leaders.tsv"):
        for wording in (name, *filter(None, others.split(";"))):
            marks[wording.removesuffix("?")].add(wording.endswith("?"))
    assert [text for text, seen in marks.items() if len(seen) > 1] == []
