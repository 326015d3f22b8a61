"""A day of virtual time over sources that flap, move, lie, slow down and ask to wait: every item stored exactly once.

The web is simulated on loopback under many names (a resolver of our own), so that the pacing of hosts is real; time is
a clock that only this test moves. Eighty sources take a minute; the day of 2,000 is asked for by name:

    SOAK_SOURCES=2000 python -m pytest -s tests/test_soak.py
"""

from __future__ import annotations

import itertools
import os
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web as server
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.feeds.fetch import Fetcher, make_session
from bot.feeds.guard import AddressPolicy
from bot.feeds.hosts import Hosts
from bot.feeds.parse import Parser
from bot.model import OPERATOR, Criteria, NewSource, Outlet
from bot.news.tagger import Tagger
from bot.workers.ingest import Ingest
from storage.news import News
from storage.sqlite import open_sqlite
from tests.loopback import Web
from tests.support import NOON, HeldClock, Stores

SOURCES = int(os.environ.get("SOAK_SOURCES", "80"))
HOSTS, HOURS = max(1, SOURCES // 8), 24
WINDOW = 12
"""Items that a document shows."""


class Everywhere(AbstractResolver):
    """Every name is this machine."""

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None: ...


@dataclass
class Paper:
    """One source: what it has published, and how badly it behaves."""

    number: int
    dice: random.Random
    published: list[tuple[int, datetime]] = field(default_factory=list)

    def publish(self, now: datetime) -> None:
        self.published.append((len(self.published), now))

    def document(self, asked: int) -> str:
        """The newest items, with guids, addresses and orders that change from poll to poll by the paper's habit."""
        shown = self.published[-WINDOW:]
        habit = self.number % 6
        if habit == 1:
            self.dice.shuffle(shown)
        items = []
        for item, at in shown:
            link = f"https://paper{self.number}.example/story/{item}/the-news"
            guid = f"tag:{self.number}:{item}"
            if habit == 2:
                guid = f"session-{asked}-{item}"
            if habit == 3:
                link += f"?utm_source=rss&utm_term={asked}"
            when = at + timedelta(hours=asked % 3) if habit == 4 else at
            title = f"Paper {self.number} tells story number {item}"
            if habit == 5 and item % 7 == 0 and asked % 2:
                title += " (corrected)"
            items.append(
                f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{guid}</guid>"
                f"<pubDate>{format_datetime(when)}</pubDate><description>Text of {item}, as told.</description></item>"
            )
        return f"<rss version='2.0'><channel><title>Paper {self.number}</title>{''.join(items[::-1])}</channel></rss>"


@pytest.mark.slow
@pytest.mark.timeout(600 + 5 * SOURCES)
async def test_a_day_of_bad_behaviour_stores_every_item_once_and_asks_no_host_too_often(tmp_path: Path) -> None:
    clock, dice = HeldClock(), random.Random(7)  # noqa: S311 - the same day at each run
    papers = [Paper(number, random.Random(number)) for number in range(SOURCES)]  # noqa: S311
    asked: defaultdict[str, list[datetime]] = defaultdict(list)
    times: defaultdict[int, int] = defaultdict(int)

    async def answer(request: server.Request) -> server.StreamResponse:
        asked[request.host].append(clock.now())
        paper = papers[int(request.match_info["path"].partition("/")[2].split(".")[0])]
        times[paper.number] += 1
        roll = paper.dice.random()
        if roll < 0.08:
            return server.Response(status=500)
        if roll < 0.10:
            return server.Response(status=429, headers={"Retry-After": "300"})
        if roll < 0.12:
            return server.Response(body=b"<!doctype html><html><body>Sorry</body></html>", content_type="text/html")
        if roll < 0.14:
            return server.Response(body=paper.document(times[paper.number]).encode()[:-200])
        if roll < 0.20:
            return server.Response(status=301, headers={"Location": f"/moved/{paper.number}.xml"})
        return server.Response(body=paper.document(times[paper.number]).encode(), content_type="application/rss+xml")

    driver = await open_sqlite(tmp_path / "news.sqlite")
    stores = Stores.of(driver)
    async with Web() as web:
        for kind in ("feed", "moved"):
            for number in range(SOURCES):
                web.answer(f"/{kind}/{number}.xml", answer)
        names = [f"host{number}.example:{web.port}" for number in range(HOSTS)]
        policy = AddressPolicy.of(names)
        hosts = Hosts(
            monotonic=clock.monotonic, sleep=lambda seconds: clock.sleep(timedelta(seconds=seconds)), per_host=2
        )
        async with make_session(policy, resolver=Everywhere()) as session, Parser(workers=2) as parser:
            fetcher = Fetcher(session, policy, clock=clock, hosts=hosts)
            ingest = Ingest(
                stores.sources, fetcher, parser, Tagger.load(), clock, holder="w", jitter=dice.random, batch=16
            )
            sources = [
                NewSource(
                    url=f"http://{names[number % HOSTS]}/feed/{number}.xml", outlet=Outlet(name=f"Paper {number}")
                )
                for number in range(SOURCES)
            ]
            await stores.sources.add_all(OPERATOR, sources, now=clock.now())
            for minute in range(HOURS * 60):
                for paper in papers:
                    if paper.dice.random() < 1 / 90:
                        paper.publish(clock.now())
                while await ingest.step():
                    pass
                clock.move(max(timedelta(0), NOON + timedelta(minutes=minute + 1) - clock.now()))
            for _ in range(26 * 12):  # and until each was read once more
                while await ingest.step():
                    pass
                clock.move(timedelta(minutes=5))
    rows = await driver_titles(driver)
    await driver.close()
    for paper in papers:
        told = sorted(title for title in rows if title.startswith(f"Paper {paper.number} tells"))
        wanted = sorted(f"Paper {paper.number} tells story number {item}" for item, _ in paper.published)
        assert [title.removesuffix(" (corrected)") for title in told] == wanted, f"paper {paper.number}"
    told_of = f"{len(rows):,} items of {SOURCES:,} sources, {sum(times.values()):,} requests to {len(asked)} hosts"
    print(told_of)  # noqa: T201 - a figure for who asks for a long day, with -s
    for host, moments in asked.items():
        gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(moments)]
        assert min(gaps) >= 0.999, host


async def driver_titles(driver: Any) -> list[str]:
    """Every stored headline."""
    found = []
    offset = 0
    while page := await News(driver).find(Criteria(), guild=OPERATOR, until=None, offset=offset, limit=1000):
        found += [item.title for item in page]
        offset += len(page)
    return found
