"""/follow: what one person is told, by direct message or in a private thread; *Follow* and *Less like this* on cards.

Nothing of it is shown to anybody else: every answer is for the person alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import discord
import structlog
from discord import app_commands, ui
from discord.ext import commands

from bot import cards
from bot.errors import StorageError, UserError
from bot.model import AlertRule, ChannelId, DeliveryId, ItemId, Manner, Query, Standing, Style, UserId
from bot.services.alerts import MOST_OUTLETS, MOST_PER_HOUR, Wanted
from bot.services.features import Feature, features
from bot.services.follows import Asking, FollowService
from bot.services.news import NewsService
from bot.words import _, later, n_, option, slash
from cogs.pages import may_fix, unpacked
from cogs.rules import ASKED, STANDINGS, STYLES, described, fitting, flood, flow_lines, manner, meaning, number
from cogs.ui import (
    CATEGORIES,
    Interaction,
    Suggesting,
    answer,
    answering,
    choices,
    completing,
    completing_question,
    scope,
)

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)

FOLLOW_QUERY = re.compile(r"q:(?P<query>.*)", re.DOTALL)
FOLLOW_ITEM = re.compile(r"i:(?P<item>\d{1,20})")
FOLLOW_CHOICE = re.compile(r"j:(?P<item>\d{1,20})")
LESS = re.compile(r"l:(?P<number>\d{1,12})")
LESS_CHOICE = re.compile(r"m:(?P<number>\d{1,12})")
ALL = "all"
DAILY = Manner(style=Style.DAILY, at_minute=8 * 60)
"""How what would be a flood is followed by a button."""
PLACES = [
    app_commands.Choice(name="by direct message", value="direct"),
    app_commands.Choice(name="in a private thread of this channel", value="thread"),
]
CLOSED = later(
    "I cannot send you direct messages, so nothing was set. Allow them (the server's menu, Privacy Settings, Direct "
    "Messages), or choose a private thread of this channel as {place}."
)
WAYS = later("{list} shows what you follow, {remove} ends it, {hours} sets quiet hours and a time zone.")


async def set_follow(
    interaction: Interaction, service: FollowService, wanted: Wanted, *, in_thread: bool = False
) -> list[str]:
    """Follow what `FollowService.prepare` has checked, and say so where it comes; what is said. Raises `UserError`."""
    person = UserId(interaction.user.id)
    channel = await (_thread(interaction, service) if in_thread else interaction.user.create_dm())
    rule = await service.add(person, scope(interaction), ChannelId(channel.id), wanted)
    lines = [followed(interaction, rule), meaning(wanted.resolution)]
    try:
        ways = {name: cards.code(slash(f"follow {name}")) for name in ("list", "remove", "hours")}
        await channel.send(view=cards.notice(_("You follow"), *lines, "-# " + _(WAYS, **ways)))
    except discord.HTTPException as error:
        await service.remove(person, rule.id)
        if isinstance(error, discord.Forbidden):
            raise UserError(_(CLOSED, place=option("place"))) from error
        raise
    return lines


def followed(interaction: Interaction, rule: AlertRule) -> str:
    """A follow on one line. A direct message has no name that could be shown."""
    thread = interaction.client.get_channel(rule.channel)
    return described(rule, None if isinstance(thread, discord.Thread) else _("by direct message"))


async def _thread(interaction: Interaction, service: FollowService) -> discord.Thread:
    """The person's thread in this server: the one they have, or a new one below this channel. Raises `UserError`."""
    guild, channel = interaction.guild, interaction.channel
    for rule in await service.follows(UserId(interaction.user.id)):
        found = guild.get_thread(rule.channel) if guild is not None else None
        if found is not None:
            return found
    if guild is None or not isinstance(channel, discord.TextChannel):
        raise UserError(_("A private thread can be made in a server's text channel alone: ask there."))
    can = channel.permissions_for(guild.me)
    if not (can.view_channel and can.create_private_threads and can.send_messages_in_threads):
        raise UserError(
            _(
                "I cannot make a private thread in #{channel}: I miss Create Private Threads or Send Messages in "
                "Threads there. A moderator can give them to me.",
                channel=channel.name,
            )
        )
    thread = await channel.create_thread(
        name=cards.short(_("News for {name}", name=interaction.user.display_name), 100),
        type=discord.ChannelType.private_thread,
        invitable=False,
    )
    await thread.add_user(interaction.user)
    return thread


