"""How headlines of one story differ: the telling words of one that another does not hold. Pure."""

from __future__ import annotations

import re

from bot.news.marks import numbers, words

_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
LONG = 3
"""Stems of one word: those between hyphens are several. Of scripts without spaces a run is many words, and what is new
in it could not be told."""


def new_words(title: str, first: str) -> tuple[tuple[int, int], ...]:
    """Where in `title` the words and numbers stand that `first` holds in no form; neighbours in one span.

    Words that tell nothing by themselves (`bot.news.marks`) are never among them.
    """
    known = {*words(first), *numbers(first)}
    spans: list[tuple[int, int]] = []
    for found in _WORD.finditer(title):
        own = {*words(found[0]), *numbers(found[0])}
        if not 0 < len(own) <= LONG or own <= known:
            continue
        if spans and not title[spans[-1][1] : found.start()].strip():
            spans[-1] = spans[-1][0], found.end()
        else:
            spans.append(found.span())
    return tuple(spans)
