"""A server's own topics in a simulated Discord: tried, saved, found, alerted of, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.front import make_client
from bot.model import OPERATOR, GuildId
from tests.e2e.conftest import Newsroom, Place, story
from tests.e2e.test_alerts import add, posted
from tests.e2e.test_follows import walk
from tests.e2e.test_news import JETS, PACT, text

FRIGATE = story("Greece orders a frigate", "The frigates will be built in Lorient.", hours=4)
DESTROYER = story("A destroyer leaves Yokosuka", "The ship sails for Manila.", hours=2)
FILM = story("Star destroyer model sold", "A star destroyer from the film fetched a record price.", hours=1)


async def drafted(place: Place, **more: str) -> Any:
    await place.brings(FRIGATE, DESTROYER, FILM, JETS)
    await place.work()
    options = {"name": "Grey hulls", "phrases": "frigate, destroyer, patrol vessel", **more}
    return (await place.moderator.slash(place.channel, "topic add", **options)).response


async def asked(person: Any, place: Place, command: str, **options: Any) -> str:
    response = (await person.slash(place.channel, command, **options)).response
    return text(response) if response.components else str(response.content)


async def test_a_topic_is_tried_before_it_is_saved(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        draft = await drafted(place, excluded="star destroyer")
        assert draft.ephemeral
        assert "it would have met: **2 items**. What is excluded left out: 1 item." in text(draft)
        assert "Greece orders a frigate" in text(draft)
        assert "No topic of this server's own" in await asked(place.reader, place, "topic list")
        await place.env.restart_bot(make_client(place.house))
        await place.moderator.click(draft, label="Save")
        assert "Topic saved" in text(draft)
        said = await asked(place.reader, place, "topic list")
        assert "- **#greyhulls**: “frigate”, “destroyer”, “patrol vessel”, without “star destroyer”" in said


async def test_it_is_found_at_once_in_what_came_before_and_after(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.moderator.click(await drafted(place, excluded="star destroyer"), label="Save")
        said = await asked(place.reader, place, "news", topic="#GreyHulls")
        assert "## #greyhulls" in said
        assert "2 items, newest first" in said
        assert "a topic of this server's own" in said
        assert "-# #greyhulls" in said, "among the hashtags of a card"
        await place.brings(story("New patrol vessels for Palau", "A patrol vessel was handed over.", hours=0))
        assert "3 items, newest first" in await asked(place.reader, place, "news", topic="greyhulls")
        assert "1 item, newest first" in await asked(place.reader, place, "news", topic="greyhulls", country="Greece")
        assert "1 item" in await asked(place.reader, place, "news", filter="#greyhulls country:GR")
        assert "3 items since" in await asked(place.reader, place, "topic show", topic="greyhulls")
        choices = await place.reader.autocomplete(place.channel, "news", "topic", "greyh")
        assert [choice["value"] for choice in choices] == ["greyhulls"]


async def test_an_opened_story_says_what_the_topic_was_met_by(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.moderator.click(await drafted(place), label="Save")
        said = await asked(place.reader, place, "tag why", story="Greece orders")
        assert "#greyhulls · about it, 100%: “frigate” in the headline" in said


async def test_nobody_elses(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.moderator.click(await drafted(place), label="Save")
        page = await place.house.ask.find(
            await place.house.ask.query(guild=OPERATOR, topic="greyhulls"), guild=OPERATOR
        )
        assert page.total == 0
        (item, *_) = (await place.house.ask.find(await place.house.ask.query(guild=OPERATOR), guild=GuildId(1))).items
        assert "greyhulls" not in {one.tag for one in item.taggings}


async def test_alerts_ask_for_it_and_heed_what_it_becomes(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.moderator.click(await drafted(place), label="Save")
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, topic="greyhulls")
        await place.brings(story("Frigate collides with a ferry", "Nobody was hurt.", hours=0))
        await place.brings(story("Submarine surfaces off Bergen", "It was not announced.", hours=0))
        await place.work()
        (card,) = posted(alerts)
        assert "Frigate collides" in card
        again = await place.moderator.slash(
            place.channel, "topic add", name="greyhulls", phrases="frigate, submarine", excluded="ferry"
        )
        await place.moderator.click(again.response, label="Save")
        assert "1 alert asks for it and heed" in text(again.response)
        place.clock.move(timedelta(minutes=5))
        await place.brings(story("Submarine cable cut near Estonia", "Repair takes weeks.", hours=0))
        await place.brings(story("Another frigate hits a ferry", "Again nobody was hurt.", hours=0))
        await place.work()
        assert [("Submarine cable" in one) for one in posted(alerts)] == [False, True]


async def test_removed_it_is_words_again(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.moderator.click(await drafted(place), label="Save")
        assert "Topic removed" in await asked(place.moderator, place, "topic remove", topic="greyhulls")
        assert "Nothing in the memory" in await asked(place.reader, place, "news", topic="greyhulls")
        assert "no topic of that name" in await asked(place.moderator, place, "topic remove", topic="greyhulls")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "Trade", "phrases": "x"}, "is a topic for everybody already"),
        ({"name": "#", "phrases": "x"}, "Give the topic a name"),
        ({"name": "y" * 81, "phrases": "x"}, "Give the topic a name"),
        ({"name": "Ours", "phrases": " , ,"}, "Give one phrase or more"),
        ({"name": "Ours", "phrases": "frigate, !!"}, "holds no letter or digit"),
        ({"name": "Ours", "phrases": "frigate", "excluded": "Frigates"}, "excluded ones both"),
        ({"name": "Ours", "phrases": ",".join(f"word{number}" for number in range(21))}, "phrases: 21 are too many"),
    ],
)
async def test_what_cannot_be_a_topic_is_said(newsroom: Newsroom, options: dict[str, str], said: str) -> None:
    async with newsroom() as place:
        answer = await asked(place.moderator, place, "topic add", **options)
        assert said in answer


async def test_members_may_not(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        assert "Manage Server" in await asked(place.reader, place, "topic add", name="Ours", phrases="x")
        await place.brings(PACT)
        assert "Manage Server" in await asked(place.reader, place, "topic remove", topic="ours")
        assert {type(error).__name__ for error in place.env.errors} == {"MissingPermissions"}


async def test_an_alert_goes_on_for_a_topic_that_is_removed_whatever_else_of_it_changes(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.moderator.click(await drafted(place), label="Save")
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, topic="greyhulls", filter="-country:JP")
        assert "Topic removed" in await asked(place.moderator, place, "topic remove", topic="greyhulls")
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        before = (rule.criteria, rule.filter)
        await asked(place.moderator, place, "alert edit", alert=str(rule.id), min_outlets=1, mention=False)
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        assert (rule.criteria, rule.filter) == before
        await place.brings(story("A frigate sails from Kiel", "The frigate is new.", hours=0))
        await place.work()
        (card,) = posted(alerts)
        assert "A frigate sails from Kiel" in card
        offered = (await place.moderator.click(alerts.last_message, label="Less like this")).response
        (menu,) = [one for one in walk(offered) if one.get("custom_id", "").startswith("m:")]
        await place.moderator.select(offered, values=[menu["options"][-1]["value"]])  # the outlet
        await place.brings(story("Another frigate for Chile", "It is built in Talcahuano.", hours=0), outlet="CNA")
        await place.brings(story("Olives are dear", "Greece had no rain.", hours=0), outlet="CNA")
        await place.work()
        assert [("frigate" in one) for one in posted(alerts)] == [True, True]
