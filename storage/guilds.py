"""The servers' alert rules. See `bot.ports.AlertStore`."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.model import (
    AlertRule,
    ChannelId,
    Criteria,
    GuildId,
    Manner,
    Place,
    Query,
    RoleId,
    RuleId,
    Standing,
    Style,
    UserId,
)
from storage import rows
from storage.driver import Driver, Row, Statements

AT_ONCE = Manner()


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
        manner: Manner = AT_ONCE,
        filter: str | None = None,
        place: Place = Place.CHANNEL,
        owner: UserId | None = None,
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
                **_manner(manner),
                filter=filter,
                place=place,
                owner=owner,
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
        manner: Manner = AT_ONCE,
        filter: str | None = None,
        place: Place = Place.CHANNEL,
    ) -> None:
        async with self._driver.write() as db:
            moves = await db.first("rule_elsewhere", rule=rule, channel=channel) is not None
            await db.fetch("leave_block", rule=rule, channel=channel)
            await db.fetch(
                "edit_rule",
                rule=rule,
                channel=channel,
                query=rows.dumped_query(query),
                criteria=rows.dumped_query(criteria),
                role=role,
                **_manner(manner),
                filter=filter,
                place=place,
            )
            if moves:
                await bring_along(db, rule)
            await db.fetch("move_deliveries", rule=rule)

    async def remove(self, rule: RuleId) -> None:
        async with self._driver.write() as db:
            await retire(db, rule)

    async def set_standing(self, rule: RuleId, standing: Standing, reason: str | None = None) -> None:
        async with self._driver.write() as db:
            resumed = await db.fetch("resume_channel", rule=rule) if standing is Standing.ACTIVE else ()
            await db.fetch("set_standing", rule=rule, standing=standing, reason=reason)
            if standing is Standing.PAUSED:
                await leave_digests(db, rule)
            if standing is Standing.ACTIVE:
                # What a missing permission held back waits no longer.
                now = rows.milliseconds(datetime.fromtimestamp(0, UTC))
                for each in {rule, *(row["id"] for row in resumed)}:
                    await db.fetch("release_deliveries", rule=each, now=now)

    async def for_guild(self, guild: GuildId) -> tuple[AlertRule, ...]:
        async with self._driver.glance() as db:
            return tuple(rows.rule(row) for row in await db.fetch("list_rules", guild=guild))

    async def of_person(self, person: UserId) -> tuple[AlertRule, ...]:
        async with self._driver.glance() as db:
            return tuple(rows.rule(row) for row in await db.fetch("list_follows", owner=person))

    async def blocked(self) -> tuple[AlertRule, ...]:
        async with self._driver.glance() as db:
            return tuple(rows.rule(row) for row in await db.fetch("blocked_rules"))

    async def untold(self, *, person: UserId | None, guild: GuildId | None) -> tuple[ChannelId, str] | None:
        async with self._driver.glance() as db:  # mostly there is none: no transaction for that
            found = await _untold(db, person, guild)
        if found is None:
            return None
        async with self._driver.write() as db:
            found = await _untold(db, person, guild)
            if found is None:
                return None
            await db.fetch("mark_told", channel=found["channel"])
        return ChannelId(found["channel"]), found["reason"] or ""

    async def version(self) -> int:
        async with self._driver.glance() as db:
            row = await db.first("rules_version")
        assert row is not None  # noqa: S101 - written by a migration
        return int(row["value"])

    async def changed(self, since: int) -> tuple[int, tuple[AlertRule, ...], tuple[RuleId, ...]]:
        async with self._driver.read() as db:
            version = await db.first("rules_version")
            changed = await db.fetch("changed_rules", since=since)
            gone = await db.fetch("gone_rules", since=since)
        assert version is not None  # noqa: S101 - written by a migration
        return int(version["value"]), tuple(map(rows.rule, changed)), tuple(RuleId(row["id"]) for row in gone)

    async def at_work(self, style: Style) -> tuple[AlertRule, ...]:
        async with self._driver.glance() as db:
            return tuple(rows.rule(row) for row in await db.fetch("rules_of_style", style=style))


async def _untold(db: Statements, person: UserId | None, guild: GuildId | None) -> Row | None:
    found = None if person is None else await db.first("untold_follow", owner=person)
    if found is None and guild is not None:
        found = await db.first("untold_rule", guild=guild)
    return found


async def leave_digests(db: Statements, rule: RuleId) -> None:
    """Digests that go in a rule's name and are not sent yet give back what other rules put there."""
    await db.fetch("free_digests", rule=rule)
    await db.fetch("drop_digests", rule=rule)
    await db.fetch("hand_on_digests", rule=rule)


async def bring_along(db: Statements, rule: RuleId) -> None:
    """What is still to be sent of a rule that has moved goes where it is by now; what others there want, stays."""
    await leave_digests(db, rule)
    await db.fetch("move_held", rule=rule)
    await db.fetch("hold_pending", rule=rule)
    await db.fetch("take_out_moved", rule=rule)
    await db.fetch("move_deliveries", rule=rule)
    await db.fetch("drop_left", rule=rule)


async def retire(db: Statements, rule: RuleId) -> None:
    """Remove a rule. Its row stays, emptied, while anything tells what its channel has had (`forget_retired`)."""
    await leave_digests(db, rule)
    await db.fetch("retire_rule", rule=rule, nothing=rows.dumped_query(Query()))
    await settle_retired(db, rule)
    await db.fetch("drop_retired", rule=rule)


async def settle_retired(db: Statements, rule: RuleId) -> None:
    """Let nothing of a removed rule wait any more; what others of its channel may want is held."""
    await db.fetch("hold_pending", rule=rule)
    await db.fetch("drop_pending", rule=rule)
    await db.fetch("give_up_pending", rule=rule)


def _manner(manner: Manner) -> dict[str, object]:
    return {
        "min_outlets": manner.min_outlets,
        "style": manner.style,
        "at_minute": manner.at_minute,
        "weekday": manner.weekday,
    }
