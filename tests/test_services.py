"""What a person can ask for, on the real store: questions, alerts, and who owns a source."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot import page_cards
from bot.app import _tell_of_lexicon
from bot.config import Settings
from bot.errors import UserError
from bot.feeds import lists
from bot.feeds.guard import AddressPolicy
from bot.house import House, open_house
from bot.model import (
    OPERATOR,
    Category,
    ChannelId,
    Entry,
    GuildId,
    How,
    NewSource,
    Outlet,
    Page,
    Poll,
    Query,
    RoleId,
    RuleId,
    Standing,
    TagKind,
    Validators,
)
from bot.news.tagger import Tagger
from bot.services.news import TAGS_FRESH
from bot.services.sources import PAGE, TOO_MANY, health
from bot.services.typed import parse_category, parse_country, parse_language, parse_since, parse_tag
from bot.workers.ingest import new_item
from tests.loopback import Web
from tests.support import HOUR, LEASE, NOON, HeldClock, new_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

ONE, TWO = GuildId(11), GuildId(22)
CHANNEL = ChannelId(501)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


@pytest_asyncio.fixture(loop_scope="module")
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        yield web


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path, web: Web, clock: HeldClock) -> AsyncIterator[House]:
    settings = Settings(
        database=str(new_database(tmp_path)),
        catalogue="none",
        allow_private=(web.allowed,),
        sources_per_server=2,
        alerts_per_server=3,
        parsers=1,
    )
    async with open_house(settings, clock=clock, holder="run") as house:
        yield house


def entry(title: str, summary: str = "", *, hours: float = 1, categories: tuple[str, ...] = ()) -> Entry:
    return Entry(
        guid=None,
        url="https://news.example/" + "-".join(title.lower().split()),
        title=title,
        summary=summary,
        image=None,
        published_at=NOON - timedelta(hours=hours),
        categories=categories,
        language="en",
    )


async def brings(
    house: House, tagger: Tagger, *entries: Entry, outlet: str = "The Example", owner: GuildId = OPERATOR
) -> None:
    """Have a feed of an outlet bring entries, as ingest would store them."""
    url = f"https://{outlet.lower().replace(' ', '-')}.example/feed"
    if url not in {source.url for source in await house.sources.for_guild(owner)}:
        await house.sources.add(
            owner, NewSource(url=url, outlet=Outlet(name=outlet, country="GB")), now=house.clock.now()
        )
    (source,) = [source for source in await house.sources.for_guild(owner) if source.url == url]
    claim = await house.sources.claim_source(source.id, "test", LEASE, now=house.clock.now())
    assert claim is not None
    items = [new_item(tagger, each.title, each, house.clock.now(), language="en", section=None) for each in entries]
    poll = Poll(
        due_at=house.clock.now() + HOUR, interval=HOUR, validators=Validators(), entries=True, items=tuple(items)
    )
    await house.sources.finish(claim, poll, now=house.clock.now())


def titles(page: Page) -> list[str]:
    return [item.title for item in page.items]


async def ask(house: House, topic: str | None = None, guild: GuildId = OPERATOR, **parts: Any) -> Page:
    query = await house.ask.query(guild=guild, topic=topic, **parts)
    return await house.ask.find(query, guild=guild)


PACT = entry(
    "Japan and the Philippines sign a security cooperation pact", "Tokyo and Manila agreed on joint patrols on Monday."
)
JETS = entry(
    "Poland buys 32 fighter jets", "The fighter jets will arrive in 2028, the ministry in Warsaw said.", hours=2
)
VOTES = entry("Brazil counts its votes", "Brazil elected a president on Sunday.", hours=24 * 9)
NEWS = (PACT, JETS, VOTES)


async def test_a_country_finds_what_is_about_it_and_what_mentions_it_when_asked(house: House, tagger: Tagger) -> None:
    passing = entry(
        "Japan and the Philippines sign a pact", "Ministers met in Tokyo. " + "They talked. " * 40 + "Peru is far."
    )
    await brings(house, tagger, passing, VOTES)
    assert titles(await ask(house, country="Japan")) == [passing.title]
    # nothing is about Peru: what mentions it, and the page says so
    page = await ask(house, country="Peru")
    assert (titles(page), page.query.mentions) == ([passing.title], True)
    page = await ask(house, "Peru")
    assert (titles(page), page.query.mentions) == ([passing.title], True)
    await brings(house, tagger, entry("Peru votes"))
    page = await ask(house, country="Peru")
    assert (titles(page), page.query.mentions) == (["Peru votes"], False)
    assert sorted(titles(await ask(house, country="Peru", mentions=True))) == sorted(["Peru votes", passing.title])
    assert titles(await ask(house, published_in="Peru")) == []


async def test_where_nothing_carries_a_topic_what_holds_its_words_is_found_and_the_page_says_so(
    house: House, tagger: Tagger
) -> None:
    passing = entry(
        "Japan and the Philippines sign a pact",
        "Ministers met in Tokyo. " + "They talked of it all day. " * 20 + "The tsunami of Hollywood came up.",
    )
    await brings(house, tagger, passing, VOTES)
    for typed, words in (("tsunami", "tsunami"), ("#Tsunamis", "tsunami"), ("Hollywood", "hollywood")):
        page = await ask(house, typed)
        assert titles(page) == [passing.title]
        assert page.resolution is not None
        assert (page.resolution.how, page.resolution.label) == (How.PHRASE, words)
        assert f"Nothing carries #{page.resolution.tag}: this holds “{words}”" in page_cards.heading(page)
    await brings(house, tagger, entry("Tsunami reaches Chile's coast"))
    page = await ask(house, "tsunami")
    assert titles(page) == ["Tsunami reaches Chile's coast"]
    assert page.resolution is not None
    assert page.resolution.how is How.EXACT
    page = await ask(house, "copper")
    assert (page.total, page.resolution and page.resolution.how) == (0, How.EXACT)


# --- what a typed topic means ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "tag", "how", "kind"),
    [
        ("securitycooperation", "securitycooperation", How.EXACT, TagKind.TOPIC),
        ("#SecurityCooperation", "securitycooperation", How.EXACT, TagKind.TOPIC),
        ("security co-operation", "securitycooperation", How.EXACT, TagKind.TOPIC),
        ("  Security   Cooperation ", "securitycooperation", How.EXACT, TagKind.TOPIC),
        ("Japan", "JP", How.EXACT, TagKind.COUNTRY),
        ("#philippines", "PH", How.EXACT, TagKind.COUNTRY),
        ("Japanese", "JP", How.ALIAS, TagKind.COUNTRY),
        ("fighterjet", "fighterjet", How.PHRASE, TagKind.TOPIC),
        ("#FighterJets", "fighterjets", How.PHRASE, TagKind.TOPIC),
        ("joint patrols", "jointpatrols", How.PHRASE, TagKind.TOPIC),
        ("securitycoperation", "securitycooperation", How.NEAR, TagKind.TOPIC),
        ("zxqvwk", "zxqvwk", How.PHRASE, TagKind.TOPIC),
    ],
)
async def test_a_topic_is_resolved(house: House, tagger: Tagger, typed: str, tag: str, how: How, kind: TagKind) -> None:
    await brings(house, tagger, *NEWS)
    found = await house.ask.resolve(typed, guild=OPERATOR)
    assert (found.tag, found.how, found.kind) == (tag, how, kind)


async def test_what_is_resolved_is_found(house: House, tagger: Tagger) -> None:
    await brings(house, tagger, *NEWS)
    for typed, wanted in (
        ("security co-operation", [PACT]),
        ("fighterjet", [JETS]),
        ("#JointPatrols", [PACT]),
        ("brazilian", [VOTES]),
        ("securitycoperation", [PACT]),
        ("zxqvwk", []),
        (None, [PACT, JETS, VOTES]),
    ):
        page = await ask(house, typed)
        assert titles(page) == [each.title for each in wanted], typed
        assert page.total == len(wanted)


async def test_a_publishers_own_hashtag_is_joined_with_its_phrase(house: House, tagger: Tagger) -> None:
    """One story carries it as the publisher's category, another only says it: both answer."""
    own = entry("A quiet day on the coast", "Nothing happened.", categories=("Lighthouse keepers",))
    says = entry("The lighthouse keepers go on strike", "They want more light.", hours=3)
    await brings(house, tagger, own, says, *NEWS)
    for typed in ("lighthousekeepers", "#LighthouseKeepers", "lighthouse keepers"):
        page = await ask(house, typed)
        assert page.resolution is not None
        assert (page.resolution.tag, page.resolution.how) == ("lighthousekeepers", How.EXACT)
        assert page.resolution.known
        assert titles(page) == [own.title, says.title], typed
        assert page.total == 2


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("x" * 5_000, "5,000 characters long; 100 is the most"),
        ("!!!", "no letter or digit"),
        ("# ", "no letter or digit"),
    ],
)
async def test_what_cannot_be_a_topic_is_refused(house: House, topic: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        await ask(house, topic)


# --- filters, pages, suggestions ---------------------------------------------------------------------------------


async def test_filters_must_all_hold(house: House, tagger: Tagger) -> None:
    await brings(house, tagger, *NEWS)
    await brings(house, tagger, entry("Poland counts its votes", "Poland elected a parliament."), outlet="The Other")
    for parts, wanted in (
        ({"country": "poland"}, ["Poland counts its votes", JETS.title]),
        ({"country": "PL", "outlet": "the other"}, ["Poland counts its votes"]),
        ({"country": "PL", "since": "90m"}, None),
        ({"since": "7d", "outlet": "The Example"}, [PACT.title, JETS.title]),
        ({"words": '"fighter jets" 2028'}, [JETS.title]),
        ({"words": '"jets fighter"'}, []),
        ({"category": "politics", "country": "Japan"}, [PACT.title]),
    ):
        if wanted is not None:
            assert titles(await ask(house, None, OPERATOR, **parts)) == wanted, parts


async def test_what_cannot_be_asked_is_refused_in_a_plain_sentence(house: House, tagger: Tagger) -> None:
    await brings(house, tagger, *NEWS)
    for parts, said in (
        ({"country": "Atlantis"}, "is no country I know"),
        ({"country": "South Ko"}, "Did you mean South Korea"),
        ({"outlet": "The Exemple"}, "Did you mean The Example"),
        ({"outlet": "qqqq"}, "/sources lists them"),
        ({"category": "Gossip"}, "There are: General, Politics"),
        ({"since": "yesterday"}, "24h, 7d, 2w, or a date"),
        ({"words": "x" * 201}, "201 characters long"),
        ({"words": '"!!!"'}, "no word in that"),
    ):
        with pytest.raises(UserError) as caught:
            await ask(house, None, OPERATOR, **parts)
        assert said in str(caught.value)


async def test_pages_stay_within_bounds_and_do_not_shift(house: House, tagger: Tagger) -> None:
    talks = [entry(f"Trade talks, round {number}", hours=number + 1) for number in range(12)]
    await brings(house, tagger, *talks)
    query = Query(topic="trade")
    first = await house.ask.find(query, guild=OPERATOR)
    assert (first.number, first.pages, first.total, len(first.items)) == (1, 3, 12, 5)
    await brings(house, tagger, entry("Trade talks end", hours=0))
    for number, shown, expected in ((2, 2, talks[5:10]), (3, 3, talks[10:]), (99, 3, talks[10:]), (-4, 1, talks[:5])):
        page = await house.ask.find(query, guild=OPERATOR, number=number, newest=first.newest)
        assert (page.number, page.total) == (shown, 12)
        assert titles(page) == [each.title for each in expected]
    assert titles(await house.ask.find(query, guild=OPERATOR))[0] == "Trade talks end"
    nothing = await house.ask.find(Query(country="FJ"), guild=OPERATOR, number=7)
    assert (nothing.number, nothing.pages, nothing.items, nothing.newest) == (1, 1, (), None)


async def test_what_nobody_turns_to_is_not_counted(house: House, tagger: Tagger) -> None:
    talks = [entry(f"Trade talks, round {number}", hours=number + 1) for number in range(430)]
    await brings(house, tagger, *talks)
    for asked in (Query(text="talks round"), Query(topic="talks round"), Query(filter="#trade talks")):
        for number, shown, pages, total, more in (
            (1, 1, 5, 25, True),
            (4, 4, 5, 25, True),
            (5, 5, 10, 50, True),
            (84, 84, 85, 425, True),
            (85, 85, 86, 430, False),
            (999, 86, 86, 430, False),
        ):
            page = await house.ask.find(asked, guild=OPERATOR, number=number)
            assert (page.number, page.pages, page.total, page.more) == (shown, pages, total, more)
            assert titles(page) == [each.title for each in talks[(shown - 1) * 5 : shown * 5]]
            heading = page_cards.heading(page)
            assert (f"{total}+ items" if more else f"{total} items") in heading
            assert f"page {shown} of {pages}" in heading


async def test_what_is_kept_is_told_up_to_a_thousand(house: House, tagger: Tagger) -> None:
    await brings(house, tagger, *(entry(f"Trade talks, round {number}", hours=number + 1) for number in range(430)))
    page = await house.ask.find(Query(topic="trade"), guild=OPERATOR)
    assert (page.pages, page.total, page.more) == (86, 430, False)
    await brings(house, tagger, *(entry(f"Trade talks, again {number}", hours=number + 500) for number in range(600)))
    for number in (1, 2, 200, 999):
        turned = await house.ask.find(Query(topic="trade"), guild=OPERATOR, number=number, newest=page.newest)
        assert (turned.number, turned.pages, turned.total, turned.more) == (min(number, 200), 200, 1000, True)
        assert len(turned.items) == 5


async def test_nothing_found_suggests_the_nearest_and_the_fullest_topics(house: House, tagger: Tagger) -> None:
    await brings(house, tagger, *NEWS)
    near = await ask(house, "securitycoperation")
    assert near.suggestions[0] == "securitycooperation"
    nothing = await ask(house, "cybersecurity")
    assert nothing.items == ()
    assert 1 <= len(nothing.suggestions) <= 5
    assert "cybersecurity" not in nothing.suggestions
    assert (await ask(house, "securitycooperation")).suggestions == ()
    assert (await ask(house, "zxqvwk", country="Fiji")).suggestions


async def test_a_server_sees_its_own_news_and_no_other_servers(house: House, tagger: Tagger) -> None:
    await brings(house, tagger, PACT)
    await brings(house, tagger, JETS, outlet="Own Paper", owner=ONE)
    assert titles(await ask(house, guild=ONE)) == [PACT.title, JETS.title]
    assert titles(await ask(house, guild=TWO)) == [PACT.title]
    assert titles(await ask(house)) == [PACT.title]
    assert titles(await ask(house, "fighterjet", guild=TWO)) == []
    with pytest.raises(UserError, match="No outlet"):
        await ask(house, guild=TWO, outlet="Own Paper")
    (own,) = (await ask(house, guild=ONE, outlet="Own Paper")).items
    assert (await house.ask.item(own.id, guild=ONE)).title == JETS.title
    with pytest.raises(UserError, match="not in the memory"):
        await house.ask.item(own.id, guild=TWO)


async def test_autocomplete_offers_what_is_there(house: House, tagger: Tagger, clock: HeldClock) -> None:
    await brings(house, tagger, *NEWS)
    assert (await house.ask.suggest_topics("Secu", guild=OPERATOR))[0] == ("securitycooperation", 1)
    assert all(count == 0 for _, count in (await house.ask.suggest_topics("cyber", guild=OPERATOR)))
    assert len(await house.ask.suggest_topics("", guild=OPERATOR)) <= 25
    assert ("🇵🇭 Philippines", "PH") in house.ask.suggest_countries("phil")
    assert await house.ask.suggest_outlets("exam", guild=OPERATOR) == [("The Example", 3)]
    await brings(house, tagger, entry("Security cooperation grows", "Security cooperation."))
    clock.move(TAGS_FRESH + timedelta(seconds=1))
    assert (await house.ask.suggest_topics("secu", guild=OPERATOR))[0] == ("securitycooperation", 2)


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("24h", NOON - timedelta(hours=24)),
        ("7d", NOON - timedelta(days=7)),
        (" 2W ", NOON - timedelta(weeks=2)),
        ("3 days", NOON - timedelta(days=3)),
        ("2m", NOON - timedelta(days=60)),
        ("2 mois", NOON - timedelta(days=60)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T06:00", datetime(2026, 11, 1, 6, tzinfo=UTC)),
        ("2026-11-01T06:00+09:00", datetime(2026, 10, 31, 21, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("1066-10-14", datetime(1970, 1, 1, tzinfo=UTC)),
        ("9999d", NOON - timedelta(days=9999)),
        ("9999m", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
async def test_since(typed: str, moment: datetime) -> None:
    assert parse_since(typed, NOON) == moment


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "soon",
        "7",
        "d7",
        "-7d",
        "7 fortnights",
        "10min",
        "30 minutes",
        "5 mins",
        "2026-13-01",
        "2026-11-24",
        "2027-01-01",
        "99999d",
        "0001-01-01T00:00+14:00",
        "9" * 500,
    ],
)
async def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(UserError, match="24h, 7d, 2w"):
        parse_since(typed, NOON)


async def test_countries_and_categories_are_read_in_any_spelling() -> None:
    assert [parse_country(typed) for typed in ("jp", "Japan", "JAPANESE", " viet nam ", "eu")] == [
        "JP",
        "JP",
        "JP",
        "VN",
        "EU",
    ]
    assert parse_category(" politics ") is Category.POLITICS


# --- alerts ------------------------------------------------------------------------------------------------------


async def test_an_alert_is_set_once_and_within_the_limit(house: House) -> None:
    rule, resolution = await house.tell.add(ONE, CHANNEL, Query(topic="security co-operation"), RoleId(7))
    assert resolution is not None
    assert (rule.criteria.tag, rule.role, rule.standing) == ("securitycooperation", RoleId(7), Standing.ACTIVE)
    with pytest.raises(UserError, match="just this alert already"):
        await house.tell.add(ONE, CHANNEL, Query(topic="security co-operation"), None)
    await house.tell.add(ONE, ChannelId(502), Query(topic="security co-operation"), None)
    await house.tell.add(ONE, CHANNEL, Query(country="JP"), None)
    with pytest.raises(UserError, match="has 3 alerts, the most there may be"):
        await house.tell.add(ONE, CHANNEL, Query(), None)
    await house.tell.add(TWO, CHANNEL, Query(), None)
    assert [len(await house.tell.rules(guild)) for guild in (ONE, TWO)] == [3, 1]


async def test_the_same_alert_in_another_spelling_is_the_same(house: House) -> None:
    await house.tell.add(ONE, CHANNEL, Query(topic="securitycooperation"), None)
    with pytest.raises(UserError, match="just this alert already"):
        await house.tell.add(ONE, CHANNEL, Query(topic="#SecurityCooperation"), None)


async def test_an_alert_for_a_word_nobody_wrote_yet_waits_for_that_word(house: House, tagger: Tagger) -> None:
    await brings(house, tagger, *NEWS)
    rule, resolution = await house.tell.add(ONE, CHANNEL, Query(topic="securitycoperation"), None)
    assert resolution is not None
    assert (rule.criteria.tag, resolution.how) == ("securitycoperation", How.PHRASE)


async def test_an_alert_that_could_never_be_is_refused(house: House) -> None:
    for query, said in ((Query(topic="!!!"), "no letter"), (Query(text='"!"'), "no word")):
        with pytest.raises(UserError, match=said):
            await house.tell.add(ONE, CHANNEL, query, None)
    assert await house.tell.rules(ONE) == ()


async def test_another_servers_alert_is_out_of_reach(house: House) -> None:
    rule, _ = await house.tell.add(ONE, CHANNEL, Query(country="JP"), None)
    for act in (house.tell.get, house.tell.pause, house.tell.resume, house.tell.remove):
        with pytest.raises(UserError, match=f"no alert {rule.id}"):
            await act(TWO, rule.id)
    with pytest.raises(UserError, match="no alert"):
        await house.tell.edit(TWO, rule.id, channel=CHANNEL, query=Query(), role=None)
    with pytest.raises(UserError, match="no alert 999"):
        await house.tell.get(ONE, RuleId(999))
    assert await house.tell.rules(ONE) == (rule,)


async def test_an_alert_is_edited_paused_resumed_and_removed(house: House) -> None:
    rule, _ = await house.tell.add(ONE, CHANNEL, Query(country="JP"), RoleId(7))
    changed, _ = await house.tell.edit(ONE, rule.id, channel=ChannelId(502), query=Query(topic="trade"), role=None)
    assert (changed.id, changed.channel, changed.role, changed.criteria.tag) == (rule.id, 502, None, "trade")
    assert changed.criteria.country is None
    await house.tell.pause(ONE, rule.id)
    assert (await house.tell.get(ONE, rule.id)).standing is Standing.PAUSED
    await house.tell.resume(ONE, rule.id)
    assert (await house.tell.get(ONE, rule.id)).standing is Standing.ACTIVE
    await house.tell.remove(ONE, rule.id)
    assert await house.tell.rules(ONE) == ()


# --- sources -----------------------------------------------------------------------------------------------------

RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title> The Harbour &amp; Post </title><language>en-GB</language>'
    "<item><title>Ships leave</title><link>https://news.example/ships</link></item></channel></rss>"
)


async def test_a_server_owns_what_it_adds_and_only_that(house: House, web: Web) -> None:
    for path in ("/mine", "/theirs"):
        web.answer(path, RSS)
    theirs, document = await house.watch.add(OPERATOR, web.url("/theirs"), outlet="Theirs", country="japanese")
    mine, _ = await house.watch.add(ONE, f"  {web.url('/mine')}#top ")
    assert document is not None
    assert document.entries[0].title == "Ships leave"
    assert (theirs.outlet.name, theirs.outlet.country, theirs.outlet.language) == ("Theirs", "JP", "en-gb")
    assert (mine.outlet.name, mine.url) == ("The Harbour & Post", web.url("/mine"))
    assert [s.id for s in await house.watch.visible(TWO)] == [theirs.id]

    with pytest.raises(UserError, match="with /source pause"):
        await house.watch.remove(ONE, str(theirs.id))
    for act in (house.watch.remove, house.watch.pause, house.watch.resume, house.watch.check):
        with pytest.raises(UserError, match="No source here"):
            await act(TWO, str(mine.id))
    with pytest.raises(UserError, match="No source here"):
        await house.watch.remove(OPERATOR, mine.url)
    assert (await house.watch.remove(ONE, mine.url)).id == mine.id
    assert [s.id for s in await house.watch.visible(ONE)] == [theirs.id]


async def test_a_feed_about_a_single_country_says_which(house: House, web: Web) -> None:
    web.answer("/home", RSS)
    with pytest.raises(UserError, match="needs that country"):
        await house.watch.add(OPERATOR, web.url("/home"), single_country=True)
    source, _ = await house.watch.add(OPERATOR, web.url("/home"), country="Japan", single_country=True)
    assert source.outlet.only_country == "JP"
    await house.watch.check(OPERATOR, str(source.id))
    page = await ask(house, country="Japan")
    assert titles(page) == ["Ships leave"]
    assert page.query.mentions, "nothing is about it: the page says that it shows what is only near"
    assert not (await ask(house, country="Japan", published_in="GB")).items


async def test_a_language_is_asked_for_by_any_of_its_names(house: House, tagger: Tagger) -> None:
    await brings(house, tagger, PACT, replace(JETS, language="pl-pl"))
    assert titles(await ask(house, language="Polish")) == [JETS.title]
    assert titles(await ask(house, language="EN-gb")) == [PACT.title]
    for typed, said in (("Polsh", "Did you mean Polish"), ("###", "such as French or fr"), ("x" * 900, "no language")):
        with pytest.raises(UserError, match=said):
            parse_language(typed)


async def test_a_sources_language_is_a_name_or_a_tag_that_is_known(house: House, web: Web) -> None:
    assert [parse_tag(typed) for typed in ("English", " PT_br ", "français", "en-latn-gb")] == [
        "en", "pt-br", "fr", "en-latn-gb",
    ]  # fmt: skip
    web.answer("/feed", RSS)
    for typed in ("xx-klingon", "zzzzz", "Englsh"):
        with pytest.raises(UserError, match="is no language I know"):
            await house.watch.add(OPERATOR, web.url("/feed"), language=typed)
    source, _ = await house.watch.add(OPERATOR, web.url("/feed"), language="Portuguese")
    assert source.outlet.language == "pt"
    described = await house.watch.describe(OPERATOR, str(source.id), outlet="A", country=None, language="English")
    assert described.outlet.language == "en"
    with pytest.raises(UserError, match="Did you mean English"):
        await house.watch.describe(OPERATOR, str(source.id), outlet="A", country=None, language="Englsh")


async def test_pausing_is_hiding_where_the_operator_owns_it(house: House, web: Web) -> None:
    web.answer("/f", RSS)
    source, _ = await house.watch.add(OPERATOR, web.url("/f"))
    await house.watch.check(OPERATOR, str(source.id))
    await house.watch.pause(ONE, f"#{source.id}")
    (hidden,) = await house.watch.visible(ONE)
    assert (hidden.hidden, hidden.paused, health(hidden)) == (True, False, "hidden in this server")
    (shown,) = await house.watch.visible(TWO)
    assert (shown.hidden, health(shown)) == (False, "works")
    assert (await ask(house, guild=ONE)).total == 0
    assert (await ask(house, guild=TWO)).total == 1
    await house.watch.resume(ONE, source.url)
    assert (await ask(house, guild=ONE)).total == 1

    await house.watch.pause(OPERATOR, str(source.id))
    (paused,) = await house.watch.visible(TWO)
    assert health(paused) == "paused"
    with pytest.raises(UserError, match="paused: resume it first"):
        await house.watch.check(OPERATOR, str(source.id))


async def test_a_server_has_a_quota_and_the_operator_none(house: House, web: Web) -> None:
    for number in range(4):
        web.answer(f"/{number}", RSS)
    for number in range(3):
        await house.watch.add(OPERATOR, web.url(f"/{number}"))
    for number in range(2):
        await house.watch.add(ONE, web.url(f"/{number}"))
    asked = len(web.requests)
    with pytest.raises(UserError, match="has 2 sources, the most there may be"):
        await house.watch.add(ONE, web.url("/3"))
    assert len(web.requests) == asked, "refused before anything is fetched"
    await house.watch.add(TWO, web.url("/3"))


async def test_the_same_feed_twice(house: House, web: Web) -> None:
    web.answer("/f", RSS)
    first, _ = await house.watch.add(OPERATOR, web.url("/f"))
    with pytest.raises(UserError, match="watched already"):
        await house.watch.add(OPERATOR, web.url("/f") + "#again")
    own, _ = await house.watch.add(ONE, web.url("/f"))
    assert own.id != first.id
    asked = len(web.asked("/f"))
    while await house.ingest.step():
        pass
    assert len(web.asked("/f")) == asked + 1, "one feed, polled once"


async def test_what_a_server_may_not_add(house: House, web: Web) -> None:
    with pytest.raises(UserError, match="login in it can only be added by the bot's operator") as caught:
        await house.watch.add(ONE, web.url("/f", user="me:pa55word"))
    assert "pa55word" not in str(caught.value)
    for url, said in (
        ("http://10.1.2.3/feed", "private"),
        ("http://localhost/feed", "private"),
        ("http://[::1]/feed", "private"),
        ("http://169.254.169.254/latest/meta-data", "private"),
        ("http://news.example:22/feed", "Only the ports"),
        ("ftp://news.example/feed", "http"),
        ("", "valid"),
        ("https://news.example/" + "x" * 3_000, "longer than 2,000"),
    ):
        with pytest.raises(UserError) as caught:
            await house.watch.add(ONE, url)
        assert said in str(caught.value), url
    assert web.requests == []


@pytest.mark.parametrize(
    ("body", "status", "content_type", "said"),
    [
        ("<!doctype html><html><body>Hello</body></html>", 200, "text/html", "web page"),
        ("", 200, "text/xml", "empty"),
        ("", 404, "text/xml", "404"),
        ("", 304, None, "304"),
    ],
)
async def test_what_cannot_be_read_is_not_added(
    house: House, web: Web, body: str, status: int, content_type: str | None, said: str
) -> None:
    web.answer("/f", body, status=status, content_type=content_type)
    with pytest.raises(UserError, match=said):
        await house.watch.add(ONE, web.url("/f"))
    assert await house.watch.visible(ONE) == ()


async def test_a_source_being_polled_is_not_checked_besides(house: House, web: Web, clock: HeldClock) -> None:
    web.answer("/f", RSS)
    source, _ = await house.watch.add(OPERATOR, web.url("/f"))
    assert await house.sources.claim("other", 1, LEASE, now=clock.now())
    with pytest.raises(UserError, match="being polled at this moment"):
        await house.watch.check(OPERATOR, str(source.id))


async def test_health_in_plain_words(house: House, web: Web) -> None:
    web.answer("/f", RSS)
    source, _ = await house.watch.add(OPERATOR, web.url("/f"))
    assert health(source) == "not polled yet"
    _, report = await house.watch.check(OPERATOR, str(source.id))
    assert report.problem is None
    assert report.stored is not None
    assert (report.stored.new, report.stored.silent) == (1, True)
    assert health((await house.watch.visible(OPERATOR))[0]) == "works"
    web.answer("/f", "", status=410)
    await house.watch.check(OPERATOR, str(source.id))
    assert "gone for good (410)" in health((await house.watch.visible(OPERATOR))[0])
    overview = await house.watch.overview()
    assert (overview.items, overview.feeds, overview.failing) == (1, 1, 1)


async def test_a_new_lexicon_is_told_of_once(house: House) -> None:
    with capture_logs() as first:
        await _tell_of_lexicon(house)
    assert first == [], "an empty memory has nothing to tag anew"
    await house.notes.remember("lexicon", "1-older")
    with capture_logs() as second:
        await _tell_of_lexicon(house)
        await _tell_of_lexicon(house)
    assert [entry["lexicon"] for entry in second] == [house.fix.lexicon]


# --- lists of sources --------------------------------------------------------------------------------------------

LIST = (
    b'<opml version="2.0"><body><outline text="World">'
    b'<outline text="A" xmlUrl="https://a.example/feed"/><outline text="Inside" xmlUrl="http://10.0.0.1/"/>'
    b'<outline text="L" xmlUrl="https://me:secret@l.example/feed"/><outline text="B" xmlUrl="https://b.example/feed"/>'
    b'<outline text="C" xmlUrl="https://c.example/feed"/></outline></body></opml>'
)


async def test_a_list_is_taken_as_far_as_it_may_be_and_the_rest_is_named(house: House) -> None:
    dry = await house.watch.import_(ONE, LIST, dry_run=True)
    assert (dry.added, dry.known, await house.watch.visible(ONE)) == (2, 0, ())
    done = await house.watch.import_(ONE, LIST)
    assert (done.added, done.known) == (2, 0)
    assert [one.name for one in done.refused] == ["Inside", "L", "C"]
    assert "private" in done.refused[0].reason
    assert "login" in done.refused[1].reason
    assert "may have 2 sources" in done.refused[2].reason
    assert [(source.outlet.name, source.outlet.section) for source in await house.watch.visible(ONE)] == [
        ("A", "World"),
        ("B", "World"),
    ]
    again = await house.watch.import_(ONE, LIST)
    assert (again.added, again.known, len(again.refused)) == (0, 2, 3)
    assert await house.watch.visible(TWO) == ()


async def test_the_operator_may_take_logins_and_as_many_as_a_file_holds(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = await house.watch.import_(OPERATOR, LIST)
    assert (done.added, len(done.refused)) == (4, 1)
    monkeypatch.setattr("bot.services.sources.AT_A_TIME", 1)
    more = LIST.replace(b".example/", b".more.example/")
    first = await house.watch.import_(OPERATOR, more)
    assert (first.added, first.by_reason()[TOO_MANY]) == (1, ("L", "B", "C"))
    second = await house.watch.import_(OPERATOR, more)
    assert (second.added, second.known) == (1, 1), "the file again takes the next"


@pytest.mark.parametrize("form", ["opml", "toml"])
async def test_an_export_is_ones_own_without_logins_and_comes_back(house: House, form: str) -> None:
    with pytest.raises(UserError, match="no source of your own"):
        await house.watch.export(ONE, form)
    await house.watch.import_(OPERATOR, LIST)
    await house.watch.import_(ONE, LIST.replace(b".example/", b".one.example/"))
    exported = await house.watch.export(OPERATOR, form)
    assert (exported.sources, exported.without_login) == (4, 1)
    assert "secret" not in exported.text
    assert "one.example" not in exported.text
    back = await house.watch.import_(OPERATOR, exported.text.encode())
    assert (back.added, back.known, back.refused) == (1, 3, ()), "the one whose login was left out is another address"
    mine = await house.watch.export(ONE, form)
    assert (mine.sources, "one.example" in mine.text) == (2, True)
    with pytest.raises(UserError, match="give opml or toml"):
        await house.watch.export(ONE, "xlsx")


async def test_the_rules_of_a_page_are_exported_in_toml(house: House) -> None:
    page = b"""
        [[source]]
        outlet = "Harbour"
        url = "https://harbour.example/tag/security"
        [source.page]
        item = "article"
        title = "h3 a"
        link = "h3 a"
    """
    refused = await house.watch.import_(ONE, page)
    assert (refused.added, refused.by_reason()) == (0, {PAGE: ("Harbour",)})
    await house.watch.import_(OPERATOR, page)
    exported = await house.watch.export(OPERATOR, "toml")
    assert '[source.page]\nitem = "article"\ntitle = "h3 a"' in exported.text
    listed = lists.read(exported.text.encode(), AddressPolicy.of(()))
    assert [(source.page is not None) for source in listed.sources] == [True]
