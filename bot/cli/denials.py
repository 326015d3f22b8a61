"""`dateline deny`, `allow` and `denied`: servers, persons and hosts that are not served."""

from __future__ import annotations

import typer

from bot.cli import console
from bot.errors import UserError
from bot.house import House
from bot.model import Denied


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("deny")(deny)
    app.command("allow")(allow)
    app.command("denied")(denied)


def deny(
    what: str = typer.Argument(..., help="server, person or host."),
    name: str = typer.Argument(..., help="Its id in Discord; a host such as example.org."),
) -> None:
    """Serve a server or a person no more, or let no server have sources of a host; within seconds, while the bot runs.

    A server's alerts and sources stop, a person's follows, servers' sources of a host; all of it goes on at `allow`.
    """

    async def work(house: House) -> tuple[str, bool]:
        return await house.admission.deny(_kind(what), name)

    meant, is_new = console.with_house(work)
    console.stdout().print(f"{what} {meant} is not served" if is_new else f"{what} {meant} was not served before")


def allow(
    what: str = typer.Argument(..., help="server, person or host."),
    name: str = typer.Argument(..., help="Its id in Discord; a host such as example.org."),
) -> None:
    """Serve again. Alerts and follows go on with what comes from now on."""

    async def work(house: House) -> tuple[str, bool]:
        return await house.admission.allow(_kind(what), name)

    meant, is_new = console.with_house(work)
    console.stdout().print(f"{what} {meant} is served" if is_new else f"{what} {meant} was served before")


def denied(as_json: bool = typer.Option(False, "--json", help="JSON on stdout.")) -> None:
    """List whom the bot does not serve."""

    async def work(house: House) -> list[tuple[Denied, str]]:
        return sorted(await house.admission.denied())

    found = console.with_house(work)
    if as_json:
        console.print_json([{"kind": what, "name": name} for what, name in found])
        return
    for what, name in found:
        console.stdout().print(f"{what} {name}")
    if not found:
        console.stdout().print("everybody is served")


def _kind(what: str) -> Denied:
    if what not in list(Denied):
        raise UserError(f"“{what[:20]}” is none of server, person, host: dateline deny server 123456789012345678")
    return Denied(what)
