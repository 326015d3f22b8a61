"""What is kept of a server waits thirty days for the bot to come back, and is forgotten then."""

from __future__ import annotations

from datetime import timedelta

from bot.model import GuildId
from bot.workers.janitor import FORGOTTEN, Janitor
from tests.e2e.conftest import Newsroom, Place
from tests.e2e.test_alerts import add


async def tidied(place: Place, after: timedelta) -> int:
    """How many alerts of the server there are when the janitor has come after some time."""
    place.clock.move(after)
    await Janitor(place.house.deliveries, place.house.privacy, place.clock).step()
    return len(await place.house.alerts.for_guild(GuildId(place.guild.id)))


async def test_a_server_that_was_left_is_forgotten_unless_the_bot_comes_back(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await add(place, place.guild.create_text_channel("alerts"), country="Japan")
        guild = place.client.get_guild(place.guild.id)
        assert await tidied(place, 2 * FORGOTTEN) == 1, "it is there"
        await place.client.on_guild_remove(guild)
        assert await tidied(place, FORGOTTEN - timedelta(days=1)) == 1
        await place.client.on_guild_join(guild)
        assert await tidied(place, 2 * FORGOTTEN) == 1, "it came back"
        await place.client.on_guild_remove(guild)
        await place.client.on_ready()
        assert await tidied(place, 2 * FORGOTTEN) == 1, "Discord lists it among the bot's"
        await place.client.on_guild_remove(guild)
        assert await tidied(place, FORGOTTEN + timedelta(days=1)) == 0
