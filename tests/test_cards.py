"""Cards: whatever a feed holds, a message stays within Discord's limits, and nothing in it acts but what the card put.

`Read` is a small reader of Discord's markdown, written from Discord's own help ("Markdown Text 101") and documentation
("Message Formatting"), independently of what the bot escapes.
"""

from __future__ import annotations

import re
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar, cast

import discord
import pytest
from discord import ui
from hypothesis import given, settings, strategies as st

from bot import alert_cards, cards, page_cards
from bot.feeds.links import LinkCleaner
from bot.model import (
    Category,
    DeliveryId,
    How,
    Item,
    ItemId,
    Message,
    Page,
    Query,
    Resolution,
    Revision,
    Role,
    RoleId,
    Tagging,
    TagKind,
    Told,
    Trend,
    Trends,
)
from bot.news import render
from bot.services.news import NewsService
from cogs.pages import controls, packed, unpacked
from tests.support import NOON, item

T = TypeVar("T")

# --- a reader of Discord's markdown ------------------------------------------------------------------------------

HELD = "\ue000"
"""Stands for a character that a backslash holds."""
ESCAPED = re.compile(r"\\[^0-9A-Za-z\s]")
LINK = re.compile(r"\[([^\[\]]*)\]\(([^\s()]+)\)")
LINE = re.compile(r"^\s*(#{1,3}(?=\s)|-#(?=\s)|[-*+](?=\s)|\d+\.(?=\s)|>(?:>>)?(?=\s))")
ANGLE = re.compile(r"<[^\s<>][^<>\n]*>")
BARE = re.compile(r"\b(?:https?|steam)://\S", re.IGNORECASE)
STYLE = re.compile(r"\*\*|[*_`]|~~|\|\|")
# What Discord's servers look for in the raw text, whatever is escaped.
PING = re.compile(r"@everyone|@here|<@[!&]?\d+>|<#\d+>", re.IGNORECASE)
INVISIBLE = re.compile("[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]")


class Read:
    """What acts in a text: links, things in angle brackets, marks at the start of a line, styles, mentions."""

    def __init__(self, text: str) -> None:
        held = ESCAPED.sub(HELD, text)
        self.links = [found[1] for found in LINK.findall(held)]
        rest = LINK.sub(lambda found: found[1], held)
        self.angles = ANGLE.findall(rest)
        self.marks = [found[1] if (found := LINE.match(line)) else "" for line in held.split("\n")]
        self.styles = STYLE.findall(rest)
        self.bare = BARE.findall(rest)
        self.pings = PING.findall(text)
        self.invisible = INVISIBLE.findall(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](https://x.example/1)", {"links": ["https://x.example/1"]}),
        (r"\[a\](https\://x.example/1)", {}),
        ("<t:1:R> <@&5> </x:1> <:e:1>", {"angles": ["<t:1:R>", "<@&5>", "</x:1>", "<:e:1>"], "pings": ["<@&5>"]}),
        (r"\<t:1:R\>", {}),
        (r"\\<t:1:R>", {"angles": ["<t:1:R>"]}),
        ("# a", {"marks": ["#"]}),
        ("#a\n- b\n1. c\n-# d", {"marks": ["", "-", "1.", "-#"]}),
        (r"\# a", {"marks": [""]}),
        ("**a** `b`", {"styles": ["**", "**", "`", "`"]}),
        ("@everyone", {"pings": ["@everyone"]}),
        ("see https://x.example", {"bare": ["https://x"]}),
    ],
)
def test_the_reader_reads(text: str, found: dict[str, list[str]]) -> None:
    read = Read(text)
    for name in ("links", "angles", "styles", "pings", "bare"):
        assert getattr(read, name) == found.get(name, []), name
    assert read.marks == found.get("marks", [""])


# --- hostile items -----------------------------------------------------------------------------------------------

