"""Take the pictures of answers and alerts: ``python -m docs.pictures [NAME ...]`` (needs Debian's chromium).

Each is of a simulated server, drawn by simcord; WIDTH=430 makes them as wide as a phone.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import discord

from bot.model import OPERATOR, NewSource, Outlet
from bot.news.tagger import Tagger
from tests.e2e.conftest import Place, opened, story as entry
from tests.e2e.test_alerts import add
from tests.e2e.test_digests import bring
from tests.e2e.test_news import PACT
from tests.e2e.test_places import forum_with, may_hook
from tests.e2e.test_stories import OTHER, QUAKE, SAME, THIRD, after
from tests.e2e.test_surges import look, storms, watched_for
from tests.e2e.test_top import told
from tests.support import HeldClock

IMAGES = Path(__file__).parent / "images"


async def shoot(place: Place, channel: Any, name: str, height: int, *, viewer: Any = None) -> None:
    viewers = [place.moderator if viewer is None else viewer]
    width = os.environ.get("WIDTH", "1000")
    async with place.env.preview(channel, viewers=viewers, layout="channel") as preview:
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=6000"]
        command += [f"--window-size={width},{height}", f"--screenshot={IMAGES / name}.png", preview.url]
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
        await asyncio.wait_for(process.wait(), 60)


async def story(place: Place) -> None:
    channel = place.guild.create_text_channel("alerts")
    await add(place, channel, country="Japan")
    await place.brings(QUAKE, outlet="The Wire")
    await place.work()
    for report, outlet in ((SAME, "CNA"), (THIRD, "The New York Times")):
        await place.brings(report, outlet=outlet)
    await place.work()
    await after(place, seconds=30)
    await place.moderator.slash(channel, "why", story="https://cna.example/quake")
    await shoot(place, channel, "story", 1420)


async def top(place: Place) -> None:
    await told(place)
    await place.reader.slash(place.channel, "top")
    await shoot(place, place.channel, "top", 620, viewer=place.reader)


async def timeline(place: Place) -> None:
    await told(place)
    await place.reader.slash(place.channel, "story", story="tsunami warning magnitude")
    await shoot(place, place.channel, "timeline", 700, viewer=place.reader)


async def digest(place: Place) -> None:
    channel = place.guild.create_text_channel("digest")
    await add(place, channel, style="daily", at="13:00")
    await bring(place, 9)
    await place.brings(QUAKE, outlet="The Wire")
    await place.brings(SAME, outlet="CNA")
    await place.work()
    await after(place, hours=1, minutes=1)
    await shoot(place, channel, "digest", 800)


async def preview(place: Place) -> None:
    channel = place.guild.create_text_channel("moderators")
    await bring(place, 6)
    await place.brings(QUAKE, outlet="The Wire")
    await place.brings(SAME, outlet="CNA")
    await place.work()
    await place.moderator.slash(channel, "alert preview", category="Business")
    await shoot(place, channel, "preview", 860)


async def surge(place: Place) -> None:
    channel = place.guild.create_text_channel("surges")
    await add(place, channel, words="storm", style="surge")
    await watched_for(place, 5)
    for size in (1, 2, 8):
        await storms(place, size)
        place.clock.move(timedelta(hours=5))
    await storms(place, 8)
    await look(place)
    await shoot(place, channel, "surge", 640)


async def forum(place: Place) -> None:
    channel = await forum_with(place, "Japan", "Disasters", "Politics")
    await add(place, channel, country="Japan")
    await place.brings(QUAKE, outlet="The Wire")
    await place.work()
    for report, outlet in ((SAME, "CNA"), (THIRD, "The New York Times")):
        await place.brings(report, outlet=outlet)
    await place.work()
    for _ in range(2):
        await after(place, minutes=2)
    (post,) = channel.threads
    await shoot(place, post, "forum", 1100)


async def outlets(place: Place) -> None:
    channel = place.guild.create_text_channel("wire")
    await may_hook(place, channel)
    await add(place, channel, filter="country:JP,KE,PH", as_outlet=True)
    await place.brings(QUAKE, outlet="The Wire")
    await place.brings(OTHER, outlet="The Standard")
    await place.brings(PACT, outlet="The Manila Post")
    await place.work()
    await shoot(place, channel, "outlets", 1000)


async def follow(place: Place) -> None:
    user = place.env.create_user("ada")
    ada = place.guild.add_member(user)
    await ada.slash(place.channel, "follow add", country="Japan")
    await place.brings(PACT, outlet="The Manila Post")
    await place.work()
    card = user.dm_channel.history()[-1]
    await user.click(card, label="Less like this")
    await shoot(place, user.dm_channel, "follow", 1000, viewer=user)


WORLD = ("Japan", "Germany", "Brazil", "India", "China", "Kenya", "France", "Canada", "Mexico", "Singapore", "Egypt")
"""The first ones are named most."""


async def year(place: Place) -> None:
    """Seventy days of news from eight outlets, with two days that stand out."""
    chance = random.Random(7)
    outlets = (("The Wire", "GB"), ("CNA", "SG"), ("Le Courrier", "FR"), ("Rheinbote", "DE"), ("The Ledger", "AU"))
    for name, country in outlets:
        url = f"https://{name.lower().replace(' ', '-')}.example/feed"
        described = Outlet(name=name, country=country, language="fr" if country == "FR" else None)
        await place.house.sources.add(OPERATOR, NewSource(url=url, outlet=described), now=place.clock.now())
    place.clock.move(timedelta(days=-70))
    for name, _ in outlets:
        await place.brings(outlet=name)
    for day in range(1, 71):
        place.clock.move(timedelta(days=1))
        back = (70 - day) * 24
        for name, _ in outlets:
            for part in range(chance.randrange(0, 4)):
                about = WORLD[min(chance.randrange(len(WORLD)), chance.randrange(len(WORLD)))]
                what = chance.choice(("coffee", "steel", "wheat", "copper", "timber", "cotton", "fish", "cars"))
                title = f"Trade talks with {about} on {what}, round {day * 3 + part}"
                await place.brings(entry(title, f"{about} wants more.", hours=back + part + 0.5), outlet=name)
            if day in (52, 63):
                pact = "Japan and Canada sign a trade pact" if day == 52 else "Brazil and Germany end their trade row"
                told = [f"{pact} {how}" for how in ("after ten years", "in the night", "to applause")]
                await place.brings(*(entry(one, f"{pact}.", hours=back + 3) for one in told), outlet=name)
        await place.work()


async def trends(place: Place) -> None:
    await year(place)
    await place.reader.slash(place.channel, "trends", topic="trade")
    await shoot(place, place.channel, "trends", 860, viewer=place.reader)


async def world(place: Place) -> None:
    await year(place)
    await place.reader.slash(place.channel, "map", since="30d")
    await shoot(place, place.channel, "map", 760, viewer=place.reader)


async def country(place: Place) -> None:
    await year(place)
    await place.reader.slash(place.channel, "country", country="Japan", since="30d")
    await shoot(place, place.channel, "country", 1180, viewer=place.reader)


async def compare(place: Place) -> None:
    await year(place)
    await place.reader.slash(place.channel, "compare", first="Japan", second="Germany", third="Brazil", window=30)
    await shoot(place, place.channel, "compare", 1060, viewer=place.reader)


async def setup(place: Place) -> None:
    await told(place)
    form = (await place.moderator.slash(place.channel, "setup")).response
    await place.moderator.select(form, values=["JP", "PH"], custom_id="u:countries")
    await shoot(place, place.channel, "setup", 780)


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Everybody uses Discord in a locale: simcord's interactions say en-US alone."""
    received: Any = discord.Interaction._from_data
    try:
        changed: Any = lambda self, data: received(self, {**data, "locale": locale})  # noqa: E731
        discord.Interaction._from_data = changed  # type: ignore[method-assign]
        yield
    finally:
        discord.Interaction._from_data = received  # type: ignore[method-assign]


