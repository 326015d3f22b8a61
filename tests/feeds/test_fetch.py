"""The one fetch, against servers of every temper on loopback: rows H of the catalogue."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import socket
import ssl
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web as aiohttp_web
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.feeds import answer, guard
from bot.feeds.guard import REFUSED
from bot.feeds.hosts import Hosts
from bot.model import FailureKind, Fetched, FetchFailed, FetchResult, NotModified, Validators
from tests.feeds.conftest import MakeFetcher, rss
from tests.loopback import Raw, Web

BODY = rss("<title>One</title>")


class Names(AbstractResolver):
    """A DNS of our own: each look-up of a name takes its next answer, the last one for good."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self._answers = {name.replace("_", "."): rounds for name, rounds in answers.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        self.asked.append(host)
        rounds = self._answers.get(host)
        if rounds is None:
            raise OSError(socket.EAI_NONAME, "no such name")
        addresses = rounds.pop(0) if len(rounds) > 1 else rounds[0]
        return [
            ResolveResult(
                hostname=host,
                host=each,
                port=port,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for each in addresses
        ]

    async def close(self) -> None:
        return None


def failed(result: object, kind: FailureKind) -> FetchFailed:
    assert isinstance(result, FetchFailed), result
    assert result.kind is kind, result
    assert "127.0.0.1" not in result.detail
    assert result.detail.endswith(".")
    return result


def fetched(result: FetchResult) -> Fetched:
    assert isinstance(result, Fetched), result
    return result


class TestOrdinary:
    async def test_a_feed(self, web: Web, fetcher_for: MakeFetcher) -> None:
        headers = {"ETag": 'W/"x"', "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT", "Cache-Control": "max-age=900"}
        web.answer("/f", BODY, headers=headers)
        got = fetched(await fetcher_for(web).fetch(web.url("/f#part")))
        assert got.body == BODY
        assert got.final_url == web.url("/f")
        assert got.content_type == "application/rss+xml"
        assert got.validators == Validators(etag='W/"x"', last_modified="Mon, 23 Nov 2026 10:00:00 GMT")
        assert got.hints.max_age == timedelta(minutes=15)
        asked = web.requests[0].headers
        assert asked["User-Agent"].startswith("Dateline/")
        assert "(+https://bot.example/contact)" in asked["User-Agent"]
        assert "application/rss+xml" in asked["Accept"]
        assert "gzip" in asked["Accept-Encoding"]
        assert "If-None-Match" not in asked

    async def test_h17_not_modified_and_the_validators_are_sent_verbatim(
        self, web: Web, fetcher_for: MakeFetcher
    ) -> None:
        web.answer("/f", status=304, headers={"Cache-Control": "max-age=60"})
        known = Validators(etag='W/"ä"'.replace("ä", "a"), last_modified="yesterday, more or less")
        got = await fetcher_for(web).fetch(web.url("/f"), known)
        assert isinstance(got, NotModified)
        assert got.hints.max_age == timedelta(seconds=60)
        assert web.requests[0].headers["If-None-Match"] == known.etag
        assert web.requests[0].headers["If-Modified-Since"] == known.last_modified

    async def test_h18_not_modified_unasked_is_an_error(self, web: Web, fetcher_for: MakeFetcher) -> None:
        web.answer("/f", status=304)
        failed(await fetcher_for(web).fetch(web.url("/f")), FailureKind.PROTOCOL)

    async def test_h29_cookies_are_not_sent_back(self, web: Web, fetcher_for: MakeFetcher) -> None:
        web.answer("/f", BODY, headers={"Set-Cookie": "a=b"})
        fetcher = fetcher_for(web)
        await fetcher.fetch(web.url("/f"))
        await fetcher.fetch(web.url("/f"))
        assert "Cookie" not in web.requests[1].headers

    async def test_s23_proxies_of_the_environment_are_ignored(
        self, web: Web, fetcher_for: MakeFetcher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
        web.answer("/f", BODY)
        fetched(await fetcher_for(web).fetch(web.url("/f")))

    async def test_credentials_become_a_login_and_are_not_shown(self, web: Web, fetcher_for: MakeFetcher) -> None:
        web.answer("/f", BODY)
        got = fetched(await fetcher_for(web).fetch(web.url("/f", user="me:secret")))
        assert web.requests[0].headers["Authorization"].startswith("Basic ")
        assert "secret" not in got.final_url


class TestStatuses:
    @pytest.mark.parametrize(
        ("row", "status", "kind"),
        [
            ("H22", 401, FailureKind.LOGIN),
            ("H22", 403, FailureKind.LOGIN),
            ("H22", 407, FailureKind.LOGIN),
            ("H21", 404, FailureKind.NOT_FOUND),
            ("H20", 410, FailureKind.GONE),
            ("H23", 429, FailureKind.RATE_LIMITED),
            ("H25", 500, FailureKind.SERVER),
            ("H25", 502, FailureKind.SERVER),
            ("H24", 503, FailureKind.SERVER),
            ("H25", 504, FailureKind.SERVER),
            ("H33", 204, FailureKind.HTTP),
            ("H33", 205, FailureKind.HTTP),
            ("H33", 206, FailureKind.HTTP),
            ("-", 300, FailureKind.HTTP),
            ("-", 400, FailureKind.HTTP),
            ("-", 451, FailureKind.HTTP),
        ],
    )
    async def test_each_has_its_meaning(
        self, web: Web, fetcher_for: MakeFetcher, row: str, status: int, kind: FailureKind
    ) -> None:
        web.answer("/f", b"" if status in (204, 205) else b"words", status=status)
        failed(await fetcher_for(web).fetch(web.url("/f")), kind)

    @pytest.mark.parametrize("status", [200, 403, 503])
    async def test_h30_a_bot_check_is_recognised(self, web: Web, fetcher_for: MakeFetcher, status: int) -> None:
        page = b"<html><head><title>Just a moment...</title></head><script>window._cf_chl_opt={}</script></html>"
        web.answer("/f", page, status=status, content_type="text/html; charset=UTF-8")
        failed(await fetcher_for(web).fetch(web.url("/f")), FailureKind.BOT_CHECK)

    @pytest.mark.parametrize(
        "script",
        [
            b"a.src='/cdn-cgi/challenge-platform/scripts/jsd/main.js';",
            b'</script><script src="/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3&ns=2&cb=1">',
        ],
        ids=["Cloudflare", "Imperva"],
    )
    async def test_a_guard_that_lets_us_in_puts_its_script_into_the_page(
        self, web: Web, fetcher_for: MakeFetcher, script: bytes
    ) -> None:
        page = b"<html><body><h1>News</h1><script>" + script + b"</script></body></html>"
        web.answer("/in", page, content_type="text/html")
        web.answer("/out", page, content_type="text/html", status=403)
        fetcher = fetcher_for(web)
        assert isinstance(await fetcher.fetch(web.url("/in")), Fetched)
        failed(await fetcher.fetch(web.url("/out")), FailureKind.BOT_CHECK)


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("120", 120),
            ("-1", 60),
            ("0", 60),
            (str(10**12), 86400),
            ("9" * 5000, 86400),
            ("garbage", None),
            ("", None),
            ("Mon, 23 Nov 2026 10:10:00 GMT", 600),
            ("Mon, 23 Nov 2020 10:10:00 GMT", 60),
            ("Mon, 23 Nov 9999 10:10:00 GMT", 86400),
            ("Mon, 99 Nov 2026 10:10:00 GMT", None),
        ],
    )
    def test_h23_it_is_read_and_clamped(self, value: str, seconds: int | None) -> None:
        now = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
        expected = timedelta(seconds=seconds) if seconds is not None else None
        assert answer.retry_after(value, now) == expected

    @pytest.mark.parametrize(("row", "status"), [("H23", 429), ("H24", 503)])
    async def test_it_pauses_the_whole_host(self, web: Web, fetcher_for: MakeFetcher, row: str, status: int) -> None:
        now = 1000.0
        web.answer("/a", status=status, headers={"Retry-After": "600"})
        web.answer("/b", BODY)
        async with Web() as other:
            other.answer("/c", BODY)
            fetcher = fetcher_for(web, other, hosts=Hosts(monotonic=lambda: now, unpaced=lambda _: True))
            first = await fetcher.fetch(web.url("/a"))
            assert isinstance(first, FetchFailed)
            assert first.hints.retry_after == timedelta(seconds=600)
            now += 100
            second = failed(await fetcher.fetch(web.url("/b")), FailureKind.RATE_LIMITED)
            assert second.hints.retry_after == timedelta(seconds=500)
            assert not web.asked("/b")
            fetched(await fetcher.fetch(other.url("/c")))
            now += 501
            fetched(await fetcher.fetch(web.url("/b")))


