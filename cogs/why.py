"""/why: one item replayed, from the feed that brought it to each alert of the server."""

from __future__ import annotations

from collections.abc import Callable, Set
from datetime import datetime

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot import cards
from bot.model import OPERATOR, AlertRule, ChannelId, Filed, GuildId, Handed, Place, UserId
from bot.services.news import NewsService
from bot.services.why import Account, Verdict, WhyService
from bot.words import _
from cogs.pages import may_fix
from cogs.ui import Interaction, Suggesting, answer, completing, everywhere, scope

RULES = 12
LINKS = 3


class Why(Suggesting, commands.Cog):
    """Why something was posted, or was not."""

    def __init__(self, service: WhyService, news: NewsService, now: Callable[[], datetime]) -> None:
        self._service = service
        self.memory = news
        self._now = now

    @app_commands.command(
        name="why", description="How a story came, what it was taken for, and why it was posted or not"
    )
    @app_commands.describe(story="Its link, words of its headline, or the link of an alert's message")
    @everywhere
    async def why(self, interaction: Interaction, story: str) -> None:
        """Replay an item, to the person who asked alone; of the server's alerts only those who manage it are told."""
        guild = scope(interaction)

        async def work() -> ui.LayoutView:
            person = UserId(interaction.user.id)
            account = await self._service.account(story, guild=guild, person=person, with_rules=may_fix(interaction))
            places = [verdict.rule.channel for verdict in account.verdicts]
            threads = {one for one in places if isinstance(interaction.client.get_channel(one), discord.Thread)}
            return cards.story_layout(
                account.item, self._now(), story=account.story, history=history(account, guild, threads)
            )

        await answer(interaction, work(), private=True)

    completing(why, story=Suggesting.stories)


def history(account: Account, guild: GuildId, threads: Set[ChannelId] = frozenset()) -> str:
    """How an item came and what became of it, in lines; `threads` are places of follows that are no direct messages."""
    item, record = account.item, account.record
    lines = [
        _("**How it came**")
        + "\n"
        + _(
            "Read {read}, published {published}",
            read=_moment(item.first_seen_at),
            published=_moment(item.published_at),
        )
    ]
    if record.feeds:
        named = [cards.error(cards.short(url, 120)) for url in record.feeds[:LINKS]]
        more = f" {cards.and_more(len(record.feeds) - LINKS)}" if len(record.feeds) > LINKS else ""
        lines.append("-# " + _("from {feeds}", feeds=f"{', '.join(named)}{more}"))
    if record.filed is Filed.SILENT:
        lines.append(
            _("Remembered silently: it came with a feed's first reading, in a flood, or more than a week late.")
        )
    if record.filed is Filed.WAITING:
        lines.append(_("Not looked at yet: alerts come in a moment."))
    if account.verdicts:
        own = all(one.rule.owner is not None for one in account.verdicts)
        lines.append(_("**What you follow**") if own else _("**This server's alerts**"))
        ordered = sorted(account.verdicts, key=lambda one: one.refused is not None)
        lines += [_verdict(one, guild, account, threads) for one in ordered[:RULES]]
        if len(ordered) > RULES:
            lines.append("-# " + cards.and_more(len(ordered) - RULES))
    elif guild != OPERATOR:
        lines.append("-# " + _("Who may manage the server is told here which of its alerts matched."))
    return "\n".join(lines)


def _moment(moment: datetime) -> str:
    return f"<t:{int(moment.timestamp())}:f>"


def _verdict(verdict: Verdict, guild: GuildId, account: Account, threads: Set[ChannelId]) -> str:
    rule = verdict.rule
    direct = rule.owner is not None and rule.channel not in threads
    where = _("you") if direct else f"<#{rule.channel}>"
    head = f"- `{rule.id}` {where} {cards.query_title(rule.query)}"
    if verdict.refused is not None:
        said = _("no, {reason}", reason=cards.error(cards.short(verdict.refused, 200)))
        return f"{head}: {said}"
    if verdict.handed is None:
        waiting = account.record.filed is Filed.WAITING
        said = _("yes, it will be posted") if waiting else _("yes, but nothing of it is on record any more")
        return f"{head}: {said}"
    return f"{head}: {_handed(verdict.handed, rule, account, '@me' if direct else str(guild))}"


def _handed(handed: Handed, rule: AlertRule, account: Account, server: str) -> str:
    when = f"<t:{int(handed.at.timestamp())}:R>" if handed.at is not None else ""
    about = [when, _("in a digest") if handed.digest else ""]
    about.append("" if handed.item == account.item.id else _("under another report of the story"))
    match handed.state:
        case "sent":
            # A forum's post is a channel of its own.
            channel = handed.message if rule.place is Place.FORUM else rule.channel
            there = f"https://discord.com/channels/{server}/{channel}/{handed.message}"
            what, detail = _("posted"), there if handed.message else _("deleted since")
        case "dead":
            what, detail = _("given up"), _reason(handed.detail) or _("no reason is on record")
        case "held":
            what, detail = _("waits for a digest"), ""
        case _state:
            what, detail = _("is being sent"), _reason(handed.detail)
    return " · ".join(part for part in (what, *about, detail) if part)


def _reason(detail: str | None) -> str:
    return cards.error(cards.short(detail, 200)) if detail else ""
