"""A page of items -> a Components V2 layout: each item a card of its own, in the colour of its category.

As in `bot.cards`, whatever the feeds hold fits in a message. Never: I/O.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from discord import ui

from bot import cards
from bot.model import How, Item, Page, Related, Sort
from bot.news import render
from bot.words import _, decimal, later, n_

NAMES = {
    Sort.NEWEST: later("Latest news"),
    Sort.BIGGEST: later("Biggest stories"),
    Sort.RELEVANT: later("Most relevant"),
}
ALSO = 300
"""Characters on who else tells a card's story."""


def page_layout(page: Page, now: datetime, *, turn: Sequence[ui.Item[ui.LayoutView]] = ()) -> ui.LayoutView:
    """A page of cards; `turn` are the buttons and the selects below them."""
    blocks = [cards.Block(item, _asked(page), now, also=_also(page, item)) for item in page.items]
    return _laid_out(heading(page), blocks, turn)


def related_layout(related: Related, now: datetime, *, controls: Sequence[ui.Item[ui.LayoutView]]) -> ui.LayoutView:
    """What the memory has on a message; `controls` stand below."""
    named = [cards.tag_name(one.kind, one.tag) for one in (*related.tagged.topics[:5], *related.tagged.countries[:5])]
    head = "## " + _("Related news")
    if related.linked:
        head += "\n-# " + n_(
            "The message links to the first", "The message links to the first {n}", len(related.linked)
        )
    if named:
        head += "\n-# " + _("It names {tags}", tags=", ".join(render.one_line(name) for name in named))
    return _laid_out(head, [cards.Block(item, None, now) for item in related.items], controls)


def drafted_layout(
    title: str,
    lines: Sequence[str],
    items: Sequence[Item],
    now: datetime,
    *,
    controls: Sequence[ui.Item[ui.LayoutView]],
) -> ui.LayoutView:
    """Something that is not set yet: some lines, already escaped, and the items that it meets."""
    head = render.cut("\n".join((f"### {title}", *lines)), 2_000)
    return _laid_out(head, [cards.Block(item, None, now, limit=120) for item in items], controls)


def _laid_out(head: str, blocks: Sequence[cards.Block], controls: Sequence[ui.Item[ui.LayoutView]]) -> ui.LayoutView:
    cards.within(blocks, cards.TEXT_LIMIT - len(head) - 100)
    shown: list[ui.Item[ui.LayoutView]] = [
        ui.Container(cards.with_image(block), accent_colour=render.COLOURS[block.item.category]) for block in blocks
    ]
    return cards.sealed(ui.TextDisplay(head), *shown, *controls)


def _also(page: Page, item: Item) -> str:
    story = page.stories.get(item.id)
    return "" if story is None else render.also_in(item, story.items, limit=ALSO)


def heading(page: Page) -> str:
    """What was asked as it was understood, and how much there is."""
    title = cards.query_title(page.query, page.resolution, anything=_(NAMES[page.query.sort]))
    return f"## {title}\n-# {_count(page)}{_meaning(page)}"


def _count(page: Page) -> str:
    query = page.query
    if not page.total:
        return cards.since_when(_("Nothing in the memory"), query)
    if query.sort is Sort.BIGGEST:
        found = cards.how_many(page.total)
    else:
        found = _("{n}+ items", n=decimal(page.total)) if page.more else cards.how_many_items(page.total)
    parts = [cards.since_when(found, query), _(render.ORDERS[query.sort])]
    if page.pages > 1:
        parts.append(_("page {number} of {pages}", number=decimal(page.number), pages=decimal(page.pages)))
    return ", ".join(parts)


def _meaning(page: Page) -> str:
    """What was made of what was typed, where a guess was made."""
    said = _meant(page)
    return f"\n-# {said}" if said else ""


def _meant(page: Page) -> str:
    resolution = page.resolution
    if resolution is None:
        return _instead(page.suggestions)
    typed = render.one_line(render.cut(resolution.typed, 60))
    label = render.one_line(render.cut(resolution.label, 60))
    tag = f"#{render.one_line(resolution.tag)}"
    match resolution.how:
        case How.NEAR:
            tags = _hashtags(page.suggestions) or tag
            return _(
                "Nothing is called “{typed}”. Did you mean {tags}? This is {tag}.", typed=typed, tags=tags, tag=tag
            )
        case How.PHRASE if page.total and resolution.known:
            return _("Nothing carries {tag}: this holds “{label}”", tag=tag, label=label)
        case How.PHRASE if page.total:
            return _("meant: {label}", label=label)
        case How.OWN:
            return _("a topic of this server's own")
        case How.ALIAS:
            return _("“{typed}” is {label}", typed=typed, label=label or tag)
    return _instead(page.suggestions)


def _instead(suggestions: Sequence[str]) -> str:
    return _("Try {tags}", tags=_hashtags(suggestions)) if suggestions else ""


def _hashtags(slugs: Sequence[str]) -> str:
    return " ".join(f"#{render.one_line(render.cut(tag, 50))}" for tag in slugs)


def _asked(page: Page) -> str | None:
    return page.resolution.tag if page.resolution is not None else None
