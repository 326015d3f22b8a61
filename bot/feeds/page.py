"""A web page without a feed into a `Document`, by the rules that the operator wrote for it. Runs in a worker process.

A matching element is an item; its link is its identity. What the rules find goes through `clean.entry` like a feed's.
Never: a page larger than 5 MB, a guess where a rule finds nothing, or an item without both a link and a title.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final

from bot.feeds import clean, page_dates, tree
from bot.feeds.links import LINK_LIMIT, LinkCleaner, Links
from bot.feeds.markup import cut, plain
from bot.feeds.parse_sax import ITEMS
from bot.feeds.parse_wire import PageTask
from bot.model import Document, Entry, FailureKind, FetchFailed, PageRules

MAX_BYTES: Final = 5 * 1024 * 1024
SELECTORS: Final = ("item", "title", "link", "date", "outlet", "category", "summary", "image")
_NAME_LIMIT: Final = 100
_TRIED: Final = 20
"""Links of one item that are looked at, until one is fit."""
_SOURCES: Final = ("src", "data-src", "data-original", "data-lazy-src", "srcset", "data-srcset")


def read(data: bytes, task: PageTask, cleaner: LinkCleaner, *, url: str) -> Document | FetchFailed:
    """The items of the page `data` (UTF-8), at most 500, or the plain reason why there are none."""
    if len(data) > MAX_BYTES:
        return FetchFailed(kind=FailureKind.TOO_LARGE, detail="The page is larger than 5 MB: it was not read.")
    rules = task.rules
    try:
        page = tree.parse(data)
        heading, links = page.first("title"), cleaner.rebased(tree.base(page))
        found: list[Entry] = []
        total = 0
        for item in page.select(rules.item):
            total += 1
            entry = _entry(item, task, links, url) if len(found) < ITEMS else None
            if entry is not None:
                found.append(entry)
    except tree.TooDeep:
        return FetchFailed(
            kind=FailureKind.HOSTILE, detail="The page's elements lie too deep in one another: it was not read."
        )
    except tree.BadSelector as error:
        return FetchFailed(kind=FailureKind.PAGE_CHANGED, detail=f"`{error}` is no CSS selector: correct the rules.")
    if not found:
        return FetchFailed(kind=FailureKind.PAGE_CHANGED, detail=_changed(rules, total))
    return Document(
        title=cut(plain(html.escape(heading.text, quote=False)) if heading else "", clean.TITLE_LIMIT),
        language=None if task.language else _language(page),
        entries=tuple(found),
        note=_note(total, len(found)),
    )


def selector_of(rule: str) -> tuple[str, str | None]:
    """A rule's selector, which may be empty, and the attribute that it names: ``time@datetime``."""
    selector, at, attribute = rule.rpartition("@")
    if at and attribute.replace("-", "").replace("_", "").replace(":", "").isalnum():
        return selector.strip(), attribute.lower()
    return rule.strip(), None


def check(rules: PageRules) -> None:
    """Raises `tree.BadSelector` where a rule is no selector."""
    for name in SELECTORS:
        rule = getattr(rules, name)
        if rule is not None:
            selector, attribute = selector_of(rule)
            if selector or attribute is None or name == "item":
                tree.check(selector)


def _changed(rules: PageRules, total: int) -> str:
    if not total:
        return f"The page has changed: the selector `{rules.item}` finds nothing."
    return (
        f"The page has changed: the selector `{rules.item}` finds {total:,} {'item' if total == 1 else 'items'}, "
        "but none with a link and a title."
    )


def _note(total: int, found: int) -> str | None:
    if found == ITEMS and total > ITEMS:
        return f"The page lists {total:,} items: the first {ITEMS} were read."
    left_out = total - found
    return f"{left_out:,} of {total:,} items have no link or no title, and were left out." if left_out else None


def _entry(item: tree.Node, task: PageTask, links: Links, url: str) -> Entry | None:
    rules = task.rules
    read = partial(_said, item)
    link = _address(item, rules, links)
    title = read(rules.title) if rules.title else _first_text(item)
    if link is None or not title:
        return None
    published_at = None
    if rules.date:
        published_at = next(filter(None, (_date(text, task) for text in _dated(item, rules.date))), None)
    image = _image(item, rules.image) if rules.image else ""
    raw: dict[str, object] = {
        "link": link,
        "title": html.escape(title, quote=False),
        "summary": html.escape(read(rules.summary), quote=False),
        "tags": [{"term": html.escape(read(rules.category), quote=False)}],
        "media_thumbnail": [{"url": image}],
    }
    entry = clean.entry(raw, links, base=url, tongue=None)
    outlet = cut(plain(html.escape(read(rules.outlet), quote=False)), _NAME_LIMIT)
    return replace(entry, published_at=published_at, outlet=outlet or None)


def _said(item: tree.Node, rule: str | None) -> str:
    """What a rule finds in an item; nothing where there is no rule, or it finds nothing."""
    if rule is None:
        return ""
    selector, attribute = selector_of(rule)
    node = item.first(selector) if selector else item
    if node is None:
        return ""
    return _attribute(node, attribute) if attribute else node.text


def _attribute(node: tree.Node, name: str) -> str:
    return (node.attributes.get(name) or "").strip()[: tree.TEXT]


def _address(item: tree.Node, rules: PageRules, links: Links) -> str | None:
    """The item's link, canonical; the item itself may be the link."""
    selector, attribute = selector_of(rules.link or "a[href]")
    for node in _in_turn(item, selector):
        raw = _attribute(node, attribute or "href")[: 2 * LINK_LIMIT]
        found = links(raw) if raw and not raw.startswith("#") else None
        if found is not None:
            return found
    return links(_attribute(item, "href")) if rules.link is None and item.name == "a" else None


def _first_text(item: tree.Node) -> str:
    """The text of the item's first link that has one."""
    texts = (node.text for node in _in_turn(item, "a[href]"))
    return next(filter(None, texts), item.text if item.name == "a" else "")


def _in_turn(item: tree.Node, selector: str) -> Iterator[tree.Node]:
    """The item's matches, the first ones without looking for the rest; the item itself where nothing is selected."""
    if not selector:
        yield item
        return
    first = item.first(selector)
    if first is not None:
        yield first
        yield from islice(item.select(selector), 1, _TRIED)


def _dated(item: tree.Node, rule: str) -> Iterator[str]:
    """What may say the item's date: the attribute that is named, else a ``datetime``, then the text."""
    selector, attribute = selector_of(rule)
    node = item.first(selector) if selector else item
    if node is None:
        return
    if attribute is not None:
        yield _attribute(node, attribute)
        return
    yield _attribute(node, "datetime")
    yield node.text[: 4 * page_dates.LIMIT]


def _date(text: str, task: PageTask) -> datetime | None:
    rules = task.rules
    return page_dates.read(
        text,
        now=task.now,
        language=task.language,
        order=rules.date_order or page_dates.order(task.country, task.language),
        timezone=rules.timezone,
    )


def _image(item: tree.Node, rule: str) -> str:
    """The address of an item's picture: of a named attribute, else of the usual ones; the first of a set."""
    selector, attribute = selector_of(rule)
    node = item.first(selector) if selector else item
    if node is None:
        return ""
    for name in (attribute,) if attribute else _SOURCES:
        said = _attribute(node, name)
        if said and not said.startswith("data:"):
            return said.split()[0].rstrip(",") if "srcset" in name else said
    return ""


def _language(page: tree.Tree) -> str | None:
    root = page.first("html")
    attributes: Mapping[str, str | None] = root.attributes if root is not None else {}
    return clean.language(attributes.get("lang"))
