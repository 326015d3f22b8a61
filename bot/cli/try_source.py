"""`dateline sources try`: what an address would bring, were it watched. Nothing is stored, and no memory is opened."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli import console
from bot.errors import ConfigError, UserError
from bot.feeds import catalogue
from bot.feeds.guard import without_credentials
from bot.feeds.markup import cut
from bot.house import open_reader
from bot.model import Entry, NewSource, Outlet, PageRules
from bot.services.discovery import address_of
from bot.services.sources import Preview, preview

SHOWN = 20
EXTRACT = 120
HINT = (
    "To read the page itself, say how its items are found: --item CSS for one listed item (such as 'article'), then "
    "--title, --link, --date, --category, --outlet, --summary, --image within it."
)


def rules_of(options: dict[str, str | None]) -> PageRules | None:
    """The rules that options give; None where there are none. Raises UserError."""
    given: dict[str, object] = {name: value for name, value in options.items() if value is not None}
    try:
        return catalogue.rules(given) if given else None
    except ConfigError as error:
        raise UserError(str(error)) from error


def run(url: str, outlet: Outlet, page: PageRules | None, file: str | None, as_json: bool) -> None:
    """Read `url`, by the rules of the options, else by those of the catalogue, and show what is taken.

    An outlet without name takes the page's title.
    """
    settings = console.quiet_settings()

    async def work() -> tuple[NewSource, Preview]:
        async with open_reader(settings) as (reader, policy):
            address = address_of(policy, url)
            listed = catalogue.load(file or settings.catalogue, policy) if page is None else ()
            known = next((source for source in listed if source.url == address), None)
            if known is None and file is not None and page is None:
                raise ConfigError(f"{without_credentials(address)} is not in {file}: add it, or leave --catalogue out.")
            source = known or NewSource(url=address, outlet=outlet, page=page)
            return source, await preview(reader, policy, address, source.outlet, source.page)

    source, seen = console.run_async(work())
    title = seen.document.title if seen.document else ""
    if not source.outlet.name:
        source = replace(source, outlet=replace(outlet, name=title[:100] or "Name"))
    block = catalogue.entry(source) if page is not None and seen.document is not None else None
    if as_json:
        console.print_json(as_object(source, seen, block))
    else:
        show(source, seen, block)
    if seen.problem is not None:
        raise typer.Exit(1)


def as_object(source: NewSource, seen: Preview, block: str | None) -> dict[str, Any]:
    """What was seen, as a program reads it."""
    document = seen.document
    return {
        "url": without_credentials(source.url),
        "title": document.title if document else None,
        "problem": seen.problem,
        "note": document.note if document else None,
        "items": [
            {
                "title": entry.title,
                "url": entry.url,
                "outlet": entry.outlet or source.outlet.name,
                "published_at": console.stamp(entry.published_at),
                "categories": entry.categories,
                "extract": entry.summary,
                "image": entry.image,
            }
            for entry in (document.entries if document else ())
        ],
        "feeds": [{"url": link.url, "title": link.title} for link in seen.found],
        "usual": seen.usual,
        "toml": block,
    }


def show(source: NewSource, seen: Preview, block: str | None) -> None:
    """What was seen, as a person reads it."""
    out = console.stdout()
    if seen.problem is not None:
        out.print(escape(console.hinted(seen.problem)))
    if seen.document is not None and seen.document.entries:
        entries = seen.document.entries
        out.print(_table(entries[:SHOWN], source.outlet.name))
        more = f", the first {SHOWN} of them shown" if len(entries) > SHOWN else ""
        out.print(f"{len(entries):,} {'item' if len(entries) == 1 else 'items'}{more}. Nothing was stored.")
        if seen.document.note:
            out.print(escape(seen.document.note))
    for link in seen.found:
        out.print(f"  {escape(link.url)}  {escape(link.title)}".rstrip())
    if seen.usual and not seen.found and seen.document is None:
        out.print(escape(f"Sites of this kind usually have their feed at: {', '.join(seen.usual)}"))
    if seen.unruled:
        out.print(escape(HINT))
    if block is not None:
        out.print("\nFor your catalogue (DATELINE_CATALOGUE):\n")
        out.print(escape(block), soft_wrap=True)


def _table(entries: tuple[Entry, ...], outlet: str) -> Table:
    now = console.now()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Outlet", "Date", "Category", "Headline, link, extract"):
        table.add_column(name, overflow="fold", min_width=8, max_width=24 if name == "Outlet" else None)
    for entry in entries:
        taken = [escape(entry.title), escape(entry.url or "no link")]
        if entry.summary:
            taken.append(f"[dim]{escape(cut(entry.summary, EXTRACT))}[/dim]")
        table.add_row(
            escape(entry.outlet or outlet),
            "no date" if entry.published_at is None else console.ago(entry.published_at, now),
            escape(", ".join(entry.categories[:2])),
            "\n".join(taken),
        )
    return table
