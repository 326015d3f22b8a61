"""Who is let in, and how often, in a simulated Discord: denials by the operator, and limits of what costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.errors import StorageUnavailable, TooOften, UserError
from bot.feeds.guard import AddressPolicy
from bot.model import OPERATOR, Denied, GuildId, Standing, UserId, within
from bot.services import admission
from bot.services.admission import ALWAYS, COSTS, FRESH, AdmissionService, Cost, Limit, named
from storage.denials import Denials
from storage.driver import Driver
from tests.e2e.conftest import Newsroom, Place, Speaking
from tests.e2e.test_alerts import add, posted
from tests.e2e.test_follows import Person
from tests.e2e.test_news import JETS, PACT, text
from tests.e2e.test_stories import QUAKE
from tests.support import HeldClock, source


def said(answer: Any) -> str:
    return text(answer) if answer.components else str(answer.content)


async def asked(place: Place, who: Any = None, command: str = "help", **options: Any) -> str:
    return said((await (who or place.reader).slash(place.channel, command, **options)).response)


def limited(place: Place, cost: Cost, most: int, span: timedelta = timedelta(minutes=1)) -> None:
    place.house.admission._limits = {**place.house.admission._limits, cost: Limit(most=most, span=span)}


async def test_a_denied_server_is_not_served_and_its_alerts_and_sources_stop(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        alerts, guild = place.guild.create_text_channel("alerts"), GuildId(place.guild.id)
        for country in ("Japan", "Kenya"):
            await add(place, alerts, country=country)
        await place.moderator.slash(place.channel, "alert pause", alert="2")
        own = await place.house.sources.add(guild, source("own"), now=place.clock.now())
        await place.brings()
        await place.brings(PACT)
        await place.work()
        page = (await place.reader.slash(place.channel, "news", country="Japan")).response
        before = len(posted(alerts))
        assert await place.house.admission.deny(Denied.SERVER, str(guild)) == (str(guild), True)
        assert "does not serve this server" in await asked(place)
        assert "does not serve this server" in said((await place.reader.click(page, label="Follow")).response)
        assert await place.reader.autocomplete(place.channel, "news", "topic", "sec") == []
        assert "Of this server" in await asked(place, command="privacy"), "what is theirs is theirs"
        await place.brings(JETS, QUAKE)
        await place.work()
        assert len(posted(alerts)) == before
        due = await place.house.sources.claim("x", 99, timedelta(minutes=1), now=place.clock.now() + timedelta(days=2))
        assert own.url not in {claim.feed.url for claim in due}
        elsewhere = place.env.create_user("elsewhere")
        assert "Dateline" in said((await elsewhere.slash("help")).response), "others are served"

        await place.house.admission.allow(Denied.SERVER, str(guild))
        assert "Dateline" in await asked(place)
        standings = [rule.standing for rule in await place.house.alerts.for_guild(guild)]
        assert standings == [Standing.ACTIVE, Standing.PAUSED], "what a moderator had paused stays so"
        await place.work()
        assert len(posted(alerts)) == before, "what came meanwhile is not posted"


async def test_a_denied_persons_follows_stop_and_their_data_stays_theirs(
    newsroom: Newsroom, speaking: Speaking
) -> None:
    async with newsroom() as place:
        ada = Person(place)
        await ada.says("follow add", country="Japan")
        await place.house.admission.deny(Denied.PERSON, f" {ada.id} ")
        assert "does not serve you" in await ada.says("news")
        speaking("de")
        assert "bedient dich nicht" in said((await ada.user.slash("news")).response)
        speaking("en-US")
        before = len(ada.messages)
        await place.brings(PACT)
        await place.work()
        assert len(ada.messages) == before
        assert "refusal by the operator: **1**" in await ada.says("privacy")
        assert (await ada.member.slash(place.channel, "data export")).response.attachments
        asked = (await ada.member.slash(place.channel, "data delete")).response
        assert "refusal" not in text(asked), "that stays"
        assert "Dateline" in await Person(place, "bob").says("help")


async def test_no_server_adds_a_source_of_a_denied_host_and_the_operator_may(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        assert await place.house.admission.deny(Denied.HOST, "https://WWW.Bad.example/feed") == ("bad.example", True)
        for url in ("https://bad.example/feed.xml", "news.bad.example", "https://NEWS.BAD.example:443/x"):
            answer = await asked(place, place.moderator, "source add", url=url)
            assert "allows no sources of bad.example" in answer
        body = b'<opml version="2.0"><body><outline text="B" xmlUrl="https://feeds.bad.example/1"/></body></opml>'
        answer = await asked(place, place.moderator, "source import", file=("f.opml", body))
        assert "allows no sources of bad.example" in answer
        assert await place.house.watch.visible(GuildId(place.guild.id)) == ()
        assert (await place.house.watch.add(OPERATOR, "https://bad.example/feed.xml", check=False))[0].id


async def test_a_servers_sources_of_a_denied_host_are_read_no_more_and_say_why(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        here, house = GuildId(place.guild.id), place.house
        for owner, url in ((here, "https://news.bad.example/1"), (here, "https://good.example/bad.example/2")):
            await house.watch.add(owner, url, check=False)
        bad, good = (each.id for each in sorted(await house.watch.visible(here), key=lambda each: each.id))
        await house.admission.deny(Denied.HOST, "bad.example")
        listed = await asked(place, place.moderator, "sources")
        assert listed.count("The operator of this bot allows no sources of news.bad.example.") == 1
        assert "allows no sources" in await asked(place, place.moderator, "source check", source=str(bad))
        await asked(place, place.moderator, "source pause", source=str(bad))
        assert "allows no sources" in await asked(place, place.moderator, "source resume", source=str(bad))
        now = place.clock.now()
        assert await house.sources.claim_source(bad, "x", timedelta(minutes=1), now=now) is None
        assert await house.sources.claim_source(good, "x", timedelta(minutes=1), now=now) is not None
        await house.admission.allow(Denied.HOST, "bad.example")
        await asked(place, place.moderator, "source resume", source=str(bad))
        assert await house.sources.claim_source(bad, "x", timedelta(minutes=1), now=now) is not None


async def test_who_asks_too_often_is_told_when_it_works_again(newsroom: Newsroom, speaking: Speaking) -> None:
    async with newsroom() as place:
        limited(place, Cost.COMMAND, 3)
        for _ in range(3):
            assert "Dateline" in await asked(place)
        refused = (await place.reader.slash(place.channel, "help")).response
        assert refused.ephemeral
        assert refused.content.startswith("You asked for that too often. It works again <t:")
        speaking("fr")
        assert "Vous l'avez demandé trop souvent. Cela marchera de nouveau <t:" in await asked(place)
        speaking("en-US")
        assert "Dateline" in await asked(place, place.moderator), "others are not in the way"
        place.clock.move(timedelta(seconds=20))
        assert "Dateline" in await asked(place), "a third of a minute gives one of three back"
        assert "too often" in await asked(place)


async def test_clicks_count_and_a_whole_server_has_five_times_as_much(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        page = (await place.reader.slash(place.channel, "news", country="Japan")).response
        limited(place, Cost.COMMAND, 1)
        place.clock.move(timedelta(minutes=1))
        assert "Dateline" in await asked(place)
        assert "too often" in said((await place.reader.click(page, label="Follow")).response)
        people = [place.guild.add_member(place.env.create_user(f"p{number}")) for number in range(5)]
        answers = [await asked(place, person) for person in people]
        assert ["Dateline" in answer for answer in answers] == [True] * 4 + [False]
        assert "Too much of that was asked for in this server" in answers[-1]
        assert "Dateline" in said((await people[-1].user.slash("help")).response), "elsewhere they are let in"


@pytest.mark.parametrize(
    ("cost", "command", "options"),
    [
        (Cost.PICTURE, "trends", {"topic": "trade"}),
        (Cost.FETCH, "source check", {"source": "1"}),
        (Cost.EXPORT, "data export", {}),
    ],
)
async def test_what_costs_more_has_a_limit_of_its_own(
    newsroom: Newsroom, cost: Cost, command: str, options: dict[str, Any]
) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        limited(place, cost, 1)
        assert "too often" not in await asked(place, place.moderator, command, **options)
        assert "too often" in await asked(place, place.moderator, command, **options)
        assert "Dateline" in await asked(place, place.moderator), "the rest goes on"


async def test_suggestions_have_a_limit_too_and_are_empty_beyond(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        await place.brings(PACT)
        limited(place, Cost.TYPING, 1)
        offered = [await place.reader.autocomplete(place.channel, "news", "country", "Jap") for _ in range(2)]
        assert [bool(one) for one in offered] == [True, False]


async def test_every_command_with_a_cost_exists_and_every_drawn_one_has_it(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        known = {command.qualified_name for command in place.client.tree.walk_commands()}
    assert COSTS.keys() <= known
    assert set(ALWAYS) <= known
    assert {name for name, cost in COSTS.items() if cost is Cost.PICTURE} >= {"trends", "map", "coverage"}


async def test_a_channel_has_no_more_alerts_than_it_may(newsroom: Newsroom) -> None:
    async with newsroom() as place:
        place.house.tell._in_channel = 1
        first, second = (place.guild.create_text_channel(name) for name in ("first", "second"))
        await add(place, first, country="Japan")
        refused = await asked(place, place.moderator, "alert add", channel=first, country="Kenya")
        assert "That channel has 1 alerts, the most there may be" in refused
        await add(place, second, country="Kenya")
        moved = await asked(place, place.moderator, "alert edit", alert="2", channel=first)
        assert "the most there may be" in moved
        assert "the most" not in await asked(place, place.moderator, "alert edit", alert="2", country="Japan")


async def test_a_servers_oldest_drafts_make_room(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.own_topics.DRAFTS", 2)
    async with newsroom() as place:
        guild = GuildId(place.guild.id)
        for name in ("one ship", "two ships", "three ships"):
            await place.house.topics.draft(guild, name, "frigate", None)
            place.clock.move(timedelta(seconds=1))
        with pytest.raises(UserError, match="not kept any more"):
            await place.house.topics.save(guild, "oneship")
        for slug in ("twoships", "threeships"):
            assert (await place.house.topics.save(guild, slug))[0].slug == slug


# --- the service alone -------------------------------------------------------------------------------------------

MINUTE = timedelta(minutes=1)
LIMITS = {cost: Limit(most=2, span=MINUTE) for cost in Cost}
ADA = UserId(900)


async def test_what_is_known_of_denials_is_a_few_seconds_old_at_most(driver: Driver, clock: HeldClock) -> None:
    served = AdmissionService(Denials(driver), clock, limits=LIMITS)
    await served.admit(ADA, OPERATOR, "news")
    await Denials(driver).deny(Denied.PERSON, "900", now=clock.now())  # in another process
    await served.admit(ADA, OPERATOR, "news")
    clock.move(FRESH)
    with pytest.raises(UserError, match="does not serve you"):
        await served.admit(ADA, OPERATOR, "news")
    assert await served.deny(Denied.PERSON, "900") == ("900", False)
    assert await served.allow(Denied.PERSON, "0900") == ("900", True)
    assert await served.allow(Denied.PERSON, "900") == ("900", False)


async def test_while_the_memory_is_away_what_was_known_counts(driver: Driver, clock: HeldClock) -> None:
    class Away:
        async def denied(self) -> frozenset[tuple[Denied, str]]:
            raise StorageUnavailable("gone")

    served = AdmissionService(Denials(driver), clock, limits=LIMITS)
    await served.deny(Denied.PERSON, "900")
    assert await served.denied()
    served._store = Away()  # type: ignore[assignment]
    clock.move(FRESH)
    with pytest.raises(UserError, match="does not serve you"):
        await served.admit(ADA, OPERATOR, "news")


async def test_a_refusal_takes_nothing_and_says_how_long(driver: Driver, clock: HeldClock) -> None:
    served = AdmissionService(Denials(driver), clock, limits={**LIMITS, Cost.COMMAND: Limit(most=9, span=MINUTE)})
    for _ in range(2):
        await served.admit(ADA, OPERATOR, "data export")
    for _ in range(30):
        with pytest.raises(TooOften) as refused:
            await served.admit(ADA, OPERATOR, "data export")
        assert refused.value.again == pytest.approx(30)
    await served.admit(ADA, OPERATOR, "news")
    clock.move(timedelta(seconds=refused.value.again))
    await served.admit(ADA, OPERATOR, "data export")


async def test_what_has_run_through_is_thrown_away(
    driver: Driver, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "MOST", 10)
    served = AdmissionService(Denials(driver), clock, limits=LIMITS)
    for number in range(1, 100):
        await served.admit(UserId(number), OPERATOR, "news")
        clock.move(MINUTE)
    assert len(served._empty_at) <= 12


@pytest.mark.parametrize("typed", ["", "x", "0", "-1", "1" * 21, "<@1>"])
def test_what_is_no_id_is_refused(typed: str) -> None:
    with pytest.raises(UserError, match="no id"):
        named(Denied.SERVER, typed)


@pytest.mark.parametrize("typed", ["", "localhost", "http://", "a b"])
def test_what_is_no_host_is_refused(typed: str) -> None:
    with pytest.raises(UserError, match="no host"):
        named(Denied.HOST, typed)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://example.org/feed", "example.org"),
        ("https://a.b.example.org./feed", "example.org"),
        ("https://notexample.org/feed", None),
        ("https://example.org.evil.test/", None),
        ("https://xn--mnchen-3ya.example/", "xn--mnchen-3ya.example"),
        ("https://münchen.example/", "xn--mnchen-3ya.example"),
    ],
)
def test_a_host_stands_for_what_is_below_it_and_nothing_else(address: str, found: str | None) -> None:
    assert (
        within(AddressPolicy().check_url(address), frozenset({"example.org", named(Denied.HOST, "MÜNCHEN.example")}))
        == found
    )
