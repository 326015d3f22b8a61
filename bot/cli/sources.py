"""`dateline sources` and `dateline poll`: what is watched."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.cli import console, try_source
from bot.crew import IDLE, make_desk, polling_loops
from bot.errors import AlreadyRunning, UserError
from bot.feeds.guard import without_credentials
from bot.house import House, open_house, stock
from bot.model import OPERATOR, Exported, Imported, Outlet, Source
from bot.services.discovery import Candidate, NoFeed
from bot.services.sources import MAX_LIST, health
from bot.services.typed import parse_country, parse_tag
from bot.workers.ingest import Report
from bot.workers.loop import Topic, run as run_loop
from storage.opening import run_lock

sources = typer.Typer(
    help="What is watched: list, add, try, remove, pause, resume, import, export, check.", no_args_is_help=True
)
PAGE = "`dateline sources try ADDRESS` shows what stands there, and how a page is read by rules."
NAMED = 5
"""Of those refused for one reason, how many are named."""
ADDRESS = 60
"""Letters of an address in a table."""
JSON = typer.Option(False, "--json", help="JSON on stdout.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(sources, name="sources")
    app.command("poll")(poll)


def as_object(source: Source) -> dict[str, Any]:
    """A source as a program reads it."""
    return {
        "id": source.id,
        "url": without_credentials(source.url),
        "outlet": source.outlet.name,
        "country": source.outlet.country,
        "language": source.outlet.language,
        "section": source.outlet.section,
        "state_run": source.outlet.state_run,
        "single_country": source.outlet.single_country,
        "paused": source.paused,
        "health": health(source),
        "failures": source.failures,
        "items": source.items,
        "items_a_day": round(source.a_day, 2),
        "failing_since": console.stamp(source.since),
        "last_success_at": console.stamp(source.last_success_at),
        "due_at": console.stamp(source.due_at),
    }


@sources.command("list")
def list_sources(as_json: bool = JSON) -> None:
    """List the operator's sources and how they fare."""

    async def work(house: House) -> tuple[Source, ...]:
        await stock(house)
        return await house.watch.visible(OPERATOR)

    found = console.with_house(work)
    if as_json:
        console.print_json([as_object(source) for source in found])
        return
    now = console.now()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("No.", "Outlet", "Section", "Items", "A day", "Read", "Next", "Health"):
        table.add_column(name, justify="right" if name in ("No.", "Items", "A day") else "left", overflow="fold")
    for source in found:
        table.add_row(
            str(source.id),
            f"{escape(source.outlet.name)}\n[dim]{escape(_shown(source.url))}[/dim]",
            escape(source.outlet.section or ""),
            f"{source.items:,}",
            f"{source.a_day:.3g}" if source.a_day else "-",
            console.ago(source.last_success_at, now),
            "-" if source.paused else console.ago(source.due_at, now) if source.due_at > now else "now",
            escape(health(source)),
        )
    console.stdout().print(table)


def _shown(url: str) -> str:
    """An address as a table has room for it: its beginning and its end, which tell two of one site apart."""
    address = without_credentials(url).removeprefix("https://")
    half = (ADDRESS - 1) // 2
    return address if len(address) <= ADDRESS else f"{address[:half]}…{address[-half:]}"


async def _the_feed(house: House, url: str) -> Candidate:
    """The one feed that is found at an address. Raises `UserError` where there are none or several, naming them."""
    try:
        feeds = await house.watch.feeds_of(OPERATOR, url)
    except NoFeed as error:
        raise UserError(f"{error} {PAGE}") from error
    if len(feeds) == 1:
        return feeds[0]
    named = "\n".join(f"  dateline sources add {feed.url}\n    {feed.title}: {feed.newest or '-'}" for feed in feeds)
    raise UserError(f"{len(feeds)} feeds were found there: choose one.\n{named}")


@sources.command("add")
def add(
    url: str = typer.Argument(help="The feed's address, or any of its site: example.org."),
    outlet: str = typer.Option(None, help="Its name; else the feed's own title."),
    country: str = typer.Option(None, help="Where the outlet sits."),
    language: str = typer.Option(None, help="Its language: a name, or a tag such as pt-br."),
    section: str = typer.Option(None, help="The outlet's own name for this feed."),
    single_country: bool = typer.Option(
        False, "--single-country", help="It is about that country alone: assumed of what names none."
    ),
    check: bool = typer.Option(True, help="Read it first, and refuse what cannot be read."),
    as_json: bool = JSON,
) -> None:
    """Watch a feed, for everybody."""

    tag = parse_tag(language) if language else None

    async def work(house: House) -> Source:
        feed = await _the_feed(house, url) if check else None
        source, _ = await house.watch.add(
            OPERATOR,
            feed.url if feed is not None else url,
            outlet=outlet or (feed.title if feed is not None else None),
            country=country or (feed.country if feed is not None else None),
            language=tag or (feed.language if feed is not None else None),
            section=section,
            single_country=single_country,
            check=False,
        )
        return source

    source = console.with_house(work)
    if as_json:
        console.print_json(as_object(source))
    else:
        console.stdout().print(f"Added {source.id}: {escape(source.outlet.name)}. It is due now.")


