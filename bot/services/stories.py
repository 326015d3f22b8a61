"""Gathering lines into stories: what ``dateline cluster`` reads and writes, without a database or a network.

One JSON object a line in, in order of time, one out as it is read. It must never hold more than the open items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from bot.news.cluster import Clusterer
from bot.news.marks import ClusterItem, tags_of
from bot.news.open_items import WINDOW
from bot.news.tagger import TEXT_LIMIT, TITLE_LIMIT, Tagger
from bot.services.lines import Document, Line, answers, identifier, string

_HOURS = int(WINDOW.total_seconds() // 3600)


class StoryService:
    """Gathers lines of JSON, tagged by `tagger`, into stories by the same code as the desk."""

    def __init__(self, tagger: Tagger, *, explain: bool = False) -> None:
        """With `explain`, each line comes with what tied it: null where it began the story."""
        self._tagger = tagger
        self._clusterer = Clusterer()
        self._explain = explain

    def lines(self, lines: Iterable[bytes]) -> Iterator[Line]:
        """An answer for each line that is not blank; a line is numbered from 1, blank ones counted."""
        return answers(lines, self._answer)

    def _answer(self, document: Document) -> Document:
        """Raises ValueError that says in plain words what is wrong with the line."""
        item = self._item(document)
        newest = self._clusterer.now
        if newest is not None and item.published_at < newest - WINDOW:
            raise ValueError(
                f"`published_at` is more than {_HOURS} hours before that of a line above: sort the lines by time"
            )
        placed = self._clusterer.add(item)
        answer: Document = {"id": item.id, "story": placed.story}
        if self._explain:
            answer["tie"] = None if placed.tie is None else asdict(placed.tie)
        return answer

    def _item(self, document: Document) -> ClusterItem:
        identified = identifier(document)
        title = string(document, "title")
        if title is None:
            raise ValueError("`title` is missing")
        text = string(document, "text") or ""
        language = string(document, "language")
        at = _time(document.get("published_at"))
        countries, topics = tags_of(self._tagger.tag(title, text, language=language, published=at.year))
        return ClusterItem(
            id=identified,
            title=title[:TITLE_LIMIT],
            text=text[:TEXT_LIMIT],
            outlet=string(document, "outlet") or "",
            language=language,
            published_at=at,
            countries=countries,
            topics=topics,
        )


def _time(told: object) -> datetime:
    """A moment as ISO 8601 (UTC where it names no zone)."""
    if told is None:
        raise ValueError("`published_at` is missing: give a time such as 2026-03-02T10:00:00Z")
    try:
        if not isinstance(told, str):
            raise ValueError
        found = datetime.fromisoformat(told.strip())
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise ValueError("`published_at` is no time: give one such as 2026-03-02T10:00:00Z") from problem
