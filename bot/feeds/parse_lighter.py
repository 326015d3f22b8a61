"""Three of feedparser's helpers, replaced in the parser process by ones that give the same and cost less.

Measured over 150 real feeds (python -m bench.parse): together a sixth of a parse. Never: a different result; each
replacement says why it has none.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from feedparser import mixin, urls

PLAIN = 0xA000
"""Up to here (all but rare scripts and emoji) a character is found; one that is missed costs a KeyError."""


def lighten() -> None:
    """Replace the helpers; once is enough, and twice does no harm."""
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
        mixin._cp1252 = {**{code: code for code in range(PLAIN)}, **mixin._cp1252}