def _change(verb: str, done: str, source: str, as_json: bool) -> None:
    async def work(house: House) -> Source:
        act = {"remove": house.watch.remove, "pause": house.watch.pause, "resume": house.watch.resume}[verb]
        return await act(OPERATOR, source)

    changed = console.with_house(work)
    if as_json:
        console.print_json({"id": changed.id, "url": without_credentials(changed.url), "done": verb})
    else:
        console.stdout().print(f"{done} {changed.id}: {escape(changed.outlet.name)}.")


SOURCE = typer.Argument(help="Its number or address.")


@sources.command("remove")
def remove(source: str = SOURCE, as_json: bool = JSON) -> None:
    """Stop watching a feed; its items stay."""
    _change("remove", "Removed", source, as_json)


@sources.command("pause")
def pause(source: str = SOURCE, as_json: bool = JSON) -> None:
    """Stop polling a feed for now."""
    _change("pause", "Paused", source, as_json)


@sources.command("resume")
def resume(source: str = SOURCE, as_json: bool = JSON) -> None:
    """Poll a paused feed again; what it brought meanwhile is remembered silently."""
    _change("resume", "Resumed", source, as_json)


@sources.command("import")
def import_(
    file: str = typer.Argument(help="An OPML file, or a catalogue in TOML; - for standard input."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would come of it, and add nothing."),
    as_json: bool = JSON,
) -> None:
    """Watch what another reader's list names, for everybody. It is read when it is due, not at once."""
    body = _content(file)

    async def work(house: House) -> Imported:
        with Progress(
            TextColumn("importing"),
            BarColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not Console(stderr=True).is_terminal,
            transient=True,
        ) as progress:
            progress.add_task("", total=None)
            return await house.watch.import_(OPERATOR, body, dry_run=dry_run)

    imported = console.with_house(work)
    if as_json:
        refused = [{"name": one.name, "reason": one.reason} for one in imported.refused]
        bare = [{"name": one.name, "reason": one.reason} for one in imported.bare]
        numbers = {"added": imported.added, "known": imported.known}
        console.print_json({**numbers, "refused": refused, "bare": bare, "dry_run": dry_run})
    else:
        out = console.stdout()
        verb = "Would add" if dry_run else "Added"
        out.print(
            f"{verb} {imported.added:,} {'source' if imported.added == 1 else 'sources'}; "
            f"{imported.known:,} known already, {len(imported.refused):,} refused."
        )
        for reason, names in imported.by_reason().items():
            more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
            out.print(f"  {len(names):,} × {escape(reason)}  [dim]{escape(', '.join(names[:NAMED]))}{more}[/dim]")
    if not imported.added and not imported.known:
        raise typer.Exit(1)


def _content(file: str) -> bytes:
    """What stands in a file, no more than one byte above what is taken. Raises `UserError`."""
    if file == "-":
        return sys.stdin.buffer.read(MAX_LIST + 1)
    try:
        with open(file, "rb") as opened:
            return opened.read(MAX_LIST + 1)
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror or type(error).__name__}.") from error


@sources.command("export")
def export(
    file: str = typer.Argument("-", help="Where to write; none or - for standard output."),
    form: str = typer.Option("opml", "--format", help="opml for other readers, toml for DATELINE_CATALOGUE."),
    replace: bool = typer.Option(False, "--replace", help="Write over a file that is there."),
) -> None:
    """Write the operator's sources to a file that other readers take. Logins in addresses are left out."""
    if file != "-" and not replace and Path(file).exists():
        raise UserError(f"{file} is there: give --replace to write over it, or another name.")

    async def work(house: House) -> Exported:
        await stock(house)
        return await house.watch.export(OPERATOR, form.lower())

    exported = console.with_house(work)
    if file == "-":
        sys.stdout.write(exported.text)
    else:
        try:
            with open(file, "w" if replace else "x", encoding="utf-8") as opened:
                opened.write(exported.text)
        except OSError as error:
            raise UserError(f"{file} cannot be written: {error.strerror or type(error).__name__}.") from error
        number = f"{exported.sources:,} {'source' if exported.sources == 1 else 'sources'}"
        console.stdout().print(f"Wrote {number} to {escape(file)}.")
    if exported.without_login:
        Console(stderr=True, soft_wrap=True).print(
            f"{exported.without_login:,} of them lost the login in their address: add it again where you import them."
        )


@sources.command("check")
def check(source: str = SOURCE, as_json: bool = JSON) -> None:
    """Poll one feed now, due or not, and say what came of it."""

    async def work(house: House) -> tuple[Source, Report]:
        return await house.watch.check(OPERATOR, source)

    checked, report = console.with_house(work)
    new = report.stored.new if report.stored else 0
    if as_json:
        console.print_json(
            {
                "id": checked.id,
                "url": without_credentials(checked.url),
                "ok": report.problem is None,
                "problem": report.problem,
                "note": report.note,
                "new": new,
                "due_at": console.stamp(report.due_at),
            }
        )
    else:
        said = (
            console.hinted(report.problem) if report.problem else f"works: {new} new {'item' if new == 1 else 'items'}"
        )
        console.stdout().print(f"{escape(checked.outlet.name)}: {escape(said)}")
    if report.problem is not None:
        raise typer.Exit(1)


