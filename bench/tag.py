"""How fast the tagger is on one core: `python -m bench.tag [--data FOLDER]`. Writes bench/results/tag.json.

Items of about 250 characters, made here from the taxonomy's own words and countries, all different. The same run
measures two floors, normalising alone (NFKC and case folding) and one bare pass of an automaton, and two peers that
find countries, geotext and flashgeotext. With a folder of labelled news (bench.tagging), titles and summaries of
real news of the same length too.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.machine import keep, machine
from bot.news.countries import names
from bot.news.gazetteer import gazetteer
from bot.news.tagger import Tagger
from bot.news.taxonomy import taxonomy
from bot.news.text import index_terms

ITEMS = 5_000
LENGTH = 250
ROUNDS = 5
_FILLER = (
    *(
        "the",
        "of",
        "to",
        "a",
        "in",
        "said",
        "on",
        "for",
        "that",
        "and",
        "with",
        "as",
        "after",
        "by",
        "was",
        "at",
        "from",
    ),
    *(
        "his",
        "its",
        "officials",
        "told",
        "reporters",
        "week",
        "new",
        "more",
        "could",
        "plans",
        "people",
        "over",
        "year",
    ),
    *("two", "first", "between", "would", "next", "amid", "call", "month", "early", "leaders", "meeting", "group"),
)


def items(seed: int = 1) -> list[tuple[str, str]]:
    """Titles and summaries with two or three topics, a country or two, and plain words between."""
    rng = random.Random(seed)
    phrases = [phrase for topic in taxonomy().topics.values() for phrase in topic.phrases]
    countries = [name for code, name in names().items() if len(code) == 2]
    made = []
    for number in range(ITEMS):
        title = f"{rng.choice(countries)} {rng.choice(phrases)} as {rng.choice(_FILLER)} word{number % 977}"
        words: list[str] = []
        while sum(len(word) + 1 for word in words) < LENGTH - len(title):
            draw = rng.random()
            if draw < 0.05:
                words.append(rng.choice(phrases))
            elif draw < 0.09:
                words.append(rng.choice(countries))
            elif draw < 0.15:
                words.append(f"Name{rng.randrange(20_000)},")
            else:
                words.append(rng.choice(_FILLER))
        made.append((title, " ".join(words).capitalize() + "."))
    return made


def news(folder: Path) -> list[tuple[str, str]]:
    """Titles and summaries of labelled news, cut at the same length."""
    made = []
    for path in sorted(folder.glob("*-dev.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            title, summary = item.get("title") or "", item.get("summary") or ""
            if title and summary and summary != title:
                made.append((title, summary[: max(0, LENGTH - len(title))]))
    random.Random(1).shuffle(made)
    return made[:ITEMS]


def peers() -> Iterator[tuple[str, Callable[[str, str], object]]]:
    """What else finds countries in a text, where it is installed (the bench extra)."""
    with contextlib.suppress(ImportError):
        from geotext import GeoText

        yield "geotext", lambda t, s: GeoText(f"{t} {s}").country_mentions
    with contextlib.suppress(ImportError):
        from flashgeotext.geotext import GeoText as FlashGeoText

        finder = FlashGeoText()
        yield "flashgeotext", lambda t, s: finder.extract(input_text=f"{t} {s}")


def rate(work: Callable[[str, str], object], texts: list[tuple[str, str]]) -> float:
    """Items a second of processor time (so that neighbours on the machine do not count): the best of some rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        begun = time.process_time()
        for title, text in texts:
            work(title, text)
        best = max(best, len(texts) / (time.process_time() - begun))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder of labelled news")
    folder: Path | None = parser.parse_args().data
    begun = time.perf_counter()
    tagger = Tagger.load()
    loaded = time.perf_counter() - begun
    texts = items()
    find = gazetteer().automaton.find_matches_as_indexes
    places = tagger.places
    rates = {
        "analyse: topics, countries, category, terms": rate(lambda t, s: tagger.analyse(t, s), texts),
        "countries alone": rate(lambda t, s: places.tag(t, s), texts),
        "index terms alone": rate(lambda t, s: index_terms(f"{t} {s}"), texts),
        "floor: one automaton pass": rate(lambda t, s: find(f"{t}\n{s}"), texts),
        "floor: NFKC and case folding": rate(lambda t, s: unicodedata.normalize("NFKC", f"{t}\n{s}").casefold(), texts),
    }
    for name, work in peers():
        rates[name] = rate(work, texts)
    if folder is not None:
        rates["analyse, real news"] = rate(lambda t, s: tagger.analyse(t, s), news(folder))
    long_texts = [(title, " ".join([text] * 8)) for title, text in texts[:1000]]
    rates["analyse, 2,000 characters"] = rate(lambda t, s: tagger.analyse(t, s), long_texts)
    characters = sum(len(title) + len(text) for title, text in texts) / len(texts)
    keep(
        "tag",
        {
            "items": len(texts),
            "characters": round(characters),
            "load_seconds": round(loaded, 3),
            "items_per_second": {name: round(value) for name, value in rates.items()},
        },
    )
    print(f"load {loaded:.2f} s; {characters:.0f} characters an item; one core of {machine()['processor']}")
    for name, value in rates.items():
        print(f"{name:48} {value:12,.0f} items/s {1e6 / value:9.1f} us")


if __name__ == "__main__":
    main()
