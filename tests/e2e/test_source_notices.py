"""What moderators are told of their sources, where they chose, in a simulated Discord."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.model import OPERATOR, ChannelId, GuildId, NewSource, Outlet, Poll
from bot.poster import DiscordPoster
from bot.workers.notices import Herald
from tests.e2e.conftest import Newsroom, Place
from tests.e2e.test_alerts import add, may_post, posted
from tests.e2e.test_digests import bring
from tests.e2e.test_news import text
from tests.support import LEASE

GONE = "is gone for good: [click](https://evil.example) @everyone <@&1>"


async def told(place: Place, notice: str, *, owner: GuildId | None = None) -> None:
    """Have a poll of a source of the server end with something to tell."""
    owner = owner if owner is not None else GuildId(place.guild.id)
    found = [source for source in await place.house.sources.for_guild(owner) if source.owner == owner]
    if not found:
        described = Outlet(name="The *Example*", section="World")
        new = NewSource(url=f"https://news.example/{owner}", outlet=described)
        found = [await place.house.sources.add(owner, new, now=place.clock.now())]
    claim = await place.house.sources.claim_source(found[0].id, "test", LEASE, now=place.clock.now())
    assert claim is not None
    poll = Poll(
        due_at=place.clock.now() + timedelta(hours=1),
        interval=timedelta(hours=1),
        problem="x",
        health=claim.feed.health,
        notice=notice,
    )
    await place.house.sources.finish(claim, poll, now=place.clock.now())


async def work(place: Place) -> None:
    herald = Herald(place.house.notices, DiscordPoster(place.client, place.clock.now), place.clock, "run")
    while await herald.step():
        pass


async def choose(place: Place, channel: Any | None) -> str:
    options = {} if channel is None else {"channel": channel}
    return text((await place.moderator.slash(place.channel, "source tell", **options)).response)


async def test_a_notice_is_posted_once_as_plain_text_where_the_moderators_chose(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        health = place.guild.create_text_channel("health")
        assert f"<#{health.id}>" in await choose(place, health)
        await told(place, GONE)
        await work(place)
        await work(place)
        (shown,) = posted(health)
        assert r"The \\*Example\\* (World) is gone for good" in shown
        assert "](https://evil" not in shown
        assert not health.last_message.mention_everyone


async def test_nobody_is_told_who_did_not_ask_and_nothing_more_who_asked_for_silence(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        health = place.guild.create_text_channel("health")
        await told(place, "fails.")
        await choose(place, health)
        await told(place, "still fails.")
        assert "nowhere" in await choose(place, None)
        await work(place)
        await choose(place, health)
        await work(place)
        assert posted(health) == []


async def test_a_channel_that_may_not_be_posted_in_is_refused_and_one_closed_later_is_tried_again(
    newsroom: Newsroom,
) -> None:
    async with newsroom() as place:
        health = place.guild.create_text_channel("health")
        await may_post(place, health, False)
        refused = await place.moderator.slash(place.channel, "source tell", channel=health)
        assert "Send Messages" in refused.response.content
        await may_post(place, health, True)
        await choose(place, health)
        await told(place, "fails.")
        await may_post(place, health, False)
        await work(place)
        chosen = await place.house.watch.told_in(GuildId(place.guild.id))
        assert chosen is not None
        assert chosen.problem is not None
        await may_post(place, health, True)
        place.clock.move(timedelta(hours=7))
        await work(place)
        assert len(posted(health)) == 1


async def test_a_server_is_not_told_of_the_operators_sources(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        health = place.guild.create_text_channel("health")
        mine = place.guild.create_text_channel("operator")
        await choose(place, health)
        await place.house.notices.tell_in(OPERATOR, ChannelId(mine.id))
        await told(place, "fails.", owner=OPERATOR)
        await work(place)
        assert posted(health) == []
        assert len(posted(mine)) == 1


async def test_a_notice_whose_sender_died_long_ago_is_not_posted_twice(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        health = place.guild.create_text_channel("health")
        await choose(place, health)
        await told(place, "fails.")
        assert await place.house.notices.claim("dead", LEASE, now=place.clock.now()) is not None
        place.clock.move(timedelta(hours=1))
        await work(place)
        assert posted(health) == []
        assert await place.house.notices.next_due() is None


async def test_an_alert_that_may_not_be_posted_any_more_is_told_once_and_again_when_it_goes_on(
    newsroom: Newsroom,
) -> None:
    async with newsroom() as place:
        health, alerts = (place.guild.create_text_channel(name) for name in ("health", "alerts"))
        await choose(place, health)
        await add(place, alerts)
        await may_post(place, alerts, False)
        for number in range(2):
            await bring(place, number + 1, start=number)
            await place.work()
            await work(place)
            place.clock.move(timedelta(minutes=20))
        (shown,) = posted(health)
        assert f"channels/{place.guild.id}/{alerts.id}: I may not post there" in shown
        assert "Its alerts wait" in shown
        await may_post(place, alerts, True)
        place.clock.move(timedelta(minutes=20))
        await place.work()
        await work(place)
        assert "I can post there again" in posted(health)[1]
        assert len(posted(alerts)) == 2, "nothing is lost"
