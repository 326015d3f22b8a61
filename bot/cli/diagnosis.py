"""What may be wrong with a set-up, each with its remedy: token, permissions, database, clock, reachability, sources.

It changes nothing and may run beside the bot. Never: a secret in a finding, or an exception for what it finds.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aiohttp
import discord

from bot.client import PERMISSIONS, invitation
from bot.config import Settings
from bot.errors import BotError, ConfigError, ForeignDatabase, SchemaMismatch, StorageUnavailable
from bot.house import House, open_house
from bot.model import OPERATOR, FetchFailed, Source
from storage.backups import check
from storage.dialects import migrations
from storage.opening import is_postgres
from storage.places import check_place

API = "https://discord.com/api/v10"
PATIENCE = aiohttp.ClientTimeout(total=15)
SKEW = 5.0
"""Seconds that the clock may be wrong: items' ages and quiet hours hang on it."""
TIGHT, FULL = 1_000_000_000, 100_000_000
"""Bytes free on the database's disk."""
ASKED = 3
"""Sources that are read to see whether the web can be reached."""
NAMED = 5


class Grade(StrEnum):
    """How bad a finding is."""

    FINE = "fine"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    about: str
    grade: Grade = Grade.FINE
    what: str
    remedy: str = ""


async def diagnose(settings: Settings) -> AsyncIterator[Finding]:
    """Look at everything, one finding after the other."""
    yield _extras()
    try:
        token = settings.discord_token()
    except ConfigError as error:
        token = None
        yield Finding(about="token", grade=Grade.BROKEN, what="is not set, or cannot be read", remedy=str(error))
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        async for finding in _discord(session, settings.discord_api or API, token):
            yield finding
    async for finding in _database(settings):
        yield finding


def _extras() -> Finding:
    missing = [name for name, module in (("charts", "matplotlib"), ("lang", "py3langid")) if find_spec(module) is None]
    if not missing:
        return Finding(about="extras", what="pictures are drawn, languages are told")
    return Finding(
        about="extras",
        grade=Grade.WARNING,
        what=f"not installed: {', '.join(missing)}",
        remedy=f"if you want pictures, or languages told from the text: pip install 'dateline[{','.join(missing)}]'",
    )


async def _discord(session: aiohttp.ClientSession, api: str, token: str | None) -> AsyncIterator[Finding]:
    """Whether Discord is reached, when it thinks it is, whether it takes the token, and what the bot may do."""
    asked = datetime.now(UTC)
    try:
        status, me, headers = await _get(session, f"{api}/users/@me", token)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        yield Finding(
            about="Discord",
            grade=Grade.BROKEN,
            what=f"{api} cannot be reached ({type(error).__name__})",
            remedy="look at the network, its DNS and firewall; behind a proxy set DATELINE_DISCORD_API",
        )
        return
    yield Finding(about="Discord", what="is reached")
    if "Date" in headers:
        yield _clock(parsedate_to_datetime(headers["Date"]), asked)
    if token is None:
        return
    if status != HTTPStatus.OK:
        refused = status == HTTPStatus.UNAUTHORIZED
        yield Finding(
            about="token",
            grade=Grade.BROKEN,
            what="Discord refuses the token" if refused else f"Discord answered {status}",
            remedy="copy it again from the developer portal (Bot, Reset Token) into DATELINE_TOKEN or its file"
            if refused
            else "try again in some minutes; https://discordstatus.com says whether Discord has trouble",
        )
        return
    yield Finding(about="token", what=f"is that of {me.get('username', 'a bot')}")
    yield await _servers(session, api, token, int(me["id"]))


def _clock(theirs: datetime, ours: datetime) -> Finding:
    wrong = (ours - theirs).total_seconds()
    if abs(wrong) <= SKEW:
        return Finding(about="clock", what="is right")
    return Finding(
        about="clock",
        grade=Grade.BROKEN,
        what=f"is {abs(wrong):,.0f} seconds {'ahead of' if wrong > 0 else 'behind'} Discord's",
        remedy="let the machine set its clock by NTP: timedatectl set-ntp true",
    )


async def _servers(session: aiohttp.ClientSession, api: str, token: str, application: int) -> Finding:
    """In how many servers it is, of the first 200, and where it lacks one of its permissions altogether."""
    status, servers, _headers = await _get(session, f"{api}/users/@me/guilds", token)
    link = invitation(application)
    if status != HTTPStatus.OK:
        return Finding(about="servers", grade=Grade.WARNING, what=f"Discord answered {status}", remedy="try again")
    if not servers:
        return Finding(about="servers", grade=Grade.WARNING, what="the bot is in none", remedy=f"invite it: {link}")
    lacking = {}
    for server in servers:
        may = discord.Permissions(int(server.get("permissions", 0)))
        missing = (
            [] if may.administrator else [name for name, wanted in PERMISSIONS if wanted and not getattr(may, name)]
        )
        if missing:
            lacking[str(server.get("name", server["id"]))] = missing
    if not lacking:
        return Finding(about="servers", what=f"{len(servers)}, with all permissions")
    named = "; ".join(f"{name}: {', '.join(missing)}" for name, missing in list(lacking.items())[:NAMED])
    return Finding(
        about="servers",
        grade=Grade.WARNING,
        what=f"{len(servers)}; in {len(lacking)} it lacks permissions ({named})",
        remedy=f"give its role what is missing there, or invite it again: {link}",
    )


