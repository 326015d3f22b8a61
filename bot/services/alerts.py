"""Alert rules: what a server's moderators set. Never: a Discord type, or a send."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

from bot.clock import Clock
from bot.errors import UserError
from bot.filter_model import Filter, Kind, dumped, needed
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
    Preview,
    Query,
    Quiet,
    Resolution,
    RoleId,
    RuleId,
    Standing,
    StoryId,
)
from bot.news.filters import joined, met, text_of, together
from bot.news.flow import PER_HOUR
from bot.news.rule_index import normal
from bot.ports import AlertStore, DigestStore
from bot.services.news import NewsService

__all__ = ["PER_HOUR", "AlertService"]

MOST_OUTLETS = 20
MOST_PER_HOUR = 60
WEEK = timedelta(days=7)
LOOKED_AT = 3_000
"""Items of the last week that a preview looks at."""
MANY = 20
"""Matches from which on the oldest says how long a time they are of."""
AT_ONCE = Manner()
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2})?)?\s*(am|pm)?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a rule is to be met by."""

    query: Query
    """As typed, its filter in the canonical form."""
    criteria: Criteria
    filter: str | None
    """Resolved, as it is stored. The outlets that it asks for stay in it: they go when it goes."""
    resolution: Resolution | None
    """What the topic was taken for."""


class AlertService:
    """Adds, lists, edits, pauses and removes alert rules."""

    def __init__(
        self, alerts: AlertStore, digests: DigestStore, news: NewsService, clock: Clock, *, limit: int
    ) -> None:
        """`limit` is how many rules one server may have."""
        self._alerts = alerts
        self._digests = digests
        self._news = news
        self._clock = clock
        self._limit = limit

    async def add(
        self,
        guild: GuildId,
        channel: ChannelId,
        query: Query,
        role: RoleId | None,
        *,
        manner: Manner = AT_ONCE,
    ) -> tuple[AlertRule, Resolution | None]:
        """Set a rule; it and what its topic was taken for. Raises `UserError`.

        `preview` says beforehand what it would have posted.
        """
        rules = await self._alerts.for_guild(guild)
        if len(rules) >= self._limit:
            raise UserError(
                f"This server has {len(rules)} alerts, the most there may be: remove one with /alert remove."
            )
        wanted = await self._wanted(guild, query, manner)
        said = channel, manner, normal(joined(wanted.criteria, wanted.filter))
        if any((rule.channel, rule.manner, normal(joined(rule.criteria, rule.filter))) == said for rule in rules):
            raise UserError("That channel has just this alert already: /alert list shows it.")
        rule = await self._alerts.add(
            guild=guild,
            channel=channel,
            query=wanted.query,
            criteria=wanted.criteria,
            role=role,
            manner=manner,
            filter=wanted.filter,
            now=self._clock.now(),
        )
        return rule, wanted.resolution

    async def preview(
        self, guild: GuildId, query: Query, *, manner: Manner = AT_ONCE
    ) -> tuple[Preview, Resolution | None]:
        """What a rule would have posted in the last week; and what its topic was taken for. Raises `UserError`."""
        now = self._clock.now()
        wanted = await self._wanted(guild, query, manner)
        asked = together(joined(wanted.criteria, wanted.filter), Filter(since=now - WEEK))
        looked_at = await self._news.matched(asked, guild=guild, limit=LOOKED_AT)
        found = met(looked_at, asked)
        span = WEEK if len(looked_at) < LOOKED_AT else now - looked_at[-1].item.published_at
        return previewed(found, max(manner.min_outlets, asked.min_outlets), now, span=span), wanted.resolution

    async def edit(
        self,
        guild: GuildId,
        rule: RuleId,
        *,
        channel: ChannelId,
        query: Query,
        role: RoleId | None,
        manner: Manner = AT_ONCE,
    ) -> tuple[AlertRule, Resolution | None]:
        """Replace what a rule says; it as it is now, and what its topic was taken for. Raises `UserError`."""
        await self.get(guild, rule)
        wanted = await self._wanted(guild, query, manner)
        await self._alerts.edit(
            rule,
            channel=channel,
            query=wanted.query,
            criteria=wanted.criteria,
            role=role,
            manner=manner,
            filter=wanted.filter,
        )
        return await self.get(guild, rule), wanted.resolution

    async def _wanted(self, guild: GuildId, query: Query, manner: Manner) -> _Wanted:
        """What a rule's query means, fixed when the rule is set. Raises `UserError`."""
        resolution = await self._resolved(guild, query)
        criteria = self._news.criteria(query, resolution)
        asked = None
        if query.filter is not None:
            typed, meant = await self._news.filter(query.filter, guild=guild)
            query, asked = replace(query, filter=text_of(typed)), dumped(meant)
        _check_outlets(manner.min_outlets, joined(criteria, asked))
        return _Wanted(query=query, criteria=criteria, filter=asked, resolution=resolution)

    async def get(self, guild: GuildId, rule: RuleId) -> AlertRule:
        """One rule of that server. Raises `UserError` where it has no such rule."""
        for found in await self._alerts.for_guild(guild):
            if found.id == rule:
                return found
        raise UserError(f"This server has no alert {rule}: /alert list shows those it has.")

    async def rules(self, guild: GuildId) -> tuple[AlertRule, ...]:
        """A server's rules, in the order they were made."""
        return await self._alerts.for_guild(guild)

    async def pause(self, guild: GuildId, rule: RuleId) -> AlertRule:
        """Stop a rule for now. Raises `UserError`."""
        found = await self.get(guild, rule)
        await self._alerts.set_standing(rule, Standing.PAUSED)
        return found

    async def resume(self, guild: GuildId, rule: RuleId) -> AlertRule:
        """Set a paused or blocked rule to work; what a block held back is sent now. Raises `UserError`."""
        found = await self.get(guild, rule)
        await self._alerts.set_standing(rule, Standing.ACTIVE)
        return found

    async def remove(self, guild: GuildId, rule: RuleId) -> AlertRule:
        """Remove a rule and what it has pending. Raises `UserError`."""
        found = await self.get(guild, rule)
        await self._alerts.remove(rule)
        return found

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
                raise UserError(f"A channel can be given 1 to {MOST_PER_HOUR} messages an hour.")
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
        raise UserError(f"A story can be asked to stand in 1 to {MOST_OUTLETS} outlets.")
    if max(of_manner, asked.min_outlets) > 1 and any(tag.kind is Kind.OUTLET for tag in needed(asked.root)):
        raise UserError("One outlet alone is asked for: then a story cannot be in several. Leave out one of the two.")


