"""The terminal: ``dateline``. Answers go to stdout, logs and errors to stderr.

Exit codes: 0 done, 1 done in part or not (each failure named), 2 usage, 75 try again later, 78 configuration
(sysexits.h, as systemd's RestartPreventExitStatus reads them). Never: a rule of the bot, or SQL.
"""

from __future__ import annotations

import os
import sys

import typer

from bot import __version__
from bot.cli.cluster import cluster
from bot.cli.tag import tag

OK, FAILED, USAGE, TRY_LATER, CONFIGURATION = 0, 1, 2, 75, 78

app = typer.Typer(
    name="dateline",
    help="A Discord bot that remembers the news.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("tag")(tag)
app.command("cluster")(cluster)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dateline {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
    config: str = typer.Option("", "--config", metavar="FILE", help="The configuration file (also DATELINE_CONFIG)."),
) -> None:
    """A Discord bot that remembers the news."""
    if config:
        os.environ["DATELINE_CONFIG"] = config


def main() -> None:
    """Run the command line; what goes wrong on purpose becomes one plain line and an exit code."""
    from bot.errors import AlreadyRunning, BotError, ConfigError, SchemaMismatch, StorageUnavailable, UserError

    try:
        # Importing Discord's library and the settings takes most of a second: `tag` and `cluster` need neither.
        if sys.argv[1:2] not in (["tag"], ["cluster"]):
            from bot.cli import backup, copy, denials, doctor, news, privacy, retag, run, sources, top, topics, trends

            for module in (run, sources, news, top, topics, trends, retag, backup, copy, doctor, privacy, denials):
                module.register(app)
        app()
    except BotError as error:
        from bot.filter_model import FilterError

        if isinstance(error, FilterError):
            typer.echo(f"dateline: {error.reason}\n{error.pointed()}", err=True)
        else:
            from bot.cli.console import hinted

            typer.echo(f"dateline: {hinted(str(error))}", err=True)

        match error:
            case AlreadyRunning() | StorageUnavailable():
                code = TRY_LATER
            case ConfigError() | SchemaMismatch():
                code = CONFIGURATION
            case UserError():
                code = USAGE
            case _:
                code = FAILED
        sys.exit(code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(130)
