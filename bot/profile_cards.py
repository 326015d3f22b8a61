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

TAGS, OUTLETS = 8, 6
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
    title = " and ".join(map(name, sides)) or cards.query_title(profile.query, profile.resolution)
    found = profile.breakdown
    head = f"## {title}\n-# {_count(profile)}"
    if not found.published:
        return cards.sealed(ui.Container(ui.TextDisplay(head), *controls, accent_colour=cards.BRAND))
    topics = tags(profile, TagKind.TOPIC, sides)
    countries = tags(profile, TagKind.COUNTRY, sides)
    about = [
        "" if picture else _days(profile),
        f"**Topics** {_topics(topics)}" if topics else "",
        f"**Named with it** {_countries(countries)}" if countries else "",
        f"**Covered by** {_outlets(found)}",
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
    blocks = [f"## {' · '.join(name(side.named) for side in sides)}\n-# the last {days(window)}, most items first"]
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
    return "24 hours" if window <= DAY else f"{window.days} days"


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
        lines.append(f"-# {_days(side.profile)}")
        lines.append(f"-# Covered by {_outlets(found, 3)}")
        if topics := tags(side.profile, TagKind.TOPIC):
            lines.append(f"-# {_topics(topics[:4])}")
    return "\n".join(lines)


def _change(side: Compared, window: timedelta) -> str:
    now = len(side.profile.breakdown.published)
    if side.before is None or not side.profile.breakdown.complete:
        return ""
    if not side.before:
        return f" · none in the {days(window)} before" if now else ""
    change = now / side.before - 1
    return f" · {'▲' if change >= 0 else '▼'} {abs(change):,.0%} against the {days(window)} before ({side.before:,})"


def _number(found: Breakdown) -> str:
    count = len(found.published)
    number = f"{count:,}" if found.complete else f"{count:,}+"
    return f"{number} {'item' if count == 1 else 'items'}"


def _count(profile: Profile) -> str:
    since = profile.query.since
    span = f" since <t:{int(since.timestamp())}:f>" if since is not None else ""
    found = profile.breakdown
    if not found.published:
        return f"Nothing in the memory{span}"
    more = f"; below, the newest {found.looked_at:,}" if found.looked_at < len(found.published) else ""
    return f"{_number(found)}{span}{more}"


def _days(profile: Profile) -> str:
    """Items a day as a line of bars, the days ending now; of hours where it is of a day or two."""
    since = profile.query.since
    published = profile.breakdown.published
    if since is None or not profile.breakdown.complete:
        since = min(published)
    span = profile.until - since
    step, unit = (timedelta(hours=1), "hour") if span <= 2 * DAY else (DAY, "day")
    count = max(1, -(-span // step))
    if count > 60:
        step, unit, count = 7 * DAY, "week", max(1, -(-span // (7 * DAY)))
    found = Counter(int((profile.until - moment) / step) for moment in published)
    counts = [found[place] for place in range(count - 1, -1, -1)]
    return f"`{render.bars(counts)}` items a {unit}, {max(counts):,} at most"


def _topics(found: Sequence[TagCount]) -> str:
    return " · ".join(f"#{render.one_line(render.cut(one.tag, 40))} {one.items:,}" for one in found)


def _countries(found: Sequence[TagCount]) -> str:
    return " · ".join(f"{render.country(one.tag)} {one.items:,}" for one in found)


def _outlets(found: Breakdown, most: int = OUTLETS) -> str:
    """``12 outlets of 5 countries: The Wire 34, CNA 22 …``."""
    count = len(found.outlets)
    places = {one.country for one in found.outlets if one.country is not None}
    where = f" of {len(places)} countries" if len(places) > 1 else ""
    named = ", ".join(f"{render.one_line(render.cut(one.outlet, 40))} {one.items:,}" for one in found.outlets[:most])
    return f"{count:,} {'outlet' if count == 1 else 'outlets'}{where}: {named}{' …' if count > most else ''}"
