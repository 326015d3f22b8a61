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
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.model import Document, Entry, FailureKind, FeedLink, FetchFailed, PageRules

ASK: Final = struct.Struct(">II")
DETECT: Final = b'{"detect": true}'
"""The header that asks what texts are written in."""
ANSWER: Final = struct.Struct(">I")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTask:
    """How a web page is to be read."""

    rules: PageRules
    now: datetime
    """What ages count from: aware."""
    language: str | None = None
    country: str | None = None
    """The outlet's: they say how dates are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is said of a body."""

    url: str
    content_type: str | None
    known: bytes = b""
    """`Document.slices` of the document before."""
    task: PageTask | None = None


def encode_ask(ask: Ask) -> bytes:
    """The header of a request."""
    head: dict[str, object] = {"url": ask.url, "content_type": ask.content_type, "known": ask.known.hex()}
    if ask.task is not None:
        task = ask.task
        head["page"] = {
            "rules": asdict(task.rules),
            "now": task.now.timestamp(),
            "language": task.language,
            "country": task.country,
        }
    return json.dumps(head).encode()


def decode_ask(line: bytes) -> Ask:
    """The header of a request, as `encode_ask` made it."""
    found = json.loads(line)
    page, task = found.get("page"), None
    if page is not None:
        now = datetime.fromtimestamp(page["now"], UTC)
        rules = PageRules(**page["rules"])
        task = PageTask(rules=rules, now=now, language=page["language"], country=page["country"])
    known = bytes.fromhex(found["known"])
    return Ask(url=found["url"], content_type=found["content_type"], known=known, task=task)


def encode(result: Document | FetchFailed, *, tired: bool) -> bytes:
    """A result as JSON lines."""
    if isinstance(result, FetchFailed):
        failure = {"failed": result.kind.value, "detail": result.detail, "tired": tired}
        lines: list[object] = [{**failure, "found": [[link.url, link.title] for link in result.found]}]
    else:
        lines = [
            {
                "title": result.title,
                "language": result.language,
                "ttl": result.ttl.total_seconds() if result.ttl is not None else None,
                "skip": [sorted(result.skip_hours), sorted(result.skip_days)],
                "note": result.note,
                "incomplete": result.incomplete,
                "slices": result.slices.hex(),
                "passed": result.passed,
                "passed_dates": [date.timestamp() for date in result.passed_dates],
                "links": result.links,
                "tired": tired,
            }
        ]
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
                entry.outlet,
            ]
            for entry in result.entries
        )
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode("utf-8", "replace")


def decode_head(line: bytes) -> tuple[Document | FetchFailed, bool]:
    """The first line of an answer: what it is, still without entries, and whether the process asks to be replaced.

    Raises ValueError or KeyError for anything else.
    """
    found = json.loads(line)
    if "failed" in found:
        feeds = tuple(FeedLink(url=url, title=title) for url, title in found["found"])
        return FetchFailed(kind=FailureKind(found["failed"]), detail=found["detail"], found=feeds), found["tired"]
    hours, days = found["skip"]
    document = Document(
        title=found["title"],
        language=found["language"],
        entries=(),
        ttl=timedelta(seconds=found["ttl"]) if found["ttl"] is not None else None,
        skip_hours=frozenset(hours),
        skip_days=frozenset(days),
        note=found["note"],
        incomplete=found["incomplete"],
        slices=bytes.fromhex(found["slices"]),
        passed=tuple(found["passed"]),
        passed_dates=tuple(datetime.fromtimestamp(each, UTC) for each in found["passed_dates"]),
        links=tuple((rel, address) for rel, address in found["links"]),
    )
    return document, found["tired"]


def decode_entries(lines: Iterable[bytes]) -> list[Entry]:
    """The entries that the lines hold."""
    entries = []
    for line in lines:
        guid, url, title, summary, image, published, authors, categories, language, outlet = json.loads(line)
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
                outlet=outlet,
            )
        )
    return entries
