"""The last step: the real outbox, the real poster and a logged-in client against a double that speaks HTTP.

Each fault of Discord or of the network, and what the channel holds afterwards: every alert once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import discord as library
import pytest

from bot.client import Client
from bot.model import (
    ChannelId,
    Criteria,
    DeliveryId,
    GuildId,
    Later,
    Message,
    Query,
    RefusalKind,
    Refused,
    RoleId,
    Standing,
)
from bot.poster import BAN, LOOK_BACK, DiscordPoster
from bot.roles import Share
from bot.workers import delivery as worker
from bot.workers.delivery import LOOKED_APART, NONCE_WINDOW, Deliverer
from bot.workers.pace import Pace
from storage.deliveries import RETRY_BLOCKED
from tests.discord_client import connected
from tests.discord_double import Channel, Discord, Fault, banned, rate_limited, refused, unavailable
from tests.support import HeldClock, Look, Stores, brought, new_item, taken, watched

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def discord(clock: HeldClock) -> AsyncIterator[Discord]:
    async with Discord(now=clock.now) as double:
        yield double


@pytest.fixture
async def client(discord: Discord, channel: Channel) -> AsyncIterator[Client]:
    async with connected(discord) as client:
        yield client


@pytest.fixture
def deliverer(client: Client, stores: Stores, clock: HeldClock) -> Deliverer:
    return Deliverer(stores.deliveries, DiscordPoster(client, clock.now), clock, "run")


async def rule(stores: Stores, clock: HeldClock, discord: Discord, channel: Channel, role: int | None = None) -> None:
    """Let everything new be told in a channel."""
    await stores.alerts.add(
        guild=GuildId(discord.guild),
        channel=ChannelId(channel.id),
        query=Query(),
        criteria=Criteria(),
        role=None if role is None else RoleId(role),
        now=clock.now(),
    )


async def news(stores: Stores, clock: HeldClock, *titles: str) -> None:
    """Have items come and be filed."""
    if not await stores.sources.for_guild(GuildId(0)):
        await watched(stores, clock)
    await brought(stores, clock, *(new_item(title) for title in titles))
    assert await stores.desk(clock).step()


def state(look: Look) -> list[tuple[str, str | None, bool]]:
    """Each delivery's state, detail, and whether its fate is in doubt."""
    found = look("SELECT state, detail, doubt_since FROM delivery ORDER BY id")
    return [(name, detail, doubt is not None) for name, detail, doubt in found]


def shown(discord: Discord, channel: Channel) -> list[str]:
    """The headlines in a channel, in order."""
    return [each.text.split("[")[1].split("]")[0] for each in discord.posted(channel)]


async def test_an_alert_is_posted(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock, look: Look
) -> None:
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "A headline")
    assert await deliverer.step()
    assert not await deliverer.step()
    (message,) = discord.posted(channel)
    assert shown(discord, channel) == ["A headline"]
    assert message.number == 1
    assert state(look) == [("sent", None, False)]
    payload = message.payload
    assert payload["enforce_nonce"] is True
    assert 1 <= len(payload["nonce"]) <= 25
    assert payload["allowed_mentions"]["parse"] == []
    assert not any(value for value in payload["allowed_mentions"].values())


async def test_only_the_rules_role_is_mentioned(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock
) -> None:
    wanted, other = discord.role("wanted"), discord.role("other")
    await rule(stores, clock, discord, channel, role=wanted)
    await news(stores, clock, f"@everyone @here <@&{other}> <@{discord.reader}> <@&{wanted}>")
    assert await deliverer.step()
    (message,) = discord.posted(channel)
    assert message.mentions == [wanted]
    allowed = message.payload["allowed_mentions"]
    assert allowed["parse"] == []
    assert [int(role) for role in allowed["roles"]] == [wanted]
    assert not allowed.get("users")
    assert not allowed.get("replied_user")


async def test_nonces_of_two_deliveries_differ_and_stay_short(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock, look: Look
) -> None:
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one", "two")
    look("UPDATE delivery SET id = 9999999999 WHERE id = 2")
    assert await deliverer.step()
    nonces = [each.nonce for each in discord.posted(channel)]
    (second,) = await taken(stores, 1, now=clock.now())
    assert len(second.nonce) <= 25
    assert second.nonce not in nonces


