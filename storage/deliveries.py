"""The outbox. See `bot.ports.DeliveryStore`.

| state | becomes | when |
|---|---|---|
| pending | sending | claimed: leased, an attempt counted, doubt begun |
| sending | sent | Discord took it |
| sending | pending | `Later`, or refused for a missing permission (its channel's rules are then blocked) |
| sending | sending | the lease ran out: claimed again, with the doubt of the attempt before |
| sending | dead | Discord will never take it, its channel is gone for good, or its fate cannot be known |

A card that was sent is edited when its story grows (`edit_at`): an edit is leased like a delivery and may be repeated,
since it says what is so now.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import datetime, timedelta
from json import loads
from typing import assert_never

from bot.errors import LeaseLost
from bot.model import (
    AlertRule,
    ChannelId,
    Delivery,
    DeliveryId,
    Edit,
    GuildId,
    Later,
    MessageId,
    Outcome,
    RefusalKind,
    Refused,
    RoleId,
    RuleId,
    Sent,
    Surge,
    Surging,
    Told,
    What,
)
from storage import rows
from storage.digests import digest_of, others
from storage.driver import Driver, Row, Statements
from storage.news import stories

RETRY_BLOCKED = timedelta(minutes=15)
"""How often a channel that refused is tried again: far below Discord's 10,000 invalid requests in 10 minutes."""

EDITED_APART = timedelta(minutes=1)
"""Between two edits of one card: a story that grows fast shows it soon enough."""
EDIT_TRIES = 8
RIPE, STALE = timedelta(minutes=5), timedelta(hours=3)
"""A story is published when it had that long to grow, and never when it is older."""
PUBLISHED_AN_HOUR = 10
"""Discord's own limit for a channel."""


class Deliveries:
    """The deliveries of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def recover(self, holder: str) -> None:
        async with self._driver.write() as db:
            await db.fetch("recover_deliveries", holder=f"{holder}-*")
            await db.fetch("recover_edits", holder=f"{holder}-*")

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
            shown = [await _shown(db, row) for row in claimed]
        assert salt is not None  # noqa: S101 - written by the first migration
        return tuple(_delivery(row, what, salt["value"], token) for row, what in zip(claimed, shown, strict=True))

    async def finish(self, delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
        async with self._driver.write() as db:
            match outcome:
                case Sent(message=message):
                    done = await db.first(
                        "finish_sent",
                        delivery=delivery.id,
                        token=delivery.token,
                        message=message,
                        # In doubt, an earlier attempt may be the one that Discord took, with what was so then.
                        grown=delivery.grown if delivery.doubt_since is None else 0,
                        now=rows.milliseconds(now),
                    )
                    if await db.fetch("unblock_rules", channel=delivery.channel):
                        await _tell(db, delivery, "I can post there again, and have gone on with what waited.", now)
                case Later(after=after, detail=detail, doubtful=doubtful):
                    done = await self._postpone(db, delivery, now + after, detail, doubtful, now)
                case Refused(kind=RefusalKind.FORBIDDEN | RefusalKind.CHANNEL_GONE, detail=detail):
                    done = await self._postpone(db, delivery, now, detail, False, now)
                    if await db.fetch("working_rules", channel=delivery.channel):
                        await _tell(db, delivery, f"{detail} Its alerts wait, and go on by themselves.", now)
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

    async def claim_edits(self, holder: str, limit: int, lease: timedelta, *, now: datetime) -> tuple[Edit, ...]:
        token = f"{holder}-{secrets.token_hex(6)}"
        async with self._driver.write() as db:
            claimed = await db.fetch(
                "claim_edits",
                token=token,
                limit=limit,
                until=rows.milliseconds(now + lease),
                now=rows.milliseconds(now),
            )
            shown = [await _shown(db, row) for row in claimed]
        return tuple(
            Edit(
                id=DeliveryId(row["id"]),
                channel=ChannelId(row["channel"]),
                message=MessageId(row["message_id"]),
                role=None if row["role"] is None else RoleId(row["role"]),
                what=what,
                grown=row["grown"],
                attempts=row["attempts"],
                token=token,
            )
            for row, what in zip(claimed, shown, strict=True)
        )

    async def finish_edit(self, edit: Edit, outcome: Outcome, *, now: datetime) -> None:
        mine = {"delivery": edit.id, "token": edit.token}
        async with self._driver.write() as db:
            match outcome:
                case Sent():
                    again = rows.milliseconds(now + EDITED_APART)
                    done = await db.first("finish_edit", **mine, grown=edit.grown, edit_at=again)
                case Later(after=after, detail=detail):
                    later = rows.milliseconds(now + after)
                    done = await db.first("postpone_edit", **mine, edit_at=later, detail=detail)
                case Refused(kind=RefusalKind.FORBIDDEN, detail=detail) if edit.attempts < EDIT_TRIES:
                    later = rows.milliseconds(now + RETRY_BLOCKED)
                    done = await db.first("postpone_edit", **mine, edit_at=later, detail=detail)
                case Refused(detail=detail):
                    done = await db.first("drop_edits", **mine, detail=detail)
                case _:
                    assert_never(outcome)
            if done is None:
                raise LeaseLost(f"the lease on the edit of {edit.id} is another's by now: its outcome was not stored")

    async def add_surge(self, rule: AlertRule, surge: Surge, *, since: datetime, now: datetime) -> bool:
        async with self._driver.write() as db:
            row = await db.first(
                "add_surge",
                rule=rule.id,
                item=surge.shown[0],
                payload=rows.dumped(asdict(surge)),
                since=rows.milliseconds(since),
                now=rows.milliseconds(now),
            )
        return row is not None

    async def begin_publication(self, *, now: datetime) -> tuple[ChannelId, MessageId] | None:
        async with self._driver.glance() as db:  # mostly nobody publishes: no transaction for that
            publishing = await db.first("publishing")
        if publishing is None or not publishing["any"]:
            return None
        async with self._driver.write() as db:
            row = await db.first(
                "begin_publication",
                now=rows.milliseconds(now),
                ripe=rows.milliseconds(now - RIPE),
                since=rows.milliseconds(now - STALE),
                hour=rows.milliseconds(now - timedelta(hours=1)),
                quota=PUBLISHED_AN_HOUR,
            )
        return None if row is None else (ChannelId(row["channel"]), MessageId(row["message_id"]))

    async def next_edit_due(self) -> datetime | None:
        async with self._driver.glance() as db:
            row = await db.first("next_edit_due")
        return None if row is None else rows.optional_moment(row["due_at"])


async def _tell(db: Statements, delivery: Delivery, text: str, now: datetime) -> None:
    """Let a server's moderators know what has changed about a channel, where they want to hear of it."""
    where = f"Alerts in https://discord.com/channels/{delivery.guild}/{delivery.channel}"
    await db.fetch(
        "tell_guild",
        guild=delivery.guild,
        channel=delivery.channel,
        text=f"{where}: {text}",
        now=rows.milliseconds(now),
    )


