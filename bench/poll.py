"""Polling 1,000 feeds from loopback, beside `reader` (10 workers), newsboat and sfeed_update in the same run.

    python -m bench.poll --feeds ../shared/data/feeds [--count 1000] [--without-reader]

Serves the folder's documents under many addresses from a process of their own, polls them all three times (first sight,
nothing changed and answered 304 or 200, then one new item in each), and prints CPU per feed, the event loop's lag, and
memory: for Dateline of the main process and its parsers together.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import multiprocessing
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.machine import keep, quantiles
from bot.feeds.parse_document import _first_item

TICK = 0.005
PEERS = ("reader", "reader that searches", "others")


def serve(folder: str, connection: Any) -> None:
    """Answer every document at /<any>/<name>; 304 where the path begins with /etag and its validator comes back."""
    documents = {path.name: path.read_bytes() for path in sorted(Path(folder).glob("*.xml"))}
    turn, began = 0, datetime.now(UTC)

    async def answer(request: web.Request) -> web.Response:
        body = documents.get(request.match_info["name"])
        if body is None:
            raise web.HTTPNotFound
        headers = {"ETag": f'"{turn}"'} if request.match_info["kind"] == "etag" else {}
        if headers and request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        if turn:
            body = with_new_item(body, f"{request.match_info['number']}-{turn}", began)
        return web.Response(body=body, content_type="application/rss+xml", headers=headers)

    async def go_on(_: web.Request) -> web.Response:
        nonlocal turn
        turn += 1
        return web.Response()

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/turn", go_on)
        app.router.add_get("/{kind}/{number}/{name}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        connection.send((runner.addresses[0][1], sorted(documents)))
        await asyncio.Event().wait()

    asyncio.run(run())


def with_new_item(body: bytes, name: str, now: datetime) -> bytes:
    """A document with one more item where its newest stand; as it is where none is found."""
    found = re.search(rb"<((?:[a-z]+:)?(?:item|entry))[\s>]", body)
    if found is None:
        return body
    tag = found[1].decode()
    if tag.endswith("entry"):
        inside = f'<link href="https://new.example/{name}"/><id>tag:new.example,{name}</id><updated>{now.isoformat()}</updated>'
        inside += "<summary>The ministry said on Tuesday that talks would go on next week.</summary>"
    else:
        inside = f"<link>https://new.example/{name}</link><guid>https://new.example/{name}</guid>"
        inside += f"<pubDate>{format_datetime(now)}</pubDate>"
        inside += "<description>The ministry said on Tuesday that talks would go on next week.</description>"
    item = f"<{tag}><title>Ministers meet again, number {name}</title>{inside}</{tag}>"
    place = found.start() if _first_item(body) == 0 else body.rindex(f"</{tag}>".encode()) + len(tag) + 3
    return body[:place] + item.encode() + body[place:]


def turn(url: str) -> None:
    """Tell the server that every feed has one new item from now on."""
    with urllib.request.urlopen("/".join([*url.split("/")[:3], "turn"])) as answer:
        answer.read()


def cpu(pids: Sequence[int] = ()) -> float:
    """Seconds of CPU this process and some children have used."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / 100
    return total


def memory(pids: Sequence[int] = ()) -> float:
    """Megabytes these processes hold, shared pages counted once (Pss)."""
    total = 0
    for pid in ("self", *pids):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


async def dateline(urls: Sequence[str], database: Path) -> dict[str, Any]:
    """Poll with our own workers, as `dateline poll` does."""
    from bot import log
    from bot.config import Settings
    from bot.house import open_house
    from bot.model import OPERATOR, NewSource, Outlet

    log.configure("warning")
    host = urls[0].split("/")[2]
    settings = Settings(database=str(database), catalogue="none", allow_private=(host,))
    figures: dict[str, Any] = {}
    lags: list[float] = []
    peak = 0.0

    async def watch_lag() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK)
            lags.append((time.perf_counter() - began - TICK) * 1000)

    async with open_house(settings, holder="bench") as house:
        gc.collect()
        gc.freeze()  # as `bot.app` does
        parser = house.ingest.reader._parser
        sources = [NewSource(url=url, outlet=Outlet(name=f"Outlet {n}")) for n, url in enumerate(urls)]
        await house.sources.add_all(OPERATOR, sources, now=house.clock.now())

        async def poller() -> None:
            nonlocal peak
            while await house.ingest.step():
                pass

        for name in ("first", "again", "one new item"):
            if name == "one new item":
                turn(urls[0])
            with sqlite3.connect(database, timeout=10) as db:
                db.execute("UPDATE feed SET due_at = 0")
            db.close()
            lags.clear()
            before, began = cpu(parser.processes), time.perf_counter()
            watch = asyncio.create_task(watch_lag())
            async with asyncio.TaskGroup() as group:
                for _ in range(settings.pollers):
                    group.create_task(poller())
            watch.cancel()
            figures[f"{name}, wall s"] = round(time.perf_counter() - began, 2)
            figures[f"{name}, ms CPU a feed"] = round((cpu(parser.processes) - before) * 1000 / len(urls), 3)
            figures[f"{name}, loop lag ms"] = quantiles(lags)
            peak = max(peak, memory(parser.processes))
        overview = await house.news.overview()
        figures["items"] = overview.items
        figures["failing"] = overview.failing
        figures["memory MB"] = round(peak)
    return figures