async def test_one_look_at_what_waits_serves_many_channels(
    discord: Discord, client: Client, stores: Stores, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliverer = Deliverer(stores.deliveries, DiscordPoster(client, clock.now), clock, "run")
    looks = 0
    waiting = stores.deliveries.waiting

    async def counted(limit: int, *, now: datetime, share: Share) -> tuple[DeliveryId, ...]:
        nonlocal looks
        looks += 1
        return await waiting(limit, now=now, share=share)

    monkeypatch.setattr(stores.deliveries, "waiting", counted)
    channels = [discord.channel(f"c{number}") for number in range(5)]
    for one in channels:
        await rule(stores, clock, discord, one)
    await news(stores, clock, "One", "Two")
    for _ in channels:
        assert await deliverer.step()
    assert ([len(discord.posted(one)) for one in channels], looks) == ([1, 1, 1, 1, 1], 1)
    assert await deliverer.step()
    clock.move(LOOKED_APART * 2)
    await news(stores, clock, "Three")
    assert await deliverer.step()
    assert looks == 3, "what came meanwhile is looked for before all that was seen is sent"
    while await deliverer.step():
        pass
    assert [shown(discord, one) for one in channels] == [["One", "Two", "Three"]] * 5


async def test_what_was_seen_for_another_share_is_left_to_its_process(
    discord: Discord, client: Client, stores: Stores, clock: HeldClock
) -> None:
    share = Share()
    poster = DiscordPoster(client, clock.now)
    deliverer = Deliverer(stores.deliveries, poster, clock, "run", share=lambda: share)
    channels = [discord.channel(f"c{number}") for number in range(9)]
    for one in channels:
        await rule(stores, clock, discord, one)
    await news(stores, clock, "A headline")
    assert await deliverer.step()
    (first,) = [one for one in channels if discord.posted(one)]
    share = Share(part=1, parts=2)
    while await deliverer.step():
        pass
    ours = [one for one in channels if one is first or (one.id >> 22) % 2 == 1]
    assert [one for one in channels if discord.posted(one)] == ours
    assert len(ours) < len(channels)


async def test_no_turn_is_taken_for_what_is_under_way(
    discord: Discord, client: Client, stores: Stores, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace, turns, both, goes = Pace(clock), 0, asyncio.Event(), asyncio.Event()

    async def held(parts: int) -> None:
        nonlocal turns
        turns += 1
        if turns == 2:
            both.set()
        await goes.wait()

    monkeypatch.setattr(pace, "turn", held)
    deliverer = Deliverer(stores.deliveries, DiscordPoster(client, clock.now), clock, "run", pace=pace)
    channels = [discord.channel(f"c{number}") for number in range(2)]
    for one in channels:
        await rule(stores, clock, discord, one)
    await news(stores, clock, "A headline")
    steps = [asyncio.create_task(deliverer.step()) for _ in channels]
    await both.wait()
    clock.move(LOOKED_APART * 2)
    assert not await deliverer.step(), "both are about to be sent"
    goes.set()
    assert await asyncio.gather(*steps) == [True, True]
    assert ([len(discord.posted(one)) for one in channels], turns) == ([1, 1], 2)


FAULTS = {
    "503": unavailable(),
    "503, stored": unavailable(effect=True),
    "answer lost": Fault(effect=True, hang_up=True),
    "answer lost by reset": Fault(effect=True, reset=True),
    "hung up before": Fault(hang_up=True),
    "reset before": Fault(reset=True),
    "a proxy's page": Fault(status=503, body="<html>down</html>"),
    "130000": refused(503, 130000, "API resource is currently overloaded"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_what_fails_is_sent_again_with_the_same_nonce_and_posted_once(
    fault: Fault,
    discord: Discord,
    channel: Channel,
    deliverer: Deliverer,
    stores: Stores,
    clock: HeldClock,
    look: Look,
) -> None:
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one", "two")
    discord.fault("post", fault)
    assert await deliverer.step()
    ((first, _, doubt), _) = state(look)
    assert first == "pending"
    assert doubt or fault.code == 130000
    assert not await deliverer.step()
    clock.move(2 * MINUTE)
    while await deliverer.step():
        pass
    assert shown(discord, channel) == ["one", "two"]
    nonces = [asked.body["nonce"] for asked in discord.requests if asked.route == "post"]
    assert nonces[0] == nonces[1] or discord.count("history")
    assert state(look) == [("sent", None, False)] * 2


async def test_a_retry_within_the_nonce_window_does_not_ask_for_the_history(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock
) -> None:
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one")
    discord.fault("post", *[Fault(effect=True, hang_up=True)] * 3)
    for _ in range(4):
        assert await deliverer.step()
        clock.move(5 * SECOND)
    assert shown(discord, channel) == ["one"]
    assert len({asked.body["nonce"] for asked in discord.requests if asked.route == "post"}) == 1
    assert discord.count("post") == 4
    assert discord.count("history") == 0


@pytest.mark.slow
async def test_discord_py_tries_a_502_again_by_itself_with_the_same_nonce(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock
) -> None:
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one")
    discord.fault("post", Fault(status=502, effect=True, body="bad gateway"))
    assert await deliverer.step()
    assert shown(discord, channel) == ["one"]
    assert [asked.body["nonce"] for asked in discord.requests if asked.route == "post"] == [
        discord.posted(channel)[0].nonce
    ] * 2


async def test_an_answer_that_is_no_json_though_it_says_so_loses_nothing(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock
) -> None:
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one", "two")
    discord.fault("post", Fault(status=502, body="oops", headers={"Content-Type": "application/json"}))
    assert await deliverer.step()
    clock.move(2 * SECOND)
    while await deliverer.step():
        pass
    assert shown(discord, channel) == ["one", "two"]


async def test_an_answer_that_never_comes_is_given_up_and_the_message_stays_one(
    discord: Discord,
    channel: Channel,
    deliverer: Deliverer,
    stores: Stores,
    clock: HeldClock,
    look: Look,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "POST_TIMEOUT", timedelta(seconds=0.1))
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one")
    # Stored after the bot has given up.
    discord.fault("post", Fault(delay=0.3))
    assert await deliverer.step()
    assert state(look) == [("pending", "Discord did not answer in time", True)]
    await discord.until(lambda: discord.posted(channel))
    clock.move(2 * SECOND)
    assert await deliverer.step()
    assert shown(discord, channel) == ["one"]


async def test_a_short_rate_limit_is_waited_for(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock, look: Look
) -> None:
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one")
    discord.fault("post", rate_limited(0.05), rate_limited(0.05, scope="global"), rate_limited(0.05, scope="shared"))
    assert await deliverer.step()
    assert shown(discord, channel) == ["one"]
    assert state(look) == [("sent", None, False)]


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (rate_limited(300), timedelta(seconds=300)),
        (banned(), BAN),
        (banned(42), timedelta(seconds=42)),
        (refused(403, 40333, "blocked"), BAN),
        (refused(400, 20016, "slowmode"), timedelta(seconds=30)),
    ],
    ids=["429 of 5 minutes", "429 without Via", "429 without Via, Retry-After", "40333", "slowmode"],
)
async def test_told_to_wait_it_waits_and_nothing_is_in_doubt(
    fault: Fault,
    wait: timedelta,
    discord: Discord,
    channel: Channel,
    deliverer: Deliverer,
    stores: Stores,
    clock: HeldClock,
    look: Look,
) -> None:
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one", "two")
    discord.fault("post", fault)
    assert await deliverer.step()
    assert [(name, doubt) for name, _, doubt in state(look)] == [("pending", False)] * 2
    clock.move(wait - SECOND)
    assert not await deliverer.step()
    clock.move(SECOND)
    while await deliverer.step():
        pass
    assert shown(discord, channel) == ["one", "two"]
    assert discord.count("history") == 0


async def test_discord_out_of_reach_leaves_no_doubt(
    discord: Discord, channel: Channel, client: Client, stores: Stores, clock: HeldClock, look: Look
) -> None:
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one")
    right, library.http.Route.BASE = library.http.Route.BASE, "http://127.0.0.1:9/api/v10"
    deliverer = Deliverer(stores.deliveries, DiscordPoster(client, clock.now), clock, "run")
    assert await deliverer.step()
    assert state(look) == [("pending", "Discord cannot be reached", False)]
    library.http.Route.BASE = right
    clock.move(timedelta(hours=6))
    assert await deliverer.step()
    assert shown(discord, channel) == ["one"]
    assert discord.count("history") == 0


@pytest.mark.parametrize(("status", "code"), [(403, 50013), (403, 50001), (404, 10003), (404, 10004)])
async def test_a_channel_that_refuses_is_blocked_loses_nothing_and_resumes_in_order(
    status: int,
    code: int,
    discord: Discord,
    channel: Channel,
    deliverer: Deliverer,
    stores: Stores,
    clock: HeldClock,
    look: Look,
) -> None:
    other = discord.channel("other")
    await rule(stores, clock, discord, channel)
    await rule(stores, clock, discord, other)
    await news(stores, clock, "one", "two")
    discord.fault("post", refused(status, code, "no"))
    while await deliverer.step():
        pass
    first, second = await stores.alerts.for_guild(GuildId(discord.guild))
    assert (first.standing, second.standing) == (Standing.BLOCKED, Standing.ACTIVE)
    assert first.reason
    assert shown(discord, other) == ["one", "two"]
    assert shown(discord, channel) == []
    await news(stores, clock, "three")  # an hour later: what matches meanwhile is kept
    discord.fault("post", refused(status, code, "no"))
    while await deliverer.step():
        pass
    assert not await deliverer.step()
    asked = discord.count("post")
    clock.move(RETRY_BLOCKED - SECOND)
    assert not await deliverer.step()
    assert discord.count("post") == asked
    clock.move(SECOND)
    while await deliverer.step():
        pass
    assert shown(discord, channel) == ["one", "two", "three"]
    assert shown(discord, other) == ["one", "two", "three"]
    assert {rule.standing for rule in await stores.alerts.for_guild(GuildId(discord.guild))} == {Standing.ACTIVE}
    assert state(look) == [("sent", None, False)] * 6


async def test_a_missing_permission_is_met_by_the_channel_itself(
    discord: Discord, deliverer: Deliverer, stores: Stores, clock: HeldClock
) -> None:
    closed = discord.channel("closed", send=False)
    await rule(stores, clock, discord, closed)
    await news(stores, clock, "one")
    assert await deliverer.step()
    (blocked,) = await stores.alerts.for_guild(GuildId(discord.guild))
    assert blocked.standing is Standing.BLOCKED
    closed.send = True
    await stores.alerts.set_standing(blocked.id, Standing.ACTIVE)
    assert await deliverer.step()
    assert shown(discord, closed) == ["one"]


async def test_a_message_that_discord_never_takes_does_not_hold_the_queue(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock, look: Look
) -> None:
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one", "two")
    discord.fault("post", refused(400, 50035, "Invalid Form Body"))
    while await deliverer.step():
        pass
    assert shown(discord, channel) == ["two"]
    assert [name for name, _, _ in state(look)] == ["dead", "sent"]


async def test_a_sender_that_died_after_posting_is_followed_by_one_that_finds_the_nonce(
    discord: Discord, channel: Channel, client: Client, stores: Stores, clock: HeldClock
) -> None:
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one")
    poster = DiscordPoster(client, clock.now)
    (lost,) = await taken(stores, 1, now=clock.now())
    await poster.post(lost.channel, Message(what=lost.what, role=None, number=lost.id), nonce=lost.nonce)
    clock.move(20 * SECOND)
    await stores.deliveries.recover("run")
    assert await Deliverer(stores.deliveries, poster, clock, "run").step()
    assert shown(discord, channel) == ["one"]
    assert discord.count("post") == 2


async def in_old_doubt(
    discord: Discord, deliverer: Deliverer, stores: Stores, clock: HeldClock, channel: Channel, fault: Fault
) -> None:
    """One delivery whose fate is unknown for longer than any nonce is remembered."""
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one", "two")
    discord.fault("post", fault)
    assert await deliverer.step()
    clock.move(discord.nonce_window + NONCE_WINDOW)


LOST = Fault(effect=True, hang_up=True)


async def test_in_old_doubt_a_message_that_the_history_shows_is_not_sent_again(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock, look: Look
) -> None:
    await in_old_doubt(discord, deliverer, stores, clock, channel, LOST)
    while await deliverer.step():
        pass
    assert shown(discord, channel) == ["one", "two"]
    assert discord.count("history") == 1
    assert state(look) == [("sent", None, False)] * 2
    told = look("SELECT message_id FROM delivery ORDER BY id")
    assert told == [(each.id,) for each in discord.posted(channel)]


async def test_in_old_doubt_a_message_that_the_history_does_not_show_is_sent(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock, look: Look
) -> None:
    await in_old_doubt(discord, deliverer, stores, clock, channel, Fault(hang_up=True))
    discord.say(channel)
    while await deliverer.step():
        pass
    assert shown(discord, channel) == ["one", "two"]
    assert discord.count("history") == 1
    assert state(look) == [("sent", None, False)] * 2


@pytest.mark.parametrize("fault", [LOST, Fault(hang_up=True)], ids=["stored", "not stored"])
async def test_in_old_doubt_with_a_history_that_refuses_it_is_not_sent_again(
    fault: Fault,
    discord: Discord,
    channel: Channel,
    deliverer: Deliverer,
    stores: Stores,
    clock: HeldClock,
    look: Look,
) -> None:
    await in_old_doubt(discord, deliverer, stores, clock, channel, fault)
    discord.fault("history", refused(403, 50001, "Missing Access"))
    before = len(discord.posted(channel))
    assert await deliverer.step()
    assert len(discord.posted(channel)) == before
    while await deliverer.step():
        pass
    ((first, detail, _), (second, _, _)) = state(look)
    assert (first, second) == ("dead", "sent")
    assert detail is not None
    assert "history" in detail


@pytest.mark.parametrize("fault", [unavailable(), Fault(hang_up=True), banned(5)], ids=["503", "hung up", "429"])
async def test_a_history_that_cannot_be_read_now_is_asked_again(
    fault: Fault,
    discord: Discord,
    channel: Channel,
    deliverer: Deliverer,
    stores: Stores,
    clock: HeldClock,
    look: Look,
) -> None:
    await in_old_doubt(discord, deliverer, stores, clock, channel, LOST)
    discord.fault("history", fault, *[fault] * fault.hang_up)  # aiohttp itself asks again once, where it only asks
    assert await deliverer.step()
    ((first, _, doubt), _) = state(look)
    assert (first, doubt) == ("pending", True)
    clock.move(MINUTE)
    while await deliverer.step():
        pass
    assert shown(discord, channel) == ["one", "two"]


async def test_in_old_doubt_without_read_message_history_it_is_not_sent_again(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock, look: Look
) -> None:
    channel.read_history = False
    await discord.tell(channel)
    await in_old_doubt(discord, deliverer, stores, clock, channel, LOST)
    while await deliverer.step():
        pass
    assert shown(discord, channel) == ["one", "two"]
    assert [name for name, _, _ in state(look)] == ["dead", "sent"]


async def test_in_old_doubt_a_busy_channel_hides_nothing(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock
) -> None:
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one")
    for _ in range(LOOK_BACK + 1):
        discord.say(channel)
    clock.move(MINUTE)
    discord.fault("post", LOST)
    assert await deliverer.step()
    clock.move(discord.nonce_window + NONCE_WINDOW)
    while await deliverer.step():
        pass
    assert shown(discord, channel) == ["one"]


async def test_a_doubt_that_lasts_for_hours_ends_with_one_message(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock
) -> None:
    await in_old_doubt(discord, deliverer, stores, clock, channel, Fault(hang_up=True))
    for _ in range(20):
        discord.fault("post", unavailable())
        assert await deliverer.step()
        clock.move(10 * MINUTE)
        discord.say(channel)
    discord.fault("post", LOST)
    assert await deliverer.step()
    clock.move(10 * MINUTE)
    while await deliverer.step():
        pass
    assert shown(discord, channel) == ["one", "two"]


async def test_what_the_poster_says_of_each_fault(
    discord: Discord, channel: Channel, client: Client, stores: Stores, clock: HeldClock
) -> None:
    await rule(stores, clock, discord, channel)
    await news(stores, clock, "one")
    poster = DiscordPoster(client, clock.now)
    (one,) = await taken(stores, 1, now=clock.now())
    message = Message(what=one.what, role=None, number=one.id)

    async def outcome(fault: Fault) -> object:
        discord.fault("post", fault)
        return await poster.post(one.channel, message, nonce=one.nonce)

    for fault in (unavailable(), LOST, Fault(reset=True)):
        match await outcome(fault):
            case Later(doubtful=doubtful):
                assert doubtful
            case other:
                pytest.fail(f"{fault}: {other}")
    for status, code, kind in (
        (403, 50013, RefusalKind.FORBIDDEN),
        (404, 10003, RefusalKind.CHANNEL_GONE),
        (403, 50007, RefusalKind.FORBIDDEN),
        (400, 50083, RefusalKind.FORBIDDEN),
        (400, 160005, RefusalKind.FORBIDDEN),
        (400, 160006, RefusalKind.FORBIDDEN),
        (400, 50035, RefusalKind.MALFORMED),
    ):
        match await outcome(refused(status, code)):
            case Refused(kind=got):
                assert got is kind
            case other:
                pytest.fail(f"{code}: {other}")
    match await outcome(refused(401, 0)):
        case Later(doubtful=doubtful):
            assert not doubtful
        case other:
            pytest.fail(f"401: {other}")


async def test_a_ban_of_the_address_silences_every_channel(
    discord: Discord, channel: Channel, deliverer: Deliverer, stores: Stores, clock: HeldClock
) -> None:
    other = discord.channel("other")
    await discord.tell(other)
    await rule(stores, clock, discord, channel)
    await rule(stores, clock, discord, other)
    await news(stores, clock, "one")
    discord.fault("post", banned())
    assert await deliverer.step()
    assert not await deliverer.step()
    assert discord.count("post") == 1
    clock.move(10 * MINUTE)
    while await deliverer.step():
        pass
    assert shown(discord, channel) == shown(discord, other) == ["one"]
