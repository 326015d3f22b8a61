"""How good the tags are: `python -m bench.tagging --data FOLDER`, a folder of labelled news (JSON lines).

Countries: micro F1 of what is mentioned and of what the text is about, and how often the first choice is right, beside
geotext and flashgeotext. The dateline counts as part of a Reuters lead.
Topics: how many documents have a topic at all. Categories: accuracy. Bodies (EU, UN, x-...) are left out of counts.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bot.model import Role, Tagged
from bot.news import places, public_life
from bot.news.countries import find_country
from bot.news.gazetteer import Kind
from bot.news.tagger import Tagger

Document = dict[str, Any]
_YEAR = re.compile(r"/((?:19|20)\d\d)/\d\d?/")
TOPONYMS = ("geowebnews-dev", "trnews-dev", "geovirus-dev", "lgl-dev")


def read(folder: Path, name: str) -> Iterator[Document]:
    path = folder / f"{name}.jsonl"
    if path.exists():
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def codes(tagged: Tagged, *, subjects: bool) -> list[str]:
    return [
        one.tag
        for one in tagged.countries
        if len(one.tag) == 2 and one.tag not in ("EU", "UN") and (not subjects or one.role is Role.SUBJECT)
    ]


def f1(pairs: list[tuple[set[str], set[str]]]) -> tuple[float, float, float]:
    hit = sum(len(gold & guess) for gold, guess in pairs)
    precision = hit / max(1, sum(len(guess) for _, guess in pairs))
    recall = hit / max(1, sum(len(gold) for gold, _ in pairs))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


Placing = Callable[[Document], tuple[list[str], list[str]]]
"""A document's countries: all that are mentioned, best first, and those it is about."""


def countries(documents: list[Document], gold_key: str, place: Placing, label: str) -> None:
    subject: list[tuple[set[str], set[str]]] = []
    mention: list[tuple[set[str], set[str]]] = []
    first = asked = 0
    for document in documents:
        gold = {code for code in document.get(gold_key) or () if len(code) == 2}
        named, about = place(document)
        mention.append((gold, set(named)))
        subject.append((gold, set(about)))
        focus = {code for code in document.get("focus") or () if len(code) == 2} or gold
        if focus:
            asked += 1
            first += bool(named) and named[0] in focus
    if documents:
        told = " ".join(f"{value:.3f}" for value in f1(mention)), " ".join(f"{value:.3f}" for value in f1(subject))
        print(f"{label:44} mentioned P R F1 {told[0]}   about P R F1 {told[1]}   first {first / max(1, asked):.3f}")


def year(document: Document) -> int | None:
    """When it was published, where its address, or what it is from, says so."""
    if str(document.get("source")).startswith("Reuters-21578"):
        return 1987
    found = _YEAR.search(document.get("url") or "")
    return int(found[1]) if found else None


def ours(tagger: Tagger, text_of: Callable[[Document], tuple[str, str]], *, told: bool = False) -> Placing:
    """Dateline's; with `told`, it knows the section and the address as well."""

    def place(document: Document) -> tuple[list[str], list[str]]:
        section, url = (document.get("section"), document.get("url")) if told else (None, None)
        tagged = tagger.tag(*text_of(document), section=section, url=url, published=year(document))
        return codes(tagged, subjects=False), codes(tagged, subjects=True)

    return place


def peers(text_of: Callable[[Document], tuple[str, str]]) -> Iterator[tuple[str, Placing]]:
    """geotext and flashgeotext, where they are installed (the bench extra): they know one list, not two."""
    with contextlib.suppress(ImportError):
        from geotext import GeoText

        def by_geotext(document: Document) -> tuple[list[str], list[str]]:
            found = list(GeoText(" ".join(text_of(document))).country_mentions)
            return found, found

        yield "geotext", by_geotext
    with contextlib.suppress(ImportError):
        from flashgeotext.geotext import GeoText as FlashGeoText

        finder = FlashGeoText()

        def by_flashgeotext(document: Document) -> tuple[list[str], list[str]]:
            found = finder.extract(input_text=" ".join(text_of(document)))["countries"]
            counted = sorted(found, key=lambda name: -found[name]["count"])
            named = [code for name in counted if (code := find_country(name)) is not None]
            return named, named

        yield "flashgeotext", by_flashgeotext


def every_country(tagger: Tagger, folder: Path) -> None:
    """The sets of the issue, each beside its peers."""
    toponyms = [document for name in TOPONYMS for document in read(folder, name)]
    for label, documents, gold, text_of in (
        ("nyt, title and summary", list(read(folder, "nyt-countries-dev")), "countries", summary),
        ("toponyms, first 300 characters", toponyms, "countries_in_summary", cut),
        ("reuters, title and lead", list(read(folder, "reuters-countries-dev")), "countries", datelined),
        ("cliff, whole text", list(read(folder, "cliff-dev")), "countries", whole),
        ("enww, title and summary", list(read(folder, "enww-dev")), "countries", summary),
    ):
        countries(documents, gold, ours(tagger, text_of), label)
        if any("section" in document for document in documents):
            countries(documents, gold, ours(tagger, text_of, told=True), "  with section and address")
        for name, place in peers(text_of):
            countries(documents, gold, place, f"  {name}")


