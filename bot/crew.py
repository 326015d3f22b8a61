"""The workers that need no Discord, as loops that are not started. `bot.app` starts them, in one TaskGroup.

Never: a worker's work; a loop that sends (`bot.senders`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from bot.config import Settings
from bot.house import House
from bot.web.hooks import PATH
from bot.workers import loop
from bot.workers.desk import Desk
from bot.workers.digest import Gatherer
from bot.workers.hubs import Hubs
from bot.workers.janitor import Janitor
from bot.workers.loop import Topic
from bot.workers.surges import Surges
from bot.workers.sweeper import Keep, Sweeper

DRAIN = timedelta(seconds=20)
IDLE = timedelta(seconds=1)
SETTLING = timedelta(seconds=2)
"""Between two times that new texts are worked into the index: what comes together is less work together."""


def _kept(settings: Settings) -> Keep:
    """For how long the operator keeps what."""

    def days(number: int | None) -> timedelta | None:
        return None if number is None else timedelta(days=number)

    return Keep(
        news=days(settings.keep_news),
        deliveries=days(settings.keep_deliveries),
        revisions=days(settings.keep_revisions),
        notices=days(settings.keep_notices),
        visits=days(settings.keep_visits),
        feed_days=days(settings.keep_feed_days),
        queries=settings.keep_queries,
    )


def make_desk(house: House) -> Desk:
    """The desk of a process that may have its seat."""
    desk = house.desk
    return Desk(
        desk.news,
        desk.alerts,
        house.clock,
        desk.seat,
        digests=desk.digests,
        most_open=house.settings.open_items,
        on_deliveries=lambda: house.signals.tell(Topic.DELIVERIES),
    )


def watching_loops(house: House) -> list[Coroutine[Any, Any, None]]:
    """The loops that need no Discord, not started: pollers and the desk."""
    return [*polling_loops(house), *desk_loops(house)]


def polling_loops(house: House) -> list[Coroutine[Any, Any, None]]:
    """The loops of who watches, not started."""
    run_loop = partial(loop.run, beat=house.meters.beat)
    return [
        run_loop(f"ingest {number}", house.ingest.step, house.signals, idle=IDLE, topic=Topic.FEEDS)
        for number in range(house.settings.pollers)
    ]


def desk_loops(house: House) -> list[Coroutine[Any, Any, None]]:
    """The loops of the desk, not started: they do nothing while another process has its seat."""
    desk = house.desk

    def on_deliveries() -> None:
        house.signals.tell(Topic.DELIVERIES)

    surges = Surges(desk.news, desk.alerts, desk.digests, desk.deliveries, house.clock, on_deliveries=on_deliveries)
    gatherer = Gatherer(desk.digests, house.clock, on_deliveries=on_deliveries)
    public = house.settings.public_url
    steps: dict[str, Callable[[], Awaitable[bool]]] = {
        "desk": make_desk(house).step,
        "digests": gatherer.step,
        "janitor": Janitor(desk.deliveries, desk.privacy, house.clock).step,
        "sweeper": Sweeper(desk.retention, house.clock, _kept(house.settings)).step,
        "surges": surges.step,
        "trends": house.emerge.step,
    }
    if public is not None:
        steps["hubs"] = Hubs(desk.hubs, house.fetcher, house.clock, callback=f"{public}{PATH}").step

    async def settle() -> bool:
        await desk.news.settle()
        return False

    return [
        *(
            loop.run(name, desk.seat.seated(step), house.signals, idle=IDLE, topic=Topic.ITEMS, beat=house.meters.beat)
            for name, step in steps.items()
        ),
        loop.run("index", desk.seat.seated(settle), house.signals, idle=SETTLING, beat=house.meters.beat),
    ]


async def drained(workers: Sequence[asyncio.Task[None]]) -> None:
    """Wait for the workers' present steps; cancel what takes too long."""
    if not workers:
        return
    _, late = await asyncio.wait(workers, timeout=DRAIN.total_seconds())
    for worker in late:
        worker.cancel()
    await asyncio.gather(*late, return_exceptions=True)
