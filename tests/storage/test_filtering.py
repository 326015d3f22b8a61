"""Filters answered by the store, beside a look at every item."""

from __future__ import annotations

import random
import re
import sqlite3
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.filter_model import Filter, Kind, Node, Tag, Words, alternatives, both, either, negated
from bot.model import (
    OPERATOR,
    Candidate,
    Category,
    Correction,
    Criteria,
    GuildId,
    Item,
    ItemId,
    Placed,
    Retagged,
    StoryId,
    Tagged,
    TagKind,
    Tie,
    UserId,
)
from bot.news.filters import matches, met
from bot.roles import DESK
from storage.filtering import Way, find, merged
from storage.matching import planned
from storage.postgres import PostgresStatements
from storage.sqlite import SqliteStatements, open_sqlite, queries
from tests.support import (
    HOUR,
    NOON,
    HeldClock,
    Stores,
    brought,
    claimed,
    new_item,
    poll,
    source,
    tagging,
    watched,
)

HERE, THERE = GuildId(111), GuildId(222)
DAY = timedelta(days=1)
TOPICS, COUNTRIES = ("trade", "energy", "sport", "unheard"), ("JP", "PH", "KE")
WORDS = ("pact", "signed", "storm", "again", "never")
CATEGORIES = (Category.SPORT, Category.GENERAL)


async def fill(stores: Stores, clock: HeldClock, dice: random.Random) -> None:
    """Stories of two feeds of the operator, one of which a server hides, and of a feed of that server's own."""
    for path, owner in (("world", OPERATOR), ("asia", OPERATOR), ("own", HERE)):
        await stores.sources.add(owner, source(path, outlet=f"The {path}"), now=clock.now())
        claim = await claimed(stores, clock.now())
        await stores.sources.finish(claim, poll(now=clock.now()), now=clock.now())
    for feed in range(6):
        items = [
            new_item(
                f"{' '.join(dice.choices(WORDS[:4], k=3))} n{feed}x{number}",
                topics=dice.sample(TOPICS[:3], dice.randint(0, 2)),
                countries=(countries := dice.sample(COUNTRIES, dice.randint(0, 2))),
                mentions=[code for code in COUNTRIES if code not in countries and dice.random() < 0.3],
                category=dice.choice(CATEGORIES),
                at=clock.now() - dice.randint(1, 40) * dice.choice((HOUR, HOUR, 10 * DAY)),
            )
            for number in range(12)
        ]
        await brought(stores, clock, *items)
    await gathered(stores, clock, dice)
    asia = next(each for each in await stores.sources.for_guild(HERE) if "asia" in each.url)
    assert await stores.sources.hide(HERE, asia.id, True)
    seen = await stores.news.find(Criteria(), guild=HERE, until=None, offset=0, limit=100)
    for item in dice.sample(seen, 12):
        kind, tag = dice.choice([(TagKind.TOPIC, dice.choice(TOPICS[:3])), (TagKind.COUNTRY, dice.choice(COUNTRIES))])
        said = Correction(scope=HERE, item=item.id, kind=kind, tag=tag, carried=dice.random() < 0.5)
        await stores.tags.correct(said, item, author=UserId(1), now=clock.now())


def anew(item: Item, dice: random.Random) -> Retagged:
    """Other tags for an item, and the same words."""
    tagged = Tagged(
        topics=tuple(tagging(topic) for topic in dice.sample(TOPICS[:3], dice.randint(0, 2))),
        countries=tuple(tagging(code, TagKind.COUNTRY) for code in dice.sample(COUNTRIES, dice.randint(0, 2))),
        category=dice.choice(CATEGORIES),
        lexicon="v2",
    )
    return Retagged(item=item, tagged=tagged, terms=item.title.lower())


async def gathered(stores: Stores, clock: HeldClock, dice: random.Random) -> None:
    """File what came: each item begins a story, or tells one of the last few."""
    begun: list[ItemId] = []
    term = await stores.seats.take(DESK, "desk", HOUR, now=clock.now())
    assert term is not None
    while unfiled := await stores.news.unfiled(100):
        placed = []
        for each in dice.sample(unfiled, len(unfiled)):
            first = dice.choice([*begun[-5:], None])
            begun += [each.item.id] if first is None else []
            tie = None if first is None else Tie(item=first, score=1.0)
            placed.append(Placed(item=each.item.id, story=StoryId(first or each.item.id), tie=tie))
        await stores.news.file(term, placed, (), now=clock.now())


