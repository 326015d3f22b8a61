"""Emerging hashtags from the text of items to their tags: ingest, the worker, the desk and retagging together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from bot.clock import Clock
from bot.model import OPERATOR, Criteria, Entry, How, Item, Query, Tagged, TagKind
from bot.news.hashtags import Hashtags
from bot.news.tagger import Tagger
from bot.services.corrections import CorrectionService
from bot.services.news import NewsService
from bot.services.trends import FRESH, TrendService
from bot.workers.ingest import new_item
from bot.workers.trends import EVERY, Trends
from tests.support import HOUR, LEASE, NOON, HeldClock, Stores, poll, source

DAY = timedelta(days=1)
STORM = "Storm Amelia"
OUTLETS = ("One", "Two", "Three")


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


@dataclass(kw_only=True)
class Room:
    """Outlets that bring what they are told, and the worker."""

    stores: Stores
    clock: HeldClock
    tagger: Tagger
    worker: Trends
    number: int = 0

    async def brings(self, outlet: str, *said: str, at: datetime | None = None, silent: bool = False) -> None:
        """Have an outlet bring items that say so, an hour old where no time is given; it is watched from then on."""
        path = outlet.lower().replace(" ", "-")
        url = source(path).url
        if url not in {one.url for one in await self.stores.sources.for_guild(OPERATOR)}:
            await self.stores.sources.add(OPERATOR, source(path, outlet=outlet), now=self.clock.now())
            if not silent:
                await self._poll(url)
        now = self.clock.now()
        entries = []
        for text in said:
            self.number += 1
            address = f"https://news.example/{self.number}"
            published = at or now - HOUR
            entries.append(
                Entry(
                    guid=None,
                    url=address,
                    title=f"What was said, part {self.number}",
                    summary=text,
                    image=None,
                    published_at=published,
                    language="en",
                )
            )
        await self._poll(url, *entries)

    async def _poll(self, url: str, *entries: Entry) -> None:
        (found,) = [one for one in await self.stores.sources.for_guild(OPERATOR) if one.url == url]
        now = self.clock.now()
        claim = await self.stores.sources.claim_source(found.id, "w", LEASE, now=now)
        assert claim is not None
        items = [
            new_item(
                self.tagger,
                entry.url or "",
                entry,
                now,
                language="en",
                section=None,
                admitted=self.worker.slugs(),
            )
            for entry in entries
        ]
        await self.stores.sources.finish(claim, poll(*items, now=now), now=now)

    async def storm(self, outlets: tuple[str, ...] = OUTLETS, name: str = STORM) -> None:
        """Each outlet has two items with a name."""
        for outlet in outlets:
            await self.brings(outlet, f"Rain came with {name} on the coast.", f"The end of {name} is near.")

    async def carrying(self, tag: str = "stormamelia") -> list[Item]:
        return list(await self.stores.news.find(Criteria(tag=tag), guild=OPERATOR, until=None, offset=0, limit=200))

    def asks(self) -> NewsService:
        return NewsService(self.stores.news, self.stores.own_topics, Hashtags.load(), self.clock)


@pytest.fixture
def room(stores: Stores, clock: HeldClock, tagger: Tagger) -> Room:
    return Room(stores=stores, clock=clock, tagger=tagger, worker=worker(stores, clock))


def worker(stores: Stores, clock: Clock) -> Trends:
    return Trends(stores.trends, stores.tags, stores.news, clock)


async def test_what_three_outlets_use_tags_stored_and_new_items(room: Room) -> None:
    await room.storm()
    assert await room.carrying() == []
    assert not await room.worker.step()
    assert len(await room.carrying()) == 6
    await room.brings("Four", f"A bridge fell in {STORM} at night.", "Nothing of it here.")
    found = await room.carrying()
    assert len(found) == 7
    (tagging,) = [one for one in found[0].taggings if one.tag == "stormamelia"]
    assert (tagging.kind, tagging.words) == (TagKind.TOPIC, (STORM,))
    resolution = await room.asks().resolve("#StormAmelia", guild=OPERATOR)
    assert (resolution.tag, resolution.how) == ("stormamelia", How.EXACT)
    offered = await room.asks().suggest_topics("stormam", guild=OPERATOR)
    assert offered[0] == ("stormamelia", 7)


@pytest.mark.parametrize("outlets", [("One", "Two"), ("One",)])
async def test_fewer_outlets_make_none(room: Room, outlets: tuple[str, ...]) -> None:
    for _ in range(4):
        await room.storm(outlets)
    await room.worker.look()
    assert await room.carrying() == []
    assert list(room.worker.slugs()) == []


async def test_spellings_of_one_hashtag_are_one(room: Room) -> None:
    await room.brings("One", "There is talk of a “Brexit reset” again.", "It goes on #BrexitReset")
    await room.brings("Two", "There is talk of a Brexit Reset again.")
    await room.brings("Three", 'Some call it "brexit reset", some do not.')
    await room.worker.look()
    assert list(await room.stores.trends.admitted()) == ["brexitreset"]
    assert len(await room.carrying("brexitreset")) == 4


async def test_it_fades_and_items_keep_it(room: Room) -> None:
    await room.storm()
    await room.worker.look()
    for _ in range(9):
        room.clock.move(DAY)
        await room.brings("One", f"One paper still has {STORM} in it.")
        await room.worker.look()
    assert list(room.worker.slugs()) == []
    kept = len(await room.carrying())
    assert kept > 6, "those of the days when it was given"
    await room.brings("One", f"One paper still has {STORM} in it.")
    assert len(await room.carrying()) == kept
    assert [tag for tag, _ in await room.asks().suggest_topics("stormam", guild=OPERATOR)] == []
    assert (await room.asks().resolve("stormamelia", guild=OPERATOR)).how is How.EXACT
    room.clock.move(30 * DAY)
    await room.storm()
    await room.worker.look()
    assert list(room.worker.slugs()) == ["stormamelia"], "it may come again"


async def test_two_outlets_keep_it_alive(room: Room) -> None:
    await room.storm()
    await room.worker.look()
    for _ in range(9):
        room.clock.move(DAY)
        await room.storm(("One", "Two"))
        await room.worker.look()
    assert list(room.worker.slugs()) == ["stormamelia"]


async def test_what_is_always_said_never_rises(room: Room) -> None:
    """Names in the first days of a young memory are new to it; what was there every day since is not."""
    for day in range(12):
        for outlet in OUTLETS:
            await room.brings(outlet, *["A letter to Dear Prudence came."] * 2, *["Nothing else was said."] * 40)
            if day:
                await room.brings(outlet, "Our series Weatherby Notes goes on.")
        if day == 4:
            await room.worker.look()  # the first look: four days are remembered
            assert list(room.worker.slugs()) == []
        elif day > 4:
            await room.worker.look()
            assert list(room.worker.slugs()) == [], day
        room.clock.move(DAY)


async def test_a_papers_own_column_and_the_papers_themselves_never_rise(room: Room) -> None:
    for _ in range(5):
        await room.brings("The Weatherby Post", "Our column Crumb Letters is here.")
    for outlet in OUTLETS:
        await room.brings(outlet, "As told to the Weatherby Post today.", "As seen by the Weatherby Post now.")
    await room.worker.look()
    assert list(room.worker.slugs()) == []


async def test_the_first_poll_of_old_items_adds_nothing(room: Room) -> None:
    for outlet in OUTLETS:
        await room.brings(outlet, *[f"The end of {STORM} is near."] * 3, at=NOON - 20 * DAY, silent=True)
    heard = await room.stores.trends.heard(window=365 * DAY, baseline=14 * DAY, now=NOON)
    assert (heard.of, heard.names) == (0, ())
    await room.worker.look()
    assert list(room.worker.slugs()) == []


async def test_stored_items_make_no_alert_and_new_ones_do(room: Room) -> None:
    desk = room.stores.desk(room.clock)
    await room.storm()
    while await desk.step():
        pass
    resolution = await room.asks().resolve("stormamelia", guild=OPERATOR)
    criteria = replace(room.asks().criteria(Query(topic="stormamelia"), resolution), phrase=(), tag="stormamelia")
    await room.stores.alerts.add(
        guild=OPERATOR,
        channel=1,  # type: ignore[arg-type]
        query=Query(topic="stormamelia"),
        criteria=criteria,
        role=None,
        now=room.clock.now(),
    )
    await room.worker.look()
    assert not await desk.step()
    assert await room.stores.deliveries.next_due() is None
    await room.brings("Four", f"A bridge fell in {STORM} at night.")
    assert await desk.step()
    assert await room.stores.deliveries.next_due() is not None


async def test_a_retagging_keeps_them(room: Room) -> None:
    await room.storm()
    await room.worker.look()

    class Renewed:
        """The same tagger in a later version."""

        lexicon = "later"

        def analyse(self, title: str, text: str, **told: object) -> tuple[Tagged, str]:
            tagged, terms = room.tagger.analyse(title, text, **told)  # type: ignore[arg-type]
            return tagged._replace(lexicon=self.lexicon), terms

    later = CorrectionService(room.stores.news, room.stores.tags, Renewed(), room.clock)  # type: ignore[arg-type]
    assert await later.retag() == 6
    assert len(await room.carrying()) == 6
    assert await room.stores.news.items_of_tag(TagKind.TOPIC, "stormamelia", guild=OPERATOR) == 6


async def test_a_restart_and_a_stop_in_between_lose_nothing(room: Room) -> None:
    await room.storm()
    now = room.clock.now()
    # stopped right after the admission: no item has it yet
    await room.stores.trends.settle(admit={"stormamelia": STORM}, alive=(), fade_before=now - DAY, now=now)
    room.worker = worker(room.stores, room.clock)
    assert list(room.worker.slugs()) == []
    await room.worker.load()
    assert list(room.worker.slugs()) == ["stormamelia"]
    await room.brings("Four", f"A bridge fell in {STORM} at night.")
    assert len(await room.carrying()) == 1
    await room.worker.look()
    assert len(await room.carrying()) == 7


async def test_it_looks_now_and_then(room: Room) -> None:
    await room.worker.step()
    await room.storm()
    await room.worker.step()
    assert await room.carrying() == []
    room.clock.move(EVERY)
    await room.worker.step()
    assert len(await room.carrying()) == 6


# --- what is rising and what is big ------------------------------------------------------------------------------


async def test_rising_and_big(room: Room) -> None:
    service = TrendService(room.stores.trends, room.clock)
    empty = await service.topics(DAY, guild=OPERATOR)
    assert (empty.items, empty.rising, empty.big) == (0, (), ())
    for _ in range(10):
        for outlet in OUTLETS:
            await room.brings(outlet, *["The election was held."] * 3, *["Nothing was said."] * 10)
        await room.brings("One", "An earthquake was felt.")
        room.clock.move(DAY)
    await room.storm()
    for outlet in OUTLETS:
        await room.brings(outlet, *["An earthquake was felt."] * 8, *["The election was held."] * 3)
    await room.worker.look()
    found = await service.topics(12 * HOUR, guild=OPERATOR)
    assert found.comparable
    assert [one.tag for one in found.rising] == ["earthquakes", "stormamelia"]
    quake, storm = found.rising
    assert (quake.items, quake.outlets, quake.emerging) == (24, 3, False)
    assert quake.ratio is not None
    assert quake.ratio > 10
    assert (storm.label, storm.items, storm.outlets, storm.ratio, storm.emerging) == (STORM, 6, 3, None, True)
    assert {"elections", "earthquakes"} <= {one.tag for one in found.big}
    assert [one.items for one in found.big] == sorted((one.items for one in found.big), reverse=True)
    assert len((await service.topics(12 * HOUR, guild=OPERATOR, limit=1)).big) == 1
    # a minute old at most
    await room.brings("One", *["The election was held."] * 5)
    assert await service.topics(12 * HOUR, guild=OPERATOR) == found
    room.clock.move(FRESH + timedelta(seconds=1))
    assert (await service.topics(12 * HOUR, guild=OPERATOR)).items == found.items + 5


async def test_in_a_young_memory_only_new_names_rise(room: Room) -> None:
    await room.storm()
    for outlet in OUTLETS:
        await room.brings(outlet, *["An earthquake was felt."] * 5)
    await room.worker.look()
    found = await TrendService(room.stores.trends, room.clock).topics(DAY, guild=OPERATOR)
    assert not found.comparable
    assert [one.tag for one in found.rising] == ["stormamelia"]
    assert found.big[0].tag == "earthquakes"
