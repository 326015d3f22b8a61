"""The biggest stories of a time, and one story from its first report on -> a Components V2 layout.

As in `bot.cards`, whatever the feeds hold fits in a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import discord
from discord import ui

from bot import cards
from bot.model import Item, Query, Story, Top, primary_language
from bot.news import render
from bot.news.headlines import new_words

ROOM = cards.TEXT_LIMIT - 200
REPORTS = 25
"""Of a story on one card, the first of each outlet before others."""


def top_layout(
    found: Sequence[Top], query: Query, span: str, now: datetime, *, controls: Sequence[ui.Item[ui.LayoutView]] = ()
) -> ui.LayoutView:
    """The biggest stories of a span ("the last 24 hours"), numbered; `controls` stand below."""
    subject = cards.query_title(query)
    head = f"## Top stories of {span}" + ("" if subject == "everything" else f"\n-# {subject}")
    if not found:
        nothing = "No story that came in while I watched: those of a feed's first reading are in none."
        return cards.sealed(ui.Container(ui.TextDisplay(f"{head}\n{nothing}"), accent_colour=cards.BRAND))
    lines: list[str] = []
    room = ROOM - len(head)
    for number, top in enumerate(found, 1):
        first = top.item
        outlets = "1 outlet" if top.outlets == 1 else f"{top.outlets} outlets"
        reports = f", {top.reports} reports" if top.reports > top.outlets else ""
        line = f"{number}. {render.digest_line(first)}\n{render.byline(first, now)} · **{outlets}**{reports}"
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(head),
        ui.Separator(spacing=discord.SeparatorSpacing.small),
        ui.TextDisplay("\n".join(lines)),
        *controls,
        accent_colour=cards.BRAND,
    )
    return cards.sealed(container)


def timeline_layout(
    story: Story, asked: Item, now: datetime, *, controls: Sequence[ui.Item[ui.LayoutView]] = ()
) -> ui.LayoutView:
    """A story over its outlets: who told it first, how it grew, and in bold what each headline says that is new."""
    reports = sorted(story.items, key=lambda item: (item.published_at, item.id))
    first, last = reports[0], reports[-1]
    head = "\n".join(
        (
            render.headline(first),
            render.byline(first, now),
            f"-# {_counts(reports)}, first told by {render.outlet(first, placed=False)}"
            + (f", the last {_later(last.published_at - first.published_at)} later" if len(reports) > 1 else ""),
        )
    )
    lines: list[str] = []
    room = ROOM - len(head)
    shown = _chosen(reports)
    for item in shown:
        line = _report(item, first, asked)
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    if left := len(reports) - len(lines):
        lines.append(f"-# … and {left} more")
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(head),
        ui.Separator(spacing=discord.SeparatorSpacing.small),
        ui.TextDisplay("\n".join(lines)),
        *controls,
        accent_colour=render.COLOURS[first.category],
    )
    return cards.sealed(container)


def _counts(reports: Sequence[Item]) -> str:
    outlets = len({item.outlet.casefold() for item in reports})
    places = {item.outlet_country for item in reports if item.outlet_country is not None}
    parts = [
        "1 report" if len(reports) == 1 else f"{len(reports)} reports",
        "1 outlet" if outlets == 1 else f"{outlets} outlets",
    ]
    return ", ".join((*parts, *([f"{len(places)} countries"] if len(places) > 1 else [])))


def _chosen(reports: Sequence[Item]) -> list[Item]:
    """The reports that are shown, in order of time: where they are too many, each outlet's first before others."""
    firsts = {item.outlet.casefold(): item for item in reversed(reports)}
    kept = {item.id for item in firsts.values()}
    ordered = sorted(reports, key=lambda item: item.id not in kept)[:REPORTS]
    chosen = {item.id for item in ordered}
    return [item for item in reports if item.id in chosen]


def _report(item: Item, first: Item, asked: Item) -> str:
    """``14:05 +2 h **Outlet** [headline](link)``; a mark where it is the one that was asked for."""
    after = item.published_at - first.published_at
    when = f"<t:{int(item.published_at.timestamp())}:t>" + (
        f" +{_later(after)}" if after >= timedelta(minutes=1) else ""
    )
    mark = " ◂" if item.id == asked.id else ""
    title = render.cut(item.title, 160)
    comparable = item.id != first.id and primary_language(item.language) == primary_language(first.language)
    fresh = new_words(title, first.title) if comparable else ()
    url = item.url if item.url is not None and len(item.url) <= 300 else None
    said = render.link(_emphasised(title, fresh), url)
    return f"-# {when} · {render.outlet(item)}\n{said}{mark}"


def _emphasised(title: str, spans: Sequence[tuple[int, int]]) -> str:
    """A headline with some of its words in bold."""
    plain = render.paired(title)
    shown, position = [], 0
    for start, end in spans:
        shown += [render.escape(plain[position:start]), f"**{render.escape(plain[start:end])}**"]
        position = end
    return " ".join("".join((*shown, render.escape(plain[position:]))).split()) or "Untitled"


def _later(span: timedelta) -> str:
    """``40 min``, ``3 h``, ``2 days``."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{round(minutes / 60)} h"
    return f"{round(minutes / 1440)} days"
