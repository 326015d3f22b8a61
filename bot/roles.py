"""What a process does of the bot's work: all of it, or some roles of a bot that is several processes.

Never: anything that is done; `bot.app` starts what each role needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """A part of the bot's work that may have processes of its own."""

    WATCH = "watch"
    """Polls feeds. Any number of processes: each takes due feeds by lease."""
    DESK = "desk"
    """Files items, makes digests, tends the memory. One at a time, by a seat; others stand in for it."""
    DELIVER = "deliver"
    """Sends alerts. Any number: each has its share of the channels."""
    GATEWAY = "gateway"
    """Answers commands. One for each range of shards, by a seat."""
    WEB = "web"
    """Shows web pages, and takes the calls of hubs. Any number."""


EVERYTHING = frozenset(Role)
DISCORD = frozenset({Role.DELIVER, Role.GATEWAY})
"""Those that need a token."""
DESK = "desk"
"""The name of the desk's seat."""
SEAT = timedelta(seconds=20)
"""How long a seat is held without being renewed."""
SEEN = timedelta(seconds=20)
"""How long a process counts as being there after it was last heard of."""
MOST_SHARDS = 16_384

_SHARDS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?/(\d{1,5})")


class Shards(NamedTuple):
    """The shards of Discord's gateway that a process connects, of so many: server S is on ``(S >> 22) % of``."""

    first: int
    last: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shards:
        """From ``0-3/16`` or ``4/16``. Raises `ValueError` with what is wrong."""
        matched = _SHARDS.fullmatch(text.strip())
        if matched is None:
            raise ValueError("must be shards of so many, such as 0-3/16 or 4/16")
        first, last, of = int(matched[1]), int(matched[2] or matched[1]), int(matched[3])
        if not 0 <= first <= last < of <= MOST_SHARDS:
            raise ValueError(f"{text.strip()} names no shards: of 16 the first is 0 and the last 15")
        return cls(first, last, of)

    def __str__(self) -> str:
        return f"{self.first}-{self.last}/{self.of}"

    @property
    def numbers(self) -> list[int]:
        """Each of them."""
        return list(range(self.first, self.last + 1))


ALL_SHARDS = Shards(0, 0, 1)
"""What a gateway has that is alone: Discord says how many shards that are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process of the bot, as the others know it."""

    id: str
    host: str
    roles: frozenset[Role]
    shards: Shards | None
    version: str
    schema: int
    """The newest schema of the database that it knows."""
    started_at: datetime
    seen_at: datetime


class Share(NamedTuple):
    """Which part of the channels a deliverer has: those whose number's time modulo `parts` is `part`."""

    part: int = 0
    parts: int = 1


def share(processes: Iterable[Process], me: str) -> Share:
    """The share of a deliverer among those that are there; all of the channels where it knows of no other."""
    deliverers = sorted(each.id for each in processes if Role.DELIVER in each.roles)
    if me not in deliverers:
        return Share()
    return Share(deliverers.index(me), len(deliverers))


def named(roles: Iterable[Role]) -> str:
    """Roles as ``--only`` takes them."""
    given = frozenset(roles)
    return ",".join(role.value for role in Role if role in given)


def gateway_seat(shards: Shards | None) -> str:
    """The name of the seat of a process that connects these shards."""
    return f"gateway {shards or ALL_SHARDS}"


def clash(processes: Iterable[Process], me: Process) -> Process | None:
    """A gateway that answers some of the servers of `me`, and whose seat `me` could not wait for; None: there is none.

    Two of the same range take turns by their seat. Another range that shares a shard, or another number of shards,
    would answer the same commands twice.
    """
    if Role.GATEWAY not in me.roles:
        return None
    mine = me.shards or ALL_SHARDS
    for other in processes:
        if other.id == me.id or Role.GATEWAY not in other.roles:
            continue
        theirs = other.shards or ALL_SHARDS
        if theirs == mine:
            continue
        if theirs.of != mine.of or (theirs.first <= mine.last and mine.first <= theirs.last):
            return other
    return None
