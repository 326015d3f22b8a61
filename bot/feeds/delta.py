"""Slicing: of a document, only the entries whose bytes are new. Pure, linear, before any parser.

A feed that brought one new entry repeats thirty old ones, and reading those again is nine tenths of a poll's CPU. The
document is cut at its entries' tags; an entry whose digest stands among those of the last document is left out, and
the rest, with all that stands around the entries, is a document of its own::

    <rss ...><channel><title>..</title> [item] [item] [item] </channel></rss>      head, entries, tail

**On any doubt the whole is read**: where opening and closing tags of entries do not alternate, where a CDATA section or
a comment crosses an edge, where nothing is an entry, or where what is left may mean something else beside what was left
out (`is_entangled`: the guid or the address of a new entry stands in an old one as well, which decides on identity).

Never: a decision on what an entry means. Digests are of bytes alone: 8 bytes each, in the document's order.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple

from bot.model import Entry

DIGEST: Final = 8
_NAME: Final = re.compile(rb"<((?:[A-Za-z_][\w.-]{0,40}:)?(?:item|entry))(?=[\s>/])")
_CLOSINGS: Final = {b"<!--": b"-->", b"<![C": b"]]>"}
"""By what a comment and a CDATA section begin with: by what they end."""
_ENDS: Final = frozenset({b">", b" ", b"\n", b"\t", b"\r", b"/"})
_GOES_ON: Final = frozenset({b"-", b"_", b"/", b".", b"%", b"~"})
_LEAST: Final = 12
"""Characters of a guid or address that mean one entry: a shorter one occurs by chance."""


class Slices(NamedTuple):
    """A document cut into its entries."""

    spans: tuple[tuple[int, int], ...]
    """Where each entry begins and ends."""
    window: range
    """The numbers of those that are wanted: the newest of a long document."""
    digests: bytes
    """Theirs, in that order."""


class Slice(NamedTuple):
    """What is left of a document."""

    data: bytes
    passed: tuple[bytes, ...]
    """The entries left out."""


def spans(data: bytes) -> tuple[tuple[int, int], ...]:
    """Where each entry of `data` (UTF-8, from its root on) begins and ends; nothing where there is any doubt."""
    found = _NAME.search(data)
    if found is None:
        return ()
    entries = _spans(data, found[1], found.start())
    return () if _is_crossed(data, entries) else tuple(entries)


def cut(data: bytes, entries: tuple[tuple[int, int], ...], first: int, most: int) -> Slices:
    """`data` cut at its `entries`, of which `most` are wanted from the `first` on."""
    kept = entries[first : first + most]
    digests = b"".join(_digest(data[start:end]) for start, end in kept)
    return Slices(spans=entries, window=range(first, first + len(kept)), digests=digests)


def reduced(data: bytes, slices: Slices, known: bytes) -> Slice:
    """`data` without the entries whose digests are among `known`, and without those that are not wanted."""
    before = {known[at : at + DIGEST] for at in range(0, len(known), DIGEST)}
    pieces, passed, position = [], [], 0
    for number, (start, end) in enumerate(slices.spans):
        between = data[position:start]
        if position == 0 or not between.isspace():
            pieces.append(between)
        position = end
        if number not in slices.window:
            continue
        place = (number - slices.window.start) * DIGEST
        if slices.digests[place : place + DIGEST] in before:
            passed.append(data[start:end])
        else:
            pieces.append(data[start:end])
    pieces.append(data[position:])
    return Slice(b"".join(pieces), tuple(passed))


def is_entangled(entries: Iterable[Entry], passed: Sequence[bytes]) -> bool:
    """Whether a new entry's guid or address stands in an entry that was left out."""
    if not passed:
        return False
    old = b"\n".join(passed)
    for entry in entries:
        for text in (entry.guid, entry.url):
            if text is not None and len(text) >= _LEAST:
                spellings = {text, html.escape(text, quote=False)}
                if any(_names(old, each.encode("utf-8", "replace")) for each in spellings):
                    return True
    return False


def _names(old: bytes, text: bytes) -> bool:
    """Whether `text` stands there as a whole: ``/story/1`` is not in ``/story/12``."""
    start = old.find(text)
    while start >= 0:
        past = old[start + len(text) : start + len(text) + 1]
        if not past.isalnum() and past not in _GOES_ON:
            return True
        start = old.find(text, start + 1)
    return False


def _spans(data: bytes, name: bytes, start: int) -> list[tuple[int, int]]:
    """Where the elements of that name begin and end, one after the other; none where they do not alternate."""
    opening, closing = b"<" + name, b"</" + name
    spans: list[tuple[int, int]] = []
    while start >= 0:
        end = _tag(data, closing, start)
        inner = _tag(data, opening, start + 1)
        past = data.find(b">", end)
        if end < 0 or past < 0 or 0 <= inner < end or data.rfind(b"/>", start, data.find(b">", start) + 1) >= 0:
            return []
        spans.append((start, past + 1))
        start = inner
    return [] if _tag(data, closing, spans[-1][1]) >= 0 else spans


def _tag(data: bytes, tag: bytes, start: int) -> int:
    """Where a tag stands next, -1 where it does not: ``<item`` is not ``<items``."""
    while True:
        start = data.find(tag, start)
        if start < 0 or data[start + len(tag) : start + len(tag) + 1] in _ENDS:
            return start
        start += 1


def _is_crossed(data: bytes, entries: Sequence[tuple[int, int]]) -> bool:
    """Whether an edge of an entry stands within a CDATA section or a comment, or one of those has no end."""
    edges = [*chain.from_iterable(entries), len(data)]
    following = 0
    start = data.find(b"<!")
    while start >= 0:
        closing = _CLOSINGS.get(data[start : start + 4])
        if closing is None:
            start = data.find(b"<!", start + 2)
            continue
        end = data.find(closing, start + 4)
        if end < 0:
            return True
        while edges[following] <= start:
            following += 1
        if edges[following] < end:
            return True
        start = data.find(b"<!", end)
    return False


def _digest(entry: bytes) -> bytes:
    return hashlib.blake2b(entry, digest_size=DIGEST).digest()
