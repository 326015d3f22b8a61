"""The contract of the outbox and the alert rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import LeaseLost
from bot.model import (
    AlertRule,
    Category,
    ChannelId,
    Criteria,
    Delivery,
    DeliveryId,
    Digest,
    GuildId,
    Hold,
    Later,
    MessageId,
    Outcome,
    Placed,
    Query,
    RefusalKind,
    Refused,
    RoleId,
    Sent,
    Standing,
    StoryId,
    Tie,
    Told,
    WhyHeld,
)
from bot.roles import DESK
from storage.deliveries import ARCHIVED, EXPIRES, RETRY_BLOCKED
from storage.digests import NAMED
from tests.support import HOUR, LEASE, NOON, HeldClock, Stores, alert, alone, brought, new_item, taken, watched

HERE = GuildId(111)
SENT = Sent(message=MessageId(9))
REFUSED = Refused(kind=RefusalKind.FORBIDDEN, detail="I may not post there")
SECOND = timedelta(seconds=1)


async def rule(stores: Stores, channel: int = 5, role: int | None = None, guild: GuildId = HERE) -> AlertRule:
    return await stores.alerts.add(
        guild=guild,
        channel=ChannelId(channel),
        query=Query(topic="trade", category=Category.POLITICS, since=NOON),
        criteria=Criteria(tag="trade", phrase=("trade",), terms=(("a", "b"),)),
        role=None if role is None else RoleId(role),
        now=NOON,
    )


async def filed(
    stores: Stores, clock: HeldClock, rules: list[AlertRule], *names: str, hold: Hold | None = None
) -> None:
    """Have items brought and filed to rules' channels, or held for them."""
    if not await stores.sources.for_guild(GuildId(0)):
        await watched(stores, clock)
    await brought(stores, clock, *(new_item(name) for name in names))
    term = await stores.seats.take(DESK, "d", LEASE, now=clock.now())
    assert term is not None
    candidates = await stores.news.unfiled(100)
    alerts = [alert(rule, each.item.id, hold=hold) for each in candidates for rule in rules]
    await stores.news.file(term, alone(*candidates), alerts, now=clock.now())


async def claim(stores: Stores, clock: HeldClock, limit: int = 9) -> list[Delivery]:
    return list(await taken(stores, limit, now=clock.now()))


def told(delivery: Delivery) -> Told:
    """The story that a delivery brings."""
    assert isinstance(delivery.what, Told)
    return delivery.what


async def test_rules_come_back_as_they_were_set(stores: Stores) -> None:
    made = await rule(stores, role=7)
    assert await stores.alerts.for_guild(HERE) == (made,)
    assert (await stores.alerts.changed(-1))[1] == (made,)
    assert made.query.since == NOON
    assert made.criteria.terms == (("a", "b"),)
    await stores.alerts.edit(made.id, channel=ChannelId(6), query=Query(), criteria=Criteria(), role=None)
    (edited,) = await stores.alerts.for_guild(HERE)
    assert (edited.channel, edited.query, edited.criteria, edited.role) == (6, Query(), Criteria(), None)
    await stores.alerts.set_standing(made.id, Standing.PAUSED)
    version, (paused,), gone = await stores.alerts.changed(-1)
    assert (paused.standing, gone) == (Standing.PAUSED, ())
    assert await stores.alerts.changed(version) == (version, (), ())
    await stores.alerts.remove(made.id)
    assert (await stores.alerts.changed(version))[1:] == ((), (made.id,))
    await stores.alerts.remove(made.id)
    assert await stores.alerts.for_guild(HERE) == ()


async def test_a_channel_gets_its_deliveries_one_by_one_in_order(stores: Stores, clock: HeldClock) -> None:
    await filed(stores, clock, [await rule(stores, 5), await rule(stores, 6)], "a", "b")
    first = await claim(stores, clock)
    assert [(each.channel, told(each).item.title) for each in first] == [(5, "a"), (6, "a")]
    assert await claim(stores, clock) == []
    for each in first:
        await stores.deliveries.finish(each, SENT, now=clock.now())
    assert [told(each).item.title for each in await claim(stores, clock)] == ["b", "b"]


