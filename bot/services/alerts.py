"""Alert rules: what a server's moderators set. Never: a Discord type, or a send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.errors import UserError
from bot.filter_model import Filter, Kind, Node, Tag, Topic, dumped, either, needed
from bot.model import (
    FLOOD_A_DAY,
    AlertRule,
    ChannelFlow,
    ChannelId,
    Criteria,
    GuildId,
    How,
    Manner,
    Matched,
    Place,
    Preview,
    Query,
    Resolution,
    RoleId,
    RuleId,
    StoryId,
)
from bot.news.filters import joined, met, own_filter, text_of, together
from bot.news.flow import PER_HOUR
from bot.news.rule_index import normal
from bot.ports import AlertStore, DigestStore
from bot.services.news import NewsService
from bot.services.rules import RuleKeeper
from bot.services.times import parse_quiet, parse_zone
from bot.words import _, slash

__all__ = ["PER_HOUR", "AlertService"]

MOST_OUTLETS = 20
MOST_PER_HOUR = 60
WEEK = timedelta(days=7)
LOOKED_AT = 3_000
"""Items of the last week that a preview looks at."""
MANY = 20
"""Matches from which on the oldest says how long a time they are of."""
AT_ONCE = Manner()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a rule is to be met by."""

    query: Query
    """As typed, its filter in the canonical form."""
    criteria: Criteria
    filter: str | None
    """Resolved, as it is stored. The outlets that it asks for stay in it: they go when it goes."""
    resolution: Resolution | None
    """What the topic was taken for."""
    manner: Manner

    @property
    def asked(self) -> Filter:
        """All that it asks."""
        return joined(self.criteria, self.filter)

    def is_of(self, rule: AlertRule) -> bool:
        """Whether a rule asks just the same, and posts in the same manner."""
        return rule.manner == self.manner and normal(joined(rule.criteria, rule.filter)) == normal(self.asked)


