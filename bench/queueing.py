"""How long writers wait for one another, from a Raspberry Pi's load to a million feeds, by measured service times.

    python -m bench.queueing

A simulation, not a measurement: its service times are drawn from those that `bench.databases` measured on PostgreSQL
at a million items (log-normal, by their median and p95), its load from assumptions that stand below. Everything that
writes takes turns at one lock (ADR 10), which is a queue with one server: who comes waits until all before it are done.
Claims share the lock, and are counted in as if they did not, which is a little too dark. Told for each size: how much
of the time the lock is held, how long a writer waits, how many messages a second the bot would send. And the same where
the database is divided into so many parts, each with a lock of its own: how many keep the wait below `PATIENCE` at p99.
"""

from __future__ import annotations

import json
import math
import random
from typing import Any, Final, NamedTuple

from bench.machine import RESULTS, keep, quantiles

POLLS_A_DAY: Final = 60
"""Of a feed: every 24 minutes, between 5 minutes and a day."""
NEW_POLLS, NEW_ITEMS = 0.15, 2
"""Of a hundred polls fifteen bring something: two items each."""
MESSAGES_A_DAY: Final = 6
"""To a server; the default limit is 20 an hour for a channel."""
COMMANDS_A_DAY: Final = 4
"""Of a server, each with one small write (a visit, a kept question)."""
PEAK: Final = 2.0
"""The busiest hour beside the day's mean."""
PATIENCE: Final = 100.0
"""Milliseconds."""
DRAWN: Final = 200_000
SIZES: Final = (
    ("a Raspberry Pi, one community", 140, 1),
    ("a club of servers", 1_000, 100),
    ("a public bot", 10_000, 2_500),
    ("a large one", 50_000, 25_000),
    ("larger than any news bot", 200_000, 100_000),
    ("on paper", 1_000_000, 500_000),
)


class Work(NamedTuple):
    """One kind of write: how often a second, and how long it holds the lock, in ms."""

    rate: float
    p50: float
    p95: float


def measured() -> dict[str, dict[str, float]]:
    """The work's service times, as they are kept."""
    found = json.loads((RESULTS / "databases-1000000.json").read_text(encoding="utf-8"))
    times: dict[str, dict[str, float]] = found["figures"]["postgres"]["writing, ms"]
    return times


def works(feeds: int, servers: int, times: dict[str, dict[str, float]]) -> list[Work]:
    """What is written a second, in the busiest hour."""
    polls = PEAK * feeds * POLLS_A_DAY / 86_400
    items = polls * NEW_POLLS * NEW_ITEMS
    messages = PEAK * servers * MESSAGES_A_DAY / 86_400
    commands = PEAK * servers * COMMANDS_A_DAY / 86_400

    def work(rate: float, name: str, share: float = 1.0) -> Work:
        return Work(rate, times[name]["p50"] * share, times[name]["p95"] * share)

    return [
        work(polls * NEW_POLLS, "a poll's finish: 2 new of 20"),
        work(polls * (1 - NEW_POLLS), "a poll's finish: nothing new"),
        work(polls / 8, "claim of 8 feeds"),
        work(items / 20, "filing 20 items to 5 channels each"),
        work(messages, "claim of a delivery"),
        work(messages, "a delivery's finish"),
        work(commands, "a delivery's finish"),
    ]


def waits(kinds: list[Work], parts: int, dice: random.Random) -> tuple[float, list[float]]:
    """How much of the time one of the parts is held, and how long writers wait for it, in ms (Lindley's recursion)."""
    rate = sum(kind.rate for kind in kinds) / parts
    weights = [kind.rate for kind in kinds]
    busy = wait = passed = 0.0
    waited = []
    for kind in dice.choices(kinds, weights=weights, k=DRAWN):
        waited.append(wait)
        sigma = math.log(kind.p95 / kind.p50) / 1.645
        service = kind.p50 * math.exp(sigma * dice.gauss(0, 1))
        apart = dice.expovariate(rate) * 1_000
        busy, passed = busy + service, passed + apart
        wait = max(0.0, wait + service - apart)
    return busy / passed, waited


def told(feeds: int, servers: int, times: dict[str, dict[str, float]], dice: random.Random) -> dict[str, Any]:
    """One size."""
    kinds = works(feeds, servers, times)
    messages = PEAK * servers * MESSAGES_A_DAY / 86_400
    held, waited = waits(kinds, 1, dice)
    figures: dict[str, Any] = {
        "feeds": feeds,
        "servers": servers,
        "polls a second": round(PEAK * feeds * POLLS_A_DAY / 86_400, 1),
        "messages a second": round(messages, 2),
        "one lock is held": round(held, 3),
    }
    if held < 1:
        found = quantiles(waited)
        figures |= {"wait, ms, p50": round(found["p50"], 1), "wait, ms, p99": round(found["p99"], 1)}
    parts = 1
    while held / parts >= 1 or quantiles(waits(kinds, parts, dice)[1])["p99"] > PATIENCE:
        parts += 1 if parts < 4 else parts // 2
    figures["parts with a lock each"] = parts
    return figures


def main() -> None:
    times, dice = measured(), random.Random(1)
    figures = {name: told(feeds, servers, times, dice) for name, feeds, servers in SIZES}
    for name, each in figures.items():
        print(name, each)
    keep("queueing", figures)


if __name__ == "__main__":
    main()
