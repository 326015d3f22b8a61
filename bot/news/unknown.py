"""What is said of a text that is no country, language, category or time: that it is none, and what to give instead."""

from __future__ import annotations

from collections.abc import Sequence

from bot.model import Category
from bot.words import _, mean


def no_country(typed: str, near: Sequence[str]) -> str:
    """`near`: names that may have been meant."""
    hint = mean(near) if near else _("Give its name or its code, such as Japan or JP.")
    return " ".join((_("“{typed}” is no country I know.", typed=typed), hint))


def no_language(typed: str, near: Sequence[str]) -> str:
    """`near`: names that may have been meant."""
    hint = mean(near) if near else _("Give its name or its code, such as French or fr.")
    return " ".join((_("“{typed}” is no language I know.", typed=typed), hint))


def no_category(typed: str) -> str:
    """With all that there are."""
    return _("“{typed}” is no category. There are: {categories}.", typed=typed, categories=", ".join(Category))


def no_topic(typed: str, tags: Sequence[str]) -> str:
    """`tags`: hashtags to try in its place."""
    hint = _("Try {tags}", tags=" ".join(f"#{tag}" for tag in tags)) if tags else ""
    return " ".join(filter(None, (_("“{typed}” is no topic I know, and no news holds it.", typed=typed), hint)))


def no_time(typed: str) -> str:
    """Neither a span back from now nor a date."""
    return _("“{typed}” is no time I know: give 24h, 7d, 2w, or a date such as 2026-11-01.", typed=typed)


def to_come(typed: str) -> str:
    """A time, but news of it there is none yet."""
    return _("“{typed}” is still to come: give 24h, 7d, 2w, or a date that has passed.", typed=typed)