@sources.command("try")
def try_out(
    url: str = typer.Argument(help="The address of a feed or of a web page."),
    item: str = typer.Option(None, metavar="CSS", help="Of a page: selects one listed item."),
    title: str = typer.Option(None, metavar="CSS", help="In it: the headline; else the first link's text."),
    link: str = typer.Option(None, metavar="CSS", help="The link; else the first one."),
    date: str = typer.Option(None, metavar="CSS", help="The date or age, such as time@datetime."),
    outlet: str = typer.Option(None, metavar="CSS", help="The outlet that the item names."),
    category: str = typer.Option(None, metavar="CSS", help="The category."),
    summary: str = typer.Option(None, metavar="CSS", help="The extract."),
    image: str = typer.Option(None, metavar="CSS", help="The picture, such as img@data-src."),
    date_order: str = typer.Option(None, help="DMY, MDY or YMD; else by country and language."),
    timezone: str = typer.Option(None, help="Of its times, such as Asia/Manila; else UTC."),
    name: str = typer.Option(None, help="The outlet's name, for the catalogue; else the page's title."),
    country: str = typer.Option(None, help="Where the outlet sits, such as PH."),
    language: str = typer.Option(None, help="Its language: a name, or a tag such as pt-br."),
    file: str = typer.Option(None, "--catalogue", metavar="FILE", help="Take the rules from this catalogue."),
    as_json: bool = JSON,
) -> None:
    """Read an address and show what would be taken. Nothing is stored."""
    page = try_source.rules_of(
        {
            "item": item,
            "title": title,
            "link": link,
            "date": date,
            "outlet": outlet,
            "category": category,
            "summary": summary,
            "image": image,
            "date_order": date_order,
            "timezone": timezone,
        }
    )
    code = parse_country(country) if country else None
    tag = parse_tag(language) if language else None
    try_source.run(url, Outlet(name=name or "", country=code, language=tag), page, file, as_json)


def poll(
    once: bool = typer.Option(False, "--once", help="Poll every source that is due, then stop."),
    as_json: bool = JSON,
) -> None:
    """Poll the sources without Discord. One that fails does not fail the command."""
    totals = {"polled": 0, "failed": 0, "new": 0}
    problems: list[dict[str, str]] = []

    async def work() -> None:
        with Progress(
            TextColumn("polling"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not once or not Console(stderr=True).is_terminal,
        ) as progress:
            task = progress.add_task("", total=None)

            def tell(report: Report) -> None:
                totals["polled"] += 1
                totals["new"] += report.stored.new if report.stored else 0
                if report.problem is not None:
                    totals["failed"] += 1
                    problems.append(
                        {
                            "outlet": report.feed.outlet.name,
                            "url": without_credentials(report.feed.url),
                            "problem": report.problem,
                        }
                    )
                progress.update(task, advance=1, description=escape(report.feed.outlet.name[:30]))

            settings = console.quiet_settings() if once else console.settings()
            async with open_house(settings, holder="poll", on_report=tell) as house:
                await stock(house)
                due = await house.sources.due(now=house.clock.now())
                progress.update(task, total=due)
                if once:
                    await _drain(house)
                    await _file(house)
                else:
                    await _forever(house)

    with contextlib.suppress(KeyboardInterrupt):
        console.run_async(work())
    if as_json:
        console.print_json({**totals, "problems": problems})
        return
    out = console.stdout()
    out.print(f"{totals['polled']:,} polled, {totals['failed']:,} failed, {totals['new']:,} new items.")
    for problem in problems:
        out.print(f"  {escape(problem['outlet'])}: {escape(problem['problem'])}  [dim]{escape(problem['url'])}[/dim]")


async def _drain(house: House) -> None:
    """Poll until nothing is due; each due source once, since a poll makes it due later."""

    async def poller() -> None:
        while await house.ingest.step():
            pass

    async with asyncio.TaskGroup() as group:
        for _ in range(house.settings.pollers):
            group.create_task(poller())


async def _file(house: House) -> None:
    """Place in stories what came, and see which hashtags emerge, unless a `dateline run` beside us does."""
    with contextlib.suppress(AlreadyRunning):
        async with run_lock(house.settings.database_path):
            await house.seats.clear()
            desk = make_desk(house)
            while await desk.step():
                pass
            if await house.desk.seat.hold() is not None:
                await house.emerge.look()
            await house.desk.seat.leave()


async def _forever(house: House) -> None:
    async with contextlib.AsyncExitStack() as held, asyncio.TaskGroup() as group:
        with contextlib.suppress(AlreadyRunning):
            await held.enter_async_context(run_lock(house.settings.database_path))
            await house.seats.clear()
            for name, step in (("desk", make_desk(house).step), ("trends", house.desk.seat.seated(house.emerge.step))):
                group.create_task(run_loop(name, step, house.signals, idle=IDLE, topic=Topic.ITEMS))
        for work in polling_loops(house):
            group.create_task(work)
