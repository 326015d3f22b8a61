"""OPML, in which people carry their subscriptions from one reader to another (<https://opml.org/spec2.opml>). Pure.

Reading is expat's, with `sniff` before it: no document type, hence no entity and nothing external; what is ill-formed
is repaired once. listparser was tried for this and left: it reads with the standard library's HTMLParser (96 KB of
``<a `` take it more than half a minute, catalogue F36), raises on ``<![`` and on anything but UTF-8, and knows no
language. Writing keeps what OPML has no word for (the outlet's country, the section) in attributes of our own, so that
a file that was written here is read back the same.

Never: recursion over nested outlines, a URL that the address policy did not see, or a login in what is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree
from xml.parsers import expat

from babel import Locale

from bot.errors import UserError
from bot.feeds import sniff
from bot.feeds.catalogue import is_language, is_place
from bot.feeds.guard import AddressPolicy, AddressRefused, without_credentials
from bot.feeds.markup import cut, plain
from bot.model import FailureKind, FetchFailed, NewSource, Outlet, SourceList, TurnedDown

NAME_LIMIT: Final = 100
SECTION_LIMIT: Final = 100
NAMESPACE: Final = "urn:dateline:opml"
_OURS: Final = "dateline:"
_FOLDERS: Final = 3
"""Of nested folders, how many innermost ones name a section."""
_CHUNK: Final = 65536
_FEEDS: Final = frozenset({"", "rss", "atom", "rdf", "feed", "rss1", "rss2", "application/rss+xml"})
_TWICE: Final = "The same address stands in the file before."
_NO_ADDRESS: Final = "It has no feed address (xmlUrl)."
_NO_FEED: Final = "It is a link to a page or another list, not a feed."
BROKEN: Final = "The file is not well-formed: what stands behind line {line:,} was not read."


def read(body: bytes, policy: AddressPolicy) -> SourceList:
    """The sources of an OPML document, in its order, and what of it cannot be watched. Raises `UserError`."""
    prepared = sniff.prepare(body, None, roots=frozenset({b"opml"}))
    if isinstance(prepared, FetchFailed):
        if prepared.kind is FailureKind.HOSTILE:
            raise UserError("The file declares entities as only an attack does: it was not read.")
        raise UserError("This is no OPML file: export one from your reader, or write a catalogue in TOML.")
    reading, broken = _Outlines.of(prepared.data, policy)
    if broken is not None:
        repaired = sniff.repair(prepared)
        if repaired != prepared.data:
            reading, broken = _Outlines.of(repaired, policy)
    if broken is not None:
        reading.refused.append(TurnedDown(name="(the rest)", reason=BROKEN.format(line=broken)))
    if not reading.sources and not reading.refused:
        raise UserError("This file names no feed: its outlines have no xmlUrl.")
    return SourceList(
        sources=tuple(reading.sources.values()),
        refused=tuple(reading.refused),
        unread_languages=frozenset(reading.unread_languages),
    )


def write(sources: Iterable[NewSource]) -> str:
    """Sources as OPML, in folders by the outlet's country. Logins in their addresses are left out."""
    root = ElementTree.Element("opml", {"version": "2.0", f"xmlns:{_OURS[:-1]}": NAMESPACE})
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = "Sources of Dateline"
    body = ElementTree.SubElement(root, "body")
    places = Locale("en").territories
    folders: dict[str, ElementTree.Element] = {}
    for source in sorted(sources, key=lambda source: places.get(source.outlet.country or "", "")):
        country = source.outlet.country
        parent = body
        if country is not None and is_place(country):
            name = places.get(country, country)
            if name not in folders:
                folders[name] = ElementTree.SubElement(body, "outline", {"text": name, f"{_OURS}folder": "country"})
            parent = folders[name]
        ElementTree.SubElement(parent, "outline", _attributes(source))
    ElementTree.indent(root)
    return "<?xml version='1.0' encoding='utf-8'?>\n" + ElementTree.tostring(root, encoding="unicode") + "\n"


