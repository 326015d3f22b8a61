"""What people type for a country, a language, a category or a time -> its value. Never: I/O."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from bot.errors import UserError
from bot.feeds.catalogue import is_language
from bot.model import Category
from bot.news import countries, country_names, languages, unknown

SINCE = re.compile(r"(\d{1,4})\s*(h|d|w|m(?!i))[a-z]*\Z", re.IGNORECASE)  # months, mois, mesi: but no minutes
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1), "m": timedelta(days=30)}


def parse_country(typed: str) -> str:
    """A country's code from its name, demonym or code. Raises `UserError` that names the nearest."""
    code = country_names.find_country(typed[:100])
    if code is not None:
        return code
    raise UserError(unknown.no_country(typed[:60], countries.near_countries(typed[:100])))


def parse_language(typed: str) -> str:
    """A language's code from its code or name. Raises `UserError` that names the nearest."""
    code = languages.find_language(typed[:100])
    if code is not None:
        return code
    raise UserError(unknown.no_language(typed[:60], languages.near_languages(typed[:100])))


def parse_tag(typed: str) -> str:
    """What something is written in, as a tag: ``pt-br`` as it is, ``Portuguese`` as ``pt``. Raises `UserError`."""
    tag = typed.strip().lower().replace("_", "-")
    return tag if is_language(tag) else parse_language(typed)


def parse_category(typed: str) -> Category:
    """A category from its name. Raises `UserError` that lists them."""
    for category in Category:
        if category.value.casefold() == typed.strip().casefold():
            return category
    raise UserError(unknown.no_category(typed[:60]))


def parse_since(typed: str, now: datetime) -> datetime:
    """A moment from ``24h``, ``7d``, ``2w``, ``3m`` (months of 30 days) or a date (``2026-11-01``, at 00:00 UTC)."""
    wanted = typed.strip()
    if matched := SINCE.match(wanted):
        return max(now - int(matched[1]) * UNITS[matched[2].lower()], EARLIEST)
    try:
        moment = datetime.fromisoformat(wanted)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UserError(unknown.no_time(wanted[:60])) from None
    if moment > now:
        raise UserError(unknown.to_come(wanted[:60]))
    return max(moment, EARLIEST)
