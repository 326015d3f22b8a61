"""`dateline topics`: the same answer as /topics, in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from bot.cards import frequency
from bot.cli import console
from bot.house import House
from bot.model import OPERATOR, Trend, Trends
from bot.services.typed import parse_since


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("topics")(topics)


def topics(
    since: str = typer.Option("24h", help="24h, 7d, 2w, or a date such as 2026-11-01."),
    limit: int = typer.Option(10, min=1, max=100, help="How many of each list at most."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Show which topics are rising, and which are big."""

    async def work(house: House) -> Trends:
        now = house.clock.now()
        return await house.trends.topics(now - parse_since(since, now), guild=OPERATOR, limit=limit)

    found = console.with_house(work)
    if as_json:
        console.print_json(as_object(found))
    else:
        show(found)


def as_object(found: Trends) -> dict[str, Any]:
    """An answer as a program reads it."""
    return {
        "since": console.stamp(found.since),
        "compared_since": console.stamp(found.compared_since),
        "items": found.items,
        "comparable": found.comparable,
        "rising": [trend_object(one) for one in found.rising],
        "big": [trend_object(one) for one in found.big],
    }


def trend_object(one: Trend) -> dict[str, Any]:
    """One topic as a program reads it."""
    return {
        "tag": one.tag,
        "label": one.label,
        "items": one.items,
        "outlets": one.outlets,
        "ratio": one.ratio,
        "emerging": one.emerging,
    }


def show(found: Trends) -> None:
    """An answer as a person reads it."""
    out = console.stdout()
    if not found.items:
        out.print("No item in that time: dateline poll --once fills the memory.")
        return
    out.print(
        f"[dim]{found.items:,} {'item' if found.items == 1 else 'items'} since {console.stamp(found.since)}[/dim]"
    )
    if not found.comparable:
        out.print("[dim]The memory is too young to say what is usual: only new names can be rising.[/dim]")
    for title, listed in (("Rising", found.rising), ("Big", found.big)):
        out.print(f"\n[bold]{title}[/bold]")
        out.print(table(listed, usual=title == "Rising") if listed else "nothing")


def table(listed: Sequence[Trend], *, usual: bool) -> Table:
    """Topics in columns."""
    shown = Table(box=None, pad_edge=False, header_style="dim")
    shown.add_column("Topic", style="green")
    shown.add_column("Items", justify="right")
    shown.add_column("Outlets", justify="right")
    if usual:
        shown.add_column("To usual", justify="right")
    for one in listed:
        cells = [Text(f"#{one.tag}"), Text(f"{one.items:,}"), Text(f"{one.outlets:,}")]
        shown.add_row(*cells, *([Text(frequency(one))] if usual else []))
    return shown
