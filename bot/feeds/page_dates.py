"""Dates as web pages write them for people: "2 days ago", "19-05-2025", "hace 3 horas", "12:40". A door to dateparser.

ISO 8601, as a ``datetime`` attribute has it, is read first; then dateparser, in the source's language and in English.
An age is as exact as it is told: an item's identity never hangs on it. Runs in a worker process.
Never: an exception, a text of more than 64 characters read, or a date from before the web.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.feeds import dates

if TYPE_CHECKING:  # imported when the first date is read: 0.1 s, and most workers never see a page
    from dateparser.date import DateDataParser

LIMIT: Final = 64
ORDERS: Final = ("DMY", "MDY", "YMD")
# CLDR's short date formats (main/*/ca-gregorian): the countries, and the languages where no country is known, that
# do not write the day first.
_MONTH_FIRST: Final = frozenset({"US", "PH", "PR", "GU", "FM", "MH", "PW", "BZ"})
_YEAR_FIRST: Final = frozenset({"CN", "HK", "TW", "JP", "KR", "KP", "HU", "LT", "MN", "IR", "SE", "CA", "ZA", "BT"})
_YEAR_FIRST_LANGUAGES: Final = frozenset({"zh", "ja", "ko", "hu", "lt", "mn", "fa", "sv"})
_SEPARATED: Final = re.compile(r"\s*[|·•‧∙–—]\s*|\s+-\s+")
_TIME: Final = re.compile(
    r"(?:(?:at|à|um|às|alle|om|kl\.?|a las)\s{1,3})?(\d{1,2})\s?[:.h]\s?(\d{2})(?:\s?uhr|\s?h)?\Z", re.I
)
_CLOCK: Final = re.compile(r"(?<![\d.])(\d{1,2})\s?[:.h時时點点]\s?(\d{2})(?!\d)(?!\.)", re.I)
_AT: Final = re.compile(r"\b(às|as|à|a las|alle)\s{1,3}(\d{1,2})\s?h\s?(\d{2})\b", re.I)
"""A time that dateparser takes for an age: "ontem às 14h30"."""
_BUDDHIST: Final = 543
"""Years by which Thai calendars are ahead."""
_WEEKS: Final = re.compile(r"\b(\d{1,3})\s?wk?\b", re.I)  # the one short age that dateparser does not know
_NUMBER: Final = re.compile(r"[\d\s.,/-]{0,7}\Z")
"""Fewer digits than a date has: "10" is the number of something."""


def order(country: str | None, language: str | None) -> str:
    """How dates in digits are written there: ``DMY``, ``MDY`` or ``YMD``."""
    if country in _MONTH_FIRST:
        return "MDY"
    primary = (language or "").partition("-")[0]
    by_year = country in _YEAR_FIRST if country is not None else primary in _YEAR_FIRST_LANGUAGES
    return "YMD" if by_year else "DMY"


def read(text: str, *, now: datetime, language: str | None, order: str, timezone: str) -> datetime | None:
    """The moment in UTC that `text` says, seen from `now` (aware); None where it says none.

    `timezone` (IANA) is that of times which name none. What would lie in the future lies in the past: "Mon", "12:40".
    """
    zone = ZoneInfo(timezone)
    here = now.astimezone(zone)
    for words in _candidates(text):
        found = _iso(words, zone) or _time(words, here) or _told(words, here, language or "en", order)
        if found is not None:
            break
    else:
        return None
    try:
        moment = (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment >= dates.EARLIEST else None


def _candidates(text: str) -> Iterator[str]:
    """The text, then what stands behind a label ("Updated: 19 May"), then its pieces ("Asia | 2 hours ago")."""
    words = " ".join(text[: 4 * LIMIT].split())[:LIMIT].strip(" ,;|·•-–—")
    if not words:
        return
    yield words
    digit = re.search(r"\d", words)
    pieces = _SEPARATED.split(words)
    if len(pieces) > 1:
        yield from (piece for piece in pieces[:4] if piece)
    if digit is not None and digit.start() > 0:
        yield words[digit.start() :]


def _iso(words: str, zone: ZoneInfo) -> datetime | None:
    if len(words) < 10 or not words[:4].isdigit():
        return None
    try:
        found = datetime.fromisoformat(words)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


def _time(words: str, here: datetime) -> datetime | None:
    """A time of day alone: today's, or yesterday's where that is still to come."""
    match = _TIME.match(words)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        return None
    found = here.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
    return found if found <= here else found - timedelta(days=1)


def _told(words: str, here: datetime, language: str, order: str) -> datetime | None:
    if _NUMBER.match(words):
        return None
    words = _AT.sub(r"\1 \2:\3", _WEEKS.sub(r"\1 weeks", words))
    settings = {
        "RELATIVE_BASE": here.replace(tzinfo=None),
        "PREFER_DATES_FROM": "past",
        "DATE_ORDER": _order_of(words, language, order),
    }
    try:
        found = _parser(language, tuple(settings.items())).get_date_data(words)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
        return None  # it reads what strangers wrote, by many rules: whatever confuses it is no date
    date: datetime | None = found.date_obj
    if date is not None and date.year > here.year + _BUDDHIST - 5:
        date = date.replace(year=date.year - _BUDDHIST)
    return date  # "2 months ago", "May 2025": near enough, and far from the new that no date would mean


def _order_of(words: str, language: str, order: str) -> str:
    """The order of a date's numbers: who writes the year first writes the month first where there is no year."""
    if words[:4].isdigit():
        return "YMD"
    numbers = len(re.findall(r"\d+", _CLOCK.sub(" ", words)))
    if order != "YMD" or numbers > 2:
        return order
    return "MDY" if numbers == 2 and not language.startswith("sv") else "DMY"


@lru_cache(maxsize=8)
def _parser(language: str, settings: tuple[tuple[str, object], ...]) -> DateDataParser:
    from dateparser.data.languages_info import language_order
    from dateparser.date import DateDataParser

    primary = language.partition("-")[0]
    primary = {"no": "nb"}.get(primary, primary)  # Norwegian, as dateparser names it
    known = [primary] if primary in language_order and primary != "en" else []
    return DateDataParser(languages=[*known, "en"], settings=dict(settings))
