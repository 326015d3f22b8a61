"""Which items tell of the same event (bot/news/cluster.py)."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from bench.cluster import bcubed, stream, written
from bot.news.cluster import JUDGED, Clusterer, Placement
from bot.news.marks import ClusterItem, Key, tags_of
from bot.news.open_items import WINDOW
from bot.news.story_weights import Weights
from bot.news.tagger import Tagger

AT = datetime(2026, 3, 2, tzinfo=UTC)
tagger = Tagger.load()


def item(
    id: Key, title: str, text: str = "", *, hours: float = 0, outlet: str = "Wire", language: str | None = "en"
) -> ClusterItem:
    countries, topics = tags_of(tagger.tag(title, text, language=language))
    return ClusterItem(
        id=id,
        title=title,
        text=text,
        outlet=outlet,
        language=language,
        published_at=AT + timedelta(hours=hours),
        countries=countries,
        topics=topics,
    )


def placed(*items: ClusterItem) -> list[Placement]:
    clusterer = Clusterer()
    return [clusterer.add(one) for one in items]


def stories(*items: ClusterItem) -> list[Key]:
    return [one.story for one in placed(*items)]


QUAKE = item("q1", "Magnitude 6.8 earthquake shakes southern Peru", "It struck near Arequipa early on Monday.")
QUAKE_TOO = item(
    "q2",
    "Homes collapse as strong quake hits Arequipa; 12 dead",
    "Adobe houses fell around Arequipa in Peru after the 6.8 magnitude earthquake.",
    hours=1,
    outlet="Herald",
)


def test_an_event_in_other_words_is_one_story_and_the_tie_says_why() -> None:
    first, second = placed(QUAKE, QUAKE_TOO)
    assert first == Placement(item="q1", story="q1", tie=None)
    assert first.is_new
    assert second.story == "q1"
    assert not second.is_new
    tie = second.tie
    assert tie is not None
    assert tie.item == "q1"
    assert tie.score >= 1
    assert "Arequipa" in (*tie.names, *tie.words)
    assert (tie.numbers, tie.countries, tie.topics, tie.across) == (("6.8",), ("PE",), ("earthquakes",), False)


@pytest.mark.parametrize(
    ("title", "text", "language"),
    [
        ("Terremoto de magnitud 6,8 sacude Arequipa", "Un fuerte sismo se sintió en todo el sur de Perú.", "es"),
        ("Pérou : un séisme de magnitude 6,8 à Arequipa", "Le tremblement de terre a frappé le sud du pays.", "fr"),
        ("ペルー南部でM6.8の地震、12人死亡", "アレキパ付近で強い地震があった。", "ja"),
        ("Землетрус магнітудою 6,8 у Перу", "Загинули щонайменше 12 людей.", "uk"),
    ],
)
def test_another_language_is_tied_by_what_is_written_the_same(title: str, text: str, language: str) -> None:
    told = placed(QUAKE, QUAKE_TOO, item("q3", title, text, language=language, hours=2))[2]
    assert told.story == "q1"
    assert told.tie is not None
    assert told.tie.countries == ("PE",)


def test_another_language_alone_ties_nothing() -> None:
    other = item("c", "Chile: un sismo de magnitud 5,1 en Iquique", "El terremoto se sintió en Chile.", language="es")
    assert stories(QUAKE, other) == ["q1", "c"]


def test_a_place_alone_ties_nothing_and_with_what_happened_it_does() -> None:
    assert stories(
        item("fire", "Fire destroys market in Nairobi"),
        item("museum", "Museum opens in Nairobi", outlet="Herald"),
        item("alarm", "Airport in Nairobi evacuated after alarm", outlet="Post"),
        item("shops", "Nairobi market fire: 12 shops lost", outlet="Ledger"),
        item("quake", "Nairobi shaken by earthquake", outlet="Post"),
        item("tremor", "Earthquake empties offices in Nairobi", outlet="Herald"),
    ) == ["fire", "museum", "alarm", "fire", "quake", "quake"]


def test_another_two_countries_are_another_event() -> None:
    pact = "Tokyo and Manila agreed to deepen security cooperation in the South China Sea. It allows joint patrols."
    assert stories(
        item("pact", "Japan and the Philippines sign security cooperation pact", pact),
        item("same", "Manila and Tokyo sign defence pact on joint patrols", "It lets ships of both patrol together."),
        item("other", "Japan's cabinet backs security cooperation with South Korea", "It covers rescue at sea."),
    ) == ["pact", "pact", "other"]


@pytest.mark.parametrize(
    ("first", "second", "hours"),
    [
        (
            "Day 12: what we know about the fighting in Marania",
            "Day 13: what we know about the fighting in Marania",
            24,
        ),
        ("Your Monday briefing", "Your Tuesday briefing", 24),
        ("Horoscope for Monday: what the stars say", "Horoscope for Tuesday: what the stars say", 24),
        ("Live: budget day, latest updates", "Live: Marania conflict, latest updates", 3),
        ("Live: Marania conflict, latest updates", "Live: Marania conflict, latest updates", 24),
        ("Letters to the editor: hedges and hospitals", "Letters to the editor: trains and tomatoes", 24),
        ("Ellen Marsh: in praise of the slow train", "Ellen Marsh: my neighbour's leaf blower", 48),
        ("Wall Street closes higher on Monday", "Wall Street closes higher on Tuesday", 24),
        ("Stocks close higher on Tuesday", "Stocks close lower on Wednesday", 24),
        ("Weather: bright spells, breezy later", "Weather: mild with scattered showers", 24),
        ("Rovers 3-1 Athletic: Mensah settles derby", "City 0-0 Rangers: stalemate at the Dome", 24),
        ("Strong quake off Java felt in Jakarta", "Strong quake shakes southern Peru", 5),
    ],
)
def test_columns_series_and_live_blogs_are_not_swallowed(first: str, second: str, hours: float) -> None:
    assert stories(item(1, first), item(2, second, hours=hours)) == [1, 2]


def test_a_series_takes_no_other_item_and_goes_into_no_other_story() -> None:
    strike = item(1, "Drones knock out Marania power station Ostra")
    daily = item(2, "Day 12: Marania power station Ostra knocked out", hours=1)
    again = item(3, "Marania power station Ostra knocked out by drones", hours=2, outlet="Herald")
    assert stories(strike, daily, again) == [1, 2, 1]


def test_the_same_headline_of_two_outlets_is_one_story_and_of_an_empty_one_none() -> None:
    same = "Helix Bio to buy Orvane Pharma for $9.4 billion"
    assert stories(item(1, same), item(2, same, hours=2, outlet="Herald")) == [1, 1]
    assert stories(item(1, ""), item(2, "")) == [1, 2]


def test_without_outlets_what_stands_before_a_colon_ties_like_any_word() -> None:
    first, second = (
        item(number, title, outlet="")
        for number, title in enumerate(("Titanfall: what to play", "Titanfall: reviewed"))
    )
    assert stories(first, second) == [0, 0]
    assert stories(replace(first, outlet="Wire"), replace(second, outlet="Wire")) == [0, 1]


def test_a_story_closes_72_hours_after_its_last_item() -> None:
    def follow(id: int, hours: float) -> ClusterItem:
        return replace(QUAKE_TOO, id=id, outlet=f"Outlet {id}", published_at=AT + timedelta(hours=hours))

    assert stories(QUAKE, follow(1, 71), follow(2, 142), follow(3, 215)) == ["q1", "q1", "q1", 3]


def test_what_is_past_is_forgotten_altogether() -> None:
    clusterer = Clusterer()
    for number in range(50):
        clusterer.add(replace(QUAKE, id=number, published_at=AT + timedelta(hours=number)))
    assert len(clusterer) == 50
    clusterer.add(item("x", "Panda twins born at Singapore zoo", hours=1_000))
    assert (len(clusterer), clusterer.stories) == (1, 1)
    assert clusterer.story_of(3) is None
    assert all(one.id == "x" for one in clusterer._open.items.values())
    assert sum(mark.items for mark in clusterer._open.marks.values()) == len(clusterer._open.marks)
    assert len(clusterer._open.columns) == len(clusterer._open.openings) == 1
    assert not [name for name, mark in clusterer._open.marks.items() if not mark.items]


def test_an_item_older_than_the_window_is_placed_alone_and_not_kept() -> None:
    clusterer = Clusterer()
    clusterer.add(replace(QUAKE, published_at=AT + WINDOW + timedelta(hours=2)))
    old = clusterer.add(replace(QUAKE_TOO, published_at=AT))
    assert old == Placement(item="q2", story="q2", tie=None)
    assert clusterer.story_of("q2") is None
    assert len(clusterer) == 1


def test_only_the_newest_are_kept_where_more_would_be_open_than_may_be() -> None:
    clusterer = Clusterer(most=3)
    told = [clusterer.add(item(number, f"Ferry {number}0 sinks off Palawan", hours=number)) for number in (5, 1, 4)]
    assert [one.story for one in told] == [5, 5, 5]
    old = clusterer.add(item("old", "Ferry 10 sinks off Palawan"))
    assert (old.story, clusterer.story_of("old"), len(clusterer)) == ("old", None, 3), "older than all: placed alone"
    assert clusterer.add(item(3, "Ferry 30 sinks off Palawan", hours=3)).story == 5
    assert [clusterer.story_of(number) for number in (1, 3, 4, 5)] == [None, 5, 5, 5]
    clusterer.forget(4)
    assert clusterer.add(item(2, "Ferry 20 sinks off Palawan", hours=2)).story == 5, "there is room again"
    assert (len(clusterer), clusterer.story_of(2)) == (3, 5)


def test_of_any_stream_the_newest_are_open() -> None:
    for most in (1, 7, 100):
        clusterer = Clusterer(most=most)
        came = random.Random(most).sample(OWN, len(OWN))  # noqa: S311
        for one in came:
            clusterer.add(one)
        window = [one for one in came if one.published_at >= max(came, key=_time).published_at - WINDOW]
        newest = sorted(window, key=_time)[-most:]
        edge = newest[0].published_at
        assert len(clusterer) == len(newest) == min(most, len(window))
        assert {one.id for one in newest if one.published_at > edge} <= {
            one.id for one in came if is_open(clusterer, one)
        }


def _time(one: ClusterItem) -> datetime:
    return one.published_at


def is_open(clusterer: Clusterer, one: ClusterItem) -> bool:
    return clusterer.story_of(one.id) is not None


def test_an_edited_item_keeps_its_story_and_is_recognised_by_its_new_words() -> None:
    clusterer = Clusterer()
    clusterer.add(item(1, "Ferry sinks off Palawan with 140 aboard"))
    told = clusterer.add(item(1, "Helix Bio to buy Orvane Pharma for $9.4 billion"))
    assert (told.story, told.tie) == (1, None)
    assert len(clusterer) == 1
    assert clusterer.add(item(2, "Orvane Pharma agrees to Helix Bio takeover", hours=1)).story == 1
    assert clusterer.add(item(3, "Palawan ferry sinks with 140 aboard", hours=1)).story == 3
    moved = clusterer.replace(item(2, "Palawan ferry sinks, 140 aboard", hours=1))
    assert moved.story == 1, "what was posted stays true"
    assert clusterer.replace(item(4, "Panda twins born at Singapore zoo")).story == 4


def test_an_item_may_be_forgotten() -> None:
    clusterer = Clusterer()
    clusterer.add(QUAKE)
    clusterer.forget("q1")
    clusterer.forget("q1")
    assert (len(clusterer), clusterer.stories, clusterer._open.marks) == (0, 0, {})
    assert clusterer.add(QUAKE_TOO).is_new


def test_a_story_may_have_any_id() -> None:
    clusterer = Clusterer()
    clusterer.restore(QUAKE, "story-7")
    told = clusterer.add(QUAKE_TOO)
    assert (told.story, told.is_new) == ("story-7", False)
    clusterer.restore(QUAKE, "story-8")
    assert clusterer.story_of("q1") == "story-8"
    assert len(clusterer) == 2


# --- properties --------------------------------------------------------------------------------------------------

OWN = [one for one, _ in written(tagger)]
_WORDS = (
    "quake",
    "Peru",
    "Arequipa",
    "ferry",
    "Palawan",
    "sinks",
    "Helix",
    "Orvane",
    "deal",
    "Day",
    "12:",
    "13:",
    "Live:",
    "Tuesday",
    "6.8",
    "140",
    "地震",
    "Перу",
)


@st.composite
def streams(draw: st.DrawFn) -> list[ClusterItem]:
    made, hours = [], 0.0
    for number in range(draw(st.integers(1, 25))):
        hours += draw(st.sampled_from((0, 0.1, 1, 20, 40)))
        title = " ".join(draw(st.lists(st.sampled_from(_WORDS), max_size=6)))
        text = " ".join(draw(st.lists(st.sampled_from(_WORDS), max_size=4)))
        made.append(
            ClusterItem(
                id=number,
                title=title,
                text=text,
                outlet=draw(st.sampled_from(("", "Wire", "Herald"))),
                language=draw(st.sampled_from((None, "en", "es"))),
                published_at=AT + timedelta(hours=hours - draw(st.sampled_from((0, 0, 3, 80)))),
                countries=draw(st.sampled_from(((), ("PE",), ("PE", "CL")))),
                topics=draw(st.sampled_from(((), ("earthquakes",)))),
            )
        )
    return made


def state(clusterer: Clusterer) -> object:
    """Everything that decides, without the numbers that only count."""
    place = {id(item): at for at, item in enumerate(clusterer._open.items.values())}
    marks = {
        name: (
            [clusterer._open.by_number[number].key for number in mark.stories],
            mark.items,
            mark.squares,
            mark.lower,
            mark.capital,
        )
        for name, mark in clusterer._open.marks.items()
    }
    members = {
        key: ([place[id(item)] for item in story.held], dict(story.counts), story.texts, story.is_placed)
        for key, story in clusterer._open.stories.items()
    }
    return list(clusterer._open.items), marks, members


def test_a_late_item_of_an_older_time_leaves_no_trace() -> None:
    """It came last and goes first: its story stands again where its other items put it."""
    hours = {0: 0.0, 1: 0.0, 2: -60.0, 3: 20.0}
    items = [
        ClusterItem(
            id=number,
            title="地震" if number == 2 else "",
            text="",
            outlet="",
            language=None,
            published_at=AT + timedelta(hours=hours[number]),
            countries=((), ("PE", "CL"), ("PE",), ("PE", "CL"))[(number + 1) % 4],
            topics=(),
        )
        for number in hours
    ]
    whole, without = Clusterer(), Clusterer()
    for one in items:
        whole.add(one)
    for one in items:
        if one.id != 2:
            without.restore(one, whole.story_of(one.id) or one.id)
    assert whole.story_of(2) is None
    assert state(whole) == state(without)


@settings(max_examples=120, deadline=None)
@given(streams(), st.sampled_from((None, 1, 3, 8)), st.data())
def test_batches_and_restarts_change_nothing(items: list[ClusterItem], most: int | None, data: st.DataObject) -> None:
    """Wherever a process stops, one rebuilt from the open items goes on as the first would have."""
    whole = Clusterer(most=most)
    expected = [whole.add(one) for one in items]
    cut = data.draw(st.integers(0, len(items)))
    before = Clusterer(most=most)
    first = [before.add(one) for one in items[:cut]]
    after = Clusterer(most=most)
    for one in items[:cut]:
        story = before.story_of(one.id)
        if story is not None:
            after.restore(one, story)
    if after.now is not None and before.now is not None:
        assert after.now <= before.now
    assert state(after) == state(before)
    second = [after.add(one) for one in items[cut:]]
    assert first + second == expected


@settings(max_examples=60, deadline=None)
@given(streams())
def test_ids_mean_nothing_and_a_story_is_its_first_items(items: list[ClusterItem]) -> None:
    plain = placed(*items)
    renamed = placed(*(replace(one, id=f"{1_000 - int(one.id)}") for one in items))
    assert [f"{1_000 - int(one.story)}" for one in plain] == [one.story for one in renamed]
    begun = set()
    for one in plain:
        if one.is_new:
            assert one.story == one.item
            begun.add(one.item)
        assert one.story in begun


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=80), st.text(max_size=120), st.text(max_size=8)), max_size=12))
def test_any_text_goes_in(texts: Sequence[tuple[str, str, str]]) -> None:
    clusterer = Clusterer()
    for number, (title, text, language) in enumerate(texts):
        one = ClusterItem(id=number, title=title, text=text, language=language, outlet=language, published_at=AT)
        told = clusterer.add(one)
        assert told == Clusterer.add(_again(texts, number), one)
    for number in range(len(texts)):
        clusterer.forget(number)
    assert not clusterer._open.marks
    assert not clusterer._open.items
    assert not clusterer._open.stories


def _again(texts: Sequence[tuple[str, str, str]], upto: int) -> Clusterer:
    clusterer = Clusterer()
    for number, (title, text, language) in enumerate(texts[:upto]):
        clusterer.add(
            ClusterItem(id=number, title=title, text=text, language=language, outlet=language, published_at=AT)
        )
    return clusterer


def test_an_item_takes_no_more_steps_however_many_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stories that are looked at closely, and marks, are bounded; so is the way to them (`VISITS`)."""
    looked: list[int] = []
    judged = Clusterer._judged

    def counted(self: Clusterer, *told: Any) -> tuple[float, bool]:
        looked.append(1)
        return judged(self, *told)

    monkeypatch.setattr(Clusterer, "_judged", counted)
    clusterer = Clusterer()
    for one in stream(1_000):
        looked.clear()
        clusterer.add(one)
        assert len(looked) <= JUDGED


