"""A memory with news of several outlets, served as web pages on loopback: made once for a module that asks for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from bot.app import pages_of
from bot.config import Settings
from bot.house import House, open_house
from bot.model import (
    OPERATOR,
    Category,
    Entry,
    GuildId,
    NewItem,
    NewSource,
    Outlet,
    Placed,
    Role,
    Source,
    StoryId,
    Tagged,
    TagKind,
    Tie,
)
from bot.news.text import index_terms
from bot.roles import DESK
from bot.web.pages import Pages
from bot.web.server import serving
from bot.web.shelf import STALE
from tests.support import HOUR, LEASE, NOON, HeldClock, new_database, poll, tagging

THEIRS = GuildId(7)
"""A server with a source of its own."""
HOSTILE = '<script>alert(\'1\')</script> " onmouseover="x" \u202egnp.exe\u202c javascript: {{ 7*7 }} &amp;'
RTL = "إسرائيل ولبنان يتفقان على هدنة"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
SLASHED = "Straße & Söhne / Zeitung"


def news(
    title: str,
    *,
    at: datetime = NOON - HOUR,
    summary: str = "",
    url: str | None = None,
    image: str | None = None,
    language: str | None = "en",
    topics: tuple[str, ...] = ("securitycooperation",),
    countries: tuple[str, ...] = (),
    mentioned: tuple[str, ...] = (),
    category: Category = Category.POLITICS,
) -> NewItem:
    """An item as a poll brings it, tagged as it says."""
    address = f"https://news.example/{sha256(title.encode()).hexdigest()[:12]}" if url is None else url
    entry = Entry(
        guid=None,
        url=address or None,
        title=title,
        summary=summary,
        image=image,
        published_at=at,
        language=language,
    )
    return NewItem(
        key=f"key:{title}",
        entry=entry,
        published_at=at,
        tagged=Tagged(
            topics=tuple(tagging(topic) for topic in topics),
            countries=(
                *(tagging(code, TagKind.COUNTRY) for code in countries),
                *(tagging(code, TagKind.COUNTRY, Role.MENTION) for code in mentioned),
            ),
            category=category,
        ),
        terms=index_terms(f"{title} {summary}"),
    )


EXAMPLE = (
    news(
        "Japan and the Philippines sign a pact",
        at=NOON - timedelta(hours=2),
        summary="Tokyo and Manila agreed on joint patrols. Beijing called it a provocation.",
        countries=("JP", "PH"),
        mentioned=("CN",),
        image="https://pictures.example/pact.jpg",
        topics=("securitycooperation", "shipping"),
    ),
    news(HOSTILE, at=NOON - timedelta(hours=3), summary="</p><img src=x onerror=alert(1)>", image="http://p.example/1"),
    news(LONG, at=NOON - timedelta(hours=4), summary=LONG, topics=("w" * 60,)),
    news("Fighter jets arrive in Warsaw", at=NOON - timedelta(days=9), topics=(), category=Category.GENERAL, url=""),
    *(news(f"Older report {number:02}", at=NOON - timedelta(days=2, minutes=number)) for number in range(50)),
)
ZEITUNG = (
    news("Tokio und Manila schließen einen Pakt", at=NOON - timedelta(minutes=50), language="de", countries=("JP",)),
    news("Zinsen bleiben", language="de", topics=("economy",), category=Category.BUSINESS),
)
TOKYO = (
    news("日本とフィリピンが協定に署名", at=NOON - timedelta(minutes=20), language="ja", countries=("JP", "PH")),
    news(RTL, language="ar", topics=("ceasefire",), countries=("IL", "LB")),
)


def listed(path: str, outlet: str, country: str | None, language: str) -> NewSource:
    return NewSource(url=f"https://{path}", outlet=Outlet(name=outlet, country=country, language=language))


SOURCES = (
    (OPERATOR, listed("news.example/world.xml", "The Example", "GB", "en"), EXAMPLE),
    (OPERATOR, listed("zeitung.example/feed", SLASHED, "DE", "de"), ZEITUNG),
    (OPERATOR, listed("tokyo.example/rss", "東京新聞", "JP", "ja"), TOKYO),
    (OPERATOR, listed("reader:hunter2@paying.example/rss", "Paying", "US", "en"), ()),
    (OPERATOR, listed("keyed.example/rss?token=hunter3", "Keyed", "US", "en"), ()),
    (
        THEIRS,
        listed("theirs.example/rss", "Server’s Own", None, "en"),
        (news("Secret of a server", countries=("JP",)),),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Got:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(kw_only=True)
class Site:
    """The pages as their visitors find them."""

    url: URL
    clock: HeldClock
    house: House
    pages: Pages
    session: aiohttp.ClientSession
    ids: Mapping[str, int]
    """Of items, by their titles."""

    async def get(self, path: str, *, method: str = "GET", **headers: str) -> Got:
        """An answer as it is, redirects included; a header's name has underscores for hyphens."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        address = URL(f"{self.url}{path.removeprefix('/')}", encoded=True)
        async with self.session.request(method, address, headers=fields, allow_redirects=False) as answer:
            return Got(status=answer.status, headers=answer.headers, text=await answer.text())

    async def page(self, path: str) -> str:
        """The text of a page that is there."""
        got = await self.get(path)
        assert got.status == 200, (path, got.status, got.text)
        return got.text

    def outdate(self) -> None:
        """Let all that is kept grow too old to be given."""
        self.clock.move(timedelta(seconds=STALE + 1))


