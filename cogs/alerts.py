"""/alert: what is posted in channels by itself. For those with Manage Server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot import cards
from bot.errors import UserError
from bot.model import (
    AlertRule,
    ChannelFlow,
    ChannelId,
    GuildId,
    Manner,
    Preview,
    Query,
    Resolution,
    RoleId,
    RuleId,
    Standing,
    Style,
)
from bot.services.alerts import (
    MOST_OUTLETS,
    MOST_PER_HOUR,
    PER_HOUR,
    AlertService,
    parse_at,
    suggest_zones,
)
from bot.services.news import NewsService
from cogs.ui import CATEGORIES, Interaction, Place, Suggestions, answer, check_place, choices, managed

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


def described(rule: AlertRule) -> str:
    """A rule on one line."""
    role = f" · mentions <@&{rule.role}>" if rule.role is not None else ""
    state = {
        Standing.ACTIVE: "",
        Standing.PAUSED: " · **paused**",
        Standing.BLOCKED: f" · **blocked**: {cards.error(rule.reason or 'I may not post there')}",
    }[rule.standing]
    return f"`{rule.id}` <#{rule.channel}> · {cards.query_title(rule.query)}{when(rule.manner)}{role}{state}"


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


def fitting(lines: list[str], limit: int = 3_700) -> list[str]:
    """As many lines as a message holds, and how many there are besides."""
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(kept) + len(line) > limit:
            return [*kept, f"-# … and {len(lines) - len(kept)} more: `/alert edit` and `/alert remove` offer them all"]
        kept.append(line)
    return kept


def meaning(resolution: Resolution | None) -> str:
    """What a topic was taken for."""
    if resolution is None:
        return ""
    label = cards.error(resolution.label or resolution.tag)
    return f"-# Topic: #{cards.error(resolution.tag)}" + (f" ({label})" if label != resolution.tag else "")


@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
class Alerts(commands.GroupCog, name="alert", description="Post new items in a channel by themselves"):
    """Alert rules of a server."""

    def __init__(self, service: AlertService, news: NewsService, now: Callable[[], datetime]) -> None:
        self._service = service
        self._now = now
        self._news = news
        self._suggest = Suggestions(news)

    async def interaction_check(self, interaction: discord.Interaction) -> bool:
        """Discord's default permission can be changed by a server: the right is checked again at each use."""
        managed(interaction)
        return True

    async def _query(self, guild: GuildId, *, mentions: bool, **asked: str | None) -> Query:
        return await self._news.query(guild=guild, mentions=mentions, **asked)

    @app_commands.command(name="add", description="Post stories that match in a channel, each once")
    @app_commands.describe(
        channel="Where to post",
        **ASKED,
        role="A role to mention with each",
        style="At once, in a digest, or only when it surges",
        at="When daily and weekly digests come: 08:00, Fri 18:00",
        anyway="True: set it even if it would flood the channel",
    )
    @app_commands.choices(category=CATEGORIES, style=STYLES)
    async def add(
        self,
        interaction: Interaction,
        channel: Place,
        topic: str | None = None,
        country: str | None = None,
        outlet: str | None = None,
        category: str | None = None,
        words: str | None = None,
        mentions: bool = False,
        published_in: str | None = None,
        language: str | None = None,
        role: discord.Role | None = None,
        min_outlets: app_commands.Range[int, 1, MOST_OUTLETS] = 1,
        style: str = Style.INSTANT,
        at: str | None = None,
        filter: str | None = None,
        anyway: bool = False,
    ) -> None:
        """Set a rule, unless it would flood the channel; what it would have posted is shown either way."""
        guild = GuildId(channel.guild.id)

        async def work() -> ui.LayoutView:
            warning = check_place(channel, role)
            query = await self._query(
                guild,
                topic=topic,
                country=country,
                outlet=outlet,
                category=category,
                words=words,
                mentions=mentions,
                published_in=published_in,
                language=language,
                filter=filter,
            )
            wanted = manner(Manner(), min_outlets=min_outlets, style=style, at=at)
            seen, resolution = await self._service.preview(guild, query, manner=wanted)
            if seen.floods and wanted.style is Style.INSTANT and not anyway:
                return cards.preview_layout("Alert not set: it would flood the channel", flood(seen), seen, self._now())
            rule, resolution = await self._service.add(
                guild, ChannelId(channel.id), query, RoleId(role.id) if role is not None else None, manner=wanted
            )
            lines = [
                described(rule),
                meaning(resolution),
                "Stories that match are posted there, each once: what other outlets add is written into the same card. "
                "What is in the memory already is not posted.",
                f"⚠️ {cards.error(warning)}" if warning else "",
            ]
            return cards.preview_layout("Alert set", lines, seen, self._now())

        await answer(interaction, work(), private=True)

    @app_commands.command(
        name="preview", description="What an alert would have posted in the last week; nothing is set"
    )
    @app_commands.describe(
        **ASKED,
    )
    @app_commands.choices(category=CATEGORIES)
    async def preview(
        self,
        interaction: Interaction,
        topic: str | None = None,
        country: str | None = None,
        outlet: str | None = None,
        category: str | None = None,
        words: str | None = None,
        mentions: bool = False,
        published_in: str | None = None,
        language: str | None = None,
        min_outlets: app_commands.Range[int, 1, MOST_OUTLETS] = 1,
        filter: str | None = None,
    ) -> None:
        """Show what a rule would have posted."""
        assert interaction.guild is not None  # noqa: S101 - interaction_check
        guild = GuildId(interaction.guild.id)

        async def work() -> ui.LayoutView:
            query = await self._query(
                guild,
                topic=topic,
                country=country,
                outlet=outlet,
                category=category,
                words=words,
                mentions=mentions,
                published_in=published_in,
                language=language,
                filter=filter,
            )
            seen, resolution = await self._service.preview(guild, query, manner=Manner(min_outlets=min_outlets))
            lines = [cards.query_title(query) + when(Manner(min_outlets=min_outlets)), meaning(resolution)]
            return cards.preview_layout("Preview", [*lines, *(flood(seen) if seen.floods else [])], seen, self._now())

        await answer(interaction, work(), private=True)

    @app_commands.command(name="edit", description="Change what an alert posts, or where")
    @app_commands.describe(
        alert="Which alert",
        channel="Another channel",
        topic="Another topic; - for any",
        country="Another country; - for any",
        outlet="Another outlet; - for any",
        category="Another category, or any",
        words="Other words; - for any",
        mentions="Whether a mention of the country will do",
        published_in="Another country of the outlet; - for any",
        language="Another language; - for any",
        role="Another role to mention",
        mention="False: mention no role",
        min_outlets="How many outlets must tell a story",
        style="At once, in a digest, or only when it surges",
        at="When daily and weekly digests come: 08:00, Fri 18:00",
        filter="Another filter; - for none",
    )
    @app_commands.choices(style=STYLES, category=[*CATEGORIES, app_commands.Choice(name="any", value="-")])
    async def edit(
        self,
        interaction: Interaction,
        alert: str,
        channel: Place | None = None,
        topic: str | None = None,
        country: str | None = None,
        outlet: str | None = None,
        category: str | None = None,
        words: str | None = None,
        mentions: bool | None = None,
        published_in: str | None = None,
        language: str | None = None,
        role: discord.Role | None = None,
        mention: bool = True,
        min_outlets: app_commands.Range[int, 1, MOST_OUTLETS] | None = None,
        style: str | None = None,
        at: str | None = None,
        filter: str | None = None,
    ) -> None:
        """Replace the parts of a rule that are given; the rest stays."""
        assert interaction.guild is not None  # noqa: S101 - interaction_check
        guild = GuildId(interaction.guild.id)

        async def work() -> ui.LayoutView:
            old = await self._service.get(guild, number(alert))
            asked = {
                "topic": topic,
                "country": country,
                "outlet": outlet,
                "category": category,
                "words": words,
                "published_in": published_in,
                "language": language,
                "filter": filter,
            }
            kept = {
                "topic": old.query.topic,
                "country": old.query.country,
                "outlet": old.query.outlet,
                "category": old.query.category,
                "words": old.query.text,
                "published_in": old.query.outlet_country,
                "language": old.query.language,
                "filter": None,
            }
            parts = {
                name: None if value == "-" else (value if value is not None else kept[name])
                for name, value in asked.items()
            }
            query = await self._query(guild, mentions=old.query.mentions if mentions is None else mentions, **parts)
            if filter is None:  # what is kept was not typed now: its canonical form may be the longer one
                query = replace(query, filter=old.query.filter)
            warning = check_place(channel, role) if channel is not None else None
            wanted = RoleId(role.id) if role is not None else old.role
            rule, resolution = await self._service.edit(
                guild,
                old.id,
                channel=ChannelId(channel.id) if channel is not None else old.channel,
                query=query,
                role=wanted if mention else None,
                manner=manner(old.manner, min_outlets=min_outlets, style=style, at=at),
            )
            return cards.notice(
                "Alert changed", described(rule), meaning(resolution), f"⚠️ {cards.error(warning)}" if warning else ""
            )

        await answer(interaction, work(), private=True)

    @app_commands.command(name="list", description="The alerts of this server and how they stand")
    async def show(self, interaction: Interaction) -> None:
        """Show the rules."""
        assert interaction.guild is not None  # noqa: S101 - interaction_check
        guild = GuildId(interaction.guild.id)

        async def work() -> ui.LayoutView:
            rules = await self._service.rules(guild)
            if not rules:
                return cards.notice("No alert yet", "Set one with `/alert add`.")
            title = "1 alert" if len(rules) == 1 else f"{len(rules)} alerts"
            return cards.notice(title, *fitting([described(rule) for rule in rules]))

        await answer(interaction, work(), private=True)

    @app_commands.command(
        name="limits", description="How much a channel is told: messages an hour, quiet hours, time zone"
    )
    @app_commands.describe(
        channel="Which channel",
        per_hour="Messages an hour; what is beyond comes in a digest",
        quiet="Hours in which nothing is posted: 22:00-07:00; off",
        timezone="Whose clock counts: Europe/Berlin",
        publish="Of an announcement channel: whether the best of each hour reach its followers",
    )
    async def limits(
        self,
        interaction: Interaction,
        channel: Place,
        per_hour: app_commands.Range[int, 1, MOST_PER_HOUR] | None = None,
        quiet: str | None = None,
        timezone: str | None = None,
        publish: bool | None = None,
    ) -> None:
        """Set, and show, the flow of a channel."""
        guild = GuildId(channel.guild.id)

        async def work() -> ui.LayoutView:
            place = ChannelId(channel.id)
            if publish and not (isinstance(channel, discord.TextChannel) and channel.is_news()):
                raise UserError(f"#{channel.name} is no announcement channel: nobody follows it.")
            if per_hour is None and quiet is None and timezone is None and publish is None:
                flow = await self._service.flow(place)
            else:
                flow = await self._service.set_flow(
                    guild, place, per_hour=per_hour, quiet=quiet, zone=timezone, publish=publish
                )
            return cards.notice(f"Alerts in #{cards.error(channel.name)}", *flow_lines(flow))

        await answer(interaction, work(), private=True)

    @limits.autocomplete("timezone")
    async def _zones(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices([(name, name) for name in suggest_zones(typed)])

    @app_commands.command(name="pause", description="Stop an alert for now")
    @app_commands.describe(alert="Which alert")
    async def pause(self, interaction: Interaction, alert: str) -> None:
        """Pause a rule."""
        await self._change(interaction, alert, "pause")

    @app_commands.command(name="resume", description="Let a paused or blocked alert go on")
    @app_commands.describe(alert="Which alert")
    async def resume(self, interaction: Interaction, alert: str) -> None:
        """Resume a rule."""
        await self._change(interaction, alert, "resume")

    @app_commands.command(name="remove", description="Remove an alert for good")
    @app_commands.describe(alert="Which alert")
    async def remove(self, interaction: Interaction, alert: str) -> None:
        """Remove a rule."""
        await self._change(interaction, alert, "remove")

    async def _change(self, interaction: Interaction, alert: str, verb: str) -> None:
        assert interaction.guild is not None  # noqa: S101 - interaction_check
        guild = GuildId(interaction.guild.id)
        act = {"pause": self._service.pause, "resume": self._service.resume, "remove": self._service.remove}[verb]
        title = {"pause": "Alert paused", "resume": "Alert goes on", "remove": "Alert removed"}[verb]

        async def work() -> ui.LayoutView:
            rule = await act(guild, number(alert))
            return cards.notice(title, f"<#{rule.channel}> · {cards.query_title(rule.query)}")

        await answer(interaction, work(), private=True)

    @edit.autocomplete("alert")
    @pause.autocomplete("alert")
    @resume.autocomplete("alert")
    @remove.autocomplete("alert")
    async def _alerts(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        if interaction.guild is None:
            return []
        pairs = []
        for rule in await self._service.rules(GuildId(interaction.guild.id)):
            channel = interaction.guild.get_channel_or_thread(rule.channel)
            where = f"#{channel.name}" if channel is not None else "a channel that is gone"
            state = "" if rule.standing is Standing.ACTIVE else f" ({rule.standing})"
            pairs.append((f"{rule.id} · {where} · {cards.plain_query(rule.query)}{state}", str(rule.id)))
        return choices([pair for pair in pairs if typed.casefold() in pair[0].casefold()])

    @add.autocomplete("topic")
    @edit.autocomplete("topic")
    @preview.autocomplete("topic")
    async def _topics(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await self._suggest.topic(interaction, typed)

    @add.autocomplete("country")
    @preview.autocomplete("country")
    @preview.autocomplete("published_in")
    @add.autocomplete("published_in")
    @edit.autocomplete("published_in")
    @edit.autocomplete("country")
    async def _countries(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await self._suggest.country(interaction, typed)

    @add.autocomplete("outlet")
    @preview.autocomplete("outlet")
    @edit.autocomplete("outlet")
    async def _outlets(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await self._suggest.outlet(interaction, typed)

    @add.autocomplete("language")
    @preview.autocomplete("language")
    @edit.autocomplete("language")
    async def _languages(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await self._suggest.language(interaction, typed)


def number(typed: str) -> RuleId:
    """A rule's number as typed or chosen. Raises `UserError`."""
    wanted = typed.strip().lstrip("#").split(" ")[0]
    if not wanted.isdecimal() or len(wanted) > 12:
        raise UserError("Choose the alert from the list, or give its number from /alert list.")
    return RuleId(int(wanted))
