"""A country, a topic, or several side by side -> a Components V2 layout.

As in `bot.cards`, whatever the feeds hold fits in a message. Never: I/O.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import discord
from discord import ui

from bot import cards
from bot.model import Breakdown, Compared, Named, Profile, TagCount, TagKind
from bot.news import render
from bot.words import _, decimal, later, n_, percent

TAGS, OUTLETS = 8, 6
A_HOUR, A_DAY = later("items an hour, {n} at most"), later("items a day, {n} at most")
A_WEEK = later("items a week, {n} at most")
MARKS = ("🔵", "🟠", "🟢", "🟣")
"""The colours of a picture's lines, in their order (`bot.pictures.draw`)."""
DAY = timedelta(days=1)


def profile_layout(
    profile: Profile,
    sides: Sequence[Named],
    now: datetime,
    *,
    picture: Sequence[ui.Item[ui.LayoutView]] = (),
    controls: Sequence[ui.Item[ui.LayoutView]] = (),
) -> ui.LayoutView:
    """What a week of it is made of, and its newest stories.

    `sides` are both of a pair, `picture` shows its items a day, `controls` stand below.
    """
    title = cards.query_title(profile.query, profile.resolution)
    if sides:
        title = _("{one} and {other}", one=name(sides[0]), other=name(sides[1]))
    found = profile.breakdown
    head = f"## {title}\n-# {_count(profile)}"
    if not found.published:
        return cards.sealed(ui.Container(ui.TextDisplay(head), *controls, accent_colour=cards.BRAND))
    topics = tags(profile, TagKind.TOPIC, sides)
    countries = tags(profile, TagKind.COUNTRY, sides)
    about = [
        "" if picture else _days(profile),
        _("**Topics** {list}", list=_topics(topics)) if topics else "",
        _("**Named with it** {list}", list=_countries(countries)) if countries else "",
        _("**Covered by** {list}", list=_outlets(found)),
    ]
    text = "\n".join(part for part in about if part)
    lines = cards.item_lines(found.newest, now, room=cards.TEXT_LIMIT - len(head) - len(text) - 200)
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(head),
        *picture,
        ui.TextDisplay(text),
        ui.Separator(spacing=discord.SeparatorSpacing.small),
        ui.TextDisplay("\n".join(lines)),
        *controls,
        accent_colour=cards.BRAND,
    )
    return cards.sealed(container)


def compared_layout(
    sides: Sequence[Compared],
    window: timedelta,
    *,
    picture: Sequence[ui.Item[ui.LayoutView]] = (),
    controls: Sequence[ui.Item[ui.LayoutView]] = (),
) -> ui.LayoutView:
    """Countries and topics side by side: how much, how that changed, by whom, and what about.

    `picture` has a line for each, in the colours of `MARKS`.
    """
    title = " · ".join(name(side.named) for side in sides)
    blocks = [f"## {title}\n-# " + _("the last {span}, most items first", span=days(window))]
    most = max(len(side.profile.breakdown.published) for side in sides)
    order = sorted(sides, key=lambda one: -len(one.profile.breakdown.published))
    marks = dict(zip((side.named for side in sides), MARKS, strict=False)) if picture else {}
    blocks += [_side(side, most, window, marks.get(side.named, "")) for side in order]
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=cards.BRAND)
    for number, block in enumerate(blocks):
        if number:
            container.add_item(ui.Separator(spacing=discord.SeparatorSpacing.small))
        container.add_item(ui.TextDisplay(block))
        if not number:
            for part in picture:
                container.add_item(part)
    for row in controls:
        container.add_item(row)
    return cards.sealed(container)


def name(named: Named) -> str:
    """A country with its flag, or a hashtag, escaped."""
    return render.country(named.tag) if named.kind is TagKind.COUNTRY else f"#{render.one_line(named.tag)}"


def days(window: timedelta) -> str:
    """``24 hours``, ``7 days``."""
    if window <= DAY:
        return n_("{n} hour", "{n} hours", 24)
    return n_("{n} day", "{n} days", window.days)