def node(dice: random.Random, depth: int = 0) -> Node:
    roll = dice.random()
    if depth < 3 and roll < 0.5:
        parts = [node(dice, depth + 1) for _ in range(dice.randint(1, 3))]
        return dice.choice((both, either))(parts)
    if roll < 0.65:
        return negated(node(dice, depth + 1))
    return dice.choice(
        (
            Tag(Kind.TOPIC, dice.choice(TOPICS)),
            Tag(Kind.SUBJECT, dice.choice(COUNTRIES)),
            Tag(Kind.COUNTRY, dice.choice(COUNTRIES)),
            Tag(Kind.CATEGORY, dice.choice(CATEGORIES).value),
            Tag(Kind.OUTLET, dice.choice(("The world", "The own", "Nobody"))),
            Tag(Kind.FROM, dice.choice(("GB", "FR"))),
            Tag(Kind.LANGUAGE, dice.choice(("en", "fr"))),
            Words(tuple(dice.sample(WORDS, dice.randint(1, 2)))),
            Words(()),
        )
    )


async def outlets_of(stores: Stores, items: tuple[Item, ...], guild: GuildId) -> dict[ItemId, int]:
    """How many outlets tell each item's story, as far as a server sees them: by the story that it is shown."""
    stories = {item.id: await stores.news.story_of(item.id, guild=guild) for item in items}
    return {item: len(story.outlets) if story else 1 for item, story in stories.items()}


def judged(items: tuple[Item, ...], asked: Filter, outlets: dict[ItemId, int]) -> list[ItemId]:
    return [
        item.id
        for item in items
        if matches(asked, Candidate(item=item, terms=item.title.lower(), scopes=()), outlets=outlets[item.id])
    ]


