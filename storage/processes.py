"""The processes of a bot: which are there, the seats that one at a time holds, and their one clock.

See `bot.ports.ProcessStore` and `SeatStore`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta

from bot.errors import LeaseLost
from bot.roles import SEEN, Process, Role, Shards
from storage import rows
from storage.driver import Driver, Row, Statements

FORGOTTEN = timedelta(days=1)


class Processes:
    """The processes that share a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def meet(self, me: Process, *, now: datetime) -> tuple[Process, ...]:
        async with self._driver.claim() as db:
            await db.fetch(
                "meet",
                id=me.id,
                host=me.host,
                roles=",".join(sorted(me.roles)),
                shards=None if me.shards is None else str(me.shards),
                version=me.version,
                schema_known=me.schema,
                started_at=rows.milliseconds(me.started_at),
                now=rows.milliseconds(now),
            )
            await db.fetch("forget_processes", before=rows.milliseconds(now - FORGOTTEN))
        return await self.there(now=now)

    async def there(self, *, now: datetime) -> tuple[Process, ...]:
        async with self._driver.glance() as db:
            return tuple(
                _process(row) for row in await db.fetch("processes_since", since=rows.milliseconds(now - SEEN))
            )

    async def leave(self, me: Process) -> None:
        async with self._driver.claim() as db:
            await db.fetch("leave", id=me.id)

    async def time(self) -> datetime:
        async with self._driver.glance() as db:
            row = await db.first("clock")
        assert row is not None  # noqa: S101 - a clock always tells
        return rows.moment(row["now"])


class Seats:
    """The seats of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def take(self, name: str, holder: str, lease: timedelta, *, now: datetime) -> int | None:
        async with self._driver.write() as db:
            row = await db.first(
                "take_seat",
                name=name,
                holder=holder,
                until=rows.milliseconds(now + lease),
                now=rows.milliseconds(now),
            )
        return None if row is None else int(row["term"])

    async def leave(self, name: str, holder: str) -> None:
        async with self._driver.write() as db:
            await db.fetch("leave_seat", name=name, holder=holder)

    async def clear(self) -> None:
        async with self._driver.write() as db:
            await db.fetch("clear_seats")


class FencedDriver:
    """A database as one with a seat sees it: it writes nothing once another has the seat.

    The term is looked at within each transaction that writes, and seats change hands in such transactions alone:
    whoever stood still for longer than its lease finds out before it changes anything.
    """

    def __init__(self, driver: Driver, seat: str, term: Callable[[], int | None]) -> None:
        """`term` says under which the seat is held, by the holder's own clock; None where it is not."""
        self._driver = driver
        self._seat = seat
        self._term = term

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Statements]:
        async with self._driver.write() as db:
            await self._check(db)
            yield db

    @asynccontextmanager
    async def claim(self) -> AsyncIterator[Statements]:
        async with self._driver.claim() as db:
            await self._check(db)
            yield db

    def lease(self) -> AbstractAsyncContextManager[Statements]:
        return self.claim()

    def read(self) -> AbstractAsyncContextManager[Statements]:
        return self._driver.read()

    def glance(self) -> AbstractAsyncContextManager[Statements]:
        return self._driver.glance()

    async def settle(self) -> None:
        await self._driver.settle()

    async def close(self) -> None:
        await self._driver.close()

    async def _check(self, db: Statements) -> None:
        term = self._term()
        found = await db.first("seat_term", name=self._seat)
        if term is None or found is None or found["term"] != term:
            raise LeaseLost(f"another process has the seat {self._seat}: nothing was written")


def _process(row: Row) -> Process:
    return Process(
        id=row["id"],
        host=row["host"],
        # A later version may have roles that this one does not know.
        roles=frozenset(Role(name) for name in row["roles"].split(",") if name in set(Role)),
        shards=None if row["shards"] is None else Shards.parse(row["shards"]),
        version=row["version"],
        schema=row["schema_known"],
        started_at=rows.moment(row["started_at"]),
        seen_at=rows.moment(row["seen_at"]),
    )
