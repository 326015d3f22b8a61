"""The vocabulary: every type that flows between the rooms.

Frozen, slotted, keyword-only dataclasses; tuples, never lists; aware UTC datetimes; ids are NewTypes. Imports nothing
of ours. A union says what can happen, and every ``match`` on one ends with ``assert_never``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, NewType

FeedId = NewType("FeedId", int)
SourceId = NewType("SourceId", int)
ItemId = NewType("ItemId", int)
"""Carries the item's time: whole seconds since 1970 shifted left by 20 bits, plus a sequence within the second."""
StoryId = NewType("StoryId", int)
LARGEST_ID = 2**63 - 1
"""What a store keeps of any id."""
"""The id of the story's first item."""
NoticeId = NewType("NoticeId", int)
RuleId = NewType("RuleId", int)
DeliveryId = NewType("DeliveryId", int)
GuildId = NewType("GuildId", int)
ChannelId = NewType("ChannelId", int)
RoleId = NewType("RoleId", int)
UserId = NewType("UserId", int)
MessageId = NewType("MessageId", int)

OPERATOR = GuildId(0)
"""The owner of the sources that every server is answered from; as a scope, what everybody sees."""


_FOLDED = {"nb": "no", "nn": "no", "tl": "fil", "cmn": "zh", "iw": "he", "in": "id", "ji": "yi"}
"""Codes of ISO 639 that were replaced, or that name what people know under another."""


def primary_language(tag: str | None) -> str | None:
    """What a tag of BCP 47 is asked for by: its language without script and region, ``pt`` of ``pt-br``."""
    if not tag:
        return None
    primary = tag.replace("_", "-").partition("-")[0].lower()
    return _FOLDED.get(primary, primary) or None


# --- what is watched ---------------------------------------------------------------------------------------------


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
    """The digests of the entries of its last document (bot/feeds/delta.py): what need not be read again."""
    interval: timedelta
    failures: int = 0
    """Failures in a row; 0 after any success."""
    first_success_at: datetime | None = None
    """None until the first poll that gave entries was stored: that one is silent."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One owner's subscription to a feed, with the feed's health as people read it."""

    id: SourceId
    owner: GuildId
    url: str
    outlet: Outlet
    paused: bool
    hidden: bool = False
    """Hidden by the server that asked (only ever true of the operator's sources)."""
    due_at: datetime
    interval: timedelta
    failures: int
    last_success_at: datetime | None
    problem: str | None
    """In plain words what is wrong since the last success; None when all is well."""
    items: int
    """Items seen in this feed so far."""
    a_day: float = 0.0
    """New items a day, over the last week that it was watched."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of a list of sources."""

    added: int
    known: int
    """Those that the owner watched already."""
    refused: tuple[TurnedDown, ...]

    def by_reason(self) -> dict[str, tuple[str, ...]]:
        """The names of those refused, by reason, the commonest first."""
        found: dict[str, list[str]] = {}
        for one in self.refused:
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
    """Of which no server may add a source; what stands below it is meant, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A list of sources as a file."""

    text: str
    sources: int
    without_login: int
    """Those whose address lost its user name and password."""


# --- what a fetch gives ------------------------------------------------------------------------------------------


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
    """The digests of its entries, those passed over included; empty where it cannot be cut into entries safely."""
    passed: int = 0
    """Entries that were not read, because their bytes were read before."""
    passed_dates: tuple[datetime, ...] = ()
    """When some of those were published: for the rhythm of the feed."""
    links: tuple[tuple[str, str], ...] = ()
    """Relation (hub, self) and address of the feed's own links, as given."""


# --- what it is about --------------------------------------------------------------------------------------------


class TagKind(StrEnum):
    """What a tag names."""

    TOPIC = "topic"
    COUNTRY = "country"


class Role(StrEnum):
    """What a tag is to its item."""

    SUBJECT = "subject"
    """What the item is about."""
    MENTION = "mention"
    ASSUMED = "assumed"
    """A country that nothing names: the outlet's, whose feed writes about that one alone. The only one of its item."""


