"""WebSub's pure half: links, signatures, leases. Examples from the Recommendation's own text and RFC 8288."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from bot.feeds import websub
from bot.feeds.links import LinkCleaner
from bot.feeds.parse_document import parse_document
from bot.model import Document, Hub

FEED = "https://news.example/feed"
CLEAN = LinkCleaner(FEED)


@pytest.mark.parametrize(
    ("header", "links"),
    [
        ('<https://hub.example/>; rel="hub"', [("hub", "https://hub.example/")]),
        (
            '<https://hub.example/>; rel="hub", <https://news.example/feed>; rel="self"',
            [("hub", "https://hub.example/"), ("self", "https://news.example/feed")],
        ),
        ("<https://hub.example/>; rel=hub; title=x", [("hub", "https://hub.example/")]),
        ('<https://hub.example/>; type="a,b"; rel="hub"', [("hub", "https://hub.example/")]),
        ("https://hub.example/; rel=hub", []),
        ("<https://hub.example/>", []),
        (None, []),
        ("", []),
    ],
)
def test_link_headers(header: str | None, links: list[tuple[str, str]]) -> None:
    assert websub.header_links(header) == links


@given(st.text(max_size=300))
def test_any_header_is_read_or_passed_over(text: str) -> None:
    for rel, address in websub.header_links(text):
        assert rel
        assert address


def test_the_hub_and_the_feeds_own_address() -> None:
    links = [("self", "https://news.example/feed?f=1"), ("hub", "https://hub.example/"), ("hub", "https://b.example/")]
    assert websub.hub(links, FEED, CLEAN) == Hub("https://hub.example/", "https://news.example/feed?f=1")
    assert websub.hub([("hub", "https://hub.example/")], FEED, CLEAN) == Hub("https://hub.example/", FEED)
    assert websub.hub([("self", FEED)], FEED, CLEAN) is None


@pytest.mark.parametrize(
    "private", ["http://127.0.0.1/hub", "http://localhost/", "http://10.0.0.1/", "file:///hub", "x:"]
)
def test_s17_a_hub_on_a_private_address_is_none(private: str) -> None:
    assert websub.hub([("hub", private)], FEED, CLEAN) is None
    found = websub.hub([("hub", "https://hub.example/"), ("self", private)], FEED, CLEAN)
    assert found == Hub("https://hub.example/", FEED)


@pytest.mark.parametrize(
    "document",
    [
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><link rel="hub" href="https://hub.example/"/>'
        '<link rel="self" href="https://news.example/feed"/><link href="https://news.example/"/>'
        '<entry><title>A</title><link rel="self" href="https://wrong.example/"/></entry></feed>',
        '<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>F</title>'
        '<link>https://news.example/</link><a:link rel="hub" href="https://hub.example/"/>'
        '<a:link rel="self" href="https://news.example/feed"/><item><title>A</title></item></channel></rss>',
    ],
    ids=["atom", "rss"],
)
def test_a_document_tells_its_own_links(document: str) -> None:
    found = parse_document(document.encode(), url=FEED, content_type=None)
    assert isinstance(found, Document)
    assert websub.hub(found.links, "other", CLEAN) == Hub("https://hub.example/", FEED)
    assert len(found.entries) == 1


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_right_signature_is_right_and_any_other_wrong(method: str) -> None:
    digest = hmac.new(b"secret", b"body", getattr(hashlib, method)).hexdigest()
    assert websub.is_signed(b"body", "secret", f"{method}={digest}")
    assert websub.is_signed(b"body", "secret", f"{method}={digest.upper()}")
    for wrong in (f"md5={digest}", digest, f"{method}={digest[:-1]}0x", f"{method}=", "", None):
        assert not websub.is_signed(b"body", "secret", wrong)
    assert not websub.is_signed(b"body2", "secret", f"{method}={digest}")
    assert not websub.is_signed(b"body", "secret2", f"{method}={digest}")


@pytest.mark.parametrize(
    ("seconds", "lease"),
    [
        ("864000", timedelta(days=10)),
        ("60", timedelta(minutes=30)),
        ("999999999", timedelta(days=30)),
        ("9" * 40, timedelta(days=10)),
        (None, timedelta(days=10)),
        ("-1", timedelta(days=10)),
        ("soon", timedelta(days=10)),
    ],
)
def test_leases_are_clamped(seconds: str | None, lease: timedelta) -> None:
    assert websub.granted(seconds) == lease
