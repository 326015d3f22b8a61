"""Rows to model types and back: times as milliseconds since 1970, ids that carry seconds, JSON for lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from bot.model import (
    AlertRule,
    Category,
    ChannelId,
    Correction,
    Criteria,
    Feed,
    FeedId,
    GuildId,
    Health,
    Item,
    ItemId,
    Manner,
    Outlet,
    PageRules,
    Place,
    Query,
    Role,
    RoleId,
    RuleId,
    Sort,
    Source,
    SourceId,
    Standing,
    StoryId,
    Style,
    Tagging,
    TagKind,
    Tie,
    UserId,
    Validators,
)
from storage.driver import Row

SEQUENCE_BITS = 20
"""Of an item's id: a million items within one second."""


_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def without_nul(text: str) -> str:
    """Text as PostgreSQL can hold it: it has no NUL, which SQLite takes."""
    return text.replace("\0", "\ufffd")


def without_escaped_nul(text: str) -> str:
    """The same of JSON, in which a NUL is written ``\\u0000``."""
    return _NUL.sub(r"\1\\ufffd", text)


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return int(moment.timestamp() * 1000)


def moment(value: int) -> datetime:
    """The aware UTC datetime of milliseconds since 1970."""
    return datetime.fromtimestamp(value / 1000, UTC)


def optional_story(value: int | None) -> StoryId | None:
    """The story of an item that is in one."""
    return None if value is None else StoryId(value)


def optional_moment(value: int | None) -> datetime | None:
    """The same where there may be none."""
    return None if value is None else moment(value)


def span(value: timedelta) -> int:
    """A duration in milliseconds."""
    return int(value.total_seconds() * 1000)


def first_id(second: int) -> int:
    """The smallest id an item of that second may have."""
    return second << SEQUENCE_BITS


def published_at(item: int) -> datetime:
    """The publication time that an item's id carries."""
    return datetime.fromtimestamp(item >> SEQUENCE_BITS, UTC)


def dumped(value: object) -> str:
    """Compact JSON; a lone surrogate (which UTF-8 cannot hold) is replaced."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()


def listed(values: Iterable[object]) -> str:
    """A JSON array."""
    return dumped(list(values))


def outlet(row: Row) -> Outlet:
    """The outlet a feed's or source's row describes."""
    return Outlet(
        name=row["outlet"],
        country=row["outlet_country"],
        language=row["language"],
        section=row["section"],
        state_run=bool(row["state_run"]),
        single_country=bool(row["single_country"]),
    )


def outlet_columns(value: Outlet) -> Mapping[str, object]:
    """An outlet as the JSON batches name its parts."""
    return {
        "outlet": value.name,
        "country": value.country,
        "language": value.language,
        "section": value.section,
        "state_run": int(value.state_run),
        "single_country": int(value.single_country),
    }


def page_rules(text: str | None) -> PageRules | None:
    """The rules of a web page, as `dumped_rules` wrote them."""
    return None if text is None else PageRules(**json.loads(text))


def dumped_rules(rules: PageRules | None) -> str | None:
    """A page's rules as a feed's row keeps them."""
    return (
        None if rules is None else dumped({name: value for name, value in asdict(rules).items() if value is not None})
    )


def skips(hours: Iterable[int], days: Iterable[int]) -> int:
    """Hours (0 to 23) and days (Monday 0) as the bits of one number."""
    return sum(1 << hour for hour in hours) + sum(1 << (24 + day) for day in days)


def feed(row: Row) -> Feed:
    """A claimed feed."""
    return Feed(
        id=FeedId(row["id"]),
        url=row["url"],
        outlet=outlet(row),
        validators=Validators(etag=row["etag"], last_modified=row["last_modified"]),
        body_hash=row["body_hash"],
        slices=row["slices"] or b"",
        interval=timedelta(milliseconds=row["interval_ms"]),
        failures=row["failures"],
        first_success_at=optional_moment(row["first_success_at"]),
        health=health(row["health"]),
        page=page_rules(row["page"]),
        skip_hours=_bits(row["skip"] & 0xFFFFFF),
        skip_days=_bits(row["skip"] >> 24),
    )


@lru_cache(maxsize=1024)
def _bits(number: int) -> frozenset[int]:
    """Which bits are set; most feeds have none, and few have many."""
    return frozenset(bit for bit in range(number.bit_length()) if number >> bit & 1)


_WELL = Health()
_MOMENTS = ("kind_since", "failing_since", "gone_at", "moved_at")


def health(text: str | None) -> Health:
    """How a feed fares, as its row keeps it."""
    if not text:
        return _WELL
    found: dict[str, Any] = json.loads(text)
    parts: dict[str, Any] = {name: moment(value) if name in _MOMENTS else value for name, value in found.items()}
    return Health(**parts)


def dumped_health(value: Health) -> str | None:
    """The same as text: only what is set; None where all is well."""
    parts = {name: part for name, part in asdict(value).items() if part}
    return (
        dumped({name: milliseconds(part) if name in _MOMENTS else part for name, part in parts.items()})
        if parts
        else None
    )


def source(row: Row) -> Source:
    """A source as people read it."""
    return Source(
        id=SourceId(row["id"]),
        owner=GuildId(row["owner"]),
        url=row["url"],
        outlet=outlet(row),
        paused=bool(row["paused"]),
        denied=not row["active"] and not row["paused"],
        hidden=bool(row["hidden"]),
        due_at=moment(row["due_at"]),
        interval=timedelta(milliseconds=row["interval_ms"]),
        failures=row["failures"],
        first_success_at=optional_moment(row["first_success_at"]),
        last_success_at=optional_moment(row["last_success_at"]),
        problem=row["problem"],
        items=row["items"],
        a_day=row["a_day"] or 0.0,
        since=(fares := health(row["health"])).failing_since,
        gone=fares.gone_at is not None and bool(row["paused"]),
        page=page_rules(row["page"]),
    )


def dumped_taggings(taggings: Iterable[Tagging]) -> str:
    """Taggings as an item's row keeps them."""
    return listed([tagging.kind, tagging.tag, tagging.role, tagging.score, tagging.words] for tagging in taggings)


