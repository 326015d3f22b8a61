"""How fast an item meets its rules: `python -m bench.rules [--rules 100000] [--servers 20000] [--data FOLDER]`.

Rules ask for topics, countries, outlets and words by Zipf's law, alone and together, so that many servers ask the same;
items are written by the same law and tagged by the real tagger (with a folder of labelled news: real ones). Two sets of
rules: what today's options can say, beside `news.rules.alerts` itself; and with OR, NOT and several countries, beside a
look at every filter. Both must give the same. The same run compares two ways to find the phrases that rules ask for in
a text: Aho-Corasick, and a dictionary by a word or two in a row. Times are of the processor, so that neighbours on the
machine do not count. Writes bench/results/rules.json, or rules-real.json.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import ahocorasick_rs

from bench.machine import keep, machine, quantiles
from bench.tag import _FILLER as FILLER, LENGTH, news
from bot.filter_model import And, Filter, Kind, Node, Not, Tag, Words, both, either
from bot.model import (
    OPERATOR,
    AlertRule,
    Candidate,
    Category,
    ChannelId,
    Criteria,
    GuildId,
    Item,
    ItemId,
    Query,
    RoleId,
    RuleId,
    Standing,
    StoryId,
)
from bot.news import rules
from bot.news.countries import names
from bot.news.filters import filter_of, matches
from bot.news.rule_index import RuleIndex
from bot.news.tagger import Tagger
from bot.news.taxonomy import taxonomy

ITEMS, OUTLETS = 3_000, 300
NOW = datetime(2026, 11, 1, tzinfo=UTC)
COMMON = 60
"""The commonest terms are no words that anybody asks for."""


class Law:
    """Draws by Zipf's law: the thing of rank n is drawn 1/n as often as the first."""

    def __init__(self, rng: random.Random, things: Iterable[Any]) -> None:
        self._rng = rng
        self.things = list(things)
        self._sums = list(accumulate(1 / rank for rank in range(1, len(self.things) + 1)))

    def __call__(self) -> Any:
        return self._rng.choices(self.things, cum_weights=self._sums)[0]