class AlertService(RuleKeeper[GuildId]):
    """Adds, lists, edits, pauses and removes alert rules."""

    def __init__(
        self, alerts: AlertStore, digests: DigestStore, news: NewsService, clock: Clock, *, limit: int, in_channel: int
    ) -> None:
        """`limit` is how many rules one server may have, `in_channel` how many of them one channel."""
        self._alerts = alerts
        self._digests = digests
        self._news = news
        self._clock = clock
        self._limit = limit
        self._in_channel = in_channel

    async def add(
        self,
        guild: GuildId,
        channel: ChannelId,
        query: Query,
        role: RoleId | None,
        *,
        manner: Manner = AT_ONCE,
        place: Place = Place.CHANNEL,
    ) -> tuple[AlertRule, Resolution | None]:
        """Set a rule; it and what its topic was taken for. Raises `UserError`."""
        wanted = await self.wanted(guild, query, manner)
        return await self.set(guild, channel, wanted, role, place=place), wanted.resolution

    async def set(
        self,
        guild: GuildId,
        channel: ChannelId,
        wanted: Wanted,
        role: RoleId | None,
        *,
        place: Place = Place.CHANNEL,
    ) -> AlertRule:
        """Set a rule whose meaning is fixed; `look` says beforehand what it would have posted. Raises `UserError`."""
        rules = await self._alerts.for_guild(guild)
        if len(rules) >= self._limit:
            raise UserError(
                _(
                    "This server has {number} alerts, the most there may be: remove one with {command}.",
                    number=len(rules),
                    command=slash("alert remove"),
                )
            )
        self._check_room(rules, channel)
        if any(rule.channel == channel and wanted.is_of(rule) for rule in rules):
            raise UserError(
                _("That channel has just this alert already: {command} shows it.", command=slash("alert list"))
            )
        return await self._alerts.add(
            guild=guild,
            channel=channel,
            query=wanted.query,
            criteria=wanted.criteria,
            role=role,
            manner=wanted.manner,
            filter=wanted.filter,
            place=place,
            now=self._clock.now(),
        )

    async def preview(
        self, guild: GuildId, query: Query, *, manner: Manner = AT_ONCE
    ) -> tuple[Preview, Resolution | None]:
        """What a rule would have posted in the last week; and what its topic was taken for. Raises `UserError`."""
        wanted = await self.wanted(guild, query, manner)
        return await self.look(guild, wanted), wanted.resolution

    async def look(self, guild: GuildId, wanted: Wanted) -> Preview:
        """What a rule whose meaning is fixed would have posted in the last week."""
        now = self._clock.now()
        asked = together(wanted.asked, Filter(since=now - WEEK))
        looked_at = await self._news.matched(asked, guild=guild, limit=LOOKED_AT)
        found = met(looked_at, asked)
        span = WEEK if len(looked_at) < LOOKED_AT else now - looked_at[-1].item.published_at
        return previewed(found, max(wanted.manner.min_outlets, asked.min_outlets), now, span=span)

    async def edit(
        self,
        guild: GuildId,
        rule: RuleId,
        *,
        channel: ChannelId,
        query: Query,
        role: RoleId | None,
        manner: Manner = AT_ONCE,
        place: Place = Place.CHANNEL,
    ) -> tuple[AlertRule, Resolution | None]:
        """Replace what a rule says; it as it is now, and what its topic was taken for. Raises `UserError`."""
        old = await self.get(guild, rule)
        if old.channel != channel:
            self._check_room(await self._alerts.for_guild(guild), channel)
        wanted = await self.wanted(guild, query, manner, old=old)
        await self._replace(rule, wanted, channel=channel, role=role, place=place)
        return await self.get(guild, rule), wanted.resolution

    def _check_room(self, rules: Sequence[AlertRule], channel: ChannelId) -> None:
        """Raise `UserError` where a channel has as many alerts as it may."""
        number = sum(rule.channel == channel for rule in rules)
        if number >= self._in_channel:
            raise UserError(
                _(
                    "That channel has {number} alerts, the most there may be: remove one with {command}, or choose "
                    "another channel.",
                    number=number,
                    command=slash("alert remove"),
                )
            )

    async def change(self, rule: AlertRule, query: Query) -> AlertRule:
        """Let a rule, a server's or a person's, ask something else; it as it is then. Raises `UserError`."""
        wanted = await self.wanted(rule.guild, query, rule.manner, old=rule)
        await self._replace(rule.id, wanted, channel=rule.channel, role=rule.role, place=rule.place)
        return replace(rule, query=wanted.query, criteria=wanted.criteria, filter=wanted.filter)

    async def _replace(
        self, rule: RuleId, wanted: Wanted, *, channel: ChannelId, role: RoleId | None, place: Place
    ) -> None:
        await self._alerts.edit(
            rule,
            channel=channel,
            query=wanted.query,
            criteria=wanted.criteria,
            role=role,
            manner=wanted.manner,
            filter=wanted.filter,
            place=place,
        )

    @staticmethod
    def any_of(topics: Sequence[str], countries: Sequence[str]) -> Query:
        """What carries one of some topics or is about one of some countries (codes), at least one in all."""
        if len(topics) + len(countries) == 1:
            return Query(topic=topics[0]) if topics else Query(country=countries[0])
        wanted: list[Node] = [*(Topic(topic) for topic in topics), *(Tag(Kind.SUBJECT, code) for code in countries)]
        return Query(filter=text_of(Filter(root=either(wanted))))

    async def wanted(self, guild: GuildId, query: Query, manner: Manner, *, old: AlertRule | None = None) -> Wanted:
        """What a rule's query means, fixed when the rule is set. Raises `UserError`.

        `old` is the rule as it was: the meaning of a topic of the server's own goes on where that is removed since.
        """
        resolution = await self._resolved(guild, query)
        own, said = own_filter(resolution), None
        if old is not None and _has_lost_its_topic(old, query, resolution):
            resolution, own, said = None, joined(Criteria(), old.filter), old.query.filter
        criteria = self._news.criteria(query, resolution)
        asked = None if own == Filter() else dumped(own)
        if query.filter is not None and query.filter != said:
            narrowed = own != Filter() or resolution is not None or criteria != Criteria()
            typed, meant = await self._news.filter(query.filter, guild=guild, narrowed=narrowed)
            query, asked = replace(query, filter=text_of(typed)), dumped(together(own, meant))
        _check_outlets(manner.min_outlets, joined(criteria, asked))
        return Wanted(query=query, criteria=criteria, filter=asked, resolution=resolution, manner=manner)

    async def get(self, guild: GuildId, rule: RuleId) -> AlertRule:
        """One rule of that server. Raises `UserError` where it has no such rule."""
        for found in await self._alerts.for_guild(guild):
            if found.id == rule:
                return found
        raise UserError(
            _("This server has no alert {rule}: {command} shows those it has.", rule=rule, command=slash("alert list"))
        )

    async def rules(self, guild: GuildId) -> tuple[AlertRule, ...]:
        """A server's rules, in the order they were made."""
        return await self._alerts.for_guild(guild)

    async def flow(self, channel: ChannelId) -> ChannelFlow:
        """How much a channel is told, and when."""
        return (await self._digests.flows([channel], now=self._clock.now()))[channel][0]

    async def set_flow(
        self,
        guild: GuildId,
        channel: ChannelId,
        *,
        per_hour: int | None = None,
        quiet: str | None = None,
        zone: str | None = None,
        publish: bool | None = None,
    ) -> ChannelFlow:
        """Change what is given of how much a channel is told; it as it is then. Raises `UserError`."""
        flow = await self.flow(channel)
        if per_hour is not None:
            if not 1 <= per_hour <= MOST_PER_HOUR:
                raise UserError(_("A channel can be given 1 to {most} messages an hour.", most=MOST_PER_HOUR))
            flow = replace(flow, per_hour=per_hour)
        if quiet is not None:
            flow = replace(flow, quiet=parse_quiet(quiet))
        if zone is not None:
            flow = replace(flow, zone=parse_zone(zone))
        if publish is not None:
            flow = replace(flow, publish=publish)
        await self._digests.set_flow(guild, channel, flow)
        return flow

    async def _resolved(self, guild: GuildId, query: Query) -> Resolution | None:
        """The meaning of a rule's topic, fixed when it is set.

        A near miss is not put in its place: an alert may wait for a word that nobody has written yet.
        """
        if query.topic is None:
            return None
        resolution = await self._news.resolve(query.topic, guild=guild)
        return resolution if resolution.how is not How.NEAR else self._news.literal(query.topic)


