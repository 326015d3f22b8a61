"""The web pages as a browser gets them: one address for each, its cards, its filters, its errors, its pages in turn."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from selectolax.lexbor import LexborHTMLParser

from bot.model import OPERATOR
from bot.web.make import PAGE_SIZE
from tests.support import LEASE, poll
from tests.web.conftest import EXAMPLE, HOSTILE, LONG, RTL, SLASHED, TOKYO, ZEITUNG, Site, news

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVERY = (
    "/",
    "/?topic=securitycooperation&country=Japan&since=30d",
    "/tag/securitycooperation",
    "/tag/fighterjets",
    "/country/jp",
    "/outlet/The%20Example",
    f"/outlet/{quote(SLASHED, safe='')}",
    "/search?q=pact",
    "/search",
    "/topics",
    "/topics?since=30d",
    "/sources",
)


def tree(text: str) -> LexborHTMLParser:
    return LexborHTMLParser(text)


def texts(text: str, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in tree(text).css(selector)]


def attributes(text: str, selector: str, name: str) -> list[str]:
    return [str(node.attributes[name]) for node in tree(text).css(selector)]


async def story(site: Site) -> str:
    return f"/story/{site.ids[EXAMPLE[0].entry.title]}"


async def test_a_tag_page_is_as_the_model(site: Site) -> None:
    page = await site.page("/tag/securitycooperation")
    assert texts(page, "h1") == ["Latest news with #securitycooperation"]
    assert texts(page, "head > title") == ["Latest news with #securitycooperation · Dateline"]
    assert texts(page, ".count") == ["54 items, newest first, page 1 of 3"]
    assert texts(page, ".card h2")[:4] == [TOKYO[0].entry.title, ZEITUNG[0].entry.title, *_first_of_example()]
    card = next(node for node in tree(page).css(".card") if EXAMPLE[0].entry.title in node.text())
    assert [" ".join(node.text().split()) for node in card.css(".outlet, .age, .category")] == [
        "The Example",
        "2 hours ago",
        "Politics",
    ]
    (link,) = card.css("h2 a")
    assert link.attributes["href"] == EXAMPLE[0].entry.url
    assert link.attributes["rel"] == "noopener nofollow"
    assert [node.attributes["href"] for node in card.css(".tags a")] == [
        "/country/jp",
        "/country/ph",
        "/tag/securitycooperation",
        "/tag/shipping",
    ]
    assert "🇯🇵 Japan" in card.text()
    (image,) = card.css("img")
    assert image.attributes["src"] == "https://pictures.example/pact.jpg"
    assert image.attributes["referrerpolicy"] == "no-referrer"
    assert image.attributes["loading"] == "lazy"
    assert [node.text() for node in card.css(".extract")] == [EXAMPLE[0].entry.summary]


def _first_of_example() -> list[str]:
    return [EXAMPLE[0].entry.title, _shown(HOSTILE)]


def _shown(title: str) -> str:
    """A headline without its marks of direction."""
    return title.replace("\u202e", "").replace("\u202c", "")


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("/tag/security%20cooperation", "/tag/securitycooperation"),
        ("/tag/security-co-operation", "/tag/securitycooperation"),
        ("/tag/SecurityCooperation", "/tag/securitycooperation"),
        ("/tag/%23securitycooperation", "/tag/securitycooperation"),
        ("/tag/SecurityCooperation.atom?since=7d", "/tag/securitycooperation.atom?since=7d"),
        ("/tag/fighter%20jets", "/tag/fighterjets"),
        ("/tag/Japan", "/country/jp"),
        ("/country/Japan", "/country/jp"),
        ("/country/JPN", "/country/jp"),
        ("/country/NATO", "/country/x-nato"),
        ("/outlet/the%20example", "/outlet/The%20Example"),
        ("/?country=&topic=economy&page=1", "/?topic=economy"),
        ("/?topic=&country=", "/"),
    ],
)
async def test_however_a_subject_is_written_there_is_one_address(site: Site, typed: str, right: str) -> None:
    got = await site.get(typed)
    assert (got.status, got.headers["Location"]) == (301, right)
    assert (await site.get(right)).status == 200 or right.endswith("x-nato")


async def test_every_report_of_a_story_leads_to_its_one_page_with_the_first_report(site: Site) -> None:
    first = site.ids[EXAMPLE[0].entry.title]
    for later in (ZEITUNG[0], TOKYO[0]):
        number = site.ids[later.entry.title]
        got = await site.get(f"/story/{number}")
        assert (got.status, got.headers["Location"]) == (301, f"/story/{first}#r{number}")
    page = await site.page(f"/story/{first}")
    assert texts(page, "#reports") == ["3 reports of 3 outlets"]
    assert texts(page, ".timeline .outlet") == ["The Example", SLASHED, "東京新聞"]
    assert texts(page, ".timeline .by .note") == ["first report", "1 hour later", "1 hour later"]
    assert texts(page, ".timeline li > .note")[0] == "Tied by Manila · Japan · #securitycooperation"
    assert attributes(page, ".timeline [lang]", "lang") == ["en", "de", "ja"]


async def test_the_front_page_shows_the_stories_and_topics_of_the_day(site: Site) -> None:
    page = await site.page("/")
    assert texts(page, "#top + ol a") == [EXAMPLE[0].entry.title]
    assert texts(page, "#top + ol .note") == [f"3 outlets: The Example, {SLASHED}, 東京新聞"]
    assert "#securitycooperation" in texts(page, "#big + ul a")
    assert "Top stories" not in await site.page("/?topic=economy")


async def test_a_country_page_has_what_is_about_it_and_on_request_what_names_it(site: Site) -> None:
    assert len(texts(await site.page("/country/jp"), ".card")) == 3
    assert texts(await site.page("/country/cn"), ".meaning") == ["What only mentions China is among it."]
    assert texts(await site.page("/country/jp?mentions=true"), "h1") == ["Latest news about Japan"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("category=business", ["Zinsen bleiben"]),
        ("language=German&topic=economy", ["Zinsen bleiben"]),
        ("published_in=Japan&country=Lebanon", [RTL]),
        ("outlet=%E6%9D%B1%E4%BA%AC%E6%96%B0%E8%81%9E&topic=ceasefire", [RTL]),
        ("filter=%23ceasefire+OR+%23economy", [RTL, "Zinsen bleiben"]),
        ("since=2h&country=PH&mentions=true", [TOKYO[0].entry.title, EXAMPLE[0].entry.title]),
    ],
)
async def test_the_filters_of_the_slash_command_stand_in_the_address(site: Site, query: str, found: list[str]) -> None:
    page = await site.page(f"/?{query}")
    assert sorted(texts(page, ".card h2")) == sorted(found)
    # The form shows what is set, so that it can be changed.
    said = dict(part.split("=") for part in query.split("&"))
    for name in said:
        shown = tree(page).css(f".filters [name={name}]")
        assert shown, name
        values = [str(node.attributes.get("value")) for node in shown]
        chosen = [node.text().strip() for node in tree(page).css(f".filters select[name={name}] option[selected]")]
        assert any(values) or chosen


async def test_the_biggest_stories_come_first_on_request_each_once(site: Site) -> None:
    page = await site.page("/tag/securitycooperation?sort=biggest&since=2d")
    assert texts(page, "h1") == ["Biggest stories with #securitycooperation"]
    assert texts(page, ".card h2")[0] == EXAMPLE[0].entry.title
    assert texts(page, ".card .note") == [f"also in {SLASHED}, 東京新聞"]
    assert "stories, those that most outlets tell first" in texts(page, ".count")[0]
    assert not tree(page).css(".chart")
    assert (await site.get("/?sort=Newest")).status == 200
    assert "“sort” is one of newest, biggest, relevant." in (await site.get("/?sort=oldest")).text


async def test_the_most_relevant_come_first_on_request(site: Site) -> None:
    page = await site.page("/tag/securitycooperation?sort=relevant")
    assert texts(page, "h1") == ["Most relevant news with #securitycooperation"]
    assert EXAMPLE[0].entry.title in texts(page, ".card h2")
    assert "most relevant first" in texts(page, ".count")[0]
    assert texts(page, ".filters select[name=sort] option[selected]") == ["most relevant first"]
    assert (await site.get("/?sort=relevant")).status == 400


async def test_search_takes_words_and_phrases_and_the_filters(site: Site) -> None:
    assert texts(await site.page("/search?q=pact+sign"), ".card h2") == [EXAMPLE[0].entry.title]
    assert texts(await site.page("/search?q=%22sign+pact%22"), ".card h2") == []
    assert texts(await site.page("/search?q=zinsen&category=Sport"), ".none") != []
    assert "Give words above" in await site.page("/search")
    assert attributes(await site.page("/search?q=%22a+b%22"), "#q", "value") == ['"a b"']


async def test_pages_do_not_shift_as_news_comes_in(own_site: Site) -> None:
    site = own_site
    page, seen = await site.page("/tag/securitycooperation"), []
    seen += texts(page, ".card h2")
    (source,) = [one for one in await site.house.watch.visible(OPERATOR) if one.outlet.name == "The Example"]
    claim = await site.house.sources.claim_source(source.id, "w", LEASE, now=site.clock.now())
    assert claim is not None
    late = [news(f"Just in {number}", at=site.clock.now()) for number in range(3)]
    await site.house.sources.finish(claim, poll(*late, now=site.clock.now()), now=site.clock.now())
    site.outdate()
    assert texts(await site.page("/tag/securitycooperation"), ".card h2")[0].startswith("Just in")
    while following := attributes(page, "a[rel=next]", "href"):
        page = await site.page(following[0])
        seen += texts(page, ".card h2")
        assert 'name="robots" content="noindex' in page
    assert len(seen) == len(set(seen)) == 54
    assert len(seen) > 2 * PAGE_SIZE
    assert attributes(page, "a[rel=prev]", "href")[0].startswith("/tag/securitycooperation?page=2&newest=")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nothing", 404, "There is no such page."),
        ("/tag/", 404, "There is no such page."),
        ("/a/b/c", 404, "There is no such page."),
        ("/.atom", 404, "There is no such page."),
        ("/tag/securitycooperatoin", 404, "Nothing is called “securitycooperatoin”."),
        ("/tag/qqqqqq", 404, "Nothing in the memory carries or holds “qqqqqq”."),
        ("/tag/%00", 400, "That holds no letter or digit"),
        ("/country/atlantis", 404, "is no country I know"),
        ("/outlet/Nobody", 404, "No outlet here is called “Nobody”."),
        ("/story/1", 404, "That story is not in the memory any more."),
        ("/story/99999999999999999999999", 404, "A story is named by its number"),
        ("/story/x", 404, "A story is named by its number"),
        ("/?category=weather", 400, "There are: General, Politics"),
        ("/?country=atlantis", 400, "is no country I know"),
        ("/?since=tomorrow", 400, "is no time I know"),
        ("/?mentions=maybe", 400, "“mentions” is true, or left out."),
        ("/?topic=a&topic=b", 400, "“topic” stands in the address twice"),
        ("/?page=0", 400, "“page” must be a number"),
        ("/?page=-1", 400, "“page” must be a number"),
        ("/?page=2&newest=99999999999999999999", 400, "“newest” must be a number"),
        ("/tag/securitycooperation?page=9", 404, "This list has 3 pages."),
        ("/tag/securitycooperation?topic=economy", 400, "This page is of one topic already"),
        ("/search?q=%21%21", 400, "There is no word in that"),
        (f"/search?q={'x' * 201}", 400, "200 is the most"),
        ("/search.atom", 400, "A feed of a search needs its words"),
        ("/topics?since=2h", 400, "“since” is one of 24h, 7d, 30d here."),
        (f"/?{'&'.join(f'a{n}=1' for n in range(99))}", 400, "more than 40 parameters"),
        (f"/tag/{'x' * 600}", 414, "That address is too long"),
        (f"/?filter={'x' * 3000}", 414, "That address is too long"),
    ],
)
async def test_an_error_is_a_page_that_says_what_to_do(site: Site, path: str, status: int, said: str) -> None:
    got = await site.get(path)
    assert got.status == status, got.text
    assert said in texts(got.text, "main")[0]
    assert "Traceback" not in got.text
    assert got.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in got.headers["Content-Security-Policy"]
    assert got.headers["Cache-Control"] == "no-store"


async def test_a_near_miss_leads_to_what_may_have_been_meant(site: Site) -> None:
    page = (await site.get("/tag/securitycooperatoin")).text
    assert "/tag/securitycooperation" in attributes(page, "main a", "href")


async def test_a_wrong_filter_is_pointed_at(site: Site) -> None:
    got = await site.get("/?filter=%23trade+(country%3AJP")
    assert got.status == 400
    assert "^" in texts(got.text, "pre")[0]


async def test_nobody_sees_what_one_server_alone_sees(site: Site) -> None:
    secret = site.ids["Secret of a server"]
    for path in ("/", "/country/jp", "/search?q=secret", "/news.json", "/sources", "/sources.opml"):
        got = await site.get(path)
        assert "Secret of a server" not in got.text
        assert "Server’s Own" not in got.text
    assert (await site.get(f"/story/{secret}")).status == 404
    assert (await site.get("/outlet/Server%E2%80%99s%20Own")).status == 404


async def test_sources_are_listed_without_logins_and_keys(site: Site) -> None:
    page, opml = await site.page("/sources"), await site.page("/sources.opml")
    assert texts(page, ".sources tbody th a") == [SLASHED, "The Example", "東京新聞"]
    assert "3 sources are watched" in page
    for text in (page, opml):
        assert "hunter" not in text
        assert "Paying" not in text
        assert "Keyed" not in text
    assert 'xmlUrl="https://zeitung.example/feed"' in opml
    assert (await site.get("/sources.opml")).headers["Content-Type"] == "text/x-opml; charset=utf-8"


async def test_a_chart_tells_items_a_day_in_bars_words_and_a_table(site: Site) -> None:
    page = await site.page("/outlet/%E6%9D%B1%E4%BA%AC%E6%96%B0%E8%81%9E")
    assert len(texts(page, ".chart tbody tr")) == 30
    assert texts(page, ".chart tbody tr")[0] == "23 November2"
    assert attributes(page, ".chart svg", "aria-label") == ["2 items in 30 days; most on 23 November: 2"]
    assert len(tree(page).css(".chart rect")) == 1
    both = await site.page("/tag/securitycooperation")
    assert sum(int(row.partition("November")[2] or 0) for row in texts(both, ".chart tbody tr")) >= 54
    assert not tree(await site.page("/tag/securitycooperation?since=7d")).css(".chart")


async def test_hostile_text_stands_as_it_was_written(site: Site) -> None:
    for path in ("/", "/tag/securitycooperation", f"/story/{site.ids[HOSTILE]}", "/outlet/The%20Example"):
        page = await site.page(path)
        assert not tree(page).css("script"), path
        assert "\u202e" not in page
        assert "{{" in page or path == "/outlet/The%20Example"
        for node in tree(page).css("*"):
            assert not [name for name in node.attributes if name.startswith("on") or name == "style"]
    assert _shown(HOSTILE) in texts(await site.page("/tag/securitycooperation"), ".card h2")
    typed = await site.page("/search?q=%3Cscript%3Ealert(1)%3C/script%3E+%22%20onfocus=%22x")
    assert not tree(typed).css("script")
    assert not [node for node in tree(typed).css("input") if "onfocus" in node.attributes]


async def test_only_web_links_are_links_and_only_https_pictures_are_shown(site: Site) -> None:
    page = await site.page("/tag/fighterjets")
    assert not tree(page).css(".card h2 a"), "it has no link"
    every = await site.page("/tag/securitycooperation")
    for source in attributes(every, "img", "src"):
        assert source.startswith("https://")
    for href in attributes(every, "a", "href"):
        assert re.match(r"https?://|/|#", href), href


async def test_text_says_in_which_language_and_direction_it_is(site: Site) -> None:
    page = await site.page("/tag/ceasefire")
    (headline,) = tree(page).css(".card h2 a")
    assert (headline.attributes["lang"], headline.attributes["dir"]) == ("ar", "auto")


async def test_ages_are_told_in_words_and_dates_after_a_week(site: Site) -> None:
    page = await site.page("/tag/fighterjets")
    assert attributes(page, ".card time", "datetime") == ["2026-11-14T12:00:00Z"]
    assert texts(page, ".card time") == ["14 November 2026"]


@pytest.mark.parametrize("path", EVERY)
async def test_every_page_is_complete(site: Site, path: str) -> None:
    page = await site.page(path)
    whole = tree(page)
    assert len(whole.css("h1")) == 1
    assert len(whole.css("main")) == 1
    ids = [str(node.attributes["id"]) for node in whole.css("[id]")]
    assert len(ids) == len(set(ids))
    assert attributes(page, "html", "lang") == ["en"]
    assert not whole.css("script, style, iframe, object, [style]")
    for node in whole.css("input:not([type=hidden]), select"):
        labelled = node.parent is not None and node.parent.tag == "label"
        assert labelled or whole.css(f"label[for={node.attributes.get('id')}]")
    for node in whole.css("img, svg"):
        assert "alt" in node.attributes or "aria-label" in node.attributes
    for reference in attributes(page, "[aria-labelledby]", "aria-labelledby"):
        assert reference in ids
    if path != "/search":
        assert {"application/atom+xml", "application/rss+xml", "application/feed+json"} <= set(
            attributes(page, "link[rel=alternate]", "type")
        )
        for href in attributes(page, "link[rel=alternate]", "href"):
            assert (await site.get(href)).status == 200, href


async def test_every_link_of_ours_leads_somewhere(site: Site) -> None:
    found = set()
    for path in (*EVERY, await story(site)):
        found |= {href for href in attributes(await site.page(path), "a, link", "href") if href.startswith("/")}
    assert len(found) > 40
    for href in found:
        got = await site.get(href)
        assert got.status == 200 or (got.status == 301 and href.startswith("/story/")), (href, got.status)


async def test_a_long_word_is_cut_for_a_card(site: Site) -> None:
    page = await site.page("/outlet/The%20Example")
    assert max(len(text) for text in texts(page, ".card h2")) <= 300
    assert LONG[:200] in page


async def test_a_page_is_as_new_as_its_ages_say(own_site: Site) -> None:
    site = own_site
    before = await site.get("/tag/ceasefire")
    site.clock.move(timedelta(hours=2))
    after = await site.get("/tag/ceasefire")
    assert before.headers["ETag"] != after.headers["ETag"]
    assert texts(before.text, ".card time") != texts(after.text, ".card time")
