"""What a store asks of a database: named queries, and transactions that write all or nothing.

Queries are the files in storage/sql, one name each, loaded by aiosql; this module and the dialects' drivers
are the only places that see rows of the library's own type. Never: SQL text outside those files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

Row = Mapping[str, Any]


class Statements(Protocol):
    """Something that runs named queries."""

    async def fetch(self, name: str, /, **parameters: Any) -> Sequence[Row]:
        """Run one query; its rows, all read."""
        ...

    async def first(self, name: str, /, **parameters: Any) -> Row | None:
        """Run one query; its first row, None where there is none."""
        ...

    def matching(self, phrases: Sequence[tuple[str, ...]]) -> str | None:
        """What a query's `terms` take: phrases of index terms that must all occur. None where there is no phrase.

        Terms come normalised (bot/news/text.py).
        """
        ...

    def share(self, phrases: Sequence[tuple[str, ...]]) -> float:
        """Which share of all texts holds the phrases, 0 to 1, as far as is known: seldom a smaller one than it is."""
        ...

    @property
    def takes_any(self) -> bool:
        """Whether one question of what carries any of several tags costs no more than of each by itself."""
        ...

    def lacking(self, phrases: Sequence[tuple[str, ...]]) -> str | None:
        """What a query's `unwanted_terms` take: phrases of which none may occur. None where there is no phrase."""
        ...


class Driver(Protocol):
    """A database. Reading is concurrent with writing; writers wait for one another, in whatever process they are."""

    def write(self) -> AbstractAsyncContextManager[Statements]:
        """A write transaction: committed at the end of the block, undone by any exception, cancellation included.

        Until it ends nobody else writes: what was read in it stays true.
        """
        ...

    def claim(self) -> AbstractAsyncContextManager[Statements]:
        """The same where each statement is right by itself, since it takes rows or releases them: by lease, never by
        what was read before. Where the database can, such transactions run beside one another.
        """
        ...

    def lease(self) -> AbstractAsyncContextManager[Statements]:
        """For one statement alone that takes rows by lease, or gives back what its own token holds.

        It is right whatever else is being written, so where the database can, it waits for the rows it changes and
        never for a writer's turn. It may be run again where its connection was cut, and must then do no harm.
        """
        ...

    def read(self) -> AbstractAsyncContextManager[Statements]:
        """A consistent view for some reads that belong together."""
        ...

    def glance(self) -> AbstractAsyncContextManager[Statements]:
        """For one read alone: without the two further trips to the connection that a consistent view takes."""
        ...

    async def settle(self) -> None:
        """Work what was written into the indexes, where that is put off: each read looks for it till then."""
        ...

    async def close(self) -> None:
        """Close every connection; a write that is under way is finished or undone."""
        ...
