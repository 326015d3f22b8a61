"""What the commands share: the configuration, the house, tables for people, JSON for programs."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from rich.console import Console

from bot import config, log
from bot.clock import SystemClock
from bot.config import Settings
from bot.feeds.guard import REFUSED
from bot.house import House, open_house
from bot.words import speak_in_terminal
from bot.workers.ingest import Report

T = TypeVar("T")
HINTS = {REFUSED: "Where it is your own, name its host and port in DATELINE_ALLOW_PRIVATE, such as 127.0.0.1:8080."}
"""What only the operator can do about a problem."""
WIDTH = 200
"""Of tables that no terminal shows."""


def settings(**overrides: Any) -> Settings:
    """The configuration, with logging set up by it."""
    loaded = config.load(**overrides)
    log.configure(loaded.log_level, as_json=loaded.log_json)
    return loaded


def quiet_settings(**overrides: Any) -> Settings:
    """The same for commands whose answer is on stdout: only warnings are logged unless more is asked for."""
    loaded = config.load(**overrides)
    log.configure("warning" if loaded.log_level == "info" else loaded.log_level, as_json=loaded.log_json)
    return loaded


def with_house(
    work: Callable[[House], Awaitable[T]], *, holder: str = "cli", on_report: Callable[[Report], None] | None = None
) -> T:
    """Open the house, do some work in it, close it."""

    async def inside() -> T:
        speak_in_terminal()
        async with open_house(quiet_settings(), holder=holder, on_report=on_report or (lambda _: None)) as house:
            return await work(house)

    return run_async(inside())


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end."""
    return asyncio.run(work)


def stdout() -> Console:
    """Where answers go: plain, and never cut, where nobody is looking."""
    seen = sys.stdout.isatty()
    return Console(file=sys.stdout, soft_wrap=not seen, width=None if seen else WIDTH, highlight=False)


def hinted(message: str) -> str:
    """A problem as the operator is told of it: with what they can do and nobody else."""
    return f"{message} {HINTS[message]}" if message in HINTS else message


def print_json(value: object) -> None:
    """One JSON object or list on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def now() -> datetime:
    """The present, for ages."""
    return SystemClock().now()


def stamp(moment: datetime | None) -> str | None:
    """ISO 8601 with Z."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(moment: datetime | None, now: datetime) -> str:
    """An age as a person says it: "2 hours ago"; a date when older than a week."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    if seconds > 7 * 86_400:
        return moment.strftime("%d %b %Y")
    past = seconds >= 0
    amount = abs(seconds)
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if amount >= size:
            number = int(amount // size)
            text = f"{number} {unit}{'s' if number > 1 else ''}"
            return f"{text} ago" if past else f"in {text}"
    return "just now" if past else "in a moment"
