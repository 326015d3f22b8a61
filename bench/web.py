"""The web pages at a million stored items, 50 requests in flight, beside a bare aiohttp page: Debian's `wrk` asks.

    python -m bench.web [--items 1000000] [--seconds 10] [--database FILE] [--connections 50]

Builds (or reuses) the database of `bench.news`. The pages are served by a process of their own, on loopback, with the
bot's own services and a clock that stands where the news ends; pages, countries and tags are asked for by Zipf's law.
*cold*: a new process, nothing made yet. *warm*: each page has been asked for before, and is made anew whenever it is
too old, as ever. The floor is the same number of bytes from an aiohttp handler that does nothing else. The lag of the
event loop, on which Discord's side runs too, is that of the warm run. wrk corrects for coordinated omission: an answer
that was late counts for those that were not asked for meanwhile, too.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bench.machine import keep, quantiles
from bench.news import COUNTRIES, NEWEST, TOPICS, Maker, build
from bot.app import pages_of
from bot.clock import SystemClock
from bot.config import Settings
from bot.house import open_house
from bot.web.server import serving

ONCE_MORE = 100
"""Seconds in which every page that is asked for grows too old once (`bot.web.shelf.FRESH`) and is made anew."""
SCRIPT = """
local paths = {}
for path in io.lines("%s") do paths[#paths + 1] = path end
local at = 0
request = function()
  at = at %% #paths + 1
  return wrk.format("GET", paths[at])
end
done = function(summary, latency)
  local errors = summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout
  io.write(string.format('{"p50": %%.3f, "p95": %%.3f, "p99": %%.3f, "max": %%.3f, "a second": %%.0f, "errors": %%d}',
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    summary.requests / summary.duration * 1e6, errors))
end
"""


class NewsClock(SystemClock):
    """A clock that started where the news ends."""

    def __init__(self) -> None:
        self._behind = super().now() - datetime.fromtimestamp(NEWEST + 60, UTC)

    def now(self) -> datetime:
        return super().now() - self._behind


async def serve_pages(database: str) -> None:
    settings = Settings(database=database, catalogue="none", web=True)
    async with open_house(settings, clock=NewsClock(), holder="bench") as house, pages_of(house) as pages:
        gc.collect()
        gc.freeze()  # as the bot does
        async with serving(pages.routes(), host="127.0.0.1", port=0, max_body=0) as port:
            print(port, flush=True)
            await lagging()


async def lagging() -> None:
    """Until SIGTERM, look how late the loop is; at SIGUSR1 forget, at the end print the quantiles."""
    late: list[float] = []
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    loop.add_signal_handler(signal.SIGUSR1, late.clear)
    while not ended.is_set():
        began = loop.time()
        await asyncio.sleep(0.01)
        late.append((loop.time() - began - 0.01) * 1000)
    print(json.dumps(quantiles(late)), flush=True)


async def serve_bare(size: int) -> None:
    body = b"x" * size

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/html")

    async with serving([web.get("/{path:.*}", answer)], host="127.0.0.1", port=0, max_body=0) as port:
        print(port, flush=True)
        await asyncio.sleep(timedelta(hours=1).total_seconds())


class Server:
    """A server in a process of its own."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "bench.web", *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._said = self._process.stdout
        self.port = int(next(line for line in self._said if re.fullmatch(r"\d+\n", line)))

    def forget_lag(self) -> None:
        self._process.send_signal(signal.SIGUSR1)

    def end(self) -> list[str]:
        """What it said last."""
        self._process.terminate()
        last = self._said.read().splitlines()
        self._process.wait()
        return last


def asked(port: int, paths: list[str], seconds: int, connections: int, *headers: str) -> dict[str, Any]:
    """What `wrk` finds: milliseconds, requests a second, and answers that were no success."""
    with tempfile.TemporaryDirectory() as folder:
        script, listed = Path(folder) / "ask.lua", Path(folder) / "paths"
        listed.write_text("\n".join(paths) + "\n", encoding="utf-8")
        script.write_text(SCRIPT % listed, encoding="utf-8")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(script)]
        for header in ("Accept-Encoding: gzip", *headers):
            command += ["-H", header]
        done = subprocess.run([*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(re.search(r"\{\"p50\".*\}", done.stdout)[0])  # type: ignore[index]
    return found


def mixed(questions: int, seed: int) -> list[str]:
    """Pages as people may ask for them: two of three a tag, else a country, now and then the front page."""
    maker = Maker(seed)
    paths = []
    for number in range(questions):
        if number % 20 == 0:
            paths.append("/")
        elif number % 3:
            paths.append(f"/tag/{maker.topic()}")
        else:
            paths.append(f"/country/{maker.known_country().lower()}")
    return paths


async def each_once(port: int, paths: list[str]) -> list[float]:
    """Ask for each page once, one after the other; the milliseconds of each."""
    taken = []
    async with aiohttp.ClientSession() as session:
        for path in dict.fromkeys(paths):
            began = time.perf_counter()
            async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
                assert answer.status == 200, (path, answer.status)
                await answer.read()
            taken.append((time.perf_counter() - began) * 1000)
    return taken


async def fetched(port: int, path: str) -> tuple[int, str]:
    """The bytes of a page as they are sent, and its ETag."""
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return len(await answer.read()), answer.headers["ETag"]


def measure(path: Path, seconds: int, connections: int) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    paths = mixed(20_000, 5)
    pages = ("--serve", "pages", "--database", str(path))

    def ask(paths: list[str], *headers: str, longer: int = 0) -> dict[str, Any]:
        return asked(served.port, paths, max(seconds, longer), connections, *headers)

    served = Server(*pages)
    figures["cold, by Zipf's law"] = ask(paths)
    served.end()
    served = Server(*pages)
    taken = asyncio.run(each_once(served.port, paths))
    figures["cold, one request at a time"] = {**quantiles(taken), "a second": 1000 * len(taken) / sum(taken)}
    served.forget_lag()
    figures["warm, by Zipf's law"] = ask(paths, longer=ONCE_MORE)
    figures["lag of the loop meanwhile"] = json.loads(served.end()[-1])
    served = Server(*pages)
    size, tag = [asyncio.run(fetched(served.port, path)) for path in ("/", "/tag/topic0.atom", "/tag/topic0")][-1]
    figures["one tag"] = ask(["/tag/topic0"])
    figures["front page"] = ask(["/"])
    figures["one tag's Atom feed"] = ask(["/tag/topic0.atom"])
    figures["one tag, unchanged (304)"] = ask(["/tag/topic0"], f"If-None-Match: {tag}")
    served.end()
    served = Server("--serve", "bare", "--size", str(size))
    figures[f"floor: {size:,} bytes, bare aiohttp"] = ask(["/"])
    served.end()
    return {"distinct pages": len(set(paths)), "ms": figures}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--serve", choices=("pages", "bare"), help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve == "pages":
        asyncio.run(serve_pages(str(options.database)))
        return
    if options.serve == "bare":
        asyncio.run(serve_bare(options.size))
        return
    if shutil.which("wrk") is None:
        raise SystemExit("bench.web asks with wrk: install Debian's package of that name")
    with tempfile.TemporaryDirectory() as folder:
        path = options.database or Path(folder) / "bench.sqlite"
        figures: dict[str, Any] = {
            "items": options.items,
            "requests in flight": options.connections,
            "topics": TOPICS,
            "countries": COUNTRIES,
        }
        if not path.exists():
            figures["build seconds"] = round(build(path, options.items), 1)
        figures |= measure(path, options.seconds, options.connections)
    for name, row in figures["ms"].items():
        rate = f"{row['a second']:6,.0f} a second" if "a second" in row else ""
        wrong = f"{row['errors']} errors" if "errors" in row else ""
        print(f"{name:34} p50 {row['p50']:8.2f}  p99 {row['p99']:8.2f}  max {row['max']:8.2f}  {rate}  {wrong}")
    keep("web", figures)


if __name__ == "__main__":
    main()
