"""What surrounds a page: conditional requests, packing, headers, hosts, methods, limits, and a memory that is away."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
import pytest_asyncio

from bot.errors import StorageUnavailable
from bot.web import shelf
from bot.web.answers import SECURITY, Answer, answer
from bot.web.shelf import AT_A_TIME, FRESH, STALE, WAITING, Busy, Shelf
from tests.support import HeldClock
from tests.web.conftest import Site, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

KINDS = (
    "/",
    "/tag/securitycooperation",
    "/topics",
    "/sources",
    "/sources.opml",
    "/news.atom",
    "/news.rss",
    "/news.json",
)
FILES = ("/robots.txt", "/favicon.ico", "/static/style.css", "/static/favicon.svg")


@pytest.mark.parametrize("path", [*KINDS, *FILES])
async def test_what_has_not_changed_is_not_sent_again(site: Site, path: str) -> None:
    first = await site.get(path)
    assert (first.status, len(first.text) > 0) == (200, True)
    tag = first.headers["ETag"]
    for said in (tag, tag.removeprefix("W/"), f'"another", {tag}', "*"):
        again = await site.get(path, If_None_Match=said)
        assert (again.status, again.text, again.headers["ETag"]) == (304, "", tag)
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert (await site.get(path, If_None_Match='"another"')).status == 200


async def test_the_date_counts_where_no_tag_is_sent(site: Site) -> None:
    first = await site.get("/tag/securitycooperation")
    since = first.headers["Last-Modified"]
    assert (await site.get("/tag/securitycooperation", If_Modified_Since=since)).status == 304
    for other in ("Sun, 01 Nov 2026 00:00:00 GMT", "no date", "Mon, 99 Nov 2026 99:99:99 GMT"):
        assert (await site.get("/tag/securitycooperation", If_Modified_Since=other)).status == 200
    both = await site.get("/tag/securitycooperation", If_Modified_Since=since, If_None_Match='"another"')
    assert both.status == 200


@pytest.mark.parametrize("path", [*KINDS, *FILES, "/nothing"])
async def test_head_says_what_get_says_without_the_body(site: Site, path: str) -> None:
    got, head = await site.get(path), await site.get(path, method="HEAD")
    assert head.text == ""
    for name in ("Content-Type", "Content-Length", "Cache-Control", "ETag"):
        assert head.headers.get(name) == got.headers.get(name), name
    assert head.status == got.status


async def test_it_is_packed_for_who_can_unpack(site: Site) -> None:
    plain = await site.get("/", Accept_Encoding="identity")
    assert "Content-Encoding" not in plain.headers
    for accepted in ("gzip", "br, gzip;q=0.5", "*", "GZIP ; q=1"):
        packed = await site.get("/", Accept_Encoding=accepted)
        assert packed.headers["Content-Encoding"] == "gzip", accepted
        assert packed.text == plain.text
        assert int(packed.headers["Content-Length"]) < len(plain.text.encode()) / 3
        assert packed.headers["Vary"] == "Accept-Encoding"
    for refused in ("", "br", "gzip;q=0", "gzip; q=0.0, br"):
        assert "Content-Encoding" not in (await site.get("/", Accept_Encoding=refused)).headers, refused


@pytest.mark.parametrize("path", [*KINDS, *FILES, "/nothing", "/?category=x", "/tag/SecurityCooperation"])
async def test_every_answer_forbids_what_no_page_needs(site: Site, path: str) -> None:
    got = await site.get(path)
    for name, value in SECURITY.items():
        if name != "Cross-Origin-Resource-Policy" or not path.startswith("/news."):
            assert got.headers[name] == value, name
    policy = dict(part.strip().split(" ", 1) for part in got.headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "img-src": "'self' https:",
        "style-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert "aiohttp" not in got.headers["Server"]
    assert "Set-Cookie" not in got.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
async def test_pages_are_only_read(site: Site, method: str) -> None:
    got = await site.get("/tag/securitycooperation", method=method)
    assert (got.status, got.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "user@127.0.0.1", "127.0.0.1/x", "a b", "[::1"]
)
async def test_without_a_public_address_no_other_sites_name_is_answered(site: Site, host: str) -> None:
    got = await site.get("/news.atom", Host=host)
    assert got.status in (421, 400)
    assert "evil" not in got.text


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "LOCALHOST:9", "[::1]:8080", "192.0.2.7"])
async def test_digits_and_localhost_are_answered_and_linked_to(site: Site, host: str) -> None:
    got = await site.get("/news.atom", Host=host)
    assert got.status == 200
    assert f'href="http://{host.lower()}/news.atom"' in got.text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def public(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with served(tmp_path_factory.mktemp("public"), public_url="https://news.example.org/world") as site:
        yield site


async def test_a_public_address_is_what_links_begin_with_whatever_the_host_says(public: Site) -> None:
    for host in ("evil.example", "news.example.org"):
        feed = await public.get("/tag/ceasefire.json", Host=host)
        assert '"home_page_url":"https://news.example.org/world/tag/ceasefire"' in feed.text
        assert "evil" not in feed.text
    page = await public.get("/tag/ceasefire")
    assert 'href="/world/outlet/' in page.text
    assert 'href="/world/static/style.css?v=' in page.text
    assert (await public.get("/tag/CeaseFire")).headers["Location"] == "/world/tag/ceasefire"
    assert "Disallow: /world/search" in (await public.get("/robots.txt")).text


@pytest.mark.parametrize("path", ["/", "/tag/securitycooperation", "/topics", "/sources", "/story/1", "/news.rss"])
async def test_while_the_memory_is_away_a_page_says_when_to_come_again(
    own_site: Site, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> Any:
        raise StorageUnavailable("the database /secret/path cannot be used now")

    house = own_site.house
    for service, names in (
        (house.ask, ("find", "item")),
        (house.trends, ("topics",)),
        (house.watch, ("public",)),
    ):
        for name in names:
            monkeypatch.setattr(service, name, away)
    got = await own_site.get(path)
    assert (got.status, got.headers["Retry-After"]) == (503, "60")
    assert "Try again in a minute." in got.text
    assert "secret" not in got.text


async def test_a_bug_shows_a_reference_and_no_traceback(own_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(own_site.house.ask, "find", broken)
    got = await own_site.get("/")
    assert got.status == 500
    assert "Tell the operator this reference: " in got.text
    assert "secret detail" not in got.text
    assert "Traceback" not in got.text


async def test_what_a_flood_cannot_have_at_once_is_refused_politely(
    own_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, go = asyncio.Event(), asyncio.Event()
    real = own_site.house.ask.find

    async def slow(*asked: Any, **how: Any) -> Any:
        going.set()
        await go.wait()
        return await real(*asked, **how)

    monkeypatch.setattr(own_site.house.ask, "find", slow)
    asked = [asyncio.create_task(own_site.get(f"/search?q=word{number}")) for number in range(WAITING + 10)]
    await going.wait()
    done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    got = done.pop().result()
    assert (got.status, got.headers["Retry-After"]) == (503, "5")
    assert "Try again in a few seconds." in got.text
    assert (await own_site.get("/robots.txt")).status == 200
    go.set()
    statuses = [(await task).status for task in asked]
    assert statuses.count(200) == WAITING
    assert statuses.count(503) == 10


# --- the shelf ---------------------------------------------------------------------------------------------------


class Kitchen:
    """Makes answers, and counts."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.at_once = self.most = 0
        self.text = "a"
        self.hold = asyncio.Event()
        self.hold.set()

    async def make(self, key: str) -> Answer:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await self.hold.wait()
            if key == "wrong":
                raise ValueError(key)
            self.made.append(key)
            return answer(f"{key} {self.text}".encode(), "text/plain")
        finally:
            self.at_once -= 1


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_however_many_ask_a_page_is_made_once(clock: HeldClock) -> None:
    kitchen = Kitchen()
    kept = Shelf(kitchen.make, clock)
    answers = await asyncio.gather(*(kept.get("page") for _ in range(20)))
    assert kitchen.made == ["page"]
    assert {each.body for each in answers} == {b"page a"}
    await kept.get("page")
    assert kitchen.made == ["page"]


