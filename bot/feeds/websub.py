"""WebSub (W3C Recommendation, 2018): what a subscriber says and believes. Pure.

A feed may name a hub and its own address (`rel="hub"`, `rel="self"`, in its links or in the Link header, RFC 8288); a
hub calls us back when there is something new. What it brings is never taken as news: a true call makes the feed due,
and the poll, guarded as any other, finds out. So a lost call costs minutes, and a forged one a conditional GET.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from bot.feeds.links import Links
from bot.model import Hub

LEASE: Final = timedelta(days=10)
"""What we ask for; a hub may grant another."""
SHORTEST_LEASE: Final = timedelta(minutes=30)
LONGEST_LEASE: Final = timedelta(days=30)
_METHODS: Final = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_SIGNATURE: Final = re.compile(r"([a-z0-9]{4,6})=([0-9a-fA-F]{40,128})\Z")
_LINK: Final = re.compile(
    r"""<([^<>]{1,2000})>((?:\s{0,9};\s{0,9}[\w*-]{1,40}\s{0,9}=\s{0,9}(?:"[^"]{0,400}"|[^\s",;]{1,400})){0,9})"""
)
_REL: Final = re.compile(r"""rel\s{0,9}=\s{0,9}(?:"([^"]{0,400})"|([^\s",;]{1,400}))""", re.IGNORECASE)


def hub(links: Iterable[tuple[str, str]], address: str, clean: Links) -> Hub | None:
    """The hub that (rel, address) links name first, with their own address for the feed, else `address`.

    `clean` refuses addresses of private networks, and what is none.
    """
    found = topic = None
    for rel, target in links:
        for each in rel.lower().split():
            if each == "hub" and found is None:
                found = clean(target)
            elif each == "self" and topic is None:
                topic = target if clean(target) is not None and "://" in target else None
    return None if found is None else Hub(url=found, topic=topic or address)


def header_links(value: str | None) -> list[tuple[str, str]]:
    """The (rel, address) pairs of a Link header, at most 20."""
    pairs = []
    for number, each in enumerate(_LINK.finditer((value or "")[:8192])):
        rel = _REL.search(each[2])
        if rel is not None:
            pairs.append((rel[1] or rel[2] or "", each[1]))
        if number >= 20:
            break
    return pairs


def is_signed(body: bytes, secret: str, signature: str | None) -> bool:
    """Whether the X-Hub-Signature of a call is that of its body under our secret."""
    found = _SIGNATURE.match((signature or "").strip())
    method = _METHODS.get(found[1]) if found else None
    if found is None or method is None:
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, method).hexdigest(), found[2].lower())


def granted(seconds: str | None) -> timedelta:
    """The lease that a hub grants, clamped; what we asked for where it does not say."""
    text = (seconds or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        return LEASE
    return min(max(timedelta(seconds=int(text)), SHORTEST_LEASE), LONGEST_LEASE)
