"""Answering: from what was typed to a page of items. Never: a Discord type, or a rule of its own about meaning."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.errors import UserError
from bot.feeds.links import LinkCleaner
from bot.filter_model import alternatives, dumped
from bot.model import (
    LARGEST_ID,
    OPERATOR,
    Criteria,
    GuildId,
    How,
    Item,
    ItemId,
    Matched,
    Page,
    Query,
    Resolution,
    Sort,
    Story,
    TagCount,
    TagKind,
    Top,
    pages_of,
)
from bot.news import countries, country_names, languages, relevance, text, unknown
from bot.news.filters import (
    STORED_LIMIT,
    Filter,
    filter_of,
    own_filter,
    own_node,
    parse,
    pointing,
    resolved,
    text_of,
    together,
    typed_outlets,
    typed_topics,
    widened,
    within,
)
from bot.news.hashtags import MAX_TOPIC, Hashtags
from bot.ports import NewsStore, OwnTopicStore
from bot.services.typed import parse_category, parse_country, parse_language, parse_since
from bot.words import _, decimal, mean, slash

PAGE_SIZE = 5
COUNT_STEP, COUNT_LIMIT = 25, 1000
"""What nobody turns to need not be counted, at a look at each text; and beyond the second number nobody need turn."""
MAX_TEXT = 200
STORIES = 100
"""Of an answer's biggest stories."""
BIGGEST_OF = timedelta(days=7)
TOP_OF = 10_000
"""Items that are looked at for the biggest stories, the newest: more than hundreds of feeds bring in a day."""
RANKED = 300
"""Items of which the most relevant stand first, the newest that match."""
TAGS_KEPT = 5_000
TAGS_FRESH = timedelta(seconds=60)
SERVERS_KEPT = 64


