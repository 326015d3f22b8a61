"""JSON Feed, versions 1.0 and 1.1 (https://jsonfeed.org/version/1.1): one body into a `Document`. Runs in a worker.

An item becomes a mapping such as feedparser gives, and `clean.entry` makes the entry of it: links, text, images, dates
and names follow the same rules whatever the format. Never: a further page fetched (``next_url``), a document half read
(JSON that was cut off is none), or a number made of digits, however many there are.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Final

from bot.feeds import clean, dates
from bot.feeds.links import Links
from bot.feeds.markup import FIELD_LIMIT, cut, plain
from bot.feeds.parse_sax import ITEMS
from bot.model import Document, FailureKind, FetchFailed

_VERSION: Final = "jsonfeed.org/version/"
_BROKEN: Final = "This JSON is broken or was cut off: nothing of it was read."
_LIST: Final = 200
"""Of an item's own lists, this many members are looked at."""


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


def read(data: bytes, links: Links, *, url: str) -> Document | FetchFailed:
    """The feed in `data`, JSON in UTF-8, at most its newest 500 items, or the plain reason why there is none."""
    try:
        found = json.loads(
            data.decode("utf-8", "replace"),
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_Number,
            strict=False,
        )
    except (ValueError, RecursionError):
        return FetchFailed(kind=FailureKind.NOT_A_FEED, detail=_BROKEN)
    items = _refused(found)
    if isinstance(items, FetchFailed):
        return items
    tongue = clean.language(found.get("language"))
    raws = [raw for raw in map(_raw, items) if raw is not None]
    dated = [dates.read(_text(raw.get("published")) or _text(raw.get("updated"))) for raw in raws]
    chosen = dates.newest(dated, ITEMS)
    return Document(
        title=cut(plain(_escaped(found.get("title"))), clean.TITLE_LIMIT),
        language=tongue,
        entries=tuple(clean.entry(raws[place], links, base=url, tongue=tongue) for place in chosen),
        note=_note(found, len(items), len(raws)),
    )


def _refused(found: object) -> list[object] | FetchFailed:
    """The items, or why this is no feed."""
    version = found.get("version") if isinstance(found, dict) else None
    if not isinstance(found, dict) or _VERSION not in _text(version)[:100]:
        return FetchFailed(
            kind=FailureKind.NOT_A_FEED,
            detail="This is JSON, but not a JSON Feed: look for the site's feed address (often named RSS).",
        )
    items = found.get("items")
    if not isinstance(items, list):
        return FetchFailed(
            kind=FailureKind.NOT_A_FEED, detail="This calls itself a JSON Feed, but it holds no list of items."
        )
    return items


def _note(found: Mapping[str, object], total: int, readable: int) -> str | None:
    notes = []
    if found.get("expired") is True:
        notes.append("The publisher says that this feed has ended: look for the one that took its place.")
    if readable > ITEMS:
        notes.append(f"The document holds {readable:,} items: the newest {ITEMS} were read.")
    if total > readable:
        notes.append(f"{total - readable:,} of {total:,} items say nothing, and were left out.")
    return " ".join(notes) or None


def _raw(item: object) -> dict[str, object] | None:
    """An item as feedparser would give it; None where it holds neither address nor words."""
    if not isinstance(item, dict):
        return None
    title, summary = _escaped(item.get("title")), _escaped(item.get("summary"))
    content = _text(item.get("content_html"))[:FIELD_LIMIT] or _escaped(item.get("content_text"))
    link = _text(item.get("url")) or _text(item.get("external_url"))
    identity = item.get("id")
    guid = str(identity) if isinstance(identity, str) else ""  # numbers too: the specification coerces them
    if not (title or summary or content or link or guid):
        return None
    attached = [each for each in _mappings(item.get("attachments")) if _text(each.get("url"))]
    return {
        "id": guid,
        "link": link,
        "title": title,
        "summary": summary,
        "content": [{"value": content}],
        **dates.fields("published", _text(item.get("date_published"))),
        **dates.fields("updated", _text(item.get("date_modified"))),
        "authors": [{"name": _escaped(each.get("name"))} for each in _authors(item)],
        "tags": [{"term": _escaped(each)} for each in _members(item.get("tags"))],
        "media_thumbnail": [{"url": _text(item.get(name))} for name in ("image", "banner_image")],
        "links": [
            {"rel": "enclosure", "href": _text(each.get("url")), "type": _text(each.get("mime_type"))}
            for each in attached
        ],
        "title_detail": {"language": item.get("language")},
    }


def _authors(item: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Version 1.1's list, else the one author of 1.0."""
    return _mappings(item.get("authors")) or _mappings([item.get("author")])


def _text(value: object) -> str:
    """The text that `value` is; nothing where it is none."""
    return value[:FIELD_LIMIT] if type(value) is str else ""


def _escaped(value: object) -> str:
    """Plain text as the markup that `clean` expects: what looks like a tag in it is none."""
    return html.escape(_text(value), quote=False)


def _members(value: object) -> list[object]:
    return value[:_LIST] if isinstance(value, list) else []


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [each for each in _members(value) if isinstance(each, dict)]