FRAGMENTS = (
    "@everyone", "@here", "@\u200beveryone", "@every\u200bone", "<@1>", "<@!1>", "<@&5>", "<#3>", "</news:1>",
    "<t:1:R>", "<:e:1>", "<a:e:1>", "<id:customize>", "[a](http://evil.example)",
    "](https://evil.example)", "[", "]", "(",
    ")", "https://evil.example/x_y", "HTTP://EVIL.example", "<https://evil.example>", "ht\u200btps://evil.example",
    "**b**", "__u__", "*", "_", "~~s~~", "||s||", "`c`", "```x", "\n", "\n# h", "\n## h", "\n-# s", "\n- l", "\n* l",
    "\n+ l", "\n1. x", "\n1234567890. x", "\n> q", "\n>>> q", "# ", "- ", "-# ", "1. ", "> ", "\\", "\\\\", "\u202e",
    "\u200b", "\u2028# ", "\u2029- ", "\x85# ", "\r# ", "\x00", "\x1b[31m", "\t", " ", "<", ">", "@", "#", "👩‍👩‍👧",
    "🇯🇵", "é", "e\u0301\u0301", "日本", "ﷺ", "\ufeff", "word ", "A sentence. ", "?!", "https:", "//",
)  # fmt: skip


@cache
def hostile(limit: int) -> st.SearchStrategy[str]:
    """Text of at most `limit` characters that would like to act."""
    parts = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=12)), max_size=10)
    return st.builds(lambda parts, times: ("".join(parts) * times)[:limit], parts, st.sampled_from((1, 1, 1, 5, 200)))


