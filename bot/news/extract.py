"""The short extract on a card: cut where a sentence or a word ends, never inside what a reader sees as one character.

Pure text. It must never lengthen what it is given, nor leave half an emoji.
"""

from __future__ import annotations

import re
import unicodedata

_ENOUGH = 0.4
"""A sentence that ends before this part of the limit leaves too little; then a word's end is better."""
_SENTENCE_END = re.compile(r"[.!?…]+[\"'’”»)\]]*(?=\s)|[。！？｡]+[」』”’）]*|[।؟۔]+(?=\s|$)")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“‘])(?:[^\W\d_]|[A-Z]\.[A-Z]|(?:[A-Z]\.)+[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Rev|Hon|Jr|Sr"
    r"|No|vs|approx|Inc|Ltd|Corp|Co|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|e\.g|i\.e)\.$"
)
_ZWJ = "\u200d"
_VIRAMAS = frozenset("\u094d\u09cd\u0a4d\u0acd\u0b4d\u0c4d\u0d4d")
_TRAILING = " \t\n,;:-–—…([{\"'“‘«/&.、，；："


def extract(summary: str, limit: int = 220) -> str:
    """The beginning of a summary, at most `limit` characters: whole sentences, else words and an ellipsis.

    White space becomes single spaces. A sentence's end is taken where one falls between 40 % and 100 % of the limit.
    """
    text = " ".join(summary[: limit * 8 + 200].split())
    if len(text) <= limit:
        return text
    if limit < 2:
        return "…"[:limit]
    for found in reversed(list(_SENTENCE_END.finditer(text, 0, limit + 1))):
        if found.end() > limit or found.end() < limit * _ENOUGH:
            continue
        if found[0] == "." and _ABBREVIATION.search(text, max(0, found.end() - 12), found.end()):
            continue
        return text[: found.end()]
    cut = limit - 1
    space = text.rfind(" ", 0, cut + 1)
    if space >= limit * _ENOUGH:
        cut = space
    kept = text[: whole_end(text, cut)].rstrip(_TRAILING)
    return f"{kept}…"


def whole_end(text: str, end: int) -> int:
    """The last place at or before `end` that splits no combining sequence, joined emoji or flag (UAX #29, in short)."""
    if end >= len(text):
        return len(text)
    while end > 0 and _splits(text, end):
        end -= 1
    return end


def _splits(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if after == _ZWJ or before == _ZWJ or unicodedata.category(after)[0] == "M" or before in _VIRAMAS:
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True  # a skin tone, or the tags of a subdivision flag
    if _regional(before) and _regional(after):
        run = 0
        while at - 1 - run >= 0 and _regional(text[at - 1 - run]):
            run += 1
        return run % 2 == 1
    return False


def _regional(ch: str) -> bool:
    return "\U0001f1e6" <= ch <= "\U0001f1ff"