class TestFreshness:
    NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({}, None),
            ({"Cache-Control": "public, max-age=300"}, 300),
            ({"Cache-Control": "max-age=0"}, None),
            ({"Cache-Control": "no-cache, max-age=300"}, None),
            ({"Cache-Control": "max-age=abc"}, None),
            ({"Cache-Control": "max-age=" + "9" * 400}, 365 * 86400),
            ({"Expires": "Mon, 23 Nov 2026 10:05:00 GMT"}, 300),
            ({"Expires": "0"}, None),
            ({"Expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, None),
            ({"Cache-Control": "max-age=60", "Expires": "Mon, 23 Nov 2026 11:00:00 GMT"}, 3600),
            ({"Date": "Mon, 23 Nov 2026 09:00:00 GMT", "Expires": "Mon, 23 Nov 2026 09:10:00 GMT"}, 600),
        ],
    )
    def test_f69_the_larger_of_max_age_and_expires(self, headers: dict[str, str], seconds: int | None) -> None:
        expected = timedelta(seconds=seconds) if seconds is not None else None
        assert answer.max_age(headers, self.NOW) == expected

    async def test_the_clock_of_the_machine_serves_where_no_date_is_sent(
        self, web: Web, fetcher_for: MakeFetcher
    ) -> None:
        expires = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
        web.answer("/f", BODY, headers={"Expires": expires})
        got = fetched(await fetcher_for(web).fetch(web.url("/f")))
        assert got.hints.max_age is not None
        assert timedelta(minutes=59) < got.hints.max_age <= timedelta(hours=1)


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_it_is_followed_by_hand(self, web: Web, fetcher_for: MakeFetcher, status: int) -> None:
        web.answer("/a", status=status, headers={"Location": "b?x=1"})
        web.answer("/b", BODY)
        got = fetched(await fetcher_for(web).fetch(web.url("/a")))
        assert got.final_url == web.url("/b?x=1")

    async def test_h11_a_loop_ends_after_five(self, web: Web, fetcher_for: MakeFetcher) -> None:
        web.answer("/a", status=302, headers={"Location": "/a"})
        failed(await fetcher_for(web).fetch(web.url("/a")), FailureKind.REDIRECTS)
        assert len(web.requests) == 6

    @pytest.mark.parametrize(
        ("row", "location"),
        [
            *(("H12", url) for url in ("file:///etc/passwd", "gopher://x.example/", "ftp://x.example/", "data:,x")),
            *(("H14", url) for url in ("http://10.0.0.1/", "http://[::1]/", "http://localhost/", "//169.254.169.254/")),
            *(("S17", url) for url in ("http://0x7f.1/", "http://[::ffff:127.0.0.1]/", "http://x.example:22/")),
            ("S09", "http://example.com@127.0.0.1/"),
        ],
    )
    async def test_a_refused_address_is_refused_there_too(
        self, web: Web, fetcher_for: MakeFetcher, row: str, location: str
    ) -> None:
        web.answer("/a", status=301, headers={"Location": location})
        failed(await fetcher_for(web).fetch(web.url("/a")), FailureKind.REFUSED_ADDRESS)

    async def test_an_unreadable_target(self, web: Web, fetcher_for: MakeFetcher) -> None:
        web.answer("/a", status=301, headers={"Location": "http://[x/"})
        failed(await fetcher_for(web).fetch(web.url("/a")), FailureKind.REDIRECTS)

    async def test_h16_nothing_of_ours_crosses_origins(self, web: Web, fetcher_for: MakeFetcher) -> None:
        async with Web() as other:
            web.answer("/a", status=302, headers={"Location": other.url("/b")})
            other.answer("/b", BODY)
            known = Validators(etag='"1"', last_modified="x")
            fetched(await fetcher_for(web, other).fetch(web.url("/a", user="me:secret"), known))
            assert web.requests[0].headers["If-None-Match"] == '"1"'
            assert "Authorization" in web.requests[0].headers
            for name in ("Authorization", "If-None-Match", "If-Modified-Since", "Cookie", "Referer"):
                assert name not in other.requests[0].headers

    async def test_credentials_stay_within_the_origin(self, web: Web, fetcher_for: MakeFetcher) -> None:
        web.answer("/a", status=302, headers={"Location": web.url("/b")})
        web.answer("/b", BODY)
        fetched(await fetcher_for(web).fetch(web.url("/a", user="me:secret")))
        assert web.requests[1].headers["Authorization"] == web.requests[0].headers["Authorization"]

    async def test_a_feed_with_a_login_is_not_asked_for_unencrypted(self, fetcher_for: MakeFetcher) -> None:
        fetcher = fetcher_for()
        address = URL("https://me:secret@a.example/f")
        failed(fetcher._target(address, "http://a.example/f", secret=True), FailureKind.REDIRECTS)
        assert fetcher._target(address, "/g", secret=True) == URL("https://me:secret@a.example/g")
        assert fetcher._target(address, "https://b.example/g", secret=True) == URL("https://b.example/g")
        plain = fetcher._target(URL("https://a.example/f"), "http://a.example/f", secret=False)
        assert plain == URL("http://a.example/f")


