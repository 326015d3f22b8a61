"""SQLite and PostgreSQL side by side in one run: questions, polls, claims, filing and deliveries at millions of items.

    python -m bench.databases [--items 1000000] [--questions 300] [--rounds 100] [--folder FOLDER] [--postgres URL]
    python -m bench.databases --grow 10 [--postgres URL [--filled]]

The SQLite file is bench.news's (6 tags an item, by Zipf's law), with a thousand feeds, what they brought under which
key, and a thousand rules added. PostgreSQL is given the same by `dateline copy`, whose speed is told too; without
`--postgres` (an empty database) a server of its own is started, with the defaults of its kind, fsync included. With
`--folder` the file is kept there and used again. Each question is answered by the whole NewsService, each write by the
stores. With `--grow` PostgreSQL alone is asked, its items copied on the server (`bench.grown`: ten million in a quarter
of an hour); with `--filled` what such a run has filled is asked once more.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import itertools
import json
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.grown import grow
from bench.machine import keep, quantiles
from bench.news import NEWEST, Maker, build, timed
from bot.clock import SystemClock
from bot.model import OPERATOR, GuildId, MessageId, Query, Sent
from bot.news.hashtags import Hashtags
from bot.roles import DESK
from bot.services.news import NewsService
from bot.workers.delivery import LOOKED
from storage import copying
from storage.driver import Driver
from storage.identity import title_digest
from storage.opening import open_store
from storage.own_topics import OwnTopics
from tests.databases import LAX, serving
from tests.support import LEASE, Stores, alert, alone, new_item, poll

FEEDS, RULES, SERVERS = 1_000, 1_000, 100
BROUGHT, SAME = 2, 18
"""Entries of a poll: new ones, and ones that it brought before."""
FILED, ALERTS = 20, 5
"""Items that the desk files at once, and channels that each goes to."""
HIDES = GuildId(5)
"""A server that hides a source."""


def furnish(path: Path) -> None:
    """Add to bench.news's items what a bot that ran for years has beside them."""
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous = OFF", "cache_size = -200000", "foreign_keys = OFF"):
        db.execute(f"PRAGMA {pragma}")
    if db.execute("SELECT count(*) FROM feed").fetchone()[0]:
        db.close()
        return
    db.create_function("digest", 1, lambda title: title_digest(0, "Bench", title), deterministic=True)
    db.execute("BEGIN")
    numbers = range(1, FEEDS + 1)
    db.executemany(
        "INSERT INTO feed (id, url, home, outlet, language, interval_ms, due_at, first_success_at) "
        "VALUES (?, ?, 0, 'Bench', 'en', 3600000, 0, 1)",
        ((number, f"https://x.example/{number}.xml") for number in numbers),
    )
    db.executemany(
        "INSERT INTO source (owner, feed_id, outlet, language, added_at) VALUES (0, ?, 'Bench', 'en', 0)",
        ((number,) for number in numbers),
    )
    db.execute("INSERT INTO hidden (guild, feed_id) VALUES (?, 1)", (HIDES,))
    db.execute(
        "INSERT INTO sighting (feed_id, key, item_id) "
        f"SELECT 1 + (id >> 20) / 20 % {FEEDS}, 'link:' || url, id FROM item ORDER BY 1, 2"
    )
    db.execute("INSERT INTO item_title (digest, item_id) SELECT digest(title), id FROM item ORDER BY 1, 2")
    latest = "SELECT id FROM item ORDER BY id DESC LIMIT 50000"
    db.execute(f"INSERT INTO story_item (item_id, story_id) SELECT id, id FROM ({latest})")
    db.executemany(
        "INSERT INTO alert_rule (guild, channel, query, criteria, standing, created_at) "
        "VALUES (?, ?, '{}', '{}', 'active', 0)",
        ((1000 + number % SERVERS, 5000 + number) for number in range(RULES)),
    )
    db.execute("COMMIT")
    db.close()


