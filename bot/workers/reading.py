"""Reading one address: a feed, or a web page by its rules. What polls and what only looks share this.

Never: a page read against its site's robots.txt, or anything stored.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import timedelta

from yarl import URL

from bot.clock import Clock
from bot.feeds.fetch import Fetcher
from bot.feeds.hosts import Booking
from bot.feeds.parse import Parser
from bot.feeds.parse_wire import PageTask
from bot.feeds.robots import Robots
from bot.model import Document, Fetched, FetchFailed, FetchResult, Hints, NotModified, Outlet, PageRules, Validators


class Reader:
    """Fetches and parses."""

    def __init__(self, fetcher: Fetcher, parser: Parser, clock: Clock, robots: Robots | None = None) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        self._robots = robots or Robots(fetcher, clock)

    async def fetch(
        self,
        url: str,
        validators: Validators,
        page: PageRules | None,
        *,
        booking: Booking | None = None,
        barred: AbstractSet[str] = frozenset(),
    ) -> FetchResult:
        """What `url` answers; of a page, only where its site's robots.txt lets programs read it.

        The delay that a robots.txt asks for counts as the answer's age: the page is not asked again before. `barred` is
        as of `Fetcher.fetch`.
        """
        if page is None:
            return await self._fetcher.fetch(url, validators, booking=booking, barred=barred)
        leave = await self._robots.ask(url)
        if isinstance(leave, FetchFailed):
            return leave
        result = await self._fetcher.fetch(url, validators, booking=booking, barred=barred)
        if isinstance(result, Fetched) and URL(result.final_url).origin() != URL(url).origin():
            elsewhere = await self._robots.ask(result.final_url)
            if isinstance(elsewhere, FetchFailed):
                return elsewhere
        if leave.delay is None or not isinstance(result, Fetched | NotModified):
            return result
        return replace(result, hints=_delayed(result.hints, leave.delay))

    async def parse(
        self, fetched: Fetched, outlet: Outlet, page: PageRules | None, *, known: bytes = b""
    ) -> Document | FetchFailed:
        """What was fetched, cleaned, or the plain reason why there is nothing; `known` as of `Parser.parse`."""
        task = None
        if page is not None:
            task = PageTask(rules=page, now=self._clock.now(), language=outlet.language, country=outlet.country)
        return await self._parser.parse(
            fetched.body,
            url=fetched.final_url,
            content_type=fetched.content_type,
            known=known,
            task=task,
            language=outlet.language,
        )


def _delayed(hints: Hints, delay: timedelta) -> Hints:
    return replace(hints, max_age=max(hints.max_age or delay, delay))
