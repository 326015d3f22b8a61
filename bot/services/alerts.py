"""Alert rules: what a server's moderators set. Never: a Discord type, or a send."""

from __future__ import annotations

from bot.clock import Clock
from bot.errors import UserError
from bot.model import AlertRule, ChannelId, GuildId, How, Query, Resolution, RoleId, RuleId, Standing
from bot.ports import AlertStore
from bot.services.news import NewsService

MOST_OUTLETS = 20


class AlertService:
    """Adds, lists, edits, pauses and removes alert rules."""

    def __init__(self, alerts: AlertStore, news: NewsService, clock: Clock, *, limit: int) -> None:
        """`limit` is how many rules one server may have."""
        self._alerts = alerts
        self._news = news
        self._clock = clock
        self._limit = limit

    async def add(
        self, guild: GuildId, channel: ChannelId, query: Query, role: RoleId | None, *, min_outlets: int = 1
    ) -> tuple[AlertRule, Resolution | None]:
        """Set a rule; it and what its topic was taken for. Raises `UserError`.

        With `min_outlets` a story is posted once so many outlets tell it.
        """
        rules = await self._alerts.for_guild(guild)
        if len(rules) >= self._limit:
            raise UserError(
                f"This server has {len(rules)} alerts, the most there may be: remove one with /alert remove."
            )
        resolution = await self._resolved(guild, query)
        criteria = self._news.criteria(query, resolution)
        _check_outlets(min_outlets, query)
        if any(
            rule.channel == channel and rule.criteria == criteria and rule.min_outlets == min_outlets for rule in rules
        ):
            raise UserError("That channel has just this alert already: /alert list shows it.")
        rule = await self._alerts.add(
            guild=guild,
            channel=channel,
            query=query,
            criteria=criteria,
            role=role,
            min_outlets=min_outlets,
            now=self._clock.now(),
        )
        return rule, resolution

    async def edit(
        self,
        guild: GuildId,
        rule: RuleId,
        *,
        channel: ChannelId,
        query: Query,
        role: RoleId | None,
        min_outlets: int = 1,
    ) -> tuple[AlertRule, Resolution | None]:
        """Replace what a rule says; it as it is now, and what its topic was taken for. Raises `UserError`."""
        await self.get(guild, rule)
        resolution = await self._resolved(guild, query)
        _check_outlets(min_outlets, query)
        await self._alerts.edit(
            rule,
            channel=channel,
            query=query,
            criteria=self._news.criteria(query, resolution),
            role=role,
            min_outlets=min_outlets,
        )
        return await self.get(guild, rule), resolution

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

    async def _resolved(self, guild: GuildId, query: Query) -> Resolution | None:
        """The meaning of a rule's topic, fixed when it is set.

        A near miss is not put in its place: an alert may wait for a word that nobody has written yet.
        """
        if query.topic is None:
            return None
        resolution = await self._news.resolve(query.topic, guild=guild)
        return resolution if resolution.how is not How.NEAR else self._news.literal(query.topic)


def _check_outlets(min_outlets: int, query: Query) -> None:
    """Raises `UserError` where a story could never have so many outlets."""
    if not 1 <= min_outlets <= MOST_OUTLETS:
        raise UserError(f"A story can be asked to stand in 1 to {MOST_OUTLETS} outlets.")
    if min_outlets > 1 and query.outlet is not None:
        raise UserError("One outlet alone is asked for: then a story cannot be in several. Leave out one of the two.")
