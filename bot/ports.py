"""What the inner rooms ask of the outer ones: protocols only, no code.

One method of a store is one transaction. Methods raise `StorageUnavailable` when the store cannot be used now, and
otherwise only what their docstring names.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from bot.filter_model import Filter
from bot.model import (
    Aged,
    Alert,
    AlertRule,
    Breakdown,
    Candidate,
    Changes,
    ChannelFlow,
    ChannelId,
    Correction,
    Criteria,
    Delivered,
    Delivery,
    DeliveryId,
    Denied,
    Edit,
    FeedClaim,
    FeedId,
    GuildId,
    Hearing,
    Item,
    ItemId,
    Language,
    Manner,
    Matched,
    Message,
    MessageId,
    NewSource,
    Notice,
    Outcome,
    Outlet,
    Overview,
    OwnTopic,
    Place,
    Placed,
    Poll,
    Query,
    Record,
    Retagged,
    RoleId,
    RuleId,
    Source,
    SourceId,
    Stale,
    Standing,
    Stored,
    Story,
    StoryId,
    Style,
    Subscription,
    Surge,
    TagCount,
    Tagging,
    TagKind,
    ToldIn,
    Top,
    TopicCount,
    UserId,
    Waiting,
)
from bot.roles import Process, Shards, Share

AT_ONCE = Manner()


class SourceStore(Protocol):
    """Who watches what, and when it is due."""

    async def add(self, owner: GuildId, source: NewSource, *, now: datetime) -> Source:
        """Add one source, due at once. Raises `Conflict` where the owner has it already."""
        ...

    async def add_all(
        self, owner: GuildId, sources: Sequence[NewSource], *, now: datetime, apart: timedelta = ...
    ) -> int:
        """Add those the owner does not have, all or none; their number. The first is due at once, each next `apart`."""
        ...

    async def change_rules(self, sources: Sequence[NewSource], *, now: datetime) -> int:
        """Give the operator's pages these rules where they have others; how many changed. Those are due, and silent."""
        ...

    async def describe(self, owner: GuildId, source: SourceId, outlet: Outlet) -> bool:
        """Say otherwise of a source who publishes it, for what comes. False where the owner has no such source."""
        ...

    async def remove(self, owner: GuildId, source: SourceId) -> bool:
        """Stop watching; what is stored stays. False where the owner has no such source."""
        ...

    async def pause(self, owner: GuildId, source: SourceId, paused: bool, *, now: datetime) -> bool:
        """Pause or resume; a resumed source is due at once and comes back silently. False where there is none."""
        ...

    async def hide(self, guild: GuildId, source: SourceId, hidden: bool) -> bool:
        """Hide one of the operator's sources from a server, or show it again. False where there is none."""
        ...

    async def wake(self, source: SourceId, *, now: datetime) -> bool:
        """Make a source due at once, again where it is being polled. False where there is none."""
        ...

    async def for_guild(self, guild: GuildId) -> tuple[Source, ...]:
        """The operator's sources and the server's own, by outlet and section; for `OPERATOR` its own only."""
        ...

    async def claim(self, holder: str, limit: int, lease: timedelta, *, now: datetime) -> tuple[FeedClaim, ...]:
        """Lease at most `limit` due feeds, those due longest first."""
        ...

    async def claim_source(self, source: SourceId, holder: str, lease: timedelta, *, now: datetime) -> FeedClaim | None:
        """Lease the feed of one source, due or not; None where it is held, paused, or not there."""
        ...

    async def finish(self, claim: FeedClaim, poll: Poll, *, now: datetime) -> Stored:
        """Store what a poll brought and end the lease, all or nothing. Raises `LeaseLost`; then nothing is written.

        Where the feed was made due since it was claimed, it is due no later than that.
        """
        ...

    async def recover(self, holder: str) -> None:
        """End every lease of a holder that is surely dead, so that nobody need wait for it to run out."""
        ...

    async def read_anew(self) -> None:
        """Let the next poll of every feed be silent: for a memory that was put back, and lacks what came meanwhile."""
        ...

    async def spread(self, *, now: datetime) -> int:
        """Let the feeds that are overdue come one after the other instead of all at once; their number."""
        ...

    async def shift(self, by: timedelta) -> None:
        """Move every due time and lease: the clock was set."""
        ...

    async def release(self, claim: FeedClaim) -> None:
        """End a lease without a poll: the feed is due as before."""
        ...

    async def postpone(self, claims: Sequence[tuple[FeedClaim, datetime]]) -> None:
        """End leases without a poll: each feed is due again at that moment."""
        ...

    async def changes(self, feed: FeedId, fingerprints: Mapping[str, int]) -> Changes:
        """Those keys under which the feed has brought nothing yet, or another text than one of that fingerprint."""
        ...

    async def has_brought(self, feed: FeedId, urls: Sequence[str]) -> bool:
        """Whether the feed has brought an item with one of these addresses, under whatever key."""
        ...

    async def next_due(self) -> datetime | None:
        """When the next feed that nobody holds is due; None where nothing is watched."""
        ...

    async def due(self, *, now: datetime) -> int:
        """How many feeds are due."""
        ...


