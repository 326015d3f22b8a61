"""Stories that are held back, and the digests that bring them. See `bot.ports.DigestStore`.

A story is held once a channel; a digest takes those that are due in one transaction, so that whatever dies meanwhile, a
story stands in one message, and in no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.model import (
    ChannelFlow,
    ChannelId,
    Digest,
    GuildId,
    Item,
    ItemId,
    Quiet,
    RoleId,
    RuleId,
    Story,
    StoryId,
    Told,
    Waiting,
    WhyHeld,
)
from storage import rows
from storage.driver import Driver, Row, Statements
from storage.news import EDIT_WAIT, stories

NAMED = 60
"""Stories that are read for a digest's card, which has room for fewer: those that most outlets tell."""
HOUR = timedelta(hours=1)
OVERDUE = timedelta(minutes=30)
JUDGED = "held judged"
"""The note of the state of the rules by which what is held was judged last."""
FLOOD = 5
"""Stories that may come one by one after an outage."""


class Digests:
    """The held stories of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def flows(
        self, channels: Sequence[ChannelId], *, now: datetime
    ) -> Mapping[ChannelId, tuple[ChannelFlow, int]]:
        wanted = rows.listed(channels)
        async with self._driver.glance() as db:
            set_ = await flows_of(db, channels)
            sent = await db.fetch("sent_since", channels=wanted, since=rows.milliseconds(now - HOUR))
        return {ChannelId(row["channel"]): (set_.get(row["channel"], ChannelFlow()), row["sent"]) for row in sent}

    async def told(self, pairs: Sequence[tuple[ChannelId, StoryId]]) -> frozenset[tuple[ChannelId, StoryId]]:
        async with self._driver.glance() as db:
            found = await db.fetch("told_stories", pairs=rows.listed(pairs))
        return frozenset((ChannelId(row["channel"]), StoryId(row["story"])) for row in found)

    async def set_flow(self, guild: GuildId, channel: ChannelId, flow: ChannelFlow) -> None:
        async with self._driver.write() as db:
            await db.fetch(
                "set_channel_flow",
                channel=channel,
                guild=guild,
                per_hour=flow.per_hour,
                quiet_starts=None if flow.quiet is None else flow.quiet.starts,
                quiet_ends=None if flow.quiet is None else flow.quiet.ends,
                zone=flow.zone,
                publish=int(flow.publish),
            )
            await db.fetch("touch_rules", channel=channel)

    async def judged(self) -> int:
        async with self._driver.glance() as db:
            row = await db.first("recall", name=JUDGED)
        return -1 if row is None else int(row["value"])

    async def to_judge(self, since: int, *, after: int, limit: int) -> tuple[Waiting, ...]:
        async with self._driver.glance() as db:
            return tuple(map(_waiting, await db.fetch("to_judge", since=since, after=after, limit=limit)))

    async def judge(self, changed: Sequence[Waiting], dropped: Sequence[Waiting]) -> None:
        batch = rows.listed(
            (one.id, one.rule, one.item, one.role, one.why, rows.milliseconds(one.due_at)) for one in changed
        )
        async with self._driver.write() as db:
            await db.fetch("hold_anew", batch=batch)
            await db.fetch("drop_held", held=rows.listed(one.id for one in dropped))

    async def all_judged(self, version: int) -> None:
        async with self._driver.write() as db:
            await db.fetch("remember", name=JUDGED, value=str(version))

    async def gather(self, *, now: datetime) -> bool:
        moment, before = rows.milliseconds(now), rows.milliseconds(now - OVERDUE)
        async with self._driver.glance() as db:  # most of the time there is nothing: no transaction for that
            if not await db.first("held_channel", now=moment) and not await db.first(
                "overdue_channel", before=before, most=FLOOD
            ):
                return False
        async with self._driver.write() as db:
            overdue = await db.first("overdue_channel", before=before, most=FLOOD)
            if overdue is not None:
                await db.fetch("hold_overdue", channel=overdue["channel"], now=moment)
                await db.fetch("drop_overdue", channel=overdue["channel"])
            row = await db.first("held_channel", now=moment)
            if row is None:
                return overdue is not None
            channel = row["channel"]
            due = await db.fetch("due_stories", channel=channel, now=moment)
            taken = rows.listed(each["id"] for each in due)
            digest = await db.first(
                "open_digest",
                channel=channel,
                since=rows.milliseconds(now - HOUR),
                full=int(all(each["why"] == WhyHeld.FULL for each in due)),
            )
            if digest is None:
                digest = await db.first("add_digest", stories=taken, now=moment)
                assert digest is not None  # noqa: S101 - an insert that returns
            else:
                await db.fetch("grow_digest", digest=digest["id"], edit_at=rows.milliseconds(now + EDIT_WAIT))
            await db.fetch("put_in_digest", digest=digest["id"], stories=taken)
        return True

    async def next_due(self) -> datetime | None:
        async with self._driver.glance() as db:
            row = await db.first("next_held_due")
        return None if row is None else rows.optional_moment(row["due_at"])


async def flows_of(db: Statements, channels: Sequence[ChannelId]) -> Mapping[ChannelId, ChannelFlow]:
    """What was set for channels; the rest has the usual flow."""
    found = await db.fetch("channel_flows", channels=rows.listed(channels))
    return {ChannelId(row["channel"]): _flow(row) for row in found}


async def digest_of(db: Statements, number: int, guild: GuildId) -> Digest:
    """What a digest holds, as its server sees it."""
    whole = await db.fetch("digest_stories", digest=number)
    biggest = sorted(whole, key=lambda row: (-row["outlets"], -row["item_id"]))[:NAMED]
    named = {row["story_id"] for row in biggest}
    found = [row for row in whole if row["story_id"] in named]
    items = {row["id"]: rows.item(row) for row in await db.fetch("items", ids=rows.listed(r["item_id"] for r in found))}
    seen = await stories(db, [row["story_id"] for row in found], guild)
    told = [
        Told(item=items[row["item_id"]], also=others(seen.get(row["story_id"]), row["item_id"]))
        for row in found
        if row["item_id"] in items
    ]
    whys = [WhyHeld(row["why"]) for row in found]
    return Digest(stories=tuple(told), why=whys[0] if whys else WhyHeld.DIGEST, more=len(whole) - len(found))


def others(story: Story | None, item: int) -> tuple[Item, ...]:
    """The other items of a story, where there is one."""
    return () if story is None else tuple(one for one in story.items if one.id != item)


def _waiting(row: Row) -> Waiting:
    return Waiting(
        id=row["id"],
        channel=ChannelId(row["channel"]),
        story=StoryId(row["story_id"]),
        item=ItemId(row["item_id"]),
        rule=RuleId(row["rule_id"]),
        role=None if row["role"] is None else RoleId(row["role"]),
        why=WhyHeld(row["why"]),
        due_at=rows.moment(row["due_at"]),
        since=rows.moment(row["created_at"]),
        adrift=bool(row["adrift"]),
        left_behind=bool(row["left_behind"]),
    )


def _flow(row: Row) -> ChannelFlow:
    starts, ends = row["quiet_starts"], row["quiet_ends"]
    return ChannelFlow(
        per_hour=row["per_hour"],
        quiet=None if starts is None or ends is None else Quiet(starts=starts, ends=ends),
        zone=row["zone"],
        publish=bool(row["publish"]),
    )
