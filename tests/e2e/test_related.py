"""*Related news* in the menu of a message, in a simulated Discord."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import Newsroom, Place, story
from tests.e2e.test_alerts import add
from tests.e2e.test_news import PACT, TALKS, choices, text
from tests.e2e.test_stories import QUAKE
from tests.e2e.test_top import told

STORM = story("Storm Amelia nears the coast of Ireland", "Storm Amelia brings winds of 140 km/h.", hours=5)


async def related(place: Place, said: str, **more: Any) -> Any:
    message = await place.moderator.send(place.channel, said, **more)
    return (await place.reader.context_menu(place.channel, "Related news", message)).response


def shown(response: Any) -> list[str]:
    return [option["label"] for option in choices(response, "o:1")]


async def filled(place: Place) -> None:
    await told(place)
    await place.brings(*TALKS, STORM)
    await place.work()


async def test_what_a_message_names_is_found(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await filled(place)
        found = await related(place, "Did you feel the earthquake in Japan this morning?")
        assert found.ephemeral
        assert "## Related news" in text(found)
        assert "It names #earthquakes, 🇯🇵 Japan" in text(found)
        assert "earthquake" in shown(found)[0].lower()
        assert sum("tsunami" in title.lower() for title in shown(found)) == 1, "each story once"
        assert not any("Trade talks" in title for title in shown(found))
        led = (await place.reader.select(found, values=["c=JP"], custom_id="y:")).response
        assert "## 🇯🇵 Japan" in text(led)


async def test_a_link_that_is_in_the_memory_stands_first_however_it_is_decorated(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await filled(place)
        found = await related(place, "lol (https://cna.example/quake?utm_source=x&fbclid=1#top), what")
        assert "The message links to the first" in text(found)
        assert shown(found)[0] == "Tsunami warning after magnitude 7.4 earthquake off Hokkaido"


async def test_a_name_is_enough(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await filled(place)
        assert shown(await related(place, "Anyone else stuck because of Storm Amelia and its winds?"))[0] == STORM.title


async def test_another_language_meets_the_same_subject(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await filled(place)
        assert "earthquake" in shown(await related(place, "Ein starkes Erdbeben in Japan"))[0].lower()


async def test_an_alert_of_our_own_is_read_by_its_story(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await add(place, place.channel, country="Japan")
        await place.brings(PACT, outlet="The Manila Post")
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        cards = [
            one
            for one in place.channel.history()
            if "security cooperation pact" in str([part.to_dict() for part in one.components])
        ]
        found = (await place.reader.context_menu(place.channel, "Related news", cards[-1])).response
        assert shown(found)[0] == PACT.title


@pytest.mark.parametrize("said", ["", "hm", "https://elsewhere.example/x", "\u200b\u202e ‮", "a" * 1_900])
async def test_what_names_nothing_is_said_to(newsroom: Newsroom, said: str) -> None:
    async with newsroom() as place:
        await filled(place)
        response = await related(place, said or "...")
        assert response.ephemeral
        assert "names no country, topic, person or link" in str(response.content)


async def test_what_is_not_in_the_memory_is_said_to_be_missing(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await filled(place)
        response = await related(place, "Elections in Uruguay")
        assert "Nothing of the last 30 days is related" in str(response.content)