class OwnTopicStore(Protocol):
    """Servers' own topics."""

    async def of_guild(self, guild: GuildId) -> tuple[OwnTopic, ...]:
        """A server's topics, by their slugs."""
        ...

    async def draft(self, guild: GuildId, topic: OwnTopic, *, now: datetime) -> None:
        """Keep a topic for a day, to be saved."""
        ...

    async def save(self, guild: GuildId, slug: str, *, now: datetime) -> OwnTopic | None:
        """Save a draft in place of the topic of that name; None where there is no draft."""
        ...

    async def remove(self, guild: GuildId, slug: str) -> bool:
        """Forget a topic; False where there is none."""
        ...


class ProfileStore(Protocol):
    """What the items that meet a filter are about."""

    async def breakdown(self, asked: Filter, *, guild: GuildId, most: int, looked_at: int, shown: int) -> Breakdown:
        """When the newest `most` items that meet a resolved filter were published, and the newest of those broken down.

        As that server sees them; `shown` are given in full.
        """
        ...

    async def published(self, asked: Filter, *, guild: GuildId, most: int) -> tuple[datetime, ...]:
        """When the newest `most` items that meet a resolved filter were published."""
        ...


class VisitStore(Protocol):
    """When people last asked what is new."""

    async def visit(self, person: UserId, question: str, *, now: datetime) -> datetime | None:
        """Note that a person asks a question now; when they did before, None where never (or 90 days ago)."""
        ...


class LanguageStore(Protocol):
    """In which language servers and persons are told things."""

    async def language(self, holder: GuildId | UserId) -> Language | None:
        """What was said of one; None where nothing was."""
        ...

    async def set_language(self, holder: GuildId | UserId, language: Language) -> None:
        """Keep that; what says nothing is forgotten."""
        ...


class PrivacyStore(Protocol):
    """What is kept of servers and persons: how much, by what it is."""

    async def of_server(self, server: GuildId) -> Mapping[str, int]:
        """What is kept of a server."""
        ...

    async def of_person(self, person: UserId) -> Mapping[str, int]:
        """What is kept of a person."""
        ...

    async def forget_server(self, server: GuildId) -> Mapping[str, int]:
        """Forget a server; what was kept. News of its own sources stays, seen by nobody."""
        ...

    async def forget_person(self, person: UserId) -> Mapping[str, int]:
        """Forget a person; what was kept. What they corrected stays corrected, without their name."""
        ...

    def export_server(self, server: GuildId) -> AsyncIterator[tuple[str, Sequence[Mapping[str, Any]]]]:
        """All that is kept of a server, but other persons' ids and follows: what it is, and some rows of it at a time.

        Each is a read of its own, so that nobody waits for a long one; the same name may come again.
        """
        ...

    def export_person(self, person: UserId) -> AsyncIterator[tuple[str, Sequence[Mapping[str, Any]]]]:
        """All that is kept of a person, likewise."""
        ...

    async def is_in(self, servers: Sequence[GuildId], *, now: datetime, shards: Shards = ...) -> None:
        """Note all servers that the bot is in on some shards: of whom else there anything is kept, it has left."""
        ...

    async def came(self, server: GuildId) -> None:
        """Note that it is in a server."""
        ...

    async def went(self, server: GuildId, *, now: datetime) -> None:
        """Note that it is in a server no more."""
        ...

    async def left(self, *, before: datetime) -> tuple[GuildId, ...]:
        """The servers that it left before a moment, and did not come back to."""
        ...


