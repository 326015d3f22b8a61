"""Polls that end together share a transaction and its statements: they must do what each would have done alone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import LeaseLost
from bot.model import OPERATOR, Criteria, FeedClaim, GuildId, Health, NewItem, Poll, Stored
from storage.driver import Driver
from storage.sqlite import open_sqlite
from tests.support import HOUR, LEASE, HeldClock, Stores, new_database, new_item, poll, source

HERE = GuildId(111)
FEEDS = (
    ("world", "The Example", OPERATOR),
    ("asia", "The Example", OPERATOR),
    ("post", "The Post", OPERATOR),
    ("herald", "Herald", OPERATOR),
    ("own", "The Example", HERE),
    ("other", "The Other", HERE),
)
TOPICS, COUNTRIES = ("trade", "energy", "sport"), ("JP", "PH", "KE")

End = Callable[[Stores, Sequence[tuple[FeedClaim, Poll]], datetime], Awaitable[list[object]]]


def items(dice: random.Random, feed: int, now: datetime) -> Iterable[NewItem]:
    """What a feed brings: new stories, those of other feeds, old ones worded anew or under other keys."""
    for _ in range(dice.randint(0, 6)):
        story = dice.randint(1, 25)
        title = f"Story number {story}" + dice.choice(("", "", ", corrected"))
        at = now - timedelta(minutes=dice.choice((0, 5, 5, 60, 60 * 24 * 9)))
        item = new_item(
            title,
            key=f"{dice.choice((feed, feed, 'any'))} {story} {dice.choice('aab')}",
            topics=dice.sample(TOPICS, dice.randint(0, 2)),
            countries=dice.sample(COUNTRIES, dice.randint(0, 2)),
            at=at,
            url=f"https://news.example/{story}{dice.choice(('', '', f'?feed={feed}'))}",
        )
        summary = dice.choice(("", f"All that is known of story {story} is told on this page, and no more."))
        outlet = dice.choice((None, None, None, "The Post"))
        yield replace(item, entry=replace(item.entry, summary=summary, outlet=outlet))


def result(dice: random.Random, feed: int, now: datetime) -> Poll:
    """How a poll ends."""
    roll = dice.random()
    if roll < 0.2:
        return Poll(due_at=now + HOUR, interval=HOUR, health=dice.choice((None, Health(failing_since=now))))
    if roll < 0.3:
        return Poll(due_at=now + HOUR, interval=HOUR, problem="answers 403")
    brings = {item.key: item for item in items(dice, feed, now)}
    return poll(*brings.values(), now=now, keys=tuple(brings), language=dice.choice((None, "en")))


async def together(stores: Stores, ended: Sequence[tuple[FeedClaim, Poll]], now: datetime) -> list[object]:
    return list(
        await asyncio.gather(
            *(stores.sources.finish(claim, each, now=now) for claim, each in ended), return_exceptions=True
        )
    )


async def one_by_one(stores: Stores, ended: Sequence[tuple[FeedClaim, Poll]], now: datetime) -> list[object]:
    outcomes: list[object] = []
    for claim, each in ended:
        try:
            outcomes.append(await stores.sources.finish(claim, each, now=now))
        except LeaseLost as error:
            outcomes.append(error)
    return outcomes


async def played(driver: Driver, dice: random.Random, end: End) -> list[object]:
    """All that a memory says after some rounds of polls, each round of which ends at once."""
    stores, clock = Stores.of(driver), HeldClock()
    for path, outlet, owner in FEEDS:
        await stores.sources.add(owner, source(path, outlet=outlet), now=clock.now())
    said: list[object] = []
    for _ in range(8):
        now = clock.move(timedelta(hours=2))
        claims = await stores.sources.claim("w", 10, LEASE, now=now)
        ordered = sorted(claims, key=lambda claim: claim.feed.id)
        ended = [(claim, result(dice, claim.feed.id, now)) for claim in ordered]
        lost = dice.randrange(12)
        if lost < len(ended):
            ended[lost] = replace(ended[lost][0], token="another's"), ended[lost][1]
        dice.shuffle(ended)
        said += [each if isinstance(each, Stored) else type(each) for each in await end(stores, ended, now)]
        if lost < len(FEEDS):
            clock.move(LEASE)
    for guild in (OPERATOR, HERE):
        found = await stores.news.find(Criteria(), guild=guild, until=None, offset=0, limit=500)
        said += found
        said += [await stores.news.item(item.id, guild=guild) for item in found]
        for tag in TOPICS:
            for country in (None, *COUNTRIES):
                asked = Criteria(tag=tag, country=country)
                said.append(await stores.news.count(asked, guild=guild, until=None, limit=500))
        said += await stores.sources.for_guild(guild)
        said.append(sorted((one.item.id, one.item.title) for one in await stores.news.unfiled(500)))
    return said


@pytest.mark.parametrize("seed", range(6))
async def test_polls_that_end_together_leave_what_they_would_have_left_one_by_one(
    driver: Driver, tmp_path: Path, seed: int
) -> None:
    (tmp_path / "alone").mkdir()
    alone = await open_sqlite(new_database(tmp_path / "alone"))
    try:
        expected = await played(alone, random.Random(seed), one_by_one)  # noqa: S311
    finally:
        await alone.close()
    found = await played(driver, random.Random(seed), together)  # noqa: S311
    assert any(isinstance(each, Stored) and each.edited for each in found)
    assert LeaseLost in found
    assert found == expected


@pytest.mark.parametrize("entries", [True, False])
async def test_of_two_polls_of_one_feed_the_older_lost_its_lease(stores: Stores, entries: bool) -> None:
    clock = HeldClock()
    for path in ("world", "asia"):
        await stores.sources.add(OPERATOR, source(path), now=clock.now())
    older, other = await stores.sources.claim("w", 2, LEASE, now=clock.now())
    clock.move(LEASE)
    await stores.sources.release(other)
    newer = next(
        claim for claim in await stores.sources.claim("w", 2, LEASE, now=clock.now()) if claim.feed.id == older.feed.id
    )
    parts: dict[str, Any] = {"items": (new_item("A pact"),), "body_hash": b"1", "entries": True} if entries else {}
    ended = Poll(due_at=clock.now() + HOUR, interval=HOUR, **parts)
    outcomes = await together(stores, [(other, ended), (newer, ended), (older, ended)], clock.now())
    assert [type(each) for each in outcomes] == [LeaseLost, Stored, LeaseLost]
