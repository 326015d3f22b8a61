"""Parts of feedparser, replaced in the parser process by ones that give the same and cost less.

Measured over 150 real feeds (python -m bench.parse): together a third of a parse. Never: a different result; each
replacement says why it has none.
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, NamedTuple

from feedparser import FeedParserDict, mixin, urls
from feedparser.api import StrictFeedParser

_C1 = re.compile("[\x80-\x9f]")


class _Text(str):
    """The text of an element, on its way through feedparser's last two steps.

    One undoes UTF-8 that was taken for ISO 8859-1, which leaves ASCII as it is; the other maps Windows-1252 by a table
    that holds U+0080 to U+009F alone, and `str.translate` looks each character up in Python's slowest way.
    """

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> Any:
        return _Ascii(self) if self.isascii() else super().encode(encoding, errors)

    def translate(self, table: Any, /) -> str:
        text = str(self)
        return text if text.isascii() or not _C1.search(text) else text.translate(table)


class _Ascii(NamedTuple):
    """Text of ASCII, encoded: whatever it is decoded by, it is what it was."""

    text: _Text

    def decode(self, *_: str) -> _Text:
        return self.text


class LightHandler(StrictFeedParser):  # type: ignore[misc] # feedparser has no types
    """feedparser's handler for what is well-formed."""

    def decode_entities(self, element: str, data: str) -> str:
        """As feedparser's; the last step before the table."""
        return _Text(super().decode_entities(element, data))


def lighten() -> None:
    """Replace feedparser's helpers; once is enough, and twice does no harm."""
    original = urls._urljoin
    fixer = urls._urifixer

    def joined(base: str, uri: str) -> str:
        # Called at each start tag, mostly with nothing to join: urljoin(base, "") is base, urljoin("", uri) is uri.
        if not uri:
            return base
        return str(original(base, uri)) if base else str(fixer.sub(r"\1\3", uri))

    def copied(params: Any) -> Any:
        # What is copied deeply here holds strings alone.
        return type(params)(params)

    # Names under which feedparser keeps or finds something else than was asked for; all others are a dictionary's.
    special = frozenset((*FeedParserDict.keymap, "category", "enclosures", "license", "updated", "updated_parsed"))
    dict_get, dict_item, dict_holds, dict_keep = dict.get, dict.__getitem__, dict.__contains__, dict.__setitem__
    slow_get, slow_item, slow_holds, slow_keep = (
        FeedParserDict.get,
        FeedParserDict.__getitem__,
        FeedParserDict.__contains__,
        FeedParserDict.__setitem__,
    )

    def get(self: Any, key: Any, default: Any = None) -> Any:
        return slow_get(self, key, default) if key in special else dict_get(self, key, default)

    def item(self: Any, key: Any) -> Any:
        return slow_item(self, key) if key in special else dict_item(self, key)

    def holds(self: Any, key: Any) -> bool:
        return bool(slow_holds(self, key)) if key in special else dict_holds(self, key)

    def keep(self: Any, key: Any, value: Any) -> None:
        if key in special:
            slow_keep(self, key, value)
        else:
            dict_keep(self, key, value)

    if original.__name__ != joined.__name__:
        FeedParserDict.get = get
        FeedParserDict.__getitem__, FeedParserDict.__setitem__ = item, keep
        FeedParserDict.__contains__ = FeedParserDict.has_key = holds
        urls._urljoin = mixin._urljoin = joined
        mixin.copy = SimpleNamespace(deepcopy=copied)
