"""What is left where nothing names a country: the outlet's own, where its feed writes about that country alone.

Pure. It must never be taken for a subject or a mention: the role says that nobody named it. And never for a feed that
nobody marked: where an outlet sits says nothing of what it writes about.
"""

from __future__ import annotations

from bot.model import Role, Tagged, Tagging, TagKind

SCORE = 0.2
"""Below what makes a subject, whatever the rest of the item says."""


def with_assumed(tagged: Tagged, country: str | None) -> Tagged:
    """The tags of an item, with `country` (`Outlet.only_country`) where neither text nor publisher names any."""
    if country is None or tagged.countries:
        return tagged
    assumed = Tagging(tag=country, kind=TagKind.COUNTRY, role=Role.ASSUMED, score=SCORE, words=())
    return tagged._replace(countries=(assumed,))
