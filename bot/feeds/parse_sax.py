"""Expat in front of feedparser's handlers: the same events, fewer of them, and none beyond a limit.

feedparser's own driver hands text over line by line and every element to methods in Python: half the cost of a parse.
Here text comes in one piece, what no `Entry` holds is skipped before feedparser sees it, and each limit of the
catalogue (depth F35, namespaces F32, categories F68, text F27, authors F31, items F20) is a counter.

Never: a decision on what an element means; that stays feedparser's.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import Any, Final
from xml.parsers import expat

INCOMPLETE: Final = "The document is incomplete: it was cut off, and only its whole items were read."
ITEMS: Final = 500
TEXT: Final = 65536
"""Characters of text that one child of an item may hold, markup within it included."""
DEPTH: Final = 100
_REPEATS: Final = 50
_NAMESPACES: Final = 200
_ATTRIBUTES: Final = 50
_ATTRIBUTE: Final = 8192
_LINKS: Final = 10
_TAG_COST: Final = 16

_SHORT: Final = {
    **dict.fromkeys(("author", "dc:creator", "dc:author", "itunes:author", "name"), 1000),
    # 2,000 characters of plain text are kept of these.
    **dict.fromkeys(("title", "content:encoded", "content", "description", "summary", "body", "fullitem"), 16384),
}
# The children of an item that an `Entry` is made from; anything else is passed over, with all that is in it.
_WANTED: Final = frozenset(
    {
        "title", "dc:title", "media:title", "link", "feedburner:origlink", "guid", "id",
        "description", "summary", "content", "content:encoded", "body", "xhtml:body", "fullitem", "abstract",
        "dc:description", "itunes:summary", "media:description",
        "pubdate", "published", "issued", "updated", "modified", "created", "dc:date",
        "dcterms:issued", "dcterms:modified", "dcterms:created",
        "author", "name", "dc:creator", "dc:author", "itunes:author",
        "category", "keywords", "dc:subject", "media:category", "media:keywords",
        "enclosure", "media:content", "media:thumbnail", "media:group", "itunes:image",
    }
)  # fmt: skip
_CONTAINERS: Final = frozenset({"categories", "tags", "authors", "links", "enclosures"})
"""Not in any format, but around what is wanted in some feeds: passed over, their content is not."""
# Of the feed itself, title, language and ttl are wanted; anything unknown may hold the items.
_SCHEDULE: Final = frozenset({"skiphours", "skipdays", "sy:updateperiod", "sy:updatefrequency"})
"""When the feed is worth asking. feedparser keeps the last <hour> alone, so that their text is noted here instead."""
_SCHEDULE_ROOM: Final = 500
_UNWANTED: Final = frozenset(
    {
        "image", "textinput", "skiphours", "skipdays", "cloud", "generator", "description", "subtitle", "tagline",
        "copyright", "rights", "managingeditor", "webmaster", "docs", "category", "author", "contributor", "logo",
        "link", "icon", "rdf:seq", "id", "updated", "pubdate", "lastbuilddate",
    }
)  # fmt: skip
_KEPT_PREFIXES: Final = frozenset({"rdf", "dc", "atom", "rss", "xhtml"})
_ITEM: Final = frozenset({"item", "entry"})
_RENAMED: Final = {"media:description": "media:abstract"}
"""feedparser would take an image's caption for the summary; under a name that it does not know, it keeps it apart."""

CUT_OFF: Final = frozenset({3, 5, 6, 20})  # no element found, unclosed token, partial character, unclosed CDATA section
JUNK_AFTER_ROOT: Final = 9


class Reading(Enum):
    """How a document read."""

    WHOLE = "whole"
    CUT_OFF = "cut off"
    BROKEN = "broken"


