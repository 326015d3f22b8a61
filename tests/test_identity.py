"""The same item is never new twice: what feeds do to guids, addresses, dates and headlines, over loopback."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

import pytest

from bot.model import OPERATOR, Correction, Criteria, Item, Stored, TagKind, UserId
from bot.workers.ingest import MISSED
from storage.arrivals import ALERTED_AT_ONCE
from tests.support import HOUR, NOON
from tests.test_ingest import Desk, desk, parser, tagger

__all__ = ["desk", "parser", "tagger"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Told:
    """An item as a feed tells it."""

    title: str = "Japan and the Philippines sign a security pact"
    link: str = "https://news.example/asia/security-pact"
    guid: str | None = "tag:news.example,2026:1"
    at: datetime | None = NOON
    text: str = "Tokyo and Manila agreed on joint patrols in the South China Sea."


PACT = Told()
JETS = Told(
    "Poland buys 32 fighter jets", "https://news.example/europe/poland-jets", "tag:news.example,2026:2", text="!"
)
VOTES = Told("Brazil counts its votes again", "https://news.example/brazil-votes", "tag:news.example,2026:3", text="?")


def rss(*items: Told) -> str:
    inside = "".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(one.link)}</link>"
        + (f'<guid isPermaLink="false">{one.guid}</guid>' if one.guid else "")
        + (f"<pubDate>{format_datetime(one.at)}</pubDate>" if one.at else "")
        + f"<description>{escape(one.text)}</description></item>"
        for one in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>{inside}</channel></rss>'


async def begin(desk: Desk, path: str = "/f", *items: Told) -> None:
    """Watch a feed and have its first poll done."""
    desk.web.answer(path, rss(*items))
    await desk.watch(path)
    await desk.poll(path)
    desk.clock.move(HOUR)


async def then(desk: Desk, *items: Told, path: str = "/f") -> Stored:
    """What the next poll stores, an hour later."""
    desk.web.answer(path, rss(*items))
    report = await desk.poll(path)
    desk.clock.move(HOUR)
    assert report.stored is not None
    return report.stored


async def earlier(desk: Desk, item: Item) -> list[str]:
    """The headlines it had before."""
    found = await desk.stores.news.item(item.id, guild=OPERATOR)
    assert found is not None
    return [revision.title for revision in found.earlier]


LATER = NOON + timedelta(hours=20)


@pytest.mark.parametrize(
    "changed",
    [
        [replace(PACT, guid="session-8c1f")],
        [replace(PACT, guid=None)],
        [replace(PACT, link=PACT.link + "?utm_source=rss&utm_medium=feed")],
        [replace(PACT, link=PACT.link + "?sid=7f3a")],
        [replace(PACT, link=PACT.link + "?sid=7f3a", guid="7f3a")],
        [replace(PACT, link=PACT.link + "?sid=7f3a", guid="7f3a", at=LATER)],
        [replace(PACT, link="https://m.news.example/asia/security-pact", guid="7f3a")],
        [replace(PACT, link="https://www.other.example/asia/security-pact", guid="7f3a")],
        [replace(PACT, at=LATER)],
        [replace(PACT, at=None)],
        [replace(PACT, title="Japan, Philippines sign a historic security pact")],
        [replace(PACT, title="Japan, Philippines sign a historic security pact", guid="session-8c1f")],
        [replace(PACT, title="Tokyo and Manila are allies now", link="https://news.example/asia/allies-now")],
        [replace(PACT, title="Tokyo and Manila are allies now", at=LATER)],
        [replace(PACT, title="JAPAN AND THE PHILIPPINES SIGN A SECURITY PACT!", guid="x", link=PACT.link + "?a=1")],
    ],
    ids=[
        "guid changed", "guid gone", "address decorated", "session in the address", "session in guid and address",
        "all of it", "another host", "another site", "dated anew", "date gone", "headline corrected",
        "headline and guid", "headline and address", "headline and date", "capitals",
    ],
)  # fmt: skip
@pytest.mark.parametrize("beside", [[], [JETS, VOTES]], ids=["alone", "beside others"])
async def test_an_item_that_its_feed_changes_is_not_new(desk: Desk, changed: list[Told], beside: list[Told]) -> None:
    await begin(desk, "/f", *beside, PACT)
    stored = await then(desk, *beside, *changed)
    assert stored.new == 0
    assert len(await desk.items()) == 1 + len(beside)
    assert await desk.unfiled() == []
    again = await then(desk, *changed, *beside)
    assert (again.new, again.edited) == (0, 0)


@pytest.mark.parametrize(
    "other",
    [
        replace(JETS, at=LATER),
        replace(PACT, title="Live: Brazil votes", guid="tag:news.example,2026:9", link="https://news.example/live"),
        replace(PACT, title="Brazil counts its votes again", link="https://news.example/brazil", at=LATER),
        replace(PACT, link="https://news.example/asia/another-story", guid="9", at=LATER, text="Another text."),
    ],
    ids=["another", "another beside it", "the guid used again", "a headline of every day"],
)
async def test_another_item_is_new(desk: Desk, other: Told) -> None:
    await begin(desk, "/f", PACT)
    assert (await then(desk, other)).new == 1
    assert len(await desk.items()) == 2
    assert await desk.unfiled() == [other.title]


DAILY = Told(
    "The morning briefing of today",
    "https://news.example/briefing/1",
    "tag:news.example,2026:briefing-1",
    text="The five things to know before you start your day, from our newsroom in London.",
)
TOMORROW = NOON + timedelta(days=1)
SOON = NOON + timedelta(minutes=40)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (DAILY, replace(DAILY, link="https://news.example/briefing/2", guid="briefing-2", at=TOMORROW)),
        (replace(DAILY, link="https://news.example/a.php?id=1001"),
         replace(DAILY, link="https://news.example/a.php?id=1002", guid="1002", at=SOON, text="Another text.")),
        (replace(PACT, link="https://live.example"), replace(VOTES, link="https://live.example", at=SOON)),
        (replace(PACT, guid="0"), replace(VOTES, guid="0", at=SOON)),
        (replace(PACT, guid=None), replace(VOTES, guid=None, link=PACT.link, at=SOON)),
    ],
    ids=["a headline of every day", "a headline used again", "the front page", "a guid that is none", "no guid"],
)  # fmt: skip
@pytest.mark.parametrize("touched", [False, True], ids=["by its new bytes", "as a whole"])
async def test_what_stands_beside_an_item_in_one_document_is_another(
    desk: Desk, old: Told, new: Told, touched: bool
) -> None:
    await begin(desk, "/f", old, JETS)
    desk.clock.move(TOMORROW - NOON)
    stored = await then(desk, new, replace(old, text=f"{old.text} ") if touched else old, JETS)
    assert (stored.new, stored.edited) == (1, 0)
    assert await desk.unfiled() == [new.title]
    again = await then(desk, new, old, JETS)
    assert (again.new, again.edited) == (0, 0)
    assert len(await desk.items()) == 3


@pytest.mark.parametrize(
    "link", ["https://news.example/", "https://agency.example/#/news/{}", "https://agency.example/#!news/{}"]
)
async def test_entries_without_guids_are_told_apart_although_their_links_hardly_differ(desk: Desk, link: str) -> None:
    told = [
        replace(one, guid=None, link=link.format(number), at=NOON + timedelta(hours=number))
        for number, one in enumerate((PACT, JETS, VOTES))
    ]
    desk.clock.move(timedelta(hours=3))
    await begin(desk, "/f", told[1], told[0])
    assert len(await desk.items()) == 2
    assert (await then(desk, *told[::-1])).new == 1
    assert await desk.unfiled() == [VOTES.title]
    assert {item.url for item in await desk.items()} == {one.link for one in told}
    assert (await then(desk, *told[::-1])).new == 0


async def test_a_feed_of_one_item_under_a_constant_address_has_news(desk: Desk) -> None:
    await begin(desk, "/f", PACT)
    desk.clock.move(timedelta(days=2))
    stored = await then(desk, replace(VOTES, link=PACT.link, at=NOON + timedelta(days=2)))
    assert (stored.new, stored.edited) == (1, 0)
    assert await desk.unfiled() == [VOTES.title]


async def test_undated_entries_whose_guids_are_places_have_news(desk: Desk) -> None:
    old = [PACT, JETS, VOTES]
    new = [
        Told(f"{what} in the north tonight", f"https://news.example/new/{what}", text=f"A text of {what}.")
        for what in ("Wildfire", "Election", "Football")
    ]
    await begin(desk, "/f", *(replace(one, guid=f"item{n}", at=None) for n, one in enumerate(old)))
    stored = await then(desk, *(replace(one, guid=f"item{n}", at=None) for n, one in enumerate(new)))
    assert (stored.new, stored.edited) == (3, 0)
    assert len(await desk.items()) == 6


async def test_a_guid_used_again_stands_for_the_newer_item(desk: Desk) -> None:
    await begin(desk, "/f", replace(PACT, guid="today"))
    tomorrow = replace(VOTES, guid="today", at=NOON + timedelta(days=1))
    desk.clock.move(timedelta(days=1))
    assert (await then(desk, tomorrow)).new == 1
    assert (await then(desk, replace(tomorrow, title="Brazil counts its votes once again"))).edited == 1
    assert await desk.titles() == ["Brazil counts its votes once again", PACT.title]


async def test_entries_of_a_live_blog_share_an_address_and_stay_apart_as_its_window_slides(desk: Desk) -> None:
    blog = [
        replace(PACT, title=f"Entry number {number} of the day", guid=f"live-{number}", text=f"Said {number}.")
        for number in range(9)
    ]
    await begin(desk, "/f", *blog[2::-1])
    for number in range(3, 9):
        assert (await then(desk, *blog[number : number - 3 : -1])).new == 1
    assert len(await desk.items()) == 9


async def test_two_feeds_of_an_outlet_that_carry_an_item_under_addresses_of_their_own(desk: Desk) -> None:
    await begin(desk, "/world", PACT, JETS)
    await begin(desk, "/asia", replace(PACT, link="https://news.example/a/77", guid="77", text="Told shorter."))
    assert len(await desk.items()) == 2


async def test_an_archive_dated_anew_is_not_new_and_a_new_archive_is_no_flood(desk: Desk) -> None:
    archive = [
        replace(
            PACT,
            title=f"Story of the archive, number {number}",
            guid=f"a{number}",
            link=f"https://news.example/{number}",
        )
        for number in range(80)
    ]
    await begin(desk, "/f", *archive)
    today = NOON + timedelta(days=2)
    desk.clock.move(timedelta(days=2))
    assert (await then(desk, *(replace(one, at=today, guid=f"new-{one.guid}") for one in archive))).new == 0
    flood = [
        replace(
            one, at=today - timedelta(minutes=number), title=f"Another {number} story", guid=None, link=one.link + "/x"
        )
        for number, one in enumerate(archive)
    ]
    stored = await then(desk, *flood)
    assert stored.new == 80
    alerted = await desk.unfiled()
    assert len(alerted) == ALERTED_AT_ONCE
    assert set(alerted) == {one.title for one in flood[:ALERTED_AT_ONCE]}, "the newest"


async def test_what_is_older_than_a_week_is_remembered_silently(desk: Desk) -> None:
    await begin(desk, "/f", PACT)
    assert (await then(desk, PACT, replace(JETS, at=NOON - timedelta(days=30)))).new == 1
    assert await desk.unfiled() == []


async def test_an_edit_changes_text_and_tags_and_keeps_the_old_headline(desk: Desk) -> None:
    await begin(desk, "/f", PACT, JETS)
    edited = replace(PACT, title="Brazil and the Philippines sign a security pact", text="Brasilia and Manila agreed.")
    stored = await then(desk, edited, JETS)
    assert (stored.new, stored.edited) == (0, 1)
    item = next(item for item in await desk.items() if item.title == edited.title)
    assert item.summary == edited.text
    tags = {one.tag for one in item.taggings}
    assert {"BR", "PH"} <= tags
    assert "JP" not in tags
    assert await earlier(desk, item) == [PACT.title]
    assert await desk.unfiled() == [], "an edit is no news"
    assert (await then(desk, replace(edited, text="Brasilia and Manila agreed at last."), JETS)).edited == 1
    assert await earlier(desk, item) == [PACT.title], "the headline is the same"


async def test_a_correction_outlives_an_edit(desk: Desk) -> None:
    await begin(desk, "/f", PACT)
    (item,) = await desk.items()
    said = Correction(scope=OPERATOR, item=item.id, kind=TagKind.COUNTRY, tag="JP", carried=False)
    await desk.stores.tags.correct(said, item, author=UserId(1), now=desk.clock.now())
    assert (await then(desk, replace(PACT, title="Japan and the Philippines sign their pact"))).edited == 1
    (item,) = await desk.items()
    assert "JP" not in {one.tag for one in item.taggings}


async def test_two_sections_that_word_an_item_differently_do_not_edit_each_other(desk: Desk) -> None:
    asia = replace(PACT, text="The section's own words for it.")
    await begin(desk, "/world", PACT)
    await begin(desk, "/asia", asia)
    for number in range(3):
        noise = replace(JETS, text=f"{number}")
        assert (await then(desk, PACT, noise, path="/world")).edited <= 1
        assert (await then(desk, asia, path="/asia")).edited == 0
    item = next(item for item in await desk.items() if item.title == PACT.title)
    assert item.summary == PACT.text
    corrected = replace(PACT, title="Japan and the Philippines sign a defence pact")
    assert (await then(desk, corrected, path="/world")).edited == 1
    assert (await then(desk, replace(asia, text="Words anew."), path="/asia")).edited == 0


async def test_counts_stay_true_through_edits(desk: Desk) -> None:
    await begin(desk, "/f", PACT, JETS)
    await then(desk, replace(PACT, title="Brazil and Poland sign a trade deal", text="A deal."), JETS)
    for code in ("JP", "BR", "PL"):
        found = await desk.stores.news.find(Criteria(country=code), guild=OPERATOR, until=None, offset=0, limit=9)
        count = await desk.stores.news.items_of_tag(TagKind.COUNTRY, code, guild=OPERATOR)
        assert (len(found), count) == {"JP": (0, 0), "BR": (1, 1), "PL": (2, 2)}[code]


async def test_a_document_that_holds_nothing_known_is_said_to_have_missed_items_and_read_sooner(desk: Desk) -> None:
    def window(first: int) -> list[Told]:
        return [
            replace(PACT, title=f"Story of window, number {n}", guid=f"w{n}", link=f"https://news.example/{n}", at=None)
            for n in range(first, first + 8)
        ]

    await begin(desk, "/f", *window(0))
    before = (await desk.source("/f")).interval
    desk.web.answer("/f", rss(*window(6)))
    assert (await desk.poll("/f")).note is None
    overlap = (await desk.source("/f")).interval
    assert overlap == before / 2
    desk.web.answer("/f", rss(*window(20)))
    assert (await desk.poll("/f")).note == MISSED
    assert (await desk.source("/f")).interval == overlap / 4 or (await desk.source("/f")).interval == timedelta(
        minutes=5
    )
    changed = [replace(one, guid=f"session-{one.guid}") for one in window(20)]
    desk.web.answer("/f", rss(*changed))
    assert (await desk.poll("/f")).note is None, "new guids alone are nothing missed"
