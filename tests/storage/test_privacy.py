"""What is kept of a server or a person, and that all of it can be forgotten, and nothing of others."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import (
    OPERATOR,
    ChannelFlow,
    ChannelId,
    Correction,
    Criteria,
    Denied,
    GuildId,
    ItemId,
    Language,
    OwnTopic,
    Phrase,
    Query,
    TagKind,
    UserId,
)
from storage import rows
from storage.denials import Denials
from storage.dialects import query_files
from storage.driver import Driver
from storage.privacy import OF_PERSON, OF_SERVER, Privacy
from storage.visits import Visits
from tests.storage.test_outbox import HERE, claim, filed, rule
from tests.support import HeldClock, Look, Stores, new_database, source

ELSEWHERE, ADA = GuildId(112), UserId(900_900_900)
NEWS = {
    "feed": "an address that is polled; whose words describe it is the sources' to say",
    "item": "news: which feed's owner saw it first is not given up with it",
    "sighting": "news",
    "tag": "names of topics",
    "item_tag": "news: which items carry a tag, for everybody or in one server",
    "tag_count": "how much news",
    "pair_count": "how much news",
    "item_text": "news",
    "item_term": "news",
    "item_title": "news",
    "revision": "news",
    "item_name": "names in the news",
    "name_day": "names in the news",
    "emerging": "names in the news",
    "story_item": "which news tells of one event",
    "feed_day": "how much a feed brings",
    "subscription": "hubs of feeds",
    "kept_query": "questions without who asked them",
    "rule_gone": "numbers of rules that are gone",
    "seat": "which process is at work",
    "process": "which processes are there, by the names of their machines",
    "meta": "the memory's own notes",
}
"""Tables that are neither a person's nor a server's, and why: nothing of them is exported or forgotten."""
WORK = {
    "alert_rule": {"revision"},
    "delivery": {"lease_token", "lease_until", "grown", "shown", "edit_at", "edit_attempts"},
    "notice": {"lease_token", "lease_until"},
}
"""Columns of the others that only say how far the work is."""
HOLDERS = {"item", "feed", "item_tag", "tag_count", "pair_count"}
"""Where a forgotten server's id may stay: news of its own sources, which nobody sees any more."""


async def lived_in(stores: Stores, driver: Driver, clock: HeldClock) -> None:
    """Two servers and a person, with everything that can be kept of them."""
    own = await rule(stores)
    follow = await stores.alerts.add(
        guild=HERE,
        channel=ChannelId(77),
        query=Query(),
        criteria=Criteria(),
        role=None,
        owner=ADA,
        now=clock.now(),
    )
    other = await stores.alerts.add(
        guild=ELSEWHERE, channel=ChannelId(6), query=Query(), criteria=Criteria(), role=None, now=clock.now()
    )
    await filed(stores, clock, [own, follow, other], "Pact")
    await claim(stores, clock)
    for guild, channel in ((HERE, 5), (HERE, 77), (ELSEWHERE, 6)):
        await stores.digests.set_flow(guild, ChannelId(channel), ChannelFlow(per_hour=3))
    for guild in (HERE, ELSEWHERE):
        await stores.notices.tell_in(guild, ChannelId(9))
        await stores.languages.set_language(guild, Language(locale="de"))
        await stores.sources.add(guild, source(f"own-{guild}"), now=clock.now())
        await stores.own_topics.draft(
            guild,
            OwnTopic(slug="ships", label="Ships", phrases=(Phrase(typed="ship", terms=("ship",)),), excluded=()),
            now=clock.now(),
        )
    await stores.languages.set_language(ADA, Language(locale="fr"))
    await Visits(driver).visit(ADA, "a hash", now=clock.now())
    ((item, _story),) = [each async for each in stores.news.open_stories(clock.now() - timedelta(days=30), 9)]
    for scope in (HERE, ELSEWHERE, OPERATOR):
        fix = Correction(scope=scope, item=ItemId(item.id), kind=TagKind.TOPIC, tag="ships", carried=True)
        await stores.tags.correct(fix, item, author=ADA, now=clock.now())


