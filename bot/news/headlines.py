"""How headlines of one story differ: the words of one that another does not hold. Pure."""

from __future__ import annotations

import re

from bot.news.text import phrase_terms

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
SHORT = 4
"""Shorter ones are mostly words that say nothing by themselves."""
LONG = 3
"""Index terms of one word: those between hyphens are several."""


def new_words(title: str, first: str) -> tuple[tuple[int, int], ...]:
    """Where in `title` the words stand that `first` does not hold, in whatever form; neighbours in one span."""
    known = set(phrase_terms(first))
    spans: list[tuple[int, int]] = []
    for found in _WORD.finditer(title):
        own = phrase_terms(found[0])
        # Of scripts without spaces a run is many words: what is new in it could not be told.
        if len(found[0]) < SHORT or not 0 < len(own) <= LONG or all(term in known for term in own):
            continue
        if spans and not title[spans[-1][1] : found.start()].strip():
            spans[-1] = spans[-1][0], found.end()
        else:
            spans.append(found.span())
    return tuple(spans)
