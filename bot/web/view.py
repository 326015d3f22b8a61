"""What the templates show, as plain values: cards, headings, ages, links. Pure.

Text from feeds is hostile: here it loses what is not seen (`bot.news.render.visible`), the templates escape it, and
only http and https become links. Never: markup, or a clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.model import (
    Category,
    How,
    Item,
    Page,
    Query,
    Sort,
    Source,
    Story,
    TagKind,
    Tie,
    Top,
    Trend,
    primary_language,
)
from bot.news import render
from bot.news.countries import country_name, flag
from bot.news.extract import extract
from bot.news.languages import language_name
from bot.services.sources import a_day, health
from bot.web.address import Paths

NAMES = {Sort.NEWEST: "Latest news", Sort.BIGGEST: "Biggest stories", Sort.RELEVANT: "Most relevant news"}
TITLE_LIMIT = 300
EXTRACT_LIMIT, SUMMARY_LIMIT = 280, 600
SOURCES_SHOWN = 1_000
TAGS_SHOWN = 6
COUNTRIES_SHOWN = 8
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Something that leads somewhere."""

    text: str
    href: str
    flag: str = ""
    """An emoji that stands before it; empty where there is none."""
    note: str = ""
    """Small print behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A moment as people read it, and as programs do."""

    said: str
    """``2 days ago``; a date where it is older than a week."""
    iso: str
    full: str
    """With the hour, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One item."""

    id: int
    headline: str
    url: str | None
    story: str
    """The address of its story's page."""
    outlet: Link
    when: When
    category: str
    colour: str
    """The class that gives the category's accent."""
    extract: str
    topics: tuple[Link, ...]
    countries: tuple[Link, ...]
    image: str | None
    language: str | None
    """What the text is written in (BCP 47), for the browser; None where nobody says."""
    also: str
    """Who else tells its story, in words; empty where that was not looked for, or nobody does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a page is of."""

    title: str
    count: str
    """How many items there are, in words."""
    meaning: str = ""
    """What was made of what was typed, where a guess was made."""
    suggestions: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report of a story."""

    card: Card
    first: bool
    after: str
    """How long after the first report: ``2 hours later``; empty for the first."""
    tied: str
    """What tied it to the story, in words; empty for the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A source."""

    outlet: Link
    section: str
    country: Link | None
    language: str
    pace: str
    state: str
    """In plain words; empty where all is well."""


def when(moment: datetime, now: datetime) -> When:
    """A moment, told from `now`."""
    return When(
        said=age(moment, now),
        iso=moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        full=moment.astimezone(UTC).strftime("%-d %B %Y, %H:%M UTC"),
    )


def age(moment: datetime, now: datetime) -> str:
    """``2 days ago``; the date of what is older than a week."""
    passed = now - moment
    if passed > render.WEEK:
        return moment.astimezone(UTC).strftime("%-d %B %Y")
    return "just now" if passed < timedelta(minutes=1) else f"{_span(passed)} ago"


def _span(passed: timedelta) -> str:
    seconds = int(passed.total_seconds())
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"


def web_link(url: str | None) -> str | None:
    """A link that may stand on a page: http or https; None for any other."""
    return url if url is not None and url.startswith(("https://", "http://")) else None


def picture(url: str | None) -> str | None:
    """The address of a picture that may be shown: https alone."""
    return url if url is not None and url.startswith("https://") else None


def plain(text: str, limit: int) -> str:
    """A feed's text on one line, cut at `limit` characters."""
    return render.cut(" ".join(render.visible(text).split()), limit)


def language(tag: str | None) -> str | None:
    """A language as `lang` names it; None where it is no tag of BCP 47."""
    return tag if tag is not None and _LANGUAGE.match(tag) else None


