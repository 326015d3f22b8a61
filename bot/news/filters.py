"""Filters: what people ask of the news in one line of text, the same for an answer and an alert.

    parse      text -> Filter, topics and outlets still as typed    (`bot.news.filter_syntax`, with the grammar)
    text_of    Filter -> canonical text                             (`bot.news.filter_text`)
    resolved   with what the store and the taxonomy say those mean -> a filter of tags and words alone
    matches    whether an item meets a resolved filter; why it does not says `bot.news.filter_reasons`
    filter_of  today's `Criteria` as a filter

Pure: no I/O, and no look at anything but its arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from bot.filter_model import (
    And,
    Filter,
    FilterError,
    Kind,
    Leaf,
    Node,
    Not,
    Or,
    Tag,
    Topic,
    Words,
    both,
    either,
    loaded,
    mapped,
    negated,
)
from bot.model import (
    Candidate,
    Category,
    Criteria,
    How,
    Item,
    Matched,
    OwnTopic,
    Resolution,
    Role,
    TagKind,
    primary_language,
)
from bot.news.filter_syntax import (
    LIMIT,
    STORED_LIMIT,
    floods,
    parse,
    typed_outlets,
    typed_topics,
    within,
)
from bot.news.filter_text import text_of
from bot.news.hashtags import Hashtags
from bot.news.text import phrase_terms, slug

__all__ = [
    "LIMIT",
    "STORED_LIMIT",
    "Filter",
    "FilterError",
    "filter_of",
    "floods",
    "joined",
    "keys_of",
    "matches",
    "met",
    "own_filter",
    "own_node",
    "parse",
    "pointing",
    "resolved",
    "resolved_by_name",
    "text_of",
    "together",
    "typed_outlets",
    "typed_topics",
    "widened",
    "within",
]


# --- names -------------------------------------------------------------------------------------------------------


def resolved(asked: Filter, topics: Mapping[str, Resolution], outlets: Mapping[str, str] | None = None) -> Filter:
    """The filter with its topics and outlets in place of what was typed, found by `Topic.typed` and the outlet's name.

    A topic that is a tag or a phrase becomes either of both; one that is a country, that it is about it. Raises
    `KeyError` for a topic that `topics` lacks; an outlet that `outlets` lacks stays as typed.
    """

    def found(leaf: Leaf) -> Node:
        if isinstance(leaf, Topic):
            return topic_node(topics[leaf.typed], leaf.at)
        if isinstance(leaf, Tag) and leaf.kind is Kind.OUTLET and outlets is not None:
            return Tag(Kind.OUTLET, outlets.get(leaf.slug, leaf.slug), leaf.at)
        return leaf

    return Filter(root=mapped(asked.root, found), min_outlets=asked.min_outlets, since=asked.since)


def resolved_by_name(asked: Filter, hashtags: Hashtags) -> Filter:
    """`resolved` without a store: what the taxonomy does not know is the hashtag of these letters, or these words."""
    return resolved(
        asked, {topic.typed: hashtags.known(topic.typed) or _literal(topic) for topic in typed_topics(asked)}
    )


def topic_node(resolution: Resolution, at: int = 0) -> Node:
    """The conditions that a resolved topic is."""
    if resolution.filter is not None:
        return loaded(resolution.filter).root
    kind = Kind.SUBJECT if resolution.kind is TagKind.COUNTRY else Kind.TOPIC
    found: list[Node] = [Tag(kind, resolution.tag, at)] if resolution.tag else []
    if resolution.phrase:
        found.append(Words(resolution.phrase))
    return either(found)


def own_filter(resolution: Resolution | None) -> Filter:
    """What a topic of a server's own asks; of any other nothing."""
    return Filter() if resolution is None or resolution.filter is None else loaded(resolution.filter)


def own_node(topic: OwnTopic) -> Node:
    """The conditions that a server's own topic is."""
    wanted = either(Words(one.terms, one.typed) for one in topic.phrases)
    return both((wanted, *(negated(Words(one.terms, one.typed)) for one in topic.excluded)))


def _literal(topic: Topic) -> Resolution:
    """As `NewsService.literal`: the hashtag of these letters, or the words in a row."""
    return Resolution(
        typed=topic.typed, tag=slug(topic.typed), how=How.PHRASE, phrase=phrase_terms(topic.typed), label=topic.typed
    )


def pointing(text: str, leaf: Tag | Topic, reason: str) -> FilterError:
    """What a store says against a name in a typed filter, with the place of that name."""
    return FilterError(reason, text=text, position=min(leaf.at, len(text)))


