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
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from json import loads
from typing import assert_never

from bot.errors import LeaseLost
from bot.model import (
    AlertRule,
    ChannelFlow,
    ChannelId,
    Delivered,
    Delivery,
    DeliveryId,
    Edit,
    GuildId,
    ItemId,
    Later,
    MessageId,
    Outcome,
    Place,
    RefusalKind,
    Refused,
    RoleId,
    RuleId,
    Sent,
    Surge,
    Surging,
    Told,
    UserId,
    What,
)
from bot.roles import Share
from storage import rows
from storage.digests import digest_of, flows_of, others
from storage.driver import Driver, Row, Statements
from storage.guilds import bring_along, retire, settle_retired
from storage.news import stories

ALL = Share()
RETRY_BLOCKED = timedelta(minutes=15)
"""How often a channel that refused is tried again: far below Discord's 10,000 invalid requests in 10 minutes."""
RETRY_LATER = timedelta(hours=6)
"""The same after a day, for a channel, and for a person who takes no messages from the start a `DAY`."""
DAY = timedelta(days=1)
EXPIRES = timedelta(days=3)
"""How long stories wait for a blocked channel: what is older is no news when it comes back."""
ARCHIVED = timedelta(days=30)
"""How long an alert waits for its channel to come back before it is removed; a follow is paused then."""
REPLIES = 20
"""Later reports that are posted below a story in a forum."""

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
            await db.fetch("recover_deliveries", holder=f"{holder}-")
            await db.fetch("recover_edits", holder=f"{holder}-")

    async def doubt_all(self) -> None:
        async with self._driver.write() as db:
            await db.fetch("doubt_deliveries")
            # Numbers that the copy does not know of may come again: Discord is not to take them for the same messages.
            await db.fetch("change_salt", salt=secrets.token_hex(4))

    async def waiting(self, limit: int, *, now: datetime, share: Share = ALL) -> tuple[DeliveryId, ...]:
        async with self._driver.glance() as db:
            found = await db.fetch("waiting_deliveries", limit=limit, now=rows.milliseconds(now), **share._asdict())
        return tuple(DeliveryId(row["id"]) for row in found)

    async def claim(
        self, holder: str, deliveries: Sequence[DeliveryId], lease: timedelta, *, now: datetime
    ) -> tuple[Delivery, ...]:
        token = f"{holder}-{secrets.token_hex(6)}"
        async with self._driver.claim() as db:
            claimed = sorted(
                await db.fetch(
                    "claim_deliveries",
                    token=token,
                    deliveries=rows.listed(deliveries),
                    until=rows.milliseconds(now + lease),
                    now=rows.milliseconds(now),
                ),
                key=lambda row: int(row["id"]),
            )
            if not claimed:
                return ()
            holders = rows.listed(row["guild"] if row["owner"] is None else row["owner"] for row in claimed)
            await db.fetch("take_turns", holders=holders)
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
                    if done is not None:
                        await _add_replies(db, delivery, due_at=now, now=now)
                    if await db.fetch("unblock_rules", channel=delivery.channel) and delivery.owner is None:
                        again = f"{_where(delivery)} I can post there again, and have gone on with what waited."
                        await _tell(db, delivery.guild, delivery.channel, again, now)
                case Later(after=after, detail=detail, doubtful=doubtful):
                    done = await self._postpone(db, delivery, now + after, detail, doubtful, now)
                case Refused(kind=RefusalKind.FORBIDDEN | RefusalKind.CHANNEL_GONE, detail=detail) if (
                    not delivery.reply
                ):
                    done = await self._postpone(db, delivery, now + RETRY_BLOCKED, detail, False, now)
                    await _block(db, delivery, detail, now)
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
        """Back to pending, where its rule is by now; what was surely not sent is in no more doubt than before."""
        doubt = delivery.doubt_since
        if doubtful and doubt is None:
            doubt = now
        done = await db.first(
            "finish_later",
            delivery=delivery.id,
            token=delivery.token,
            due_at=rows.milliseconds(due_at),
            doubt_since=None if doubt is None else rows.milliseconds(doubt),
            detail=detail,
        )
        if not delivery.reply and await db.first("rule_elsewhere", rule=delivery.rule, channel=delivery.channel):
            await bring_along(db, delivery.rule)
        return done

    async def next_due(self) -> datetime | None:
        async with self._driver.glance() as db:
            row = await db.first("next_delivery_due", **ALL._asdict())
        return None if row is None else rows.optional_moment(row["due_at"])

    async def delivered(self, number: DeliveryId) -> Delivered | None:
        async with self._driver.glance() as db:
            row = await db.first("delivered", number=number)
        if row is None:
            return None
        return Delivered(
            guild=GuildId(row["guild"]),
            channel=ChannelId(row["channel"]),
            item=ItemId(row["item_id"]),
            owner=None if row["owner"] is None else UserId(row["owner"]),
        )

    async def claim_edits(
        self, holder: str, limit: int, lease: timedelta, *, now: datetime, share: Share = ALL
    ) -> tuple[Edit, ...]:
        token = f"{holder}-{secrets.token_hex(6)}"
        async with self._driver.claim() as db:
            claimed = await db.fetch(
                "claim_edits",
                token=token,
                limit=limit,
                until=rows.milliseconds(now + lease),
                now=rows.milliseconds(now),
                **share._asdict(),
            )
            shown = [await _shown(db, row) for row in claimed]
            forums = [row["channel"] for row in claimed if row["place"] == Place.FORUM]
            flows = await flows_of(db, forums) if forums else {}
        return tuple(
            Edit(
                id=DeliveryId(row["id"]),
                channel=ChannelId(row["channel"]),
                message=MessageId(row["message_id"]),
                place=Place(row["place"]),
                role=None if row["role"] is None else RoleId(row["role"]),
                what=what,
                grown=row["grown"],
                attempts=row["attempts"],
                locale=row["locale"],
                flow=flows.get(row["channel"], ChannelFlow()),
                token=token,
            )
            for row, what in zip(claimed, shown, strict=True)
        )

    async def finish_edit(self, edit: Edit, outcome: Outcome, *, replies_at: datetime, now: datetime) -> None:
        mine = {"delivery": edit.id, "token": edit.token}
        async with self._driver.write() as db:
            match outcome:
                case Sent():
                    again = rows.milliseconds(now + EDITED_APART)
                    done = await db.first("finish_edit", **mine, grown=edit.grown, edit_at=again)
                    if done is not None:
                        await _add_replies(db, edit, due_at=replies_at, now=now)
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

    async def tidy(self, *, now: datetime) -> int:
        before, lapsed = rows.milliseconds(now - EXPIRES), rows.milliseconds(now - ARCHIVED)
        async with self._driver.write() as db:
            await db.fetch("expire_deliveries", before=before, now=rows.milliseconds(now))
            await db.fetch("expire_held", before=before)
            follows = await db.fetch("lapse_follows", before=lapsed)
            for row in await db.fetch("retired_rules"):
                await settle_retired(db, RuleId(row["id"]))  # what was under way when its rule was removed
            await db.fetch("forget_retired", before=lapsed)
            rules = await db.fetch("lapsed_rules", before=lapsed)
            for row in rules:
                await retire(db, RuleId(row["id"]))
            for guild, channel in dict.fromkeys((GuildId(row["guild"]), ChannelId(row["channel"])) for row in rules):
                text = f"I could not post in channel {channel} for {ARCHIVED.days} days: its alerts are removed."
                await _tell(db, guild, channel, text, now, anywhere=True)
        return len(follows) + len(rules)

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

    async def edit_is_due(self, *, now: datetime, share: Share = ALL) -> bool:
        async with self._driver.glance() as db:
            return await db.first("edit_is_due", now=rows.milliseconds(now), **share._asdict()) is not None