class NewsService:
    """Finds items, resolves hashtags, and suggests what could be asked."""

    def __init__(self, news: NewsStore, own: OwnTopicStore, hashtags: Hashtags, clock: Clock) -> None:
        self._news = news
        self._own = own
        self._hashtags = hashtags
        self._clock = clock
        self._tags: OrderedDict[GuildId, tuple[datetime, tuple[TagCount, ...]]] = OrderedDict()

    async def find(
        self, query: Query, *, guild: GuildId, number: int = 1, newest: ItemId | None = None, size: int = PAGE_SIZE
    ) -> Page:
        """One page of what a query asks, newest first.

        `newest` is the first page's `Page.newest`: what came in since does not shift the later pages. Raises
        `UserError` for a topic or words that cannot be looked up.
        """
        resolution = await self.resolution(query, guild=guild)
        criteria = self.criteria(query, resolution)
        if query.sort is Sort.BIGGEST:
            return await self._biggest(query, resolution, guild, number, newest, size)
        if query.sort is Sort.RELEVANT:
            return await self._relevant(query, resolution, guild, number, newest, size)
        if query.filter is not None or (resolution is not None and resolution.filter is not None):
            return await self._filtered(query, resolution, criteria, guild, number, newest, size)
        limit = _counted(number, size)

        async def look(asked: Criteria) -> tuple[int, tuple[Item, ...]]:
            if number <= 1:
                return await self._news.first_page(asked, guild=guild, until=newest, size=size, most=limit + 1)
            return await self._news.count(asked, guild=guild, until=newest, limit=limit + 1), ()

        items: tuple[Item, ...]
        if not query.mentions and (query.country is not None or criteria.tag_kind is TagKind.COUNTRY):
            # Where nothing is about it, what mentions it is the next best, and the page says so.
            total, items, widened = await self._news.about_or_mentions(
                criteria, guild=guild, until=newest, size=size if number <= 1 else 0, most=limit + 1
            )
            if widened:
                query, criteria = replace(query, mentions=True), replace(criteria, mentions=True)
        else:
            total, items = await look(criteria)
        if (
            not total
            and resolution is not None
            and (resolution.kind is TagKind.TOPIC and resolution.known and not resolution.phrase)
        ):
            # Nothing carries the topic: what holds its words is the next best, and the page says so.
            spoken = in_words(resolution)
            wider = replace(criteria, phrase=spoken.phrase)
            total, items = await look(wider)
            if total:
                resolution, criteria = spoken, wider
        asked_first = number <= 1
        if total > limit + 1:  # it is kept: nobody has counted so far
            limit = COUNT_LIMIT
        more, total = total > limit, min(total, limit)
        number = min(max(1, number), pages_of(total, size))
        if total and not asked_first:
            offset = (number - 1) * size
            most = min(size, total - offset)
            items = await self._news.find(criteria, guild=guild, until=newest, offset=offset, limit=most)
        first = newest if newest is not None else (items[0].id if items and number == 1 else None)
        suggestions = await self._suggestions(query, resolution, total, guild)
        return Page(
            query=query,
            resolution=resolution,
            items=items,
            number=number,
            size=size,
            total=total,
            more=more,
            newest=first,
            suggestions=suggestions,
        )

    async def _filtered(
        self,
        query: Query,
        resolution: Resolution | None,
        criteria: Criteria,
        guild: GuildId,
        number: int,
        newest: ItemId | None,
        size: int,
    ) -> Page:
        """One page of what a query with a filter asks. Nothing is widened: what is asked so exactly is meant so."""
        asked = together(filter_of(criteria), own_filter(resolution))
        typed = Filter()
        if query.filter is not None:
            typed, meant = await self.filter(query.filter, guild=guild, answer=True)
            asked = together(asked, meant)
            query = replace(query, filter=text_of(typed))
        asked = _countable(asked)
        offset = (max(1, number) - 1) * size
        limit = _counted(number, size)
        total, items = await self._news.filtered(
            asked, guild=guild, until=newest, offset=offset, limit=size, most=limit + 1
        )
        more, total = total > limit, min(total, limit)
        if number > (last := pages_of(total, size)):
            return await self._filtered(query, resolution, criteria, guild, last, newest, size)
        number = max(1, number)
        named = next((topic.typed for topic in typed_topics(typed)), None)
        suggestions = await self._suggestions(
            query if query.topic is not None else replace(query, topic=named), resolution, total, guild
        )
        return Page(
            query=query,
            resolution=resolution,
            items=items,
            number=number,
            size=size,
            total=total,
            more=more,
            newest=newest if newest is not None else (items[0].id if items and number == 1 else None),
            suggestions=suggestions,
        )

    async def asked(self, query: Query, resolution: Resolution | None, *, guild: GuildId) -> Filter:
        """All that a query asks as one filter. Raises `UserError`."""
        asked = together(filter_of(self.criteria(query, resolution)), own_filter(resolution))
        if query.filter is not None:
            asked = together(asked, (await self.filter(query.filter, guild=guild, answer=True))[1])
        return _countable(asked)

    async def top(
        self,
        query: Query,
        *,
        guild: GuildId,
        newest: ItemId | None = None,
        limit: int,
        resolution: Resolution | None = None,
    ) -> tuple[Top, ...]:
        """The stories of what a query asks, those that most outlets tell first; `query.since` is set."""
        if resolution is None and query.topic is not None:
            resolution = await self.resolve(query.topic, guild=guild)
        asked = await self.asked(query, resolution, guild=guild)
        return await self._news.top(asked, guild=guild, until=newest, most=TOP_OF, limit=limit)

    async def _biggest(
        self,
        query: Query,
        resolution: Resolution | None,
        guild: GuildId,
        number: int,
        newest: ItemId | None,
        size: int,
    ) -> Page:
        """One page of the biggest stories of what a query asks, of a week unless it says since when."""
        if query.since is None:
            query = replace(query, since=self._clock.now() - BIGGEST_OF)
        if newest is None:  # what comes in while pages are turned is not among them
            latest = await self._news.find(Criteria(), guild=guild, until=None, offset=0, limit=1)
            newest = latest[0].id if latest else None
        found = await self.top(query, guild=guild, newest=newest, limit=STORIES, resolution=resolution)
        number = min(max(1, number), pages_of(len(found), size))
        shown = found[(number - 1) * size : number * size]
        return Page(
            query=query,
            resolution=resolution,
            items=tuple(one.item for one in shown),
            number=number,
            size=size,
            total=len(found),
            newest=newest,
            suggestions=await self._suggestions(query, resolution, len(found), guild),
            stories={one.item.id: one.story for one in shown},
        )

    async def _relevant(
        self,
        query: Query,
        resolution: Resolution | None,
        guild: GuildId,
        number: int,
        newest: ItemId | None,
        size: int,
    ) -> Page:
        """One page of the newest items that match, those first that are most about what was asked.

        What holds the words of a known topic and does not carry it is among them. Raises `UserError` where nothing is
        asked that an item could be about.
        """
        meant = resolution
        if resolution is not None and resolution.how in (How.EXACT, How.ALIAS) and not resolution.phrase:
            meant = replace(resolution, phrase=in_words(resolution).phrase)

        async def look(asked: Filter) -> tuple[tuple[Item, str], ...]:
            return await self._news.texts(asked, guild=guild, until=newest, limit=RANKED + 1)

        asked = await self.asked(query, meant, guild=guild)
        if next(relevance.sought(asked.root), None) is None:
            raise UserError(
                _("Give a topic, a country or words: without them nothing is more relevant than anything else.")
            )
        found = await look(asked)
        if not found and not query.mentions and query.filter is None and (wider := widened(asked)) != asked:
            # Nothing is about it: what mentions it is the next best, and the page says so.
            found = await look(wider)
            if found:
                query, asked = replace(query, mentions=True), wider
        more, found = len(found) > RANKED, found[:RANKED]
        ranked = relevance.ranked([(item, item.taggings, terms) for item, terms in found], asked.root)
        number = min(max(1, number), pages_of(len(found), size))
        return Page(
            query=query,
            resolution=resolution,
            items=tuple(ranked[(number - 1) * size : number * size]),
            number=number,
            size=size,
            total=len(found),
            more=more,
            newest=newest if newest is not None else (found[0][0].id if found else None),
            suggestions=await self._suggestions(query, resolution, len(found), guild),
        )

    def criteria(self, query: Query, resolution: Resolution | None) -> Criteria:
        """What the store is asked, and a rule matches by."""
        terms = () if query.text is None else text.parse_search(query.text)
        if query.text is not None and not terms:
            raise UserError('There is no word in that to look for: give one word or more, or a "phrase in quotes".')
        return Criteria(
            tag=resolution.tag if resolution is not None and resolution.filter is None else None,
            tag_kind=resolution.kind if resolution else TagKind.TOPIC,
            phrase=resolution.phrase if resolution else (),
            country=query.country,
            mentions=query.mentions,
            outlet=query.outlet,
            outlet_country=query.outlet_country,
            language=query.language,
            category=query.category,
            since=query.since,
            terms=terms,
        )

    async def filter(
        self, typed: str, *, guild: GuildId, answer: bool = False, narrowed: bool = False
    ) -> tuple[Filter, Filter]:
        """A filter as typed, and with the meaning of its topics and outlets. Raises `FilterError`, which points.

        Of an `answer` it may be one that nearly everything meets, and name a span of time. An alert would not end, if
        it is not `narrowed` by what else it asks for; and its span would move.

        A topic that nothing is called is taken by its letters, as an alert's is.
        """
        asked = parse(typed, now=self._clock.now() if answer else None, flood=answer or narrowed, limit=STORED_LIMIT)
        topics: dict[str, Resolution] = {}
        outlets: dict[str, str] = {}
        for topic in typed_topics(asked):
            try:
                found = await self.resolve(topic.typed, guild=guild)
            except UserError as error:
                raise pointing(typed, topic, str(error)) from error
            topics[topic.typed] = found if found.how is not How.NEAR else self.literal(topic.typed)
        for outlet in typed_outlets(asked):
            try:
                outlets[outlet.slug] = await self.outlet(outlet.slug, guild=guild)
            except UserError as error:
                raise pointing(typed, outlet, str(error)) from error
        return asked, resolved(asked, topics, outlets)

    async def resolution(self, query: Query, *, guild: GuildId) -> Resolution | None:
        """What the topic of a query means here; None where it has none. Raises `UserError`."""
        return None if query.topic is None else await self.resolve(query.topic, guild=guild)

    async def resolve(self, typed: str, *, guild: GuildId) -> Resolution:
        """What a typed topic means here. Raises `UserError` where it holds nothing to look for."""
        typed = " ".join(typed.split())
        if len(typed) > MAX_TOPIC:
            raise UserError(
                _(
                    "That topic is {number} characters long; {most} is the most. "
                    "Give a hashtag or a few words, or use {command}.",
                    number=decimal(len(typed)),
                    most=MAX_TOPIC,
                    command=slash("search"),
                )
            )
        slug = text.slug(typed)
        for topic in await self._own.of_guild(guild) if guild != OPERATOR else ():
            if topic.slug == slug:
                return Resolution(
                    typed=typed,
                    tag=slug,
                    how=How.OWN,
                    known=True,
                    label=topic.label,
                    filter=dumped(Filter(root=own_node(topic))),
                )
        known = self._hashtags.known(typed)
        if known is not None:
            return known
        if not slug:
            raise UserError(
                _("That holds no letter or digit to look for: give a hashtag such as #securitycooperation.")
            )
        stored, phrase = await asyncio.gather(
            self._news.items_of_tag(TagKind.TOPIC, slug, guild=guild), self._phrase(typed, slug, guild)
        )
        if stored or phrase:
            return Resolution(
                typed=typed,
                tag=slug,
                how=How.EXACT if stored else How.PHRASE,
                known=bool(stored),
                phrase=phrase or (),
                label=" ".join(phrase) if phrase else slug,
            )
        code = None if typed.isascii() else country_names.find_country(typed)  # a German island is Iceland
        country = None if code is None else self._hashtags.known(countries.country_name(code))
        if country is not None:
            return replace(country, typed=typed, how=How.ALIAS)
        near = self._hashtags.near(typed, [tag.tag for tag in await self.tags(guild=guild)])
        if near:
            return Resolution(typed=typed, tag=near[0], how=How.NEAR, known=True, label=near[0])
        return self.literal(typed)

    def literal(self, typed: str) -> Resolution:
        """A topic taken by its letters: the hashtag, or its words in a row."""
        typed = " ".join(typed.split())
        return Resolution(
            typed=typed, tag=text.slug(typed), how=How.PHRASE, phrase=text.phrase_terms(typed), label=typed
        )

    async def _phrase(self, typed: str, slug: str, guild: GuildId) -> tuple[str, ...] | None:
        """The phrase of the stored news that a hashtag runs together, None where none occurs."""
        candidates = [text.phrase_terms(typed)]
        if len(typed.split()) == 1:
            (whole,) = candidates
            words = await self._news.known_terms(sorted({*self._hashtags.candidates(slug), *whole}))
            if not words.issuperset(whole):
                candidates.clear()
            candidates.extend(self._hashtags.splits(slug, words))
        for phrase in dict.fromkeys(candidates):
            if phrase and await self._news.count(Criteria(phrase=phrase), guild=guild, until=None, limit=1):
                return phrase
        return None

    async def no_topic(self, query: Query, *, guild: GuildId) -> str | None:
        """What is said where a query found nothing because nobody knows its topic; None where that is not why."""
        resolution = await self.resolution(query, guild=guild)
        if resolution is None or resolution.known:
            return None
        phrase = Criteria(phrase=resolution.phrase)
        if resolution.phrase and await self._news.count(phrase, guild=guild, until=None, limit=1):
            return None
        return unknown.no_topic(resolution.typed[:60], await self._suggestions(query, resolution, 0, guild))

    async def _suggestions(
        self, query: Query, resolution: Resolution | None, total: int, guild: GuildId
    ) -> tuple[str, ...]:
        if resolution is not None and resolution.how is How.NEAR:
            near = self._hashtags.near(resolution.typed, [tag.tag for tag in await self.tags(guild=guild)])
            return near[:5]
        if total:
            return ()
        tags = [tag.tag for tag in await self.tags(guild=guild) if tag.kind is TagKind.TOPIC]
        near = self._hashtags.near(query.topic or "", tags) if query.topic else ()
        own = resolution.tag if resolution else None
        return tuple(tag for tag in dict.fromkeys((*near, *tags[:5])) if tag != own)[:5]

    async def item(self, item: ItemId, *, guild: GuildId) -> Item:
        """One item. Raises `UserError` where it is no longer there, or not this server's to see."""
        found = None if item > LARGEST_ID else await self._news.item(item, guild=guild)
        if found is None:
            raise gone()
        return found

    async def matched(self, asked: Filter, *, guild: GuildId, limit: int) -> tuple[Matched, ...]:
        """The newest items that may meet a resolved filter, each with its story; `filters.met` says which do."""
        return await self._news.matched(asked, guild=guild, limit=limit)

    async def same_story(self, item: ItemId, *, guild: GuildId) -> Story | None:
        """The story that an item tells, as that server sees it; None where it was remembered silently."""
        return await self._news.story_of(item, guild=guild)

    async def story(self, typed: str, *, guild: GuildId) -> Item:
        """The story a person means: its number (as autocomplete gives it), its link, or the newest with those words."""
        wanted = typed.strip()
        if wanted.isascii() and wanted.isdecimal() and len(wanted) < 20:
            return await self.item(ItemId(int(wanted)), guild=guild)
        if wanted.startswith(("http://", "https://")):
            by_link = await self.by_link(wanted, guild=guild)
            if by_link is None:
                raise UserError(_("No story in the memory has that link. Give some words of its headline."))
            return by_link
        terms = text.parse_search(wanted[:MAX_TEXT])
        found = (
            await self._news.find(Criteria(terms=terms), guild=guild, until=None, offset=0, limit=1) if terms else ()
        )
        if not found:
            raise UserError(_("No story in the memory holds all those words. Give fewer, or its link."))
        return found[0]

    async def by_link(self, url: str, *, guild: GuildId) -> Item | None:
        """The item that has a link, however that is decorated (tracking, a fragment); None where there is none."""
        clean = LinkCleaner(url)(url)
        for link in dict.fromkeys((url, clean, clean and clean.rstrip("/"), clean and f"{clean.rstrip('/')}/")):
            if link:
                found = await self._news.item_by_url(link, guild=guild)
                if found is not None:
                    return found
        return None

    async def suggest_stories(self, typed: str, *, guild: GuildId, limit: int = 25) -> tuple[Item, ...]:
        """The newest stories that hold all the words typed so far, the last of which may be half typed."""
        terms = text.parse_search(typed[:MAX_TEXT])
        for wanted in dict.fromkeys((terms, terms[:-1])):
            if wanted or not terms:
                found = await self._news.find(Criteria(terms=wanted), guild=guild, until=None, offset=0, limit=limit)
                if found:
                    return found
        return ()

    async def tags(self, *, guild: GuildId) -> tuple[TagCount, ...]:
        """The tags with most items; at most a minute old."""
        now = self._clock.now()
        kept = self._tags.get(guild)
        if kept is None or kept[0] < now:
            kept = (now + TAGS_FRESH, await self._news.tags(guild=guild, limit=TAGS_KEPT))
            self._tags[guild] = kept
        self._tags.move_to_end(guild)
        while len(self._tags) > SERVERS_KEPT:
            self._tags.popitem(last=False)
        return kept[1]

    async def suggest_topics(self, typed: str, *, guild: GuildId, limit: int = 25) -> list[tuple[str, int]]:
        """Hashtags for a half-typed topic with their number of items, the fullest first."""
        wanted = text.slug(typed[:MAX_TOPIC])
        topics = [tag for tag in await self.tags(guild=guild) if tag.kind is TagKind.TOPIC]
        begin = [tag for tag in topics if tag.tag.startswith(wanted)]
        inside = [tag for tag in topics if wanted in tag.tag and not tag.tag.startswith(wanted)]
        own = [topic.slug for topic in await self._own.of_guild(guild)] if guild != OPERATOR else []
        found = {slug: 0 for slug in own if wanted in slug}
        found |= {tag.tag: tag.items for tag in (begin + inside)[: limit - len(found)]}
        if len(found) < limit and wanted:
            for slug in self._hashtags.beginning(wanted)[: limit - len(found)]:
                found.setdefault(slug, 0)
        return list(found.items())

    def suggest_countries(self, typed: str, locale: str = "en", *, limit: int = 25) -> list[tuple[str, str]]:
        """Countries for a half-typed name, in any language, or code: (flag and name in a locale of Discord, code)."""
        found = country_names.suggest_countries(typed[:100], locale, limit=limit)
        return [(f"{countries.flag(code)} {name}".strip(), code) for code, name in found]

    def suggest_languages(self, typed: str, *, limit: int = 25) -> list[tuple[str, str]]:
        """Languages for a half-typed name or code: (name, code)."""
        return [(name, code) for code, name in languages.suggest_languages(typed[:100], limit=limit)]

    async def suggest_outlets(self, typed: str, *, guild: GuildId, limit: int = 25) -> list[tuple[str, int]]:
        """Outlets for a half-typed name, with their number of items."""
        wanted = typed.casefold().strip()
        found = [pair for pair in await self._news.outlets(guild=guild) if wanted in pair[0].casefold()]
        found.sort(key=lambda pair: (not pair[0].casefold().startswith(wanted), pair[0].casefold()))
        return found[:limit]

    async def outlet(self, typed: str, *, guild: GuildId) -> str:
        """An outlet's name as stored. Raises `UserError` that names the nearest."""
        names = [name for name, _items in await self._news.outlets(guild=guild)]
        wanted = typed.casefold().strip()
        for name in names:
            if name.casefold() == wanted:
                return name
        containing = [name for name in names if wanted and wanted in name.casefold()]
        if len(containing) == 1:
            return containing[0]
        near = containing or list(self._hashtags.near_names(typed, names))
        hint = mean(near[:3]) if near else _("{command} lists them.", command=slash("sources"))
        raise UserError(" ".join((_("No outlet here is called “{typed}”.", typed=typed[:60]), hint)))

    async def query(
        self,
        *,
        guild: GuildId,
        topic: str | None = None,
        country: str | None = None,
        outlet: str | None = None,
        category: str | None = None,
        since: str | None = None,
        words: str | None = None,
        mentions: bool = False,
        published_in: str | None = None,
        language: str | None = None,
        filter: str | None = None,
        sort: str | None = None,
    ) -> Query:
        """A query from what was typed. Raises `UserError` that says what is wrong with which part."""
        if words is not None and len(words) > MAX_TEXT:
            raise UserError(
                _(
                    "Those words are {number} characters long; {most} is the most.",
                    number=decimal(len(words)),
                    most=MAX_TEXT,
                )
            )
        return Query(
            topic=topic.strip() or None if topic is not None else None,
            country=parse_country(country) if country else None,
            mentions=mentions,
            outlet_country=parse_country(published_in) if published_in else None,
            language=parse_language(language) if language else None,
            outlet=await self.outlet(outlet, guild=guild) if outlet else None,
            category=parse_category(category) if category else None,
            since=parse_since(since, self._clock.now()) if since else None,
            text=words,
            filter=" ".join(within(filter).split()) or None if filter else None,
            sort=Sort(sort) if sort in tuple(Sort) else Sort.NEWEST,
        )

    async def keep(self, query: Query) -> int:
        """Keep a query that is too long for a button; its number."""
        return await self._news.keep_query(query)

    async def kept(self, number: int) -> Query:
        """A kept query. Raises `UserError` where there is none."""
        found = await self._news.kept_query(number)
        if found is None:
            raise UserError(_("This page is too old to turn: ask again with {command}.", command=slash("news")))
        return found


def gone() -> UserError:
    """The error for a story that is no longer there."""
    return UserError(_("That story is not in the memory any more: ask again with {command}.", command=slash("news")))


def _counted(number: int, size: int) -> int:
    """How far is counted for a page: the end of the twenty-five that it and the begin of the next page are in."""
    return min(COUNT_LIMIT, COUNT_STEP * (1 + max(1, number) * size // COUNT_STEP))


def _countable(asked: Filter) -> Filter:
    """The filter, where the store can list what meets it. Raises `UserError`."""
    if alternatives(asked.root) is None:
        raise UserError(_("That filter has too many combinations of alternatives: ask for fewer at a time."))
    return asked


def in_words(resolution: Resolution) -> Resolution:
    """A known topic looked up by the words that people typed, or its label's where they ran together or are near."""
    run_together = text.slug(resolution.typed) == text.slug(resolution.label)
    by_label = run_together or resolution.how is How.NEAR
    phrase = text.phrase_terms(resolution.label if by_label and resolution.label else resolution.typed)
    return replace(resolution, how=How.PHRASE, phrase=phrase, label=" ".join(phrase))
