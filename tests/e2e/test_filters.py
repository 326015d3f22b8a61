"""Alerts by a filter: what it takes, what it says against what is wrong, and that it outlives a restart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model import GuildId
from tests.e2e.conftest import Newsroom, opened, story
from tests.e2e.test_alerts import add, posted
from tests.e2e.test_digests import bring
from tests.e2e.test_news import text
from tests.e2e.test_stories import OTHER, QUAKE, SAME
from tests.support import HeldClock


async def test_an_alert_posts_what_its_filter_lets_through(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        said = await add(place, alerts, filter="(country:KE,UA OR volcano) -harvest")
        assert "volcano" in said
        await bring(place, 9)
        await place.work()
        shown = "".join(posted(alerts))
        assert len(posted(alerts)) == 2
        assert "Parliament in Nairobi" in shown
        assert "Volcano on Java" in shown
        listed = text((await place.moderator.slash(place.channel, "alert list")).response)
        assert "country:KE,UA" in listed


async def test_all_of_several_countries_topics_and_options_together(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, filter="#securitycooperation country:JP+PH", language="English")
        await place.brings(
            story("Japan and the Philippines sign a security cooperation pact"),
            story("Japan and Poland sign a security cooperation pact", hours=0.5),
            story("Japan and the Philippines trade fish", hours=0.4),
        )
        await place.work()
        (shown,) = posted(alerts)
        assert "Japan and the Philippines sign" in shown


async def test_outlets_in_a_filter_wait_for_so_many(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        assert "earthquake outlets:2" in await add(place, alerts, filter="earthquake outlets:2")
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        assert posted(alerts) == []
        await place.brings(SAME, outlet="CNA")
        await place.work()
        assert len(posted(alerts)) == 1


async def test_what_is_wrong_is_pointed_at(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await bring(place, 1)
        for typed, column, wanted in (
            ("tpoic:trade", 0, "topic"),
            ("trade country:Jpan", 6, "Japan"),
            ("trade (country:JP", 6, ")"),
            ("trade outlet:Nobody", 6, "No outlet here is called"),
            ("-sport", 0, ""),
        ):
            response = await place.moderator.slash(place.channel, "alert add", channel=alerts, filter=typed)
            content = response.response.content
            assert wanted in content, typed
            block = content.split("```")[1].strip("\n").split("\n")
            assert block[0] == typed
            assert block[1].index("^") >= column, typed
        assert await place.house.alerts.for_guild(GuildId(place.guild.id)) == ()
        response = await place.moderator.slash(
            place.channel, "alert add", channel=alerts, filter='outlet:"Outlet 0" outlets:2'
        )
        assert "One outlet alone is asked for" in response.response.content


async def test_a_filter_is_changed_and_taken_away(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, filter="volcano", country="Indonesia")
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        assert (rule.query.filter, rule.query.country) == ("volcano", "ID")
        await place.moderator.slash(
            place.channel, "alert edit", alert=str(rule.id), filter="ferry OR budget", country="-"
        )
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        assert rule.query.filter == "ferry OR budget"
        await bring(place, 9)
        await place.work()
        assert len(posted(alerts)) == 2
        await place.moderator.slash(place.channel, "alert edit", alert=str(rule.id), filter="-", topic="trade")
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        assert (rule.query.filter, rule.filter, rule.query.topic) == (None, None, "trade")


async def test_the_outlets_of_a_filter_go_with_it(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, filter="earthquake outlets:3")
        await place.brings(QUAKE, outlet="The Wire")
        await place.brings(SAME, outlet="CNA")
        await place.work()
        assert posted(alerts) == []
        said = text((await place.moderator.slash(place.channel, "alert edit", alert="1", filter="tsunami")).response)
        assert "outlets" not in said, "they were asked by the filter alone"
        await place.brings(replace(OTHER, title="Tsunami drill in Nairobi"), outlet="The Standard")
        await place.work()
        (shown,) = posted(alerts)
        assert "Tsunami drill" in shown
        await place.moderator.slash(place.channel, "alert edit", alert="1", filter="tsunami outlets:2", min_outlets=5)
        said = text((await place.moderator.slash(place.channel, "alert edit", alert="1", filter="-")).response)
        assert "told by 5 outlets" in said, "those of the option stay"


async def test_an_alert_is_not_set_twice_however_it_is_written(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, filter="volcano (country:ID OR ferry)")
        for again in ({"filter": "Volcanoes (ferry OR about:Indonesia)"}, {"filter": "ferry,x"}):
            response = await place.moderator.slash(place.channel, "alert add", channel=alerts, **again)
            assert ("just this alert already" in str(response.response.content)) == ("Volc" in again["filter"])


async def test_a_filter_is_short_and_an_alert_has_no_moving_date(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        long = " ".join(f"word{number}" for number in range(50))
        for command, options in (("news", {}), ("alert add", {"channel": alerts}), ("alert preview", {})):
            response = await place.moderator.slash(place.channel, command, filter=long, **options)
            assert "300 is the most" in response.response.content, command
        response = await place.moderator.slash(place.channel, "alert add", channel=alerts, filter="storm since:7d")
        assert "give one such as 2026-11-01" in response.response.content
        await add(place, alerts, filter="storm since:2026-11-01")
        assert "storm since:2026-11-01" in text((await place.moderator.slash(place.channel, "alert list")).response)


async def test_preview_and_why_know_the_filter(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await bring(place, 9)
        await place.work()
        said = text(
            (
                await place.moderator.slash(place.channel, "alert preview", filter="(volcano OR ferry) NOT country:NO")
            ).response
        )
        assert "it would have posted: 1 story" in said
        assert "Volcano on Java" in said
        await add(place, alerts, filter="country:JP NOT tsunami")
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        why = text((await place.moderator.slash(place.channel, "why", story="Hokkaido")).response)
        assert "excluded: tsunami" in why


async def test_a_preview_looks_at_what_meets_the_filter_however_much_else_came(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.alerts.LOOKED_AT", 3)
    async with newsroom() as place:
        await place.brings(story("Old volcano on Java wakes", "A volcano on Java erupted.", hours=90))
        await bring(place, 6)
        await place.work()
        said = text((await place.moderator.slash(place.channel, "alert preview", filter="volcano OR ferry")).response)
        assert "Old volcano on Java wakes" in said


async def test_a_filter_outlives_a_restart(database: str, newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, filter="#earthquakes -country:CL")
        (before,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        guild, tagger = GuildId(place.guild.id), place.tagger
    async with opened(database, HeldClock(), tagger) as place:
        (after_it,) = await place.house.alerts.for_guild(guild)
        assert after_it == before


async def test_news_by_a_filter_turns_its_pages(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await bring(place, 9)
        await place.work()
        asked = "NOT (country:KE OR volcano)"
        answer = (await place.reader.slash(place.channel, "news", filter=asked)).response
        said = text(answer)
        assert "7 items" in said
        assert "page 1 of 2" in said
        assert "Parliament in Nairobi" not in said
        turned = text((await place.reader.click(answer, label="Next")).response)
        assert "page 2 of 2" in turned
        assert turned.count("### [") == 2
        said = text(
            (await place.reader.slash(place.channel, "news", filter="festival OR railway", country="Nigeria")).response
        )
        assert "1 item," in said
        assert "Railway from Lagos" in said
        pointed = (await place.reader.slash(place.channel, "news", filter="festival OR")).response.content
        assert "^" in pointed
        many = " ".join(f"(a{n} OR b{n})" for n in range(8))
        refused = (await place.reader.slash(place.channel, "news", filter=many)).response.content
        assert "too many combinations" in refused


async def test_where_nothing_meets_a_filter_the_nearest_topics_are_offered(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(story("Japan and the Philippines sign a security cooperation pact"))
        await place.work()
        said = text((await place.reader.slash(place.channel, "news", filter="#securitycoperatoin -sport")).response)
        assert "Nothing in the memory" in said
        assert "Try #securitycooperation" in said
        said = text((await place.reader.slash(place.channel, "news", filter="zebra OR #trade")).response)
        assert "Try #" in said
