"""Plain text from what feeds hold: HTML of any quality, hidden characters, text of any length. Linear and iterative.

Never: recursion, the standard library's HTMLParser (quadratic, catalogue F36), or a regular expression that can look
at the same text twice over. Input is cut at 64 KB before anything else.
"""

from __future__ import annotations

import html
import itertools
import re
import unicodedata
from typing import Final

FIELD_LIMIT: Final = 65536
_BREAK: Final = "\x1e"  # stands for a block's edge while tags are cut; never left in the text
_NAME: Final = re.compile(r"/?([A-Za-z][A-Za-z0-9]{0,15})")
_NAMES: Final = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q rp rt ruby s samp small span strike "
    "strong sub sup time tt u var wbr"
)
INLINE: Final = frozenset(_NAMES.split())
"""Elements that set nothing apart from the text around them."""
_DROPPED: Final = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in ("script", "style", "noscript", "template", "svg", "iframe", "object", "select", "textarea", "button")
}
_ESCAPED_TAG: Final = re.compile(r"</?(?:p|br|div|a|img|strong|em|span|b|i|ul|li)\b[^<>]{0,500}>", re.IGNORECASE)
_PICTURE: Final = re.compile(r"<(img|source|meta)[\s/]", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"""(?<=[\s"'/])([A-Za-z][\w:-]{0,30})\s{0,9}=\s{0,9}("[^"]{1,3000}"|'[^']{1,3000}'|[^\s"'>]{1,2000})"""
)
_PICTURES: Final = 40
"""Tags looked at: an article's first pictures are its own."""
_LAZY: Final = ("data-src", "data-lazy-src", "data-original", "src")
"""Where an image's address stands; scripts that load it late leave a pixel in ``src``."""
_PREVIEWS: Final = frozenset({"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"})
_CANDIDATE: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)[wx]\Z")
_END_OF_CANDIDATE: Final = re.compile(r"(\s\d{1,6}(?:\.\d{1,3})?[wx]),")
_WIDEST: Final = 2400
"""A card shows a small picture: a camera's originals come last."""
_PIXEL: Final = re.compile(r"""[\s"'](?:width|height)\s{0,9}=\s{0,9}["']?[01]["'\s/>]""", re.IGNORECASE)

# Bidirectional controls, zero-width and invisible characters, interlinear and tag characters, C1, noncharacters.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
# ZWJ and ZWNJ are letters' business in Persian and Indic scripts and emoji; only chains and loose ends are noise.
_JOINERS: Final = re.compile("[\u200c\u200d]{2,}|(?:(?<=\\s)|^)[\u200c\u200d]|[\u200c\u200d](?=\\s|$)")
_COMBINING: Final = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef]{4})"
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef]+"
)
_ENOUGH: Final = 6000
"""Plain characters after which a text is long enough for any field, boilerplate at its end included."""


def plain(markup: str) -> str:
    """The text of HTML or of plain text, on one line, without hidden characters."""
    text = markup[:FIELD_LIMIT]
    if "<" in text:
        text = _without_tags(text)
    if "&" in text:
        text = html.unescape(text)
        if "<" in text and _ESCAPED_TAG.search(text):  # escaped twice by the publisher
            text = html.unescape(_without_tags(text))
    return visible(text.replace(_BREAK, " "))


def visible(text: str) -> str:
    """`text` on one line, whitespace folded, without characters that hide, reorder or pile up."""
    if text.isascii():
        return " ".join(text.split()) if text.isprintable() else " ".join(_INVISIBLE.sub("", text).split())
    text = _INVISIBLE.sub("", text)
    text = " ".join(text.split())
    if "\u200d" in text or "\u200c" in text:
        text = _JOINERS.sub("", text)
    text = _COMBINING.sub(r"\1", text)
    return unicodedata.normalize("NFC", text)


def cut(text: str, limit: int) -> str:
    """`text` in at most `limit` characters, ending in "…" at the edge of a grapheme where it was longer."""
    if len(text) <= limit:
        return text
    edge = limit - 1
    for _ in range(64):  # longer clusters are not words of any language
        if edge > 0 and not _is_edge(text, edge):
            edge -= 1
        else:
            break
    else:
        edge = limit - 1
    return text[:edge].rstrip() + "…"


