"""Charts and maps with what they say in words -> a Components V2 layout around an attached picture.

The alternative text says what the picture shows; where there is no picture, a line of bars stands for it.
As in `bot.cards`, whatever the feeds hold fits in a message. Never: I/O.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import discord
from discord import ui

from bot import cards
from bot.model import Coverage, Peak, Query, Resolution, Spread, Trending
from bot.news import render
from bot.news.languages import language_name
from bot.services.charts import LOOKED_AT

FIRST = 10
"""Countries, outlets and languages that are named."""
ALT = 1_000
"""Characters of an alternative text; Discord takes 1,024."""


def pictured(data: bytes | None, name: str, alt: str) -> tuple[list[ui.Item[ui.LayoutView]], list[discord.File]]:
    """The parts of a layout that show a picture, and the file that is sent along; nothing without a picture."""
    if data is None:
        return [], []
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    gallery.add_item(media=f"attachment://{name}.png", description=render.cut(alt, ALT))
    return [gallery], [discord.File(io.BytesIO(data), filename=f"{name}.png", description=render.cut(alt, ALT))]


def trends_layout(
    trending: Trending, span: str, *, controls: Sequence[ui.Item[ui.LayoutView]] = ()
) -> tuple[ui.LayoutView, list[discord.File]]:
    """Items a day with the stories behind the peaks; `span` is ``30 days``."""
    title = cards.query_title(trending.query, trending.resolution, anything="All news")
    total = sum(trending.counts)
    unit = "week" if trending.step == 7 else "day"
    head = f"## {title}: items a {unit}\n-# {cards.how_many_items(total)} in {span}; days are those of UTC"
    if trending.counted_since is not None:
        head += f"; counted since {trending.counted_since:%Y-%m-%d}"
    if not total:
        head += "\nNothing in the memory is as new as that."
    alt = trends_alt(trending, title, unit)
    gallery, files = pictured(trending.picture, "trends", alt)
    lines = [] if gallery or not total else [f"`{render.bars(trending.counts[-60:])}` {max(trending.counts):,} at most"]
    lines += [_peak(number, peak, unit) for number, peak in enumerate(trending.peaks, 1)]
    if total and not trending.peaks:
        known = any(band is not None for band in trending.bands)
        lines.append(f"-# No {unit} stands out." if known else "-# The memory is too young to say what is usual.")
    elif trending.peaks:
        lines.append(f"-# The band is what is usual: by the 28 {unit}s before each.")
    text = [ui.TextDisplay[ui.LayoutView](render.cut("\n".join(lines), cards.TEXT_LIMIT - 800))] if lines else []
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(head), *gallery, *text, *controls, accent_colour=cards.BRAND
    )
    return cards.sealed(container), files


def trends_alt(trending: Trending, title: str, unit: str) -> str:
    """What the chart of a series shows, in words."""
    first, last = trending.days[0], trending.days[-1]
    said = [f"Chart: items a {unit} of {title}, {first:%Y-%m-%d} to {last:%Y-%m-%d}"]
    said.append(
        f"between {min(trending.counts):,} and {max(trending.counts):,}, {trending.counts[-1]:,} in the last one"
    )
    bands = [band for band in trending.bands if band is not None]
    if bands:
        low, high = bands[-1]
        said.append(f"usual are {low:,.0f} to {high:,.0f}")
    said += [
        f"peak {number} on {peak.day:%Y-%m-%d} with {peak.items:,}" for number, peak in enumerate(trending.peaks, 1)
    ]
    return "; ".join(said) + "."


def _peak(number: int, peak: Peak, unit: str) -> str:
    low, high = peak.usual
    stamp = int(datetime(peak.day.year, peak.day.month, peak.day.day, 12, tzinfo=UTC).timestamp())
    when = f"<t:{stamp}:D>" if unit == "day" else f"the week from <t:{stamp}:D>"
    line = f"**{number}** · {when} · **{cards.how_many_items(peak.items)}**, usual are {low:,.0f} to {high:,.0f}"
    if peak.top is None:
        return line
    outlets = f" · {peak.top.outlets:,} outlets" if peak.top.outlets > 1 else f" · {render.outlet(peak.top.item)}"
    return f"{line}\n{render.digest_line(peak.top.item)}{outlets}"


def map_layout(
    spread: Spread, span: str, *, controls: Sequence[ui.Item[ui.LayoutView]] = ()
) -> tuple[ui.LayoutView, list[discord.File]]:
    """A world map, and the countries with most; `span` is ``the last 7 days``."""
    title = _title(spread.query, spread.resolution, "All news")
    head = f"## {title}: what countries it is about\n-# {span}" + (
        "" if spread.complete else f", the newest {LOOKED_AT:,} items"
    )
    if not spread.countries:
        head += "\nNothing in the memory is about a country then."
    named = [f"{render.country(code)} {items:,}" for code, items in spread.countries[:FIRST]]
    alt = f"World map: countries shaded by how many items of {title} are about each, {span}. Most: {', '.join(named)}."
    gallery, files = pictured(spread.picture, "map", alt)
    text = [ui.TextDisplay[ui.LayoutView](" · ".join(named))] if named else []
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(head), *gallery, *text, *controls, accent_colour=cards.BRAND
    )
    return cards.sealed(container), files


def coverage_layout(
    coverage: Coverage, span: str, *, controls: Sequence[ui.Item[ui.LayoutView]] = ()
) -> tuple[ui.LayoutView, list[discord.File]]:
    """Who brings what is asked: bars by country and language, and the outlets with most."""
    title = _title(coverage.query, coverage.resolution, "All news")
    head = f"## {title}: who covers it\n-# {cards.how_many_items(coverage.items)}, {span}"
    if not coverage.complete:
        head += f"; below, the newest {LOOKED_AT:,}"
    if not coverage.items:
        head += "\nNothing in the memory is as new as that."
    places = [f"{render.country(code)} {items:,}" for code, items in coverage.places[:FIRST]]
    languages = [f"{language_name(code)} {items:,}" for code, items in coverage.languages[:FIRST]]
    outlets = [f"{render.one_line(render.cut(one.outlet, 40))} {one.items:,}" for one in coverage.outlets[:FIRST]]
    alt = (
        f"Bars: items of {title} by the country that the outlet sits in ({', '.join(places)}) "
        f"and by language ({', '.join(languages)}), {span}."
    )
    gallery, files = pictured(coverage.picture, "coverage", alt)
    about = [
        f"**Countries of the outlets** {' · '.join(places)}" if places else "",
        f"**Languages** {' · '.join(languages)}" if languages else "",
        f"**Outlets** {' · '.join(outlets)}" + (" …" if len(coverage.outlets) > FIRST else "") if outlets else "",
    ]
    text = "\n".join(part for part in about if part)
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(head),
        *gallery,
        *([ui.TextDisplay[ui.LayoutView](render.cut(text, cards.TEXT_LIMIT - 800))] if text else []),
        *controls,
        accent_colour=cards.BRAND,
    )
    return cards.sealed(container), files


def _title(query: Query, resolution: Resolution | None, anything: str) -> str:
    return cards.query_title(query, resolution, anything=anything)
