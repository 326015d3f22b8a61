"""What moderators are told of their sources. See `bot.ports.NoticeStore`."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import assert_never

from bot.errors import LeaseLost
from bot.model import ChannelId, GuildId, Later, Notice, NoticeId, Outcome, RefusalKind, Refused, Sent, ToldIn
from storage import rows
from storage.driver import Driver

RETRY_REFUSED = timedelta(hours=6)
"""A channel where nothing may be posted: tried again, since permissions come back."""


class Notices:
    """The notices of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def tell_in(self, guild: GuildId, channel: ChannelId | None) -> None:
        async with self._driver.write() as db:
            if channel is None:
                await db.fetch("drop_notices", guild=guild)
                await db.fetch("tell_nowhere", guild=guild)
            else:
                await db.fetch("tell_in", guild=guild, channel=channel)

    async def told_in(self, guild: GuildId) -> ToldIn | None:
        async with self._driver.glance() as db:
            row = await db.first("told_in", guild=guild)
        return None if row is None else ToldIn(channel=ChannelId(row["channel"]), problem=row["problem"])

    async def claim(self, holder: str, lease: timedelta, *, now: datetime) -> Notice | None:
        token = f"{holder}-{secrets.token_hex(6)}"
        async with self._driver.claim() as db:
            row = await db.first(
                "claim_notice", token=token, until=rows.milliseconds(now + lease), now=rows.milliseconds(now)
            )
            salt = await db.first("salt")
            if row is None:
                return None
            await db.fetch("begin_notice", notice=row["id"], now=rows.milliseconds(now))
        assert salt is not None  # noqa: S101 - written by the first migration
        return Notice(
            id=NoticeId(row["id"]),
            nonce=f"nt{salt['value']}-{row['id']}",
            guild=GuildId(row["guild"]),
            channel=ChannelId(row["channel"]),
            text=row["text"],
            attempts=row["attempts"],
            begun_at=rows.optional_moment(row["begun_at"]),
            elsewhere=bool(row["elsewhere"]),
            token=token,
        )

    async def finish(self, notice: Notice, outcome: Outcome, *, now: datetime) -> None:
        state, due_at, doubt = "pending", now, notice.begun_at
        detail: str | None = None
        problem: str | None = None
        match outcome:
            case Sent():
                state = "sent"
            case Later(after=after, doubtful=doubtful):
                detail, due_at = outcome.detail, now + after
                doubt = (doubt or now) if doubtful else doubt
            case Refused(kind=RefusalKind.FORBIDDEN | RefusalKind.CHANNEL_GONE) if not notice.elsewhere:
                detail, due_at, problem = outcome.detail, now + RETRY_REFUSED, outcome.detail
            case Refused():
                detail, state = outcome.detail, "dead"
            case _:
                assert_never(outcome)
        async with self._driver.write() as db:
            done = await db.first(
                "finish_notice",
                notice=notice.id,
                token=notice.token,
                state=state,
                due_at=rows.milliseconds(due_at),
                begun_at=None if doubt is None or state != "pending" else rows.milliseconds(doubt),
                detail=detail,
            )
            if done is None:
                raise LeaseLost(f"the lease on notice {notice.id} is another's by now: its outcome was not stored")
            if not notice.elsewhere:
                await db.fetch("set_told_problem", guild=notice.guild, problem=problem)

    async def next_due(self) -> datetime | None:
        async with self._driver.glance() as db:
            row = await db.first("next_notice_due")
        return None if row is None else rows.optional_moment(row["due_at"])
