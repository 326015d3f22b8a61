"""The pictures at a million stored items: counting, drawing, and both, beside the floor of an empty figure.

    python -m bench.pictures [--items 1000000] [--questions 30] [--database FILE]

Builds (or reuses) the database of `bench.commands`. *first* is the first picture of all, for which the process that
draws is started and imports matplotlib; *counted* is the service's own work without a picture; *whole* with one that
was never drawn before. The floor is the service's `/news`. The event loop's lag meanwhile is that of a loop that looks
every millisecond.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.commands import NOW, Stopped, furnish
from bench.machine import keep, quantiles
from bench.news import Maker, build, timed
from bot.config import Settings
from bot.house import open_house
from bot.model import OPERATOR, Query
from bot.pictures.studio import Studio
from bot.pictures.subjects import Bars


async def measure(path: Path, times: int) -> dict[str, Any]:
    maker = Maker(5)
    figures: dict[str, Any] = {}
    lags: list[float] = []

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            lags.append((time.perf_counter() - began - 0.001) * 1000)

    async with open_house(Settings(database=str(path), catalogue="none"), clock=Stopped(), holder="bench") as house:
        charts = house.charts
        figures["floor: /news"] = await timed(lambda: house.ask.find(Query(), guild=OPERATOR), times)
        watching = asyncio.create_task(watch())
        began = time.perf_counter()
        await charts._studio.draw(Bars(panels=((("GB", 1),),)))
        figures["first picture"] = quantiles([(time.perf_counter() - began) * 1000])

        def topic() -> Query:
            return Query(topic=maker.topic())

        def both() -> Query:
            return Query(topic=maker.topic(), country=maker.known_country())

        week, month = NOW - timedelta(days=7), NOW - timedelta(days=30)
        figures["/trends counted"] = await timed(
            lambda: charts.trends(topic(), "30d", guild=OPERATOR, drawn=False), times
        )
        asked: dict[str, Callable[[], Awaitable[object]]] = {
            "/trends": lambda: charts.trends(Query(), "30d", guild=OPERATOR),
            "/trends topic": lambda: charts.trends(topic(), "30d", guild=OPERATOR),
            "/trends topic country": lambda: charts.trends(both(), "30d", guild=OPERATOR),
            "/trends topic since:1y": lambda: charts.trends(topic(), "1y", guild=OPERATOR),
            "/map": lambda: charts.world(Query(), guild=OPERATOR, since=week),
            "/map topic since:30d": lambda: charts.world(topic(), guild=OPERATOR, since=month),
            "/coverage topic": lambda: charts.coverage(topic(), guild=OPERATOR, since=week),
        }

        async def anew(ask: Callable[[], Awaitable[object]]) -> object:
            charts._studio._kept.clear()
            charts._studio._size = 0
            return await ask()

        for name, ask in asked.items():
            await ask()
            figures[f"{name} whole"] = await timed(partial(anew, ask), times)
        watching.cancel()
        figures["loop lag"] = quantiles(lags)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=30)
    parser.add_argument("--database", type=Path)
    options = parser.parse_args()
    if not Studio().is_equipped:
        raise SystemExit("matplotlib is not installed: pip install '.[charts]'")
    with tempfile.TemporaryDirectory() as folder:
        path = options.database or Path(folder) / "bench.sqlite"
        if not path.exists():
            build(path, options.items)
        furnish(path)
        figures = asyncio.run(measure(path, options.questions))
    for name, row in figures.items():
        print(f"{name:28} p50 {row['p50']:8.1f}  p99 {row['p99']:8.1f}  max {row['max']:8.1f}")
    keep("pictures", {"items": options.items, "ms": figures})


if __name__ == "__main__":
    main()
