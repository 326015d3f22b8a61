"""One watcher beside two, on one PostgreSQL: how many feeds they poll a second.

    python -m bench.watchers [--count 1500] [--runs 3] [--share 0.25]

A simulated web on loopback serves the feeds (`bench.due`: twenty items each); PostgreSQL is the wheel's, as it is
delivered. The watchers are processes of their own (`dateline run --only watch`), each with its parser on one core: the
first on the first core, the second on the second, where in both cases the web and the server run as well. All feeds are
due at one moment, for the first time (everything is parsed, tagged and stored), then again with one new item in fifteen
of a hundred, of which seventy answer 304. Runs of one and of two watchers take turns.

Two whole cores are not enough for two watchers and the database that they write to. With `--share` each watcher, its
parser included, may use only so much of its core (a control group's quota, a hundredth of a second at a time; as root):
as two slower machines beside a database that has what it needs.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import aiohttp

from bench.due import serve
from bench.machine import keep
from bot.clock import SystemClock
from bot.model import OPERATOR, NewSource, Outlet
from storage.opening import open_store
from storage.sources import Sources
from tests.databases import Postgres, serving
from tests.discord_double_process import running

CORES: Final = sorted(os.sched_getaffinity(0))[:2]
CGROUPS: Final = Path("/sys/fs/cgroup")
SLICE_US: Final = 10_000
READY = "SELECT count(*) FROM process"
LEFT = "SELECT count(*) FROM feed WHERE due_at <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint"


@contextlib.contextmanager
def quota(name: str, share: float | None) -> Iterator[Path | None]:
    """The list of processes of a control group that may use a share of one core; None where all of it."""
    if share is None:
        yield None
        return
    first = CGROUPS / "cpu"  # of version 1
    folder = (first if first.exists() else CGROUPS) / f"{name}-{os.getpid()}"
    folder.mkdir()
    try:
        if first.exists():
            (folder / "cpu.cfs_period_us").write_text(str(SLICE_US))
            (folder / "cpu.cfs_quota_us").write_text(str(int(share * SLICE_US)))
        else:
            (folder / "cpu.max").write_text(f"{int(share * SLICE_US)} {SLICE_US}")
        yield folder / "cgroup.procs"
    finally:
        folder.rmdir()


def watcher(url: str, port: int, core: int, folder: Path, group: Path | None) -> subprocess.Popen[bytes]:
    """A process that watches, on one core."""

    def confine() -> None:
        os.sched_setaffinity(0, {core})
        if group is not None:
            group.write_text(str(os.getpid()))

    settings = {
        "ONLY": "watch",
        "DATABASE": url,
        "CATALOGUE": "none",
        "ALLOW_PRIVATE": f"127.0.0.1:{port}",
        "PARSERS": "1",
        "LOG_LEVEL": "warning",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        cwd=folder,
        env={**os.environ, **{f"DATELINE_{name}": value for name, value in settings.items()}},
        preexec_fn=confine,
    )


async def add(url: str, port: int, count: int) -> None:
    """The feeds, none of them due for a day."""
    driver = await open_store(url)
    listed = [NewSource(url=f"http://127.0.0.1:{port}/{n}", outlet=Outlet(name=f"Paper {n}")) for n in range(count)]
    await Sources(driver).add_all(OPERATOR, listed, now=SystemClock().now())
    await driver.close()


def rate(postgres: Postgres, url: str, count: int) -> float:
    """Make all feeds due; how many are polled a second, from when a tenth of them is until nine tenths are.

    A watcher without work looks for some once a second, and one of two ends before the other: that is no rate.
    """
    postgres.run(url, "UPDATE feed SET due_at = (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
    seen: list[tuple[float, int]] = []
    while not seen or seen[-1][1]:
        time.sleep(0.02)
        ((left,),) = postgres.run(url, LEFT)
        seen.append((time.perf_counter(), left))
    began, first = next(each for each in seen if each[1] <= count * 0.9)
    ended, last = next(each for each in seen if each[1] <= count * 0.1)
    return (first - last) / (ended - began)


def used(roots: Sequence[int]) -> float:
    """Processor seconds of some processes and all that they started and still have."""
    stats = {}
    for pid in running():
        with contextlib.suppress(OSError):
            stats[pid] = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    wanted = set(roots)
    while more := {pid for pid, stat in stats.items() if int(stat[1]) in wanted} - wanted:
        wanted |= more
    return sum(sum(map(int, stats[pid][11:15])) for pid in wanted if pid in stats) / os.sysconf("SC_CLK_TCK")


def measure(postgres: Postgres, watchers: int, count: int, share: float | None) -> dict[str, float]:
    """One run: feeds a second of the first polls and of the second ones, and what each program used for a feed."""
    parent, child = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(count, child), daemon=True)
    server.start()
    port = parent.recv()
    with postgres.migrated() as url, tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        asyncio.run(add(url, port, count))
        postgres.run(url, "UPDATE feed SET due_at = 9000000000000")
        groups = [stack.enter_context(quota(f"dateline-{number}", share)) for number in range(watchers)]
        started = [watcher(url, port, core, Path(folder), group) for core, group in zip(CORES, groups, strict=False)]
        try:
            while postgres.run(url, READY) != [(watchers,)]:
                time.sleep(0.1)
            time.sleep(5)  # until they are warm: languages, words
            assert server.pid is not None
            programs = {"watchers": [one.pid for one in started], "database": [postgres.pid], "web": [server.pid]}
            figures = {}
            for what in ("first", "later"):
                before = {name: used(pids) for name, pids in programs.items()}
                figures[what] = rate(postgres, url, count)
                for name, pids in programs.items():
                    figures[f"{what} {name}"] = 1000 * (used(pids) - before[name]) / count
                asyncio.run(turn(port))
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(30)
            server.kill()
    return figures


async def turn(port: int) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/turn") as response:
        response.raise_for_status()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1_500)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--share", type=float, help="Of a core, for each watcher (0 to 1).")
    asked = parser.parse_args()
    results: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    with serving(lax=False) as postgres:
        for _ in range(asked.runs):
            for watchers in (1, 2):
                results[watchers].append(measure(postgres, watchers, asked.count, asked.share))
                print(watchers, results[watchers][-1], flush=True)
    figures: dict[str, Any] = {"feeds": asked.count, "runs": asked.runs, "share of a core": asked.share or 1}
    for what in ("first", "later"):
        one, two = (statistics.median(run[what] for run in results[watchers]) for watchers in (1, 2))
        figures[f"{what} polls a second"] = {
            "one watcher": round(one, 1),
            "two watchers": round(two, 1),
            "ratio": round(two / one, 2),
            "two watchers: processor ms a feed": {
                name: round(statistics.median(run[f"{what} {name}"] for run in results[2]), 1)
                for name in ("watchers", "database", "web")
            },
        }
    print(figures)
    keep("watchers" if asked.share is None else f"watchers-{asked.share}", figures)


if __name__ == "__main__":
    main()
