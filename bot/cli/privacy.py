"""`dateline kept` and `forget`: what the memory holds of a server or a person, and having it gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from bot.cli import console
from bot.errors import UserError
from bot.house import House
from bot.model import GuildId, UserId
from bot.services.privacy import document


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("kept")(kept)
    app.command("forget")(forget)


def kept(
    whose: str = typer.Argument(..., help="server or person."),
    number: int = typer.Argument(..., min=1, help="Its id in Discord."),
    everything: bool = typer.Option(False, "--all", help="All of it as JSON on stdout, as /data export gives it."),
    as_json: bool = typer.Option(False, "--json", help="JSON on stdout."),
) -> None:
    """Say how much the memory keeps of a server or a person (docs/privacy.md says what), or give it out."""

    is_server = _is_server(whose)

    async def export(house: House) -> dict[str, Any]:
        store = house.privacy
        parts = store.export_server(GuildId(number)) if is_server else store.export_person(UserId(number))
        return await document(whose, number, parts, written_at=house.clock.now().isoformat(timespec="seconds"))

    if everything:
        console.print_json(console.with_house(export))
        return

    async def work(house: House) -> Mapping[str, int]:
        if is_server:
            return await house.privacy.of_server(GuildId(number))
        return await house.privacy.of_person(UserId(number))

    _say(console.with_house(work), as_json=as_json, verb="kept")


def forget(
    whose: str = typer.Argument(..., help="server or person."),
    number: int = typer.Argument(..., min=1, help="Its id in Discord."),
    as_json: bool = typer.Option(False, "--json", help="JSON on stdout."),
) -> None:
    """Forget all that is kept of a server or a person, beside a running bot if you like. It cannot be taken back.

    News stays, and what a person corrected, without their name. Messages in Discord are not touched.
    """

    is_server = _is_server(whose)

    async def work(house: House) -> Mapping[str, int]:
        if is_server:
            return await house.privacy.forget_server(GuildId(number))
        return await house.privacy.forget_person(UserId(number))

    _say(console.with_house(work), as_json=as_json, verb="forgotten")


def _is_server(whose: str) -> bool:
    if whose not in ("server", "person"):
        raise UserError(f"“{whose[:20]}” is neither server nor person: dateline kept person 123456789012345678")
    return whose == "server"


def _say(counts: Mapping[str, int], *, as_json: bool, verb: str) -> None:
    if as_json:
        console.print_json(dict(counts))
        return
    some = [f"{what} {count:,}" for what, count in counts.items() if count]
    console.stdout().print(f"{verb}: {', '.join(some) if some else 'nothing'}")