def card(item: Item, now: datetime, paths: Paths, *, asked: str | None = None, story: Story | None = None) -> Card:
    """An item; the topic that was asked for stands first among its hashtags. With its story, who else tells that."""
    return Card(
        id=item.id,
        headline=plain(item.title, TITLE_LIMIT) or "Untitled",
        url=web_link(item.url),
        story=paths.story(item.id),
        outlet=Link(text=plain(item.outlet, 80), href=paths.outlet(item.outlet)),
        when=when(item.published_at, now),
        category=item.category.value,
        colour=colour(item.category),
        extract=summary(item, EXTRACT_LIMIT),
        topics=tuple(Link(text=f"#{slug}", href=paths.tag(slug)) for slug in topics(item, asked)),
        countries=tuple(_countries(item, paths)),
        image=picture(item.image),
        language=language(item.language),
        also="" if story is None else also(item, story),
    )


def also(item: Item, story: Story) -> str:
    """``also in CNA, The New York Times and 2 more``; empty where one outlet alone tells it."""
    others = [plain(outlet, 40) for outlet in story.outlets if outlet != item.outlet]
    more = f" and {len(others) - 3:,} more" if len(others) > 3 else ""
    return f"also in {', '.join(others[:3])}{more}" if others else ""


def summary(item: Item, limit: int) -> str:
    """An extract that ends at a sentence or word; empty where it would only repeat the headline."""
    if item.summary.casefold().startswith(item.title.casefold()) and len(item.summary) < len(item.title) + 40:
        return ""
    return extract(" ".join(render.visible(item.summary).split()), limit)


def topics(item: Item, asked: str | None = None) -> tuple[str, ...]:
    """The best hashtags of an item without ``#``, the asked one first."""
    slugs = [one.tag for one in item.taggings if one.kind is TagKind.TOPIC]
    slugs.sort(key=lambda slug: slug != asked)
    return tuple(slugs[:TAGS_SHOWN])


def colour(category: Category) -> str:
    """The class of a category's accent."""
    return f"c-{category.value.lower()}"


def _countries(item: Item, paths: Paths) -> list[Link]:
    found = [
        Link(text=country_name(code), href=paths.country(code), flag=flag(code))
        for code in render.countries(item)[:COUNTRIES_SHOWN]
    ]
    found += [
        Link(text=country_name(code), href=paths.country(code), flag=flag(code), note="(the outlet’s)")
        for code in render.assumed(item)
    ]
    return found


def heading(page: Page, paths: Paths, *, words: str = "") -> Heading:
    """What a page of items is of, as it was understood."""
    title = f"News with “{plain(words, 120)}”" if words else _title(page)
    return Heading(
        title=title,
        count=_count(page),
        meaning=_meaning(page),
        suggestions=tuple(Link(text=f"#{slug}", href=paths.tag(slug)) for slug in page.suggestions),
    )


def _title(page: Page) -> str:
    query, resolution = page.query, page.resolution
    title = NAMES[query.sort]
    if resolution is not None and resolution.kind is TagKind.COUNTRY:
        title += f" about {country_name(resolution.tag)}"
    elif resolution is not None:
        title += f" with #{plain(resolution.tag, 120)}"
    if query.country is not None:
        title += f" about {country_name(query.country)}"
    if query.outlet is not None:
        title += f" from {plain(query.outlet, 80)}"
    return title


def narrowed(query: Query, now: datetime) -> str:
    """What else must hold, in words: ``Politics · in French · since 20 November 2026``."""
    parts = [
        query.category.value if query.category is not None else "",
        f"published in {country_name(query.outlet_country)}" if query.outlet_country is not None else "",
        f"in {language_name(query.language)}" if query.language is not None else "",
        f"since {when(query.since, now).full}" if query.since is not None else "",
        plain(query.filter, 200) if query.filter is not None else "",
    ]
    return " · ".join(filter(None, parts))


def _count(page: Page) -> str:
    if not page.total:
        return "Nothing in the memory"
    number = f"{page.total:,}{'+' if page.more else ''}"
    turned = f", page {page.number} of {page.pages}" if page.pages > 1 else ""
    one, several = ("story", "stories") if page.query.sort is Sort.BIGGEST else ("item", "items")
    return f"{number} {one if page.total == 1 else several}, {render.ORDERS[page.query.sort]}{turned}"