@cache
def links() -> st.SearchStrategy[str | None]:
    """Links as `feeds.links` lets them through, up to their 2,000 characters."""
    clean = LinkCleaner("https://news.example/")
    return st.one_of(
        st.none(),
        st.builds(lambda tail: clean(f"https://news.example/{tail}"), hostile(300)),
        st.integers(1, 1975).map(lambda size: "https://news.example/" + "x(_)*" * (size // 5)),
    )


@cache
def taggings() -> st.SearchStrategy[tuple[Tagging, ...]]:
    codes = (
        "JP",
        "PH",
        "CN",
        "US",
        "BA",
        "KN",
        "VC",
        "CD",
        "EU",
        "UN",
        "XK",
        "x-nato",
        "x-arableague",
        "x-asean",
        "ST",
    )
    topic = st.builds(
        Tagging,
        tag=st.one_of(st.sampled_from(("trade", "securitycooperation", "選挙")), hostile(100)),
        kind=st.just(TagKind.TOPIC),
        role=st.sampled_from(Role),
        score=st.floats(0, 1),
        words=st.lists(hostile(120), max_size=5).map(tuple),
    )
    country = st.builds(
        Tagging,
        tag=st.sampled_from(codes),
        kind=st.just(TagKind.COUNTRY),
        role=st.sampled_from(Role),
        score=st.floats(0, 1),
        words=st.lists(hostile(120), max_size=3).map(tuple),
    )
    few = st.builds(lambda a, b: (*a, *b), st.lists(topic, max_size=4), st.lists(country, max_size=4))
    return st.builds(lambda some, times: (some * times)[:60], few, st.sampled_from((1, 1, 10)))


@cache
def items(number: int = 0) -> st.SearchStrategy[Item]:
    return st.builds(
        Item,
        id=st.integers(1, 2**62).map(lambda base: ItemId(base + number)),
        title=hostile(512),
        url=links(),
        outlet=hostile(100),
        outlet_country=st.none(),
        published_at=st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
        first_seen_at=st.just(NOON),
        category=st.sampled_from(Category),
        summary=hostile(2000),
        image=links(),
        language=st.none(),
        taggings=taggings(),
    )


@cache
def pages() -> st.SearchStrategy[Page]:
    query = st.builds(
        Query,
        topic=st.one_of(st.none(), hostile(100)),
        country=st.sampled_from((None, "JP", "x-arableague")),
        outlet=st.one_of(st.none(), hostile(100)),
        category=st.sampled_from((None, *Category)),
        since=st.sampled_from((None, NOON)),
        text=st.one_of(st.none(), hostile(200)),
    )
    resolution = st.one_of(
        st.none(),
        st.builds(
            Resolution,
            typed=hostile(100),
            tag=st.one_of(st.just("securitycooperation"), hostile(100)),
            how=st.sampled_from(How),
            label=hostile(100),
        ),
    )
    return st.builds(
        Page,
        query=query,
        resolution=resolution,
        items=st.integers(0, 5)
        .flatmap(lambda size: st.tuples(*(items(number) for number in range(size))))
        .filter(lambda found: len({item.id for item in found}) == len(found)),
        number=st.integers(1, 200),
        size=st.just(5),
        total=st.integers(0, 1001),
        newest=st.sampled_from((None, ItemId(2**62))),
        suggestions=st.lists(hostile(100), max_size=5).map(tuple),
    )


class Keeper:
    """Keeps any query under one of the largest numbers."""

    def __init__(self) -> None:
        self._kept: list[Query] = []

    async def keep(self, query: Query) -> int:
        if query not in self._kept:
            self._kept.append(query)
        return 2**63 - 1 - self._kept.index(query)


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine gives that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as end:
        return cast(T, end.value)
    raise AssertionError("it waits")


def turning(page: Page) -> list[ui.Item[ui.LayoutView]]:
    return at_once(controls(page, cast(NewsService, Keeper())))


@dataclass
class Drawn:
    """A layout as Discord is sent it."""

    components: list[dict[str, Any]]

    @classmethod
    def of(cls, view: ui.LayoutView) -> Drawn:
        components: list[dict[str, Any]] = view.to_components()  # type: ignore[no-untyped-call]
        drawn = cls(components)
        assert view.content_length() == sum(map(len, drawn.texts))
        return drawn

    @property
    def every(self) -> list[dict[str, Any]]:
        def walk(components: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
            for component in components:
                yield component
                yield from walk(component.get("components", ()))
                if "accessory" in component:
                    yield from walk((component["accessory"],))

        return list(walk(self.components))

    @property
    def texts(self) -> list[str]:
        return [component["content"] for component in self.every if "content" in component]


def check_limits(drawn: Drawn) -> None:
    """Discord's documentation, "Component Reference"."""
    every = drawn.every
    assert len(every) <= 40
    assert sum(map(len, drawn.texts)) <= 4_000
    assert all(text.strip() for text in drawn.texts)
    for component in every:
        custom_id = component.get("custom_id")
        assert custom_id is None or 1 <= len(custom_id) <= 100
        assert len(component.get("label") or "") <= 80
        assert len(component.get("placeholder") or "") <= 150
        assert len(component.get("description") or "") <= 1_024
        assert len(component.get("components", ())) <= (
            5 if component["type"] == discord.ComponentType.action_row else 40
        )
        if "options" in component:
            check_options(component["options"])
        if "media" in component:
            assert len(component["media"]["url"]) <= 2_048
    ids = [component["custom_id"] for component in every if "custom_id" in component]
    assert len(ids) == len(set(ids))


def check_options(options: Sequence[dict[str, Any]]) -> None:
    assert 1 <= len(options) <= 25
    assert len({option["value"] for option in options}) == len(options)
    for option in options:
        assert 1 <= len(option["label"]) <= 100
        assert option["label"].strip()
        assert 1 <= len(option["value"]) <= 100
        assert option.get("description") is None or 1 <= len(option["description"]) <= 100


def check_card(text: str, item: Item, *, marked: bool = False) -> None:
    """Headline, byline, extract, hashtags: each on its line, and nothing else that acts but words in bold."""
    read = Read(text)
    lines = text.split("\n")
    assert read.marks[:2] == ["###", "-#"]
    assert read.marks[2:] in ([], [""], ["-#"], ["", "-#"])
    assert read.styles[:2] == ["**", "**"], "the outlet's name"
    assert set(read.styles) == {"**"}
    assert len(read.styles) == 2 or (marked and len(read.styles) % 2 == 0)
    assert re.match(r"-# \*\*.*?\*\* · <t:", lines[1])
    assert read.angles == [found[0] for found in [re.search(r"<t:\d+:[RD]>", lines[1])] if found]
    assert len(read.angles) == 1
    assert read.pings == read.bare == read.invisible == []
    if read.links:
        assert item.url is not None
        assert read.links == [render.link("", item.url)[3:-1]]
        assert lines[0].endswith(f"]({read.links[0]})")
    if read.marks[-1] == "-#" and len(lines) > 2:
        assert lines[-1].startswith("-# #")


LONG = Item(
    id=ItemId(1),
    title="<" * 512,
    url="https://news.example/" + "x" * 1979,
    outlet="*" * 100,
    outlet_country=None,
    published_at=NOON,
    first_seen_at=NOON,
    category=Category.ENVIRONMENT,
    summary="_ " * 1000,
    image="https://news.example/" + "y" * 1979,
    language=None,
    taggings=tuple(
        Tagging(tag="x" * 100, kind=TagKind.TOPIC, role=Role.SUBJECT, score=1.0, words=("|" * 200,) * 5)
        for _ in range(40)
    )
    + tuple(
        Tagging(tag=code, kind=TagKind.COUNTRY, role=Role.SUBJECT, score=1.0, words=("|" * 200,) * 5)
        for code in ("KN", "VC", "x-arableague", "BA", "CD", *("x-asean",) * 15)
    ),
)  # fmt: skip
FULL = Page(
    query=Query(topic="<" * 100, country="x-arableague", outlet="*" * 100, category=Category.SPORT, text="|" * 200),
    resolution=Resolution(typed="<" * 100, tag="x" * 100, how=How.NEAR, label="<" * 100),
    items=tuple(replace(LONG, id=ItemId(number)) for number in range(5)),
    number=100,
    size=5,
    total=1001,
    newest=ItemId(2**62),
    suggestions=("x" * 100,) * 5,
)
ALERT = Message(what=Told(item=LONG), role=None, number=DeliveryId(2**31 - 2**20))


def test_the_longest_of_all_keeps_the_limits() -> None:
    drawn = Drawn.of(page_cards.page_layout(FULL, NOON, turn=turning(FULL)))
    check_limits(drawn)
    assert len(drawn.texts) == 6
    for layout in (cards.story_layout(LONG, NOON), alert_cards.alert_layout(ALERT, NOON)):
        check_limits(Drawn.of(layout))
        check_card(Drawn.of(layout).texts[0], LONG)


@pytest.mark.parametrize("size", [1, 14, 15, 16, 17, 18, 50, 100])
def test_reasons_that_do_not_fit_are_left_out_whole_and_counted(size: int) -> None:
    """Wherever the room ends: between lines, in a word, after the dash that starts a line."""
    long = ("word " * 12,) * 3
    first = Tagging(tag="x" * size, kind=TagKind.TOPIC, role=Role.SUBJECT, score=1.0, words=long)
    item = replace(LONG, taggings=(first, *(first._replace(tag="y" * 80) for _ in range(11))))
    _, *lines = Drawn.of(cards.story_layout(item, NOON)).texts[1].split("\n")
    *whole, last = lines
    assert all(re.fullmatch(r"- #[xy]+ · about it, 100%: “.*” by the publisher", line) for line in whole)
    assert last == f"- and {12 - len(whole)} more"
    assert len(whole) >= 5


@pytest.mark.parametrize("number", [9, 10, 99, 100, 199, 200])
@pytest.mark.parametrize("length", range(84, 96))
def test_a_button_of_the_last_page_is_no_longer_than_discord_takes(number: int, length: int) -> None:
    """The number of the page beyond has one digit more than the last page's."""
    page = replace(FULL, query=Query(text="x" * length), number=number, total=number * 5, newest=ItemId(1))
    check_limits(Drawn.of(page_cards.page_layout(page, NOON, turn=turning(page))))


@settings(max_examples=30, deadline=None)
@given(items(), st.text(max_size=600))
def test_earlier_headlines_of_a_story_keep_the_limits_and_do_not_act(item: Item, title: str) -> None:
    told = replace(item, earlier=(Revision(title=title, replaced_at=NOON),) * 10)
    drawn = Drawn.of(cards.story_layout(told, NOON))
    check_limits(drawn)
    lines = drawn.texts[1].split("\n")[:3]
    for read in map(Read, lines):
        assert read.marks == ["-#"]
        assert read.angles == [f"<t:{int(NOON.timestamp())}:f>"]
        assert read.styles == read.links == read.pings == read.bare == read.invisible == []


# --- what must hold for any item ---------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(items(), st.sampled_from((None, RoleId(77))))
def test_an_alert_of_anything_keeps_the_limits(item: Item, role: RoleId | None) -> None:
    drawn = Drawn.of(
        alert_cards.alert_layout(Message(what=Told(item=item), role=role, number=DeliveryId(2**31 - 2**20)), NOON)
    )
    check_limits(drawn)
    assert drawn.every[-1].get("id") != 0
    if role is not None:
        assert drawn.texts[0] == "<@&77>"
    check_card(drawn.texts[-1], item)


@settings(max_examples=40, deadline=None)
@given(items())
def test_a_story_of_anything_keeps_the_limits_and_its_reasons_do_not_act(item: Item) -> None:
    drawn = Drawn.of(cards.story_layout(item, NOON))
    check_limits(drawn)
    story, why = drawn.texts
    check_card(story, item, marked=True)
    read = Read(why)
    assert read.styles == ["**", "**"]
    assert read.links == read.angles == read.pings == read.bare == read.invisible == []
    assert set(read.marks) <= {"", "-"}
    assert read.marks[0] == ""
    assert all(mark == "-" for mark in read.marks[1:])


@settings(max_examples=40, deadline=None)
@given(pages())
def test_nothing_on_a_page_acts_but_what_the_page_put_there(page: Page) -> None:
    drawn = Drawn.of(page_cards.page_layout(page, NOON, turn=turning(page)))
    check_limits(drawn)
    head, *shown = drawn.texts
    read = Read(head)
    assert read.marks[:2] == ["##", "-#"]
    assert all(mark == "-#" for mark in read.marks[2:])
    assert len(read.marks) <= 3
    assert read.angles == ([f"<t:{int(NOON.timestamp())}:f>"] if page.query.since is not None else [])
    assert read.links == read.styles == read.pings == read.bare == read.invisible == []
    for text, one in zip(shown, page.items, strict=True):
        check_card(text, one)


@settings(max_examples=40, deadline=None)
@given(hostile(500), hostile(100))
def test_what_people_typed_does_not_act_in_an_answer(typed: str, name: str) -> None:
    query = Query(topic=f"a{typed}", outlet=name, text=typed)
    for text in (cards.error(typed), render.one_line(typed), cards.query_title(query)):
        read = Read(text)
        assert read.links == read.angles == read.pings == read.bare == read.styles == read.invisible == []
        assert not any(read.marks)
    drawn = Drawn.of(cards.notice("Title", *([render.one_line(typed)] * 20)))
    check_limits(drawn)


@settings(max_examples=40, deadline=None)
@given(
    st.builds(
        Query,
        topic=st.one_of(st.none(), hostile(100).filter(bool)),
        country=st.sampled_from((None, "JP", "x-nato")),
        outlet=st.one_of(st.none(), hostile(100).filter(bool)),
        category=st.sampled_from((None, *Category)),
        since=st.one_of(st.none(), st.integers(0, 2**33).map(lambda second: datetime.fromtimestamp(second, UTC))),
        text=st.one_of(st.none(), hostile(200).filter(bool)),
    )
)
def test_a_button_keeps_the_question(query: Query) -> None:
    assert unpacked(packed(query)) == query


# --- one item, looked at -----------------------------------------------------------------------------------------


def country(code: str, role: Role = Role.SUBJECT) -> Tagging:
    return Tagging(tag=code, kind=TagKind.COUNTRY, role=role, score=0.9, words=(code,))


@pytest.mark.parametrize(
    ("age", "style"),
    [
        (timedelta(0), "R"),
        (timedelta(days=6, hours=23, minutes=59), "R"),
        (timedelta(days=7), "D"),
        (timedelta(days=700), "D"),
        (timedelta(minutes=-5), "R"),
    ],
)
def test_an_age_becomes_a_date_after_a_week(age: timedelta, style: str) -> None:
    moment = NOON - age
    assert render.age(moment, NOON) == f"<t:{int(moment.timestamp())}:{style}>"


def test_the_byline_names_outlet_age_category_and_countries_in_that_order() -> None:
    stamp = f"<t:{int(NOON.timestamp())}:R>"
    shown = item(taggings=(country("JP"), country("PH"), country("CN"), country("US"), country("FR", Role.MENTION)))
    assert render.byline(shown, NOON) == f"-# **The Example** 🇬🇧 · {stamp} · Politics · 🇯🇵 Japan · 🇵🇭 Philippines 🇨🇳 🇺🇸"
    allied = item(taggings=(country("FI"), country("PL"), country("x-nato"), country("SE")))
    assert render.byline(allied, NOON).endswith(" · 🇫🇮 Finland · 🇵🇱 Poland 🇸🇪 · NATO")
    mentioned = item(taggings=(country("FR", Role.MENTION), country("JP", Role.MENTION)))
    assert render.byline(mentioned, NOON) == f"-# **The Example** 🇬🇧 · {stamp} · Politics · 🇫🇷 France"
    assert render.byline(item(), NOON) == f"-# **The Example** 🇬🇧 · {stamp} · Politics"


def test_the_asked_hashtag_stands_first_among_four() -> None:
    tags = [Tagging(tag=f"t{n}", kind=TagKind.TOPIC, role=Role.SUBJECT, score=0.9, words=()) for n in range(6)]
    shown = item(taggings=(*tags, country("JP")))
    assert render.hashtags(render.topics(shown, "t5")) == "-# #t5 #t0 #t1 #t2"
    assert render.hashtags(render.topics(shown, "other")) == "-# #t0 #t1 #t2 #t3"
    assert render.hashtags(()) == ""


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://news.example/a(b)c", "https://news.example/a%28b%29c"),
        ("https://news.example/a b'c\"d", "https://news.example/a%20b%27c%22d"),
        ("https://news.example/<a>\\b", "https://news.example/%3Ca%3E%5Cb"),
        ("https://news.example/%28_*~", "https://news.example/%28_*~"),
    ],
)
def test_nothing_in_a_url_ends_its_link(url: str, shown: str) -> None:
    headline = render.headline(item(url=url))
    assert headline == f"### [Japan signs a pact]({shown})"
    assert Read(headline).links == [shown]


def test_an_item_without_title_or_link_has_a_headline_all_the_same() -> None:
    assert render.headline(item(title="", url=None)) == "### Untitled"
    assert render.headline(item(title=" \u200b\n ")) == "### [Untitled](https://news.example/pact)"
    assert cards.plain_title(item(title="\n ")) == "Untitled"


def test_a_long_headline_is_cut_at_two_lines() -> None:
    shown = render.headline(item(title="word " * 100, url=None))
    assert len(shown) <= len("### ") + render.TITLE_LIMIT
    assert shown.endswith("word…")


@settings(max_examples=40)
@given(
    st.lists(st.from_regex(r"\A[a-z]{1,12}[,.!?]?\Z"), min_size=1, max_size=120),
    st.integers(60, 400),
)
def test_an_extract_ends_at_a_sentence_or_a_word(words: list[str], limit: int) -> None:
    text = " ".join(words)
    shown = render.summary(item(title="Something else", summary=text), limit)
    shown = re.sub(r"\\(.)", r"\1", shown)
    assert len(shown) <= limit
    if shown == text:
        return
    assert len(shown) >= limit * 0.4 - 12
    if shown.endswith("…"):
        begun = shown[:-1]
        assert text.startswith(begun)
        assert not text[len(begun)].isalpha(), "a whole word"
    else:
        assert text.startswith(f"{shown} ")
        assert shown[-1] in ".!?"


def test_a_summary_that_only_repeats_the_headline_is_left_out() -> None:
    assert render.summary(item(summary="Japan signs a pact")) == ""
    assert render.summary(item(summary="Japan signs a pact. " + "It was signed in Tokyo on Monday evening.")) != ""


def test_what_is_cut_first_is_what_is_missed_least() -> None:
    """Five items with links of 2,000 characters: the headlines stay, and say where from."""
    long = tuple(
        item(id=ItemId(number), url="https://news.example/" + "x" * 1970, summary="A sentence of some length. " * 20)
        for number in range(5)
    )
    page = Page(query=Query(), resolution=None, items=long, number=1, size=5, total=5, newest=None)
    _, *shown = Drawn.of(page_cards.page_layout(page, NOON)).texts
    assert all(text.startswith("### ") and "Japan signs a pact" in text for text in shown)
    assert all("**The Example**" in text for text in shown)
    assert any("](https://news.example/" in text for text in shown), "as many links as there is room for"


def test_an_alerts_card_carries_its_number_and_only_its_own_mention() -> None:
    message = Message(what=Told(item=item(title="<@&5> @everyone")), role=RoleId(77), number=DeliveryId(42))
    drawn = Drawn.of(alert_cards.alert_layout(message, NOON))
    assert [component.get("id") for component in drawn.components] == [None, alert_cards.MARKER + 42] or (
        drawn.components[-1]["id"] == alert_cards.MARKER + 42
    )
    assert [ping for text in drawn.texts for ping in Read(text).pings] == ["<@&77>"]


def trend(tag: str, *, ratio: float | None = None) -> Trend:
    return Trend(tag=tag, label=tag, items=12_345, outlets=1, ratio=ratio, emerging=False)


def test_the_longest_lists_of_topics_keep_discords_limits() -> None:
    every = tuple(trend(f"{number:02}" + "x" * 98, ratio=1_234.5) for number in range(10))
    found = Trends(
        since=NOON - timedelta(days=1),
        until=NOON,
        compared_since=NOON - timedelta(days=15),
        items=1,
        rising=every,
        big=every,
        comparable=True,
    )
    view = cards.trends_layout(found, "the last 24 hours")
    assert view.content_length() <= 4_000
    assert view.total_children_count <= 40
    assert len(cards.trend_line(every[0])) <= 100
    shown = str(view.to_components())  # type: ignore[no-untyped-call]
    assert "1,234.5×" in shown
    assert "12,345 items, 1 outlet" in shown
