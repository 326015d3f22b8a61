"""What an item can be followed by, or be had less of: its topics, countries, category and outlet, as filters. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.filter_model import Filter, Kind, Not, Tag, needed
from bot.model import AlertRule, Item, Role, TagKind
from bot.news import render
from bot.news.country_names import country_name
from bot.news.filter_syntax import parse
from bot.news.filter_text import text_of
from bot.news.filters import joined, together
from bot.words import _, spoken

MOST_TOPICS, MOST_COUNTRIES = 10, 6
LONGEST = 100
"""Characters of a filter that a select can carry."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One of them."""

    tag: Tag
    label: str
    """For people, without markup."""

    @property
    def filter(self) -> str:
        """In the canonical text of filters."""
        return text_of(Filter(root=self.tag))


def features(item: Item) -> tuple[Feature, ...]:
    """Those of an item, the most telling first."""
    return tuple(one for one in _features(item) if len(one.filter) <= LONGEST)


def _features(item: Item) -> Iterator[Feature]:
    topics = [one.tag for one in item.taggings if one.kind is TagKind.TOPIC]
    for tag in topics[:MOST_TOPICS]:
        yield Feature(Tag(Kind.TOPIC, tag), f"#{tag}")
    countries = [one.tag for one in item.taggings if one.kind is TagKind.COUNTRY and one.role is Role.SUBJECT]
    for code in countries[:MOST_COUNTRIES]:
        yield Feature(Tag(Kind.SUBJECT, code), _("{name}: what is about it", name=country_name(code, spoken())))
    yield Feature(
        Tag(Kind.CATEGORY, item.category.value), _("{name}: the category", name=render.category(item.category))
    )
    yield Feature(Tag(Kind.OUTLET, item.outlet), _("{name}: the outlet", name=item.outlet))


def spared(item: Item, rules: Iterable[AlertRule]) -> tuple[Feature, ...]:
    """What rules that brought an item could do without: not what any asks for, without which it would bring nothing."""
    asked = {tag for rule in rules for tag in needed(joined(rule.criteria, rule.filter).root)}
    return tuple(one for one in features(item) if one.tag not in asked)


def without(typed: str | None, feature: str) -> str:
    """A filter's text, or none, with what is not wanted any more besides. Raises `UserError` where it gets too long."""
    asked = Filter() if typed is None else parse(typed, flood=True)
    return text_of(together(asked, Filter(root=Not(parse(feature).root))))
