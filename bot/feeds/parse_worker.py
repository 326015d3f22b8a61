"""The process that parses: ``python -m bot.feeds.parse_worker``, started and killed by `bot.feeds.parse.Parser`.

It ends when stdin does, when its parent dies (PR_SET_PDEATHSIG), or by its limits: memory for good, CPU time for
each document, so that it cannot outlive even a parent that was killed. It ignores SIGINT and SIGTERM: who stops the
bot stops it through the pipe. Never: Discord, the app, a secret, an open connection.
"""

from __future__ import annotations

import ctypes
import gc
import json
import math
import os
import resource
import signal
import sys
from typing import BinaryIO, Final

from bot.feeds import detect
from bot.feeds.parse_document import parse_document
from bot.feeds.parse_wire import ANSWER, ASK, DETECT, decode_ask, encode

_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
_ARENA: Final = 300 * 1024 * 1024
"""A process that holds more than this says so with its answer, and is replaced: memory seldom goes back."""
NICENESS: Final = 10
"""Parsing can wait, Discord's heartbeat cannot: where processors are few, the event loop's process goes first."""


def main() -> None:
    """Answers frames until stdin ends."""
    options = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    deadline = float(options.get("deadline", 10.0))
    allow = frozenset((str(host), port) for host, port in options.get("allow_private_links", ()))
    _confine(int(options.get("memory", 1 << 30)), int(options.get("parent", 0)))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    _send(sink, b"")
    while True:
        opening = source.read(ASK.size)
        if len(opening) < ASK.size:
            return
        head_size, body_size = ASK.unpack(opening)
        head, body = source.read(head_size), source.read(body_size)
        _allow_time(deadline)
        if head == DETECT:
            _send(sink, json.dumps(detect.languages(json.loads(body))).encode())
            continue
        ask = decode_ask(head)
        result = parse_document(
            body,
            url=ask.url,
            content_type=ask.content_type,
            known=ask.known,
            allow_private_links=allow,
            task=ask.task,
        )
        del body
        tired = _resident() > _ARENA
        _send(sink, encode(result, tired=tired))


def _resident() -> int:
    """Bytes this process holds now. Not getrusage's ru_maxrss: Linux hands the parent's peak down through exec."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _confine(memory: int, parent: int) -> None:
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if parent and os.getppid() != parent:  # it died before we asked to be told
            sys.exit(0)
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A document's objects are freed by their counts; the collector finds little and costs a tenth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def _allow_time(deadline: float) -> None:
    """Lets the kernel end this process a little after the parent should have."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(usage.ru_utime + usage.ru_stime + deadline + 2), hard))


def _send(sink: BinaryIO, payload: bytes) -> None:
    sink.write(ANSWER.pack(len(payload)) + payload)
    sink.flush()


if __name__ == "__main__":
    main()
