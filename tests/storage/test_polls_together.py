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

from bot.errors import LeaseLost, StorageUnavailable
from bot.model import OPERATOR, Criteria, Feed, FeedClaim, FeedId, GuildId, Health, NewItem, Outlet, Poll, Stored
from storage.arrivals import Arrival
from storage.driver import Driver, Row, Statements
from storage.polls import GROUP, Ended, Take, Turns, write_all
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


async def test_a_transaction_that_fails_stores_no_poll_of_those_that_shared_it(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HeldClock()
    for number in range(4):
        await stores.sources.add(OPERATOR, source(f"feed {number}", outlet=f"Paper {number}"), now=clock.now())
    claims = await stores.sources.claim("w", 4, LEASE, now=clock.now())
    ended = [(claim, poll(new_item("A pact"), now=clock.now())) for claim in claims]

    async def failing(db: Statements, group: Sequence[Ended]) -> list[tuple[Row | None, Arrival | None]]:
        await write_all(db, group)
        raise StorageUnavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("storage.sources.write_all", failing)
        refused = await together(stores, ended, clock.now())
    assert [type(each) for each in refused] == [StorageUnavailable] * 4
    assert [each for each in await together(stores, ended, clock.now()) if isinstance(each, Stored) and each.new] == [
        Stored(new=1, known=0, silent=True)
    ] * 4


async def test_the_next_due_time_heeds_leases_wherever_they_stand(stores: Stores) -> None:
    dice, clock = random.Random(3), HeldClock()  # noqa: S311 - the same each time
    assert await stores.sources.next_due() is None
    await stores.sources.add_all(OPERATOR, [source(f"feed {n}") for n in range(9)], now=clock.now())
    due = dict.fromkeys(range(1, 10), clock.now())
    held: dict[int, FeedClaim] = {}
    for _ in range(60):
        clock.move(timedelta(minutes=dice.choice((1, 20))))
        lease = timedelta(minutes=dice.choice((3, 45)))
        for claim in await stores.sources.claim("w", dice.randint(1, 5), lease, now=clock.now()):
            held[claim.feed.id] = claim
        for feed in dice.sample(sorted(held), len(held) // 2):
            claim, due[feed] = held.pop(feed), clock.now() + timedelta(minutes=dice.choice((5, 30, 90)))
            ended = Poll(due_at=due[feed], interval=HOUR)
            await stores.sources.finish(claim, ended, now=clock.now())
        expected = min(max(at, held[feed].expires_at) if feed in held else at for feed, at in due.items())
        assert await stores.sources.next_due() == expected


async def test_polls_that_end_while_their_writer_waits_are_written_by_it() -> None:
    began, may_write = asyncio.Event(), asyncio.Event()
    groups: list[list[FeedId]] = []

    async def write(take: Take) -> None:
        began.set()
        await may_write.wait()
        group = take()
        groups.append([each.claim.feed.id for each in group])
        for each in group:
            each.outcome = Stored(new=0, known=0, silent=False)

    turns, clock = Turns(write), HeldClock()

    def ended(number: int) -> Ended:
        feed = Feed(id=FeedId(number), url=f"https://news.example/{number}", outlet=Outlet(name="O"), interval=HOUR)
        claim = FeedClaim(feed=feed, token="t", expires_at=clock.now() + LEASE, due_at=clock.now())
        return Ended(claim, Poll(due_at=clock.now(), interval=HOUR), clock.now())

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(turns.written(ended(1)))
        await began.wait()
        for number in range(2, GROUP + 3):
            group.create_task(turns.written(ended(number)))
        await asyncio.sleep(0)
        may_write.set()
    assert groups == [list(range(1, GROUP + 1)), [GROUP + 1, GROUP + 2]]


async def test_who_waits_for_a_transaction_that_cannot_begin_is_told() -> None:
    tried = 0

    async def write(_: Take) -> None:
        nonlocal tried
        tried += 1
        await asyncio.sleep(0.01)
        raise StorageUnavailable("the database is away")

    turns, clock = Turns(write), HeldClock()
    feed = Feed(id=FeedId(1), url="https://news.example/1", outlet=Outlet(name="O"), interval=HOUR)
    claim = FeedClaim(feed=feed, token="t", expires_at=clock.now() + LEASE, due_at=clock.now())
    polls = [Ended(claim, Poll(due_at=clock.now(), interval=HOUR), clock.now()) for _ in range(5)]
    outcomes = await asyncio.gather(*(turns.written(each) for each in polls), return_exceptions=True)
    assert [type(each) for each in outcomes] == [StorageUnavailable] * 5
    assert tried == 1, "all that waited know it at once"
