"""Parsing, away from the event loop: a pool of processes that can be killed.

A parse in a thread holds the GIL, and with it Discord's heartbeat, for as long as it pleases; a process does not, and
it can be killed when a document takes too long (catalogue, section 0 point 7). `asyncio` subprocesses with frames over
pipes were chosen over a ProcessPoolExecutor: that one cannot kill a worker, and takes all its work down with one that
dies. Cost of the way there and back, JSON included: docs/performance.md.

A document that takes longer than `slow` gives its place in the queue to another worker, so that hostile documents, a
few at a time, delay nobody; one that takes longer than `deadline` is killed with its process.

Where nobody says what a document is written in, one further process tells (`bot.feeds.detect`): one for all, because
its model is large, and only once such a document comes.
Never: feedparser in this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

import bot
from bot.feeds import detect
from bot.feeds.parse_wire import ANSWER, ASK, DETECT, Ask, PageTask, decode_entries, decode_head, encode_ask
from bot.model import Document, Entry, FailureKind, FetchFailed

MEMORY: Final = 1 << 30
_ROOT: Final = str(Path(bot.__file__).resolve().parents[1])
_START: Final = 30.0
"""Seconds for a worker to say that it is ready; 0.2 on an idle machine."""
_STOP: Final = 1.0
_ANSWER_LIMIT: Final = 64 * 1024 * 1024
_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""What a worker inherits: no setting of ours, least of all the token."""
_READ: Final = 300
"""Characters of an entry's text from which its language is told."""
_DETECTOR_REST: Final = 60.0
"""Seconds without a document of unknown language after which the process that tells it ends: it holds 120 MB."""
_SLICE: Final = 50
"""Entries decoded at a time: a few milliseconds on the event loop."""


