"""What is old is let go of: counts stay true, what waits and what goes on stays, and nothing comes back as new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from bot.clock import Clock
from bot.model import (
    OPERATOR,
    Aged,
    Category,
    Correction,
    Criteria,
    GuildId,
    Item,
    ItemId,
    NewItem,
    Placed,
    Query,
    StoryId,
    TagKind,
    UserId,
)
from bot.ports import RetentionStore
from bot.roles import DESK
from bot.workers.sweeper import AIM, EVERY, Keep, Sweeper
from storage.driver import Driver
from storage.retention import Retention
from storage.visits import Visits
from tests.storage.test_outbox import HERE, SENT, rule
from tests.support import (
    LEASE,
    HeldClock,
    Look,
    Stores,
    alert,
    alone,
    brought,
    new_item,
    source,
    tagging,
    taken,
    titles,
    watched,
)

DAY = timedelta(days=1)
MONTH = Keep(news=30 * DAY)
ELSEWHERE = GuildId(112)


def fresh(title: str, clock: HeldClock, key: str | None = None) -> NewItem:
    return new_item(
        title,
        key=key,
        topics=("trade", "tariffs"),
        countries=("JP", "KE"),
        category=Category.POLITICS,
        at=clock.now(),
    )


async def placed(stores: Stores, clock: HeldClock, alerts: bool = False) -> None:
    """Have the desk file what has come, each alone; with an alert each, to a rule."""
    term = await stores.seats.take(DESK, "d", LEASE, now=clock.now())
    assert term is not None
    candidates = await stores.news.unfiled(100)
    told = []
    if alerts:
        set_ = await rule(stores)
        told = [alert(set_, one.item.id) for one in candidates]
    await stores.news.file(term, alone(*candidates), told, now=clock.now())


async def swept(driver: Driver, clock: Clock, keep: Keep = MONTH) -> dict[str, int]:
    """Have a whole round done; what was let go of."""
    sweeper = Sweeper(Retention(driver), clock, keep)
    for _ in range(500):
        await sweeper.step()
        if sweeper._part is None:
            return {name: number for name, number in sweeper._dropped.items() if number}
    raise AssertionError("the round does not end")


def counts(look: Look) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The counts that are kept: of tags, and of pairs; by what they stand for."""
    tags = look(
        "SELECT c.scope, t.kind, t.slug, c.items FROM tag_count AS c JOIN tag AS t ON t.id = c.tag_id "
        "WHERE c.items <> 0 ORDER BY 1, 2, 3"
    )
    pairs = look(
        "SELECT c.scope, a.slug, b.slug, c.items FROM pair_count AS c JOIN tag AS a ON a.id = c.topic_id "
        "JOIN tag AS b ON b.id = c.country_id WHERE c.items <> 0 ORDER BY 1, 2, 3"
    )
    return tags, pairs


def dict_of(counted: Sequence[tuple[Any, ...]]) -> dict[tuple[Any, ...], int]:
    return {row[:-1]: row[-1] for row in counted}


