"""The demo's own feeds: stories.toml served as RSS on loopback, dated from now; some stories appear as time goes by.

They are read by the real fetcher, like any feed. Never: an address other than loopback.
"""

from __future__ import annotations

import math
import struct
import tomllib
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from importlib.resources import files
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web

from bot.clock import Clock
from bot.model import NewSource, Outlet

WIDTH, HEIGHT = 320, 180
PALETTE = ((31, 78, 121), (122, 62, 101), (45, 106, 79), (148, 87, 40), (72, 61, 139), (120, 40, 50))


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One story of the demo."""

    outlet: str
    title: str
    text: str
    tags: tuple[str, ...]
    at: datetime
    image: str | None
    number: int


class DemoFeeds:
    """The feeds, with the moment that their dates are counted from."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.now()
        document: dict[str, Any] = tomllib.loads((files(__package__) / "stories.toml").read_text(encoding="utf-8"))
        self.outlets: dict[str, Outlet] = {
            each["key"]: Outlet(
                name=each["name"], country=each["country"], language=each["language"], section=each["section"]
            )
            for each in document["outlet"]
        }
        self.stories = tuple(self._story(number, each) for number, each in enumerate(document["story"]))
        self.origin = ""

    def _story(self, number: int, each: dict[str, Any]) -> Story:
        after = timedelta(seconds=each["after"]) if "after" in each else -timedelta(minutes=each["minutes"])
        return Story(
            outlet=each["outlet"],
            title=each["title"],
            text=each["text"],
            tags=tuple(each["tags"]),
            at=self._began + after,
            image=f"/image/{number}.png" if each.get("image") else None,
            number=number,
        )

    @property
    def host(self) -> str:
        """host:port of the server, for the list of private addresses that may be fetched."""
        return self.origin.removeprefix("http://")

    def sources(self) -> tuple[NewSource, ...]:
        """The feeds as sources to be watched."""
        return tuple(NewSource(url=f"{self.origin}/{key}.xml", outlet=outlet) for key, outlet in self.outlets.items())

    def later(self) -> tuple[Story, ...]:
        """Stories still to come, the next one first."""
        now = self._clock.now()
        return tuple(sorted((story for story in self.stories if story.at > now), key=lambda story: story.at))

    def images(self) -> dict[str, tuple[str, bytes]]:
        """Every image by its address, as (file name, bytes)."""
        return {
            f"{self.origin}{story.image}": (f"{story.number}.png", picture(story.number))
            for story in self.stories
            if story.image is not None
        }

    def document(self, key: str) -> str:
        """One outlet's feed as RSS 2.0, newest first."""
        outlet, now = self.outlets[key], self._clock.now()
        shown = sorted((s for s in self.stories if s.outlet == key and s.at <= now), key=lambda s: s.at, reverse=True)
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>'
            f"<title>{escape(outlet.name)}</title><link>{self.origin}/{key}</link>"
            f"<language>{outlet.language}</language>"
            + "".join(self._entry(story) for story in shown)
            + "</channel></rss>\n"
        )

    def _entry(self, story: Story) -> str:
        link = f"{self.origin}/{story.outlet}/{story.number}"
        image = f'<media:content url={quoteattr(self.origin + story.image)} medium="image"/>' if story.image else ""
        return (
            f"<item><title>{escape(story.title)}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{format_datetime(story.at)}</pubDate><description>{escape(story.text)}</description>{image}"
            + "".join(f"<category>{escape(tag)}</category>" for tag in story.tags)
            + "</item>"
        )

    @asynccontextmanager
    async def served(self) -> AsyncIterator[DemoFeeds]:
        """Serve feeds, stories and images on a free port of 127.0.0.1."""
        app = web.Application()
        app.router.add_get("/{key:[a-z]+}.xml", self._feed)
        app.router.add_get("/{key:[a-z]+}/{number:[0-9]+}", self._page)
        app.router.add_get("/image/{number:[0-9]+}.png", self._image)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            host, port = runner.addresses[0][:2]
            self.origin = f"http://{host}:{port}"
            yield self
        finally:
            await runner.cleanup()

    async def _feed(self, request: web.Request) -> web.Response:
        if request.match_info["key"] not in self.outlets:
            raise web.HTTPNotFound
        return web.Response(text=self.document(request.match_info["key"]), content_type="application/rss+xml")

    async def _page(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        if number >= len(self.stories):
            raise web.HTTPNotFound
        story = self.stories[number]
        body = (
            f"<!doctype html><title>{escape(story.title)}</title><h1>{escape(story.title)}</h1><p>{escape(story.text)}"
        )
        return web.Response(text=f"{body}<p><em>An invented story of the Dateline demo.</em>", content_type="text/html")

    async def _image(self, request: web.Request) -> web.Response:
        return web.Response(body=picture(int(request.match_info["number"])), content_type="image/png")


def picture(number: int) -> bytes:
    """A plain landscape as PNG (RFC 2083): a sky that fades to the horizon, two ranges of hills."""
    red, green, blue = PALETTE[number % len(PALETTE)]

    def colour(shade: float) -> bytes:
        return bytes(min(255, int(part * shade)) for part in (red, green, blue))

    hill, range_beyond = colour(0.55), colour(0.8)
    edges = [
        (
            104 + 16 * math.sin(x / 41 + number) + 7 * math.sin(x / 17 + 2 * number),
            142 + 14 * math.sin(x / 63 + 3 * number) + 4 * math.sin(x / 23),
        )
        for x in range(WIDTH)
    ]
    rows = bytearray()
    for y in range(HEIGHT):
        rows.append(0)  # no filter
        sky = colour(1.6 - y / HEIGHT)
        rows += b"".join(hill if y > near else range_beyond if y > far else sky for far, near in edges)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(bytes(rows)))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
