"""What an alert would have posted, before it is set."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model import Category, GuildId, Item, ItemId, Matched, StoryId
from bot.services.alerts import WEEK, previewed
from tests.e2e.conftest import Newsroom, story
from tests.e2e.test_alerts import add, posted
from tests.e2e.test_digests import bring
from tests.e2e.test_news import text
from tests.e2e.test_stories import QUAKE, SAME
from tests.support import NOON


async def test_the_preview_counts_stories_and_shows_the_newest_three(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await bring(place, 4)
        await place.brings(QUAKE, outlet="The Wire")
        await place.brings(SAME, outlet="CNA")
        await place.brings(story("Old news of Kenya", "Kenya again.", hours=24 * 8), outlet="Outlet 0")
        await place.work()
        said = text((await place.moderator.slash(place.channel, "alert preview")).response)
        assert "In the last 7 days it would have posted: 5 stories, 0.7 a day." in said
        assert said.count("### [") == 3
        said = text((await place.moderator.slash(place.channel, "alert preview", min_outlets=2)).response)
        assert "1 story, 0.1 a day" in said
        assert "told by 2 outlets" in said
        said = text((await place.moderator.slash(place.channel, "alert preview", topic="volleyball")).response)
        assert "it would have posted nothing" in said
        assert await place.house.alerts.for_guild(GuildId(place.guild.id)) == ()


async def test_setting_an_alert_shows_the_same_and_posts_none_of_it(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await bring(place, 3)
        await place.work()
        said = await add(place, alerts, country="Kenya")
        assert "Alert set" in said
        assert "1 story, 0.1 a day" in said
        assert "Parliament in Nairobi" in said
        await place.work()
        assert posted(alerts) == []


async def test_one_that_would_flood_is_not_set_unless_one_insists(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await bring(place, 6)
        await place.brings(QUAKE, outlet="The Wire")
        await place.brings(SAME, outlet="CNA")
        await place.work()
        for module in ("bot.model.rules", "bot.services.alerts"):
            monkeypatch.setattr(f"{module}.FLOOD_A_DAY", 0.5)
        said = await add(place, alerts)
        assert "Alert not set" in said
        assert "`min_outlets:2`" in said
        assert await place.house.alerts.for_guild(GuildId(place.guild.id)) == ()
        assert "Alert set" in await add(place, alerts, anyway=True)
        assert "Alert set" in await add(place, alerts, style="daily", at="8:00")
        flooding, daily = await place.house.alerts.for_guild(GuildId(place.guild.id))
        role = place.guild.create_role("News")
        for rule, options, wanted in (
            (daily, {"style": "instant"}, "Alert not set"),
            (flooding, {"language": "English"}, "Alert not set"),
            (flooding, {"role": role}, "Alert changed"),
            (daily, {"style": "instant", "anyway": True}, "Alert changed"),
        ):
            edited = await place.moderator.slash(place.channel, "alert edit", alert=str(rule.id), **options)
            assert wanted in text(edited.response)


def test_a_memory_younger_than_a_week_is_not_taken_for_a_week() -> None:
    def item(number: int) -> Item:
        return Item(
            id=ItemId(number),
            title="A",
            url=None,
            outlet="B",
            outlet_country=None,
            published_at=NOON - timedelta(hours=number),
            first_seen_at=NOON,
            category=Category.GENERAL,
            summary="",
            image=None,
            language=None,
            taggings=(),
        )

    found = [Matched(item=item(hour), terms="a", story=StoryId(hour), outlets=1) for hour in range(1, 49)]
    seen = previewed(found, 1, NOON, span=WEEK)
    assert (seen.stories, seen.days, seen.a_day) == (48, 2.0, 24.0)
    assert previewed(found[:3], 1, NOON, span=WEEK).days == 7.0
    assert previewed([], 1, NOON, span=WEEK).a_day == 0
