"""10,000 sources that fall due within five minutes, on one processor; and what hostile feeds do to others.

    python -m bench.due [--count 10000] [--seconds 300]

A simulated web on loopback, in a process of its own, serves the sources under 2,000 names (a resolver of our own): of a
hundred feeds, seventy answer 304, fifteen 200 with what they said before, and fifteen 200 with one new item of twenty.
After a first poll all are made due at random moments of the given time, and the bot's own loops (pollers, desk, trends)
run, with its parsers, on one processor. Measured: how long after its due time each poll was stored; the event loop's
lag; memory of all processes; CPU.

Then feeds of the catalogue's rows F30 to F36, one after the other, are due amid fifty others each second that all have
something new: how late those are, beside a run without a hostile feed.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bench.machine import keep, quantiles
from bench.poll import TICK, cpu, memory

HOSTS: Final = 2_000
ITEMS: Final = 20
OTHERS, WINDOW = 50, 12
"""Other feeds that fall due in each second beside a hostile one, and for how many seconds."""
WORDS: Final = (
    "the of and to in a for on with said talks ministers agreed trade security cooperation Japan France Brazil Kenya "
    "budget court ruled police election parliament voted storm coast hospital school workers strike oil prices bank "
    "rates company shares minister visit border army aid farmers harvest rain energy plant climate science team match"
)


class Everywhere(AbstractResolver):
    """Every name is this machine."""

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None: ...


def document(number: int, turn: int, began: datetime) -> bytes:
    """Feed `number`: twenty items, and `turn` newer ones."""
    dice, words = random.Random(number), WORDS.split()
    items = []
    for item in range(ITEMS + turn):
        said = " ".join(dice.choices(words, k=40))
        when = began - timedelta(hours=ITEMS - item) if item < ITEMS else began + timedelta(seconds=item - ITEMS)
        items.append(
            f"<item><title>{number}-{item} {' '.join(dice.choices(words, k=8))}</title>"
            f"<link>https://paper{number}.example/{item}</link><guid>https://paper{number}.example/{item}</guid>"
            f"<pubDate>{format_datetime(when)}</pubDate><description>{said}.</description></item>"
        )
    head = f"<title>Paper {number}</title><language>en</language>"
    return f"<rss version='2.0'><channel>{head}{''.join(reversed(items))}</channel></rss>".encode()


def hostile() -> dict[str, bytes]:
    """The documents of the catalogue's rows, each as the row describes it."""

    def feed(item: str) -> bytes:
        return f"<rss version='2.0'><channel><title>X</title><item>{item}</item></channel></rss>".encode()

    names = " ".join(f'xmlns:n{number}="http://x.example/{number}"' for number in range(10_000))
    return {
        "F30": b"<!DOCTYPE x ["
        + b"\n<!ENTITY " * 10_000
        + b"]><rss><channel><item><title>A</title></item></channel></rss>",
        "F31": feed("<title>A &nope;</title><author>" + "a" * 300_000 + "@a.a.a.a.a</author>"),
        "F32": feed("<title>A</title>").replace(b"<rss ", f"<rss {names} ".encode()),
        "F34": feed(f'<title>A</title><enclosure url="{"x" * 8_000_000}"/>'),
        "F35": feed("<title>A</title><description>" + "<div>" * 100_000 + "</div>" * 100_000 + "</description>"),
        "F36": feed("<title>A</title><description>" + "&lt;a " * 100_000 + "</description>"),
        # ill-formed, so that feedparser's loose parser reads it without our limits, until its process is killed
        "F31, until it is killed": feed(f"<title>A</title><author>{'a' * 60_000}@{'a.' * 20_000}</author><p>"),
    }


