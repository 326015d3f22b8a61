"""Draws pictures beside the event loop, in one process that is started when it is needed and ended when it is not.

A picture is kept for a while: whoever asks the same gets it, and who asks while it is drawn waits for that. Never:
matplotlib in this process, or more than one picture at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections import OrderedDict
from importlib.util import find_spec
from pathlib import Path

from bot.errors import BotError
from bot.log import get_logger
from bot.pictures.subjects import Subject, dumped
from bot.pictures.worker import LENGTH

log = get_logger(__name__)

DEADLINE, START = 8.0, 30.0
"""Seconds for one picture, and for the process to come up."""
REST = 300.0
"""Seconds without a picture until the process is ended: it holds 100 MB."""
KEPT, SIZE = 200, 32 * 1024 * 1024
"""Pictures, and their bytes, that are kept at most."""
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "VIRTUAL_ENV")
_ROOT = str(Path(__file__).parents[2])


class NotDrawn(BotError):
    """There is no picture: the library is not installed, or drawing went wrong."""


class Studio:
    """Draws; `close` ends the process."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._size = 0
        self._drawing: dict[bytes, asyncio.Task[bytes]] = {}
        self._resting: asyncio.TimerHandle | None = None
        self._closed = False
        self._told = False

    @property
    def is_equipped(self) -> bool:
        """Whether pictures can be drawn: the extra `charts` is installed."""
        return find_spec("matplotlib") is not None

    async def draw(self, subject: Subject) -> bytes:
        """A picture as PNG. Raises `NotDrawn`."""
        if not self.is_equipped:
            if not self._told:
                self._told = True
                log.warning("no charts: install Dateline with the extra `charts`, as in pip install 'dateline[charts]'")
            raise NotDrawn("charts are not installed")
        text = dumped(subject)
        kept = self._kept.get(text)
        if kept is not None:
            self._kept.move_to_end(text)
            return kept
        task = self._drawing.get(text)
        if task is None:
            task = asyncio.create_task(self._drawn(text))
            self._drawing[text] = task
            task.add_done_callback(lambda _: self._drawing.pop(text))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """End the process, and what is being drawn."""
        self._closed = True
        for task in list(self._drawing.values()):
            task.cancel()
        await asyncio.gather(*self._drawing.values(), return_exceptions=True)
        await self._end()

    async def _drawn(self, text: bytes) -> bytes:
        async with self._turn:
            try:
                process = await self._ready()
                async with asyncio.timeout(DEADLINE):
                    picture = await _asked(process, text)
            except (TimeoutError, asyncio.IncompleteReadError, OSError) as error:
                await self._end()
                log.warning("picture not drawn", problem=type(error).__name__)
                raise NotDrawn("drawing took too long, or broke off") from error
            except BaseException:
                await self._end()  # it may still answer to this one
                raise
        if not picture:
            raise NotDrawn("drawing went wrong")
        self._kept[text] = picture
        self._size += len(picture)
        while len(self._kept) > KEPT or self._size > SIZE:
            _, old = self._kept.popitem(last=False)
            self._size -= len(old)
        self._rest_later()
        return picture

    def _rest_later(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
        self._resting = asyncio.get_running_loop().call_later(REST, self._rest)

    def _rest(self) -> None:
        process = self._process
        if process is not None and process.stdin is not None and not self._turn.locked():
            process.stdin.close()  # it ends by itself
            self._process = None

    async def _ready(self) -> asyncio.subprocess.Process:
        if self._closed:
            raise NotDrawn("the studio is closed")
        if self._process is not None and self._process.returncode is None:
            return self._process
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        # numpy's threads would each claim memory; matplotlib's fonts are found once, in a folder of its own
        environment |= {"PYTHONPATH": _ROOT, "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "bot.pictures.worker",
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            cwd="/",
            process_group=0,  # a terminal's Ctrl-C is not for it
        )
        async with asyncio.timeout(START):
            await _received(self._process)
        return self._process

    async def _end(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()


async def _asked(process: asyncio.subprocess.Process, text: bytes) -> bytes:
    assert process.stdin is not None  # noqa: S101 - it was started with pipes
    process.stdin.write(LENGTH.pack(len(text)) + text)
    await process.stdin.drain()
    return await _received(process)


async def _received(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None  # noqa: S101 - it was started with pipes
    (size,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    return await process.stdout.readexactly(size)
