"""Items as lines of Discord's markdown: plain strings, no Discord type, nothing from a feed that acts.

Text from feeds is hostile: what could be markup, a mention, a timestamp, an emoji or a link is escaped, so that it
stands as it was written. discord.py's own helper leaves mentions, timestamps, bidi controls and list markers alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from bot.model import Category, Item, Role, Sort, Tagging, TagKind, Tie
from bot.news.countries import flag
from bot.news.country_names import country_name
from bot.news.evidence import Where, evidence, marked
from bot.news.extract import extract, whole_end
from bot.words import _, later, n_, percent, spoken

ORDERS = {
    Sort.NEWEST: later("newest first"),
    Sort.BIGGEST: later("those that most outlets tell first"),
    Sort.RELEVANT: later("most relevant first"),
}
WEEK = timedelta(days=7)
TITLE_LIMIT = 180
"""Two lines of a card at desktop width."""
EXTRACT_LIMIT = 220
ALSO_LIMIT = 900
ALSO_NAMED = 6
TAGS_SHOWN = 4
NAMED_COUNTRIES = 2
FLAGS_SHOWN = 6

# Discord's markdown takes a backslash before any of these as "as it stands".
_ACTIVE = re.compile(r"[\\`*_~|<>\[\]]|(?<=https):(?=//)|(?<=http):(?=//)", re.IGNORECASE)
_PING = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_LINE_START = re.compile(r"^(\s*)(#{1,3}|-#|-|\+|>{1,3})(?=\s)|^(\s*\d+)([.)])(?=\s)", re.MULTILINE)
# What else ends a line in Unicode: a list or heading may begin behind it.
_LINE_ENDS = re.compile("\r\n?|[\u000b\u000c\u001c-\u001e\u0085\u2028\u2029]")
_HIDDEN = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


def visible(text: str) -> str:
    """Text without control characters, marks of direction and what else takes no room; its lines end in ``\\n``."""
    return _HIDDEN.sub("", _LINE_ENDS.sub("\n", text))


def escape(text: str) -> str:
    """Text as it stands, whatever it holds; line ends stay."""
    shown = _ACTIVE.sub(lambda found: "\\" + found[0], visible(text))
    shown = _PING.sub("@\u200b", shown)
    return _LINE_START.sub(lambda found: f"{found[1]}\\{found[2]}" if found[2] else f"{found[3]}\\{found[4]}", shown)


def one_line(text: str) -> str:
    """The same on one line."""
    return escape(" ".join(text.split()))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, ended with an ellipsis where cut, never inside a character that is seen as one."""
    return text if len(text) <= limit else text[: whole_end(text, limit - 1)].rstrip() + "…"


def link(text: str, url: str | None) -> str:
    """A masked link, or the text alone. In a URL nothing may end the link early."""
    if url is None:
        return text
    safe = "".join(f"%{ord(character):02X}" if character in "()<>\\ \"'" else character for character in url)
    return f"[{text}]({_PING.sub('%40', safe)})"


def paired(text: str) -> str:
    """Text whose square brackets come in pairs, or are made round: a lone one ends a masked link, escaped or not."""
    depth = 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if depth < 0:
            break
    return text if depth == 0 else text.replace("[", "(").replace("]", ")")


def headline(item: Item, *, linked: bool = True, limit: int = TITLE_LIMIT) -> str:
    """``### [headline](link)``, the headline cut at `limit` characters."""
    title = one_line(paired(cut(item.title, limit))) or _("Untitled")
    return f"### {link(title, item.url if linked else None)}"


def digest_line(item: Item) -> str:
    """``**[headline](link)**``: the headline shorter than on a card of its own, a link that is too long left out."""
    title = one_line(paired(cut(item.title, 160))) or _("Untitled")
    return f"**{link(title, item.url if item.url is not None and len(item.url) <= 300 else None)}**"


def age(moment: datetime, now: datetime) -> str:
    """Discord's own relative timestamp ("2 days ago"); its date when older than a week."""
    return f"<t:{int(moment.timestamp())}:{'R' if now - moment < WEEK else 'D'}>"


def countries(item: Item) -> tuple[str, ...]:
    """The codes a card shows: those the item is about, or where there is none the first mentioned."""
    subjects, mentioned = ([one.tag for one in _countries(item, role)] for role in (Role.SUBJECT, Role.MENTION))
    return tuple(subjects or mentioned[:1])


def assumed(item: Item) -> tuple[str, ...]:
    """The outlet's country where nothing in the item names any: shown as such, never among `countries`."""
    return () if countries(item) else tuple(one.tag for one in _countries(item, Role.ASSUMED))


