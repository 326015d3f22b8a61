"""One body into a `Document`: sniff, parse with feedparser, clean. Runs in a worker process; a door to feedparser.

The steps: JSON, sitemaps and pages with rules go to readers of their own; `sniff.prepare` refuses what is no feed;
`delta` leaves out the entries that were read before; expat reads what is well-formed; what is not is repaired
(undeclared entities, bare ampersands) and read again; only what is then still broken goes to feedparser's loose parser.

Never: feedparser's own fetching, sanitising or link resolution, or an exception: garbage in, a `FetchFailed` out.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any, Final

from feedparser.api import LooseFeedParser

from bot.feeds import clean, dates, delta, discover, page, parse_json, parse_sitemap, schedule_words, sniff
from bot.feeds.links import LinkCleaner
from bot.feeds.markup import cut, plain
from bot.feeds.parse_lighter import LightHandler, lighten
from bot.feeds.parse_sax import INCOMPLETE, ITEMS, Driver, Reading
from bot.feeds.parse_wire import PageTask
from bot.model import Document, FailureKind, FetchFailed

lighten()

REPAIRED: Final = "The document is not well-formed: it was read as well as it can be."
_UNPACKED: Final = 10 * 1024 * 1024
"""Bytes: what a document may be that is not packed (`bot.feeds.fetch`)."""
_FEED_ROOTS: Final = frozenset({"rss", "feed", "rdf", "channel"})
_ITEM: Final = re.compile(rb"<(?:[A-Za-z]{1,20}:)?(?:item|entry)[\s>/]")
_DATE: Final = re.compile(rb"<(?:pubDate|published|updated|dc:date)(?:\s[^<>]{0,200})?>\s{0,20}([^<>]{1,60})<")
_RHYTHM: Final = 10

# What feedparser's handlers have been seen to raise on hostile input (catalogue F22, F23), and their kin.
_CONFUSED: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError, RecursionError)


def parse_document(
    body: bytes,
    *,
    url: str,
    content_type: str | None,
    known: bytes = b"",
    allow_private_links: frozenset[tuple[str, int | None]] = frozenset(),
    task: PageTask | None = None,
) -> Document | FetchFailed:
    """The feed in `body`, at most 500 entries, or the plain reason why there is none. `url` is where it came from.

    `known` is `Document.slices` of the feed's document before: entries of the same bytes are passed over. With a `task`
    the body is a web page, and the task says how it is read.
    """
    links = LinkCleaner(url, allow_private_links)
    if body.startswith(sniff.GZIP):
        unpacked = _unpacked(body)
        if unpacked is None:
            return FetchFailed(kind=FailureKind.TOO_LARGE, detail="Unpacked, this document is larger than 10 MB.")
        body = unpacked
    try:
        if task is not None:
            return page.read(sniff.decode(body, content_type, page=True), task, links, url=url)
        if sniff.is_json(body):
            return parse_json.read(sniff.decode(body, content_type), links, url=url)
        prepared = sniff.prepare(body, content_type)
        if isinstance(prepared, FetchFailed):
            if prepared.kind is FailureKind.WEB_PAGE:
                found = discover.found(sniff.decode(body, content_type, page=True), url, allow_private_links)
                return discover.told(prepared, found)
            return prepared
        if prepared.root in sniff.SITEMAPS:
            return parse_sitemap.read(prepared, links, url=url)
        return _feed(prepared, known, links, url)
    except _CONFUSED:
        return FetchFailed(kind=FailureKind.NOT_A_FEED, detail="This document is too broken to be read as a feed.")
    except MemoryError:
        return FetchFailed(
            kind=FailureKind.HOSTILE, detail="Reading this document takes too much memory: it was stopped."
        )


def _unpacked(body: bytes) -> bytes | None:
    """A document that is kept packed (``sitemap.xml.gz``), as far as it goes; None where it is too large."""
    packer = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        body = packer.decompress(body, _UNPACKED + 1)
    except zlib.error:
        return b""
    return body if len(body) <= _UNPACKED else None


def _feed(prepared: sniff.Prepared, known: bytes, links: LinkCleaner, url: str) -> Document | FetchFailed:
    """The feed, by its new entries alone where that is safe."""
    spans = delta.spans(prepared.data)
    first = _first_item(prepared.data, len(spans))
    slices = delta.cut(prepared.data, spans, first, ITEMS) if spans else None
    before = delta.remembered(known) if slices is not None else {}
    part = delta.reduced(prepared.data, slices, before) if slices is not None and before else None
    if slices is not None and part is not None and part.passed:
        document = _whole(replace(prepared, data=part.data), 0, links, url, total=len(slices.spans))
        if isinstance(document, Document):
            keys = clean.keys(document.entries)
            if not delta.is_entangled(chain(keys, map(clean.key, document.entries)), part.keys):
                return replace(
                    document,
                    slices=delta.memory(slices, before, keys) if _is_plain(document) else b"",
                    passed=part.keys,
                    passed_dates=tuple(_dates(part.passed)),
                )
    document = _whole(prepared, first, links, url)
    if slices is not None and isinstance(document, Document) and _is_plain(document):
        return replace(document, slices=delta.memory(slices, {}, clean.keys(document.entries)))
    return document


def _is_plain(document: Document) -> bool:
    """Whether the document was read as it stands, and its entries stand alone."""
    return not document.incomplete and REPAIRED not in (document.note or "") and clean.stand_alone(document.entries)


def _dates(passed: Sequence[bytes]) -> Iterator[datetime]:
    """When the first and the last of some entries were published: the newest are at either end."""
    for entry in {*passed[:_RHYTHM], *passed[-_RHYTHM:]}:
        found = _DATE.search(entry)
        date = dates.read(found[1].decode("ascii", "replace")) if found is not None else None
        if date is not None:
            yield date


def _whole(
    prepared: sniff.Prepared, first: int, links: LinkCleaner, url: str, *, total: int | None = None
) -> Document | FetchFailed:
    """All the entries of some data from the `first` on; `total` is how many the document holds, where not all do."""
    handler, driver, notes = _read(prepared, first)
    if not handler.entries and not handler.version and prepared.root not in _FEED_ROOTS:
        return FetchFailed(kind=FailureKind.NOT_A_FEED, detail="This is XML, but not an RSS or Atom feed.")
    if total is not None:
        driver.items = total
    return _document(handler, driver, notes, links, url)


def _read(prepared: sniff.Prepared, first: int) -> tuple[Any, Driver, list[str]]:
    """feedparser's handler with what it read, the driver that counted its items, and notes for people."""
    handler, driver, reading = _strictly(prepared.data, first)
    notes = []
    if reading is Reading.BROKEN:
        repaired = sniff.repair(prepared)
        if repaired != prepared.data:
            handler, driver, reading = _strictly(repaired, first)
        if reading is Reading.BROKEN:
            handler = LooseFeedParser("", None, "utf-8", {})
            handler.resolve_relative_uris = handler.sanitize_html = False
            handler.feed(prepared.data.decode("utf-8", "replace"))
            notes.append(REPAIRED)
            if not prepared.data.rstrip().endswith(b">"):
                notes.append(INCOMPLETE)
            driver.items = len(handler.entries)
            return handler, driver, notes
    if reading is Reading.CUT_OFF:
        notes.append(INCOMPLETE)
    return handler, driver, notes


