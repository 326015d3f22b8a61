"""`/news` at a million stored items: by topic, by country, by both, by phrase, by filters, and the newest of all.

    python -m bench.news [--items 1000000] [--questions 400] [--database FILE]

Builds (or reuses) a database with 6 tags an item (4 of 2,000 topics, 2 of 250 countries, both by Zipf's law), then asks
the service, and the whole slash command (the bot in a process of its own, a double of Discord that speaks HTTP and
gateway), with topics and countries drawn by the same law. The floor in the same run is one read of an item by its key
through the same driver.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import re
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from babel import Locale

from bench.machine import keep, quantiles
from bot.clock import SystemClock
from bot.model import OPERATOR, Query
from bot.news.countries import find_country
from bot.news.hashtags import Hashtags
from bot.services.news import NewsService
from storage.news import News
from storage.own_topics import OwnTopics
from storage.sqlite import migrate_file, open_sqlite
from tests.discord_double import Discord
from tests.discord_double_process import Bot

TOPICS, COUNTRIES, WORDS = 2_000, 250, 30_000
NEWEST = 1_760_000_000
BATCH = 20_000
EMPTY = 4
"""Words that more than half of the texts hold, as English has "the" and "to"."""


def weights(count: int) -> list[float]:
    """Zipf's law, accumulated."""
    total, sums = 0.0, []
    for rank in range(1, count + 1):
        total += 1 / rank
        sums.append(total)
    return sums


