"""In which language servers and persons are told things."""

from __future__ import annotations

from bot.model import ChannelId, Criteria, GuildId, Language, Query, UserId
from tests.storage.test_outbox import claim, filed, rule
from tests.support import HeldClock, Stores

HERE, ADA = GuildId(111), UserId(900)


async def test_what_was_said_is_kept_changed_and_forgotten(stores: Stores) -> None:
    assert await stores.languages.language(HERE) is None
    for wanted in (Language(locale="de"), Language(locale="ar", everyone=True), Language(locale="pt-BR")):
        await stores.languages.set_language(HERE, wanted)
        assert await stores.languages.language(HERE) == wanted
    assert await stores.languages.language(GuildId(112)) is None
    await stores.languages.set_language(HERE, Language())
    assert await stores.languages.language(HERE) is None


async def test_a_delivery_carries_that_of_its_server_or_of_whose_follow_it_is(stores: Stores, clock: HeldClock) -> None:
    await stores.languages.set_language(HERE, Language(locale="de"))
    await stores.languages.set_language(ADA, Language(locale="ja"))
    follow = await stores.alerts.add(
        guild=HERE,
        channel=ChannelId(77),
        query=Query(topic="trade"),
        criteria=Criteria(tag="trade"),
        role=None,
        owner=ADA,
        now=clock.now(),
    )
    await filed(stores, clock, [await rule(stores), follow], "Pact")
    assert {one.channel: one.locale for one in await claim(stores, clock)} == {ChannelId(5): "de", ChannelId(77): "ja"}
