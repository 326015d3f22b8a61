"""The command line as processes of their own, without a second of imports each: one process imports, and forks.

`Terminal.run` is `dateline ARGS` in a process with its own working folder, environment, standard input and outputs::

    async with Terminal() as terminal:
        ran = await terminal.run("news", "trade", "--json", folder=tmp_path, environment={"DATELINE_CATALOGUE": "none"})
        ... ran.code ... ran.out ... ran.err
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON value that it is."""
        return json.loads(self.out)


def clean(settings: Mapping[str, str]) -> dict[str, str]:
    """An environment with these settings and none of ours from outside."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("DATELINE_")}
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "TERM": "dumb", **settings}


async def python(*arguments: str, cwd: Path, **settings: str) -> Ran:
    """`python ARGUMENTS` from its very start."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=cwd,
        env=clean(settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())


class Terminal:
    """Runs commands one after the other."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._process: asyncio.subprocess.Process | None = None
        self._one = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-W",
            "default",  # what is left open is said on standard error, where tests look
            "-m",
            "tests.terminal",
            cwd=ROOT,
            env=clean({}),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            await self._process.communicate(b"")  # closes its input, which ends it

    async def run(
        self, *arguments: str, folder: Path, given: bytes = b"", environment: Mapping[str, str] = MappingProxyType({})
    ) -> Ran:
        """`dateline ARGUMENTS` in a folder, with these settings, and `given` as standard input."""
        async with self._one:
            process = self._process
            assert process is not None
            assert process.stdin is not None
            assert process.stdout is not None
            number = next(self._numbers)
            paths = {name: folder / f".{number}.{name}" for name in ("given", "out", "err")}
            paths["given"].write_bytes(given)
            asked = {
                "arguments": ["dateline", *arguments],
                "folder": str(folder),
                "environment": clean(environment),
                **{name: str(path) for name, path in paths.items()},
            }
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            code = int(await process.stdout.readline())
            return Ran(code, paths["out"].read_text("utf-8"), paths["err"].read_text("utf-8"))


def _child(asked: dict[str, Any]) -> int:
    from bot.cli import main

    for number, name, flags in (
        (0, "given", os.O_RDONLY),
        (1, "out", os.O_WRONLY | os.O_CREAT),
        (2, "err", os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(asked[name], flags, 0o600), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the process ends with it
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = asked["arguments"]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter would end
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


COMMANDS = ("news", "retag", "run", "sources", "top", "topics", "trends")


def serve() -> None:
    """Answer each line on standard input, a command, with its exit code."""
    for name in COMMANDS:  # before the forks
        import_module(f"bot.cli.{name}")
    from bot.feeds.fetch import _tls
    from bot.news.hashtags import Hashtags
    from bot.news.tagger import Tagger
    from storage.sqlite import queries

    Hashtags.load(), Tagger.load(), queries(), _tls()  # each is kept
    gc.freeze()  # a child's collector would write to all that it shares with this process, and so copy it
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = _child(json.loads(line))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
