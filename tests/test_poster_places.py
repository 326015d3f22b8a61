"""Posts of forums and messages of webhooks over real HTTP: Discord takes no nonce for them, and they are sent once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.client import Client
from bot.model import ChannelId, Criteria, GuildId, Place, Query
from bot.poster import DiscordPoster
from bot.workers.delivery import Deliverer
from tests.discord_client import connected
from tests.discord_double import Channel, Discord, Fault, rate_limited, refused, unavailable
from tests.support import HeldClock, Look, Stores
from tests.test_poster import news, state

LOST = {
    "answer lost": Fault(effect=True, hang_up=True),
    "answer lost by reset": Fault(effect=True, reset=True),
    "500, stored": Fault(status=500, effect=True),
    "502, stored": Fault(status=502, effect=True),
    "503, stored": unavailable(effect=True),
    "504, stored": Fault(status=504, effect=True),
}
BEFORE = {
    "hung up before": Fault(hang_up=True),
    "500": Fault(status=500),
    "502": Fault(status=502),
    "503": unavailable(),
    "429": rate_limited(0.05),
}

AT_ONCE = ("502, stored", "500")
SOME = [pytest.param(one, marks=() if one in AT_ONCE else pytest.mark.slow) for one in (*LOST, *BEFORE)]
"""Each takes discord.py's own pause of a second: two of them stand for the others in the default suite."""


@pytest.fixture
async def discord(clock: HeldClock) -> AsyncIterator[Discord]:
    async with Discord(now=clock.now) as double:
        yield double


@pytest.fixture
async def client(discord: Discord, forum: Channel, wire: Channel) -> AsyncIterator[Client]:
    async with connected(discord) as client:
        yield client


@pytest.fixture
def forum(discord: Discord) -> Channel:
    return discord.forum()


@pytest.fixture
def wire(discord: Discord) -> Channel:
    return discord.channel("wire")


@pytest.fixture
def deliverer(client: Client, stores: Stores, clock: HeldClock) -> Deliverer:
    return Deliverer(stores.deliveries, DiscordPoster(client, clock.now), clock, "run")


async def rule(stores: Stores, clock: HeldClock, discord: Discord, channel: Channel, place: Place) -> None:
    await stores.alerts.add(
        guild=GuildId(discord.guild),
        channel=ChannelId(channel.id),
        query=Query(),
        criteria=Criteria(),
        role=None,
        place=place,
        now=clock.now(),
    )


async def until_sent(deliverer: Deliverer, look: Look, clock: HeldClock) -> None:
    """Let time pass as it does, until the one delivery is at an end."""
    for _ in range(12):
        await deliverer.step()
        if state(look)[0][0] not in ("pending", "sending"):
            return
        clock.move(timedelta(seconds=20))
    raise AssertionError(state(look))


@pytest.mark.parametrize("fault", SOME)
@pytest.mark.parametrize("place", [Place.FORUM, Place.WEBHOOK])
async def test_it_is_sent_once_whatever_becomes_of_the_answer(
    place: Place,
    fault: str,
    forum: Channel,
    wire: Channel,
    discord: Discord,
    deliverer: Deliverer,
    stores: Stores,
    clock: HeldClock,
    look: Look,
) -> None:
    await rule(stores, clock, discord, forum if place is Place.FORUM else wire, place)
    await news(stores, clock, "A headline")
    discord.fault("thread" if place is Place.FORUM else "followup", (LOST | BEFORE)[fault])
    await until_sent(deliverer, look, clock)
    if place is Place.FORUM:
        (thread,) = discord.threads(forum)
        assert thread.name == "A headline"
        sent = thread.id
    else:
        (message,) = discord.posted(wire)
        assert message.name == "The Example"
        sent = message.id
    assert look("SELECT state, message_id FROM delivery") == [("sent", sent)]


async def test_a_post_that_was_archived_since_is_found(
    forum: Channel, discord: Discord, deliverer: Deliverer, stores: Stores, clock: HeldClock, look: Look
) -> None:
    await rule(stores, clock, discord, forum, Place.FORUM)
    await news(stores, clock, "A headline")
    discord.fault("thread", Fault(effect=True, hang_up=True))
    await deliverer.step()
    (thread,) = discord.threads(forum)
    thread.archived = True
    clock.move(timedelta(hours=2))
    await deliverer.step()
    assert len(discord.threads(forum)) == 1
    assert state(look) == [("sent", None, False)]