class Driver:
    """Reads one document into feedparser's strict handler, items `first` to `first` + 499 of it."""

    def __init__(self, handler: Any, first: int = 0) -> None:
        self.items = 0
        self.links: list[tuple[str, str]] = []
        """The feed's own links that name a hub or itself: relation and address."""
        self._handler = handler
        self._window = range(first, first + ITEMS)
        self._tags: dict[str, str] = {}
        self._stack: list[bool] = []
        self._skipping = 0
        self._item_depth = 0
        self._room = TEXT
        self._repeats: Counter[str] = Counter()
        self._namespaces = 0
        self.schedule: dict[str, str] = {}
        """The text of each of `_SCHEDULE` that the feed has, a blank between its parts."""
        self._noting = ""

    def read(self, data: bytes) -> Reading:
        """Reads UTF-8 `data` without document type. An item that was cut off is left out."""
        parser = expat.ParserCreate("utf-8", " ")
        parser.namespace_prefixes = True
        parser.buffer_text = True
        parser.buffer_size = TEXT
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartNamespaceDeclHandler = self._namespace
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            if error.code == JUNK_AFTER_ROOT:
                return Reading.WHOLE
            if error.code not in CUT_OFF:
                return Reading.BROKEN
            if self._item_depth and not self._skipping and self._handler.inentry:
                self._handler.entries.pop()
            return Reading.CUT_OFF
        finally:
            # The handlers are bound methods: without this, parser and driver would wait for the cycle collector.
            parser.StartElementHandler = parser.EndElementHandler = None
            parser.CharacterDataHandler = parser.StartNamespaceDeclHandler = None
        return Reading.WHOLE

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._skipping:
            self._skipping += 1
            return
        tag = self._tags.get(name) or self._tag(name)
        if self._handler.incontent:  # markup within a text: XHTML
            self._room -= _TAG_COST
            passed = self._room > 0 and len(self._stack) < DEPTH
            self._stack.append(passed)
            if passed:
                self._handler.unknown_starttag(tag, self._attributes(attributes))
            return
        if tag in _CONTAINERS and self._item_depth:
            self._stack.append(False)
            return
        if not self._wanted(tag):
            if tag == "link" and attributes.get("rel") in ("hub", "self") and len(self.links) < _LINKS:
                self.links.append((attributes["rel"], attributes.get("href", "")[:_ATTRIBUTE]))
            self._skipping = 1
            self._noting = tag if tag in _SCHEDULE and not self._item_depth else ""
            return
        self._stack.append(True)
        tag = _RENAMED.get(tag, tag)
        attrs = self._attributes(attributes) if attributes and tag != "media:abstract" else []
        self._handler.unknown_starttag(tag, attrs)

    def _wanted(self, tag: str) -> bool:
        """Whether feedparser is to see this element, by the limits and by what an `Entry` holds."""
        depth = len(self._stack) + 1
        if tag in _ITEM and not self._item_depth:
            self.items += 1
            if self.items - 1 not in self._window:
                return False
            self._item_depth = depth
            self._repeats.clear()
            return True
        if not self._item_depth:
            self._room = TEXT
            prefix, colon, _ = tag.partition(":")
            return tag not in _UNWANTED and (not colon or prefix in _KEPT_PREFIXES) and depth < DEPTH
        if tag not in _WANTED or depth >= DEPTH:
            return False
        if depth == self._item_depth + 1 or tag in _SHORT or not self._stack[-1]:
            self._room = _SHORT.get(tag, TEXT)
        self._repeats[tag] += 1
        return self._repeats[tag] <= _REPEATS

    def _end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= 1
            if self._noting:
                self._note(" ")
            return
        depth = len(self._stack)
        if self._stack.pop():
            tag = self._tags.get(name) or self._tag(name)
            self._handler.unknown_endtag(_RENAMED.get(tag, tag))
            # feedparser keeps an element's xml:base where its parent has none
            self._handler.baseuri = self._handler.basestack[-1] if self._handler.basestack else ""
        if depth == self._item_depth:
            self._item_depth = 0

    def _text(self, text: str) -> None:
        if self._noting and self._skipping:
            self._note(text)
        if self._skipping or self._room <= 0:
            return
        if len(text) > self._room:
            text = text[: self._room]
        self._room -= len(text)
        self._handler.handle_data(text)

    def _note(self, text: str) -> None:
        noted = self.schedule.get(self._noting, "")
        if len(noted) < _SCHEDULE_ROOM:
            self.schedule[self._noting] = noted + text[:_SCHEDULE_ROOM]

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        self._namespaces += 1
        if uri and self._namespaces <= _NAMESPACES:
            self._handler.track_namespace(prefix or None, uri)
            self._tags.clear()

    def _tag(self, name: str) -> str:
        """An element's name as feedparser spells it: ``prefix:local`` by its own table of namespaces, in lower case."""
        parts = name.split(" ")
        if len(parts) == 1:
            return self._tags.setdefault(name, name.lower())
        handler = self._handler
        uri, local = parts[0].lower(), parts[1].lower()
        if "backend.userland.com/rss" in uri:
            uri = "http://backend.userland.com/rss"
        prefix = handler._matchnamespaces.get(uri)
        if prefix is None:
            prefix = next(
                (known for known, used in handler.namespaces_in_use.items() if known and used == parts[0]), ""
            )
        return self._tags.setdefault(name, f"{prefix.lower()}:{local}" if prefix else local)

    def _attributes(self, attributes: dict[str, str]) -> list[tuple[str, str]]:
        """Attributes as feedparser names them: local, and with their prefix where they have one."""
        found = {}
        for name, value in list(attributes.items())[:_ATTRIBUTES]:
            if len(value) > _ATTRIBUTE:
                value = value[:_ATTRIBUTE]
            if " " not in name:
                found[name.lower()] = value
                continue
            parts = name.split(" ")
            prefix = self._handler._matchnamespaces.get(parts[0].lower(), "")
            local = f"{prefix}:{parts[1]}" if prefix else parts[1]
            found[local.lower()] = value
            found[(f"{parts[2]}:{parts[1]}" if len(parts) == 3 else parts[1]).lower()] = value
        return list(found.items())
