"""/topics in a simulated Discord: the lists, the select, the buttons, and an alert on a hashtag that emerged."""

from __future__ import annotations

from bot.front import make_client
from tests.e2e.conftest import Newsroom, Place, story
from tests.e2e.test_alerts import add, posted
from tests.e2e.test_news import button, text

OUTLETS = ("The Example", "The Post", "The Herald")


async def storm(place: Place, *, hours: float = 1) -> None:
    """Three outlets have two items each with a name that is in no taxonomy."""
    for number, outlet in enumerate(OUTLETS):
        for part in range(2):
            title = f"Wind and rain, part {number}{part}"
            await place.brings(story(title, "The coast waits for Storm Amelia tonight.", hours=hours), outlet=outlet)
    await place.emerge()


async def test_an_empty_memory_is_a_plain_sentence(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        shown = text((await place.reader.slash(place.channel, "topics")).response)
    assert "## Topics of the last 24 hours" in shown
    assert "Nothing in the memory is as new as that." in shown


async def test_what_rises_and_what_is_big(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await storm(place)
        await place.brings(story("Trade talks in Geneva", "Ministers met for trade talks.", hours=2))
        result = await place.reader.slash(place.channel, "topics")
        shown = text(result.response)
        assert "-# 7 items" in shown
        assert "**#stormamelia** · new · 6 items, 3 outlets" in shown
        assert "**#trade** · 1 item, 1 outlet" in shown
        assert "too young to know what is usual" in shown
        assert button(result.response, "24 hours")["disabled"]
        # an older window, in place, after a restart
        await place.env.restart_bot(make_client(place.house))
        await place.reader.click(result.response, label="7 days")
        assert "## Topics of the last 7 days" in text(result.response)
        # the select opens the topic for the one who chose it
        opened = await place.reader.select(result.response, values=["stormamelia"])
        assert opened.response.ephemeral
        assert "## #stormamelia" in text(opened.response)
        assert "Wind and rain, part 01" in text(opened.response)


async def test_a_window_is_chosen(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(story("Trade talks in Geneva", "Ministers met for trade talks.", hours=60))
        day = text((await place.reader.slash(place.channel, "topics", window="24h")).response)
        week = text((await place.reader.slash(place.channel, "topics", window="7d")).response)
    assert "Nothing in the memory is as new as that." in day
    assert "**#trade** · 1 item, 1 outlet" in week
    assert "Nothing just now." in week


async def test_autocomplete_offers_a_hashtag_that_emerged_and_news_answers_it(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await storm(place)
        offered = await place.reader.autocomplete(place.channel, "news", "topic", "storma")
        page = text((await place.reader.slash(place.channel, "news", topic="#StormAmelia")).response)
    assert offered[0] == {"name": "#stormamelia · 6 items", "value": "stormamelia"}
    assert "6 items, newest first" in page
    assert "#stormamelia" in page


async def test_an_alert_on_it_posts_new_items_and_no_old_ones(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await storm(place)
        await place.work()
        assert "#stormamelia" in await add(place, alerts, topic="#stormamelia")
        await place.emerge()
        await place.work()
        assert posted(alerts) == []
        await place.brings(story("A bridge fell", "It fell as Storm Amelia came.", hours=0.1))
        await place.work()
        (shown,) = posted(alerts)
    assert "A bridge fell" in shown
    assert "#stormamelia" in shown


async def test_a_server_sees_its_own_sources_and_not_what_it_hides(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(story("Trade talks in Geneva", "Ministers met for trade talks.", hours=2))
        (source,) = await place.house.watch.visible(place.guild.id)
        await place.house.sources.hide(place.guild.id, source.id, True)
        hidden = text((await place.reader.slash(place.channel, "topics")).response)
        alone = text((await place.env.create_user("alone").slash("topics")).response)
    assert "Nothing in the memory is as new as that." in hidden
    assert "**#trade** · 1 item, 1 outlet" in alone