class RetentionStore(Protocol):
    """What is old, and may be let go of; each call a little at once."""

    async def mark_items(self, *, before: datetime, after: int, limit: int) -> tuple[int, int]:
        """Mark some items published before a moment, with ids beyond `after`: how many, and the last id.

        Left alone is what is unfiled, in a story that has gone on since, or waits to be posted or edited.
        """
        ...

    async def look_at_scopes(self) -> None:
        """Look up in which servers items are seen; what `empty_items` goes by. Those come by no item that is marked."""
        ...

    async def empty_items(self, *, limit: int) -> int:
        """Let go of some marked items; how many. Counts of tags stay true, and what a feed still brings is not new."""
        ...

    async def drop_deliveries(self, *, before: datetime, after: int, limit: int) -> tuple[int, int | None]:
        """Drop those of the next `limit` deliveries that are old and done: how many, and where to go on, if so."""
        ...

    async def drop(self, what: Aged, *, before: datetime, limit: int) -> int:
        """Drop some of what is older; how many."""
        ...

    async def drop_queries(self, *, kept: int, limit: int) -> int:
        """Drop some of the kept queries beyond the newest; how many."""
        ...

    async def drop_gone_rules(self, *, kept: int, limit: int) -> int:
        """Drop the numbers of some rules that were gone before the last `kept` changes; how many."""
        ...


class DenialStore(Protocol):
    """Whom the operator does not serve."""

    async def denied(self) -> frozenset[tuple[Denied, str]]:
        """All of them."""
        ...

    async def deny(self, what: Denied, name: str, *, now: datetime) -> bool:
        """Serve a server or a person no more: its alerts and sources, or their follows, stop. False where it is so."""
        ...

    async def allow(self, what: Denied, name: str, *, now: datetime) -> bool:
        """Serve it again: what was stopped goes on, of what comes from now on. False where it is served."""
        ...


