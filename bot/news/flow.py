"""When a story may be posted: styles of rules, quiet hours, and how many messages a channel takes in an hour.

Pure: the present is an argument. What may not be posted now is held, and comes in a digest:

| why | when the digest comes |
|---|---|
| the rule asks for digests | at the next full hour, or at its time of the day or week, in the channel's time zone |
| the channel has quiet hours | when they end |
| the channel has had its messages of this hour | at once; what follows within the hour is added to the same message |

A digest that would come in quiet hours comes when they end. Local times follow the zone's law (IANA); a time that a
change of clocks skips is as much later. Never: I/O, or a story that is neither posted nor held.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model import AlertRule, ChannelFlow, Hold, Quiet, Style, WhyHeld

HOUR = timedelta(hours=1)
PER_HOUR = 20
"""Messages an hour in a channel for which nobody set a number."""


def held(rule: AlertRule, flow: ChannelFlow, sent: int, now: datetime) -> Hold | None:
    """Until when a story is held back; None where it may be posted. `sent` is what the channel had in the last hour."""
    zone = ZoneInfo(flow.zone)
    due = digest_due(rule, zone, now)
    if due is not None:
        return Hold(until=_after_quiet(due, flow.quiet, zone), why=WhyHeld.DIGEST)
    ends = _after_quiet(now, flow.quiet, zone)
    if ends > now:
        return Hold(until=ends, why=WhyHeld.QUIET)
    if sent >= (PER_HOUR if flow.per_hour is None else flow.per_hour):
        return Hold(until=now, why=WhyHeld.FULL)
    return None


def quiet_until(flow: ChannelFlow, now: datetime) -> datetime:
    """The present, or where it lies in quiet hours, their end."""
    return _after_quiet(now, flow.quiet, ZoneInfo(flow.zone))


def digest_due(rule: AlertRule, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the next digest of a rule comes; None for one that posts at once."""
    match rule.manner.style:
        case Style.INSTANT | Style.SURGE:
            return None
        case Style.HOURLY:
            local = now.astimezone(zone)  # some zones are half an hour off
            return now - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond) + HOUR
        case Style.DAILY | Style.WEEKLY:
            weekday = None if rule.manner.style is Style.DAILY else rule.manner.weekday
            return _next(now, rule.manner.at_minute, zone, weekday)


def _next(now: datetime, minute: int, zone: ZoneInfo, weekday: int | None, *, folds: Sequence[int] = (0,)) -> datetime:
    """The next moment at which a local clock shows so many minutes after midnight, on a weekday (0 is Monday).

    Of a time that is twice when clocks change, `folds` says which may be meant: the first, the second (1), or both.
    """
    today = now.astimezone(zone).date()
    for days in range(9):
        day = today + timedelta(days=days)
        if weekday is not None and day.weekday() != weekday:
            continue
        local = datetime.combine(day, time(minute // 60, minute % 60), zone)
        for fold in folds:
            moment = local.replace(fold=fold).astimezone(now.tzinfo)
            if moment > now:
                return moment
    raise AssertionError("a week has every weekday")


def _after_quiet(moment: datetime, quiet: Quiet | None, zone: ZoneInfo) -> datetime:
    """The moment, or where it lies in quiet hours, their end."""
    if quiet is None or quiet.starts == quiet.ends:
        return moment
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    inside = (
        quiet.starts <= minute < quiet.ends
        if quiet.starts < quiet.ends
        else minute >= quiet.starts or minute < quiet.ends
    )
    return _next(moment, quiet.ends, zone, None, folds=(0, 1)) if inside else moment
