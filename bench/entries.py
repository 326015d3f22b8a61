"""Our entries beside those that feedparser itself makes of the same documents: how many, titles, ids and dates.

    python -m bench.entries --feeds ../shared/data/feeds

And the entries that are read by their new bytes alone (`bot.feeds.delta`) beside those of the whole document: where one
item is added, the same ones must be new. feedparser reads all documents before ours does, which replaces parts of it.

Every difference must have an explanation in `RULES`; the command prints each with its number, shows what no rule
explains, and ends with 1 where there is such a difference.
"""

from __future__ import annotations

import argparse
import calendar
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import feedparser

from bench.machine import keep
from bot.feeds import clean, dates
from bot.feeds.markup import cut, plain
from bot.model import Document, Entry, FetchFailed

ITEMS: Final = 500

RULES: Final = {
    "title": "an entry without a title takes the first sentence of its text, else its host and date (catalogue, F64)",
    "long id": "an id of more than 1,000 characters is kept as its hash",
    "base": "an id is joined to no xml:base that ended before it (reddit's stand on the text of each entry)",
    "old date": "a date before the web (1970, 0001) is none",
    "epoch": "a date given as seconds or milliseconds since 1970 is read, not taken for a year",
    "many": "the newest 500 entries of a document are read",
    "cut off": "an item that was cut off is left out until the feed is whole again (catalogue, F14)",
    "nested": "an item within an item (Simple Sharing Extensions) is part of it, not one of its own",
}
"""Why an entry may differ from feedparser's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as feedparser has it; `rule` is a key of `RULES`, None where nothing explains it."""

    what: str
    theirs: object
    ours: object
    rule: str | None


def feedparsers(body: bytes) -> list[dict[str, Any]]:
    """feedparser's entries of a document, neither sanitised nor resolved: that is done by our cleaning."""
    read = feedparser.parse(BytesIO(body), resolve_relative_uris=False, sanitize_html=False)
    return [dict(each) for each in read.entries]


def ours_of(body: bytes, known: bytes = b"") -> Document | FetchFailed:
    """Our reading of a document; `known` is `Document.slices` of what it was before."""
    from bot.feeds.parse_document import parse_document  # not sooner: see above

    return parse_document(body, url="https://feed.example/", content_type=None, known=known)


def differences(theirs: Sequence[dict[str, Any]], body: bytes) -> Iterator[Difference]:
    """What our entries of a feed document have otherwise than feedparser's, in the document's order."""
    document = ours_of(body)
    ours: Sequence[Entry] = document.entries if isinstance(document, Document) else ()
    pairs = list(zip(theirs, ours, strict=False))
    if len(theirs) != len(ours):
        rule = None
        if len(theirs) > ITEMS == len(ours):
            rule = "many"
        elif isinstance(document, Document) and document.incomplete and len(theirs) == len(ours) + 1:
            rule = "cut off"
        elif _nested(body):
            rule = "nested"
        yield Difference(what="entries", theirs=len(theirs), ours=len(ours), rule=rule)
        pairs = _same(theirs, ours)
    for raw, entry in pairs:
        yield from _of(raw, entry, based=b"xml:base" in body)


def lost(body: bytes) -> tuple[set[str], set[str], bool]:
    """Keys that are new where one item was added to a document: of the whole, of what is sliced; whether it was."""
    from bench.poll import with_new_item

    before = ours_of(body)
    if not isinstance(before, Document):
        return set(), set(), False
    later = with_new_item(body, "1", datetime(2026, 11, 20, tzinfo=UTC))
    whole, sliced = ours_of(later), ours_of(later, before.slices)
    assert isinstance(whole, Document)
    assert isinstance(sliced, Document)
    known = set(clean.keys(before.entries))
    return set(clean.keys(whole.entries)) - known, set(clean.keys(sliced.entries)) - known, bool(sliced.passed)


def _nested(body: bytes) -> bool:
    """Whether an item stands within another."""
    try:
        return ElementTree.fromstring(body).find(".//item//item") is not None
    except ElementTree.ParseError:
        return False


def _same(theirs: Sequence[dict[str, Any]], ours: Sequence[Entry]) -> list[tuple[dict[str, Any], Entry]]:
    """Entries of the two that have the same title, in their order."""
    titles = [_title(raw) for raw in theirs], [entry.title for entry in ours]
    blocks = SequenceMatcher(None, *titles, autojunk=False).get_matching_blocks()
    return [(theirs[one + n], ours[other + n]) for one, other, size in blocks for n in range(size)]


def _title(raw: dict[str, Any]) -> str:
    return cut(plain(raw.get("title") or ""), clean.TITLE_LIMIT)


def _of(raw: dict[str, Any], entry: Entry, *, based: bool) -> Iterator[Difference]:
    title = _title(raw)
    if title != entry.title:
        yield Difference(what="title", theirs=title, ours=entry.title, rule=None if title else "title")
    guid = " ".join((raw.get("id") or "").split()) or None
    if guid != entry.guid:
        rule = None
        if guid is not None and len(guid) > clean.GUID_LIMIT and str(entry.guid).startswith("blake2b:"):
            rule = "long id"
        elif based and guid is not None and entry.guid is not None and guid.endswith(entry.guid):
            rule = "base"
        yield Difference(what="id", theirs=guid, ours=entry.guid, rule=rule)
    date, text = _date(raw)
    if date != entry.published_at:
        rule = None
        if date is not None and date < dates.EARLIEST:
            rule = "old date" if entry.published_at is None else "epoch" if text.strip().isdigit() else None
        yield Difference(what="date", theirs=date or text, ours=entry.published_at, rule=rule)


def _date(raw: dict[str, Any]) -> tuple[datetime | None, str]:
    """feedparser's first date of an entry, and what the document says there."""
    for name in ("published", "updated", "created"):
        parsed = raw.get(f"{name}_parsed")
        if parsed is not None:
            return datetime.fromtimestamp(calendar.timegm(parsed), UTC), str(raw.get(name))
    return None, str(raw.get("published") or raw.get("updated") or "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=Path, required=True, help="a folder of feed documents (*.xml)")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    documents = entries = sliced = 0
    bodies = {path.name: path.read_bytes() for path in sorted(options.feeds.glob("*.xml"))}
    theirs = {name: feedparsers(body) for name, body in bodies.items()}
    for name, body in bodies.items():
        documents += 1
        document = ours_of(body)
        entries += len(document.entries) if isinstance(document, Document) else 0
        for each in differences(theirs[name], body):
            counts[f"{each.what}: {RULES[each.rule] if each.rule else 'unexplained'}"] += 1
            if each.rule is None:
                print(f"{name}: {each.what}: feedparser {each.theirs!r}, we {each.ours!r}")
        whole, new, by_bytes = lost(body)
        sliced += by_bytes
        if whole != new:
            counts["new entries, sliced beside whole: unexplained"] += 1
            print(f"{name}: sliced: {len(whole - new)} new entries missed, {len(new - whole)} taken for new")
    print(f"{documents} documents, {entries:,} entries; with one new item {sliced} of them are read by their new bytes")
    for rule, count in sorted(counts.items()):
        print(f"{count:6,} {rule}")
    keep(
        "entries",
        {"documents": documents, "entries": entries, "sliced": sliced, "differences": dict(sorted(counts.items()))},
    )
    sys.exit(any(rule.endswith("unexplained") for rule in counts))


if __name__ == "__main__":
    main()
