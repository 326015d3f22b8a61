"""News sitemaps: what they list becomes entries; any other sitemap says what it is."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from bot.feeds.parse_document import parse_document
from bot.feeds.parse_sax import INCOMPLETE
from bot.model import Document, Entry, FailureKind, FetchFailed

URL = "https://www.harbour.example/news-sitemap.xml"
SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


def story(number: int = 1, *, date: str = "2026-11-23T10:00:00+08:00", title: str | None = None, more: str = "") -> str:
    return (
        f"<url><loc>https://www.harbour.example/{number}</loc><news:news><news:publication><news:name>The Harbour Times"
        f"</news:name><news:language>en</news:language></news:publication><news:publication_date>{date}"
        f"</news:publication_date><news:title>{title or f'Story {number}'}</news:title>{more}</news:news></url>"
    )


def sitemap(*urls: str, spaces: str = SPACES, root: str = "urlset") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {spaces}>{"".join(urls)}</{root}>'.encode()


def parse(body: bytes) -> Document | FetchFailed:
    return parse_document(body, url=URL, content_type="application/xml")


def document(body: bytes) -> Document:
    found = parse(body)
    assert isinstance(found, Document), found
    return found


def refused(body: bytes) -> FetchFailed:
    found = parse(body)
    assert isinstance(found, FetchFailed)
    assert found.kind is FailureKind.NOT_A_FEED
    return found


def test_a_listed_story() -> None:
    more = "<news:keywords>Defence, Manila ,, Politics</news:keywords>"
    url = story(title="Fleet sails &amp; returns", more=more).replace(
        "</url>",
        "<image:image><image:loc>https://cdn.example/a.jpg</image:loc><image:title>no</image:title></image:image>"
        "<image:image><image:loc>https://cdn.example/b.jpg</image:loc></image:image></url>",
    )
    found = document(sitemap(url))
    assert (found.title, found.language, found.note) == ("The Harbour Times", "en", None)
    assert found.entries == (
        Entry(
            guid=None,
            url="https://www.harbour.example/1",
            title="Fleet sails & returns",
            summary="",
            image="https://cdn.example/a.jpg",
            published_at=datetime(2026, 11, 23, 2, tzinfo=UTC),
            categories=("Defence", "Manila", "Politics"),
            language="en",
        ),
    )


@pytest.mark.parametrize(
    "spaces",
    [
        SPACES.replace("http://www.google", "https://www.google"),
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"',  # never declared, as some do
        SPACES.replace("0.9", "0.9/"),
    ],
)
def test_namespaces_as_publishers_write_them(spaces: str) -> None:
    assert [entry.title for entry in document(sitemap(story(), spaces=spaces)).entries] == ["Story 1"]


def test_other_prefixes_for_the_same_namespaces() -> None:
    body = sitemap(story()).replace(b"xmlns:news", b"xmlns:n").replace(b"news:", b"n:")
    assert [entry.title for entry in document(body).entries] == ["Story 1"]


def test_a_title_of_a_picture_or_video_is_no_headline() -> None:
    body = sitemap(
        "<url><loc>https://www.harbour.example/1</loc><image:image><image:title>Picture</image:title></image:image></url>",
        story(2),
    )
    found = document(body)
    assert [entry.title for entry in found.entries] == ["Story 2"]
    assert found.note == "1 of its 2 addresses come without headline, and were left out."


def test_the_newest_500_of_more() -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    urls = [story(n, date=(start + timedelta(minutes=n)).isoformat()) for n in range(1200)]
    found = document(sitemap(*urls))
    assert [found.entries[0].title, found.entries[-1].title, len(found.entries)] == ["Story 700", "Story 1199", 500]
    assert found.note == "The sitemap lists 1,200 items: the newest 500 were read."


def test_entities_bare_ampersands_and_cdata() -> None:
    body = sitemap(story(1, title="Fish & chips &nbsp;today"), story(2, title="<![CDATA[A < B & C]]>"))
    assert [entry.title for entry in document(body).entries] == ["Fish & chips today", "A < B & C"]


def test_a_cut_off_sitemap_gives_its_whole_stories() -> None:
    found = document(sitemap(story(1), story(2), story(3))[:-60])
    assert [entry.title for entry in found.entries] == ["Story 1", "Story 2"]
    assert found.incomplete
    assert found.note == INCOMPLETE


def test_a_news_sitemap_on_a_quiet_day_is_empty_and_no_failure() -> None:
    assert document(sitemap()).entries == ()


def test_a_sitemap_without_news() -> None:
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    body = sitemap(*["<url><loc>https://www.harbour.example/a</loc></url>"] * 3, spaces=spaces)
    assert refused(body).detail == (
        "This sitemap lists 3 addresses without their news: look for the site's news sitemap "
        "(its robots.txt often names it)."
    )
    assert "0 addresses" in refused(sitemap(spaces=spaces)).detail


def test_an_index_names_its_news_sitemaps() -> None:
    body = sitemap(
        "<sitemap><loc>https://www.harbour.example/posts-1.xml</loc><lastmod>2026-11-23</lastmod></sitemap>",
        "<sitemap><loc>https://www.harbour.example/news-sitemap.xml</loc></sitemap>",
        "<sitemap><loc>http://10.0.0.1/news.xml</loc></sitemap>",
        root="sitemapindex",
    )
    found = refused(body)
    assert [link.url for link in found.found] == ["https://www.harbour.example/news-sitemap.xml"]
    assert found.detail == (
        "This is an index of 3 sitemaps, not a sitemap itself: give the address of its news sitemap, such as "
        "https://www.harbour.example/news-sitemap.xml"
    )
    assert "none of them" in refused(body.replace(b"news", b"old")).detail


def test_an_entity_bomb_is_refused() -> None:
    bomb = b'<!DOCTYPE urlset [<!ENTITY a "xx"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;">]>'
    found = parse(sitemap(story(title="&c;")).replace(b"<urlset", bomb + b"<urlset"))
    assert isinstance(found, FetchFailed)
    assert found.kind is FailureKind.HOSTILE


def test_depth_length_and_namespaces_are_bounded() -> None:
    spaces = SPACES + "".join(f' xmlns:n{n}="urn:{n}"' for n in range(5000))
    deep = "<url>" + "<x>" * 5000 + "<loc>https://www.harbour.example/deep</loc>" + "</x>" * 5000 + "</url>"
    found = document(sitemap(story(1, title="A " * 100_000), deep, spaces=spaces))
    assert len(found.entries) == 1
    assert len(found.entries[0].title) <= 512


WHOLE = sitemap(story(1), story(2, title="Fish & chips"), "<url><loc>x</loc><lastmod>2026</lastmod></url>")


@given(
    st.integers(0, len(WHOLE)),
    st.integers(0, 40),
    st.binary(max_size=6),
    st.sampled_from([b"", b"<urlset>", b"<sitemapindex>"]),
)
def test_any_damage(place: int, length: int, damage: bytes, opening: bytes) -> None:
    for body in (WHOLE[:place] + damage + WHOLE[place + length :], opening + damage + WHOLE[place:], opening + damage):
        assert isinstance(parse(body), Document | FetchFailed)


def test_a_packed_sitemap_is_unpacked_as_far_as_it_goes() -> None:
    packed = gzip.compress(sitemap(*(story(number) for number in range(40))))
    assert len(document(packed).entries) == 40
    for broken in (packed[:12], b"\x1f\x8b no"):
        found = parse(broken)
        assert isinstance(found, FetchFailed)
        assert found.kind is FailureKind.EMPTY


def test_h01_a_packed_bomb_is_refused() -> None:
    found = parse(gzip.compress(bytes(64 << 20)))
    assert isinstance(found, FetchFailed)
    assert found.kind is FailureKind.TOO_LARGE