async def test_what_waits_is_seen_in_turns_and_only_the_oldest_of_a_channel(stores: Stores, clock: HeldClock) -> None:
    other = GuildId(HERE + 1)
    await filed(stores, clock, [await rule(stores, channel) for channel in (5, 6, 7)], "a", "b")
    await filed(stores, clock, [await rule(stores, 8, guild=other)], "c")
    channels = {row.id: row.channel for row in await taken(stores, 9, now=clock.now())}
    clock.move(LEASE)
    seen = await stores.deliveries.waiting(9, now=clock.now())
    assert [channels[one] for one in seen] == [5, 8, 6, 7], "each server gives one before any gives a second"
    (first,) = await stores.deliveries.claim("run", seen[:1], LEASE, now=clock.now())
    seen = await stores.deliveries.waiting(9, now=clock.now())
    assert [channels[one] for one in seen] == [8, 6, 7], "who had its turn longest ago is first"
    await stores.deliveries.finish(first, SENT, now=clock.now())
    (seen_first,) = await stores.deliveries.waiting(1, now=clock.now())
    assert channels[seen_first] == 8


async def test_a_digest_of_very_many_stories_is_one_delivery(stores: Stores, clock: HeldClock) -> None:
    made = await rule(stores, role=7)
    hold = Hold(until=clock.now(), why=WhyHeld.DIGEST)
    for start in range(0, 200, 50):
        await filed(stores, clock, [made], *map(str, range(start, start + 50)), hold=hold)
    assert await stores.digests.gather(now=clock.now())
    assert not await stores.digests.gather(now=clock.now())
    (only,) = await claim(stores, clock)
    assert isinstance(only.what, Digest)
    assert (len(only.what.stories), only.what.more, only.role) == (NAMED, 200 - NAMED, 7)


async def test_what_was_seen_is_claimed_only_where_it_may_still_be_sent(stores: Stores, clock: HeldClock) -> None:
    one, two = await rule(stores, 5), await rule(stores, 6)
    await filed(stores, clock, [one, two], "a", "b")

    async def claim(deliveries: Sequence[DeliveryId]) -> list[tuple[ChannelId, str]]:
        claimed = await stores.deliveries.claim("run", deliveries, LEASE, now=clock.now())
        return [(each.channel, told(each).item.title) for each in claimed]

    seen = await stores.deliveries.waiting(9, now=clock.now())
    assert len(seen) == 2
    await stores.alerts.set_standing(two.id, Standing.PAUSED)
    assert await claim(seen) == [(5, "a")], "not what a moderator paused meanwhile"
    assert await claim(seen) == [], "not what is under way"
    clock.move(LEASE)
    await stores.alerts.set_standing(one.id, Standing.PAUSED)
    await filed(stores, clock, [await rule(stores, 5)], "c")
    (late,) = await stores.deliveries.waiting(9, now=clock.now())
    await stores.alerts.set_standing(one.id, Standing.ACTIVE)
    assert await claim([late]) == [], "not before what waits longer in the channel"
    assert await claim(seen) == [(5, "a")]


async def test_two_rules_of_a_channel_deliver_an_item_once_with_the_role(stores: Stores, clock: HeldClock) -> None:
    await filed(stores, clock, [await rule(stores, 5), await rule(stores, 5, role=7)], "a")
    (only,) = await claim(stores, clock)
    assert only.role == 7
    await stores.deliveries.finish(only, SENT, now=clock.now())
    assert await claim(stores, clock) == []


async def test_later_waits_keeps_the_nonce_and_holds_the_channel(stores: Stores, clock: HeldClock) -> None:
    await filed(stores, clock, [await rule(stores)], "a", "b")
    (first,) = await claim(stores, clock)
    assert first.doubt_since is None
    await stores.deliveries.finish(first, Later(after=SECOND, detail="wait", doubtful=False), now=clock.now())
    assert await claim(stores, clock) == [], "b does not overtake a"
    assert await stores.deliveries.next_due() == clock.now() + SECOND
    clock.move(SECOND)
    (again,) = await claim(stores, clock)
    assert (again.id, again.nonce, again.attempts, again.doubt_since) == (first.id, first.nonce, 2, None)
    assert len(again.nonce) <= 25


