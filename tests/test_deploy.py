"""What stands in deploy/: it can be read, runs without rights it does not need, and names only what there is."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.config import PREFIX, Settings
from tests.test_docs import terminal

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
HEALTH, WEB = 8081, 8080
KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*.yml"))
USER = 10001


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def is_setting(name: str) -> bool:
    return name.removeprefix(PREFIX).lower() in {*Settings.model_fields, "config"}


def settings_of(environment: dict[str, str]) -> Settings:
    """The settings that an environment makes; fails for a name or a value that is none."""
    ours = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    assert [name for name in ours if not is_setting(name)] == []
    given: dict[str, Any] = {name.removeprefix(PREFIX).lower(): value for name, value in ours.items()}
    return Settings(**given)


# --- the image ---------------------------------------------------------------------------------------------------


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


def test_the_image_has_two_stages_and_runs_as_nobody_special() -> None:
    words = [word for word, _ in instructions()]
    assert words.count("FROM") == 2
    assert "ADD" not in words, "it fetches"
    (user,) = [rest for word, rest in last_stage() if word == "USER"]
    assert user == f"{USER}:{USER}"
    after = [word for word, _ in last_stage()][[word for word, _ in last_stage()].index("USER") :]
    assert "RUN" not in after
    assert "COPY" not in after
    assert not re.search(r"amd64|x86_64|arm64|aarch64", " ".join(rest for _, rest in instructions()))


def test_the_image_has_all_packages_and_extras_that_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {one.rstrip("*") for one in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    copied = {part for word, rest in instructions() if word == "COPY" for part in rest.split()[:-1]}
    assert packages <= copied
    assert {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]} <= copied
    (extras,) = [rest.partition("=")[2] for word, rest in instructions() if word == "ARG" and rest.startswith("EXTRAS")]
    assert set(extras.split(",")) <= project["project"]["optional-dependencies"].keys()
    (entry,) = [json.loads(rest) for word, rest in last_stage() if word == "ENTRYPOINT"]
    assert entry[0] in project["project"]["scripts"]
    (command,) = [json.loads(rest) for word, rest in last_stage() if word == "CMD"]
    assert command[0] in terminal()


def test_the_image_writes_to_its_volume_alone_and_says_how_it_is() -> None:
    environment = image_environment()
    settings = settings_of(environment)
    (volume,) = [rest for word, rest in last_stage() if word == "VOLUME"]
    assert settings.database_path.startswith(f"{volume}/")
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert settings.health_listen == f"0.0.0.0:{HEALTH}"
    assert settings.listen == f"0.0.0.0:{WEB}"
    (check,) = [rest for word, rest in last_stage() if word == "HEALTHCHECK"]
    assert f"http://127.0.0.1:{HEALTH}/healthz" in check
    assert "curl" not in check, "the image has none"
    (exposed,) = [rest for word, rest in last_stage() if word == "EXPOSE"]
    assert exposed.split() == [str(WEB), str(HEALTH)]


def test_only_what_the_image_needs_is_sent_to_its_builder() -> None:
    lines = text("Dockerfile.dockerignore").splitlines()
    assert "*" in lines
    sent = {line[1:] for line in lines if line.startswith("!")}
    assert all((ROOT / name).exists() for name in sent)
    context = [rest for word, rest in instructions() if word == "COPY" and not rest.startswith("--from")]
    assert {part for rest in context for part in rest.split()[:-1]} == sent


# --- Docker Compose ----------------------------------------------------------------------------------------------


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(text("compose.yml"))["services"]
    return found


def ours() -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((name, one) for name, one in services().items() if "build" in one)


def test_each_shape_is_whole() -> None:
    every = services()
    shapes: dict[str, set[str]] = {}
    for name, one in every.items():
        for profile in one["profiles"]:
            shapes.setdefault(profile, set()).add(name)
    assert shapes == {"sqlite": {"dateline"}, "postgres": {"dateline-postgres", "migrate", "database"}}
    for shape in shapes.values():
        for name in shape:
            assert set(every[name].get("depends_on", {})) <= shape
    whole = yaml.safe_load(text("compose.yml"))
    for one in every.values():
        for volume in one.get("volumes", ()):
            assert volume.partition(":")[0] in whole["volumes"]
        assert set(one.get("networks", ())) <= {"default", *whole["networks"]}
        assert set(one.get("secrets", ())) <= whole["secrets"].keys()


def test_its_containers_have_no_rights_and_a_read_only_root() -> None:
    for name, one in ours():
        assert one["read_only"] is True, name
        assert one["user"] == f"{USER}:{USER}"
        assert one["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in one["security_opt"]
        assert any(each.startswith("/tmp:") for each in one["tmpfs"])  # noqa: S108
        assert all(port.startswith("127.0.0.1:") and port.endswith(f":{WEB}") for port in one["ports"]), "never health"
        assert (one["build"]["context"], one["build"]["dockerfile"]) == ("..", "deploy/Dockerfile")
        assert one.get("command", ["run"])[0] in terminal()
        assert "privileged" not in one


def test_its_settings_are_settings_and_no_secret_is_among_them() -> None:
    for _, one in ours():
        settings = settings_of({**image_environment(), **one["environment"]})
        assert settings.token is None
        for value in one["environment"].values():
            assert not re.search(r":[^/@]+@", re.sub(r"\$\{\w+:-\}", "", value)), "a password"
    seen = {one["environment"].get("DATELINE_TOKEN_FILE") for name, one in ours() if name != "migrate"}
    assert seen == {"/run/secrets/token"}
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {"deploy/token", ".env"} <= set(ignored)


# --- Kubernetes --------------------------------------------------------------------------------------------------


def objects(path: Path) -> dict[str, dict[str, Any]]:
    return {one["kind"]: one for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))}


def workload(path: Path) -> dict[str, Any]:
    found = objects(path)
    one: dict[str, Any] = found.get("StatefulSet") or found["Deployment"]
    return one


def containers(path: Path) -> Iterator[dict[str, Any]]:
    spec = workload(path)["spec"]["template"]["spec"]
    yield from (*spec.get("initContainers", ()), *spec["containers"])


def test_both_stores_have_manifests() -> None:
    assert [path.stem for path in KUBERNETES] == ["postgres", "sqlite"]
    assert "StatefulSet" in objects(KUBERNETES[1])
    assert "Deployment" in objects(KUBERNETES[0])


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.stem)
def test_a_pod_runs_as_nobody_special(path: Path) -> None:
    spec = workload(path)["spec"]["template"]["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == USER
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for one in containers(path):
        rights = one["securityContext"]
        assert rights["readOnlyRootFilesystem"] is True
        assert rights["allowPrivilegeEscalation"] is False
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert one["resources"]["limits"]["memory"]
        assert one["args"][0] in terminal()
        assert "/tmp" in {mount["mountPath"] for mount in one["volumeMounts"]}  # noqa: S108
        assert not one["image"].endswith(":latest")


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.stem)
def test_a_pod_is_probed_where_the_bot_answers_and_has_the_time_to_stop(path: Path) -> None:
    (main,) = workload(path)["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in main["ports"]}
    assert ports == {"web": WEB, "health": HEALTH}
    wanted = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    for probe, place in wanted.items():
        assert main[probe]["httpGet"] == {"path": place, "port": "health"}
    found = objects(path)
    assert {port["targetPort"] for port in found["Service"]["spec"]["ports"]} == ports.keys()
    assert workload(path)["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > 20, "bot.crew.DRAIN"


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.stem)
def test_selectors_find_the_pod_and_one_runs_at_a_time(path: Path) -> None:
    one, found = workload(path), objects(path)
    labels = one["spec"]["template"]["metadata"]["labels"]
    assert one["spec"]["selector"]["matchLabels"] == labels
    assert found["Service"]["spec"]["selector"] == labels
    assert found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert found["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1, "else no node could be drained"
    assert found["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    assert one["spec"]["replicas"] == 1
    assert one["kind"] == "StatefulSet" or one["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.stem)
def test_secrets_come_from_a_secret_and_settings_are_settings(path: Path) -> None:
    assert "Secret" not in objects(path)
    spec = workload(path)["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert volumes["token"]["secret"]["secretName"] == "dateline"
    for one in containers(path):
        plain = {each["name"]: each["value"] for each in one["env"] if "value" in each}
        settings_of({**image_environment(), **plain})
        referred = {each["name"] for each in one["env"] if "valueFrom" in each}
        assert referred <= {"DATELINE_DATABASE"}
        assert "DATELINE_TOKEN" not in plain
        if one["args"] == ["run"]:
            folder = next(mount for mount in one["volumeMounts"] if mount["name"] == "token")
            assert plain["DATELINE_TOKEN_FILE"] == f"{folder['mountPath']}/token"
            assert folder["readOnly"] is True


# --- systemd -----------------------------------------------------------------------------------------------------


def unit() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text("dateline.service").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_the_unit_starts_what_there_is_and_leaves_it_time() -> None:
    found = unit()
    (start,) = found["ExecStart"]
    assert start.split()[1] in terminal()
    environment = dict(part.split("=", 1) for line in found["Environment"] for part in line.split())
    settings = settings_of(environment)
    assert settings.health_listen == f"127.0.0.1:{HEALTH}"
    assert str(settings.token_file) == "%d/token"
    assert int(found["TimeoutStopSec"][0]) > 20, "bot.crew.DRAIN"
    assert found["RestartPreventExitStatus"] == ["78"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
def test_systemd_itself_finds_the_unit_right_and_little_exposed() -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(DEPLOY / "dateline.service")]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own file
    assert judged.returncode == 0, judged.stdout[-300:] + judged.stderr
    assert "Unknown" not in judged.stderr


@pytest.mark.parametrize(
    ("tool", "files"),
    [
        ("hadolint", ("deploy/Dockerfile",)),
        ("shellcheck", (".ci/run", ".ci/audit")),
        ("yamllint", ("deploy",)),
    ],
)
def test_linters_have_nothing_to_say_where_they_are(tool: str, files: tuple[str, ...]) -> None:
    if (found := shutil.which(tool)) is None:
        pytest.skip(f"{tool} is not installed")
    options = ["-c", "deploy/yamllint.yml"] if tool == "yamllint" else []
    said = subprocess.run([found, *options, *files], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert said.returncode == 0, said.stdout + said.stderr
