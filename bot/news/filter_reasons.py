"""Why an item does not meet a filter, for `/why` and previews. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, assert_never

from bot.filter_model import And, Filter, Kind, Node, Not, Or, Tag
from bot.model import Candidate, Item, Role, TagKind, primary_language
from bot.news import render
from bot.news.country_names import country_name
from bot.news.filter_text import key_of, text_of
from bot.news.filters import holds, keys_of
from bot.news.languages import language_name
from bot.words import _, day, spoken


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
        because = _("{have} of the {wanted} outlets asked for tell it", have=outlets, wanted=asked.min_outlets)
        found.append(Refusal(f"outlets:{asked.min_outlets}", f"outlets: {because}"))
    if asked.since is not None and item.published_at < asked.since:
        because = _("published on {day}, earlier than asked", day=day(item.published_at))
        found.append(Refusal("since", f"since: {because}"))
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
            yield Refusal(
                condition, _("none of: {condition} ({reasons})", condition=condition, reasons="; ".join(reasons))
            )
        case Or(parts):
            tags = [part for part in parts if isinstance(part, Tag)]
            yield Refusal(condition, _lacking(tags, item))
        case Not(part):
            yield Refusal(condition, _("excluded: {condition}", condition=text_of(Filter(root=part))))
        case Tag():
            yield Refusal(condition, _lacking([node], item))
        case _:
            yield Refusal(condition, _("it does not hold: {condition}", condition=condition))


def _one_kind(parts: tuple[Node, ...]) -> bool:
    return bool(parts) and len({part.kind if isinstance(part, Tag) else None for part in parts} - {None}) == 1 == len(
        {type(part) for part in parts}
    )


def _lacking(tags: list[Tag], item: Item) -> str:
    """What was asked of a kind, and what the item has of it."""
    kind = tags[0].kind
    wanted = ", ".join(_name(kind, tag.slug) for tag in tags)
    none = _("none of {names}", names=wanted) if len(tags) > 1 else _("not {names}", names=wanted)
    subjects = _named(item, Role.SUBJECT)
    others = _named(item, Role.MENTION)
    match kind:
        case Kind.TOPIC:
            topics = ", ".join(f"#{one.tag}" for one in item.taggings if one.kind is TagKind.TOPIC)
            has = _("it carries {names}", names=topics) if topics else _("it carries none")
        case Kind.SUBJECT:
            has = _("it is about {names}", names=subjects) if subjects else _("it is about none")
            if others:
                has = _("{about} and only mentions {names}", about=has, names=others)
        case Kind.COUNTRY:
            named = ", ".join(filter(None, (subjects, others)))
            has = _("it names {names}", names=named) if named else _("it names none")
        case Kind.OUTLET:
            has = _("it is from {name}", name=item.outlet)
        case Kind.FROM:
            has = _("nobody said where its outlet sits")
            if item.outlet_country is not None:
                has = _("its outlet sits in {name}", name=country_name(item.outlet_country, spoken()))
        case Kind.LANGUAGE:
            written = primary_language(item.language)
            has = _("its language is not known")
            if written is not None:
                has = _("its language: {name}", name=language_name(written))
        case Kind.CATEGORY:
            has = _("its category: {name}", name=render.category(item.category))
        case other:
            assert_never(other)
    return f"{key_of(tags[0])}: {none}; {has}"


def _named(item: Item, role: Role) -> str:
    return ", ".join(
        country_name(one.tag, spoken()) for one in item.taggings if one.kind is TagKind.COUNTRY and one.role is role
    )


def _name(kind: Kind, slug_: str) -> str:
    if kind is Kind.TOPIC:
        return f"#{slug_}"
    if kind is Kind.LANGUAGE:
        return language_name(slug_)
    return country_name(slug_, spoken()) if kind in (Kind.SUBJECT, Kind.COUNTRY, Kind.FROM) else slug_
