"""Addresses of the web pages: what one asks for, and the one address under which it stands.

`read` takes a path and its query as they came; `Paths` writes them. The parameters are the options of `/news`; others
are passed over, as links gather them. Never: a look at the memory, or an address that is not bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import parse_qsl, quote, unquote, urlencode

from bot.errors import UserError
from bot.model import ItemId, Sort

PATH_LIMIT = 512
"""Characters of a path, as it is sent."""
QUERY_LIMIT = 2_048
MOST_PARAMETERS = 40
FILTERS = ("topic", "country", "published_in", "outlet", "category", "language", "since", "mentions", "filter", "sort")
"""In the order in which they stand in an address."""
_KNOWN = frozenset((*FILTERS, "q", "page", "newest"))
_TRUE, _FALSE = frozenset(("true", "1", "yes", "on")), frozenset(("false", "0", "no", "off"))
_LATER = 1_000
_LONGEST_ID = 19


class Place(StrEnum):
    """The pages, by the first part of their path."""

    FRONT = ""
    TAG = "tag"
    COUNTRY = "country"
    OUTLET = "outlet"
    STORY = "story"
    SEARCH = "search"
    TOPICS = "topics"
    SOURCES = "sources"


OF_ONE = frozenset((Place.TAG, Place.COUNTRY, Place.OUTLET, Place.STORY))
"""Those whose path names what they are of."""
LISTS = frozenset((Place.FRONT, Place.TAG, Place.COUNTRY, Place.OUTLET, Place.SEARCH))
"""Those that list items and take the filters."""


class Form(StrEnum):
    """What a page is written in; the values end its path."""

    HTML = ""
    ATOM = "atom"
    RSS = "rss"
    JSON = "json"
    OPML = "opml"


FEEDS = (Form.ATOM, Form.RSS, Form.JSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks for."""

    place: Place
    subject: str = ""
    """Of `OF_ONE`, as typed."""
    form: Form = Form.HTML
    words: str = ""
    """What is searched for."""
    filters: tuple[tuple[str, str], ...] = ()
    """Those that are set, in the order of `FILTERS`."""
    number: int = 1
    """The page, from 1."""
    newest: ItemId | None = None

    def filter(self, name: str) -> str:
        """What a filter is set to; empty where it is not."""
        return dict(self.filters).get(name, "")


def read(path: str, query: str) -> tuple[Asked, bool] | None:
    """What a path and a query (as sent, still encoded) ask for, None where there is no such page.

    With it whether the address may stand as it is: a form that was sent with empty fields has a shorter one. Raises
    `UserError` that says what is wrong with which parameter.
    """
    found = _placed(path)
    if found is None:
        return None
    place, subject, form = found
    pairs = _pairs(query)
    said = {name: value.strip() for name, value in pairs}
    if len(said) < len(pairs):
        twice = next(name for name in said if sum(name == other for other, _ in pairs) > 1)
        raise UserError(f"“{twice}” stands in the address twice: give it once.")
    filters = []
    for name in FILTERS if place in LISTS else ("since",) if place is Place.TOPICS else ():
        value = said.get(name, "")
        if name == "mentions" and value:
            value = _yes(value)
        if name == "sort" and value:
            value = _order(value)
        if value:
            filters.append((name, value))
    asked = Asked(
        place=place,
        subject=subject,
        form=form,
        words=said.get("q", "") if place is Place.SEARCH else "",
        filters=tuple(filters),
    )
    if place in LISTS and form is Form.HTML:
        newest = _number("newest", said.get("newest", ""), 10**_LONGEST_ID)
        asked = replace(
            asked,
            number=_number("page", said.get("page", ""), _LATER) or 1,
            newest=None if newest is None else ItemId(newest),
        )
    return asked, all(value for name, value in said.items() if name != "q") and said.get("page") != "1"


def _placed(path: str) -> tuple[Place, str, Form] | None:
    parts = [unquote(part) for part in path.removeprefix("/").split("/")]
    *before, last = parts
    bare, dot, ending = last.rpartition(".")
    form = Form(ending) if dot and bare and ending in {*FEEDS, Form.OPML} else Form.HTML
    if form is not Form.HTML:
        last = bare
    first = [*before, last]
    if form is Form.OPML:
        return (Place.SOURCES, "", form) if first == [Place.SOURCES] else None
    if first == ["news"] and form is not Form.HTML:
        return Place.FRONT, "", form
    if len(first) == 1 and first[0] in set(Place) - OF_ONE:
        place = Place(first[0])
        if place is Place.SOURCES and form is not Form.HTML:
            return None
        return (place, "", form) if place is not Place.FRONT or form is Form.HTML else None
    if len(first) == 2 and first[0] in OF_ONE and first[1].strip():
        return Place(first[0]), first[1], form
    return None


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise UserError(f"The address has more than {MOST_PARAMETERS} parameters: leave some out.") from None
    return [(name, value) for name, value in pairs if name in _KNOWN]


def _yes(value: str) -> str:
    if value.lower() in _TRUE:
        return "true"
    if value.lower() in _FALSE:
        return ""
    raise UserError("“mentions” is true, or left out.")


def _order(value: str) -> str:
    if value.lower() not in tuple(Sort):
        raise UserError(f"“sort” is one of {', '.join(Sort)}.")
    return "" if value.lower() == Sort.NEWEST else value.lower()


def _number(name: str, value: str, most: int) -> int | None:
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= _LONGEST_ID and 0 < int(value) <= most):
        raise UserError(f"“{name}” must be a number from 1 on: leave it out for the first page.")
    return int(value)


@dataclass(frozen=True, slots=True)
class Paths:
    """Writes addresses that begin with the path under which a proxy shows the pages, such as ``/news``; mostly none."""

    prefix: str = ""

    def of(self, asked: Asked, *, form: Form | None = None) -> str:
        """The address of what is asked, without its page."""
        return self.page(replace(asked, number=1, newest=None), form=form)

    def page(self, asked: Asked, *, form: Form | None = None) -> str:
        """The same with it."""
        form = asked.form if form is None else form
        query = [("q", asked.words)] if asked.words else []
        query += asked.filters
        if asked.number > 1:
            query.append(("page", str(asked.number)))
            if asked.newest is not None:
                query.append(("newest", str(asked.newest)))
        return self._written(asked.place, asked.subject, form) + (f"?{urlencode(query)}" if query else "")

    def tag(self, slug: str) -> str:
        """The page of a hashtag."""
        return self._written(Place.TAG, slug)

    def country(self, code: str) -> str:
        """The page of a country or body."""
        return self._written(Place.COUNTRY, code.lower())

    def outlet(self, name: str) -> str:
        """The page of an outlet."""
        return self._written(Place.OUTLET, name)

    def story(self, item: int) -> str:
        """The page of the story that an item tells."""
        return self._written(Place.STORY, str(item))

    def at(self, path: str, query: Iterable[tuple[str, str]] = ()) -> str:
        """Any other path of ours, which begins with ``/``."""
        written = urlencode(list(query))
        return f"{self.prefix}{path}" + (f"?{written}" if written else "")

    def _written(self, place: Place, subject: str, form: Form = Form.HTML) -> str:
        if place is Place.FRONT:
            return f"{self.prefix}/news.{form}" if form else f"{self.prefix}/"
        path = f"{self.prefix}/{place}" + (f"/{quote(subject, safe='')}" if subject else "")
        return f"{path}.{form}" if form else path
