"""Stories in a simulated Discord: posted once, grown in place, corrected, held back until enough outlets tell them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.model import GuildId
from tests.e2e.conftest import Newsroom, Place, story
from tests.e2e.test_alerts import add, posted
from tests.e2e.test_news import text

QUAKE = story(
    "Strong earthquake strikes off Hokkaido, tsunami warning issued",
    "A magnitude 7.4 earthquake struck off Hokkaido in northern Japan on Monday; a tsunami warning was issued.",
)
SAME = story(
    "Tsunami warning after magnitude 7.4 earthquake off Hokkaido",
    "Japan's weather agency warned of a tsunami after a strong earthquake off Hokkaido.",
    hours=0.8,
    url="https://cna.example/quake",
)
THIRD = story(
    "Earthquake off Hokkaido: tsunami warning for northern Japan",
    "A strong earthquake of magnitude 7.4 struck off Hokkaido.",
    hours=0.6,
    url="https://times.example/quake",
)
OTHER = story("Parliament in Nairobi passes the budget", "Kenya's parliament passed it on Monday.", hours=0.5)


async def after(place: Place, **span: float) -> None:
    """Let time pass, and do what is then to do."""
    place.clock.move(timedelta(**span))
    await place.work()


def edits(place: Place) -> list[Any]:
    return [entry for entry in place.env.http_requests if entry.method == "PATCH" and "/messages/" in entry.path]


async def test_a_story_is_posted_once_and_its_card_grows(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        role = place.guild.create_role("Readers", mentionable=True)
        await add(place, alerts, country="Japan", role=role)
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        (shown,) = posted(alerts)
        assert "also in" not in shown
        await place.brings(SAME, outlet="CNA")
        await place.brings(OTHER, outlet="The Standard")
        await place.work()
        assert posted(alerts) == [shown], "reports that come together are one edit"
        await place.brings(THIRD, outlet="The [Times]")
        await after(place, seconds=30)
        (grown,) = posted(alerts)
        assert "also in [CNA](https://cna.example/quake), [The \\\\[Times" in grown
        assert "](https://times.example/quake) (3 outlets)" in grown
        assert "### [Strong earthquake strikes off Hokkaido" in grown, "under the headline that was posted"
        (edit,) = edits(place)
        assert edit.json["allowed_mentions"] == {"parse": []}, "nobody is told twice"
        await after(place, hours=1)
        assert len(edits(place)) == 1, "what has not changed is not edited"


async def test_a_corrected_headline_corrects_the_card(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan")
        guid = replace(QUAKE, guid="quake-1")
        await place.brings(guid, outlet="The Wire")
        await place.work()
        corrected = replace(guid, title=QUAKE.title.replace("Strong", "Magnitude 7.4"))
        await place.brings(corrected, outlet="The Wire", key_of=QUAKE.title)
        await after(place, seconds=1)
        (shown,) = posted(alerts)
        assert "Magnitude 7.4 earthquake strikes off Hokkaido" in shown


async def test_a_deleted_card_stays_deleted(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan")
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        (message,) = alerts.history()
        channel = place.client.get_channel(alerts.id)
        await channel.get_partial_message(message.id).delete()
        await place.brings(SAME, outlet="CNA")
        await after(place, minutes=1)
        await place.brings(THIRD, outlet="The Times")
        await after(place, minutes=5)
        assert posted(alerts) == []
        assert len(edits(place)) == 1


async def test_min_outlets_waits_until_so_many_tell_it(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        said = await add(place, alerts, country="Japan", min_outlets=3)
        assert "told by 3 outlets" in said
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        await place.brings(
            replace(SAME, title="More on the earthquake off Hokkaido and its tsunami"), outlet="The Wire"
        )
        await place.brings(SAME, outlet="CNA")
        await place.work()
        assert posted(alerts) == [], "two outlets, three reports"
        await place.brings(THIRD, outlet="The Times")
        await place.work()
        (shown,) = posted(alerts)
        assert "(3 outlets)" in shown
        assert "Strong earthquake strikes off Hokkaido" in shown, "under its first report"
        await after(place, minutes=5)
        assert len(posted(alerts)) == 1


async def test_what_one_outlet_alone_is_asked_for_cannot_have_several(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await place.brings(QUAKE, outlet="The Wire")
        response = await place.moderator.slash(
            place.channel, "alert add", channel=alerts, outlet="The Wire", min_outlets=2
        )
        assert "One outlet alone is asked for" in response.response.content
        assert await place.house.alerts.for_guild(GuildId(place.guild.id)) == ()


async def test_why_shows_who_else_tells_it_and_what_ties_them(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(QUAKE, outlet="The Wire")
        await place.brings(SAME, outlet="CNA")
        await place.work()
        said = text((await place.reader.slash(place.channel, "tag why", story="https://cna.example/quake")).response)
        assert "**The same story**: 2 reports, 2 outlets" in said
        assert "tied by" in said
        assert "Strong earthquake strikes off Hokkaido, tsunami warning issued" in said


async def test_a_desk_that_starts_anew_goes_on_with_the_stories(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan")
        for report, outlet in ((QUAKE, "The Wire"), (SAME, "CNA"), (THIRD, "The Times")):
            await place.brings(report, outlet=outlet)
            await place.work()  # a desk of its own each time
        assert len(posted(alerts)) == 1


async def test_an_edit_that_discord_does_not_take_comes_later(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan")
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        await place.brings(SAME, outlet="CNA")
        await place.work()
        place.clock.move(timedelta(seconds=30))
        (_,) = await place.house.deliveries.claim_edits("dead", 1, timedelta(seconds=45), now=place.clock.now())
        assert await place.house.deliveries.claim_edits("run", 1, timedelta(seconds=45), now=place.clock.now()) == ()
        await after(place, seconds=46)
        (shown,) = posted(alerts)
        assert "also in" in shown, "the lease of one that died ran out"


async def test_breaking_news_that_is_completed_meets_alerts_by_its_new_words_and_once(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        japan, quakes = place.guild.create_text_channel("japan"), place.guild.create_text_channel("quakes")
        await add(place, japan, country="Japan")
        await add(place, quakes, topic="earthquakes")
        first = story("Strong earthquake reported, details to follow", "More soon.")
        await place.brings(first, outlet="The Wire")
        await place.work()
        assert [len(posted(room)) for room in (japan, quakes)] == [0, 1]
        told = "Japan's weather agency says that the magnitude was 7.4."
        for title in (
            "Strong earthquake in Japan kills five in Sendai",
            "Strong earthquake in Japan kills six in Sendai",
        ):
            await place.brings(replace(first, title=title, summary=told), outlet="The Wire", key_of=first.title)
            await after(place, minutes=5)
        assert [len(posted(room)) for room in (japan, quakes)] == [1, 1]
        assert "kills six" in posted(japan)[0]
        place.clock.move(timedelta(days=2))
        late = replace(first, title="Strong earthquake in Japan: Kenya sends rescuers", summary=told)
        kenya = place.guild.create_text_channel("kenya")
        await add(place, kenya, country="Kenya")
        await place.brings(late, outlet="The Wire", key_of=first.title)
        await after(place, minutes=5)
        assert posted(kenya) == [], "what is old by then is news no more"
