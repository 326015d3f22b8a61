"""What is drawn: its size, its colours to any eye, and that no subject breaks it."""

from __future__ import annotations

import io
import math
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image

from bot.news.countries import names
from bot.pictures.draw import LAND, PANEL, SERIES, classes, draw, shades, shapes
from bot.pictures.subjects import Bars, Lines, Subject, World, dumped, loaded

TODAY = date(2026, 11, 26)
WITHOUT = {*("AQ", "BQ", "CC", "CX", "EU", "GF", "GI", "GP", "MQ", "RE", "SJ", "TK", "TV", "UN", "YT")}

# Machado, Oliveira and Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency": 1.0
SIGHT = {
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def seen(colour: str, eye: str) -> tuple[float, float, float]:
    """A colour as an eye sees it, in CIE L*a*b* (D65)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    red, green, blue = (
        min(1.0, max(0.0, sum(weight * part for weight, part in zip(row, linear, strict=True)))) for row in SIGHT[eye]
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def apart(one: str, other: str, eye: str) -> float:
    """How different two colours are to an eye (CIE 1976): 2.3 can just be told, 10 at a glance."""
    return math.dist(seen(one, eye), seen(other, eye))


@pytest.mark.parametrize("eye", SIGHT)
def test_any_eye_tells_the_lines_and_the_classes_of_the_map_apart(eye: str) -> None:
    for one, other in combinations(SERIES, 2):
        assert apart(one, other, eye) > 10, (one, other)
    ramp = [LAND, *shades(5)]
    for one, other in combinations(ramp, 2):
        assert apart(one, other, eye) > 9, (one, other)
    lightness = [seen(colour, eye)[0] for colour in ramp]
    assert lightness == sorted(lightness), "more is lighter, even where no hue is seen"
    for colour in (*SERIES, *shades(5)):
        assert apart(colour, PANEL, eye) > 20


def size(picture: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(picture)) as image:
        image.load()
        assert image.format == "PNG"
        return image.size


def days(count: int) -> tuple[date, ...]:
    return tuple(TODAY - timedelta(days=back) for back in range(count - 1, -1, -1))


@pytest.mark.parametrize(
    ("subject", "width", "height"),
    [
        (Lines(days=days(30), counts=((3,) * 30,), band=((1.0, 5.0),) * 30, peaks=(4, 9)), 1100, 540),
        (Lines(days=days(1), counts=((0,),)), 1100, 540),
        (Lines(days=days(90), counts=((0,) * 90,), band=(None,) * 90), 1100, 540),
        (Lines(days=days(30), counts=tuple((number,) * 30 for number in range(4))), 1100, 540),
        (World(counts={"JP": 9, "SG": 1, "MT": 400, "XK": 2, "TV": 3}), 1100, 610),
        (Bars(panels=((("GB", 120), ("US", 1)), (("en", 121),))), 1100, 218),
        (Bars(panels=((("GB", 1),),)), 1100, 164),
    ],
)
def test_a_picture_has_the_size_that_it_is_meant_to_have(subject: Subject, width: int, height: int) -> None:
    assert size(draw(subject)) == (width, height)


def test_the_world_has_our_countries() -> None:
    known = {code for code in names() if len(code) == 2}
    assert set(shapes()) - {""} <= known
    # parts of France and others, bodies, and islets of a few people
    assert known - set(shapes()) <= WITHOUT
    assert len(shapes()) > 225


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=60))
def test_every_count_has_a_class(counts: list[int]) -> None:
    bounds = classes(counts)
    assert bounds[0] == 1
    assert bounds == sorted(set(bounds))
    assert len(bounds) <= 5


@settings(max_examples=6, deadline=None)
@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=60).flatmap(
        lambda counts: st.tuples(
            st.just(counts),
            st.lists(
                st.none() | st.tuples(st.floats(0, 9), st.floats(9, 99)), min_size=len(counts), max_size=len(counts)
            ),
            st.sets(st.integers(0, len(counts) - 1), max_size=3),
        )
    )
)
def test_any_series_is_drawn_as_it_was_sent(made: tuple[list[int], list[tuple[float, float] | None], set[int]]) -> None:
    counts, band, peaks = made
    subject = Lines(days=days(len(counts)), counts=(tuple(counts),), band=tuple(band), peaks=tuple(sorted(peaks)))
    assert loaded(dumped(subject)) == subject
    assert size(draw(loaded(dumped(subject)))) == (1100, 540)
