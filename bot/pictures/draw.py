"""What is to be drawn -> a PNG. Runs in `bot.pictures.worker` alone: importing matplotlib takes a second and 40 MB.

One picture for dark and light surroundings: a dark panel of its own with round corners, twice as many pixels as it is
shown with. Colours are those of Okabe and Ito (2008, "Color Universal Design"), which people with any colour vision
tell apart, and of viridis (Smith and van der Walt 2015) on the map. A picture holds digits and dates alone: headlines
stand below it, where Discord draws every script.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import MaxNLocator

from bot.pictures.subjects import Bars, Lines, Subject, World

DPI = 200
PANEL, INK, FAINT, GRID = "#1e2126", "#e8eaed", "#a9b0ba", "#3a404a"
LINE, BAND, MARK = "#56b4e9", "#7a8594", "#e69f00"
SERIES = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7")
"""Okabe and Ito's sky blue, orange, bluish green and reddish purple."""
LAND, BORDER = "#2f353e", "#1e2126"
CLASSES = 5
SMALL = 1.5
"""Square degrees: what is smaller is drawn as a dot."""
LABELLED = 14
"""Dates below a chart, at most."""

mpl.rcParams.update({"font.family": "DejaVu Sans", "font.size": 10, "text.color": INK, "axes.labelcolor": FAINT})
mpl.rcParams.update({"xtick.color": FAINT, "ytick.color": FAINT, "svg.fonttype": "none"})


def draw(subject: Subject) -> bytes:
    """A picture as PNG."""
    match subject:
        case Lines():
            figure = _lines(subject)
        case World():
            figure = _world(subject)
        case Bars():
            figure = _bars(subject)
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=DPI, facecolor="none", metadata={"Software": None})
    return target.getvalue()


def _figure(width: float, height: float) -> Figure:
    """An empty panel; inches."""
    figure = Figure(figsize=(width, height))
    corner = 0.07
    figure.patches.append(
        FancyBboxPatch(
            (corner, corner),
            width - 2 * corner,
            height - 2 * corner,
            boxstyle=f"round,pad={corner}",
            transform=figure.dpi_scale_trans,
            facecolor=PANEL,
            edgecolor="none",
            zorder=-10,
        )
    )
    return figure


def _plain(axes: Axes) -> None:
    axes.set_facecolor("none")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=4)


def _lines(subject: Lines) -> Figure:
    """Items a day, or a week: against the usual band where it is one series."""
    figure = _figure(5.5, 2.7)
    axes = figure.add_axes((0.085, 0.15, 0.865, 0.76))
    _plain(axes)
    days = [_number(day) for day in subject.days]
    step = float(days[1] - days[0]) if len(days) > 1 else 1.0
    if subject.band:
        low = [math.nan if pair is None else pair[0] for pair in subject.band]
        high = [math.nan if pair is None else pair[1] for pair in subject.band]
        axes.fill_between(days, low, high, color=BAND, alpha=0.35, linewidth=0, step="mid")
    if len(subject.counts) == 1 and len(days) <= 120:
        axes.bar(days, subject.counts[0], width=0.72 * step, color=LINE, alpha=0.95)
    else:
        for counts, colour in zip(subject.counts, SERIES, strict=False):
            axes.plot(days, counts, color=colour, linewidth=1.8, solid_capstyle="round", marker="o", markersize=2.5)
    heights = [float(count) for counts in subject.counts for count in counts]
    top = max([1.0, *heights, *(pair[1] for pair in subject.band if pair is not None)])
    axes.set_ylim(0, top * (1.22 if subject.peaks else 1.06))
    for number, place in enumerate(subject.peaks, 1):
        axes.annotate(
            str(number),
            (days[place], subject.counts[0][place]),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=9,
            fontweight="bold",
            color="#14161a",
            bbox={"boxstyle": "circle,pad=0.22", "facecolor": MARK, "edgecolor": "none"},
        )
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.set_xlim(days[0] - 0.6 * step, days[-1] + 0.6 * step)
    _date_axis(axes, subject.days)
    return figure


def _number(day: date) -> int:
    """A day as a place on the axis."""
    return day.toordinal()


def _date_axis(axes: Axes, days: Sequence[date]) -> None:
    """Dates as digits, ``11-26``; the year where there are several."""
    every = max(1, math.ceil(len(days) / 7))
    shown = [day for number, day in enumerate(reversed(days)) if number % every == 0]
    form = "%m-%d" if days[0].year == days[-1].year or len(days) <= LABELLED else "%Y-%m"
    axes.set_xticks([_number(day) for day in shown], [day.strftime(form) for day in shown])


