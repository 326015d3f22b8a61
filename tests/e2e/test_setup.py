"""/setup in a simulated Discord: a server's first alert by choosing."""

from __future__ import annotations

from typing import Any

import pytest
from discord import app_commands

from bot.front import make_client
from bot.model import GuildId, Style
from tests.e2e.conftest import Newsroom, Place, story
from tests.e2e.test_alerts import may_post, posted
from tests.e2e.test_news import JETS, PACT, TALKS, button, choices, text
from tests.e2e.test_stories import QUAKE


async def begun(place: Place) -> Any:
    await place.brings(PACT, JETS, *TALKS)
    await place.work()
    return (await place.moderator.slash(place.channel, "setup")).response


def chosen(form: Any, part: str) -> list[str]:
    return [option["value"] for option in choices(form, f"u:{part}") if option.get("default")]


async def test_a_first_alert_by_choosing(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        form = await begun(place)
        assert form.ephemeral
        assert button(form, "Finish")["disabled"]
        assert button(form, "Preview")["disabled"]
        alerts = place.guild.create_text_channel("alerts")
        await place.moderator.select(form, values=[alerts], custom_id="u:channel")
        await place.moderator.select(form, values=["trade"], custom_id="u:topics")
        await place.moderator.select(form, values=["JP", "PH"], custom_id="u:countries")
        await place.moderator.select(form, values=["Asia/Manila"], custom_id="u:zone")
        assert (chosen(form, "topics"), chosen(form, "countries")) == (["trade"], ["JP", "PH"])
        assert (chosen(form, "how"), chosen(form, "zone")) == (["instant:2"], ["Asia/Manila"])
        await place.env.restart_bot(make_client(place.house))
        await place.moderator.select(form, values=["instant:1"], custom_id="u:how")
        seen = (await place.moderator.click(form, label="Preview")).response
        assert seen.ephemeral
        assert "it would have posted" in text(seen)
        await place.moderator.click(form, label="Finish")
        assert "### Done" in text(form)
        (rule,) = await place.house.tell.rules(GuildId(place.guild.id))
        assert (rule.channel, rule.manner.style, rule.query.filter) == (
            alerts.id,
            Style.INSTANT,
            "#trade OR country:JP,PH",
        )
        assert (await place.house.tell.flow(rule.channel)).zone == "Asia/Manila"
        await place.brings(QUAKE, outlet="The Wire")
        await place.brings(story("Kenya's parliament passes the budget", "It passed.", hours=0.2))
        await place.work()
        (card,) = posted(alerts)
        assert "Strong earthquake" in card


async def test_topics_and_countries_may_be_typed(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        form = await begun(place)
        asked = await place.moderator.click(form, label="Another topic or country …")
        await place.moderator.submit_modal(asked, {"typed": "Security Cooperation, #FighterJet, Filipino,, Uruguay"})
        assert chosen(form, "topics") == ["securitycooperation", "FighterJet"]
        assert chosen(form, "countries") == ["PH", "UY"]
        assert not button(form, "Preview")["disabled"]


async def test_a_member_may_not_and_a_channel_that_is_closed_is_said(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        form = await begun(place)
        (command,) = [one for one in await place.client.tree.fetch_commands() if one.name == "setup"]
        place.guild.set_command_permissions(command.id, {place.reader: True})
        refused = (await place.reader.slash(place.channel, "setup")).response
        assert "Manage Server" in str(refused.content)
        assert [type(error).__name__ for error in place.env.errors] == ["MissingPermissions"]
        await place.moderator.select(form, values=["JP"], custom_id="u:countries")
        await may_post(place, place.channel, False)
        said = (await place.moderator.click(form, label="Finish")).response
        assert "I cannot post in #" in str(said.content)
        assert await place.house.tell.rules(GuildId(place.guild.id)) == ()


async def test_what_would_flood_the_channel_is_not_set(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    async with newsroom() as place:
        form = await begun(place)
        for module in ("bot.model.rules", "bot.services.alerts"):
            monkeypatch.setattr(f"{module}.FLOOD_A_DAY", 0.1)
        await place.moderator.select(form, values=["trade"], custom_id="u:topics")
        await place.moderator.select(form, values=["instant:1"], custom_id="u:how")
        await place.moderator.click(form, label="Finish")
        assert "would flood the channel" in text(form)
        assert await place.house.tell.rules(GuildId(place.guild.id)) == ()
        await place.moderator.select(form, values=["daily:1"], custom_id="u:how")
        await place.moderator.click(form, label="Finish")
        (rule,) = await place.house.tell.rules(GuildId(place.guild.id))
        assert (rule.manner.style, rule.manner.at_minute, rule.query.topic) == (Style.DAILY, 480, "trade")


async def test_an_empty_memory_can_be_set_up_too(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        form = (await place.moderator.slash(place.channel, "setup")).response
        asked = await place.moderator.click(form, label="Another topic or country …")
        await place.moderator.submit_modal(asked, {"typed": "Japan"})
        await place.moderator.click(form, label="Finish")
        (rule,) = await place.house.tell.rules(GuildId(place.guild.id))
        assert (rule.query.country, rule.channel, rule.manner.min_outlets) == ("JP", place.channel.id, 2)


async def test_joining_a_server_sends_nothing(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        before = len(place.env.http_requests)
        place.env.create_guild("Another")
        await place.work()
        sent = [one for one in place.env.http_requests[before:] if one.method == "POST"]
        assert sent == []


async def test_a_bot_that_ends_while_it_tells_of_its_commands_just_ends(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiohttp refuses what is asked of a session that was closed; on a session that is open, it is an error of ours."""

    async def refused() -> list[app_commands.AppCommand]:
        raise RuntimeError("Session is closed")

    async with newsroom() as place:
        client = make_client(place.house)
        monkeypatch.setattr(client.tree, "sync", refused)
        with pytest.raises(RuntimeError, match="closed"):
            await client.sync_commands()
        monkeypatch.setattr(client, "is_closed", lambda: True)
        assert not await client.sync_commands()