async def test_one_who_goes_away_spoils_nobody_elses_page(clock: HeldClock) -> None:
    kitchen = Kitchen()
    kitchen.hold.clear()
    kept = Shelf(kitchen.make, clock)
    first, second = (asyncio.create_task(kept.get("page")) for _ in range(2))
    await settled()
    first.cancel()
    kitchen.hold.set()
    assert (await second).body == b"page a"


async def test_an_old_page_is_given_once_more_while_a_new_one_is_made(clock: HeldClock) -> None:
    kitchen = Kitchen()
    kept = Shelf(kitchen.make, clock)
    first = await kept.get("page")
    kitchen.text = "b"
    clock.move(timedelta(seconds=FRESH + 1))
    assert (await kept.get("page")).body == b"page a"
    await settled()
    assert (await kept.get("page")).body == b"page b"
    kitchen.text = "c"
    clock.move(timedelta(seconds=STALE + 1))
    last = await kept.get("page")
    assert last.body == b"page c"
    assert (first.modified, last.modified) != (None, first.modified)


async def test_a_page_that_is_the_same_again_was_not_modified(clock: HeldClock) -> None:
    kept = Shelf(Kitchen().make, clock)
    first = await kept.get("page")
    clock.move(timedelta(seconds=STALE + 1))
    again = await kept.get("page")
    assert (again.etag, again.modified) == (first.etag, first.modified)


