"""Tagging line by line: what ``dateline tag`` reads and writes, without a database or a network.

One JSON object a line in, one out, in order. A bad line gives an object with its number and what is wrong, and the
rest goes on. It must never hold more than one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from bot.model import Tagged, Tagging
from bot.news.evidence import evidence
from bot.news.tagger import Tagger
from bot.services.lines import Document, Line, answers, identifier, said, string

_YEAR = re.compile(r"([12]\d{3})(?!\d)", re.ASCII)


class TagService:
    """Tags lines of JSON."""

    def __init__(self, tagger: Tagger, *, explain: bool = False) -> None:
        """With `explain`, each tag comes with the place of its words, and each line with the lexicon's version."""
        self._tagger = tagger
        self._explain = explain

    def lines(self, lines: Iterable[bytes]) -> Iterator[Line]:
        """An answer for each line that is not blank; a line is numbered from 1, blank ones counted."""
        return answers(lines, self._answer)

    def _answer(self, document: Document) -> Document:
        """Raises ValueError that says in plain words what is wrong with the line."""
        identified = identifier(document)
        if "title" not in document and "text" not in document:
            raise ValueError("`title` and `text` are both missing")
        title, text = string(document, "title") or "", string(document, "text") or ""
        tagged = self._tagger.tag(
            title,
            text,
            language=string(document, "language"),
            categories=_strings(document, "categories"),
            section=said(document, "section"),
            url=said(document, "url"),
            published=_year(document.get("published")),
        )
        answer: Document = {"id": identified, **as_json(tagged)}
        return explained(answer, tagged, title, text) if self._explain else answer


def as_json(tagged: Tagged) -> dict[str, object]:
    """Tags as plain data: topics, countries (subjects first, then by falling score), category."""
    return {
        "topics": [{"tag": one.tag, "score": one.score, "words": list(one.words)} for one in tagged.topics],
        "countries": [
            {"code": one.tag, "score": one.score, "role": str(one.role), "words": list(one.words)}
            for one in tagged.countries
        ],
        "category": str(tagged.category),
    }


def explained(answer: dict[str, object], tagged: Tagged, title: str, text: str) -> dict[str, object]:
    """The same with `why` at each tag: `words`, `where` (title, text, publisher), and there `start` and `end`."""

    def with_why(found: object, taggings: Sequence[Tagging]) -> list[dict[str, object]]:
        assert isinstance(found, list)  # noqa: S101 - made by `as_json`
        return [
            {**one, "why": [asdict(place) for place in evidence(tagging, title, text)]}
            for one, tagging in zip(found, taggings, strict=True)
        ]

    return {
        **answer,
        "topics": with_why(answer["topics"], tagged.topics),
        "countries": with_why(answer["countries"], tagged.countries),
        "lexicon": tagged.lexicon,
    }


def _year(published: object) -> int | None:
    """The year of a date (``2026-11-01``, or anything that begins with four digits), or a year."""
    if isinstance(published, bool) or not isinstance(published, (str, int)):
        return None
    found = _YEAR.match(str(published))
    return int(found[1]) if found else None


def _strings(document: dict[str, object], key: str) -> tuple[str, ...]:
    found = document.get(key)
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()
