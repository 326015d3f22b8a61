"""Ingest: from a due feed on loopback to stored items, with the real fetcher, parser, tagger and store."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web as server
from structlog.testing import capture_logs

from bot.feeds import detect
from bot.feeds.fetch import MAX_BYTES, Fetcher, make_session
from bot.feeds.guard import AddressPolicy
from bot.feeds.hosts import Hosts
from bot.feeds.parse import Parser
from bot.model import (
    OPERATOR,
    ChannelId,
    Criteria,
    GuildId,
    Item,
    NewSource,
    Outlet,
    PageRules,
    Role,
    Source,
    Tagged,
    TagKind,
)
from bot.news.tagger import Tagger
from bot.services.sources import a_day, health
from bot.workers.ingest import LEASE, TAGGED_AT_ONCE, Ingest, Report
from storage.opening import open_store
from tests.loopback import Web
from tests.support import HOUR, NOON, HeldClock, Stores

pytestmark = pytest.mark.asyncio(loop_scope="module")

PACT = ("Japan and the Philippines sign a security cooperation pact", "Tokyo and Manila agreed on joint patrols.")
JETS = ("Poland buys 32 fighter jets", "They will arrive in 2028, the ministry in Warsaw said.")
VOTES = ("Brazil counts its votes", "Brazil elected a president on Sunday.")


@dataclass(kw_only=True)
class Desk:
    """A newsroom without Discord: feeds on loopback, a clock, the store, and one or more ingests."""

    web: Web
    clock: HeldClock
    stores: Stores
    parser: Parser
    tagger: Tagger
    session: aiohttp.ClientSession
    policy: AddressPolicy
    spacing: float = 0.0
    woken: int = 0
    reports: list[Report] = field(default_factory=list)

    def ingest(
        self,
        holder: str = "w",
        *,
        batch: int = 1,
        tagger: Tagger | None = None,
        admitted: frozenset[str] = frozenset(),
        with_hubs: bool = False,
    ) -> Ingest:
        def wake() -> None:
            self.woken += 1

        return Ingest(
            self.stores.sources,
            self.fetcher(),
            self.parser,
            tagger or self.tagger,
            self.clock,
            holder=holder,
            jitter=lambda: 0.0,
            batch=batch,
            admitted=lambda: admitted,
            with_hubs=with_hubs,
            on_items=wake,
            on_report=self.reports.append,
        )

    def fetcher(self) -> Fetcher:
        hosts = Hosts(
            spacing=self.spacing,
            unpaced=lambda _: self.spacing == 0,
            monotonic=self.clock.monotonic,
            sleep=lambda seconds: self.clock.sleep(timedelta(seconds=seconds)),
        )
        return Fetcher(self.session, self.policy, clock=self.clock, hosts=hosts)

    async def watch(
        self,
        path: str,
        *,
        outlet: str = "The Example",
        section: str | None = None,
        single_country: bool = False,
        page: PageRules | None = None,
    ) -> Source:
        described = Outlet(name=outlet, country="GB", language="en", section=section, single_country=single_country)
        return await self.stores.sources.add(
            OPERATOR, NewSource(url=self.web.url(path), outlet=described, page=page), now=self.clock.now()
        )

    async def source(self, path: str) -> Source:
        (found,) = [s for s in await self.stores.sources.for_guild(OPERATOR) if s.url == self.web.url(path)]
        return found

    async def poll(self, path: str, ingest: Ingest | None = None) -> Report:
        """Poll one source now, due or not."""
        ingest = ingest or self.ingest()
        source = await self.source(path)
        claim = await self.stores.sources.claim_source(source.id, ingest.holder, LEASE, now=self.clock.now())
        assert claim is not None
        return await ingest.poll(claim)

    async def first(self, path: str, *items: tuple[str, str], **headers: str) -> None:
        """Watch a feed that holds `items`, and have its silent first poll done."""
        self.web.answer(path, rss(*items), headers=headers)
        await self.watch(path)
        assert (await self.poll(path)).problem is None
        self.clock.move(HOUR)

    async def items(self) -> tuple[Item, ...]:
        return await self.stores.news.find(Criteria(), guild=OPERATOR, until=None, offset=0, limit=1000)

    async def titles(self) -> list[str]:
        return [item.title for item in await self.items()]

    async def unfiled(self) -> list[str]:
        return [one.item.title for one in await self.stores.news.unfiled(1_000) if not one.silent]


def rss(*items: tuple[str, str], at: datetime = NOON, head: str = "") -> str:
    inside = "".join(
        f"<item><title>{title}</title><link>https://news.example/{title.replace(' ', '-')}</link>"
        f"<pubDate>{format_datetime(at - timedelta(minutes=number))}</pubDate><description>{text}</description></item>"
        for number, (title, text) in enumerate(items)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>{head}{inside}</channel></rss>'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parser() -> AsyncIterator[Parser]:
    async with Parser(workers=2) as parser:
        yield parser


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(database: str, parser: Parser, tagger: Tagger) -> AsyncIterator[Desk]:
    driver = await open_store(database)
    stores = Stores.of(driver)
    async with Web() as web:
        policy = AddressPolicy.of([web.allowed])
        async with make_session(policy) as session:
            yield Desk(
                web=web,
                clock=HeldClock(),
                stores=stores,
                parser=parser,
                tagger=tagger,
                session=session,
                policy=policy,
            )
    await driver.close()


# --- what a poll stores ------------------------------------------------------------------------------------------


async def test_the_first_poll_is_silent_and_what_comes_later_waits_for_the_desk(desk: Desk) -> None:
    desk.web.answer("/f", rss(PACT))
    await desk.watch("/f")
    ingest = desk.ingest()
    assert await ingest.step()
    assert await desk.titles() == [PACT[0]]
    assert await desk.unfiled() == []
    assert desk.woken == 0
    assert not await ingest.step(), "nothing is due"

    desk.clock.move(timedelta(days=1))
    desk.web.answer("/f", rss(JETS, PACT, at=desk.clock.now()))
    assert await ingest.step()
    assert await desk.unfiled() == [JETS[0]]
    assert desk.woken == 1
    assert [report.stored.new for report in desk.reports if report.stored] == [1, 1]


async def test_an_item_is_tagged_and_keeps_what_the_feed_says(desk: Desk) -> None:
    desk.web.answer("/f", rss(PACT, head="<language>en-GB</language>"))
    await desk.watch("/f")
    await desk.poll("/f")
    (item,) = await desk.items()
    tags = {(tagging.kind, tagging.tag) for tagging in item.taggings}
    assert {(TagKind.TOPIC, "securitycooperation"), (TagKind.COUNTRY, "JP"), (TagKind.COUNTRY, "PH")} <= tags
    assert (item.outlet, item.outlet_country, item.language) == ("The Example", "GB", "en-gb")
    assert item.published_at == NOON
    assert item.summary == PACT[1]


@pytest.mark.skipif(not detect.is_there(), reason="needs the extra: pip install 'dateline[lang]'")
async def test_what_nobody_says_the_language_of_is_told_from_its_text(desk: Desk) -> None:
    budget = (
        "Le budget 2027 adopté par l’Assemblée",
        "Les députés ont voté le texte dans la nuit de mardi à mercredi.",
    )
    desk.web.answer("/f", rss(budget))
    silent = NewSource(url=desk.web.url("/f"), outlet=Outlet(name="The Example"))
    await desk.stores.sources.add(OPERATOR, silent, now=NOON)
    await desk.poll("/f")
    (item,) = await desk.items()
    assert item.language == "fr"
    french = Criteria(language="fr")
    assert await desk.stores.news.count(french, guild=OPERATOR, until=None, limit=9) == 1


async def test_an_hour_that_the_feed_says_to_skip_is_skipped(desk: Desk) -> None:
    desk.web.answer("/f", rss(PACT, head="<skipHours><hour>12</hour><hour>13</hour></skipHours>"))
    await desk.watch("/f")
    report = await desk.poll("/f")
    assert report.due_at == NOON + 2 * HOUR
    assert (await desk.poll("/f")).due_at == NOON + 2 * HOUR, "the same body brings no word of it, and none is needed"
    desk.web.answer("/f", rss(PACT, JETS))
    assert (await desk.poll("/f")).due_at < NOON + 2 * HOUR, "a document that says nothing of it ends it"


async def test_the_outlets_country_is_assumed_only_of_a_marked_feed_and_of_what_names_none(desk: Desk) -> None:
    quiet, named = ("Trains stand still", "Nobody knows why."), ("Trains stand still in Japan", "Nobody knows why.")
    desk.web.answer("/marked", rss(quiet, named))
    desk.web.answer("/section", rss(("Buses stand still", "")))
    desk.web.answer("/unmarked", rss(("Ships stand still", "")))
    await desk.watch("/marked", outlet="Home", single_country=True)
    await desk.watch("/section", outlet="Section", section="World/France", single_country=True)
    await desk.watch("/unmarked", outlet="Away")
    for path in ("/marked", "/section", "/unmarked"):
        await desk.poll(path)
    found = {
        item.title: [(one.tag, one.role) for one in item.taggings if one.kind is TagKind.COUNTRY]
        for item in await desk.items()
    }
    assert found == {
        quiet[0]: [("GB", Role.ASSUMED)],
        named[0]: [("JP", Role.SUBJECT)],
        "Buses stand still": [("FR", Role.SUBJECT)],
        "Ships stand still": [],
    }


async def test_a_leaders_name_is_read_by_the_year_it_was_published_in(desk: Desk) -> None:
    desk.web.answer("/old", rss(("Blair speaks to the press", ""), at=datetime(2003, 5, 1, tzinfo=UTC)))
    desk.web.answer("/new", rss(("Blair answers the press", "")))
    for path in ("/old", "/new"):
        await desk.watch(path)
        await desk.poll(path)
    codes = {
        item.title: [one.tag for one in item.taggings if one.kind is TagKind.COUNTRY] for item in await desk.items()
    }
    assert codes == {"Blair speaks to the press": ["GB"], "Blair answers the press": []}


async def test_a_recent_item_gets_the_admitted_hashtags_of_names_that_it_holds(desk: Desk) -> None:
    said = ("Wind and rain", "The coast waits for Storm Amelia and for Oxfam.")
    desk.web.answer("/f", rss(said))
    desk.web.answer("/old", rss(("Rain and wind", said[1]), at=NOON - timedelta(days=5)))
    for path in ("/f", "/old"):
        await desk.watch(path)
        await desk.poll(path, desk.ingest(admitted=frozenset(("stormamelia", "stormboris"))))
    new, old = await desk.items()
    assert "stormamelia" in {tagging.tag for tagging in new.taggings}
    assert {"oxfam", "stormboris"}.isdisjoint(tagging.tag for tagging in new.taggings)
    assert "stormamelia" not in {tagging.tag for tagging in old.taggings}, "too old to count"


async def test_not_modified_and_the_same_body_store_nothing_and_come_back_later(desk: Desk) -> None:
    async def conditional(request: server.Request) -> server.Response:
        if request.headers.get("If-None-Match") == '"1"':
            return server.Response(status=304)
        return server.Response(body=rss(PACT).encode(), headers={"ETag": '"1"'}, content_type="application/rss+xml")

    desk.web.answer("/etag", conditional)
    desk.web.answer("/plain", rss(JETS))
    await desk.watch("/etag")
    await desk.watch("/plain")
    for path in ("/etag", "/plain"):
        first = await desk.poll(path)
        before = await desk.source(path)
        desk.clock.move(HOUR)
        report = await desk.poll(path)
        after = await desk.source(path)
        assert first.changed
        assert not report.changed
        assert report.problem is None
        assert (report.stored.new, report.stored.known) == (0, 0) if report.stored else False
        assert after.interval == before.interval * 1.5
        assert after.due_at == desk.clock.now() + after.interval
        assert after.last_success_at == desk.clock.now()
        assert after.items == 1
    assert desk.web.asked("/etag")[1].headers["If-None-Match"] == '"1"'
    assert "If-None-Match" not in desk.web.asked("/plain")[1].headers


@pytest.mark.parametrize("validator", [{}, {"ETag": '"1"'}])
async def test_after_a_restore_only_the_poll_that_was_missed_is_silent(desk: Desk, validator: dict[str, str]) -> None:
    async def unchanged(request: server.Request) -> server.Response:
        known = "If-None-Match" in request.headers
        return server.Response(status=304) if known else server.Response(text=rss(PACT), content_type="text/xml")

    await desk.first("/f", PACT, **validator)
    await desk.stores.sources.read_anew()
    desk.web.answer("/f", unchanged)
    assert not (await desk.poll("/f")).changed
    desk.clock.move(HOUR)
    desk.web.answer("/f", rss(JETS, PACT, at=desk.clock.now()))
    assert (await desk.poll("/f")).problem is None
    assert await desk.unfiled() == [JETS[0]]


async def test_two_sections_of_an_outlet_have_one_item_and_another_outlet_its_own(desk: Desk) -> None:
    for path, outlet in (("/world", "The Example"), ("/asia", "The Example"), ("/other", "The Other")):
        desk.web.answer(path, rss(VOTES))
        await desk.watch(path, outlet=outlet)
        await desk.poll(path)
    desk.clock.move(HOUR)
    for path in ("/world", "/asia", "/other"):
        desk.web.answer(path, rss(PACT, VOTES, at=desk.clock.now()))
    stored = [(await desk.poll(path)).stored for path in ("/world", "/asia", "/other")]
    assert [(each.new, each.known) for each in stored if each] == [(1, 0), (0, 1), (1, 0)]
    assert await desk.unfiled() == [PACT[0], PACT[0]]
    assert sorted(item.outlet for item in await desk.items() if item.title == PACT[0]) == ["The Example", "The Other"]


async def test_a_date_in_the_future_is_taken_as_now_and_no_date_too(desk: Desk) -> None:
    await desk.first("/f", VOTES)
    future = rss(PACT, JETS, at=NOON + timedelta(days=400))
    desk.web.answer("/f", future.replace(format_datetime(NOON + timedelta(days=400, minutes=-1)), "soon"))
    await desk.poll("/f")
    dates = {item.title: item.published_at for item in await desk.items()}
    assert dates == {PACT[0]: desk.clock.now(), JETS[0]: desk.clock.now(), VOTES[0]: NOON}


# --- what goes wrong ---------------------------------------------------------------------------------------------


async def test_a_failure_keeps_the_validators_and_backs_off(desk: Desk) -> None:
    await desk.first("/f", PACT, ETag='"1"')
    interval = (await desk.source("/f")).interval
    for number, minutes in enumerate((5, 10, 20, 40), start=1):
        desk.web.answer("/f", "oh", status=500)
        report = await desk.poll("/f")
        assert report.problem == "The site has a fault of its own (500): we try again later."
        source = await desk.source("/f")
        assert (source.failures, source.problem) == (number, report.problem)
        assert source.due_at == desk.clock.now() + timedelta(minutes=minutes)
        assert source.interval == interval, "to resume where it was"
        desk.clock.move(timedelta(minutes=minutes))
    desk.web.answer("/f", rss(JETS, PACT))
    assert (await desk.poll("/f")).problem is None
    assert [asked.headers.get("If-None-Match") for asked in desk.web.asked("/f")] == [None, *['"1"'] * 5]
    source = await desk.source("/f")
    assert (source.failures, source.problem) == (0, None)
    assert await desk.unfiled() == [JETS[0]], "what came meanwhile is news"


@pytest.mark.parametrize(
    ("status", "headers", "least", "said"),
    [
        (401, {}, HOUR, "login"),
        (403, {}, HOUR, "refuses us"),
        (404, {}, timedelta(minutes=5), "nothing at this address"),
        (410, {}, timedelta(hours=24), "gone for good"),
        (429, {}, timedelta(minutes=15), "too often"),
        (429, {"Retry-After": "7200"}, timedelta(hours=2), "too often"),
        (503, {"Retry-After": "999999999"}, timedelta(hours=24), "fault of its own"),
        (200, {}, timedelta(minutes=5), "empty"),
    ],
)
async def test_each_refusal_has_its_wait_and_its_sentence(
    desk: Desk, status: int, headers: dict[str, str], least: timedelta, said: str
) -> None:
    desk.web.answer("/f", "", status=status, headers=headers)
    await desk.watch("/f")
    report = await desk.poll("/f")
    assert report.problem is not None
    assert said in report.problem
    assert (await desk.source("/f")).due_at == desk.clock.now() + least
    assert not report.changed


async def test_a_host_that_asks_to_wait_is_not_asked_for_another_feed(desk: Desk) -> None:
    ingest = desk.ingest()
    desk.web.answer("/a", "", status=429, headers={"Retry-After": "3600"})
    await desk.watch("/a")
    await desk.watch("/b")
    await desk.poll("/a", ingest)
    report = await desk.poll("/b", ingest)
    assert report.problem is not None
    assert "asked us to wait" in report.problem
    assert desk.web.asked("/b") == []
    assert (await desk.source("/b")).due_at == desk.clock.now() + HOUR


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        ("<!doctype html><html><body><h1>News</h1></body></html>", "text/html", "web page"),
        ("", "application/rss+xml", "empty"),
        (b"<rss>" + b" " * MAX_BYTES, "application/rss+xml", "larger than 10 MB"),
        ("<?xml version='1.0'?><sitemap/>", "application/xml", "not an RSS or Atom feed"),
        (
            "<!DOCTYPE r [" + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 300)) + "]><rss>&e9;",
            "application/rss+xml",
            "",
        ),
    ],
    ids=["page", "empty", "enormous", "sitemap", "entities"],
)
async def test_what_is_no_feed_stores_nothing_and_spoils_nothing(
    desk: Desk, body: str | bytes, content_type: str, said: str
) -> None:
    await desk.first("/f", PACT, ETag='"good"')
    desk.web.answer("/f", body, content_type=content_type, headers={"ETag": '"bad"'})
    report = await desk.poll("/f")
    assert report.problem is not None
    assert said in report.problem
    assert "\n" not in report.problem
    assert await desk.titles() == [PACT[0]]
    desk.clock.move(HOUR)
    desk.web.answer("/f", rss(JETS, PACT))
    await desk.poll("/f")
    assert desk.web.asked("/f")[-1].headers["If-None-Match"] == '"good"'
    assert await desk.unfiled() == [JETS[0]]


async def test_what_was_cut_off_is_asked_for_again_in_full(desk: Desk) -> None:
    """A document cut between two items has an ETag as good as any: kept, it would hide the rest for ever."""
    whole = rss(PACT, JETS, VOTES)
    cut = whole[: whole.rindex("<item>")]

    async def answer(request: server.Request) -> server.Response:
        if request.headers.get("If-None-Match") == '"1"':
            return server.Response(status=304)
        body = cut if len(desk.web.asked("/f")) < 4 else whole
        return server.Response(body=body.encode(), headers={"ETag": '"1"'}, content_type="application/rss+xml")

    desk.web.answer("/f", answer)
    await desk.watch("/f")
    first = await desk.poll("/f")
    assert first.note is not None
    assert "cut off" in first.note
    assert await desk.titles() == [PACT[0], JETS[0]]
    for _ in range(3):
        desk.clock.move(HOUR)
        await desk.poll("/f")
    assert [asked.headers.get("If-None-Match") for asked in desk.web.asked("/f")] == [None] * 4
    assert await desk.titles() == [PACT[0], JETS[0], VOTES[0]]
    assert (await desk.source("/f")).problem is None


async def test_what_is_odd_about_a_feed_is_said_for_as_long_as_it_lasts(desk: Desk) -> None:
    whole = rss(PACT, JETS)
    desk.web.answer("/f", whole[: whole.rindex("<item>")])
    await desk.watch("/f")
    for _ in range(2):
        await desk.poll("/f")
        assert "cut off" in ((await desk.source("/f")).problem or "")
        desk.clock.move(HOUR)


# --- claims ------------------------------------------------------------------------------------------------------


async def test_a_poll_whose_lease_was_lost_writes_nothing(desk: Desk) -> None:
    await desk.first("/f", VOTES)
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: server.Request) -> server.Response:
        if not asked.is_set():
            asked.set()
            await go_on.wait()
            return server.Response(body=rss(PACT, VOTES).encode(), headers={"ETag": '"late"'})
        return server.Response(body=rss(JETS, VOTES).encode(), headers={"ETag": '"other"'})

    desk.web.answer("/f", slow)
    late = asyncio.create_task(desk.poll("/f", desk.ingest("late")))
    await asked.wait()
    desk.clock.move(LEASE)
    await desk.poll("/f", desk.ingest("other"))
    before = await desk.source("/f")
    go_on.set()
    report = await late
    assert report.stored is None
    assert await desk.source("/f") == before
    assert sorted(await desk.titles()) == sorted([JETS[0], VOTES[0]])
    assert await desk.unfiled() == [JETS[0]]
    desk.clock.move(HOUR)
    await desk.poll("/f")
    assert desk.web.asked("/f")[-1].headers["If-None-Match"] == '"other"'


async def test_claims_not_begun_are_given_back(desk: Desk) -> None:
    for path in ("/a", "/b", "/c"):
        desk.web.answer(path, rss(PACT))
        await desk.watch(path)
    ingest = desk.ingest(batch=16)
    assert await ingest.step()
    assert await desk.stores.sources.claim("other", 16, LEASE, now=desk.clock.now()) == ()
    await ingest.close()
    assert len(await desk.stores.sources.claim("other", 16, LEASE, now=desk.clock.now())) == 2


async def test_a_claim_that_waited_too_long_is_given_back_before_it_is_begun(desk: Desk) -> None:
    for path in ("/a", "/b"):
        desk.web.answer(path, rss(PACT))
        await desk.watch(path)
    ingest = desk.ingest(batch=16)
    assert await ingest.step()
    desk.clock.move(LEASE / 2)
    assert await ingest.step(), "claimed anew"
    assert [report.stored is not None for report in desk.reports] == [True, True]
    assert len(desk.web.requests) == 2


async def test_every_due_feed_is_polled_once_by_pollers_side_by_side(desk: Desk) -> None:
    paths = [f"/{number}" for number in range(20)]
    for path in paths:
        desk.web.answer(path, rss((f"Story {path}", "")))
        await desk.watch(path, outlet=path)
    ingest = desk.ingest(batch=4)

    async def poller() -> None:
        while await ingest.step():
            pass

    await asyncio.gather(*(poller() for _ in range(4)))
    assert sorted(asked.path for asked in desk.web.requests) == sorted(paths)
    assert len(await desk.items()) == 20
    assert desk.web.most_at_once <= 2, "of one host"


async def test_h34_many_feeds_of_one_host_are_put_off_and_polled_in_their_turn(desk: Desk) -> None:
    desk.spacing = 1.0
    paths = [f"/{number}" for number in range(20)]
    for path in paths:
        desk.web.answer(path, rss((f"Story {path}", "")))
        await desk.watch(path, outlet=path)
    ingest = desk.ingest(batch=16)
    began, steps = desk.clock.now(), 0
    while len(desk.web.requests) < 20:
        while await ingest.step():
            steps += 1
        desk.clock.move(timedelta(milliseconds=250))
    assert steps == 20, "each is put off once at most, and polled once"
    assert 19 <= (desk.clock.now() - began).total_seconds() <= 26
    assert [(await desk.source(path)).failures for path in paths] == [0] * 20
    assert len(await desk.items()) == 20


async def test_feeds_of_a_host_that_asked_to_wait_are_put_off_without_a_failure(desk: Desk) -> None:
    ingest = desk.ingest(batch=4)
    desk.web.answer("/a", "", status=429, headers={"Retry-After": "3600"})
    await desk.watch("/a")
    assert await ingest.step()
    desk.web.answer("/b", rss(PACT))
    await desk.watch("/b")
    assert not await ingest.step()
    waiting = await desk.source("/b")
    assert (waiting.failures, waiting.problem) == (0, None)
    assert HOUR <= waiting.due_at - desk.clock.now() <= HOUR + timedelta(seconds=10)
    desk.web.answer("/a", rss(JETS))
    desk.clock.move(HOUR + timedelta(seconds=10))
    while await ingest.step():
        pass
    assert sorted(await desk.titles()) == [PACT[0], JETS[0]]


async def test_h37_a_clock_set_back_stalls_nothing_and_a_sleep_makes_no_burst(desk: Desk) -> None:
    paths = [f"/{number}" for number in range(40)]
    for path in paths:
        desk.web.answer(path, rss((f"Story {path}", "")))
        await desk.watch(path, outlet=path)
    ingest = desk.ingest(batch=16)
    while await ingest.step():
        pass
    before = {path: (await desk.source(path)).due_at - desk.clock.now() for path in paths}
    desk.clock.jump(-timedelta(hours=5))
    assert not await ingest.step()
    assert {path: (await desk.source(path)).due_at - desk.clock.now() for path in paths} == before
    desk.clock.jump(timedelta(hours=9))
    polled = 0
    while await ingest.step():
        polled += 1
    assert polled < 20, "what is overdue is spread over two seconds"
    desk.clock.move(timedelta(seconds=2))
    while await ingest.step():
        polled += 1
    assert polled == 40


async def test_h35_feeds_that_are_overdue_at_a_start_are_spread(desk: Desk) -> None:
    for number in range(100):
        await desk.watch(f"/{number}", outlet=str(number))
    now = desk.clock.move(HOUR)
    assert await desk.stores.sources.spread(now=now) == 100
    waits = sorted((source.due_at - now).total_seconds() for source in await desk.stores.sources.for_guild(OPERATOR))
    assert waits[0] >= 0
    assert 2.5 < waits[-1] < 5
    assert waits[75] - waits[25] > 1


# --- nobody waits for another ------------------------------------------------------------------------------------


async def test_a_slow_and_a_hostile_feed_delay_nobody(desk: Desk) -> None:
    go_on = asyncio.Event()

    async def slow(_: server.Request) -> server.Response:
        await go_on.wait()
        return server.Response(body=rss(PACT).encode())

    desk.web.answer("/slow", slow)
    # An ill-formed document on whose author feedparser's regular expression takes seconds (catalogue F31).
    bad = "<title>A</title><author>" + "a" * 60_000 + "@" + "a." * 20_000 + "</author><p>"
    desk.web.answer("/bad", f"<rss version='2.0'><channel><item>{bad}</item></channel></rss>")
    desk.web.answer("/good", rss(JETS))
    for path in ("/slow", "/bad", "/good"):
        await desk.watch(path, outlet=path)
    others = [asyncio.create_task(desk.poll(path)) for path in ("/slow", "/bad")]
    while len(desk.web.requests) < 2:
        await desk.clock.sleep(timedelta(0))
    assert (await desk.poll("/good")).problem is None
    assert await desk.titles() == [JETS[0]]
    assert not others[0].done()
    go_on.set()
    assert (await others[0]).problem is None
    others[1].cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def test_the_event_loop_goes_on_while_a_large_feed_is_tagged(desk: Desk, tagger: Tagger) -> None:
    turns = 0
    tagged_at: list[int] = []
    read: dict[int, int] = {}

    class Watched(Tagger):
        """Notes in which turn of the event loop each entry is tagged."""

        def __init__(self, inner: Tagger) -> None:
            self._inner = inner

        def analyse(
            self,
            title: str,
            text: str,
            *,
            language: str | None = None,
            categories: Sequence[str] = (),
            section: str | None = None,
            url: str | None = None,
            published: int | None = None,
        ) -> tuple[Tagged, str]:
            tagged_at.append(turns)
            read[turns] = read.get(turns, 0) + len(title) + len(text)
            return self._inner.analyse(
                title, text, language=language, categories=categories, section=section, url=url, published=published
            )

    async def turning() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    desk.web.answer(
        "/f", rss(*((f"Round {number} of the trade talks in Geneva", PACT[1] * 10) for number in range(500)))
    )
    await desk.watch("/f")
    other = asyncio.create_task(turning())
    report = await desk.poll("/f", desk.ingest(tagger=Watched(tagger)))
    other.cancel()
    assert report.stored is not None
    assert report.stored.new == 500
    assert len(tagged_at) == 500
    longest = len("Round 499 of the trade talks in Geneva") + len(PACT[1] * 10)
    assert max(read.values()) <= TAGGED_AT_ONCE + longest
    assert len(read) >= sum(read.values()) / (TAGGED_AT_ONCE + longest)


# --- over days ---------------------------------------------------------------------------------------------------


async def test_h20_gone_twice_a_day_apart_pauses_and_a_resume_tries_again(desk: Desk) -> None:
    await desk.first("/f", PACT)
    desk.web.answer("/f", "", status=410)
    for _ in range(2):
        assert (await desk.poll("/f")).problem is not None
        assert not (await desk.source("/f")).paused
        desk.clock.move(timedelta(hours=12))
    await desk.poll("/f")
    source = await desk.source("/f")
    assert source.paused
    assert source.gone
    assert "gone for good" in health(source)
    assert await desk.titles() == [PACT[0]], "nothing is deleted"
    assert await desk.stores.sources.next_due() is None
    desk.web.answer("/f", rss(PACT))
    await desk.stores.sources.pause(OPERATOR, source.id, False, now=desk.clock.now())
    assert (await desk.poll("/f")).problem is None
    assert health(await desk.source("/f")) == "works"


async def test_h13_a_feed_that_moved_is_polled_at_its_new_address_and_keeps_what_it_brought(desk: Desk) -> None:
    await desk.first("/old", PACT, ETag='"1"')
    desk.web.answer("/old", "", status=301, headers={"Location": desk.web.url("/new")})
    desk.web.answer("/new", rss(PACT))
    for _ in range(3):
        assert (await desk.source("/old")).failures == 0
        assert (await desk.poll("/old")).problem is None
        desk.clock.move(timedelta(hours=24))
    moved = await desk.source("/new")
    desk.web.answer("/new", rss(JETS, PACT, at=desk.clock.now()))
    stored = (await desk.poll("/new")).stored
    assert stored is not None
    assert (stored.new, stored.silent) == (1, False)
    assert moved.items == 1
    assert len(desk.web.asked("/old")) == 4


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_a_redirect_that_is_not_permanent_moves_nothing(desk: Desk, status: int) -> None:
    await desk.first("/old", PACT)
    desk.web.answer("/old", "", status=status, headers={"Location": desk.web.url("/new")})
    desk.web.answer("/new", rss(PACT))
    for _ in range(5):
        await desk.poll("/old")
        desk.clock.move(timedelta(hours=25))
    assert (await desk.source("/old")).failures == 0


async def test_h14_a_move_to_a_private_address_is_refused_and_the_address_stays(desk: Desk) -> None:
    await desk.first("/old", PACT)
    desk.web.answer("/old", "", status=301, headers={"Location": "http://10.0.0.1/feed"})
    for _ in range(5):
        assert "private" in ((await desk.poll("/old")).problem or "")
        desk.clock.move(timedelta(hours=25))
    assert (await desk.source("/old")).failures == 5


async def test_a_feed_that_moves_to_an_address_watched_already_stays_and_its_owner_is_told_once(desk: Desk) -> None:
    await desk.first("/old", PACT)
    await desk.first("/new", PACT)
    await desk.stores.notices.tell_in(OPERATOR, ChannelId(7))
    desk.web.answer("/old", "", status=308, headers={"Location": desk.web.url("/new")})
    with capture_logs() as logged:
        for _ in range(14):
            await desk.poll("/old")
            desk.clock.move(timedelta(hours=24))
    assert await desk.source("/old")
    notice = await desk.stores.notices.claim("w", LEASE, now=desk.clock.now())
    assert notice is not None
    assert notice.channel == ChannelId(7)
    said = f"has moved to {desk.web.url('/new')}, which is watched already: one of the two can be removed."
    assert notice.text == f"The Example {said}"
    assert await desk.stores.notices.claim("w", LEASE, now=desk.clock.now()) is None
    assert [each["notice"] for each in logged if each["event"] == "source"] == [said]


async def test_of_a_move_that_is_refused_those_alone_are_told_who_see_both(desk: Desk) -> None:
    here, there = GuildId(1), GuildId(2)
    for guild, paths in ((OPERATOR, ("/old",)), (here, ("/old", "/new")), (there, ("/old", "/left"))):
        await desk.stores.notices.tell_in(guild, ChannelId(guild + 7))
        for path in paths:
            desk.web.answer(path, rss(PACT))
            theirs = NewSource(url=desk.web.url(path), outlet=Outlet(name="Theirs"))
            added = await desk.stores.sources.add(guild, theirs, now=desk.clock.now())
    await desk.stores.sources.remove(there, added.id)

    async def told(target: str) -> list[ChannelId]:
        desk.web.answer("/old", "", status=308, headers={"Location": desk.web.url(target)})
        for _ in range(4):
            await desk.poll("/old")
            desk.clock.move(timedelta(hours=24))
        channels = []
        while (notice := await desk.stores.notices.claim("w", LEASE, now=desk.clock.now())) is not None:
            channels.append(notice.channel)
        return channels

    assert await told("/left") == [], "nobody watches that"
    assert await told("/new") == [ChannelId(here + 7)]


@pytest.mark.parametrize("cut", [0, 40])
async def test_a_packed_document_is_asked_for_conditionally_once_it_was_whole(desk: Desk, cut: int) -> None:
    packed = gzip.compress(rss(PACT, JETS).encode())
    desk.web.answer("/f.xml.gz", packed[: len(packed) - cut], headers={"ETag": '"1"'}, content_type="application/gzip")
    await desk.watch("/f.xml.gz")
    for _ in range(2):
        await desk.poll("/f.xml.gz")
        desk.clock.move(HOUR)
    asked = [request.headers.get("If-None-Match") for request in desk.web.asked("/f.xml.gz")]
    assert asked == [None, None if cut else '"1"']


async def test_what_a_source_brings_a_day_is_counted(desk: Desk) -> None:
    await desk.first("/f", PACT)
    for day in range(10):
        items = [(f"Story {day} {number}", "") for number in range(3)]
        desk.web.answer("/f", rss(*items, at=desk.clock.now()))
        await desk.poll("/f")
        desk.clock.move(timedelta(days=1))
    assert (await desk.source("/f")).a_day == pytest.approx(3.0)
    assert a_day(await desk.source("/f")) == "3 items a day"


async def test_a_source_that_was_read_for_no_whole_day_is_not_called_quiet(desk: Desk) -> None:
    await desk.first("/f", PACT)
    assert a_day(await desk.source("/f")) == "read since Nov 23, 2026"
    desk.clock.move(timedelta(days=8))
    await desk.poll("/f")
    assert a_day(await desk.source("/f")) == "nothing new this week"


# --- a web page without a feed -----------------------------------------------------------------------------------

TAG_PAGE = PageRules(item=".row", title=".headline", link=".headline", date=".age", outlet=".src", category=".cat")


def listed(*rows: tuple[str, str, str]) -> str:
    return "<!doctype html><title>Tag</title>" + "".join(
        f'<div class=row><b class=src>{outlet}</b> <i class=age>{age}</i> <a class=cat href="/c">Politics</a>'
        f'<a class=headline href="https://news.example/{title.replace(" ", "-")}">{title}</a></div>'
        for outlet, age, title in rows
    )


async def test_a_page_by_its_rules_from_the_loopback_to_items(desk: Desk) -> None:
    desk.web.answer("/tag", listed(("CNA", "2 hours ago", PACT[0])), content_type="text/html")
    await desk.watch("/tag", outlet="Harbour tag page", page=TAG_PAGE)
    report = await desk.poll("/tag")
    assert (report.problem, report.stored and report.stored.silent) == (None, True)
    (item,) = await desk.items()
    assert (item.outlet, item.outlet_country, item.published_at) == ("CNA", None, NOON - 2 * HOUR)
    assert item.url == "https://news.example/" + PACT[0].replace(" ", "-")
    assert "securitycooperation" in {tagging.tag for tagging in item.taggings}

    desk.clock.move(HOUR)
    rows = (("The Example Times", "5m", JETS[0]), ("CNA", "3 hours ago", PACT[0]))
    desk.web.answer("/tag", listed(*rows), content_type="text/html")
    await desk.poll("/tag")
    assert await desk.unfiled() == [JETS[0]], "an age that grew does not make the item new"


@pytest.mark.parametrize("how", ["changed", "taken over", "removed and added"])
async def test_rules_that_change_during_a_poll_are_read_by_at_the_next(desk: Desk, how: str) -> None:
    sources, here = desk.stores.sources, GuildId(1)
    old = NewSource(url=desk.web.url("/tag"), outlet=Outlet(name="Tag", language="en"), page=PageRules(item=".old"))
    new = replace(old, page=PageRules(item=".new"))
    body = "".join(
        f'<p class={name}><a href="https://news.example/{name}">The {name} one</a></p>' for name in ("old", "new")
    )
    during: list[str] = []

    async def slow(_: server.Request) -> server.Response:
        if not during:
            during.append(how)
            if how == "changed":
                assert await sources.change_rules([new], now=desk.clock.now()) == 1
            elif how == "removed and added":
                assert await sources.remove(here, added.id)
            if how != "changed":
                await sources.add(OPERATOR, new, now=desk.clock.now())
        return server.Response(text=f"<!doctype html>{body}", content_type="text/html")

    desk.web.answer("/tag", slow)
    added = await sources.add(OPERATOR if how == "changed" else here, old, now=desk.clock.now())
    claim = await sources.claim_source(added.id, "w", LEASE, now=desk.clock.now())
    assert claim is not None
    assert (await desk.ingest().poll(claim)).stored is None, "its lease was lost"
    report = await desk.poll("/tag")
    assert report.stored is not None
    assert (report.changed, report.stored.silent) == (True, True)
    assert await desk.titles() == ["The new one"]


async def test_a_page_that_changed_is_a_failure_in_plain_words(desk: Desk) -> None:
    desk.web.answer("/tag", "<!doctype html><p>New design</p>", content_type="text/html")
    await desk.watch("/tag", page=TAG_PAGE)
    report = await desk.poll("/tag")
    assert report.problem == (
        f"The page has changed: the selector `.row` finds nothing. Run: dateline sources try {desk.web.url('/tag')}"
    )
    assert report.due_at == NOON + HOUR


async def test_robots_are_asked_for_pages_and_not_for_feeds(desk: Desk) -> None:
    desk.web.answer("/robots.txt", "User-agent: *\nDisallow: /tag\nDisallow: /f", content_type="text/plain")
    desk.web.answer("/f", rss(VOTES))
    await desk.watch("/f")
    assert (await desk.poll("/f")).problem is None
    assert desk.web.asked("/robots.txt") == []
    await desk.watch("/tag", page=TAG_PAGE)
    report = await desk.poll("/tag")
    assert report.problem == "The site's robots.txt asks programs not to read this page: look for a feed instead."
    assert desk.web.asked("/tag") == []


async def test_a_page_may_not_lead_to_one_that_robots_forbid(desk: Desk) -> None:
    async with Web() as other:
        policy = AddressPolicy.of([desk.web.allowed, other.allowed])
        other.answer("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
        other.answer("/tag", listed(("CNA", "5m", PACT[0])), content_type="text/html")
        desk.web.answer("/tag", status=302, headers={"Location": other.url("/tag")})
        await desk.watch("/tag", page=TAG_PAGE)
        async with make_session(policy) as session:
            report = await desk.poll("/tag", replace(desk, session=session, policy=policy).ingest())
    assert report.problem is not None
    assert "robots.txt" in report.problem


async def test_a_crawl_delay_keeps_the_page_waiting(desk: Desk) -> None:
    desk.web.answer("/robots.txt", "User-agent: *\nCrawl-delay: 3600", content_type="text/plain")
    desk.web.answer("/tag", listed(("CNA", "5m", PACT[0])), content_type="text/html", headers={"ETag": '"1"'})
    await desk.watch("/tag", page=TAG_PAGE)
    assert (await desk.poll("/tag")).due_at >= NOON + HOUR
