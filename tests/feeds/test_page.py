"""Web pages read by rules: three of the shapes that tag pages have, the dates people write, and hostile pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from bot.feeds import page_dates, tree
from bot.feeds.page import selector_of
from bot.feeds.parse import Parser
from bot.feeds.parse_document import parse_document
from bot.feeds.parse_wire import PageTask
from bot.model import Document, Entry, FailureKind, FetchFailed, PageRules

PAGES = Path(__file__).resolve().parents[1] / "data" / "pages"
NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
URL = "https://www.harbour.example/tag/securitycooperation"
CARDS = PageRules(
    item="article.card",
    title="h3",
    link="h3 a",
    date="time",
    category=".card__section",
    summary="p.card__teaser",
    image="img@data-src",
    timezone="Asia/Manila",
)
TABLE = PageRules(
    item="tr.fila",
    title="a.tit",
    link="a.tit",
    date=".fecha",
    category=".sec",
    summary="small",
    timezone="America/Lima",
)
AGGREGATOR = PageRules(item=".feed .row", title=".headline", link="a.headline", date=".age", outlet=".src",
                       category=".cat", summary=".extract")  # fmt: skip


def read(
    body: bytes | str, rules: PageRules, *, language: str | None = "en", country: str | None = None, url: str = URL
) -> Document | FetchFailed:
    task = PageTask(rules=rules, now=NOW, language=language, country=country)
    data = body.encode() if isinstance(body, str) else body
    return parse_document(data, url=url, content_type="text/html", task=task)


def document(body: bytes | str, rules: PageRules, **said: str | None) -> Document:
    found = read(body, rules, **said)  # type: ignore[arg-type]
    assert isinstance(found, Document), found
    return found


def refused(body: bytes | str, rules: PageRules) -> FetchFailed:
    found = read(body, rules)
    assert isinstance(found, FetchFailed)
    return found


def test_cards_with_ages_in_english() -> None:
    found = document((PAGES / "cards.html").read_bytes(), CARDS, country="PH")
    assert found.title == "Security Cooperation | The Harbour Times"
    assert found.note == "1 of 4 items have no link or no title, and were left out."
    assert found.entries == (
        Entry(
            guid=None,
            url="https://www.harbour.example/world/88121/fleets-drill-together",
            title="Fleets of Japan and the Philippines drill together off Palawan",
            summary="Two frigates and a patrol ship practised rescue at sea. The drill is the fourth this year.",
            image="https://www.harbour.example/media/88121-640.jpg",
            published_at=NOW - timedelta(hours=3),
            categories=("World",),
        ),
        Entry(
            guid=None,
            url="https://www.harbour.example/politics/88102/senate-ratifies",
            title="Senate ratifies pact “without delay”, AT&T bill waits",
            summary="The vote was 20 to 2.",
            image="https://cdn.harbour.example/88102-640.jpg",
            published_at=datetime(2026, 11, 22, 1, 30, tzinfo=UTC),
            categories=("Politics",),
        ),
        Entry(
            guid=None,
            url="https://www.harbour.example/opinion/87990/quiet-allies",
            title="Quiet allies",
            summary="",
            image=None,
            published_at=NOW - timedelta(days=2),
            categories=("Opinion",),
        ),
    )


def test_a_table_with_dates_and_ages_in_spanish() -> None:
    url = "https://www.faro.example/etiqueta/seguridad.php"
    found = document((PAGES / "table.html").read_bytes(), TABLE, language="es", country="PE", url=url)
    assert [(entry.published_at, entry.categories, entry.title) for entry in found.entries] == [
        (
            datetime(2026, 11, 23, 12, 15, tzinfo=UTC),
            ("Política",),
            "La Cámara aprueba el acuerdo de cooperación con Chile",
        ),
        (NOW - timedelta(hours=3), ("Mundo",), "Ministros de diez países se reúnen en Lima"),
        (NOW - timedelta(days=1), ("Sociedad",), "Patrullas conjuntas en la frontera norte"),
        (datetime(2026, 11, 5, 5, tzinfo=UTC), ("Economía",), "Puertos: inversión y vigilancia compartida"),
        (datetime(2026, 10, 12, 5, tzinfo=UTC), ("Política",), "Un pacto que tardó diez años"),
    ]
    assert found.entries[0].url == "https://www.faro.example/etiqueta/nota.php?id=501&sec=2"
    assert found.entries[0].summary == "El texto pasa al Senado. La votación fue de 88 contra 41."


def test_an_aggregator_whose_items_name_their_outlets() -> None:
    found = document((PAGES / "aggregator.html").read_bytes(), AGGREGATOR)
    assert [(entry.outlet, entry.published_at, entry.categories, entry.title) for entry in found.entries] == [
        ("CNA", NOW - timedelta(days=2), ("Politics",), "Japan, Philippines sign pact on security cooperation"),
        ("The New York Times", NOW - timedelta(hours=5), ("Business",), "Shipyards Count on a New Alliance"),
        (
            "South China Morning Post",
            datetime(2026, 11, 19, tzinfo=UTC),
            ("General",),
            "Beijing calls the talks ‘a matter of concern’",
        ),
        (None, datetime(2026, 11, 22, 12, 40, tzinfo=UTC), (), "A story of the newsroom's own"),
    ]
    assert found.entries[0].url == "https://www.channelnewsasia.example/asia/pact-signed-901"
    assert found.entries[0].summary.startswith("The pact lets ships of both navies")
    assert found.note == "1 of 5 items have no link or no title, and were left out."


async def test_the_same_through_a_worker_process() -> None:
    body = (PAGES / "aggregator.html").read_bytes()
    task = PageTask(rules=AGGREGATOR, now=NOW, language="en")
    async with Parser(workers=1) as parser:
        assert await parser.parse(body, url=URL, language="en", task=task) == document(body, AGGREGATOR)
        page = await parser.parse(b"<html><link rel=feed href=/f>", url=URL)
        assert isinstance(page, FetchFailed)
        assert [link.url for link in page.found] == ["https://www.harbour.example/f"]


def test_the_item_alone_is_enough() -> None:
    markup = '<li><a href="#top"></a><a href="/1">One</a> x</li><li><a href="/2"><img></a><a href="/2">Two</a></li>'
    assert [(entry.url, entry.title) for entry in document(markup, PageRules(item="li")).entries] == [
        ("https://www.harbour.example/1", "One"),
        ("https://www.harbour.example/2", "Two"),
    ]


def test_the_item_may_be_the_link_itself() -> None:
    markup = '<a class=c href="/1" data-t="Named"><b>On</b>e<p>para</p></a>'
    for rules, title in (
        (PageRules(item="a.c"), "One para"),
        (PageRules(item="a.c", title="b"), "On"),
        (PageRules(item="a.c", title="@data-t", link="@href"), "Named"),
    ):
        (entry,) = document(markup, rules).entries
        assert (entry.url, entry.title) == ("https://www.harbour.example/1", title)


def test_a_page_that_changed_says_which_selector_finds_nothing() -> None:
    failed = refused("<p>new design</p>", PageRules(item="article.card"))
    assert failed.kind is FailureKind.PAGE_CHANGED
    assert failed.detail == "The page has changed: the selector `article.card` finds nothing."
    failed = refused("<p>new design</p><p>x</p>", PageRules(item="p"))
    assert failed.detail == "The page has changed: the selector `p` finds 2 items, but none with a link and a title."


def test_the_outlet_that_is_the_source_and_odd_outlets() -> None:
    markup = '<li><a href="/1">One</a><i>  <b>x</b>\u202e' + "y" * 300 + "</i></li>"
    (entry,) = document(markup, PageRules(item="li", outlet="i")).entries
    assert entry.outlet is not None
    assert len(entry.outlet) == 100
    assert "\u202e" not in entry.outlet


def test_the_language_is_the_sources_else_the_pages() -> None:
    markup = '<html lang="de-AT"><li><a href="/1">Eins</a></li>'
    assert document(markup, PageRules(item="li")).language is None
    assert document(markup, PageRules(item="li"), language=None).language == "de-at"


def test_a_charset_that_only_the_page_declares() -> None:
    markup = '<meta charset="windows-1251"><li><a href="/1">Новости</a></li>'.encode("cp1251")
    (entry,) = document(markup, PageRules(item="li")).entries
    assert entry.title == "Новости"


def test_the_base_of_the_page_counts() -> None:
    markup = '<base href="https://www.other.example/a/"><li><a href="1">One</a><img src="i.png">'
    (entry,) = document(markup, PageRules(item="li", image="img")).entries
    assert (entry.url, entry.image) == ("https://www.other.example/a/1", "https://www.other.example/a/i.png")


def test_hidden_and_private_links_are_passed_over() -> None:
    markup = '<li><a href="javascript:x">A</a><a href="http://10.0.0.1/">B</a><a href="/1">C</a></li>'
    (entry,) = document(markup, PageRules(item="li", title="a:last-child")).entries
    assert (entry.url, entry.title) == ("https://www.harbour.example/1", "C")


def test_limits() -> None:
    item = '<li><a href="/{}">T</a></li>'
    found = document("".join(item.format(n) for n in range(700)), PageRules(item="li"))
    assert (len(found.entries), found.note) == (500, "The page lists 700 items: the first 500 were read.")
    assert refused(b"x" * (5 * 1024 * 1024 + 1), PageRules(item="li")).kind is FailureKind.TOO_LARGE
    assert refused("<div>" * 100_000 + item, PageRules(item="li")).kind is FailureKind.HOSTILE
    nested = "".join(f'<div class=i><a href="/{n}">T</a>' for n in range(1500))
    assert len(document(nested, PageRules(item=".i", summary=".i")).entries) == 500


@pytest.mark.parametrize(
    ("rule", "selector", "attribute"),
    [
        ("time@datetime", "time", "datetime"),
        ("img@data-src", "img", "data-src"),
        ("@href", "", "href"),
        ("h3 a", "h3 a", None),
        ('a[href*="@ann"]', 'a[href*="@ann"]', None),
    ],
)
def test_selectors_with_attributes(rule: str, selector: str, attribute: str | None) -> None:
    assert selector_of(rule) == (selector, attribute)


@pytest.mark.parametrize(
    ("text", "language", "moment"),
    [
        ("2 days ago", "en", "2026-11-21T10:30"),
        ("2h", "en", "2026-11-23T08:30"),
        ("5 min", None, "2026-11-23T10:25"),
        ("an hour ago", "en", "2026-11-23T09:30"),
        ("2w ago", "en", "2026-11-09T10:30"),
        ("3 mo ago", "en", "2026-08-23T10:30"),
        ("hace un mes", "es", "2026-10-23T10:30"),
        ("a year ago", "en", "2025-11-23T10:30"),
        ("3:45 PM", "en", "2026-11-22T15:45"),
        ("just now", "en", "2026-11-23T10:30"),
        ("Posted 3 hours ago", "en", "2026-11-23T07:30"),
        ("Asia | 3 hours ago", "en", "2026-11-23T07:30"),
        ("By Ann Lee · 19 May 2025", "en", "2025-05-19T00:00"),
        ("Updated: 19 May 2025, 10:20 GMT+8", "en", "2025-05-19T02:20"),
        ("yesterday", "en", "2026-11-22T10:30"),
        ("Mon 12 May", "en", "2026-05-12T00:00"),
        ("Dec 25", "en", "2025-12-25T00:00"),
        ("12:40", "en", "2026-11-22T12:40"),
        ("09:40", "en", "2026-11-23T09:40"),
        ("19-05-2025", "es", "2025-05-19T00:00"),
        ("03-05-2025", "es", "2025-05-03T00:00"),
        ("2025-05-03", "es", "2025-05-03T00:00"),
        ("2025/05/03", "es", "2025-05-03T00:00"),
        ("hace 3 horas", "es-mx", "2026-11-23T07:30"),
        ("vor 2 Tagen", "de", "2026-11-21T10:30"),
        ("Gestern 18:05", "de", "2026-11-22T18:05"),
        ("08.11.2026", "de", "2026-11-08T00:00"),
        ("il y a 3 heures", "fr", "2026-11-23T07:30"),
        ("à 09h40", "fr", "2026-11-23T09:40"),
        ("há 3 horas", "pt-br", "2026-11-23T07:30"),
        ("12 часов назад", "ru", "2026-11-22T22:30"),
        ("3시간 전", "ko", "2026-11-23T07:30"),
        ("3 小时前", "zh", "2026-11-23T07:30"),
        ("2026年11月22日", "ja", "2026-11-22T00:00"),
        ("3 hours ago", "xx", "2026-11-23T07:30"),
        ("11/23 09:30", "ja", "2026-11-23T09:30"),
        ("11/22(日) 09:30", "ja", "2026-11-22T09:30"),
        ("11月22日 09:30", "ja", "2026-11-22T09:30"),
        ("26/11/22", "ja", "2026-11-22T00:00"),
        ("11-22 09:30", "zh", "2026-11-22T09:30"),
        ("26.11.22", "ko", "2026-11-22T00:00"),
        ("11.22. 09:30", "hu", "2026-11-22T09:30"),
        ("22 nov 09:30", "sv", "2026-11-22T09:30"),
        ("5/11 09:30", "sv", "2026-11-05T09:30"),
        ("hoje às 9h30", "pt", "2026-11-23T09:30"),
        ("ontem às 14h30", "pt", "2026-11-22T14:30"),
        ("22 de novembro de 2026 às 14h30", "pt", "2026-11-22T14:30"),
        ("22 พ.ย. 2569 09:30", "th", "2026-11-22T09:30"),
        ("2026-11-22T10:00:00+08:00", "en", "2026-11-22T02:00"),
        ("2026-11-22T10:00:00.000Z", "en", "2026-11-22T10:00"),
        ("Politics", "en", None),
        ("10", "en", None),
        ("2025", "en", None),
        ("", "en", None),
        (" | ", "en", None),
        ("25:61", "en", None),
        ("31 Feb 2026", "en", None),
        ("0001-01-01", "en", None),
        ("1970-01-01", "en", None),
        ("9" * 5000, "en", None),
        ("999999 years ago", "en", None),
    ],
)
def test_dates_as_people_write_them(text: str, language: str | None, moment: str | None) -> None:
    found = page_dates.read(text, now=NOW, language=language, order=page_dates.order(None, language), timezone="UTC")
    assert (found.strftime("%Y-%m-%dT%H:%M") if found else None) == moment


@pytest.mark.parametrize(
    ("country", "language", "order"),
    [("US", "en", "MDY"), ("PH", "en", "MDY"), ("GB", "en", "DMY"), (None, "en", "DMY"), (None, "ja", "YMD"),
     ("HU", "hu", "YMD"), ("MX", "es", "DMY"), ("IN", None, "DMY"), (None, None, "DMY"), ("GB", "zh", "DMY")],
)  # fmt: skip
def test_the_order_of_dates_in_digits(country: str | None, language: str | None, order: str) -> None:
    assert page_dates.order(country, language) == order


def test_times_are_those_of_the_pages_zone() -> None:
    for text, zone, moment in (
        ("12:40", "Asia/Manila", datetime(2026, 11, 23, 4, 40, tzinfo=UTC)),
        ("23 Nov 2026 17:00", "Asia/Manila", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("2026-11-23T17:00", "Asia/Manila", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("2 hours ago", "America/Lima", NOW - timedelta(hours=2)),
    ):
        assert page_dates.read(text, now=NOW, language="en", order="DMY", timezone=zone) == moment


@given(
    st.text(st.characters(), max_size=80) | st.from_regex(r"[0-9 .:/a-z-]{1,30}", fullmatch=True),
    st.sampled_from(["en", "es", "de", "ar", "zh", "th", None]),
    st.sampled_from(page_dates.ORDERS),
)
def test_any_text_is_a_date_or_none(text: str, language: str | None, order: str) -> None:
    found = page_dates.read(text, now=NOW, language=language, order=order, timezone="Asia/Manila")
    assert found is None or found.tzinfo is UTC


@given(
    st.integers(0, 3000), st.integers(0, 200), st.binary(max_size=12), st.sampled_from(["cards", "table", "aggregator"])
)
def test_any_bytes_and_any_damage(place: int, length: int, damage: bytes, name: str) -> None:
    whole = (PAGES / f"{name}.html").read_bytes()
    for rules in (CARDS, TABLE, AGGREGATOR, PageRules(item="*", date="*", outlet="@class", image="*")):
        for body in (whole[:place] + damage + whole[place + length :], damage):
            assert isinstance(read(body, rules), Document | FetchFailed)


@given(st.text(max_size=20))
def test_any_selector(selector: str) -> None:
    try:
        tree.check(selector)
    except tree.BadSelector:
        assert isinstance(read("<p>x", PageRules(item=selector)), FetchFailed)
    else:
        assert isinstance(read("<p>x", PageRules(item=selector)), Document | FetchFailed)
