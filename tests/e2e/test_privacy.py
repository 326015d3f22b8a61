"""/privacy and /data in a simulated Discord: what is kept, all of it as a file, and having it gone."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from bot.front import make_client
from bot.model import GuildId
from bot.services import privacy
from tests.e2e.conftest import Newsroom, Place
from tests.e2e.test_alerts import add
from tests.e2e.test_follows import Person
from tests.e2e.test_news import PACT, text


async def managed(place: Place, command: str, **options: Any) -> Any:
    return (await place.moderator.slash(place.channel, command, **options)).response


async def taken_away(answer: Any) -> Any:
    """What the file of an answer holds."""
    (file,) = answer.attachments
    body = await file.read()
    return json.loads(gzip.decompress(body) if file.filename.endswith(".gz") else body)


async def lived_in(place: Place) -> Person:
    """A server with an alert, a topic and a language, and a person who follows something there."""
    ada = Person(place)
    await add(place, place.guild.create_text_channel("alerts"), country="Japan")
    await place.moderator.slash(place.channel, "settings", language="en-US")
    await ada.says("follow add", country="Japan")
    await ada.says("news", country="Japan", since="last visit")
    await place.brings(PACT)
    await place.work()
    return ada


async def test_everybody_is_told_what_is_kept_of_them_and_where_the_policy_is(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        first = (await place.reader.slash(place.channel, "privacy")).response
        assert first.ephemeral
        assert "Of you I keep nothing." in text(first)
        assert "Of this server I keep nothing." in text(first)
        assert "has named no privacy policy" in text(first)
        ada = await lived_in(place)
        place.house.keep.policy = "https://bot.example/privacy_policy"
        said = await ada.says("privacy")
        assert "Of you: follows: **1** · posted messages: **1** · last visits: **1** · language: **1**." in said
        assert "Of this server: alerts: **1** · posted messages: **1** · language: **1**." in said
        assert "`/data export` gives you all of it" in said
        assert "With `server:True`" in said
        assert "https://bot.example/privacy_policy" in said
        alone = text((await ada.user.slash("privacy")).response)
        assert "follows: **1**" in alone
        assert "server I keep" not in alone, "a direct message is in no server"


async def test_a_person_takes_away_all_that_is_theirs_and_nothing_else(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = await lived_in(place)
        answer = (await ada.member.slash(place.channel, "data export")).response
        assert answer.ephemeral
        assert "All that I keep of you: 5 entries." in answer.content
        told = await taken_away(answer)
        assert told["person"] == str(ada.id)
        kept = told["kept"]
        (follow,) = kept["follows"]
        assert (follow["owner"], follow["query"]["country"]) == (str(ada.id), "JP")
        (message,) = kept["messages"]
        assert message["title"] == PACT.title
        assert message["state"] == "sent"
        assert message["created_at"] == "2026-11-23T12:00:00Z"
        assert len(kept["visits"]) == 1
        assert kept["language"] == [{"holder": str(ada.id), "locale": "en-US", "everyone": 0}]
        alone = (await ada.user.slash("data export")).response
        assert (await taken_away(alone))["kept"].keys() == kept.keys(), "in direct messages too"


async def test_a_server_is_taken_away_by_who_manages_it_without_the_follows_of_persons(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = await lived_in(place)
        refused = (await place.reader.slash(place.channel, "data export", server=True)).response
        assert "You need the permission Manage Server" in refused.content
        assert not refused.attachments
        alone = (await ada.user.slash("data export", server=True)).response
        assert "works in a server only" in alone.content
        assert [type(error).__name__ for error in place.env.errors] == ["MissingPermissions", "NoPrivateMessage"]
        told = await taken_away(await managed(place, "data export", server=True))
        assert told["server"] == str(place.guild.id)
        assert [alert["query"]["country"] for alert in told["kept"]["alerts"]] == ["JP"]
        assert str(ada.id) not in json.dumps(told)


async def test_what_is_large_is_compressed_and_what_discord_would_refuse_is_said(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with newsroom() as place:
        ada = await lived_in(place)
        monkeypatch.setattr(privacy, "PLAIN", 10)
        answer = (await ada.member.slash(place.channel, "data export")).response
        assert answer.attachments[0].filename == "dateline-data.json.gz"
        assert len((await taken_away(answer))["kept"]["follows"]) == 1
        monkeypatch.setattr(privacy, "MOST", 10)
        answer = (await ada.member.slash(place.channel, "data export")).response
        assert "more than Discord lets me attach" in answer.content
        assert [str(error.__cause__) for error in place.env.errors] == [answer.content.removeprefix("⚠️ ")]


async def test_a_person_is_forgotten_once_they_have_confirmed_it(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = await lived_in(place)
        asked = (await ada.member.slash(place.channel, "data delete")).response
        assert asked.ephemeral
        assert "Delete all that I keep of you?" in text(asked)
        assert "This goes: follows: **1** · posted messages: **1**" in text(asked)
        assert len(await place.house.follow.follows(ada.id)) == 1, "nothing is gone before the button"
        await place.env.restart_bot(make_client(place.house))
        await ada.member.click(asked, label="Delete it all")
        assert "Gone: follows: **1** · posted messages: **1**" in text(asked)
        assert await place.house.follow.follows(ada.id) == ()
        assert set((await place.house.privacy.of_person(ada.id)).values()) == {0}
        assert len(await place.house.alerts.for_guild(GuildId(place.guild.id))) == 1, "the server's stay"
        assert "Of you I keep nothing." in await ada.says("data delete")


async def test_a_server_is_forgotten_by_who_manages_it_and_begins_anew(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        ada = await lived_in(place)
        await place.moderator.slash(place.channel, "settings", language="de", everyone=True)
        asked = await managed(place, "data delete", server=True)
        assert "Alles löschen" in text(asked)
        await place.moderator.click(asked, label="Alles löschen")
        guild = GuildId(place.guild.id)
        assert await place.house.alerts.for_guild(guild) == ()
        assert set((await place.house.privacy.of_server(guild)).values()) == {0}
        assert len(await place.house.follow.follows(ada.id)) == 1, "a person's follows are theirs"
        assert "None is set" in text(await managed(place, "settings")), "what was remembered of it in passing, too"
        await add(place, place.guild.create_text_channel("again"), country="Japan")
        assert len(await place.house.alerts.for_guild(guild)) == 1


async def test_who_lost_manage_server_meanwhile_can_have_nothing_gone(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await lived_in(place)
        asked = await managed(place, "data delete", server=True)
        real = place.client.get_guild(place.guild.id)
        role = next(role for role in real.roles if role.name == "Moderators")
        await role.edit(permissions=role.permissions.none())
        refused = (await place.moderator.click(asked, label="Delete it all")).response
        assert "You need the permission Manage Server" in refused.content
        assert len(await place.house.alerts.for_guild(GuildId(place.guild.id))) == 1
