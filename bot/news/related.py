"""What a text has in common with stored items, and how much that tells. Pure.

A mark that few of the items have tells most: each counts as the logarithm of how rare it is among them, as inverse
document frequency in a search does. Tags count beside words: a text in another language still meets its subject.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log

from bot.model import Item, Tagged, TagKind
from bot.news.marks import about, words

READ = 2_000
"""Characters of a text that are compared."""
TAG_WEIGHT = 0.7
"""Of a topic or country beside a word: many items share those."""
FEWEST = 2
"""Marks that must be shared: one alone is chance."""


def ranked(title: str, text: str, tagged: Tagged, items: Sequence[Item]) -> tuple[Item, ...]:
    """The items that have most in common with a text, the most first; those with too little are left out."""
    wanted = _marks(title, text, tagged)
    having = [_marks_of(item) & wanted for item in items]
    known = Counter(mark for marks in having for mark in marks)

    def told(mark: str) -> float:
        rarity = log(1 + len(items) / known[mark])
        return rarity * (TAG_WEIGHT if mark[0] in "#@" else 1.0)

    scored = [
        (sum(map(told, marks)), number)
        for number, marks in enumerate(having)
        if len(marks) >= FEWEST and not all(mark[0] == "@" for mark in marks)
    ]
    scored.sort(key=lambda one: (-one[0], one[1]))
    return tuple(items[number] for _, number in scored)


def _marks(title: str, text: str, tagged: Tagged) -> set[str]:
    topics = {f"#{one.tag}" for one in tagged.topics}
    return topics | {f"@{one.tag}" for one in tagged.countries} | set(words(f"{title}. {text}"[:READ]))


def _marks_of(item: Item) -> set[str]:
    topics = {f"#{one.tag}" for one in item.taggings if one.kind is TagKind.TOPIC}
    return topics | {f"@{code}" for code in about(item.taggings)} | set(words(f"{item.title}. {item.summary}"[:READ]))