def without(tagger: Tagger, rule: str) -> None:
    """Take one rule of the places tagger away."""
    kinds = {"cues of public life": (Kind.CUE, Kind.LOCAL), **{kind.name.lower(): (kind,) for kind in Kind}}
    finder = tagger.places
    if rule in kinds:
        for index, wording in enumerate(finder._wordings):
            if wording.kind in kinds[rule]:
                finder._special[index] = Kind.MASK
    elif rule == "namesakes told apart":
        public_life._told_apart = lambda hits, *_: hits
    elif rule == "a person's surname":
        finder._given = frozenset()
    elif rule == "leaders' years":
        places._as_of = lambda hit, year: hit
    elif rule == "one town throughout":
        places._in_context = lambda hits, *_: hits
    elif rule == "an amount of money":
        places._AMOUNT = re.compile(r"(?!)")
    elif rule == "the title says more":
        places.TITLE = places.LEAD
    elif rule == "a dateline says more":
        places.DATELINE = places.REST
    elif rule == "-based says less":
        places.BASED = 1.0
    elif rule == "cut-off of subjects":
        places.SUBJECT_SHARE, places.SUBJECT_FLOOR = 0.0, 0.0


RULES = (
    *("adjective", "place", "city", "state", "postal", "region", "person", "org", "low", "cues of public life"),
    *("namesakes told apart", "leaders' years", "one town throughout", "a person's surname", "an amount of money"),
    *("the title says more", "a dateline says more", "-based says less", "cut-off of subjects"),
)


def gains(folder: Path) -> None:
    """What each rule brings: micro F1, of what is mentioned and of subjects, with all rules and without each.

    Each is measured in a process of its own: rules are taken away for good.
    """
    base: dict[str, tuple[float, float]] = {}
    print(f"{'without':28} {'nyt':>17} {'toponyms':>17} {'reuters':>17}   (mentioned, about; in points of F1)")
    for rule in ("", *RULES):
        command = [sys.executable, "-m", "bench.tagging", "--data", str(folder), "--without", rule]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
        found: dict[str, tuple[float, float]] = {name: tuple(pair) for name, pair in json.loads(done.stdout).items()}
        if not rule:
            base = found
        cells = [
            f"{100 * (mention - base[name][0]):+8.1f} {100 * (about - base[name][1]):+8.1f}"
            if rule
            else f"{mention:8.3f} {about:8.3f}"
            for name, (mention, about) in found.items()
        ]
        print(f"{rule or '(nothing)':28} {' '.join(cells)}")


def scores(tagger: Tagger, folder: Path) -> dict[str, tuple[float, float]]:
    """Micro F1 of what is mentioned and of subjects, for the three sets of articles with whole gold."""
    toponyms = [one for name in TOPONYMS for one in read(folder, name)]
    reuters = list(read(folder, "reuters-countries-dev"))[::3]
    found = {}
    for name, documents, gold_key, text_of in (
        ("nyt", list(read(folder, "nyt-countries-dev")), "countries", summary),
        ("toponyms", toponyms, "countries_in_summary", cut),
        ("reuters", reuters, "countries", datelined),
    ):
        place = ours(tagger, text_of)
        pairs = [({code for code in one.get(gold_key) or () if len(code) == 2}, place(one)) for one in documents]
        found[name] = (
            f1([(gold, set(both[0])) for gold, both in pairs])[2],
            f1([(gold, set(both[1])) for gold, both in pairs])[2],
        )
    return found


def summary(document: Document) -> tuple[str, str]:
    return document.get("title") or "", document.get("summary") or ""


def datelined(document: Document) -> tuple[str, str]:
    return document.get("title") or "", f"{document.get('dateline') or ''} {document.get('summary') or ''}"


def cut(document: Document) -> tuple[str, str]:
    return "", (document.get("text") or "")[:300]


def whole(document: Document) -> tuple[str, str]:
    return document.get("title") or "", document.get("text") or ""


_NYT = {
    "Sports": "Sport",
    "Business": "Business",
    "Technology": "Technology",
    "Science": "Science",
    "Health": "Health",
    "Arts": "Culture",
    "Movies": "Culture",
    "Theater": "Culture",
    "Books": "Culture",
    "Food": "Culture",
    "Fashion": "Culture",
    "Climate": "Environment",
}
_BBC = {
    "Business": "Business",
    "Entertainment": "Culture",
    "Politics": "Politics",
    "Sport": "Sport",
    "Tech": "Technology",
}


def categories(tagger: Tagger, folder: Path, name: str, named: dict[str, str]) -> None:
    right = asked = 0
    wrong: Counter[tuple[str, str]] = Counter()
    for document in read(folder, name):
        gold = named.get(document["category"])
        if gold is not None:
            asked += 1
            guess = str(tagger.tag(*summary(document)).category)
            right += guess == gold
            wrong[gold, guess] += guess != gold
    if asked:
        print(f"{name:34} accuracy {right / asked:.3f} of {asked}   commonest errors {wrong.most_common(6)}")


def topics(tagger: Tagger, folder: Path, name: str) -> None:
    documents = list(read(folder, name))
    tags = [tagger.tag(*summary(document)).topics for document in documents]
    if tags:
        tagged = sum(bool(found) for found in tags)
        print(f"{name:34} with a topic {tagged / len(tags):.3f}, topics each {sum(map(len, tags)) / len(tags):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--gains", action="store_true", help="what each rule for countries brings, instead")
    parser.add_argument("--without", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder: Path = options.data
    if options.gains:
        gains(folder)
        return
    tagger = Tagger.load()
    if options.without is not None:
        without(tagger, options.without)
        print(json.dumps(scores(tagger, folder)))
        return
    every_country(tagger, folder)
    categories(tagger, folder, "bbc-categories-dev", _BBC)
    categories(tagger, folder, "nyt-sections-dev", _NYT)
    topics(tagger, folder, "nyt-tags-dev")
    topics(tagger, folder, "reuters-topics-dev")


if __name__ == "__main__":
    main()
