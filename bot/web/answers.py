"""Answers to the web: bytes with their headers, made once and given to many. RFC 9110 (conditional requests), 9111.

Never: a script, a picture of a site that is not https, or a frame: the headers of every answer forbid them.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
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
_OVERHEAD = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, complete but for what the request decides; made by `answer`."""

    body: bytes
    """As gzip where it is `packed`: a fifth of the bytes, and what nearly every client asks for."""
    packed: bool
    status: HTTPStatus
    fields: Mapping[str, str]
    """The headers that every response with it has."""
    etag: str
    """Weak: the same page unpacked is the same page."""
    modified: datetime | None = None
    """Since when it has been as it is, as far as this process knows."""

    @property
    def size(self) -> int:
        """Bytes that it takes, roughly."""
        return len(self.body) + _OVERHEAD


def answer(
    body: bytes,
    content_type: str,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    max_age: int = 0,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An answer that anybody may keep for `max_age` seconds; for 0 not at all."""
    packed = gzip.compress(body, compresslevel=6, mtime=0) if len(body) >= _WORTH_IT else body
    smaller = len(packed) < len(body)
    etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    fields = {
        **SECURITY,
        "Content-Type": content_type,
        "Cache-Control": f"public, max-age={max_age}" if max_age else "no-store",
        "Vary": "Accept-Encoding",
        **(headers or {}),
    }
    if status is HTTPStatus.OK:
        fields["ETag"] = etag
    return Answer(body=packed if smaller else body, packed=smaller, status=status, fields=fields, etag=etag)


def dated(answer: Answer, modified: datetime) -> Answer:
    """An answer that says since when it has been as it is."""
    fields = {**answer.fields, "Last-Modified": format_datetime(modified.astimezone(UTC), usegmt=True)}
    return replace(answer, modified=modified, fields=fields)


def response(answer: Answer, request: web.Request) -> web.Response:
    """The response to a request: 304 where the client has it already, unpacked where it cannot read gzip."""
    asked, fields = request.headers, dict(answer.fields)
    if answer.status is HTTPStatus.OK and _has_it(answer, asked):
        del fields["Content-Type"]
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=fields)
    if not answer.packed:
        return web.Response(body=answer.body, status=answer.status, headers=fields)
    if not _takes_gzip(asked.get("Accept-Encoding", "")):
        return web.Response(body=gzip.decompress(answer.body), status=answer.status, headers=fields)
    fields["Content-Encoding"] = "gzip"
    return web.Response(body=answer.body, status=answer.status, headers=fields)


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
