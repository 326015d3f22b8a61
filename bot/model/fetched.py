"""What a fetch gives, and what is read in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from bot.model.watched import Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the answer's headers say of when to come back."""

    max_age: timedelta | None = None
    """The larger of Cache-Control's max-age and Expires, None where neither is given."""
    retry_after: timedelta | None = None
    """Retry-After, clamped to [60 s, 24 h]: for the whole host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A 200 with a body."""

    body: bytes
    """Decoded (content encodings undone), complete, within the byte limit."""
    final_url: str
    content_type: str | None
    """The Content-Type header as sent."""
    validators: Validators
    hints: Hints
    moved_to: str | None = None
    """Where permanent redirects alone led from the address asked for; None where there were none."""
    links: tuple[tuple[str, str], ...] = ()
    """Relation and address of each link in the headers (RFC 8288), as given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """A 304 to a conditional request."""

    hints: Hints
    moved_to: str | None = None
    """As of `Fetched`."""


class Hub(NamedTuple):
    """Who calls when a feed has something new (WebSub), and about what."""

    url: str
    topic: str
    """The feed's address as the hub knows it."""


class FailureKind(StrEnum):
    """Why a poll failed; what differs in what people should do differs here."""

    REFUSED_ADDRESS = "refused-address"
    """Private, local, or a port or scheme that is not fetched."""
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too-large"
    REDIRECTS = "redirects"
    LOGIN = "login"
    """401, 403 or 407."""
    BOT_CHECK = "bot-check"
    NOT_FOUND = "not-found"
    GONE = "gone"
    RATE_LIMITED = "rate-limited"
    SERVER = "server"
    HTTP = "http"
    """Any other status that gives no feed."""
    PROTOCOL = "protocol"
    """Broken HTTP: a cut body, a bad encoding, absurd headers."""
    EMPTY = "empty"
    WEB_PAGE = "web-page"
    NOT_A_FEED = "not-a-feed"
    HOSTILE = "hostile"
    """Stopped by a limit of the parser: time, memory, entities."""
    PAGE_CHANGED = "page-changed"
    """The rules of a web page find nothing in it any more."""
    ROBOTS = "robots"
    """The site's robots.txt asks programs not to read this page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A feed that a web page names."""

    url: str
    """Canonical, and of a public host."""
    title: str = ""
    """As the page calls it: plain text, may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailed:
    """A poll that gave nothing."""

    kind: FailureKind
    detail: str
    """One plain sentence for a person, without credentials or addresses looked up."""
    hints: Hints = field(default_factory=Hints)
    found: tuple[FeedLink, ...] = ()
    """Of a web page: the feeds that it names, the likeliest first, at most 20."""


FetchResult = Fetched | NotModified | FetchFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a feed, cleaned and still untrusted: plain text, canonical URL, sane date."""

    guid: str | None
    url: str | None
    """http or https, without userinfo, fragment or tracking parameters; None where the feed gave none that is fit."""
    title: str
    """Plain text, at most 512 characters; may be empty."""
    summary: str
    """Plain text, at most 2,000 characters."""
    image: str | None
    published_at: datetime | None
    """None where the feed gives no date, or none that can be."""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    """The publisher's own, at most 50."""
    language: str | None = None
    outlet: str | None = None
    """Who published it, where a page lists what others did; None: the source's outlet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed feed."""

    title: str
    language: str | None
    entries: tuple[Entry, ...]
    """In the document's order, at most 500: the newest where there were more."""
    ttl: timedelta | None = None
    """How long the feed says that it need not be asked again: RSS's ttl, else its syndication module's period."""
    skip_hours: frozenset[int] = frozenset()
    """Hours of the day (GMT, 0 to 23) in which the feed says that it need not be asked; never all of them."""
    skip_days: frozenset[int] = frozenset()
    """The same of days, Monday 0; never all of them."""
    note: str | None = None
    """In plain words what was odd: cut off, over the limit. None when nothing was."""
    incomplete: bool = False
    """Cut off before its end: what it is validated by must not stand for the whole."""
    slices: bytes = b""
    """What it is known again by (bot/feeds/delta.py), entry by entry; empty where it cannot be cut into them safely."""
    passed: tuple[str, ...] = ()
    """The keys of the entries that were not read, because their bytes were read before."""
    passed_dates: tuple[datetime, ...] = ()
    """When some of those were published: for the rhythm of the feed."""
    links: tuple[tuple[str, str], ...] = ()
    """Relation (hub, self) and address of the feed's own links, as given."""
