"""Stories as cards: whatever the feeds hold, they keep Discord's limits and nothing in them acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from discord import ui
from hypothesis import given, settings, strategies as st

from bot import page_cards, profile_cards, story_cards
from bot.model import (
    Breakdown,
    Compared,
    Item,
    ItemId,
    Named,
    OutletCount,
    Page,
    Profile,
    Query,
    Sort,
    Story,
    StoryId,
    TagCount,
    TagKind,
    Top,
)
from bot.services.news import NewsService
from bot.words import speak
from cogs.profiles import below
from cogs.stories import report_select, story_select
from tests.support import NOON
from tests.test_cards import LONG, Drawn, Keeper, Read, at_once, check_limits, hostile, items, turning


@pytest.fixture(autouse=True, params=["en-US", "uk"])
def spoken(english: None, request: pytest.FixtureRequest) -> None:
    """In English, and in a language whose words are long."""
    speak(request.param)


def told_by(*reports: Item) -> Story:
    return Story(id=StoryId(1), items=reports, ties={})


@st.composite
def many(draw: st.DrawFn) -> Story:
    """A story of up to forty reports, of up to four kinds."""
    kinds = draw(st.lists(items(), min_size=1, max_size=4))
    count = draw(st.integers(1, 40))
    return told_by(*(replace(kinds[number % len(kinds)], id=ItemId(number + 1)) for number in range(count)))


def check(layout: ui.LayoutView) -> None:
    drawn = Drawn.of(layout)
    check_limits(drawn)
    for text in drawn.texts:
        read = Read(text)
        assert read.pings == read.bare == read.invisible == []


@settings(max_examples=30, deadline=None)
@given(many(), hostile(100))
def test_the_biggest_stories_of_anything_keep_the_limits(story: Story, topic: str) -> None:
    found = tuple(Top(story=story, item=item, outlets=3, reports=9) for item in story.items)
    check(story_cards.top_layout(found, Query(topic=topic), "the last day", NOON, controls=story_select(found)))


@settings(max_examples=30, deadline=None)
@given(many())
def test_a_timeline_of_anything_keeps_the_limits(story: Story) -> None:
    check(story_cards.timeline_layout(story, story.items[-1], NOON, controls=report_select(story)))


@settings(max_examples=30, deadline=None)
@given(st.lists(many(), min_size=1, max_size=5))
def test_a_page_of_stories_keeps_the_limits(found: list[Story]) -> None:
    shown = tuple(replace(story.items[0], id=ItemId(number)) for number, story in enumerate(found))
    page = Page(
        query=Query(topic="trade", sort=Sort.BIGGEST),
        resolution=None,
        items=shown,
        number=2,
        size=5,
        total=99,
        newest=ItemId(2**62),
        stories={item.id: story for item, story in zip(shown, found, strict=True)},
    )
    check(page_cards.page_layout(page, NOON, turn=turning(page)))


@settings(max_examples=30, deadline=None)
@given(st.lists(items(), min_size=1, max_size=5), st.booleans(), hostile(90))
def test_a_profile_of_anything_keeps_the_limits(found: list[Item], complete: bool, topic: str) -> None:
    shown = tuple(replace(item, id=ItemId(number)) for number, item in enumerate(found))
    tags = dict.fromkeys((one.kind, one.tag) for item in found for one in item.taggings)
    outlets = dict.fromkeys(item.outlet for item in found)
    breakdown = Breakdown(
        published=(NOON,) * 5_000,
        newest=shown,
        complete=complete,
        looked_at=2_000,
        tags=tuple(TagCount(kind=kind, tag=tag, items=9) for kind, tag in tags),
        outlets=tuple(OutletCount(outlet=outlet, country="GB", items=9) for outlet in outlets),
    )
    query = Query(topic=topic or "x", since=NOON - timedelta(days=7))
    profile = Profile(query=query, resolution=None, until=NOON, breakdown=breakdown)
    check(
        profile_cards.profile_layout(
            profile, (), NOON, controls=at_once(below(profile, (), cast(NewsService, Keeper())))
        )
    )
    side = Compared(named=Named(kind=TagKind.TOPIC, tag=topic or "x"), profile=profile, before=3)
    check(profile_cards.compared_layout((side,) * 4, timedelta(days=7)))


def test_the_longest_story_keeps_the_limits_and_says_how_many_are_left_out() -> None:
    story = told_by(*(replace(LONG, id=ItemId(number), outlet=f"{number:03}" * 30) for number in range(1, 400)))
    layout = story_cards.timeline_layout(story, story.items[0], NOON, controls=report_select(story))
    check(layout)
    assert Drawn.of(layout).texts[-1].splitlines()[-1].startswith("-# … ")


def test_an_outlets_first_report_is_shown_before_anothers_second() -> None:
    first = [replace(LONG, id=ItemId(number), outlet="The Wire", title=f"Wire {number}") for number in range(40)]
    late = replace(LONG, id=ItemId(99), outlet="CNA", title="CNA", published_at=NOON + timedelta(hours=1), image=None)
    text = "\n".join(Drawn.of(story_cards.timeline_layout(told_by(*first, late), late, NOON)).texts)
    assert "**CNA**" in text
    assert "+60" in text
