"""Sources: what a server, or the operator, watches. Never: a Discord type; every URL passes the address policy."""

from __future__ import annotations

import asyncio
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import timedelta

from yarl import URL

from bot.clock import Clock
from bot.errors import Conflict, UserError
from bot.feeds import discover, lists
from bot.feeds.guard import AddressPolicy, AddressRefused, without_credentials
from bot.model import (
    OPERATOR,
    ChannelId,
    Document,
    Exported,
    FailureKind,
    FeedLink,
    Fetched,
    FetchFailed,
    GuildId,
    Imported,
    NewSource,
    Outlet,
    Overview,
    PageRules,
    Source,
    SourceList,
    ToldIn,
    TurnedDown,
    Validators,
    primary_language,
    within,
)
from bot.news import languages
from bot.news.country_names import country_name
from bot.ports import NewsStore, NoticeStore, SourceStore
from bot.services import discovery
from bot.services.admission import NOT_THE_HOST, AdmissionService
from bot.services.discovery import Candidate
from bot.services.typed import parse_country, parse_tag
from bot.words import _, day, decimal, later, slash, spoken
from bot.workers.ingest import LEASE, Ingest, Report
from bot.workers.reading import Reader

HELD = later("It is being polled at this moment: look again in a minute.")
PAUSED = later("It is paused: resume it first.")
LOGIN = later("An address with a login in it can only be added by the bot's operator.")
PAGE = later("A web page without a feed can only be added by the bot's operator, who knows its rules.")
MAX_LIST = lists.MAX_BYTES
"""Bytes of a list of sources; who downloads one looks at its size first."""
AT_A_TIME = 5_000
"""Sources that one list may add."""
TOO_MANY = f"{AT_A_TIME:,} new sources are taken at a time: import the file again for the rest."
KEYS = frozenset(("access_token", "api_key", "apikey", "auth", "key", "secret", "sig", "signature", "token"))
"""Parameters of an address that are as good as a login."""
LEFT_OUT = later("Taken without its language: what the list says of it is no tag such as en or pt-br.")
APART = timedelta(milliseconds=30)
"""Between the first polls of a list's sources: 5,000 of them are spread over two and a half minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an address would bring, were it watched."""

    document: Document | None
    problem: str | None = None
    """In plain words why there is nothing."""
    found: tuple[FeedLink, ...] = ()
    """Of a web page: the feeds that it names."""
    usual: tuple[str, ...] = ()
    """Where sites of its kind have their feeds: not looked at."""
    unruled: bool = False
    """Whether it is a web page that could be read by rules, and none were given."""


async def preview(reader: Reader, policy: AddressPolicy, url: str, outlet: Outlet, page: PageRules | None) -> Preview:
    """Read an address as a poll would, and store nothing. Raises `UserError` for one that may not be fetched."""
    address = policy.check_url(url.strip())
    fetched = await reader.fetch(address, Validators(), page)
    if not isinstance(fetched, Fetched):
        return Preview(
            document=None,
            problem=fetched.detail if isinstance(fetched, FetchFailed) else "The server answered nothing new.",
            usual=discover.rewritten(address),
        )
    read = await reader.parse(fetched, outlet, page)
    if isinstance(read, Document):
        return Preview(document=read, problem=None if read.entries else "The feed can be read, but holds no items now.")
    problem = read.detail
    if read.kind is FailureKind.PAGE_CHANGED:
        said = problem.removeprefix("The page has changed: ")
        problem = f"{said[:1].upper()}{said[1:]} A page that scripts fill in the browser may hold none."
    return Preview(
        document=None,
        problem=problem,
        found=read.found,
        usual=discover.rewritten(address),
        unruled=read.kind is FailureKind.WEB_PAGE,
    )