class Tagging(NamedTuple):
    """One tag of an item, with its reason. A tuple: made in a quarter of a dataclass's time, six for each item."""

    tag: str
    """A topic's slug (``securitycooperation``) or a country's code (``JP``, ``EU``, ``x-nato``)."""
    kind: TagKind
    role: Role
    score: float
    """0 to 1."""
    words: tuple[str, ...]
    """The words that caused it, as they stand in the text; for a publisher's own category, that category.

    None where a person said that the item carries it, and of a country that is assumed.
    """


class Name(NamedTuple):
    """A name or set phrase that a text holds and no taxonomy: it may become a hashtag where several outlets use it."""

    slug: str
    """The hashtag it makes, without ``#``."""
    words: str
    """As it stands in the text."""
    title: bool
    """Whether the headline holds it."""


class Category(StrEnum):
    """The nine shelves; General where none fits better."""

    GENERAL = "General"
    POLITICS = "Politics"
    BUSINESS = "Business"
    TECHNOLOGY = "Technology"
    SCIENCE = "Science"
    HEALTH = "Health"
    SPORT = "Sport"
    CULTURE = "Culture"
    ENVIRONMENT = "Environment"


class Tagged(NamedTuple):
    """What the taggers say of one text."""

    topics: tuple[Tagging, ...]
    """By falling score."""
    countries: tuple[Tagging, ...]
    """Subjects first, then by falling score."""
    category: Category
    lexicon: str = ""
    """The version of the words and rules that said so: the same version says the same of the same text."""


def fingerprint(title: str, summary: str) -> int:
    """What an item says, as a signed number of 64 bits: another one where the item was edited."""
    text = f"{title}\0{summary}".encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big", signed=True)


