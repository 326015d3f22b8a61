"""What a list of 5,000 sources costs: ``python -m bench.lists``. Reading the file, adding, adding again, writing.

Beside each the longest that the event loop was held meanwhile, as Discord's heartbeat would feel it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench.machine import keep
from bot.feeds import lists
from bot.feeds.guard import AddressPolicy
from bot.model import OPERATOR, NewSource, Outlet
from storage.sources import Sources
from storage.sqlite import open_sqlite

SOURCES = 5_000


async def timed(work: Callable[[], Awaitable[Any]]) -> tuple[Any, dict[str, float]]:
    """What some work gives, how long it takes, and the longest that the loop was held; in milliseconds."""
    worst = 0.0

    async def tick() -> None:
        nonlocal worst
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            worst = max(worst, time.perf_counter() - before - 0.001)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.01)
    worst, began = 0.0, time.perf_counter()
    result = await work()
    took = time.perf_counter() - began
    ticking.cancel()
    return result, {"ms": round(took * 1e3, 1), "loop held, ms": round(worst * 1e3, 1)}


async def measure(folder: Path) -> dict[str, Any]:
    """All figures, on a database of its own."""
    written = [
        NewSource(
            url=f"https://news{number}.example/feeds/world/rss.xml",
            outlet=Outlet(name=f"The Paper {number}", country="GB", language="en", section="World"),
        )
        for number in range(SOURCES)
    ]
    figures: dict[str, Any] = {"sources": SOURCES}
    driver = await open_sqlite(folder / "news.sqlite")
    sources, now = Sources(driver), datetime.now(UTC)
    for form in lists.ListFormat:
        text, figures[f"write {form}"] = await timed(partial(asyncio.to_thread, lists.write, written, form))
        body = text.encode()
        listed, figures[f"read {form}"] = await timed(partial(asyncio.to_thread, lists.read, body, AddressPolicy()))
        figures[f"read {form}"]["bytes"] = len(body)
        assert len(listed.sources) == SOURCES
    for name in ("add", "add again"):
        _, figures[name] = await timed(partial(sources.add_all, OPERATOR, written, now=now))
    await driver.close()
    return figures


def main() -> None:
    """Print and keep the figures."""
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder)))
    for name, value in figures.items():
        print(name, value)
    keep("lists", figures)


if __name__ == "__main__":
    main()