async def test_where_a_forums_posts_cannot_be_read_it_is_not_posted_again(
    forum: Channel, discord: Discord, deliverer: Deliverer, stores: Stores, clock: HeldClock, look: Look
) -> None:
    await rule(stores, clock, discord, forum, Place.FORUM)
    await news(stores, clock, "A headline")
    discord.fault("thread", Fault(effect=True, hang_up=True))
    await deliverer.step()
    clock.move(timedelta(minutes=1))
    discord.fault("active", refused(403, 50013))
    await deliverer.step()
    assert len(discord.threads(forum)) == 1
    ((name, detail, _),) = state(look)
    assert name == "dead"
    assert detail is not None
    assert "cannot tell" in detail


async def test_a_forum_that_wants_a_tag_waits_for_one(
    discord: Discord, deliverer: Deliverer, stores: Stores, clock: HeldClock, look: Look, forum: Channel
) -> None:
    forum.tag_required = True
    await rule(stores, clock, discord, forum, Place.FORUM)
    await news(stores, clock, "A headline")
    await deliverer.step()
    assert look("SELECT standing FROM alert_rule") == [("blocked",)]
    assert "add one called News" in look("SELECT reason FROM alert_rule")[0][0]


async def test_a_webhook_is_made_once_and_a_lost_permission_waits(
    discord: Discord, deliverer: Deliverer, stores: Stores, clock: HeldClock, look: Look, wire: Channel
) -> None:
    await rule(stores, clock, discord, wire, Place.WEBHOOK)
    await news(stores, clock, "One", "Two")
    while await deliverer.step():
        pass
    assert len(discord.posted(wire)) == 2
    assert (discord.count("hooks"), discord.count("hook")) == (1, 1)
    discord.hooks.clear()
    wire.hooks = False
    await news(stores, clock, "Three")
    for _ in range(4):
        await deliverer.step()
        clock.move(timedelta(seconds=5))
    assert look("SELECT standing FROM alert_rule") == [("blocked",)]
    wire.hooks = True
    clock.move(timedelta(minutes=20))
    await deliverer.step()
    assert len(discord.posted(wire)) == 3


@pytest.mark.parametrize("place", [Place.CHANNEL, Place.FORUM, Place.WEBHOOK])
async def test_without_a_gateway_what_may_have_been_sent_is_found_all_the_same(
    place: Place, discord: Discord, forum: Channel, wire: Channel, stores: Stores, clock: HeldClock, look: Look
) -> None:
    channel, route = {
        Place.CHANNEL: (wire, "post"),
        Place.FORUM: (forum, "thread"),
        Place.WEBHOOK: (wire, "followup"),
    }[place]
    async with connected(discord, gateway=False) as client:
        deliverer = Deliverer(stores.deliveries, DiscordPoster(client, clock.now), clock, "run")
        await rule(stores, clock, discord, channel, place)
        await news(stores, clock, "one")
        discord.fault(route, LOST["answer lost"])
        assert await deliverer.step()
        clock.move(discord.nonce_window + timedelta(minutes=10))
        while await deliverer.step():
            pass
    places = discord.threads(channel) if place is Place.FORUM else [channel]
    assert [len(discord.posted(each)) for each in places] == [1]
    assert [name for name, _, _ in state(look)] == ["sent"]
    assert discord.count("member") == 1


async def test_without_a_gateway_a_history_that_may_not_be_read_is_noticed(
    discord: Discord, wire: Channel, stores: Stores, clock: HeldClock, look: Look
) -> None:
    wire.read_history = False
    async with connected(discord, gateway=False) as client:
        deliverer = Deliverer(stores.deliveries, DiscordPoster(client, clock.now), clock, "run")
        await rule(stores, clock, discord, wire, Place.CHANNEL)
        await news(stores, clock, "one")
        discord.fault("post", LOST["answer lost"])
        assert await deliverer.step()
        clock.move(discord.nonce_window + timedelta(minutes=10))
        while await deliverer.step():
            pass
    ((name, detail, _),) = state(look)
    assert (name, len(discord.posted(wire))) == ("dead", 1)
    assert "Read Message History" in (detail or "")
