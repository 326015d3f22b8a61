"""What /alert and /follow share: what a rule is asked by, and how one is put in words. Never: a command."""

from __future__ import annotations

from dataclasses import replace

from discord import app_commands

from bot import cards
from bot.errors import UserError
from bot.model import AlertRule, ChannelFlow, Manner, Place, Preview, Resolution, RuleId, Standing, Style
from bot.services.alerts import PER_HOUR
from bot.services.times import parse_at
from bot.words import _, later, n_, option, slash, weekday

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
STANDINGS = {
    Standing.ACTIVE: later("at work"),
    Standing.PAUSED: later("paused"),
    Standing.BLOCKED: later("blocked"),
}


def described(rule: AlertRule, where: str | None = None) -> str:
    """A rule on one line; `where` it posts, where that is not a channel that can be named."""
    there = where if where is not None else f"<#{rule.channel}>"
    place = {
        Place.CHANNEL: "",
        Place.FORUM: " · " + _("a post for each story"),
        Place.WEBHOOK: " · " + _("in the outlets' names"),
    }[rule.place]
    role = " · " + _("mentions {role}", role=f"<@&{rule.role}>") if rule.role is not None else ""
    state = {
        Standing.ACTIVE: "",
        Standing.PAUSED: f" · **{_(STANDINGS[Standing.PAUSED])}**",
        Standing.BLOCKED: (
            f" · **{_(STANDINGS[Standing.BLOCKED])}**: "
            + cards.error(_(rule.reason) if rule.reason else _("I may not post there"))
        ),
    }[rule.standing]
    return f"`{rule.id}` {there} · {cards.query_title(rule.query)}{when(rule.manner)}{place}{role}{state}"


def when(manner: Manner) -> str:
    """When a rule posts, where that is not each story at once."""
    told = n_("told by {n} outlet", "told by {n} outlets", manner.min_outlets) if manner.min_outlets > 1 else ""
    time = f"{manner.at_minute // 60:02}:{manner.at_minute % 60:02}"
    match manner.style:
        case Style.INSTANT:
            style = ""
        case Style.HOURLY:
            style = _("hourly digest")
        case Style.SURGE:
            style = _("when it surges")
        case Style.DAILY:
            style = _("digest daily at {time}", time=time)
        case Style.WEEKLY:
            style = _("digest on {day} at {time}", day=weekday(manner.weekday), time=time)
    return "".join(f" · {part}" for part in (told, style) if part)


def manner(old: Manner, *, min_outlets: int | None, style: str | None, at: str | None) -> Manner:
    """When a rule is to post, given what it did before and what is asked. Raises `UserError`."""
    new = replace(
        old,
        min_outlets=old.min_outlets if min_outlets is None else min_outlets,
        style=old.style if style is None else Style(style),
    )
    if at is not None:
        minute, weekday = parse_at(at)
        new = replace(new, at_minute=minute, weekday=old.weekday if weekday is None else weekday)
        if new.style not in (Style.DAILY, Style.WEEKLY):
            raise UserError(
                _(
                    "{at} is for daily and weekly digests: choose one of those as {style}.",
                    at=option("at"),
                    style=option("style"),
                )
            )
    return new


def flood(preview: Preview) -> list[str]:
    """What to do about an alert that would flood its channel."""
    less = [option("country"), option("category")]
    if preview.needs is not None:
        less.insert(0, option("min_outlets", preview.needs))
    return [
        _(
            "That is more than anybody reads. Ask for less ({options}), choose a digest as {style}, or set it with "
            "{anyway}.",
            options=", ".join(map(cards.code, less)),
            style=cards.code(option("style")),
            anyway=cards.code(option("anyway", True)),
        )
    ]


def flow_lines(flow: ChannelFlow) -> list[str]:
    """How much a channel is told, and when, in words."""
    quiet = flow.quiet
    most = PER_HOUR if flow.per_hour is None else flow.per_hour
    lines = [
        n_(
            "At most {n} message an hour; what is beyond comes in a digest.",
            "At most {n} messages an hour; what is beyond comes in a digest.",
            most,
        )
    ]
    if quiet is not None:
        starts, ends = (f"{minute // 60:02}:{minute % 60:02}" for minute in (quiet.starts, quiet.ends))
        lines.append(
            _("Quiet from {starts} to {ends}: what comes meanwhile is one digest afterwards.", starts=starts, ends=ends)
        )
    if flow.publish:
        lines.append(_("The stories that most outlets tell are published to its followers, ten an hour at most."))
    lines.append("-# " + _("Times are those of {zone}", zone=cards.error(flow.zone)))
    return lines


def fitting(lines: list[str], limit: int = 3_700, *, offers: str = "") -> list[str]:
    """As many lines as a message holds, and how many there are besides: a command that `offers` them all."""
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(kept) + len(line) > limit:
            return [*kept, "-# " + cards.and_more(len(lines) - len(kept), offers)]
        kept.append(line)
    return kept


def meaning(resolution: Resolution | None) -> str:
    """What a topic was taken for."""
    if resolution is None:
        return ""
    label = cards.error(resolution.label or resolution.tag)
    topic = f"#{cards.error(resolution.tag)}" + (f" ({label})" if label != resolution.tag else "")
    return "-# " + _("Topic: {topic}", topic=topic)


def number(typed: str, lists: str = "alert list") -> RuleId:
    """A rule's number as typed or chosen; the command `lists` shows it. Raises `UserError`."""
    wanted = typed.strip().lstrip("#").split(" ")[0]
    if not wanted.isdecimal() or len(wanted) > 12:
        raise UserError(_("Choose one from the list, or give its number: {command} shows them.", command=slash(lists)))
    return RuleId(int(wanted))