def _has_lost_its_topic(old: AlertRule, query: Query, resolution: Resolution | None) -> bool:
    """Whether a rule asks for a topic of its server's own that is no more, and its query only adds to the filter."""
    was_own = old.query.topic is not None and old.criteria.tag is None and not old.criteria.phrase
    if not was_own or query.topic != old.query.topic or (resolution is not None and resolution.filter is not None):
        return False
    return (query.filter or "").startswith(old.query.filter or "")


def previewed(found: Sequence[Matched], min_outlets: int, now: datetime, *, span: timedelta) -> Preview:
    """What a rule that wants so many outlets makes of its matches, newest first, in a span of at most a week.

    The span is only as long as they reach back where they are many: a memory may be younger than a week. A story is
    posted once.
    """
    if len(found) >= MANY:
        span = min(span, now - found[-1].item.published_at)
    days = min(7.0, max(1.0, span / timedelta(days=1)))
    first: dict[StoryId, Matched] = {}
    for one in found:
        first.setdefault(one.story, one)
    posted = [one for one in first.values() if one.outlets >= min_outlets]
    needs = None
    if len(posted) > FLOOD_A_DAY * days:
        most = range(min_outlets + 1, MOST_OUTLETS + 1)
        needs = next((n for n in most if sum(one.outlets >= n for one in posted) <= FLOOD_A_DAY * days / 2), None)
    return Preview(
        stories=len(posted),
        items=len(found),
        days=days,
        newest=tuple(one.item for one in posted[:3]),
        needs=needs,
    )


def _check_outlets(of_manner: int, asked: Filter) -> None:
    """Raises `UserError` where a story could never have so many outlets as the option or the filter asks."""
    if not 1 <= of_manner <= MOST_OUTLETS:
        raise UserError(_("A story can be asked to stand in 1 to {most} outlets.", most=MOST_OUTLETS))
    if max(of_manner, asked.min_outlets) > 1 and any(tag.kind is Kind.OUTLET for tag in needed(asked.root)):
        raise UserError(
            _("One outlet alone is asked for: then a story cannot be in several. Leave out one of the two.")
        )
