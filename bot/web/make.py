"""Making one page or feed: what an address asks for -> services -> a filled template, or a feed. Reads only.

Everything is read through the eyes of `OPERATOR`: what everybody may see. Never: HTTP, or a page that stands under two
addresses (`Moved` names the right one).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.errors import UserError
from bot.model import OPERATOR, Category, How, Item, ItemId, Page, Query, Sort, Story, StoryId, TagKind, Trend
from bot.news.countries import country_name
from bot.services.days import DayService
from bot.services.news import NewsService
from bot.services.sources import SourceService
from bot.services.top import TopService
from bot.services.trends import WINDOWS, TrendService
from bot.services.typed import parse_country
from bot.web import view
from bot.web.address import FEEDS, Asked, Form, Paths, Place
from bot.web.answers import Answer, answer
from bot.web.chart import chart
from bot.web.feeds_out import TYPES, Feed, FeedEntry, write
from bot.web.html import Templates

PAGE_SIZE, FEED_SIZE = 20, 40
TOP_STORIES = 6
BIG_TOPICS = 12
TRENDS = 25
MAX_AGE = 60
"""Seconds for which a browser or a proxy may keep a page or a feed."""
SINCE = (("", "any time"), ("24h", "the last day"), ("3d", "three days"), ("7d", "a week"), ("30d", "30 days"))
HTML = "text/html; charset=utf-8"
NAMES = {Form.ATOM: "Atom", Form.RSS: "RSS", Form.JSON: "JSON"}


class Missing(Exception):
    """What the path names is not there; the message says what to do."""

    def __init__(self, message: str, suggestions: tuple[str, ...] = ()) -> None:
        """`suggestions` are topics that may have been meant."""
        super().__init__(message)
        self.suggestions = suggestions


class Moved(Exception):
    """The page has one right address, and this is another."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class Maker:
    """Makes pages."""

    def __init__(
        self,
        *,
        ask: NewsService,
        trends: TrendService,
        top: TopService,
        days: DayService,
        sources: SourceService,
        clock: Clock,
        templates: Templates,
        paths: Paths,
        style: str,
    ) -> None:
        """`style` is the version of the style sheet."""
        self._ask = ask
        self._trends = trends
        self._top = top
        self._days = days
        self._sources = sources
        self._clock = clock
        self._templates = templates
        self.paths = paths
        self.style = style

    async def make(self, asked: Asked, origin: str) -> Answer:
        """The page or feed that is asked for. Raises `Missing`, `Moved`, `UserError`, and the store's errors.

        `origin` (scheme and host) begins the absolute links of a feed.
        """
        match asked.place:
            case Place.STORY:
                return await self._story(asked, origin)
            case Place.TOPICS:
                return await self._topics(asked, origin)
            case Place.SOURCES:
                return await self._watched(asked)
            case _:
                return await self._list(asked, origin)

    # --- lists of items ----------------------------------------------------------------------------------------

    async def _list(self, asked: Asked, origin: str) -> Answer:
        if asked.place is Place.SEARCH and not asked.words:
            if asked.form is not Form.HTML:
                raise UserError("A feed of a search needs its words: add ?q= to the address.")
            return self._filled("search", asked, "Search")
        query = await self._query(asked)
        size = PAGE_SIZE if asked.form is Form.HTML else FEED_SIZE
        page = await self._ask.find(query, guild=OPERATOR, number=asked.number, newest=asked.newest, size=size)
        await self._check(asked, page)
        heading = view.heading(page, self.paths, words=asked.words)
        if asked.form is not Form.HTML:
            return self._feed(asked, origin, heading.title, [self._entry(item, origin) for item in page.items])
        now = self._clock.now()
        alone = query.filter is None and query.sort is Sort.NEWEST and asked.number == 1
        days = await self._days.counts(self._ask.criteria(page.query, page.resolution)) if alone else ()
        return self._filled(
            "list",
            asked,
            heading.title,
            heading=heading,
            narrowed=view.narrowed(page.query, now),
            cards=[
                view.card(
                    item,
                    now,
                    self.paths,
                    asked=page.resolution.tag if page.resolution else None,
                    story=page.stories.get(item.id),
                )
                for item in page.items
            ],
            chart=chart(days),
            previous=self._turned(asked, page, -1),
            following=self._turned(asked, page, 1),
            **(await self._front(asked)),
        )

    def _turned(self, asked: Asked, page: Page, by: int) -> str:
        """The address of a page beside this one; empty where there is none."""
        number = page.number + by
        if not 1 <= number <= page.pages:
            return ""
        return self.paths.page(replace(asked, number=number, newest=page.newest))

    async def _check(self, asked: Asked, page: Page) -> None:
        """Raise `Moved` or `Missing` where this is not the page of what was found."""
        if asked.number > page.pages:
            raise Missing(f"This list has {page.pages:,} {'page' if page.pages == 1 else 'pages'}.")
        found = page.resolution
        if asked.place is not Place.TAG or found is None:
            return
        if found.kind is TagKind.COUNTRY:
            raise Moved(self.paths.page(replace(asked, place=Place.COUNTRY, subject=found.tag.lower())))
        typed = view.plain(found.typed, 60)
        if found.how is How.NEAR:
            raise Missing(f"Nothing is called “{typed}”.", page.suggestions)
        if not page.total and not found.known and not asked.filters:
            raise Missing(f"Nothing in the memory carries or holds “{typed}”.", page.suggestions)
        # A phrase has the address of its letters only where they are cut into the same words again.
        spelled = asked.subject != found.tag and found.how is How.PHRASE and not found.known
        if not spelled or (await self._ask.resolve(found.tag, guild=OPERATOR)).phrase == found.phrase:
            self._settled(asked, found.tag)

    async def _front(self, asked: Asked) -> dict[str, object]:
        """What the first page shows beside the newest items: the big stories and topics of the day."""
        if asked.place is not Place.FRONT or asked.filters or asked.number > 1:
            return {"top": (), "big": ()}
        stories = await self._top.top(Query(), guild=OPERATOR, limit=TOP_STORIES)
        trends = await self._trends.topics(WINDOWS["24h"][1], guild=OPERATOR, limit=BIG_TOPICS)
        return {
            "top": [view.top(one, self.paths) for one in stories if one.outlets > 1],
            "big": [view.trend(one, self.paths, comparable=trends.comparable) for one in trends.big],
        }

    async def _query(self, asked: Asked) -> Query:
        """What the memory is asked. Raises `UserError` for a filter, `Missing` for the path's subject."""
        filters = dict(asked.filters)
        for place, name in ((Place.TAG, "topic"), (Place.COUNTRY, "country"), (Place.OUTLET, "outlet")):
            if asked.place is place and name in filters:
                raise UserError(f"This page is of one {name} already: leave “{name}” out of its address.")
        query = await self._ask.query(
            guild=OPERATOR,
            topic=asked.subject if asked.place is Place.TAG else filters.get("topic"),
            country=filters.get("country"),
            outlet=filters.get("outlet"),
            category=filters.get("category"),
            since=filters.get("since"),
            words=asked.words or None,
            mentions="mentions" in filters,
            published_in=filters.get("published_in"),
            language=filters.get("language"),
            filter=filters.get("filter"),
            sort=filters.get("sort"),
        )
        if asked.place is Place.COUNTRY:
            try:
                code = parse_country(asked.subject)
            except UserError as error:
                raise Missing(str(error)) from error
            self._settled(asked, code.lower())
            return replace(query, country=code)
        if asked.place is Place.OUTLET:
            try:
                name = await self._ask.outlet(asked.subject, guild=OPERATOR)
            except UserError as error:
                raise Missing(str(error)) from error
            self._settled(asked, name)
            return replace(query, outlet=name)
        return query

    def _settled(self, asked: Asked, subject: str) -> None:
        """Raise `Moved` where a page's subject is written otherwise than it stands in its one address."""
        if asked.subject != subject:
            raise Moved(self.paths.page(replace(asked, subject=subject)))

    # --- other pages -------------------------------------------------------------------------------------------

    async def _story(self, asked: Asked, origin: str) -> Answer:
        number = asked.subject
        if not (number.isascii() and number.isdecimal() and len(number) < 19):
            raise Missing("A story is named by its number: choose one from a list of news.")
        try:
            item = await self._ask.item(ItemId(int(number)), guild=OPERATOR)
        except UserError as error:
            raise Missing("That story is not in the memory any more.") from error
        story = await self._ask.same_story(item.id, guild=OPERATOR)
        story = story or Story(id=StoryId(item.id), items=(item,), ties={})
        if story.items[0].id != item.id or number != str(item.id):
            moved = self.paths.page(replace(asked, subject=str(story.items[0].id)))
            raise Moved(moved if asked.form is not Form.HTML else f"{moved}#r{item.id}")
        title = view.plain(item.title, view.TITLE_LIMIT) or "Untitled"
        if asked.form is not Form.HTML:
            newest = sorted(story.items, key=lambda one: one.id, reverse=True)[:FEED_SIZE]
            return self._feed(asked, origin, f"Reports of: {title}", [self._entry(one, origin) for one in newest])
        now = self._clock.now()
        return self._filled(
            "story",
            asked,
            title,
            lead=view.card(item, now, self.paths),
            summary=view.summary(item, view.SUMMARY_LIMIT),
            earlier=[
                (view.plain(each.title, view.TITLE_LIMIT), view.when(each.replaced_at, now)) for each in item.earlier
            ],
            reports=view.reports(story, now, self.paths),
            outlets=len(story.outlets),
        )

    async def _topics(self, asked: Asked, origin: str) -> Answer:
        chosen = asked.filter("since") or "24h"
        if chosen not in WINDOWS:
            raise UserError(f"“since” is one of {', '.join(WINDOWS)} here.")
        name, window = WINDOWS[chosen]
        trends = await self._trends.topics(window, guild=OPERATOR, limit=TRENDS)
        title = f"Topics of the last {name}"
        if asked.form is not Form.HTML:
            today = trends.until.replace(hour=0, minute=0, second=0, microsecond=0)
            return self._feed(
                asked, origin, f"Rising: {title.lower()}", [self._rising(one, today, origin) for one in trends.rising]
            )
        return self._filled(
            "topics",
            asked,
            title,
            trends=trends,
            rising=[view.trend(one, self.paths, comparable=trends.comparable) for one in trends.rising],
            big=[view.trend(one, self.paths, comparable=trends.comparable) for one in trends.big],
            windows=[
                (said, self.paths.of(replace(asked, filters=() if key == "24h" else (("since", key),))), key == chosen)
                for key, (said, _) in WINDOWS.items()
            ],
        )

    async def _watched(self, asked: Asked) -> Answer:
        if asked.form is Form.OPML:
            body = (await self._sources.public_opml()).encode("utf-8", "replace")
            return answer(body, "text/x-opml; charset=utf-8", max_age=MAX_AGE)
        sources = await self._sources.public()
        return self._filled(
            "sources",
            asked,
            "Sources",
            sources=[view.source(one, self.paths) for one in sources[: view.SOURCES_SHOWN]],
            total=len(sources),
        )

    # --- what all have -----------------------------------------------------------------------------------------

    def _filled(self, template: str, asked: Asked, title: str, **values: object) -> Answer:
        """A page; `asked` is what its form and its feeds go by."""
        feeds = [(TYPES[form], NAMES[form], self.paths.of(self._fed(asked), form=form)) for form in FEEDS]
        body = self._templates.fill(
            template,
            paths=self.paths,
            style=self.style,
            asked=asked,
            title=title,
            feeds=[] if template == "search" else feeds,
            canonical=self.paths.page(asked),
            action=self.paths.of(replace(asked, filters=(), words="")),
            indexed=not asked.filters and asked.number == 1 and asked.place is not Place.SEARCH,
            categories=[category.value for category in Category],
            spans=SINCE,
            **values,
        )
        return answer(body.encode("utf-8", "replace"), HTML, max_age=MAX_AGE)

    def _fed(self, asked: Asked) -> Asked:
        """The page whose feed stands for this one's: the sources' news is the newest of all."""
        return Asked(place=Place.FRONT) if asked.place is Place.SOURCES else asked

    def _feed(self, asked: Asked, origin: str, title: str, entries: Sequence[FeedEntry]) -> Answer:
        feed = Feed(
            title=title,
            description=f"{title}, by Dateline, which remembers the news.",
            home=origin + self.paths.of(asked, form=Form.HTML),
            itself=origin + self.paths.of(asked),
            key=Paths().of(asked, form=Form.HTML),
            entries=tuple(entries),
            icon=f"{origin}{self.paths.at('/static/favicon.svg')}",
        )
        # Whoever reads a feed in a page of its own may: there is nothing in it that not everybody sees.
        headers = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
        kind = f"{TYPES[asked.form]}; charset=utf-8"
        return answer(write(feed, asked.form), kind, max_age=MAX_AGE, headers=headers)

    def _entry(self, item: Item, origin: str) -> FeedEntry:
        countries = (country_name(one.tag) for one in item.taggings if one.kind is TagKind.COUNTRY)
        return FeedEntry(
            key=f"item/{item.id}",
            title=view.plain(item.title, view.TITLE_LIMIT) or "Untitled",
            url=view.web_link(item.url) or origin + self.paths.story(item.id),
            summary=view.summary(item, view.SUMMARY_LIMIT),
            published=item.published_at,
            author=view.plain(item.outlet, 80),
            categories=tuple(dict.fromkeys((item.category.value, *view.topics(item), *countries))),
            image=view.picture(item.image),
            language=view.language(item.language),
        )

    def _rising(self, one: Trend, day: datetime, origin: str) -> FeedEntry:
        """A topic that rises: one entry a day, however it goes on."""
        link = view.trend(one, self.paths, comparable=True)
        return FeedEntry(
            key=f"rising/{day.date().isoformat()}/{one.tag}",
            title=f"{link.text} is rising",
            url=origin + link.href,
            summary=f"{one.label}: {link.note}.",
            published=day,
            author="Dateline",
        )
