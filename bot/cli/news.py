"""`dateline news`: the same answer as /news, in a terminal."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.text import Text

from bot.cli import console
from bot.house import House
from bot.model import OPERATOR, How, Item, Page, Query, Sort, TagKind
from bot.news import countries, render
from bot.news.extract import extract


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("news")(news)


def news(
    topic: str = typer.Argument(None, help="A hashtag or a phrase; none: the newest of all."),
    country: str = typer.Option(None, help="A country's name or code."),
    outlet: str = typer.Option(None, help="One newspaper or broadcaster."),
    category: str = typer.Option(None, help="One of the nine categories."),
    since: str = typer.Option(None, help="24h, 7d, 2w, or a date such as 2026-11-01."),
    search: str = typer.Option(None, help='Words that must all occur, and "phrases in quotes".'),
    mentions: bool = typer.Option(False, "--mentions", help="Also what only mentions the country."),
    published_in: str = typer.Option(None, help="The country that the outlet sits in."),
    language: str = typer.Option(None, help="What it is written in: a language's name or code."),
    filter: str = typer.Option(None, help="What must hold besides, as docs/filters.md says."),
    sort: Annotated[Sort, typer.Option(help="What stands first.")] = Sort.NEWEST,
    limit: int = typer.Option(10, min=1, max=1000, help="How many items at most."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Show the newest items of a topic, country, outlet or category."""

    async def work(house: House) -> Page:
        query = await house.ask.query(
            guild=OPERATOR,
            topic=topic,
            country=country,
            outlet=outlet,
            category=category,
            since=since,
            words=search,
            mentions=mentions,
            published_in=published_in,
            language=language,
            filter=filter,
            sort=sort,
        )
        return await house.ask.find(query, guild=OPERATOR, size=limit)

    page = console.with_house(work)
    if as_json:
        console.print_json(as_object(page))
    else:
        show(page)


def as_object(page: Page) -> dict[str, Any]:
    """An answer as a program reads it."""
    resolution = page.resolution
    return {
        "query": asked(page.query),
        "tag": resolution.tag if resolution else None,
        "how": resolution.how if resolution else None,
        "total": page.total,
        "more": page.more,
        "items": [item_object(item) for item in page.items],
        "suggestions": list(page.suggestions),
    }


def asked(query: Query) -> dict[str, Any]:
    """The query as it was understood, without the parts that are not set."""
    parts = {
        "topic": query.topic,
        "country": query.country,
        "mentions": query.mentions or None,
        "published_in": query.outlet_country,
        "language": query.language,
        "outlet": query.outlet,
        "category": query.category,
        "since": console.stamp(query.since),
        "search": query.text,
        "filter": query.filter,
        "sort": None if query.sort is Sort.NEWEST else query.sort.value,
    }
    return {name: value for name, value in parts.items() if value is not None}


def item_object(item: Item) -> dict[str, Any]:
    """One item as a program reads it."""
    return {
        "id": item.id,
        "title": item.title,
        "url": item.url,
        "outlet": item.outlet,
        "published_at": console.stamp(item.published_at),
        "category": item.category,
        "extract": extract(item.summary),
        "language": item.language,
        "topics": [tagging.tag for tagging in item.taggings if tagging.kind is TagKind.TOPIC],
        "countries": [
            {"code": tagging.tag, "role": tagging.role} for tagging in item.taggings if tagging.kind is TagKind.COUNTRY
        ],
    }


def show(page: Page) -> None:
    """An answer as a person reads it."""
    out = console.stdout()
    now = console.now()
    resolution = page.resolution
    if resolution is not None:
        name = countries.country_name(resolution.tag) if resolution.kind is TagKind.COUNTRY else f"#{resolution.tag}"
        out.print(f"[bold]{escape(name)}[/bold]  [dim]{resolution.how}[/dim]")
    number = f"{page.total:,}{'+' if page.more else ''}"
    one, several = ("story", "stories") if page.query.sort is Sort.BIGGEST else ("item", "items")
    out.print(f"[dim]{number} {one if page.total == 1 else several}, {render.ORDERS[page.query.sort]}[/dim]\n")
    for item in page.items:
        title = Text(item.title or "Untitled", style="bold")
        if item.url is not None:
            title.stylize(f"link {item.url}")
        out.print(title)
        where = [countries.country_name(code) for code in render.countries(item)[:3]]
        where += [f"{countries.country_name(code)} (the outlet's)" for code in render.assumed(item)]
        line = " · ".join([item.outlet, console.ago(item.published_at, now), item.category.value, *where])
        out.print(Text(line, style="cyan"))
        if item.summary:
            out.print(Text(extract(item.summary)))
        topics = render.topics(item, resolution.tag if resolution else None)
        if topics:
            out.print(Text(" ".join(f"#{topic}" for topic in topics), style="green"))
        out.print()
    if page.suggestions:
        tags = escape(" ".join(f"#{tag}" for tag in page.suggestions))
        out.print(f"Did you mean {tags}?" if resolution and resolution.how is How.NEAR else f"Try {tags}")
    elif not page.items:
        out.print("Nothing is in the memory yet: dateline poll --once fills it.")