def tags(profile: Profile, kind: TagKind, sides: Sequence[Named] = ()) -> list[TagCount]:
    """The most frequent tags of a kind, without what was asked for."""
    asked = {profile.query.country, profile.resolution.tag if profile.resolution is not None else None}
    asked |= {side.tag for side in sides}
    return [one for one in profile.breakdown.tags if one.kind is kind and one.tag not in asked][:TAGS]


def _side(side: Compared, most: int, window: timedelta, mark: str) -> str:
    found = side.profile.breakdown
    items = len(found.published)
    bar = "█" * max(1, round(20 * items / most)) if items else ""
    title = f"{mark} {name(side.named)}".strip()
    lines = [f"### {title}", f"`{bar:<20}` **{_number(found)}**{_change(side, window)}"]
    if items:
        if not mark:  # else the picture shows them
            lines.append(f"-# {_days(side.profile)}")
        lines.append("-# " + _("**Covered by** {list}", list=_outlets(found, 3)))
        if topics := tags(side.profile, TagKind.TOPIC):
            lines.append(f"-# {_topics(topics[:4])}")
    return "\n".join(lines)


def _change(side: Compared, window: timedelta) -> str:
    now = len(side.profile.breakdown.published)
    if side.before is None or not side.profile.breakdown.complete:
        return ""
    if not side.before:
        return " · " + _("none in the {span} before", span=days(window)) if now else ""
    change = now / side.before - 1
    said = _(
        "{change} against the {span} before ({count})",
        change=f"{'▲' if change >= 0 else '▼'} {percent(abs(change))}",
        span=days(window),
        count=decimal(side.before),
    )
    return f" · {said}"


def _number(found: Breakdown) -> str:
    count = len(found.published)
    return cards.how_many_items(count) if found.complete else _("{n}+ items", n=decimal(count))


def _count(profile: Profile) -> str:
    found = profile.breakdown
    if not found.published:
        return cards.since_when(_("Nothing in the memory"), profile.query)
    parts = [cards.since_when(_number(found), profile.query)]
    if found.looked_at < len(found.published):
        parts.append(_("below, the newest {n}", n=decimal(found.looked_at)))
    return ", ".join(parts)


def _days(profile: Profile) -> str:
    """Items a day as a line of bars, the days ending now; of hours where it is of a day or two."""
    since = profile.query.since
    published = profile.breakdown.published
    if since is None or not profile.breakdown.complete:
        since = min(published)
    span = profile.until - since
    step, said = (timedelta(hours=1), A_HOUR) if span <= 2 * DAY else (DAY, A_DAY)
    count = max(1, -(-span // step))
    if count > 60:
        step, said, count = 7 * DAY, A_WEEK, max(1, -(-span // (7 * DAY)))
    found = Counter(int((profile.until - moment) / step) for moment in published)
    counts = [found[place] for place in range(count - 1, -1, -1)]
    return f"`{render.bars(counts)}` " + _(said, n=decimal(max(counts)))


def _topics(found: Sequence[TagCount]) -> str:
    return " · ".join(f"#{render.one_line(render.cut(one.tag, 40))} {decimal(one.items)}" for one in found)


def _countries(found: Sequence[TagCount]) -> str:
    return " · ".join(f"{render.country(one.tag)} {decimal(one.items)}" for one in found)


def _outlets(found: Breakdown, most: int = OUTLETS) -> str:
    """``12 outlets, 5 countries: The Wire 34, CNA 22 …``."""
    places = {one.country for one in found.outlets if one.country is not None}
    counts = [n_("{n} outlet", "{n} outlets", len(found.outlets))]
    counts += [n_("{n} country", "{n} countries", len(places))] if len(places) > 1 else []
    named = ", ".join(
        f"{render.one_line(render.cut(one.outlet, 40))} {decimal(one.items)}" for one in found.outlets[:most]
    )
    return f"{', '.join(counts)}: {named}{' …' if len(found.outlets) > most else ''}"
