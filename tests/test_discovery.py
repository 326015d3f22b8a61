"""Discovery over loopback: from any address of a site to its feeds, within few requests and never to a private host."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.clock import SystemClock
from bot.errors import UserError
from bot.feeds.fetch import Fetcher, make_session
from bot.feeds.guard import AddressPolicy
from bot.feeds.parse import Parser
from bot.services.discovery import REQUESTS, Candidate, feeds_of, proposed_country, spelled_out
from bot.workers.reading import Reader
from tests.loopback import Web
from tests.test_ingest import JETS, PACT, VOTES, rss

with_the_site = pytest.mark.asyncio(loop_scope="module")


class Site:
    """A site on loopback, and who looks for its feeds."""

    def __init__(self, web: Web, reader: Reader, policy: AddressPolicy) -> None:
        self.web = web
        self._reader, self._policy = reader, policy

    async def feeds(self, path: str = "/") -> tuple[Candidate, ...]:
        return await feeds_of(self._reader, self._policy, self.web.url(path))

    def page(self, *links: str, path: str = "/") -> None:
        head = "".join(f'<link rel="alternate" type="application/rss+xml" href="{link}">' for link in links)
        self.web.answer(
            path, f"<!doctype html><html><head>{head}</head><body>Hello</body></html>", content_type="text/html"
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_site() -> AsyncIterator[Site]:
    """One for all tests: each process that parses takes 0.2 s to start, the one that tells languages 0.7 s."""
    async with Web() as web:
        policy = AddressPolicy.of([web.allowed])
        async with (
            make_session(policy) as session,
            Parser(workers=1, allow_private_links=policy.allow_private) as parser,
        ):
            yield Site(web, Reader(Fetcher(session, policy), parser, SystemClock()), policy)


@pytest.fixture
def site(one_site: Site) -> Site:
    """A site without pages, that nobody asked yet."""
    one_site.web.forget()
    return one_site


@with_the_site
async def test_a_feeds_own_address_is_that_feed(site: Site) -> None:
    site.web.answer("/f", rss(PACT, JETS, head="<language>pt-BR</language>"))
    (feed,) = await site.feeds("/f")
    assert (feed.url, feed.title, feed.newest, feed.items) == (site.web.url("/f"), "F", PACT[0], 2)
    assert (feed.language, feed.country) == ("pt-br", "BR")
    assert len(site.web.requests) == 1


@with_the_site
async def test_the_feeds_that_a_page_names_are_read_and_those_that_cannot_be_are_left_out(site: Site) -> None:
    site.page("/world", "/asia", "/broken", "/again")
    site.web.answer("/world", rss(PACT))
    site.web.answer("/asia", rss(JETS))
    site.web.answer("/broken", "no", status=500)
    site.web.answer("/again", rss(PACT))
    assert [(feed.url, feed.newest) for feed in await site.feeds()] == [
        (site.web.url("/world"), PACT[0]),
        (site.web.url("/asia"), JETS[0]),
    ]


@with_the_site
async def test_where_a_page_names_none_the_usual_paths_are_tried(site: Site) -> None:
    site.page()
    site.web.answer("/rss.xml", rss(VOTES))
    assert [feed.url for feed in await site.feeds()] == [site.web.url("/rss.xml")]


@with_the_site
async def test_where_there_are_none_it_says_so_after_few_requests(site: Site) -> None:
    site.page()
    with pytest.raises(UserError, match="web page"):
        await site.feeds()
    assert len(site.web.requests) <= REQUESTS


@with_the_site
async def test_a_site_that_cannot_be_read_is_said_in_its_own_words(site: Site) -> None:
    site.web.answer("/", "no", status=403)
    with pytest.raises(UserError, match="403"):
        await site.feeds()


@with_the_site
@pytest.mark.parametrize("private", ["http://127.0.0.2/f", "http://localhost/f", "http://10.0.0.1/f", "//0x7f.1/f"])
async def test_s17_a_private_address_that_a_page_names_is_not_fetched(site: Site, private: str) -> None:
    site.page(private, "/ok")
    site.web.answer("/ok", rss(PACT))
    assert [feed.url for feed in await site.feeds()] == [site.web.url("/ok")]


@with_the_site
@pytest.mark.parametrize(
    "typed", ["http://127.0.0.1/", "localhost", "0x7f.1", "10.0.0.1", "http://[::1]/", "file:///x"]
)
async def test_s01_a_private_address_is_refused_before_any_request(site: Site, typed: str) -> None:
    policy = AddressPolicy()
    with pytest.raises(UserError):
        await feeds_of(site._reader, policy, typed)
    assert site.web.requests == []


def test_an_address_as_people_type_it() -> None:
    assert spelled_out(" example.org ") == "https://example.org"
    assert spelled_out("<http://example.org/a>") == "http://example.org/a"
    assert spelled_out("feed:https://example.org") == "feed:https://example.org"


@pytest.mark.parametrize(
    ("url", "language", "code"),
    [
        ("https://www.asahi.jp/rss", "ja", "JP"),
        ("https://news.example.co.uk/rss", None, "GB"),
        ("https://news.example.com/rss", "pt-br", "BR"),
        ("https://news.example.com/rss", "es", None),
        ("https://news.example.io/rss", "en", None),
        ("https://news.example.tv/rss", "en-au", "AU"),
        ("https://127.0.0.1/rss", None, None),
    ],
)
def test_where_an_outlet_may_sit(url: str, language: str | None, code: str | None) -> None:
    assert proposed_country(url, language) == code