async def test_a_lost_answer_leaves_doubt_and_a_certain_failure_does_not_clear_it(
    stores: Stores, clock: HeldClock
) -> None:
    await filed(stores, clock, [await rule(stores)], "a")
    (first,) = await claim(stores, clock)
    began = clock.now()
    await stores.deliveries.finish(first, Later(after=SECOND, detail="reset", doubtful=True), now=began)
    clock.move(SECOND)
    (second,) = await claim(stores, clock)
    assert second.doubt_since == began
    await stores.deliveries.finish(second, Later(after=SECOND, detail="429", doubtful=False), now=clock.now())
    clock.move(SECOND)
    (third,) = await claim(stores, clock)
    assert third.doubt_since == began


async def test_a_dead_senders_delivery_is_taken_over_in_doubt(stores: Stores, clock: HeldClock) -> None:
    await filed(stores, clock, [await rule(stores)], "a")
    (dead,) = await claim(stores, clock)
    began = clock.now()
    clock.move(LEASE)
    (taken,) = await claim(stores, clock)
    assert (taken.id, taken.doubt_since) == (dead.id, began)
    with pytest.raises(LeaseLost):
        await stores.deliveries.finish(dead, SENT, now=clock.now())
    await stores.deliveries.finish(taken, SENT, now=clock.now())
    assert await stores.deliveries.next_due() is None


async def test_recovery_ends_the_leases_of_a_dead_run_only(stores: Stores, clock: HeldClock) -> None:
    await filed(stores, clock, [await rule(stores)], "a")
    await claim(stores, clock)
    await stores.deliveries.recover("other")
    assert await claim(stores, clock) == []
    await stores.deliveries.recover("run")
    (taken,) = await claim(stores, clock)
    assert taken.doubt_since == clock.now()


async def test_a_missing_permission_blocks_the_channels_rules_and_keeps_what_comes(
    stores: Stores, clock: HeldClock
) -> None:
    made = await rule(stores)
    await filed(stores, clock, [made], "a")
    (first,) = await claim(stores, clock)
    await stores.deliveries.finish(first, REFUSED, now=clock.now())
    (blocked,) = await stores.alerts.for_guild(HERE)
    assert (blocked.standing, blocked.reason) == (Standing.BLOCKED, "I may not post there")
    assert (await stores.alerts.changed(-1))[1] == (blocked,), "it still collects"
    assert await claim(stores, clock) == []
    await filed(stores, clock, [made], "b")
    clock.move(RETRY_BLOCKED)
    (again,) = await claim(stores, clock)
    assert again.doubt_since is None
    await stores.deliveries.finish(again, SENT, now=clock.now())
    (free,) = await stores.alerts.for_guild(HERE)
    assert (free.standing, free.reason) == (Standing.ACTIVE, None)
    assert [told(each).item.title for each in await claim(stores, clock)] == ["b"]


async def test_resuming_a_blocked_rule_sends_at_once(stores: Stores, clock: HeldClock) -> None:
    made = await rule(stores)
    await filed(stores, clock, [made], "a")
    (first,) = await claim(stores, clock)
    await stores.deliveries.finish(first, Refused(kind=RefusalKind.CHANNEL_GONE, detail="gone"), now=clock.now())
    await stores.alerts.set_standing(made.id, Standing.ACTIVE)
    assert [told(each).item.title for each in await claim(stores, clock)] == ["a"]


async def test_resuming_one_rule_of_a_blocked_channel_resumes_the_others(stores: Stores, clock: HeldClock) -> None:
    first, second, paused = [await rule(stores) for _ in range(3)]
    elsewhere = await rule(stores, 6)
    await filed(stores, clock, [first, elsewhere], "a")
    await filed(stores, clock, [second], "b")
    await stores.alerts.set_standing(paused.id, Standing.PAUSED)
    for each in await claim(stores, clock):
        await stores.deliveries.finish(each, REFUSED, now=clock.now())
    await stores.alerts.set_standing(second.id, Standing.ACTIVE)
    standings = {one.id: one.standing for one in await stores.alerts.for_guild(HERE)}
    assert [standings[one.id] for one in (first, second)] == [Standing.ACTIVE] * 2
    assert (standings[paused.id], standings[elsewhere.id]) == (Standing.PAUSED, Standing.BLOCKED)
    (one,) = await claim(stores, clock)
    assert told(one).item.title == "a"
    await stores.deliveries.finish(one, SENT, now=clock.now())
    assert [told(each).item.title for each in await claim(stores, clock)] == ["b"]


