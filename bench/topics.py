"""How well `/news TAG` finds what editors tagged: `python -m bench.topics --data FOLDER`, labelled news (JSON lines).

Every tag that three documents or more hold is typed as the editors wrote it. Dateline answers as `/news` with the most
relevant first (`bot.news.relevance`), those that are alike in the file's order (there are no dates). Two baselines give
that order: full-text search of the tag's words as a phrase, and a dictionary, where all the tag's words occur
somewhere. Told is the mean over tags of the average precision (MAP): for each file, the mean of the files (each alike,
however many tags it asks), over all tags, and over those that the taxonomy knows; and how many topics a document has.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from bench.tagging import Document, read, summary
from bot.filter_model import Kind, Node, Tag, Words, either
from bot.model import How, Resolution, Tagged, Tagging, TagKind
from bot.news.hashtags import Hashtags
from bot.news.relevance import ranked, relevance, sought
from bot.news.tagger import Tagger
from bot.news.text import contains, index_terms, phrase_terms, slug
from bot.services.news import in_words

LEAST = 3
"""Documents that a tag needs to be asked."""
LONGEST = 2_000
"""Characters of a whole text that are read."""


class Read(NamedTuple):
    """One document: what the tagger made of it, its index terms, and the editors' tags as slugs."""

    tagged: Tagged
    stored: str
    """Index terms as the store keeps them."""
    terms: str
    """The same with a mark between title and text, which no phrase may pass."""
    words: frozenset[str]
    gold: frozenset[str]

    @property
    def taggings(self) -> tuple[Tagging, ...]:
        return (*self.tagged.topics, *self.tagged.countries)


class Asked(NamedTuple):
    """One tag: how it is written, what it resolves to, and the average precision of each system."""

    typed: str
    documents: int
    resolution: Resolution | None
    """None where it is in no list, and looked up as a phrase."""
    ours: float
    phrase: float
    dictionary: float


def cut(document: Document) -> tuple[str, str]:
    return document.get("title") or "", (document.get("text") or "")[:LONGEST]


FILES: dict[str, Callable[[Document], tuple[str, str]]] = {
    "nyt-tags-dev": summary,
    "kpcrowd-dev": cut,
    "reuters-topics-dev": summary,
}


def average_precision(ranked: Sequence[int], relevant: frozenset[int]) -> float:
    """The mean, over the relevant documents, of the precision where each is found; 0 for one that is not."""
    found = 0
    total = 0.0
    for place, number in enumerate(ranked, 1):
        if number in relevant:
            found += 1
            total += found / place
    return total / len(relevant) if relevant else 0.0


def resolve(hashtags: Hashtags, typed: str, documents: Sequence[Read], stored: frozenset[str]) -> Resolution | None:
    """What a typed tag means over these documents, step by step as `bot.services.news` does; None for a phrase."""
    known = hashtags.known(typed)
    if known is not None:
        return known
    near = hashtags.near(typed) if phrase_of(hashtags, typed, documents, stored) is None else ()
    meant = hashtags.known(near[0]) if near else None
    return meant and replace(meant, how=How.NEAR)


def phrase_of(
    hashtags: Hashtags, typed: str, documents: Sequence[Read], stored: frozenset[str]
) -> tuple[str, ...] | None:
    """The phrase of the stored news that a tag runs together, None where none occurs."""
    candidates = [phrase_terms(typed)]
    if len(typed.split()) == 1:
        letters = slug(typed)
        candidates.extend(hashtags.splits(letters, hashtags.candidates(letters) & stored))
    for phrase in dict.fromkeys(candidates):
        if any(contains(document.terms, phrase) for document in documents):
            return phrase
    return None


def ranked_by_relevance(root: Node, documents: Sequence[Read]) -> list[int]:
    """As `NewsService` ranks what `root` finds."""
    what = list(sought(root))
    found = [
        (number, document.taggings, document.stored)
        for number, document in enumerate(documents)
        if relevance(what, document.taggings, document.stored, usual=1.0) > 0
    ]
    return ranked(found, root)


def ranked_by_phrase(phrase: Sequence[str], documents: Sequence[Read]) -> list[int]:
    return [number for number, document in enumerate(documents) if contains(document.terms, phrase)]