async def test_a_server_is_forgotten_and_no_other(stores: Stores, driver: Driver, clock: HeldClock, look: Look) -> None:
    await lived_in(stores, driver, clock)
    privacy = Privacy(driver)
    before, others = await privacy.of_server(HERE), await privacy.of_server(ELSEWHERE)
    assert before == {
        "alerts": 1,
        "messages": 1,
        "channels": 1,
        "notices": 1,
        "sources": 1,
        "topics": 1,
        "corrections": 1,
        "language": 1,
        "denial": 0,
    }
    assert await privacy.forget_server(HERE) == before
    assert set((await privacy.of_server(HERE)).values()) == {0}
    assert await privacy.of_server(ELSEWHERE) == others
    assert (await privacy.of_person(ADA))["follows"] == 1, "who follows something there goes on"
    assert look("SELECT count(*) FROM feed WHERE active = 1") == [(2,)], "nobody watches its feed any more"
    assert look(f"SELECT count(*) FROM turn WHERE holder = {HERE}") == [(0,)]


async def test_a_person_is_forgotten_and_what_they_corrected_stays(
    stores: Stores, driver: Driver, clock: HeldClock, look: Look
) -> None:
    await lived_in(stores, driver, clock)
    privacy = Privacy(driver)
    before = await privacy.forget_person(ADA)
    assert before == {"follows": 1, "messages": 1, "visits": 1, "language": 1, "corrections made": 3, "denial": 0}
    assert set((await privacy.of_person(ADA)).values()) == {0}
    assert look("SELECT count(*) FROM correction") == [(3,)]
    assert look("SELECT channel FROM channel_flow ORDER BY channel") == [(5,), (6,)]
    assert (await privacy.of_server(HERE))["alerts"] == 1


async def test_servers_that_the_bot_left_are_noted_until_it_comes_back(
    stores: Stores, driver: Driver, clock: HeldClock
) -> None:
    await lived_in(stores, driver, clock)
    privacy = Privacy(driver)
    began = clock.now()
    await privacy.is_in([HERE], now=began)
    clock.move(timedelta(days=1))
    await privacy.is_in([HERE], now=clock.now())
    await privacy.went(HERE, now=clock.now())
    await privacy.went(HERE, now=clock.now() + timedelta(days=9))
    assert await privacy.left(before=began) == ()
    assert await privacy.left(before=began + timedelta(seconds=1)) == (ELSEWHERE,), "the first time counts"
    assert await privacy.left(before=clock.now() + timedelta(seconds=1)) == (HERE, ELSEWHERE)
    await privacy.came(HERE)
    assert await privacy.left(before=clock.now() + timedelta(seconds=1)) == (ELSEWHERE,)
    await privacy.is_in([HERE, ELSEWHERE, GuildId(113)], now=clock.now())
    assert await privacy.left(before=clock.now() + timedelta(seconds=1)) == ()
    await privacy.is_in([], now=clock.now())
    await privacy.forget_server(HERE)
    assert await privacy.left(before=clock.now() + timedelta(seconds=1)) == (ELSEWHERE,)


def exported() -> dict[str, set[str]]:
    """Which columns of which table the queries of an export give, as they are written."""
    text = "\n".join(query_files("both"))
    found: dict[str, set[str]] = {}
    for name in {*OF_SERVER, *OF_PERSON}:
        (query,) = re.findall(rf"-- name: export_{name}\([^)]*\)\n((?:.+\n)+)", text)
        columns, table = re.search(r"SELECT (.*?)\s+FROM (\w+)", query, re.DOTALL).groups()  # type: ignore[union-attr]
        names = {one.split(" AS ")[0].split(".")[-1].strip() for one in columns.split(",")}
        found[table] = found.get(table, names) & names
    return found


def schema(folder: Path) -> dict[str, set[str]]:
    with closing(sqlite3.connect(new_database(folder))) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}
            for name in names
            if not name.startswith(("sqlite_", "item_text_"))
        }


def test_every_table_is_exported_or_named_as_nobodys(tmp_path: Path) -> None:
    """A table or a column that is added stands in an export, or here with its reason."""
    given, there = exported(), schema(tmp_path)
    assert there.keys() - NEWS.keys() == given.keys(), "export it in storage/sql/both/privacy.sql, or name it in NEWS"
    for table, columns in given.items():
        # What both a server's and a person's export leaves out is somebody else's id, in the server's.
        missing = there[table] - columns - WORK.get(table, set()) - {"owner", "author"}
        assert missing - ({"at"} if table == "turn" else set()) == set(), table


