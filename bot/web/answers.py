"""Answers to the web: bytes with their headers, made once and given to many. RFC 9110 (conditional requests), 9111.

Never: a script, a picture of a site that is not https, or a frame: the headers of every answer forbid them.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus

from aiohttp import web

SECURITY: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' https:; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Server": "Dateline",
}
"""On every answer. What belongs to TLS (Strict-Transport-Security) is the proxy's to say."""
_WORTH_IT = 512
"""Bytes from which an answer is compressed."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer, complete but for what the request decides."""

    body: bytes
    content_type: str
    status: HTTPStatus = HTTPStatus.OK
    max_age: int = 0
    """Seconds for which anybody may keep it; 0: not at all."""
    headers: Mapping[str, str] = field(default_factory=dict)
    modified: datetime | None = None
    """Since when it has been as it is, as far as this process knows."""

    @cached_property
    def etag(self) -> str:
        """Weak: the same page compressed is the same page."""
        return f'W/"{hashlib.blake2b(self.body, digest_size=12).hexdigest()}"'

    @cached_property
    def compressed(self) -> bytes | None:
        """The body as gzip; None where that gains nothing."""
        if len(self.body) < _WORTH_IT:
            return None
        made = gzip.compress(self.body, compresslevel=6, mtime=0)
        return made if len(made) < len(self.body) else None

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """The headers that every response with it has."""
        found = dict(SECURITY)
        found["Content-Type"] = self.content_type
        found["Cache-Control"] = f"public, max-age={self.max_age}" if self.max_age else "no-store"
        if self.status is HTTPStatus.OK:
            found["ETag"] = self.etag
            found["Vary"] = "Accept-Encoding"
        if self.modified is not None:
            found["Last-Modified"] = format_datetime(self.modified.astimezone(UTC), usegmt=True)
        found.update(self.headers)
        return found

    @property
    def size(self) -> int:
        """Bytes it takes while it is kept, both forms of its body counted."""
        return 2 * len(self.body)


def response(answer: Answer, request: web.Request) -> web.Response:
    """The response to a request: 304 where the client has it already, compressed where it can read that."""
    asked = request.headers
    if answer.status is HTTPStatus.OK and _has_it(answer, asked):
        fields = {name: value for name, value in answer.fields.items() if name != "Content-Type"}
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=fields)
    if _takes_gzip(asked.get("Accept-Encoding", "")) and (compressed := answer.compressed) is not None:
        fields = {**answer.fields, "Content-Encoding": "gzip"}
        return web.Response(body=compressed, status=answer.status, headers=fields)
    return web.Response(body=answer.body, status=answer.status, headers=answer.fields)


def _has_it(answer: Answer, asked: Mapping[str, str]) -> bool:
    """Whether a conditional GET's client has the answer (RFC 9110, section 13.2.2): the tags go before the date."""
    tags = asked.get("If-None-Match")
    if tags is not None:
        opaque = answer.etag.removeprefix("W/")
        return tags.strip() == "*" or any(tag.strip().removeprefix("W/") == opaque for tag in tags.split(","))
    since = asked.get("If-Modified-Since")
    if since is None or answer.modified is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except (ValueError, TypeError, IndexError, OverflowError):
        return False
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return answer.modified.replace(microsecond=0) <= moment


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        coding, _, weight = part.strip().partition(";")
        if coding.strip() in ("gzip", "*"):
            quality = weight.replace(" ", "").removeprefix("q=")
            return quality.strip("0.") != "" or not weight
    return False
