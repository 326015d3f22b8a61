"""Why something was posted, or was not: one item replayed, from the feed to each rule of a server.

Never: a change, or a word of what another server watches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.errors import UserError
from bot.filter_model import loaded
from bot.model import (
    LARGEST_ID,
    AlertRule,
    Filed,
    GuildId,
    Handed,
    Item,
    MessageId,
    Record,
    Standing,
    Story,
    UserId,
)
from bot.news import rules
from bot.news.filter_reasons import explain
from bot.ports import AlertStore, NewsStore
from bot.services.news import NewsService, gone
from bot.words import _

_MESSAGE: Final = re.compile(
    r"https://(?:ptb\.|canary\.)?discord(?:app)?\.com/channels/(\d{1,20})/\d{1,20}/(\d{1,20})/?\Z"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of an item by one rule."""

    rule: AlertRule
    handed: Handed | None
    """What the rule's channel was, or is to be, given of the story."""
    refused: str | None
    """At which gate it was refused, in plain words; None where it was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One item replayed."""

    item: Item
    record: Record
    story: Story | None
    verdicts: tuple[Verdict, ...]


class WhyService:
    """Replays items."""

    def __init__(self, news: NewsStore, alerts: AlertStore, ask: NewsService) -> None:
        self._news = news
        self._alerts = alerts
        self._ask = ask

    async def account(self, typed: str, *, guild: GuildId, person: UserId, with_rules: bool) -> Account:
        """The item that a link, words, or the link of a message of ours mean. Raises `UserError`.

        `with_rules` says whether the person may know of the server's rules; of their own follows they always may.
        """
        item = await self._meant(typed.strip(), guild)
        record = await self._news.record(item.id, guild=guild)
        if record is None:
            raise gone()
        story = await self._ask.same_story(item.id, guild=guild)
        follows = [rule for rule in await self._alerts.of_person(person) if rule.guild == guild]
        rules = [*(await self._alerts.for_guild(guild) if with_rules else ()), *follows]
        verdicts = tuple(self._verdict(record, story, rule) for rule in rules)
        return Account(item=item, record=record, story=story, verdicts=verdicts)

    async def _meant(self, typed: str, guild: GuildId) -> Item:
        found = _MESSAGE.match(typed)
        if found is None:
            return await self._ask.story(typed, guild=guild)
        if int(found[1]) != guild:
            raise UserError(_("That message is not of this server: ask there."))
        message = MessageId(int(found[2]))
        item = None if message > LARGEST_ID else await self._news.item_of_message(message, guild=guild)
        if item is None:
            raise UserError(
                _("That message is no alert of mine that I remember; of a digest, give the story's own link.")
            )
        return await self._ask.item(item, guild=guild)

    def _verdict(self, record: Record, story: Story | None, rule: AlertRule) -> Verdict:
        refused = self._refused(record, rule, story)
        return Verdict(rule=rule, handed=record.handed.get(rule.channel) if refused is None else None, refused=refused)

    def _refused(self, record: Record, rule: AlertRule, story: Story | None) -> str | None:
        """The first gate that an item does not pass."""
        candidate = record.candidate
        if rule.standing is Standing.PAUSED:
            return _("the alert is paused")
        if record.filed is Filed.SILENT:
            return _(
                "it was remembered silently: it came with a feed's first reading, in a flood, or more than a week late"
            )
        if record.filed is Filed.FILED and rule.created_at > candidate.item.first_seen_at:
            return _("the alert was set after it came")
        if not rules.sees(candidate, rule):
            return _("this server hides every source that brought it")
        reason = rules.refusal(candidate, rule.criteria)
        if reason is not None:
            return reason
        outlets = 1 if story is None else len({outlet.casefold() for outlet in story.outlets})
        if rule.filter is not None and (reasons := explain(loaded(rule.filter), candidate, outlets=outlets)):
            return reasons[0].because
        if outlets < rule.manner.min_outlets:
            return _("{have} of the {wanted} outlets asked for tell it", have=outlets, wanted=rule.manner.min_outlets)
        return None
