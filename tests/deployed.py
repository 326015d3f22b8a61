"""What deploy/ starts: each process with its command and its environment, read from the files themselves.

Nothing of a container engine, of Kubernetes or of systemd is here: anchors, lists and drop-ins are resolved as those
do, and the image's own environment lies below what a shape sets.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.config import PREFIX, Settings
from tests.test_docs import command_line

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process as a shape starts it."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    """With the image's; of a secret only its name."""
    copies: int = 1

    @property
    def settings(self) -> Settings:
        """What the program makes of both: fails as it would."""
        name, given = parsed(self.arguments)
        assert name == "run"
        made = settings_of(self.environment, **given)
        made.check_roles()
        return made


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def is_setting(name: str) -> bool:
    return name.removeprefix(PREFIX).lower() in {*Settings.model_fields, "config"}


def settings_of(environment: Mapping[str, str], **given: Any) -> Settings:
    """The settings that an environment makes, and options; fails for a name or a value that is none."""
    ours = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    assert [name for name in ours if not is_setting(name)] == []
    made: dict[str, Any] = {name.removeprefix(PREFIX).lower(): value for name, value in ours.items()}
    return Settings(**{**made, **given})


def parsed(arguments: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """The command that `dateline ARGUMENTS` means, and what is said of its options; fails for what it would refuse."""
    group = command_line()
    name, command, rest = group.resolve_command(group.context_class(group), list(arguments))
    with command.make_context(name, rest) as context:
        return name, {option: value for option, value in context.params.items() if value is not None}


# --- the image


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, comments and continued lines put aside."""
    lines = [line for line in text("Dockerfile").splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in whole.splitlines()) if word]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    return found[max(number for number, (word, _) in enumerate(found) if word == "FROM") :]


def image_environment() -> dict[str, str]:
    (line,) = [rest for word, rest in last_stage() if word == "ENV"]
    return dict(part.split("=", 1) for part in shlex.split(line))


def health_check() -> list[str]:
    """The command by which the image says how it is."""
    (check,) = [rest for word, rest in last_stage() if word == "HEALTHCHECK"]
    found: list[str] = json.loads(check.partition("CMD ")[2])
    return found


# --- Docker Compose


@cache
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text("compose.yml"))
    return found


def services(profile: str | None = None) -> dict[str, dict[str, Any]]:
    """The services of a profile, or all."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return {name: one for name, one in found.items() if profile is None or profile in one["profiles"]}


def composed(profile: str) -> Iterator[Process]:
    """The processes of the bot in a profile."""
    for name, one in services(profile).items():
        if "build" in one:
            yield Process(
                name=name,
                arguments=tuple(one.get("command", ["run"])),
                environment={**image_environment(), **one["environment"]},
                copies=one.get("deploy", {}).get("replicas", 1),
            )


# --- Kubernetes


@cache
def objects(path: Path) -> list[dict[str, Any]]:
    """What a file holds, lists taken apart. Read once: nobody changes it."""
    found = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    return [item for one in found for item in (one["items"] if one["kind"] == "List" else [one])]


def of_kind(path: Path, *kinds: str) -> list[dict[str, Any]]:
    return [one for one in objects(path) if one["kind"] in kinds]


def workloads(path: Path) -> list[dict[str, Any]]:
    """What goes on running."""
    return of_kind(path, "Deployment", "StatefulSet")


def environment_of(container: dict[str, Any], path: Path) -> dict[str, str]:
    """What a container's process sees, but for what secrets hold: those are named."""
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(path, "ConfigMap")}
    found = image_environment()
    for source in container.get("envFrom", ()):
        found |= maps[source["configMapRef"]["name"]]
    for one in container["env"]:
        found[one["name"]] = (
            one["value"] if "value" in one else f"postgresql://{one['valueFrom']['secretKeyRef']['key']}"
        )
    return found


def orchestrated(path: Path) -> Iterator[Process]:
    """The processes of the bot in a file of manifests."""
    for one in workloads(path):
        (main,) = one["spec"]["template"]["spec"]["containers"]
        yield Process(
            name=one["metadata"]["name"].removeprefix("dateline-"),
            arguments=tuple(main["args"]),
            environment=environment_of(main, path),
            copies=one["spec"]["replicas"],
        )
