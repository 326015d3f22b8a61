"""The one door to selectolax: HTML of any quality as a tree, asked by CSS selectors. Runs in a worker process.

Lexbor's time grows with the square of how deep elements lie in one another (20,000 take 0.6 s, 100,000 28 s; catalogue
F35), so `parse` counts what stands open, linearly, before it reads. Never: a script run, a sheet or an image fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from bot.feeds.markup import INLINE

if TYPE_CHECKING:  # imported when the first page is read: most workers never see one
    from selectolax.lexbor import LexborHTMLParser, LexborNode

DEPTH: Final = 10_000
"""Elements that may stand open at once: 0.15 s of Lexbor's time; pages that people read have some thirty."""
TEXT: Final = 16_384
"""Characters of one element's text that are read."""
_SILENT: Final = frozenset({"script", "style", "noscript", "template", "svg"})
_TAG: Final = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9-]{0,30})")
# Void elements, and those that the next of their kind closes (HTML Standard, 13.1.2.4): left open, they go no deeper.
_FLAT: Final = frozenset(
    b"area base br col embed hr img input link meta param source track wbr "
    b"p li dt dd option optgroup tr td th thead tbody tfoot colgroup html head body".split()
)


class TooDeep(ValueError):
    """The page's elements lie deeper in one another than any that is meant to be read."""


class BadSelector(ValueError):
    """This is no CSS selector."""


def parse(data: bytes) -> Tree:
    """The tree of an HTML document in UTF-8. Raises TooDeep, and MemoryError where it takes too much of it."""
    if _is_too_deep(data):
        raise TooDeep
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    try:
        return Tree(LexborHTMLParser(data.decode("utf-8", "replace")))
    except SelectolaxError as error:
        raise MemoryError from error  # nothing else stops it: to HTML every text is a document


def base(page: Tree) -> str | None:
    """What the links of a page are relative to, as it says in its ``<base>``; None where it does not."""
    node = page.first("base[href]")
    return None if node is None else node.attributes.get("href")


def check(selector: str) -> None:
    """Raises BadSelector where `selector` is none."""
    parse(b"<p>").select(selector)


class Node:
    """An element."""

    __slots__ = ("_node",)

    def __init__(self, node: LexborNode) -> None:
        self._node = node

    @property
    def name(self) -> str:
        """Its tag in lower case."""
        return self._node.tag or ""

    @property
    def attributes(self) -> Mapping[str, str | None]:
        """Its attributes, in order."""
        return self._node.attributes

    @property
    def text(self) -> str:
        """The text in it on one line, scripts and styles left out, blocks set apart."""
        pieces: list[str] = []
        size, apart = 0, True
        before: LexborNode | None = None
        for each in self._node.traverse(include_text=True):
            if each.tag != "-text":
                apart = apart or each.tag not in INLINE
                continue
            holder = each.parent
            if holder is None or holder.tag in _SILENT:
                continue
            piece = each.text(deep=False) or ""
            if apart or before is None or not _is_one_line(before, holder):
                pieces.append(" ")
            pieces.append(piece)
            before, apart = holder, False
            size += len(piece)
            if size > TEXT:
                break
        return " ".join("".join(pieces).split())[:TEXT]

    def select(self, selector: str) -> Iterator[Node]:
        """The elements in it that match, in order. Raises BadSelector."""
        return map(Node, _select(self._node, selector))

    def first(self, selector: str) -> Node | None:
        """The first element in it that matches. Raises BadSelector."""
        return _first(self._node, selector)


class Tree:
    """A document."""

    __slots__ = ("_parser",)

    def __init__(self, parser: LexborHTMLParser) -> None:
        self._parser = parser

    def select(self, selector: str) -> Iterator[Node]:
        """The elements that match, in order. Raises BadSelector."""
        return map(Node, _select(self._parser, selector))

    def first(self, selector: str) -> Node | None:
        """The first element that matches. Raises BadSelector."""
        return _first(self._parser, selector)


def _select(where: LexborHTMLParser | LexborNode, selector: str) -> list[LexborNode]:
    from selectolax.lexbor import SelectolaxError

    try:
        return where.css(selector)
    except (SelectolaxError, UnicodeEncodeError) as error:
        raise BadSelector(selector) from error


def _first(where: LexborHTMLParser | LexborNode, selector: str) -> Node | None:
    """The first match alone: where items lie in one another, looking for all of each would be quadratic."""
    from selectolax.lexbor import SelectolaxError

    try:
        found = where.css_first(selector)
    except (SelectolaxError, UnicodeEncodeError) as error:
        raise BadSelector(selector) from error
    return None if found is None else Node(found)


def _is_one_line(before: LexborNode, after: LexborNode) -> bool:
    """Whether text of one element goes on, without an edge, in that of the other."""
    first, second = before.mem_id, after.mem_id
    if first == second:
        return True
    inner, outer = before.tag in INLINE, after.tag in INLINE
    above_before = before.parent.mem_id if before.parent is not None else 0
    above_after = after.parent.mem_id if after.parent is not None else 0
    return (
        (inner and above_before == second)
        or (outer and above_after == first)
        or (inner and outer and above_before == above_after)
    )


def _is_too_deep(data: bytes) -> bool:
    if data.count(b"<") <= DEPTH:
        return False
    standing: dict[bytes, int] = {}
    depth = 0
    for closing, raw in _TAG.findall(data):
        name = raw.lower()
        if name in _FLAT:
            continue
        open_now = standing.get(name, 0)
        if not closing:
            standing[name] = open_now + 1
            depth += 1
            if depth > DEPTH:
                return True
        elif open_now:
            standing[name] = open_now - 1
            depth -= 1
    return False