# --- how good it is ----------------------------------------------------------------------------------------------


def test_bcubed() -> None:
    assert bcubed([1, 1, 2], ["a", "a", "b"]) == (1, 1, 1)
    assert bcubed([1, 2, 3], ["a", "a", "b"]) == pytest.approx((1, 2 / 3, 0.8))
    assert bcubed([1, 1, 1], ["a", "a", "b"]) == pytest.approx((5 / 9, 1, 5 / 7))
    # Bagga and Baldwin's own example: twelve mentions, two of the answer's three clusters right
    told = [1] * 5 + [2] * 7
    gold = ["a"] * 5 + ["b"] * 2 + ["c"] * 5
    precision, recall, _ = bcubed(told, gold)
    assert precision == pytest.approx((5 + 2 * 2 / 7 + 5 * 5 / 7) / 12)
    assert recall == 1
    assert bcubed([], []) == (0, 0, 0)


def test_the_set_written_for_dateline_is_gathered_as_well_as_promised() -> None:
    pairs = written(tagger)
    assert len(pairs) >= 300
    assert len({story for _, story in pairs}) >= 80
    assert len({one.language for one, _ in pairs}) >= 5
    told = [one.story for one in placed(*(one for one, _ in pairs))]
    precision, recall, _ = bcubed(told, [story for _, story in pairs])
    assert precision >= 0.95
    assert recall >= 0.80


def test_weights_can_be_others() -> None:
    alone = Clusterer(Weights(single=100, grown=100, single_text=100, grown_text=100, across=100))
    assert all(alone.add(one).is_new for one in OWN[:40])