class SourceService:
    """Adds, removes, pauses and checks sources on behalf of one owner at a time."""

    def __init__(
        self,
        sources: SourceStore,
        notices: NoticeStore,
        news: NewsStore,
        ingest: Ingest,
        policy: AddressPolicy,
        clock: Clock,
        *,
        admission: AdmissionService,
        limit: int,
    ) -> None:
        """`admission` knows the hosts that no server may watch; `limit` is how many sources one server may add."""
        self._sources = sources
        self._notices = notices
        self._news = news
        self._ingest = ingest
        self._policy = policy
        self._clock = clock
        self._admission = admission
        self._limit = limit

    async def add(
        self,
        owner: GuildId,
        url: str,
        *,
        outlet: str | None = None,
        country: str | None = None,
        language: str | None = None,
        section: str | None = None,
        single_country: bool = False,
        check: bool = True,
    ) -> tuple[Source, Document | None]:
        """Add a source, by default only where it can be read now; it, and what was read. Raises `UserError`.

        What is not said of the outlet is proposed from the feed and its address, its name else from the host.
        `single_country` says that the feed is about the outlet's country alone.
        """
        address = discovery.address_of(self._policy, url)
        if owner != OPERATOR:
            own = [source for source in await self._sources.for_guild(owner) if source.owner == owner]
            if len(own) >= self._limit:
                raise UserError(
                    _("This server has {number} sources, the most there may be: remove one first.", number=len(own))
                )
            if URL(address).user or URL(address).password:
                raise UserError(_(LOGIN))
            await self._admission.check_host(address)
        told = self.told(outlet=outlet, country=country, language=language, single_country=single_country)
        document = await self._read(owner, address, told.language) if check else None
        host = (URL(address).host or "").removeprefix("www.")
        spoken = told.language or (document.language if document else None)
        described = Outlet(
            name=(told.name or (document.title if document else "") or host)[:100].strip() or host,
            country=told.country or discovery.proposed_country(address, spoken),
            language=spoken,
            section=section,
            single_country=single_country,
        )
        try:
            source = await self._sources.add(owner, NewSource(url=address, outlet=described), now=self._clock.now())
        except Conflict as error:
            raise UserError(
                _("That address is watched already: {command} shows it.", command=slash("sources"))
            ) from error
        return source, document

    def told(self, *, outlet: str | None, country: str | None, language: str | None, single_country: bool) -> Outlet:
        """What a person says of an outlet, empty where nothing is said. Raises `UserError`."""
        code = parse_country(country) if country else None
        if single_country and code is None:
            raise UserError(_("A feed about a single country needs that country: say where the outlet sits, too."))
        tag = parse_tag(language) if language else None
        return Outlet(name=outlet or "", country=code, language=tag, single_country=single_country)

    async def feeds_of(self, owner: GuildId, typed: str) -> tuple[Candidate, ...]:
        """The feeds that may be watched at an address. Raises `UserError` where there are none."""
        address = discovery.address_of(self._policy, typed)
        if owner != OPERATOR and (URL(address).user or URL(address).password):
            raise UserError(_(LOGIN))
        if owner != OPERATOR:
            await self._admission.check_host(address)
        return await discovery.feeds_of(self._ingest.reader, self._policy, address, barred=await self._barred(owner))

    async def _barred(self, owner: GuildId) -> frozenset[str]:
        """The hosts that an owner's sources may not lead to either: a poll does not follow them there."""
        return frozenset() if owner == OPERATOR else await self._admission.denied_hosts()

    async def describe(
        self, owner: GuildId, typed: str, *, outlet: str, country: str | None, language: str | None
    ) -> Source:
        """Correct what is said of one of the owner's own sources, for what comes. Raises `UserError`."""
        source = await self.find(owner, typed)
        name = " ".join(outlet.split())[:100]
        if not name:
            raise UserError(_("A source needs a name."))
        tag = parse_tag(language) if language and language.strip() else None
        code = parse_country(country) if country and country.strip() else None
        described = replace(source.outlet, name=name, country=code, language=tag)
        if not await self._sources.describe(owner, source.id, described):
            raise UserError(
                _(
                    "{name} is described by the bot's operator: a server describes its own only.",
                    name=source.outlet.name,
                )
            )
        return replace(source, outlet=described)

    async def _read(self, owner: GuildId, url: str, language: str | None) -> Document:
        result = await self._ingest.reader.fetch(url, Validators(), None, barred=await self._barred(owner))
        if isinstance(result, Fetched):
            parsed = await self._ingest.reader.parse(result, Outlet(name="", language=language), None)
            if isinstance(parsed, Document):
                return parsed
            raise UserError(parsed.detail)
        raise UserError(result.detail if isinstance(result, FetchFailed) else _("The server answered nothing new."))

    async def import_(self, owner: GuildId, body: bytes, *, dry_run: bool = False) -> Imported:
        """Add the sources of a file, OPML or TOML, without reading them first. Raises `UserError` for no such file.

        What cannot be watched, or is beyond what the owner may have, is named with its reason. `dry_run` adds nothing.
        """
        listed = await asyncio.to_thread(lists.read, body, self._policy)
        own = {source.url for source in await self._sources.for_guild(owner) if source.owner == owner}
        hosts = await self._admission.denied_hosts()
        fresh, refused = await asyncio.to_thread(self._fit, owner, listed, own, hosts)
        known = len(listed.sources) + len(listed.refused) - len(fresh) - len(refused)
        added = len(fresh)
        if fresh and not dry_run:
            added = await self._sources.add_all(owner, fresh, now=self._clock.now(), apart=APART)
            known += len(fresh) - added  # added by somebody else meanwhile
        reason, unread = _(LEFT_OUT), listed.unread_languages
        bare = tuple(TurnedDown(name=one.outlet.name, reason=reason) for one in fresh if one.url in unread)
        return Imported(added=added, known=known, refused=refused, bare=bare)

    def _fit(
        self, owner: GuildId, listed: SourceList, own: AbstractSet[str], hosts: frozenset[str]
    ) -> tuple[list[NewSource], tuple[TurnedDown, ...]]:
        """Those of a list that are new to the owner and may be added, and those that may not."""
        operators = owner == OPERATOR
        room = AT_A_TIME if operators else min(AT_A_TIME, max(0, self._limit - len(own)))
        beyond = (
            TOO_MANY
            if room == AT_A_TIME
            else _(
                "A server may have {number} sources: remove some, or ask the bot's operator.",
                number=decimal(self._limit),
            )
        )
        fresh: list[NewSource] = []
        refused = list(listed.refused)
        for source in listed.sources:
            if source.url in own:
                continue
            if not operators and without_credentials(source.url) != source.url:
                refused.append(TurnedDown(name=source.outlet.name, reason=_(LOGIN)))
            elif not operators and source.page is not None:
                refused.append(TurnedDown(name=source.outlet.name, reason=_(PAGE)))
            elif not operators and (host := within(source.url, hosts)) is not None:
                refused.append(TurnedDown(name=source.outlet.name, reason=_(NOT_THE_HOST, host=host)))
            elif len(fresh) == room:
                refused.append(TurnedDown(name=source.outlet.name, reason=beyond))
            else:
                fresh.append(source)
        return fresh, tuple(refused)

    async def export(self, owner: GuildId, form: str = lists.ListFormat.OPML) -> Exported:
        """The owner's own sources as a file: ``opml`` or ``toml``. Raises `UserError` where there is none."""
        own = [source for source in await self._sources.for_guild(owner) if source.owner == owner]
        if not own:
            raise UserError(_("There is no source of your own to export: add one first."))
        if form not in list(lists.ListFormat):
            raise UserError(_("“{form}” is no format: give opml or toml.", form=form[:20]))
        sources = [NewSource(url=source.url, outlet=source.outlet, page=source.page) for source in own]
        text = await asyncio.to_thread(lists.write, sources, lists.ListFormat(form))
        bare = sum(1 for source in own if without_credentials(source.url) != source.url)
        return Exported(text=text, sources=len(own), without_login=bare)

    async def public(self) -> tuple[Source, ...]:
        """The operator's sources that anybody may know of: none with a login or a key, none of a private network."""
        return tuple(source for source in await self._sources.for_guild(OPERATOR) if _is_public(source.url))

    async def public_opml(self) -> str:
        """The same as OPML."""
        sources = [NewSource(url=source.url, outlet=source.outlet) for source in await self.public()]
        return await asyncio.to_thread(lists.write, sources, lists.ListFormat.OPML)

    async def visible(self, guild: GuildId) -> tuple[Source, ...]:
        """The operator's sources and the server's own."""
        return await self._sources.for_guild(guild)

    async def find(self, guild: GuildId, typed: str) -> Source:
        """A source by its number or address. Raises `UserError`."""
        wanted = typed.strip().lstrip("#")
        for source in await self._sources.for_guild(guild):
            if wanted in (str(source.id), source.url):
                return source
        raise UserError(
            _(
                "No source here is “{typed}”: {command} lists them with their numbers.",
                typed=typed[:80],
                command=slash("sources"),
            )
        )

    async def remove(self, guild: GuildId, typed: str) -> Source:
        """Stop watching one of the owner's own sources; what is stored stays. Raises `UserError`."""
        source = await self.find(guild, typed)
        if not await self._sources.remove(guild, source.id):
            raise UserError(
                _(
                    "{name} is watched by the bot's operator for everybody: a server can only hide it for "
                    "itself, with {command}.",
                    name=source.outlet.name,
                    command=slash("source pause"),
                )
            )
        return source

    async def pause(self, guild: GuildId, typed: str) -> Source:
        """Stop polling one's own source, or hide one of the operator's from this server. Raises `UserError`."""
        source = await self.find(guild, typed)
        if not await self._sources.pause(guild, source.id, True, now=self._clock.now()):
            await self._sources.hide(guild, source.id, True)
        return source

    async def resume(self, guild: GuildId, typed: str) -> Source:
        """Poll one's own source again, or show one of the operator's again. Raises `UserError`."""
        source = await self.find(guild, typed)
        if source.owner != OPERATOR:
            await self._admission.check_host(source.url)
        if not await self._sources.pause(guild, source.id, False, now=self._clock.now()):
            await self._sources.hide(guild, source.id, False)
        return source

    async def check(self, guild: GuildId, typed: str) -> tuple[Source, Report]:
        """Poll a source now, due or not, and say what came of it. Raises `UserError`."""
        source = await self.find(guild, typed)
        claim = await self._sources.claim_source(source.id, self._ingest.holder, LEASE, now=self._clock.now())
        if claim is None and source.denied:
            raise UserError(health(source))
        if claim is None:
            raise UserError(_(PAUSED if source.paused else HELD))
        return source, await self._ingest.poll(claim)

    async def tell_in(self, guild: GuildId, channel: ChannelId | None) -> None:
        """Choose where a server hears of its sources that fail, move or end; None: nowhere."""
        await self._notices.tell_in(guild, channel)

    async def told_in(self, guild: GuildId) -> ToldIn | None:
        """Where it hears of them; None where nowhere."""
        return await self._notices.told_in(guild)

    async def overview(self) -> Overview:
        """How much is watched and remembered."""
        return await self._news.overview()


