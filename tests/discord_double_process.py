"""The bot as a process of its own: `python -m bot run`, pointed at the double and at a loopback web.

Never: an environment of the machine that runs the tests (only what `Bot` sets), or a process left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.discord_double import Discord

ROOT = Path(__file__).resolve().parent.parent


class Bot:
    """One start of the bot; an async context manager that leaves nothing running."""

    def __init__(self, folder: Path, discord: Discord | None, *arguments: str, **settings: str | None) -> None:
        """`settings` are DATELINE_* variables in lower case; None takes one away."""
        self.folder = folder
        self.discord = discord
        self.database = folder / "news.sqlite"
        self._arguments = arguments or ("run",)
        wanted: dict[str, str | None] = {"database": str(self.database), "catalogue": "none", "parsers": "1"}
        if discord is not None:
            wanted |= {"token": discord.token, "discord_api": discord.api, "discord_gateway": discord.gateway}
        wanted |= settings
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            **{f"DATELINE_{name.upper()}": value for name, value in wanted.items() if value is not None},
        }
        self._log = folder / f"bot-{time.monotonic_ns()}.log"
        self.process: asyncio.subprocess.Process | None = None
        self._waiting: asyncio.Task[int] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.running:
            self.signal(signal.SIGKILL)
        await self.ended(10)

    async def start(self) -> None:
        with self._log.open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-X", "faulthandler", "-m", "bot", *self._arguments),
                cwd=self.folder,
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._waiting = asyncio.create_task(self.process.wait())

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def output(self) -> str:
        """Everything it has written so far, stdout and stderr together."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    async def ended(self, seconds: float = 10.0) -> int:
        """Its exit code."""
        assert self._waiting is not None
        async with asyncio.timeout(seconds):
            return await asyncio.shield(self._waiting)

    async def stopped(self, seconds: float = 10.0) -> int:
        """Have it stop by SIGTERM: its exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended(seconds)

    def children(self) -> list[int]:
        """The processes it has started and that are still there."""
        return [process for process in running() if _stat(process)[1] == str(self.pid) and alive(process)]


def running() -> list[int]:
    """Every process of this machine."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def alive(process: int) -> bool:
    """Whether a process is there, and not only its exit code."""
    return _stat(process)[0] not in ("", "Z", "X")


def _stat(process: int) -> tuple[str, str]:
    """A process's state and its parent."""
    try:
        state, parent = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return "", ""
    return state, parent


def look(database: Path, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Look into the bot's database, or change it, from outside, as another process may."""
    with contextlib.closing(sqlite3.connect(database, timeout=5, isolation_level=None)) as connection:
        return connection.execute(statement, parameters or {}).fetchall()


def catalogue(folder: Path, *feeds: tuple[str, str]) -> str:
    """A catalogue file of (outlet, url)."""
    file = folder / "catalogue.toml"
    file.write_text(
        "".join(f'[[source]]\noutlet = "{name}"\nurl = "{url}"\nlanguage = "en"\n\n' for name, url in feeds)
    )
    return str(file)


def rss(title: str, items: list[tuple[str, str, int]], site: str) -> str:
    """A feed of (headline, path, seconds since 1970)."""
    entries = "".join(
        f"<item><title>{headline}</title><link>{site}{path}</link><guid>{site}{path}</guid>"
        f"<pubDate>{time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(at))}</pubDate></item>"
        for headline, path, at in items
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{title}</title>'
        f"<link>{site}/</link><description>{title}</description>{entries}</channel></rss>"
    )
