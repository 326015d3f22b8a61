"""/trends, /map and /coverage in a simulated Discord, and charts on the pages of countries and topics."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.model import OPERATOR, GuildId, UserId
from tests.e2e.conftest import Newsroom, Place, story
from tests.e2e.test_news import PACT, TALKS, choices, text
from tests.test_cards import Drawn, check_limits

THINGS = ("coffee", "steel", "wheat", "copper", "timber", "cotton", "sugar", "cattle")
DEEDS = ("begin", "slow", "change", "open", "end", "fail")


async def months(place: Place, days: int = 40) -> None:
    """Forty days of two items a day by two outlets, with a pact that is told of ten times on one of them."""
    place.clock.move(timedelta(days=-days))
    for outlet in ("The Wire", "CNA"):
        await place.brings(outlet=outlet)
    for day in range(1, days + 1):
        place.clock.move(timedelta(days=1))
        back = (days - day) * 24
        for outlet in ("The Wire", "CNA"):
            made = [
                story(
                    f"Trade talks on {THINGS[day % 8]} {DEEDS[day // 8]}, {outlet} hears",
                    "It is for Brazil.",
                    hours=back + 1,
                )
            ]
            if day == days - 5:
                made += [
                    story(
                        f"Trade pact of Tokyo and Ottawa, part {part}",
                        "Japan and Canada signed a trade pact in Tokyo.",
                        hours=back + 2,
                        url=f"https://{outlet.replace(' ', '')}.example/pact-{part}",
                    )
                    for part in range(5)
                ]
            await place.brings(*made, outlet=outlet)
        await place.work()


async def asked(place: Place, command: str, **options: Any) -> Any:
    return (await place.reader.slash(place.channel, command, **options)).response


@pytest.mark.pictures
async def test_a_chart_with_the_story_behind_its_peak(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await months(place)
        found = await asked(place, "trends", topic="trade")
        said = text(found)
        check_limits(Drawn(found.components))
        assert "## #trade: items a day" in said
        assert "70 items in 30 days" in said
        assert "**1** · <t:" in said
        assert "**12 items**, usual are" in said
        assert "Trade pact of Tokyo and Ottawa" in said
        assert "2 outlets" in said
        (gallery,) = [one for one in found.components[0]["components"] if one["type"] == 12]
        (item,) = gallery["items"]
        assert "peak 1 on Nov 18, 2026 with 12" in item["description"]
        (attached,) = found.attachments
        assert attached.filename == "trends.png"
        assert (await attached.read()).startswith(b"\x89PNG")
        opened = (await place.reader.select(found, values=[choices(found, "o:1")[0]["value"]])).response
        assert "Why these tags" in text(opened)
        page = await asked(place, "topic show", topic="trade")
        assert [one.filename for one in page.attachments] == ["days.png"]
        beside = await asked(place, "compare", first="Brazil", second="Japan")
        assert [one.filename for one in beside.attachments] == ["compare.png"]
        assert "### 🔵 🇧🇷 Brazil" in text(beside)
        assert "-# Chart: items a day, 30 days" in text(beside), "the list below is of 7"
        assert "at most" not in text(beside)


async def test_without_the_library_a_line_of_bars_answers(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await months(place)
        found = await asked(place, "trends", topic="trade", country="Japan")
        assert "█" in text(found)
        assert "10 items in 30 days" in text(found)
        assert not found.attachments
        assert "items a day, 12 at most" in text(await asked(place, "topic show", topic="trade", since="30d"))
        assert "in 52 weeks" in text(await asked(place, "trends", topic="trade", since="1y"))


async def test_a_young_memory_does_not_say_what_is_usual(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        assert "Nothing in the memory is as new as that" in text(await asked(place, "trends"))
        await place.brings(*TALKS)
        assert "The memory is too young to say what is usual" in text(await asked(place, "trends", topic="trade"))


async def test_the_map_counts_subjects_and_not_mentions(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT, *TALKS)
        found = await asked(place, "map")
        assert "🇨🇭 Switzerland 12 · 🇯🇵 Japan 1 · 🇵🇭 Philippines 1" in text(found)
        assert [option["value"] for option in choices(found, "y:")] == ["c=CH", "c=JP", "c=PH"]
        assert "🇯🇵 Japan 1 · 🇵🇭 Philippines 1" in text(await asked(place, "map", topic="securitycooperation"))
        assert "Nothing in the memory is about a country then" in text(await asked(place, "map", topic="xylophones"))


async def test_who_covers_it(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT, outlet="The Manila Post")
        await place.brings(*TALKS)
        said = text(await asked(place, "coverage"))
        assert "**Countries of the outlets** 🇬🇧 United Kingdom 13" in said
        assert "**Languages** English 13" in said
        assert "**Outlets** The Example 12 · The Manila Post 1" in said
        assert "**Outlets** The Manila Post 1" in text(await asked(place, "coverage", country="Japan"))


async def test_a_server_sees_its_own_counts(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT, *TALKS)
        guild = GuildId(place.guild.id)
        pact = (
            await place.house.ask.find(await place.house.ask.query(guild=guild, country="Japan"), guild=guild)
        ).items[0]
        await place.house.fix.fix(pact.id, "Japan", False, scope=guild, guild=guild, author=UserId(1))
        assert "Japan" not in text(await asked(place, "map"))
        spread = await place.house.charts.world(
            await place.house.ask.query(guild=OPERATOR), guild=OPERATOR, since=place.clock.now() - timedelta(days=7)
        )
        assert dict(spread.countries)["JP"] == 1
        assert "1 item in 30 days" in text(await asked(place, "trends", country="Philippines"))
        assert "0 items in 30 days" in text(await asked(place, "trends", country="Japan"))