class TestDns:
    async def test_s15_a_name_with_a_private_address(self, web: Web, fetcher_for: MakeFetcher) -> None:
        names = Names(rebind_example=[["127.0.0.1", "::1", "10.0.0.1"]])
        fetcher = fetcher_for(web, resolver=names)
        got = failed(await fetcher.fetch("http://rebind.example:8080/"), FailureKind.REFUSED_ADDRESS)
        assert got.detail == REFUSED
        assert not web.requests

    async def test_s15_another_name_for_an_allowed_server(self, web: Web, fetcher_for: MakeFetcher) -> None:
        web.answer("/", BODY)
        names = Names(evil_example=[["127.0.0.1"]], rsshub_example=[["127.0.0.1"]])
        fetcher = fetcher_for(web, f"rsshub.example:{web.port}", f"evil.example:{web.port + 1}", resolver=names)
        fetched(await fetcher.fetch(web.url("/", host="rsshub.example")))
        failed(await fetcher.fetch(web.url("/", host="evil.example")), FailureKind.REFUSED_ADDRESS)
        assert len(web.requests) == 1

    async def test_s16_a_name_that_turns_private(self, web: Web, fetcher_for: MakeFetcher) -> None:
        names = Names(turns_example=[["127.0.0.1"], ["127.0.0.1"]])
        fetcher = fetcher_for(resolver=names)
        for _ in range(2):
            failed(await fetcher.fetch("http://turns.example/"), FailureKind.REFUSED_ADDRESS)

    async def test_s20_a_connection_that_is_kept_stays_good_and_a_new_one_is_judged(
        self, web: Web, fetcher_for: MakeFetcher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(guard, "is_public", lambda address: str(address) == "127.0.0.1")
        monkeypatch.setattr(guard, "PORTS", frozenset({web.port}))
        web.answer("/", BODY)
        web.answer("/last", BODY, headers={"Connection": "close"})
        names = Names(turns_example=[["127.0.0.1"]])
        fetcher = fetcher_for(resolver=names, hosts=Hosts(spacing=0.0))
        for path in ("/", "/last"):
            fetched(await fetcher.fetch(f"http://turns.example:{web.port}{path}"))
            monkeypatch.setattr(guard, "is_public", lambda _: False)
        failed(await fetcher.fetch(f"http://turns.example:{web.port}/"), FailureKind.REFUSED_ADDRESS)
        assert len(web.requests) == 2

    async def test_h38_an_address_that_never_answers_gives_way_to_the_next(
        self, web: Web, fetcher_for: MakeFetcher
    ) -> None:
        web.answer("/", BODY)
        with socket.socket() as hole, socket.socket() as first, socket.socket() as second:
            hole.bind(("127.0.0.2", web.port))
            hole.listen(0)  # takes one connection that nobody accepts; what else knocks is not answered
            for each in (first, second):
                each.setblocking(False)
                each.connect_ex(hole.getsockname())
            names = Names(holed_example=[["127.0.0.2", "127.0.0.1"]])
            fetcher = fetcher_for(f"holed.example:{web.port}", resolver=names, connect=30.0, total=15.0)
            fetched(await fetcher.fetch(web.url("/", host="holed.example")))

    async def test_h27_no_such_name(self, fetcher_for: MakeFetcher) -> None:
        got = failed(await fetcher_for(resolver=Names()).fetch("http://nothing.example/"), FailureKind.DNS)
        assert "spelling" in got.detail


@asynccontextmanager
async def dripping(head: bytes, drop: bytes, pause: float = 0.02) -> AsyncIterator[Raw]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(pause)

    async with Raw(talk) as raw:
        yield raw


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"


def packers() -> dict[str, Callable[[bytes], bytes]]:
    """What packs a body as aiohttp's optional decoders unpack it."""
    import brotli  # type: ignore[import-untyped] # has no types

    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return {"br": partial(brotli.compress, quality=3), "zstd": zstd.compress}


class TestHostileServers:
    async def test_h01_a_gzip_bomb_is_stopped_as_it_unpacks(self, web: Web, fetcher_for: MakeFetcher) -> None:
        bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
        packed = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(64)) + bomb.flush()
        assert len(packed) < 100_000
        web.answer("/f", packed, headers={"Content-Encoding": "gzip"})
        failed(await fetcher_for(web).fetch(web.url("/f")), FailureKind.TOO_LARGE)

    @pytest.mark.parametrize("encoding", ["br", "zstd"])
    async def test_h02_other_bombs_are_stopped_too(self, web: Web, fetcher_for: MakeFetcher, encoding: str) -> None:
        packed = packers()[encoding](bytes(64 << 20))
        assert len(packed) < 10_000
        web.answer("/f", packed, headers={"Content-Encoding": encoding})
        failed(await fetcher_for(web).fetch(web.url("/f")), FailureKind.TOO_LARGE)

    @pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "x-unknown"])
    async def test_h02_what_cannot_be_unpacked_is_asked_for_plain(
        self, web: Web, fetcher_for: MakeFetcher, encoding: str
    ) -> None:
        async def fickle(request: aiohttp_web.Request) -> aiohttp_web.StreamResponse:
            honest = request.headers["Accept-Encoding"] == "identity"
            return aiohttp_web.Response(
                body=BODY if honest else b"\xff" * 99, headers={} if honest else {"Content-Encoding": encoding}
            )

        web.answer("/f", fickle)
        result = await fetcher_for(web).fetch(web.url("/f"))
        if encoding == "x-unknown":  # what it means nobody knows: the body is no feed
            assert fetched(result).body == b"\xff" * 99
        else:
            assert fetched(result).body == BODY

    async def test_f18_too_large_by_its_own_word_or_in_fact(self, web: Web, fetcher_for: MakeFetcher) -> None:
        web.answer("/f", bytes(2000))
        failed(await fetcher_for(web, max_bytes=1999).fetch(web.url("/f")), FailureKind.TOO_LARGE)
        fetched(await fetcher_for(web, max_bytes=2000).fetch(web.url("/f")))

    async def test_h09_endless_chunks_are_cut_at_the_cap(self, fetcher_for: MakeFetcher) -> None:
        chunk = b"4000\r\n" + bytes(0x4000) + b"\r\n"
        async with dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk, 0) as raw:
            failed(await fetcher_for(raw, max_bytes=100_000).fetch(raw.url()), FailureKind.TOO_LARGE)

    async def test_h08_a_slow_body_ends_with_the_total_time(self, fetcher_for: MakeFetcher) -> None:
        async with dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b"<") as raw:
            failed(await fetcher_for(raw, total=0.3).fetch(raw.url()), FailureKind.TIMEOUT)

    async def test_h08_slow_headers_end_with_the_total_time(self, fetcher_for: MakeFetcher) -> None:
        async with dripping(HEAD, b"X-A: b\r\n", 0.05) as raw:
            failed(await fetcher_for(raw, total=0.3).fetch(raw.url()), FailureKind.TIMEOUT)

    async def test_a_silent_server_ends_with_the_read_time(self, fetcher_for: MakeFetcher) -> None:
        async with dripping(b"", b"", 0.5) as raw:
            failed(await fetcher_for(raw, sock_read=0.1).fetch(raw.url()), FailureKind.TIMEOUT)

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("H07", HEAD + b"Content-Length: 1000\r\n\r\n<rss>"),
            ("H07", HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n"),
            ("H10", HEAD + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n"),
            ("H10", HEAD + b"X-A: b\r\n" * 20_000 + b"\r\n"),
            ("H33", b"<rss></rss>"),
            ("H33", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
            ("H33", b"HTTP/9.9 abc\r\n\r\n"),
            ("H33", b""),
            ("H33", HEAD + b"Content-Length: x\r\n\r\n"),
            ("H33", HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        ],
    )
    async def test_broken_http_is_a_failure(self, fetcher_for: MakeFetcher, row: str, said: bytes) -> None:
        async with Raw(said) as raw:
            result = await fetcher_for(raw, total=1.0).fetch(raw.url())
            assert isinstance(result, FetchFailed)
            assert result.kind in (FailureKind.PROTOCOL, FailureKind.HTTP)

    async def test_h05_a_truncated_gzip_stream_gives_no_validators(self, web: Web, fetcher_for: MakeFetcher) -> None:
        body = rss(*(f"<title>{number * 7919}</title>" for number in range(300)))
        web.answer("/f", gzip.compress(body)[:-200], headers={"Content-Encoding": "gzip", "ETag": '"1"'})
        result = await fetcher_for(web).fetch(web.url("/f"))
        if isinstance(result, Fetched):
            assert result.validators == Validators()
        else:
            failed(result, FailureKind.PROTOCOL)

    async def test_h06_a_plain_body_called_gzip_is_asked_for_again(self, web: Web, fetcher_for: MakeFetcher) -> None:
        async def fickle(request: aiohttp_web.Request) -> aiohttp_web.StreamResponse:
            honest = request.headers["Accept-Encoding"] == "identity"
            return aiohttp_web.Response(body=BODY, headers={} if honest else {"Content-Encoding": "gzip"})

        web.answer("/f", fickle)
        assert fetched(await fetcher_for(web).fetch(web.url("/f"))).body == BODY
        assert len(web.requests) == 2

    async def test_h06_once_only(self, web: Web, fetcher_for: MakeFetcher) -> None:
        web.answer("/f", BODY, headers={"Content-Encoding": "gzip"})
        failed(await fetcher_for(web).fetch(web.url("/f")), FailureKind.PROTOCOL)
        assert len(web.requests) == 2

    async def test_nobody_listens(self, fetcher_for: MakeFetcher) -> None:
        async with Raw(b"") as raw:
            url, allowed = raw.url(), raw.allowed
        failed(await fetcher_for(allowed).fetch(url), FailureKind.CONNECT)

    async def test_h28_no_tls_where_tls_was_asked(self, fetcher_for: MakeFetcher) -> None:
        async with Raw(b"HTTP/1.1 200 OK\r\n\r\n") as raw:
            result = await fetcher_for(raw, total=0.5).fetch(raw.url().replace("http:", "https:"))
            assert isinstance(result, FetchFailed)
            assert result.kind in (FailureKind.TLS, FailureKind.CONNECT, FailureKind.TIMEOUT)

    async def test_h28_a_self_signed_certificate(self, fetcher_for: MakeFetcher, tmp_path: Path) -> None:
        openssl = shutil.which("openssl")
        if openssl is None:
            pytest.skip("no openssl command to make a certificate with")
        key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
        command = (
            f"{openssl} req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 -keyout {key} -out {certificate}"
        )
        making = await asyncio.create_subprocess_exec(*command.split(), stderr=asyncio.subprocess.DEVNULL)
        assert await making.wait() == 0
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        async with Web(ssl_context=context) as server:
            server.answer("/f", BODY)
            got = failed(await fetcher_for(server).fetch(server.url("/f")), FailureKind.TLS)
            assert "not signed by a known authority" in got.detail
            assert not server.requests

    @pytest.mark.parametrize("etag", ["x" * 5000, "ü", "a\tb"])
    async def test_an_odd_validator_is_not_kept(self, web: Web, fetcher_for: MakeFetcher, etag: str) -> None:
        web.answer("/f", BODY, headers={"ETag": etag})
        assert fetched(await fetcher_for(web).fetch(web.url("/f"))).validators.etag is None


class TestPoliteness:
    async def test_h34_two_at_once_per_host_and_others_are_not_delayed(
        self, web: Web, fetcher_for: MakeFetcher
    ) -> None:
        gate = asyncio.Event()

        async def wait(_: aiohttp_web.Request) -> aiohttp_web.StreamResponse:
            await gate.wait()
            return aiohttp_web.Response(body=BODY)

        web.answer("/slow", wait)
        async with Web() as other:
            other.answer("/f", BODY)
            fetcher = fetcher_for(web, other)
            slow = [asyncio.create_task(fetcher.fetch(web.url(f"/slow?{number}"))) for number in range(10)]
            for _ in range(5):
                fetched(await fetcher.fetch(other.url("/f")))
            assert web.most_at_once == 2
            gate.set()
            for result in await asyncio.gather(*slow):
                fetched(result)
        assert web.most_at_once == 2

    async def test_a_cancelled_fetch_frees_its_place(self, web: Web, fetcher_for: MakeFetcher) -> None:
        arrived = asyncio.Semaphore(0)

        async def hang(_: aiohttp_web.Request) -> aiohttp_web.StreamResponse:
            arrived.release()
            await asyncio.sleep(60)
            return aiohttp_web.Response()

        web.answer("/slow", hang)
        web.answer("/f", BODY)
        fetcher = fetcher_for(web)
        tasks = [asyncio.create_task(fetcher.fetch(web.url("/slow"))) for _ in range(4)]
        for _ in range(2):
            await arrived.acquire()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        fetched(await fetcher.fetch(web.url("/f")))

    async def test_a_refused_address_is_never_asked(self, web: Web, fetcher_for: MakeFetcher) -> None:
        failed(await fetcher_for().fetch(web.url("/")), FailureKind.REFUSED_ADDRESS)
        failed(await fetcher_for().fetch("http://me:secret@localhost/"), FailureKind.REFUSED_ADDRESS)
        assert not web.requests
