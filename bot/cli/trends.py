"""`dateline trends`: items a day against what is usual, drawn in a terminal."""

from __future__ import annotations

from typing import Any

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bot.cli import console
from bot.cli.news import asked, item_object
from bot.errors import UserError
from bot.house import House
from bot.model import OPERATOR, Peak, Trending
from bot.services.charts import SPANS

WIDTH = 40
"""Columns of the longest bar."""
EIGHTHS = " ▏▎▍▌▋▊▉"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trends")(trends)


def trends(
    topic: str = typer.Argument(None, help="A hashtag or a phrase; none: all news."),
    country: str = typer.Option(None, help="A country's name or code."),
    since: str = typer.Option("30d", help=f"How far back: {', '.join(SPANS)}."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Show how much there was on each day, and the stories behind the days that stand out."""
    if since not in SPANS:
        raise UserError(f"--since is one of {', '.join(SPANS)}.")

    async def work(house: House) -> Trending:
        query = await house.ask.query(guild=OPERATOR, topic=topic, country=country)
        return await house.charts.trends(query, since, guild=OPERATOR, drawn=False)

    found = console.with_house(work)
    if as_json:
        console.print_json(as_object(found))
    else:
        show(found)


def as_object(found: Trending) -> dict[str, Any]:
    """A series as a program reads it; ``usual`` is null where too little is remembered to say."""
    return {
        "query": asked(found.query),
        "tag": found.resolution.tag if found.resolution else None,
        "step_days": found.step,
        "days": [
            {
                "day": day.isoformat(),
                "items": items,
                "usual": None if band is None else [round(part, 1) for part in band],
            }
            for day, items, band in zip(found.days, found.counts, found.bands, strict=True)
        ],
        "peaks": [
            {
                "day": peak.day.isoformat(),
                "items": peak.items,
                "story": None if peak.top is None else item_object(peak.top.item),
            }
            for peak in found.peaks
        ],
    }


def show(found: Trending) -> None:
    """A series as a person reads it: a bar a day, with the number of its peak."""
    out = console.stdout()
    most = max(found.counts, default=0)
    if not most:
        out.print(escape(found.no_topic or "Nothing in the memory is as new as that: dateline poll --once fills it."))
        return
    numbers = {peak.place: str(number) for number, peak in enumerate(found.peaks, 1)}
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_column(no_wrap=True)
    for place, (day, items, band) in enumerate(zip(found.days, found.counts, found.bands, strict=True)):
        stands_out = band is not None and items > band[1]
        bar = Text(_bar(items, most), style="yellow" if stands_out else "cyan")
        if place in numbers:
            bar.append(f" ({numbers[place]})", style="bold")
        table.add_row(day.isoformat(), f"{items:,}", bar)
    out.print(table)
    for number, peak in enumerate(found.peaks, 1):
        out.print(f"\n[bold]({number})[/bold] {peak.day.isoformat()}: {_usual(peak)}")
        if peak.top is not None:
            title = Text(peak.top.item.title or "Untitled", style="bold")
            if peak.top.item.url is not None:
                title.stylize(f"link {peak.top.item.url}")
            out.print(title)
            named = ", ".join(peak.top.story.outlets[:6])
            out.print(f"[cyan]{escape(named)}[/cyan]")
    if not found.peaks:
        known = any(band is not None for band in found.bands)
        out.print("\nNo day stands out." if known else "\nThe memory is too young to say what is usual.")


def _usual(peak: Peak) -> str:
    low, high = peak.usual
    return f"{peak.items:,} items, usual are {low:,.0f} to {high:,.0f}"


def _bar(items: int, most: int) -> str:
    eighths = round(8 * WIDTH * items / most)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
