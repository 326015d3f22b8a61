"""What an HTTP answer means to a poll: statuses and headers as hints and plain sentences. Pure.

Never: a word of the server's own text in a sentence for people, or a number from a header used unclamped.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from bot.feeds.sniff import GZIP
from bot.model import FailureKind, FetchFailed, Hints, Validators

RETRY_MIN: Final = timedelta(seconds=60)
RETRY_MAX: Final = timedelta(hours=24)
AGE_MAX: Final = timedelta(days=365)  # RFC 9111 knows no limit; a timedelta does
_VALIDATOR_LIMIT: Final = 1024
_DIGITS: Final = 12  # more is not a number of seconds that anybody means

# Pages that ask a visitor to prove being human, by what only they contain ...
_BOT_CHECKS: Final = (
    b"_cf_chl_opt",
    b"<title>Just a moment...</title>",
    b"<title>Attention Required! | Cloudflare</title>",
    b"Incapsula incident ID",
    b"px-captcha",
)
# ... and by what the same guards put into every page, which tells something of a refusal alone.
_GUARDS: Final = (
    b"cf-chl-",
    b"/cdn-cgi/challenge-platform/",
    b"captcha-delivery.com",
    b"_Incapsula_Resource",
)


def hints(status: int, headers: Mapping[str, str], now: datetime) -> Hints:
    """When to come back, from Cache-Control and Expires (RFC 9111) and, with 429 and 503, Retry-After (RFC 9110)."""
    age = max_age(headers, now)
    wait = retry_after(headers.get("Retry-After"), now) if status in (429, 503) else None
    return Hints(max_age=age, retry_after=wait)


def max_age(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the answer stays fresh: the larger of max-age and Expires; None where nothing says so or it is 0."""
    found = timedelta(0)
    for directive in headers.get("Cache-Control", "").split(","):
        name, _, value = directive.strip().partition("=")
        name = name.strip().lower()
        if name in ("no-cache", "no-store"):
            return None
        if name == "max-age":
            found = max(found, _seconds(value.strip(' "')) or found)
    expires = _date(headers.get("Expires"))
    if expires is not None:
        found = max(found, expires - (_date(headers.get("Date")) or now))
    return min(found, AGE_MAX) if found > timedelta(0) else None


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Retry-After in seconds or as an HTTP date, clamped to [60 s, 24 h]; None where it is neither."""
    if value is None:
        return None
    text = value.strip()
    wait = _seconds(text)
    if wait is None and text.startswith("-") and _seconds(text[1:]) is not None:
        wait = timedelta(0)
    if wait is None:
        date = _date(text)
        if date is None:
            return None
        wait = date - now
    return min(max(wait, RETRY_MIN), RETRY_MAX)


def validators(headers: Mapping[str, str], body: bytes) -> Validators:
    """What a conditional request may send back, verbatim; nothing for a body that was cut off.

    A truncated gzip stream arrives without an error (catalogue H05): a feed ends in ``>`` (or ``}``), in any encoding.
    What is kept packed (``sitemap.xml.gz``) shows that only when it is read (`Document.incomplete`).
    """
    if not body.startswith(GZIP) and body.rstrip(b" \t\r\n\0")[-1:] not in (b">", b"}"):
        return Validators()
    return Validators(etag=_validator(headers.get("ETag")), last_modified=_validator(headers.get("Last-Modified")))


def is_bot_check(headers: Mapping[str, str], body: bytes, *, refused: bool) -> bool:
    """Whether the answer is a page that asks to prove being human (catalogue H30); `refused` by its status."""
    if "challenge" in headers.get("cf-mitigated", "").lower():
        return True
    head = body[:65536]
    return any(mark in head for mark in (*_BOT_CHECKS, *(_GUARDS if refused else ())))


def failure(status: int, found: Hints, *, bot_check: bool) -> FetchFailed:
    """The failure that an HTTP status stands for, with a sentence that says what to do."""
    if bot_check:
        return FetchFailed(
            kind=FailureKind.BOT_CHECK,
            detail="The site is protected by a bot check: ask the publisher for a feed that programs may read.",
            hints=found,
        )
    kind, detail = _meaning(status)
    return FetchFailed(kind=kind, detail=detail, hints=found)


def _meaning(status: int) -> tuple[FailureKind, str]:
    match status:
        case 401 | 407:
            return FailureKind.LOGIN, f"The site asks for a login ({status}): give the address with user and password."
        case 403:
            return FailureKind.LOGIN, "The site refuses us (403): it asks for a login, or it blocks bots."
        case 404:
            return FailureKind.NOT_FOUND, "There is nothing at this address (404): check whether the feed has moved."
        case 410:
            return FailureKind.GONE, "The feed is gone for good (410): remove it, or look for its new address."
        case 429:
            return FailureKind.RATE_LIMITED, "The site says we ask too often (429): we wait as long as it wants."
        case 304:
            return FailureKind.PROTOCOL, "The site answered 'not modified' (304) although nothing was known of it yet."
        case 451:
            return FailureKind.HTTP, "The site may not show this here for legal reasons (451)."
        case _ if 500 <= status <= 599:
            return FailureKind.SERVER, f"The site has a fault of its own ({status}): we try again later."
        case _:
            return FailureKind.HTTP, f"The site answered with status {status} and no feed: check the address."


def _seconds(text: str) -> timedelta | None:
    if not (text.isascii() and text.isdigit()):
        return None
    return min(timedelta(seconds=int(text[: _DIGITS + 1])), AGE_MAX) if len(text) <= _DIGITS else AGE_MAX


def _date(text: str | None) -> datetime | None:
    if not text or len(text) > 64:
        return None
    try:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo is not None else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _validator(value: str | None) -> str | None:
    if value and len(value) <= _VALIDATOR_LIMIT and value.isascii() and value.isprintable():
        return value
    return None