async def test_few_are_made_at_a_time_and_not_more_wait_than_there_is_room_for(clock: HeldClock) -> None:
    kitchen = Kitchen()
    kitchen.hold.clear()
    kept = Shelf(kitchen.make, clock)
    waiting = [asyncio.create_task(kept.get(str(number))) for number in range(WAITING)]
    await settled()
    assert kitchen.most == AT_A_TIME
    with pytest.raises(Busy):
        await kept.get("one more")
    kitchen.hold.set()
    await asyncio.gather(*waiting)
    assert kitchen.most == AT_A_TIME


async def test_what_takes_too_long_is_given_up(clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "PATIENCE", 0.01)
    kitchen = Kitchen()
    kitchen.hold.clear()
    kept = Shelf(kitchen.make, clock)
    with pytest.raises(TimeoutError):
        await kept.get("page")
    kitchen.hold.set()
    assert (await kept.get("page")).body == b"page a"


async def test_what_went_wrong_is_told_to_all_who_wait_and_not_kept(clock: HeldClock) -> None:
    kitchen = Kitchen()
    kept = Shelf(kitchen.make, clock)
    told = await asyncio.gather(kept.get("wrong"), kept.get("wrong"), return_exceptions=True)
    assert [type(each) for each in told] == [ValueError, ValueError]
    with pytest.raises(ValueError, match="wrong"):
        await kept.get("wrong")


async def test_the_longest_unread_makes_room(clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "SIZE", 3 * answer(b"1 a", "text/plain").size)
    kitchen = Kitchen()
    kept = Shelf(kitchen.make, clock)
    for key in ("1", "2", "3", "1", "4", "1", "2"):
        await kept.get(key)
    assert kitchen.made == ["1", "2", "3", "4", "2"]


async def test_closing_ends_what_is_being_made(clock: HeldClock) -> None:
    kitchen = Kitchen()
    kitchen.hold.clear()
    kept = Shelf(kitchen.make, clock)
    waiting = asyncio.create_task(kept.get("page"))
    await settled()
    await kept.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert kitchen.at_once == 0


async def test_an_answer_is_kept_packed_where_that_is_smaller() -> None:
    long = answer(b"news " * 1_000, "text/plain", max_age=60)
    assert long.packed
    assert gzip.decompress(long.body) == b"news " * 1_000
    assert long.size < 3_000
    assert not answer(b"news", "text/plain").packed
    assert "ETag" not in answer(b"", "text/plain", status=HTTPStatus.NOT_FOUND).fields


# --- requests that no browser sends ------------------------------------------------------------------------------


async def said_to(site: Site, request: bytes) -> str:
    """What the server says to some bytes, until it hangs up or has nothing to add."""
    reader, writer = await asyncio.open_connection(site.url.host, site.url.port)
    writer.write(request)
    answer = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            while chunk := await reader.read(65_536):
                answer += chunk
    writer.close()
    return answer.decode("utf-8", "replace")


REQUESTS = {
    "nonsense": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "a long line": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n <script>alert(1)</script>\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a zero byte": b"GET /tag/\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    "markup": b"GET /<script>alert(1)</script> HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    "another host": b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "a proxy's request": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "out of the folder": b"GET /static/../../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    "the same, encoded": b"GET /static/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    "half a character": b"GET /tag/%e3%81 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    "a lone surrogate": b"GET /tag/%ed%a0%80x HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    "header injection": b"GET /tag/Japan%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_bytes_that_no_browser_sends_are_refused_plainly(site: Site, name: str) -> None:
    answer = await said_to(site, REQUESTS[name])
    first, *_ = answer.partition("\r\n")
    assert first == "" or first.split()[1] in ("301", "400", "404", "405", "414", "421"), first
    assert "Traceback" not in answer
    # What is no HTTP aiohttp answers by itself, and says in plain text what was wrong with it.
    assert "<script" not in answer or "Content-Type: text/plain" in answer
    assert "root:" not in answer
    assert "X-Evil" not in answer.partition("\r\n\r\n")[0]
    assert (await site.get("/robots.txt")).status == 200, "it goes on"
