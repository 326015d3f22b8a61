"""Counts by day and country, against a recount."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import OPERATOR, Correction, Criteria, GuildId, Role, TagKind, UserId
from storage.days import Days
from tests.support import HeldClock, Stores, brought, new_item, tagging, watched


@pytest.fixture
def days(stores: Stores) -> Days:
    return Days(stores.news._driver)


async def test_days_and_subjects_are_those_of_a_recount(stores: Stores, days: Days, clock: HeldClock) -> None:
    await watched(stores, clock)
    now = clock.now()
    every_item = [
        new_item(
            f"Item {number}",
            topics=["trade"] if number % 2 else [],
            countries=["JP"],
            at=now - timedelta(hours=7 * number),
        )
        for number in range(40)
    ]
    mention = tagging("JP", TagKind.COUNTRY, Role.MENTION)
    made = [
        one if number % 3 else replace(one, tagged=one.tagged._replace(countries=(mention,)))
        for number, one in enumerate(every_item)
    ]
    await brought(stores, clock, *made)
    since = (now - timedelta(days=6)).date()
    every = [one.published_at for one in made if one.published_at.date() >= since]
    assert await days.counts(Criteria(), since=since) == Counter(moment.date() for moment in every)
    trade = [
        one.published_at.date() for number, one in enumerate(made) if number % 2 and one.published_at.date() >= since
    ]
    assert await days.counts(Criteria(tag="trade"), since=since) == Counter(trade)
    begins = now - timedelta(days=6)
    subjects = sum(1 for number, one in enumerate(made) if number % 3 and one.published_at >= begins)
    assert await days.subjects(since=begins) == {"JP": subjects}


async def test_a_server_that_sees_otherwise_is_not_plain(stores: Stores, days: Days, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(stores, clock, new_item("A", topics=["trade"]))
    here = GuildId(5)
    assert await days.is_plain(OPERATOR)
    assert await days.is_plain(here)
    (item,) = await stores.news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=9)
    told = Correction(scope=here, item=item.id, kind=TagKind.TOPIC, tag="trade", carried=False)
    await stores.tags.correct(told, item, author=UserId(1), now=clock.now())
    assert not await days.is_plain(here)
    assert await days.is_plain(OPERATOR)
