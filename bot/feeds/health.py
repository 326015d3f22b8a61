"""How a source fares, over many polls: when its owners are told, when it is paused, when it has moved. Pure.

| what the site says                     | what follows                                                               |
|----------------------------------------|----------------------------------------------------------------------------|
| fails for three days on end            | its owners are told once                                                   |
| after that, fails otherwise for a day  | they are told once of that; all faults of the network are one              |
| succeeds, and they were told           | they are told that it works again                                          |
| 410, and 410 again a day later or more | it is paused, and they are told                                            |
| the same permanent redirect (301, 308) | at the third, each a day after the last, its address is changed; they are  |
|                                        | told. Where another feed has that address it stays, which they are told    |
|                                        | once, however long the redirect leads there                                |

Nothing is ever deleted, and nothing follows from a single answer: one stray 410 or 301 is some proxy's mistake. A feed
that fails and works by turns (catalogue, H26) is never failing for three days, so nobody hears of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.model import FailureKind, FetchFailed, Health

SILENCE: Final = timedelta(days=3)
"""How long a source fails until its owners are told."""
DAY: Final = timedelta(days=1)
SLACK: Final = timedelta(hours=1)
"""Polls a day apart are never quite a day apart."""
SIGHTINGS: Final = 3
"""So many equal permanent redirects, each a day after the last, are a move."""
_NETWORK: Final = "network"
_CLASSES: Final = dict.fromkeys(
    (
        FailureKind.DNS,
        FailureKind.CONNECT,
        FailureKind.TIMEOUT,
        FailureKind.SERVER,
        FailureKind.PROTOCOL,
        FailureKind.RATE_LIMITED,
    ),
    _NETWORK,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a poll changes."""

    health: Health
    notice: str | None = None
    """What the owners are to be told, in one or two sentences that follow on the source's name."""
    pause: bool = False
    move_to: str | None = None


def after_failure(health: Health, failed: FetchFailed, now: datetime) -> Verdict:
    """What a failed poll means for a source."""
    kind = _CLASSES.get(failed.kind, failed.kind.value)
    since = health.failing_since or now
    kind_since = health.kind_since if health.kind == kind and health.kind_since is not None else now
    gone_at = (health.gone_at or now) if failed.kind is FailureKind.GONE else None
    later = replace(health, failing_since=since, kind=kind, kind_since=kind_since, gone_at=gone_at)
    if gone_at is not None and now - gone_at >= DAY - SLACK and health.told != kind:
        return Verdict(
            health=replace(later, told=kind),
            notice="is gone for good: the site said so (410), and said it again a day later. I paused it: remove it, "
            "or add its new address.",
            pause=True,
        )
    waited = now - since >= SILENCE if health.told is None else now - kind_since >= DAY - SLACK
    if failed.kind is FailureKind.GONE or not waited or health.told == kind:
        return Verdict(health=later)
    return Verdict(
        health=replace(later, told=kind),
        notice=f"has not been read since {since:%d %B %Y}. {failed.detail} I go on trying.",
    )


def after_success(health: Health, moved_to: str | None, now: datetime) -> Verdict:
    """What a poll that worked means; `moved_to` is where permanent redirects alone led, if they did."""
    notice = "can be read again." if health.told is not None else None
    well = Health(moved_to=health.moved_to, moved_seen=health.moved_seen, moved_at=health.moved_at)
    if moved_to is None:
        return Verdict(health=Health(), notice=notice)
    if moved_to != health.moved_to or health.moved_at is None:
        return Verdict(health=replace(well, moved_to=moved_to, moved_seen=1, moved_at=now), notice=notice)
    if health.moved_seen >= SIGHTINGS or now - health.moved_at < DAY - SLACK:
        return Verdict(health=well, notice=notice)
    if health.moved_seen + 1 < SIGHTINGS:
        return Verdict(health=replace(well, moved_seen=health.moved_seen + 1, moved_at=now), notice=notice)
    return Verdict(
        health=replace(well, moved_seen=SIGHTINGS, moved_at=now),
        notice=f"has moved to {moved_to}: its site has said so for days. I read it there from now on.",
        move_to=moved_to,
    )
