"""A denied host: which feeds are polled no more, and go on afterwards (storage/activity.py, storage/denials.py)."""

from datetime import timedelta

from bot.model import OPERATOR, Denied, FeedClaim, GuildId, Health, NewSource, Outlet
from storage.denials import Denials
from storage.driver import Driver
from tests.support import HOUR, LEASE, NOON, HeldClock, Stores, new_item, poll

HERE, THERE = GuildId(11), GuildId(12)
BAD, BELOW, LIKE = (
    "https://bad.example/feed",
    "https://www.news.bad.example:8443/feed",
    "https://notbad.example/bad.example",
)


async def add(stores: Stores, owner: GuildId, *urls: str) -> None:
    for url in urls:
        await stores.sources.add(owner, NewSource(url=url, outlet=Outlet(name="Paper")), now=NOON)


async def due(stores: Stores, clock: HeldClock) -> dict[str, FeedClaim]:
    """What is polled after a day."""
    found = await stores.sources.claim("x", 99, LEASE, now=clock.move(timedelta(days=1)))
    return {claim.feed.url: claim for claim in found}


async def test_servers_feeds_below_a_denied_host_are_polled_no_more_until_it_is_allowed(
    stores: Stores, driver: Driver, clock: HeldClock
) -> None:
    denials = Denials(driver)
    await add(stores, HERE, BAD, BELOW, LIKE)
    for claim in (await due(stores, clock)).values():
        await stores.sources.finish(claim, poll(new_item("Old"), now=clock.now()), now=clock.now())
    assert await denials.deny(Denied.HOST, "bad.example", now=clock.now())
    assert set(await due(stores, clock)) == {LIKE}
    assert {each.url for each in await stores.sources.for_guild(HERE) if each.denied} == {BAD, BELOW}
    await add(stores, THERE, BELOW)
    for pausing in (True, False):
        for each in await stores.sources.for_guild(HERE):
            await stores.sources.pause(HERE, each.id, pausing, now=clock.now())
    assert set(await due(stores, clock)) == {LIKE}, "nor does a new source, or one that is resumed, change that"
    assert await denials.deny(Denied.HOST, "news.bad.example", now=clock.now())
    assert await denials.allow(Denied.HOST, "bad.example", now=clock.now())
    clock.move(HOUR)
    assert set(await due(stores, clock)) == {LIKE, BAD}
    assert await denials.allow(Denied.HOST, "news.bad.example", now=clock.now())
    clock.move(HOUR)
    again = await due(stores, clock)
    assert set(again) == {LIKE, BAD, BELOW}
    assert not any(each.denied for each in await stores.sources.for_guild(HERE))
    told = await stores.sources.finish(again[BELOW], poll(new_item("Meanwhile"), now=clock.now()), now=clock.now())
    assert told.silent, "as after a pause"


async def test_the_operators_sources_of_a_denied_host_stay(stores: Stores, driver: Driver, clock: HeldClock) -> None:
    denials = Denials(driver)
    await add(stores, HERE, BAD)
    await add(stores, OPERATOR, BAD)
    claim = (await due(stores, clock))[BAD]
    await stores.sources.finish(claim, poll(new_item("Old"), now=clock.now()), now=clock.now())
    await denials.deny(Denied.HOST, "bad.example", now=clock.now())
    assert set(await due(stores, clock)) == {BAD}
    await denials.allow(Denied.HOST, "bad.example", now=clock.now())
    clock.move(HOUR)
    claim = (await due(stores, clock))[BAD]
    told = await stores.sources.finish(claim, poll(new_item("News", at=clock.now()), now=clock.now()), now=clock.now())
    assert not told.silent, "it was never stopped"
    (operators,) = (each for each in await stores.sources.for_guild(OPERATOR) if each.owner == OPERATOR)
    await denials.deny(Denied.HOST, "bad.example", now=clock.now())
    await stores.sources.remove(OPERATOR, operators.id)
    assert await due(stores, clock) == {}


async def test_a_feed_that_moves_below_a_denied_host_stops(stores: Stores, driver: Driver, clock: HeldClock) -> None:
    await Denials(driver).deny(Denied.HOST, "bad.example", now=clock.now())
    await add(stores, HERE, LIKE)
    claim = (await due(stores, clock))[LIKE]
    await stores.sources.finish(claim, poll(now=clock.now(), health=Health(), move_to=BAD), now=clock.now())
    assert await due(stores, clock) == {}
    (moved,) = await stores.sources.for_guild(HERE)
    assert (moved.url, moved.denied) == (BAD, True)
