"""How much an item is about what was asked: the order of an answer with what is most relevant first. Pure.

A phrase counts by BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009) with its usual constants:
how often it stands in a text, ever less for each time, and less in a long one. How rare it is does not matter: what is
ranked was found by it. A tag counts by its score. Both add up. The constants are not fitted; `python -m bench.topics`
measures the order against editors' tags. Never: what an item has to do with a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from bot.filter_model import And, Kind, Node, Not, Or, Tag, Words
from bot.model import Tagging, TagKind

T = TypeVar("T")

K1, B = 1.2, 0.75
OF_A_TAG = 0.5
"""What a tag of score 1 counts, beside at most 1 of a phrase."""

Sought = Tag | Words


def sought(root: Node, *, wanted: bool = True) -> Iterator[Sought]:
    """The topics, countries and words of a resolved filter that speak for an item: not what may not be met."""
    match root:
        case Not(part):
            yield from sought(part, wanted=not wanted)
        case And(parts) | Or(parts):
            for part in parts:
                yield from sought(part, wanted=wanted)
        case Tag(kind) if wanted and kind in (Kind.TOPIC, Kind.SUBJECT, Kind.COUNTRY):
            yield root
        case Words(terms) if wanted and terms:
            yield root


def relevance(what: Sequence[Sought], taggings: Sequence[Tagging], terms: str, usual: float) -> float:
    """0 for an item that has nothing of it. `terms` are index terms, `usual` is how many an item mostly has."""
    found = 0.0
    length = 1 + terms.count(" ")
    spread = f" {terms.replace(' ', '  ')} "  # so that two in a row share no space
    for one in what:
        if isinstance(one, Tag):
            kind = TagKind.TOPIC if one.kind is Kind.TOPIC else TagKind.COUNTRY
            scores = (tagging.score for tagging in taggings if tagging.kind is kind and tagging.tag == one.slug)
            found += OF_A_TAG * max(scores, default=0.0)
        elif times := spread.count(f" {'  '.join(one.terms)} "):
            found += times / (times + K1 * (1 - B + B * length / usual))
    return found


def ranked(found: Sequence[tuple[T, Sequence[Tagging], str]], root: Node) -> list[T]:
    """Whatever was found, with its tags and index terms, most relevant first; of those alike the first stays first."""
    what = list(dict.fromkeys(sought(root)))
    usual = sum(1 + terms.count(" ") for *_, terms in found) / max(1, len(found))
    return [one for one, *_ in sorted(found, key=lambda each: -relevance(what, each[1], each[2], usual))]