def codes() -> list[str]:
    territories = sorted(str(code) for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", str(code)))
    return (territories + [f"x-{number}" for number in range(COUNTRIES)])[:COUNTRIES]


class Maker:
    """Draws items."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.topics = [f"topic{number}" for number in range(TOPICS)]
        self.countries = codes()
        self.words = [f"word{number}" for number in range(WORDS)]
        self.topic_weights, self.country_weights = weights(TOPICS), weights(COUNTRIES)
        self.word_weights = weights(WORDS)

    def topic(self) -> str:
        return self.random.choices(self.topics, cum_weights=self.topic_weights)[0]

    def country(self) -> str:
        return self.random.choices(self.countries, cum_weights=self.country_weights)[0]

    def phrase(self) -> str:
        return " ".join(self.random.choices(self.words, cum_weights=self.word_weights, k=2))

    def known_country(self) -> str:
        """A country that a person can name, by the same law."""
        while find_country(code := self.country()) is None:
            pass
        return code

    def filter(self, *, telling: bool = False) -> str:
        """A topic or a word of one of two countries, without a word; a `telling` one is in half the texts at most."""
        wanted, unwanted = self.phrase().split()
        while telling and unwanted in self.words[:EMPTY]:
            unwanted = self.phrase().split()[0]
        countries = f"{self.known_country()},{self.known_country()}"
        return f"(#{self.topic()} OR {wanted}) country:{countries} NOT {unwanted}"

    def item(self, number: int, total: int) -> tuple[int, list[str], list[str], str]:
        second = NEWEST - (total - number) * 20
        topics = list(dict.fromkeys(self.topic() for _ in range(4)))
        countries = list(dict.fromkeys(self.country() for _ in range(2)))
        words = self.random.choices(self.words, cum_weights=self.word_weights, k=30)
        return second << 20, topics, countries, " ".join(words)


def build(path: Path, items: int) -> float:
    """Fill a database; the seconds it took."""
    began = time.perf_counter()
    asyncio.run(migrate_file(path))
    maker = Maker(1)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -200000")
    tags: dict[tuple[str, str], int] = {("all", ""): 1, ("outlet", "Bench"): 2, ("category", "General"): 3}
    counts: dict[int, int] = {}
    pairs: Counter[tuple[int, int]] = Counter()
    for start in range(0, items, BATCH):
        rows, texts, tagged, made = [], [], [], []
        for number in range(start, min(items, start + BATCH)):
            item, topics, countries, words = maker.item(number, items)
            taggings = [["topic", slug, "subject", 0.9, [slug]] for slug in topics]
            taggings += [["country", code, "subject", 0.9, [code]] for code in countries]
            rows.append((item, f"Headline {number}", f"https://x.example/{number}", words, json.dumps(taggings)))
            texts.append((item, words))
            made.append((topics, countries))
            named = [("topic", slug) for slug in topics]
            named += [(kind, code) for kind in ("country", "subject") for code in countries]
            for pair in (("all", ""), ("outlet", "Bench"), ("category", "General"), *named):
                tag = tags.setdefault(pair, len(tags) + 1)
                counts[tag] = counts.get(tag, 0) + 1
                tagged.append((tag, item))
        tagged.sort()
        db.execute("BEGIN")
        db.executemany(
            "INSERT INTO item (id, home, outlet, title, url, summary, category, taggings, first_seen_at, state) "
            "VALUES (?, 0, 'Bench', ?, ?, ?, 'General', ?, 0, 1)",
            rows,
        )
        db.executemany("INSERT INTO item_text (rowid, terms) VALUES (?, ?)", texts)
        if start == 0:
            db.execute("PRAGMA foreign_keys = OFF")
        db.executemany("INSERT INTO item_tag (scope, tag_id, item_id) VALUES (0, ?, ?)", tagged)
        for topics, countries in made:
            pairs.update((tags["topic", slug], tags["subject", code]) for slug in topics for code in countries)
        db.execute("COMMIT")
    db.execute("BEGIN")
    db.executemany("INSERT INTO tag (kind, slug, id) VALUES (?, ?, ?)", [(*pair, tag) for pair, tag in tags.items()])
    db.executemany("INSERT INTO tag_count (scope, tag_id, items) VALUES (0, ?, ?)", counts.items())
    db.executemany(
        "INSERT INTO pair_count (scope, topic_id, country_id, items) VALUES (0, ?, ?, ?)",
        ((*pair, items) for pair, items in pairs.items()),
    )
    db.execute("COMMIT")
    db.close()
    return time.perf_counter() - began


async def timed(ask: Callable[[], Awaitable[object]], times: int) -> dict[str, float]:
    """Milliseconds an answer takes, over some questions."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await ask()
        taken.append((time.perf_counter() - began) * 1000)
    return quantiles(taken)


async def measure(path: Path, questions: int) -> dict[str, Any]:
    maker = Maker(2)
    driver = await open_sqlite(path)
    service = NewsService(News(driver), OwnTopics(driver), Hashtags.load(), SystemClock())
    gc.collect()
    gc.freeze()  # as the bot does

    def asking(make: Callable[[], Query]) -> Callable[[], Awaitable[object]]:
        return lambda: service.find(make(), guild=OPERATOR)

    async def floor() -> object:
        async with driver.read() as db:
            return await db.first("items", ids=f"[{(NEWEST - 20 * maker.random.randrange(1, 1000)) << 20}]")

    shapes: dict[str, Callable[[], Query]] = {
        "newest": lambda: Query(),
        "topic": lambda: Query(topic=maker.topic()),
        "country": lambda: Query(country=maker.country()),
        "topic and country": lambda: Query(topic=maker.topic(), country=maker.country()),
        "two words": lambda: Query(text=maker.phrase()),
        "phrase": lambda: Query(topic=maker.phrase()),
        "filter: topic and country": lambda: Query(filter=f"#{maker.topic()} country:{maker.known_country()}"),
        "filter: OR and NOT": lambda: Query(filter=maker.filter()),
    }
    figures: dict[str, Any] = {"floor: one item by key": await timed(floor, questions)}
    for name, make in shapes.items():
        await timed(asking(make), 20)
        figures[name] = await timed(asking(make), questions)
    await driver.close()
    return figures


async def slash(path: Path, questions: int) -> dict[str, Any]:
    """The whole interaction: from the gateway's event to the callback, the real bot in a process of its own."""
    maker = Maker(3)
    figures: dict[str, Any] = {}
    shapes: dict[str, Callable[[], dict[str, Any]]] = {
        "topic": lambda: {"topic": maker.topic()},
        "country": lambda: {"country": maker.known_country()},
        "topic and country": lambda: {"topic": maker.topic(), "country": maker.known_country()},
    }
    with tempfile.TemporaryDirectory() as folder:
        unlimited = str(1 << 30)
        async with (
            Discord() as discord,
            Bot(Path(folder), discord, database=str(path), commands_per_minute=unlimited),
        ):
            discord.channel()
            await discord.connected()

            async def ask(make: Callable[[], dict[str, Any]]) -> None:
                answer = await discord.interact("news", **make())
                if answer.private:
                    raise RuntimeError(f"that is no page of news: {answer.text}")

            for name, make in shapes.items():
                for times in (20, questions):
                    figures[name] = await timed(partial(ask, make), times)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--database", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.database or Path(folder) / "bench.sqlite"
        figures: dict[str, Any] = {"items": options.items}
        if not path.exists():
            figures["build seconds"] = round(build(path, options.items), 1)
        figures["database MB"] = round(path.stat().st_size / 1e6)
        figures["service, ms"] = asyncio.run(measure(path, options.questions))
        figures["whole interaction, ms"] = asyncio.run(slash(path, options.questions))
    for part in ("service, ms", "whole interaction, ms"):
        print(part)
        for name, row in figures[part].items():
            print(f"  {name:25} p50 {row['p50']:8.3f}  p99 {row['p99']:8.3f}  max {row['max']:8.3f}")
    keep("news", figures)


if __name__ == "__main__":
    main()
