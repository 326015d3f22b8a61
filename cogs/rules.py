"""What /alert and /follow share: what a rule is asked by, and how one is put in words. Never: a command."""

from __future__ import annotations

from dataclasses import replace

from discord import app_commands

from bot import cards
from bot.errors import UserError
from bot.model import AlertRule, ChannelFlow, Manner, Place, Preview, Resolution, RuleId, Standing, Style
from bot.services.alerts import PER_HOUR
from bot.services.times import parse_at

ASKED = {
    "topic": "A hashtag or a phrase",
    "country": "A country's name or code",
    "outlet": "One newspaper or broadcaster",
    "category": "One shelf of the news",
    "words": 'Words that must all occur, and "phrases in quotes"',
    "mentions": "True: also what only mentions the country",
    "published_in": "The country the outlet sits in",
    "language": "What it is written in: a language's name or code",
    "min_outlets": "Only stories that so many outlets tell",
    "filter": "A filter such as #trade (country:JP,KR OR tariffs) -category:sport",
}
"""What an alert is asked by: the same to set one and to see what it would bring."""
STYLES = [
    app_commands.Choice(name="at once", value=Style.INSTANT),
    app_commands.Choice(name="an hourly digest", value=Style.HOURLY),
    app_commands.Choice(name="a daily digest", value=Style.DAILY),
    app_commands.Choice(name="a weekly digest", value=Style.WEEKLY),
    app_commands.Choice(name="only when it surges", value=Style.SURGE),
]
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def described(rule: AlertRule, where: str | None = None) -> str:
    """A rule on one line; `where` it posts, where that is not a channel that can be named."""
    there = where if where is not None else f"<#{rule.channel}>"
    place = {
        Place.CHANNEL: "",
        Place.FORUM: " · a post for each story",
        Place.WEBHOOK: " · in the outlets' names",
    }[rule.place]
    role = f" · mentions <@&{rule.role}>" if rule.role is not None else ""
    state = {
        Standing.ACTIVE: "",
        Standing.PAUSED: " · **paused**",
        Standing.BLOCKED: f" · **blocked**: {cards.error(rule.reason or 'I may not post there')}",
    }[rule.standing]
    return f"`{rule.id}` {there} · {cards.query_title(rule.query)}{when(rule.manner)}{place}{role}{state}"


def when(manner: Manner) -> str:
    """When a rule posts, where that is not each story at once."""
    outlets = f" · told by {manner.min_outlets} outlets" if manner.min_outlets > 1 else ""
    time = f"{manner.at_minute // 60:02}:{manner.at_minute % 60:02}"
    match manner.style:
        case Style.INSTANT:
            return outlets
        case Style.HOURLY:
            return f"{outlets} · hourly digest"
        case Style.SURGE:
            return f"{outlets} · when it surges"
        case Style.DAILY:
            return f"{outlets} · digest daily at {time}"
        case Style.WEEKLY:
            return f"{outlets} · digest on {WEEKDAYS[manner.weekday]} at {time}"


def manner(old: Manner, *, min_outlets: int | None, style: str | None, at: str | None) -> Manner:
    """When a rule is to post, given what it did before and what is asked. Raises `UserError`."""
    new = replace(
        old,
        min_outlets=old.min_outlets if min_outlets is None else min_outlets,
        style=old.style if style is None else Style(style),
    )
    if at is not None:
        minute, weekday = parse_at(at)
        new = replace(new, at_minute=minute, weekday=weekday)
        if new.style not in (Style.DAILY, Style.WEEKLY):
            raise UserError("`at` is for daily and weekly digests: choose one of those as `style`.")
    return new


def flood(preview: Preview) -> list[str]:
    """What to do about an alert that would flood its channel."""
    needs = f"`min_outlets:{preview.needs}`, " if preview.needs is not None else ""
    return [
        "That is more than anybody reads. Ask for less "
        f"({needs}a country, a category), choose a digest as `style`, or set it with `anyway:True`."
    ]


def flow_lines(flow: ChannelFlow) -> list[str]:
    """How much a channel is told, and when, in words."""
    quiet = flow.quiet
    most = PER_HOUR if flow.per_hour is None else flow.per_hour
    lines = [f"At most {most} messages an hour; what is beyond comes in a digest."]
    if quiet is not None:
        starts, ends = (f"{minute // 60:02}:{minute % 60:02}" for minute in (quiet.starts, quiet.ends))
        lines.append(f"Quiet from {starts} to {ends}: what comes meanwhile is one digest afterwards.")
    if flow.publish:
        lines.append("The stories that most outlets tell are published to its followers, ten an hour at most.")
    lines.append(f"-# Times are those of {cards.error(flow.zone)}")
    return lines


def fitting(
    lines: list[str], limit: int = 3_700, *, more: str = "`/alert edit` and `/alert remove` offer them all"
) -> list[str]:
    """As many lines as a message holds, and how many there are besides."""
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(kept) + len(line) > limit:
            return [*kept, f"-# … and {len(lines) - len(kept)} more: {more}"]
        kept.append(line)
    return kept


def meaning(resolution: Resolution | None) -> str:
    """What a topic was taken for."""
    if resolution is None:
        return ""
    label = cards.error(resolution.label or resolution.tag)
    return f"-# Topic: #{cards.error(resolution.tag)}" + (f" ({label})" if label != resolution.tag else "")


def number(typed: str, what: str = "alert") -> RuleId:
    """A rule's number as typed or chosen. Raises `UserError`."""
    wanted = typed.strip().lstrip("#").split(" ")[0]
    if not wanted.isdecimal() or len(wanted) > 12:
        raise UserError(f"Choose the {what} from the list, or give its number from /{what} list.")
    return RuleId(int(wanted))
