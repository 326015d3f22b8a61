"""The outbox. See `bot.ports.DeliveryStore`.

| state | becomes | when |
|---|---|---|
| pending | sending | claimed: leased, an attempt counted, doubt begun |
| sending | sent | Discord took it |
| sending | pending | `Later`, or refused for a missing permission (its channel's rules are then blocked) |
| sending | sending | the lease ran out: claimed again, with the doubt of the attempt before |
| sending | dead | Discord will never take it, its channel is gone for good, or its fate cannot be known |
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import assert_never

from bot.errors import LeaseLost
from bot.model import (
    ChannelId,
    Delivery,
    DeliveryId,
    GuildId,
    Later,
    Outcome,
    RefusalKind,
    Refused,
    RoleId,
    RuleId,
    Sent,
)
from storage import rows
from storage.driver import Driver, Row, Statements

RETRY_BLOCKED = timedelta(minutes=15)
"""How often a channel that refused is tried again: far below Discord's 10,000 invalid requests in 10 minutes."""


class Deliveries:
    """The deliveries of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def recover(self, holder: str) -> None:
        async with self._driver.write() as db:
            await db.fetch("recover_deliveries", holder=f"{holder}-*")

    async def claim(self, holder: str, limit: int, lease: timedelta, *, now: datetime) -> tuple[Delivery, ...]:
        token = f"{holder}-{secrets.token_hex(6)}"
        async with self._driver.write() as db:
            claimed = sorted(
                await db.fetch(
                    "claim_deliveries",
                    token=token,
                    limit=limit,
                    until=rows.milliseconds(now + lease),
                    now=rows.milliseconds(now),
                ),
                key=lambda row: int(row["id"]),
            )
            if not claimed:
                return ()
            await db.fetch(
                "begin_doubt", deliveries=rows.listed(row["id"] for row in claimed), now=rows.milliseconds(now)
            )
            salt = await db.first("salt")
            items = await db.fetch("items", ids=rows.listed({row["item_id"] for row in claimed}))
        assert salt is not None  # noqa: S101 - written by the first migration
        by_id = {row["id"]: row for row in items}
        return tuple(_delivery(row, by_id[row["item_id"]], salt["value"], token) for row in claimed)

    async def finish(self, delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
        async with self._driver.write() as db:
            match outcome:
                case Sent(message=message):
                    done = await db.first(
                        "finish_sent",
                        delivery=delivery.id,
                        token=delivery.token,
                        message=message,
                        now=rows.milliseconds(now),
                    )
                    await db.fetch("unblock_rules", channel=delivery.channel)
                case Later(after=after, detail=detail, doubtful=doubtful):
                    done = await self._postpone(db, delivery, now + after, detail, doubtful, now)
                case Refused(kind=RefusalKind.FORBIDDEN | RefusalKind.CHANNEL_GONE, detail=detail):
                    done = await self._postpone(db, delivery, now, detail, False, now)
                    await db.fetch(
                        "block_rules",
                        channel=delivery.channel,
                        reason=detail,
                        retry_at=rows.milliseconds(now + RETRY_BLOCKED),
                    )
                case Refused(detail=detail):
                    done = await db.first(
                        "finish_dead",
                        delivery=delivery.id,
                        token=delivery.token,
                        detail=detail,
                        now=rows.milliseconds(now),
                    )
                case _:
                    assert_never(outcome)
            if done is None:
                raise LeaseLost(f"the lease on delivery {delivery.id} is another's by now: its outcome was not stored")

    async def _postpone(
        self, db: Statements, delivery: Delivery, due_at: datetime, detail: str, doubtful: bool, now: datetime
    ) -> Row | None:
        """Back to pending. What this attempt surely did not send is in no more doubt than before it."""
        doubt = delivery.doubt_since
        if doubtful and doubt is None:
            doubt = now
        return await db.first(
            "finish_later",
            delivery=delivery.id,
            token=delivery.token,
            due_at=rows.milliseconds(due_at),
            doubt_since=None if doubt is None else rows.milliseconds(doubt),
            detail=detail,
        )

    async def next_due(self) -> datetime | None:
        async with self._driver.glance() as db:
            row = await db.first("next_delivery_due")
        return None if row is None else rows.optional_moment(row["due_at"])


def _delivery(row: Row, item: Row, salt: str, token: str) -> Delivery:
    return Delivery(
        id=DeliveryId(row["id"]),
        nonce=f"dl{salt}-{row['id']}",
        rule=RuleId(row["rule_id"]),
        guild=GuildId(row["guild"]),
        channel=ChannelId(row["channel"]),
        role=None if row["role"] is None else RoleId(row["role"]),
        item=rows.item(item),
        attempts=row["attempts"],
        doubt_since=rows.optional_moment(row["doubt_since"]),
        token=token,
    )
