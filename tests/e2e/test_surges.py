"""A surge in a simulated Discord: told once, with its figures, a chart and the items as proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.workers.surges import Surges
from tests.e2e.conftest import Newsroom, Place, story
from tests.e2e.test_alerts import add, posted
from tests.e2e.test_digests import limits


async def look(place: Place) -> None:
    """Let the worker look as it does when it starts, and what it wrote be sent."""
    house = place.house
    await Surges(house.news, house.alerts, house.digests, house.deliveries, place.clock).step()
    await place.work()


async def watched_for(place: Place, days: int) -> None:
    """Have feeds been read for so long already."""
    await place.brings(story("Quiet harbour", "Nothing happens.", hours=1), outlet="The Old")
    place.clock.move(timedelta(days=days))


async def storms(place: Place, number: int) -> None:
    """Have several outlets tell of storms just now."""
    for serial in range(number):
        told = story(f"Storm Amelia hits town {serial}", "A storm hit the coast.")
        told = replace(
            told, published_at=place.clock.now() - timedelta(minutes=10), guid=f"{place.clock.now()} {serial}"
        )
        told = replace(told, url=f"https://news.example/{place.clock.now():%d%H%M}/{serial}")
        await place.brings(told, outlet=f"Outlet {serial % 4}", key_of=f"{place.clock.now()} {serial}")


async def test_a_surge_is_told_once_in_a_day(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        role = place.guild.create_role("Readers", mentionable=True)
        assert "when it surges" in await add(place, alerts, words="storm", style="surge", role=role)
        await watched_for(place, 5)
        await storms(place, 4)
        await look(place)
        assert posted(alerts) == [], "four are few"
        await storms(place, 7)
        await look(place)
        await look(place)
        (shown,) = posted(alerts)
        assert "## “storm”: new, there was nothing of it before" in shown
        assert "7 items, 4 outlets in the last 6 hours" in shown
        assert "7 at most" in shown
        assert "Storm Amelia hits town" in shown
        assert f"<@&{role.id}>" in shown
        place.clock.move(timedelta(hours=25))
        await storms(place, 9)
        await look(place)
        assert len(posted(alerts)) == 2


async def test_a_young_memory_and_quiet_hours_tell_of_none(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts = place.guild.create_text_channel("alerts")
        await add(place, alerts, words="storm", style="surge")
        await watched_for(place, 2)
        await storms(place, 7)
        await look(place)
        assert posted(alerts) == []
        place.clock.move(timedelta(days=2))
        await storms(place, 9)
        now = place.clock.now()
        await limits(place, alerts, quiet=f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}")
        await look(place)
        assert posted(alerts) == []
        await limits(place, alerts, quiet="off")
        await look(place)
        assert len(posted(alerts)) == 1
