"""Which rules an item meets: the pure decider behind the desk. Never: I/O, or a look at anything but its arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.model import (
    OPERATOR,
    Alert,
    AlertRule,
    Candidate,
    ChannelId,
    Criteria,
    ItemId,
    Role,
    Standing,
    StoryId,
    TagKind,
    primary_language,
)
from bot.news import render
from bot.news.country_names import country_name
from bot.news.languages import language_name
from bot.news.text import contains
from bot.words import _, spoken


def meets(candidate: Candidate, criteria: Criteria) -> bool:
    """Whether an item meets every part of the criteria, as the store would answer the same question."""
    item = candidate.item
    tags = {
        (tagging.kind, tagging.tag)
        for tagging in item.taggings
        if criteria.mentions or tagging.kind is not TagKind.COUNTRY or tagging.role is Role.SUBJECT
    }
    if criteria.country is not None and (TagKind.COUNTRY, criteria.country) not in tags:
        return False
    if criteria.outlet_country is not None and criteria.outlet_country != item.outlet_country:
        return False
    if criteria.language is not None and criteria.language != primary_language(item.language):
        return False
    if criteria.outlet is not None and criteria.outlet != item.outlet:
        return False
    if criteria.category is not None and criteria.category is not item.category:
        return False
    if criteria.since is not None and item.published_at < criteria.since:
        return False
    if not all(contains(candidate.terms, phrase) for phrase in criteria.terms):
        return False
    if criteria.tag is None and not criteria.phrase:
        return True
    return (criteria.tag_kind, criteria.tag) in tags or contains(candidate.terms, criteria.phrase)


def refusal(candidate: Candidate, criteria: Criteria) -> str | None:
    """Which part of the criteria an item does not meet, in plain words; None where `meets` says that it does."""
    item = candidate.item
    roles = {tagging.tag: tagging.role for tagging in item.taggings if tagging.kind is TagKind.COUNTRY}
    subjects = {tag for tag, role in roles.items() if criteria.mentions or role is Role.SUBJECT}
    if criteria.country is not None and criteria.country not in subjects:
        name = country_name(criteria.country, spoken())
        if criteria.country in roles:
            return _("it is not about {name}, it only mentions it", name=name)
        return _("it is not about {name}", name=name)
    if criteria.outlet_country is not None and criteria.outlet_country != item.outlet_country:
        name = country_name(criteria.outlet_country, spoken())
        return _("its outlet is not known to sit in {name}", name=name)
    if criteria.language is not None and criteria.language != primary_language(item.language):
        return _("it is not known to be in this language: {name}", name=language_name(criteria.language))
    if criteria.outlet is not None and criteria.outlet != item.outlet:
        return _("it is not of {name}", name=criteria.outlet)
    if criteria.category is not None and criteria.category is not item.category:
        return _(
            "its category is {category}, not {wanted}",
            category=render.category(item.category),
            wanted=render.category(criteria.category),
        )
    if criteria.since is not None and item.published_at < criteria.since:
        return _("it is too old")
    for phrase in criteria.terms:
        if not contains(candidate.terms, phrase):
            return _("it does not hold “{words}”", words=" ".join(phrase))
    if meets(candidate, criteria):
        return None
    if criteria.tag_kind is TagKind.COUNTRY:
        return _("it is not about {name}", name=country_name(criteria.tag or "", spoken()))
    if criteria.tag:
        return _("it does not carry {name}", name=f"#{criteria.tag}")
    return _("it does not hold “{words}”", words=" ".join(criteria.phrase))


def sees(candidate: Candidate, rule: AlertRule) -> bool:
    """Whether the rule's server may be told: the item is from the operator's sources or its own, and not hidden."""
    return rule.guild not in candidate.hidden_by and (OPERATOR in candidate.scopes or rule.guild in candidate.scopes)


def alerts(
    candidates: Iterable[Candidate],
    rules: Sequence[AlertRule],
    stories: Mapping[ItemId, StoryId],
    members: Mapping[StoryId, Sequence[Candidate]],
) -> tuple[Alert, ...]:
    """What to deliver, item by item in the order given. A channel gets a story once, with the first role asked for.

    The plain way, by a look at each rule: what `bot.news.rule_index` is judged by.

    `stories` says where each item was placed. A rule that wants several outlets is met where the story, as far as its
    server sees it, has so many, and any of its items in `members` meets the criteria: the first of those is shown.
    """
    decided: dict[tuple[ChannelId, StoryId], Alert] = {}
    for candidate in candidates:
        story = stories[candidate.item.id]
        told = members.get(story, (candidate,))
        for rule in rules:
            if rule.standing is Standing.PAUSED:
                continue
            shown = _shown(candidate, rule, told)
            if shown is None:
                continue
            place = (rule.channel, story)
            earlier = decided.get(place)
            if earlier is None or (earlier.role is None and rule.role is not None):
                decided[place] = Alert(
                    item=shown, story=story, rule=rule.id, guild=rule.guild, channel=rule.channel, role=rule.role
                )
    return tuple(decided.values())


def _shown(candidate: Candidate, rule: AlertRule, told: Sequence[Candidate]) -> ItemId | None:
    """The item under whose headline a rule posts a story that has just got one more; None where it does not."""
    if rule.manner.min_outlets <= 1:
        return candidate.item.id if sees(candidate, rule) and meets(candidate, rule.criteria) else None
    seen = [one for one in told if sees(one, rule)]
    if len({one.item.outlet.casefold() for one in seen}) < rule.manner.min_outlets:
        return None
    return next((one.item.id for one in seen if meets(one, rule.criteria)), None)