async def _block(db: Statements, delivery: Delivery, detail: str, now: datetime) -> None:
    """Let the rules of a channel wait; the first time, tell the server (a person hears of it at the next command)."""
    first = await db.fetch("working_rules", channel=delivery.channel)
    await db.fetch(
        "block_rules",
        channel=delivery.channel,
        reason=detail,
        now=rows.milliseconds(now),
        day=rows.milliseconds(now - DAY),
        soon=rows.milliseconds(now + RETRY_BLOCKED),
        later=rows.milliseconds(now + RETRY_LATER),
        tomorrow=rows.milliseconds(now + DAY),
    )
    if first and delivery.owner is None:
        text = f"{_where(delivery)} {detail} Its alerts wait {ARCHIVED.days} days, and go on by themselves."
        if await _tell(db, delivery.guild, delivery.channel, text, now, anywhere=True):
            await db.fetch("mark_told", channel=delivery.channel)


def _where(delivery: Delivery) -> str:
    return f"Alerts in https://discord.com/channels/{delivery.guild}/{delivery.channel}:"


async def _tell(
    db: Statements, guild: GuildId, channel: ChannelId, text: str, now: datetime, *, anywhere: bool = False
) -> bool:
    """Let a server's moderators know what has changed about a channel, where they want to hear of it.

    `anywhere`: else in another channel where alerts come through. Whether there is such a place.
    """
    said = {"guild": guild, "channel": channel, "text": text, "now": rows.milliseconds(now)}
    if await db.fetch("tell_guild", **said):
        return True
    return anywhere and bool(await db.fetch("tell_elsewhere", **said))


async def _add_replies(db: Statements, posted: Delivery | Edit, *, due_at: datetime, now: datetime) -> None:
    """In a forum, let what the card says of other outlets follow below it, each report once."""
    if posted.place is Place.FORUM and isinstance(posted.what, Told) and (reports := _later_reports(posted.what)):
        await db.fetch(
            "add_replies",
            delivery=posted.id,
            items=rows.listed(reports),
            due_at=rows.milliseconds(due_at),
            now=rows.milliseconds(now),
        )


def _later_reports(told: Told) -> list[ItemId]:
    """Of the other reports of a story the first of each other outlet, in the order in which they came."""
    first: dict[str, ItemId] = {}
    for item in told.also:
        if item.outlet.casefold() != told.item.outlet.casefold():
            first.setdefault(item.outlet.casefold(), item.id)
    return list(first.values())[:REPLIES]


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
        place=Place(row["place"]),
        reply=row["kind"] == "reply",
        owner=None if row["owner"] is None else UserId(row["owner"]),
        locale=row["locale"],
        doubt_since=rows.optional_moment(row["doubt_since"]),
        token=token,
    )
