"""Every question's own time at a million stored items: the service's work, and what is offered while one types.

    python -m bench.commands [--items 1000000] [--questions 200] [--database FILE]

Builds (or reuses) the database of `bench.news`, with 200 outlets, the feeds that brought each item, and stories of
three reports among them. The clock stands where the news ends. Topics and countries are drawn by Zipf's law: most
questions are about the most frequent ones, whose answers are the slowest. The floor in the same run is one read of an
item by its key.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.machine import keep
from bench.news import NEWEST, Maker, build, timed
from bot.config import Settings
from bot.house import House, open_house
from bot.model import OPERATOR, ItemId, Query, Sort
from bot.services.related import Said

OUTLETS = 200
NOW = datetime.fromtimestamp(NEWEST, UTC)


class Stopped:
    """A clock that stands where the news ends."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(duration.total_seconds())


def furnish(path: Path) -> float:
    """Give the items outlets, feeds and stories, unless they have them; the seconds it took."""
    began = time.perf_counter()
    db = sqlite3.connect(path, isolation_level=None)
    if db.execute("SELECT count(*) FROM feed").fetchone()[0]:
        db.close()
        return 0.0
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("BEGIN")
    db.executemany(
        "INSERT INTO feed (id, url, home, outlet, interval_ms, due_at) VALUES (?, ?, 0, ?, 1, 1)",
        ((number + 1, f"https://x.example/{number}", f"Outlet {number}") for number in range(OUTLETS)),
    )
    db.executemany(
        "INSERT INTO source (owner, feed_id, outlet, added_at) VALUES (0, ?, ?, 0)",
        ((number + 1, f"Outlet {number}") for number in range(OUTLETS)),
    )
    numbered = f"((id >> 20) - {NEWEST}) / 20"  # 0 for the newest, then falling
    db.execute(f"UPDATE item SET outlet = 'Outlet ' || (abs({numbered}) * 7 % {OUTLETS})")
    db.execute(
        f"INSERT INTO sighting (feed_id, key, item_id, fingerprint) "
        f"SELECT abs({numbered}) * 7 % {OUTLETS} + 1, id, id, 0 FROM item"
    )
    db.execute(
        f"INSERT INTO story_item (item_id, story_id) SELECT id, CASE WHEN abs({numbered}) % 10 IN (0, 3, 7) "
        f"THEN id + ((abs({numbered}) % 10) * 20 << 20) ELSE id END FROM item ORDER BY id"
    )
    db.execute("COMMIT")
    db.execute("ANALYZE")
    db.close()
    return time.perf_counter() - began


def questions(house: House, maker: Maker) -> dict[str, Callable[[], Awaitable[object]]]:
    """What is asked, by name."""
    ask, week = house.ask, NOW - timedelta(days=7)
    texts = itertools.count()

    def topic() -> str:
        return maker.topic()

    def typed() -> str:
        return f"topic{maker.random.randrange(200)}"

    return {
        "/news": lambda: ask.find(Query(), guild=OPERATOR),
        "/news topic country": lambda: ask.find(Query(topic=topic(), country=maker.known_country()), guild=OPERATOR),
        "/news sort:biggest": lambda: ask.find(Query(sort=Sort.BIGGEST), guild=OPERATOR),
        "/news topic sort:biggest": lambda: ask.find(Query(topic=topic(), sort=Sort.BIGGEST), guild=OPERATOR),
        "/news topic sort:relevant": lambda: ask.find(Query(topic=topic(), sort=Sort.RELEVANT), guild=OPERATOR),
        "/search sort:relevant": lambda: ask.find(Query(text=maker.phrase(), sort=Sort.RELEVANT), guild=OPERATOR),
        "/search": lambda: ask.find(Query(text=maker.phrase()), guild=OPERATOR),
        "/top": lambda: house.top.top(Query(), guild=OPERATOR),
        "/top since:31d country": lambda: house.top.top(
            Query(country=maker.known_country(), since=NOW - timedelta(days=31)), guild=OPERATOR
        ),
        "/story": lambda: house.top.story(str(_item(maker)), guild=OPERATOR),
        "/random": lambda: house.top.random(guild=OPERATOR),
        "/topics": lambda: house.trends.topics(timedelta(seconds=86_400 + next(texts)), guild=OPERATOR),
        "/country": lambda: house.profiles.profile(Query(country=maker.known_country()), guild=OPERATOR),
        "/country since:90d": lambda: house.profiles.profile(
            Query(country=maker.known_country(), since=NOW - timedelta(days=90)), guild=OPERATOR
        ),
        "/topic show": lambda: house.profiles.profile(Query(topic=topic(), since=week), guild=OPERATOR),
        "/pair": lambda: house.profiles.profile(house.profiles.pair(maker.known_country(), topic())[0], guild=OPERATOR),
        "/compare": lambda: house.profiles.compare([topic(), *_two(maker)], guild=OPERATOR),
        "Related news": lambda: house.related.related(
            Said(text=f"Word1 {maker.phrase()} in {maker.known_country()} and Japan: word2 word3 {maker.phrase()}"),
            guild=OPERATOR,
        ),
        "offers: topics": lambda: ask.suggest_topics(typed(), guild=OPERATOR),
        "offers: countries": lambda: _at_once(ask.suggest_countries(maker.random.choice("abcdefgh"))),
        "offers: outlets": lambda: ask.suggest_outlets(f"Outlet {maker.random.randrange(20)}", guild=OPERATOR),
        "offers: stories": lambda: ask.suggest_stories(maker.phrase(), guild=OPERATOR),
    }


async def _at_once(found: object) -> object:
    return found


def _item(maker: Maker) -> ItemId:
    return ItemId((NEWEST - 20 * maker.random.randrange(1, 10_000)) << 20)


def _two(maker: Maker) -> tuple[str, str]:
    first = second = maker.known_country()
    while second == first:
        second = maker.known_country()
    return first, second


async def measure(path: Path, times: int) -> dict[str, Any]:
    maker = Maker(4)
    figures: dict[str, Any] = {}
    async with open_house(Settings(database=str(path), catalogue="none"), clock=Stopped(), holder="bench") as house:
        gc.collect()
        gc.freeze()  # as the bot does
        figures["floor: one item by key"] = await timed(lambda: house.ask.item(_item(maker), guild=OPERATOR), times)
        for name, asked in questions(house, maker).items():
            await timed(asked, 10)
            figures[name] = await timed(asked, times)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--database", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.database or Path(folder) / "bench.sqlite"
        if not path.exists():
            build(path, options.items)
        furnish(path)
        figures = asyncio.run(measure(path, options.questions))
    for name, row in figures.items():
        print(f"{name:28} p50 {row['p50']:8.3f}  p99 {row['p99']:8.3f}  max {row['max']:8.3f}")
    keep("commands", {"items": options.items, "ms": figures})


if __name__ == "__main__":
    main()