def serve(count: int, connection: Any) -> None:
    """Answer /<number> as the paper of that number, /hostile/<row> with its document."""
    turn, began = 0, datetime.now(UTC)
    bodies = [document(number, 0, began) for number in range(count)]
    bad = list(hostile().values())

    async def answer(request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        headers = {"ETag": f'"{number}"'} if number % 100 < 70 else {}
        if headers and request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        fresh = turn and number % 100 >= 85
        body = document(number, turn, began) if fresh or number >= count else bodies[number]
        return web.Response(body=body, content_type="application/rss+xml", headers=headers)

    async def answer_badly(request: web.Request) -> web.Response:
        return web.Response(body=bad[int(request.match_info["row"])], content_type="application/rss+xml")

    async def go_on(_: web.Request) -> web.Response:
        nonlocal turn
        turn += 1
        return web.Response()

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/turn", go_on)
        app.router.add_get("/hostile/{row}", answer_badly)
        app.router.add_get("/{number}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        connection.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


class Watch:
    """One run of the bot's loops: when each feed was due, and when its poll was stored."""

    def __init__(self) -> None:
        self.due: dict[str, float] = {}
        self.late: dict[str, float] = {}
        self.problems: dict[str, str | None] = {}

    def report(self, report: Any) -> None:
        """Note a feed's first poll of the run."""
        url = report.feed.url
        if url in self.due and url not in self.late:
            self.late[url] = time.time() - self.due[url]
            self.problems[url] = report.problem

    def make_due(self, database: Path, due: dict[str, float]) -> None:
        """Set when feeds are due; the others are not for a day."""
        self.due, self.late, self.problems = due, {}, {}
        with sqlite3.connect(database, timeout=30) as db:
            db.execute("UPDATE feed SET due_at = ?", (int((time.time() + 86_400) * 1000),))
            db.executemany(
                "UPDATE feed SET due_at = ? WHERE url = ?", [(int(at * 1000), url) for url, at in due.items()]
            )
        db.close()


async def run(port: int, count: int, seconds: int, database: Path) -> dict[str, Any]:
    """Both measurements, in this process."""
    from bot import house as opening, log
    from bot.config import Settings
    from bot.model import OPERATOR, NewSource, Outlet

    log.configure("error")
    names = [f"host{number}.example:{port}" for number in range(HOSTS)]
    bad = [f"http://bad{number}.example:{port}/hostile/{number}" for number in range(len(hostile()))]
    beside = [f"http://beside{n}.example:{port}/{1_000_000 + 100 * n + 90}" for n in range(OTHERS * WINDOW)]
    allowed = (*names, *(url.split("/")[2] for url in (*bad, *beside)))
    settings = Settings(database=str(database), catalogue="none", allow_private=allowed)
    urls = [f"http://{names[number % HOSTS]}/{number}" for number in range(count)]
    opening.make_session = partial(opening.make_session, resolver=Everywhere())  # type: ignore[attr-defined] # replaced for this process
    watch = Watch()
    figures: dict[str, Any] = {}
    async with opening.open_house(settings, holder="bench", on_report=watch.report) as house:
        hosts, parser = house.fetcher._hosts, house.ingest.reader._parser
        listed = [NewSource(url=url, outlet=Outlet(name=url)) for url in (*urls, *beside, *bad)]
        await house.sources.add_all(OPERATOR, listed, now=house.clock.now())
        with sqlite3.connect(database, timeout=30) as db:
            db.execute("UPDATE feed SET due_at = ? WHERE url LIKE '%/hostile/%'", (int((time.time() + 86_400) * 1000),))
        db.close()

        async def poller() -> None:
            while await house.ingest.step():
                pass

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(settings.pollers):
                group.create_task(poller())
        figures["first poll, s"] = round(time.perf_counter() - began, 1)
        hosts.unpaced = lambda _: False
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        for pid in parser.processes:
            os.sched_setaffinity(pid, os.sched_getaffinity(0))
        gc.collect()
        gc.freeze()  # as `dateline run` does
        await turn(port)
        dice = random.Random(1)
        now = time.time() + 2
        watch.make_due(database, {url: now + dice.uniform(0, seconds) for url in urls})
        figures[f"{count} due within {seconds} s"] = await measured(house, watch, seconds + 60)
        for name, url in [("no hostile feed", None), *zip(hostile(), bad, strict=True)]:
            await turn(port)
            now = time.time() + 1
            due = {each: now + dice.uniform(0, WINDOW) for each in beside}
            if url is not None:
                due[url] = now + 1
            watch.make_due(database, due)
            found = await measured(house, watch, WINDOW + 30)
            if url is not None:
                found["it took s"] = round(watch.late[url], 1)
                found["told"] = watch.problems[url]
            figures[f"beside {name}"] = found
            print(name, found, file=sys.stderr)
    return figures


async def turn(port: int) -> None:
    """Tell the server that feeds have one new item more from now on."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /turn HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def measured(house: Any, watch: Watch, most: float) -> dict[str, Any]:
    """Run the bot's loops until every feed that is due was polled, at most so many seconds."""
    from bot.crew import watching_loops

    house.signals.stopping.clear()
    parser = house.ingest.reader._parser
    lags: list[float] = []
    peak = 0.0

    async def look() -> None:
        nonlocal peak
        at = 0.0
        while not house.signals.stopping.is_set():
            began = time.perf_counter()
            await asyncio.sleep(TICK)
            lags.append((time.perf_counter() - began - TICK) * 1000)
            if began > at + 5:
                at = began
                peak = max(peak, await asyncio.to_thread(memory, parser.processes))
            if len(watch.late) == len(watch.due) or began > end:
                house.signals.stop()

    before, began = cpu(parser.processes), time.perf_counter()
    end = began + most
    async with asyncio.TaskGroup() as group:
        for loop in watching_loops(house):
            group.create_task(loop)
        group.create_task(look())
    took = time.perf_counter() - began
    bad = [url for url in watch.late if "/hostile/" in url]
    return {
        "not polled": len(watch.due) - len(watch.late),
        "failed": sum(problem is not None for url, problem in watch.problems.items() if url not in bad),
        "late s": quantiles([late for url, late in watch.late.items() if url not in bad]),
        "loop lag ms": quantiles(lags),
        "memory MB": round(peak),
        "share of a processor": round((cpu(parser.processes) - before) / took, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.port:
        with tempfile.TemporaryDirectory() as folder:
            figures = asyncio.run(run(options.port, options.count, options.seconds, Path(folder) / "bench.sqlite"))
        print(json.dumps(figures))
        return
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(options.count, theirs), daemon=True)
    server.start()
    os.sched_setaffinity(server.pid or 0, {min(os.sched_getaffinity(0))})
    try:
        command = [sys.executable, "-m", "bench.due", "--count", str(options.count), "--seconds", str(options.seconds)]
        command += ["--port", str(ours.recv())]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    finally:
        server.terminate()
    figures = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(figures, indent=1))
    keep("due", figures)


if __name__ == "__main__":
    main()
