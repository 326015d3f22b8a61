"""The write that ends polls: leases, what they brought, how their sources fare. See `bot.ports.SourceStore.finish`.

Polls that end while others are being written share the next transaction and its statements: a commit writes the text
index's pending terms and every page touched, whatever a poll brought (docs/adr/0002). Each poll is still all or
nothing, and answered only when it is on disk.

Never: what an entry is, and whether it is new (storage/arrivals.py), or a feed whose lease is another's by now.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.errors import LeaseLost, StorageUnavailable
from bot.model import FeedClaim, Health, Hub, Poll, Stored
from storage import rows
from storage.activity import refresh_active
from storage.arrivals import Arrival, store
from storage.driver import Row, Statements
from storage.indexing import Index

GROUP = 32
"""Polls that share a transaction at most."""
TWICE = "which is watched already: one of the two can be removed."


@dataclass(slots=True)
class Ended:
    """A poll that ended, on its way into the store."""

    claim: FeedClaim
    poll: Poll
    now: datetime
    notice: str | None = None
    """What its owners are told of it."""
    outcome: Stored | Exception | None = None

    @property
    def is_unchanged(self) -> bool:
        """Whether the feed had nothing new to say."""
        return self.poll.problem is None and not self.poll.entries

    @property
    def is_alone(self) -> bool:
        """Whether to end its lease is all that there is to write."""
        return self.is_unchanged and self.poll.health is None

    def judge(self, feed: Row | None, brought: Arrival | None = None) -> None:
        """Give it its outcome, once it is on disk: `feed` is the feed's row, None where the lease was lost."""
        if feed is None:
            lost = f"the lease on feed {self.claim.feed.id} is another's by now: its poll was not stored"
            self.outcome = LeaseLost(lost)
        else:
            stored = brought.stored if brought else Stored(new=0, known=0, silent=self.silent)
            self.outcome = replace(stored, notice=self.notice)

    @property
    def silent(self) -> bool:
        """Whether it is the feed's first."""
        return self.claim.feed.first_success_at is None


Take = Callable[[], Sequence[Ended]]
"""Takes the polls that wait by now."""


class Turns:
    """Ended polls wait here for their turn to be written, by whoever comes to it first for all of them."""

    def __init__(self, write: Callable[[Take], Awaitable[None]]) -> None:
        """`write` takes a group once, when it can begin; writes it and gives each its outcome, or raises."""
        self._write = write
        self._waiting: list[Ended] = []
        self._turn = asyncio.Lock()

    async def written(self, ended: Ended) -> Stored:
        """Wait until a poll is written. Raises its own `LeaseLost`, and what befell the transaction that it shared."""
        self._waiting.append(ended)
        async with self._turn:
            while ended.outcome is None:
                await self._write_group(ended)
        if isinstance(ended.outcome, Exception):
            raise ended.outcome
        return ended.outcome

    async def _write_group(self, first: Ended) -> None:
        group: list[Ended] = []

        def take() -> Sequence[Ended]:
            group.extend(self._waiting[:GROUP])
            del self._waiting[:GROUP]
            return group

        try:
            await self._write(take)
        except BaseException as error:
            for each in group or take():
                if each is not first and each.outcome is None:
                    each.outcome = StorageUnavailable(f"the transaction it shared failed ({error})")
            raise


async def end_leases(db: Statements, group: Sequence[Ended]) -> list[Row | None]:
    """End the leases of some polls; each feed's row as it is now, None where another holds the lease by now."""
    # Of two polls of one feed the later claim took the lease. They go in the order in which others lock feeds too.
    latest = {each.claim.feed.id: each for each in sorted(group, key=lambda each: each.claim.expires_at)}
    polls = [latest[feed] for feed in sorted(latest)]
    found: list[Row] = []
    if unchanged := [_unchanged(each) for each in polls if each.is_unchanged]:
        found += await db.fetch("finish_unchanged", batch=rows.listed(unchanged))
    if failed := [_failed(each) for each in polls if each.poll.problem is not None]:
        found += await db.fetch("finish_failed", batch=rows.listed(failed))
    pieces = _Pieces()
    if succeeded := [_succeeded(each, pieces) for each in polls if each.poll.problem is None and each.poll.entries]:
        found += await db.fetch("finish_succeeded", batch=rows.listed(succeeded), bytes=pieces.joined)
    ended = {row["id"]: row for row in found}
    return [ended.get(each.claim.feed.id) if latest[each.claim.feed.id] is each else None for each in group]


