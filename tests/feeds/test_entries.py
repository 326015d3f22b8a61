"""Entries beside those that feedparser makes of the same documents; `bench.entries` does it with real ones."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, strategies as st

from bench.entries import RULES, Difference, differences, feedparsers

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=40)
DATES = st.sampled_from(
    [
        "Tue, 24 Nov 2026 10:00:00 GMT",
        "Tue, 24 Nov 2026 10:00:00 +0900",
        "24 Nov 26 10:00 EST",
        "2026-11-24T10:00:00Z",
        "2026-11-24T10:00:00.25+05:30",
        "2026-11-24",
        "20261124",
        "Tue Nov 24 10:00:00 2026",
        "1970-01-01T00:00:00Z",
        "yesterday",
        "",
    ]
)
FIELDS = st.fixed_dictionaries({"title": WORDS, "id": WORDS, "date": DATES, "text": WORDS})


def rss(items: list[dict[str, str]]) -> bytes:
    inside = "".join(
        f"<item><title>{escape(each['title'])}</title><guid isPermaLink='false'>{escape(each['id'])}</guid>"
        f"<pubDate>{each['date']}</pubDate><description>{escape(escape(each['text']))}</description></item>"
        for each in items
    )
    return f"<rss version='2.0'><channel><title>Wire</title>{inside}</channel></rss>".encode()


def atom(items: list[dict[str, str]]) -> bytes:
    inside = "".join(
        f"<entry><title type='text'>{escape(each['title'])}</title><id>{escape(each['id'])}</id>"
        f"<updated>{each['date']}</updated><summary>{escape(each['text'])}</summary></entry>"
        for each in items
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Wire</title>{inside}</feed>".encode()


def rdf(items: list[dict[str, str]]) -> bytes:
    inside = "".join(
        f"<item rdf:about={quoteattr(each['id'])}><title>{escape(each['title'])}</title>"
        f"<dc:date>{each['date']}</dc:date><description>{escape(each['text'])}</description></item>"
        for each in items
    )
    return (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
        f"xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>Wire</title></channel>{inside}</rdf:RDF>"
    ).encode()


def told(body: bytes) -> list[Difference]:
    return list(differences(feedparsers(body), body))


@pytest.mark.parametrize("write", [rss, atom, rdf])
@given(items=st.lists(FIELDS, max_size=5))
def test_each_difference_has_its_rule(write: object, items: list[dict[str, str]]) -> None:
    assert callable(write)
    assert [each for each in told(write(items)) if each.rule is None] == []


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        ("title", b"<rss><channel><item><description>Ministers met. They will.</description></item></channel></rss>"),
        ("long id", b"<rss><channel><item><title>A</title><guid>" + b"x" * 2_000 + b"</guid></item></channel></rss>"),
        ("base", b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>A</title><content xml:base='/b/'>C</content>"
                 b"<id>i</id></entry></feed>"),
        ("old date", b"<rss><channel><item><title>A</title><pubDate>1970-01-01</pubDate></item></channel></rss>"),
        ("epoch", b"<rss><channel><item><title>A</title><pubDate>1764000000</pubDate></item></channel></rss>"),
        ("many", b"<rss><channel>" + b"<item><title>A</title></item>" * 501 + b"</channel></rss>"),
        ("cut off", b"<rss><channel><item><title>A</title></item><item><title>B</title><description><![CDATA[Half"),
        ("nested", b"<rss><channel><item><x><item><title>A</title></item></x><title>B</title></item></channel></rss>"),
    ],
)  # fmt: skip
def test_each_rule_has_its_document(rule: str, body: bytes) -> None:
    assert [each.rule for each in told(body)] == [rule]


def test_no_rule_is_without_a_document() -> None:
    assert len(RULES) == 8
