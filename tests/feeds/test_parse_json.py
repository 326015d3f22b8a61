"""JSON Feed: what its items become, and that nothing it may hold breaks the reader."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from bot.feeds.parse_document import parse_document
from bot.model import Document, Entry, FailureKind, FetchFailed

URL = "https://news.example/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def feed(*items: object, **top: object) -> bytes:
    return json.dumps({"version": VERSION, "title": "Example", "items": items, **top}).encode()


def parse(body: bytes) -> Document | FetchFailed:
    return parse_document(body, url=URL, content_type="application/feed+json")


def document(body: bytes) -> Document:
    found = parse(body)
    assert isinstance(found, Document), found
    return found


def one(**item: object) -> Entry:
    (entry,) = document(feed({"id": "1", "url": "https://news.example/1", **item})).entries
    return entry


def refused(body: bytes) -> str:
    found = parse(body)
    assert isinstance(found, FetchFailed)
    assert found.kind is FailureKind.NOT_A_FEED
    return found.detail


def test_an_item_of_version_1_1() -> None:
    entry = one(
        title="Ministers & envoys meet <today>",
        summary="Two sentences. In plain text.",
        content_html="<p>Much longer</p>",
        image="/big.jpg",
        date_published="2026-11-23T10:00:00+08:00",
        date_modified="2026-11-24T10:00:00Z",
        authors=[{"name": "Ann Lee"}, {"name": "Bo Berg"}, {"url": "https://x.example"}],
        tags=["Politics", "politics", "Asia"],
        language="en-GB",
    )
    assert entry == Entry(
        guid="1",
        url="https://news.example/1",
        title="Ministers & envoys meet <today>",
        summary="Two sentences. In plain text.",
        image="https://news.example/big.jpg",
        published_at=datetime(2026, 11, 23, 2, tzinfo=UTC),
        authors=("Ann Lee", "Bo Berg"),
        categories=("Politics", "Asia"),
        language="en-gb",
    )


def test_an_item_of_version_1_0_with_its_one_author_and_a_number_for_an_id() -> None:
    body = feed(
        {"id": 41, "content_text": "Text with a < b. More.", "author": {"name": "Ann"}, "url": "https://news.example/2?utm_source=x"},
        version="https://jsonfeed.org/version/1",
        language="de",
    )  # fmt: skip
    (entry,) = document(body).entries
    assert (entry.guid, entry.authors, entry.language) == ("41", ("Ann",), "de")
    assert entry.url == "https://news.example/2"
    assert entry.summary == "Text with a < b. More."
    assert entry.title == "Text with a < b."


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ({"url": "https://news.example/1", "external_url": "https://other.example/"}, "https://news.example/1"),
        ({"external_url": "https://other.example/a"}, "https://other.example/a"),
        ({"id": "https://news.example/by-id"}, "https://news.example/by-id"),
        ({"url": "javascript:alert(1)", "title": "T"}, None),
        ({"url": "http://127.0.0.1/x", "title": "T"}, None),
    ],
)
def test_the_page_of_an_item(item: dict[str, str], url: str | None) -> None:
    (entry,) = document(feed(item)).entries
    assert entry.url == url


@pytest.mark.parametrize(
    "item",
    [
        {"banner_image": "https://cdn.example/a.png"},
        {"attachments": [{"url": "https://cdn.example/a.mp3", "mime_type": "audio/mpeg"},
                         {"url": "https://cdn.example/a.png", "mime_type": "image/png"}]},
        {"content_html": '<p>x <img src="https://cdn.example/a.png">'},
    ],
)  # fmt: skip
def test_where_the_image_comes_from(item: dict[str, object]) -> None:
    assert one(title="T", **item).image == "https://cdn.example/a.png"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T10:00:00Z", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("2026-11-23t10:00:00.25z", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("2026-06-30T23:59:60Z", datetime(2026, 7, 1, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 10:00:00 GMT", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("0001-01-01T00:00:00+23:00", None),
        ("9999-99-99", None),
        (20261123, None),
        (None, None),
    ],
)
def test_dates(text: object, moment: datetime | None) -> None:
    assert one(title="T", date_published=text).published_at == moment


def test_the_newest_500_of_more() -> None:
    items = [
        {"id": n, "title": f"T{n}", "date_published": f"2026-01-01T{n // 60:02}:{n % 60:02}:00Z"} for n in range(600)
    ]
    found = document(feed(*items))
    assert [found.entries[0].title, found.entries[-1].title, len(found.entries)] == ["T100", "T599", 500]
    assert found.note == "The document holds 600 items: the newest 500 were read."


def test_a_feed_that_has_ended_says_so() -> None:
    assert "has ended" in (document(feed(expired=True)).note or "")


def test_what_says_nothing_is_left_out_and_counted() -> None:
    found = document(feed(None, [], {}, {"title": ""}, {"title": "T"}))
    assert [entry.title for entry in found.entries] == ["T"]
    assert found.note == "4 of 5 items say nothing, and were left out."


@pytest.mark.parametrize(
    "charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_any_unicode_encoding(charset: str) -> None:
    body = json.dumps({"version": VERSION, "items": [{"title": "東京 naïve"}]}, ensure_ascii=False).encode(charset)
    assert document(body).entries[0].title == "東京 naïve"


def test_lone_surrogates_and_controls_do_no_harm() -> None:
    body = (
        b'{"version":"https://jsonfeed.org/version/1","items":[{"id":"\\ud800","title":"a\\ud83d\\u0000\tb\\u202e"}]}'
    )
    assert document(body).entries[0].title == "a b"


@pytest.mark.parametrize(
    "body",
    [
        feed({"title": "T"})[:-1],
        b'{"version": "https://jsonfeed.org/version/1", "items": [',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"{1}",
        b"[" + b"]" * 10,
    ],
)
def test_broken_json_gives_nothing(body: bytes) -> None:
    assert refused(body) == "This JSON is broken or was cut off: nothing of it was read."


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"items": []}', b'{"version": 1, "items": []}', b'[{"html": "<p>x</p>"}]']
)
def test_json_of_another_kind(body: bytes) -> None:
    assert refused(body) == "This is JSON, but not a JSON Feed: look for the site's feed address (often named RSS)."


@pytest.mark.parametrize("items", [None, {}, "x", 5])
def test_a_feed_without_a_list_of_items(items: object) -> None:
    assert "no list of items" in refused(json.dumps({"version": VERSION, "items": items}).encode())


def test_numbers_of_any_length_and_no_numbers() -> None:
    body = feed({"id": "HUGE", "title": "T", "url": "https://news.example/1"}).replace(b'"HUGE"', b"9" * 100_000)
    assert (document(body).entries[0].guid or "").startswith("blake2b:")
    odd = feed({"id": 1, "title": "T"}).replace(
        b'"title": "T"', b'"title": NaN, "title": 1e999, "summary": "S", "x": -Infinity'
    )
    assert document(odd).entries[0].title == "S"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just("https://x.example/a"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
NAMES = [
    "id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image",
    "language", "date_published", "date_modified", "authors", "author", "tags", "attachments",
]  # fmt: skip
ITEMS = st.dictionaries(st.sampled_from(NAMES), JSON_VALUES)


@given(
    st.lists(ITEMS | JSON_VALUES, max_size=6),
    st.dictionaries(st.sampled_from(["title", "language", "expired"]), JSON_VALUES),
)
def test_any_values_in_any_place(items: list[Any], top: dict[str, Any]) -> None:
    found = document(feed(*items, **top))
    for entry in found.entries:
        assert entry.title
        entry.title.encode()
        entry.summary.encode()


@given(st.binary(max_size=300), st.integers(0, 400), st.binary(max_size=4))
def test_any_bytes_and_any_damage(body: bytes, place: int, damage: bytes) -> None:
    whole = feed(
        {"id": 1, "title": "T", "date_published": "2026-11-23T10:00:00Z", "tags": ["a"]}, {"content_html": "<p>x"}
    )
    for each in (body, b"{" + body, b"[" + body, whole[:place] + damage + whole[place + 1 :]):
        assert isinstance(parse(each), Document | FetchFailed)
