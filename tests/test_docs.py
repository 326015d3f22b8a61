"""The documents say what is there: slash commands with their options, the terminal's commands, the settings."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.cli import backup, copy, denials, doctor, news, options, privacy, retag, run, sources, top, topics, trends
from bot.cli.cluster import cluster
from bot.cli.tag import tag
from bot.config import PREFIX, Settings
from bot.news.tagger import Tagger
from tests.e2e.conftest import opened
from tests.support import HeldClock, new_database

ROOT = Path(__file__).resolve().parents[1]
OPTION = re.compile(r"^\| (\*\*)?`([a-z_]+)`(?:\*\*)? \|", re.MULTILINE)
SLASH, SUBCOMMAND = 1, 1  # Discord's documentation, "Application Command Option Type"


def document(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def sections() -> dict[str, str]:
    """The parts of docs/commands.md that stand under a command, by the command."""
    parts = re.split(r"^(#{2,3}) (.*)$", document("docs/commands.md"), flags=re.MULTILINE)
    return {title: text for title, text in zip(parts[2::3], parts[3::3], strict=True) if title.startswith("/")}


def commands(payload: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every slash command as it is typed, with its options."""
    for command in payload:
        if command.get("type", 1) != SLASH:
            continue
        inner = [option for option in command.get("options", []) if option["type"] == SUBCOMMAND]
        for each in inner:
            yield f"/{command['name']} {each['name']}", each.get("options", [])
        if not inner:
            yield f"/{command['name']}", command.get("options", [])


async def test_the_reference_of_slash_commands_is_complete_and_holds_no_other(tmp_path: Path, clock: HeldClock) -> None:
    async with opened(str(new_database(tmp_path)), clock, Tagger.load()) as place:
        payload = [command.to_dict(place.client.tree) for command in place.client.tree.get_commands()]
    written = {
        name: [(option, bool(required)) for required, option in OPTION.findall(text)]
        for name, text in sections().items()
    }
    there = {
        name: [(option["name"], bool(option.get("required"))) for option in options]
        for name, options in commands(payload)
    }
    assert written == there, "docs/commands.md: each option in its row, in order; required ones in bold"


@cache
def command_line() -> Any:
    """`dateline` itself, as it takes arguments apart."""
    app = typer.Typer()
    app.callback()(options)
    app.command("tag")(tag)
    app.command("cluster")(cluster)
    for module in (run, sources, news, topics, top, trends, retag, backup, copy, doctor, privacy, denials):
        module.register(app)
    return typer.main.get_command(app)


def terminal() -> dict[str, list[str]]:
    """The commands of the terminal, with those of their groups."""
    found = {}
    for name, command in command_line().commands.items():
        found[name] = sorted(getattr(command, "commands", {}))
    return found


def test_every_command_of_the_terminal_is_described() -> None:
    lines = [line for name in ("README.md", "docs/operating.md") for line in document(name).splitlines()]
    written = [line for line in lines if "dateline" in line]
    for name, inner in terminal().items():
        assert any(re.search(rf"dateline [^#]*\b{name}\b", line) for line in written), name
        about = " ".join(line for line in written if f"dateline {name}" in line)
        for each in inner:
            assert re.search(rf"\b{each}\b", about), f"{name} {each}"


@pytest.mark.parametrize("name", [*Settings.model_fields, "config"])
def test_every_setting_is_described(name: str) -> None:
    assert re.search(rf"\b{PREFIX}{name.upper()}\b", document("README.md") + document("docs/operating.md"))


def test_no_document_names_a_setting_that_is_none() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in (*Settings.model_fields, "config")}
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        named = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", path.read_text(encoding="utf-8")))
        assert named <= known, path.name


def test_links_between_documents_lead_somewhere() -> None:
    for path in (ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")):
        text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" not in target and not target.startswith("mailto:"):
                assert (path.parent / target).exists(), f"{path.name}: {target}"


@pytest.mark.parametrize(("table", "least"), [("docs/hostile.md", 100), ("docs/threat-model.md", 30)])
def test_every_test_that_the_tables_of_threats_name_is_there(table: str, least: int) -> None:
    named = re.findall(r"`([^`]+\.py)::(\w+)`", document(table))
    assert len(named) > least
    for path, name in named:
        assert f"def {name}(" in document(f"tests/{path}"), f"{path}::{name}"


def test_every_dependency_is_pinned() -> None:
    pinned = {
        re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower()
        for line in document("deploy/constraints.txt").splitlines()
        if "==" in line
    }
    wanted = tomllib.loads(document("pyproject.toml"))["project"]
    named = [*wanted["dependencies"], *wanted["optional-dependencies"]["dev"]]
    names = {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=;! ]", one)[0]).lower() for one in named} - {"dateline"}
    assert len(names) > 20
    assert names <= pinned


def test_known_holes_are_asked_for_by_a_script_of_its_own() -> None:
    """It needs the network: `.ci/run` does without."""
    script = ROOT / ".ci/audit"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0  # noqa: S603, S607
    assert "pip-audit" in document(".ci/audit")
    assert "audit" not in document(".ci/run")
    assert "`.ci/audit`" in document("SECURITY.md")
