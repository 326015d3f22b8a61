"""`dateline backup` and `restore`: whole copies of the memory, made beside a running bot, and put back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.markup import escape

from bot.cli import console
from bot.config import Settings
from bot.errors import ConfigError
from bot.house import open_house

NAME = re.compile(r"dateline-\d{8}T\d{6}Z\.sqlite")
"""Of copies in a folder: what `--keep` counts, and nothing else."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.command("restored")(restored)
    app.command("vacuum")(vacuum)


def backup(
    target: str = typer.Argument(..., help="A new file, or a folder in which it is called by its time."),
    keep: int = typer.Option(0, min=0, help="In a folder: how many copies stay there; 0: all."),
    as_json: bool = typer.Option(False, "--json", help="JSON on stdout."),
) -> None:
    """Copy the memory into a file, whole and checked; the bot may go on meanwhile."""
    from storage.backups import back_up
    from storage.places import check_way

    database = _file(console.quiet_settings().database_path)
    check_way(Path(target))
    folder = Path(target) if Path(target).is_dir() else None
    if folder is None and target.endswith("/"):
        raise ConfigError(f"the folder {target} is not there: make it first, or name a file")
    if keep and folder is None:
        raise ConfigError("--keep wants a folder that is there: dateline backup FOLDER --keep 7")
    file = Path(target) if folder is None else folder / f"dateline-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.sqlite"
    size = console.run_async(back_up(database, file))
    dropped = _older(folder, keep) if folder is not None and keep else []
    for old in dropped:
        old.unlink()
    if as_json:
        console.print_json({"file": str(file), "bytes": size, "dropped": [str(old) for old in dropped]})
        return
    older = f", {len(dropped)} older dropped" if dropped else ""
    console.stdout().print(f"{escape(str(file))}: {size / 1e6:,.1f} MB, whole{older}.")


def vacuum(as_json: bool = typer.Option(False, "--json", help="JSON on stdout.")) -> None:
    """Give back to the disk what the memory needs no more, when much was let go of. An SQLite file: the bot stopped."""
    from storage.upkeep import vacuumed

    before, after = console.run_async(vacuumed(console.quiet_settings().database_path))
    if as_json:
        console.print_json({"before": before, "after": after})
        return
    console.stdout().print(f"{before / 1e6:,.1f} MB before, {after / 1e6:,.1f} MB now.")


def _file(database: str) -> Path:
    """The file that is copied, or replaced. Raises `ConfigError` for PostgreSQL, which has better means of its own."""
    from storage.opening import is_postgres

    if is_postgres(database):
        raise ConfigError(
            "a PostgreSQL database is copied by its own means: pg_dump -Fc and pg_restore; then, where messages were "
            "posted since the copy, dateline restored"
        )
    return Path(database)


async def _anew(settings: Settings) -> None:
    """Poll silently, and look for what waits before it is sent."""
    async with open_house(settings, holder="restore") as house:
        await house.sources.read_anew()
        await house.deliveries.doubt_all()


def restored() -> None:
    """Say that the memory was put back by other means than `restore`, with the bot stopped: nothing is posted twice.

    The next poll of each feed is silent, and what waits to be sent is first looked for in its channel.
    """
    from storage.opening import name_of, run_lock

    settings = console.quiet_settings()

    async def work() -> None:
        async with run_lock(settings.database_path):
            await _anew(settings)

    console.run_async(work())
    console.stdout().print(
        f"{escape(name_of(settings.database_path))}: what the copy does not know is not posted again."
    )


def _older(folder: Path, keep: int) -> list[Path]:
    """The copies in a folder beyond the newest ones."""
    return sorted(file for file in folder.iterdir() if NAME.fullmatch(file.name))[:-keep]


def restore(
    file: str = typer.Argument(..., help="A copy that `dateline backup` made."),
    moved: bool = typer.Option(False, "--moved", help="No bot ran since the copy was made: go on just where it was."),
    replace: bool = typer.Option(False, "--replace", help="Put it in the place of a memory that is there."),
) -> None:
    """Put a copy in the memory's place, with the bot stopped; what was there is kept beside it.

    What the copy does not know was posted since: so the next poll of each feed is silent, and what waits to be sent is
    first looked for in its channel. With --moved neither is needed.
    """
    from storage.backups import put_in_place
    from storage.opening import run_lock
    from storage.places import check_place

    settings = console.quiet_settings()
    database = _file(settings.database_path)
    check_place(database)
    if database.exists() and not replace:
        raise ConfigError(f"{database} is there: give --replace to put the copy in its place (it is kept beside it)")
    aside = database.with_name(f"{database.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")

    async def work() -> bool:
        async with run_lock(settings.database_path):
            there = await put_in_place(Path(file), database, aside=aside)
            if not moved:
                await _anew(settings)
            return there

    there = console.run_async(work())
    kept = f"; what was there is {escape(str(aside))}" if there else ""
    console.stdout().print(f"{escape(str(database))} is the copy {escape(file)}{kept}.")
