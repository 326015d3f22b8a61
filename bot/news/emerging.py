"""Which names become hashtags, and what is rising: a statistic over a window against what is usual. Pure.

A name is carried by k of the n items of the window, and by K of the N items of the baseline before it. Both are counts
of a Poisson process with exposures n and N; the hypothesis is that the rate is the same. What speaks against it is the
log-likelihood ratio (Dunning, "Accurate Methods for the Statistics of Surprise and Coincidence", 1993):

    G2 = 2 (k ln(k / e) + K ln(K / E)),   e = (k + K) n / (n + N),   E = (k + K) N / (n + N)

and 0 where k is no more than e. It is taken with K + 1 and N + `PRIOR`: a name that was never heard counts as once in
so many items, which stands in for a baseline where the memory is young, and keeps a large memory from admitting what
is rare. Where K is not 0 it is also taken with K and N as they are, and the smaller of both counts: a short memory that
did hear a name knows better.

A name is admitted where `OUTLETS` outlets and `ITEMS` items of the window carry it, G2 reaches `SURPRISE`, and it is
`RATIO` times as frequent as usual. It must never look at a clock: who calls says what the window is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence, Set as AbstractSet
from datetime import timedelta

from bot.model import Heard, Item, Name, Role, Tagging, TagKind

WINDOW = timedelta(hours=48)
BASELINE = timedelta(days=14)
KEPT = timedelta(days=4)
"""How long it is kept which item holds which name: the window, and the day that is counted once it lies before it."""
FADING = timedelta(days=7)
"""Without `ALIVE` outlets in any window for so long, a hashtag fades."""
OUTLETS, ITEMS = 3, 4
ALIVE = 2
SURPRISE = 10.83
"""Of G2: by chance less than once in a thousand (chi-squared, one degree of freedom)."""
RATIO = 2.0
PRIOR = 5_000
ADMITTED = 1_000
"""Hashtags at most that are given at one time; the least surprising wait."""
_SUBJECT, _MENTION = 0.6, 0.4
"""The score of a name in the headline, and of one in the text alone."""


def surprise(items: int, of: int, usual: int, usual_of: int) -> float:
    """G2 of `items` out of `of` against `usual` out of `usual_of`; 0 where it is no more frequent than usual."""
    assumed = _likelihood(items, of, usual + 1, usual_of + PRIOR)
    return min(assumed, _likelihood(items, of, usual, usual_of)) if usual > 0 else assumed


def _likelihood(items: int, of: int, before: int, before_of: int) -> float:
    if items <= 0 or of <= 0:
        return 0.0
    share = (items + before) / (of + before_of)
    expected = share * of
    if items <= expected:
        return 0.0
    return max(0.0, 2.0 * (items * math.log(items / expected) + before * math.log(before / (share * before_of))))


def ratio(items: int, of: int, usual: int, usual_of: int) -> float:
    """How many times as frequent as usual; what was never heard counts as once in `PRIOR` items."""
    if of <= 0:
        return 0.0
    assumed = (usual + 1) / (usual_of + PRIOR)
    return items / of / (max(assumed, usual / usual_of) if usual_of > 0 else assumed)


def is_emerging(heard: Heard, of: int, usual_of: int) -> bool:
    """Whether a name of the window is to become a hashtag; `of` and `usual_of` are all items then and before."""
    return (
        heard.outlets >= OUTLETS
        and heard.items >= ITEMS
        and ratio(heard.items, of, heard.usual, usual_of) >= RATIO
        and surprise(heard.items, of, heard.usual, usual_of) >= SURPRISE
    )


def without_contained(chosen: Sequence[Heard]) -> list[Heard]:
    """Names without those that begin or end a longer one which as many items carry (Storm Amelia takes Amelia's place).

    An item whose text holds the longer name does not count for the shorter one (`names.read`): what is compared is how
    many hold the longer one, and how many the shorter one alone.
    """
    kept: list[Heard] = []
    for one in chosen:
        longer = (
            other
            for other in chosen
            if len(other.slug) > len(one.slug) and (other.slug.startswith(one.slug) or other.slug.endswith(one.slug))
        )
        if not any(other.items >= one.items for other in longer):
            kept.append(one)
    return kept


def tagging(name: Name) -> Tagging:
    """What an item gets for a name that it holds."""
    return Tagging(
        tag=name.slug,
        kind=TagKind.TOPIC,
        role=Role.SUBJECT if name.title else Role.MENTION,
        score=_SUBJECT if name.title else _MENTION,
        words=(name.words,),
    )


def with_names(topics: Sequence[Tagging], names: Iterable[Name], admitted: AbstractSet[str]) -> tuple[Tagging, ...]:
    """An item's topics with the admitted hashtags among its names, by falling score."""
    carried = {one.tag for one in topics}
    fresh = [tagging(name) for name in names if name.slug in admitted and name.slug not in carried]
    return tuple(sorted((*topics, *fresh), key=lambda one: -one.score)) if fresh else tuple(topics)


def held(item: Item, slug: str, words: str) -> Tagging:
    """What a stored item gets for a name that it holds in these words."""
    return tagging(Name(slug, words, words in item.title))
