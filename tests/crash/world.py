"""The world of the crash tests: feeds that gain items, a Discord that fails at random, and the bot between them.

Feeds and Discord live in the test's process and remember everything; the bot is a process that is killed. Time is only
hurried where waiting proves nothing: a feed's next poll and a delivery's backoff are made due at once. Never: a fault
that Discord, the web or a power cut could not produce.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
from aiohttp.web import Request, Response, StreamResponse

from tests.discord_double import Channel, Discord, Fault, banned, rate_limited, unavailable
from tests.discord_double_process import Bot, look, rss
from tests.loopback import Web

UNAVAILABLE: tuple[type[Exception], ...] = (
    sqlite3.OperationalError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)
SITE = "https://news.example"
OUTLETS = {"alpha-world": "Alpha", "alpha-top": "Alpha", "beta": "Beta", "gamma": "Gamma"}
"""Feeds and whose they are: two of one outlet, which share some of their items."""
HURRY = 0.2
SURE = 6.0
"""Seconds after which a life ends in any case."""
FILTERS: dict[str, dict[str, Any]] = {
    "all": {},
    "beta": {"outlet": "Beta"},
    "harvest": {"words": "harvest"},
    "forum": {"words": "minister"},
    "wire": {"words": "storm", "as_outlet": True},
}
"""Channels and what is told there: a forum's posts and a webhook's messages, too, which carry no nonce."""
SENDS = ("post", "thread", "followup")
LOOKS = ("history", "active", "message", "hooks")
MOMENTS = ("start", "any", "feed", "before", "stored", "answered")


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One article that was published."""

    event: int
    """What it tells of: several outlets may."""
    title: str
    path: str
    at: int
    feeds: tuple[str, ...]
    outlet: str


