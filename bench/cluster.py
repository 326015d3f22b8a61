"""How well items are gathered into stories, and what one costs: `python -m bench.cluster [--data FOLDER] [--gains]`.

Quality: BCubed precision, recall and F1 (Bagga and Baldwin, 1998), each item placed as it comes, in order of time. On
`bench/data/stories.jsonl`, written for Dateline, with texts, tags and countries; and with a folder of labelled news
that holds `stories-dev.jsonl`, on headlines and times alone: as a whole, and on the stories of either half by
themselves: the weights were chosen on the first. Beside them what is simpler, in the same run: the same normalised
title, the nearest headline by Jaccard or by cosine.

Cost: one item at 100,000 open ones, made here, half of them with a story of their own, in the steady state, where one
is forgotten for each that comes. Beside it the floor: finding the marks alone. Writes bench/results/cluster.json.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.machine import keep, quantiles
from bot.news.cluster import Clusterer
from bot.news.marks import ClusterItem, marks, tags_of
from bot.news.open_items import WINDOW
from bot.news.story_weights import Weights
from bot.news.tagger import Tagger
from bot.news.text import index_terms

OWN = Path(__file__).parent / "data" / "stories.jsonl"
OPEN = 100_000
TIMED = 3_000

Labelled = tuple[ClusterItem, str]
"""An item and its story."""
Clustering = Callable[[Sequence[ClusterItem]], Sequence[Hashable]]
"""Which story each item belongs to."""
Score = tuple[float, float, float]


def bcubed(told: Sequence[Hashable], gold: Sequence[Hashable]) -> Score:
    """Precision, recall and F1: the mean, over items, of how much of its cluster is of its story, and the reverse."""
    if not gold:
        return 0.0, 0.0, 0.0
    clusters, stories, both = Counter(told), Counter(gold), Counter(zip(told, gold, strict=True))
    precision = sum(count * count / clusters[cluster] for (cluster, _), count in both.items()) / len(gold)
    recall = sum(count * count / stories[story] for (_, story), count in both.items()) / len(gold)
    return precision, recall, 2 * precision * recall / (precision + recall)


# --- what is measured on -----------------------------------------------------------------------------------------


def headlines(folder: Path, tagger: Tagger) -> list[Labelled]:
    """The labelled headlines of a folder; countries and topics are those that a headline alone shows."""
    found = []
    for line in (folder / "stories-dev.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        countries, topics = tags_of(tagger.tag(one["title"], ""))
        item = ClusterItem(
            id=one["id"],
            title=one["title"],
            outlet=one["outlet"],
            published_at=datetime.fromtimestamp(one["at_ms"] / 1000, UTC),
            countries=countries,
            topics=topics,
        )
        found.append((item, one["story"]))
    return found


def written(tagger: Tagger, *, texts: bool = True) -> list[Labelled]:
    """The set written for Dateline; ids begin with `a` in the part that weights were chosen on, else with `b`."""
    found = []
    for line in OWN.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        text = one["text"] if texts else ""
        countries, topics = tags_of(tagger.tag(one["title"], text, language=one["language"]))
        item = ClusterItem(
            id=one["id"],
            title=one["title"],
            text=text,
            outlet=one["outlet"],
            language=one["language"],
            published_at=datetime.fromisoformat(one["published_at"]),
            countries=countries,
            topics=topics,
        )
        found.append((item, one["story"]))
    return sorted(found, key=lambda pair: (pair[0].published_at, str(pair[0].id)))


def half(labelled: Sequence[Labelled], which: int) -> list[Labelled]:
    """The items of every second story, in an order of stories that means nothing."""
    names = sorted({story for _, story in labelled}, key=lambda story: hashlib.sha256(story.encode()).digest())
    kept = frozenset(names[which::2])
    return [pair for pair in labelled if pair[1] in kept]


# --- ours, and what is simpler -----------------------------------------------------------------------------------


def ours(weights: Weights | None = None) -> Clustering:
    def cluster(items: Sequence[ClusterItem]) -> list[Hashable]:
        clusterer = Clusterer(weights)
        return [clusterer.add(item).story for item in items]

    return cluster


def same_title(items: Sequence[ClusterItem]) -> list[Hashable]:
    return [index_terms(item.title) for item in items]


def nearest(limit: float, *, cosine: bool = False) -> Clustering:
    """The story of the nearest earlier headline: by Jaccard of words, or by cosine with the idf of those before."""

    def cluster(items: Sequence[ClusterItem]) -> list[Hashable]:
        bags: list[frozenset[str]] = []
        told: list[Hashable] = []
        holding: defaultdict[str, list[int]] = defaultdict(list)
        for number, item in enumerate(items):
            bag = frozenset(index_terms(item.title).split())
            weight = {word: math.log((number + 2) / (len(holding[word]) + 1)) ** 2 for word in bag}
            shared: defaultdict[int, float] = defaultdict(float)
            for word in bag:
                for other in holding[word]:
                    shared[other] += weight[word] if cosine else 1
            best, most = -1, 0.0
            for other, alike in shared.items():
                if cosine:
                    length = sum(
                        math.log((number + 2) / (len(holding[word]) + 1)) ** 2 if word not in weight else weight[word]
                        for word in bags[other]
                    )
                    score = alike / max(1e-9, math.sqrt(sum(weight.values()) * length))
                else:
                    score = alike / (len(bag) + len(bags[other]) - alike)
                if score > most:
                    best, most = other, score
            told.append(told[best] if best >= 0 and most >= limit else number)
            bags.append(bag)
            for word in bag:
                holding[word].append(number)
        return told

    return cluster


SIMPLER: dict[str, Clustering] = {
    "same normalised title": same_title,
    "Jaccard of title words, .4": nearest(0.4),
    "Jaccard of title words, .3": nearest(0.3),
    "Jaccard of title words, .2": nearest(0.2),
    "tf-idf cosine of titles, .3": nearest(0.3, cosine=True),
}


def score(labelled: Sequence[Labelled], cluster: Clustering) -> Score:
    return bcubed(cluster([item for item, _ in labelled]), [story for _, story in labelled])


def told(label: str, found: Score) -> list[float]:
    print(f"  {label:44} precision {found[0]:.3f}   recall {found[1]:.3f}   F1 {found[2]:.3f}")
    return [round(value, 3) for value in found]


def quality(sets: dict[str, list[Labelled]]) -> dict[str, dict[str, list[float]]]:
    figures: dict[str, dict[str, list[float]]] = {}
    for name, labelled in sets.items():
        print(f"{name}: {len(labelled)} items, {len({story for _, story in labelled})} stories")
        figures[name] = {"ours": told("ours", score(labelled, ours()))}
        for label, cluster in SIMPLER.items():
            figures[name][label] = told(label, score(labelled, cluster))
    return figures


def without() -> Iterator[tuple[str, Weights]]:
    """The weights with one idea taken away."""
    base = Weights()
    yield "(nothing)", base
    yield "capitals", replace(base, case=1.0)
    yield "whose a mark is", replace(base, purity=0.0)
    yield "words of many stories count less", replace(base, scatter=0.0)
    yield "share of the story", replace(base, spread=0.0)
    yield "rarity", replace(base, prior=base.rarity * 1e9)
    yield "topics", replace(base, topic=0.0)
    yield "pairs of country and topic", replace(base, pair=0.0)
    yield "numbers", replace(base, number=0.0, across_number=0.0)
    yield "words of the text", replace(base, text=0.0)
    yield "limit that falls with the story", replace(base, grown=base.single, grown_text=base.single_text)
    yield "other languages", replace(base, across=1e9)
    yield "another day speaks against", replace(base, other_day=1.0)
    yield "another country speaks against", replace(base, other_country=1.0)
    yield "a column's beginning", replace(base, opening=1.0)


def gains(sets: dict[str, list[Labelled]]) -> None:
    """What each idea brings: all of them, and without each."""
    print(f"{'without':34}" + "".join(f"{name:>26}" for name in sets))
    for label, weights in without():
        cells = (score(labelled, ours(weights)) for labelled in sets.values())
        print(f"{label:34}" + "".join(f"{f'{one[0]:.3f} {one[1]:.3f} {one[2]:.3f}':>26}" for one in cells))


# --- what an item costs ------------------------------------------------------------------------------------------


def stream(count: int, *, seed: int = 1) -> Iterator[ClusterItem]:
    """News that never was: words, names, topics and countries by Zipf's law; part of them alone, part in stories."""
    rng = random.Random(seed)
    letters = "bdfgklmnprstvz"

    def word(number: int) -> str:
        return "".join(letters[(number // 14**place) % 14] + "aeiou"[(number + place) % 5] for place in range(4))

    def zipf(size: int) -> int:
        return int(size ** rng.random()) - 1

    begun = datetime(2026, 3, 1, tzinfo=UTC)
    gap = WINDOW / OPEN
    live: list[tuple[list[str], list[str], tuple[str, ...], tuple[str, ...]]] = []
    for number in range(count):
        if not live or rng.random() < 0.6:
            names = [word(30_000 + rng.randrange(8_000)).capitalize() for _ in range(3)]
            common = [word(zipf(20_000)) for _ in range(8)]
            countries = tuple(f"C{zipf(200)}" for _ in range(rng.choice((0, 1, 1, 2))))
            event = names, common, countries, tuple(word(zipf(900)) for _ in range(rng.choice((1, 2, 3, 4))))
            if rng.random() < 0.5:
                live.append(event)
                del live[:-2_000]
        else:
            event = live[-1 - zipf(len(live))]
        names, common, countries, topics = event
        title = [*rng.sample(names, 2), *rng.sample(common[:5], 3), word(zipf(20_000)), word(zipf(20_000))]
        text = [*names, *rng.sample(common, 5), *(word(zipf(20_000)) for _ in range(10))]
        rng.shuffle(title)
        yield ClusterItem(
            id=number,
            title=" ".join(title),
            text=f"{' '.join(text)} {rng.randrange(10, 1_000)}.",
            outlet=f"Outlet {zipf(500)}",
            language="en",
            published_at=begun + number * gap,
            countries=countries,
            topics=topics,
        )


def cost() -> dict[str, Any]:
    """Milliseconds of one item at 100,000 open ones, and of the marks alone."""
    clusterer = Clusterer()
    items = list(stream(OPEN + 2 * TIMED))
    begun = time.perf_counter()
    for item in items[:OPEN]:
        clusterer.add(item)
    filled = time.perf_counter() - begun
    for item in items[OPEN : OPEN + TIMED]:  # now one is forgotten for each that comes
        clusterer.add(item)
    gc.collect()
    gc.freeze()
    took: list[float] = []
    floor: list[float] = []
    for item in items[OPEN + TIMED :]:
        at = time.thread_time()  # of the processor: what else runs on the machine is not the item's cost
        marks(item)
        mid = time.thread_time()
        clusterer.add(item)
        took.append((time.thread_time() - mid) * 1000)
        floor.append((mid - at) * 1000)
    gc.unfreeze()
    open_items = len(clusterer)
    figures = {
        "open items": open_items,
        "open stories": clusterer.stories,
        "ms an item": quantiles(took),
        "floor, marks alone": quantiles(floor),
        "filling, ms an item": round(filled / OPEN * 1000, 3),
    }
    print(f"cost at {open_items:,} open items in {clusterer.stories:,} stories, ms an item:")
    print(f"  ours   {figures['ms an item']}")
    print(f"  marks  {figures['floor, marks alone']}")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--gains", action="store_true", help="what each idea brings, instead")
    parser.add_argument("--no-cost", action="store_true", help="leave the timing out")
    options = parser.parse_args()
    tagger = Tagger.load()
    own = written(tagger)
    sets: dict[str, list[Labelled]] = {}
    if options.data is not None:
        labelled = headlines(options.data, tagger)
        sets["headlines"] = labelled
        sets["headlines, first half"] = half(labelled, 0)
        sets["headlines, second half"] = half(labelled, 1)
    sets["ours, first part"] = [pair for pair in own if str(pair[0].id).startswith("a")]
    sets["ours, last part"] = [pair for pair in own if str(pair[0].id).startswith("b")]
    sets["ours, whole"] = own
    if options.gains:
        gains(sets)
        return
    sets["ours, headlines alone"] = written(tagger, texts=False)
    figures: dict[str, Any] = {"quality": quality(sets)}
    if not options.no_cost:
        figures["cost"] = cost()
        keep("cluster", figures)


if __name__ == "__main__":
    main()
