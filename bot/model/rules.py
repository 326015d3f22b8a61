"""Alert rules: what a channel wants to be told, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.asked import Criteria, Query
from bot.model.ids import ChannelId, GuildId, ItemId, RoleId, RuleId, UserId
from bot.model.items import Item


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
