"""The demo: the same bot, workers and all, in a simulated Discord with a page, on feeds of its own."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import sandbox
from bot.clock import SystemClock
from bot.config import Settings
from bot.errors import ConfigError
from bot.feeds.parse_document import parse_document
from bot.model import OPERATOR, Document
from bot.sandbox.feeds import DemoFeeds
from tests.discord_double_process import Bot
from tests.support import HeldClock


class HurriedClock(SystemClock):
    """The real time, some of it skipped."""

    skipped = timedelta(0)

    def now(self) -> Any:
        return super().now() + type(self).skipped

    def monotonic(self) -> float:
        return super().monotonic() + type(self).skipped.total_seconds()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> type[HurriedClock]:
    monkeypatch.setattr(HurriedClock, "skipped", timedelta(0))
    monkeypatch.setattr(sandbox, "SystemClock", HurriedClock)
    return HurriedClock


def said(message: Any) -> str:
    """Everything a message shows."""
    return json.dumps([component.to_dict() for component in message.components], ensure_ascii=False)


async def test_the_demo_without_a_network(hurried: type[HurriedClock], tmp_path: Path) -> None:
    settings = Settings(database=str(tmp_path / "mine.sqlite"), parsers=1)
    async with sandbox.opened(settings, offline=True) as demo:
        assert demo.feeds is not None
        async with aiohttp.ClientSession() as session, session.get(demo.url) as page:
            assert page.status == 200
            assert page.content_type == "text/html"
            assert "<html" in await page.text()
        async with aiohttp.ClientSession() as session, session.get(f"{demo.pages}tag/securitycooperation") as page:
            assert page.status == 200
            assert "Japan and the Philippines sign security cooperation pact" in await page.text()

        first = demo.channel.last_message
        shown = said(first)
        assert "## #securitycooperation" in shown
        assert "Japan and the Philippines sign security cooperation pact" in shown
        assert (await demo.house.watch.overview()).failing == 0
        assert {source.owner for source in await demo.house.sources.for_guild(OPERATOR)} == {OPERATOR}

        wire = demo.env.guild.create_text_channel("wire")
        await demo.visitor.slash(demo.channel, "alert add", channel=wire, topic=sandbox.TOPIC, as_outlet=True)
        first = demo.channel.last_message

        (story, *_) = demo.feeds.later()
        hurried.skipped = story.at - SystemClock().now() + timedelta(seconds=1)
        demo.house.signals.wake()
        while demo.channel.last_message.id == first.id:  # the test's own time limit ends it
            await demo.house.signals.rest(timedelta(milliseconds=50))
        alert = said(demo.channel.last_message)
        assert story.title in alert
        assert "securitycooperation" in alert
        while wire.last_message is None:
            await demo.house.signals.rest(timedelta(milliseconds=50))
        assert wire.last_message.author.name in {source.outlet.name for source in demo.feeds.sources()}
    assert not os.listdir(tmp_path), "the demo leaves the operator's database alone"


async def test_a_port_that_is_taken_is_named_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"--port: 127\.0\.0\.1:{port} cannot be had .*choose another port"):
            async with sandbox.opened(Settings(parsers=1), port=port, offline=True):
                pass


@pytest.mark.slow
async def test_a_demo_that_is_told_to_end_leaves_no_memory_behind(tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    demo = Bot(tmp_path, None, "demo", "--offline")
    demo.environment["TMPDIR"] = str(folder)
    async with demo:
        async with asyncio.timeout(40):
            while "The same memory as web pages" not in demo.output:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.1)
        assert len(os.listdir(folder)) == 1
        assert await demo.stopped() == 0
    assert os.listdir(folder) == []
    assert "Traceback" not in demo.output


def test_every_story_of_the_demo_is_read_as_it_was_written(clock: HeldClock) -> None:
    feeds = DemoFeeds(clock)
    feeds.origin = "http://127.0.0.1:8000"
    allowed = frozenset({("127.0.0.1", 8000)})
    assert feeds.later()
    clock.move(timedelta(hours=1))
    assert not feeds.later()
    found = {}
    for source in feeds.sources():
        key = source.url.rpartition("/")[2].removesuffix(".xml")
        document = parse_document(
            feeds.document(key).encode(), url=source.url, content_type="text/xml", allow_private_links=allowed
        )
        assert isinstance(document, Document)
        assert document.note is None
        assert document.title == source.outlet.name
        found.update({entry.title: entry for entry in document.entries})
    assert set(found) == {story.title for story in feeds.stories}
    for story in feeds.stories:
        entry = found[story.title]
        assert entry.published_at == story.at.replace(microsecond=0)
        assert (entry.image or "").endswith(story.image or "")
        assert entry.url == f"{feeds.origin}/{story.outlet}/{story.number}"


@pytest.mark.slow
async def test_the_demos_pages_and_pictures_are_there(clock: HeldClock) -> None:
    async with DemoFeeds(clock).served() as feeds, aiohttp.ClientSession() as session:
        for path, status, kind in (
            ("/harbour.xml", 200, "application/rss+xml"),
            ("/harbour/0", 200, "text/html"),
            ("/image/0.png", 200, "image/png"),
            ("/nobody.xml", 404, None),
            ("/harbour/9999", 404, None),
        ):
            async with session.get(feeds.origin + path) as answer:
                assert answer.status == status, path
                assert kind is None or answer.content_type == kind
        for name, picture in feeds.images().values():
            assert name.endswith(".png")
            assert picture.startswith(b"\x89PNG\r\n\x1a\n")
