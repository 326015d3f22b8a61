"""Where the words stand that caused a tag: so that a person sees why, and can say it is wrong.

Pure. It must never show words that are not the publisher's: what is found neither in title nor in text was said by its
categories, the section or the address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.model import Tagging


class Where(StrEnum):
    """The part of an item that words stand in."""

    TITLE = "title"
    TEXT = "text"
    PUBLISHER = "publisher"
    """Its categories, the feed's section, or the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Some words and their place: characters `start` to `end` of the title or the text; 0, 0 of neither."""

    words: str
    where: Where
    start: int = 0
    end: int = 0


def evidence(tagging: Tagging, title: str, text: str) -> tuple[Evidence, ...]:
    """The first place of each of a tagging's words, title before text."""
    return tuple(_placed(words, title, text) for words in tagging.words)


def marked(text: str, words: Iterable[str]) -> tuple[tuple[str, bool], ...]:
    """A text cut into pieces, and whether each is one of the words; wherever they stand, the longest first."""
    spans: list[tuple[int, int]] = []
    for word in sorted({word for word in words if word}, key=len, reverse=True):
        for start in _places(word, text):
            end = start + len(word)
            if all(end <= other_start or start >= other_end for other_start, other_end in spans):
                spans.append((start, end))
    pieces: list[tuple[str, bool]] = []
    last = 0
    for start, end in sorted(spans):
        if start > last:
            pieces.append((text[last:start], False))
        pieces.append((text[start:end], True))
        last = end
    if last < len(text):
        pieces.append((text[last:], False))
    return tuple(pieces)


def words_of(taggings: Sequence[Tagging]) -> tuple[str, ...]:
    """All words of some taggings, each once."""
    return tuple(dict.fromkeys(word for tagging in taggings for word in tagging.words))


def _placed(words: str, title: str, text: str) -> Evidence:
    for where, part in ((Where.TITLE, title), (Where.TEXT, text)):
        for start in _places(words, part):
            return Evidence(words=words, where=where, start=start, end=start + len(words))
    return Evidence(words=words, where=Where.PUBLISHER)


def _places(words: str, text: str) -> Iterator[int]:
    """Where words stand as words: no letter or digit of their own kind right before or after."""
    start = text.find(words) if words else -1
    while start >= 0:
        end = start + len(words)
        if not (_joined(text[start - 1 : start], words[:1]) or _joined(words[-1:], text[end : end + 1])):
            yield start
        start = text.find(words, start + 1)


def _joined(left: str, right: str) -> bool:
    """Whether two characters belong to one word; scripts without spaces are never joined."""
    return left.isalnum() and right.isalnum() and max(left, right) < "\u0e00"
