"""What stands in deploy/: it can be read, runs without rights it does not need, and names only what there is."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ConfigError
from bot.roles import DISCORD, EVERYTHING, Role, clash
from tests.deployed import (
    DEPLOY,
    KUBERNETES,
    ROOT,
    Process,
    compose,
    composed,
    environment_of,
    health_check,
    image_environment,
    instructions,
    last_stage,
    objects,
    of_kind,
    orchestrated,
    parsed,
    services,
    settings_of,
    text,
    workloads,
)
from tests.test_docs import terminal
from tests.test_roles import process

HEALTH, WEB = 8081, 8080
MANIFESTS = sorted(KUBERNETES.glob("*.yml"))
ROLES = KUBERNETES / "roles.yml"
ALONE = [path for path in MANIFESTS if path != ROLES]
USER = 10001
STOPS_IN = 20
"""Seconds: bot.crew.DRAIN."""


# --- the image ---------------------------------------------------------------------------------------------------


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
    check = health_check()
    assert check[0] == "python", "curl is not in the image"
    assert f"http://127.0.0.1:{HEALTH}/healthz" in check[-1]
    (exposed,) = [rest for word, rest in last_stage() if word == "EXPOSE"]
    assert exposed.split() == [str(WEB), str(HEALTH)]


def test_only_what_the_image_needs_is_sent_to_its_builder() -> None:
    lines = text("Dockerfile.dockerignore").splitlines()
    assert "*" in lines
    sent = {line[1:] for line in lines if line.startswith("!")}
    assert all((ROOT / name).exists() for name in sent)
    context = [rest for word, rest in instructions() if word == "COPY" and not rest.startswith("--from")]
    assert {part for rest in context for part in rest.split()[:-1]} == sent


# --- roles, however they are started -------------------------------------------------------------------------------


def split() -> dict[str, list[Process]]:
    """The processes that go on running, by the shape."""
    found = {"compose": composed("roles"), "kubernetes": orchestrated(ROLES)}
    return {shape: [one for one in each if one.arguments != ("migrate",)] for shape, each in found.items()}


@pytest.mark.parametrize("shape", split())
def test_every_role_has_its_process_as_the_command_line_takes_it(shape: str) -> None:
    found = split()[shape]
    assert {role for one in found for role in one.settings.only} == EVERYTHING
    assert all(len(one.settings.only) == 1 for one in found)
    for one in found:
        (role,) = one.settings.only
        assert one.name.partition("-")[0] == role
        assert one.settings.health_listen == f"0.0.0.0:{HEALTH}", "where it is asked how it is"
        assert one.settings.listen == f"0.0.0.0:{WEB}"
        assert one.settings.token is None
        assert (one.settings.token_file is not None) == (role in DISCORD), "the token is for those who need it"
        common = {name for name in found[0].environment if name != "DATELINE_TOKEN_FILE"}
        assert {name: one.environment[name] for name in common} == {
            name: found[0].environment[name] for name in common
        }, "all have the same configuration"
    copies = {role: sum(one.copies for one in found if role in one.settings.only) for role in Role}
    assert copies[Role.DESK] == 2
    assert copies[Role.DELIVER] == 2


@pytest.mark.parametrize("shape", split())
def test_gateways_have_every_shard_once(shape: str) -> None:
    ranges = [one.settings.shard_range for one in split()[shape] if Role.GATEWAY in one.settings.only]
    assert len(ranges) == 2
    shards = [each for each in ranges if each is not None]
    numbers = [number for each in shards for number in each.numbers]
    assert sorted(numbers) == list(range(shards[0].of))
    there = [process(str(each), Role.GATEWAY, shards=each) for each in shards]
    assert not any(clash(there, each) for each in there)


def test_all_shapes_start_the_same_commands() -> None:
    of_compose, of_kubernetes = ({one.name: one.arguments for one in found} for found in split().values())
    assert of_compose == of_kubernetes


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--only", "watcher"),
        ("run", "--role", "watch"),
        ("start",),
        ("run", "--only", "gateway", "--shards", "0-4/4"),
        ("run", "--only", "watch", "--shards", "0-1/4"),
    ],
)
def test_a_slip_in_a_command_would_be_found(arguments: tuple[str, ...]) -> None:
    one = Process(name="slip", arguments=arguments, environment={"DATELINE_DATABASE": "postgresql://h/d"})
    with pytest.raises(Exception, match=r"No such (option|command)|must be some of|names no shards|is for a process"):
        _ = one.settings


# --- Docker Compose ----------------------------------------------------------------------------------------------


def ours() -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((name, one) for name, one in services().items() if "build" in one)


def test_each_shape_is_whole() -> None:
    every = services()
    shapes: dict[str, set[str]] = {}
    for name, one in every.items():
        for profile in one["profiles"]:
            shapes.setdefault(profile, set()).add(name)
    assert shapes == {
        "sqlite": {"dateline"},
        "postgres": {"dateline-postgres", "migrate", "database"},
        "roles": {"watch", "desk", "deliver", "gateway-0", "gateway-1", "web", "migrate", "database"},
    }
    for shape in shapes.values():
        for name in shape:
            assert set(every[name].get("depends_on", {})) <= shape
    whole = compose()
    for one in every.values():
        for volume in one.get("volumes", ()):
            assert volume.partition(":")[0] in whole["volumes"]
        assert set(one.get("networks", ())) <= {"default", *whole["networks"]}
        assert set(one.get("secrets", ())) <= whole["secrets"].keys()


@pytest.mark.parametrize("profile", ["sqlite", "postgres", "roles"])
def test_compose_itself_reads_each_shape(profile: str) -> None:
    program = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
    if shutil.which(program[0]) is None:
        pytest.skip("there is no Docker")
    if subprocess.run([*program, "version"], capture_output=True, check=False).returncode:  # noqa: S603
        pytest.skip("there is no Docker Compose")
    command = [*program, "-f", str(DEPLOY / "compose.yml"), "--profile", profile, "config", "--format", "json"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own file
    assert said.returncode == 0, said.stderr
    read = json.loads(said.stdout)["services"]
    assert read.keys() == services(profile).keys()
    for one in composed(profile):
        assert tuple(read[one.name]["command"] or ["run"]) == one.arguments
        assert read[one.name]["environment"].keys() <= one.environment.keys()


def test_its_containers_have_no_rights_and_a_read_only_root() -> None:
    for name, one in ours():
        assert one["read_only"] is True, name
        assert one["user"] == f"{USER}:{USER}"
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]
        assert one["restart"] == ("no" if name == "migrate" else "unless-stopped")
        assert any(each.startswith("/tmp:") for each in one["tmpfs"])  # noqa: S108
        ports = one.get("ports", ())
        assert all(port.startswith("127.0.0.1:") and port.endswith(f":{WEB}") for port in ports), "never health"
        assert not ports or "deploy" not in one, "of two only one could have the port"
        assert int(one["stop_grace_period"].removesuffix("s")) > STOPS_IN
        assert (one["build"]["context"], one["build"]["dockerfile"]) == ("..", "deploy/Dockerfile")
        parsed(tuple(one.get("command", ["run"])))
        assert "privileged" not in one
    assert services()["database"]["security_opt"] == ["no-new-privileges:true"]


def test_its_health_is_asked_where_it_answers() -> None:
    for name, one in ours():
        if name == "migrate":
            assert one["healthcheck"] == {"disable": True}, "it ends"
        else:
            assert "healthcheck" not in one, "the image has one"
            listens = settings_of({**image_environment(), **one["environment"]}).health_listen
            assert listens == f"0.0.0.0:{HEALTH}"


def test_who_needs_the_database_waits_until_it_is_migrated() -> None:
    for name, one in ours():
        if "DATELINE_DATABASE" not in one["environment"]:
            continue
        assert "inside" in one["networks"]
        if name == "migrate":
            assert one["depends_on"] == {"database": {"condition": "service_healthy"}}
            assert parsed(tuple(one["command"])) == ("migrate", {})
        else:
            assert one["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


def test_its_settings_are_settings_and_no_secret_is_among_them() -> None:
    for name, one in ours():
        settings = settings_of({**image_environment(), **one["environment"]})
        assert settings.token is None
        for value in one["environment"].values():
            assert not re.search(r":[^/@]+@", re.sub(r"\$\{\w+:-\}", "", value)), "a password"
        told = name.startswith(("dateline", "deliver", "gateway"))
        assert one["environment"].get("DATELINE_TOKEN_FILE") == ("/run/secrets/token" if told else None), name
        assert one.get("secrets", []) == (["token"] if told else []), name
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {"deploy/token", ".env"} <= set(ignored)


# --- Kubernetes --------------------------------------------------------------------------------------------------


def pods(path: Path) -> Iterator[dict[str, Any]]:
    """The pod of each Deployment, StatefulSet and Job."""
    yield from (one["spec"]["template"]["spec"] for one in (*workloads(path), *of_kind(path, "Job")))


def containers(path: Path) -> Iterator[dict[str, Any]]:
    for spec in pods(path):
        yield from (*spec.get("initContainers", ()), *spec["containers"])


def selected(path: Path, kind: str, labels: dict[str, str]) -> list[dict[str, Any]]:
    """The objects of a kind whose selector finds a pod with these labels."""
    found = []
    for one in of_kind(path, kind):
        selector = one["spec"].get("podSelector") or one["spec"]["selector"]
        selector = selector if {"matchLabels", "matchExpressions"} & selector.keys() else {"matchLabels": selector}
        assert all(each["operator"] == "NotIn" for each in selector.get("matchExpressions", ()))
        if selector["matchLabels"].items() <= labels.items() and not any(
            labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", ())
        ):
            found.append(one)
    return found


def test_each_shape_has_its_manifests() -> None:
    assert [path.stem for path in MANIFESTS] == ["postgres", "roles", "sqlite"]
    kinds = {path.stem: {one["kind"] for one in workloads(path)} for path in MANIFESTS}
    assert kinds == {"postgres": {"Deployment"}, "roles": {"Deployment"}, "sqlite": {"StatefulSet"}}
    for path in MANIFESTS:
        names = [(one["kind"], one["metadata"]["name"]) for one in objects(path)]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_a_pod_runs_as_nobody_special(path: Path) -> None:
    for spec in pods(path):
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == USER
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for one in containers(path):
        rights = one["securityContext"]
        assert rights["readOnlyRootFilesystem"] is True
        assert rights["allowPrivilegeEscalation"] is False
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert one["resources"]["limits"]["memory"]
        parsed(tuple(one["args"]))
        assert "/tmp" in {mount["mountPath"] for mount in one["volumeMounts"]}  # noqa: S108
        assert not one["image"].endswith(":latest")
    assert len({one["image"] for one in containers(path)}) == 1


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_a_pod_is_probed_where_the_bot_answers_and_has_the_time_to_stop(path: Path) -> None:
    for one in workloads(path):
        (main,) = one["spec"]["template"]["spec"]["containers"]
        ports = {port["name"]: port["containerPort"] for port in main["ports"]}
        _, options = parsed(tuple(main["args"]))
        shows = options.get("only", "web") == "web"
        assert ports == {"health": HEALTH, **({"web": WEB} if shows else {})}
        # A gateway that stands by is never ready: a rollout that waited for that would not end.
        ready = "/healthz" if options.get("only") == "gateway" else "/readyz"
        wanted = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": ready}
        for probe, place in wanted.items():
            assert main[probe]["httpGet"] == {"path": place, "port": "health"}
        labels = one["spec"]["template"]["metadata"]["labels"]
        served = {port["targetPort"] for each in selected(path, "Service", labels) for port in each["spec"]["ports"]}
        assert served == ports.keys()
        assert one["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > STOPS_IN


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_selectors_find_their_pods_and_no_others(path: Path) -> None:
    for one in workloads(path):
        labels = one["spec"]["template"]["metadata"]["labels"]
        assert one["spec"]["selector"]["matchLabels"] == labels
        (budget,) = selected(path, "PodDisruptionBudget", labels)
        assert budget["spec"]["maxUnavailable"] == 1, "else no node could be drained"
        for spread in one["spec"]["template"]["spec"].get("topologySpreadConstraints", ()):
            assert spread["labelSelector"]["matchLabels"] == labels
    found = [one["spec"]["template"]["metadata"]["labels"] for one in (*workloads(path), *of_kind(path, "Job"))]
    assert len({tuple(sorted(labels.items())) for labels in found}) == len(found)
    for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
        for one in of_kind(path, kind):
            assert any(one in selected(path, kind, labels) for labels in found), one["metadata"]["name"]


@pytest.mark.parametrize("path", ALONE, ids=lambda path: path.stem)
def test_who_is_alone_runs_once_at_a_time(path: Path) -> None:
    (one,) = workloads(path)
    assert one["spec"]["replicas"] == 1
    assert one["kind"] == "StatefulSet" or one["spec"]["strategy"] == {"type": "Recreate"}


def test_a_new_process_of_a_role_comes_before_an_old_one_goes() -> None:
    for one in workloads(ROLES):
        assert one["spec"]["replicas"] == 2, "one that works while the other is drained or replaced"
        assert one["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        assert one["spec"]["minReadySeconds"] > 10, "whose token is refused has ended by then"


def test_the_job_goes_on_while_it_is_told_to_come_later() -> None:
    (job,) = of_kind(ROLES, "Job")
    assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never", "else it may have no policy for failures"
    codes = {
        code: rule["action"]
        for rule in job["spec"]["podFailurePolicy"]["rules"]
        for code in rule["onExitCodes"]["values"]
    }
    assert codes == {75: "Ignore", 78: "FailJob"}
    (main,) = job["spec"]["template"]["spec"]["containers"]
    assert parsed(tuple(main["args"])) == ("migrate", {})
    settings_of(environment_of(main, ROLES))


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_the_web_is_reached_by_those_alone_that_ask_it(path: Path) -> None:
    found = [(one["spec"]["template"]["metadata"]["labels"], True) for one in workloads(path)]
    found += [(one["spec"]["template"]["metadata"]["labels"], False) for one in of_kind(path, "Job")]
    for labels, listens in found:
        policies = selected(path, "NetworkPolicy", labels)
        assert {kind for one in policies for kind in one["spec"]["policyTypes"]} == {"Ingress", "Egress"}
        rules = [rule for one in policies for rule in one["spec"].get("egress", ())]
        outside = [block["ipBlock"] for rule in rules for block in rule.get("to", ())]
        assert bool(outside) == (labels.get("app.kubernetes.io/component") not in ("web", "migrate"))
        assert all("10.0.0.0/8" in block["except"] for block in outside if ":" not in block["cidr"])
        places = {port["port"] for rule in rules for port in rule.get("ports", ())}
        assert places == ({53} if path.stem == "sqlite" else {53, 5432})
        heard = {port["port"] for one in policies for rule in one["spec"].get("ingress", ()) for port in rule["ports"]}
        shows = labels.get("app.kubernetes.io/component", "web") == "web"
        assert not listens or heard == ({"web", "health"} if shows else {"health"})


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_secrets_come_from_a_secret_and_settings_are_settings(path: Path) -> None:
    assert of_kind(path, "Secret") == []
    every = [(pod, one) for pod in pods(path) for one in (*pod.get("initContainers", ()), *pod["containers"])]
    for pod, one in every:
        plain = {each["name"]: each["value"] for each in one["env"] if "value" in each}
        settings_of({name: value for name, value in environment_of(one, path).items() if name != "DATELINE_DATABASE"})
        referred = {each["name"] for each in one["env"] if "valueFrom" in each}
        assert referred == (set() if path.stem == "sqlite" else {"DATELINE_DATABASE"})
        assert "DATELINE_TOKEN" not in environment_of(one, path)
        name, options = parsed(tuple(one["args"]))
        mounted = [mount for mount in one["volumeMounts"] if mount["name"] == "token"]
        if name != "run" or options.get("only", "gateway") not in DISCORD:
            assert mounted == []
            assert "DATELINE_TOKEN_FILE" not in plain
            continue
        (folder,) = mounted
        assert plain["DATELINE_TOKEN_FILE"] == f"{folder['mountPath']}/token"
        assert folder["readOnly"] is True
        (volume,) = [volume["secret"] for volume in pod["volumes"] if volume["name"] == "token"]
        assert volume["secretName"] == "dateline"
        assert volume["items"] == [{"key": "token", "path": "token"}], "not the database's password"


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_kubectl_reads_what_is_read_here(path: Path) -> None:
    """Its YAML is another's: lists, anchors and what is merged come to the same."""
    if (found := shutil.which("kubectl")) is None:
        pytest.skip("kubectl is not installed")
    command = [found, "label", "--local", "--filename", str(path), "--output", "json", "read=yes"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own file
    read: list[dict[str, Any]] = []
    rest = said.strip()
    while rest:
        one, end = json.JSONDecoder().raw_decode(rest)
        read += one["items"] if one["kind"] == "List" else [one]
        rest = rest[end:].strip()
    for one in read:
        del one["metadata"]["labels"]["read"]
        one.pop("status", None)
    assert read == objects(path)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_manifests_are_of_kubernetes_own_schema(path: Path, tmp_path: Path) -> None:
    if (found := shutil.which("kubernetes-validate")) is None:
        pytest.skip("kubernetes-validate is not installed")
    plain = tmp_path / "plain.yml"
    plain.write_text("\n---\n".join(json.dumps(one) for one in objects(path)), encoding="utf-8")
    said = subprocess.run([found, "--strict", str(plain)], capture_output=True, text=True, check=False)  # noqa: S603
    assert said.returncode == 0, said.stdout + said.stderr


# --- systemd -----------------------------------------------------------------------------------------------------

DROP_IN = "dateline@.service.d/roles.conf"


def unit(*files: str) -> dict[str, list[str]]:
    """What a unit and its drop-ins say together: an empty value takes back what was said before."""
    found: dict[str, list[str]] = {}
    for line in itertools.chain.from_iterable(text(name).splitlines() for name in files):
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[name] = [*found.get(name, ()), value] if value else []
    return found


def variables(found: dict[str, list[str]]) -> dict[str, str]:
    """The later wins."""
    return dict(part.split("=", 1) for line in found["Environment"] for part in line.split())


def test_the_unit_starts_what_there_is_and_leaves_it_time() -> None:
    found = unit("dateline.service")
    (start,) = found["ExecStart"]
    assert start.split()[1] in terminal()
    settings = settings_of(variables(found))
    assert settings.health_listen == f"127.0.0.1:{HEALTH}"
    assert str(settings.token_file) == "%d/token"
    assert int(found["TimeoutStopSec"][0]) > STOPS_IN
    assert found["RestartPreventExitStatus"] == ["78"]


def test_its_template_is_the_same_unit_for_each_role() -> None:
    found = unit("dateline.service", DROP_IN)
    (start,) = found["ExecStart"]
    shared, own = found["EnvironmentFile"]
    assert (shared, own) == ("/etc/dateline/roles.env", "-/etc/dateline/%i.env")
    for role in Role:
        environment = {name: value.replace("%i", role) for name, value in variables(found).items()}
        # The files come after the variables.
        environment |= {"DATELINE_DATABASE": "postgresql://dateline@localhost/dateline", "DATELINE_WEB": "true"}
        environment |= {"DATELINE_SHARDS": "0-1/4"} if role == Role.GATEWAY else {}
        one = Process(name=role, arguments=tuple(start.split()[1:]), environment=environment)
        assert one.settings.only == (role,)
    with pytest.raises(ConfigError, match="PostgreSQL"):
        settings_of({name: value.replace("%i", "desk") for name, value in variables(found).items()}).check_roles()
    assert found["LoadCredential"] == ["token:/etc/dateline/%i.token"], "only those have it that are given it"
    (missing,) = found["SetCredential"]
    with pytest.raises(ConfigError, match="holds no token"):
        settings_of({"DATELINE_TOKEN": missing.partition(":")[2]}).discord_token()
    assert found["StateDirectory"] == [], "instances are users of their own"
    rights = ("Environment", "LoadCredential", "SetCredential", "EnvironmentFile", "StateDirectory", "WorkingDirectory")
    assert unit(DROP_IN).keys() <= {*rights, "Description", "After"}, "hardening stands in the unit alone"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The folder of units, with the unit and the template as an operator puts them there."""
    for name in ("dateline.service", "dateline@.service"):
        unit_text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text("dateline.service"))
        (tmp_path / name).write_text(unit_text, encoding="utf-8")
    shutil.copytree((DEPLOY / DROP_IN).parent, tmp_path / Path(DROP_IN).parent)
    return tmp_path


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
@pytest.mark.parametrize("name", ["dateline.service", "dateline@desk.service", "dateline@gateway-1.service"])
def test_systemd_itself_finds_the_unit_right_and_little_exposed(installed: Path, name: str) -> None:
    security = ("security", "--offline=yes", "--threshold=20")
    for command in (("verify",), security):
        judged = subprocess.run(  # noqa: S603 - our own file
            ["systemd-analyze", *command, str(installed / name)],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
        assert judged.returncode == 0, judged.stdout[-300:] + judged.stderr
        assert str(installed) not in judged.stderr, "a line that it passes over"


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
