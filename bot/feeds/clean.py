"""A raw entry, as feedparser gives it, made into a `model.Entry`: plain text, canonical URL, sane date.

**Identity** (`key`, `keys`): the guid where there is one, else the canonical link, else title and day. A guid that
stands at entries with different links within one document identifies nothing: there the link does (catalogue F39). Nor
does a link at entries with different titles, such as the front page that a feed links all of them to.

Never: a look-up, an exception for odd input, or markup let through. What comes out is clean, and still untrusted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from bot.feeds import dates
from bot.feeds.links import Links
from bot.feeds.markup import cut, images, plain
from bot.model import Entry

TITLE_LIMIT: Final = 512
SUMMARY_LIMIT: Final = 2000
GUID_LIMIT: Final = 1000
"""A longer guid is kept as its hash."""
AUTHORS: Final = 10
CATEGORIES: Final = 50
_NAME_LIMIT: Final = 100

_LANGUAGE: Final = re.compile(r"([a-z]{2,3})((?:[-_][a-z0-9]{2,8}){0,3})\Z", re.IGNORECASE)  # RFC 5646
_NOT_RASTER: Final = re.compile(r"\.(?:svgz?|mp[34]|m4[av]|m3u8|webm|ogg|mov|pdf|html?)\Z", re.IGNORECASE)
_SENTENCE: Final = re.compile(r".{12,200}?[.!?。！？](?=\s|\Z|[^\x00-\x7f])", re.DOTALL)
_ADDRESSED: Final = re.compile(r"\s*[^\s@()]{1,200}@[^\s@()]{1,200}\s{1,9}\(([^()@]{1,200})\)\s*\Z")
"""RSS 2.0's author: ``desk@example.org (Ann Lee)``; feedparser knows top-level domains of four letters only."""
# Looked for in the last 200 characters only.
_MORE: Final = re.compile(
    r"(?:\A|(?<=[.!?…\]»”\"’'):]))\s*(?:\[?(?:…|\.\.\.)\]?)?\s*[\[(]?"
    r"(?:Continue reading|Read more|Read the full|Read full|Keep reading|Click here to read|Lire la suite|Leer más|"
    r"Seguir leyendo|Weiterlesen|Leia mais|Continua a leggere|Lees meer|Läs mer|Читать далее|阅读全文|続きを読む)"
    r"[^.!?]{0,120}[.…\])»→>]*\Z",
    re.IGNORECASE,
)
_ELLIPSIS: Final = re.compile(r"\s*\[(?:…|\.\.\.)\]\Z")


def key(entry: Entry) -> str:
    """The identity of `entry` within its feed: 34 characters, stable from poll to poll."""
    return _key(entry, frozenset(), frozenset())


def keys(entries: Sequence[Entry]) -> tuple[str, ...]:
    """The identity of each entry of one document, in order; the same twice only where the document repeats itself."""
    guids, links = _ambiguous(entries)
    return tuple(_key(entry, guids, links) for entry in entries)


def stand_alone(entries: Sequence[Entry]) -> bool:
    """Whether the identity of each entry is what it would be without the others."""
    return not any(_ambiguous(entries))


def _key(entry: Entry, guids: Set[str], links: Set[str]) -> str:
    """The identity of an entry in a document of which some guids and links identify nothing."""
    if entry.guid and entry.guid not in guids:
        return _guid_key(entry)
    return _link_key(entry) if entry.url and entry.url not in links else _title_key(entry)


def _ambiguous(entries: Sequence[Entry]) -> tuple[frozenset[str], frozenset[str]]:
    """The guids that stand at several links; and the links that stand at several titles, where no guid tells them."""
    guids = _several((entry.guid, entry.url) for entry in entries)
    linked = (entry for entry in entries if not entry.guid or entry.guid in guids)
    return guids, _several((entry.url, entry.title) for entry in linked)


