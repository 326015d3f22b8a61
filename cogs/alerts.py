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
from bot.model import ChannelId, GuildId, Manner, Place, Query, RoleId, Standing, Style
from bot.services.alerts import MOST_OUTLETS, MOST_PER_HOUR, AlertService
from bot.services.news import NewsService
from bot.words import _, later, n_, option, slash
from cogs.rules import ASKED, STANDINGS, STYLES, described, fitting, flood, flow_lines, manner, meaning, number, when
from cogs.ui import (
    CATEGORIES,
    Interaction,
    RoomOrForum,
    Suggesting,
    answer,
    check_place,
    choices,
    completing,
    completing_question,
    managed,
)

HOW = {
    Place.CHANNEL: later(
        "Stories that match are posted there, each once: what other outlets add is written into the same card. "
        "What is in the memory already is not posted."
    ),
    Place.FORUM: later(
        "Each story that matches becomes a post, with those of the forum's tags that are called as its topics, "
        "countries or category are; what other outlets add are replies. What is in the memory already is not posted."
    ),
    Place.WEBHOOK: later(
        "Stories that match are posted there under their outlets' names, each once: what others add is written into "
        "the same card. What is in the memory already is not posted."
    ),
}


def placed(channel: RoomOrForum, *, as_outlet: bool) -> Place:
    """How messages stand in a channel. Raises `UserError` where they cannot stand so."""
    if isinstance(channel, discord.ForumChannel):
        if as_outlet:
            raise UserError(
                _(
                    "A forum's posts are mine: leave out {option}, the card names the outlet.",
                    option=option("as_outlet"),
                )
            )
        return Place.FORUM
    if as_outlet and not isinstance(channel, discord.TextChannel):
        raise UserError(_("Under an outlet's name I can post in text and announcement channels alone."))
    return Place.WEBHOOK if as_outlet else Place.CHANNEL


