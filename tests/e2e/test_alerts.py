"""Alerts in a simulated Discord: set, posted once, in order, blocked without a permission, kept."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import discord
import pytest
from simcord import SetupError

from bot.model import ChannelId, GuildId, Standing
from tests.e2e.conftest import Newsroom, Place, story
from tests.e2e.test_news import JETS, PACT, text


def posted(channel: Any) -> list[str]:
    return [
        json.dumps([component.to_dict() for component in message.components], ensure_ascii=False)
        for message in channel.history()
    ]


async def may_post(place: Place, channel: Any, allowed: bool) -> None:
    """Change what the bot may do in a channel, as a moderator would."""
    real = place.client.get_channel(channel.id)
    await real.set_permissions(real.guild.default_role, send_messages=allowed)


async def add(place: Place, channel: Any, **options: Any) -> str:
    return text((await place.moderator.slash(place.channel, "alert add", channel=channel, **options)).response)


async def test_a_new_item_that_matches_is_posted_once_with_the_same_card(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        said = await add(place, alerts, topic="security co-operation")
        assert "Alert set" in said
        assert "#securitycooperation" in said
        await place.brings(story("Old pact on security cooperation", hours=9), outlet="The Old", silent=True)
        await place.brings(PACT, JETS)
        await place.work()
        await place.work()
        (shown,) = posted(alerts)
        assert "### [Japan and the Philippines sign a security cooperation pact]" in shown
        assert "🇯🇵 Japan" in shown
        await place.brings(story("Poland and Kenya agree on security cooperation at sea", hours=0))
        await place.work()
        assert ["Poland and Kenya" in each for each in posted(alerts)] == [False, True]


async def test_only_the_asked_role_is_mentioned(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        role = place.guild.create_role("Readers", mentionable=True)
        await add(place, alerts, role=role)
        await place.brings(story("@everyone read <@&999> this"))
        await place.work()
        (shown,) = posted(alerts)
        assert f"<@&{role.id}>" in shown
        logged = [entry for entry in place.env.http_requests if entry.method == "POST" and "messages" in entry.path]
        payload = logged[-1].json
        assert payload["allowed_mentions"]["parse"] == []
        assert [str(each) for each in payload["allowed_mentions"].get("roles", [])] == [str(role.id)]
        assert payload["enforce_nonce"] is True
        assert len(str(payload["nonce"])) <= 25


async def test_it_takes_manage_server(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        with pytest.raises(SetupError):
            await place.reader.slash(place.channel, "alert add", channel=place.channel, topic="trade")


async def test_a_channel_the_bot_cannot_write_to_is_told_at_once(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        silence = {place.guild.default_role: discord.PermissionOverwrite(send_messages=False)}
        closed = place.guild.create_text_channel("closed", overwrites=silence)
        response = (await place.moderator.slash(place.channel, "alert add", channel=closed, topic="trade")).response
        assert "I cannot post in #closed. What I miss there: Send Messages" in response.content
        assert await place.house.alerts.for_guild(GuildId(place.guild.id)) == ()


async def test_a_permission_lost_later_blocks_the_alert_and_loses_nothing(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, topic="securitycooperation")
        await may_post(place, alerts, False)
        await place.brings(PACT)
        await place.work()
        assert posted(alerts) == []
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        assert rule.standing is Standing.BLOCKED
        listed = text((await place.moderator.slash(place.channel, "alert list")).response)
        assert "blocked" in listed
        await may_post(place, alerts, True)
        await place.moderator.slash(place.channel, "alert resume", alert=str(rule.id))
        await place.work()
        assert len(posted(alerts)) == 1


async def test_pause_edit_list_and_remove(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        other = place.guild.create_text_channel("other")
        await add(place, alerts, topic="securitycooperation", country="Japan")
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        offered = await place.moderator.autocomplete(place.channel, "alert edit", "alert", "")
        assert offered == [{"name": f"{rule.id} · #alerts · #securitycooperation JP", "value": str(rule.id)}]
        await place.moderator.slash(place.channel, "alert pause", alert=str(rule.id))
        await place.brings(PACT)
        await place.work()
        assert posted(alerts) == []
        await place.moderator.slash(place.channel, "alert resume", alert=str(rule.id))
        await place.moderator.slash(place.channel, "alert edit", alert=str(rule.id), channel=other, topic="-")
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        assert (rule.channel, rule.query.topic, rule.query.country) == (ChannelId(other.id), None, "JP")
        await place.brings(story("Japan votes", "Japan elects a parliament.", hours=0))
        await place.work()
        assert len(posted(other)) == 1
        await place.moderator.slash(place.channel, "alert remove", alert=str(rule.id))
        assert await place.house.alerts.for_guild(GuildId(place.guild.id)) == ()
        response = (await place.moderator.slash(place.channel, "alert pause", alert=str(rule.id))).response
        assert "has no alert" in response.content


async def test_an_item_goes_to_a_channel_once_whatever_rules_match(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, topic="securitycooperation")
        await add(place, alerts, country="Japan")
        await place.brings(PACT)
        await place.work()
        assert len(posted(alerts)) == 1


async def test_a_thread_is_a_place_too(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        made = await place.client.get_channel(place.channel.id).create_thread(
            name="pacts", type=discord.ChannelType.public_thread
        )
        (thread,) = place.channel.threads
        assert thread.id == made.id
        await add(place, thread, topic="securitycooperation")
        await place.brings(PACT)
        await place.work()
        assert len(posted(thread)) == 1


async def test_an_alert_may_ask_for_a_language(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, language="French")
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        assert (rule.query.language, rule.criteria.language) == ("fr", "fr")
        assert "in French" in text((await place.moderator.slash(place.channel, "alert list")).response)
        offered = await place.moderator.autocomplete(place.channel, "alert edit", "alert", "")
        assert offered == [{"name": f"{rule.id} · #alerts · in French", "value": str(rule.id)}]
        await place.brings(PACT, replace(story("Paris vote", hours=0), language="fr-fr"))
        await place.work()
        (shown,) = posted(alerts)
        assert "Paris vote" in shown
        await place.moderator.slash(place.channel, "alert edit", alert=str(rule.id), language="-", country="Japan")
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        assert (rule.query.language, rule.query.country) == (None, "JP")
