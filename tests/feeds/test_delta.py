"""Slicing: the same entries as without it, whatever the document looks like, and the whole wherever there is doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, strategies as st

from bot.feeds import clean, delta
from bot.feeds.parse_document import parse_document
from bot.model import Document

FIRST = datetime(2026, 10, 1, tzinfo=UTC)
URL = "https://news.example/feed.xml"


def read(text: str | bytes, known: bytes = b"") -> Document:
    body = text if isinstance(text, bytes) else text.encode()
    found = parse_document(body, url=URL, content_type="application/rss+xml", known=known)
    assert isinstance(found, Document)
    return found


def item(number: int, *, text: str = "A text.", guid: str | None = None) -> str:
    return (
        f"<item><title>Headline number {number}</title><link>https://news.example/story/{number}</link>"
        f"<guid>{guid or f'https://news.example/story/{number}'}</guid>"
        f"<pubDate>{format_datetime(FIRST + timedelta(hours=number))}</pubDate><description>{text}</description></item>"
    )


def rss(*items: str, between: str = "\n", tail: str = "") -> str:
    head = '<?xml version="1.0"?><rss version="2.0"><channel><title>F</title><language>fr</language><ttl>30</ttl>'
    return f"{head}{between.join(items)}{tail}</channel></rss>"


def atom(*numbers: int, prefix: str = "") -> str:
    entries = "".join(
        f"<{prefix}entry><{prefix}title>Headline number {number}</{prefix}title>"
        f'<{prefix}link href="https://news.example/story/{number}"/>'
        f"<{prefix}id>tag:news.example,2026:story-{number}</{prefix}id>"
        f"<{prefix}updated>2026-11-23T{number % 24:02}:00:00Z</{prefix}updated></{prefix}entry>"
        for number in numbers
    )
    space = 'xmlns:a="http://www.w3.org/2005/Atom"' if prefix else 'xmlns="http://www.w3.org/2005/Atom"'
    return f"<{prefix}feed {space}><{prefix}title>F</{prefix}title>{entries}</{prefix}feed>"


def rdf(*numbers: int) -> str:
    items = "".join(
        f'<item rdf:about="https://news.example/story/{number}"><title>Headline number {number}</title>'
        f"<link>https://news.example/story/{number}</link></item>"
        for number in numbers
    )
    return (
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"<channel><title>F</title></channel>{items}</rdf:RDF>"
    )


@pytest.mark.parametrize(
    "document",
    [
        lambda *numbers: rss(*map(item, numbers)),
        lambda *numbers: rss(*map(item, numbers), between="<!-- a comment -->"),
        lambda *numbers: rss(*(item(each, text="<![CDATA[<p>A > B</p>]]>") for each in numbers)),
        lambda *numbers: rss(
            *(item(each, text="<![CDATA[<?xml:namespace prefix = o /><p>A</p>]]>") for each in numbers)
        ),
        lambda *numbers: rss(*(item(each, text="fish & chips &nbsp; &eacute;") for each in numbers)),
        atom,
        lambda *numbers: atom(*numbers, prefix="a:"),
        rdf,
    ],
    ids=["rss", "comments", "cdata", "instructions in it", "entities", "atom", "prefixed", "rdf"],
)
def test_only_new_entries_are_read_and_they_are_those_of_the_whole(document: object) -> None:
    assert callable(document)
    before = read(document(3, 2, 1))
    assert len(delta.remembered(before.slices)) == 3
    after = document(5, 4, 3, 2, 1)
    sliced, whole = read(after, before.slices), read(after)
    assert len(sliced.passed) == 3
    assert sliced.entries == whole.entries[:2]
    assert sliced.slices == whole.slices
    assert (sliced.title, sliced.language, sliced.ttl) == (whole.title, whole.language, whole.ttl)


def test_an_edited_entry_is_read_again_and_a_document_without_news_gives_none() -> None:
    before = read(rss(item(2), item(1)))
    edited = read(rss(item(2, text="Another text."), item(1)), before.slices)
    assert [entry.summary for entry in edited.entries] == ["Another text."]
    nothing = read(rss(item(2), item(1), tail="<lastBuildDate>later</lastBuildDate>"), before.slices)
    assert (nothing.entries, len(nothing.passed)) == ((), 2)
    assert nothing.ttl is not None


def test_the_dates_of_what_was_passed_over_are_kept_for_the_rhythm() -> None:
    before = read(rss(item(3), item(2), item(1)))
    after = read(rss(item(4), item(3), item(2), item(1)), before.slices)
    assert sorted(date.hour for date in after.passed_dates) == [1, 2, 3]


def test_what_stands_between_entries_is_kept() -> None:
    before = read(rss(item(2), item(1)))
    moved = rss(item(3), "<title>Late</title>", item(2), item(1)).replace("<title>F</title>", "")
    assert read(moved, before.slices).title == read(moved).title == "Late"


@pytest.mark.parametrize(
    "doubtful",
    [
        rss(item(2), "<item><title>Nested<item/></title></item>", item(1)),
        rss(item(2), "<item/>", item(1)),
        rss(item(2), item(3, text="<![CDATA[ </item><item> ]]>"), item(1)),
        rss(item(2), item(3, text="<![CDATA[ an <item> of code </item> ]]>"), item(1)),
        rss(item(2), item(3, text="<!-- ]]> --><![CDATA[ </item><item> ]]><!-- <![CDATA[ -->"), item(1)),
        rss(
            item(2),
            item(3, text="<![CDATA[ <item>"),
            item(1).replace("<item>", "").replace("</item>", "</item>]]></description></item>"),
        ),
        rss(item(2), "<?x <item>?>", item(3), "<?x </item>?>", item(1)),
        rss(item(2), "<!-- " + item(3), item(1) + " -->"),
        rss(item(2), item(1)).replace("</channel></rss>", "<item><title>cut o"),
        rss(item(2).replace("</item>", ""), item(1)),
    ],
    ids=[
        "nested",
        "empty",
        "CDATA across",
        "CDATA within",
        "CDATA balanced",
        "CDATA to the end",
        "instruction",
        "comment",
        "cut off",
        "not closed",
    ],
)
def test_on_any_doubt_the_whole_is_read(doubtful: str) -> None:
    before = read(rss(item(2), item(1)))
    assert read(doubtful, before.slices).entries == read(doubtful).entries
    assert read(doubtful, before.slices).passed == ()


def test_an_entry_in_a_processing_instruction_is_none_and_nothing_is_passed_over_beside_it() -> None:
    odd = rss(item(2), f"<?x {item(3)} ?>", item(1))
    before = read(odd)
    assert [entry.title for entry in before.entries] == ["Headline number 2", "Headline number 1"]
    assert before.slices == b""
    known = read(rss(item(2), item(1))).slices
    assert read(odd, known).slices == b""
    assert {entry.title for entry in read(odd, known).entries} <= {entry.title for entry in before.entries}


def test_a_guid_or_address_that_an_old_entry_has_too_means_that_the_whole_is_read() -> None:
    before = read(rss(item(2), item(1)))
    assert before.slices
    again = rss(item(3, guid="https://news.example/story/2"), item(2), item(1))
    sliced = read(again, before.slices)
    assert sliced == read(again)
    keys = clean.keys(sliced.entries)
    assert len(set(keys)) == 3
    assert sliced.slices == b"", "and while it does, nothing is passed over"


def test_of_a_long_document_the_newest_are_sliced() -> None:
    old = rss(*map(item, range(600, 0, -1)))
    before = read(old)
    assert len(delta.remembered(before.slices)) == 500
    after = read(rss(*map(item, range(602, 0, -1))), before.slices)
    assert [entry.title for entry in after.entries] == ["Headline number 602", "Headline number 601"]
    assert len(after.passed) == 498
    assert after.note is not None
    assert "602 items" in after.note


@given(data=st.binary(max_size=400), known=st.binary(max_size=40))
def test_whatever_the_bytes_cutting_gives_spans_in_order_or_nothing(data: bytes, known: bytes) -> None:
    body = b"<rss><item>" + data.replace(b"x", b"<item>").replace(b"y", b"</item>") + b"</item></rss>"
    spans = delta.spans(body)
    if not spans:
        return
    slices = delta.cut(body, spans, 0, 500)
    assert all(start < end for start, end in slices.spans)
    assert list(slices.spans) == sorted(slices.spans)
    part = delta.reduced(body, slices, delta.remembered(known))
    assert len(part.data) <= len(body)
    keys = [f"g-{number:032x}" for number, _ in enumerate(slices.spans)]
    before = delta.remembered(delta.memory(slices, {}, keys))
    assert set(before.values()) <= set(keys)
    assert len(delta.reduced(body, slices, before).keys) == len(slices.spans)
    assert delta.memory(slices, {}, keys[1:]) == delta.memory(slices, {}, [*keys, "g-0"]) == b""


@given(numbers=st.lists(st.integers(1, 60), unique=True, max_size=12), seen=st.sets(st.integers(1, 60)))
def test_sliced_and_seen_together_are_the_whole(numbers: list[int], seen: set[int]) -> None:
    if not seen:
        return
    before = read(rss(*map(item, sorted(seen))))
    document = rss(*map(item, numbers))
    sliced, whole = read(document, before.slices), read(document)
    assert sliced.entries == tuple(
        entry for entry, number in zip(whole.entries, numbers, strict=True) if number not in seen
    )
    assert replace(sliced, entries=(), passed=(), passed_dates=()) == replace(whole, entries=())
