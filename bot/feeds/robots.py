"""robots.txt (RFC 9309): which pages a site asks programs not to read. The one door to protego.

Obeyed for web pages that are read by rules; a feed is published for programs, and is not asked about. The file is
fetched through the same guarded door as all else, and remembered for a day, as long as section 2.4 allows.

========================  ==============================================================================
the site answers          then
========================  ==============================================================================
200                       its rules count, for the name ``Dateline``, else those for all; 500 KiB of them
any 4xx but 429           everything may be read (2.3.1.3)
anything else             nothing may be read for now (2.3.1.4), but where older rules are remembered
========================  ==============================================================================

Never: an exception for what stands in such a file.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from yarl import URL

from bot.clock import Clock
from bot.feeds.fetch import Fetcher
from bot.model import FailureKind, Fetched, FetchFailed

if TYPE_CHECKING:
    from protego import Protego

PRODUCT: Final = "Dateline"
SIZE: Final = 500 * 1024
KEPT: Final = timedelta(hours=24)
DELAY: Final = timedelta(hours=1)
"""The longest Crawl-delay that is heeded: longer ones are mistakes more often than wishes."""
_ORIGINS: Final = 128
_ABSENT: Final = frozenset(
    {
        FailureKind.NOT_FOUND,
        FailureKind.GONE,
        FailureKind.LOGIN,
        FailureKind.BOT_CHECK,
        FailureKind.HTTP,
        FailureKind.REDIRECTS,
    }
)
"""What an answer of 4xx comes to, and more redirects than five (2.3.1.2): there are no rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """The page may be read."""

    delay: timedelta | None = None
    """What the site wants between two visits (Crawl-delay), at most an hour."""


@dataclass(frozen=True, slots=True)
class _Known:
    rules: Protego | None
    """None: there are none, and everything may be read."""
    until: datetime


class Robots:
    """What sites ask of programs, remembered for a day."""

    def __init__(self, fetcher: Fetcher, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def ask(self, url: str) -> Leave | FetchFailed:
        """Whether the page at `url` may be read; if not, the plain reason. Raises nothing but CancelledError."""
        origin = str(URL(url).origin())
        known = self._known.get(origin)
        if known is None or known.until <= self._clock.now():
            fresh = await self._fetch(origin)
            if isinstance(fresh, _Known):
                known = fresh
                self._known[origin] = fresh
                self._known.move_to_end(origin)
                while len(self._known) > _ORIGINS:
                    self._known.popitem(last=False)
            elif known is None:
                return fresh
        if known.rules is None:
            return Leave()
        return await asyncio.to_thread(_judged, known.rules, url)

    async def _fetch(self, origin: str) -> _Known | FetchFailed:
        answer = await self._fetcher.fetch(f"{origin}/robots.txt")
        until = self._clock.now() + KEPT
        if isinstance(answer, Fetched):
            body = answer.body
            whole = body if len(body) <= SIZE else body[:SIZE].rpartition(b"\n")[0]  # half a rule would forbid more
            return _Known(await asyncio.to_thread(_read, whole), until)
        if isinstance(answer, FetchFailed) and answer.kind in _ABSENT:
            return _Known(None, until)
        kind = answer.kind if isinstance(answer, FetchFailed) else FailureKind.PROTOCOL
        return FetchFailed(
            kind=kind,
            detail="The site's robots.txt cannot be read now, so its pages are not read either: we try again later.",
            hints=answer.hints,
        )


def _read(body: bytes) -> Protego | None:
    from protego import Protego

    try:
        return Protego.parse(body.decode("utf-8-sig", "replace"))
    except (ValueError, TypeError, LookupError, RecursionError):
        return None  # 2.2.4: what cannot be parsed is ignored


def _judged(rules: Protego, url: str) -> Leave | FetchFailed:
    try:
        allowed, wish = rules.can_fetch(url, PRODUCT), rules.crawl_delay(PRODUCT)
    except (ValueError, TypeError, LookupError):
        return Leave()
    if not allowed:
        return FetchFailed(
            kind=FailureKind.ROBOTS,
            detail="The site's robots.txt asks programs not to read this page: look for a feed instead.",
        )
    if wish is None or not math.isfinite(wish) or wish <= 0:
        return Leave()
    return Leave(delay=timedelta(seconds=min(wish, DELAY.total_seconds())))