async def remembered(house: House, clock: HeldClock) -> dict[str, int]:
    """Fill the memory: each source's first poll, and one story that three outlets tell. Ids by title."""
    added: dict[str, Source] = {}
    for owner, one, items in SOURCES:
        added[one.url] = await house.sources.add(owner, one, now=clock.now())
        claim = await house.sources.claim_source(added[one.url].id, "w", LEASE, now=clock.now())
        assert claim is not None
        await house.sources.finish(claim, poll(*items, now=clock.now()), now=clock.now())
    found = await house.ask.matched(
        (await house.ask.filter("since:90d", guild=THEIRS, answer=True))[1], guild=THEIRS, limit=500
    )
    return {each.item.title: int(each.item.id) for each in found}


async def placed(house: House, clock: HeldClock, ids: Mapping[str, int]) -> None:
    """Put the pact's three reports into one story."""
    term = await house.seats.take(DESK, "desk", LEASE, now=clock.now())
    assert term is not None
    first = ids[EXAMPLE[0].entry.title]
    told = {ids[one.entry.title] for one in (EXAMPLE[0], ZEITUNG[0], TOKYO[0])}
    waiting = await house.news.unfiled(500)
    tie = Tie(item=first, score=1.4, names=("Manila",), countries=("JP",), topics=("securitycooperation",))
    decisions = [
        Placed(
            item=each.item.id,
            story=StoryId(first) if each.item.id in told else StoryId(each.item.id),
            tie=tie if each.item.id in told and each.item.id != first else None,
            silent=each.silent,
        )
        for each in waiting
    ]
    await house.news.file(term, decisions, [], now=clock.now())


@asynccontextmanager
async def served(folder: Path, **changes: object) -> AsyncIterator[Site]:
    """A site, with some settings changed, for as long as the context is open."""
    clock = HeldClock()
    settings = Settings(database=str(new_database(folder)), catalogue="none", web=True).model_copy(update=changes)
    async with open_house(settings, clock=clock, holder="w") as house, pages_of(house) as pages:
        ids = await remembered(house, clock)
        await placed(house, clock, ids)
        async with (
            serving(pages.routes(), host="127.0.0.1", port=0, max_body=0) as port,
            aiohttp.ClientSession() as session,
        ):
            url = URL(f"http://127.0.0.1:{port}/")
            yield Site(url=url, clock=clock, house=house, pages=pages, session=session, ids=ids)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with served(tmp_path_factory.mktemp("web")) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="module")
async def own_site(tmp_path: Path) -> AsyncIterator[Site]:
    """One that no other test sees, for those that change what is remembered, or the time."""
    async with served(tmp_path) as site:
        yield site