@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
class Follows(
    Suggesting, commands.GroupCog, name="follow", description="News for you alone, by direct message or private thread"
):
    """What a person follows."""

    def __init__(self, service: FollowService, news: NewsService, now: Callable[[], datetime]) -> None:
        self._service = service
        self.memory = news
        self._now = now

    @app_commands.command(name="add", description="Be told of stories that match, each once")
    @app_commands.describe(
        **ASKED,
        style="At once, in a digest, or only when it surges",
        at="When daily and weekly digests come: 08:00, Fri 18:00",
        place="Where you are told",
        anyway="True: follow it even if it is a flood",
    )
    @app_commands.choices(category=CATEGORIES, style=STYLES, place=PLACES)
    async def add(
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
        style: str = Style.INSTANT,
        at: str | None = None,
        filter: str | None = None,
        place: str = "direct",
        anyway: bool = False,
    ) -> None:
        """Set a follow, unless it would be a flood; what it would have brought is shown either way."""
        guild = scope(interaction)

        async def work() -> ui.LayoutView:
            query = await self.memory.query(
                guild=guild,
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
            wanted = await self._service.prepare(UserId(interaction.user.id), guild, query, manner=how)
            seen = await self._service.preview(guild, wanted)
            if seen.floods and how.style is Style.INSTANT and not anyway:
                title = _("Not followed: it would be a flood")
                return cards.preview_layout(title, flood(seen), seen, self._now())
            lines = await set_follow(interaction, self._service, wanted, in_thread=place == "thread")
            return cards.preview_layout(_("You follow"), lines, seen, self._now())

        await answer(interaction, work(), private=True)

    @app_commands.command(name="list", description="What you follow, and how it stands")
    async def show(self, interaction: Interaction) -> None:
        """Show a person's follows to them."""
        person = UserId(interaction.user.id)

        async def work() -> ui.LayoutView:
            rules = await self._service.follows(person)
            if not rules:
                begin = _("Begin with {command}, or *Follow* below a card.", command=cards.code(slash("follow add")))
                return cards.notice(_("You follow nothing yet"), begin)
            title = n_("{n} follow", "{n} follows", len(rules))
            lines = fitting([followed(interaction, rule) for rule in rules], offers="follow remove")
            return cards.notice(title, *lines, *flow_lines(await self._service.flow(person)))

        await answer(interaction, work(), private=True)

    @app_commands.command(name="hours", description="Your quiet hours, your time zone, how much you are told an hour")
    @app_commands.describe(
        quiet="Hours in which you are left alone: 22:00-07:00; off",
        timezone="Whose clock counts: Europe/Berlin",
        per_hour="Messages an hour; what is beyond comes in a digest",
    )
    async def hours(
        self,
        interaction: Interaction,
        quiet: str | None = None,
        timezone: str | None = None,
        per_hour: app_commands.Range[int, 1, MOST_PER_HOUR] | None = None,
    ) -> None:
        """Set, and show, when a person is told."""
        person = UserId(interaction.user.id)

        async def work() -> ui.LayoutView:
            if quiet is None and timezone is None and per_hour is None:
                flow = await self._service.flow(person)
            else:
                flow = await self._service.set_flow(person, per_hour=per_hour, quiet=quiet, zone=timezone)
            return cards.notice(_("Your hours"), *flow_lines(flow))

        await answer(interaction, work(), private=True)

    @app_commands.command(name="pause", description="Stop a follow for now")
    @app_commands.describe(follow="Which follow, or all")
    async def pause(self, interaction: Interaction, follow: str) -> None:
        """Pause a follow."""
        await self._change(interaction, follow, "pause")

    @app_commands.command(name="resume", description="Let a paused follow, or one that waits, go on")
    @app_commands.describe(follow="Which follow, or all")
    async def resume(self, interaction: Interaction, follow: str) -> None:
        """Resume a follow."""
        await self._change(interaction, follow, "resume")

    @app_commands.command(name="remove", description="Follow it no more")
    @app_commands.describe(follow="Which follow, or all")
    async def remove(self, interaction: Interaction, follow: str) -> None:
        """Remove a follow."""
        await self._change(interaction, follow, "remove")

    async def _change(self, interaction: Interaction, follow: str, verb: str) -> None:
        person = UserId(interaction.user.id)
        act = {"pause": self._service.pause, "resume": self._service.resume, "remove": self._service.remove}[verb]
        title = {"pause": _("Paused"), "resume": _("Goes on"), "remove": _("Followed no more")}[verb]

        async def work() -> ui.LayoutView:
            if follow.strip().casefold() == ALL:
                chosen = [rule.id for rule in await self._service.some(person)]
            else:
                chosen = [number(follow, "follow list")]
            rules = [await act(person, rule) for rule in chosen]
            return cards.notice(title, *fitting([cards.query_title(rule.query) for rule in rules]))

        await answer(interaction, work(), private=True)

    @pause.autocomplete("follow")
    @resume.autocomplete("follow")
    @remove.autocomplete("follow")
    async def _follows(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        pairs = []
        for rule in await self._service.follows(UserId(interaction.user.id)):
            state = "" if rule.standing is Standing.ACTIVE else f" ({_(STANDINGS[rule.standing])})"
            pairs.append((f"{rule.id} · {cards.plain_query(rule.query)}{state}", str(rule.id)))
        if len(pairs) > 1:
            pairs.append((n_("all {n} of them", "all {n} of them", len(pairs)), ALL))
        return choices([pair for pair in pairs if typed.casefold() in pair[0].casefold()])

    @commands.Cog.listener()
    async def on_app_command_completion(self, interaction: Interaction, _command: object) -> None:
        """After any command: tell the person, once, of what cannot reach them, or the server that they manage."""
        managed = scope(interaction) if may_fix(interaction) else None
        try:
            waiting = await self._service.waiting(UserId(interaction.user.id), managed=managed)
        except StorageError as error:  # the bot is being stopped, or the memory cannot be read: next time, then
            log.info("not looked for what waits", problem=str(error))
            return
        if waiting is None:
            return
        channel, reason, own = waiting
        said = cards.error(_(reason))
        if own:
            text = _(
                "Your follows wait: {reason} What came meanwhile is kept. Then use {command}.",
                reason=said,
                command=cards.code(slash("follow resume")),
            )
        else:
            text = _(
                "Alerts in {channel} wait: {reason} They go on by themselves.", channel=f"<#{channel}>", reason=said
            )
        try:
            await interaction.followup.send(f"⚠️ {text}", ephemeral=True)
        except discord.HTTPException as failure:
            log.info("not told of what waits", problem=str(failure))

    completing_question(add)
    completing(hours, timezone=Suggesting.zones)


def choice(custom_id: str, placeholder: str, offered: Sequence[Feature]) -> ui.ActionRow[ui.LayoutView]:
    """A select of features."""
    options = [discord.SelectOption(label=cards.short(one.label, 100), value=one.filter) for one in offered[:25]]
    select: ui.Select[ui.LayoutView] = ui.Select(custom_id=custom_id, placeholder=placeholder, options=options)
    return ui.ActionRow(select)


def asking(interaction: Interaction) -> Asking:
    """Who clicks, where, and whether they manage the server."""
    return Asking(person=UserId(interaction.user.id), guild=scope(interaction), manages=may_fix(interaction))


def follow_items(service: FollowService, news: NewsService) -> tuple[type[ui.DynamicItem[Any]], ...]:
    """The classes that answer *Follow* and *Less like this* on any card ever posted."""

    async def follow_page(interaction: Interaction, _button: ui.Button[Any], said: Mapping[str, str]) -> None:
        """Follow what a page was asked for."""
        asked = unpacked(said["query"])
        query = await news.kept(asked) if isinstance(asked, int) else asked

        async def work() -> ui.LayoutView:
            return await followed_view(interaction, replace(query, since=None))

        await answer(interaction, work(), private=True)

    async def offer(interaction: Interaction, _button: ui.Button[Any], said: Mapping[str, str]) -> None:
        """Offer what a card's story can be followed by."""
        item = await news.item(ItemId(int(said["item"])), guild=scope(interaction))
        row = choice(f"j:{item.id}", _("Follow …"), features(item))
        view = cards.chooser(_("Follow"), cards.plain_title(item), _("You are told by direct message."), row)
        await interaction.response.send_message(view=view, ephemeral=True)

    async def follow(interaction: Interaction, select: ui.Select[Any], _said: Mapping[str, str]) -> None:
        """Follow what was chosen."""
        await interaction.response.defer()
        query = await news.query(guild=scope(interaction), filter=select.values[0])
        await interaction.edit_original_response(view=await followed_view(interaction, query))

    async def followed_view(interaction: Interaction, query: Query) -> ui.LayoutView:
        """Follow at once, or where that would be a flood by a daily digest; what is to be said of it."""
        person, guild = UserId(interaction.user.id), scope(interaction)
        wanted = await service.prepare(person, guild, query)
        if (await service.preview(guild, wanted)).floods:
            wanted = await service.prepare(person, guild, query, manner=DAILY)
        return cards.notice(_("You follow"), *await set_follow(interaction, service, wanted))

    async def offer_less(interaction: Interaction, _button: ui.Button[Any], said: Mapping[str, str]) -> None:
        """Offer what there may be less of."""
        delivery = DeliveryId(int(said["number"]))
        item, offered = await service.less_of(delivery, asking(interaction))
        row = choice(f"m:{delivery}", _("Leave out …"), offered)
        view = cards.chooser(_("Less like this"), cards.plain_title(item), _("What is not to come any more?"), row)
        await interaction.response.send_message(view=view, ephemeral=True)

    async def leave_out(interaction: Interaction, select: ui.Select[Any], said: Mapping[str, str]) -> None:
        """Leave out what was chosen."""
        rules = await service.less(DeliveryId(int(said["number"])), select.values[0], asking(interaction))
        lines = [described(rule) if rule.owner is None else followed(interaction, rule) for rule in rules]
        await interaction.response.edit_message(view=cards.notice(_("From now on"), *fitting(lines)))

    return (
        answering(FOLLOW_QUERY, follow_page),
        answering(FOLLOW_ITEM, offer),
        answering(FOLLOW_CHOICE, follow),
        answering(LESS, offer_less),
        answering(LESS_CHOICE, leave_out),
    )
