"""Feeds of the web pages: Atom 1.0 (RFC 4287), RSS 2.0 (the RSS Advisory Board's 2.0.11) and JSON Feed 1.1. Pure.

Written with the standard library's ElementTree, which escapes; what XML 1.0 cannot hold is left out. The libraries were
tried and left (docs/web.md): feedgen brings lxml to write 40 lines of XML and knows no JSON Feed, feedgenerator has no
language or thumbnail at an entry. An entry's id is a tag: URI (RFC 4151), so that it stays the same in all three forms,
under any path, and whatever the publisher does with the link.
Never: markup in a title or text, or a clock: a feed is as new as its newest entry.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from yarl import URL

from bot.web.address import Form

ATOM = "http://www.w3.org/2005/Atom"
MEDIA = "http://search.yahoo.com/mrss/"
DC = "http://purl.org/dc/elements/1.1/"
XML = "http://www.w3.org/XML/1998/namespace"
MINTED = "2026-01-01"
"""The day on which the names in our tag: URIs were ours to give."""
EMPTY = datetime(2026, 1, 1, tzinfo=UTC)
"""How new a feed without entries is: Atom wants a date."""
TYPES = {
    Form.ATOM: "application/atom+xml",
    Form.RSS: "application/rss+xml",
    Form.JSON: "application/feed+json",
}
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (section 2.2) cannot hold, escaped or not."""
_TTL = 15
"""Minutes between two looks of a reader of RSS."""

ET.register_namespace("media", MEDIA)
ET.register_namespace("dc", DC)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One entry."""

    key: str
    """What makes its id, unique and the same for ever: ``story/123``."""
    title: str
    url: str
    """Absolute."""
    summary: str
    """Plain text; may be empty."""
    published: datetime
    author: str
    categories: tuple[str, ...] = ()
    image: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed, in whatever form."""

    title: str
    description: str
    home: str
    """The page's absolute address."""
    itself: str
    """The feed's own."""
    key: str
    """As of an entry."""
    entries: tuple[FeedEntry, ...]
    icon: str

    @property
    def updated(self) -> datetime:
        """When its newest entry came."""
        return max((entry.published for entry in self.entries), default=EMPTY)


def write(feed: Feed, form: Form) -> bytes:
    """A feed in one of `address.FEEDS`, in UTF-8."""
    match form:
        case Form.ATOM:
            return _xml(_atom(feed))
        case Form.RSS:
            return _xml(_rss(feed))
        case Form.JSON:
            return _json(feed)
        case _:
            raise ValueError(f"{form!r} is no feed")


def identifier(home: str, key: str) -> str:
    """A tag: URI under the host of an address. An address in digits of version 6 cannot be an authority (RFC 4151)."""
    host = URL(home).raw_host or "localhost"
    return f"tag:{'localhost' if ':' in host else host.lower()},{MINTED}:{key}"


def fit(text: str) -> str:
    """Text without what XML cannot hold."""
    return _UNFIT.sub("", text)


def _atom(feed: Feed) -> ET.Element:
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    _add(root, "id", identifier(feed.home, feed.key))
    _add(root, "title", feed.title)
    _add(root, "subtitle", feed.description)
    _add(root, "updated", _rfc3339(feed.updated))
    _add(_add(root, "author"), "name", "Dateline")
    _add(root, "link", rel="self", type=TYPES[Form.ATOM], href=feed.itself)
    _add(root, "link", rel="alternate", type="text/html", href=feed.home)
    _add(root, "generator", "Dateline")
    _add(root, "icon", feed.icon)
    for entry in feed.entries:
        node = _add(root, "entry", **({"xml:lang": entry.language} if entry.language else {}))
        _add(node, "id", identifier(feed.home, entry.key))
        _add(node, "title", entry.title)
        _add(node, "link", rel="alternate", href=entry.url)
        _add(node, "published", _rfc3339(entry.published))
        _add(node, "updated", _rfc3339(entry.published))
        _add(_add(node, "author"), "name", entry.author)
        for category in entry.categories:
            _add(node, "category", term=category)
        if entry.summary:
            _add(node, "summary", entry.summary)
        if entry.image is not None:
            _add(node, f"{{{MEDIA}}}thumbnail", url=entry.image)
    return root


def _rss(feed: Feed) -> ET.Element:
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": ATOM})
    channel = _add(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.home)
    _add(channel, "description", feed.description)
    _add(channel, "atom:link", rel="self", type=TYPES[Form.RSS], href=feed.itself)
    _add(channel, "language", "en")
    _add(channel, "lastBuildDate", format_datetime(feed.updated, usegmt=True))
    _add(channel, "generator", "Dateline")
    _add(channel, "docs", "https://www.rssboard.org/rss-specification")
    _add(channel, "ttl", str(_TTL))
    for entry in feed.entries:
        node = _add(channel, "item")
        # The title is plain text, but there are readers that take it for markup: to them a tag must not be one.
        _add(node, "title", entry.title.replace("<", "&lt;"))
        _add(node, "link", entry.url)
        _add(node, "description", _as_html(fit(entry.summary).strip() or entry.title))
        _add(node, "guid", identifier(feed.home, entry.key), isPermaLink="false")
        _add(node, "pubDate", format_datetime(entry.published, usegmt=True))
        _add(node, f"{{{DC}}}creator", entry.author)
        if entry.language:
            _add(node, f"{{{DC}}}language", entry.language)
        for category in entry.categories:
            _add(node, "category", category)
        if entry.image is not None:
            _add(node, f"{{{MEDIA}}}thumbnail", url=entry.image)
    return root


def _json(feed: Feed) -> bytes:
    document: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": fit(feed.title),
        "description": fit(feed.description),
        "home_page_url": feed.home,
        "feed_url": feed.itself,
        "language": "en",
        "favicon": feed.icon,
        "authors": [{"name": "Dateline"}],
        "items": [_json_item(feed, entry) for entry in feed.entries],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _json_item(feed: Feed, entry: FeedEntry) -> dict[str, object]:
    item: dict[str, object] = {
        "id": identifier(feed.home, entry.key),
        "url": fit(entry.url),
        "title": fit(entry.title),
        "content_text": fit(entry.summary).strip() or fit(entry.title),
        "date_published": _rfc3339(entry.published),
        "authors": [{"name": fit(entry.author)}],
        "tags": [fit(category) for category in entry.categories],
    }
    if entry.summary:
        item["summary"] = fit(entry.summary)
    if entry.image is not None:
        item["image"] = fit(entry.image)
    if entry.language is not None:
        item["language"] = entry.language
    return item


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    node = ET.SubElement(parent, name, {key: fit(value) for key, value in attributes.items()})
    node.text = None if text is None else fit(text)
    return node


def _as_html(text: str) -> str:
    """Plain text where HTML is expected: an RSS description is markup to its readers."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _xml(root: ET.Element) -> bytes:
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
