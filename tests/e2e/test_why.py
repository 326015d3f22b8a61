"""One item replayed: how it came, and what each alert made of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.model import ChannelId, GuildId
from tests.e2e.conftest import Newsroom, Place, story
from tests.e2e.test_alerts import add, may_post, posted
from tests.e2e.test_news import text
from tests.e2e.test_stories import QUAKE, SAME, THIRD, after


async def why(place: Place, what: str, who: Any = None) -> str:
    asker = who or place.moderator
    response = (await asker.slash(place.channel, "why", story=what)).response
    return text(response) if response.components else response.content


async def test_each_gate_is_named(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts, digests, deaf = (place.guild.create_text_channel(name) for name in ("alerts", "digests", "deaf"))
        await add(place, alerts, country="Japan")
        await add(place, digests, country="Japan", style="hourly")
        await add(place, deaf, country="Kenya")
        await add(place, deaf, category="Sport")
        await add(place, deaf, words="volcano")
        await add(place, deaf, topic="trade")
        await add(place, deaf, country="Japan", min_outlets=5)
        await add(place, deaf, country="Japan", language="French")
        paused = (await place.house.alerts.for_guild(GuildId(place.guild.id)))[-1]
        await place.moderator.slash(place.channel, "alert pause", alert=str(paused.id))
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        await place.brings(SAME, outlet="CNA")
        await place.work()
        said = await why(place, "https://cna.example/quake")
        assert "How it came" in said
        assert "cna.example/feed" in said
        for line in (
            "posted · <t:",
            "under another report of the story · https://discord.com/channels/",
            "waits for a digest",
            "no, it is not about Kenya",
            "not Sport",
            "does not hold “volcano”",
            "does not carry #trade",
            "2 of the 5 outlets asked for tell it",
            "the alert is paused",
        ):
            assert line in said, line
        await after(place, hours=1)
        assert " · in a digest" in await why(place, "https://cna.example/quake")


async def test_a_message_of_ours_is_a_way_to_ask(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan")
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        (message,) = alerts.history()
        link = f"https://discord.com/channels/{place.guild.id}/{alerts.id}/{message.id}"
        assert "Strong earthquake" in await why(place, link)
        assert "no alert of mine" in await why(place, f"{link}0")
        assert "not of this server" in await why(place, f"https://discord.com/channels/1/2/{message.id}")


async def test_members_are_not_told_of_the_alerts(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan")
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        said = await why(place, "Hokkaido", place.reader)
        assert "How it came" in said
        assert f"<#{alerts.id}>" not in said
        assert "Who may manage the server" in said


async def test_what_came_silently_what_is_blocked_and_what_nobody_knows(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan")
        await place.brings(QUAKE, outlet="The Old", silent=True)
        assert "Remembered silently" in await why(place, "Hokkaido")
        await may_post(place, alerts, False)
        await place.brings(story("Typhoon nears Okinawa", "A typhoon nears Japan's Okinawa."), outlet="The Wire")
        assert "it will be posted" in await why(place, "Okinawa")
        await place.work()
        said = await why(place, "Okinawa")
        assert "is being sent · " in said
        assert "I may not post there" in said
        assert posted(alerts) == []
        assert "No story in the memory" in await why(place, "nothing of the kind")
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        assert rule.channel == ChannelId(alerts.id)
        await place.brings(THIRD, outlet="The Times")
        await place.work()
        place.clock.move(timedelta(minutes=1))
        await add(place, place.guild.create_text_channel("late"), topic="earthquakes")
        assert "the alert was set after it came" in await why(place, "northern")
