"""The contract of the trends' store: what is heard, what is counted, and that both stay in step with the items."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.errors import LeaseLost
from bot.model import (
    OPERATOR,
    Correction,
    Criteria,
    GuildId,
    Heard,
    Item,
    Name,
    NewItem,
    Role,
    Tagging,
    TagKind,
    UserId,
)
from storage.driver import Driver
from tests.support import (
    HOUR,
    LEASE,
    NOON,
    HeldClock,
    Look,
    Stores,
    brought,
    new_item,
    poll,
    source,
    titles,
    watched,
)

HERE = GuildId(111)
MODERATOR = UserId(7)
WINDOW, BASELINE = timedelta(hours=48), timedelta(days=14)
DAY = timedelta(days=1)
GIVEN = Tagging(tag="stormamelia", kind=TagKind.TOPIC, role=Role.SUBJECT, score=0.6, words=("Storm Amelia",))


def named(title: str, *names: str, at: datetime = NOON, **parts: object) -> NewItem:
    item = new_item(title, at=at, **parts)  # type: ignore[arg-type]
    return replace(item, names=tuple(Name(name.replace(" ", "").lower(), name, True) for name in names))


async def brings(stores: Stores, clock: HeldClock, outlet: str, *items: NewItem, owner: GuildId = OPERATOR) -> None:
    """Have an outlet's feed, watched from now on where it was not, bring items."""
    path = outlet.lower().replace(" ", "-")
    url = f"https://news.example/{path}.xml"
    if url not in {one.url for one in await stores.sources.for_guild(owner)}:
        await stores.sources.add(owner, source(path, outlet=outlet), now=clock.now())
    (found,) = [one for one in await stores.sources.for_guild(owner) if one.url == url]
    claim = await stores.sources.claim_source(found.id, "w", LEASE, now=clock.now())
    assert claim is not None
    await stores.sources.finish(claim, poll(*items, now=clock.now()), now=clock.now())


async def heard(stores: Stores, now: datetime) -> tuple[int, int, tuple[Heard, ...]]:
    found = await stores.trends.heard(window=WINDOW, baseline=BASELINE, now=now)
    return found.of, found.usual_of, found.names


async def items(stores: Stores) -> dict[str, Item]:
    found = await stores.news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=99)
    return {item.title: item for item in found}


async def test_names_of_several_outlets_are_heard_and_only_in_the_window(stores: Stores, clock: HeldClock) -> None:
    await brings(stores, clock, "One", named("A", "Storm Amelia"), named("B", "Storm Amelia", "Lone"), named("C"))
    await brings(stores, clock, "Two", named("D", "Storm Amelia"), named("E", "Lone", at=NOON - 3 * DAY))
    await brings(stores, clock, "Two", new_item("F"))  # too old to be looked at
    assert await heard(stores, NOON) == (4, 0, (Heard(slug="stormamelia", items=3, outlets=2, usual=0),))
    assert await heard(stores, NOON + 3 * DAY) == (0, 0, ())


async def test_days_before_the_window_are_counted_once_and_then_forgotten(
    stores: Stores, clock: HeldClock, driver: Driver
) -> None:
    await brings(
        stores, clock, "One", *(named(f"A{n}", "Storm Amelia", at=NOON - 3 * DAY - n * HOUR) for n in range(3))
    )
    await brings(stores, clock, "One", named("B", "Storm Amelia"), named("C"))
    await brings(stores, clock, "Two", named("D", "Storm Amelia"))
    for _ in range(2):
        await stores.trends.roll(window=WINDOW, baseline=BASELINE, now=NOON)
    assert await heard(stores, NOON) == (3, 3, (Heard(slug="stormamelia", items=2, outlets=2, usual=3),))
    # what comes in late for a counted day changes nothing
    await brings(stores, clock, "One", named("late", "Storm Amelia", at=NOON - 3 * DAY))
    await stores.trends.roll(window=WINDOW, baseline=BASELINE, now=NOON)
    assert (await heard(stores, NOON))[1] == 3
    await stores.trends.roll(window=WINDOW, baseline=BASELINE, now=NOON + 30 * DAY)
    async with driver.read() as db:
        assert (await db.first("count_heard", low=0))["items"] == 0  # type: ignore[index]
    assert await heard(stores, NOON + 30 * DAY) == (0, 0, ())