@pytest.mark.parametrize("seed", range(4))
async def test_the_store_answers_as_a_look_at_every_item_does(stores: Stores, clock: HeldClock, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same filters each time
    await fill(stores, clock, dice)
    everything = {
        guild: await stores.news.find(Criteria(), guild=guild, until=None, offset=0, limit=200)
        for guild in (OPERATOR, HERE, THERE)
    }
    assert {item.id for item in everything[HERE]} != {item.id for item in everything[THERE]}
    outlets = {guild: await outlets_of(stores, items, guild) for guild, items in everything.items()}
    assert {max(outlets[guild].values()) for guild in (OPERATOR, HERE, THERE)} == {2}
    answers = strict = 0
    for _ in range(60):
        asked = Filter(
            root=node(dice),
            min_outlets=dice.choice((1, 1, 2, 3)),
            since=dice.choice((None, NOON, NOON + timedelta(milliseconds=1))),
        )
        for guild, items in everything.items():
            wanted = judged(items, asked, outlets[guild])
            total, found = await stores.news.filtered(asked, guild=guild, until=None, offset=0, limit=200, most=200)
            assert [item.id for item in found] == wanted, asked
            assert total == len(wanted)
            matched = await stores.news.matched(asked, guild=guild, limit=200)
            assert [one.item.id for one in met(matched, asked)] == wanted, asked
            assert all(one.outlets == outlets[guild][one.item.id] for one in matched)
            answers += bool(wanted)
            strict += asked.min_outlets > 1 and len(wanted) > 3
            if len(wanted) > 3:
                total, found = await stores.news.filtered(
                    asked, guild=guild, until=wanted[1], offset=1, limit=1, most=200
                )
                assert (total, [item.id for item in found]) == (len(wanted) - 1, wanted[2:3])
                total, found = await stores.news.filtered(asked, guild=guild, until=None, offset=2, limit=9, most=3)
                assert (total, [item.id for item in found]) == (3, wanted[2:3]), "the newest, however few are counted"
    assert answers > 20
    assert strict


TRADE, ENERGY, SPORT = (Tag(Kind.TOPIC, slug) for slug in TOPICS[:3])
JAPAN, KENYA = (Tag(Kind.SUBJECT, code) for code in ("JP", "KE"))
PACT, STORM = Words(("pact",)), Words(("storm",))


def ways_of(root: Node) -> list[Way]:
    found = alternatives(root)
    assert found is not None
    return list(map(Way.of, found))


def test_alternatives_that_differ_in_one_tag_are_one_way() -> None:
    def always(_rest: Way, _any_of: frozenset[Tag]) -> bool:
        return True

    both_countries = either([JAPAN, KENYA])
    asked = both([either([TRADE, ENERGY, PACT]), both_countries, negated(STORM)])
    countries, without = frozenset({JAPAN, KENYA}), frozenset({STORM})
    assert set(merged(ways_of(asked), always)) == {
        Way(frozenset({frozenset({TRADE, ENERGY}), countries}), without_words=without),
        Way(frozenset({countries}), frozenset({PACT}), without_words=without),
    }
    # Alone, each tag is walked by itself; and what differs in more stays apart.
    for root in (both_countries, both([both_countries, negated(STORM)]), either([both([TRADE, JAPAN]), SPORT])):
        assert merged(ways_of(root), always) == ways_of(root)
    apart = ways_of(both([TRADE, both_countries]))
    assert (
        merged(apart, lambda rest, any_of: (rest, any_of) != (Way(frozenset({frozenset({TRADE})})), countries)) == apart
    )


@pytest.mark.parametrize("guild", [OPERATOR, HERE, THERE])
async def test_any_of_several_tags_beside_others(stores: Stores, clock: HeldClock, guild: GuildId) -> None:
    """Two groups and three, with words and without, of a server that has its own news and word, too."""
    dice = random.Random(11)  # noqa: S311 - the same items each time
    await fill(stores, clock, dice)
    items = await stores.news.find(Criteria(), guild=guild, until=None, offset=0, limit=200)
    topics, countries = either([TRADE, ENERGY]), either([JAPAN, KENYA])
    categories = either([Tag(Kind.CATEGORY, each.value) for each in CATEGORIES])
    outlets = either([Tag(Kind.OUTLET, "The world"), Tag(Kind.OUTLET, "The asia")])
    for root in (
        both([topics, countries]),
        both([SPORT, countries]),
        both([topics, countries, categories]),
        both([topics, countries, categories, outlets, Tag(Kind.LANGUAGE, "en")]),
        both([either([topics, PACT]), countries]),
        both([PACT, topics, countries, outlets]),
        both([PACT, negated(STORM), countries]),
        both([topics, countries, negated(STORM), negated(SPORT)]),
        both([topics, either([JAPAN, Tag(Kind.SUBJECT, "nowhere")])]),
    ):
        asked = Filter(root=root)
        wanted = judged(items, asked, dict.fromkeys((item.id for item in items), 1))
        for most in (2, 200):
            total, found = await stores.news.filtered(asked, guild=guild, until=None, offset=0, limit=most, most=most)
            assert (total, [item.id for item in found]) == (min(most, len(wanted)), wanted[:most]), root
        assert wanted, root


def criteria(dice: random.Random) -> tuple[Criteria, Filter]:
    """A question, and a filter that says the same."""
    tag, country = dice.choice((*TOPICS, None)), dice.choice((*COUNTRIES, None))
    mentions, words = (
        dice.random() < 0.3,
        dice.choice(((), (("pact",),), (("pact", "signed"),), (("storm",), ("again",)))),
    )
    category = dice.choice((*CATEGORIES, None, None, None, None))
    outlet = dice.choice(("The world", "The own", None, None, None))
    since = dice.choice((None, None, NOON - 20 * HOUR))
    asked = Criteria(
        tag=tag, country=country, mentions=mentions, outlet=outlet, category=category, since=since, terms=words
    )
    parts: list[Node] = [Words(phrase) for phrase in words]
    parts += [Tag(Kind.TOPIC, tag)] if tag else []
    parts += [Tag(Kind.COUNTRY if mentions else Kind.SUBJECT, country)] if country else []
    parts += [Tag(Kind.OUTLET, outlet)] if outlet else []
    parts += [Tag(Kind.CATEGORY, category.value)] if category else []
    return asked, Filter(root=both(parts), since=since)


@pytest.mark.parametrize("seed", range(4))
async def test_so_does_it_answer_questions(stores: Stores, clock: HeldClock, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same questions each time
    await fill(stores, clock, dice)
    for stale in dice.sample(await stores.tags.stale("v2", before=None, limit=200), 30):
        await stores.tags.retag([anew(stale.item, dice)])
    answers = 0
    for guild in (OPERATOR, HERE, THERE):
        items = await stores.news.find(Criteria(), guild=guild, until=None, offset=0, limit=200)
        outlets = await outlets_of(stores, items, guild)
        for _ in range(60):
            asked, said = criteria(dice)
            wanted = judged(items, said, outlets)
            for size, most in ((3, 5), (200, 200)):
                total, page = await stores.news.first_page(asked, guild=guild, until=None, size=size, most=most)
                assert [item.id for item in page] == wanted[:size], asked
                assert total in (min(most, len(wanted)), len(wanted)), "counted so far, or kept"
            found = await stores.news.find(asked, guild=guild, until=None, offset=1, limit=2)
            assert [item.id for item in found] == wanted[1:3]
            answers += bool(wanted)
            if len(wanted) > 2:
                assert await stores.news.count(asked, guild=guild, until=wanted[1], limit=99) == len(wanted) - 1
                found = await stores.news.find(asked, guild=guild, until=wanted[1], offset=0, limit=99)
                assert [item.id for item in found] == wanted[1:]
    assert answers > 40


@pytest.mark.parametrize("share", [0.0, 1.0], ids=["seldom", "often"])
async def test_what_mentions_a_country_is_told_where_nothing_is_about_it(
    stores: Stores, clock: HeldClock, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    """Whether the words seem to be so seldom that one look should tell both, or not."""
    for statements in (SqliteStatements, PostgresStatements):
        monkeypatch.setattr(statements, "share", lambda *_: share)
    dice = random.Random(7)  # noqa: S311 - the same questions each time
    await fill(stores, clock, dice)
    told = {False: 0, True: 0}
    for guild in (OPERATOR, HERE, THERE):
        for _ in range(80):
            asked, _said = criteria(dice)
            asked = replace(asked, country=dice.choice(COUNTRIES), mentions=False)
            about, mentions = [
                await stores.news.find(each, guild=guild, until=None, offset=0, limit=200)
                for each in (asked, replace(asked, mentions=True))
            ]
            assert {item.id for item in about} <= {item.id for item in mentions}
            wanted = about or mentions
            for most in (1, 3, 200):
                total, page, widened = await stores.news.about_or_mentions(
                    asked, guild=guild, until=None, size=min(2, most), most=most
                )
                assert [item.id for item in page] == [item.id for item in wanted[: min(2, most)]], asked
                assert total in (min(most, len(wanted)), len(wanted)), "counted so far, or kept"
                assert widened is (bool(wanted) and not about)
            told[bool(about)] += bool(wanted)
    assert min(told.values()) > 4


@pytest.mark.parametrize("recent", [20, 110])
async def test_words_are_found_however_long_ago(stores: Stores, clock: HeldClock, recent: int) -> None:
    """Few lately, or many: what is older is looked for in another way."""
    await watched(stores, clock)
    times = [NOON - n * HOUR for n in range(recent)] + [NOON - n * 30 * DAY for n in range(6, 40)]
    items = [new_item(f"Storm {n}", at=at, topics=["weather"] if n % 2 else []) for n, at in enumerate(times)]
    for batch in (items[::3], items[1::3], items[2::3]):
        await brought(stores, clock, *batch)
    wanted = [f"Storm {n}" for n in range(len(times))]
    storm, weather = Words(("storm",)), Tag(Kind.TOPIC, "weather")
    for most in (1, 100, recent, recent + 1, recent + 10, 999):
        for since in (None, NOON - 400 * DAY):
            there = [title for title, at in zip(wanted, times, strict=True) if since is None or at >= since]
            asked = Criteria(terms=(("storm",),), since=since)
            total, page = await stores.news.first_page(asked, guild=HERE, until=None, size=most, most=most)
            assert (total, [item.title for item in page]) == (min(most, len(there)), there[:most])
            for root, are in ((storm, there), (both([storm, weather]), [one for one in there if int(one[6:]) % 2])):
                total, found = await stores.news.filtered(
                    Filter(root=root, since=since), guild=HERE, until=None, offset=0, limit=most, most=most
                )
                assert (total, [item.title for item in found]) == (min(most, len(are)), are[:most])
    (newest,) = await stores.news.find(Criteria(), guild=HERE, until=None, offset=3, limit=1)
    found = await stores.news.find(Criteria(terms=(("storm",),)), guild=HERE, until=newest.id, offset=0, limit=999)
    assert [item.title for item in found] == wanted[3:]


async def test_too_many_alternatives_are_refused(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(stores, clock, new_item("a0 b1 a2 a3 b4 a5 b6", category=Category.SPORT), new_item("a0 b1"))
    pairs = [either([Words((f"a{n}",)), Words((f"b{n}",))]) for n in range(7)]
    with pytest.raises(ValueError, match="alternatives"):
        await stores.news.filtered(Filter(root=both(pairs)), guild=OPERATOR, until=None, offset=0, limit=1, most=1)
    asked = Filter(root=both([*pairs, Tag(Kind.CATEGORY, Category.SPORT.value)]))
    (likely,) = await stores.news.matched(asked, guild=OPERATOR, limit=9)
    assert met([likely], asked) == [likely]
    nothing = Filter(root=both([pairs[0], *(negated(word) for word in (Words(("a0",)), Words(("b0",))))]))
    assert await stores.news.matched(nothing, guild=OPERATOR, limit=9) == ()


@pytest.mark.parametrize("every", [7, 700], ids=["often", "seldom"])
async def test_words_that_many_texts_hold_are_told_by_the_texts_of_a_tag(tmp_path: Path, every: int) -> None:
    """More than the list that is read holds, of words that stand in a row in half of the texts; with a second tag."""
    await (await open_sqlite(tmp_path / "news.sqlite")).close()
    connection = sqlite3.connect(tmp_path / "news.sqlite")
    numbers = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 60000)"
    for number, (kind, slug) in enumerate((("all", ""), ("topic", "trade"), ("subject", "JP")), 1):
        connection.execute("INSERT INTO tag (id, kind, slug) VALUES (?, ?, ?)", (number, kind, slug))
    texts = "CASE n % 2 WHEN 0 THEN 'a pact signed' ELSE 'signed a pact' END"
    connection.execute(f"{numbers} INSERT INTO item_text (rowid, terms) SELECT n << 20, {texts} FROM n")
    for tag, step in ((1, 1), (2, every), (3, 3)):
        tagged = f"{numbers} INSERT INTO item_tag (scope, tag_id, item_id) SELECT 0, ?, n << 20 FROM n WHERE n % ? = 0"
        connection.execute(tagged, (tag, step))
        connection.execute("INSERT INTO tag_count (scope, tag_id, items) VALUES (0, ?, ?)", (tag, 60_000 // step))
    connection.commit()
    connection.close()
    phrase = (("pact", "signed"),)
    wanted = [n << 20 for n in range(60_000, 0, -1) if n % 2 == n % every == 0]
    both_tags = [one for one in wanted if (one >> 20) % 3 == 0]
    assert len(wanted) > len(both_tags) > 20
    driver = await open_sqlite(tmp_path / "news.sqlite")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(driver.close)
        db = await stack.enter_async_context(driver.read())
        for country, found in ((None, wanted), ("JP", both_tags)):
            plan = await planned(db, Criteria(tag="trade", country=country, terms=phrase), OPERATOR, None)
            assert plan is not None
            for most in (5, 99_999):
                assert await plan.find(0, most) == found[:most]
            root = both([TRADE, Words(phrase[0]), *([Tag(Kind.SUBJECT, country)] if country else [])])
            assert (
                await find(db, Filter(root=root), guild=OPERATOR, until=ItemId(50_000 << 20), most=99)
                == [one for one in found if one <= 50_000 << 20][:99]
            )


async def test_every_condition_of_a_filter_is_a_probe_by_key(tmp_path: Path) -> None:
    path = tmp_path / "news.sqlite"
    await (await open_sqlite(path)).close()
    connection = sqlite3.connect(path)
    for name in ("find_by_alternative", "find_by_alternative_and_words", "find_by_words"):
        text = queries()[name]
        asked = dict.fromkeys(re.findall(r"(?<!:):([a-z_]+)", text), 1) | dict.fromkeys(("wanted", "unwanted"), "[]")
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", asked)]
        of_tags = [step for step in steps if step.startswith(("SEARCH t ", "SEARCH item_tag ", "SCAN t"))]
        assert len(of_tags) >= 3, name
        assert all("tag_id=? AND item_id" in step for step in of_tags), steps
    connection.close()
