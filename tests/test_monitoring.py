"""What deploy/monitoring asks of the metrics: every metric and label it names is one that the bot has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.meters import Meters

ROOT = Path(__file__).resolve().parents[1]
MONITORING = ROOT / "deploy" / "monitoring"
NAME = re.compile(r"\bdateline_\w+")
LABEL = re.compile(r"(dateline_\w+)\{([^}]*)\}")
GROUPED = re.compile(r"by \(([^)]*)\)")
OUTSIDE = {"job", "component", "le"}
"""Labels that Prometheus itself gives, or the scraping of several processes."""


def metrics() -> dict[str, dict[str, set[str]]]:
    """Each sample of the bot's, with its labels and the values that they may have."""
    meters = Meters()
    for failed, changed, silent in (
        (True, False, False),
        (False, True, True),
        (False, True, False),
        (False, False, False),
    ):
        meters.polled(failed=failed, changed=changed, new=int(changed), silent=silent)
    for outcome in ("sent", "later", "refused"):
        meters.delivered(outcome)
    meters.answered("news")
    meters.lagged(0.1)
    found: dict[str, dict[str, set[str]]] = {}
    for family in text_string_to_metric_families(meters.text().decode()):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((MONITORING / "grafana.json").read_text(encoding="utf-8"))
    return found


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (one["query"] for one in dashboard()["templating"]["list"])


def test_every_metric_that_is_asked_for_exists_with_its_labels() -> None:
    known = metrics()
    asked = {name for expression in expressions() for name in NAME.findall(expression)}
    assert len(asked) > 10
    assert asked <= known.keys()
    for expression in expressions():
        for name, inside in LABEL.findall(expression):
            for label, value in re.findall(r'(\w+)="([^"]*)"', inside):
                assert label in OUTSIDE or value in known[name][label], (name, label, value)
        names = NAME.findall(expression)
        for labels in GROUPED.findall(expression):
            for label in labels.split(", "):
                assert label in OUTSIDE or any(label in known[name] for name in names), expression


def test_every_metric_of_the_bot_is_shown() -> None:
    shown = {name for expression in expressions() for name in NAME.findall(expression)}
    bases = {re.sub(r"_(bucket|count|sum|created|total)$", "", name) for name in metrics()}
    assert {re.sub(r"_(bucket|count|sum|created|total)$", "", name) for name in shown} == bases


def test_each_alarm_says_what_it_means_and_how_grave_it_is() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"].keys() == {"summary", "description"}
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_panels_are_whole_and_do_not_overlap() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
