"""A rolling upgrade carried out: nine processes of an older version replaced one by one, while news comes and goes.

    python -m bench.rolling OLD

OLD is a commit of this repository that knows roles; its files are laid out in a folder of their own. The database is
made by the old program and its processes started; then the new program's `migrate` is run, and each process is ended
and replaced by a new one, a few seconds apart. Feeds gain items all the while and a reader asks. Told: the schemas
before and after, how late polls came, how many questions went unanswered. It fails where anything is lost or told
twice, or where an old or a new process ends other than it was told to.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.machine import keep
from tests.databases import Postgres, serving
from tests.discord_double import Discord
from tests.discord_double_process import ROOT
from tests.faults.crew import FEEDS, ROLES, Crew
from tests.faults.proxy import Wire
from tests.loopback import Web

APART_S = 5.0


def laid_out(commit: str, folder: Path) -> Path:
    """The files of a commit."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x"], cwd=folder, input=archive, check=True)
    return folder


def migrated(code: Path, url: str) -> str:
    """What `dateline migrate` of a program says."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "migrate"],
        env={"PYTHONPATH": str(code), "DATELINE_DATABASE": url, "PATH": "/usr/bin:/bin"},
        cwd=code,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip().rpartition(": ")[2]


async def upgrade(postgres: Postgres, old: Path, folder: Path) -> dict[str, Any]:
    """The whole of it, in an empty database."""
    url = postgres.create()
    made = migrated(old, url)
    with Wire(postgres) as wire:
        async with Discord() as discord, Web() as web:
            crew = Crew(
                folder=folder,
                random=random.Random(7),
                discord=discord,
                web=web,
                outlets=FEEDS,
                postgres=postgres,
                url=url,
                wire=wire,
                code=old,
            )
            try:
                await crew.begin()
            except AssertionError:
                print(crew.everything_said())
                raise
            world = [asyncio.create_task(each) for each in (crew.turn(), crew.ask())]
            await asyncio.sleep(4 * APART_S)
            grown = await asyncio.to_thread(migrated, ROOT, url)
            await asyncio.sleep(APART_S)
            crew.code = ROOT
            for name in ROLES:
                before = crew.processes[name]
                before.signal(signal.SIGTERM)
                code = await before.ended(40)
                assert code == 0, (name, code, before.output[-2000:])
                crew.outputs.append(before.output)
                await crew.run(name)
                await asyncio.sleep(APART_S)
            await crew.end()
            crew.judge()
            assert not any(task.done() for task in world)
            for task in world:
                task.cancel()
            await crew.rest()
            assert "Traceback" not in crew.everything_said()
            return {
                "schema of the old": made,
                "schema of the new": grown,
                "asked": dict(crew.answers),
                **crew.figures(),
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", help="a commit")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as old, tempfile.TemporaryDirectory() as folder, serving(lax=False) as postgres:
        figures = asyncio.run(upgrade(postgres, laid_out(asked.old, Path(old)), Path(folder)))
    print(figures)
    keep("rolling", figures)


if __name__ == "__main__":
    main()
