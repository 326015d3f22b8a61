"""`dateline run`, `demo`, `migrate`, `check-config`: starting the bot, and what is looked at before."""

from __future__ import annotations

import typer
from rich.markup import escape

from bot.cli import console


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run")(run)
    app.command("demo")(demo)
    app.command("migrate")(migrate)
    app.command("check-config")(check_config)


def run(
    only: str | None = typer.Option(
        None,
        metavar="ROLES",
        help="Of a bot that is several processes on PostgreSQL: what this one does, of watch, desk, deliver, gateway, "
        "web, separated by commas.",
    ),
    shards: str | None = typer.Option(
        None, metavar="A-B/N", help="Of one gateway of several: the shards it connects, of how many, such as 0-3/16."
    ),
) -> None:
    """Run the bot, or one of its processes, until it is told to stop (Ctrl+C or SIGTERM)."""
    from bot import app as application

    given = {name: value for name, value in (("only", only), ("shards", shards)) if value is not None}
    console.run_async(application.run(console.settings(**given)))


def demo(
    port: int = typer.Option(0, min=0, max=65535, help="The local port of the page; 0: any that is free."),
    offline: bool = typer.Option(False, "--offline", help="Do not try the catalogue: watch the demo's own feeds."),
) -> None:
    """Show the bot in a simulated Discord, in a local browser page: no token, no network needed."""
    try:
        from bot.sandbox import run as show
    except ImportError as error:
        typer.echo(
            f"dateline: the demo needs the demo extra ({error.name} is missing): pip install 'dateline[demo]'", err=True
        )
        raise typer.Exit(78) from None
    console.run_async(show(port=port, offline=offline))


def migrate() -> None:
    """Bring the database's schema to this version (opening it does so by itself for SQLite; PostgreSQL wants this)."""
    from storage.opening import migrate_store, name_of

    settings = console.quiet_settings()
    before, after = console.run_async(migrate_store(settings.database_path))
    done = f"migrated from version {before}" if before != after else "nothing to do"
    console.stdout().print(f"{escape(name_of(settings.database_path))}: schema version {after}, {done}.")


def check_config(
    as_json: bool = typer.Option(False, "--json", help="JSON on stdout."),
    token: bool = typer.Option(True, help="Ask for a token too."),
) -> None:
    """Read the configuration and show what is in force, secrets as stars."""
    from bot.feeds import catalogue
    from bot.feeds.guard import AddressPolicy

    settings = console.quiet_settings()
    policy = AddressPolicy.of(settings.allow_private)
    listed = catalogue.load(settings.catalogue, policy)
    settings.check_together()
    if token:
        settings.discord_token()
    effective = settings.effective()
    if as_json:
        console.print_json({**effective, "sources_in_catalogue": len(listed)})
        return
    out = console.stdout()
    for name, value in effective.items():
        shown = ", ".join(value) if isinstance(value, list) else str(value)
        out.print(f"[bold]{name}[/bold] = {escape(shown)}")
    out.print(f"The configuration is sound; the catalogue holds {len(listed)} sources.")