def _is_public(url: str) -> bool:
    if without_credentials(url) != url or any(name.lower() in KEYS for name in URL(url).query):
        return False
    try:
        return bool(AddressPolicy().check_url(url))
    except AddressRefused:
        return False


def health(source: Source) -> str:
    """A source's health in plain words: without markup, without a moment (the caller shows those in its own way)."""
    if source.gone:
        return _("gone for good (410), so it is paused: remove it, or add its new address")
    if source.paused:
        return _("paused")
    if source.denied:
        return _(NOT_THE_HOST, host=URL(source.url).host)
    if source.hidden:
        return _("hidden in this server")
    if source.failures and source.problem:
        return source.problem
    if source.last_success_at is None:
        return _("not polled yet")
    return source.problem or _("works")


def a_day(source: Source) -> str:
    """How much a source brings, in words."""
    if source.a_day >= 9.5:
        return _("{number} items a day", number=decimal(round(source.a_day)))
    if source.a_day >= 0.95:
        return _("{number} items a day", number=decimal(round(source.a_day, 1)))
    if source.a_day > 0:
        return _("{number} items a week", number=decimal(round(source.a_day * 7)))
    first, last = source.first_success_at, source.last_success_at
    if first is not None and last is not None and (last.date() - first.date()).days <= 1:
        return _("read since {day}", day=day(first.date()))
    return _("nothing new this week")


def said_of(outlet: Outlet) -> str:
    """Where an outlet sits and what it is written in, in words."""
    code = primary_language(outlet.language)
    return " · ".join(
        (
            _("Published in {country}", country=country_name(outlet.country, spoken()))
            if outlet.country
            else _("Country unknown"),
            _("Language: {language}", language=languages.language_name(code)) if code else _("Language unknown"),
        )
    )