class World:
    """What rules ask for and items are about: topics, countries, outlets and words by how much each is."""

    def __init__(self, seed: int) -> None:
        rng = self.rng = random.Random(seed)
        topics = [topic for topic in taxonomy().topics.values() if topic.phrases]
        codes = [code for code in names() if len(code) == 2]
        rng.shuffle(topics)
        rng.shuffle(codes)
        outlets = [
            (f"Outlet {number}", rng.choice(codes[:60]), rng.choice(["en", "en", "en", "fr", "de", "es", "ar"]))
            for number in range(OUTLETS)
        ]
        self.topics, self.countries, self.outlets = Law(rng, topics), Law(rng, codes), Law(rng, outlets)
        self.asked_words: Law = Law(rng, [])
        self.asked_phrases: Law = Law(rng, [])

    def text(self, number: int) -> tuple[str, str]:
        """Title and summary with some topics, countries and names between plain words, as `bench.tag` writes them."""
        rng = self.rng
        title = f"{names()[self.countries()]} {rng.choice(self.topics().phrases)} as word{number % 977}"
        words: list[str] = []
        while sum(len(word) + 1 for word in words) < LENGTH - len(title):
            draw = rng.random()
            if draw < 0.05:
                words.append(rng.choice(self.topics().phrases))
            elif draw < 0.09:
                words.append(names()[self.countries()])
            elif draw < 0.15:
                words.append(f"Name{int(20_000 * rng.random() ** 3)},")
            else:
                words.append(rng.choice(FILLER))
        return title, " ".join(words).capitalize() + "."

    def items(self, texts: Sequence[tuple[str, str]]) -> list[Candidate]:
        """The texts, tagged, each of an outlet; a few of one server's own sources or hidden by some."""
        tagger, made = Tagger.load(), []
        for number, (title, summary) in enumerate(texts):
            tagged, terms = tagger.analyse(title, summary)
            outlet, country, language = self.outlets()
            item = Item(
                id=ItemId(number),
                title=title,
                url=None,
                outlet=outlet,
                outlet_country=country,
                published_at=NOW,
                first_seen_at=NOW,
                category=tagged.category,
                summary=summary,
                image=None,
                language=language,
                taggings=(*tagged.topics, *tagged.countries),
            )
            hidden = tuple(GuildId(self.rng.randrange(1, 20_000)) for _ in range(5)) if number % 10 == 0 else ()
            scopes = (GuildId(self.rng.randrange(1, 20_000)),) if number % 50 == 7 else (OPERATOR,)
            made.append(Candidate(item=item, terms=terms, scopes=scopes, hidden_by=hidden))
        return made

    def learn(self, items: Sequence[Candidate]) -> None:
        """The words and phrases that people ask for: those of the items, but for the commonest."""
        seen = Counter(term for item in items for term in set(item.terms.split()))
        ranked = [term for term, _ in seen.most_common()][COMMON:]
        pairs = Counter(
            pair
            for item in items
            for pair in zip(item.terms.split(), item.terms.split()[1:], strict=False)
            if seen[pair[0]] < len(items) / 10
        )
        self.asked_words = Law(self.rng, ranked)
        self.asked_phrases = Law(self.rng, [pair for pair, _ in pairs.most_common(len(ranked))])

    def phrase(self) -> tuple[str, ...]:
        """What a rule asks the text for."""
        return (self.asked_words(),) if self.rng.random() < 0.6 else tuple(self.asked_phrases())

    def criteria(self) -> Criteria:
        """What one of today's rules says."""
        draw, rng = self.rng.random(), self.rng
        topic, country = self.topics().slug, self.countries()
        if draw < 0.35:
            return Criteria(tag=topic)
        if draw < 0.53:
            return Criteria(tag=topic, country=country, mentions=rng.random() < 0.3)
        if draw < 0.65:
            return Criteria(country=country, mentions=rng.random() < 0.3)
        if draw < 0.75:
            return Criteria(terms=(self.phrase(),))
        if draw < 0.82:
            return Criteria(tag=topic, terms=(self.phrase(),))
        if draw < 0.87:
            return Criteria(country=country, terms=(self.phrase(),))
        if draw < 0.92:
            return Criteria(outlet=self.outlets()[0], tag=topic if rng.random() < 0.5 else None)
        if draw < 0.96:
            return Criteria(category=rng.choice(list(Category)), country=country)
        if draw < 0.98:
            return Criteria(outlet_country=country, tag=topic)
        return Criteria(tag=topic, language=rng.choice(("en", "fr", "de")))

    def filter(self) -> Filter:
        """What a rule may say with the grammar: half as today, half with OR, NOT or several values."""
        asked, rng = filter_of(self.criteria()), self.rng
        root, draw = asked.root, rng.random()

        def topic() -> Node:
            return Tag(Kind.TOPIC, self.topics().slug)

        def countries(count: int) -> list[Node]:
            return [Tag(Kind.SUBJECT, self.countries()) for _ in range(count)]

        if draw < 0.5:
            return asked
        if draw < 0.65:
            return replace(asked, root=either([topic() for _ in range(rng.randrange(2, 6))]))
        if draw < 0.75:
            return replace(asked, root=both([topic(), either(countries(rng.randrange(2, 9)))]))
        if draw < 0.8:
            return replace(asked, root=both(countries(2)))
        if draw < 0.9:
            return replace(asked, root=And((root, Not(Words(self.phrase())))))
        if draw < 0.95:
            return replace(asked, root=And((root, Not(Tag(Kind.CATEGORY, "Sport")))))
        return replace(asked, root=either([Words(self.phrase()), both([topic(), Words(self.phrase())])]))


def rule(number: int, servers: int, criteria: Criteria, rng: random.Random) -> AlertRule:
    guild = rng.randrange(1, servers + 1)
    return AlertRule(
        id=RuleId(number),
        guild=GuildId(guild),
        channel=ChannelId(guild * 10 + rng.randrange(3)),
        query=Query(),
        criteria=criteria,
        role=RoleId(guild) if rng.random() < 0.2 else None,
        standing=Standing.ACTIVE,
        reason=None,
        created_at=NOW,
    )


