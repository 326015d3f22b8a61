"""``dateline tag FILE|-``: tags lines of JSON. Needs neither token nor database.

It must start quickly: nothing of Discord, the store or the network is imported.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import typer


def tag(
    file: Annotated[str, typer.Argument(help="A file of JSON lines, or - for standard input.", metavar="FILE|-")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each tag where the words stand that caused it.")
    ] = False,
) -> None:
    """Tag news with topics and countries: JSON lines in, JSON lines out.

    In: id, title, text (what follows the title), optional language; and what the publisher says, where there is any:
    section, url, categories. Out: id, topics, countries, category. A bad line gives its number and what is wrong; the
    rest goes on, and the exit code is 1.
    """
    if file == "-":
        bad = _run(sys.stdin.buffer, flush=sys.stdin.isatty(), explain=explain)
    else:
        try:
            source = Path(file).open("rb")  # noqa: SIM115 - closed below; opening alone may fail here
        except OSError as problem:
            typer.echo(f"Cannot read {file}: {problem.strerror or problem}.", err=True)
            raise typer.Exit(2) from problem
        with source:
            bad = _run(source, flush=False, explain=explain)
    if bad:
        raise typer.Exit(1)


def _run(source: BinaryIO, *, flush: bool, explain: bool) -> bool:
    """Write an answer for each line; whether any was bad. A reader that goes away ends it quietly."""
    from bot.news.tagger import Tagger
    from bot.services.tags import TagService

    bad = False
    out = sys.stdout.buffer
    try:
        for line in TagService(Tagger.load(), explain=explain).lines(source):
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
