"""Hubs that call us. See `bot.ports.HubStore`."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.model import FeedId, Subscription
from storage import rows
from storage.driver import Driver

APART = timedelta(minutes=1)
"""Calls of one hub for one feed are acted on so far apart: who calls without end has nothing polled without end."""


def _heard_at(called_at: datetime | None, now: datetime) -> datetime:
    """When a call of now is acted on; `called_at` is when the last one was, or will be.

    A time further ahead than calls are put off is one from before the clock was set back.
    """
    if called_at is None or not now - APART < called_at <= now + APART:
        return now
    return called_at if called_at > now else called_at + APART


class Subscriptions:
    """The subscriptions of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def next_due(self) -> datetime | None:
        async with self._driver.glance() as db:
            row = await db.first("next_subscription_due")
        return None if row is None else rows.optional_moment(row["due_at"])

    async def due(self, *, now: datetime) -> Subscription | None:
        async with self._driver.glance() as db:
            row = await db.first("due_subscription", now=rows.milliseconds(now))
        if row is None:
            return None
        return Subscription(
            feed=FeedId(row["feed_id"]),
            hub=row["hub"],
            topic=row["topic"],
            token=row["token"],
            secret=row["secret"],
            attempts=row["attempts"],
        )

    async def asked(
        self, subscription: Subscription, *, asked_at: datetime, again_at: datetime, problem: str | None
    ) -> None:
        async with self._driver.write() as db:
            await db.fetch(
                "asked_hub",
                feed=subscription.feed,
                token=subscription.token,
                asked_at=rows.milliseconds(asked_at),
                due_at=rows.milliseconds(again_at),
                problem=problem,
            )

    async def confirm(self, token: str, topic: str, lease: timedelta, *, now: datetime) -> bool:
        async with self._driver.write() as db:
            found = await db.first(
                "confirm_hub",
                token=token,
                topic=topic,
                lease_until=rows.milliseconds(now + lease),
                due_at=rows.milliseconds(now + lease * 3 / 4),
            )
        return found is not None

    async def deny(self, token: str, topic: str, reason: str, *, again_at: datetime) -> bool:
        async with self._driver.write() as db:
            found = await db.first(
                "deny_hub", token=token, topic=topic, due_at=rows.milliseconds(again_at), problem=reason
            )
        return found is not None

    async def secret(self, token: str) -> tuple[FeedId, str | None] | None:
        async with self._driver.glance() as db:
            row = await db.first("called_by", token=token)
        return None if row is None else (FeedId(row["feed_id"]), row["secret"])

    async def called(self, feed: FeedId, *, now: datetime) -> bool:
        async with self._driver.write() as db:
            last = await db.first("last_call", feed=feed)
            at = _heard_at(None if last is None else rows.optional_moment(last["called_at"]), now)
            stamp = rows.milliseconds(at)
            woken = await db.first("wake_feed", feed=feed, at=stamp, now=rows.milliseconds(now))
            if woken is not None:
                await db.fetch("note_call", feed=feed, at=stamp)
        return woken is not None and at <= now
