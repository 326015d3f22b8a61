"""What is told unasked: alerts, the deliveries that carry them, notices, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.asked import Query
from bot.model.ids import ChannelId, DeliveryId, GuildId, ItemId, MessageId, NoticeId, RoleId, RuleId, StoryId, UserId
from bot.model.items import Item
from bot.model.rules import ChannelFlow, Place, Surge
from bot.model.stories import Candidate


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
class Waiting:
    """A story that a channel's digest is to bring, as it is held now."""

    id: int
    channel: ChannelId
    story: StoryId
    item: ItemId
    rule: RuleId
    role: RoleId | None
    why: WhyHeld
    due_at: datetime
    since: datetime
    """When it was held."""
    adrift: bool
    """Whether its rule is not at work in the channel any more."""
    left_behind: bool
    """Whether that is for good: the rule was removed, or moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as a channel is told of it: the item whose headline it goes by, and the other reports."""

    item: Item
    also: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Stories that come in one message."""

    stories: tuple[Told, ...]
    """In the order in which they were held back; of very many those that most outlets tell."""
    why: WhyHeld
    more: int = 0
    """How many there are besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surging:
    """A surge as a channel is told of it."""

    surge: Surge
    subject: Query
    items: tuple[Item, ...]


What = Told | Digest | Surging
"""What one message shows."""


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
