"""The feeds of the pages: valid in every form, and read back as what the page shows."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import feedparser
import pytest

from bot.feeds.parse_document import parse_document
from bot.model import Document
from bot.services import trends
from bot.web.address import FEEDS, Form
from bot.web.feeds_out import MEDIA, TYPES
from tests.web.conftest import EXAMPLE, HOSTILE, SLASHED, TOKYO, ZEITUNG, Site
from tests.web.feed_rules import CHECKS, A, check_atom, check_json, check_rss

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLACES = (
    "/news",
    "/tag/securitycooperation",
    "/tag/fighterjets",
    "/tag/economy",
    "/country/jp",
    f"/outlet/{quote(SLASHED, safe='')}",
    "/search",
    "/topics",
    "/story",
)


def address(site: Site, place: str, form: Form) -> str:
    if place == "/story":
        return f"/story/{site.ids[EXAMPLE[0].entry.title]}.{form}"
    return f"{place}.{form}" + ("?q=pact" if place == "/search" else "")


def untagged(title: str) -> str:
    """A headline without its tags, which our own reader takes off where a form does not say that it is plain text."""
    return re.sub("<script>.*?</script>|<[^<>]*>", "", unescape(title)).strip()


async def fetched(site: Site, place: str, form: Form) -> bytes:
    got = await site.get(address(site, place, form))
    assert got.status == 200, got.text
    assert got.headers["Content-Type"] == f"{TYPES[form]}; charset=utf-8"
    return got.text.encode()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", FEEDS)
async def test_the_feed_of_every_page_is_valid(site: Site, place: str, form: Form) -> None:
    CHECKS[form](await fetched(site, place, form))


@pytest.mark.parametrize("place", [place for place in PLACES if place != "/topics"])
async def test_two_readers_find_in_each_form_the_same_that_the_page_shows(site: Site, place: str) -> None:
    told: list[list[tuple[object, ...]]] = []
    for form in FEEDS:
        body = await fetched(site, place, form)
        here = frozenset({(site.url.host or "", site.url.port)})
        ours = parse_document(body, url=str(site.url), content_type=TYPES[form], allow_private_links=here)
        assert isinstance(ours, Document)
        assert ours.note is None
        told.append([(one.guid, untagged(one.title), one.url, one.published_at) for one in ours.entries])
        if form is not Form.JSON:
            theirs = feedparser.parse(body)
            assert not theirs.bozo, theirs.get("bozo_exception")
            assert [entry.id for entry in theirs.entries] == [one.guid for one in ours.entries]
            assert [entry.link for entry in theirs.entries] == [one.url for one in ours.entries]
    assert told[0] == told[1] == told[2]
    assert told[0]


async def test_an_entry_says_what_the_card_says(site: Site) -> None:
    root = check_atom(await fetched(site, "/country/jp", Form.ATOM))
    first, *_, last = root.findall(f"{A}entry")
    assert (first.findtext(f"{A}title"), first.get("{http://www.w3.org/XML/1998/namespace}lang")) == (
        TOKYO[0].entry.title,
        "ja",
    )
    assert last.findtext(f"{A}title") == EXAMPLE[0].entry.title
    assert last.findtext(f"{A}summary") == EXAMPLE[0].entry.summary
    assert last.findtext(f"{A}author/{A}name") == "The Example"
    assert [node.get("term") for node in last.findall(f"{A}category")] == [
        *("Politics", "securitycooperation", "shipping", "Japan", "Philippines", "China")
    ]
    assert last.find(f"{{{MEDIA}}}thumbnail").get("url") == "https://pictures.example/pact.jpg"
    assert last.findtext(f"{A}id") == f"tag:127.0.0.1,2026-01-01:item/{site.ids[EXAMPLE[0].entry.title]}"
    assert root.findtext(f"{A}title") == "Latest news about Japan"


async def test_ids_are_the_same_in_every_form_and_feed(site: Site) -> None:
    title = ZEITUNG[0].entry.title
    found = set()
    for place in ("/news", "/tag/securitycooperation", "/country/jp", "/story"):
        root = check_atom(await fetched(site, place, Form.ATOM))
        channel = check_rss(await fetched(site, place, Form.RSS))
        feed = check_json(await fetched(site, place, Form.JSON))
        found |= {node.findtext(f"{A}id") for node in root.findall(f"{A}entry") if node.findtext(f"{A}title") == title}
        found |= {node.findtext("guid") for node in channel.findall("item") if node.findtext("title") == title}
        found |= {item["id"] for item in feed["items"] if item["title"] == title}
    assert len(found) == 1


async def test_a_feed_without_a_new_entry_is_the_same_feed(own_site: Site) -> None:
    site = own_site
    first = [await site.get(f"/tag/economy.{form}") for form in FEEDS]
    site.clock.move(timedelta(days=3))
    again = [
        await site.get(f"/tag/economy.{form}", If_None_Match=one.headers["ETag"])
        for form, one in zip(FEEDS, first, strict=True)
    ]
    assert [one.status for one in again] == [304, 304, 304]


async def test_hostile_titles_stay_text(site: Site) -> None:
    shown = HOSTILE.replace("\u202e", "").replace("\u202c", "")
    root = check_atom(await fetched(site, "/tag/securitycooperation", Form.ATOM))
    (entry,) = [one for one in root.findall(f"{A}entry") if one.findtext(f"{A}title") == shown]
    assert entry.find(f"{A}title").get("type") in (None, "text")
    channel = check_rss(await fetched(site, "/tag/securitycooperation", Form.RSS))
    (item,) = [one for one in channel.findall("item") if "onmouseover" in one.findtext("title")]
    for name in ("title", "description"):
        assert "<" not in item.findtext(name), "some readers of RSS take it for markup"


async def test_what_rises_is_an_entry_a_day(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trends, "ITEMS", 1)
    monkeypatch.setattr(trends, "RATIO", 0.1)
    monkeypatch.setattr("bot.news.emerging.SURPRISE", -9.0)
    site.outdate()
    root = check_atom(await fetched(site, "/topics", Form.ATOM))
    for entry in root.findall(f"{A}entry"):
        assert re.fullmatch(r"tag:127\.0\.0\.1,2026-01-01:rising/2026-11-2\d/\w+", entry.findtext(f"{A}id"))
