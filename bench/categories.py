"""Learns what words say for a Category: `python -m bench.categories` writes bot/news/data/category_weights.tsv.

It learns from `bench/data/categories.jsonl` (news written for Dateline, MIT) and, with little weight, the taxonomy's
phrases: multinomial logistic regression over index terms and what topics say, by stochastic gradient descent with a
fixed seed. `--check` cross-validates on the written news instead, in five parts, and writes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from math import exp, log, sqrt
from pathlib import Path
from typing import NamedTuple

from bot.model import Category
from bot.news.categories import BIAS, LEAD_TERMS, TEXT, TITLE, TOPICS, VOTES_AT_MOST, Weights
from bot.news.gazetteer import Kind, gazetteer
from bot.news.taxonomy import taxonomy
from bot.news.text import chunk_terms, index_terms
from bot.news.topics import TopicTagger

NEWS = Path(__file__).parent / "data" / "categories.jsonl"
WEIGHTS = Path(__file__).parent.parent / "bot" / "news" / "data" / "category_weights.tsv"
HEADER = """\
# What each index term says for each Category, and what topics of a Category and any text say (bot/news/categories.py).
# Learned by `python -m bench.categories` from bench/data/categories.jsonl, {count:,} news items written for Dateline
# (BLAKE2 {digest}), and the phrases of the taxonomy; MIT like them. No other text has gone into it.
# Term<TAB>Category:weight, separated by spaces; weights that say little are left out.
"""
SEED = 1
ROUNDS = 60
PENALTY = 1 / 3
"""Of the squared weights, against the sum of all losses (scikit-learn's 1 / C)."""
PHRASE = 0.05
"""What a phrase of the taxonomy counts beside an item of news."""
VOTE = 0.05
RARITY = 5.0
LITTLE, TELLING = 0.2, 0.5
"""Smaller weights are left out, and terms of which none is as large as the second."""
EVERYWHERE = 0.05
"""Terms of more items than that (the, of, say) tell nothing and are left out."""
PLACE_AT_MOST = 0.6
"""What the name of a country or town may say for Sport: it is a team's in the written news, and else not."""
_KINDS = tuple(Category)
_SPORT = _KINDS.index(Category.SPORT)


class Item(NamedTuple):
    category: Category
    title: list[str]
    text: list[str]
    votes: Mapping[Category, float]


class Sample(NamedTuple):
    features: list[tuple[int, float]]
    kind: int
    counts: float


def read_items(path: Path = NEWS) -> list[Item]:
    tagger = TopicTagger(taxonomy())
    items = []
    for line in path.read_text(encoding="utf-8").splitlines():
        written = json.loads(line)
        title, text = chunk_terms(written["title"])[1], chunk_terms(written["text"])[1]
        votes = tagger.match(*(" ".join(filter(None, terms)) for terms in (title, text)))[1]
        items.append(Item(Category(written["category"]), title, text[:LEAD_TERMS], votes))
    return items


def phrases() -> list[tuple[Category, frozenset[str]]]:
    found = {
        (topic.category, frozenset(index_terms(phrase).split()))
        for topic in taxonomy().topics.values()
        for phrase in topic.phrases
    }
    return sorted(((category, terms) for category, terms in found if terms), key=lambda one: (one[0], sorted(one[1])))


def places() -> frozenset[str]:
    """The terms that are the name of a country or town by themselves."""
    by_text = gazetteer().by_text.items()
    named = {index_terms(text) for text, wording in by_text if wording.kind in (Kind.NAME, Kind.PLACE)}
    return frozenset(term for term in named if " " not in term)


def digest(path: Path = NEWS) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()


def learn(
    items: Sequence[Item], extra: Sequence[tuple[Category, frozenset[str]]], everywhere: float = EVERYWHERE
) -> list[tuple[str, str]]:
    """The rows of the weights: the bias, topics, terms in alphabetical order."""
    seen = Counter(term for item in items for term in {*item.title, *item.text})
    empty = {term for term, often in seen.items() if often > everywhere * len(items)} | {""}
    names = sorted({*seen, *(term for _, terms in extra for term in terms)} - empty)
    rarity = {name: (log((1 + len(items)) / (1 + seen[name])) + 1) / RARITY for name in names}
    numbers = {name: number for number, name in enumerate(names)}
    first_vote = len(names)
    samples = []
    for item in items:
        length = sqrt(TITLE * TITLE * len(item.title) + TEXT * TEXT * len(item.text))
        counts: Counter[str] = Counter()
        for terms, weight in ((item.title, TITLE), (item.text, TEXT)):
            for term in terms:
                counts[term] += weight * (term not in empty)
        counts = +counts
        features = [(numbers[term], count * rarity[term] / length) for term, count in counts.items()]
        votes = [
            (first_vote + _KINDS.index(kind), VOTE * min(vote, VOTES_AT_MOST)) for kind, vote in item.votes.items()
        ]
        samples.append(Sample(features + votes, _KINDS.index(item.category), 1.0))
    for category, phrase in extra:
        features = [(numbers[term], rarity[term] / sqrt(len(phrase))) for term in sorted(phrase - empty)]
        samples.append(Sample(features, _KINDS.index(category), PHRASE))
    learned, bias = descend(samples, len(names) + len(_KINDS))
    towns = places()
    rows = [(BIAS, written(bias))]
    for number, kind in enumerate(_KINDS):
        rows.append((f"{TOPICS}{kind}", written([VOTE * one for one in learned[first_vote + number]])))
    for name, own in zip(names, learned, strict=False):
        weights = [one * rarity[name] for one in own]
        if name in towns:
            weights[_SPORT] = min(weights[_SPORT], PLACE_AT_MOST)
        if max(map(abs, weights)) >= TELLING:
            rows.append((name, written(weights, LITTLE)))
    return rows


def written(values: Sequence[float], least: float = 0.005) -> str:
    told = [
        f"{kind}:{value:.2f}".rstrip("0").rstrip(".")
        for kind, value in zip(_KINDS, values, strict=True)
        if abs(value) >= least
    ]
    return " ".join(told) or f"{_KINDS[0]}:0"


def descend(samples: list[Sample], width: int) -> tuple[list[list[float]], list[float]]:
    """Weights of each feature, and the bias, that make the samples' categories likely: ever smaller steps.

    The weights are `scale` times what is kept, so that the penalty shrinks all of them in one multiplication.
    """
    kinds = range(len(_KINDS))
    kept = [[0.0] * len(_KINDS) for _ in range(width)]
    bias = [0.0] * len(_KINDS)
    scale, step = 1.0, 0
    penalty = PENALTY / len(samples)
    rng = random.Random(SEED)
    order = list(range(len(samples)))
    for _ in range(ROUNDS):
        rng.shuffle(order)
        for number in order:
            features, right, counts = samples[number]
            step += 1
            rate = 1.0 / (1.0 + penalty * step)
            scores = bias[:]
            for feature, value in features:
                own, value = kept[feature], value * scale
                for kind in kinds:
                    scores[kind] += value * own[kind]
            top = max(scores)
            likely = [exp(score - top) for score in scores]
            total = sum(likely)
            moves = [rate * counts * ((kind == right) - likely[kind] / total) for kind in kinds]
            scale *= 1.0 - rate * penalty
            for feature, value in features:
                own, value = kept[feature], value / scale
                for kind in kinds:
                    own[kind] += value * moves[kind]
            for kind in kinds:
                bias[kind] += 0.1 * moves[kind]
    return [[one * scale for one in own] for own in kept], bias


def check(items: Sequence[Item], extra: Sequence[tuple[Category, frozenset[str]]], parts: int = 5) -> float:
    """How many of the written items are told right by weights that were learned without them."""
    order = list(range(len(items)))
    random.Random(SEED).shuffle(order)
    right = 0
    wrong: Counter[tuple[str, str]] = Counter()
    for part in range(parts):
        held = set(order[part::parts])
        known = Weights(learn([item for number, item in enumerate(items) if number not in held], extra))
        for number in sorted(held):
            item = items[number]
            said = known.category(item.title, item.text, item.votes)
            right += said is item.category
            wrong[str(item.category), str(said)] += said is not item.category
    print("commonest errors", wrong.most_common(10))
    return right / len(items)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="cross-validate on the written news; write nothing")
    items, extra = read_items(), phrases()
    if parser.parse_args().check:
        print(f"cross-validated on {len(items)} written items: {check(items, extra):.3f}")
        return
    lines = [f"{name}\t{says}\n" for name, says in learn(items, extra)]
    WEIGHTS.write_text(HEADER.format(count=len(items), digest=digest()) + "".join(lines), encoding="utf-8")
    print(f"{len(lines)} rows")


if __name__ == "__main__":
    main()
