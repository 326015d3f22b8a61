"""Which feeds are polled at all, kept beside each: it follows from its sources, and from whom the operator denies."""

from __future__ import annotations

from collections.abc import Collection

from bot.model import within
from storage import rows
from storage.driver import Statements


async def refresh_active(db: Statements, feeds: Collection[int]) -> None:
    """Say anew of some feeds whether they are polled."""
    hosts = frozenset(row["name"] for row in await db.fetch("denied_hosts"))
    barred: list[int] = []
    if hosts:
        named = await db.fetch("feed_urls", feeds=rows.listed(feeds))
        barred = [row["id"] for row in named if within(row["url"], hosts) is not None]
    await db.fetch("refresh_active", feeds=rows.listed(feeds), barred=rows.listed(barred))
