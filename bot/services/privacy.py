"""What is kept of a person or a server: how much, all of it as a file, and having it gone. Never: a Discord type."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.clock import Clock
from bot.errors import UserError
from bot.model import GuildId, UserId
from bot.ports import PrivacyStore
from bot.services.settings import SettingsService
from bot.words import _

FORMAT = 1
"""Of the exported file; grows with what its readers must know."""
PLAIN = 4_000_000
"""Bytes beyond which an export is compressed."""
MOST = 9_500_000
"""Bytes of an export: a bot may attach 10 MB (Discord's documentation, "Uploading Files")."""
NAMES = {"follow_messages": "messages", "follow_held": "held", "denied_person": "denied", "denied_server": "denied"}
"""What an export calls a part where the store has another name for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """All that is kept of somebody, as a file."""

    name: str
    body: bytes
    entries: int


class PrivacyService:
    """Tells, gives away and forgets what is kept of who asks."""

    def __init__(self, store: PrivacyStore, settings: SettingsService, clock: Clock, *, policy: str | None) -> None:
        """`policy` is the address of the operator's privacy policy, where there is one."""
        self._store = store
        self._settings = settings
        self._clock = clock
        self.policy = policy

    async def of_person(self, person: UserId) -> Mapping[str, int]:
        """How much is kept of a person, by what it is."""
        return await self._store.of_person(person)

    async def of_server(self, server: GuildId) -> Mapping[str, int]:
        """How much is kept of a server, by what it is."""
        return await self._store.of_server(server)

    async def export_person(self, person: UserId) -> Parcel:
        """All that is kept of a person. Raises `UserError` where that is more than Discord takes."""
        return await self._parcel("person", person, self._store.export_person(person))

    async def export_server(self, server: GuildId) -> Parcel:
        """The same of a server, without what is other people's. Raises `UserError` likewise."""
        return await self._parcel("server", server, self._store.export_server(server))

    async def forget_person(self, person: UserId) -> Mapping[str, int]:
        """Forget a person; what was kept."""
        return await self._store.forget_person(person)

    async def forget_server(self, server: GuildId) -> Mapping[str, int]:
        """Forget a server; what was kept. It can begin anew at once."""
        kept = await self._store.forget_server(server)
        self._settings.forget(server)
        return kept

    async def _parcel(
        self, whose: str, number: int, parts: AsyncIterator[tuple[str, Sequence[Mapping[str, Any]]]]
    ) -> Parcel:
        """The file: one JSON object, compressed where it is large."""
        told = await document(whose, number, parts, written_at=self._clock.now().isoformat(timespec="seconds"))
        body = await asyncio.to_thread(lambda: json.dumps(told, ensure_ascii=False, indent=1).encode())
        name = "dateline-data.json"
        if len(body) > PLAIN:
            body, name = await asyncio.to_thread(gzip.compress, body), f"{name}.gz"
        if len(body) > MOST:
            raise UserError(_("That is more than Discord lets me attach: ask the bot's operator for it."))
        return Parcel(name=name, body=body, entries=sum(map(len, told["kept"].values())))


async def document(
    whose: str, number: int, parts: AsyncIterator[tuple[str, Sequence[Mapping[str, Any]]]], *, written_at: str
) -> dict[str, Any]:
    """What is exported of a ``person`` or a ``server``, as JSON has it."""
    kept: dict[str, list[Mapping[str, Any]]] = {}
    async for name, found in parts:
        kept.setdefault(NAMES.get(name, name), []).extend(found)
    return {"format": FORMAT, "written_at": written_at, whose: str(number), "kept": kept}