async def spoken(place: Place, locale: str, name: str) -> None:
    with speaking(locale):
        await told(place)
        await place.reader.slash(place.channel, "news", sort="biggest")
    await shoot(place, place.channel, name, 1120, viewer=place.reader)


async def help_spanish(place: Place) -> None:
    with speaking("es-ES"):
        await told(place)
        await place.moderator.slash(place.channel, "help", topic="alert")
    await shoot(place, place.channel, "help-spanish", 740)


async def setup_ukrainian(place: Place) -> None:
    with speaking("uk"):
        await told(place)
        form = (await place.moderator.slash(place.channel, "setup")).response
        await place.moderator.select(form, values=["JP", "PH"], custom_id="u:countries")
    await shoot(place, place.channel, "setup-ukrainian", 780)


async def alert_german(place: Place) -> None:
    await place.moderator.slash(place.channel, "settings", language="de", everyone=True)
    await place.moderator.slash(place.channel, "alert add", channel=place.channel, country="Japan", min_outlets=2)
    for report, outlet in ((QUAKE, "The Wire"), (SAME, "CNA"), (THIRD, "The New York Times")):
        await place.brings(report, outlet=outlet)
    await place.work()
    await after(place, seconds=30)
    await shoot(place, place.channel, "alert-german", 900)


async def japanese(place: Place) -> None:
    await spoken(place, "ja", "japanese")


async def arabic(place: Place) -> None:
    await spoken(place, "ar", "arabic")


async def german(place: Place) -> None:
    await spoken(place, "de", "german")


PICTURES = (
    japanese,
    arabic,
    german,
    help_spanish,
    setup_ukrainian,
    alert_german,
    trends,
    world,
    country,
    compare,
    setup,
    story,
    top,
    timeline,
    digest,
    preview,
    surge,
    forum,
    outlets,
    follow,
)


async def take(wanted: Sequence[str] = ()) -> None:
    """Take the pictures of these names; of none, all."""
    for picture in PICTURES:
        if wanted and picture.__name__ not in wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            async with opened(f"{folder}/dateline.sqlite", HeldClock(), Tagger.load()) as place:
                await place.env.advance_time((place.clock.now() - place.env.now()).total_seconds())
                await picture(place)


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1:]))
