"""Parts of feedparser, replaced in the parser process by ones that give the same and cost less.

Measured over 150 real feeds (python -m bench.parse): together a fifth of a parse. Never: a different result; each
replacement says why it has none.
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from feedparser import mixin, urls
from feedparser.api import StrictFeedParser

_C1 = re.compile("[\x80-\x9f]")


class _Text(str):
    """The text of an element, on its way to feedparser's table of Windows-1252, which holds U+0080 to U+009F alone.

    `str.translate` looks each character up, in Python's slowest way; most texts hold none of those.
    """

    __slots__ = ()

    def translate(self, table: Any, /) -> str:
        text = str(self)
        return text.translate(table) if _C1.search(text) else text


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

    if original.__name__ != joined.__name__:
        urls._urljoin = mixin._urljoin = joined
        mixin.copy = SimpleNamespace(deepcopy=copied)