async def write_all(db: Statements, group: Sequence[Ended]) -> list[tuple[Row | None, Arrival | None]]:
    """All that some polls have to say; of each its feed's row (None: the lease was lost), and what it brought."""
    ends = list(zip(group, await end_leases(db, group), strict=True))
    arrivals: dict[int, Arrival] = {}
    for number, (each, feed) in enumerate(ends):
        if feed is not None and each.poll.hub is not None:
            await _offer_hub(db, each, each.poll.hub)
        if feed is not None and each.poll.items:
            arrivals[number] = Arrival(each.claim.feed, feed, each.poll, silent=each.silent, now=each.now)
    index = Index(db)
    await store(db, index, arrivals.values())
    await index.write()
    for each, feed in ends:
        if feed is not None and each.poll.health is not None:
            await _fare(db, each, each.poll.health)
    return [(feed, arrivals.get(number)) for number, (_, feed) in enumerate(ends)]


class _Pieces:
    """Bytes of several rows in one parameter: JSON, in which the rows go, has none."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def joined(self) -> bytes:
        return b"".join(self._pieces)

    def add(self, name: str, piece: bytes | None) -> dict[str, int | None]:
        """Where a piece begins (from 1) and how long it is, as columns of its row."""
        if piece is None:
            return {f"{name}_at": None, f"{name}_size": None}
        at = self._size + 1
        self._pieces.append(piece)
        self._size += len(piece)
        return {f"{name}_at": at, f"{name}_size": len(piece)}


def _lease(ended: Ended) -> dict[str, object]:
    return {
        "feed": ended.claim.feed.id,
        "token": ended.claim.token,
        "was_due": rows.milliseconds(ended.claim.due_at),
        "due_at": rows.milliseconds(ended.poll.due_at),
        "interval_ms": rows.span(ended.poll.interval),
        "now": rows.milliseconds(ended.now),
    }


def _unchanged(ended: Ended) -> dict[str, object]:
    """A poll as `finish_unchanged` reads it."""
    validators = ended.poll.validators
    return {
        **_lease(ended),
        "etag": validators.etag if validators else None,
        "last_modified": validators.last_modified if validators else None,
    }


def _failed(ended: Ended) -> dict[str, object]:
    """A poll as `finish_failed` reads it."""
    return {**_lease(ended), "problem": ended.poll.problem}


def _succeeded(ended: Ended, pieces: _Pieces) -> dict[str, object]:
    """A poll as `finish_succeeded` reads it; its bytes go to `pieces`."""
    poll = ended.poll
    return {
        **_unchanged(ended),
        "note": poll.note,
        **pieces.add("hash", poll.body_hash),
        **pieces.add("slices", poll.slices),
        "skip": rows.skips(poll.skip_hours, poll.skip_days),
        "language": poll.language,
    }


async def _offer_hub(db: Statements, ended: Ended, hub: Hub) -> None:
    token, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
    stamp = rows.milliseconds(ended.now)
    await db.fetch(
        "offer_hub", feed=ended.claim.feed.id, hub=hub.url, topic=hub.topic, token=token, secret=secret, now=stamp
    )


async def _fare(db: Statements, ended: Ended, health: Health) -> None:
    """How the feed fares now, what follows from it, and who is told."""
    poll, feed, beside = ended.poll, ended.claim.feed, None
    ended.notice = poll.notice
    await db.fetch("set_health", feed=feed.id, health=rows.dumped_health(health))
    if poll.move_to is not None:
        if await db.first("move_feed", feed=feed.id, url=poll.move_to) is not None:
            await refresh_active(db, [feed.id])
        else:
            beside = poll.move_to
            is_watched = await db.first("is_watched", url=beside) is not None
            ended.notice = f"has moved to {beside}, {TWICE}" if is_watched else None
    if ended.notice is not None:
        await db.fetch("add_notices", feed=feed.id, text=ended.notice, beside=beside, now=rows.milliseconds(ended.now))
    if poll.pause:
        await db.fetch("pause_feed", feed=feed.id)
        await refresh_active(db, [feed.id])
