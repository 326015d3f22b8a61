"""JSON lines as the terminal's verbs read and write them: one object a line in, one out, in order.

A bad line gives an object with its number and what is wrong, and the rest goes on. It must never hold more
than one line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"
LINE_LIMIT = 16 * 1024 * 1024
"""Bytes in a line that are taken."""

Document = dict[str, object]
"""One line's object."""


class Line(NamedTuple):
    """One line of the answer."""

    text: str
    """JSON, without the line's end."""
    bad: bool


def answers(lines: Iterable[bytes], answer: Callable[[Document], Document]) -> Iterator[Line]:
    """What `answer` says of each line that is not blank; a line is numbered from 1, blank ones counted.

    `answer` raises ValueError that says in plain words what is wrong with the line.
    """
    for number, line in enumerate(lines, start=1):
        stripped = (line.removeprefix(_BOM) if number == 1 else line).strip()
        if not stripped:
            continue
        try:
            found = answer(_parsed(stripped))
        except ValueError as problem:
            yield Line(written({"line": number, "error": str(problem)}), True)
        else:
            yield Line(written(found), False)


def identifier(document: Document) -> str | int:
    """The line's id; raises ValueError where it has none."""
    if "id" not in document:
        raise ValueError("`id` is missing")
    found = document["id"]
    if not isinstance(found, (str, int)) or isinstance(found, bool):
        raise ValueError("`id` must be a string or a number")
    return found


def _parsed(line: bytes) -> Document:
    if len(line) > LINE_LIMIT:
        raise ValueError(f"longer than {LINE_LIMIT:,} bytes")
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


def string(document: Document, key: str) -> str | None:
    """A string of the line, None where it has none; raises ValueError where it is something else."""
    found = document.get(key)
    if found is not None and not isinstance(found, str):
        raise ValueError(f"`{key}` must be a string")
    return found


def said(document: Document, key: str) -> str | None:
    """What a publisher adds, where it is a string; what else other programs keep under that name is not ours."""
    found = document.get(key)
    return found if isinstance(found, str) else None


def written(answer: Document) -> str:
    """An object as one line of JSON, without the line's end."""
    text = json.dumps(answer, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(answer)  # half of a surrogate pair: valid in JSON only when escaped
    return text
