"""What an item can be followed by, or be had less of: its topics, countries, category and outlet, as filters. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.filter_model import Filter, Kind, Leaf, Not, Tag, Topic, needed
from bot.model import AlertRule, Item, Role, TagKind
from bot.news.countries import country_name
from bot.news.filter_syntax import parse
from bot.news.filter_text import text_of
from bot.news.filters import joined, together

MOST_TOPICS, MOST_COUNTRIES = 10, 6
LONGEST = 100
"""Characters of a filter that a select can carry."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One of them."""

    filter: str
    """In the canonical text of filters."""
    label: str
    """For people, without markup."""


def features(item: Item) -> tuple[Feature, ...]:
    """Those of an item, the most telling first."""
    return tuple(one for one in _features(item) if len(one.filter) <= LONGEST)


def _features(item: Item) -> Iterator[Feature]:
    topics = [one.tag for one in item.taggings if one.kind is TagKind.TOPIC]
    for tag in topics[:MOST_TOPICS]:
        yield Feature(_text(Topic(tag)), f"#{tag}")
    countries = [one.tag for one in item.taggings if one.kind is TagKind.COUNTRY and one.role is Role.SUBJECT]
    for code in countries[:MOST_COUNTRIES]:
        yield Feature(_text(Tag(Kind.SUBJECT, code)), f"{country_name(code)}: what is about it")
    yield Feature(_text(Tag(Kind.CATEGORY, item.category.value)), f"{item.category.value}: the category")
    yield Feature(_text(Tag(Kind.OUTLET, item.outlet)), f"{item.outlet}: the outlet")


def spared(item: Item, rule: AlertRule) -> tuple[Feature, ...]:
    """What a rule that brought an item could do without: not what it asks for, without which it would bring nothing."""
    asked = {tag.key for tag in needed(joined(rule.criteria, rule.filter).root)}
    return tuple(one for one in features(item) if not any(_key(leaf) in asked for leaf in _leaves(one.filter)))


def without(typed: str | None, feature: str) -> str:
    """A filter's text, or none, with what is not wanted any more besides. Raises `UserError` where it gets too long."""
    asked = Filter() if typed is None else parse(typed, flood=True)
    return text_of(together(asked, Filter(root=Not(parse(feature).root))))


def _text(leaf: Leaf) -> str:
    return text_of(Filter(root=leaf))


def _leaves(feature: str) -> Iterator[Leaf]:
    root = parse(feature).root
    if isinstance(root, Tag | Topic):
        yield root


def _key(leaf: Leaf) -> str:
    return f"{Kind.TOPIC.value}:{leaf.typed}" if isinstance(leaf, Topic) else leaf.key if isinstance(leaf, Tag) else ""