def images(markup: str) -> list[str]:
    """The addresses of pictures as they stand in HTML, the most telling first; counting pixels are left out.

    First previews (``og:image``), then of each picture the largest (``srcset``), what is loaded late, and ``src``.
    """
    text = markup[:FIELD_LIMIT]
    previews: list[str] = []
    pictures: list[str] = []
    for _, found in zip(range(_PICTURES), _PICTURE.finditer(text), strict=False):
        end = text.find(">", found.start())
        if end < 0:
            break
        tag = text[found.start() : min(end + 1, found.start() + 4000)]
        values = {name.lower(): html.unescape(value.strip("\"'")) for name, value in _ATTRIBUTE.findall(tag)}
        kind = found[1].lower()
        if kind == "meta":
            if (values.get("property") or values.get("name", "")).lower() in _PREVIEWS:
                previews.append(values.get("content", ""))
        elif not _PIXEL.search(tag) and "svg" not in values.get("type", ""):
            pictures += [largest(values.get("srcset", "")), largest(values.get("data-srcset", ""))]
            # A <source> with src is a film's or a sound's.
            pictures += [values.get(name, "") for name in _LAZY] if kind == "img" else []
    return [address for address in (*previews, *pictures) if address]


def largest(srcset: str) -> str:
    """The best address of a ``srcset`` (HTML, section 4.8.4.2.1), as it stands there; empty where it holds none."""
    best, most = "", -1.0
    words = _END_OF_CANDIDATE.sub(r"\1 ", srcset).split()
    for word, following in itertools.pairwise([*words, ""]):
        if _CANDIDATE.match(word):
            continue
        described = _CANDIDATE.match(following)
        size = float(described[1]) if described else 1.0
        size = size if size <= _WIDEST else 0.0
        if size > most and word.strip(","):
            best, most = word.strip(","), size
    return best


def _without_tags(text: str) -> str:
    """`text` with its tags cut out, blocks set apart; a linear scan, whatever is left open."""
    pieces: list[str] = []
    position, size = 0, 0
    while size < _ENOUGH:
        start = text.find("<", position)
        if start < 0:
            pieces.append(text[position:])
            break
        pieces.append(text[position:start])
        size += start - position
        name = _NAME.match(text, start + 1)
        if name is None and text[start + 1 : start + 2] not in ("!", "?"):
            pieces.append("<")
            position = start + 1
            continue
        end = _end_of_tag(text, start)
        if end < 0:
            if name is None or start + 4096 < len(text):
                break  # an unclosed comment or tag hides the rest, as it does in a browser
            pieces.append(_BREAK)
            break
        position = end + 1
        if name is None:
            continue
        tag = name[1].lower()
        if tag in _DROPPED and text[start + 1] != "/" and text[end - 1] != "/":
            closing = _DROPPED[tag].search(text, position)
            if closing is None:
                break
            position = max(text.find(">", closing.end()) + 1, closing.end())
        elif tag not in INLINE:
            pieces.append(_BREAK)
    return "".join(pieces)


def _end_of_tag(text: str, start: int) -> int:
    """Where the tag or comment that begins at `start` ends, quoted ``>`` minded; -1 where it does not."""
    if text.startswith("<!--", start):
        end = text.find("-->", start + 4)
        return end + 2 if end >= 0 else -1
    end = text.find(">", start)
    for _ in range(3):
        if end < 0 or end - start > 4096 or text.count('"', start, end) % 2 == 0:
            break
        longer = text.find(">", end + 1, start + 4096)
        if longer < 0:
            break
        end = longer
    return end


def _is_edge(text: str, position: int) -> bool:
    """Whether a grapheme cluster may end before `position` (the cases of UAX 29 that news meets)."""
    before, after = text[position - 1], text[position]
    if unicodedata.category(after) in ("Mn", "Mc", "Me") or after in "\u200d\u200c":
        return False
    if before == "\u200d" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return False
    if "\U0001f1e6" <= after <= "\U0001f1ff":  # flags are pairs of regional indicators
        run = 0
        while position - run > 0 and "\U0001f1e6" <= text[position - run - 1] <= "\U0001f1ff" and run < 64:
            run += 1
        return run % 2 == 0
    return True
