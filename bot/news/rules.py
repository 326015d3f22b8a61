"""Which rules an item meets: the pure decider behind the desk. Never: I/O, or a look at anything but its arguments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.model import OPERATOR, Alert, AlertRule, Candidate, Criteria, Role, Standing, TagKind, primary_language
from bot.news.text import contains


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


def sees(candidate: Candidate, rule: AlertRule) -> bool:
    """Whether the rule's server may be told: the item is from the operator's sources or its own, and not hidden."""
    return rule.guild not in candidate.hidden_by and (OPERATOR in candidate.scopes or rule.guild in candidate.scopes)


def alerts(candidates: Iterable[Candidate], rules: Sequence[AlertRule]) -> tuple[Alert, ...]:
    """What to deliver, item by item in the order given. A channel gets an item once, with the first role asked for."""
    decided: dict[tuple[int, int], Alert] = {}
    for candidate in candidates:
        for rule in rules:
            if rule.standing is Standing.PAUSED or not sees(candidate, rule) or not meets(candidate, rule.criteria):
                continue
            place = (rule.channel, candidate.item.id)
            earlier = decided.get(place)
            if earlier is None or (earlier.role is None and rule.role is not None):
                decided[place] = Alert(
                    item=candidate.item.id, rule=rule.id, guild=rule.guild, channel=rule.channel, role=rule.role
                )
    return tuple(decided.values())
