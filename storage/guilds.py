"""The servers' alert rules. See `bot.ports.AlertStore`."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.model import AlertRule, ChannelId, Criteria, GuildId, Query, RoleId, RuleId, Standing
from storage import rows
from storage.driver import Driver


class Alerts:
    """The alert rules of a database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def add(
        self,
        *,
        guild: GuildId,
        channel: ChannelId,
        query: Query,
        criteria: Criteria,
        role: RoleId | None,
        min_outlets: int = 1,
        now: datetime,
    ) -> AlertRule:
        async with self._driver.write() as db:
            row = await db.first(
                "add_rule",
                guild=guild,
                channel=channel,
                query=rows.dumped_query(query),
                criteria=rows.dumped_query(criteria),
                role=role,
                min_outlets=min_outlets,
                now=rows.milliseconds(now),
            )
        assert row is not None  # noqa: S101 - an insert that returns
        return rows.rule(row)

    async def edit(
        self,
        rule: RuleId,
        *,
        channel: ChannelId,
        query: Query,
        criteria: Criteria,
        role: RoleId | None,
        min_outlets: int = 1,
    ) -> None:
        async with self._driver.write() as db:
            await db.fetch(
                "edit_rule",
                rule=rule,
                channel=channel,
                query=rows.dumped_query(query),
                criteria=rows.dumped_query(criteria),
                role=role,
                min_outlets=min_outlets,
            )
            await db.fetch("move_deliveries", rule=rule, channel=channel, role=role)

    async def remove(self, rule: RuleId) -> None:
        async with self._driver.write() as db:
            await db.fetch("remove_rule", rule=rule)

    async def set_standing(self, rule: RuleId, standing: Standing, reason: str | None = None) -> None:
        async with self._driver.write() as db:
            await db.fetch("set_standing", rule=rule, standing=standing, reason=reason)
            if standing is Standing.ACTIVE:
                # What a missing permission held back waits no longer.
                now = rows.milliseconds(datetime.fromtimestamp(0, UTC))
                await db.fetch("release_deliveries", rule=rule, now=now)

    async def for_guild(self, guild: GuildId) -> tuple[AlertRule, ...]:
        async with self._driver.glance() as db:
            return tuple(rows.rule(row) for row in await db.fetch("list_rules", guild=guild))

    async def all(self) -> tuple[AlertRule, ...]:
        async with self._driver.glance() as db:
            return tuple(rows.rule(row) for row in await db.fetch("all_rules"))