async def _get(session: aiohttp.ClientSession, url: str, token: str | None) -> tuple[int, Any, Any]:
    sent = {} if token is None else {"Authorization": f"Bot {token}"}
    async with session.get(url, headers={**sent, "User-Agent": "DiscordBot (Dateline, doctor)"}) as response:
        try:
            said = await response.json(content_type=None)
        except ValueError:
            said = {}
        return response.status, said, response.headers


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    """Whether the memory can be opened and has room, what is in it, and whether its sources are reached."""
    file = None if is_postgres(settings.database_path) else Path(settings.database_path)
    try:
        if file is not None:
            await asyncio.to_thread(check_place, file)
    except ConfigError as error:
        yield Finding(about="database", grade=Grade.BROKEN, what=str(error), remedy=_remedy(error))
        return
    if file is not None and not await asyncio.to_thread(file.is_file):
        yield Finding(
            about="database",
            grade=Grade.WARNING,
            what=f"{file} is not there",
            remedy="dateline run makes it; where there should be one, set DATELINE_DATABASE",
        )
        return
    try:
        known = len(migrations("sqlite"))
        if file is not None and (version := await check(file, thorough=False)) < known:
            yield Finding(
                about="database",
                what=f"its schema is version {version}, which the next start brings to {known}",
                remedy="dateline backup first, if you may want to go back",
            )
            return
        async with open_house(settings, holder="doctor") as house:
            overview = await house.watch.overview()
            yield Finding(
                about="database",
                what=f"{overview.items:,} items of {overview.feeds:,} feeds, {overview.pending:,} messages wait",
            )
            if file is not None:
                yield await asyncio.to_thread(_room, file)
            yield await _alerts(house)
            yield await _sources(house)
    except BotError as error:
        yield Finding(about="database", grade=Grade.BROKEN, what=str(error), remedy=_remedy(error))


def _remedy(error: BotError) -> str:
    match error:
        case ForeignDatabase():
            return "name another file in DATELINE_DATABASE; dateline run makes it where there is none"
        case SchemaMismatch():
            return "install the version that wrote it, or a newer one; older PostgreSQL wants dateline migrate"
        case StorageUnavailable() | ConfigError():
            return "what is named there; then try again"
        case _:
            return "dateline restore puts a backup in its place; without one, name another file in DATELINE_DATABASE"


def _room(database: Path) -> Finding:
    free = shutil.disk_usage(database.parent).free
    said = f"{free / 1e9:,.1f} GB free"
    if free >= TIGHT:
        return Finding(about="disk", what=said)
    grade = Grade.BROKEN if free < FULL else Grade.WARNING
    return Finding(about="disk", grade=grade, what=said, remedy="free some space: a full disk stops the memory")


async def _alerts(house: House) -> Finding:
    blocked = await house.alerts.blocked()
    if not blocked:
        return Finding(about="alerts", what="none is blocked")
    reasons = "; ".join(sorted({rule.reason or "no reason is on record" for rule in blocked})[:NAMED])
    return Finding(
        about="alerts",
        grade=Grade.WARNING,
        what=f"{len(blocked)} are blocked ({reasons})",
        remedy="in those servers: give the bot what it lacks in the channel (/alert list names it), then /alert resume",
    )


async def _sources(house: House) -> Finding:
    """Whether the web is reached, by reading a few sources that worked before; how many fail."""
    every = [source for source in await house.watch.visible(OPERATOR) if not source.paused]
    if not every:
        return Finding(
            about="sources",
            grade=Grade.WARNING,
            what="nothing is watched",
            remedy="dateline run brings the catalogue (DATELINE_CATALOGUE); dateline sources add URL adds one",
        )
    tried = sorted(every, key=lambda source: (source.failures, source.id))[:ASKED]
    answers = await asyncio.gather(*(house.fetcher.fetch(source.url) for source in tried))
    failed = [answer for answer in answers if isinstance(answer, FetchFailed)]
    failing = [source for source in every if source.failures]
    if len(failed) == len(tried):
        return Finding(
            about="sources",
            grade=Grade.BROKEN,
            what=f"of {len(tried)} that were tried none can be read ({failed[0].detail})",
            remedy="look at the network, its DNS and firewall: feeds are fetched directly, by no proxy",
        )
    return _failing(every, failing)


def _failing(every: list[Source], failing: list[Source]) -> Finding:
    if 2 * len(failing) < len(every):
        return Finding(about="sources", what=f"{len(every):,} are watched, {len(failing):,} with a problem")
    return Finding(
        about="sources",
        grade=Grade.WARNING,
        what=f"{len(failing):,} of {len(every):,} have a problem ({failing[0].outlet.name}: {failing[0].problem})",
        remedy="dateline sources list names each with what to do",
    )
