"""/country, /topic show, /pair and /compare in a simulated Discord."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.model import GuildId, ItemId, Query, UserId
from tests.e2e.conftest import Newsroom, Place, story
from tests.e2e.test_news import PACT, TALKS, choices, text
from tests.e2e.test_top import told


async def asked(place: Place, command: str, **options: Any) -> Any:
    return (await place.reader.slash(place.channel, command, **options)).response


async def test_a_countrys_page(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await told(place)
        page = await asked(place, "country", country="Japan")
        said = text(page)
        assert "## 🇯🇵 Japan" in said
        assert "5 items since" in said
        assert "items a day, 5 at most" in said
        assert "#earthquakes 4" in said
        assert "**Named with it** 🇵🇭 Philippines 1" in said
        assert "**Covered by** 4 outlets: CNA 2, " in said
        assert len(choices(page, "o:1")) == 2, "one report of each story"
        assert {"c=PH", "t=earthquakes", "o=CNA"} <= {option["value"] for option in choices(page, "y:")}
        assert "c=JP" not in {option["value"] for option in choices(page, "y:")}
        await place.reader.click(page, label="All its news")
        assert "5 items, newest first" in text(page)


async def test_a_countrys_page_of_a_topic_or_another_time(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await told(place)
        said = text(await asked(place, "country", country="Japan", topic="securitycooperation"))
        assert "## #securitycooperation · 🇯🇵 Japan" in said
        assert "1 item since" in said
        place.clock.move(timedelta(days=8))
        assert "Nothing in the memory since" in text(await asked(place, "country", country="Japan"))
        assert "5 items since" in text(await asked(place, "country", country="Japan", since="2w"))


async def test_a_topics_page(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await told(place)
        page = await asked(place, "topic show", topic="Earthquakes")
        said = text(page)
        assert "## #earthquakes" in said
        assert "**Named with it** 🇯🇵 Japan 4" in said
        await place.reader.click(page, label="Biggest stories")
        assert "1 story since" in text(page)


async def test_what_names_both(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await told(place)
        page = await asked(place, "pair", first="Japan", second="Filipino")
        said = text(page)
        assert "## 🇯🇵 Japan and 🇵🇭 Philippines" in said
        assert "1 item since" in said
        assert "Named with it" not in said
        assert "security cooperation pact" in said
        await place.reader.click(page, label="All its news")
        assert "mentions:JP+PH" in text(page)
        assert "1 item" in text(await asked(place, "pair", first="#securitycooperation", second="Japan"))
        assert "Those are the same" in str((await asked(place, "pair", first="Japan", second="JP")).content)


async def test_side_by_side(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await told(place)
        await place.brings(*TALKS)
        await place.brings(story("Trade talks of last week", "Ministers met for trade.", hours=24 * 8))
        page = await asked(place, "compare", first="Japan", second="Kenya", third="trade")
        said = text(page)
        assert said.index("### #trade") < said.index("### 🇯🇵 Japan") < said.index("### 🇰🇪 Kenya")
        assert "**12 items** · ▲ 1,100% against the 7 days before (1)" in said
        assert "**5 items** · none in the 7 days before" in said
        led = (await place.reader.select(page, values=["c=KE"])).response
        assert "Parliament in Nairobi" in text(led)
        assert "is there twice" in str((await asked(place, "compare", first="Japan", second="japan")).content)


async def test_a_servers_corrections_count_as_it_sees_them(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        await place.work()
        (item,) = (await place.house.ask.find(Query(), guild=GuildId(place.guild.id))).items
        for tag, carried in (("southchinasea", False), ("trade", True)):
            await place.house.fix.fix(
                ItemId(item.id),
                tag,
                carried,
                scope=GuildId(place.guild.id),
                guild=GuildId(place.guild.id),
                author=UserId(1),
            )
        said = text(await asked(place, "country", country="Japan"))
        assert "#trade 1" in said
        assert "southchinasea" not in said
