"""What emerging hashtags cost and how good they are: `python -m bench.emerging --data FOLDER`.

FOLDER holds labelled news as JSON lines. Cost: names beside tagging, of the same texts in the same run, and with no
name seen before. Quality: 36 hours of headlines whose story is known (`stories-dev.jsonl`), as one window of a new
memory: which names are admitted, and how many of their items belong to one story. Writes bench/results/emerging.json.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from bench.machine import keep
from bench.tag import rate
from bot.model import Heard
from bot.news import emerging, names
from bot.news.tagger import Tagger

TEXTS = ("nyt-countries-dev", "bbc-categories-dev", "enww-dev")
LENGTH = 350
"""Characters of a text that are taken: about what a feed gives."""
PURE = 0.8


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    """The documents of one file."""
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def first_pass(texts: list[tuple[str, str]]) -> float:
    """Texts a second where no name was seen before: each is judged once."""
    names._judged.cache_clear()
    names._free.cache_clear()
    begun = time.process_time()
    for title, text in texts:
        names.read(title, text, language="en")
    return len(texts) / (time.process_time() - begun)


def quality(documents: list[dict[str, Any]]) -> dict[str, float]:
    """How well the names that are admitted name stories."""
    stories: defaultdict[str, Counter[str]] = defaultdict(Counter)
    outlets: defaultdict[str, set[str]] = defaultdict(set)
    for document in documents:
        for name in names.read(document["title"], "", language="en"):
            stories[name.slug][document["story"]] += 1
            outlets[name.slug].add(document["outlet"])
    heard = [
        Heard(slug=slug, items=found.total(), outlets=len(outlets[slug]), usual=0) for slug, found in stories.items()
    ]
    fit = [one for one in heard if emerging.is_emerging(one, len(documents), 0)]
    chosen = [one.slug for one in emerging.without_contained(fit)]
    best = {slug: stories[slug].most_common(1)[0] for slug in chosen}
    return {
        "headlines": len(documents),
        "stories": len({document["story"] for document in documents}),
        "admitted": len(chosen),
        "of one story": sum(items >= PURE * stories[slug].total() for slug, (_, items) in best.items()),
        "stories named": len({story for story, _ in best.values()}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder: Path = parser.parse_args().data
    texts = [
        (document.get("title") or "", (document.get("text") or "")[:LENGTH])
        for name in TEXTS
        for document in lines(folder, name)
    ]
    tagger = Tagger.load()
    rates = {
        "analyse": rate(lambda title, text: tagger.analyse(title, text, language="en"), texts),
        "names": rate(lambda title, text: names.read(title, text, language="en"), texts),
        "names, none seen before": first_pass(texts),
    }
    found = quality(lines(folder, "stories-dev"))
    for name, value in rates.items():
        print(f"{name}: {1e6 / value:.1f} us an item, {rates['analyse'] / value:.1%} of tagging it")
    for name, value in found.items():
        print(f"{name}: {value:,}")
    keep("emerging", {"texts": len(texts), "items a second": rates, "quality": found})


if __name__ == "__main__":
    main()
