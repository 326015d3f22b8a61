"""When an entry is an item stored already. Pure: the store looks up candidates, this judges them.

A feed's key is the first witness: the guid where it has one, else the link, else title and day (bot/feeds/clean.py).
Feeds change it all the same. An entry under a key not seen before is a stored item of the same owner and outlet where

    the same address and the same headline                                     whoever brought it, whenever
    the same address, which another feed of the outlet brought                 sections share articles
    the same address, and no other has it, there or in the document;           guid and headline were changed
        headlines alike, or dates an hour apart at most
    the same headline, the path of the address the same, an hour apart at most the address was decorated
    the same headline and text, a week apart at most                           moved, decorated and dated anew
    the same headline, an hour apart at most, which another feed brought       sections have addresses of their own

and, for the last four, its item does not stand in the document under another key. Without dates of its own an entry
is never too far apart. The headline is compared by its letters and digits alone, and must have eight of them: "Live"
names nothing. What stands side by side in one document stays apart: a live blog's entries share their address.

Under a key seen before an entry is another item where the guid was used again: address and headline are both
different, and it was published an hour later or more, or has no date. Anything else there is an edit.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from bot.model import NewItem

ALIKE: Final = 60.0
"""Of 100: headlines of which one may be the other's correction (rapidfuzz's token_set_ratio)."""
CLOSE: Final = timedelta(hours=1)
WEEK: Final = timedelta(days=7)
_BETWEEN: Final = re.compile(r"[\W_]+")
_LETTERS: Final = 8
_SUMMARY: Final = 40
"""Characters of a summary that tell one text from another."""


class Candidate(NamedTuple):
    """A stored item that an entry may be."""

    id: int
    outlet: str
    url: str | None
    title: str
    summary: str
    published_at: datetime
    here: bool
    """Whether the same feed brought it."""
    present: bool
    """Whether it stands in the document under another key."""


def letters(title: str) -> str:
    """A headline as it is compared: its letters and digits, in lower case; empty where they are too few to tell."""
    folded = title if title.isascii() else unicodedata.normalize("NFKC", title)
    kept = _BETWEEN.sub("", folded.casefold())
    return kept if len(kept) >= _LETTERS else ""


def title_digest(home: int, outlet: str, title: str) -> int | None:
    """Where items of that headline are looked up: a signed number of 64 bits; None for one that tells nothing."""
    kept = letters(title)
    if not kept:
        return None
    text = f"{home}\0{outlet}\0{kept}".encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big", signed=True)


def known_as(item: NewItem, candidates: Sequence[Candidate], *, alone: bool) -> Candidate | None:
    """The stored item that an entry under a new key is; None where it is new.

    `alone` says that no other entry of the document has its address.
    """
    alone = alone and sum(1 for each in candidates if each.url == item.entry.url) == 1
    judged = [(rank, each) for each in candidates if (rank := _rank(item, each, alone=alone)) is not None]
    return min(judged, key=lambda each: (each[0], each[1].id))[1] if judged else None


def is_reused(item: NewItem, stored: Candidate) -> bool:
    """Whether an entry under a key seen before is another item than the stored one."""
    entry = item.entry
    if entry.url == stored.url or _are_alike(entry.title, stored.title):
        return False
    if entry.published_at is None:
        return entry.url is not None and stored.url is not None
    return entry.published_at - stored.published_at >= CLOSE


def _rank(item: NewItem, stored: Candidate, *, alone: bool) -> int | None:
    """How surely they are the same, 0 most; None where they are not."""
    entry = item.entry
    same_url = entry.url is not None and entry.url == stored.url
    same_title = bool(letters(entry.title)) and letters(entry.title) == letters(stored.title)
    if same_url and (entry.title == stored.title or (same_title and not stored.present)):
        return 0
    if same_url and not stored.here:
        return 1
    dated = entry.published_at is not None
    apart = abs(item.published_at - stored.published_at)
    if (
        same_url
        and alone
        and not stored.present
        and (_are_alike(entry.title, stored.title) or (dated and apart <= CLOSE))
    ):
        return 2
    if not same_title or stored.present:
        return None
    if _same_path(entry.url, stored.url) and (apart <= CLOSE or not dated):
        return 3
    same_text = len(entry.summary) >= _SUMMARY and entry.summary == stored.summary
    if same_text and apart <= WEEK:
        return 4
    return 5 if not stored.here and dated and apart <= CLOSE else None


def _are_alike(one: str, other: str) -> bool:
    """Whether one headline may be the other's correction."""
    return fuzz.token_set_ratio(one.casefold(), other.casefold()) >= ALIKE


def _same_path(one: str | None, other: str | None) -> bool:
    """Whether two addresses differ in their query alone, or in their site alone."""
    if one is None or other is None:
        return False
    try:
        first, second = urlsplit(one), urlsplit(other)
    except ValueError:
        return False
    if first.path != second.path or len(first.path) < 2:
        return False
    return _site(first.netloc) == _site(second.netloc) or (len(first.path) > _LETTERS and first.query == second.query)


def _site(host: str) -> str:
    return host.removeprefix("www.")
