"""The process that draws: ``python -m bot.pictures.worker``, started and ended by `bot.pictures.studio.Studio`.

It reads a length (4 bytes, big-endian) and a subject as JSON, and answers with a length and a PNG; a length of nothing
says that it could not. It ends when stdin does, when its parent dies, or by its limits. Never: a secret, an open
connection, or text from a feed.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys
from typing import Final

LENGTH: Final = struct.Struct(">I")
MEMORY: Final = 1 << 30
NICENESS: Final = 10
_PR_SET_PDEATHSIG: Final = 1  # prctl(2)


def main() -> None:
    """Answers until stdin ends."""
    _confine(int(sys.argv[1]))
    from bot.pictures.draw import draw  # the limits hold for what importing it takes, too
    from bot.pictures.subjects import loaded

    source = sys.stdin.buffer
    _send(b"ready")
    while len(opening := source.read(LENGTH.size)) == LENGTH.size:
        text = source.read(LENGTH.unpack(opening)[0])
        try:
            picture = draw(loaded(text))
        except Exception as error:  # noqa: BLE001 - whatever a subject does to the library, the next one is drawn
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            picture = b""
        _send(picture)


def _send(answer: bytes) -> None:
    sys.stdout.buffer.write(LENGTH.pack(len(answer)) + answer)
    sys.stdout.buffer.flush()


def _confine(parent: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main()