def questions(maker: Maker) -> dict[str, Callable[[], Query]]:
    """What people ask, drawn as bench.news draws."""
    week = timedelta(days=7)
    newest = SystemClock().now().fromtimestamp(NEWEST, tz=SystemClock().now().tzinfo)

    def run_together() -> str:
        return maker.phrase().replace(" ", "")

    return {
        "newest": lambda: Query(),
        "topic": lambda: Query(topic=maker.topic()),
        "country": lambda: Query(country=maker.country()),
        "topic and country": lambda: Query(topic=maker.topic(), country=maker.country()),
        "topic, in a week": lambda: Query(topic=maker.topic(), since=newest - week),
        "one word": lambda: Query(text=maker.phrase().split()[0]),
        "two words": lambda: Query(text=maker.phrase()),
        "two words and a country": lambda: Query(text=maker.phrase(), country=maker.country()),
        "phrase": lambda: Query(topic=maker.phrase()),
        "hashtag of two words": lambda: Query(topic=run_together()),
        "filter: topic and country": lambda: Query(filter=f"#{maker.topic()} country:{maker.known_country()}"),
        "filter: OR and NOT": lambda: Query(filter=maker.filter()),
        "filter: OR, and NOT a telling word": lambda: Query(filter=maker.filter(telling=True)),
    }


def told(name: str, row: dict[str, float]) -> dict[str, float]:
    """Say a figure as soon as it is there: at ten million items the whole takes a while."""
    print(f"  {name:43} p50 {row['p50']:9.2f}  p99 {row['p99']:9.2f}  max {row['max']:9.2f}", flush=True)
    return row


