"""The contract of the tags' store: retagging and corrections keep what is found, shown and counted in step."""

from __future__ import annotations

from dataclasses import replace

from bot.model import OPERATOR, Category, Correction, Criteria, GuildId, Item, Retagged, Tagged, TagKind, UserId
from bot.roles import DESK
from tests.support import HOUR, NOON, HeldClock, Stores, alone, brought, new_item, source, tagging, titles, watched

HERE, THERE = GuildId(111), GuildId(222)
MODERATOR = UserId(7)


async def only(stores: Stores, *, guild: GuildId = OPERATOR) -> Item:
    (item,) = await stores.news.find(Criteria(), guild=guild, until=None, offset=0, limit=2)
    return item


async def count(stores: Stores, criteria: Criteria, guild: GuildId = OPERATOR) -> int:
    return await stores.news.count(criteria, guild=guild, until=None, limit=1001)


def tags(item: Item) -> list[str]:
    return [one.tag for one in item.taggings]


def anew(item: Item, *, topics: tuple[str, ...] = (), countries: tuple[str, ...] = (), terms: str = "x") -> Retagged:
    return Retagged(
        item=item,
        tagged=Tagged(
            topics=tuple(tagging(topic) for topic in topics),
            countries=tuple(tagging(code, TagKind.COUNTRY) for code in countries),
            category=Category.BUSINESS,
            lexicon="v2",
        ),
        terms=terms,
    )


def said(item: Item, tag: str, carried: bool, *, scope: GuildId, kind: TagKind = TagKind.TOPIC) -> Correction:
    return Correction(scope=scope, item=item.id, kind=kind, tag=tag, carried=carried)


