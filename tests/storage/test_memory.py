"""The contract of the sources' and the news' store, as every dialect must keep it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import Conflict, LeaseLost
from bot.model import (
    OPERATOR,
    Alert,
    Category,
    Changes,
    ChannelId,
    Criteria,
    GuildId,
    Item,
    NewItem,
    PageRules,
    Placed,
    Poll,
    Query,
    Role,
    Stored,
    StoryId,
    TagKind,
    Validators,
)
from bot.roles import DESK
from tests.support import (
    HOUR,
    LEASE,
    NOON,
    HeldClock,
    Stores,
    alone,
    brought,
    claimed,
    new_item,
    poll,
    source,
    tagging,
    titles,
    watched,
)

HERE, THERE = GuildId(111), GuildId(222)


async def test_a_new_source_is_due_at_once_and_leased_to_one(stores: Stores) -> None:
    added = await stores.sources.add(OPERATOR, source(), now=NOON)
    assert added.due_at == NOON
    (claim,) = await stores.sources.claim("a", 10, LEASE, now=NOON)
    assert claim.feed.url == added.url
    assert await stores.sources.claim("b", 10, LEASE, now=NOON) == ()
    (again,) = await stores.sources.claim("b", 10, LEASE, now=NOON + LEASE)
    with pytest.raises(LeaseLost):
        await stores.sources.finish(claim, poll(new_item("Late")), now=NOON + LEASE)
    assert await titles(stores) == []
    await stores.sources.finish(again, poll(new_item("In time")), now=NOON + LEASE)
    assert await titles(stores) == ["In time"]


async def test_a_source_woken_while_it_is_polled_is_due_again_at_once(stores: Stores, clock: HeldClock) -> None:
    added = await stores.sources.add(OPERATOR, source(), now=clock.now())
    for ahead in (timedelta(0), HOUR / 2):
        claim = await stores.sources.claim_source(added.id, "a", LEASE, now=clock.move(ahead))
        assert claim is not None
        woken_at = clock.move(timedelta(seconds=1))
        assert await stores.sources.wake(added.id, now=woken_at)
        await stores.sources.finish(claim, poll(now=clock.now()), now=clock.move(timedelta(seconds=1)))
        assert await stores.sources.next_due() == woken_at
        await stores.sources.finish(await claimed(stores, clock.now()), poll(now=clock.now()), now=clock.now())
        assert await stores.sources.next_due() == clock.now() + HOUR, "once"


async def test_what_is_being_polled_is_not_spread(stores: Stores, clock: HeldClock) -> None:
    await stores.sources.add(OPERATOR, source(), now=clock.now())
    claim = await claimed(stores, clock.now())
    clock.move(timedelta(seconds=30))
    assert await stores.sources.spread(now=clock.now()) == 0
    await stores.sources.finish(claim, poll(now=clock.now()), now=clock.now())
    assert await stores.sources.next_due() == clock.now() + HOUR


async def test_adding_twice_is_a_conflict_and_two_owners_share_one_feed(stores: Stores) -> None:
    await stores.sources.add(OPERATOR, source(), now=NOON)
    with pytest.raises(Conflict):
        await stores.sources.add(OPERATOR, source(), now=NOON)
    await stores.sources.add(HERE, source(), now=NOON)
    assert len(await stores.sources.claim("a", 10, LEASE, now=NOON)) == 1
    assert await stores.sources.add_all(OPERATOR, [source(), source("asia")], now=NOON) == 1


async def test_a_list_of_sources_is_added_at_once_and_due_one_after_the_other(stores: Stores) -> None:
    many = [source(f"s{number}") for number in range(1_001)]
    await stores.sources.add(OPERATOR, many[3], now=NOON)
    second = timedelta(seconds=1)
    assert await stores.sources.add_all(OPERATOR, many, now=NOON + HOUR, apart=second) == 1_000
    due = {listed.url: listed.due_at for listed in await stores.sources.for_guild(OPERATOR)}
    assert [due[one.url] for one in many] == [
        NOON if number == 3 else NOON + HOUR + number * second for number in range(1_001)
    ]
    assert len(await stores.sources.claim("a", 2_000, LEASE, now=NOON + HOUR + 9 * second)) == 10
    assert await stores.sources.add_all(OPERATOR, many, now=NOON + 2 * HOUR) == 0


async def test_what_others_feeds_brought_is_shared_with_who_adds_them_by_a_list(
    stores: Stores, clock: HeldClock
) -> None:
    for path in ("a", "b"):
        await watched(stores, clock, path, owner=HERE)
        await brought(stores, clock, new_item(f"Of {path}", url=f"https://news.example/{path}"))
    assert await titles(stores) == []
    assert await stores.sources.add_all(OPERATOR, [source("c"), source("a"), source("b")], now=clock.now()) == 3
    assert sorted(await titles(stores)) == ["Of a", "Of b"]
    assert await stores.news.count(Criteria(), guild=OPERATOR, until=None, limit=9) == 2
    await stores.sources.add_all(THERE, [source("a")], now=clock.now())
    assert await stores.news.count(Criteria(), guild=THERE, until=None, limit=9) == 2


async def test_items_are_found_by_tag_country_outlet_category_and_date(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(
        stores,
        clock,
        new_item("Old pact", topics=["trade"], countries=["JP"], at=NOON - timedelta(days=9)),
        new_item("New pact", topics=["trade"], countries=["JP", "PH"], category=Category.POLITICS),
        new_item("Match", topics=["football"], countries=["BR"], category=Category.SPORT),
    )
    assert await titles(stores) == ["Match", "New pact", "Old pact"]
    assert await titles(stores, Criteria(tag="trade")) == ["New pact", "Old pact"]
    assert await titles(stores, Criteria(tag="trade", country="PH")) == ["New pact"]
    assert await titles(stores, Criteria(country="JP", since=NOON - HOUR)) == ["New pact"]
    assert await titles(stores, Criteria(outlet="The Example", category=Category.SPORT)) == ["Match"]
    assert await titles(stores, Criteria(tag="unheardof")) == []
    assert await titles(stores, Criteria(tag="trade", country="BR")) == []
    found = await stores.news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=1)
    assert found[0].published_at == NOON
    older = await stores.news.find(Criteria(), guild=OPERATOR, until=found[0].id, offset=1, limit=5)
    assert [item.title for item in older] == ["New pact", "Old pact"]
    assert await stores.news.count(Criteria(tag="trade"), guild=OPERATOR, until=None, limit=1001) == 2
    assert await stores.news.count(Criteria(), guild=OPERATOR, until=None, limit=2) == 3, "it is kept"
    assert await stores.news.count(Criteria(since=NOON - 24 * HOUR), guild=OPERATOR, until=None, limit=2) == 2


async def test_the_hours_that_a_feed_skips_are_kept_until_a_document_says_otherwise(stores: Stores) -> None:
    await stores.sources.add(OPERATOR, source(), now=NOON)
    hours, days = frozenset({0, 5, 23}), frozenset({0, 6})
    for now, outcome, kept in (
        (NOON, poll(skip_hours=hours, skip_days=days), (hours, days)),
        (NOON + HOUR, replace(poll(now=NOON + HOUR), entries=False), (hours, days)),
        (NOON + 2 * HOUR, replace(poll(now=NOON + 2 * HOUR), entries=False, problem="Gone."), (hours, days)),
        (NOON + 3 * HOUR, poll(now=NOON + 3 * HOUR), (frozenset(), frozenset())),
    ):
        claim = await claimed(stores, now)
        await stores.sources.finish(claim, outcome, now=now)
        feed = (await claimed(stores, now + HOUR)).feed
        assert (feed.skip_hours, feed.skip_days) == kept
        await stores.sources.recover("w")


async def test_items_are_found_by_what_they_are_written_in(stores: Stores, clock: HeldClock) -> None:
    def written(title: str, language: str | None, **parts: Any) -> NewItem:
        item = new_item(title, **parts)
        return replace(item, entry=replace(item.entry, language=language))

    await watched(stores, clock)
    await watched(stores, clock, "here", owner=HERE)
    await brought(
        stores,
        clock,
        written("Casa", "pt-br", topics=["trade"], countries=["BR"]),
        written("Rua", "pt"),
        written("Hus", "nb"),
        written("Unsaid", None),
    )
    await brought(stores, clock, written("Ours", "pt-pt"))
    for language, everybody, here in (("pt", ["Rua", "Casa"], ["Ours", "Rua", "Casa"]), ("no", ["Hus"], ["Hus"])):
        for guild, wanted in ((OPERATOR, everybody), (HERE, here)):
            assert sorted(await titles(stores, Criteria(language=language), guild=guild)) == sorted(wanted)
            count = await stores.news.count(Criteria(language=language), guild=guild, until=None, limit=9)
            assert count == len(wanted)
    assert await titles(stores, Criteria(language="en")) == []
    every = Criteria(
        tag="trade", country="BR", outlet_country="GB", outlet="The Example", category=Category.GENERAL, language="pt"
    )
    for criteria in (every, replace(every, terms=(("casa",),)), replace(every, tag=None, phrase=("casa",))):
        assert await titles(stores, criteria) == ["Casa"]
        assert await stores.news.count(criteria, guild=OPERATOR, until=None, limit=9) == 1
        assert await titles(stores, replace(criteria, language="no")) == []
    await stores.sources.add(OPERATOR, source("here"), now=clock.now())
    assert sorted(await titles(stores, Criteria(language="pt"))) == ["Casa", "Ours", "Rua"], "shared with its language"


async def test_what_is_assumed_is_found_with_mentions_alone(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    quiet = new_item("Quiet", topics=["trade"])
    assumed = tagging("GB", TagKind.COUNTRY, Role.ASSUMED, 0.2)
    quiet = replace(quiet, tagged=quiet.tagged._replace(countries=(assumed,)), only_country="GB")
    await brought(stores, clock, quiet, new_item("About", topics=["trade"], countries=["GB"]))
    for criteria, found in (
        (Criteria(country="GB"), ["About"]),
        (Criteria(country="GB", mentions=True), ["Quiet", "About"]),
        (Criteria(tag="GB", tag_kind=TagKind.COUNTRY), ["About"]),
        (Criteria(tag="trade", country="GB"), ["About"]),
        (Criteria(tag="trade", country="GB", mentions=True), ["Quiet", "About"]),
    ):
        assert sorted(await titles(stores, criteria)) == sorted(found), criteria
        assert await stores.news.count(criteria, guild=OPERATOR, until=None, limit=9) == len(found), criteria
    (item,) = [
        item
        for item in await stores.news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=2)
        if item.title == "Quiet"
    ]
    assert item.taggings[-1] == assumed
    kept = {one.item.title: one.only_country for one in await stores.tags.stale("later", before=None, limit=9)}
    assert kept == {"Quiet": "GB", "About": None}


async def test_a_mark_is_kept_with_its_source_and_told_to_the_poller(stores: Stores, clock: HeldClock) -> None:
    plain, marked = source("plain"), source("marked")
    marked = replace(marked, outlet=replace(marked.outlet, single_country=True))
    await stores.sources.add_all(OPERATOR, [plain, marked], now=NOON)
    listed = {each.url: each.outlet.single_country for each in await stores.sources.for_guild(OPERATOR)}
    assert listed == {plain.url: False, marked.url: True}
    claims = await stores.sources.claim("w", 9, LEASE, now=NOON)
    assert {each.feed.url: each.feed.outlet.only_country for each in claims} == {plain.url: None, marked.url: "GB"}
    await stores.sources.release(next(each for each in claims if each.feed.url == marked.url))
    (own,) = [each for each in await stores.sources.for_guild(OPERATOR) if each.url == marked.url]
    claim = await stores.sources.claim_source(own.id, "w", LEASE, now=NOON)
    assert claim is not None
    assert claim.feed.outlet == marked.outlet


async def test_subjects_mentions_and_the_outlets_country_are_three_things(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    named = new_item("Named", topics=["trade"], countries=["PH"])
    named = replace(
        named,
        tagged=named.tagged._replace(
            countries=(*named.tagged.countries, tagging("JP", TagKind.COUNTRY, Role.MENTION, 0.2))
        ),
    )
    await brought(stores, clock, named, new_item("About", topics=["trade"], countries=["JP"]))
    assert await titles(stores, Criteria(country="JP")) == ["About"]
    assert await titles(stores, Criteria(tag="JP", tag_kind=TagKind.COUNTRY)) == ["About"]
    assert await titles(stores, Criteria(country="JP", mentions=True)) == ["About", "Named"]
    assert await titles(stores, Criteria(tag="JP", tag_kind=TagKind.COUNTRY, mentions=True)) == ["About", "Named"]
    assert await titles(stores, Criteria(outlet_country="GB")) == ["About", "Named"]
    assert await titles(stores, Criteria(outlet_country="GB", country="PH")) == ["Named"]
    assert await titles(stores, Criteria(outlet_country="JP")) == []
    for criteria, items in (
        (Criteria(country="JP"), 1),
        (Criteria(country="JP", mentions=True), 2),
        (Criteria(tag="trade", country="JP"), 1),
        (Criteria(tag="trade", country="JP", mentions=True), 2),
        (Criteria(tag="trade", country="PH", outlet_country="GB", outlet="The Example", category=Category.GENERAL), 1),
    ):
        assert await stores.news.count(criteria, guild=OPERATOR, until=None, limit=9) == items


async def test_phrases_are_found_in_the_text_and_join_the_tag(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(
        stores,
        clock,
        new_item("One", terms="the first fighter jet landed", countries=["JP"]),
        new_item("Two", terms="a jet fighter landed", topics=["fighterjet"]),
        new_item("Three", terms='jet " NEAR( fighter', countries=["JP"]),
    )
    both = Criteria(tag="fighterjet", phrase=("fighter", "jet"))
    assert await titles(stores, both) == ["Two", "One"]
    assert await titles(stores, Criteria(phrase=("fighter", "jet"), country="JP")) == ["One"]
    assert await titles(stores, Criteria(terms=(("jet",), ("fighter",)))) == ["Three", "Two", "One"]
    assert await titles(stores, Criteria(terms=(("jet",),), country="JP")) == ["Three", "One"]
    assert await titles(stores, Criteria(terms=(('"',), ("near(",)))) == ["Three"]
    assert await stores.news.known_terms(["jet", "fighter", "boat", '"']) == {"jet", "fighter", '"'}


async def test_the_first_poll_is_silent_and_what_comes_later_is_unfiled(stores: Stores, clock: HeldClock) -> None:
    await stores.sources.add(OPERATOR, source(), now=clock.now())
    assert await brought(stores, clock, new_item("Old")) == Stored(new=1, known=0, silent=True)
    (old,) = await stores.news.unfiled(10)
    assert (old.item.title, old.silent, old.story) == ("Old", True, None)
    assert await brought(stores, clock, new_item("New")) == Stored(new=1, known=0, silent=False)
    assert [one.item.title for one in await stores.news.unfiled(10)] == ["New"], "what is silent can wait"
    term = await stores.seats.take(DESK, "desk", HOUR, now=clock.now())
    assert term is not None
    await stores.news.file(term, alone(*await stores.news.unfiled(10)), (), now=clock.now())
    assert await stores.news.unfiled(10) == (old,)


async def test_what_is_silent_is_placed_in_a_story_once_and_stays_there_when_it_becomes_news(
    stores: Stores, clock: HeldClock
) -> None:
    await watched(stores, clock, "world")
    await stores.sources.add(OPERATOR, source("asia"), now=clock.now())
    now = clock.move(HOUR)
    link = "https://news.example/story"
    await stores.sources.finish(
        await claimed_feed(stores, now, "asia"), poll(new_item("Fresh", url=link, at=now), now=now), now=now
    )
    (fresh,) = await stores.news.unfiled(10)
    term = await stores.seats.take(DESK, "desk", HOUR, now=now)
    assert term is not None
    placed = Placed(item=fresh.item.id, story=StoryId(7), tie=None, silent=True)
    assert await stores.news.file(term, [placed], [], now=now) == 0
    assert await stores.news.unfiled(10) == ()
    story = await stores.news.story_of(fresh.item.id, guild=OPERATOR)
    assert story is not None
    assert story.id == 7
    world = poll(new_item("Fresh", url=link, at=now), now=now)
    await stores.sources.finish(await claimed(stores, now), world, now=now)
    (again,) = await stores.news.unfiled(10)
    assert (again.item.id, again.silent, again.story) == (fresh.item.id, False, 7)


async def test_what_becomes_news_while_it_is_placed_waits_for_the_desk(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock, "world")
    await stores.sources.add(OPERATOR, source("asia"), now=clock.now())
    now = clock.move(HOUR)
    same = poll(new_item("Fresh", url="https://news.example/story", at=now), now=now)
    await stores.sources.finish(await claimed_feed(stores, now, "asia"), same, now=now)
    (read,) = await stores.news.unfiled(10)
    await stores.sources.finish(await claimed(stores, now), same, now=now)
    term = await stores.seats.take(DESK, "desk", HOUR, now=now)
    assert term is not None
    placed = Placed(item=read.item.id, story=StoryId(7), tie=None, silent=True)
    await stores.news.file(term, [placed], [], now=now)
    assert [(one.silent, one.story) for one in await stores.news.unfiled(10)] == [(False, 7)]


async def test_the_same_key_or_link_is_one_item(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock, "world")
    await watched(stores, clock, "asia")
    link = "https://news.example/story"
    await brought(stores, clock, new_item("Story", key="a", url=link))
    second = await brought(stores, clock, new_item("Story, as another section has it", key="b", url=link))
    assert second == Stored(new=0, known=1, silent=False)
    third = await brought(stores, clock, new_item("Story", key="another guid", url=link))
    assert third == Stored(new=0, known=1, silent=False)
    assert await titles(stores) == ["Story"]


async def test_entries_of_one_feed_that_share_a_link_but_no_title_are_all_kept(
    stores: Stores, clock: HeldClock
) -> None:
    await watched(stores, clock)
    link = "https://news.example/live"
    await brought(stores, clock, new_item("10:00", key="a", url=link), new_item("10:05", key="b", url=link))
    await brought(stores, clock, new_item("10:10", key="c", url=link))
    assert await titles(stores) == ["10:10", "10:05", "10:00"]


async def test_counts_are_those_of_the_pages(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(
        stores,
        clock,
        *(new_item(f"A{n}", topics=["trade"], countries=["JP"], terms="pact") for n in range(3)),
        new_item("B", topics=["trade"], countries=["PH"]),
    )
    (newest, *_) = await stores.news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=1)
    await brought(stores, clock, new_item("C", topics=["trade"], countries=["JP"], at=clock.now()))

    async def count(criteria: Criteria, **parts: object) -> int:
        return await stores.news.count(criteria, guild=OPERATOR, until=parts.get("until"), limit=9)  # type: ignore[arg-type]

    assert await count(Criteria()) == 5
    assert await count(Criteria(), until=newest.id) == 4
    assert await count(Criteria(tag="trade", country="JP")) == 4
    assert await count(Criteria(tag="trade", country="JP"), until=newest.id) == 3
    assert await count(Criteria(tag="trade", country="JP", outlet="The Example")) == 4
    assert await count(Criteria(tag="trade", phrase=("pact",))) == 5
    assert await count(Criteria(tag="pact", phrase=("pact",), country="PH")) == 0
    assert await count(Criteria(terms=(("pact",),))) == 3
    assert await count(Criteria(tag="trade", since=clock.now() - HOUR)) == 1


async def test_a_link_of_another_outlet_is_another_item(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock, "world")
    await stores.sources.add(OPERATOR, source("other", outlet="The Other"), now=clock.now())
    await brought(stores, clock, new_item("Theirs", url="https://wire.example/1"))
    await brought(stores, clock, new_item("Ours", url="https://wire.example/1"))
    assert sorted(await titles(stores)) == ["Ours", "Theirs"]


async def test_news_that_a_silent_poll_filed_first_is_still_decided_on(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock, "world")
    await stores.sources.add(OPERATOR, source("asia"), now=clock.now())
    link, old = "https://news.example/story", "https://news.example/old"
    now = clock.now() + HOUR
    silent = await claimed_feed(stores, clock.move(HOUR), "asia")
    entries = (new_item("Fresh", url=link, at=now), new_item("Ancient", url=old, at=NOON - timedelta(days=30)))
    await stores.sources.finish(silent, poll(*entries, now=now), now=now)
    assert [one.item.title for one in await stores.news.unfiled(10) if not one.silent] == []
    world = await claimed(stores, now)
    await stores.sources.finish(world, poll(*entries, now=now), now=now)
    assert [candidate.item.title for candidate in await stores.news.unfiled(10)] == ["Fresh"]


async def claimed_feed(stores: Stores, now: object, path: str):  # type: ignore[no-untyped-def]
    claims = await stores.sources.claim("w", 10, LEASE, now=now)  # type: ignore[arg-type]
    wanted = next(claim for claim in claims if path in claim.feed.url)
    for claim in claims:
        if claim is not wanted:
            await stores.sources.release(claim)
    return wanted


async def test_a_servers_source_is_that_servers_alone(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock, "mine", owner=HERE)
    await brought(stores, clock, new_item("Local", topics=["trade"]))
    assert await titles(stores, guild=HERE) == ["Local"]
    assert await titles(stores, Criteria(tag="trade"), guild=HERE) == ["Local"]
    assert await titles(stores, guild=THERE) == []
    assert await titles(stores) == []
    assert [tag.tag for tag in await stores.news.tags(guild=HERE, limit=5)] == ["trade"]
    assert await stores.news.tags(guild=THERE, limit=5) == ()
    (item,) = await stores.news.find(Criteria(), guild=HERE, until=None, offset=0, limit=1)
    assert await stores.news.item(item.id, guild=HERE) == item
    assert await stores.news.item(item.id, guild=THERE) is None
    # Another server names the same feed: what it brought before is theirs to read too, and is counted.
    await stores.sources.add(THERE, source("mine"), now=clock.now())
    assert await titles(stores, Criteria(tag="trade"), guild=THERE) == ["Local"]
    assert await stores.news.items_of_tag(TagKind.TOPIC, "trade", guild=THERE) == 1
    # Then the operator: everybody's, once.
    await stores.sources.add(OPERATOR, source("mine"), now=clock.now())
    assert await titles(stores, Criteria(tag="trade"), guild=GuildId(333)) == ["Local"]
    assert await titles(stores, Criteria(tag="trade"), guild=HERE) == ["Local"]


async def test_only_the_owner_removes_or_pauses_and_a_server_hides(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    (listed,) = await stores.sources.for_guild(HERE)
    assert not await stores.sources.remove(HERE, listed.id)
    assert not await stores.sources.pause(HERE, listed.id, True, now=clock.now())
    await brought(stores, clock, new_item("Seen"))
    assert await stores.sources.hide(HERE, listed.id, True)
    assert [shown.hidden for shown in await stores.sources.for_guild(HERE)] == [True]
    assert await titles(stores, guild=HERE) == []
    assert await titles(stores, guild=THERE) == ["Seen"]
    (candidate,) = await stores.news.unfiled(10)
    assert candidate.hidden_by == (HERE,)
    assert await stores.sources.hide(HERE, listed.id, False)
    assert await titles(stores, guild=HERE) == ["Seen"]
    assert await stores.sources.remove(OPERATOR, listed.id)
    assert await stores.sources.for_guild(HERE) == ()
    assert await stores.sources.claim("w", 9, LEASE, now=clock.move(2 * HOUR)) == ()
    assert await titles(stores, guild=HERE) == ["Seen"], "what is stored stays"


async def test_a_paused_source_rests_and_comes_back_silently(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    (listed,) = await stores.sources.for_guild(OPERATOR)
    assert await stores.sources.pause(OPERATOR, listed.id, True, now=clock.now())
    assert await stores.sources.claim("w", 9, LEASE, now=clock.move(2 * HOUR)) == ()
    assert await stores.sources.pause(OPERATOR, listed.id, False, now=clock.now())
    claim = await claimed(stores, clock.now())
    assert claim.feed.body_hash is None
    stored = await stores.sources.finish(claim, poll(new_item("Meanwhile"), now=clock.now()), now=clock.now())
    assert stored.silent
    assert await titles(stores) == ["Meanwhile"]


async def test_a_failed_poll_keeps_validators_and_counts_failures(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    claim = await claimed(stores, clock.move(HOUR))
    await stores.sources.finish(claim, poll(now=clock.now(), problem="the server answers 500"), now=clock.now())
    (listed,) = await stores.sources.for_guild(OPERATOR)
    assert (listed.problem, listed.failures) == ("the server answers 500", 1)
    again = await claimed(stores, clock.move(HOUR))
    assert again.feed.validators.etag == '"1"'
    assert again.feed.failures == 1
    await stores.sources.finish(again, poll(now=clock.now()), now=clock.now())
    (listed,) = await stores.sources.for_guild(OPERATOR)
    assert (listed.problem, listed.failures) == (None, 0)


async def test_what_a_feed_has_not_brought_as_it_is(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    claim = await claimed(stores, clock.move(HOUR))
    await stores.sources.finish(claim, poll(new_item("A", key="a"), now=clock.now()), now=clock.now())
    told = new_item("A", key="a").fingerprint
    none: frozenset[str] = frozenset()
    unknown = Changes(new=frozenset({"b"}), edited=none)
    assert await stores.sources.changes(claim.feed.id, {"a": told, "b": 1}) == unknown
    assert await stores.sources.changes(claim.feed.id, {"a": told + 1}) == Changes(new=none, edited=frozenset({"a"}))


async def test_a_desk_that_lost_its_seat_files_nothing(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(stores, clock, new_item("New"))
    (candidate,) = await stores.news.unfiled(10)
    first = await stores.seats.take(DESK, "a", LEASE, now=clock.now())
    assert first is not None
    assert await stores.seats.take(DESK, "b", LEASE, now=clock.now()) is None
    assert await stores.seats.take(DESK, "a", LEASE, now=clock.now()) == first
    second = await stores.seats.take(DESK, "b", LEASE, now=clock.move(LEASE))
    assert second == first + 1
    rule = await stores.alerts.add(
        guild=HERE, channel=ChannelId(1), query=Query(), criteria=Criteria(), role=None, now=clock.now()
    )
    alert = Alert(
        item=candidate.item.id,
        story=StoryId(candidate.item.id),
        rule=rule.id,
        guild=HERE,
        channel=rule.channel,
        role=None,
    )
    with pytest.raises(LeaseLost):
        await stores.news.file(first, alone(candidate), [alert], now=clock.now())
    assert len(await stores.news.unfiled(10)) == 1
    assert await stores.news.file(second, alone(candidate), [alert], now=clock.now()) == 1
    assert await stores.news.file(second, alone(candidate), [alert], now=clock.now()) == 0, "a replay is harmless"
    assert await stores.news.unfiled(10) == ()
    assert (await stores.news.overview()).pending == 1


async def test_items_of_one_second_keep_their_order_and_a_lone_surrogate_is_stored(
    stores: Stores, clock: HeldClock
) -> None:
    await watched(stores, clock)
    await brought(stores, clock, new_item("a"), new_item("b"), new_item("broken \ud800 text", url="https://x.example/"))
    assert (await titles(stores))[1:] == ["b", "a"]
    assert (await titles(stores))[0].startswith("broken")


# --- web pages read by rules -------------------------------------------------------------------------------------

RULES = PageRules(item="article.card", date="time@datetime", outlet=".source", timezone="Asia/Manila")
PAGE = replace(source("tag", outlet="Harbour tag page"), page=RULES)


def named(title: str, outlet: str | None, *, url: str | None = None) -> NewItem:
    item = new_item(title, url=url)
    return replace(item, entry=replace(item.entry, outlet=outlet))


async def found_items(stores: Stores) -> tuple[Item, ...]:
    return await stores.news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=50)


async def test_a_pages_rules_are_kept_and_told_to_the_poller(stores: Stores, clock: HeldClock) -> None:
    await stores.sources.add_all(OPERATOR, [PAGE, source("world")], now=clock.now())
    claims = await stores.sources.claim("a", 5, LEASE, now=clock.now())
    assert {claim.feed.outlet.name: claim.feed.page for claim in claims} == {
        "Harbour tag page": RULES,
        "The Example": None,
    }
    for claim in claims:
        await stores.sources.release(claim)
    listed = {one.outlet.name: one.id for one in await stores.sources.for_guild(OPERATOR)}
    held = await stores.sources.claim_source(listed["Harbour tag page"], "a", LEASE, now=clock.now())
    assert held is not None
    assert held.feed.page == RULES


async def test_an_item_shows_the_outlet_that_the_page_names(stores: Stores, clock: HeldClock) -> None:
    await stores.sources.add(OPERATOR, PAGE, now=clock.now())
    await brought(stores, clock, named("One", "CNA"), named("Two", None), named("Three", "HARBOUR tag page"))
    found = {item.title: (item.outlet, item.outlet_country) for item in await found_items(stores)}
    assert found == {
        "One": ("CNA", None),
        "Two": ("Harbour tag page", "GB"),
        "Three": ("Harbour tag page", "GB"),
    }
    assert await titles(stores, Criteria(outlet="CNA")) == ["One"]
    assert set(await titles(stores, Criteria(outlet_country="GB"))) == {"Two", "Three"}


async def test_the_same_story_of_one_outlet_on_two_pages_is_one_item(stores: Stores, clock: HeldClock) -> None:
    await stores.sources.add(OPERATOR, PAGE, now=clock.now())
    await brought(stores, clock, named("One", "CNA", url="https://cna.example/1"))
    await stores.sources.add(OPERATOR, replace(source("cna", outlet="CNA"), page=None), now=clock.now())
    stored = await brought(stores, clock, named("One, as the outlet has it", None, url="https://cna.example/1"))
    assert (stored.new, stored.known) == (0, 1)
    await stores.sources.add(OPERATOR, replace(PAGE, url="https://news.example/other.xml"), now=clock.now())
    another = replace(named("One", "BBC", url="https://cna.example/1"), key="another")
    stored = await brought(stores, clock, another)
    assert (stored.new, stored.known) == (1, 0)


async def test_rules_that_changed_are_read_anew_and_silently(stores: Stores, clock: HeldClock) -> None:
    await stores.sources.add_all(OPERATOR, [PAGE, source("world")], now=clock.now())
    await brought(stores, clock, named("One", "CNA"))
    await brought(stores, clock, new_item("Other"))
    assert await stores.sources.change_rules([PAGE, source("world")], now=clock.now()) == 0
    mended = replace(PAGE, page=PageRules(item="li.story"))
    assert await stores.sources.change_rules([mended, source("world")], now=clock.now()) == 1
    claims = await stores.sources.claim("a", 5, LEASE, now=clock.now())
    feeds = {claim.feed.outlet.name: claim.feed for claim in claims}
    page = feeds["Harbour tag page"]
    assert (page.page, page.first_success_at, page.body_hash, page.validators) == (
        mended.page,
        None,
        None,
        Validators(),
    )
    assert await stores.sources.change_rules([replace(PAGE, page=None)], now=clock.now()) == 1


async def test_after_a_restore_a_feed_that_has_not_changed_ends_its_silence(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await stores.sources.read_anew()
    for problem in ("away", None):
        claim = await claimed(stores, clock.move(HOUR))
        assert claim.feed.first_success_at is None
        ended = Poll(due_at=clock.now() + HOUR, interval=HOUR, problem=problem)
        assert (await stores.sources.finish(claim, ended, now=clock.now())).silent
    assert not (await brought(stores, clock, new_item("Since"))).silent


async def test_a_feed_of_which_nothing_was_ever_read_stays_silent(stores: Stores, clock: HeldClock) -> None:
    await stores.sources.add(OPERATOR, source(), now=clock.now())
    nothing = Poll(due_at=clock.now() + HOUR, interval=HOUR)
    await stores.sources.finish(await claimed(stores, clock.now()), nothing, now=clock.now())
    assert (await brought(stores, clock, new_item("All of it"))).silent


async def test_open_stories_are_read_in_their_order_and_in_parts(
    stores: Stores, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.news.OPENED_AT_ONCE", 3)
    assert [each async for each in stores.news.open_stories(NOON - HOUR, 9)] == []
    await watched(stores, clock)
    old = [new_item(f"Old {number}", at=NOON - 99 * HOUR) for number in range(2)]
    await brought(stores, clock, *old, *(new_item(f"New {number}") for number in range(6)))
    term = await stores.seats.take(DESK, "d", LEASE, now=clock.now())
    assert term is not None
    unfiled = sorted(await stores.news.unfiled(9), key=lambda one: (one.item.title[-1], one.item.title), reverse=True)
    await stores.news.file(term, alone(*unfiled), (), now=clock.now())
    read = [(item.title, story) async for item, story in stores.news.open_stories(NOON - HOUR, 6)]
    assert read == [(one.item.title, StoryId(one.item.id)) for one in unfiled if one.item.title.startswith("New")]
    assert len(read) == 6
