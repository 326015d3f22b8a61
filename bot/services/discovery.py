"""Discovery: from any address of a site to the feeds that can be watched there, each with its newest headline.

The address itself, where it is a feed; else the feeds that its page names, those of known sites whose addresses follow
from it (YouTube, Reddit, Mastodon ...), and where all of that gives nothing, the paths where sites often keep one. Each
is fetched and parsed before it is offered, through the one guarded door and at the pace that a host is due.

Never: more than `REQUESTS` requests for one question, or an address that the policy refuses.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from yarl import URL

from bot.errors import UserError
from bot.feeds import discover
from bot.feeds.catalogue import is_language, is_place
from bot.feeds.guard import AddressPolicy, AddressRefused
from bot.model import Document, Entry, FailureKind, Fetched, FetchFailed, Outlet, Validators, within
from bot.words import _
from bot.workers.reading import Reader

REQUESTS: Final = 12
PATIENCE: Final = 40.0
"""Seconds for all of them: what was found by then is offered."""
OFFERED: Final = 8
# Country codes that are sold to everybody as something else (television, "company", "input/output" ...).
_SOLD: Final = "ac ai ag bz cc cd co fm gg gl im io la li ly me ms mu nu pw sc sh st tk to tv vc ws"
_GENERIC: Final = frozenset(_SOLD.split())
_WORD: Final = re.compile(r"[^\s./:\[\]]+")  # without a dot: no name of the public network
_PLACES: Final = {"uk": "GB"}


class NoFeed(UserError):
    """What stands at an address can be read, but is no feed and names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A feed that can be watched."""

    url: str
    title: str
    newest: str | None
    """Its newest headline; None where it holds nothing now."""
    newest_at: datetime | None
    items: int
    language: str | None
    country: str | None
    """Proposed from the address and the language."""


async def feeds_of(
    reader: Reader, policy: AddressPolicy, typed: str, *, barred: AbstractSet[str] = frozenset()
) -> tuple[Candidate, ...]:
    """The feeds of an address as a person types it, the likeliest first. Raises `UserError` where there are none.

    Nothing is asked of the `barred` hosts, and what is below them, whether a page or a redirect names them.
    """
    address = address_of(policy, typed)
    search = _Search(reader, barred)
    try:
        async with asyncio.timeout(PATIENCE):
            await search.run(address)
    except TimeoutError:
        pass
    if not search.found:
        raise (NoFeed if search.was_read else UserError)(search.problem)
    return tuple(search.found)


def address_of(policy: AddressPolicy, typed: str) -> str:
    """The canonical address that a person means. Raises `UserError` where it is none, or may not be fetched."""
    try:
        return policy.check_url(spelled_out(typed))
    except AddressRefused:
        if _WORD.fullmatch(typed.strip()) and typed.strip().lower() != "localhost":
            raise UserError(
                _("“{typed}” is no web address: give one such as https://example.org/feed.", typed=typed.strip()[:80])
            ) from None
        raise


def spelled_out(typed: str) -> str:
    """An address with its scheme: ``example.org`` is https://example.org."""
    text = typed.strip().strip("<>")
    return text if "://" in text or text.lower().startswith("feed:") else f"https://{text}"


def proposed_country(url: str, language: str | None) -> str | None:
    """Where an outlet may sit: by the country of its domain, else the region of its language (``pt-br``)."""
    ending = (URL(url).raw_host or "").rpartition(".")[2].lower()
    code = _PLACES.get(ending, ending.upper())
    if ending not in _GENERIC and is_place(code):
        return code
    region = (language or "").partition("-")[2].partition("-")[0].upper()
    return region if is_place(region) else None


class _Search:
    """One search under way."""

    def __init__(self, reader: Reader, barred: AbstractSet[str]) -> None:
        self.found: list[Candidate] = []
        self.problem = _("No feed was found there: give the address of the feed itself, or of a page that links to it.")
        self.was_read = False
        """Whether what stands at the address could be read."""
        self._reader = reader
        self._barred = barred
        self._left = REQUESTS
        self._asked: set[str] = set()
        self._seen: set[tuple[str, ...]] = set()

    async def run(self, address: str) -> None:
        """Look in all places, the likeliest first."""
        for url in discover.rewritten(address):
            if await self._look(url):
                return
        named = await self._first(address)
        if named is None:
            return
        for url in named:
            await self._look(url)
        if not self.found:
            for url in discover.common_paths(address):
                if await self._look(url):
                    return

    async def _first(self, address: str) -> Iterable[str] | None:
        """Look at the address: the feeds that it names; None where it is one, or a site's start is not read."""
        fetched = await self._fetch(address)
        if isinstance(fetched, FetchFailed):
            self.problem = fetched.detail
            return () if self._left > 0 and URL(address).path not in ("", "/") else None
        read = await self._reader.parse(fetched, Outlet(name=""), None)
        if isinstance(read, Document):
            self._take(address, read)
            return None
        self.problem = read.detail
        self.was_read = True
        return [link.url for link in read.found][:OFFERED]

    async def _look(self, url: str) -> bool:
        """Look at one more address; whether it is a feed."""
        if url in self._asked or len(self.found) >= OFFERED or within(url, self._barred) is not None:
            return False
        fetched = await self._fetch(url)
        if isinstance(fetched, FetchFailed):
            return False
        read = await self._reader.parse(fetched, Outlet(name=""), None)
        return isinstance(read, Document) and self._take(url, read)

    async def _fetch(self, url: str) -> Fetched | FetchFailed:
        self._asked.add(url)
        if self._left <= 0:
            return _SPENT
        self._left -= 1
        fetched = await self._reader.fetch(url, Validators(), None, barred=self._barred)
        return fetched if isinstance(fetched, Fetched | FetchFailed) else _SPENT

    def _take(self, url: str, document: Document) -> bool:
        """Offer a feed, once: a site has the same under several addresses."""
        content = tuple(entry.title for entry in document.entries[:5])
        if content and content in self._seen:
            return False
        self._seen.add(content)
        newest = max(document.entries, key=_moment, default=None)
        self.found.append(
            Candidate(
                url=url,
                title=document.title or (URL(url).host or url).removeprefix("www."),
                newest=newest.title if newest is not None else None,
                newest_at=newest.published_at if newest is not None else None,
                items=len(document.entries),
                language=document.language if is_language(document.language) else None,
                country=proposed_country(url, document.language),
            )
        )
        return True


def _moment(entry: Entry) -> float:
    return entry.published_at.timestamp() if entry.published_at is not None else 0.0


_SPENT: Final = FetchFailed(kind=FailureKind.NOT_FOUND, detail="No feed was found there.")