def ranked_by_words(typed: str, documents: Sequence[Read]) -> list[int]:
    words = frozenset(phrase_terms(typed))
    return [number for number, document in enumerate(documents) if words and words <= document.words]


def ask(hashtags: Hashtags, documents: Sequence[Read], spelled: dict[str, str]) -> list[Asked]:
    """Every tag that enough documents hold, asked of each system."""
    stored = frozenset(word for document in documents for word in document.words)
    holders: dict[str, set[int]] = {}
    for number, document in enumerate(documents):
        for tag in document.gold:
            holders.setdefault(tag, set()).add(number)
    answers: list[Asked] = []
    for tag, numbers in sorted(holders.items()):
        if len(numbers) < LEAST:
            continue
        typed, relevant = spelled[tag], frozenset(numbers)
        known = resolve(hashtags, typed, documents, stored)
        if known is not None:
            kind = Kind.TOPIC if known.kind is TagKind.TOPIC else Kind.SUBJECT
            words = [Words(in_words(known).phrase)] if known.how is not How.NEAR else []
            root = either((Tag(kind, known.tag), *words))
        else:
            root = Words(phrase_of(hashtags, typed, documents, stored) or ())
        ours = ranked_by_relevance(root, documents)
        answers.append(
            Asked(
                typed=typed,
                documents=len(relevant),
                resolution=known,
                ours=average_precision(ours, relevant),
                phrase=average_precision(ranked_by_phrase(phrase_terms(typed), documents), relevant),
                dictionary=average_precision(ranked_by_words(typed, documents), relevant),
            )
        )
    return answers


def documents_of(tagger: Tagger, folder: Path, name: str, spelled: dict[str, str]) -> list[Read]:
    made: list[Read] = []
    for document in read(folder, name):
        title, text = FILES[name](document)
        tagged, kept = tagger.analyse(title, text)
        terms = f"{index_terms(title)} \n {index_terms(text)}"
        gold = {slug(tag): tag for tag in document["tags"]}
        for tag, written in gold.items():
            spelled.setdefault(tag, written)
        made.append(Read(tagged, kept, terms, frozenset(terms.split()), frozenset(gold) - {""}))
    return made


def mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


def means(answers: Sequence[Asked]) -> tuple[float, float, float]:
    return (
        mean([one.ours for one in answers]),
        mean([one.phrase for one in answers]),
        mean([one.dictionary for one in answers]),
    )


def tell(label: str, answers: Sequence[Asked], found: tuple[float, float, float], each: float) -> None:
    ours, phrase, dictionary = found
    held = sum(one.resolution is not None for one in answers)
    print(
        f"{label:20} {len(answers):4} tags ({held:3} known)  MAP {ours:.3f}  "
        f"phrase {phrase:.3f} (x{ours / max(1e-9, phrase):.2f})  "
        f"dictionary {dictionary:.3f} (x{ours / max(1e-9, dictionary):.2f})  topics each {each:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--each", action="store_true", help="a line for every tag too")
    options = parser.parse_args()
    tagger, hashtags = Tagger.load(), Hashtags.load()
    everything: list[Asked] = []
    files: list[tuple[float, float, float]] = []
    topics = texts = 0
    for name in FILES:
        spelled: dict[str, str] = {}
        documents = documents_of(tagger, options.data, name, spelled)
        if not documents:
            continue
        answers = ask(hashtags, documents, spelled)
        for one in answers if options.each else ():
            said = one.resolution.tag if one.resolution is not None else "-"
            print(
                f"{one.typed[:50]:50} {one.documents:5} {said:24} {one.ours:.3f} {one.phrase:.3f} {one.dictionary:.3f}"
            )
        counted = sum(len(document.tagged.topics) for document in documents)
        files.append(means(answers))
        tell(name, answers, files[-1], counted / len(documents))
        everything += answers
        topics += counted
        texts += len(documents)
    if not files:
        parser.error(f"{options.data} holds none of {', '.join(FILES)}")
    each = topics / max(1, texts)
    ours, phrase, dictionary = (mean(values) for values in zip(*files, strict=True))
    tell("mean of the files", everything, (ours, phrase, dictionary), each)
    tell("all tags", everything, means(everything), each)
    known = [one for one in everything if one.resolution is not None]
    tell("tags that are known", known, means(known), each)


if __name__ == "__main__":
    main()