def _world(subject: World) -> Figure:
    """Countries shaded by how much there is of each, small ones as dots; the scale below."""
    figure = _figure(5.5, 3.05)
    axes = figure.add_axes((0.015, 0.12, 0.97, 0.865))
    axes.set_axis_off()
    bounds = classes(list(subject.counts.values()))
    colours = shades(len(bounds))
    order = sorted(shapes().items(), key=lambda one: -max(map(_area, one[1])))
    drawn, filled = [], []
    for code, rings in order:
        count = subject.counts.get(code, 0)
        drawn += [_equal_earth(ring) for ring in rings]
        filled += [colours[_class(count, bounds)] if count else LAND] * len(rings)
    axes.add_collection(PolyCollection(drawn, facecolors=filled, edgecolors=BORDER, linewidths=0.35))
    for code, (x, y) in _dots(subject.counts).items():
        place = _equal_earth(np.array([[x, y]]))[0]
        colour = colours[_class(subject.counts[code], bounds)]
        axes.plot(*place, "o", markersize=4.2, color=colour, markeredgecolor=INK, markeredgewidth=0.5)
    edge = _equal_earth(np.array([[-180.0, 0.0], [180.0, 0.0], [0.0, -56.0], [0.0, 84.0]]))
    axes.set_xlim(edge[0][0], edge[1][0])
    axes.set_ylim(edge[2][1], edge[3][1])
    axes.set_aspect("equal")
    _scale(figure, bounds, colours)
    return figure


def classes(counts: Sequence[int]) -> list[int]:
    """The least count of each class: geometric steps from 1, since a few countries have most of the news."""
    most = max(counts, default=1)
    steps = [max(1, round(most ** (number / CLASSES))) for number in range(CLASSES)]
    return sorted(set(steps))


def shades(count: int) -> list[str]:
    """The colours of so many classes, darker to lighter."""
    return [to_hex(mpl.colormaps["viridis"](0.32 + 0.68 * number / max(1, count - 1))) for number in range(count)]


def _class(count: int, bounds: Sequence[int]) -> int:
    return max(number for number, bound in enumerate(bounds) if count >= bound)


def _scale(figure: Figure, bounds: Sequence[int], colours: Sequence[str]) -> None:
    """A row of squares with the least count of each class."""
    width = 0.105
    left = 0.5 - width * (len(bounds) + 1) / 2
    axes = figure.add_axes((0, 0.02, 1, 0.1))
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    for number, (label, colour) in enumerate(zip(("0", *_spans(bounds)), (LAND, *colours), strict=True)):
        x = left + number * width
        axes.add_patch(
            FancyBboxPatch((x, 0.36), 0.02, 0.32, boxstyle="square,pad=0", facecolor=colour, edgecolor="none")
        )
        axes.text(x + 0.028, 0.5, label, va="center", fontsize=9, color=FAINT)


def _spans(bounds: Sequence[int]) -> list[str]:
    """``1``, ``2-5``, ``6-19``, ``20+``."""
    spans = []
    for number, bound in enumerate(bounds):
        if number == len(bounds) - 1:
            spans.append(f"{bound:,}+")
        else:
            last = bounds[number + 1] - 1
            spans.append(f"{bound:,}" if last == bound else f"{bound:,}–{last:,}")
    return spans


def _bars(subject: Bars) -> Figure:
    """One or two lists of bars, the longest first."""
    rows = max(len(panel) for panel in subject.panels)
    figure = _figure(5.5, 0.55 + 0.27 * rows)
    count = len(subject.panels)
    for place, panel in enumerate(subject.panels):
        axes = figure.add_axes((place / count + 0.09, 0.04, 1 / count - 0.14, 0.92))
        axes.set_facecolor("none")
        axes.set_axis_off()
        most = max((items for _, items in panel), default=1)
        axes.set_xlim(0, most * 1.32)
        axes.set_ylim(rows - 0.4, -0.6)
        for row, (label, items) in enumerate(panel):
            axes.barh(row, items, height=0.62, color=SERIES[place])
            axes.text(-0.03 * most, row, label, ha="right", va="center", fontsize=9.5)
            axes.text(items + 0.03 * most, row, f"{items:,}", ha="left", va="center", fontsize=9, color=FAINT)
    return figure


@cache
def shapes() -> dict[str, list[Any]]:
    """The rings of each country, degrees; those of land that has no code of ours under an empty one."""
    text = resources.files("bot.pictures.data").joinpath("world.json").read_text(encoding="utf-8")
    return {code: [np.array(ring).reshape(-1, 2) for ring in rings] for code, rings in json.loads(text).items()}


def _dots(counts: Mapping[str, int]) -> dict[str, tuple[float, float]]:
    """Where the countries lie that are too small to be seen, degrees."""
    found = {}
    for code, rings in shapes().items():
        largest = max(rings, key=_area)
        if code in counts and sum(map(_area, rings)) < SMALL:
            found[code] = (float(largest[:, 0].mean()), float(largest[:, 1].mean()))
    return found


def _area(ring: Any) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def _equal_earth(degrees: Any) -> Any:
    """Longitude and latitude -> the plane, by Šavrič, Patterson and Jenny's projection (2018): areas stay true."""
    a1, a2, a3, a4, m = 1.340264, -0.081106, 0.000893, 0.003796, math.sqrt(3) / 2
    longitude, latitude = np.radians(degrees[:, 0]), np.radians(degrees[:, 1])
    theta = np.arcsin(m * np.sin(latitude))
    t2 = theta**2
    t6 = t2**3
    x = longitude * np.cos(theta) / (m * (a1 + 3 * a2 * t2 + t6 * (7 * a3 + 9 * a4 * t2)))
    return np.column_stack((x, theta * (a1 + a2 * t2 + t6 * (a3 + a4 * t2))))
