"""When a rule's subject surges: the last hours against what is usual for it. Pure.

Of the items of the last two weeks that meet the rule, those of the last `WINDOW` are compared with the rest:

    usual = items before the window x WINDOW / the time before it      ratio = items of the window / usual

It surges where the window has `ITEMS` items of `OUTLETS` outlets, the ratio reaches `RATIO`, and G2, the likelihood
ratio of two Poisson processes (`bot.news.emerging.surprise`, with hours as exposures), reaches `SURPRISE`: by chance
less than once in a thousand. Each rule is its own baseline; nothing is compared between tags. A bot that has watched
for less than `YOUNG` knows nothing usual, and nothing surges. Afterwards a rule is quiet for `COOL_DOWN`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.model import Matched, Surge
from bot.news.emerging import SURPRISE, surprise

WINDOW = timedelta(hours=6)
BEFORE = timedelta(days=14)
YOUNG = timedelta(days=3)
COOL_DOWN = timedelta(hours=24)
ITEMS = 5
OUTLETS = 3
RATIO = 3.0
CHART = 24
"""Hours that the chart shows."""
SHOWN = 5
_HOUR = timedelta(hours=1)


def surge(found: Sequence[Matched], now: datetime, span: timedelta) -> Surge | None:
    """What there is to say of the items that meet a rule, newest first, of a span of time up to now; None if nothing.

    `span` is at most `BEFORE` and `WINDOW` together.
    """
    if span < YOUNG:
        return None
    recent = [one for one in found if now - one.item.published_at <= WINDOW]
    outlets = {one.item.outlet.casefold() for one in recent}
    before = len(found) - len(recent)
    hours = round((span - WINDOW) / _HOUR)
    window = round(WINDOW / _HOUR)
    if len(recent) < ITEMS or len(outlets) < OUTLETS:
        return None
    usual = before * window / hours
    ratio = len(recent) / usual if usual else None
    if ratio is not None and ratio < RATIO:
        return None
    if surprise(len(recent), window, before, hours) < SURPRISE:
        return None
    counts = [0] * CHART
    for one in found:
        hour = int((now - one.item.published_at) / _HOUR)
        if hour < CHART:
            counts[CHART - 1 - hour] += 1
    return Surge(
        items=len(recent),
        outlets=len(outlets),
        ratio=None if ratio is None else round(ratio, 1),
        hours=tuple(counts),
        shown=tuple(one.item.id for one in recent[:SHOWN]),
    )
