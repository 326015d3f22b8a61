"""`dateline retag`: what is stored, tagged again by the lexicon of this version."""

from __future__ import annotations

import contextlib

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bot.cli import console
from bot.house import House


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("retag")(retag)


def retag(as_json: bool = typer.Option(False, "--json", help="JSON on stdout.")) -> None:
    """Tag again what an older version of the lexicon tagged; corrections are kept, and no alert comes of it.

    It may be stopped at any moment, and run beside the bot: the next run goes on with the rest.
    """
    totals = {"retagged": 0, "left": 0}

    async def work(house: House) -> None:
        with Progress(
            TextColumn("retagging"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not Console(stderr=True).is_terminal,
        ) as progress:
            totals["left"] = await house.fix.stale()
            task = progress.add_task("", total=totals["left"])

            def tell(items: int) -> None:
                totals["retagged"] += items
                totals["left"] = max(0, totals["left"] - items)
                progress.update(task, advance=items)

            await house.fix.retag(tell)
            totals["left"] = await house.fix.stale()

    with contextlib.suppress(KeyboardInterrupt):
        console.with_house(work)
    if as_json:
        console.print_json(totals)
    else:
        console.stdout().print(f"{totals['retagged']:,} items retagged, {totals['left']:,} left.")