async def _shown(db: Statements, row: Row) -> What:
    """What a message shows, as its server sees it now."""
    guild = GuildId(row["guild"])
    match row["kind"]:
        case "digest":
            return await digest_of(db, row["id"], guild)
        case "surge":
            return await _surging(db, row)
    head = await db.first("items", ids=rows.listed([row["item_id"]]))
    assert head is not None  # noqa: S101 - items with deliveries are never deleted
    item = rows.item(head)
    found = {} if row["story_id"] is None else await stories(db, [row["story_id"]], guild)
    return Told(item=item, also=others(found.get(row["story_id"]), item.id))


async def _surging(db: Statements, row: Row) -> Surging:
    parts = loads(row["payload"])
    surge = Surge(
        items=parts["items"],
        outlets=parts["outlets"],
        ratio=parts["ratio"],
        hours=tuple(parts["hours"]),
        shown=tuple(parts["shown"]),
    )
    rule = await db.first("rule_query", rule=row["rule_id"])
    assert rule is not None  # noqa: S101 - a rule that is removed takes its deliveries along
    items = await db.fetch("items", ids=rows.listed(surge.shown))
    return Surging(surge=surge, subject=rows.query(rule["query"]), items=tuple(map(rows.item, items)))


def _delivery(row: Row, what: What, salt: str, token: str) -> Delivery:
    return Delivery(
        id=DeliveryId(row["id"]),
        nonce=f"dl{salt}-{row['id']}",
        rule=RuleId(row["rule_id"]),
        guild=GuildId(row["guild"]),
        channel=ChannelId(row["channel"]),
        role=None if row["role"] is None else RoleId(row["role"]),
        what=what,
        grown=row["grown"],
        attempts=row["attempts"],
        doubt_since=rows.optional_moment(row["doubt_since"]),
        token=token,
    )
