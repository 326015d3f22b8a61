"""Feeds found in a page, by the kind of its site, and by guessing."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from bot.feeds.discover import common_paths, found, rewritten
from bot.feeds.parse_document import parse_document
from bot.model import FailureKind, FeedLink, FetchFailed

URL = "https://paper.example/world/"


def urls(markup: str, url: str = URL) -> list[str]:
    return [link.url for link in found(markup.encode(), url)]


def page(head: str = "", body: str = "") -> bytes:
    return f"<!doctype html><html><head><title>Paper</title>{head}</head><body>{body}</body></html>".encode()


RSS = '<link rel="alternate" type="application/rss+xml" title="Paper &amp; News" href="/rss.xml?utm_source=x">'


def test_link_elements_with_their_titles() -> None:
    assert found(page(RSS), URL) == (FeedLink(url="https://paper.example/rss.xml", title="Paper & News"),)


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="ALTERNATE feed" type="application/atom+xml; charset=utf-8" href="/f">',
        '<link rel=feed href="/f">',
        '<link rel="alternate" type="application/feed+json" href="/f">',
        "<LINK HREF='/f' TYPE='text/xml' REL='alternate'>",
    ],
)
def test_link_elements_of_other_kinds(link: str) -> None:
    assert urls(link) == ["https://paper.example/f"]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="stylesheet" type="text/css" href="/f">',
        '<link rel="alternate" hreflang="de" href="/de">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed">',
        '<link rel="alternate" type="application/rss+xml" href="">',
        '<link rel="alternate" type="application/rss+xml" href="http://169.254.169.254/feed">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:x">',
        '<a href="http://localhost/rss.xml">RSS</a>',
        '<a href="/news">News</a>',
        '<a href="/feedback">Feedback</a>',
        '<!-- <link rel=feed href="/f"> -->',
    ],
)
def test_what_is_no_feed(link: str) -> None:
    assert urls(link) == []


def test_the_base_of_the_page_counts() -> None:
    assert urls('<base href="https://cdn.example/a/"><link rel=feed href="f.xml">') == ["https://cdn.example/a/f.xml"]
    assert urls('<base href="http://127.0.0.1/"><link rel=feed href="f.xml">') == ["https://paper.example/world/f.xml"]


def test_anchors_are_a_second_choice_and_comments_the_last() -> None:
    markup = (
        '<a href="/asia.rss">Asia</a><a href="https://feeds.feedburner.com/paper">By Feedburner</a>'
        '<link rel=alternate type=application/rss+xml href="/comments/feed/" title="Comments">'
        '<link rel=alternate type=application/rss+xml href="/feed/"><a href="/feed/">again</a>'
    )
    assert urls(markup) == [
        "https://paper.example/feed/",
        "https://paper.example/asia.rss",
        "https://feeds.feedburner.com/paper",
        "https://paper.example/comments/feed/",
    ]


def test_at_most_twenty() -> None:
    assert len(urls("".join(f'<a href="/{n}/rss.xml">x</a>' for n in range(100)))) == 20


def test_a_page_given_for_a_feed_is_told_with_its_feeds() -> None:
    head = RSS + "".join(f'<link rel=feed href="/{name}">' for name in "bcd")
    failed = parse_document(page(head), url=URL, content_type="text/html")
    assert isinstance(failed, FetchFailed)
    assert failed.kind is FailureKind.WEB_PAGE
    assert failed.detail == (
        "This is a web page, not a feed; 4 feeds were found in it: https://paper.example/rss.xml, "
        "https://paper.example/b, https://paper.example/c, and more."
    )
    assert len(failed.found) == 4


def test_long_addresses_stand_in_no_sentence() -> None:
    failed = parse_document(page(f'<link rel=feed href="/{"x" * 1900}">'), url=URL, content_type="text/html")
    assert isinstance(failed, FetchFailed)
    assert len(failed.found) == 1
    assert len(failed.detail) < 200


def test_a_page_without_feeds_is_told_as_before() -> None:
    failed = parse_document(page(), url=URL, content_type="text/html")
    assert isinstance(failed, FetchFailed)
    assert failed.found == ()
    assert failed.detail == "This is a web page, not a feed: look for its feed address (often named RSS)."


def test_a_page_too_deep_is_not_searched() -> None:
    assert found(b"<div>" * 100_000 + RSS.encode(), URL) == ()


@pytest.mark.parametrize(
    ("page_url", "feeds"),
    [
        ("https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv/videos",
         "https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv"),
        ("https://m.youtube.com/user/paper", "https://www.youtube.com/feeds/videos.xml?user=paper"),
        ("https://www.youtube.com/playlist?list=PLabc_123&x=1",
         "https://www.youtube.com/feeds/videos.xml?playlist_id=PLabc_123"),
        ("https://youtu.be/abc", ""),
        ("https://www.youtube.com/@paper", ""),
        ("https://www.youtube.com/watch?v=abc", ""),
        ("https://www.reddit.com/r/worldnews/", "https://www.reddit.com/r/worldnews/.rss"),
        ("https://old.reddit.com/r/a+b/new", "https://www.reddit.com/r/a+b/new/.rss"),
        ("https://reddit.com/user/someone", "https://www.reddit.com/user/someone/.rss"),
        ("https://www.reddit.com/user/someone/m/papers", "https://www.reddit.com/user/someone/m/papers/.rss"),
        ("https://www.reddit.com/", ""),
        ("https://journa.example/@ann", "https://journa.example/@ann.rss"),
        ("https://mastodon.social/tags/asia", "https://mastodon.social/tags/asia.rss"),
        ("https://bsky.app/profile/paper.example", "https://bsky.app/profile/paper.example/rss"),
        ("https://github.com/ann/tool/releases", "https://github.com/ann/tool/releases.atom"),
        ("https://github.com/ann/tool", "https://github.com/ann/tool/releases.atom https://github.com/ann/tool/commits.atom"),
        ("https://github.com/ann/tool/commits/main", "https://github.com/ann/tool/commits/main.atom"),
        ("https://github.com/ann/tool/tags", "https://github.com/ann/tool/tags.atom"),
        ("https://github.com/ann", "https://github.com/ann.atom"),
        ("https://gitlab.com/group/sub/tool/-/tags", "https://gitlab.com/group/sub/tool/-/tags?format=atom"),
        ("https://gitlab.com/group/tool", "https://gitlab.com/group/tool.atom"),
        ("https://medium.com/@ann", "https://medium.com/feed/@ann"),
        ("https://medium.com/the-paper", "https://medium.com/feed/the-paper"),
        ("https://ann.medium.com/", "https://ann.medium.com/feed"),
        ("https://ann.substack.com/p/some-post", "https://ann.substack.com/feed"),
        ("https://ann.tumblr.com/post/1", "https://ann.tumblr.com/rss"),
        ("https://www.tumblr.com/ann", "https://ann.tumblr.com/rss"),
        ("https://ann.blogspot.com/2026/11/x.html", "https://ann.blogspot.com/feeds/posts/default"),
        ("https://ann.blogspot.com/search/label/Asia", "https://ann.blogspot.com/feeds/posts/default/-/Asia"),
        ("https://ann.wordpress.com/2026/11/23/x/", "https://ann.wordpress.com/feed/"),
        ("https://ann.wordpress.com/tag/asia/", "https://ann.wordpress.com/tag/asia/feed/"),
        ("https://lemmy.world/c/news@lemmy.ml", "https://lemmy.world/feeds/c/news@lemmy.ml.xml?sort=New"),
        ("https://stackoverflow.com/questions/tagged/python",
         "https://stackoverflow.com/feeds/tag?tagnames=python&sort=newest"),
        ("https://politics.stackexchange.com/questions/tagged/asean",
         "https://politics.stackexchange.com/feeds/tag?tagnames=asean&sort=newest"),
        ("https://news.ycombinator.com/", "https://news.ycombinator.com/rss"),
        ("https://paper.example/world", ""),
        ("https://notreddit.com/r/worldnews", ""),
        ("ftp://reddit.com/r/x", ""),
        ("https://[", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_sites_whose_feeds_follow_from_their_addresses(page_url: str, feeds: str) -> None:
    assert " ".join(rewritten(page_url)) == feeds


def test_common_paths_stay_on_the_origin() -> None:
    paths = common_paths("https://user:secret@paper.example:8443/world?x=1")
    assert "https://paper.example:8443/feed" in paths
    assert "https://paper.example:8443/news-sitemap.xml" in paths
    assert all(path.startswith("https://paper.example:8443/") for path in paths)
    assert common_paths("nonsense") == common_paths("https://[") == ()


@given(st.text(st.characters(), max_size=200))
def test_any_address(url: str) -> None:
    for address in (url, f"https://{url}", f"https://github.com/{url}", f"https://www.youtube.com/playlist?list={url}"):
        assert isinstance(rewritten(address), tuple)
        assert isinstance(common_paths(address), tuple)


WHOLE = page(RSS, '<base href="/x"><a href="/rss.xml">RSS</a><svg><title>x</title></svg><template><a href=/feed>')


@given(st.integers(0, len(WHOLE)), st.integers(0, 30), st.binary(max_size=8))
def test_any_bytes_and_any_damage(place: int, length: int, damage: bytes) -> None:
    for body in (WHOLE[:place] + damage + WHOLE[place + length :], damage, b"<html>" + damage):
        links = found(body, URL)
        assert isinstance(links, tuple)
        assert isinstance(parse_document(body, url=URL, content_type="text/html"), FetchFailed)
