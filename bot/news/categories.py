"""The one Category of an item: the publisher's section first, then its categories, then what the words say.

Pure. GENERAL is the honest answer where nothing stands out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.model import Category
from bot.news.publisher import Told, section_category

ENOUGH = 0.3
"""Words must say at least this much for a Category, or it is General."""


def choose(section: str | None, told: Sequence[tuple[str, Told]], votes: Mapping[Category, float]) -> Category:
    """The Category of an item, from its feed's section, its publisher's categories, and `TopicTagger.match`'s votes."""
    by_section = section_category(section)
    if by_section is not None:
        return by_section
    own: dict[Category, float] = {}
    for _, says in told:
        if says.category is not None and says.category is not Category.GENERAL:
            own[says.category] = own.get(says.category, 0.0) + 1.0
    if own:
        return max(own, key=lambda category: (own[category], votes.get(category, 0.0)))
    if not votes:
        return Category.GENERAL
    best = max(votes, key=lambda category: votes[category])
    return best if votes[best] >= ENOUGH else Category.GENERAL