def _meaning(page: Page) -> str:
    resolution, said = page.resolution, ""
    if resolution is not None and resolution.kind is not TagKind.COUNTRY:
        label = plain(resolution.label, 120)
        if resolution.how is How.PHRASE and page.total:
            said = (
                f"Nothing carries #{resolution.tag}: this holds “{label}”." if resolution.known else f"Meant: {label}."
            )
        elif resolution.how is How.NEAR:
            said = f"Nothing is called “{plain(resolution.typed, 60)}”: this is #{plain(resolution.tag, 60)}."
        elif label and label != resolution.tag:
            said = label
    if page.query.mentions and page.query.country is not None:
        said = f"{said} What only mentions {country_name(page.query.country)} is among it.".strip()
    return said


def reports(story: Story, now: datetime, paths: Paths) -> tuple[Report, ...]:
    """A story's reports from the first on."""
    ordered = sorted(story.items, key=lambda item: (item.published_at, item.id))
    first = ordered[0]
    found = []
    for item in ordered:
        tie = story.ties.get(item.id)
        found.append(
            Report(
                card=card(item, now, paths),
                first=item is first,
                after="" if item is first else f"{_span(item.published_at - first.published_at)} later",
                tied="" if tie is None or item is first else tied(tie),
            )
        )
    return tuple(found)


def tied(tie: Tie) -> str:
    """What tied an item to its story: ``Okinawa, summit · 32 · Japan · #securitycooperation``."""
    words = list(dict.fromkeys((*tie.names, *tie.words)))[:8]
    parts = [
        ", ".join(plain(word, 40) for word in words),
        ", ".join(plain(number, 20) for number in tie.numbers[:4]),
        ", ".join(country_name(code) for code in tie.countries[:4]),
        " ".join(f"#{plain(topic, 50)}" for topic in tie.topics[:4]),
    ]
    return " · ".join(part for part in parts if part) or "the headline as a whole"


def top(one: Top, paths: Paths) -> Link:
    """A big story: its first headline, and who tells it."""
    item = one.story.items[0]
    named = [plain(outlet, 40) for outlet in one.story.outlets[:3]]
    outlets = f"{one.outlets:,} outlets: {', '.join(named)}" if one.outlets > 1 else ", ".join(named)
    more = f" and {one.outlets - len(named):,} more" if one.outlets > len(named) else ""
    return Link(text=plain(item.title, TITLE_LIMIT) or "Untitled", href=paths.story(item.id), note=f"{outlets}{more}")


def trend(one: Trend, paths: Paths, *, comparable: bool) -> Link:
    """A topic of a window, and how much there is of it; how much that is, where the usual is known."""
    items, outlets = ("item" if one.items == 1 else "items"), ("outlet" if one.outlets == 1 else "outlets")
    usual = ", new" if one.ratio is None else f", {one.ratio:,.1f}× the usual"
    note = f"{one.items:,} {items}, {one.outlets:,} {outlets}{usual if comparable or one.emerging else ''}"
    return Link(text=f"#{plain(one.tag, 80)}", href=paths.tag(one.tag), note=note)


def source(one: Source, paths: Paths) -> Watched:
    """A source and how it fares."""
    state, code = health(one), one.outlet.country
    spoken = primary_language(one.outlet.language)
    return Watched(
        outlet=Link(text=plain(one.outlet.name, 80), href=paths.outlet(one.outlet.name)),
        section=plain(one.outlet.section or "", 80),
        country=None if code is None else Link(text=country_name(code), href=paths.country(code), flag=flag(code)),
        language=language_name(spoken) if spoken else "",
        pace=a_day(one) if one.last_success_at is not None else "",
        state="" if state == "works" else plain(state, 200),
    )
