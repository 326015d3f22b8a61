"""Filters answered by the store, beside a look at every item."""

from __future__ import annotations

import random

import pytest

from bot.filter_model import Filter, Kind, Node, Tag, Words, both, either, negated
from bot.model import OPERATOR, Candidate, Category, Correction, Criteria, GuildId, Item, ItemId, TagKind, UserId
from bot.news.filters import matches
from tests.support import HOUR, NOON, HeldClock, Stores, brought, new_item, watched

HERE, THERE = GuildId(111), GuildId(222)
TOPICS, COUNTRIES = ("trade", "energy", "sport", "unheard"), ("JP", "PH", "KE")
WORDS = ("pact", "signed", "storm", "again", "never")
CATEGORIES = (Category.SPORT, Category.GENERAL)


async def fill(stores: Stores, clock: HeldClock, dice: random.Random) -> None:
    """Items of two feeds of the operator, one of which a server hides, and of a feed of that server's own."""
    for path, owner in (("world", OPERATOR), ("asia", OPERATOR), ("own", HERE)):
        await watched(stores, clock, path, owner=owner)
    for feed in range(6):
        items = [
            new_item(
                f"{' '.join(dice.choices(WORDS[:4], k=3))} n{feed}x{number}",
                topics=dice.sample(TOPICS[:3], dice.randint(0, 2)),
                countries=dice.sample(COUNTRIES, dice.randint(0, 2)),
                category=dice.choice(CATEGORIES),
                at=clock.now() - dice.randint(1, 40) * HOUR,
            )
            for number in range(12)
        ]
        await brought(stores, clock, *items)
    asia = next(each for each in await stores.sources.for_guild(HERE) if "asia" in each.url)
    assert await stores.sources.hide(HERE, asia.id, True)
    seen = await stores.news.find(Criteria(), guild=HERE, until=None, offset=0, limit=100)
    for item in dice.sample(seen, 12):
        kind, tag = dice.choice([(TagKind.TOPIC, dice.choice(TOPICS[:3])), (TagKind.COUNTRY, dice.choice(COUNTRIES))])
        said = Correction(scope=HERE, item=item.id, kind=kind, tag=tag, carried=dice.random() < 0.5)
        await stores.tags.correct(said, item, author=UserId(1), now=clock.now())


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
            Tag(Kind.OUTLET, dice.choice(("The Example", "Nobody"))),
            Tag(Kind.FROM, dice.choice(("GB", "FR"))),
            Tag(Kind.LANGUAGE, dice.choice(("en", "fr"))),
            Words(tuple(dice.sample(WORDS, dice.randint(1, 2)))),
            Words(()),
        )
    )


def judged(items: tuple[Item, ...], asked: Filter) -> list[ItemId]:
    return [
        item.id
        for item in items
        if matches(asked, Candidate(item=item, terms=item.title.lower(), scopes=()), outlets=1)
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
    answers = 0
    for _ in range(60):
        asked = Filter(root=node(dice), since=dice.choice((None, NOON)))
        for guild, items in everything.items():
            wanted = judged(items, asked)
            total, found = await stores.news.filtered(asked, guild=guild, until=None, offset=0, limit=200, most=200)
            assert [item.id for item in found] == wanted, asked
            assert total == len(wanted)
            answers += bool(wanted)
            if len(wanted) > 3:
                total, found = await stores.news.filtered(
                    asked, guild=guild, until=wanted[1], offset=1, limit=1, most=200
                )
                assert (total, [item.id for item in found]) == (len(wanted) - 1, wanted[2:3])
    assert answers > 20


async def test_too_many_alternatives_are_refused(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    pairs = [either([Words((f"a{n}",)), Words((f"b{n}",))]) for n in range(7)]
    with pytest.raises(ValueError, match="alternatives"):
        await stores.news.filtered(Filter(root=both(pairs)), guild=OPERATOR, until=None, offset=0, limit=1, most=1)