def parse_time(typed: str) -> int:
    """A time of day as minutes after midnight: ``7``, ``07:30``, ``7.30``, ``7 pm``. Raises `UserError`."""
    found = _TIME.match(typed.strip())
    if found is not None:
        hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        elif half:
            hour = 24
        if hour < 24 and minute < 60:
            return hour * 60 + minute
    raise UserError(f"“{typed.strip()[:20]}” is no time of day: give one such as 07:30.")


def parse_at(typed: str) -> tuple[int, int]:
    """When digests come, as minutes after midnight and a weekday (0 is Monday): ``08:00``, ``Fri 18:00``."""
    day, _, rest = typed.strip().partition(" ")
    wanted = day.lower().rstrip(".,")
    if len(wanted) >= 2 and rest:
        for number, name in enumerate(_DAYS):
            if name.startswith(wanted):
                return parse_time(rest), number
    return parse_time(typed), 0


def parse_quiet(typed: str) -> Quiet | None:
    """Quiet hours: ``22:00-07:00``; None for ``off``. Raises `UserError`."""
    if typed.strip().lower() in ("off", "none", "-"):
        return None
    starts, dash, ends = typed.replace("–", "-").partition("-")
    if not dash:
        raise UserError("Quiet hours are two times of day, such as 22:00-07:00; `off` for none.")
    quiet = Quiet(starts=parse_time(starts), ends=parse_time(ends))
    if quiet.starts == quiet.ends:
        raise UserError("Quiet hours that end when they begin would be none: give two different times, or `off`.")
    return quiet


def parse_zone(typed: str) -> str:
    """A time zone by its name in the IANA's list, in any case. Raises `UserError`."""
    wanted = typed.strip().replace(" ", "_")
    for name in _zones():
        if name.lower() == wanted.lower():
            return name
    near = get_close_matches(wanted, _zones(), n=1)
    hint = f" Did you mean {near[0]}?" if near else " Give one such as Europe/Berlin or Asia/Manila."
    raise UserError(f"“{typed.strip()[:40]}” is no time zone that I know.{hint}")


def suggest_zones(typed: str, limit: int = 25) -> tuple[str, ...]:
    """Zones whose names hold what is typed, those that begin with it first."""
    wanted = typed.strip().replace(" ", "_").lower()
    found = [name for name in _zones() if wanted in name.lower()]
    found.sort(key=lambda name: (not name.rpartition("/")[2].lower().startswith(wanted), name))
    return tuple(found[:limit])


@cache
def _zones() -> tuple[str, ...]:
    """Names of places, and UTC: not the old ones of countries, nor those with signs."""
    return tuple(sorted({"UTC"} | {name for name in available_timezones() if "/" in name and "Etc/" not in name}))
