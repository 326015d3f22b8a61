"""Follows: what a person is told personally, by direct message or in a thread of their own. Never: a Discord type.

A follow is an alert rule with an owner. It sees what the server sees in which it was made; outside of servers, what the
operator watches. What moderators set for channels is none of it, and nobody but its owner is shown it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.errors import UserError
from bot.model import (
    AlertRule,
    ChannelFlow,
    ChannelId,
    DeliveryId,
    GuildId,
    Item,
    Language,
    Manner,
    Preview,
    Query,
    RuleId,
    UserId,
)
from bot.news.filters import joined, matches
from bot.ports import AlertStore, DeliveryStore, DigestStore, LanguageStore, NewsStore
from bot.services.alerts import AT_ONCE, AlertService, Wanted
from bot.services.features import Feature, spared, without
from bot.services.rules import RuleKeeper
from bot.words import _, locale, slash


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who clicks on a card, in which server, and whether they manage it."""

    person: UserId
    guild: GuildId
    manages: bool


class FollowService(RuleKeeper[UserId]):
    """Adds, lists, pauses and removes follows; and has less of what a card brought."""

    def __init__(
        self,
        alerts: AlertStore,
        digests: DigestStore,
        deliveries: DeliveryStore,
        news: NewsStore,
        tell: AlertService,
        languages: LanguageStore,
        clock: Clock,
        *,
        limit: int,
    ) -> None:
        """`limit` is how many follows one person may have."""
        self._alerts = alerts
        self._digests = digests
        self._deliveries = deliveries
        self._news = news
        self._tell = tell
        self._languages = languages
        self._clock = clock
        self._limit = limit

    async def prepare(self, person: UserId, guild: GuildId, query: Query, *, manner: Manner = AT_ONCE) -> Wanted:
        """What a follow is to be met by, before a place is made for it. Raises `UserError` where it cannot be set."""
        have = await self._alerts.of_person(person)
        if len(have) >= self._limit:
            raise UserError(
                _(
                    "You have {number} follows, the most there may be: remove one with {command}.",
                    number=len(have),
                    command=slash("follow remove"),
                )
            )
        wanted = await self._tell.wanted(guild, query, manner)
        if any(wanted.is_of(rule) for rule in have):
            raise UserError(_("You follow just this already: {command} shows it.", command=slash("follow list")))
        return wanted

    async def preview(self, guild: GuildId, wanted: Wanted) -> Preview:
        """What a follow would have brought in the last week."""
        return await self._tell.look(guild, wanted)

    async def add(self, person: UserId, guild: GuildId, channel: ChannelId, wanted: Wanted) -> AlertRule:
        """Follow what `prepare` has checked; what comes is told in the language that is spoken now."""
        have = await self._alerts.of_person(person)
        rule = await self._alerts.add(
            guild=guild,
            channel=channel,
            query=wanted.query,
            criteria=wanted.criteria,
            role=None,
            manner=wanted.manner,
            filter=wanted.filter,
            owner=person,
            now=self._clock.now(),
        )
        await self._languages.set_language(person, Language(locale=locale()))
        if have and all(one.channel != channel for one in have):
            # A new place keeps the hours that the person has chosen before.
            await self._digests.set_flow(guild, channel, await self._tell.flow(have[0].channel))
        return rule

    async def remove(self, holder: UserId, rule: RuleId) -> AlertRule:
        """Remove a follow and what it has pending; with the last one the person is forgotten. Raises `UserError`."""
        found = await super().remove(holder, rule)
        if not await self._alerts.of_person(holder):
            await self._languages.set_language(holder, Language())
        return found

    async def follows(self, person: UserId) -> tuple[AlertRule, ...]:
        """A person's follows, in the order they were made."""
        return await self._alerts.of_person(person)

    async def get(self, person: UserId, rule: RuleId) -> AlertRule:
        """One follow of that person. Raises `UserError` where there is none."""
        for found in await self._alerts.of_person(person):
            if found.id == rule:
                return found
        raise UserError(
            _("You have no follow {rule}: {command} shows those you have.", rule=rule, command=slash("follow list"))
        )

    async def flow(self, person: UserId) -> ChannelFlow:
        """A person's quiet hours, time zone and messages an hour. Raises `UserError` where nothing is followed."""
        return await self._tell.flow((await self.some(person))[0].channel)

    async def set_flow(
        self, person: UserId, *, per_hour: int | None = None, quiet: str | None = None, zone: str | None = None
    ) -> ChannelFlow:
        """Change what is given of them, wherever the person is told; they as they are then. Raises `UserError`."""
        have = await self.some(person)
        for channel, guild in {rule.channel: rule.guild for rule in have}.items():
            flow = await self._tell.set_flow(guild, channel, per_hour=per_hour, quiet=quiet, zone=zone)
        return flow

    async def some(self, person: UserId) -> tuple[AlertRule, ...]:
        """A person's follows. Raises `UserError` where nothing is followed."""
        have = await self._alerts.of_person(person)
        if not have:
            raise UserError(_("You follow nothing yet: begin with {command}.", command=slash("follow add")))
        return have

    async def waiting(self, person: UserId, *, managed: GuildId | None) -> tuple[ChannelId, str, bool] | None:
        """Where messages to a person, or alerts of a server that they manage, are refused; why; whether it is theirs.

        Each is told once.
        """
        found = await self._alerts.untold(person=person, guild=None)
        if found is not None:
            return *found, True
        found = None if managed is None else await self._alerts.untold(person=None, guild=managed)
        return None if found is None else (*found, False)

    async def less_of(self, number: DeliveryId, asking: Asking) -> tuple[Item, tuple[Feature, ...]]:
        """What there may be less of, of a card that was posted. Raises `UserError`."""
        item, rules = await self._brought_by(number, asking)
        offered = spared(item, rules)
        if not offered:
            raise UserError(
                _(
                    "This brings just what is asked for: change it with {command}, or remove it.",
                    command=slash("alert edit"),
                )
            )
        return item, offered

    async def less(self, number: DeliveryId, feature: str, asking: Asking) -> tuple[AlertRule, ...]:
        """Leave a feature out from now on, in each rule that brings such items there; the rules. Raises `UserError`."""
        item, rules = await self._brought_by(number, asking)
        if feature not in {one.filter for one in spared(item, rules)}:
            raise UserError(_("That cannot be left out: it is what is asked for."))
        asked = [replace(rule.query, filter=without(rule.query.filter, feature)) for rule in rules]
        return tuple([await self._tell.change(rule, query) for rule, query in zip(rules, asked, strict=True)])

    async def _brought_by(self, number: DeliveryId, asking: Asking) -> tuple[Item, list[AlertRule]]:
        """The item of a card, and the rules of its channel that it meets: the person's own, or those they manage."""
        sent = await self._deliveries.delivered(number)
        if sent is None:
            raise UserError(_("That alert is not in the memory any more."))
        if sent.owner is not None:
            if sent.owner != asking.person:
                raise UserError(_("That is somebody else's follow: with *Follow* you can have your own."))
            rules = [rule for rule in await self._alerts.of_person(asking.person) if rule.guild == sent.guild]
        else:
            if sent.guild != asking.guild or not asking.manages:
                raise UserError(
                    _(
                        "That would change what everybody here is told: it takes the permission Manage Server. "
                        "With *Follow* you can have news of your own, by direct message."
                    )
                )
            rules = list(await self._alerts.for_guild(sent.guild))
        record = await self._news.record(sent.item, guild=sent.guild)
        if record is None:
            raise UserError(_("That story is not in the memory any more."))
        many = 1_000  # whether enough outlets tell it is not asked here
        met = [
            rule
            for rule in rules
            if rule.channel == sent.channel
            and matches(joined(rule.criteria, rule.filter), record.candidate, outlets=many)
        ]
        if not met:
            raise UserError(_("What brought this has been changed or removed since."))
        return record.candidate.item, met