async def reading(driver: Driver, times: int, seed: int) -> dict[str, Any]:
    """Milliseconds of each kind of question."""
    maker, stores = Maker(seed), Stores.of(driver)
    service = NewsService(stores.news, OwnTopics(driver), Hashtags.load(), SystemClock())

    async def floor() -> object:
        async with driver.read() as db:
            return await db.first("items", ids=f"[{(NEWEST - 20 * maker.random.randrange(1, 1000)) << 20}]")

    async def half_typed() -> object:
        return await service.suggest_stories(maker.phrase()[:-1], guild=OPERATOR)

    figures: dict[str, Any] = {"floor: one item by key": await timed(floor, times)}
    for name, make in questions(maker).items():

        async def ask(make: Callable[[], Query] = make, guild: GuildId = OPERATOR) -> object:
            return await service.find(make(), guild=guild)

        await timed(ask, 5)
        figures[name] = told(name, await timed(ask, times))
    figures["topic, of a server that hides a source"] = await timed(
        lambda: service.find(Query(topic=maker.topic()), guild=HIDES), times
    )
    figures["a story half typed"] = await timed(half_typed, times)
    figures["all tags, for autocomplete (once a minute)"] = await timed(
        lambda: stores.news.tags(guild=OPERATOR, limit=5_000), max(10, times // 10)
    )
    return figures


async def writing(driver: Driver, rounds: int) -> dict[str, Any]:
    """Milliseconds of each step of a bot at work."""
    stores, clock = Stores.of(driver), SystemClock()
    numbers = itertools.count(time.time_ns())  # new to a memory that was asked before, too
    taken: dict[str, list[float]] = {}
    maker = Maker(4)

    async def step(name: str, work: Awaitable[Any]) -> Any:
        began = time.perf_counter()
        done = await work
        taken.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        return done

    for _ in range(rounds):
        (claim, *others) = await step("claim of 8 feeds", stores.sources.claim("bench", 8, LEASE, now=clock.now()))
        items = [
            new_item(
                f"News {next(numbers)}",
                url=f"https://new.example/{next(numbers)}",
                topics=[maker.topic() for _ in range(4)],
                countries=[maker.country()],
                at=clock.now(),
                terms=" ".join(maker.random.choices(maker.words, cum_weights=maker.word_weights, k=30)),
            )
            for _ in range(BROUGHT)
        ]
        number = (claim.feed.id - 1 - NEWEST // 20) % FEEDS
        same = [
            new_item(f"Headline {at}", url=f"https://x.example/{at}", at=clock.now())
            for at in range(number, number + SAME * FEEDS, FEEDS)
        ]
        done = poll(*items, *same, now=clock.now())
        await step("a poll's finish: 2 new of 20", stores.sources.finish(claim, done, now=clock.now()))
        unchanged = poll(now=clock.now())
        await step("a poll's finish: nothing new", stores.sources.finish(others[0], unchanged, now=clock.now()))
        for other in others[1:]:
            await stores.sources.release(other)
    rules = (await stores.alerts.changed(-1))[1]
    sent = itertools.count(1)
    while waiting := await step("what the desk reads, 20 items", stores.news.unfiled(FILED)):
        term = await stores.seats.take(DESK, "bench", LEASE, now=clock.now())
        assert term is not None
        alerts = [alert(rule, one.item.id) for one in waiting for rule in maker.random.sample(rules, ALERTS)]
        filed = stores.news.file(term, alone(*waiting), alerts, now=clock.now())
        await step("filing 20 items to 5 channels each", filed)
    while seen := await step("a look at what waits", stores.deliveries.waiting(LOOKED, now=clock.now())):
        for one in seen:
            claim = stores.deliveries.claim("bench", (one,), LEASE, now=clock.now())
            for delivery in await step("claim of a delivery", claim):
                outcome = Sent(message=MessageId(next(sent)))
                await step("a delivery's finish", stores.deliveries.finish(delivery, outcome, now=clock.now()))
    return {name: quantiles(values) for name, values in taken.items()}


async def measured(database: str, times: int, rounds: int, seed: int) -> dict[str, Any]:
    driver = await open_store(database)
    try:
        gc.collect()
        gc.freeze()  # as the bot does
        await Stores.of(driver).news.settle()  # as the desk does every two seconds
        read = await reading(driver, times, seed)
        return {"service, ms": read, "writing, ms": await writing(driver, rounds)}
    finally:
        await driver.close()


def copied(path: Path, url: str) -> dict[str, Any]:
    """Have `dateline copy` fill PostgreSQL; its speed."""
    began = time.perf_counter()
    shown: set[tuple[str, str, int]] = set()

    def tell(doing: str, what: str, done: int, total: int) -> None:
        step = doing, what, int(time.perf_counter() - began) // 60
        if step not in shown:
            shown.add(step)
            print(f"{time.perf_counter() - began:7.0f} s  {doing} {what}  {done:,} of {total:,}", flush=True)

    done = asyncio.run(copying.copy(str(path), url, tell))
    seconds, rows = time.perf_counter() - began, sum(done.rows.values())
    return {"rows": rows, "seconds": round(seconds, 1), "rows a second": round(rows / seconds)}


@contextlib.contextmanager
def server(url: str | None) -> Iterator[str]:
    """An empty database: the one that is named, or of a server of its own that may not lose anything."""
    if url is not None:
        yield url
        return
    with serving() as postgres:
        made = postgres.create()
        for setting in LAX:
            postgres.run(made, f"ALTER SYSTEM RESET {setting.split()[0]}")
        postgres.run(made, "SELECT pg_reload_conf()")
        yield made


def show(figures: dict[str, Any]) -> None:
    for part in ("service, ms", "writing, ms"):
        print(f"{part:45}" + "".join(f"{name:>12} p50      p99" for name in figures))
        for name in next(iter(figures.values()))[part]:
            rows = [one[part][name] for one in figures.values()]
            print(f"  {name:43}" + "".join(f"{row['p50']:16.2f} {row['p99']:8.2f}" for row in rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2, help="Another seed asks what no run before it has warmed.")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--postgres", metavar="URL")
    parser.add_argument("--grow", type=int, default=1, metavar="N", help="Ask PostgreSQL alone, of N times the items.")
    parser.add_argument("--filled", action="store_true", help="The named PostgreSQL holds the items already.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, server(options.postgres) as url:
        path = (options.folder or Path(temporary)) / f"{options.items}.sqlite"
        if not path.exists():
            build(path, options.items)
        furnish(path)
        figures: dict[str, Any] = {"items": options.items * options.grow}
        if options.filled:
            figures["postgres"] = "filled before"
        else:
            figures["copy"] = copied(path, url)
            print(json.dumps(figures["copy"]))
            if options.grow > 1:
                grow(url, options.grow)
        asked = {"sqlite": str(path), "postgres": url}
        if options.grow > 1:
            del asked["sqlite"]
        measures = {
            name: asyncio.run(measured(database, options.questions, options.rounds, options.seed))
            for name, database in asked.items()
        }
        figures |= measures
    show(measures)
    keep(f"databases-{options.items}" if options.grow == 1 else f"postgres-{options.items * options.grow}", figures)


if __name__ == "__main__":
    main()