def widened(asked: Filter) -> Filter:
    """The same with mentions of its countries: what the option `mentions` does, and the next best of no answer."""

    def wider(leaf: Leaf) -> Node:
        return Tag(Kind.COUNTRY, leaf.slug, leaf.at) if isinstance(leaf, Tag) and leaf.kind is Kind.SUBJECT else leaf

    return Filter(root=mapped(asked.root, wider), min_outlets=asked.min_outlets, since=asked.since)


def filter_of(criteria: Criteria) -> Filter:
    """Criteria as a resolved filter: an item meets it where `bot.news.rules.meets` says that it meets them."""
    country = Kind.COUNTRY if criteria.mentions else Kind.SUBJECT
    parts: list[Node] = []
    if criteria.tag is not None or criteria.phrase:
        kind = country if criteria.tag_kind is TagKind.COUNTRY else Kind.TOPIC
        topic: list[Node] = [] if criteria.tag is None else [Tag(kind, criteria.tag)]
        parts.append(either([*topic, *([_phrase(criteria.phrase)] if criteria.phrase else [])]))
    for kind, slug_ in (
        (country, criteria.country),
        (Kind.OUTLET, criteria.outlet),
        (Kind.FROM, criteria.outlet_country),
        (Kind.LANGUAGE, criteria.language),
        (Kind.CATEGORY, criteria.category),
    ):
        if slug_ is not None:
            parts.append(Tag(kind, slug_.value if isinstance(slug_, Category) else slug_))
    parts.extend(map(_phrase, criteria.terms))
    return Filter(root=both(parts), since=criteria.since)


def joined(criteria: Criteria, stored: str | None) -> Filter:
    """What a rule asks in all: its criteria and, as `bot.filter_model.dumped` wrote it, its filter."""
    return filter_of(criteria) if stored is None else together(filter_of(criteria), loaded(stored))


def together(asked: Filter, more: Filter) -> Filter:
    """What meets both filters."""
    dates = [date for date in (asked.since, more.since) if date is not None]
    return Filter(
        root=both((asked.root, more.root)),
        min_outlets=max(asked.min_outlets, more.min_outlets),
        since=max(dates) if dates else None,
    )


def _phrase(terms: tuple[str, ...]) -> Words:
    return Words(terms, " ".join(terms))


# --- items -------------------------------------------------------------------------------------------------------


def keys_of(item: Item) -> set[str]:
    """The keys (`Tag.key`) of all tags that an item is found by, as the store writes them (`storage.indexing`)."""
    found = {f"outlet:{item.outlet}", f"category:{item.category.value}"}
    if item.outlet_country is not None:
        found.add(f"from:{item.outlet_country}")
    spoken = primary_language(item.language)
    if spoken is not None:
        found.add(f"language:{spoken}")
    for tagging in item.taggings:
        if tagging.kind is TagKind.TOPIC:
            found.add(f"topic:{tagging.tag}")
        else:
            found.add(f"country:{tagging.tag}")
            if tagging.role is Role.SUBJECT:
                found.add(f"subject:{tagging.tag}")
    return found


def matches(asked: Filter, candidate: Candidate, *, outlets: int = 1) -> bool:
    """Whether an item meets a resolved filter; `outlets` is how many have its story.

    Raises `ValueError` for a topic that is not resolved.
    """
    item = candidate.item
    if asked.min_outlets > outlets or (asked.since is not None and item.published_at < asked.since):
        return False
    return holds(asked.root, keys_of(item), f" {candidate.terms} ")


def met(found: Sequence[Matched], asked: Filter) -> list[Matched]:
    """Those of some stored items that meet a resolved filter, in their order."""
    return [
        one
        for one in found
        if matches(asked, Candidate(item=one.item, terms=one.terms, scopes=()), outlets=one.outlets)
    ]


def holds(node: Node, keys: set[str], terms: str) -> bool:
    """Whether a tree holds of an item with these keys and these index terms, with a space at either end."""
    match node:
        case Tag():
            return node.key in keys
        case Words(phrase):
            return bool(phrase) and f" {' '.join(phrase)} " in terms
        case And(parts):
            return all(holds(part, keys, terms) for part in parts)
        case Or(parts):
            return any(holds(part, keys, terms) for part in parts)
        case Not(part):
            return not holds(part, keys, terms)
        case Topic():
            raise ValueError(f"the topic {node.typed!r} is not resolved")
        case _:
            assert_never(node)
