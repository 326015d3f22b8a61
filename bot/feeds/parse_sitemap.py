"""News sitemaps (https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap) into a `Document`.

What many papers have that offer no feed: the addresses of the last two days with headline and date. Expat reads it,
without its namespaces: prefixes are looked up here, so that one that was never declared breaks nothing.

Runs in a worker process. Never: another sitemap fetched that an index names, or an address listed without its news.
"""

from __future__ import annotations

import html
from typing import Final
from xml.parsers import expat

from bot.feeds import clean, dates, sniff
from bot.feeds.links import Links
from bot.feeds.markup import cut, plain
from bot.feeds.parse_sax import CUT_OFF, INCOMPLETE, ITEMS, JUNK_AFTER_ROOT, Reading
from bot.model import Document, FailureKind, FeedLink, FetchFailed

_DEPTH: Final = 20
_TEXT: Final = 8192
"""Characters of one element."""
_PREFIXES: Final = 50
_FOUND: Final = 20
_SHOWN: Final = 200
"""Longer addresses stand in no sentence."""
_KINDS: Final = {"sitemap-news": "news", "sitemap-image": "image", "sitemap-video": "other"}
"""By what stands in the namespace: publishers write http and https, 0.9 and 1.1."""
_WANTED: Final = {
    "loc": "link",
    "lastmod": "updated",
    "news:title": "title",
    "news:publication_date": "published",
    "news:keywords": "keywords",
    "news:name": "publication",
    "news:language": "language",
    "image:loc": "image",
}


def read(prepared: sniff.Prepared, links: Links, *, url: str) -> Document | FetchFailed:
    """The news that a sitemap lists, at most the newest 500, or the plain reason why there is none."""
    reader = _Reader()
    reading = reader.read(prepared.data)
    if reading is Reading.BROKEN:
        repaired = sniff.repair(prepared)
        if repaired != prepared.data:
            reader = _Reader()
            reading = reader.read(repaired)
    if reading is Reading.BROKEN:
        return _failed("This sitemap is too broken to be read.")
    if prepared.root == "sitemapindex":
        return _index(reader, links)
    news = [raw for raw in reader.places if "title" in raw and "link" in raw]
    if not news and (reader.places or not reader.is_for_news):
        return _failed(
            f"This sitemap lists {len(reader.places):,} addresses without their news: look for the site's news sitemap "
            "(its robots.txt often names it)."
        )
    return _document(reader, news, links, url, whole=reading is Reading.WHOLE)


def _document(reader: _Reader, news: list[dict[str, str]], links: Links, url: str, *, whole: bool) -> Document:
    notes = [] if whole else [INCOMPLETE]
    chosen = dates.newest([dates.read(raw.get("published") or raw.get("updated") or "") for raw in news], ITEMS)
    if len(news) > ITEMS:
        notes.append(f"The sitemap lists {len(news):,} items: the newest {ITEMS} were read.")
    without = len(reader.places) - len(news)
    if without:
        notes.append(f"{without:,} of its {len(reader.places):,} addresses come without headline, and were left out.")
    tongue = clean.language(news[0].get("language")) if news else None
    title = news[0].get("publication", "") if news else ""
    return Document(
        title=cut(plain(html.escape(title, quote=False)), clean.TITLE_LIMIT),
        language=tongue,
        entries=tuple(clean.entry(_raw(news[place]), links, base=url, tongue=tongue) for place in chosen),
        note=" ".join(notes) or None,
        incomplete=not whole,
    )


def _raw(found: dict[str, str]) -> dict[str, object]:
    """A listed address as feedparser would give it."""
    return {
        "link": found["link"],
        "title": html.escape(found["title"], quote=False),
        **dates.fields("published", found.get("published", "")),
        **dates.fields("updated", found.get("updated", "")),
        "tags": [{"term": html.escape(word, quote=False)} for word in found.get("keywords", "").split(",")[:200]],
        "media_thumbnail": [{"url": found.get("image", "")}],
        "title_detail": {"language": found.get("language")},
    }


def _index(reader: _Reader, links: Links) -> FetchFailed:
    """What an index of sitemaps is told as, with those it names that speak of news."""
    named = [links(raw["link"]) for raw in reader.places if "news" in raw.get("link", "").lower()]
    found = tuple(FeedLink(url=address) for address in dict.fromkeys(named) if address is not None)[:_FOUND]
    if found and len(found[0].url) <= _SHOWN:
        detail = f"give the address of its news sitemap, such as {found[0].url}"
    elif found:
        detail = "give the address of its news sitemap."
    else:
        detail = "give the address of its news sitemap (none of them is named so)."
    return FetchFailed(
        kind=FailureKind.NOT_A_FEED,
        detail=f"This is an index of {len(reader.places):,} sitemaps, not a sitemap itself: {detail}",
        found=found,
    )


def _failed(detail: str) -> FetchFailed:
    return FetchFailed(kind=FailureKind.NOT_A_FEED, detail=detail)


class _Reader:
    """Gathers what a sitemap or an index of sitemaps says of each address."""

    def __init__(self) -> None:
        self.places: list[dict[str, str]] = []
        """Of each ``<url>`` or ``<sitemap>`` that was read to its end, what is wanted, by feedparser's names."""
        self.is_for_news = False
        """Whether the document declares the namespace of news."""
        self._prefixes = {"news": "news", "image": "image", "": ""}
        self._depth = 0
        self._place: dict[str, str] | None = None
        self._wanted: str | None = None
        self._pieces: list[str] = []
        self._room = 0

    def read(self, data: bytes) -> Reading:
        """Reads UTF-8 `data` without document type. An address that was cut off is left out."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            if error.code == JUNK_AFTER_ROOT:
                return Reading.WHOLE
            return Reading.CUT_OFF if error.code in CUT_OFF else Reading.BROKEN
        finally:  # bound methods: without this, parser and reader would wait for the cycle collector
            parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None
        return Reading.WHOLE

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if attributes and self._depth < _DEPTH:
            self._declare(attributes)
        tag = self._tag(name)
        if self._depth == 2 and tag in ("url", "sitemap"):
            self._place = {}
        self._wanted = _WANTED.get(tag) if self._place is not None and self._depth < _DEPTH else None
        self._pieces, self._room = [], _TEXT

    def _end(self, _: str) -> None:
        if self._place is not None:
            if self._wanted is not None:
                said = "".join(self._pieces).strip()
                if said:
                    self._place.setdefault(self._wanted, said)
            if self._depth == 2:
                self.places.append(self._place)
                self._place = None
        self._wanted = None
        self._depth -= 1

    def _text(self, text: str) -> None:
        if self._wanted is not None and self._room > 0:
            self._pieces.append(text[: self._room])
            self._room -= len(text)

    def _tag(self, name: str) -> str:
        """``news:title`` for a title of that namespace whatever its prefix; the bare name in the sitemap's own."""
        prefix, _, local = name.lower().rpartition(":")
        kind = self._prefixes.get(prefix, "other")
        return f"{kind}:{local}" if kind else local

    def _declare(self, attributes: dict[str, str]) -> None:
        for name, space in attributes.items():
            head, _, prefix = name.lower().partition(":")
            if head != "xmlns" or len(self._prefixes) >= _PREFIXES:
                continue
            kind = next((kind for mark, kind in _KINDS.items() if mark in space[:200].lower()), None)
            self.is_for_news = self.is_for_news or kind == "news"
            self._prefixes[prefix] = kind or ("" if "sitemap" in space[:200].lower() else "other")
