"""One item -> a Components V2 layout: what answers and alerts are made of.

The budget of a message (Discord's documentation, "Component Reference"): 40 components, 4,000 characters of text over
all of them. `within` cuts until it fits, so that no feed can make a message that Discord refuses.
Never: I/O, a mention that was not asked for, or a callback (the buttons carry custom ids; `cogs.ui` answers them).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import discord
from discord import ui

from bot.model import (
    Item,
    Preview,
    Query,
    Resolution,
    Revision,
    Story,
    Tagging,
    TagKind,
    Trend,
    Trends,
)
from bot.news import render
from bot.news.evidence import words_of
from bot.news.languages import language_name
from bot.words import _, decimal, n_, slash

TEXT_LIMIT = 4_000
SHORTEST_TITLE = 45
SAME_STORY = 4
"""Other reports of a story that are listed below an item."""
BRAND = 0x2B6CB0


@dataclass(slots=True)
class Block:
    """One item's text, cut as far as the budget wants."""

    item: Item
    asked: str | None
    now: datetime
    limit: int = render.EXTRACT_LIMIT
    linked: bool = True
    tagged: bool = True
    title: int = render.TITLE_LIMIT
    short: bool = False
    words: tuple[str, ...] = ()
    """Shown in bold."""
    also: str = ""
    """Who else tells its story, in small print."""

    def lines(self) -> list[str]:
        parts = [
            render.headline(self.item, linked=self.linked, limit=self.title),
            render.byline(self.item, self.now, short=self.short),
            render.summary(self.item, self.limit, self.words),
            self.also,
            render.hashtags(render.topics(self.item, self.asked)) if self.tagged else "",
        ]
        return [part for part in parts if part]

    def text(self) -> str:
        return "\n".join(self.lines())

    def shrink(self) -> bool:
        """Cut a step further: extract, who else tells it, hashtags, a link that is too long, headline, countries."""
        if self.limit >= 40 and render.summary(self.item, self.limit):
            self.limit = self.limit - 60 if self.limit > 100 else 0
            return True
        if self.also:
            self.also = ""
            return True
        if self.tagged:
            self.tagged = False
            return True
        if self.linked and self.item.url is not None:
            self.linked = False
            return True
        if self.title > SHORTEST_TITLE and len(self.item.title) > SHORTEST_TITLE:
            self.title = max(SHORTEST_TITLE, self.title // 2)
            return True
        if not self.short:
            self.short = True
            return True
        return False


def within(blocks: Sequence[Block], budget: int) -> None:
    """Cut the longest blocks until all of them together hold at most `budget` characters."""
    sizes = [len(block.text()) for block in blocks]  # escaping is what takes time: only what was cut is measured again
    while sum(sizes) > budget:
        for number in sorted(range(len(blocks)), key=sizes.__getitem__, reverse=True):
            if blocks[number].shrink():
                sizes[number] = len(blocks[number].text())
                break
        else:
            return


def chooser(title: str, about: str, question: str, control: ui.ActionRow[ui.LayoutView]) -> ui.LayoutView:
    """A question about a card's story (`about`, not escaped yet), with the select that answers it."""
    text = f"### {title}\n-# {error(about)}\n{question}"
    return sealed(ui.Container(ui.TextDisplay(text), control, accent_colour=BRAND))


def how_many(count: int) -> str:
    """``1 story``, ``4 stories``."""
    return n_("{n} story", "{n} stories", count)


def how_many_items(count: int) -> str:
    """``1 item``, ``4 items``."""
    return n_("{n} item", "{n} items", count)


def since_when(what: str, query: Query) -> str:
    """Something, with the time that is asked."""
    if query.since is None:
        return what
    return _("{what} since {when}", what=what, when=f"<t:{int(query.since.timestamp())}:f>")


def preview_layout(title: str, lines: Sequence[str], preview: Preview, now: datetime) -> ui.LayoutView:
    """What an alert would have posted: some lines, how much a day, and its newest three as cards."""
    rate = decimal(round(preview.a_day) if preview.a_day >= 10 else round(preview.a_day, 1))
    said = n_(
        "In the last {n} day it would have posted: {stories}, {rate} a day.",
        "In the last {n} days it would have posted: {stories}, {rate} a day.",
        max(1, round(preview.days)),
        stories=how_many(preview.stories),
        rate=rate,
    )
    if not preview.stories:
        said = _("In the last 7 days it would have posted nothing.")
    head = "\n".join((f"### {title}", *(line for line in lines if line), said))
    blocks = [Block(item, None, now, limit=120) for item in preview.newest]
    within(blocks, TEXT_LIMIT - len(head) - 100)
    container: ui.Container[ui.LayoutView] = ui.Container(ui.TextDisplay(head), accent_colour=BRAND)
    for block in blocks:
        container.add_item(ui.Separator(spacing=discord.SeparatorSpacing.small))
        container.add_item(with_image(block))
    return sealed(container)


def story_layout(
    item: Item,
    now: datetime,
    *,
    story: Story | None = None,
    history: str = "",
    controls: Sequence[ui.Item[ui.LayoutView]] = (),
) -> ui.LayoutView:
    """One item in full, with the reason of each tag, the words that gave it in bold, and who else tells its story.

    `history` is how it came and what became of it, already escaped.
    """
    block = Block(item, None, now, limit=1_200, words=words_of(item.taggings))
    same = "\n".join(_same_story(item, story))
    history = render.cut(history, 1_600)
    why = render.reasons(item, limit=max(500, 1_800 - len(same) - len(history)))
    text = _("**Why these tags**") + f"\n{why}"
    if not why:
        text = _("**No tag**: nothing in it names a topic or a country I know.")
    text = "\n".join((*(_earlier(each) for each in item.earlier[:3]), text))
    if history:
        block.limit = 200
    within([block], TEXT_LIMIT - len(text) - len(same) - len(history) - 100)
    container: ui.Container[ui.LayoutView] = ui.Container(
        with_image(block),
        ui.Separator(),
        ui.TextDisplay(text),
        *([ui.Separator(), ui.TextDisplay(same)] if same else []),
        *([ui.Separator(), ui.TextDisplay(history)] if history else []),
        *controls,
        accent_colour=render.COLOURS[item.category],
    )
    return sealed(container)


def _same_story(item: Item, story: Story | None) -> list[str]:
    """The other reports of an item's story, the newest first, and what tied this one to it."""
    if story is None or len(story.items) < 2:
        return []
    others = [one for one in story.items if one.id != item.id]
    outlets = len(story.outlets)
    counts = [n_("{n} report", "{n} reports", len(story.items))]
    counts += [n_("{n} outlet", "{n} outlets", outlets)] if outlets > 1 else []
    head = _("**The same story**: {counts}", counts=", ".join(counts))
    lines = [head]
    for other in others[: -SAME_STORY - 1 : -1]:
        title = render.link(render.one_line(render.paired(render.cut(other.title, 90))), _short_url(other))
        lines.append(f"- {title} · {render.one_line(render.cut(other.outlet, 40))}")
    tie = story.ties.get(item.id)
    if tie is not None:
        lines.append("-# " + _("tied by {what}", what=render.tied(tie)))
    return lines


def _short_url(item: Item) -> str | None:
    return item.url if item.url is not None and len(item.url) <= 200 else None


def _earlier(revision: Revision) -> str:
    return "-# " + _(
        "Until {when}: {headline}",
        when=f"<t:{int(revision.replaced_at.timestamp())}:f>",
        headline=error(short(revision.title, 200)),
    )


def trends_layout(trends: Trends, span: str, *, controls: Sequence[ui.Item[ui.LayoutView]] = ()) -> ui.LayoutView:
    """What is rising and what is big in a span of time ("the last 24 hours"); `controls` stand below."""
    title = "## " + _("Topics of {span}", span=span)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=BRAND)
    if not trends.items:
        container.add_item(ui.TextDisplay(title + "\n" + _("Nothing in the memory is as new as that.")))
    else:
        container.add_item(ui.TextDisplay(f"{title}\n-# {how_many_items(trends.items)}"))
        container.add_item(ui.Separator(spacing=discord.SeparatorSpacing.small))
        rising = [f"{_hashtag(one)} · {frequency(one)} · {_carriers(one)}" for one in trends.rising]
        when = f"<t:{int(trends.compared_since.timestamp())}:d>"
        usual = "-# " + _("2× is twice the usual rate, measured since {when}", when=when)
        if not trends.comparable:
            usual = "-# " + _("The memory is too young to know what is usual: only new names can rise")
        container.add_item(
            ui.TextDisplay("\n".join(["### " + _("Rising"), usual, *(rising or [_("Nothing just now.")])]))
        )
        container.add_item(ui.Separator(spacing=discord.SeparatorSpacing.small))
        big = [f"{_hashtag(one)} · {_carriers(one)}" for one in trends.big]
        container.add_item(ui.TextDisplay("\n".join(["### " + _("Big"), *(big or [_("No topic on any of them.")])])))
    if controls:
        container.add_item(ui.Separator(spacing=discord.SeparatorSpacing.small))
    for row in controls:
        container.add_item(row)
    return sealed(container)


