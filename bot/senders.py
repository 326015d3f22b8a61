"""Those who send to Discord, as loops that are not started. Never: one that needs no Discord (`bot.crew`)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import discord

from bot.crew import IDLE
from bot.house import House
from bot.poster import DiscordPoster
from bot.roles import Share
from bot.workers import loop
from bot.workers.delivery import Deliverer
from bot.workers.loop import Topic
from bot.workers.notices import Herald
from bot.workers.pace import Pace

DELIVERERS = 8


def sending_loops(
    house: House, client: discord.Client, *, share: Callable[[], Share] = Share
) -> list[Coroutine[Any, Any, None]]:
    """The loops of delivery, not started, for a client that is logged in."""
    poster = DiscordPoster(client, house.clock.now)
    deliverer = Deliverer(
        house.deliveries,
        poster,
        house.clock,
        house.holder,
        share=share,
        pace=Pace(house.clock),
        on_outcome=house.meters.delivered,
    )
    run_loop = partial(loop.run, topic=Topic.DELIVERIES, beat=house.meters.beat)
    herald = Herald(house.notices, poster, house.clock, house.holder)
    return [
        *(run_loop(f"delivery {number}", deliverer.step, house.signals, idle=IDLE) for number in range(DELIVERERS)),
        run_loop("notices", herald.step, house.signals, idle=IDLE),
    ]