class NewsStore(Protocol):
    """What is remembered. `guild` says whose eyes it is read with: the operator's news, and that server's own."""

    async def find(
        self, criteria: Criteria, *, guild: GuildId, until: ItemId | None, offset: int, limit: int
    ) -> tuple[Item, ...]:
        """Items that meet the criteria, newest first; those later than `until` are passed over."""
        ...

    async def first_page(
        self, criteria: Criteria, *, guild: GuildId, until: ItemId | None, size: int, most: int
    ) -> tuple[int, tuple[Item, ...]]:
        """`count` up to `most`, and the newest `size` of what matches, in one look."""
        ...

    async def about_or_mentions(
        self, criteria: Criteria, *, guild: GuildId, until: ItemId | None, size: int, most: int
    ) -> tuple[int, tuple[Item, ...], bool]:
        """`first_page` of what is about a country; where there is nothing, of what mentions it, and which."""
        ...

    async def filtered(
        self, asked: Filter, *, guild: GuildId, until: ItemId | None, offset: int, limit: int, most: int
    ) -> tuple[int, tuple[Item, ...]]:
        """How many items meet a resolved filter, up to `most`, and some of them, newest first.

        Raises `ValueError` for a filter of more than `filter_model.ALTERNATIVES` alternatives.
        """
        ...

    async def count(self, criteria: Criteria, *, guild: GuildId, until: ItemId | None, limit: int) -> int:
        """How many items match: counted up to `limit`, or all of them where their number is kept."""
        ...

    async def item(self, item: ItemId, *, guild: GuildId) -> Item | None:
        """One item, where that server may see it, with its earlier headlines."""
        ...

    async def item_by_url(self, url: str, *, guild: GuildId) -> Item | None:
        """The newest item with that link that the server may see."""
        ...

    async def items_of_tag(self, kind: TagKind, tag: str, *, guild: GuildId) -> int:
        """How many items carry a tag."""
        ...

    async def tags(self, *, guild: GuildId, limit: int) -> tuple[TagCount, ...]:
        """The tags with most items."""
        ...

    async def outlets(self, *, guild: GuildId) -> tuple[tuple[str, int], ...]:
        """Outlets that have items or are watched, with their number of items, by name."""
        ...

    async def known_terms(self, terms: Sequence[str]) -> frozenset[str]:
        """Those index terms that occur in anything stored."""
        ...

    async def keep_query(self, query: Query) -> int:
        """Keep a query that is too long for a button; its number, the same for the same query."""
        ...

    async def kept_query(self, number: int) -> Query | None:
        """A kept query, None where there is none of that number."""
        ...

    async def settle(self) -> None:
        """Work what came of late into the indexes, where that is put off: each question looks for it till then."""
        ...

    async def unfiled(self, limit: int) -> tuple[Candidate, ...]:
        """Items that no desk has decided on, oldest first: news, or where there is none, what is silent."""
        ...

    async def file(self, term: int, placed: Sequence[Placed], alerts: Sequence[Alert], *, now: datetime) -> int:
        """Mark items as filed, write their stories and deliveries, all or nothing; the number of new deliveries.

        The cards of stories that grew are to be edited. Raises `LeaseLost` where the term is no longer the seat's. A
        replay is harmless: an item stays in its story, and a story goes to a channel once.
        """
        ...

    def open_stories(self, since: datetime, most: int) -> AsyncIterator[tuple[Item, StoryId]]:
        """Items of stories published since then, in the order in which they were placed.

        At most so many, the newest. They may be very many.
        """
        ...

    async def members(self, stories: Sequence[StoryId]) -> Mapping[StoryId, tuple[Candidate, ...]]:
        """All items of some stories as the desk sees them, in the order in which they were placed."""
        ...

    async def record(self, item: ItemId, *, guild: GuildId) -> Record | None:
        """How an item came, and what became of it in a server; None where that may not see it."""
        ...

    async def item_of_message(self, message: MessageId, *, guild: GuildId) -> ItemId | None:
        """The item on the card of a message in that server."""
        ...

    async def watching_since(self) -> datetime | None:
        """When the first feed was read: older items came with first readings, which tell nothing of how many come."""
        ...

    async def matched(self, asked: Filter, *, guild: GuildId, limit: int) -> tuple[Matched, ...]:
        """Items that may meet a resolved filter, newest first, with their stories; `news.filters.met` says which do.

        How many outlets it asks is not looked at, and of one of too many alternatives only what every match carries.
        """
        ...

    async def texts(
        self, asked: Filter, *, guild: GuildId, until: ItemId | None, limit: int
    ) -> tuple[tuple[Item, str], ...]:
        """Items that meet a resolved filter, newest first, each with its index terms. Raises as `filtered` does."""
        ...

    async def random(self, draw: Callable[[], float], *, guild: GuildId) -> Item | None:
        """An item near a time drawn from those that the memory spans; None where there is none.

        `draw` gives numbers from 0 to below 1. Of a memory of few items each is as likely.
        """
        ...

    async def top(
        self, asked: Filter, *, guild: GuildId, until: ItemId | None, most: int, limit: int
    ) -> tuple[Top, ...]:
        """The stories of the newest `most` items that meet a filter, those that most outlets tell there first."""
        ...

    async def story_of(self, item: ItemId, *, guild: GuildId) -> Story | None:
        """The story of an item as that server sees it; None where it was never placed."""
        ...

    async def overview(self) -> Overview: ...


class TagStore(Protocol):
    """Tags that change after an item was stored."""

    async def count_stale(self, lexicon: str) -> int:
        """How many items another version of the lexicon tagged."""
        ...

    async def stale(self, lexicon: str, *, before: ItemId | None, limit: int) -> tuple[Stale, ...]:
        """Such items, the newest first, older than `before`."""
        ...

    async def retag(self, batch: Sequence[Retagged]) -> None:
        """Give items their new tags, in one transaction. Nothing is filed again, so that no alert comes of it."""
        ...

    async def emerged(self) -> frozenset[str]:
        """Every hashtag that was ever admitted from the news itself: what carries it keeps it when it is retagged."""
        ...

    async def give(self, batch: Mapping[ItemId, Sequence[Tagging]]) -> None:
        """Give stored items further topics, in one transaction, but those they carry or must not. No alert of it."""
        ...

    async def corrections(self, item: ItemId, *, guild: GuildId) -> tuple[Correction, ...]:
        """What was said of an item's tags in one scope."""
        ...

    async def correct(self, correction: Correction, item: Item, *, author: UserId, now: datetime) -> None:
        """Keep a correction and apply it. `item` is the correction's, as stored (its tags those of everybody)."""
        ...