@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
class Alerts(Suggesting, commands.GroupCog, name="alert", description="Post new items in a channel by themselves"):
    """Alert rules of a server."""

    def __init__(self, service: AlertService, news: NewsService, now: Callable[[], datetime]) -> None:
        self._service = service
        self._now = now
        self.memory = news

    async def interaction_check(self, interaction: discord.Interaction) -> bool:
        """Discord's default permission can be changed by a server: the right is checked again at each use."""
        managed(interaction)
        return True

    async def _query(self, guild: GuildId, *, mentions: bool, **asked: str | None) -> Query:
        return await self.memory.query(guild=guild, mentions=mentions, **asked)

    @app_commands.command(name="add", description="Post stories that match in a channel, each once")
    @app_commands.describe(
        channel="Where to post",
        **ASKED,
        role="A role to mention with each",
        style="At once, in a digest, or only when it surges",
        at="When daily and weekly digests come: 08:00, Fri 18:00",
        as_outlet="True: each is posted under the name of its outlet",
        anyway="True: set it even if it would flood the channel",
    )
    @app_commands.choices(category=CATEGORIES, style=STYLES)
    async def add(
        self,
        interaction: Interaction,
        channel: RoomOrForum,
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
        as_outlet: bool = False,
        anyway: bool = False,
    ) -> None:
        """Set a rule, unless it would flood the channel; what it would have posted is shown either way."""
        guild = GuildId(channel.guild.id)

        async def work() -> ui.LayoutView:
            warning = check_place(channel, role, as_outlet=as_outlet)
            place = placed(channel, as_outlet=as_outlet)
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
            how = manner(Manner(), min_outlets=min_outlets, style=style, at=at)
            wanted = await self._service.wanted(guild, query, how)
            seen = await self._service.look(guild, wanted)
            if seen.floods and how.style is Style.INSTANT and not anyway:
                title = _("Alert not set: it would flood the channel")
                return cards.preview_layout(title, flood(seen), seen, self._now())
            mentioned = RoleId(role.id) if role is not None else None
            rule = await self._service.set(guild, ChannelId(channel.id), wanted, mentioned, place=place)
            lines = [
                described(rule),
                meaning(wanted.resolution),
                _(HOW[place]),
                f"⚠️ {cards.error(warning)}" if warning else "",
            ]
            return cards.preview_layout(_("Alert set"), lines, seen, self._now())

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
            return cards.preview_layout(
                _("Preview"), [*lines, *(flood(seen) if seen.floods else [])], seen, self._now()
            )

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
        as_outlet="Whether each is posted under the name of its outlet",
        anyway="True: set it even if it would flood the channel",
    )
    @app_commands.choices(style=STYLES, category=[*CATEGORIES, app_commands.Choice(name="any", value="-")])
    async def edit(
        self,
        interaction: Interaction,
        alert: str,
        channel: RoomOrForum | None = None,
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
        as_outlet: bool | None = None,
        anyway: bool = False,
    ) -> None:
        """Replace the parts of a rule that are given, unless it would flood the channel then; the rest stays."""
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
            how = manner(old.manner, min_outlets=min_outlets, style=style, at=at)
            if how.style is Style.INSTANT and not anyway and (query, how) != (old.query, old.manner):
                seen = await self._service.look(guild, await self._service.wanted(guild, query, how, old=old))
                if seen.floods:
                    title = _("Alert not set: it would flood the channel")
                    return cards.preview_layout(title, flood(seen), seen, self._now())
            here = interaction.guild.get_channel_or_thread(old.channel) if interaction.guild is not None else None
            there = channel if channel is not None else here
            in_name = as_outlet if as_outlet is not None else old.place is Place.WEBHOOK and channel is None
            warning, place = None, old.place
            if channel is not None or as_outlet is not None:
                if not isinstance(there, RoomOrForum):
                    raise UserError(
                        _("The channel of that alert is gone: give another as {option}.", option=option("channel"))
                    )
                warning = check_place(there, role, as_outlet=in_name)
                place = placed(there, as_outlet=in_name)
            wanted = RoleId(role.id) if role is not None else old.role
            rule, resolution = await self._service.edit(
                guild,
                old.id,
                channel=ChannelId(channel.id) if channel is not None else old.channel,
                query=query,
                role=wanted if mention else None,
                manner=how,
                place=place,
            )
            return cards.notice(
                _("Alert changed"),
                described(rule),
                meaning(resolution),
                f"⚠️ {cards.error(warning)}" if warning else "",
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
                return cards.notice(
                    _("No alert yet"), _("Set one with {command}.", command=cards.code(slash("alert add")))
                )
            title = n_("{n} alert", "{n} alerts", len(rules))
            return cards.notice(title, *fitting([described(rule) for rule in rules], offers="alert remove"))

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
        channel: RoomOrForum,
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
                raise UserError(_("#{channel} is no announcement channel: nobody follows it.", channel=channel.name))
            if per_hour is None and quiet is None and timezone is None and publish is None:
                flow = await self._service.flow(place)
            else:
                flow = await self._service.set_flow(
                    guild, place, per_hour=per_hour, quiet=quiet, zone=timezone, publish=publish
                )
            return cards.notice(_("Alerts in #{channel}", channel=cards.error(channel.name)), *flow_lines(flow))

        await answer(interaction, work(), private=True)

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
        title = {"pause": _("Alert paused"), "resume": _("Alert goes on"), "remove": _("Alert removed")}[verb]

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
            where = f"#{channel.name}" if channel is not None else _("a channel that is gone")
            state = "" if rule.standing is Standing.ACTIVE else f" ({_(STANDINGS[rule.standing])})"
            pairs.append((f"{rule.id} · {where} · {cards.plain_query(rule.query)}{state}", str(rule.id)))
        return choices([pair for pair in pairs if typed.casefold() in pair[0].casefold()])

    completing_question(add)
    completing_question(preview)
    completing_question(edit)
    completing(limits, timezone=Suggesting.zones)