async def test_an_item_keeps_what_its_tags_come_from(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    item = new_item("Pact", topics=["trade"])
    item = replace(
        item,
        entry=replace(item.entry, categories=("Trade", 'A "quoted" one')),
        tagged=item.tagged._replace(lexicon="v1"),
        section="World",
    )
    await brought(stores, clock, item)
    (stale,) = await stores.tags.stale("v2", before=None, limit=9)
    assert stale.lexicon == "v1"
    assert stale.categories == ("Trade", 'A "quoted" one')
    assert stale.section == "World"
    assert await stores.tags.stale("v1", before=None, limit=9) == ()
    assert (await stores.tags.count_stale("v1"), await stores.tags.count_stale("v2")) == (0, 1)


async def test_stale_items_come_newest_first_and_in_batches(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(stores, clock, *(new_item(f"Item {n}", at=NOON - n * HOUR) for n in range(5)))
    first = await stores.tags.stale("v2", before=None, limit=2)
    assert [one.item.title for one in first] == ["Item 0", "Item 1"]
    second = await stores.tags.stale("v2", before=first[-1].item.id, limit=9)
    assert [one.item.title for one in second] == ["Item 2", "Item 3", "Item 4"]


async def test_retagging_moves_tags_counts_pairs_category_and_text(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(stores, clock, new_item("One", topics=["trade"], countries=["JP"]), new_item("Two", topics=["trade"]))
    (one,) = [item for item in await all_items(stores) if item.title == "One"]
    await stores.tags.retag([anew(one, topics=("tariffs",), countries=("JP", "CN"), terms="fighter jet")])
    assert await titles(stores, Criteria(tag="trade")) == ["Two"]
    assert await titles(stores, Criteria(tag="tariffs", country="CN")) == ["One"]
    assert await titles(stores, Criteria(category=Category.BUSINESS)) == ["One"]
    assert await titles(stores, Criteria(phrase=("fighter", "jet"))) == ["One"]
    assert await count(stores, Criteria(tag="trade")) == 1
    assert await count(stores, Criteria(tag="trade", country="JP")) == 0
    assert await count(stores, Criteria(tag="tariffs", country="JP")) == 1
    assert await count(stores, Criteria(category=Category.GENERAL)) == 1
    assert await stores.tags.count_stale("v2") == 1
    (shown,) = [item for item in await all_items(stores) if item.title == "One"]
    assert tags(shown) == ["tariffs", "JP", "CN"]
    # once more is the same
    await stores.tags.retag([anew(shown, topics=("tariffs",), countries=("JP", "CN"), terms="fighter jet")])
    assert await count(stores, Criteria(tag="tariffs", country="JP")) == 1


async def all_items(stores: Stores, guild: GuildId = OPERATOR) -> tuple[Item, ...]:
    return await stores.news.find(Criteria(), guild=guild, until=None, offset=0, limit=50)


async def test_retagging_files_nothing_again(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(stores, clock, new_item("Filed"), new_item("Waiting"))
    term = await stores.seats.take(DESK, "desk", HOUR, now=clock.now())
    assert term is not None
    (waiting, filed) = sorted(await stores.news.unfiled(9), key=lambda one: one.item.title, reverse=True)
    await stores.news.file(term, alone(filed), [], now=clock.now())
    await stores.tags.retag([anew(filed.item, topics=("trade",)), anew(waiting.item, topics=("trade",))])
    assert [one.item.title for one in await stores.news.unfiled(9)] == ["Waiting"]


async def test_a_correction_for_all_is_found_shown_counted_and_kept(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(stores, clock, new_item("One", topics=["trade"], countries=["TR"]))
    item = await only(stores)
    for correction in (
        said(item, "TR", False, scope=OPERATOR, kind=TagKind.COUNTRY),
        said(item, "recipes", True, scope=OPERATOR),
    ):
        await stores.tags.correct(correction, await only(stores), author=MODERATOR, now=clock.now())
    assert tags(await only(stores)) == ["recipes", "trade"]
    assert await titles(stores, Criteria(country="TR")) == []
    assert await titles(stores, Criteria(tag="recipes"), guild=HERE) == ["One"]
    assert await count(stores, Criteria(tag="trade", country="TR")) == 0
    assert await count(stores, Criteria(tag="recipes")) == 1
    (stale,) = await stores.tags.stale("v2", before=None, limit=9)
    assert {(one.tag, one.carried) for one in stale.corrections} == {("TR", False), ("recipes", True)}


async def test_a_servers_correction_is_its_own(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(stores, clock, new_item("One", topics=["trade"], countries=["TR"], terms="trade in jets"))
    item = await only(stores)
    for correction in (said(item, "trade", False, scope=HERE), said(item, "jets", True, scope=HERE)):
        await stores.tags.correct(correction, item, author=MODERATOR, now=clock.now())
    assert await titles(stores, Criteria(tag="trade"), guild=HERE) == []
    assert await titles(stores, Criteria(tag="trade", phrase=("trade",)), guild=HERE) == []
    assert await count(stores, Criteria(tag="trade"), HERE) == 0
    assert await titles(stores, Criteria(country="TR"), guild=HERE) == ["One"]
    assert await titles(stores, Criteria(tag="jets"), guild=HERE) == ["One"]
    assert tags(await only(stores, guild=HERE)) == ["jets", "TR"]
    seen = await stores.news.item(item.id, guild=HERE)
    assert seen is not None
    assert tags(seen) == ["jets", "TR"]
    # nobody else sees it
    assert tags(await only(stores, guild=THERE)) == ["trade", "TR"]
    assert await titles(stores, Criteria(tag="jets"), guild=THERE) == []
    assert await count(stores, Criteria(tag="trade"), THERE) == 1
    # taken back
    for correction in (said(item, "trade", True, scope=HERE), said(item, "jets", False, scope=HERE)):
        await stores.tags.correct(correction, item, author=MODERATOR, now=clock.now())
    assert await titles(stores, Criteria(tag="trade"), guild=HERE) == ["One"]
    assert await titles(stores, Criteria(tag="jets"), guild=HERE) == []
    assert tags(await only(stores, guild=HERE)) == ["trade", "TR"]


async def test_a_servers_correction_outlives_a_retagging(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(stores, clock, new_item("One", topics=["trade"]))
    item = await only(stores)
    await stores.tags.correct(said(item, "jets", True, scope=HERE), item, author=MODERATOR, now=clock.now())
    await stores.tags.correct(said(item, "trade", False, scope=HERE), item, author=MODERATOR, now=clock.now())
    await stores.tags.retag([anew(item, topics=("trade", "jets"))])
    await stores.tags.retag([anew(await only(stores), topics=("trade",))])
    assert await titles(stores, Criteria(tag="jets"), guild=HERE) == ["One"]
    assert await titles(stores, Criteria(tag="trade"), guild=HERE) == []
    assert await titles(stores, Criteria(tag="jets")) == []
    assert await count(stores, Criteria(tag="jets")) == 0


async def test_an_item_of_a_servers_own_source(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock, owner=HERE)
    await brought(stores, clock, new_item("Own", topics=["trade"], countries=["JP"]))
    item = await only(stores, guild=HERE)
    await stores.tags.retag([anew(item, topics=("jets",), countries=("JP",))])
    assert await titles(stores, Criteria(tag="jets", country="JP"), guild=HERE) == ["Own"]
    assert await count(stores, Criteria(tag="jets", country="JP"), HERE) == 1
    assert await count(stores, Criteria(tag="trade"), HERE) == 0
    assert await titles(stores, Criteria(tag="jets")) == []
    # an item that another feed widens to everybody brings its new tags along
    await stores.sources.add(OPERATOR, source(), now=clock.now())
    assert await titles(stores, Criteria(tag="jets"), guild=THERE) == ["Own"]


async def test_an_item_is_found_by_its_link_where_it_may_be_seen(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock, owner=HERE)
    await brought(stores, clock, new_item("Own", url="https://news.example/own"))
    found = await stores.news.item_by_url("https://news.example/own", guild=HERE)
    assert found is not None
    assert found.title == "Own"
    assert await stores.news.item_by_url("https://news.example/own", guild=THERE) is None
    assert await stores.news.item_by_url("https://news.example/other", guild=HERE) is None