class TrendStore(Protocol):
    """Names that may become hashtags, those that did, and how many items carry what in a span of time."""

    async def roll(self, *, window: timedelta, baseline: timedelta, now: datetime) -> None:
        """Count the days (UTC) that lie before the window by now, and forget which item held what, and older counts."""
        ...

    async def heard(self, *, window: timedelta, baseline: timedelta, now: datetime) -> Hearing:
        """How often each name was heard in everybody's items of the window, and in the counted days before it."""
        ...

    async def spellings(self, slugs: Sequence[str]) -> Mapping[str, str]:
        """Of some names, the words in which most items hold them."""
        ...

    async def admitted(self) -> Mapping[str, str]:
        """The hashtags that are given now, with their labels."""
        ...

    async def settle(
        self, *, admit: Mapping[str, str], alive: Sequence[str], fade_before: datetime, now: datetime
    ) -> tuple[str, ...]:
        """Admit names (with labels) and renew those that are alive; what was not since `fade_before` fades: which.

        All or nothing. A faded hashtag stays on the items that carry it.
        """
        ...

    async def untagged(self, limit: int) -> tuple[tuple[Item, tuple[tuple[str, str], ...]], ...]:
        """Items that hold admitted names (slug, words) as whose hashtags they do not carry them, the newest first.

        Those of which it was said that they do not carry the tag are left out.
        """
        ...

    async def counts(
        self, *, guild: GuildId, since: datetime, before: datetime, limit: int
    ) -> tuple[int, int, tuple[TopicCount, ...]]:
        """All items since `since`, all from `before` until then, and the topics of the former, fullest first."""
        ...

    async def outlets(self, tags: Sequence[str], *, guild: GuildId, since: datetime) -> Mapping[str, int]:
        """By how many outlets the items are that carry each topic since then."""
        ...


class DayStore(Protocol):
    """How many of everybody's items came on each day."""

    async def counts(self, criteria: Criteria, *, since: date) -> Mapping[date, int]:
        """Items that carry the one tag, or hold the phrase, that the criteria name, by day (UTC); days without, none.

        Conditions beside the topic, else the country, else the outlet are not looked at.
        """
        ...

    async def subjects(self, *, since: datetime) -> dict[str, int]:
        """Items by the country that they are about."""
        ...

    async def is_plain(self, guild: GuildId) -> bool:
        """Whether a server sees just what everybody does: it hides nothing, corrected nothing, has no source."""
        ...


class AlertStore(Protocol):
    """The servers' alert rules."""

    async def add(
        self,
        *,
        guild: GuildId,
        channel: ChannelId,
        query: Query,
        criteria: Criteria,
        role: RoleId | None,
        manner: Manner = AT_ONCE,
        filter: str | None = None,
        place: Place = Place.CHANNEL,
        owner: UserId | None = None,
        now: datetime,
    ) -> AlertRule: ...

    async def edit(
        self,
        rule: RuleId,
        *,
        channel: ChannelId,
        query: Query,
        criteria: Criteria,
        role: RoleId | None,
        manner: Manner = AT_ONCE,
        filter: str | None = None,
        place: Place = Place.CHANNEL,
    ) -> None:
        """Replace what a rule says; what is pending goes to the new channel."""
        ...

    async def remove(self, rule: RuleId) -> None:
        """Remove a rule and what it has pending."""
        ...

    async def set_standing(self, rule: RuleId, standing: Standing, reason: str | None = None) -> None:
        """Pause a rule, or set it to work: together with those of its channel that are blocked."""
        ...

    async def for_guild(self, guild: GuildId) -> tuple[AlertRule, ...]:
        """A server's rules, in the order they were made; nobody's follows are among them."""
        ...

    async def of_person(self, person: UserId) -> tuple[AlertRule, ...]:
        """A person's follows, in the order they were made."""
        ...

    async def blocked(self) -> tuple[AlertRule, ...]:
        """Every rule that cannot post, of all servers, in the order they were made."""
        ...

    async def untold(self, *, person: UserId | None, guild: GuildId | None) -> tuple[ChannelId, str] | None:
        """A channel where a person's follows, or a server's alerts, are blocked, and why; each is named once."""
        ...

    async def version(self) -> int:
        """A number that is another after each change of any rule."""
        ...

    async def at_work(self, style: Style) -> tuple[AlertRule, ...]:
        """Every server's rules of a style that are neither paused nor blocked."""
        ...

    async def changed(self, since: int) -> tuple[int, tuple[AlertRule, ...], tuple[RuleId, ...]]:
        """What has changed since a version, -1 for everything: the present one, rules as they are, and those gone."""
        ...


