"""What passes between the parser and its processes: frames of JSON. Pure.

To a worker, big-endian: length of a JSON header (u32), length of the body (u32), header, body. From it: length (u32),
then JSON lines: what it is, then one line per entry; the first frame of all is empty and means ready. JSON, not pickle:
what comes back was made from hostile bytes, and may say nothing but text and numbers. A header that holds ``detect``
asks what texts are written in: the body is a JSON list of them, the answer one of languages and nulls.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.model import Document, Entry, FailureKind, FetchFailed

ASK: Final = struct.Struct(">II")
ANSWER: Final = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Head:
    """The first line of an answer."""

    failed: FetchFailed | None
    title: str
    language: str | None
    ttl: timedelta | None
    skip_hours: frozenset[int]
    skip_days: frozenset[int]
    note: str | None
    incomplete: bool
    tired: bool
    """The process asks to be replaced."""

    def document(self, entries: Iterable[Entry]) -> Document:
        """The document that this line heads."""
        return Document(
            title=self.title,
            language=self.language,
            entries=tuple(entries),
            ttl=self.ttl,
            skip_hours=self.skip_hours,
            skip_days=self.skip_days,
            note=self.note,
            incomplete=self.incomplete,
        )


def encode(result: Document | FetchFailed, *, tired: bool) -> bytes:
    """A result as JSON lines."""
    if isinstance(result, FetchFailed):
        lines: list[object] = [{"failed": result.kind.value, "detail": result.detail, "tired": tired}]
    else:
        head: dict[str, object] = {"title": result.title, "language": result.language, "note": result.note}
        head["incomplete"] = result.incomplete
        head["tired"] = tired
        head["skip"] = [sorted(result.skip_hours), sorted(result.skip_days)]
        lines = [{**head, "ttl": result.ttl.total_seconds() if result.ttl is not None else None}]
        lines += (
            [
                entry.guid,
                entry.url,
                entry.title,
                entry.summary,
                entry.image,
                entry.published_at.timestamp() if entry.published_at is not None else None,
                entry.authors,
                entry.categories,
                entry.language,
            ]
            for entry in result.entries
        )
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode("utf-8", "replace")


def decode_head(line: bytes) -> Head:
    """The first line of an answer. Raises ValueError or KeyError for anything else."""
    found = json.loads(line)
    failed = None
    if "failed" in found:
        failed = FetchFailed(kind=FailureKind(found["failed"]), detail=found["detail"])
    ttl = found.get("ttl")
    hours, days = found.get("skip", ((), ()))
    return Head(
        failed=failed,
        title=found.get("title", ""),
        language=found.get("language"),
        ttl=timedelta(seconds=ttl) if ttl is not None else None,
        skip_hours=frozenset(hours),
        skip_days=frozenset(days),
        note=found.get("note"),
        incomplete=found.get("incomplete", False),
        tired=found["tired"],
    )


def decode_entries(lines: Iterable[bytes]) -> list[Entry]:
    """The entries that the lines hold."""
    entries = []
    for line in lines:
        guid, url, title, summary, image, published, authors, categories, language = json.loads(line)
        entries.append(
            Entry(
                guid=guid,
                url=url,
                title=title,
                summary=summary,
                image=image,
                published_at=datetime.fromtimestamp(published, UTC) if published is not None else None,
                authors=tuple(authors),
                categories=tuple(categories),
                language=language,
            )
        )
    return entries