def recounted(look: Look) -> list[tuple[Any, ...]]:
    return look(
        "SELECT s.scope, t.kind, t.slug, count(*) FROM item_tag AS s JOIN tag AS t ON t.id = s.tag_id "
        "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )


async def test_old_news_goes_and_every_count_is_as_if_it_had_never_been(
    stores: Stores, driver: Driver, clock: HeldClock, look: Look
) -> None:
    await watched(stores, clock)
    await brought(stores, clock, *(fresh(f"An old pact {number}", clock) for number in range(12)))
    await placed(stores, clock)
    old = counts(look)
    clock.move(40 * DAY)
    await brought(stores, clock, fresh("A new pact", clock))
    await placed(stores, clock)
    assert len(await titles(stores)) == 13
    untouched = tuple(
        [(*row[:-1], row[-1] - before) for row in now if row[-1] != (before := dict_of(then).get(row[:-1], 0))]
        for then, now in zip(old, counts(look), strict=True)
    )
    assert len(untouched[1]) == 4, "two topics, two countries"
    assert await swept(driver, clock) == {"marked": 12, "items": 12}
    assert await titles(stores) == ["A new pact"]
    assert counts(look) == untouched
    assert [row[3] for row in recounted(look)] == [row[3] for row in counts(look)[0]]
    assert await titles(stores, Criteria(terms=(("old",),))) == []
    assert await stores.news.known_terms(["old", "new"]) == {"new"}
    assert look("SELECT count(*) FROM story_item") == [(1,)]
    assert look("SELECT count(*) FROM item WHERE title LIKE '%old%' OR summary <> '' OR url LIKE '%old%'") == [(0,)]
    assert await swept(driver, clock) == {}, "a second round finds nothing"


async def test_what_a_feed_goes_on_bringing_is_not_new_again(stores: Stores, driver: Driver, clock: HeldClock) -> None:
    await watched(stores, clock)
    item = fresh("An old pact", clock, key="k1")
    await brought(stores, clock, item)
    await placed(stores, clock)
    clock.move(40 * DAY)
    await swept(driver, clock)
    (watching,) = await stores.sources.for_guild(OPERATOR)
    claim = await stores.sources.claim_source(watching.id, "w", LEASE, now=clock.now())
    assert claim is not None
    changes = await stores.sources.changes(claim.feed.id, {"k1": item.fingerprint})
    assert (changes.new, changes.edited) == (frozenset(), frozenset())
    await stores.sources.release(claim)
    for again in (item, fresh("An old pact, worded anew", clock, key="k1")):
        stored = await brought(stores, clock, again)
        assert (stored.new, stored.edited) == (0, 0)
    assert await titles(stores) == []
    assert await stores.news.unfiled(9) == ()


async def test_another_feed_that_brings_it_lets_nobody_see_it_again(
    stores: Stores, driver: Driver, clock: HeldClock, look: Look
) -> None:
    await watched(stores, clock, owner=HERE)
    item = fresh("An old pact", clock, key="k1")
    await brought(stores, clock, item)
    await placed(stores, clock)
    assert await titles(stores, guild=HERE) == ["An old pact"]
    clock.move(40 * DAY)
    await swept(driver, clock)
    (own,) = await stores.sources.for_guild(HERE)
    assert own.url == source().url
    await stores.sources.add(ELSEWHERE, source(), now=clock.now())
    await brought(stores, clock, item)
    assert await titles(stores, guild=HERE) == await titles(stores, guild=ELSEWHERE) == []
    assert look("SELECT count(*) FROM item_tag") == [(0,)]


async def test_servers_corrections_and_removed_sources_leave_no_row_behind(
    stores: Stores, driver: Driver, clock: HeldClock, look: Look
) -> None:
    await watched(stores, clock, owner=HERE)
    await brought(stores, clock, fresh("An old pact", clock))
    await watched(stores, clock, "other")
    await brought(stores, clock, fresh("Another old pact", clock))
    await brought(stores, clock)
    await placed(stores, clock)
    found: tuple[Item, ...] = await stores.news.find(Criteria(), guild=HERE, until=None, offset=0, limit=9)
    for one, scope in product(found, (OPERATOR, HERE, ELSEWHERE)):
        for kind, tag in ((TagKind.COUNTRY, "PH"), (TagKind.TOPIC, f"ships{scope}")):
            item = await stores.news.item(one.id, guild=HERE)
            assert item is not None
            fix = Correction(scope=scope, item=ItemId(item.id), kind=kind, tag=tag, carried=True)
            await stores.tags.correct(fix, item, author=UserId(1), now=clock.now())
    (own,) = [one for one in await stores.sources.for_guild(HERE) if one.owner == HERE]
    await stores.sources.remove(HERE, own.id)
    clock.move(40 * DAY)
    assert (await swept(driver, clock))["items"] == len(found)
    for table in ("item_tag", "correction", "item_title", "revision", "item_name", "story_item"):
        assert look(f"SELECT count(*) FROM {table}") == [(0,)], table
    assert counts(look) == ([], [])


async def test_what_waits_and_what_goes_on_stays(stores: Stores, driver: Driver, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(stores, clock, fresh("Unfiled", clock))
    await brought(stores, clock, fresh("Filed", clock))
    term = await stores.seats.take(DESK, "d", LEASE, now=clock.now())
    assert term is not None
    candidates = {one.item.title: one for one in await stores.news.unfiled(100)}
    waits = await rule(stores)
    filed = candidates["Filed"]
    await stores.news.file(term, alone(filed), [alert(waits, filed.item.id)], now=clock.now())
    clock.move(40 * DAY)
    assert await swept(driver, clock) == {}, "one is unfiled, the other waits to be posted"
    term = await stores.seats.take(DESK, "d", LEASE, now=clock.now())
    assert term is not None
    await stores.news.file(term, alone(candidates["Unfiled"]), [], now=clock.now())
    await brought(stores, clock, fresh("A later report of it", clock))
    (later,) = await stores.news.unfiled(9)
    story = Placed(item=later.item.id, story=StoryId(candidates["Unfiled"].item.id), tie=None)
    await stores.news.file(term, [story], [], now=clock.now())
    assert await swept(driver, clock) == {}, "a story that goes on stays whole"
    (delivery,) = await taken(stores, 9, now=clock.now())
    await stores.deliveries.finish(delivery, SENT, now=clock.now())
    assert await swept(driver, clock) == {"marked": 1, "items": 1}
    assert sorted(await titles(stores)) == ["A later report of it", "Unfiled"]


async def test_an_edit_of_what_is_marked_but_not_emptied_leaves_nothing(
    stores: Stores, driver: Driver, clock: HeldClock, look: Look
) -> None:
    await watched(stores, clock)
    await brought(stores, clock, fresh("An old pact", clock, key="k1"))
    await placed(stores, clock)
    clock.move(40 * DAY)
    store = Retention(driver)
    assert (await store.mark_items(before=clock.now() - 30 * DAY, after=0, limit=9))[0] == 1
    assert (await brought(stores, clock, fresh("An old pact, worded anew", clock, key="k1"))).edited == 1
    (found,) = await stores.news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=9)
    await stores.tags.give({found.id: [tagging("ships")]})
    await store.look_at_scopes()
    assert await store.empty_items(limit=9) == 1
    assert counts(look) == ([], [])
    assert look("SELECT count(*) FROM item_title") == [(0,)]


async def test_deliveries_go_when_they_are_old_and_done(
    stores: Stores, driver: Driver, clock: HeldClock, look: Look
) -> None:
    await watched(stores, clock)
    await brought(stores, clock, *(fresh(f"Pact {number}", clock) for number in range(3)))
    await placed(stores, clock, alerts=True)
    for _ in range(2):
        (delivery,) = await taken(stores, 1, now=clock.now())
        await stores.deliveries.finish(delivery, SENT, now=clock.now())
    clock.move(40 * DAY)
    assert await swept(driver, clock, Keep(deliveries=60 * DAY)) == {}
    assert await swept(driver, clock, Keep(deliveries=30 * DAY)) == {"deliveries": 2}
    assert look("SELECT state FROM delivery") == [("pending",)]
    assert len(await titles(stores)) == 3, "the news stays"


async def test_notices_headlines_visits_days_questions_and_numbers_of_rules_go_too(
    stores: Stores, driver: Driver, clock: HeldClock, look: Look
) -> None:
    await watched(stores, clock)
    await brought(stores, clock, fresh("A long pact of two countries", clock, key="k1"))
    await placed(stores, clock)
    await brought(stores, clock, fresh("A long pact of two countries, corrected", clock, key="k1"))
    await stores.notices.tell_in(HERE, None)
    for state in ("sent", "pending"):
        look(f"INSERT INTO notice (guild, text, state, due_at, created_at) VALUES (1, 'x', '{state}', 0, 0)")
    await Visits(driver).visit(UserId(9), "hash", now=clock.now())
    for number in range(5):
        await stores.news.keep_query(Query(topic=f"t{number}"))
    for _ in range(3):
        await stores.alerts.remove((await rule(stores)).id)
    clock.move(40 * DAY)
    keep = Keep(revisions=30 * DAY, notices=30 * DAY, visits=30 * DAY, feed_days=30 * DAY, queries=2)
    assert await swept(driver, clock, keep) == {
        Aged.NOTICES: 1,
        Aged.REVISIONS: 1,
        Aged.VISITS: 1,
        Aged.FEED_DAYS: 1,
        "queries": 3,
    }
    assert look("SELECT state FROM notice") == [("pending",)]
    kept = [await stores.news.kept_query(number) for number in range(1, 6)]
    assert [one and one.topic for one in kept] == [None, None, None, "t3", "t4"]
    assert await Retention(driver).drop_gone_rules(kept=3, limit=9) == 1
    assert look("SELECT count(*) FROM rule_gone") == [(2,)]
    assert await titles(stores) == ["A long pact of two countries, corrected"], (
        "news is kept for ever where nothing is said"
    )


class Slow:
    """A store each of whose writes takes so long for each row."""

    def __init__(self, clock: HeldClock, rows: int, each: timedelta) -> None:
        self._clock, self.left, self._each = clock, rows, each
        self.took: list[timedelta] = []

    async def look_at_scopes(self) -> None: ...

    async def empty_items(self, *, limit: int) -> int:
        done = min(limit, self.left)
        self.left -= done
        self.took.append(done * self._each)
        self._clock.move(done * self._each)
        return done

    async def drop_queries(self, *, kept: int, limit: int) -> int:
        return 0

    async def drop_gone_rules(self, *, kept: int, limit: int) -> int:
        return 0


@pytest.mark.parametrize("each", [timedelta(milliseconds=0.1), timedelta(milliseconds=1), timedelta(milliseconds=40)])
async def test_however_slow_a_row_is_nobody_waits_long_for_a_step(clock: HeldClock, each: timedelta) -> None:
    store = Slow(clock, 20_000 if each < AIM else 50, each)
    named: RetentionStore = store  # type: ignore[assignment]
    sweeper = Sweeper(named, clock, Keep())
    while store.left:
        assert await sweeper.step() is False
    assert max(store.took) <= max(2 * AIM, each)
    if each < AIM:
        assert sum(store.took, timedelta()) / len(store.took) > AIM / 3, "but not too little is done at once either"


async def test_a_round_begins_once_an_hour(clock: HeldClock) -> None:
    store = Slow(clock, 3, timedelta())
    sweeper = Sweeper(store, clock, Keep())  # type: ignore[arg-type]
    for _ in range(20):
        await sweeper.step()
    assert store.left == 0
    store.left = 1
    await sweeper.step()
    assert store.left == 1
    clock.move(EVERY)
    for _ in range(20):
        await sweeper.step()
    assert store.left == 0