async def test_what_is_taken_away_holds_every_part(stores: Stores, driver: Driver, clock: HeldClock) -> None:
    await lived_in(stores, driver, clock)
    await _more(stores, driver, clock)
    privacy = Privacy(driver)
    server = {name: part async for name, part in privacy.export_server(HERE)}
    assert [name for name in OF_SERVER if not server[name]] == []
    assert str(ADA) not in json.dumps(server), "nobody else's"
    assert [alert["guild"] for alert in server["alerts"]] == [str(HERE)]
    assert server["topics"][0]["phrases"] == [["ship", "ship"]]
    person = {name: part async for name, part in privacy.export_person(ADA)}
    assert [name for name in OF_PERSON if not person[name]] == []
    assert {correction["scope"] for correction in person["corrections_made"]} == {str(HERE), str(ELSEWHERE), "0"}


async def test_long_parts_come_in_pages_that_hold_each_row_once(
    stores: Stores, driver: Driver, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.privacy.PAGE", 2)
    for _ in range(5):
        await rule(stores)
    parts = [part async for name, part in Privacy(driver).export_server(HERE) if name == "alerts"]
    assert [len(part) for part in parts] == [2, 2, 1]
    assert len({row["id"] for part in parts for row in part}) == 5


@pytest.mark.parametrize("whose", ["person", "server"])
async def test_the_id_of_who_is_forgotten_is_nowhere_any_more(
    whose: str, stores: Stores, driver: Driver, clock: HeldClock, look: Look, tmp_path: Path
) -> None:
    await lived_in(stores, driver, clock)
    await _more(stores, driver, clock)
    denials = Denials(driver)
    number: int = ADA if whose == "person" else HERE
    assert _found(look, tmp_path, number), "it was there"
    privacy = Privacy(driver)
    if whose == "server":
        await privacy.forget_person(ADA)  # a follow that was made there names it, and is hers
    await (privacy.forget_person(ADA) if whose == "person" else privacy.forget_server(HERE))
    stays = {"denied", *(HOLDERS if whose == "server" else ())}
    assert _found(look, tmp_path, number) - stays == set()
    await denials.allow(Denied(whose), str(number), now=clock.now())
    assert "denied" not in _found(look, tmp_path, number)


def _found(look: Look, folder: Path, number: int) -> set[str]:
    """The tables that hold a number anywhere."""
    return {
        table
        for table, columns in schema(folder).items()
        if table not in ("item_text", "item_term")  # words
        for column in columns
        if look(f"SELECT 1 FROM {table} WHERE CAST({column} AS TEXT) = '{number}' LIMIT 1")
    }


async def _more(stores: Stores, driver: Driver, clock: HeldClock) -> None:
    """What is kept for a while only: stories that wait, turns, notices, hidden sources, servers that were left."""
    (follow,) = await stores.alerts.of_person(ADA)
    (own,) = await stores.alerts.for_guild(HERE)
    operators = [one for one in await stores.sources.for_guild(HERE) if one.owner == OPERATOR]
    await stores.sources.hide(HERE, operators[0].id, True)
    await Privacy(driver).went(HERE, now=clock.now())
    denials = Denials(driver)
    await denials.deny(Denied.SERVER, str(HERE), now=clock.now())
    await denials.deny(Denied.PERSON, str(ADA), now=clock.now())
    ((item, story),) = [each async for each in stores.news.open_stories(clock.now() - timedelta(days=30), 9)]
    now = rows.milliseconds(clock.now())
    async with driver.write() as db:
        await db.fetch("tell_guild", guild=HERE, channel=1, text="A channel is closed.", now=now)
        await db.fetch("take_turns", holders=rows.listed([HERE, ADA]))
        held = [[rule.id, 500 + rule.id, None, item.id, story, "quiet", now] for rule in (follow, own)]
        await db.fetch("hold_stories", batch=json.dumps(held), now=now)