def taggings(text: str) -> tuple[Tagging, ...]:
    """The taggings of an item's row."""
    return tuple(
        Tagging(kind=TagKind(kind), tag=tag, role=Role(role), score=score, words=tuple(words))
        for kind, tag, role, score, words in json.loads(text)
    )


def item(row: Row) -> Item:
    """A stored item."""
    return Item(
        id=ItemId(row["id"]),
        title=row["title"],
        url=row["url"],
        outlet=row["outlet"],
        outlet_country=row["outlet_country"],
        published_at=published_at(row["id"]),
        first_seen_at=moment(row["first_seen_at"]),
        category=Category(row["category"]),
        summary=row["summary"],
        image=row["image"],
        language=row["language"],
        taggings=taggings(row["taggings"]),
    )


def correction(row: Row) -> Correction:
    """A correction."""
    return Correction(
        scope=GuildId(row["scope"]),
        item=ItemId(row["item_id"]),
        kind=TagKind(row["kind"]),
        tag=row["slug"],
        carried=bool(row["carried"]),
    )


def dumped_query(query: Query | Criteria) -> str:
    """A query or criteria as a rule's row keeps them."""
    parts: dict[str, Any] = {
        name: value
        for name, value in asdict(query).items()
        if value not in (None, (), False, TagKind.TOPIC, Sort.NEWEST)
    }
    if query.since is not None:
        parts["since"] = milliseconds(query.since)
    return dumped(parts)


def query(text: str) -> Query:
    """The query of a rule's row."""
    parts = json.loads(text)
    return Query(
        topic=parts.get("topic"),
        country=parts.get("country"),
        mentions=parts.get("mentions", False),
        outlet=parts.get("outlet"),
        outlet_country=parts.get("outlet_country"),
        language=parts.get("language"),
        category=Category(parts["category"]) if "category" in parts else None,
        since=optional_moment(parts.get("since")),
        text=parts.get("text"),
        filter=parts.get("filter"),
        sort=Sort(parts.get("sort", Sort.NEWEST)),
    )


def criteria(text: str) -> Criteria:
    """The criteria of a rule's row."""
    parts = json.loads(text)
    return Criteria(
        tag=parts.get("tag"),
        tag_kind=TagKind(parts.get("tag_kind", TagKind.TOPIC)),
        phrase=tuple(parts.get("phrase", ())),
        country=parts.get("country"),
        mentions=parts.get("mentions", False),
        outlet=parts.get("outlet"),
        outlet_country=parts.get("outlet_country"),
        language=parts.get("language"),
        category=Category(parts["category"]) if "category" in parts else None,
        since=optional_moment(parts.get("since")),
        terms=tuple(tuple(phrase) for phrase in parts.get("terms", ())),
    )


def dumped_tie(tie: Tie | None) -> str | None:
    """What tied an item to its story, as its row keeps it."""
    return None if tie is None else dumped({name: value for name, value in asdict(tie).items() if value})


def tie(text: str | None) -> Tie | None:
    """The same back; None for a story's first item."""
    if text is None:
        return None
    parts: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(text).items()
    }
    return Tie(**parts)


def rule(row: Row) -> AlertRule:
    """An alert rule."""
    return AlertRule(
        id=RuleId(row["id"]),
        guild=GuildId(row["guild"]),
        channel=ChannelId(row["channel"]),
        query=query(row["query"]),
        criteria=criteria(row["criteria"]),
        role=None if row["role"] is None else RoleId(row["role"]),
        standing=Standing(row["standing"]),
        reason=row["reason"],
        created_at=moment(row["created_at"]),
        manner=Manner(
            min_outlets=row["min_outlets"],
            style=Style(row["style"]),
            at_minute=row["at_minute"],
            weekday=row["weekday"],
        ),
        filter=row["filter"],
        place=Place(row["place"]),
        owner=None if row["owner"] is None else UserId(row["owner"]),
    )
