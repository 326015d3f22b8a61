"""Slicing: of a document, only the entries whose bytes are new. Pure, linear, before any parser.

A feed that brought one new entry repeats thirty old ones, and reading those again is nine tenths of a poll's CPU. The
document is cut at its entries' tags; an entry whose digest stands among those of the last document is left out, and
the rest, with all that stands around the entries, is a document of its own::

    <rss ...><channel><title>..</title> [item] [item] [item] </channel></rss>      head, entries, tail

Beside its digest the key of each entry is kept (`bot.feeds.clean.keys`): what was left out still stands in the
document, which decides on who a new entry is (`storage.identity`).

**On any doubt the whole is read**: where opening and closing tags of entries do not alternate, where a CDATA section or
a comment crosses an edge, where nothing is an entry, where other entries are read than were cut (one may stand in a
processing instruction), or where a new entry has the key or the guid of one that was left out, which may change both.

Never: a decision on what an entry means. Digests are of bytes alone, in the document's order.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

_DIGEST: Final = 8
_KEY: Final = 17
"""Bytes of a key: its letter, and what 32 hexadecimal digits say."""
_FORM: Final = b"\2"
"""What the memory of a document begins with: of another form it is none, and the whole document is read once."""
_NAME: Final = re.compile(rb"<((?:[A-Za-z_][\w.-]{0,40}:)?(?:item|entry))(?=[\s>/])")
_CLOSINGS: Final = {b"<!--": b"-->", b"<![C": b"]]>"}
"""By what a comment and a CDATA section begin with: by what they end."""
_ENDS: Final = frozenset({b">", b" ", b"\n", b"\t", b"\r", b"/"})


class Slices(NamedTuple):
    """A document cut into its entries."""

    spans: tuple[tuple[int, int], ...]
    """Where each entry begins and ends."""
    window: range
    """The numbers of those that are wanted: the newest of a long document."""
    digests: tuple[bytes, ...]
    """Theirs, in that order."""


class Slice(NamedTuple):
    """What is left of a document."""

    data: bytes
    passed: tuple[bytes, ...]
    """The entries left out."""
    keys: tuple[str, ...]
    """Theirs, in that order."""


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
    digests = tuple(_digest(data[start:end]) for start, end in kept)
    return Slices(spans=entries, window=range(first, first + len(kept)), digests=digests)


def remembered(known: bytes) -> dict[bytes, str]:
    """The keys of a document's entries by their digests, as `memory` wrote them."""
    entry = _DIGEST + _KEY
    if known[:1] != _FORM or len(known) % entry != 1:
        return {}
    return {
        known[at : at + _DIGEST]: f"{chr(known[at + _DIGEST])}-{known[at + _DIGEST + 1 : at + entry].hex()}"
        for at in range(1, len(known), entry)
    }


def memory(slices: Slices, before: Mapping[bytes, str], fresh: Sequence[str]) -> bytes:
    """What is kept of a document: the digest and the key of each entry; nothing where they do not agree in number.

    `before` has the keys of those that were left out, `fresh` those of the others.
    """
    new = iter(fresh)
    keys = [before.get(digest) or next(new, None) for digest in slices.digests]
    if None in keys or next(new, None) is not None:
        return b""
    pairs = zip(slices.digests, filter(None, keys), strict=True)
    return b"".join((_FORM, *(digest + key[:1].encode() + bytes.fromhex(key[2:]) for digest, key in pairs)))


def reduced(data: bytes, slices: Slices, before: Mapping[bytes, str]) -> Slice:
    """`data` without the entries whose digests are `before`, and without those that are not wanted."""
    pieces, passed, keys, position = [], [], [], 0
    for number, (start, end) in enumerate(slices.spans):
        between = data[position:start]
        if position == 0 or not between.isspace():
            pieces.append(between)
        position = end
        if number not in slices.window:
            continue
        key = before.get(slices.digests[number - slices.window.start])
        if key is None:
            pieces.append(data[start:end])
        else:
            passed.append(data[start:end])
            keys.append(key)
    pieces.append(data[position:])
    return Slice(b"".join(pieces), tuple(passed), tuple(keys))


def is_entangled(keys: Iterable[str], passed: Collection[str]) -> bool:
    """Whether one of those keys is that of an entry that was left out."""
    return not frozenset(passed).isdisjoint(keys)


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
        if edges[following] <= end:
            return True
        start = data.find(b"<!", end)
    return False


def _digest(entry: bytes) -> bytes:
    return hashlib.blake2b(entry, digest_size=_DIGEST).digest()
