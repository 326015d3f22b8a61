"""robots.txt by RFC 9309, over loopback."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from bot.feeds import robots
from bot.feeds.robots import Leave, Robots
from bot.model import FailureKind, FetchFailed
from tests.feeds.conftest import MakeFetcher
from tests.loopback import Web
from tests.support import HeldClock

DAY = timedelta(days=1)


@pytest.fixture
async def asked(web: Web, fetcher_for: MakeFetcher, clock: HeldClock) -> Robots:
    return Robots(fetcher_for(web), clock)


def says(web: Web, text: str | bytes, status: int = 200) -> None:
    web.answer("/robots.txt", text, status=status, content_type="text/plain")


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /tag/", False),
        ("User-agent: *\nDisallow: /private", True),
        ("User-agent: *\nDisallow: /\nAllow: /tag/", True),
        ("User-agent: *\nDisallow: /*?page=", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Dateline\nDisallow: /private", True),
        ("User-agent: dateline\nDisallow: /tag", False),
        ("User-agent: Otherbot\nDisallow: /", True),
        ("\ufeffUser-agent: *\nDisallow: /tag/*$", False),
        ("", True),
        ("<html><body>Not a robots file</body></html>", True),
        ("\x00\xff\nDisallow", True),
    ],
)
async def test_what_a_site_asks(web: Web, asked: Robots, text: str, allowed: bool) -> None:
    says(web, text)
    answer = await asked.ask(web.url("/tag/securitycooperation"))
    if allowed:
        assert answer == Leave()
    else:
        assert isinstance(answer, FetchFailed)
        assert answer.kind is FailureKind.ROBOTS
        assert answer.detail == ("The site's robots.txt asks programs not to read this page: look for a feed instead.")


async def test_it_is_asked_once_a_day_and_site(web: Web, asked: Robots, clock: HeldClock) -> None:
    says(web, "User-agent: *\nDisallow: /b")
    for path in ("/a", "/b", "/c?x=1"):
        await asked.ask(web.url(path, user="me:secret"))
    assert len(web.asked("/robots.txt")) == 1
    assert "Authorization" not in web.requests[0].headers
    clock.move(DAY)
    says(web, "")
    assert await asked.ask(web.url("/b")) == Leave()
    assert len(web.asked("/robots.txt")) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
async def test_where_there_are_no_rules_everything_is_allowed(web: Web, asked: Robots, status: int) -> None:
    says(web, "User-agent: *\nDisallow: /", status)
    assert await asked.ask(web.url("/a")) == Leave()
    await asked.ask(web.url("/b"))
    assert len(web.asked("/robots.txt")) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_where_they_cannot_be_read_nothing_is_for_now(web: Web, asked: Robots, status: int) -> None:
    says(web, "", status)
    answer = await asked.ask(web.url("/a"))
    assert isinstance(answer, FetchFailed)
    assert answer.detail == (
        "The site's robots.txt cannot be read now, so its pages are not read either: we try again later."
    )


async def test_what_was_known_counts_while_the_file_cannot_be_read(web: Web, asked: Robots, clock: HeldClock) -> None:
    says(web, "User-agent: *\nDisallow: /b")
    await asked.ask(web.url("/a"))
    clock.move(2 * DAY)
    says(web, "", 500)
    assert await asked.ask(web.url("/a")) == Leave()
    assert isinstance(await asked.ask(web.url("/b")), FetchFailed)


async def test_a_redirect_is_followed(web: Web, asked: Robots) -> None:
    web.answer("/robots.txt", status=301, headers={"Location": "/rules"})
    web.answer("/rules", "User-agent: *\nDisallow: /", content_type="text/plain")
    assert isinstance(await asked.ask(web.url("/a")), FetchFailed)


async def test_a_site_that_cannot_be_reached(web: Web, asked: Robots) -> None:
    url = web.url("/a")
    await web.stop()
    assert isinstance(await asked.ask(url), FetchFailed)


@pytest.mark.parametrize(
    ("wish", "delay"),
    [("10", 10), ("0.5", 0.5), ("86400", 3600), ("0", None), ("-1", None), ("nan", None), ("soon", None)],
)
async def test_a_crawl_delay_is_kept_up_to_an_hour(web: Web, asked: Robots, wish: str, delay: float | None) -> None:
    says(web, f"User-agent: *\nCrawl-delay: {wish}")
    assert await asked.ask(web.url("/a")) == Leave(delay=timedelta(seconds=delay) if delay else None)


async def test_the_file_is_read_up_to_500_kib(web: Web, asked: Robots) -> None:
    says(web, "User-agent: *\n" + "# padding\n" * 60_000 + "Disallow: /")
    assert await asked.ask(web.url("/a")) == Leave()


async def test_few_sites_are_remembered(
    web: Web, asked: Robots, monkeypatch: pytest.MonkeyPatch, fetcher_for: MakeFetcher, clock: HeldClock
) -> None:
    monkeypatch.setattr(robots, "_ORIGINS", 1)
    async with Web() as other:
        both = Robots(fetcher_for(web, other), clock)
        for url in (web.url("/a"), other.url("/a"), web.url("/a"), web.url("/a")):
            await both.ask(url)
    assert len(web.asked("/robots.txt")) == 2


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f"User-agent: *\nDisallow: {text}".encode()))
def test_any_file(body: bytes) -> None:
    rules = robots._read(body)
    if rules is not None:
        for url in ("https://paper.example/", "https://paper.example/a?b=%zz&c=é", "https://[::1]:8080/x"):
            assert isinstance(robots._judged(rules, url), Leave | FetchFailed)
