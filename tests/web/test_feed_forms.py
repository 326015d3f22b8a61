"""Writing a feed: whatever an entry holds, each form is valid by its rules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from bot.web.address import FEEDS
from bot.web.feeds_out import EMPTY, Feed, FeedEntry, identifier, write
from tests.web.feed_rules import CHECKS

ANYTHING = st.text(st.characters(), max_size=60)
MOMENTS = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(
    title=ANYTHING,
    summary=ANYTHING,
    author=ANYTHING,
    categories=st.lists(ANYTHING, max_size=3, unique=True),
    moment=MOMENTS,
    language=st.sampled_from((None, "en", "pt-br", "zh-Hant-TW")),
)
def test_whatever_an_entry_holds_the_feed_is_well_formed(
    title: str, summary: str, author: str, categories: list[str], moment: datetime, language: str | None
) -> None:
    entry = FeedEntry(
        key="item/1",
        title=f"T{title}",
        url="https://news.example/a?b=c&d=e",
        summary=summary,
        published=moment,
        author=author,
        categories=tuple(categories),
        image="https://news.example/i?a=b&c=d",
        language=language,
    )
    home = "https://news.example.org/tag/x"
    for form in FEEDS:
        feed = Feed(
            title=f"F{title}",
            description="About x",
            home=home,
            itself=f"{home}.{form}",
            key="/tag/x",
            entries=(entry,),
            icon="https://news.example.org/i.svg",
        )
        CHECKS[form](write(feed, form))


def test_an_empty_feed_is_valid_too() -> None:
    home = "https://news.example.org/tag/x"
    for form in FEEDS:
        feed = Feed(title="T", description="D", home=home, itself=home, key="/tag/x", entries=(), icon=home)
        assert feed.updated == EMPTY
        CHECKS[form](write(feed, form))


@pytest.mark.parametrize(
    ("home", "found"),
    [
        ("https://News.Example.org:8443/x", "tag:news.example.org,2026-01-01:item/1"),
        ("http://127.0.0.1:8080/", "tag:127.0.0.1,2026-01-01:item/1"),
        ("http://[::1]:8080/", "tag:localhost,2026-01-01:item/1"),
        ("https://пример.example/", "tag:xn--e1afmkfd.example,2026-01-01:item/1"),
    ],
)
def test_an_id_is_a_tag_uri_under_the_pages_host(home: str, found: str) -> None:
    assert identifier(home, "item/1") == found
