"""What is kept of a server or a person, and that all of it can be forgotten, and nothing of others."""

from __future__ import annotations

from datetime import timedelta

from bot.model import (
    OPERATOR,
    ChannelFlow,
    ChannelId,
    Correction,
    Criteria,
    GuildId,
    ItemId,
    Language,
    OwnTopic,
    Phrase,
    Query,
    TagKind,
    UserId,
)
from storage.driver import Driver
from storage.privacy import Privacy
from storage.visits import Visits
from tests.storage.test_outbox import HERE, claim, filed, rule
from tests.support import HeldClock, Look, Stores, source

ELSEWHERE, ADA = GuildId(112), UserId(900)


async def lived_in(stores: Stores, driver: Driver, clock: HeldClock) -> None:
    """Two servers and a person, with everything that can be kept of them."""
    own = await rule(stores)
    follow = await stores.alerts.add(
        guild=HERE,
        channel=ChannelId(77),
        query=Query(),
        criteria=Criteria(),
        role=None,
        owner=ADA,
        now=clock.now(),
    )
    other = await stores.alerts.add(
        guild=ELSEWHERE, channel=ChannelId(6), query=Query(), criteria=Criteria(), role=None, now=clock.now()
    )
    await filed(stores, clock, [own, follow, other], "Pact")
    await claim(stores, clock)
    for guild, channel in ((HERE, 5), (HERE, 77), (ELSEWHERE, 6)):
        await stores.digests.set_flow(guild, ChannelId(channel), ChannelFlow(per_hour=3))
    for guild in (HERE, ELSEWHERE):
        await stores.notices.tell_in(guild, ChannelId(9))
        await stores.languages.set_language(guild, Language(locale="de"))
        await stores.sources.add(guild, source(f"own-{guild}"), now=clock.now())
        await stores.own_topics.draft(
            guild,
            OwnTopic(slug="ships", label="Ships", phrases=(Phrase(typed="ship", terms=("ship",)),), excluded=()),
            now=clock.now(),
        )
    await stores.languages.set_language(ADA, Language(locale="fr"))
    await Visits(driver).visit(ADA, "a hash", now=clock.now())
    ((item, _story),) = await stores.news.open_stories(clock.now() - timedelta(days=30))
    for scope in (HERE, ELSEWHERE, OPERATOR):
        fix = Correction(scope=scope, item=ItemId(item.id), kind=TagKind.TOPIC, tag="ships", carried=True)
        await stores.tags.correct(fix, item, author=ADA, now=clock.now())


async def test_a_server_is_forgotten_and_no_other(stores: Stores, driver: Driver, clock: HeldClock, look: Look) -> None:
    await lived_in(stores, driver, clock)
    privacy = Privacy(driver)
    before, others = await privacy.of_server(HERE), await privacy.of_server(ELSEWHERE)
    assert before == {
        "alerts": 1,
        "messages": 1,
        "channels": 1,
        "notices": 1,
        "sources": 1,
        "topics": 1,
        "corrections": 1,
        "language": 1,
    }
    assert await privacy.forget_server(HERE) == before
    assert set((await privacy.of_server(HERE)).values()) == {0}
    assert await privacy.of_server(ELSEWHERE) == others
    assert (await privacy.of_person(ADA))["follows"] == 1, "who follows something there goes on"
    assert look("SELECT count(*) FROM feed WHERE active = 1") == [(2,)], "nobody watches its feed any more"
    assert look(f"SELECT count(*) FROM turn WHERE holder = {HERE}") == [(0,)]


async def test_a_person_is_forgotten_and_what_they_corrected_stays(
    stores: Stores, driver: Driver, clock: HeldClock, look: Look
) -> None:
    await lived_in(stores, driver, clock)
    privacy = Privacy(driver)
    before = await privacy.forget_person(ADA)
    assert before == {"follows": 1, "messages": 1, "visits": 1, "language": 1, "corrections made": 3}
    assert set((await privacy.of_person(ADA)).values()) == {0}
    assert look("SELECT count(*) FROM correction") == [(3,)]
    assert look("SELECT channel FROM channel_flow ORDER BY channel") == [(5,), (6,)]
    assert (await privacy.of_server(HERE))["alerts"] == 1


async def test_servers_that_the_bot_left_are_noted_until_it_comes_back(
    stores: Stores, driver: Driver, clock: HeldClock
) -> None:
    await lived_in(stores, driver, clock)
    privacy = Privacy(driver)
    began = clock.now()
    await privacy.is_in([HERE], now=began)
    clock.move(timedelta(days=1))
    await privacy.is_in([HERE], now=clock.now())
    await privacy.went(HERE, now=clock.now())
    await privacy.went(HERE, now=clock.now() + timedelta(days=9))
    assert await privacy.left(before=began) == ()
    assert await privacy.left(before=began + timedelta(seconds=1)) == (ELSEWHERE,), "the first time counts"
    assert await privacy.left(before=clock.now() + timedelta(seconds=1)) == (HERE, ELSEWHERE)
    await privacy.came(HERE)
    assert await privacy.left(before=clock.now() + timedelta(seconds=1)) == (ELSEWHERE,)
    await privacy.is_in([HERE, ELSEWHERE, GuildId(113)], now=clock.now())
    assert await privacy.left(before=clock.now() + timedelta(seconds=1)) == ()
    await privacy.is_in([], now=clock.now())
    await privacy.forget_server(HERE)
    assert await privacy.left(before=clock.now() + timedelta(seconds=1)) == (ELSEWHERE,)