def resident() -> float:
    """MB of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def timed(work: Callable[..., object], *given: object) -> float:
    """Milliseconds of the processor."""
    begun = time.process_time()
    work(*given)
    return (time.process_time() - begun) * 1e3


def built(asked: Sequence[tuple[AlertRule, Filter | None]]) -> tuple[RuleIndex, dict[str, Any]]:
    """The index, with what it cost."""
    gc.collect()
    before = resident()
    index = RuleIndex()

    def build() -> None:
        for each, filter_ in asked:
            index.add(each, filter_)

    took = timed(build)
    gc.collect()
    return index, {
        "build_seconds": round(took / 1e3, 2),
        "memory_mb": round(resident() - before, 1),
        "filters": index.filters,
        "places": index.places,
    }


def measured(
    index: RuleIndex, asked: list[tuple[AlertRule, Filter | None]], items: Sequence[Candidate], rng: random.Random
) -> dict[str, Any]:
    """Milliseconds of matching and of making alerts by item, and microseconds of replacing a rule."""
    gc.collect()
    gc.freeze()  # as the bot does once it runs
    found = [len(index.matching(item)) for item in items]  # warms up
    replaced = []
    for _ in range(2_000):
        at, other = rng.randrange(len(asked)), rng.randrange(len(asked))
        like, filter_ = asked[other]
        asked[at] = replace(asked[at][0], criteria=like.criteria), filter_
        replaced.append(timed(index.add, *asked[at]) * 1e3)
    story = StoryId(1)
    return {
        "rules_met": quantiles(found),
        "matching_ms": quantiles([timed(index.matching, item) for item in items]),
        "alerts_ms": quantiles([timed(index.alerts, [item], {item.item.id: story}, {}) for item in items]),
        "replace_us": quantiles(replaced),
    }


def phrases_compared(asked: Iterable[tuple[AlertRule, Filter | None]], items: Sequence[Candidate]) -> dict[str, Any]:
    """Finding which of the rules' phrases a text holds, in two ways that must agree."""
    phrases = sorted({phrase for each, _ in asked for phrase in each.criteria.terms})
    spaced = [f" {' '.join(phrase)} " for phrase in phrases]
    automaton: list[ahocorasick_rs.AhoCorasick] = []

    def compile_all() -> None:
        automaton.append(ahocorasick_rs.AhoCorasick(spaced))

    build = timed(compile_all)
    by_key: defaultdict[str, list[str]] = defaultdict(list)

    def fill() -> None:
        for phrase, text in zip(phrases, spaced, strict=True):
            by_key[" ".join(phrase[:2])].append(text)

    filled = timed(fill)
    keys = by_key.keys()

    def scanned(item: Candidate) -> set[str]:
        found = automaton[0].find_matches_as_indexes(f" {item.terms} ", overlapping=True)
        return {spaced[number] for number, _, _ in found}

    def looked_up(item: Candidate) -> set[str]:
        terms, spaced_terms = item.terms.split(), f" {item.terms} "
        held = {*terms, *map(" ".join, pairwise(terms))}
        return {text for key in keys & held for text in by_key[key] if text in spaced_terms}

    assert all(scanned(item) == looked_up(item) for item in items)
    return {
        "phrases": len(phrases),
        "automaton_build_ms": round(build, 1),
        "automaton_us": quantiles([timed(scanned, item) * 1e3 for item in items]),
        "dictionary_build_ms": round(filled, 1),
        "dictionary_us": quantiles([timed(looked_up, item) * 1e3 for item in items]),
    }


def every(asked: Sequence[tuple[AlertRule, Filter | None]], item: Candidate) -> list[int]:
    """The rules that an item meets, by a look at each."""
    return sorted(
        each.id
        for each, filter_ in asked
        if rules.sees(item, each) and (rules.meets(item, each.criteria) if filter_ is None else matches(filter_, item))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=100_000)
    parser.add_argument("--servers", type=int, default=20_000)
    parser.add_argument("--brute", type=int, default=12, help="items that every rule is looked at for")
    parser.add_argument("--data", type=Path, help="a folder of labelled news")
    options = parser.parse_args()
    world = World(1)
    rng = world.rng
    texts = [world.text(number) for number in range(ITEMS)] if options.data is None else news(options.data)[:ITEMS]
    items = world.items(texts)
    world.learn(items)
    figures: dict[str, Any] = {"rules": options.rules, "servers": options.servers, "items": len(items)}
    figures["text"] = "made" if options.data is None else "real news"
    sets: dict[str, list[tuple[AlertRule, Filter | None]]] = {
        "today": [(rule(n, options.servers, world.criteria(), rng), None) for n in range(options.rules)],
        "grammar": [(rule(n, options.servers, Criteria(), rng), world.filter()) for n in range(options.rules)],
    }
    some = rng.sample(items, options.brute)
    for name, asked in sets.items():
        index, cost = built(asked)
        cost |= measured(index, asked, items, rng)
        brute, of_rules = [], []
        plain = [each for each, _ in asked]
        for item in some:
            brute.append(timed(every, asked, item))
            assert sorted(index.matching(item)) == every(asked, item), "the index must say the same"
            if name == "today":
                stories = {item.item.id: StoryId(1)}
                of_rules.append(timed(rules.alerts, [item], plain, stories, {}))
                told = rules.alerts([item], plain, stories, {})
                assert index.alerts([item], stories, {}) == told, "the index must say the same"
        cost["every_rule_ms"] = quantiles(brute)
        if of_rules:
            cost["rules_alerts_ms"] = quantiles(of_rules)
        figures[name] = cost
        print(name, cost)
    figures["phrases"] = phrases_compared(sets["today"], items[:1_000])
    print(figures["phrases"], machine()["processor"])
    keep("rules" if options.data is None else "rules-real", figures)


if __name__ == "__main__":
    main()
