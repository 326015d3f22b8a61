"""/follow in a simulated Discord: by direct message or private thread, seen by nobody else; the buttons on cards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.model import ChannelId, GuildId, Standing, UserId
from bot.workers.janitor import Janitor
from tests.e2e.conftest import Newsroom, Place, story
from tests.e2e.test_alerts import add, may_post, posted
from tests.e2e.test_news import JETS, PACT, text
from tests.e2e.test_stories import OTHER, QUAKE, after


class Person:
    """A member of the server, with the direct messages that they have from the bot."""

    def __init__(self, place: Place, name: str = "ada") -> None:
        self.user = place.env.create_user(name)
        self.member = place.guild.add_member(self.user)
        self.place = place
        self.id = UserId(self.user.id)

    @property
    def messages(self) -> list[str]:
        """What the bot wrote to them, without its answers to commands there."""
        return posted(self.user.dm_channel)

    async def says(self, command: str, **options: Any) -> str:
        """What the bot answers them in the server, privately."""
        result = await self.member.slash(self.place.channel, command, **options)
        assert result.response is not None
        return text(result.response) if result.response.components else str(result.response.content)

    def closes(self) -> None:
        self.place.env.inject_error(
            "POST", f"/channels/{self.user.dm_channel.id}/messages", status=403, code=50007, times=None
        )

    def opens(self) -> None:
        self.place.env.backend.faults.clear()


async def test_what_is_followed_comes_by_direct_message_and_nobody_else_sees_it(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = Person(place)
        said = await ada.says("follow add", topic="security co-operation")
        assert "You follow" in said
        assert "#securitycooperation" in said
        (greeting,) = ada.messages
        assert "You follow" in greeting
        await place.brings(PACT, JETS)
        await place.work()
        assert ["Japan and the Philippines sign" in each for each in ada.messages] == [False, True]
        assert "No alert yet" in text((await place.moderator.slash(place.channel, "alert list")).response)
        assert await place.house.alerts.for_guild(GuildId(place.guild.id)) == ()
        bob = Person(place, "bob")
        assert "You follow nothing yet" in await bob.says("follow list")
        assert "You have no follow" in await bob.says("follow remove", follow="1")
        listed = await ada.says("follow list")
        assert "by direct message · #security co" in listed


async def test_it_works_in_direct_messages_too(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = Person(place)
        said = text((await ada.user.slash("follow add", country="Japan")).response)
        assert "You follow" in said
        await place.brings(PACT)
        await place.work()
        assert "Japan and the Philippines sign" in ada.messages[-1]
        offered = await ada.user.autocomplete("follow remove", "follow", "")
        assert [one["name"] for one in offered] == ["1 · JP"]


async def test_pause_resume_and_remove_one_or_all(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = Person(place)
        await ada.says("follow add", country="Japan")
        await ada.says("follow add", filter="country:KE outlets:1")
        assert "You follow just this already" in await ada.says("follow add", filter="country:JP")
        assert "Paused" in await ada.says("follow pause", follow="all")
        before = len(ada.messages)
        await place.brings(PACT, OTHER)
        await place.work()
        assert len(ada.messages) == before
        await ada.says("follow resume", follow="1")
        await place.brings(QUAKE)
        await place.work()
        assert len(ada.messages) == before + 1
        offered = await ada.member.autocomplete(place.channel, "follow remove", "follow", "")
        assert [one["value"] for one in offered] == ["1", "2", "all"]
        assert "Followed no more" in await ada.says("follow remove", follow="all")
        assert await place.house.follow.follows(ada.id) == ()
        assert "You follow nothing yet" in await ada.says("follow hours", quiet="22:00-07:00")


async def test_quiet_hours_and_digests_are_the_persons_own(newsroom: Newsroom) -> None:
    async with newsroom() as place:  # it is noon in UTC
        ada, bob = Person(place), Person(place, "bob")
        for person in (ada, bob):
            await person.says("follow add", country="Japan")
        said = await ada.says("follow hours", quiet="20:00-22:00", timezone="Asia/Tokyo")
        assert "Quiet from 20:00 to 22:00" in said
        assert "Asia/Tokyo" in said
        await bob.says("follow add", topic="trade", style="daily", at="13:00")
        await place.brings(PACT, QUAKE)
        await place.work()
        assert (len(ada.messages), len(bob.messages)) == (1, 4), "it is nine in the evening in Tokyo"
        await after(place, hours=1, minutes=1)
        assert len(ada.messages) == 2
        assert "Meanwhile, in the quiet hours" in ada.messages[-1]


async def test_a_private_thread_holds_the_person_and_keeps_their_hours(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = Person(place)
        await ada.says("follow add", country="Kenya")
        await ada.says("follow hours", quiet="22:00-07:00")
        said = await ada.says("follow add", country="Japan", place="thread")
        assert "You follow" in said
        (thread,) = place.channel.threads
        real = place.client.get_channel(place.channel.id).get_thread(thread.id)
        assert real.is_private()
        assert {member.id for member in await real.fetch_members()} >= {ada.user.id}
        await ada.says("follow add", topic="fighterjet", place="thread")
        assert len(place.channel.threads) == 1, "one thread a person"
        flow = await place.house.tell.flow(ChannelId(thread.id))
        assert flow.quiet is not None
        await place.brings(PACT)
        await place.work()
        assert "Japan and the Philippines sign" in posted(thread)[-1]
        await place.moderator.slash(place.channel, "alert list")
        everybody = place.guild.create_text_channel("closed")
        real = place.client.get_channel(everybody.id)
        await real.set_permissions(real.guild.default_role, create_private_threads=False)
        bob = Person(place, "bob")
        refused = (await bob.member.slash(everybody, "follow add", country="Japan", place="thread")).response
        assert "I miss Create Private Threads" in refused.content


async def test_closed_direct_messages_are_told_at_the_next_command_and_lose_nothing(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = Person(place)
        await ada.says("follow add", country="Japan")
        ada.closes()
        await place.brings(PACT)
        await place.work()
        (rule,) = await place.house.follow.follows(ada.id)
        assert rule.standing is Standing.BLOCKED
        requests = len(place.env.http_requests)
        await after(place, hours=3)
        assert len(place.env.http_requests) == requests, "somebody who takes no messages is left alone"
        result = await ada.member.slash(place.channel, "news", topic="trade")
        told = [
            message for message in place.channel.history(viewer=ada.member) if "Your follows wait" in message.content
        ]
        assert len(told) == 1
        assert "You take no direct messages from me" in told[0].content
        assert result.response is not None
        await ada.member.slash(place.channel, "news", topic="trade")
        again = [message for message in place.channel.history(viewer=ada.member) if "follows wait" in message.content]
        assert len(again) == 1, "once"
        assert "blocked" in await ada.says("follow list")
        ada.opens()
        await ada.says("follow resume", follow=str(rule.id))
        await place.work()
        assert "Japan and the Philippines sign" in ada.messages[-1]


async def test_where_no_message_can_be_sent_nothing_is_set(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = Person(place)
        ada.closes()
        assert "I cannot send you direct messages, so nothing was set" in await ada.says("follow add", country="Japan")
        assert await place.house.follow.follows(ada.id) == ()


async def test_a_follow_that_waits_for_a_month_is_paused_not_lost(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = Person(place)
        await ada.says("follow add", country="Japan")
        ada.closes()
        await place.brings(PACT)
        await place.work()
        place.clock.move(timedelta(days=31))
        await Janitor(place.house.deliveries, place.house.privacy, place.clock).step()
        (rule,) = await place.house.follow.follows(ada.id)
        assert rule.standing is Standing.PAUSED


async def test_the_limit_of_follows(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = Person(place)
        place.house.follow._limit = 1
        await ada.says("follow add", country="Japan")
        assert "You have 1 follows, the most there may be" in await ada.says("follow add", country="Kenya")


async def test_a_page_is_followed_by_its_button(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = Person(place)
        await place.brings(PACT, silent=True)
        page = (await ada.member.slash(place.channel, "news", country="Japan", since="7d")).response
        result = await ada.member.click(page, label="Follow")
        assert "You follow" in text(result.response)
        (rule,) = await place.house.follow.follows(ada.id)
        assert (rule.query.country, rule.query.since) == ("JP", None)
        nothing = (await ada.member.slash(place.channel, "news")).response
        assert "Follow" not in text(nothing), "not of everything"


async def test_a_card_offers_what_its_story_can_be_followed_by(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = Person(place)
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan")
        await place.brings(PACT)
        await place.work()
        (card,) = alerts.history()
        asked = (await ada.member.click(card, label="Follow")).response
        (menu,) = [one for one in walk(asked) if one.get("custom_id", "").startswith("j:")]
        labels = [option["label"] for option in menu["options"]]
        assert "#securitycooperation" in labels
        assert "Japan: what is about it" in labels
        assert "The Example: the outlet" in labels
        chosen = next(option["value"] for option in menu["options"] if option["label"].startswith("Japan"))
        await ada.member.select(asked, values=[chosen])
        (rule,) = await place.house.follow.follows(ada.id)
        assert rule.query.filter == "country:JP"
        assert "You follow" in ada.messages[-1]


async def test_less_like_this_is_for_moderators_in_channels_and_for_the_owner_of_a_follow(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada, bob = Person(place), Person(place, "bob")
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan")
        await ada.says("follow add", country="Japan")
        await place.brings(PACT)
        await place.work()
        (card,) = alerts.history()
        refused = (await bob.member.click(card, label="Less like this")).response
        assert "it takes the permission Manage Server" in refused.content
        for who, message, whose in (
            (place.moderator, card, GuildId(place.guild.id)),
            (ada.user, ada.user.dm_channel.history()[-1], ada.id),
        ):
            asked = (await who.click(message, label="Less like this")).response
            (menu,) = [one for one in walk(asked) if one.get("custom_id", "").startswith("m:")]
            labels = [option["label"] for option in menu["options"]]
            assert "Japan: what is about it" not in labels, "that is what is asked for"
            chosen = next(option["value"] for option in menu["options"] if option["label"] == "#securitycooperation")
            said = await who.select(asked, values=[chosen])
            assert "From now on" in text(asked), said
            rules = await (
                place.house.alerts.for_guild(GuildId(whose))
                if who is place.moderator
                else place.house.follow.follows(ada.id)
            )
            assert [rule.query.filter for rule in rules] == ["-#securitycooperation"]
        before = len(posted(alerts)), len(ada.messages)
        await place.brings(story("Japan and Australia widen their security cooperation", hours=0.2))
        await place.work()
        assert (len(posted(alerts)), len(ada.messages)) == before
        await place.brings(QUAKE)
        await place.work()
        assert (len(posted(alerts)), len(ada.messages)) == (before[0] + 1, before[1] + 1)


async def test_moderators_who_chose_no_place_are_told_at_their_next_command(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan")
        await may_post(place, alerts, False)
        await place.brings(PACT)
        await place.work()

        def told(who: Any) -> int:
            return sum(f"Alerts in <#{alerts.id}> wait" in one.content for one in place.channel.history(viewer=who))

        await place.reader.slash(place.channel, "help")
        assert told(place.reader) == 0, "members are not told"
        for _ in range(2):
            await place.moderator.slash(place.channel, "help")
        assert told(place.moderator) == 1


async def test_what_blocks_one_channel_is_told_in_another_where_alerts_come_through(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts, other = place.guild.create_text_channel("alerts"), place.guild.create_text_channel("other")
        await add(place, alerts, country="Japan")
        await add(place, other, country="Kenya")
        await may_post(place, alerts, False)
        await place.brings(PACT)
        await place.work()
        notice = await place.house.notices.claim("test", timedelta(minutes=1), now=place.clock.now())
        assert notice is not None
        assert notice.channel == other.id
        assert f"/{alerts.id}: I may not post there" in notice.text
        assert "wait 30 days" in notice.text


@pytest.mark.parametrize("days", [29, 31])
async def test_an_alert_waits_thirty_days_for_its_channel(newsroom: Newsroom, days: int) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan")
        await may_post(place, alerts, False)
        await place.brings(PACT)
        await place.work()
        place.clock.move(timedelta(days=days))
        await Janitor(place.house.deliveries, place.house.privacy, place.clock).step()
        await may_post(place, alerts, True)
        await place.brings(story("Japan's parliament passes a budget", hours=-24 * days))
        await place.work()
        shown = posted(alerts)
        if days < 30:
            assert ["parliament passes" in each for each in shown] == [True], "what waited too long is no news"
        else:
            assert shown == []
            assert await place.house.alerts.for_guild(GuildId(place.guild.id)) == ()


def walk(message: Any) -> list[dict[str, Any]]:
    """Every component of a message."""
    found: list[dict[str, Any]] = []
    waiting = list(message.components)
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += one.get("components", [])
    return found


async def test_why_tells_a_person_of_their_own_follows_alone(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada, bob = Person(place), Person(place, "bob")
        await ada.says("follow add", country="Japan")
        await ada.says("follow add", country="Kenya")
        await place.brings(PACT)
        await place.work()
        said = await ada.says("why", story="security pact")
        assert "What you follow" in said
        assert "https://discord.com/channels/@me/" in said
        assert "no, it is not about Kenya" in said
        for other in (bob.member, place.moderator):
            said = text((await other.slash(place.channel, "why", story="security pact")).response)
            assert "What you follow" not in said
            assert "you 🇯🇵" not in said


async def test_what_cannot_be_followed_leaves_no_thread_behind(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = Person(place)
        await ada.says("follow add", country="Japan")
        assert "You follow just this already" in await ada.says("follow add", country="Japan", place="thread")
        assert place.channel.threads == []
