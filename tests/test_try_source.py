"""`dateline sources try`, and pages of the catalogue: the real command line, against pages on loopback."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest

from tests import test_cli
from tests.loopback import Web
from tests.test_cli import Dateline, done, refused

terminal, web, dateline = test_cli.terminal, test_cli.web, test_cli.dateline
pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGES = Path(__file__).parent / "data" / "pages"
RULES = ("--item", ".feed .row", "--title", ".headline", "--link", "a.headline", "--date", ".age", "--outlet", ".src",
         "--category", ".cat", "--summary", ".extract")  # fmt: skip


@pytest.fixture
def page(web: Web) -> str:
    web.answer("/tag", (PAGES / "aggregator.html").read_bytes(), content_type="text/html; charset=utf-8")
    return web.url("/tag")


async def test_a_page_by_options_ends_with_its_entry_for_the_catalogue(
    dateline: Dateline,
    page: str,
    tmp_path: Path,
) -> None:
    out = done(
        await dateline(
            "sources",
            "try",
            page,
            *RULES,
            "--name",
            "Newsroom",
            "--language",
            "English",
            "--country",
            "Japan",
            COLUMNS="150",
        )
    )
    assert out.split("\n")[0].split() == ["Outlet", "Date", "Category", "Headline,", "link,", "extract"]
    assert "CNA" in out
    assert "2 days ago" in out
    assert "Japan, Philippines sign pact on security cooperation" in out
    assert "https://www.channelnewsasia.example/asia/pact-signed-901" in out
    assert "4 items. Nothing was stored.\n1 of 5 items have no link or no title, and were left out.\n" in out
    block = out[out.index("[[source]]") :]
    (source,) = tomllib.loads(block)["source"]
    assert source == {
        "outlet": "Newsroom",
        "url": page,
        "country": "JP",
        "language": "en",
        "page": {
            "item": ".feed .row",
            "title": ".headline",
            "link": "a.headline",
            "date": ".age",
            "outlet": ".src",
            "category": ".cat",
            "summary": ".extract",
        },
    }
    assert [name for name in os.listdir(tmp_path) if not name.startswith(".")] == [], "nothing is stored"

    (tmp_path / "own.toml").write_text(block)
    told = json.loads(done(await dateline("sources", "try", page, "--catalogue", str(tmp_path / "own.toml"), "--json")))
    assert [item["outlet"] for item in told["items"]] == [
        "CNA",
        "The New York Times",
        "South China Morning Post",
        "Newsroom",
    ]
    assert told["items"][0]["categories"] == ["Politics"]
    assert (told["problem"], told["toml"]) == (None, None)
    missing = await dateline("sources", "try", page + "x", "--catalogue", str(tmp_path / "own.toml"))
    assert "is not in" in refused(missing, 78)


async def test_a_feed_shows_its_entries(dateline: Dateline, web: Web) -> None:
    out = done(await dateline("sources", "try", web.url("/world.xml")))
    assert "Poland buys 32 fighter jets" in out
    assert "The Example" in out
    assert "4 items. Nothing was stored." in out
    assert "[[source]]" not in out


async def test_a_page_without_rules_tells_of_its_feeds_and_of_the_options(dateline: Dateline, web: Web) -> None:
    web.answer(
        "/", '<html><link rel="alternate" type="application/rss+xml" title="World" href="/world.xml"></html>',
        content_type="text/html",
    )  # fmt: skip
    ran = await dateline("sources", "try", web.url("/"))
    assert (ran.code, ran.err) == (1, "")
    feed = web.url("/world.xml")
    assert ran.out.startswith(f"This is a web page, not a feed; 1 feed was found in it: {feed}\n  {feed}  World\n")
    assert "--item CSS" in ran.out
    told = await dateline("sources", "try", web.url("/"), "--json")
    assert told.code == 1
    assert json.loads(told.out)["feeds"] == [{"url": feed, "title": "World"}]
    assert "Added 1: The Example" in (await dateline("sources", "add", web.url("/"))).out, "the one that it names"


async def test_nothing_taken_is_one_line(dateline: Dateline, web: Web, page: str) -> None:
    for arguments, said in (
        ((page, "--item", ".gone"), "The selector `.gone` finds nothing."),
        ((web.url("/nothing"),), "There is nothing at this address (404)"),
        ((web.url("/empty.json"),), "The feed can be read, but holds no items now."),
    ):
        web.answer("/empty.json", '{"version": "https://jsonfeed.org/version/1.1", "items": []}')
        ran = await dateline("sources", "try", *arguments)
        assert (ran.code, ran.err) == (1, "")
        (line,) = ran.out.splitlines()
        assert line.startswith(said)
    web.answer("/robots.txt", "User-agent: *\nDisallow: /tag", content_type="text/plain")
    ran = await dateline("sources", "try", page, "--item", ".row")
    assert (ran.code, ran.out.count("\n")) == (1, 1)
    assert "robots.txt" in ran.out
    assert "is no CSS selector" in refused(await dateline("sources", "try", page, "--item", "li["))
    assert "item is missing" in refused(await dateline("sources", "try", page, "--title", "a"))
    assert "private" in refused(await dateline("sources", "try", "http://10.0.0.1/"))
    assert "is no language" in refused(await dateline("sources", "try", page, "--language", "zzzzz"))


async def test_a_page_of_the_catalogue_from_polling_to_an_answer_and_mended_rules(
    dateline: Dateline,
    page: str,
    tmp_path: Path,
) -> None:
    catalogue = tmp_path / "own.toml"
    entry = f'[[source]]\noutlet = "Harbour tag page"\nurl = "{page}"\nlanguage = "en"\n[source.page]\nitem = "{{}}"\n'
    settings = {"DATELINE_CATALOGUE": str(catalogue)}
    catalogue.write_text(entry.format("article.gone"))
    polled = json.loads(done(await dateline("poll", "--once", "--json", **settings)))
    assert polled["problems"][0]["problem"].startswith(
        "The page has changed: the selector `article.gone` finds nothing"
    )
    assert json.loads(done(await dateline("poll", "--once", "--json", **settings)))["polled"] == 0

    catalogue.write_text(
        entry.format(".row") + 'title = ".headline"\nlink = ".headline"\noutlet = ".src"\ndate = ".age"\n'
    )
    polled = json.loads(done(await dateline("poll", "--once", "--json", **settings)))
    assert (polled["polled"], polled["failed"], polled["new"]) == (1, 0, 4)
    answer = json.loads(done(await dateline("news", "--outlet", "CNA", "--json")))
    assert [item["outlet"] for item in answer["items"]] == ["CNA"]
