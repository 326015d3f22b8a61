"""Who is let in, and how often: servers, persons and hosts that the operator does not serve, and limits of what costs.

A person has so much of each cost in a span, a server five times that. It is counted in memory, by an hourglass for each
(GCRA, the generic cell rate algorithm of ATM Forum TM 4.0): one number says when all that was taken has run through.
A restart begins anew; where several processes answer Discord, each counts for itself. Never: a Discord type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from yarl import URL

from bot.clock import Clock
from bot.errors import StorageError, TooOften, UserError
from bot.log import get_logger
from bot.model import OPERATOR, Denied, GuildId, UserId, within
from bot.ports import DenialStore
from bot.words import _, later

log = get_logger(__name__)


class Cost(StrEnum):
    """What is limited."""

    COMMAND = "command"
    """Anything at all: a command, a click, a form."""
    TYPING = "typing"
    """What is offered while somebody types."""
    PICTURE = "picture"
    FETCH = "fetch"
    """Addresses that are asked because somebody wants it now."""
    EXPORT = "export"


COSTS: Mapping[str, Cost] = {
    **dict.fromkeys(("trends", "map", "coverage", "country", "compare", "topic show"), Cost.PICTURE),
    **dict.fromkeys(("source add", "source check", "source import"), Cost.FETCH),
    **dict.fromkeys(("source export", "data export"), Cost.EXPORT),
}
"""What a command costs besides being one."""
ALWAYS = ("privacy", "data export", "data delete")
"""What those who are not served may do all the same: their data is theirs."""
SERVER = 5
"""How many times as much a server has as a person."""
TYPED = 5
"""How many times as often something may be offered as a command may be given."""
FRESH = timedelta(seconds=10)
"""How old what is known of denials may be: `dateline deny` works beside a running bot."""
MOST = 50_000
"""Hourglasses that are kept: those that have run through are thrown away first."""
NOT_THE_SERVER = later("The operator of this bot does not serve this server.")
NOT_THE_PERSON = later("The operator of this bot does not serve you.")
NOT_THE_HOST = later("The operator of this bot allows no sources of {host}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many in a span of time."""

    most: int
    span: timedelta


class AdmissionService:
    """Lets in, or says why not."""

    def __init__(self, store: DenialStore, clock: Clock, *, limits: Mapping[Cost, Limit]) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._empty_at: dict[tuple[Cost, int], float] = {}
        self._denied: frozenset[tuple[Denied, str]] = frozenset()
        self._read_at: float | None = None

    async def admit(self, person: UserId, guild: GuildId, command: str | None, *, typing: bool = False) -> None:
        """Let somebody in for a command; None: a click or a form. Raises `UserError`, `TooOften` among them."""
        if command not in ALWAYS:
            denied = await self.denied()
            if guild != OPERATOR and (Denied.SERVER, str(guild)) in denied:
                raise UserError(_(NOT_THE_SERVER))
            if (Denied.PERSON, str(person)) in denied:
                raise UserError(_(NOT_THE_PERSON))
        costs = [Cost.TYPING] if typing else [Cost.COMMAND]
        if not typing and (cost := COSTS.get(command or "")) is not None:
            costs.append(cost)
        self._take(costs, person, guild)

    async def check_host(self, address: str) -> None:
        """Raise `UserError` for an address of a host of which no server may add a source."""
        host = within(address, await self.denied_hosts())
        if host is not None:
            raise UserError(_(NOT_THE_HOST, host=host))

    async def denied_hosts(self) -> frozenset[str]:
        """Those hosts."""
        return frozenset(name for what, name in await self.denied() if what is Denied.HOST)

    async def denied(self) -> frozenset[tuple[Denied, str]]:
        """What is denied, as of the last seconds; as it was known where the memory cannot be read now."""
        now = self._clock.monotonic()
        if self._read_at is None or now - self._read_at >= FRESH.total_seconds():
            try:
                self._denied = await self._store.denied()
                self._read_at = now
            except StorageError as problem:
                log.info("denials not read", problem=str(problem))
        return self._denied

    async def deny(self, what: Denied, typed: str) -> tuple[str, bool]:
        """Serve no more: what was meant, and whether that is new. Raises `UserError` for no such name."""
        name = named(what, typed)
        self._read_at = None
        return name, await self._store.deny(what, name, now=self._clock.now())

    async def allow(self, what: Denied, typed: str) -> tuple[str, bool]:
        """Serve again: what was meant, and whether that is new. Raises `UserError` for no such name."""
        name = named(what, typed)
        self._read_at = None
        return name, await self._store.allow(what, name, now=self._clock.now())

    def _take(self, costs: Iterable[Cost], person: UserId, guild: GuildId) -> None:
        """Take all costs, or none where one is beyond its limit. Raises `TooOften`."""
        now = self._clock.monotonic()
        taken: dict[tuple[Cost, int], float] = {}
        for cost in costs:
            limit = self._limits[cost]
            span = limit.span.total_seconds()
            for holder, most in ((int(person), limit.most), (int(guild), limit.most * SERVER)):
                if holder == OPERATOR:
                    continue
                empty_at = max(self._empty_at.get((cost, holder), now), now) + span / most
                if empty_at - now > span + 1e-6:
                    raise TooOften(
                        _("You asked for that too often.")
                        if holder == person
                        else _("Too much of that was asked for in this server."),
                        empty_at - now - span,
                    )
                taken[cost, holder] = empty_at
        if len(self._empty_at) > MOST:
            self._empty_at = {key: at for key, at in self._empty_at.items() if at > now}
        self._empty_at |= taken


def named(what: Denied, typed: str) -> str:
    """What is meant by a typed id or host, as it is kept. Raises `UserError`."""
    text = typed.strip().lower()
    if what is Denied.HOST:
        try:
            host = URL(text if "://" in text else f"http://{text}").raw_host
        except ValueError:
            host = None
        if not host or "." not in host:
            raise UserError(f"“{typed[:60]}” is no host: give one such as example.org")
        return host.removeprefix("www.")
    if not text.isascii() or not text.isdigit() or len(text) > 20 or int(text) == 0:
        raise UserError(f"“{typed[:30]}” is no id in Discord: dateline deny {what} 123456789012345678")
    return str(int(text))