def _several(pairs: Iterable[tuple[str | None, str | None]]) -> frozenset[str]:
    """What stands before more than one thing."""
    first: dict[str, str | None] = {}
    return frozenset(one for one, other in pairs if one and first.setdefault(one, other) != other)


def published(entry: Entry, first_seen: datetime) -> datetime:
    """The entry's date, never later than `first_seen` (aware); that moment where it has none."""
    return first_seen if entry.published_at is None else min(entry.published_at, first_seen)


def language(tag: object) -> str | None:
    """A language tag in lower case with hyphens (``en-US`` -> ``en-us``); None where it is no tag."""
    found = _LANGUAGE.match(tag.strip()) if isinstance(tag, str) and len(tag) < 40 else None
    return found[0].lower().replace("_", "-") if found else None


def entry(raw: Mapping[str, object], links: Links, *, base: str, tongue: str | None) -> Entry:
    """The clean form of feedparser's `raw` entry. `base` is the document's URL, `tongue` its language."""
    url = _link(raw, links)
    published_at = _date(raw)
    markup = _markup(raw)
    title = cut(plain(_text(raw.get("title"))), TITLE_LIMIT)
    summary = _without_boilerplate(plain(markup[0]) or plain(markup[1]))
    if not title:
        title = _stand_in(summary, url or base, published_at)
    if summary.casefold() == title.casefold():
        summary = ""
    return Entry(
        guid=_guid(raw.get("id")),
        url=url,
        title=title,
        summary=cut(summary, SUMMARY_LIMIT),
        image=_image(raw, links, markup),
        published_at=published_at,
        authors=_authors(raw),
        categories=_categories(raw),
        language=_entry_language(raw) or tongue,
    )


def _guid_key(entry: Entry) -> str:
    return f"g-{_digest(entry.guid or '')}"


def _link_key(entry: Entry) -> str:
    return f"l-{_digest(entry.url or '')}"


