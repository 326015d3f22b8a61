"""What operators count and watch: one process's meters, for Prometheus, and whether it is alive and ready.

Never: the id of a server or a person in a label, or a label whose values are not few.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

STUCK = timedelta(minutes=10)
"""A worker that has not come round for so long hangs: every wait of a step is shorter."""
LAG = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Connection(NamedTuple):
    """What is known of Discord's gateway."""

    ready: bool
    latency: float
    """Seconds from a heartbeat to its answer."""
    servers: int


class Meters:
    """The meters of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._registry = registry = CollectorRegistry()
        self._beats: dict[str, float] = {}
        self.connection: Callable[[], Connection] = lambda: Connection(ready=False, latency=0.0, servers=0)
        """Asked at each look; there is none before the client is logged in."""
        self._polls = Counter("dateline_polls", "Polls of feeds.", ["outcome"], registry=registry)
        self._items = Counter(
            "dateline_new_items", "Items that came, by whether alerts may tell them.", ["kind"], registry=registry
        )
        self._deliveries = Counter(
            "dateline_deliveries", "Attempts to bring an alert to Discord.", ["outcome"], registry=registry
        )
        self._commands = Counter("dateline_commands", "Commands that were answered.", ["command"], registry=registry)
        self._lag = Histogram(
            "dateline_loop_lag_seconds", "How late the event loop wakes.", buckets=LAG, registry=registry
        )
        self._gauges = {
            name: Gauge(f"dateline_{name}", text, registry=registry)
            for name, text in (
                ("items", "Items in the memory."),
                ("feeds", "Feeds that are watched."),
                ("failing_feeds", "Feeds with a problem."),
                ("pending_deliveries", "Alerts that wait to be sent."),
                ("late_deliveries_seconds", "How long the oldest alert that may be sent has waited; 0: none has."),
                ("late_feeds_seconds", "How long the feed that is longest overdue has been due; 0: none is."),
                ("discord_ready", "1 where Discord's gateway is connected; of who only sends, where it is logged in."),
                ("discord_latency_seconds", "From a heartbeat to its answer."),
                ("servers", "Servers that the bot is in."),
            )
        }

    def polled(self, *, failed: bool, changed: bool, new: int, silent: bool) -> None:
        """A feed was polled."""
        self._polls.labels("failed" if failed else "changed" if changed else "unchanged").inc()
        if new:
            self._items.labels("silent" if silent else "news").inc(new)

    def delivered(self, outcome: str) -> None:
        """An alert was tried: sent, later, refused."""
        self._deliveries.labels(outcome).inc()

    def answered(self, command: str) -> None:
        """A command was answered; its name is one of the bot's own."""
        self._commands.labels(command).inc()

    def lagged(self, seconds: float) -> None:
        """The event loop woke so much too late."""
        self._lag.observe(seconds)

    def beat(self, worker: str) -> None:
        """A worker came round."""
        self._beats[worker] = self._clock()

    def stuck(self) -> list[str]:
        """The workers that did not come round for too long."""
        now = self._clock()
        return sorted(name for name, at in self._beats.items() if now - at > STUCK.total_seconds())

    def text(self, **known: float) -> bytes:
        """Everything in Prometheus' text format, with what was just looked up (names of the gauges)."""
        found = self.connection()
        known |= {
            "discord_ready": float(found.ready),
            "discord_latency_seconds": 0.0 if math.isnan(found.latency) else found.latency,
            "servers": found.servers,
        }
        for name, value in known.items():
            self._gauges[name].set(value)
        return generate_latest(self._registry)
