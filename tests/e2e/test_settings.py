"""/settings in a simulated Discord: in which language a server is told things, and who is answered in it."""

from __future__ import annotations

from typing import Any

import pytest
from simcord import SetupError

from bot.front import make_client
from tests.e2e.conftest import Newsroom, Place, Speaking
from tests.e2e.test_alerts import add, posted
from tests.e2e.test_follows import Person
from tests.e2e.test_news import JETS, PACT, text
from tests.e2e.test_stories import QUAKE, SAME, after


async def settings(place: Place, **options: Any) -> str:
    return text((await place.moderator.slash(place.channel, "settings", **options)).response)


async def asked(place: Place) -> str:
    """How a page is answered."""
    page = text((await place.reader.slash(place.channel, "news", country="Japan")).response)
    (language,) = [
        name for word, name in (("newest first", "en"), ("neueste zuerst", "de"), ("الأحدث أولًا", "ar")) if word in page
    ]
    return language


async def test_alerts_are_in_the_servers_language_and_their_edits_too(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan")
        assert "None is set: alerts are in English" in await settings(place)
        assert "Alerts here are in this language: Deutsch" in await settings(place, language="de")
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        (card,) = posted(alerts)
        assert "Weniger davon" in card
        assert "Umwelt" in card
        assert "🇯🇵 Japan" in card
        await place.brings(SAME, outlet="CNA")
        await place.work()
        await after(place, seconds=30)
        (card,) = posted(alerts)
        assert "auch bei [CNA]" in card
        assert "None is set" in await settings(place, language="off")


async def test_who_reads_english_is_answered_in_it_unless_everybody_is_to_be(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT, JETS)
        await settings(place, language="de")
        assert await asked(place) == "en"
        assert "Allen wird darin geantwortet" in await settings(place, everyone=True)
        assert await asked(place) == "de"
        await place.env.restart_bot(make_client(place.house))
        assert await asked(place) == "de"
        page = (await place.reader.slash(place.channel, "news")).response
        await place.reader.click(page, label="Größte zuerst")
        assert "Größte Geschichten" in text(page), "so are clicks"
        assert "يُجاب الجميع بها" in await settings(place, language="ar"), "what is not said stays"
        assert await asked(place) == "ar"
        await settings(place, language="de", everyone=False)
        assert await asked(place) == "en"
        await settings(place, everyone=True)
        assert "None is set" in await settings(place, language="off")
        assert await asked(place) == "en"


async def test_arabic_is_for_those_whose_discord_the_bot_does_not_speak(newsroom: Newsroom, speaking: Speaking) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        await settings(place, language="ar")
        for locale, language in (("sv-SE", "ar"), ("de", "de"), ("en-GB", "en")):
            speaking(locale)
            assert await asked(place) == language


async def test_it_takes_manage_server_and_a_language(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        with pytest.raises(SetupError):
            await place.reader.slash(place.channel, "settings", language="de")
        refused = (await place.moderator.slash(place.channel, "settings", everyone=True)).response
        assert "Choose the language" in refused.content


async def test_a_person_is_told_in_the_language_of_their_discord(newsroom: Newsroom, speaking: Speaking) -> None:
    async with newsroom() as place:
        await settings(place, language="de")
        ada = Person(place)
        speaking("fr")
        assert "Vous suivez" in await ada.says("follow add", country="Japan")
        assert "`/suivre liste` montre ce que vous suivez" in ada.messages[0]
        speaking("en-US")
        await place.brings(PACT)
        await place.work()
        assert "Moins de ceci" in ada.messages[-1]
        assert (await place.house.follow._languages.language(ada.id)) is not None
        await ada.says("follow remove", follow="all")
        assert (await place.house.follow._languages.language(ada.id)) is None, (
            "with the last follow the person is forgotten"
        )
