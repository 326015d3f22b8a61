"""What a result was measured on, and where results are kept."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """Processor, memory and versions; no name or path of the machine."""
    model = ""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        pass
    return {
        "processor": model or platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def keep(name: str, figures: dict[str, Any]) -> None:
    """Write a result beside the description of the machine."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(
        {"measured": datetime.now(UTC).date().isoformat(), "machine": machine(), "figures": figures}, indent=2
    )
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the largest, rounded to microseconds of whatever unit they are in."""
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)

    return {
        "p50": at(0.5),
        "p95": at(0.95),
        "p99": at(0.99),
        "max": round(ordered[-1], 3),
        "mean": round(statistics.fmean(ordered), 3),
    }