async def test_what_a_server_watches_alone_makes_no_hashtag_for_all(stores: Stores, clock: HeldClock) -> None:
    for outlet in ("One", "Two", "Three"):
        await brings(stores, clock, outlet, named(f"{outlet} A", "Storm Amelia"), owner=HERE)
    assert await heard(stores, NOON) == (0, 0, ())


async def test_a_lost_lease_leaves_no_names(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    (claim,) = await stores.sources.claim("w", 1, LEASE, now=clock.move(HOUR))
    await stores.sources.claim("other", 1, LEASE, now=clock.move(LEASE + HOUR))
    with pytest.raises(LeaseLost):
        await stores.sources.finish(claim, poll(named("A", "Storm Amelia"), now=clock.now()), now=clock.now())
    assert await titles(stores) == []
    assert await heard(stores, NOON) == (0, 0, ())


async def test_a_polls_names_and_items_are_one_transaction(stores: Stores, clock: HeldClock, look: Look) -> None:
    await watched(stores, clock)
    look("ALTER TABLE item_name RENAME TO gone")
    with pytest.raises(Exception, match="item_name"):
        await brought(stores, clock, named("A", "Storm Amelia"))
    assert await titles(stores) == []


async def test_admitted_renewed_faded_and_admitted_again(stores: Stores) -> None:
    async def settle(now: datetime, alive: tuple[str, ...] = (), **admit: str) -> tuple[str, ...]:
        return await stores.trends.settle(admit=admit, alive=alive, fade_before=now - 7 * DAY, now=now)

    assert await settle(NOON, stormamelia="Storm Amelia", brexitreset="Brexit reset") == ()
    assert await stores.trends.admitted() == {"stormamelia": "Storm Amelia", "brexitreset": "Brexit reset"}
    assert await settle(NOON + 4 * DAY, alive=("stormamelia", "never")) == ()
    assert await settle(NOON + 8 * DAY) == ("brexitreset",)
    assert await stores.trends.admitted() == {"stormamelia": "Storm Amelia"}
    assert await stores.tags.emerged() == {"stormamelia", "brexitreset"}
    assert await settle(NOON + 9 * DAY, alive=("brexitreset",)) == ()
    assert set(await stores.trends.admitted()) == {"stormamelia"}
    await settle(NOON + 9 * DAY, brexitreset="Brexit Reset")
    assert (await stores.trends.admitted())["brexitreset"] == "Brexit Reset"


async def test_stored_items_are_given_their_hashtag_and_every_count_stays_true(
    stores: Stores, clock: HeldClock
) -> None:
    await brings(
        stores,
        clock,
        "One",
        named("A", "Storm Amelia", topics=["rain"], countries=["IE"]),
        named("B", "Storm Amelia", topics=["stormamelia"]),  # the publisher said so itself
        named("C", "Storm Amelia"),
        named("D", "Other"),
    )
    found = await items(stores)
    denied = Correction(scope=OPERATOR, item=found["C"].id, kind=TagKind.TOPIC, tag="stormamelia", carried=False)
    await stores.tags.correct(denied, found["C"], author=MODERATOR, now=NOON)
    assert await stores.trends.untagged(9) == ()
    await stores.trends.settle(admit={"stormamelia": "Storm Amelia"}, alive=(), fade_before=NOON - DAY, now=NOON)
    ((item, names),) = await stores.trends.untagged(9)
    assert (item.title, names) == ("A", (("stormamelia", "Storm Amelia"),))
    batch = {one.id: [GIVEN] for one in found.values() if one.title != "D"}
    for _ in range(2):  # a second time is the same
        await stores.tags.give(batch)
    assert await stores.trends.untagged(9) == ()
    assert await titles(stores, Criteria(tag="stormamelia")) == ["B", "A"]
    shown = (await items(stores))["A"]
    assert [one.tag for one in shown.taggings] == ["rain", "stormamelia", "IE"]
    assert await stores.news.items_of_tag(TagKind.TOPIC, "stormamelia", guild=OPERATOR) == 2
    asked = Criteria(tag="stormamelia", country="IE")
    assert await stores.news.count(asked, guild=OPERATOR, until=None, limit=9) == 1
    assert await titles(stores, asked) == ["A"]


async def test_an_item_that_is_given_a_hashtag_is_not_filed_again(stores: Stores, clock: HeldClock) -> None:
    await brings(stores, clock, "One", named("A", "Storm Amelia"))  # a first poll: silent
    (item,) = (await items(stores)).values()
    await stores.tags.give({item.id: [GIVEN]})
    assert [one.silent for one in await stores.news.unfiled(9)] == [True]


async def test_faded_hashtags_are_not_offered_and_young_ones_always(stores: Stores, clock: HeldClock) -> None:
    await brings(stores, clock, "One", named("A", topics=["old", "stormamelia"]), named("B", topics=["old", "trade"]))
    await stores.trends.settle(admit={"old": "Old"}, alive=(), fade_before=NOON - DAY, now=NOON - DAY)
    await stores.trends.settle(admit={"stormamelia": "Storm Amelia"}, alive=(), fade_before=NOON, now=NOON)
    offered = [one.tag for one in await stores.news.tags(guild=OPERATOR, limit=1)]
    assert offered == ["stormamelia"]
    assert [one.tag for one in await stores.news.tags(guild=OPERATOR, limit=9)] == ["stormamelia", "trade"]


async def test_topics_are_counted_in_a_window_as_a_server_sees_them(stores: Stores, clock: HeldClock) -> None:
    await brings(stores, clock, "One", named("A", topics=["trade"]), named("B", topics=["trade", "rain"]))
    await brings(stores, clock, "Two", named("C", topics=["trade"]), named("D", topics=["trade"], at=NOON - 5 * DAY))
    await brings(stores, clock, "Own", named("E", topics=["trade"]), owner=HERE)

    async def counts(guild: GuildId) -> tuple[int, int, dict[str, tuple[int, int]]]:
        now, then, found = await stores.trends.counts(guild=guild, since=NOON - DAY, before=NOON - 15 * DAY, limit=99)
        assert list(found) == sorted(found, key=lambda one: (-one.items, one.tag))
        return now, then, {one.tag: (one.items, one.usual) for one in found}

    async def outlets(guild: GuildId) -> dict[str, int]:
        return dict(await stores.trends.outlets(["trade", "rain"], guild=guild, since=NOON - DAY))

    assert await counts(OPERATOR) == (3, 1, {"trade": (3, 1), "rain": (1, 0)})
    assert await counts(HERE) == (4, 1, {"trade": (4, 1), "rain": (1, 0)})
    assert await outlets(OPERATOR) == {"trade": 2, "rain": 1}
    assert await outlets(HERE) == {"trade": 3, "rain": 1}
    (two,) = [one for one in await stores.sources.for_guild(OPERATOR) if one.outlet.name == "Two"]
    await stores.sources.hide(HERE, two.id, True)
    found = (await items(stores))["B"]
    denied = Correction(scope=HERE, item=found.id, kind=TagKind.TOPIC, tag="rain", carried=False)
    await stores.tags.correct(denied, found, author=MODERATOR, now=NOON)
    assert await counts(HERE) == (3, 0, {"trade": (3, 0)})
    assert (await outlets(HERE))["trade"] == 2
    assert await counts(OPERATOR) == (3, 1, {"trade": (3, 1), "rain": (1, 0)})


async def test_an_empty_memory_counts_nothing(stores: Stores) -> None:
    assert await stores.trends.counts(guild=HERE, since=NOON - DAY, before=NOON - 2 * DAY, limit=9) == (0, 0, ())
