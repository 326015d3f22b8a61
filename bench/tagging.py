"""How good the tags are: `python -m bench.tagging --data FOLDER`, a folder of labelled news (JSON lines).

Countries: micro F1 of what is mentioned and of what the text is about, and how often the first choice is right.
Topics: how many documents have a topic at all. Categories: accuracy. Bodies (EU, UN, x-...) are left out of counts.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bot.model import Role, Tagged
from bot.news.tagger import Tagger

Document = dict[str, Any]


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


def countries(
    tagger: Tagger, folder: Path, name: str, gold_key: str, text_of: Callable[[Document], tuple[str, str]], label: str
) -> None:
    subject: list[tuple[set[str], set[str]]] = []
    mention: list[tuple[set[str], set[str]]] = []
    first = asked = 0
    for document in read(folder, name):
        gold = {code for code in document.get(gold_key) or () if len(code) == 2}
        tagged = tagger.tag(*text_of(document))
        mention.append((gold, set(codes(tagged, subjects=False))))
        subject.append((gold, set(codes(tagged, subjects=True))))
        focus = {code for code in document.get("focus") or gold if len(code) == 2}
        if focus:
            asked += 1
            best = codes(tagged, subjects=False)
            first += bool(best) and best[0] in focus
    if not mention:
        return
    told = " ".join(f"{value:.3f}" for value in f1(subject)), " ".join(f"{value:.3f}" for value in f1(mention))
    print(f"{label:34} about P R F1 {told[0]}   mentioned P R F1 {told[1]}   first {first / max(1, asked):.3f}")


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
    folder: Path = parser.parse_args().data
    tagger = Tagger.load()
    countries(tagger, folder, "nyt-countries-dev", "countries", summary, "nyt, title and summary")
    for name in ("geowebnews-dev", "trnews-dev", "geovirus-dev", "lgl-dev"):
        countries(tagger, folder, name, "countries_in_summary", cut, f"{name}, 300 characters")
    countries(tagger, folder, "reuters-countries-dev", "countries", summary, "reuters, title and lead")
    countries(tagger, folder, "reuters-countries-dev", "countries", datelined, "reuters, dateline too")
    countries(tagger, folder, "cliff-dev", "countries", whole, "cliff, whole text")
    countries(tagger, folder, "enww-dev", "countries", summary, "enww, title and summary")
    categories(tagger, folder, "bbc-categories-dev", _BBC)
    categories(tagger, folder, "nyt-sections-dev", _NYT)
    topics(tagger, folder, "nyt-tags-dev")
    topics(tagger, folder, "reuters-topics-dev")


if __name__ == "__main__":
    main()
