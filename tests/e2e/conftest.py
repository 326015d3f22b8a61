"""The real bot in a simulated Discord, on the real store, with some news in its memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import discord
import pytest
import simcord

from bot.config import Settings
from bot.crew import make_desk
from bot.front import make_client
from bot.house import House, open_house
from bot.model import OPERATOR, Entry, NewItem, NewSource, Outlet, Poll, Validators
from bot.news.tagger import Tagger
from bot.pictures import studio
from bot.poster import DiscordPoster
from bot.sandbox.as_discord import as_discord
from bot.workers.delivery import Deliverer
from bot.workers.digest import Gatherer
from bot.workers.ingest import new_item
from tests.support import LEASE, NOON, HeldClock

Speaking = Callable[[str], None]
"""Has everybody use Discord in a locale from here on."""


@pytest.fixture(autouse=True)
def drawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the mark `pictures`, as where the extra `charts` is missing: the process that draws takes a second."""
    if request.node.get_closest_marker("pictures") is None:
        monkeypatch.setattr(studio, "find_spec", lambda _: None)


@dataclass(slots=True)
class Place:
    """A bot in a server, and the people who talk to it."""

    env: Any
    house: House
    clock: HeldClock
    guild: Any
    channel: Any
    reader: Any
    moderator: Any
    tagger: Tagger
    client: Any

    async def brings(
        self,
        *entries: Entry,
        outlet: str = "The Example",
        silent: bool = False,
        single_country: bool = False,
        key_of: str | None = None,
    ) -> None:
        """Have a feed of an outlet bring entries, as ingest would store them; under the key of an earlier title."""
        url = f"https://{outlet.lower().replace(' ', '-')}.example/feed"
        known = {source.url for source in await self.house.sources.for_guild(OPERATOR)}
        if url not in known:
            described = Outlet(name=outlet, country="GB", single_country=single_country)
            await self.house.sources.add(OPERATOR, NewSource(url=url, outlet=described), now=self.clock.now())
            if not silent:
                await self._poll(url)
        await self._poll(url, *entries, key_of=key_of)

    async def _poll(self, url: str, *entries: Entry, key_of: str | None = None) -> None:
        (source,) = [source for source in await self.house.sources.for_guild(OPERATOR) if source.url == url]
        claim = await self.house.sources.claim_source(source.id, "test", LEASE, now=self.clock.now())
        assert claim is not None
        items: list[NewItem] = [
            new_item(
                self.tagger,
                f"k{key_of or entry.title}",
                entry,
                self.clock.now(),
                language="en",
                section=None,
                only_country=claim.feed.outlet.only_country,
                admitted=self.house.emerge.slugs(),
            )
            for entry in entries
        ]
        poll = Poll(
            due_at=self.clock.now() + timedelta(hours=1),
            interval=timedelta(hours=1),
            validators=Validators(),
            entries=True,
            items=tuple(items),
        )
        await self.house.sources.finish(claim, poll, now=self.clock.now())

    async def emerge(self) -> None:
        """Look which hashtags the news gives, as the desk's process does."""
        assert await self.house.desk.seat.hold() is not None
        await self.house.emerge.look()

    async def work(self) -> None:
        """Let desk and delivery do all there is to do now."""
        desk = make_desk(self.house)
        gatherer = Gatherer(self.house.digests, self.clock)
        deliverer = Deliverer(self.house.deliveries, DiscordPoster(self.client, self.clock.now), self.clock, "run")
        while await desk.step():
            pass
        while await gatherer.step():
            pass
        while await deliverer.step():
            pass


def story(
    title: str, summary: str = "", *, hours: float = 1, image: str | None = None, url: str | None = None
) -> Entry:
    slug = "".join(character if character.isalnum() else "-" for character in title.lower())[:60]
    return Entry(
        guid=None,
        url=url or f"https://news.example/{slug}",
        title=title,
        summary=summary,
        image=image,
        published_at=NOON - timedelta(hours=hours),
        language="en",
    )


@asynccontextmanager
async def opened(database: str, clock: HeldClock, tagger: Tagger) -> AsyncIterator[Place]:
    settings = Settings(database=database, catalogue="none")
    async with AsyncExitStack() as stack:
        stack.enter_context(as_discord())
        house = await stack.enter_async_context(open_house(settings, clock=clock, holder="run"))
        client = make_client(house)
        async with simcord.run(client, shard_count=1, settle_timeout=8.0) as env:
            guild = env.create_guild(name="Newsroom")
            channel = guild.create_text_channel("news")
            reader = guild.add_member(env.create_user("reader"))
            role = guild.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
            moderator = guild.add_member(env.create_user("moderator"), roles=[role])
            yield Place(
                env=env,
                house=house,
                clock=clock,
                guild=guild,
                channel=channel,
                reader=reader,
                moderator=moderator,
                tagger=tagger,
                client=client,
            )


Newsroom = Callable[[], AbstractAsyncContextManager[Place]]


@pytest.fixture(scope="session")
def tagger() -> Tagger:
    return Tagger.load()


@pytest.fixture
def newsroom(database: str, clock: HeldClock, tagger: Tagger) -> Newsroom:
    """Opens the place inside the test: simcord's clock lives in the context of the task that opened it."""
    return partial(opened, database, clock, tagger)


@pytest.fixture
def speaking(monkeypatch: pytest.MonkeyPatch) -> Speaking:
    """Has everybody use Discord in a language: simcord's interactions say en-US alone."""
    spoken = "en-US"
    received: Any = discord.Interaction._from_data

    def translated(self: Any, data: Any) -> None:
        received(self, {**data, "locale": spoken})

    def speak(locale: str) -> None:
        nonlocal spoken
        spoken = locale

    monkeypatch.setattr(discord.Interaction, "_from_data", translated)
    return speak