@dataclass(kw_only=True)
class World:
    """Everything around the bot."""

    folder: Path
    random: random.Random
    discord: Discord
    web: Web
    published: list[News] = field(default_factory=list)
    old: list[News] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    bot: Bot | None = None
    channels: dict[str, Channel] = field(default_factory=dict)
    harm: bool = False
    outlets: Mapping[str, str] = field(default_factory=lambda: OUTLETS)
    _fatal: str | None = None

    def __post_init__(self) -> None:
        for name in FILTERS:
            self.channels[name] = self.discord.forum(name) if name == "forum" else self.discord.channel(name)
        for feed in self.outlets:
            self.web.answer(f"/{feed}.xml", self._feed(feed))
        self.discord.chaos = self._chaos
        entries = (
            f'[[source]]\noutlet = "{outlet}"\nurl = "{self.web.url(f"/{feed}.xml")}"\nlanguage = "en"\n'
            for feed, outlet in self.outlets.items()
        )
        (self.folder / "catalogue.toml").write_text("\n".join(entries))

    # --- what happens around the bot

    def publish(self, number: int = 1, *, age: int = 0) -> None:
        """New articles, some of them in both feeds of one outlet, some on what another outlet told before."""
        for _ in range(number):
            feed = self.random.choice(list(self.outlets))
            both = feed.startswith("alpha") and self.random.random() < 0.4
            serial = len(self.old) + len(self.published)
            event = serial
            if not age and self.random.random() < 0.3:
                event = self._told_elsewhere(self.outlets[feed], serial)
            article = News(
                event=event,
                title=headline(event, again=event != serial),
                path=f"/{self.outlets[feed].lower()}/{serial:04}",
                at=int(time.time()) - age,
                feeds=("alpha-world", "alpha-top") if both else (feed,),
                outlet=self.outlets[feed],
            )
            (self.old if age else self.published).append(article)

    def _told_elsewhere(self, outlet: str, serial: int) -> int:
        """A recent event of which this outlet told nothing; a new one where there is none."""
        told = {each.event for each in self.published if each.outlet == outlet}
        others = [each.event for each in self.published[-12:] if each.event not in told]
        return self.random.choice(others) if others else serial

    def _feed(self, name: str) -> Callable[[Request], Awaitable[StreamResponse]]:
        async def answer(request: Request) -> StreamResponse:
            if self._fatal == "feed":
                self._fatal = None
                self._kill_soon("feed", 0.08)
            if self.harm and self.random.random() < 0.05:
                self.faults["feed 503"] += 1
                return Response(status=503)
            items = [(each.title, each.path, each.at) for each in self.old + self.published if name in each.feeds]
            body = rss(name, items[::-1], SITE).encode()
            tag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
            if request.headers.get("If-None-Match") == tag:
                return Response(status=304, headers={"ETag": tag})
            return Response(body=body, content_type="application/rss+xml", headers={"ETag": tag})

        return answer

    def _chaos(self, route: str, _match: Mapping[str, str]) -> Fault | None:
        """What befalls a request to Discord."""
        if route in SENDS and self._fatal in ("before", "stored", "answered") and self.random.random() < 0.5:
            moment, self._fatal = self._fatal, None
            if moment == "answered":
                return Fault(act=lambda: self._kill_soon(moment, 0.01))
            return Fault(effect=moment == "stored", hang_up=True, act=lambda: self._kill(moment))
        if not self.harm or route not in (*SENDS, *LOOKS, "amend", "edit"):
            return None
        posting = route not in LOOKS
        kinds: dict[str, tuple[float, Fault]] = {
            "503": (0.06, unavailable()),
            "503 stored": (0.05, unavailable(effect=posting)),
            "hung up": (0.05, Fault(hang_up=True)),
            "answer lost": (0.06, Fault(hang_up=True, effect=posting)),
            "reset": (0.03, Fault(reset=True)),
            "answer lost by reset": (0.03, Fault(reset=True, effect=posting)),
            "429": (0.08, rate_limited(0.1)),
            "429 of Cloudflare": (0.02, banned()),
            "502 stored": (0.01, Fault(status=502, effect=posting)),
        }
        drawn = self.random.random()
        for name, (chance, fault) in kinds.items():
            drawn -= chance
            if drawn < 0:
                self.faults[f"{route} {name}"] += 1
                return fault
        return None

    def _kill(self, moment: str) -> None:
        if self.bot is not None and self.bot.running:
            self.kills[moment] += 1
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.bot.pid, signal.SIGKILL)

    def _kill_soon(self, moment: str, within: float) -> None:
        asyncio.get_running_loop().call_later(self.random.uniform(0, within), self._kill, moment)

    def hurry(self) -> None:
        """Make every feed and every waiting delivery due now."""
        with contextlib.suppress(*UNAVAILABLE):  # not made yet, or just written
            self.hurry_feeds()
            self.look("UPDATE delivery SET due_at = 0 WHERE state = 'pending'")
            self.look("UPDATE delivery SET edit_at = 0 WHERE edit_at IS NOT NULL")

    def hurry_feeds(self) -> None:
        self.look("UPDATE feed SET due_at = 0")

    async def turn(self) -> None:
        """Let the world go on, until cancelled: articles appear, waits end."""
        while True:
            await asyncio.sleep(self.random.uniform(0.5, 1.5) * HURRY)
            if self.harm and self.random.random() < 0.4:
                self.publish(self.random.choice((1, 1, 2)))
            self.hurry()

    # --- the bot's lives

    def look(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Look into the memory, or change it, past the bot."""
        return look(self.folder / "news.sqlite", statement, parameters)

    def start(self) -> Bot:
        settings = {"catalogue": str(self.folder / "catalogue.toml"), "allow_private": self.web.allowed}
        self.bot = Bot(self.folder, self.discord, **settings)
        return self.bot

    async def begin(self) -> None:
        """A first, quiet life: the memory is filled silently, and the alerts are set."""
        self.publish(8, age=3600)
        async with self.start() as bot:
            await self.discord.connected()
            wanted = len(self.outlets)
            await self.discord.until(
                lambda: self.look("SELECT count(*) FROM feed WHERE first_success_at > 0") == [(wanted,)]
            )
            await self.set_alerts()
            assert await bot.stopped() == 0

    async def set_alerts(self) -> None:
        """By commands, as a moderator would."""
        role = self.discord.role()
        for name, options in FILTERS.items():
            channel = self.channels[name].id
            answer = await self.discord.interact("alert add", channel=channel, role=role, **options)
            assert "Alert set" in answer.text, answer.text

    async def live_and_die(self, moment: str) -> None:
        """One life of the bot, ended at some moment of its work."""
        async with self.start() as bot:
            if moment == "start":
                await asyncio.sleep(self.random.uniform(0.2, 1.4))
                self._kill(moment)
            else:
                await self.discord.until(lambda: self.discord.sockets.live() or not bot.running, what="a session")
                if moment == "any":
                    await asyncio.sleep(self.random.uniform(0, 1.0))
                    self._kill(moment)
                else:
                    self._fatal = moment
            try:
                await bot.ended(SURE)
            except TimeoutError:
                self._kill("in the end")
            self._fatal = None
            assert await bot.ended() == -signal.SIGKILL, bot.output
            await self.discord.until(lambda: not self.discord.sockets.live(), what="the session's end")

    def sleep_through(self, span: timedelta) -> None:
        """The machine was off for so long: everything that is remembered is that much older."""
        by = int(span.total_seconds() * 1000)
        self.look(
            "UPDATE delivery SET doubt_since = doubt_since - :by, lease_until = lease_until - :by, "
            "created_at = created_at - :by, due_at = due_at - :by, message_id = message_id - (:by << 22), "
            "channel = CASE WHEN kind = 'reply' THEN channel - (:by << 22) ELSE channel END",
            {"by": by},
        )
        self.look("UPDATE held SET due_at = due_at - :by, created_at = created_at - :by", {"by": by})
        self.look("UPDATE seat SET lease_until = lease_until - :by", {"by": by})
        self.look("UPDATE feed SET lease_until = lease_until - :by", {"by": by})
        self.discord.age(span)

    async def end(self) -> None:
        """A last, quiet life, until all is told."""
        self.harm = False
        async with self.start() as bot:
            await self.all_told()
            assert await bot.stopped() == 0
            assert "Traceback" not in bot.output

    async def all_told(self, seconds: float = 60) -> None:
        """Return when everything is stored, filed, and told."""
        articles = len(self.old) + len(self.published)
        await self.discord.until(
            lambda: self._one("SELECT count(*) FROM item") == articles, seconds=seconds, what="every article stored"
        )
        await self.discord.until(
            lambda: self._one("SELECT count(*) FROM item WHERE state = 0") == 0,
            seconds=seconds,
            what="every item filed",
        )
        waiting = "SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending')"
        held = "SELECT count(*) FROM held WHERE digest_id IS NULL"
        await self.discord.until(lambda: self._one(held) == 0, seconds=seconds, what="every held story in a digest")
        stale = "SELECT count(*) FROM delivery WHERE edit_at IS NOT NULL"
        # In this order, and once more: an edit that is done puts a forum's replies into the outbox.
        for each, what in (
            (waiting, "an empty outbox"),
            (stale, "every card up to date"),
            (waiting, "every reply"),
        ):
            await self.discord.until(lambda each=each: self._one(each) == 0, seconds=seconds, what=what)  # type: ignore[misc]

    def _one(self, statement: str) -> int:
        with contextlib.suppress(*UNAVAILABLE):
            return int(self.look(statement)[0][0])
        return -1

    # --- what must hold

    def judge(self) -> None:
        """Every article stored once and in a story, every alert posted once and in order, the database sound."""
        self.judge_database()
        articles = self.old + self.published
        stored = Counter(url for (url,) in self.look("SELECT url FROM item"))
        assert stored == Counter(SITE + each.path for each in articles)
        seen = self.look("SELECT count(*) FROM sighting")
        assert seen == [(sum(len(each.feeds) for each in articles),)]
        placed = self.look("SELECT m.url, s.story_id FROM story_item AS s JOIN item AS m ON m.id = s.item_id")
        stories = {url.removeprefix(SITE): story for url, story in placed}
        assert sorted(stories) == sorted(each.path for each in articles)
        for name, channel in self.channels.items():
            self._judge(name, channel, stories)
        self._judge_replies(stories)

    def judge_database(self) -> None:
        """The file is sound."""
        assert self.look("PRAGMA integrity_check") == [("ok",)]
        assert self.look("PRAGMA foreign_key_check") == []

    def _judge(self, name: str, channel: Channel, stories: Mapping[str, int]) -> None:
        """Each story once: on a card of its own, or in one digest; each card as its story is."""
        expected = {stories[each.path] for each in self.published if concerns(name, each)}
        places = self.discord.threads(channel) if name == "forum" else [channel]
        posted = sorted((self.discord.posted(place)[0] for place in places), key=lambda each: each.id)
        if name != "forum":
            posted = sorted(self.discord.posted(channel), key=lambda each: each.id)
        filed = self.look(
            "SELECT d.id, d.state, d.kind, d.story_id, d.grown, d.shown, m.title FROM delivery AS d "
            "JOIN item AS m ON m.id = d.item_id WHERE d.channel = :channel ORDER BY d.id",
            {"channel": channel.id},
        )
        digests = self.look(
            "SELECT digest_id, story_id FROM held WHERE channel = :channel",
            {"channel": channel.id},
        )
        assert {state for _, state, *_ in filed} <= {"sent"}, name
        assert [each.number for each in posted] == [number for number, *_ in filed], name
        on_cards = [story for _, _, kind, story, *_ in filed if kind == "story"]
        in_digests = [story for digest, story in digests if digest in {number for number, *_ in filed}]
        assert Counter((*on_cards, *in_digests)) == Counter(expected), name
        outlets: dict[int, set[str]] = {}
        for each in self.published:
            outlets.setdefault(stories[each.path], set()).add(each.outlet)
        for message, (_, _, kind, story, grown, shown, title) in zip(posted, filed, strict=True):
            assert grown == shown, name
            if kind == "story":
                assert title in message.text, name
                assert ("also in" in message.text) == (len(outlets[story]) > 1), (name, title)

    def _judge_replies(self, stories: Mapping[str, int]) -> None:
        """Below each post the other outlets' reports of its story, once each."""
        told: dict[int, dict[str, str]] = {}
        for each in self.published:
            told.setdefault(stories[each.path], {}).setdefault(each.outlet, each.title)
        posts = self.look(
            "SELECT d.message_id, d.story_id, m.outlet FROM delivery AS d JOIN item AS m ON m.id = d.item_id "
            "WHERE d.channel = :channel AND d.kind = 'story'",
            {"channel": self.channels["forum"].id},
        )
        for post, story, outlet in posts:
            first, *replies = self.discord.posted(self.discord.channels[post])
            assert first.number is not None
            wanted = [title for other, title in told[story].items() if other != outlet]
            said = [title for title in wanted if any(title in reply.text for reply in replies)]
            assert (sorted(said), len(replies)) == (sorted(wanted), len(wanted)), (
                story,
                outlet,
                told[story],
                [reply.text for reply in replies],
            )

    def figures(self) -> dict[str, int]:
        posts = sum(self.discord.count(route) for route in SENDS)
        alerts = sum(len(self.discord.posted(place)) for place in self.discord.channels.values())
        return {
            "kills": self.kills.total(),
            "articles": len(self.old) + len(self.published),
            "alerts": alerts,
            "posts": posts,
            "faults": self.faults.total(),
            "looked up in the history": self.discord.count("history"),
            "looked up in the forum": self.discord.count("active"),
            "edits": self.discord.count("amend") + self.discord.count("edit"),
            "replies": self._one("SELECT count(*) FROM delivery WHERE kind = 'reply'"),
            "digests": self._one("SELECT count(*) FROM delivery WHERE kind = 'digest'"),
            "stories": self._one("SELECT count(DISTINCT story_id) FROM story_item"),
        }


def headline(event: int, *, again: bool) -> str:
    """What an event is told by: names that no other has; another outlet's words for it where `again`."""
    dice = random.Random(event)  # noqa: S311
    names = ["".join(dice.choice("bdfgklmnprstvz") + dice.choice("aeiou") for _ in range(4)).title() for _ in range(4)]
    subject = ("harvest", "minister", "storm")[event % 3]
    if again:
        return f"{names[2]} and {names[0]}: {names[1]} near {names[3]}, the {subject}"
    return f"{names[0]} {names[1]} meets {names[2]} in {names[3]} on the {subject}"


def concerns(channel: str, article: News) -> bool:
    """Whether a channel's alert is about an article."""
    words = FILTERS[channel].get("words")
    return channel == "all" or article.outlet.lower() == channel or f"the {words}" in article.title
