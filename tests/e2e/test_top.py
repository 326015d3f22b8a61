"""/top, /story and /random in a simulated Discord."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.e2e.conftest import Newsroom, Place
from tests.e2e.test_alerts import add, posted
from tests.e2e.test_news import JETS, PACT, text
from tests.e2e.test_stories import OTHER, QUAKE, SAME, THIRD


async def told(place: Place) -> None:
    """A story of three outlets, and two of one."""
    await place.brings(QUAKE, outlet="The Wire")
    await place.brings(OTHER, outlet="The Standard")
    await place.brings(PACT, outlet="The Manila Post")
    await place.work()
    for report, outlet in ((SAME, "CNA"), (THIRD, "The Times")):
        await place.brings(report, outlet=outlet)
    again = replace(SAME, title=SAME.title + " again", url="https://cna.example/quake-2")
    await place.brings(again, outlet="CNA")
    await place.work()


async def asked(place: Place, command: str, **options: Any) -> str:
    response = (await place.reader.slash(place.channel, command, **options)).response
    return text(response) if response.components else str(response.content)


async def test_the_biggest_stories_stand_first(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await told(place)
        said = await asked(place, "top")
        assert "## Top stories\\n-# since <t:" in said
        assert "1. **[Strong earthquake strikes off Hokkaido" in said
        assert "**3 outlets**, 4 reports" in said
        assert said.index("Strong earthquake") < said.index("Parliament in Nairobi")
        assert "2. **[" in said
        only = await asked(place, "top", country="Kenya")
        assert "🇰🇪 Kenya" in only
        assert "earthquake" not in only
        politics = await asked(place, "top", category="Politics", filter="-country:KE")
        assert "Japan and the Philippines" in politics
        assert "Nairobi" not in politics


async def test_only_the_time_that_is_asked_for_counts(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await told(place)
        place.clock.move(timedelta(hours=30))
        assert "Nothing in the memory is as new as that" in await asked(place, "top")
        assert "Strong earthquake" in await asked(place, "top", since="3d")
        for command in ("top", "trends"):
            said = await asked(place, command, topic="xyzzy*foo")
            assert r"“xyzzy\\*foo” is no topic I know, and no news holds it. Try #" in said
            assert "as new as that" not in said
            assert "no topic I know" not in await asked(place, command, topic="earthquake", country="Fiji")
        assert "31 days at most" in await asked(place, "top", since="2026-01-01")


async def test_a_story_is_told_from_its_first_report_on(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await told(place)
        said = await asked(place, "story", story="tsunami warning magnitude")
        assert "### [Strong earthquake strikes off Hokkaido, tsunami warning issued]" in said
        assert "4 reports, 3 outlets, first told by **The Wire**, the last 24 min later" in said
        order = [said.index(f"**{outlet}**", said.index("24 min later")) for outlet in ("The Wire", "CNA", "The Times")]
        assert order == sorted(order)
        assert "**magnitude 7.4**" in said, "what this headline says that the first did not"
        assert "**Hokkaido**" not in said
        alone = await asked(place, "story", story="https://news.example/parliament-in-nairobi-passes-the-budget")
        assert "1 report, 1 outlet, first told by **The Standard**" in alone


async def test_the_list_below_opens_the_whole_story(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await told(place)
        top = (await place.reader.slash(place.channel, "top")).response
        (menu,) = [one for one in top.components[0]["components"] if one["type"] == 1]
        chosen = menu["components"][0]["options"][0]
        assert chosen["description"] == "The Wire, CNA, The Times"
        opened = (await place.reader.select(top, values=[chosen["value"]])).response
        assert "first told by **The Wire**" in text(opened)
        report = (await place.reader.select(opened, values=[chosen["value"]])).response
        assert "Why these tags" in text(report)


async def test_any_one_story(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        assert "The memory is empty" in await asked(place, "random")
        await place.brings(PACT, JETS, silent=True)
        seen = {("Philippines" in await asked(place, "random")) for _ in range(30)}
        assert seen == {True, False}


async def test_what_a_feeds_first_reading_brought_is_in_stories_too(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(QUAKE, outlet="The Wire", silent=True)
        await place.brings(SAME, outlet="CNA", silent=True)
        await place.work()
        assert "**2 outlets**" in await asked(place, "top")
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan")
        await place.brings(THIRD, outlet="The Times")
        await place.work()
        (card,) = posted(alerts)
        assert "Earthquake off Hokkaido: tsunami warning" in card, "the first report that is news"
        assert "(3 outlets)" in card


async def test_a_number_beyond_all_numbers_is_no_story(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await told(place)
        assert "not in the memory any more" in await asked(place, "story", story="9" * 19)