class Parser:
    """Parses feeds in `workers` processes (default: one per core, at most 4)."""

    def __init__(
        self,
        *,
        workers: int | None = None,
        deadline: float = 10.0,
        slow: float = 1.0,
        memory: int = MEMORY,
        allow_private_links: Iterable[tuple[str, int | None]] = (),
        detects: bool | None = None,
        detector_rest: float = _DETECTOR_REST,
    ) -> None:
        """`deadline` and `slow` in seconds for one document, `memory` in bytes for one process.

        `allow_private_links` (`AddressPolicy.allow_private`) names the private hosts that items may link to.
        `detects` says whether languages are told from the text (default: where py3langid is installed), and
        `detector_rest` after how many seconds without need the process that tells them ends.
        """
        self._size = workers or max(1, min(4, os.cpu_count() or 1))
        self._deadline = deadline
        self._slow = slow
        self._options = {
            "deadline": deadline,
            "memory": memory,
            "allow_private_links": sorted(allow_private_links, key=str),
        }
        self._places = asyncio.Semaphore(self._size)
        self._stragglers = 0
        self._idle: list[asyncio.subprocess.Process] = []
        self._all: set[asyncio.subprocess.Process] = set()
        self._closed = False
        self._detects = detect.is_there() if detects is None else detects
        self._detector: asyncio.subprocess.Process | None = None
        self._detecting = asyncio.Lock()
        self._detector_rest = detector_rest
        self._letting_go: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def processes(self) -> tuple[int, ...]:
        """The process ids of the workers alive."""
        return tuple(sorted(process.pid for process in self._all if process.returncode is None))

    async def start(self) -> None:
        """Starts the workers; raises RuntimeError where one cannot start."""
        try:
            async with asyncio.TaskGroup() as group:
                started = [group.create_task(self._spawn()) for _ in range(self._size)]
        except BaseExceptionGroup as errors:
            await self.close()
            raise RuntimeError("a parser process could not start") from errors.exceptions[0]
        self._idle += [task.result() for task in started]

    async def close(self) -> None:
        """Ends all workers; documents under way are given up."""
        self._closed = True
        self._idle.clear()
        if self._letting_go is not None:
            self._letting_go.cancel()
        await asyncio.gather(*(self._end(process) for process in tuple(self._all)))

    async def parse(
        self,
        body: bytes,
        *,
        url: str,
        content_type: str | None = None,
        known: bytes = b"",
        language: str | None = None,
        task: PageTask | None = None,
    ) -> Document | FetchFailed:
        """The feed in `body`, cleaned, or the plain reason why there is none. `url` is where it came from, at last.

        `known` is `Document.slices` of the feed's document before: entries of the same bytes are passed over.
        `language` is what is known of it elsewhere: where neither that nor the document says, it is told from the text.
        A `task` says that it is a web page without a feed, and how to read it.
        Raises nothing but CancelledError, and RuntimeError where the parser is closed or cannot start a process.
        """
        result = await self._parse(body, Ask(url=url, content_type=content_type, known=known, task=task))
        if isinstance(result, Document) and self._detects and not (language or result.language):
            return await self._spoken(result)
        return result

    async def _parse(self, body: bytes, ask: Ask) -> Document | FetchFailed:
        await self._places.acquire()
        held = True

        def make_room() -> None:
            nonlocal held
            if held and self._stragglers < 2 * self._size:
                held = False
                self._stragglers += 1
                self._places.release()

        timer: asyncio.TimerHandle | None = None
        try:
            process, fresh = await self._take()
            timer = asyncio.get_running_loop().call_later(self._slow, make_room)
            result = await self._ask(process, body, ask)
            if result is None and not fresh:
                # Killed while idle, which asyncio learns later than we do: the document is not to blame.
                result = await self._ask(await self._spawn(), body, ask)
            return result or _hostile(
                "Reading this document breaks the parser or takes too much memory: it was stopped."
            )
        finally:
            if timer is not None:
                timer.cancel()
            if held:
                self._places.release()
            else:
                self._stragglers -= 1

    async def _spoken(self, document: Document) -> Document:
        """The document with what its text is written in, where that is sure; as it was where anything goes wrong."""
        silent = [entry for entry in document.entries if entry.language is None]
        if not silent:
            return document
        body = json.dumps([f"{entry.title} {entry.summary[:_READ]}" for entry in silent]).encode()
        async with self._detecting:
            try:
                async with asyncio.timeout(self._deadline):
                    found = json.loads(await self._exchange(await self._language_process(), DETECT, body))
            except BaseException as error:
                process, self._detector = self._detector, None  # it may still answer to this one
                if process is not None:
                    await self._end(process, now=True)
                if isinstance(error, TimeoutError | asyncio.IncompleteReadError | ConnectionError | RuntimeError):
                    return document
                raise
            if self._letting_go is not None:
                self._letting_go.cancel()
            self._letting_go = asyncio.get_running_loop().call_later(self._detector_rest, self._let_go)
        told = iter(found)
        entries = tuple(
            replace(entry, language=next(told)) if entry.language is None else entry for entry in document.entries
        )
        spoken = {entry.language for entry in entries}
        # What a few new entries are written in says nothing of those that were passed over.
        whole = len(spoken) == 1 and not document.passed
        return replace(document, entries=entries, language=spoken.pop() if whole else None)

    async def _language_process(self) -> asyncio.subprocess.Process:
        if self._detector is None or self._detector.returncode is not None:
            self._all = {process for process in self._all if process.returncode is None}
            self._detector = None
            self._detector = await self._spawn()
        return self._detector

    def _let_go(self) -> None:
        """End the process that tells languages, by closing its pipe; where it is at work, that comes after."""
        process = self._detector
        if process is not None and not self._detecting.locked():
            self._detector = None
            _pipe(process.stdin).close()  # it ends by itself, and `close` waits for it

    async def _exchange(self, process: asyncio.subprocess.Process, head: bytes, body: bytes) -> bytes:
        """What a worker answers to one frame."""
        stdin = _pipe(process.stdin)
        stdin.writelines((ASK.pack(len(head), len(body)), head, body))
        await stdin.drain()
        return await _receive(process)

    async def _take(self) -> tuple[asyncio.subprocess.Process, bool]:
        """An idle worker that is still alive as far as is known, or a new one; whether it is new."""
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process, False
            await self._end(process)
        return await self._spawn(), True

    async def _ask(self, process: asyncio.subprocess.Process, body: bytes, ask: Ask) -> Document | FetchFailed | None:
        """What one worker says; None where it ended without a word."""
        sound = False
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._exchange(process, encode_ask(ask), body)
            lines = answer.split(b"\n")
            head, tired = decode_head(lines[0])
            sound = not tired
        except TimeoutError:
            return _hostile(f"Reading this document takes longer than {self._deadline:g} seconds: it was stopped.")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        finally:
            if sound and not self._closed and len(self._idle) < self._size:
                self._idle.append(process)
            else:
                await self._end(process, now=not sound)
        if isinstance(head, FetchFailed):
            return head
        entries: list[Entry] = []
        for start in range(1, len(lines), _SLICE):
            if start > 1:
                await asyncio.sleep(0)
            entries += decode_entries(lines[start : start + _SLICE])
        return replace(head, entries=tuple(entries))

    async def _spawn(self) -> asyncio.subprocess.Process:
        if self._closed:
            raise RuntimeError("the parser is closed")
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment["PYTHONPATH"] = _ROOT
        environment["OPENBLAS_NUM_THREADS"] = "1"  # numpy's, whose threads would each claim memory
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "bot.feeds.parse_worker",
                json.dumps({**self._options, "parent": os.getpid()}),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # a traceback would quote the document
                env=environment,
                cwd="/",
                limit=_ANSWER_LIMIT,  # never paused, so that a killed process leaves no pipe half read
                process_group=0,  # a terminal's Ctrl-C is not for it; a session of its own would make nice void
            )
        except OSError as error:
            raise RuntimeError("a parser process could not be started") from error
        self._all.add(process)
        try:
            async with asyncio.timeout(_START):
                await _receive(process)
        except BaseException as error:
            await self._end(process, now=True)
            if isinstance(error, TimeoutError | asyncio.IncompleteReadError):
                raise RuntimeError("a parser process did not start: try python -m bot.feeds.parse_worker") from error
            raise
        return process

    async def _end(self, process: asyncio.subprocess.Process, *, now: bool = False) -> None:
        """Ends one worker, at once or by closing its pipe, and waits until it is gone."""
        if process not in self._all:
            return
        self._all.discard(process)
        _pipe(process.stdin).close()
        if not now:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STOP):
                    await process.wait()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _receive(process: asyncio.subprocess.Process) -> bytes:
    stdout = process.stdout
    if stdout is None:
        raise RuntimeError("a parser process has no pipe")
    (size,) = ANSWER.unpack(await stdout.readexactly(ANSWER.size))
    return await stdout.readexactly(size)


def _pipe(stream: asyncio.StreamWriter | None) -> asyncio.StreamWriter:
    if stream is None:
        raise RuntimeError("a parser process has no pipe")
    return stream


def _hostile(detail: str) -> FetchFailed:
    return FetchFailed(kind=FailureKind.HOSTILE, detail=detail)
