"""A page of cards in a simulated Discord: its order, what it leads on to, what is new, and who sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.front import make_client
from tests.e2e.conftest import Newsroom, story
from tests.e2e.test_news import PACT, TALKS, choices, text
from tests.e2e.test_top import told

HEADLINES = (
    "Oslo closes its last coal plant",
    "Lima marathon won by a baker",
    "Cairo museum finds a lost scroll",
    "Hanoi widens three bridges",
    "Accra bans plastic bags",
    "Quito airport reopens after ash",
    "Riga votes on a new opera",
)


async def test_the_biggest_stories_and_back(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await told(place)
        page = (await place.reader.slash(place.channel, "news", sort="biggest")).response
        assert "## Biggest stories" in text(page)
        assert "3 stories since" in text(page)
        assert text(page).index("Strong earthquake") < text(page).index("Parliament in Nairobi")
        assert "also in [CNA](https://cna.example/quake), [The Times](https://times.example/quake)" in text(page)
        await place.reader.click(page, label="Newest first")
        assert "6 items since" in text(page)
        await place.reader.click(page, label="Biggest stories first")
        assert "3 stories since" in text(page)


async def test_pages_of_stories_do_not_shift_as_news_comes_in(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        for headline in HEADLINES:
            await place.brings(story(headline, "More was not known at first."))
        await place.work()
        page = (await place.reader.slash(place.channel, "news", sort="biggest")).response
        first = text(page)
        await place.brings(story("Court in Kigali rules on tariffs", "A court ruled.", hours=0))
        await place.work()
        await place.reader.click(page, label="Next")
        second = text(page)
        assert "7 stories" in second
        assert "Kigali" not in second
        seen = [(headline in first, headline in second) for headline in HEADLINES]
        assert sorted(seen) == [(False, True)] * 2 + [(True, False)] * 5


async def test_the_most_relevant_and_back(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        passing = story("Ministers meet in Geneva", "Grain, fish and a trade war were on the long agenda.", hours=0.5)
        about = story("Trade war: the trade war of tariffs goes on", "A trade war is a war of tariffs.", hours=30)
        await place.brings(passing, about, story("Poland buys 32 fighter jets", "They arrive in 2028.", hours=2))
        await place.work()
        page = (await place.reader.slash(place.channel, "news", topic="trade war", sort="relevant")).response
        assert "2 items, most relevant first" in text(page)
        assert text(page).index("goes on") < text(page).index("Ministers meet")
        await place.reader.click(page, label="Newest first")
        assert "newest first" in text(page)
        assert text(page).index("Ministers meet") < text(page).index("goes on")
        await place.reader.click(page, label="Most relevant first")
        assert text(page).index("goes on") < text(page).index("Ministers meet")
        await place.reader.click(page, label="Biggest stories first")
        assert "those that most outlets tell first" in text(page)


async def test_what_holds_the_words_of_a_topic_comes_behind_what_carries_it(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(
            PACT, story("A poem", "On the security cooperation of ants, " + "and so on, " * 60, hours=0.1)
        )
        await place.work()
        page = (await place.reader.slash(place.channel, "news", topic="securitycooperation", sort="relevant")).response
        assert text(page).index("sign a security cooperation pact") < text(page).index("A poem")


async def test_pages_of_the_most_relevant_do_not_shift_as_news_comes_in(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(*TALKS)
        await place.work()
        page = (await place.reader.slash(place.channel, "news", topic="trade talks", sort="relevant")).response
        first = text(page)
        assert "12 items, most relevant first, page 1 of 3" in first
        await place.brings(story("Trade talks, trade talks, trade talks", "Trade talks.", hours=0))
        await place.work()
        await place.reader.click(page, label="Next")
        second = text(page)
        assert "12 items" in second
        shown = [[f"round {number}," in said for number in range(12)] for said in (first, second)]
        assert sum(map(sum, shown)) == 10
        assert not any(one and other for one, other in zip(*shown, strict=True))


async def test_what_only_mentions_a_country_is_ranked_where_nothing_is_about_it(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        long = "The city council argued on Monday about trams and buses. " * 6
        await place.brings(story("Paris plans new trams", f"{long} A delegation from Peru came by.", hours=1))
        await place.work()
        page = (await place.reader.slash(place.channel, "news", country="Peru", sort="relevant")).response
        assert "Paris plans new trams" in text(page)
        assert "1 item, most relevant first" in text(page)


async def test_nothing_is_most_relevant_where_nothing_is_asked(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        await place.work()
        said = (await place.reader.slash(place.channel, "news", sort="relevant")).response
        assert "Give a topic, a country or words" in said.content
        page = (await place.reader.slash(place.channel, "news")).response
        assert "Most relevant first" not in text(page)


async def test_a_page_leads_on_to_its_hashtags_countries_and_outlets(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT, outlet="The Manila Post")
        await place.brings(*TALKS)
        page = (await place.reader.slash(place.channel, "news", topic="securitycooperation")).response
        offered = {option["value"]: option["label"] for option in choices(page, "y:")}
        assert offered["c=JP"] == "🇯🇵 Japan"
        assert offered["o=The Manila Post"] == "The Manila Post"
        assert "t=securitycooperation" not in offered
        led = (await place.reader.select(page, values=["c=PH"], custom_id="y:")).response
        assert led.ephemeral
        assert "## 🇵🇭 Philippines" in text(led)
        opened = (await place.reader.select(page, values=[choices(page, "o:1")[0]["value"]], custom_id="o:1")).response
        await place.env.restart_bot(make_client(place.house))
        more = (await place.reader.click(opened, label="More on 🇯🇵 Japan")).response
        assert more.ephemeral
        assert "## 🇯🇵 Japan" in text(more)


async def test_the_whole_story_is_one_click_away(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await told(place)
        page = (await place.reader.slash(place.channel, "news", country="Japan", sort="biggest")).response
        opened = (await place.reader.select(page, values=[choices(page, "o:1")[0]["value"]], custom_id="o:1")).response
        whole = (await place.reader.click(opened, label="The whole story: 3 outlets")).response
        assert "first told by **The Wire**" in text(whole)


async def test_what_is_new_since_ones_last_visit(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(story("Old trade talks in Geneva", "Ministers met.", hours=30))
        await place.brings(*TALKS[:2])

        async def new(person: Any, **asked: str) -> str:
            return text((await person.slash(place.channel, "news", since="last visit", **asked)).response)

        assert "2 items since" in await new(place.reader, topic="trade"), "a day, the first time"
        place.clock.move(timedelta(hours=1))
        assert "Nothing in the memory since" in await new(place.reader, topic="trade")
        place.clock.move(timedelta(hours=1))
        await place.brings(story("Trade talks end in a deal", "Trade talks ended.", hours=-1.5))
        assert "1 item since" in await new(place.reader, topic="trade")
        assert "3 items since" in await new(place.moderator, topic="trade"), "everybody's own"


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("news", {}),
        ("country", {"country": "Japan"}),
        ("search", {"words": "pact"}),
        ("top", {}),
        ("story", {"story": "pact"}),
        ("random", {}),
        ("topics", {}),
    ],
)
async def test_every_question_is_answered_in_private_where_that_is_asked(
    newsroom: Newsroom, command: str, options: dict[str, Any]
) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        await place.work()
        assert (await place.reader.slash(place.channel, command, private=True, **options)).response.ephemeral
        assert not (await place.reader.slash(place.channel, command, **options)).response.ephemeral