def _countries(item: Item, role: Role) -> list[Tagging]:
    return [one for one in item.taggings if one.kind is TagKind.COUNTRY and one.role is role]


_CATEGORIES = {
    Category.GENERAL: later("General"),
    Category.POLITICS: later("Politics"),
    Category.BUSINESS: later("Business"),
    Category.TECHNOLOGY: later("Technology"),
    Category.SCIENCE: later("Science"),
    Category.HEALTH: later("Health"),
    Category.SPORT: later("Sport"),
    Category.CULTURE: later("Culture"),
    Category.ENVIRONMENT: later("Environment"),
}


def category(of: Category) -> str:
    """A category's name."""
    return _(_CATEGORIES[of])


def country(code: str) -> str:
    """``FLAG Name``; the name alone where there is no flag."""
    return f"{flag(code)} {country_name(code, spoken())}".strip()


def outlet(item: Item, *, limit: int = 60, placed: bool = True) -> str:
    """``**Outlet** FLAG``: the flag of the country that it sits in."""
    where = flag(item.outlet_country) if placed and item.outlet_country is not None else ""
    return f"**{one_line(cut(item.outlet, limit))}** {where}".rstrip()


def byline(item: Item, now: datetime, *, short: bool = False) -> str:
    """Outlet with its flag, age, category and countries in small print, dots between; flags alone beyond two countries.

    Of bodies without a flag the name. ``(the outlet's)`` stands behind a country that is assumed. `short` leaves the
    countries out.
    """
    codes = () if short else countries(item)
    parts = [outlet(item, limit=80, placed=not short), age(item.published_at, now), category(item.category)]
    parts.extend(country(code) for code in codes[:NAMED_COUNTRIES])
    parts.extend(_("{country} (the outlet's)", country=country(code)) for code in (() if short else assumed(item)))
    more = codes[NAMED_COUNTRIES : NAMED_COUNTRIES + FLAGS_SHOWN]
    parts[-1] = " ".join((parts[-1], *filter(None, map(flag, more))))
    parts.extend(country_name(code, spoken()) for code in more if not flag(code))
    return f"-# {' · '.join(parts)}"


def topics(item: Item, asked: str | None = None) -> tuple[str, ...]:
    """The best hashtags of an item without ``#``, the asked one first."""
    slugs = [tagging.tag for tagging in item.taggings if tagging.kind is TagKind.TOPIC]
    if asked in slugs:
        slugs.sort(key=lambda slug: slug != asked)
    return tuple(slugs[:TAGS_SHOWN])


def hashtags(slugs: Sequence[str]) -> str:
    """``#one #two`` in small print; empty where there is none."""
    return "-# " + " ".join(f"#{one_line(slug)}" for slug in slugs) if slugs else ""


def summary(item: Item, limit: int = EXTRACT_LIMIT, words: Sequence[str] = ()) -> str:
    """An extract that ends at a sentence or a word; empty where there is none, or it would only repeat the headline.

    Where `words` stand in it they are bold.
    """
    if limit < 40 or (
        item.summary.casefold().startswith(item.title.casefold()) and len(item.summary) < len(item.title) + 40
    ):
        return ""
    shown = " ".join(extract(item.summary, limit).split())
    if not words:
        return escape(shown)
    return "".join(f"**{escape(piece)}**" if bold else escape(piece) for piece, bold in marked(shown, words))


def reasons(item: Item, *, limit: int, most: int = 12) -> str:
    """Why an item carries its tags: one line a tag with the words that caused it, and who says so.

    At most `most` tags and `limit` characters (of which a hundred or more are needed for a line), in whole lines; a
    last line says how many tags are left out.
    """
    lines: list[str] = []
    room = limit - len("\n- ") - len(n_("and {n} more", "and {n} more", 9_999))
    for tagging in item.taggings[:most]:
        line = f"- {tag_name(tagging)} · {_standing(tagging)}: {_because(tagging, item)}"
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    if left := len(item.taggings) - len(lines):
        lines.append("- " + n_("and {n} more", "and {n} more", left))
    return "\n".join(lines)


def tag_name(tagging: Tagging) -> str:
    """``#topic``, or ``FLAG Country``."""
    return country(tagging.tag) if tagging.kind is TagKind.COUNTRY else f"#{one_line(tagging.tag)}"


