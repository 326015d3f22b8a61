"""`dateline copy`: the whole memory moved into another database, from SQLite to PostgreSQL or back."""

from __future__ import annotations

import time

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bot.cli import console


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("copy")(copy)


def copy(
    source: str = typer.Argument(..., metavar="FROM", help="An SQLite file or a PostgreSQL URL, as DATELINE_DATABASE."),
    target: str = typer.Argument(..., metavar="TO", help="The same: a new file, or a database with nothing in it."),
    as_json: bool = typer.Option(False, "--json", help="JSON on stdout."),
) -> None:
    """Move the whole memory into another database, with the bot stopped, and check that all of it is there.

    Stopped in the middle, the same command goes on where it was; until it is whole nothing else opens the copy. FROM
    stays as it is: start the bot on one of the two only, and nothing is posted twice.
    """
    from storage.copying import copy as carry
    from storage.opening import name_of

    console.quiet_settings()
    began = time.monotonic()
    err = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        disable=not err.is_terminal,
    ) as progress:
        task = progress.add_task("", total=None)
        before = ""

        def tell(doing: str, what: str, done: int, total: int) -> None:
            nonlocal before
            if doing != before:  # another speed, so another reckoning of what remains
                progress.reset(task)
                before = doing
            progress.update(task, description=f"{doing} {what}", completed=done, total=total)

        copied = console.run_async(carry(source, target, tell))
    rows, seconds = sum(copied.rows.values()), time.monotonic() - began
    if as_json:
        console.print_json(
            {
                "from": name_of(source),
                "to": name_of(target),
                "rows": dict(copied.rows),
                "resumed": copied.resumed,
                "seconds": round(seconds, 1),
            }
        )
        return
    again = " (the rest of a copy that was begun before)" if copied.resumed else ""
    console.stdout().print(
        f"{escape(name_of(target))} holds all of {escape(name_of(source))}: {rows:,} rows in {seconds:,.0f} s{again}, "
        "compared with it. Set DATELINE_DATABASE to it."
    )