async def moved(stores: Stores, rule: AlertRule, channel: int) -> None:
    """Have a moderator move a rule to another channel."""
    await stores.alerts.edit(
        rule.id,
        channel=ChannelId(channel),
        query=rule.query,
        criteria=rule.criteria,
        role=rule.role,
        manner=rule.manner,
        place=rule.place,
    )


@pytest.mark.parametrize("under_way", [True, False])
async def test_a_blocked_rule_that_is_moved_posts_in_the_new_channel(
    stores: Stores, clock: HeldClock, under_way: bool
) -> None:
    made = await rule(stores)
    await filed(stores, clock, [made], "a")
    (first,) = await claim(stores, clock)
    if under_way:
        await moved(stores, made, 6)
    await stores.deliveries.finish(first, REFUSED, now=clock.now())
    if not under_way:
        await moved(stores, made, 6)
    (now_there,) = await stores.alerts.for_guild(HERE)
    assert (now_there.standing, now_there.reason) == (Standing.ACTIVE, None)
    (again,) = await claim(stores, clock)
    assert (again.id, again.channel, again.attempts) == (first.id, 6, 2)
    await stores.deliveries.finish(again, SENT, now=clock.now())
    assert await stores.deliveries.next_due() is None


async def test_what_the_new_channel_has_already_is_not_sent_anywhere(stores: Stores, clock: HeldClock) -> None:
    made = await rule(stores, 5)
    await filed(stores, clock, [made, await rule(stores, 6)], "a")
    await filed(stores, clock, [made], "b")
    await moved(stores, made, 6)
    sent = []
    while waiting := await claim(stores, clock):
        sent += [(each.channel, told(each).item.title) for each in waiting]
        for each in waiting:
            await stores.deliveries.finish(each, SENT, now=clock.now())
    assert sent == [(6, "a"), (6, "b")]


async def test_what_may_have_been_posted_stays_and_is_not_tried_without_a_wait(
    stores: Stores, clock: HeldClock
) -> None:
    made = await rule(stores)
    await filed(stores, clock, [made], "a")
    (first,) = await claim(stores, clock)
    await stores.deliveries.finish(first, Later(after=SECOND, detail="reset", doubtful=True), now=clock.now())
    await moved(stores, made, 6)
    clock.move(SECOND)
    (again,) = await claim(stores, clock)
    assert again.channel == 5, "it is looked for where it may be"
    await stores.deliveries.finish(again, REFUSED, now=clock.now())
    assert await stores.deliveries.next_due() == clock.now() + RETRY_BLOCKED
    assert await claim(stores, clock) == []
    clock.move(EXPIRES)
    await stores.deliveries.tidy(now=clock.now())
    assert await stores.deliveries.next_due() is None, "it is not looked for without end"


async def test_a_malformed_message_is_given_up_and_the_queue_goes_on(stores: Stores, clock: HeldClock) -> None:
    await filed(stores, clock, [await rule(stores)], "a", "b")
    (first,) = await claim(stores, clock)
    await stores.deliveries.finish(first, Refused(kind=RefusalKind.MALFORMED, detail="50035"), now=clock.now())
    assert [told(each).item.title for each in await claim(stores, clock)] == ["b"]


async def test_a_paused_rule_holds_back_its_own_deliveries_alone(stores: Stores, clock: HeldClock) -> None:
    held = await rule(stores, 5)
    await filed(stores, clock, [held, await rule(stores, 6)], "a")
    await stores.alerts.set_standing(held.id, Standing.PAUSED)
    assert [each.channel for each in await claim(stores, clock)] == [6]
    await stores.alerts.set_standing(held.id, Standing.ACTIVE)
    assert [each.channel for each in await claim(stores, clock)] == [5]


async def test_what_waited_long_for_a_paused_rule_is_no_news(stores: Stores, clock: HeldClock) -> None:
    made = await rule(stores)
    await filed(stores, clock, [made], "a")
    await filed(stores, clock, [made], "b", hold=Hold(until=clock.now() + HOUR, why=WhyHeld.DIGEST))
    await stores.alerts.set_standing(made.id, Standing.PAUSED)
    clock.move(EXPIRES - HOUR)
    due = clock.now() + 2 * HOUR
    await filed(stores, clock, [made], "c")
    await filed(stores, clock, [made], "d", hold=Hold(until=due, why=WhyHeld.DIGEST))
    clock.move(2 * HOUR)
    await stores.deliveries.tidy(now=clock.now())
    await stores.alerts.set_standing(made.id, Standing.ACTIVE)
    assert [told(each).item.title for each in await claim(stores, clock)] == ["c"]
    assert await stores.digests.next_due() == due


