"""Why an item does not meet a filter, for `/why` and previews. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, assert_never

from bot.filter_model import And, Filter, Kind, Node, Not, Or, Tag
from bot.model import Candidate, Item, Role, TagKind, primary_language
from bot.news.countries import country_name
from bot.news.filter_text import text_of
from bot.news.filters import holds, keys_of
from bot.news.languages import language_name


class Refusal(NamedTuple):
    """A condition that an item does not meet."""

    condition: str
    """As the canonical form writes it: ``country:JP,PH``."""
    because: str
    """For people: ``country: none of Japan, Philippines; it is about China``."""


def explain(asked: Filter, candidate: Candidate, *, outlets: int = 1) -> tuple[Refusal, ...]:
    """The conditions of a resolved filter that refuse an item; none where it matches.

    Of conditions that must all hold those that do not; of those of which one must hold all, together.
    """
    item = candidate.item
    found: list[Refusal] = []
    if asked.min_outlets > outlets:
        have = "1 outlet has" if outlets == 1 else f"{outlets} outlets have"
        found.append(
            Refusal(f"outlets:{asked.min_outlets}", f"outlets: {have} this story, {asked.min_outlets} are asked")
        )
    if asked.since is not None and item.published_at < asked.since:
        found.append(Refusal("since", f"since: published on {item.published_at:%Y-%m-%d}, earlier than asked"))
    found.extend(_refusals(asked.root, item, keys_of(item), f" {candidate.terms} "))
    return tuple(found)


def _refusals(node: Node, item: Item, keys: set[str], terms: str) -> Iterable[Refusal]:
    if holds(node, keys, terms):
        return
    condition = text_of(Filter(root=node))
    match node:
        case And(parts):
            for part in parts:
                yield from _refusals(part, item, keys, terms)
        case Or(parts) if not _one_kind(parts):
            reasons = dict.fromkeys(reason.because for part in parts for reason in _refusals(part, item, keys, terms))
            yield Refusal(condition, f"none of: {condition} ({'; '.join(reasons)})")
        case Or(parts):
            tags = [part for part in parts if isinstance(part, Tag)]
            yield Refusal(condition, _lacking(tags, item))
        case Not(part):
            yield Refusal(condition, f"excluded: {text_of(Filter(root=part))}")
        case Tag():
            yield Refusal(condition, _lacking([node], item))
        case _:
            yield Refusal(condition, f"words: {condition} does not occur")


def _one_kind(parts: tuple[Node, ...]) -> bool:
    return bool(parts) and len({part.kind if isinstance(part, Tag) else None for part in parts} - {None}) == 1 == len(
        {type(part) for part in parts}
    )


def _lacking(tags: list[Tag], item: Item) -> str:
    """What was asked of a kind, and what the item has of it."""
    kind = tags[0].kind
    wanted = ", ".join(_name(kind, tag.slug) for tag in tags)
    none = f"none of {wanted}" if len(tags) > 1 else f"not {wanted}"
    subjects = _named(item, Role.SUBJECT)
    others = _named(item, Role.MENTION)
    match kind:
        case Kind.TOPIC:
            topics = ", ".join(f"#{one.tag}" for one in item.taggings if one.kind is TagKind.TOPIC)
            return f"topic: {none}; it carries {topics or 'none'}"
        case Kind.SUBJECT:
            mentioned = f" and only mentions {others}" if others else ""
            return f"country: {none}; it is about {subjects or 'none'}{mentioned}"
        case Kind.COUNTRY:
            named = ", ".join(filter(None, (subjects, others)))
            return f"mentions: {none}; it names {named or 'none'}"
        case Kind.OUTLET:
            return f"outlet: {none}; it is from {item.outlet}"
        case Kind.FROM:
            if item.outlet_country is None:
                return f"from: {none}; nobody said where its outlet sits"
            return f"from: {none}; its outlet sits in {country_name(item.outlet_country)}"
        case Kind.LANGUAGE:
            spoken = primary_language(item.language)
            written = "its language is not known" if spoken is None else f"it is in {language_name(spoken)}"
            return f"language: {none}; {written}"
        case Kind.CATEGORY:
            return f"category: {none}; it is {item.category.value}"
        case _:
            assert_never(kind)


def _named(item: Item, role: Role) -> str:
    return ", ".join(country_name(one.tag) for one in item.taggings if one.kind is TagKind.COUNTRY and one.role is role)


def _name(kind: Kind, slug_: str) -> str:
    if kind is Kind.TOPIC:
        return f"#{slug_}"
    if kind is Kind.LANGUAGE:
        return language_name(slug_)
    return country_name(slug_) if kind in (Kind.SUBJECT, Kind.COUNTRY, Kind.FROM) else slug_