def _attributes(source: NewSource) -> dict[str, str]:
    outlet = source.outlet
    name, section = plain(outlet.name), plain(outlet.section or "")
    found = {
        "type": "rss",
        "text": f"{name} · {section}" if section else name,
        "xmlUrl": without_credentials(source.url),
        "language": (outlet.language or "") if is_language(outlet.language) else "",
        f"{_OURS}outlet": name if section else "",
        f"{_OURS}section": section,
        f"{_OURS}country": (outlet.country or "") if is_place(outlet.country) else "",
        f"{_OURS}state_run": "true" if outlet.state_run else "",
        f"{_OURS}single_country": "true" if outlet.single_country else "",
    }
    return {name: value for name, value in found.items() if value}


class _Outlines:
    """What one document's outlines say."""

    def __init__(self, policy: AddressPolicy) -> None:
        self.sources: dict[str, NewSource] = {}
        self.refused: list[TurnedDown] = []
        self.unread_languages: set[str] = set()
        self._policy = policy
        self._open: list[str] = []
        """The folders that are open; '' for a feed and for what names no section."""

    @classmethod
    def of(cls, data: bytes, policy: AddressPolicy) -> tuple[_Outlines, int | None]:
        """Read UTF-8 without document type; the line at which it breaks off, None where it does not."""
        found = cls(policy)
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = found._start
        parser.EndElementHandler = found._end
        try:
            for start in range(0, len(data), _CHUNK):
                parser.Parse(data[start : start + _CHUNK], False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            return found, error.lineno
        finally:
            parser.StartElementHandler = parser.EndElementHandler = None
        return found, None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2].lower() != "outline":
            return
        said = {name if name.startswith(_OURS) else name.lower(): value.strip() for name, value in attributes.items()}
        kind = said.get("type", "").lower()
        address = said.get("xmlurl") or (said.get("url", "") if kind in _FEEDS else "")
        name = cut(plain(said.get("text") or said.get("title", "")), NAME_LIMIT)
        if address:
            self._add(address, name, said)
        elif "xmlurl" in said or kind in _FEEDS - {""}:
            self.refused.append(TurnedDown(name=name or "(without a name)", reason=_NO_ADDRESS))
        elif said.get("url"):
            self.refused.append(TurnedDown(name=name or "(without a name)", reason=_NO_FEED))
        else:
            self._open.append("" if f"{_OURS}folder" in said else name)
            return
        self._open.append("")

    def _end(self, tag: str) -> None:
        if tag.rpartition(":")[2].lower() == "outline" and self._open:
            self._open.pop()

    def _add(self, address: str, name: str, said: dict[str, str]) -> None:
        shown = name or cut(plain(without_credentials(address)), NAME_LIMIT)
        try:
            url = self._policy.check_url(address)
        except AddressRefused as error:
            self.refused.append(TurnedDown(name=shown, reason=str(error)))
            return
        if url in self.sources:
            self.refused.append(TurnedDown(name=shown, reason=_TWICE))
            return
        language = said.get("language", "").lower().replace("_", "-")
        country = said.get(f"{_OURS}country")
        country = country if is_place(country) else None
        host = url.partition("://")[2].partition("/")[0].rpartition("@")[2].removeprefix("www.")
        outlet = Outlet(
            name=cut(plain(said.get(f"{_OURS}outlet", "")), NAME_LIMIT) or name or host[:NAME_LIMIT],
            country=country,
            language=language if is_language(language) else None,
            section=self._section(said),
            state_run=said.get(f"{_OURS}state_run") == "true",
            single_country=country is not None and said.get(f"{_OURS}single_country") == "true",
        )
        if language and outlet.language is None:
            self.unread_languages.add(url)
        self.sources[url] = NewSource(url=url, outlet=outlet)

    def _section(self, said: dict[str, str]) -> str | None:
        """Our own word for it, else the folders that it lies in."""
        own = said.get(f"{_OURS}section")
        path = own if own is not None else " / ".join(name for name in self._open[-_FOLDERS:] if name)
        return cut(plain(path), SECTION_LIMIT) or None