def _standing(tagging: Tagging) -> str:
    """``about it, 82%``; of what is assumed no score, which would only look like evidence."""
    match tagging.role:
        case Role.SUBJECT:
            return _("about it, {share}", share=percent(tagging.score))
        case Role.MENTION:
            return _("mentioned, {share}", share=percent(tagging.score))
        case Role.ASSUMED:
            return _("assumed")
        case _:
            assert_never(tagging.role)


_SAID_IN = {
    Where.TITLE: later("{words} in the headline"),
    Where.TEXT: later("{words} in the text"),
    Where.PUBLISHER: later("{words} by the publisher"),
}


def _because(tagging: Tagging, item: Item) -> str:
    """``“Tokyo” in the headline, “yen” in the text``."""
    if tagging.role is Role.ASSUMED:
        where = one_line(country_name(tagging.tag, spoken()))
        return _("{outlet} writes about {country} alone", outlet=one_line(cut(item.outlet, 60)), country=where)
    if not tagging.words:
        return _("a person said so")
    by_place: dict[Where, list[str]] = {}
    for found in evidence(tagging, item.title, item.summary)[:3]:
        by_place.setdefault(found.where, []).append(f"“{one_line(cut(found.words, 60))}”")
    return ", ".join(_(_SAID_IN[where], words=", ".join(words)) for where, words in by_place.items())


def also_in(item: Item, others: Sequence[Item], *, limit: int = ALSO_LIMIT) -> str:
    """Which other outlets tell a card's story, each linked to its report, in small print; empty where none does.

    ``also in [CNA](..), [The New York Times](..) and 2 more (5 outlets, 3 countries)``, at most `limit` characters.
    """
    first: dict[str, Item] = {}
    for other in others:
        if other.outlet.casefold() != item.outlet.casefold():
            first.setdefault(other.outlet.casefold(), other)
    if not first:
        return ""
    places = {one.outlet_country for one in (item, *first.values()) if one.outlet_country is not None}
    counts = n_("{n} outlet", "{n} outlets", len(first) + 1)
    if len(places) > 1:
        counts += ", " + n_("{n} country", "{n} countries", len(places))
    named: list[str] = []
    room = limit - len(_also_said("", 9_999, counts))
    for one in first.values():
        name = one_line(paired(cut(one.outlet, 60)))
        linked = link(name, one.url)
        shown = linked if len(linked) + 2 <= min(room, limit // 2) else name
        if len(named) == ALSO_NAMED or len(shown) + 2 > room:
            break
        room -= len(shown) + 2
        named.append(shown)
    left = len(first) - len(named)
    return _also_said(", ".join(named), left, counts)


def _also_said(outlets: str, more: int, counts: str) -> str:
    if not more:
        return "-# " + _("also in {outlets} ({counts})", outlets=outlets, counts=counts)
    said = n_(
        "also in {outlets} and {n} more ({counts})",
        "also in {outlets} and {n} more ({counts})",
        more,
        outlets=outlets,
        counts=counts,
    )
    return f"-# {said}"


def tied(tie: Tie) -> str:
    """What tied an item to its story, in words: ``Okinawa, summit; 32; Japan; #securitycooperation``."""
    words = [one_line(cut(word, 40)) for word in (*tie.names, *(w for w in tie.words if w not in tie.names))][:8]
    parts = [
        ", ".join(f"“{word}”" for word in words),
        ", ".join(one_line(cut(number, 20)) for number in tie.numbers[:4]),
        ", ".join(country(code) for code in tie.countries[:4]),
        " ".join(f"#{one_line(cut(topic, 50))}" for topic in tie.topics[:4]),
    ]
    said = "; ".join(part for part in parts if part) or _("the headline as a whole")
    if not tie.across:
        return said
    return _("{said} (in another language, so that names, numbers, countries and topics alone count)", said=said)


def bars(counts: Sequence[int]) -> str:
    """A chart of one line: a bar for each count, the highest full; a dot where there is nothing."""
    most = max(counts, default=0)
    return "".join("·" if not count else "▁▂▃▄▅▆▇█"[min(7, count * 8 // (most + 1))] for count in counts)


COLOURS = {
    Category.GENERAL: 0x5B6B7B,
    Category.POLITICS: 0x8C4A9E,
    Category.BUSINESS: 0x1F7A4D,
    Category.TECHNOLOGY: 0x2D6CDF,
    Category.SCIENCE: 0x0F8B8D,
    Category.HEALTH: 0xC2375B,
    Category.SPORT: 0xD9822B,
    Category.CULTURE: 0xB3567F,
    Category.ENVIRONMENT: 0x5E8C31,
}
"""The accent bar. Never the only sign: the category is written on every card."""
