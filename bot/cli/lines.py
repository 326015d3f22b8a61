"""Verbs that answer a file of JSON lines, or standard input, line by line.

Nothing of Discord, the store or the network.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import typer

from bot.services.lines import Line


def answer(file: str, lines: Callable[[Iterable[bytes]], Iterable[Line]], *, flush: bool = False) -> None:
    """Write what `lines` gives for a file, or for standard input where it is ``-``.

    Ends with exit code 1 where a line was bad, 2 where the file cannot be read. `flush`: of standard input each answer
    is written at once, for another program that waits for it; at a terminal it always is.
    """
    if file == "-":
        bad = _run(sys.stdin.buffer, lines, flush=flush or sys.stdin.isatty())
    else:
        try:
            source = Path(file).open("rb")  # noqa: SIM115 - closed below; opening alone may fail here
        except OSError as problem:
            typer.echo(f"Cannot read {file}: {problem.strerror or problem}.", err=True)
            raise typer.Exit(2) from problem
        with source:
            bad = _run(source, lines, flush=False)
    if bad:
        raise typer.Exit(1)


def _run(source: BinaryIO, lines: Callable[[Iterable[bytes]], Iterable[Line]], *, flush: bool) -> bool:
    """Write an answer for each line; whether any was bad. A reader that goes away ends it quietly."""
    bad = False
    out = sys.stdout.buffer
    try:
        for line in lines(source):
            bad = bad or line.bad
            out.write(line.text.encode("utf-8") + b"\n")
            if flush:
                out.flush()
        out.flush()
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as problem:
        typer.echo(f"Cannot read on: {problem.strerror or problem}.", err=True)
        raise typer.Exit(2) from problem
    return bad