def _strictly(data: bytes, first: int) -> tuple[Any, Driver, Reading]:
    handler = LightHandler("", None, "utf-8")
    handler.resolve_relative_uris = handler.sanitize_html = False
    driver = Driver(handler, first)
    try:
        return handler, driver, driver.read(data)
    except _CONFUSED:
        return handler, driver, Reading.BROKEN


def _document(handler: Any, driver: Driver, notes: list[str], links: LinkCleaner, url: str) -> Document:
    feed = handler.feeddata
    tongue = clean.language(dict.get(feed, "language"))
    entries = handler.entries[:ITEMS]
    if driver.items > ITEMS:
        notes.append(f"The document holds {driver.items:,} items: the newest {ITEMS} were read.")
    title = dict.get(feed, "title")
    return Document(
        title=cut(plain(title if isinstance(title, str) else ""), clean.TITLE_LIMIT),
        language=tongue,
        entries=tuple(clean.entry(_Plain(raw), links, base=url, tongue=tongue) for raw in entries),
        ttl=schedule_words.ttl(dict.get(feed, "ttl")) or schedule_words.period(driver.schedule),
        skip_hours=schedule_words.hours(driver.schedule),
        skip_days=schedule_words.days(driver.schedule),
        note=" ".join(notes) or None,
        incomplete=INCOMPLETE in notes,
        links=tuple(driver.links),
    )


class _Plain(dict[str, Any]):
    """A FeedParserDict without its renaming of keys, which costs more than all the cleaning of an entry."""


def _first_item(data: bytes, known: int = 0) -> int:
    """Which item the newest 500 begin with: the first, but for a longer document that is sorted oldest first.

    `known` is how many items there are, where that is known.
    """
    if (known or data.count(b"<item") + data.count(b"<entry")) <= ITEMS:
        return 0
    total = sum(1 for _ in _ITEM.finditer(data))
    start = _ITEM.search(data)
    first = _DATE.search(data, start.end(), start.end() + 65536) if start else None
    last = None
    for last in _DATE.finditer(data, max(0, len(data) - 65536)):  # noqa: B007 -- the last one is wanted
        pass
    if total <= ITEMS or first is None or last is None:
        return 0
    oldest, newest = (dates.read(each[1].decode("ascii", "replace")) for each in (first, last))
    return total - ITEMS if oldest is not None and newest is not None and oldest < newest else 0