def trend_line(one: Trend) -> str:
    """A topic below its hashtag in a select: what it stands for, and how much there is; no markup."""
    name = f"{one.label} · " if one.label != one.tag else ""
    return short(f"{name}{_carriers(one)}", 100)


def frequency(one: Trend) -> str:
    """How much more frequent than usual a topic is."""
    return _("new") if one.ratio is None else f"{decimal(one.ratio)}×"


def _hashtag(one: Trend) -> str:
    return f"**#{render.one_line(render.cut(one.tag, 60))}**"


def _carriers(one: Trend) -> str:
    return ", ".join((how_many_items(one.items), n_("{n} outlet", "{n} outlets", one.outlets)))


def item_lines(items: Iterable[Item], now: datetime, *, room: int) -> list[str]:
    """Items in two lines each, as many as `room` characters hold."""
    lines = []
    for item in items:
        line = f"{render.digest_line(item)}\n{render.byline(item, now)}"
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    return lines


def notice(title: str, *lines: str, colour: int = BRAND) -> ui.LayoutView:
    """A short answer: a title and some lines, already escaped where they hold anything typed or fetched."""
    body = "\n".join(line for line in lines if line)
    text = f"### {title}\n{body}" if body else f"### {title}"
    return sealed(ui.Container(ui.TextDisplay(render.cut(text, TEXT_LIMIT)), accent_colour=colour))