class SeatStore(Protocol):
    """Seats that one process at a time holds."""

    async def take(self, name: str, holder: str, lease: timedelta, *, now: datetime) -> int | None:
        """Hold or renew a seat: its term, which grows with each holder; None while another holds it."""
        ...

    async def leave(self, name: str, holder: str) -> None:
        """Give a seat up, if that holder has it."""
        ...

    async def clear(self) -> None:
        """Free every seat: for a process that is surely alone."""
        ...


class ProcessStore(Protocol):
    """The processes of a bot that is several."""

    async def meet(self, me: Process, *, now: datetime) -> tuple[Process, ...]:
        """Say that a process is there; all that are, by their ids."""
        ...

    async def there(self, *, now: datetime) -> tuple[Process, ...]:
        """The processes that were heard of in the last `roles.SEEN`, by their ids."""
        ...

    async def leave(self, me: Process) -> None:
        """Say that a process ends."""
        ...

    async def time(self) -> datetime:
        """The database's clock."""
        ...


class HubStore(Protocol):
    """Hubs that call when a feed has something new."""

    async def next_due(self) -> datetime | None:
        """When the next hub is to be asked; None where none is."""
        ...

    async def due(self, *, now: datetime) -> Subscription | None:
        """A subscription that is to be asked for now; None where none is."""
        ...

    async def asked(
        self, subscription: Subscription, *, asked_at: datetime, again_at: datetime, problem: str | None
    ) -> None:
        """Note that a hub was asked, and when to ask again unless it confirms.

        Where it confirmed or denied since it was asked, that stays as it is.
        """
        ...

    async def confirm(self, token: str, topic: str, lease: timedelta, *, now: datetime) -> bool:
        """The hub confirmed; it is asked again when three quarters of the lease are over. False where nobody asked."""
        ...

    async def deny(self, token: str, topic: str, reason: str, *, again_at: datetime) -> bool:
        """The hub denied it. False where nobody asked."""
        ...

    async def secret(self, token: str) -> tuple[FeedId, str | None] | None:
        """The feed that is called about by that token, and what calls are signed with, if they are.

        None where none is watched.
        """
        ...

    async def called(self, feed: FeedId, *, now: datetime) -> bool:
        """Make a feed due because its hub called; False where that changes nothing yet.

        So it is where the feed is due already, or was called about in the last minute: then it is due at its end.
        """
        ...


class NoticeStore(Protocol):
    """What moderators are to be told of their sources, and where."""

    async def tell_in(self, guild: GuildId, channel: ChannelId | None) -> None:
        """Choose the channel, for `OPERATOR` the operator's; None: nowhere, and what waits is dropped."""
        ...

    async def told_in(self, guild: GuildId) -> ToldIn | None:
        """The channel chosen; None where there is none."""
        ...

    async def claim(self, holder: str, lease: timedelta, *, now: datetime) -> Notice | None:
        """Lease the oldest notice that is due; None where none is."""
        ...

    async def finish(self, notice: Notice, outcome: Outcome, *, now: datetime) -> None:
        """Record an outcome. Raises `LeaseLost` where another holds the notice; then nothing is written."""
        ...

    async def next_due(self) -> datetime | None:
        """When the next notice may be tried; None where none waits."""
        ...


