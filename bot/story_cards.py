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
from bot.words import _, decimal, n_

ROOM = cards.TEXT_LIMIT - 200
REPORTS = 25
"""Of a story on one card, the first of each outlet before others."""


def top_layout(
    found: Sequence[Top],
    query: Query,
    span: str,
    now: datetime,
    *,
    no_topic: str | None = None,
    controls: Sequence[ui.Item[ui.LayoutView]] = (),
) -> ui.LayoutView:
    """The biggest stories of a span ("the last 24 hours"), numbered; `controls` stand below.

    `no_topic` is said where there is none because nobody knows the topic.
    """
    subject = cards.query_title(query, anything="")
    head = "## " + _("Top stories") + f"\n-# {span}" + (f" · {subject}" if subject else "")
    if not found:
        nothing = cards.error(no_topic) if no_topic else _("Nothing in the memory is as new as that.")
        return cards.sealed(ui.Container(ui.TextDisplay(f"{head}\n{nothing}"), accent_colour=cards.BRAND))
    lines: list[str] = []
    room = ROOM - len(head)
    for number, top in enumerate(found, 1):
        first = top.item
        outlets = n_("{n} outlet", "{n} outlets", top.outlets)
        reports = ", " + n_("{n} report", "{n} reports", top.reports) if top.reports > top.outlets else ""
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
    first = reports[0]
    head = "\n".join(
        (
            render.headline(first),
            render.byline(first, now),
            f"-# {_told(reports)}",
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
        lines.append("-# " + cards.and_more(left))
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(head),
        ui.Separator(spacing=discord.SeparatorSpacing.small),
        ui.TextDisplay("\n".join(lines)),
        *controls,
        accent_colour=render.COLOURS[first.category],
    )
    return cards.sealed(container)


def _told(reports: Sequence[Item]) -> str:
    """How many told it, who first, and when the last did."""
    first, last = reports[0], reports[-1]
    counts, outlet = _counts(reports), render.outlet(first, placed=False)
    if len(reports) == 1:
        return _("{counts}, first told by {outlet}", counts=counts, outlet=outlet)
    span = _later(last.published_at - first.published_at)
    return _("{counts}, first told by {outlet}, the last {span} later", counts=counts, outlet=outlet, span=span)


def _counts(reports: Sequence[Item]) -> str:
    outlets = len({item.outlet.casefold() for item in reports})
    places = {item.outlet_country for item in reports if item.outlet_country is not None}
    parts = [
        n_("{n} report", "{n} reports", len(reports)),
        n_("{n} outlet", "{n} outlets", outlets),
    ]
    return ", ".join((*parts, *([n_("{n} country", "{n} countries", len(places))] if len(places) > 1 else [])))


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
    return " ".join("".join((*shown, render.escape(plain[position:]))).split()) or _("Untitled")


def _later(span: timedelta) -> str:
    """``40 min``, ``3 h``, ``2 days``."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 90:
        return _("{n} min", n=decimal(minutes))
    if minutes < 48 * 60:
        return _("{n} h", n=decimal(round(minutes / 60)))
    return n_("{n} day", "{n} days", round(minutes / 1440))
