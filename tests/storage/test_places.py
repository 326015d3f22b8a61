"""The outbox beyond one channel: servers take turns, follows have owners, blocked rules lapse, posts get replies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model import (
    AlertRule,
    ChannelId,
    Criteria,
    Delivered,
    GuildId,
    Later,
    MessageId,
    Place,
    Query,
    RefusalKind,
    Refused,
    Sent,
    Standing,
    UserId,
)
from storage.deliveries import ARCHIVED, DAY, EXPIRES, RETRY_BLOCKED, RETRY_LATER
from tests.storage.test_outbox import claim, filed, told
from tests.support import LEASE, HeldClock, Stores

HERE = GuildId(111)
ADA = UserId(900)
GONE = Refused(kind=RefusalKind.CHANNEL_GONE, detail="It is gone.")
SECOND = timedelta(seconds=1)


async def rule(
    stores: Stores,
    clock: HeldClock,
    channel: int = 5,
    *,
    guild: GuildId = HERE,
    place: Place = Place.CHANNEL,
    owner: UserId | None = None,
) -> AlertRule:
    return await stores.alerts.add(
        guild=guild,
        channel=ChannelId(channel),
        query=Query(),
        criteria=Criteria(),
        role=None,
        place=place,
        owner=owner,
        now=clock.now(),
    )


async def refused(stores: Stores, clock: HeldClock, outcome: Refused = GONE) -> None:
    for one in await claim(stores, clock):
        await stores.deliveries.finish(one, outcome, now=clock.now())


async def test_servers_take_turns_whatever_one_of_them_has_waiting(stores: Stores, clock: HeldClock) -> None:
    busy = [await rule(stores, clock, channel, guild=GuildId(1)) for channel in range(10, 30)]
    await filed(stores, clock, busy, "a", "b")
    quiet = await rule(stores, clock, 50, guild=GuildId(2))
    person = await rule(stores, clock, 60, guild=GuildId(1), owner=ADA)
    await filed(stores, clock, [quiet, person], "c")
    order = []
    for _ in range(6):
        (one,) = await claim(stores, clock, 1)
        order.append(one.owner or one.guild)
        await stores.deliveries.finish(one, Sent(message=MessageId(one.id)), now=clock.now())
    assert order == [1, 2, ADA, 1, 1, 1]
    await filed(stores, clock, [quiet], "d")
    (one,) = await claim(stores, clock, 1)
    assert one.guild == 2, "forty messages of the other server are before it, and do not matter"


async def test_a_follow_is_its_owners_alone(stores: Stores, clock: HeldClock) -> None:
    follow, alert = await rule(stores, clock, 5, owner=ADA), await rule(stores, clock, 6)
    assert await stores.alerts.for_guild(HERE) == (alert,)
    assert await stores.alerts.of_person(ADA) == (follow,)
    assert await stores.alerts.of_person(UserId(901)) == ()
    await filed(stores, clock, [follow, alert], "a")
    mine, theirs = await claim(stores, clock)
    assert (mine.owner, theirs.owner) == (ADA, None)
    assert await stores.deliveries.delivered(mine.id) == Delivered(
        guild=HERE, channel=ChannelId(5), item=told(mine).item.id, owner=ADA
    )


@pytest.mark.parametrize("owner", [None, ADA])
async def test_a_blocked_channel_is_tried_less_often_with_time(
    stores: Stores, clock: HeldClock, owner: UserId | None
) -> None:
    await filed(stores, clock, [await rule(stores, clock, owner=owner)], "a")
    began = clock.now()
    await refused(stores, clock)
    assert await stores.deliveries.next_due() == began + (DAY if owner else RETRY_BLOCKED)
    clock.move(DAY + SECOND)
    await refused(stores, clock)
    assert await stores.deliveries.next_due() == clock.now() + (DAY if owner else RETRY_LATER)
    clock.move(DAY + SECOND)
    (one,) = await claim(stores, clock)
    await stores.deliveries.finish(one, Sent(message=MessageId(1)), now=clock.now())
    rules = await (stores.alerts.of_person(ADA) if owner else stores.alerts.for_guild(HERE))
    assert [one.standing for one in rules] == [Standing.ACTIVE]


async def test_who_is_told_of_a_block_and_that_it_is_once(stores: Stores, clock: HeldClock) -> None:
    await filed(stores, clock, [await rule(stores, clock, 5)], "a")
    await refused(stores, clock)
    nobody = await stores.notices.claim("run", LEASE, now=clock.now())
    assert nobody is None, "there is no channel where it could be read"
    assert await stores.alerts.untold(person=ADA, guild=None) is None
    assert await stores.alerts.untold(person=None, guild=HERE) == (5, "It is gone.")
    assert await stores.alerts.untold(person=None, guild=HERE) is None

    await filed(stores, clock, [await rule(stores, clock, 7, owner=ADA)], "b")
    await refused(stores, clock)
    assert await stores.notices.claim("run", LEASE, now=clock.now()) is None, "what is a person's is nobody else's"
    assert await stores.alerts.untold(person=None, guild=HERE) is None
    assert await stores.alerts.untold(person=ADA, guild=None) == (7, "It is gone.")


async def test_where_alerts_come_through_a_block_elsewhere_can_be_read(stores: Stores, clock: HeldClock) -> None:
    broken = await rule(stores, clock, 5)
    await rule(stores, clock, 6)
    await filed(stores, clock, [broken], "a")
    await refused(stores, clock)
    notice = await stores.notices.claim("run", LEASE, now=clock.now())
    assert notice is not None
    assert (notice.channel, notice.elsewhere) == (6, True)
    await stores.notices.finish(notice, GONE, now=clock.now())
    clock.move(DAY)
    assert await stores.notices.claim("run", LEASE, now=clock.now()) is None, "it is not pressed on anybody"
    assert await stores.alerts.untold(person=None, guild=HERE) is None


async def test_a_place_that_was_chosen_is_told_first(stores: Stores, clock: HeldClock) -> None:
    broken = await rule(stores, clock, 5)
    await rule(stores, clock, 6)
    await stores.notices.tell_in(HERE, ChannelId(8))
    await filed(stores, clock, [broken], "a")
    await refused(stores, clock)
    notice = await stores.notices.claim("run", LEASE, now=clock.now())
    assert notice is not None
    assert (notice.channel, notice.elsewhere) == (8, False)


async def test_what_waits_too_long_is_no_news_and_the_rule_lapses(stores: Stores, clock: HeldClock) -> None:
    alert, follow = await rule(stores, clock, 5), await rule(stores, clock, 6, owner=ADA)
    sound = await rule(stores, clock, 7)
    await filed(stores, clock, [alert, follow], "a")
    for one in await claim(stores, clock):
        await stores.deliveries.finish(one, GONE, now=clock.now())
    clock.move(EXPIRES + SECOND)
    await filed(stores, clock, [alert, follow, sound], "b")
    assert await stores.deliveries.tidy(now=clock.now()) == 0
    clock.move(DAY)
    assert sorted(told(one).item.title for one in await claim(stores, clock)) == ["b", "b", "b"], "a is given up"
    clock.move(ARCHIVED)
    assert await stores.deliveries.tidy(now=clock.now()) == 2
    assert await stores.alerts.for_guild(HERE) == (sound,)
    assert [one.standing for one in await stores.alerts.of_person(ADA)] == [Standing.PAUSED]
    assert await stores.deliveries.tidy(now=clock.now()) == 0


async def test_replies_follow_a_post_and_are_given_up_alone(stores: Stores, clock: HeldClock) -> None:
    forum = await rule(stores, clock, 5, place=Place.FORUM)
    await filed(stores, clock, [forum], "a")
    (post,) = await claim(stores, clock)
    assert (post.place, post.reply) == (Place.FORUM, False)
    await stores.deliveries.finish(post, Sent(message=MessageId(77)), now=clock.now())
    other = await stores.news.item(told(post).item.id, guild=HERE)
    assert other is not None
    async with stores.deliveries._driver.write() as db:
        for _ in range(2):
            now = int(clock.now().timestamp() * 1000)
            await db.fetch("add_replies", delivery=post.id, items=f"[{other.id}]", due_at=now, now=now)
    (reply,) = await claim(stores, clock)
    assert (reply.channel, reply.place, reply.reply) == (77, Place.CHANNEL, True)
    await stores.deliveries.finish(
        reply, Refused(kind=RefusalKind.FORBIDDEN, detail="The thread is locked."), now=clock.now()
    )
    assert await claim(stores, clock) == []
    assert [one.standing for one in await stores.alerts.for_guild(HERE)] == [Standing.ACTIVE]


async def test_a_doubtful_later_does_not_take_a_turn_from_others(stores: Stores, clock: HeldClock) -> None:
    one, two = await rule(stores, clock, 5, guild=GuildId(1)), await rule(stores, clock, 6, guild=GuildId(2))
    await filed(stores, clock, [one, two], "a")
    (first,) = await claim(stores, clock, 1)
    later = Later(after=timedelta(0), detail="503", doubtful=True)
    await stores.deliveries.finish(first, later, now=clock.now())
    (second,) = await claim(stores, clock, 1)
    assert second.guild == 2