class DeliveryStore(Protocol):
    """The outbox."""

    async def recover(self, holder: str) -> None:
        """End every lease of a holder that is surely dead; what it had under way stays in doubt."""
        ...

    async def doubt_all(self) -> None:
        """Let all that waits be looked for before it is sent: for a memory that was put back."""
        ...

    async def waiting(self, limit: int, *, now: datetime, share: Share = ...) -> tuple[DeliveryId, ...]:
        """What may be sent now: the oldest pending delivery of each channel of a share that has none under way.

        The first to be sent first: servers take turns, and so do persons with follows. It looks at all that waits.
        """
        ...

    async def claim(
        self, holder: str, deliveries: Sequence[DeliveryId], lease: timedelta, *, now: datetime
    ) -> tuple[Delivery, ...]:
        """Lease those of some deliveries that still may be sent (see `waiting`); it looks at nothing else."""
        ...

    async def finish(self, delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
        """Record an outcome. Raises `LeaseLost` where another holds the delivery; then nothing is written."""
        ...

    async def next_due(self) -> datetime | None:
        """When the next pending delivery may be tried; None where nothing is pending."""
        ...

    async def delivered(self, number: DeliveryId) -> Delivered | None:
        """What a delivery was of, and for whom; None where there is no such."""
        ...

    async def claim_edits(
        self, holder: str, limit: int, lease: timedelta, *, now: datetime, share: Share = ...
    ) -> tuple[Edit, ...]:
        """Lease messages whose stories have grown, the longest waiting first, in channels of a share."""
        ...

    async def finish_edit(self, edit: Edit, outcome: Outcome, *, replies_at: datetime, now: datetime) -> None:
        """Record what became of an edit. Raises `LeaseLost` where another holds it.

        In a forum the reports of other outlets that the card names now become replies, due at `replies_at`.
        """
        ...

    async def tidy(self, *, now: datetime) -> int:
        """Give up what waited too long for a blocked channel; how many rules were removed or paused for that."""
        ...

    async def add_surge(self, rule: AlertRule, surge: Surge, *, since: datetime, now: datetime) -> bool:
        """Tell a rule's channel of a surge, unless it was told of one since then; whether it is told."""
        ...

    async def begin_publication(self, *, now: datetime) -> tuple[ChannelId, MessageId] | None:
        """The message that is to be published to its channel's followers now, if any: it is named once."""
        ...

    async def edit_is_due(self, *, now: datetime, share: Share = ...) -> bool:
        """Whether a message of a share is to be edited now, and nobody is at it."""
        ...


class DigestStore(Protocol):
    """What is held back, and the digests that bring it."""

    async def flows(
        self, channels: Sequence[ChannelId], *, now: datetime
    ) -> Mapping[ChannelId, tuple[ChannelFlow, int]]:
        """How much each channel is told, and how many messages it was given in the last hour."""
        ...

    async def told(self, pairs: Sequence[tuple[ChannelId, StoryId]]) -> frozenset[tuple[ChannelId, StoryId]]:
        """Those of the pairs whose channel was given the story, by itself or in a digest."""
        ...

    async def judged(self) -> int:
        """The state of the rules (`AlertStore.version`) by which what is held was judged last; -1: never."""
        ...

    async def to_judge(self, since: int, *, after: int, limit: int) -> tuple[Waiting, ...]:
        """What is held in channels of which any rule has changed since that state, by rising id."""
        ...

    async def judge(self, changed: Sequence[Waiting], dropped: Sequence[Waiting]) -> None:
        """Let held stories go by other rules, or come at other times; and let go of those that nobody waits for."""
        ...

    async def all_judged(self, version: int) -> None:
        """Say by which state of the rules all that is held was judged."""
        ...

    async def set_flow(self, guild: GuildId, channel: ChannelId, flow: ChannelFlow) -> None:
        """Set how much a channel is told; it counts as a change of its rules."""
        ...

    async def gather(self, *, now: datetime) -> bool:
        """Put what is due for one channel into a digest, new or not full yet; whether there was any.

        What waits since Discord could not be reached, more than a few stories of a channel, is held back first.
        """
        ...

    async def next_due(self) -> datetime | None:
        """When the next held story is due; None where none is held."""
        ...


class Poster(Protocol):
    """Puts messages into Discord's channels. Never raises but for cancellation: what happens is an `Outcome`."""

    async def post(self, channel: ChannelId, message: Message, *, nonce: str) -> Outcome: ...

    async def edit(self, channel: ChannelId, posted: MessageId, message: Message) -> Outcome:
        """Let a message of ours show something else. It mentions nobody anew. Of a post `channel` is its forum."""
        ...

    async def publish(self, channel: ChannelId, posted: MessageId) -> Outcome:
        """Publish a message of ours to the followers of its announcement channel."""
        ...

    async def tell(self, channel: ChannelId, text: str, *, nonce: str) -> Outcome:
        """Post a notice: plain text, which mentions nobody and is not taken for markup."""
        ...

    async def find(
        self, channel: ChannelId, number: DeliveryId, *, since: datetime, place: Place = Place.CHANNEL
    ) -> Outcome | None:
        """`Sent` with the message that carries it, None where the history holds none, else why none can tell."""
        ...
