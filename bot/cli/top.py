"""`dateline top`: the stories that most outlets tell, in a terminal."""

from __future__ import annotations

from typing import Any

import typer
from rich.markup import escape
from rich.text import Text

from bot.cli import console
from bot.cli.news import asked, item_object
from bot.house import House
from bot.model import OPERATOR, Query, Top
from bot.services.top import SHOWN


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("top")(top)


def top(
    topic: str = typer.Argument(None, help="A hashtag or a phrase; none: of everything."),
    country: str = typer.Option(None, help="A country's name or code."),
    category: str = typer.Option(None, help="One of the nine categories."),
    since: str = typer.Option(None, help="24h, 7d, 2w, or a date such as 2026-11-01; a day where it is left out."),
    filter: str = typer.Option(None, help="What must hold besides, as docs/filters.md says."),
    limit: int = typer.Option(SHOWN, min=1, max=100, help="How many stories at most."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Show the stories that most outlets tell."""

    async def work(house: House) -> tuple[Query, tuple[Top, ...], str | None]:
        query = await house.ask.query(
            guild=OPERATOR, topic=topic, country=country, category=category, since=since, filter=filter
        )
        found = await house.top.top(query, guild=OPERATOR, limit=limit)
        return query, found, None if found else await house.top.no_topic(query, guild=OPERATOR)

    query, found, no_topic = console.with_house(work)
    if as_json:
        console.print_json({"query": asked(query), "stories": [as_object(one) for one in found]})
    else:
        show(found, no_topic)


def as_object(one: Top) -> dict[str, Any]:
    """A story as a program reads it: its reports in the order in which they came."""
    return {
        "story": one.story.id,
        "outlets": one.outlets,
        "reports": [item_object(item) for item in one.story.items],
    }


def show(found: tuple[Top, ...], no_topic: str | None) -> None:
    """The stories as a person reads them, or why there is none."""
    out = console.stdout()
    now = console.now()
    for number, one in enumerate(found, 1):
        first = one.item
        title = Text(first.title or "Untitled", style="bold")
        if first.url is not None:
            title.stylize(f"link {first.url}")
        out.print(f"[dim]{number:2}.[/dim]", title)
        named = escape(", ".join(one.story.outlets[:6])) + (" …" if len(one.story.outlets) > 6 else "")
        told = "1 outlet" if one.outlets == 1 else f"{one.outlets} outlets"
        out.print(f"    [cyan]{told}[/cyan]: {named} · {console.ago(first.published_at, now)}")
    if not found:
        nothing = "No story came in that time while the sources were watched: dateline poll reads them."
        out.print(escape(no_topic or nothing))
