"""What a channel or a person is told unasked: a story, a digest or a surge -> a Components V2 layout.

As in `bot.cards`, whatever the feeds hold fits in a message. Never: a mention that the rule did not ask for.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import assert_never

import discord
from discord import ui

from bot import cards
from bot.model import Digest, Message, Surging, Told, What, WhyHeld
from bot.news import render
from bot.words import _, decimal, later, n_

DIGESTS = {
    WhyHeld.DIGEST: later("Digest"),
    WhyHeld.QUIET: later("Meanwhile, in the quiet hours"),
    WhyHeld.FULL: later("More of this hour"),
    WhyHeld.CATCH_UP: later("What could not be posted before"),
}
POST_TITLE, WEBHOOK_NAME = 100, 80
"""Characters that Discord takes."""
_RESERVED = re.compile(r"discord|clyde", re.IGNORECASE)
MARKER = 1_000_000
"""Added to a delivery's number for the id of its card's container: ids that Discord gives by itself start at 1."""


def alert_layout(message: Message, now: datetime) -> ui.LayoutView:
    """What a channel is told: a story, a digest or a surge; the role above, the number where nobody sees it."""
    match message.what:
        case Told():
            return _told_layout(message, message.what, now)
        case Digest():
            return _digest_layout(message, message.what, now)
        case Surging():
            return _surge_layout(message, message.what, now)
        case _:
            assert_never(message.what)


def _told_layout(message: Message, told: Told, now: datetime) -> ui.LayoutView:
    """One story: the item's card, and who else tells it."""
    block = cards.Block(told.item, None, now)
    also = render.also_in(told.item, told.also)
    cards.within([block], cards.TEXT_LIMIT - 200 - len(also))
    buttons = (
        _button(_("Why?"), f"w:{told.item.id}"),
        _button(_("Follow"), f"i:{told.item.id}"),
        _button(_("Less like this"), f"l:{message.number}"),
    )
    container: ui.Container[ui.LayoutView] = ui.Container(
        cards.with_image(block),
        *([ui.TextDisplay(also)] if also else []),
        ui.ActionRow(*buttons),
        accent_colour=render.COLOURS[told.item.category],
        id=MARKER + message.number,
    )
    return _addressed(message, container)


def _button(label: str, custom_id: str) -> ui.Button[ui.LayoutView]:
    return ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=custom_id)


def post_title(what: What) -> str:
    """What a forum's post is called: the headline, or what the message is; plain text."""
    match what:
        case Told():
            return cards.short(" ".join(what.item.title.split()), POST_TITLE) or _("Untitled")
        case Digest():
            return f"{_(DIGESTS[what.why])}: {cards.how_many(len(what.stories) + what.more)}"
        case Surging():
            return cards.short(_("{subject} surges", subject=cards.plain_query(what.subject)), POST_TITLE)
        case _:
            assert_never(what)


def webhook_name(what: What) -> str | None:
    """Under which name a webhook posts: the outlet's; None where the message is not of one story.

    Discord refuses names that hold "discord" or "clyde", and a few as a whole (documentation, Usernames and Nicknames).
    """
    if not isinstance(what, Told):
        return None
    name = cards.short(" ".join(what.item.outlet.split()), WEBHOOK_NAME)
    name = _RESERVED.sub(lambda found: f"{found[0][:-1]}.{found[0][-1]}", name)
    return None if name.casefold() in ("", "everyone", "here") else name


def _digest_layout(message: Message, digest: Digest, now: datetime) -> ui.LayoutView:
    """Several stories in one message: those that most outlets tell first, each on two lines, as many as have room."""
    outlets = [len({one.outlet.casefold() for one in (told.item, *told.also)}) for told in digest.stories]
    order = sorted(range(len(outlets)), key=lambda number: (-outlets[number], -digest.stories[number].item.id))
    reports = sum(1 + len(told.also) for told in digest.stories)
    counts = cards.how_many(len(order) + digest.more)
    if reports > len(order) and not digest.more:  # those of the others are not known
        counts += ", " + n_("{n} report", "{n} reports", reports)
    lines = [f"## {_(DIGESTS[digest.why])}\n-# {counts}"]
    room = cards.TEXT_LIMIT - len(lines[0]) - 200
    shown = 0
    for number in order:
        told = digest.stories[number]
        line = f"{render.digest_line(told.item)}\n{render.byline(told.item, now)}"
        if outlets[number] > 1:
            line += " · " + n_("{n} outlet", "{n} outlets", outlets[number])
        room -= len(line) + 1
        if room < 0:
            break
        shown += 1
        lines.append(line)
    if left := len(order) + digest.more - shown:
        lines.append("-# " + cards.and_more(left, "news"))
    return _listed(message, lines[0], "\n".join(lines[1:]) or "-# " + _("Nothing of it is to be seen any more"))


def _surge_layout(message: Message, surging: Surging, now: datetime) -> ui.LayoutView:
    """What is suddenly frequent: how much so, the last day hour by hour, and the newest items as proof."""
    surge = surging.surge
    subject = cards.query_title(surging.subject)
    if surge.ratio is None:
        title = _("{subject}: new, there was nothing of it before", subject=subject)
    else:
        title = _("{subject}: {rate} times as much as usual", subject=subject, rate=decimal(round(surge.ratio, 1)))
    outlets = n_("{n} outlet", "{n} outlets", surge.outlets)
    counts = _("{items}, {outlets} in the last 6 hours", items=cards.how_many_items(surge.items), outlets=outlets)
    scale = _(
        "items an hour in the last {hours} hours, {most} at most",
        hours=len(surge.hours),
        most=decimal(max(surge.hours)),
    )
    head = f"## {title}\n-# {counts}\n`{render.bars(surge.hours)}`\n-# {scale}"
    lines = cards.item_lines(surging.items, now, room=cards.TEXT_LIMIT - len(head) - 200)
    return _listed(message, head, "\n".join(lines) or "-# " + _("Nothing of it is to be seen any more"))


def _addressed(message: Message, container: ui.Container[ui.LayoutView]) -> ui.LayoutView:
    """A posted card, below the role that it mentions."""
    view = ui.LayoutView(timeout=None)
    if message.role is not None:
        view.add_item(ui.TextDisplay(f"<@&{message.role}>"))
    view.add_item(container)
    view.stop()
    return view


def _listed(message: Message, head: str, text: str) -> ui.LayoutView:
    """A message of several items: the role above, the number where nobody sees it."""
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(head),
        ui.Separator(spacing=discord.SeparatorSpacing.small),
        ui.TextDisplay(text),
        accent_colour=cards.BRAND,
        id=MARKER + message.number,
    )
    return _addressed(message, container)
