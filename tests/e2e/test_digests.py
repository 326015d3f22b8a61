"""Digests in a simulated Discord: hourly, after quiet hours, beyond an hour's messages, after an outage."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.model import GuildId, Standing
from bot.services.times import parse_at, parse_quiet, parse_time, parse_zone, suggest_zones
from tests.e2e.conftest import Newsroom, Place, story
from tests.e2e.test_alerts import add, may_post, posted
from tests.e2e.test_news import PACT, text
from tests.e2e.test_stories import QUAKE, SAME, THIRD, after

NEWS = [
    ("Parliament in Nairobi passes the budget", "Kenya's parliament passed it."),
    ("Grain harvest in Ukraine smaller than last year", "Ukraine's farmers brought in less wheat."),
    ("Court in Lima orders a retrial of the mayor", "Peru's highest court ruled on Monday."),
    ("Ferry runs aground near Bergen, nobody hurt", "A ferry ran aground in Norway."),
    ("Central bank of Brazil holds its rate", "Brazil's bank left the rate where it was."),
    ("Teachers strike in Lisbon enters its second week", "Portugal's teachers want more pay."),
    ("Volcano on Java spews ash over villages", "Indonesia raised its warning."),
    ("Film festival opens in Busan", "South Korea's largest festival began."),
    ("Railway from Lagos to Kano opens", "Nigeria opened the line."),
]  # fmt: skip


async def bring(place: Place, upto: int, start: int = 0) -> None:
    """Have different stories come, one after the other."""
    for number in range(start, upto):
        title, summary = NEWS[number]
        await place.brings(story(title, summary, hours=1 - number / 100), outlet=f"Outlet {number}")


async def limits(place: Place, channel: object, **options: object) -> str:
    response = await place.moderator.slash(place.channel, "alert limits", channel=channel, **options)
    return text(response.response)


async def test_an_hourly_digest_groups_reports_by_story(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        role = place.guild.create_role("Readers", mentionable=True)
        assert "hourly digest" in await add(place, alerts, style="hourly", role=role)
        await bring(place, 2)
        await place.brings(QUAKE, outlet="The Wire")
        await place.brings(SAME, outlet="CNA")
        await place.work()
        await after(place, minutes=59)
        assert posted(alerts) == []
        await after(place, minutes=2)
        (shown,) = posted(alerts)
        assert "## Digest" in shown
        assert "3 stories, 4 reports" in shown
        assert shown.index("Strong earthquake") < shown.index("Grain harvest") < shown.index("Parliament in Nairobi")
        assert shown.count("2 outlets") == 1
        assert f"<@&{role.id}>" in shown
        await after(place, hours=3)
        assert len(posted(alerts)) == 1, "no digest of nothing"


async def test_quiet_hours_end_with_one_digest(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts)
        now = place.clock.now()
        said = await limits(place, alerts, quiet=f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}")
        assert "Quiet from" in said
        await bring(place, 3)
        await after(place, hours=1)
        assert posted(alerts) == []
        await after(place, hours=1)
        (shown,) = posted(alerts)
        assert "Meanwhile, in the quiet hours" in shown
        assert "3 stories" in shown
        await bring(place, 4, start=3)
        await place.work()
        assert len(posted(alerts)) == 2
        assert "off" not in (said := await limits(place, alerts, quiet="off")), said


async def test_what_is_beyond_the_messages_of_an_hour_is_one_rolling_digest(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts)
        assert "At most 2 messages an hour" in await limits(place, alerts, per_hour=2)
        await bring(place, 5)
        await place.work()
        assert [("More of this hour" in each) for each in posted(alerts)] == [False, False, True]
        assert "3 stories" in posted(alerts)[2]
        await bring(place, 7, start=5)
        await place.work()
        await after(place, seconds=30)
        shown = posted(alerts)
        assert len(shown) == 3, "what follows is written into the same message"
        assert "5 stories" in shown[2]
        await after(place, hours=1)
        await bring(place, 8, start=7)
        await place.work()
        assert "Film festival" in posted(alerts)[3], "the next hour has its own messages"


async def test_a_story_that_grows_is_one_message_of_the_hour(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts)
        await limits(place, alerts, per_hour=3)
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        for report, outlet in ((SAME, "CNA"), (THIRD, "The Times")):
            await place.brings(report, outlet=outlet)
        await bring(place, 2)
        await place.work()
        assert len(posted(alerts)) == 3
        assert not any("More of this hour" in each for each in posted(alerts))


async def test_after_an_outage_comes_one_digest(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts)
        await bring(place, 9)

        async def unreachable() -> tuple[()]:
            return ()

        monkeypatch.setattr(type(place.house.deliveries), "waiting", lambda *_, **__: unreachable())
        await place.work()
        assert posted(alerts) == []
        monkeypatch.undo()
        assert await place.house.deliveries.next_due() is not None
        await after(place, minutes=40)
        (shown,) = posted(alerts)
        assert "What could not be posted before" in shown
        assert "9 stories" in shown


async def test_a_digest_of_several_rules_outlives_the_rule_it_goes_by(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Kenya", style="hourly")
        await add(place, alerts, country="Ukraine", style="hourly")
        await bring(place, 2)
        await place.work()
        first, second = await place.house.alerts.for_guild(GuildId(place.guild.id))
        place.clock.move(timedelta(hours=1))
        assert await place.house.digests.gather(now=place.clock.now())
        await place.house.tell.remove(GuildId(place.guild.id), first.id)
        await place.work()
        (shown,) = posted(alerts)
        assert "Grain harvest" in shown
        assert "Nairobi" not in shown
        assert second.standing is Standing.ACTIVE


async def change(place: Place, command: str, number: int, **options: object) -> None:
    """Have a moderator do something with the first, second ... alert of the server."""
    rule = (await place.house.alerts.for_guild(GuildId(place.guild.id)))[number]
    await place.moderator.slash(place.channel, f"alert {command}", alert=str(rule.id), **options)


async def test_a_digest_of_very_many_stories_names_the_biggest(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with newsroom() as place:
        monkeypatch.setattr("storage.digests.NAMED", 3)
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, style="hourly")
        await place.brings(QUAKE, outlet="The Wire")
        await place.brings(SAME, outlet="CNA")
        await bring(place, 9)
        await place.work()
        await after(place, hours=1)
        (shown,) = posted(alerts)
        assert "10 stories" in shown
        assert shown.index("Strong earthquake") < shown.index("2 outlets")
        assert "and 7 more" in shown
        assert shown.count("<t:") == 3


@pytest.mark.parametrize("command", ["remove", "pause"])
async def test_a_held_story_goes_on_under_another_alert_that_it_meets(newsroom: Newsroom, command: str) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        role = place.guild.create_role("Readers", mentionable=True)
        await add(place, alerts, country="Japan", style="hourly", role=role)
        await add(place, alerts, topic="securitycooperation", style="hourly")
        await place.brings(PACT)
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        await change(place, command, 0)
        await after(place, hours=1)
        (shown,) = posted(alerts)
        assert "security cooperation pact" in shown
        assert "earthquake" not in shown, "nobody else asked for it"
        assert f"<@&{role.id}>" not in shown
        assert await place.house.digests.next_due() is None


async def test_an_alert_set_later_is_not_told_what_was_held_before_but_of_what_follows(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan", style="daily", at="20:00")
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        await change(place, "pause", 0)
        place.clock.move(timedelta(minutes=1))
        await add(place, alerts, country="Japan")
        await place.work()
        assert posted(alerts) == []
        await place.brings(SAME, outlet="CNA")
        await place.work()
        (shown,) = posted(alerts)
        assert "### [Tsunami warning" in shown
        await change(place, "resume", 0)
        await after(place, days=1)
        assert len(posted(alerts)) == 1


async def test_of_two_alerts_that_a_story_meets_the_one_that_posts_sooner_has_it(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        role = place.guild.create_role("Readers", mentionable=True)
        await add(place, alerts, country="Japan", style="weekly", role=role)
        await add(place, alerts, country="Kenya", style="weekly", role=role)
        await add(place, alerts, country="Kenya", style="hourly")
        await add(place, alerts, topic="securitycooperation")
        await place.brings(PACT)
        await bring(place, 1)
        await place.work()
        (shown,) = posted(alerts)
        assert "### [Japan and the Philippines" in shown
        assert f"<@&{role.id}>" not in shown
        await after(place, hours=1)
        assert "Nairobi" in posted(alerts)[1]
        await after(place, days=8)
        assert len(posted(alerts)) == 2


async def test_a_held_story_is_posted_when_a_later_report_meets_an_alert_at_once(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        role = place.guild.create_role("Readers", mentionable=True)
        await add(place, alerts, country="Japan", style="weekly")
        await add(place, alerts, country="Japan", min_outlets=2, role=role)
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        assert posted(alerts) == []
        await place.brings(SAME, outlet="CNA")
        await place.work()
        (shown,) = posted(alerts)
        assert f"<@&{role.id}>" in shown
        await after(place, days=8)
        assert len(posted(alerts)) == 1


async def test_a_digest_that_was_refused_gives_back_what_other_alerts_put_there(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Kenya", style="hourly")
        await add(place, alerts, country="Ukraine", style="hourly")
        await bring(place, 2)
        await place.work()
        await may_post(place, alerts, False)
        await after(place, hours=1)
        await change(place, "remove", 0)
        await may_post(place, alerts, True)
        await after(place, minutes=16)
        (shown,) = posted(alerts)
        assert "Grain harvest" in shown
        assert "Nairobi" not in shown


@pytest.mark.parametrize("style", ["hourly", "instant"])
async def test_an_alert_that_is_moved_posts_nowhere_what_the_new_channel_has(newsroom: Newsroom, style: str) -> None:
    async with newsroom() as place:
        alerts, other = place.guild.create_text_channel("alerts"), place.guild.create_text_channel("other")
        await add(place, alerts, country="Japan", style="hourly")
        await add(place, other, topic="securitycooperation", style=style)
        await place.brings(PACT)
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        await change(place, "edit", 0, channel=other)
        await after(place, hours=1)
        assert posted(alerts) == []
        assert "".join(posted(other)).count("[Japan and the Philippines sign") == 1
        assert "".join(posted(other)).count("[Strong earthquake") == 1


async def test_what_others_of_the_old_channel_want_stays_when_an_alert_is_moved(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts, other = place.guild.create_text_channel("alerts"), place.guild.create_text_channel("other")
        await add(place, alerts, country="Japan", style="hourly")
        await add(place, alerts, topic="securitycooperation", style="hourly")
        await add(place, alerts, country="Kenya", style="hourly")
        await place.brings(PACT)
        await bring(place, 1)
        await place.work()
        place.clock.move(timedelta(hours=1))
        assert await place.house.digests.gather(now=place.clock.now())
        await change(place, "edit", 0, channel=other)
        await place.work()
        (here,), (there,) = posted(alerts), posted(other)
        assert "Nairobi" in here
        assert "Japan and the Philippines" in here
        assert "Nairobi" not in there
        assert "Japan and the Philippines" in there


@pytest.mark.parametrize(
    ("manner", "changed", "hours"),
    [
        ({"style": "daily", "at": "14:00"}, {"at": "18:00"}, 5.99),
        ({"style": "daily", "at": "20:00"}, {"at": "13:00"}, 0.99),
        ({"style": "weekly", "at": "Sun 08:00"}, {"style": "hourly"}, 0.99),
    ],
)
async def test_what_is_held_comes_when_an_edited_alert_says(
    newsroom: Newsroom, manner: dict[str, str], changed: dict[str, str], hours: float
) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan", **manner)
        await place.brings(PACT)
        await place.work()
        await change(place, "edit", 0, **changed)
        await after(place, hours=hours)
        assert posted(alerts) == []
        await after(place, minutes=1)
        assert len(posted(alerts)) == 1


async def test_what_is_held_mentions_whom_an_edited_alert_does(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        role = place.guild.create_role("Readers", mentionable=True)
        await add(place, alerts, country="Japan", style="hourly", role=role)
        await place.brings(PACT)
        await place.work()
        await change(place, "edit", 0, mention=False)
        await after(place, hours=1)
        (shown,) = posted(alerts)
        assert f"<@&{role.id}>" not in shown


async def test_what_is_held_comes_when_the_quiet_hours_of_its_channel_are_over(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts, other = place.guild.create_text_channel("alerts"), place.guild.create_text_channel("other")
        await add(place, alerts, country="Japan")
        await limits(place, alerts, quiet="11:00-20:00")
        await add(place, other, country="Japan", style="hourly")
        await place.brings(PACT)
        await place.work()
        assert posted(alerts) == []
        await limits(place, alerts, quiet="off")
        await limits(place, other, quiet="12:50-20:00")
        await place.work()
        assert len(posted(alerts)) == 1
        await after(place, hours=7.99)
        assert posted(other) == []
        await after(place, minutes=1)
        assert len(posted(other)) == 1


async def test_what_is_held_comes_at_once_where_its_alert_posts_at_once_by_now(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, country="Japan", style="weekly", at="Sun 08:00")
        await place.brings(PACT)
        await place.brings(QUAKE, outlet="The Wire")
        await place.work()
        await change(place, "edit", 0, style="instant")
        await place.work()
        (shown,) = posted(alerts)
        assert "2 stories" in shown


async def test_wrong_times_are_told(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        for options, wanted in (
            ({"quiet": "at night"}, "two times of day"),
            ({"quiet": "22:00-22:00"}, "begin would be none"),
            ({"timezone": "Europe/Berln"}, "Did you mean Europe/Berlin?"),
        ):
            response = await place.moderator.slash(place.channel, "alert limits", channel=alerts, **options)
            assert wanted in response.response.content
        response = await place.moderator.slash(place.channel, "alert add", channel=alerts, at="08:00")
        assert "daily and weekly digests" in response.response.content
        assert "digest on Friday at 18:00" in await add(place, alerts, style="weekly", at="Fri 6 pm")
        (rule,) = await place.house.alerts.for_guild(GuildId(place.guild.id))
        changed = await place.moderator.slash(place.channel, "alert edit", alert=str(rule.id), at="17:00")
        assert "digest on Friday at 17:00" in text(changed.response)


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("7", 420), ("07:30", 450), ("7.30", 450), ("7h30", 450), ("7 pm", 1140), ("12am", 0), ("٧:٣٠", 450)],
)
def test_times_of_day(typed: str, minutes: int) -> None:
    assert parse_time(typed) == minutes


@pytest.mark.parametrize("typed", ["", "25", "7:60", "13 pm", "0 am", "noon", "7:3:0", "-1"])
def test_what_is_no_time_of_day(typed: str) -> None:
    with pytest.raises(UserError, match="no time of day"):
        parse_time(typed)


def test_weekdays_quiet_hours_and_zones() -> None:
    assert parse_at("Fri 18:00") == (1080, 4)
    assert parse_at("8:00") == (480, None)
    assert parse_quiet("off") is None
    assert parse_quiet("22:00–7") is not None
    assert parse_zone("asia/manila") == "Asia/Manila"
    assert parse_zone("utc") == "UTC"
    assert "America/New_York" in suggest_zones("new york")
    assert suggest_zones("berl")[0] == "Europe/Berlin"
