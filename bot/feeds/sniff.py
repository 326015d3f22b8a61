"""What a body is, before any parser sees it: its characters, and whether it may be a feed at all. Linear scans only.

Everything here is cheap and runs first, because what follows is not: 5 MB of HTML cost feedparser 18 s, a hundred
kilobytes of ``<!ENTITY`` 15 s (catalogue F16, F30). Never: a codec that is not a character set, a second decoding.
"""

from __future__ import annotations

import codecs
import html.entities
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.model import FailureKind, FetchFailed

GZIP: Final = b"\x1f\x8b"
"""What a document begins with that is kept packed."""
ENTITIES: Final = 100
"""General entities a document may declare; the HTML ones are 253, and named by a DTD we never load."""
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE: Final = (  # "<?" or "<r" without a mark of byte order: XML 1.0, appendix F
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"{\0\0\0", "utf-32-le"),  # RFC 4627, section 3: JSON as it was written before it had to be UTF-8
    (b"\0\0\0{", "utf-32-be"),
    (b"{\0", "utf-16-le"),
    (b"\0{", "utf-16-be"),
)
# What a wrong name usually means (WHATWG Encoding Standard): each is a superset of the one named.
_MEANT: Final = {
    "gb2312": "gb18030", "gbk": "gb18030", "hz": "hz", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs",
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "tis-620": "cp874", "iso8859-11": "cp874",
}  # fmt: skip
# Names of the Encoding Standard that Python's codecs do not know; "x-" and "windows-" are seen to by a rule.
_LABELS: Final = {
    "windows-31j": "cp932", "koi": "koi8-r", "koi8": "koi8-r", "koi8-ru": "koi8-u", "iso88592": "iso8859-2",
    "iso-8859-6-i": "iso8859-6", "iso-8859-8-i": "iso8859-8", "logical": "iso8859-8", "visual": "iso8859-8",
    "mac": "mac-roman", "mac-ukrainian": "mac-cyrillic", "gb_2312": "gb18030", "gb_2312-80": "gb18030",
    "big5": "big5hkscs", "cn-big5": "big5hkscs", "ksc5601": "cp949", "ksc_5601": "cp949", "ks_c_5601-1989": "cp949",
}  # fmt: skip
_CHARSETS: Final = re.compile(
    r"(?:ascii|utf-8|utf-16(?:-[lb]e)?|utf-32(?:-[lb]e)?|iso8859-\d+|cp(?:125\d|866|874|932|949|950|437|850)|koi8-[rut]|mac-\w+|"
    r"gb2312|gbk|gb18030|hz|big5|big5hkscs|shift_jis|euc_(?:jp|kr)|iso2022_(?:jp|kr)(?:_\w+)?|johab|tis-620)\Z"
)
_SHIFTS: Final = {"hz": b"~{", "iso2022": b"\x1b"}
"""What switches between the sets of characters where bytes of seven bits hold several."""
_DECLARED: Final = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._:-]{1,40})["']""")
_HTTP_CHARSET: Final = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_CONTROLS: Final = bytes(code for code in range(32) if code not in (9, 10, 13))
_NONCHARACTERS: Final = re.compile(b"\xef\xbf[\xbe\xbf]")
_BAD_REFERENCE: Final = re.compile(  # characters that XML 1.0 has not: controls, surrogates, U+FFFE, beyond U+10FFFF
    rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3]|6553[45]"
    rb"|11141(?:1[2-9]|[2-9]\d)|1114[2-9]\d\d|111[5-9]\d{3}|11[2-9]\d{4}|1[2-9]\d{5}|[2-9]\d{6}|[1-9]\d{7,})"
    rb"|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[eEfF]"
    rb"|(?:1[1-9a-fA-F]|[2-9a-fA-F][0-9a-fA-F])[0-9a-fA-F]{4}|[1-9a-fA-F][0-9a-fA-F]{6,}));"
)
_ROOT: Final = re.compile(rb"<([A-Za-z_][A-Za-z0-9_.:-]{0,60})")
_ENTITY: Final = re.compile(
    rb"""<!ENTITY\s{1,20}([A-Za-z_][\w.-]{0,60})\s{1,20}(?:"([^"]{0,2000})"|'([^']{0,2000})')"""
)
_REPAIR: Final = re.compile(
    rb"<!\[CDATA\[|<!--|&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)(?:([A-Za-z][A-Za-z0-9]{1,31});)?|<(?![A-Za-z_/!?])"
)
_META: Final = re.compile(rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_JSON: Final = re.compile(rb"[\s\0]{0,1024}[{\[]")
_FEEDS: Final = frozenset({b"rss", b"feed", b"rdf", b"channel"})
SITEMAPS: Final = frozenset({"urlset", "sitemapindex"})
"""Roots of sitemaps.org's two kinds of document."""
_PAGES: Final = frozenset(
    {
        b"html",
        b"head",
        b"body",
        b"script",
        b"div",
        b"meta",
        b"title",
        b"link",
        b"style",
        b"p",
        b"table",
        b"center",
        b"h1",
    }
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A body that may be a feed: UTF-8 without controls, document type or bad references, from its root on."""

    data: bytes
    root: str
    entities: dict[bytes, bytes]
    """The harmless entities that the document declares, by name."""


def prepare(body: bytes, content_type: str | None, *, roots: frozenset[bytes] = _FEEDS) -> Prepared | FetchFailed:
    """The body made fit for a parser, or the plain reason why it is no feed (or what else has one of those `roots`)."""
    if not body.strip(b" \t\r\n\0"):
        return FetchFailed(kind=FailureKind.EMPTY, detail="The address answers, but with nothing in it (empty).")
    data = decode(body, content_type).translate(None, _CONTROLS)
    if b"\xef\xbf" in data:
        data = _NONCHARACTERS.sub(b"\xef\xbf\xbd", data)
    found = _root(data)
    if found is None:
        return _no_feed()
    start, name = found
    local = name.rpartition(b":")[2].lower()
    if local not in roots and not (roots is _FEEDS and local.decode() in SITEMAPS):
        if local in _PAGES or (content_type and "html" in content_type.lower() and b"<html" in data[:4096].lower()):
            return FetchFailed(
                kind=FailureKind.WEB_PAGE,
                detail="This is a web page, not a feed: look for its feed address (often named RSS).",
            )
        if b"<item" not in data and b"<entry" not in data:
            return FetchFailed(
                kind=FailureKind.NOT_A_FEED,
                detail=f"This is XML of another kind ({local[:20].decode()}), not an RSS or Atom feed.",
            )
    entities = _entities(data[:start])
    if entities is None:
        return FetchFailed(
            kind=FailureKind.HOSTILE,
            detail="The document declares entities as only an attack does (entity bomb): it was refused.",
        )
    data = data[start:]
    if b"&#" in data:
        data = _BAD_REFERENCE.sub(b"&#xFFFD;", data)
    return Prepared(data=data, root=local.decode(), entities=entities)


def is_json(body: bytes) -> bool:
    """Whether the body opens as a JSON object or list does, in any Unicode encoding."""
    start = next((len(mark) for mark, _ in _BOMS if body.startswith(mark)), 0)
    return _JSON.match(body, start) is not None


def decode(body: bytes, content_type: str | None, *, page: bool = False) -> bytes:
    """The body in UTF-8: valid UTF-8 is what it is, whatever a header says; else what is declared; else a guess.

    A `page` declares it in a ``<meta>`` (HTML Standard, 13.2.3.2).
    """
    for mark, charset in _BOMS:
        if body.startswith(mark):
            rest = body[len(mark) :]
            return _utf8(rest) if charset == "utf-8" else _encode(rest.decode(charset, "replace"))
    for opening, charset in _WIDE:
        if body.startswith(opening):
            return _encode(body.decode(charset, "replace"))
    declared = _charsets(content_type, body, _META if page else _DECLARED)
    if body.isascii():
        for charset in declared:
            sign = _SHIFTS.get(charset.partition("_")[0])
            if sign is not None and sign in body:
                return _encode(body.decode(charset, "replace"))
    return _utf8(body, declared)


def repair(prepared: Prepared) -> bytes:
    """The data with undeclared entities, bare ampersands and lone ``<`` made well-formed; CDATA and comments kept."""
    data, pieces, position = prepared.data, [], 0
    while True:
        found = _REPAIR.search(data, position)
        if found is None:
            pieces.append(data[position:])
            return b"".join(pieces)
        start, mark = found.start(), found[0]
        if mark in (b"<![CDATA[", b"<!--"):
            closing = b"]]>" if mark == b"<![CDATA[" else b"-->"
            end = data.find(closing, start)
            end = len(data) if end < 0 else end + 3
            pieces.append(data[position:end])
            position = end
            continue
        pieces.append(data[position:start])
        pieces.append(b"&lt;" if mark == b"<" else _entity(found[1], prepared.entities))
        position = found.end()


def _utf8(body: bytes, declared: Sequence[str] = ()) -> bytes:
    """The body in UTF-8: as it is, as UTF-8 with a few bad bytes (F07), or by the first charset that it fits."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return body
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for _ in re.finditer(r"[^\x00-\x7f\ufffd]+", text))
    if good >= bad:  # one bad byte must not turn every accented letter of the feed to mojibake
        return _encode(text)
    for charset in declared:
        try:
            return _encode(body.decode(charset))
        except UnicodeDecodeError:
            continue
    return _encode(body.decode(next(iter(declared), "cp1252"), "replace"))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _charsets(content_type: str | None, body: bytes, declaration: re.Pattern[bytes]) -> tuple[str, ...]:
    """The character sets but UTF-8 that the header and the declaration name, the likelier first.

    A header's Latin-1 comes last: servers say it of whatever they have (and UTF-8 likewise, which its bytes disprove).
    """
    in_header = _HTTP_CHARSET.search(content_type or "")
    in_body = declaration.search(body[:1024] if declaration is _DECLARED else body[:4096])
    labels = (in_header[1] if in_header else "", in_body[1].decode("ascii") if in_body else "")
    found = dict.fromkeys(name for label in labels if (name := _known(label)) and not name.startswith("utf-"))
    return tuple(sorted(found, key="cp1252".__eq__))


def _known(label: str) -> str | None:
    """Python's name of a character set, as a label of the Encoding Standard usually means it; None of any other."""
    bare = label.lower().removeprefix("x-")
    for name in (_LABELS.get(bare, bare), bare.removeprefix("x-"), re.sub(r"^(?:windows|win|dos|cp)-?", "cp", bare)):
        try:
            known = codecs.lookup(name).name if name else ""
        except (LookupError, ValueError):
            continue
        if _CHARSETS.match(known):
            return _MEANT.get(known, known)
    return None


def _root(data: bytes) -> tuple[int, bytes] | None:
    """Where the first element begins, and its name; comments, instructions and the document type passed over."""
    position = 0
    while True:
        position = data.find(b"<", position)
        if position < 0:
            return None
        if data.startswith(b"<!--", position):
            end = data.find(b"-->", position)
        elif data.startswith(b"<?", position):
            end = data.find(b"?>", position)
        elif data[position : position + 9].upper() == b"<!DOCTYPE":
            end = _end_of_doctype(data, position)
        else:
            found = _ROOT.match(data, position)
            if found is not None:
                return position, found[1]
            end = position
        if end < 0:
            return None
        position = end + 1


def _end_of_doctype(data: bytes, start: int) -> int:
    close, bracket = data.find(b">", start), data.find(b"[", start)
    if bracket < 0 or close < bracket:
        return close
    end = data.find(b"]>", bracket)
    if end >= 0:
        return end + 1
    end = data.find(b"]", bracket)
    return data.find(b">", end) if end >= 0 else -1


def _entities(head: bytes) -> dict[bytes, bytes] | None:
    """The entities that the head declares with a short literal value; None where they are many, long or nested."""
    if b"<!ENTITY" not in head:
        return {}
    if head.count(b"<!ENTITY") > ENTITIES:
        return None
    found = {}
    for match in _ENTITY.finditer(head):
        value = match[2] if match[2] is not None else match[3]
        if len(value) > 1000 or re.search(rb"&[A-Za-z]", value.replace(b"&amp;", b"").replace(b"&lt;", b"")):
            return None
        if b"<" not in value and b"%" not in value and _REPAIR.search(value) is None:
            found[match[1]] = value
    return found


def _entity(name: bytes | None, declared: dict[bytes, bytes]) -> bytes:
    if name is None:
        return b"&amp;"
    if name in declared:
        return declared[name]
    code = html.entities.name2codepoint.get(name.decode("ascii"))
    return b"&#%d;" % code if code is not None else b"&amp;" + name + b";"


def _no_feed() -> FetchFailed:
    return FetchFailed(kind=FailureKind.NOT_A_FEED, detail="This is not a feed: it is no XML at all.")
