"""Forums and webhooks in a simulated Discord: a post for each story, and messages under the outlets' names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import discord
import pytest

from bot.model import GuildId, Place, Standing
from tests.e2e.conftest import Newsroom, Place as Room
from tests.e2e.test_alerts import add, posted
from tests.e2e.test_follows import walk
from tests.e2e.test_news import PACT, text
from tests.e2e.test_stories import OTHER, QUAKE, SAME, THIRD, after
from tests.support import Look


async def forum_with(place: Room, *tags: str) -> Any:
    """A forum, and its tags."""
    forum = place.guild.create_forum_channel("stories")
    real = place.client.get_channel(forum.id)
    for tag in tags:
        await real.create_tag(name=tag)
    return forum


def tags_of(place: Room, thread: Any) -> list[str]:
    return [tag.name for tag in place.client.get_channel(thread.id).applied_tags]


async def test_each_story_is_a_post_with_the_tags_that_fit(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        forum = await forum_with(place, "Japan", "Security Co-operation", "Sport", "🇵🇭", "KE")
        said = await add(place, forum, filter="country:JP,KE")
        assert "Each story that matches becomes a post" in said
        await place.brings(PACT, OTHER)
        await place.work()
        posts = {thread.name: thread for thread in forum.threads}
        assert posts.keys() == {PACT.title, OTHER.title}
        assert set(tags_of(place, posts[OTHER.title])) == {"KE"}
        assert {"Japan", "🇵🇭"} <= set(tags_of(place, posts[PACT.title]))
        (card,) = posted(posts[PACT.title])
        assert "### [Japan and the Philippines sign" in card


async def test_later_reports_are_replies_and_the_card_grows(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        forum = await forum_with(place)
        await add(place, forum, country="Japan")
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        (thread,) = forum.threads
        await place.brings(SAME, outlet="CNA")
        await place.brings(replace(SAME, title=SAME.title + " again", url="https://cna.example/quake-2"), outlet="CNA")
        await after(place, seconds=30)
        await after(place, minutes=2)
        first, reply = posted(thread)
        assert "also in [CNA]" in first
        assert "**CNA**" in reply
        assert "also in" not in reply, "the first card says it"
        await place.brings(THIRD, outlet="The Times")
        await after(place, minutes=2)
        await after(place, minutes=2)
        assert len(posted(thread)) == 3, "each outlet once"
        assert len(forum.threads) == 1


async def test_replies_keep_the_quiet_hours(newsroom: Newsroom) -> None:
    async with newsroom() as place:  # it is noon
        forum = await forum_with(place)
        await add(place, forum, country="Japan")
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        (thread,) = forum.threads
        await place.moderator.slash(place.channel, "alert limits", channel=forum, quiet="12:00-14:00")
        await place.brings(SAME, outlet="CNA")
        await place.work()
        await after(place, minutes=1)
        assert len(posted(thread)) == 1
        assert "also in [CNA]" in posted(thread)[0], "an edit wakes nobody"
        await after(place, hours=2)
        assert len(posted(thread)) == 2


async def test_digests_are_posts_too(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        forum = await forum_with(place, "Digest", "Japan")
        await add(place, forum, country="Japan", style="daily", at="13:00")
        await place.brings(PACT, QUAKE)
        await place.work()
        await after(place, hours=1, minutes=1)
        (thread,) = forum.threads
        assert thread.name == "Digest: 2 stories"
        assert tags_of(place, thread) == ["Digest"]


async def test_a_deleted_post_stays_deleted(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        forum = await forum_with(place)
        await add(place, forum, country="Japan")
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        (thread,) = forum.threads
        await place.client.get_channel(thread.id).delete()
        await place.brings(SAME, outlet="CNA")
        await after(place, minutes=1)
        assert forum.threads == []
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        assert rule.standing is Standing.ACTIVE


@pytest.mark.parametrize("locked", [False, True])
async def test_a_post_that_discord_archived_is_opened_to_grow(newsroom: Newsroom, locked: bool) -> None:
    async with newsroom() as place:
        forum = await forum_with(place)
        await add(place, forum, country="Japan")
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        (thread,) = forum.threads
        await place.client.get_channel(thread.id).edit(archived=True, locked=locked)
        where = f"/channels/{thread.id}/messages/{thread.id}"
        place.env.inject_error("PATCH", where, status=400, code=50083, times=9 if locked else 1)
        await place.brings(SAME, outlet="CNA")
        await place.work()
        await after(place, minutes=1)
        assert ("also in [CNA]" in posted(thread)[0]) is not locked, "what moderators locked stays so"
        found = await place.client.fetch_channel(thread.id)
        assert isinstance(found, discord.Thread)
        assert found.archived is locked


async def test_a_channel_with_as_many_webhooks_as_there_may_be_blocks(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        wire = place.guild.create_text_channel("wire")
        await may_hook(place, wire)
        await add(place, wire, country="Japan", as_outlet=True)
        place.env.inject_error("POST", f"/channels/{wire.id}/webhooks", status=400, code=30007, times=1)
        await place.brings(PACT)
        await place.work()
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        assert rule.standing is Standing.BLOCKED
        assert "remove one" in (rule.reason or "")
        await after(place, minutes=20)
        assert len(posted(wire)) == 1, "and goes on by itself"


async def test_buttons_work_in_posts_and_below_webhooks(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        forum = await forum_with(place)
        wire = place.guild.create_text_channel("wire")
        await may_hook(place, wire)
        await add(place, forum, country="Japan")
        await add(place, wire, country="Japan", as_outlet=True)
        await place.brings(PACT)
        await place.work()
        (thread,) = forum.threads
        for (card,) in (thread.history(), wire.history()):
            answer = await place.reader.click(card, label="Why?")
            assert "Why these tags" in text(answer.response)
            asked = (await place.moderator.click(card, label="Less like this")).response
            assert any(one.get("custom_id", "").startswith("m:") for one in walk(asked))


async def may_hook(place: Room, channel: Any, allowed: bool = True) -> None:
    real = place.client.get_channel(channel.id)
    await real.set_permissions(real.guild.me, manage_webhooks=allowed)


async def test_messages_stand_under_their_outlets_names_and_grow(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        wire = place.guild.create_text_channel("wire")
        await may_hook(place, wire)
        said = await add(place, wire, filter="country:JP,KE", as_outlet=True)
        assert "under their outlets' names" in said
        await place.brings(QUAKE, outlet="The Wire")
        await place.brings(OTHER, outlet="Discord Daily")
        await place.work()
        assert [message.author.name for message in wire.history()] == ["The Wire", "Discor.d Daily"]
        await place.brings(SAME, outlet="CNA")
        await place.work()
        await after(place, minutes=1)
        first, _ = posted(wire)
        assert "also in [CNA]" in first
        hooks = [entry for entry in place.env.http_requests if entry.path.endswith("/webhooks")]
        assert [entry.method for entry in hooks].count("POST") == 1, "one webhook"
        listed = text((await place.moderator.slash(place.channel, "alert list")).response)
        assert "in the outlets' names" in listed


async def test_a_webhook_that_somebody_removes_is_made_anew(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        wire = place.guild.create_text_channel("wire")
        await may_hook(place, wire)
        await add(place, wire, country="Japan", as_outlet=True)
        await place.brings(PACT)
        await place.work()
        (hook,) = await place.client.get_channel(wire.id).webhooks()
        await hook.delete()
        await place.brings(QUAKE)
        await place.work()
        await after(place, seconds=5)
        assert len(posted(wire)) == 2


async def test_without_the_permission_it_is_said_at_once_and_later_waits(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        wire = place.guild.create_text_channel("wire")
        await may_hook(place, wire, False)
        refused = (
            await place.moderator.slash(place.channel, "alert add", channel=wire, country="Japan", as_outlet=True)
        ).response
        assert "What I miss there: Manage Webhooks" in refused.content
        await may_hook(place, wire)
        await add(place, wire, country="Japan", as_outlet=True)
        await may_hook(place, wire, False)
        await place.brings(PACT)
        await place.work()
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        assert (rule.standing, posted(wire)) == (Standing.BLOCKED, [])
        await may_hook(place, wire)
        await after(place, minutes=20)
        assert len(posted(wire)) == 1


async def test_an_alert_moves_between_places(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        wire, forum = place.guild.create_text_channel("wire"), await forum_with(place)
        await add(place, wire, country="Japan")
        await may_hook(place, wire)

        async def edited(**parts: Any) -> Place:
            response = (await place.moderator.slash(place.channel, "alert edit", alert="1", **parts)).response
            assert "Alert changed" in text(response), response.content
            (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
            return rule.place

        assert await edited(as_outlet=True) is Place.WEBHOOK
        assert await edited(country="Kenya") is Place.WEBHOOK, "what is not named stays"
        assert await edited(channel=forum) is Place.FORUM
        assert await edited(channel=wire) is Place.CHANNEL
        refused = await place.moderator.slash(place.channel, "alert edit", alert="1", channel=forum, as_outlet=True)
        assert "leave out as" in refused.response.content


async def test_a_forum_that_wants_a_tag_and_has_none_that_fits_blocks(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        forum = await forum_with(place, "Cooking")
        await add(place, forum, country="Japan")
        place.env.inject_error("POST", f"/channels/{forum.id}/threads", status=400, code=40067, times=1)
        await place.brings(PACT)
        await place.work()
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        assert rule.standing is Standing.BLOCKED
        assert "add one called News" in (rule.reason or "")
        await after(place, minutes=20)
        assert len(forum.threads) == 1, "and goes on by itself"


async def test_in_doubt_a_post_is_looked_for_first(newsroom: Newsroom, look: Look) -> None:
    async with newsroom() as place:
        forum = await forum_with(place)
        await add(place, forum, country="Japan")
        await place.brings(PACT)
        await place.work()
        (thread,) = forum.threads
        # As if the answer had been lost: the row is pending again, in doubt (simcord's clock shows New Year's Day).
        since = int((place.env.now() - timedelta(minutes=1)).timestamp() * 1000)
        look(f"UPDATE delivery SET state = 'pending', message_id = NULL, doubt_since = {since}")
        await after(place, seconds=10)
        assert [one.id for one in forum.threads] == [thread.id]
        told = (await place.reader.click(thread.history()[0], label="Why?")).response
        assert "Why these tags" in text(told)
