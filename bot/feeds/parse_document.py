"""One body into a `Document`: sniff, parse with feedparser, clean. Runs in a worker process; a door to feedparser.

The steps: `sniff.prepare` refuses what is no feed; expat reads what is well-formed; what is not is repaired (undeclared
entities, bare ampersands) and read again; only what is then still broken goes to feedparser's loose parser.

Never: feedparser's own fetching, sanitising or link resolution, or an exception: garbage in, a `FetchFailed` out.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from feedparser.api import LooseFeedParser

from bot.feeds import clean, schedule_words, sniff
from bot.feeds.links import LinkCleaner
from bot.feeds.markup import cut, plain
from bot.feeds.parse_lighter import LightHandler, lighten
from bot.feeds.parse_sax import ITEMS, Driver, Reading
from bot.model import Document, FailureKind, FetchFailed

lighten()

INCOMPLETE: Final = "The document is incomplete: it was cut off, and only its whole items were read."
REPAIRED: Final = "The document is not well-formed: it was read as well as it can be."
_FEED_ROOTS: Final = frozenset({"rss", "feed", "rdf", "channel"})
_ITEM: Final = re.compile(rb"<(?:[A-Za-z]{1,20}:)?(?:item|entry)[\s>/]")
_DATE: Final = re.compile(rb"<(?:pubDate|published|updated|dc:date)(?:\s[^<>]{0,200})?>\s{0,20}([^<>]{1,60})<")

# What feedparser's handlers have been seen to raise on hostile input (catalogue F22, F23), and their kin.
_CONFUSED: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError, RecursionError)


def parse_document(
    body: bytes,
    *,
    url: str,
    content_type: str | None,
    allow_private_links: frozenset[tuple[str, int | None]] = frozenset(),
) -> Document | FetchFailed:
    """The feed in `body`, at most 500 entries, or the plain reason why there is none. `url` is where it came from."""
    try:
        prepared = sniff.prepare(body, content_type)
        if isinstance(prepared, FetchFailed):
            return prepared
        handler, driver, notes = _read(prepared)
        if not handler.entries and not handler.version and prepared.root not in _FEED_ROOTS:
            return FetchFailed(kind=FailureKind.NOT_A_FEED, detail="This is XML, but not an RSS or Atom feed.")
        return _document(handler, driver, notes, LinkCleaner(url, allow_private_links), url)
    except _CONFUSED:
        return FetchFailed(kind=FailureKind.NOT_A_FEED, detail="This document is too broken to be read as a feed.")
    except MemoryError:
        return FetchFailed(
            kind=FailureKind.HOSTILE, detail="Reading this document takes too much memory: it was stopped."
        )


def _read(prepared: sniff.Prepared) -> tuple[Any, Driver, list[str]]:
    """feedparser's handler with what it read, the driver that counted its items, and notes for people."""
    first = _first_item(prepared.data)
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
    )


class _Plain(dict[str, Any]):
    """A FeedParserDict without its renaming of keys, which costs more than all the cleaning of an entry."""


def _first_item(data: bytes) -> int:
    """Which item the newest 500 begin with: the first, but for a longer document that is sorted oldest first."""
    if data.count(b"<item") + data.count(b"<entry") <= ITEMS:
        return 0
    total = sum(1 for _ in _ITEM.finditer(data))
    start = _ITEM.search(data)
    first = _DATE.search(data, start.end(), start.end() + 65536) if start else None
    last = None
    for last in _DATE.finditer(data, max(0, len(data) - 65536)):  # noqa: B007 -- the last one is wanted
        pass
    if total <= ITEMS or first is None or last is None:
        return 0
    oldest, newest = _date(first[1]), _date(last[1])
    return total - ITEMS if oldest is not None and newest is not None and oldest < newest else 0


def _date(text: bytes) -> datetime | None:
    words = text.decode("ascii", "replace").strip()
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(words)
        except (ValueError, TypeError, OverflowError):
            continue
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return None