def error(message: str) -> str:
    """A `UserError` as a person sees it."""
    return render.cut(render.escape(message), 1_900)


def code(text: str) -> str:
    """What is to be typed: a command, or an option."""
    return f"`{text}`"


def and_more(count: int, command: str = "") -> str:
    """``… and 4 more``; with a command that offers them all, where there is one."""
    more = "… " + n_("and {n} more", "and {n} more", count)
    return _("{more}: {command} offers them all", more=more, command=code(slash(command))) if command else more


def plain_title(item: Item) -> str:
    """A headline as a select shows it: no markup, never blank, at most 100 characters."""
    return render.cut(" ".join(item.title.split()) or _("Untitled"), 100)


def tag_label(tagging: Tagging) -> str:
    """A tag as a select shows it: no markup."""
    return tag_name(tagging.kind, tagging.tag)


def tag_name(kind: TagKind, tag: str) -> str:
    """``#topic``, or ``FLAG Country``; no markup."""
    return render.country(tag) if kind is TagKind.COUNTRY else f"#{tag}"


def with_image(block: Block) -> ui.Item[ui.LayoutView]:
    """The text, with the item's image to its right where it has one."""
    image = block.item.image
    if image is None or len(image) > 2_000:
        return ui.TextDisplay(block.text())
    alt = render.cut(" ".join(block.item.title.split()) or _("Image of the story"), 250)
    return ui.Section(ui.TextDisplay(block.text()), accessory=ui.Thumbnail(image, description=alt))


def sealed(*parts: ui.Item[ui.LayoutView]) -> ui.LayoutView:
    """A view that discord.py does not keep waiting for clicks: the buttons are answered by their custom ids."""
    view = ui.LayoutView(timeout=None)
    for part in parts:
        view.add_item(part)
    view.stop()
    return view


def short(text: str, limit: int) -> str:
    """Text cut to `limit` characters, on one line."""
    return render.cut(" ".join(text.split()), limit)


def wanted_country(query: Query, code: str) -> str:
    """The country that a query is about, and how."""
    shown = render.country(code)
    return _("{country} (or mentioned)", country=shown) if query.mentions else shown


def plain_query(query: Query) -> str:
    """A rule's filter on one line without markup, as autocomplete shows it."""
    parts = [f"#{query.topic}" if query.topic else "", query.country or "", query.text or "", query.category or ""]
    parts += [query.outlet or "", f"in {query.outlet_country}" if query.outlet_country else ""]
    parts.append(f"in {language_name(query.language)}" if query.language else "")
    parts.append(query.filter or "")
    return " ".join(part for part in parts if part) or "everything"


def query_title(query: Query, resolution: Resolution | None = None, *, anything: str | None = None) -> str:
    """What is asked on one line, as a person would say it; its topic as it was understood where that is known."""
    parts = []
    if resolution is not None and resolution.kind is TagKind.COUNTRY:
        parts.append(wanted_country(query, resolution.tag))
    elif query.topic is not None:
        parts.append(f"#{render.one_line(query.topic.lstrip('#') if resolution is None else resolution.tag)}")
    if query.country is not None:
        parts.append(wanted_country(query, query.country))
    if query.text is not None:
        parts.append(f"“{render.one_line(render.cut(query.text, 80))}”")
    if query.category is not None:
        parts.append(render.category(query.category))
    if query.outlet is not None:
        parts.append(render.one_line(render.cut(query.outlet, 80)))
    if query.outlet_country is not None:
        parts.append(_("published in {country}", country=render.country(query.outlet_country)))
    if query.language is not None:
        parts.append(_("in {language}", language=language_name(query.language)))
    if query.filter is not None:
        parts.append(render.one_line(render.cut(query.filter, 200)))
    return " · ".join(parts) or (_("everything") if anything is None else anything)