def peer(urls: Sequence[str], database: Path, *, searching: bool = False) -> dict[str, Any]:
    """Poll with lemon24/reader; where it is `searching`, with what makes its entries findable by their words."""
    import warnings

    import reader

    warnings.simplefilter("ignore")

    figures: dict[str, Any] = {}
    store = reader.make_reader(str(database))
    if searching:
        store.enable_search()
    for url in urls:
        store.add_feed(url)
    for name in ("first", "again", "one new item"):
        if name == "one new item":
            turn(urls[0])
        before, began = cpu(), time.perf_counter()
        store.update_feeds(workers=10, scheduled=False)
        if searching:
            store.update_search()
        figures[f"{name}, wall s"] = round(time.perf_counter() - began, 2)
        figures[f"{name}, ms CPU a feed"] = round((cpu() - before) * 1000 / len(urls), 3)
    figures["items"] = store.get_entry_counts().total
    figures["memory MB"] = round(memory())
    return figures


def others(urls: Sequence[str], folder: Path) -> dict[str, Any]:
    """Poll three times with newsboat and sfeed_update, where they are installed: their own CPU and their children's."""
    figures: dict[str, Any] = {}
    (folder / "urls").write_text("\n".join(urls) + "\n", encoding="utf-8")
    (folder / "config").write_text("reload-threads 10\n", encoding="utf-8")
    feeds = "\n".join(f"feed 'f{number}' '{url}'" for number, url in enumerate(urls))
    (folder / "sfeedrc").write_text(f"sfeedpath='{folder}/sfeeds'\nfeeds() {{\n{feeds}\n}}\n", encoding="utf-8")
    newsboat = f"newsboat -u {folder}/urls -c {folder}/cache.db -C {folder}/config -x reload".split()
    for who, command in (("newsboat", newsboat), ("sfeed_update", ["sfeed_update", f"{folder}/sfeedrc"])):
        if shutil.which(command[0]) is None:
            continue
        for name in ("first", "again", "one new item"):
            if name == "one new item":
                turn(urls[0])
            before, began = cpu(), time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            figures[f"{who}: {name}, wall s"] = round(time.perf_counter() - began, 2)
            figures[f"{who}: {name}, ms CPU a feed"] = round((cpu() - before) * 1000 / len(urls), 3)
    return figures


def one(who: str, urls_file: Path) -> None:
    """Run one of the two in this process and print its figures."""
    urls = json.loads(urls_file.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "bench.sqlite"
        if who == "others":
            figures = others(urls, Path(folder))
        else:
            searching = who == "reader that searches"
            figures = (
                asyncio.run(dateline(urls, database))
                if who == "dateline"
                else peer(urls, database, searching=searching)
            )
            figures["database MB"] = round(database.stat().st_size / 1e6)
    print(json.dumps(figures))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=Path, help="a folder of feed documents (*.xml)")
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--without-reader", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--urls", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(options.one, options.urls)
        return
    if options.feeds is None:
        parser.error("--feeds FOLDER is needed")
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(str(options.feeds), theirs), daemon=True)
    server.start()
    port, names = ours.recv()
    figures: dict[str, Any] = {"feeds": options.count}
    try:
        with tempfile.TemporaryDirectory() as folder:
            for kind in ("etag", "plain"):
                urls = [f"http://127.0.0.1:{port}/{kind}/{n}/{names[n % len(names)]}" for n in range(options.count)]
                listed = Path(folder) / f"{kind}.json"
                listed.write_text(json.dumps(urls), encoding="utf-8")
                for who in ("dateline",) if options.without_reader else ("dateline", *PEERS):
                    command = [sys.executable, "-m", "bench.poll", "--one", who, "--urls", str(listed)]
                    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
                    label = f"{who}, second poll answered {'304' if kind == 'etag' else '200'}"
                    figures[label] = json.loads(done.stdout.splitlines()[-1])
                    print(label, json.dumps(figures[label], indent=1))
    finally:
        server.terminate()
    keep("poll", figures)


if __name__ == "__main__":
    main()
