"""Tagging line by line: what ``dateline tag`` reads and writes, without a database or a network.

One JSON object a line in, one out, in order. A bad line gives an object with its number and what is wrong, and the
rest goes on. It must never hold more than one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import NamedTuple

from bot.model import Tagged, Tagging
from bot.news.evidence import evidence
from bot.news.tagger import Tagger

_YEAR = re.compile(r"([12]\d{3})(?!\d)", re.ASCII)
_BOM = b"\xef\xbb\xbf"
LINE_LIMIT = 16 * 1024 * 1024
"""Bytes in a line that are taken."""


class Line(NamedTuple):
    """One line of the answer."""

    text: str
    """JSON, without the line's end."""
    bad: bool


class TagService:
    """Tags lines of JSON."""

    def __init__(self, tagger: Tagger, *, explain: bool = False) -> None:
        """With `explain`, each tag comes with the place of its words, and each line with the lexicon's version."""
        self._tagger = tagger
        self._explain = explain

    def lines(self, lines: Iterable[bytes]) -> Iterator[Line]:
        """An answer for each line that is not blank; a line is numbered from 1, blank ones counted."""
        for number, line in enumerate(lines, start=1):
            stripped = (line.removeprefix(_BOM) if number == 1 else line).strip()
            if stripped:
                yield self._line(number, stripped)

    def _line(self, number: int, line: bytes) -> Line:
        try:
            answer = self._answer(line)
        except ValueError as problem:
            return Line(json.dumps({"line": number, "error": str(problem)}, ensure_ascii=False), True)
        return Line(_json(answer), False)

    def _answer(self, line: bytes) -> dict[str, object]:
        """Raises ValueError that says in plain words what is wrong with the line."""
        if len(line) > LINE_LIMIT:
            raise ValueError(f"longer than {LINE_LIMIT:,} bytes")
        document = _parsed(line)
        if "id" not in document:
            raise ValueError("`id` is missing")
        if not isinstance(document["id"], (str, int)) or isinstance(document["id"], bool):
            raise ValueError("`id` must be a string or a number")
        if "title" not in document and "text" not in document:
            raise ValueError("`title` and `text` are both missing")
        title, text = _string(document, "title") or "", _string(document, "text") or ""
        tagged = self._tagger.tag(
            title,
            text,
            language=_string(document, "language"),
            categories=_strings(document, "categories"),
            section=_told(document, "section"),
            url=_told(document, "url"),
            published=_year(document.get("published")),
        )
        answer = {"id": document["id"], **as_json(tagged)}
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


def _parsed(line: bytes) -> dict[str, object]:
    try:
        document = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as problem:
        raise ValueError(f"not UTF-8 at byte {problem.start + 1}") from problem
    except json.JSONDecodeError as problem:
        raise ValueError(f"not JSON: {problem.msg} at character {problem.pos + 1}") from problem
    except RecursionError as problem:
        raise ValueError("not JSON that can be read: nested too deeply") from problem
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    return document


def _string(document: dict[str, object], key: str) -> str | None:
    found = document.get(key)
    if found is not None and not isinstance(found, str):
        raise ValueError(f"`{key}` must be a string")
    return found


def _told(document: dict[str, object], key: str) -> str | None:
    """What a publisher adds, where it is a string; what else other programs keep under that name is not ours."""
    found = document.get(key)
    return found if isinstance(found, str) else None


def _year(published: object) -> int | None:
    """The year of a date (``2026-11-01``, or anything that begins with four digits), or a year."""
    if isinstance(published, bool) or not isinstance(published, (str, int)):
        return None
    found = _YEAR.match(str(published))
    return int(found[1]) if found else None


def _strings(document: dict[str, object], key: str) -> tuple[str, ...]:
    found = document.get(key)
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _json(answer: dict[str, object]) -> str:
    text = json.dumps(answer, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(answer)  # half of a surrogate pair: valid in JSON only when escaped
    return text