async def test_removing_a_rule_removes_what_it_had_pending(stores: Stores, clock: HeldClock) -> None:
    made = await rule(stores)
    await filed(stores, clock, [made], "a")
    await stores.alerts.remove(made.id)
    assert await claim(stores, clock) == []
    assert await stores.deliveries.next_due() is None


LATER = Later(after=SECOND, detail="reset", doubtful=True)


@pytest.mark.parametrize("outcome", [SENT, LATER, REFUSED], ids=["sent", "doubtful", "refused"])
async def test_what_is_under_way_when_its_rule_is_removed_is_recorded_and_not_tried_again(
    stores: Stores, clock: HeldClock, outcome: Outcome
) -> None:
    made = await rule(stores)
    await filed(stores, clock, [made], "a")
    (sending,) = await claim(stores, clock)
    await stores.alerts.remove(made.id)
    assert await stores.alerts.for_guild(HERE) == ()
    await stores.deliveries.finish(sending, outcome, now=clock.now())
    clock.move(HOUR)
    await stores.deliveries.tidy(now=clock.now())
    assert await claim(stores, clock) == []
    assert await stores.deliveries.next_due() is None


async def test_a_channel_gets_a_story_once_though_the_rule_that_posted_it_was_removed(
    stores: Stores, clock: HeldClock
) -> None:
    made = await rule(stores, role=7)
    await filed(stores, clock, [made], "a")
    (first,) = await claim(stores, clock)
    await stores.deliveries.finish(first, SENT, now=clock.now())
    await stores.alerts.remove(made.id)
    assert await stores.alerts.for_guild(HERE) == ()
    assert (await stores.alerts.changed(-1))[1][0].query == Query(), "what it asked is not kept"
    again = await rule(stores)
    await brought(stores, clock, new_item("b"))
    (more,) = await stores.news.unfiled(9)
    term = await stores.seats.take(DESK, "d", LEASE, now=clock.now())
    assert term is not None
    story = StoryId(told(first).item.id)
    placed = Placed(item=more.item.id, story=story, tie=Tie(item=told(first).item.id, score=1.5, words=("a",)))
    decided = replace(alert(again, more.item.id), story=story)
    assert await stores.news.file(term, [placed], [decided], now=clock.now()) == 0
    assert await claim(stores, clock) == []
    clock.move(ARCHIVED + HOUR)
    await stores.deliveries.tidy(now=clock.now())
    assert [one.id for one in (await stores.alerts.changed(-1))[1]] == [again.id], "nor does anything stay for good"


@pytest.mark.parametrize("doubtful", [True, False])
async def test_what_grew_while_an_attempt_was_in_doubt_is_edited_afterwards(
    stores: Stores, clock: HeldClock, doubtful: bool
) -> None:
    """Discord may have taken the earlier attempt, which showed less; a first attempt shows what was claimed."""
    await filed(stores, clock, [await rule(stores, 5)], "a")
    (first,) = await claim(stores, clock)
    if not doubtful:
        await stores.deliveries.finish(first, Later(after=HOUR, detail="busy", doubtful=False), now=clock.now())
    await brought(stores, clock, new_item("b"))
    (more,) = await stores.news.unfiled(9)
    tie = Tie(item=told(first).item.id, score=1.5, words=("a",))
    term = await stores.seats.take(DESK, "d", LEASE, now=clock.now())
    assert term is not None
    placed = Placed(item=more.item.id, story=StoryId(told(first).item.id), tie=tie)
    await stores.news.file(term, [placed], [], now=clock.now())
    clock.move(HOUR)
    (again,) = await claim(stores, clock)
    assert (again.grown, [item.title for item in told(again).also]) == (1, ["b"])
    assert (again.doubt_since is not None) == doubtful
    await stores.deliveries.finish(again, Sent(message=MessageId(9)), now=clock.now())
    assert await stores.deliveries.edit_is_due(now=clock.now() + HOUR) == doubtful
    story = await stores.news.story_of(more.item.id, guild=HERE)
    assert story is not None
    assert story.ties == {more.item.id: tie}