def _title_key(entry: Entry) -> str:
    day = entry.published_at.date().isoformat() if entry.published_at else ""
    return f"t-{_digest(entry.title.casefold() + chr(0) + day)}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _dicts(value: object, limit: int = 20) -> list[Mapping[str, object]]:
    return [each for each in value[:limit] if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []


def _guid(value: object) -> str | None:
    guid = " ".join(_text(value).split())
    if not guid:
        return None
    return guid if len(guid) <= GUID_LIMIT else f"blake2b:{_digest(guid)}"


def _link(raw: Mapping[str, object], links: Links) -> str | None:
    """The entry's page: feedburner's original where it names one, the link, else a guid that is an address."""
    found = links(_text(raw.get("feedburner_origlink"))) or links(_text(raw.get("link")))
    if found:
        return found
    for each in _dicts(raw.get("links")):
        if each.get("rel") == "alternate":
            found = links(_text(each.get("href")))
            if found:
                return found
    guid = _text(raw.get("id")).strip()
    return links(guid) if guid.startswith(("http://", "https://")) else None


def _markup(raw: Mapping[str, object]) -> tuple[str, str]:
    """The summary's and the whole text's markup; either may be empty."""
    contents = [_text(each.get("value")) for each in _dicts(raw.get("content"))]
    summary = _text(raw.get("summary"))
    longest = max(contents, key=len, default="")
    return summary, longest or _text(raw.get("media_abstract"))


def _without_boilerplate(text: str) -> str:
    """`text` without what publishing software appends: "The post X appeared first on Y.", "Continue reading"."""
    tail = text[-700:]
    appeared = max(tail.rfind("appeared first on"), tail.rfind("first appeared on"))
    if appeared >= 0:
        start = max(tail.rfind("The post ", 0, appeared), tail.rfind("The article ", 0, appeared))
        if start >= 0:
            text = text[: len(text) - len(tail) + start].rstrip()
    head, tail = text[:-200], text[-200:]
    more = _MORE.search(tail)
    if more is not None and (more.start() > 0 or not head):
        tail = tail[: more.start()].rstrip()
    return head + _ELLIPSIS.sub("…", tail)


def _stand_in(summary: str, url: str, published_at: datetime | None) -> str:
    """What stands for a missing title: the summary's first sentence, else host and date (catalogue F64)."""
    if summary:
        sentence = _SENTENCE.match(summary)
        return cut(sentence[0] if sentence else summary, 200)
    try:
        host = urlsplit(url).hostname or "untitled"
    except ValueError:
        host = "untitled"
    return f"{host}, {published_at:%Y-%m-%d}" if published_at else host


def _date(raw: Mapping[str, object]) -> datetime | None:
    for name in ("published", "updated", "created"):
        found = dates.date(_text(raw.get(name)), raw.get(f"{name}_parsed"))
        if found is not None:
            return found
    return None


def _authors(raw: Mapping[str, object]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    whole = _text(raw.get("author"))[:1000]
    addressed = _ADDRESSED.match(whole)
    if addressed is not None:
        found = [addressed[1]]
    elif "@" in whole and " " not in whole.strip():  # an address alone is nobody's name
        found = []
    else:
        found = [_text(each.get("name")) for each in _dicts(raw.get("authors"))]
    for each in found:
        name = cut(plain(each), _NAME_LIMIT)
        if name.lower().startswith("by "):
            name = name[3:].lstrip()
        if name and "@" not in name:
            names[name] = None
    return tuple(names)[:AUTHORS]


def _categories(raw: Mapping[str, object]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for each in _dicts(raw.get("tags"), 4 * CATEGORIES):
        term, label = _text(each.get("term")), _text(each.get("label"))
        if label and (not term or "://" in term):
            term = label
        if not term or len(term) > 10 * _NAME_LIMIT or "://" in term:
            continue
        text = plain(term)
        if text and len(text) <= _NAME_LIMIT:
            found.setdefault(text.casefold(), text)
        if len(found) == CATEGORIES:
            break
    return tuple(found.values())


def _entry_language(raw: Mapping[str, object]) -> str | None:
    detail = raw.get("title_detail")
    return language(detail.get("language")) if isinstance(detail, Mapping) else None


def _image(raw: Mapping[str, object], links: Links, markup: tuple[str, str]) -> str | None:
    """The best raster image: media content and thumbnails, enclosures, then the pictures of the text."""
    for candidate in _candidates(raw, markup):
        found = links(candidate)
        if found is not None and not _NOT_RASTER.search(found.partition("?")[0]):
            return found
    return None


def _candidates(raw: Mapping[str, object], markup: tuple[str, str]) -> Iterable[str]:
    media = [each for each in _dicts(raw.get("media_content")) if _is_image(each)]
    media.sort(key=_width, reverse=True)  # stable: the publisher's order where widths are not given
    for each in [*media, *_dicts(raw.get("media_thumbnail"))]:
        yield _text(each.get("url"))
    for each in _dicts(raw.get("links")):
        if each.get("rel") == "enclosure" and _is_image(each):
            yield _text(each.get("href"))
    cover = raw.get("image")
    if isinstance(cover, Mapping):
        yield _text(cover.get("href"))
    for text in markup:
        if "<" in text:
            yield from images(text)


def _is_image(each: Mapping[str, object]) -> bool:
    kind = _text(each.get("type")).lower()
    if kind:
        return kind.startswith("image/") and "svg" not in kind
    medium = _text(each.get("medium")).lower()
    if medium:
        return medium == "image"
    address = _text(each.get("url")) or _text(each.get("href"))
    return bool(re.search(r"\.(?:jpe?g|png|webp|gif|avif)(?:[?#]|\Z)", address[-300:], re.IGNORECASE))


def _width(each: Mapping[str, object]) -> int:
    text = _text(each.get("width")).strip()
    width = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return width if width <= 2400 else 1  # a card shows a small one: originals of a camera come last
