"""Writes bot/pictures/data/world.json from Natural Earth's countries: `python -m bench.world countries-50m.json`.

The file is that of the npm package world-atlas (2.0.2, ISC), which is Natural Earth's 1:50m countries (public domain,
https://www.naturalearthdata.com/) as TopoJSON. Run it by hand; the bot only reads what it wrote. Shapes are as Natural
Earth draws them: who holds a place, not who claims it. What has no code of ours is drawn as land alone.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from babel.core import get_global

from bot.news.countries import names

TARGET = Path(__file__).parent.parent / "bot" / "pictures" / "data" / "world.json"
STEP = 0.12
"""Degrees: points nearer than that to a straight line are left out."""
LEAST = 0.02
"""Square degrees: smaller islands are left out, but for a country's largest."""
BY_NAME = {"Kosovo": "XK"}
ANTARCTICA = "AQ"

Point = tuple[float, float]


def arcs(topology: dict[str, Any]) -> list[list[Point]]:
    """The lines in degrees: TopoJSON holds each point as its difference to the one before."""
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    lines = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            line.append((x * kx + dx, y * ky + dy))
        lines.append(simplified(line))
    return lines


def simplified(line: Sequence[Point]) -> list[Point]:
    """Douglas and Peucker's algorithm (1973): ends stay, so that neighbours still meet."""
    if len(line) < 3:
        return list(line)
    (x1, y1), (x2, y2) = line[0], line[-1]
    length = math.hypot(x2 - x1, y2 - y1)

    def distance(point: Point) -> float:
        if not length:
            return math.hypot(point[0] - x1, point[1] - y1)
        return abs((x2 - x1) * (y1 - point[1]) - (x1 - point[0]) * (y2 - y1)) / length

    far = max(range(1, len(line) - 1), key=lambda number: distance(line[number]))
    if distance(line[far]) < STEP:
        return [line[0], line[-1]]
    return [*simplified(line[: far + 1])[:-1], *simplified(line[far:])]


def ring(lines: Sequence[Sequence[Point]], indices: Sequence[int]) -> list[Point]:
    """A closed line; an index below zero is that of an arc the other way round."""
    points: list[Point] = []
    for index in indices:
        line = list(lines[index]) if index >= 0 else list(reversed(lines[~index]))
        points += line[1:] if points else line
    return points


def unrolled(points: Sequence[Point]) -> list[list[Point]]:
    """A ring that crosses the 180th meridian as two, one on each side of the map."""
    shifted: list[Point] = []
    turn = 0.0
    for number, (x, y) in enumerate(points):
        if number:
            step = x - points[number - 1][0]
            turn += 360.0 if step < -180 else -360.0 if step > 180 else 0.0
        shifted.append((x + turn, y))
    if max(x for x, _ in shifted) <= 180.01 and min(x for x, _ in shifted) >= -180.01:
        return [shifted]
    other = -360.0 if max(x for x, _ in shifted) > 180.01 else 360.0
    return [half for each in (shifted, [(x + other, y) for x, y in shifted]) if (half := clipped(each))]


def clipped(points: Sequence[Point]) -> list[Point]:
    """What of a ring lies within the map (Sutherland and Hodgman 1974), by either meridian of 180 degrees."""
    kept = list(points)
    for sign in (1.0, -1.0):
        inside, kept = kept, []
        for (x1, y1), (x2, y2) in zip(inside, [*inside[1:], *inside[:1]], strict=True):
            if sign * x1 <= 180:
                kept.append((x1, y1))
            if (sign * x1 <= 180) != (sign * x2 <= 180):
                kept.append((sign * 180.0, y1 + (y2 - y1) * (sign * 180 - x1) / (x2 - x1)))
    return kept


def area(points: Sequence[Point]) -> float:
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True))) / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    topology = json.loads(parser.parse_args().file.read_text("utf-8"))
    lines = arcs(topology)
    codes = {old: new[0] for old, new in get_global("territory_aliases").items() if old.isdecimal() and len(new) == 1}
    found: dict[str, list[list[float]]] = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        code = BY_NAME.get(shape["properties"]["name"]) or codes.get(shape.get("id") or "", "")
        if code == ANTARCTICA:
            continue
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        rings = [each for polygon in polygons for each in unrolled(ring(lines, polygon[0]))]
        rings.sort(key=area, reverse=True)
        kept = [each for number, each in enumerate(rings) if len(each) > 3 and (not number or area(each) >= LEAST)]
        key = code if code in names() else ""
        flat = [[round(value, 2) for point in each for value in point] for each in kept or rings[:1]]
        found.setdefault(key, []).extend(flat)
    TARGET.write_text(json.dumps(dict(sorted(found.items())), separators=(",", ":")) + "\n", "utf-8")
    points = sum(len(each) // 2 for shapes in found.values() for each in shapes)
    print(f"{len(found)} countries, {points:,} points, {TARGET.stat().st_size:,} bytes")
    print("without a shape:", " ".join(sorted(code for code in names() if len(code) == 2 and code not in found)))


if __name__ == "__main__":
    main()