class Changes(NamedTuple):
    """Of the entries of a document, those that the feed has not brought before as they are."""

    new: frozenset[str]
    """Keys under which it brought nothing yet."""
    edited: frozenset[str]
    """Keys under which it brought another text before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An entry with its tags, ready to be stored."""

    key: str
    """Identity within its feed: from the guid, else the canonical link, else title and date."""
    entry: Entry
    published_at: datetime
    """The entry's date, never later than when it was first seen; that moment where it has none."""
    tagged: Tagged
    terms: str
    """`news.text.index_terms` of title and summary: what the phrase search reads."""
    section: str | None = None
    """The outlet's name for the feed it came from."""
    only_country: str | None = None
    """`Outlet.only_country` of that feed: what was assumed where it names no country."""
    names: tuple[Name, ...] | None = None
    """Names that may become hashtags; None where it is too old to count."""

    @property
    def fingerprint(self) -> int:
        """`fingerprint` of its headline and text."""
        return fingerprint(self.entry.title, self.entry.summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What one poll leaves to be stored, in one transaction."""

    due_at: datetime
    interval: timedelta
    problem: str | None = None
    """None: it succeeded. Else, in plain words, what is wrong; validators and hash are then left as they were."""
    note: str | None = None
    """Of a poll that succeeded: what was odd."""
    validators: Validators | None = None
    body_hash: bytes | None = None
    entries: bool = False
    """True where a document was read: this ends the silent first poll."""
    health: Health | None = None
    """How the feed fares now; None where that is as before."""
    notice: str | None = None
    """What its owners are to be told, to follow on its name."""
    pause: bool = False
    """Whether it is to be polled no more until somebody resumes it."""
    move_to: str | None = None
    """The address it is polled at from now on."""
    hub: Hub | None = None
    """Who offers to call when there is something new."""
    language: str | None = None
    """What the document is written in, as it says or as its text tells."""
    slices: bytes = b""
    """`Document.slices`."""
    keys: tuple[str, ...] = ()
    """Of all entries that were read: which items stand in the document."""
    skip_hours: frozenset[int] = frozenset()
    """What that document says, as `Document.skip_hours`; kept where none was read."""
    skip_days: frozenset[int] = frozenset()
    items: tuple[NewItem, ...] = ()
    """Entries not seen in this feed before, or with another text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What storing a poll did."""

    new: int
    """Items that no feed had brought before."""
    known: int
    """Entries that turned out to be an item stored already."""
    silent: bool
    """True where the items were filed without alerts: the feed's first poll."""
    edited: int = 0
    """Items stored already that have another text now."""


class Revision(NamedTuple):
    """A headline that was corrected."""

    title: str
    replaced_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A stored item, as cards and terminals show it."""

    id: ItemId
    title: str
    url: str | None
    outlet: str
    outlet_country: str | None
    published_at: datetime
    first_seen_at: datetime
    category: Category
    summary: str
    image: str | None
    language: str | None
    taggings: tuple[Tagging, ...]
    earlier: tuple[Revision, ...] = ()
    """Headlines it had before, the latest first: only where the one item was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person said of one tag of one item. It outlives every retagging."""

    scope: GuildId
    """For whom it holds: `OPERATOR` for all, else one server."""
    item: ItemId
    kind: TagKind
    tag: str
    carried: bool
    """Whether the item carries the tag."""


def corrected(taggings: Sequence[Tagging], corrections: Iterable[Correction]) -> tuple[Tagging, ...]:
    """Taggings after corrections: what a person added comes first, as a subject with the score 1."""
    found = {(one.kind, one.tag): one for one in taggings}
    added: dict[tuple[TagKind, str], Tagging] = {}
    for correction in corrections:
        key = correction.kind, correction.tag
        if not correction.carried:
            found.pop(key, None)
            added.pop(key, None)
        elif key not in found or found[key].role is Role.ASSUMED:
            found.pop(key, None)
            added[key] = Tagging(tag=correction.tag, kind=correction.kind, role=Role.SUBJECT, score=1.0, words=())
    return (*added.values(), *found.values())


def retold(tagged: Tagged, topics: Iterable[Tagging], corrections: Iterable[Correction]) -> Tagged:
    """What the taggers say of a text, with these topics in place of theirs, after corrections."""
    every = corrected((*topics, *tagged.countries), corrections)
    return tagged._replace(
        topics=tuple(one for one in every if one.kind is TagKind.TOPIC),
        countries=tuple(one for one in every if one.kind is TagKind.COUNTRY),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """An item that an older lexicon tagged, with what else its tags come from."""

    item: Item
    lexicon: str
    categories: tuple[str, ...]
    section: str | None
    only_country: str | None = None
    """As `NewItem.only_country`."""
    corrections: tuple[Correction, ...]
    """Those that hold for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retagged:
    """An item's new tags."""

    item: Item
    """As it was."""
    tagged: Tagged
    terms: str


# --- what is asked -----------------------------------------------------------------------------------------------


class Sort(StrEnum):
    """The order of an answer."""

    NEWEST = "newest"
    BIGGEST = "biggest"
    """A story once, those that most outlets tell first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What `/news` asks, and what an alert rule filters by. Every part that is set must hold."""

    topic: str | None = None
    """As typed, or as stored with a rule: a hashtag in any spelling, or a phrase."""
    country: str | None = None
    """A code: what the item is about."""
    mentions: bool = False
    """True: an item that only mentions the country will do, and one of which it is assumed."""
    outlet: str | None = None
    """An outlet's name as stored."""
    outlet_country: str | None = None
    """A code: where the outlet sits, whatever the item is about."""
    language: str | None = None
    """What the item is written in, as `primary_language` gives it."""
    category: Category | None = None
    since: datetime | None = None
    text: str | None = None
    """Words that must all occur; a part in double quotes must occur as a phrase."""
    filter: str | None = None
    """What must hold besides, in the canonical text of `bot.news.filters`."""
    sort: Sort = Sort.NEWEST


class How(StrEnum):
    """How a typed hashtag met its meaning."""

    EXACT = "exact"
    ALIAS = "alias"
    PHRASE = "phrase"
    NEAR = "near"
    OWN = "own"
    """A topic of the server's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The meaning of a typed topic. `tag` and `phrase` may both be set: then either makes an item match."""

    typed: str
    tag: str
    """The hashtag it stands for, without ``#``."""
    how: How
    kind: TagKind = TagKind.TOPIC
    known: bool = False
    """True where the store or the taxonomy holds that tag."""
    phrase: tuple[str, ...] = ()
    """Index terms that must follow one another; empty where only the tag counts."""
    label: str = ""
    """For people: ``security cooperation``."""
    filter: str | None = None
    """What is met in place of tag and phrase, as `bot.filter_model.dumped` wrote it: of a server's own topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that must follow one another."""

    typed: str
    terms: tuple[str, ...]
    """As index terms, at least one."""

    def held_by(self, terms: str) -> bool:
        """Whether an item's index terms (spaces between) hold it."""
        return f" {' '.join(self.terms)} " in f" {terms} "


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTopic:
    """A topic of one server's own: what holds one of the phrases and none of the excluded ones."""

    slug: str
    label: str
    """As typed."""
    phrases: tuple[Phrase, ...]
    excluded: tuple[Phrase, ...]

    def met_by(self, terms: str) -> bool:
        """Whether an item's index terms meet it."""
        return any(one.held_by(terms) for one in self.phrases) and not any(one.held_by(terms) for one in self.excluded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What an own topic would have met in a time."""

    total: int
    excluded: int
    """Items that its phrases met and that its excluded ones left out."""
    newest: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """A query whose topic is resolved: what the store is asked and a rule matches by. All that is set must hold."""

    tag: str | None = None
    """A topic's slug, or a country's code where `tag_kind` says so."""
    tag_kind: TagKind = TagKind.TOPIC
    phrase: tuple[str, ...] = ()
    """Index terms in a row; where `tag` is set too, either is enough."""
    country: str | None = None
    mentions: bool = False
    """Of `country`, and of `tag` where it is one: whether a mention, or that it is assumed, will do."""
    outlet: str | None = None
    outlet_country: str | None = None
    language: str | None = None
    category: Category | None = None
    since: datetime | None = None
    terms: tuple[tuple[str, ...], ...] = ()
    """Phrases (of one index term or more) that must all occur."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of an answer."""

    query: Query
    resolution: Resolution | None
    items: tuple[Item, ...]
    number: int
    """From 1."""
    size: int
    total: int
    """Exact up to `COUNT_LIMIT`; that number plus one means more."""
    newest: ItemId | None
    """The newest item's id when the answer was first given: later pages count from it."""
    suggestions: tuple[str, ...] = ()
    """Nearest topics, where nothing was found."""
    stories: Mapping[ItemId, Story] = field(default_factory=dict)
    """The stories of the items, where it is a page of stories."""

    @property
    def pages(self) -> int:
        """How many pages can be turned to; at least 1."""
        return max(1, -(-min(self.total, COUNT_LIMIT) // self.size))


COUNT_LIMIT = 1000
"""Counting beyond this would cost more than the answer is worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCount:
    """How many items carry a tag."""

    kind: TagKind
    tag: str
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletCount:
    """How many items an outlet brought."""

    outlet: str
    country: str | None
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """What some items are about, and who brought them: the newest first, the most frequent first."""

    published: tuple[datetime, ...]
    """When each was published."""
    newest: tuple[Item, ...]
    """Some of them, no two of one story, in full."""
    complete: bool
    """False where there are more than were counted."""
    looked_at: int
    """How many, the newest, the tags and outlets are of."""
    tags: tuple[TagCount, ...]
    """Countries are those that the items are about or mention."""
    outlets: tuple[OutletCount, ...]
    subjects: tuple[TagCount, ...] = ()
    """Countries that the items are about."""
    languages: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is asked, broken down."""

    query: Query
    """With the time since when."""
    resolution: Resolution | None
    until: datetime
    breakdown: Breakdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A country or a topic that a person named."""

    kind: TagKind
    tag: str
    """A code, or a topic as typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One of several things side by side."""

    named: Named
    profile: Profile
    before: int | None
    """Items in the window before, None where there are too many to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """What the memory has on a text."""

    linked: tuple[Item, ...]
    """What the text links to; the first of `items`, too."""
    items: tuple[Item, ...]
    tagged: Tagged
    """What the text is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """A day, or a week, that stands out."""

    place: int
    """Among the days that are shown."""
    day: date
    items: int
    usual: tuple[float, float]
    top: Top | None
    """The story behind it: the one that most outlets told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trending:
    """Items a day of what is asked."""

    query: Query
    resolution: Resolution | None
    days: tuple[date, ...]
    """Of each step its first day, in UTC; the last one is not over."""
    counts: tuple[int, ...]
    bands: tuple[tuple[float, float] | None, ...]
    """What is usual on each; None where too little is remembered to say."""
    peaks: tuple[Peak, ...]
    step: int
    """Days: 1 or 7."""
    counted_since: date | None
    """Where there is more than is counted: the first day that is."""
    picture: bytes | None
    """As PNG; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How much there is of each country as a subject, the most first."""

    query: Query
    resolution: Resolution | None
    countries: tuple[tuple[str, int], ...]
    """Codes, those of bodies among them."""
    complete: bool
    """False where only the newest were looked at."""
    picture: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Who brings what is asked, the most first."""

    query: Query
    resolution: Resolution | None
    items: int
    complete: bool
    outlets: tuple[OutletCount, ...]
    places: tuple[tuple[str, int], ...]
    """Items by the country that their outlet sits in."""
    languages: tuple[tuple[str, int], ...]
    """Items by the primary language."""
    picture: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """How often a name was heard in a window, and how often in the baseline before it."""

    slug: str
    items: int
    outlets: int
    usual: int
    """Items of the baseline that hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What was heard in a window."""

    of: int
    """Items of the window in which names were looked for."""
    usual_of: int
    """The same of the baseline."""
    names: tuple[Heard, ...]
    """Those that two items or more of two outlets or more hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicCount:
    """How many items of a window carry a topic, and how many of the time before it."""

    tag: str
    items: int
    usual: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """How many items a day brought."""

    day: date
    """In UTC."""
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A topic in a window of time."""

    tag: str
    label: str
    """As people write it."""
    items: int
    outlets: int
    ratio: float | None
    """How many times as frequent as usual; None where it was never there before, or nothing is usual yet."""
    emerging: bool
    """A hashtag that came from the news itself, and is in no taxonomy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """What is rising and what is big."""

    since: datetime
    until: datetime
    compared_since: datetime
    """Where the time begins that "usual" means; it ends at `since`."""
    items: int
    """All items of the window."""
    rising: tuple[Trend, ...]
    """The most surprising first."""
    big: tuple[Trend, ...]
    """By falling number of items."""
    comparable: bool
    """Whether the memory holds enough from before the window to say what is usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How much is watched and remembered."""

    items: int
    feeds: int
    failing: int
    pending: int
    """Deliveries not sent yet."""


# --- what is told unasked ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """In which language a server, or a person who follows something, is told things."""

    locale: str | None = None
    """Discord's name of it, such as pt-BR; None where nothing was said."""
    everyone: bool = False
    """Of a server: everybody is answered in it, whatever language their Discord has."""


class Standing(StrEnum):
    """Whether a rule is at work."""

    ACTIVE = "active"
    PAUSED = "paused"
    """By a moderator."""
    BLOCKED = "blocked"
    """By a missing permission or channel: what matches meanwhile is kept."""


class Place(StrEnum):
    """How a rule's messages stand where they are posted."""

    CHANNEL = "channel"
    """In a text or announcement channel, a thread or a direct message, as the bot's own."""
    FORUM = "forum"
    """A post of a forum for each story; later reports are replies in it."""
    WEBHOOK = "webhook"
    """In a channel, under the outlet's name."""


class Style(StrEnum):
    """How a rule posts."""

    INSTANT = "instant"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    SURGE = "surge"
    """Only where its subject is suddenly much more frequent than usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """When a rule posts what meets it."""

    min_outlets: int = 1
    """How many outlets must tell a story before it is posted."""
    style: Style = Style.INSTANT
    at_minute: int = 0
    """Of daily and weekly digests: minutes after midnight in the channel's zone."""
    weekday: int = 0
    """Of weekly ones: 0 is Monday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours in which a channel is left alone, in minutes after midnight of its zone; they may span midnight."""

    starts: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFlow:
    """How much a channel is told, and when."""

    per_hour: int | None = None
    """Messages an hour; None for the usual number."""
    quiet: Quiet | None = None
    zone: str = "UTC"
    """A name of the IANA's list."""
    publish: bool = False
    """Whether the stories that most outlets tell are published to an announcement channel's followers."""


class WhyHeld(StrEnum):
    """Why a story comes in a digest."""

    DIGEST = "digest"
    """The rule asks for digests."""
    QUIET = "quiet"
    FULL = "full"
    """The channel had its messages of the hour."""
    CATCH_UP = "catch-up"
    """Discord could not be reached for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Until when a story is held back, and why."""

    until: datetime
    why: WhyHeld


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """What one channel wants to be told."""

    id: RuleId
    guild: GuildId
    channel: ChannelId
    query: Query
    criteria: Criteria
    role: RoleId | None
    standing: Standing
    reason: str | None
    """Why it is blocked, in plain words."""
    created_at: datetime
    manner: Manner = Manner()
    filter: str | None = None
    """What must hold besides the criteria, as `bot.filter_model.dumped` writes it."""
    place: Place = Place.CHANNEL
    owner: UserId | None = None
    """Whose it is personally: a follow; None: the server's. Of a follow `guild` says through whose eyes it sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """What tied an item to its story."""

    item: int | str
    """The item of the story that is most like it, by the id that clustering was told: of stored ones their `ItemId`."""
    score: float
    """How often what they share reaches the limit: 1 and more."""
    words: tuple[str, ...] = ()
    """As this item writes them, the weightiest first."""
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    across: bool = False
    """Whether the story is in another language, so that its words could not be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where the desk placed an item."""

    item: ItemId
    story: StoryId
    tie: Tie | None
    """None where it begins the story, or was in it already."""
    silent: bool = False
    """Nobody is told of it (`Candidate.silent`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The items that tell of one event, as one server sees them."""

    id: StoryId
    items: tuple[Item, ...]
    """In the order in which they were placed."""
    ties: Mapping[ItemId, Tie]
    """What tied each of them; none for the first."""

    @property
    def outlets(self) -> tuple[str, ...]:
        """Each outlet once, the first to tell it first."""
        return tuple(dict.fromkeys(item.outlet for item in self.items))


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """A story among the biggest of a time."""

    story: Story
    item: Item
    """The first of its reports that meets what was asked."""
    outlets: int
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An unfiled item, as the desk sees it."""

    item: Item
    terms: str
    scopes: tuple[GuildId, ...]
    """Who may see it: `OPERATOR` stands for everybody."""
    hidden_by: tuple[GuildId, ...] = ()
    """Servers that hid every source it came from."""
    silent: bool = False
    """Nobody is told of it: it is placed in a story, and that is all."""
    story: StoryId | None = None
    """Where it was placed already, when it was silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A decision of the desk: this story goes to this rule's channel, under this item's headline."""

    item: ItemId
    story: StoryId
    rule: RuleId
    guild: GuildId
    channel: ChannelId
    role: RoleId | None
    hold: Hold | None = None
    """Where it is not posted now: until when, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as a channel is told of it: the item whose headline it goes by, and the other reports."""

    item: Item
    also: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Stories that come in one message."""

    stories: tuple[Told, ...]
    """In the order in which they were held back."""
    why: WhyHeld


class Filed(StrEnum):
    """What the desk did with an item."""

    WAITING = "waiting"
    FILED = "filed"
    SILENT = "silent"
    """Remembered without any alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What a channel was given of a story, or is to be given."""

    item: ItemId
    """Under whose headline."""
    state: str
    """pending, sending, sent or dead; held where it waits for a digest."""
    digest: bool
    at: datetime | None
    """When it was sent; of what is held, when the digest comes."""
    message: MessageId | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of how an item came, and what became of it in one server."""

    candidate: Candidate
    filed: Filed
    feeds: tuple[str, ...]
    """Addresses of the feeds that brought it, as far as the server may know them."""
    handed: Mapping[ChannelId, Handed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A stored item that meets criteria, with the story it tells."""

    item: Item
    terms: str
    story: StoryId
    """Of an item that was remembered silently, its own id."""
    outlets: int
    """How many outlets tell the story, as far as the server sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a rule would have posted lately."""

    stories: int
    items: int
    days: float
    """Over how many days: seven, or as long as there is news; fewer where there was too much to look at."""
    newest: tuple[Item, ...]
    """The newest of those stories."""
    needs: int | None = None
    """Where that is a flood: how many outlets would have to tell a story to make it bearable."""

    @property
    def a_day(self) -> float:
        """Stories a day."""
        return self.stories / self.days

    @property
    def floods(self) -> bool:
        """Whether that is more than anybody reads."""
        return self.a_day > FLOOD_A_DAY


FLOOD_A_DAY = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """A subject that is much more frequent than usual."""

    items: int
    outlets: int
    ratio: float | None
    """How many times the usual rate; None where there was none before."""
    hours: tuple[int, ...]
    """Items in each of the last hours, the present one last."""
    shown: tuple[ItemId, ...]
    """The newest of the items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surging:
    """A surge as a channel is told of it."""

    surge: Surge
    subject: Query
    items: tuple[Item, ...]


What = Told | Digest | Surging
"""What one message shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A claimed row of the outbox."""

    id: DeliveryId
    nonce: str
    """At most 25 characters, unique to this database and row (Discord de-duplicates by it for a few minutes)."""
    rule: RuleId
    guild: GuildId
    channel: ChannelId
    role: RoleId | None
    what: What
    grown: int
    """Which state of its story this is."""
    attempts: int
    place: Place
    reply: bool
    """Whether it is a later report in the post of its story."""
    owner: UserId | None
    """Whose follow it is for."""
    locale: str | None
    """In which of Discord's locales its server, or that person, is told things; None where nothing was said."""
    doubt_since: datetime | None
    """When an earlier attempt began of which nobody knows whether Discord took it; None where there was none."""
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What is known of a delivery when somebody clicks on its card."""

    guild: GuildId
    channel: ChannelId
    """Of a post of a forum, and of a reply in one, the forum."""
    item: ItemId
    owner: UserId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A message whose story has grown or was corrected, under lease."""

    id: DeliveryId
    channel: ChannelId
    message: MessageId
    place: Place
    role: RoleId | None
    what: What
    grown: int
    attempts: int
    locale: str | None
    """As a delivery's."""
    flow: ChannelFlow
    """Of the forum whose post it is: replies in it keep the quiet hours; of other messages the usual one."""
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An alert as plain data: what `cards` lays out."""

    what: What
    role: RoleId | None
    number: DeliveryId
    """Carried on the card, so that it can be recognised in the channel's history."""
    place: Place = Place.CHANNEL
    locale: str | None = None
    """In which of Discord's locales it is said; None: in English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that a server's moderators, or the operator, are to be told, under lease."""

    id: NoticeId
    nonce: str
    guild: GuildId
    channel: ChannelId
    text: str
    attempts: int
    begun_at: datetime | None
    """When the first attempt whose fate is unknown began, before this one; None where there is none."""
    token: str
    elsewhere: bool = False
    """Whether the channel is not the one that the server chose, but one where it can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A hub that is to be asked for its calls about a feed (WebSub)."""

    feed: FeedId
    hub: str
    topic: str
    """The feed's address as the hub knows it."""
    token: str
    """Ends the address that the hub calls."""
    secret: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldIn:
    """Where a server hears of its sources."""

    channel: ChannelId
    problem: str | None
    """Why the last notice could not be posted there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Discord has it."""

    message: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Not now: try again after that long. The delivery keeps its nonce."""

    after: timedelta
    detail: str
    doubtful: bool
    """True where Discord may have taken the message all the same (the answer was lost)."""
    everywhere: bool = False
    """True where nothing may be sent to any channel meanwhile: the address or the token is refused."""


class RefusalKind(StrEnum):
    """Why a message will not be taken as things are."""

    FORBIDDEN = "forbidden"
    """A permission is missing: the rule is blocked, what is pending is kept."""
    CHANNEL_GONE = "channel-gone"
    MALFORMED = "malformed"
    """Discord will never take this message: it alone is given up."""
    MESSAGE_GONE = "message-gone"
    """Of an edit: somebody deleted the message, and it stays deleted."""
    UNKNOWN = "unknown"
    """It may have been posted and the channel's history cannot tell: better one miss than a repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Not sent, and trying again at once would not help."""

    kind: RefusalKind
    detail: str


Outcome = Sent | Later | Refused
