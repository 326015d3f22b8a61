"""Times of day, quiet hours and time zones, as people type them. Never: a look at a clock."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

from bot.errors import UserError
from bot.model import Quiet
from bot.words import _, mean

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2})?)?\s*(am|pm)?\Z", re.IGNORECASE)


def parse_time(typed: str) -> int:
    """A time of day as minutes after midnight: ``7``, ``07:30``, ``7.30``, ``7 pm``. Raises `UserError`."""
    found = _TIME.match(typed.strip())
    if found is not None:
        hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        elif half:
            hour = 24
        if hour < 24 and minute < 60:
            return hour * 60 + minute
    raise UserError(_("“{typed}” is no time of day: give one such as 07:30.", typed=typed.strip()[:20]))


def parse_at(typed: str) -> tuple[int, int | None]:
    """When digests come, as minutes after midnight and a weekday (0 is Monday), if any: ``08:00``, ``Fri 18:00``."""
    day, _space, rest = typed.strip().partition(" ")
    wanted = day.lower().rstrip(".,")
    if len(wanted) >= 2 and rest:
        for number, name in enumerate(_DAYS):
            if name.startswith(wanted):
                return parse_time(rest), number
    return parse_time(typed), None


def parse_quiet(typed: str) -> Quiet | None:
    """Quiet hours: ``22:00-07:00``; None for ``off``. Raises `UserError`."""
    if typed.strip().lower() in ("off", "none", "-"):
        return None
    starts, dash, ends = typed.replace("–", "-").partition("-")
    if not dash:
        raise UserError(_("Quiet hours are two times of day, such as 22:00-07:00; off for none."))
    quiet = Quiet(starts=parse_time(starts), ends=parse_time(ends))
    if quiet.starts == quiet.ends:
        raise UserError(_("Quiet hours that end when they begin would be none: give two different times, or off."))
    return quiet


def parse_zone(typed: str) -> str:
    """A time zone by its name in the IANA's list, in any case. Raises `UserError`."""
    wanted = typed.strip().replace(" ", "_")
    for name in _zones():
        if name.lower() == wanted.lower():
            return name
    near = get_close_matches(wanted, _zones(), n=1)
    hint = mean(near) if near else _("Give one such as Europe/Berlin or Asia/Manila.")
    raise UserError(" ".join((_("“{typed}” is no time zone that I know.", typed=typed.strip()[:40]), hint)))


COMMON_ZONES = (
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Kyiv",
    "Europe/Istanbul",
    "Africa/Lagos",
    "Africa/Nairobi",
    "Asia/Dubai",
    "Asia/Tehran",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Dhaka",
    "Asia/Jakarta",
    "Asia/Shanghai",
    "Asia/Manila",
    "Asia/Seoul",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
)
"""One of each part of the world where many people live."""
_LOCALES = {
    "ar": "Asia/Dubai",
    "bg": "Europe/Sofia",
    "cs": "Europe/Prague",
    "da": "Europe/Copenhagen",
    "de": "Europe/Berlin",
    "el": "Europe/Athens",
    "en-GB": "Europe/London",
    "en-US": "America/New_York",
    "es-419": "America/Mexico_City",
    "es-ES": "Europe/Madrid",
    "fi": "Europe/Helsinki",
    "fr": "Europe/Paris",
    "hi": "Asia/Kolkata",
    "hr": "Europe/Zagreb",
    "hu": "Europe/Budapest",
    "id": "Asia/Jakarta",
    "it": "Europe/Rome",
    "ja": "Asia/Tokyo",
    "ko": "Asia/Seoul",
    "lt": "Europe/Vilnius",
    "nl": "Europe/Amsterdam",
    "no": "Europe/Oslo",
    "pl": "Europe/Warsaw",
    "pt-BR": "America/Sao_Paulo",
    "ro": "Europe/Bucharest",
    "ru": "Europe/Moscow",
    "sv-SE": "Europe/Stockholm",
    "th": "Asia/Bangkok",
    "tr": "Europe/Istanbul",
    "uk": "Europe/Kyiv",
    "vi": "Asia/Ho_Chi_Minh",
    "zh-CN": "Asia/Shanghai",
    "zh-TW": "Asia/Taipei",
}


def zone_of_locale(locale: str) -> str:
    """The zone where most of those live who use a locale of Discord (its documentation, "Locales"); else UTC."""
    return _LOCALES.get(locale, "UTC")


def suggest_zones(typed: str, limit: int = 25) -> tuple[str, ...]:
    """Zones whose names hold what is typed, those that begin with it first."""
    wanted = typed.strip().replace(" ", "_").lower()
    found = [name for name in _zones() if wanted in name.lower()]
    found.sort(key=lambda name: (not name.rpartition("/")[2].lower().startswith(wanted), name))
    return tuple(found[:limit])


@cache
def _zones() -> tuple[str, ...]:
    """Names of places, and UTC: not the old ones of countries, nor those with signs."""
    return tuple(sorted({"UTC"} | {name for name in available_timezones() if "/" in name and "Etc/" not in name}))
