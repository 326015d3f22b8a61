"""`dateline doctor`: what may be wrong with a set-up, each with its remedy."""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.markup import escape

from bot.cli import console

MARKS = {"fine": "[green]✔[/green]", "warning": "[yellow]![/yellow]", "broken": "[red]✘[/red]"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(as_json: bool = typer.Option(False, "--json", help="JSON on stdout.")) -> None:
    """Look at configuration, token, permissions, database, clock and reachability; say what to do about each problem.

    It changes nothing and may run beside the bot. Exit code 1 where something is broken.
    """
    from bot.cli.diagnosis import Finding, Grade, diagnose

    settings = console.quiet_settings()
    out = console.stdout()

    async def look() -> list[Finding]:
        found = []
        async for finding in diagnose(settings):
            found.append(finding)
            if not as_json:
                out.print(f"{MARKS[finding.grade]} [bold]{finding.about}[/bold]: {escape(finding.what)}")
                if finding.remedy:
                    out.print(f"  {escape(finding.remedy)}")
        return found

    found = console.run_async(look())
    if as_json:
        console.print_json([asdict(finding) for finding in found])
    if any(finding.grade is Grade.BROKEN for finding in found):
        raise typer.Exit(1)
