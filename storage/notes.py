"""Small facts about the bot itself, such as what Discord was told of the commands."""

from __future__ import annotations

from storage.driver import Driver


class Notes:
    """The notes of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def recall(self, name: str) -> str | None:
        """A note, None where there is none."""
        async with self._driver.glance() as db:
            row = await db.first("recall", name=f"note {name}")
        return None if row is None else str(row["value"])

    async def remember(self, name: str, value: str) -> None:
        """Keep a note in place of the one before."""
        async with self._driver.write() as db:
            await db.fetch("remember", name=f"note {name}", value=value)
