"""Announcement channels: the stories that most outlets tell reach the followers, ten an hour."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import Newsroom, Place
from tests.e2e.test_alerts import add, posted
from tests.e2e.test_digests import bring, limits
from tests.e2e.test_stories import QUAKE, SAME, after


def published(place: Place) -> list[str]:
    return [entry.path for entry in place.env.http_requests if entry.path.endswith("/crosspost")]


async def test_the_best_of_the_hour_are_published(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.deliveries.PUBLISHED_AN_HOUR", 2)
    async with newsroom() as place:
        channel = place.guild.create_news_channel("wire")
        await add(place, channel)
        assert "published to its followers" in await limits(place, channel, publish=True)
        await bring(place, 3)
        await place.brings(QUAKE, outlet="The Wire")
        await place.brings(SAME, outlet="CNA")
        await place.work()
        assert published(place) == [], "they have some minutes to grow"
        for _ in range(4):
            await after(place, minutes=2)
        found = published(place)
        assert len(found) == 2, "no more than the hour has"
        quake = next(each for each in channel.history() if "Hokkaido" in str(each.components[0].to_dict()))
        assert str(quake.id) in found[0], "what most outlets tell goes first"
        await after(place, minutes=61)
        assert len(published(place)) == 3
        assert len(posted(channel)) == 4


async def test_only_where_it_is_asked_for_and_possible(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        plain: Any = place.guild.create_text_channel("plain")
        response = await place.moderator.slash(place.channel, "alert limits", channel=plain, publish=True)
        assert "no announcement channel" in response.response.content
        news = place.guild.create_news_channel("wire")
        await add(place, news)
        await bring(place, 1)
        await place.work()
        await after(place, minutes=10)
        assert len(posted(news)) == 1
        assert published(place) == []
