"""What is watched: feeds, their sources, and what is known of their health."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from bot.model.ids import FeedId, GuildId, SourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """Who publishes: what the owner of a source says of it."""

    name: str
    country: str | None = None
    """ISO 3166-1 alpha-2 of where the outlet sits; says nothing of what its items are about."""
    language: str | None = None
    """BCP 47, lower case primary subtag first: ``en``, ``pt-br``."""
    section: str | None = None
    """The outlet's own name for this feed: ``Business``, ``General (China)``."""
    state_run: bool = False
    single_country: bool = False
    """Whether this feed writes about the outlet's country alone: said by its owner, never guessed."""

    @property
    def only_country(self) -> str | None:
        """The country that is assumed of an item that names none; None where none may be."""
        return self.country if self.single_country else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRules:
    """How the items of a web page without a feed are found in it, by CSS selectors.

    Each selector may end in ``@attribute``: then that attribute of the element is read in place of its text. All but
    `item` are looked for within an item.
    """

    item: str
    """Matches one element for each listed item."""
    title: str | None = None
    """None: the text of the item's first link."""
    link: str | None = None
    """None: the item's first link."""
    date: str | None = None
    outlet: str | None = None
    """Who published the item, where the page lists what others did."""
    category: str | None = None
    summary: str | None = None
    image: str | None = None
    date_order: str | None = None
    """``DMY``, ``MDY`` or ``YMD``: how dates in digits are read; None: by country and language."""
    timezone: str = "UTC"
    """IANA name of the zone that its times are in where they name none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a conditional GET sends back (RFC 9110, section 13): kept only from an answer that parsed."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a feed has fared over its last polls (bot/feeds/health.py); the defaults are those of one that works."""

    kind: str | None = None
    """The class of its present failure."""
    kind_since: datetime | None = None
    failing_since: datetime | None = None
    told: str | None = None
    """The class of failure that its owners were told of last; None since it worked."""
    gone_at: datetime | None = None
    """When the site first said that it is gone, and has since said nothing else."""
    moved_to: str | None = None
    """Where permanent redirects lead."""
    moved_seen: int = 0
    """How often that was counted: no more once it was followed, or could not be."""
    moved_at: datetime | None = None
    """When that was last counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One address that is polled, however many sources name it."""

    id: FeedId
    url: str
    outlet: Outlet
    validators: Validators = field(default_factory=Validators)
    body_hash: bytes | None = None
    slices: bytes = b""
    """What the entries of its last document are known by (bot/feeds/delta.py): what need not be read again."""
    interval: timedelta
    failures: int = 0
    """Failures in a row; 0 after any success."""
    first_success_at: datetime | None = None
    """None until a poll gave entries, and was stored: that one is silent; or found them as they were read before."""
    health: Health = field(default_factory=Health)
    page: PageRules | None = None
    """Of a web page that is read by rules; None for a feed."""
    skip_hours: frozenset[int] = frozenset()
    """As the last document said, for polls that bring none (304)."""
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedClaim:
    """A leased feed: `token` fences the write that ends the claim."""

    feed: Feed
    token: str
    expires_at: datetime
    due_at: datetime
    """When the feed was due as it was claimed: where it is due at another time by now, that was set since."""
    barred: frozenset[str] = frozenset()
    """Hosts that are not asked for it, as `Denied.HOST` names them: those denied, where servers alone watch it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One owner's subscription to a feed, with the feed's health as people read it."""

    id: SourceId
    owner: GuildId
    url: str
    outlet: Outlet
    paused: bool
    denied: bool = False
    """Not polled, since the operator allows no server its host."""
    hidden: bool = False
    """Hidden by the server that asked (only ever true of the operator's sources)."""
    due_at: datetime
    interval: timedelta
    failures: int
    first_success_at: datetime | None = None
    """`Feed.first_success_at`."""
    last_success_at: datetime | None
    problem: str | None
    """In plain words what is wrong since the last success; None when all is well."""
    items: int
    """Items seen in this feed so far."""
    a_day: float = 0.0
    """New items a day, over the last week that it was watched; whole days (UTC) alone are counted."""
    since: datetime | None = None
    """Since when it has been failing."""
    gone: bool = False
    """Paused because its site said, twice, that it is gone."""
    page: PageRules | None = None
    """Of a web page that is read by rules; None for a feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSource:
    """A source to be added. The URL is canonical and was allowed by the address policy."""

    url: str
    outlet: Outlet
    page: PageRules | None = None
    """Of a web page that is read by rules; None for a feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedDown:
    """One entry of a list of sources that is not taken."""

    name: str
    """As the list calls it; without credentials."""
    reason: str
    """One plain sentence, the same for the same reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceList:
    """A list of sources as a file holds it."""

    sources: tuple[NewSource, ...]
    """Each address once."""
    refused: tuple[TurnedDown, ...]
    unread_languages: frozenset[str] = frozenset()
    """The addresses of sources whose language the list says in no way that is known: it is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of a list of sources."""

    added: int
    known: int
    """Those that the owner watched already."""
    refused: tuple[TurnedDown, ...]
    bare: tuple[TurnedDown, ...] = ()
    """Of those added: what is taken without a part that the list says."""

    def by_reason(self) -> dict[str, tuple[str, ...]]:
        """The names of those refused, by reason, the commonest first; then of those taken in part."""
        found: dict[str, list[str]] = {}
        for one in (*self.refused, *self.bare):
            found.setdefault(one.reason, []).append(one.name)
        return {reason: tuple(found[reason]) for reason in sorted(found, key=lambda reason: -len(found[reason]))}


class Aged(StrEnum):
    """What is dropped with time, row by row; news and deliveries have ways of their own."""

    NOTICES = "notices"
    REVISIONS = "revisions"
    VISITS = "visits"
    FEED_DAYS = "feed days"


class Denied(StrEnum):
    """What the operator may not serve."""

    SERVER = "server"
    PERSON = "person"
    HOST = "host"
    """Of which no server may have a source; what stands below it is meant, too."""


def within(address: str, hosts: AbstractSet[str]) -> str | None:
    """The host of these in which an address is, itself or a part of its domain; None where it is in none.

    The address is a canonical URL, the hosts are as `Denied.HOST` names them.
    """
    parts = (urlsplit(address).hostname or "").rstrip(".").split(".")
    domains = (".".join(parts[start:]) for start in range(len(parts)))
    return next((domain for domain in domains if domain in hosts), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A list of sources as a file."""

    text: str
    sources: int
    without_login: int
    """Those whose address lost its user name and password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A hub that is to be asked for its calls about a feed (WebSub)."""

    feed: FeedId
    hub: str
    topic: str
    """The feed's address as the hub knows it."""
    token: str
    """Ends the address that the hub calls."""
    secret: str | None
    """What its calls are to be signed with; None where it is asked in the clear, in which nothing is secret."""
    attempts: int
