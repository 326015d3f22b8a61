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
from bot.model import Coverage, Peak, Spread, Trending
from bot.news import render
from bot.news.languages import language_name
from bot.services.charts import LOOKED_AT
from bot.words import _, day, decimal, later, n_

BY_DAY, BY_WEEK = later("{title}: items a day"), later("{title}: items a week")
FIRST = 10
"""Countries, outlets and languages that are named."""
ALT = 1_000
"""Characters of an alternative text; Discord takes 1,024."""


def pictured(
    data: bytes | None, name: str, alt: str, *, caption: str = ""
) -> tuple[list[ui.Item[ui.LayoutView]], list[discord.File]]:
    """The parts of a layout that show a picture, and the file that is sent along; nothing without a picture."""
    if data is None:
        return [], []
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    gallery.add_item(media=f"attachment://{name}.png", description=render.cut(alt, ALT))
    below: list[ui.Item[ui.LayoutView]] = [ui.TextDisplay(f"-# {caption}")] if caption else []
    return [gallery, *below], [discord.File(io.BytesIO(data), filename=f"{name}.png", description=render.cut(alt, ALT))]


def trends_layout(
    trending: Trending, span: str, *, controls: Sequence[ui.Item[ui.LayoutView]] = ()
) -> tuple[ui.LayoutView, list[discord.File]]:
    """Items a day with the stories behind the peaks; `span` is ``30 days``."""
    title = cards.query_title(trending.query, trending.resolution, anything=_("All news"))
    total = sum(trending.counts)
    weekly = trending.step == 7
    parts = [_("{items} in {span}", items=cards.how_many_items(total), span=span), _("days are those of UTC")]
    if trending.counted_since is not None:
        parts.append(_("counted since {day}", day=day(trending.counted_since)))
    head = "## " + _(BY_WEEK if weekly else BY_DAY, title=title) + f"\n-# {', '.join(parts)}"
    if not total:
        nothing = _("Nothing in the memory is as new as that.")
        head += "\n" + (cards.error(trending.no_topic) if trending.no_topic else nothing)
    alt = trends_alt(trending, title)
    gallery, files = pictured(trending.picture, "trends", alt)
    lines = (
        []
        if gallery or not total
        else [f"`{render.bars(trending.counts[-60:])}` " + _("{n} at most", n=decimal(max(trending.counts)))]
    )
    lines += [_peak(number, peak, weekly=weekly) for number, peak in enumerate(trending.peaks, 1)]
    if total and not trending.peaks:
        known = any(band is not None for band in trending.bands)
        young = _("The memory is too young to say what is usual.")
        lines.append("-# " + (_("Nothing stands out.") if known else young))
    elif trending.peaks:
        lines.append("-# " + _("The band is what is usual: by the 28 days, or weeks, before each."))
    text = [ui.TextDisplay[ui.LayoutView](render.cut("\n".join(lines), cards.TEXT_LIMIT - 800))] if lines else []
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(head), *gallery, *text, *controls, accent_colour=cards.BRAND
    )
    return cards.sealed(container), files


def trends_alt(trending: Trending, title: str) -> str:
    """What the chart of a series shows, in words."""
    said = [
        _(
            "Chart: {title}, {first} to {last}",
            title=_(BY_WEEK if trending.step == 7 else BY_DAY, title=title),
            first=day(trending.days[0]),
            last=day(trending.days[-1]),
        ),
        _("{low} to {high}", low=decimal(min(trending.counts)), high=decimal(max(trending.counts))),
    ]
    bands = [band for band in trending.bands if band is not None]
    if bands:
        low, high = bands[-1]
        said.append(_("usual are {low} to {high}", low=decimal(round(low)), high=decimal(round(high))))
    said += [
        _("peak {number} on {day} with {n}", number=number, day=day(peak.day), n=decimal(peak.items))
        for number, peak in enumerate(trending.peaks, 1)
    ]
    return "; ".join(said)


def _peak(number: int, peak: Peak, *, weekly: bool) -> str:
    low, high = peak.usual
    stamp = int(datetime(peak.day.year, peak.day.month, peak.day.day, 12, tzinfo=UTC).timestamp())
    when = _("the week from {day}", day=f"<t:{stamp}:D>") if weekly else f"<t:{stamp}:D>"
    usual = _("usual are {low} to {high}", low=decimal(round(low)), high=decimal(round(high)))
    line = f"**{number}** · {when} · **{cards.how_many_items(peak.items)}**, {usual}"
    if peak.top is None:
        return line
    told = n_("{n} outlet", "{n} outlets", peak.top.outlets) if peak.top.outlets > 1 else render.outlet(peak.top.item)
    return f"{line}\n{render.digest_line(peak.top.item)} · {told}"


def map_layout(
    spread: Spread, span: str, *, controls: Sequence[ui.Item[ui.LayoutView]] = ()
) -> tuple[ui.LayoutView, list[discord.File]]:
    """A world map, and the countries with most; `span` is ``the last 7 days``."""
    title = cards.query_title(spread.query, spread.resolution, anything=_("All news"))
    head = "## " + _("{title}: what countries it is about", title=title) + f"\n-# {span}"
    if not spread.complete:
        head += ", " + _("the newest {n} items", n=decimal(LOOKED_AT))
    if not spread.countries:
        head += "\n" + _("Nothing in the memory is about a country then.")
    named = [f"{render.country(code)} {decimal(items)}" for code, items in spread.countries[:FIRST]]
    alt = _("World map: countries shaded by how much of the news is about each. Most: {list}", list=", ".join(named))
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
    title = cards.query_title(coverage.query, coverage.resolution, anything=_("All news"))
    head = "## " + _("{title}: who covers it", title=title) + f"\n-# {cards.how_many_items(coverage.items)}, {span}"
    if not coverage.complete:
        head += ", " + _("below, the newest {n}", n=decimal(LOOKED_AT))
    if not coverage.items:
        head += "\n" + _("Nothing in the memory is as new as that.")
    places = [f"{render.country(code)} {decimal(items)}" for code, items in coverage.places[:FIRST]]
    languages = [f"{language_name(code)} {decimal(items)}" for code, items in coverage.languages[:FIRST]]
    outlets = [
        f"{render.one_line(render.cut(one.outlet, 40))} {decimal(one.items)}" for one in coverage.outlets[:FIRST]
    ]
    alt = _(
        "Bars: items by the country that the outlet sits in ({places}), and by language ({languages})",
        places=", ".join(places),
        languages=", ".join(languages),
    )
    gallery, files = pictured(coverage.picture, "coverage", alt)
    more = " …" if len(coverage.outlets) > FIRST else ""
    about = [
        _("**Countries of the outlets** {list}", list=" · ".join(places)) if places else "",
        _("**Languages** {list}", list=" · ".join(languages)) if languages else "",
        _("**Outlets** {list}", list=" · ".join(outlets) + more) if outlets else "",
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
