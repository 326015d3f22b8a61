"""What people say of tags, and what a new lexicon says of the memory: on the real store, through the service."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import StorageUnavailable, UserError
from bot.model import OPERATOR, Criteria, Entry, GuildId, Item, Retagged, Role, Tagging, TagKind, UserId
from bot.news.tagger import Tagger
from bot.services.corrections import CorrectionService
from bot.workers.ingest import new_item as tagged_item
from tests.support import NOON, HeldClock, Stores, brought, new_item, titles, watched

HERE = GuildId(111)
MODERATOR = UserId(7)


class Renewed(Tagger):
    """A tagger of a later version, that says the same but for what a test adds to its words."""

    def __init__(self, inner: Tagger) -> None:
        self.__dict__.update(inner.__dict__)
        self.lexicon = "later"


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


@pytest.fixture
def service(stores: Stores, tagger: Tagger, clock: HeldClock) -> CorrectionService:
    return CorrectionService(stores.news, stores.tags, tagger, clock)


async def bring(
    stores: Stores,
    clock: HeldClock,
    tagger: Tagger,
    *stories: tuple[str, str, tuple[str, ...]],
    only_country: str | None = None,
) -> None:
    await watched(stores, clock)
    entries = [
        Entry(
            guid=None,
            url=f"https://news.example/{n}",
            title=title,
            summary=summary,
            image=None,
            published_at=NOON,
            categories=categories,
            language="en",
        )
        for n, (title, summary, categories) in enumerate(stories)
    ]
    await brought(
        stores,
        clock,
        *(
            tagged_item(tagger, f"k{n}", entry, clock.now(), language="en", section="World", only_country=only_country)
            for n, entry in enumerate(entries)
        ),
    )


async def every(stores: Stores, guild: GuildId = OPERATOR) -> tuple[Item, ...]:
    return await stores.news.find(Criteria(), guild=guild, until=None, offset=0, limit=50)


PACT = ("Japan and the Philippines sign a security cooperation pact", "Tokyo agreed to joint patrols.", ("Defence",))
TURKEY = ("How to roast a turkey", "Turkey for ten, and the trimmings.", ())


async def test_nothing_is_stale_until_the_lexicon_changes(
    stores: Stores, clock: HeldClock, tagger: Tagger, service: CorrectionService
) -> None:
    await bring(stores, clock, tagger, PACT, TURKEY)
    assert await service.stale() == 0
    assert await service.retag() == 0
    later = CorrectionService(stores.news, stores.tags, Renewed(tagger), clock)
    assert await later.stale() == 2
    before = [item.taggings for item in await every(stores)]
    told: list[int] = []
    assert await later.retag(told.append) == 2
    assert sum(told) == 2
    assert await later.stale() == 0
    # the same words, the publisher's categories and the section among them, give the same tags
    assert [item.taggings for item in await every(stores)] == before


async def test_what_is_assumed_is_assumed_again_and_a_person_may_say_more(
    stores: Stores, clock: HeldClock, tagger: Tagger, service: CorrectionService
) -> None:
    await bring(stores, clock, tagger, PACT, ("Trains stand still", "Nobody knows why.", ()), only_country="GB")
    before = {item.title: item for item in await every(stores)}
    quiet = before["Trains stand still"]
    assert [(one.tag, one.role) for one in quiet.taggings if one.kind is TagKind.COUNTRY] == [("GB", Role.ASSUMED)]
    assert "GB" not in {one.tag for one in before[PACT[0]].taggings}
    later = CorrectionService(stores.news, stores.tags, Renewed(tagger), clock)
    assert await later.retag() == 2
    assert {item.title: item for item in await every(stores)} == before

    for scope in (HERE, OPERATOR):
        assert "Trains stand still" not in await titles(stores, Criteria(country="GB"), guild=scope)
        await later.fix(quiet.id, "United Kingdom", True, scope=scope, guild=scope, author=MODERATOR)
        assert await titles(stores, Criteria(country="GB"), guild=scope) == ["Trains stand still"]
        with pytest.raises(UserError, match="carries United Kingdom already"):
            await later.fix(quiet.id, "GB", True, scope=scope, guild=scope, author=MODERATOR)


async def test_what_is_only_mentioned_may_be_made_what_it_is_about(
    stores: Stores, clock: HeldClock, service: CorrectionService
) -> None:
    await watched(stores, clock)
    await brought(stores, clock, new_item("Trains stand still", mentions=["GB"], topics=["rail"]))
    (item,) = await every(stores)
    for scope in (HERE, OPERATOR):
        assert await titles(stores, Criteria(country="GB"), guild=scope) == []
        await service.fix(item.id, "United Kingdom", True, scope=scope, guild=scope, author=MODERATOR)
        assert await titles(stores, Criteria(country="GB"), guild=scope) == ["Trains stand still"]
        seen = await stores.news.item(item.id, guild=scope)
        assert seen is not None
        assert [one.role for one in seen.taggings if one.tag == "GB"] == [Role.SUBJECT]
        with pytest.raises(UserError, match="carries United Kingdom already"):
            await service.fix(item.id, "GB", True, scope=scope, guild=scope, author=MODERATOR)


async def test_a_retagging_knows_the_year(
    stores: Stores, clock: HeldClock, tagger: Tagger, service: CorrectionService
) -> None:
    await bring(stores, clock, tagger, ("Merkel remembers Stoltenberg", "", ()), ("Blair answers the press", "", ()))
    before = [item.taggings for item in await every(stores)]
    assert [[one.tag for one in of if one.kind is TagKind.COUNTRY] for of in before] == [[], ["DE", "x-nato"]]
    assert await CorrectionService(stores.news, stores.tags, Renewed(tagger), clock).retag() == 2
    assert [item.taggings for item in await every(stores)] == before


async def test_a_retagging_that_is_stopped_goes_on_where_it_was(
    stores: Stores, clock: HeldClock, tagger: Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bring(stores, clock, tagger, *((f"Trade talks, round {n}", "", ()) for n in range(7)))
    monkeypatch.setattr("bot.services.corrections.BATCH", 3)

    class Failing:
        """The store, whose second write fails."""

        def __init__(self) -> None:
            self.writes = 0
            self.stale = stores.tags.stale
            self.count_stale = stores.tags.count_stale
            self.correct = stores.tags.correct
            self.corrections = stores.tags.corrections
            self.emerged = stores.tags.emerged

        async def retag(self, batch: list[Retagged]) -> None:
            self.writes += 1
            if self.writes == 2:
                raise StorageUnavailable("the disk is full")
            await stores.tags.retag(batch)

    stopped = CorrectionService(stores.news, Failing(), Renewed(tagger), clock)  # type: ignore[arg-type]
    with pytest.raises(StorageUnavailable):
        await stopped.retag()
    again = CorrectionService(stores.news, stores.tags, Renewed(tagger), clock)
    assert await again.stale() == 4
    assert await again.retag() == 4


async def test_the_publishers_categories_of_an_old_item_are_read_from_its_tags(
    stores: Stores, clock: HeldClock, tagger: Tagger, service: CorrectionService
) -> None:
    """Items from before the categories were kept hold them as the words of a tag, which are not in the text."""
    await bring(stores, clock, tagger, PACT)
    (stale,) = await stores.tags.stale("later", before=None, limit=1)
    old = replace(stale, lexicon="", categories=())
    retagged = service.retagged(old)
    assert [one.tag for one in retagged.tagged.topics] == [
        one.tag for one in stale.item.taggings if one.kind == "topic"
    ]


async def test_a_correction_outlives_a_retagging(
    stores: Stores, clock: HeldClock, tagger: Tagger, service: CorrectionService
) -> None:
    await bring(stores, clock, tagger, TURKEY)
    (item,) = await every(stores)
    assert [one.tag for one in item.taggings if one.kind is TagKind.COUNTRY] == ["TR"]
    await service.fix(item.id, "Türkiye", False, scope=OPERATOR, guild=OPERATOR, author=MODERATOR)
    seen, _ = await service.fix(item.id, "poultry", True, scope=OPERATOR, guild=OPERATOR, author=MODERATOR)
    assert seen.taggings[0] == Tagging(tag="poultry", kind=TagKind.TOPIC, role=Role.SUBJECT, score=1.0, words=())
    later = CorrectionService(stores.news, stores.tags, Renewed(tagger), clock)
    assert await later.retag() == 1
    (item,) = await every(stores)
    assert "TR" not in {one.tag for one in item.taggings}
    assert "poultry" in {one.tag for one in item.taggings}
    assert await titles(stores, Criteria(country="TR")) == []


async def test_what_is_meant_by_a_tag(
    stores: Stores, clock: HeldClock, tagger: Tagger, service: CorrectionService
) -> None:
    await bring(stores, clock, tagger, PACT)
    (item,) = await every(stores)
    assert service.meant("security co-operation", item) == (TagKind.TOPIC, "securitycooperation")
    assert service.meant("Japan", item) == (TagKind.COUNTRY, "JP")
    assert service.meant("JP", item) == (TagKind.COUNTRY, "JP")
    assert service.meant("Turkey", item) == (TagKind.COUNTRY, "TR")
    assert service.meant("#Turkey", item) == (TagKind.TOPIC, "turkey")
    assert service.meant("#brexitreset", item) == (TagKind.TOPIC, "brexitreset")


async def test_what_cannot_be_corrected_is_said(
    stores: Stores, clock: HeldClock, tagger: Tagger, service: CorrectionService
) -> None:
    await bring(stores, clock, tagger, PACT)
    (item,) = await every(stores)
    for typed, carried, said in (
        ("Japan", True, "carries Japan already"),
        ("cricket", False, "does not carry #cricket anyhow"),
        ("!!!", True, "one hashtag or one country"),
        ("x" * 5_000, True, "one hashtag or one country"),
    ):
        with pytest.raises(UserError, match=said):
            await service.fix(item.id, typed, carried, scope=HERE, guild=HERE, author=MODERATOR)
    with pytest.raises(UserError, match="not in the memory"):
        await service.fix(type(item.id)(item.id + 1), "Japan", True, scope=HERE, guild=HERE, author=MODERATOR)
