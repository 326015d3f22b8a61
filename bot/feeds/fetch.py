"""The one fetch: every address that the bot reads goes through `Fetcher.fetch`, and nothing else opens a connection.

The pipeline of a fetch: the policy judges the URL; a turn of its host is awaited; a conditional GET is sent, with the
address of the connection judged as it is opened; the body is read in pieces, counted as decoded; a redirect goes round
again by hand. The outcome is a value: nothing but cancellation is raised.

Never: a cookie, a proxy, a redirect that aiohttp follows, a credential sent on to another origin or put in a sentence.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.http_exceptions import ContentEncodingError, HttpProcessingError
from yarl import URL

from bot import __version__
from bot.clock import Clock, SystemClock
from bot.feeds import answer, websub
from bot.feeds.address import canonical_host
from bot.feeds.guard import REFUSED, AddressPolicy, AddressRefused, Attempt, without_credentials
from bot.feeds.hosts import Booking, Hosts
from bot.feeds.links import LinkCleaner
from bot.model import FailureKind, Fetched, FetchFailed, FetchResult, Hints, NotModified, Validators, within

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_REDIRECTS: Final = 5
ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json;q=0.9, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, text/html;q=0.2, */*;q=0.1"
)
_CHUNK: Final = 65536
_ERROR_PAGE: Final = 16384
"""As much of an error's page is read as a bot check needs to be recognised."""


def user_agent(contact: str | None = None) -> str:
    """The honest name we go by: ``Dateline/1.0 (+https://example.org/contact)``."""
    return f"Dateline/{__version__} (+{contact})" if contact else f"Dateline/{__version__}"


def make_session(
    policy: AddressPolicy,
    *,
    contact: str | None = None,
    resolver: AbstractResolver | None = None,
    ssl_context: ssl.SSLContext | None = None,
    limit: int = 256,
) -> aiohttp.ClientSession:
    """The session for all fetches, to be made inside the event loop and closed by its owner.

    One TLS context a process (32 ms to make), keep-alive, no cookies, no proxies from the environment; every connection
    passes the policy. Accept-Encoding is what aiohttp can decode here (br and zstd only where installed).
    """
    connector = aiohttp.TCPConnector(
        socket_factory=policy.socket_factory,
        ssl=ssl_context or _tls(),
        resolver=resolver,
        ttl_dns_cache=60,
        limit=limit,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        headers={"User-Agent": user_agent(contact), "Accept": ACCEPT},
    )


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class _Moved:
    location: str
    permanently: bool


@dataclass(frozen=True, slots=True)
class _BadEncoding:
    """The body is not in the encoding that its header names."""


class Fetcher:
    """Fetches politely: each host has its turns (bot/feeds/hosts.py), and none while its Retry-After runs."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        policy: AddressPolicy,
        *,
        clock: Clock | None = None,
        hosts: Hosts | None = None,
        total: float = 20.0,
        connect: float = 5.0,
        sock_read: float = 5.0,
        max_bytes: int = MAX_BYTES,
        max_redirects: int = MAX_REDIRECTS,
    ) -> None:
        """Timeouts in seconds: of the whole fetch (redirects included, queueing not), of connecting, between reads.

        `hosts` by default paces every host but those that the operator's list of private addresses names.
        """
        self._session = session
        self._policy = policy
        self._clock = clock or SystemClock()
        self._hosts = hosts or Hosts(unpaced=self._is_own)
        self._total = total
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=sock_read)
        self._max_bytes = max_bytes
        self._max_redirects = max_redirects

    def _is_own(self, host: str) -> bool:
        name, _, port = host.rpartition(":")
        if name and port.isdigit() and not host.endswith("]"):
            return self._policy.allows(canonical_host(name), int(port))
        return any(self._policy.allows(canonical_host(host), port) for port in (80, 443))

    def link_cleaner(self, base: str) -> LinkCleaner:
        """What makes links of a document canonical and refuses those that may not be fetched."""
        return LinkCleaner(base, self._policy.allow_private)

    def book(self, url: str) -> Booking:
        """Whether to fetch `url` now, with that booking, or to come back: its host may have no turn for a while."""
        try:
            return self._hosts.book(_host(URL(url)))
        except ValueError:
            return Booking(wait=0.0, go_on=True)  # `fetch` says what is wrong

    async def fetch(
        self,
        url: str,
        validators: Validators = Validators(),  # noqa: B008 -- frozen value
        *,
        booking: Booking | None = None,
        barred: AbstractSet[str] = frozenset(),
    ) -> FetchResult:
        """What `url` answers. Raises nothing but CancelledError.

        `validators` make the request conditional; they and any credentials are dropped when a redirect leaves the
        origin. A host that asked to wait is not asked again before its time (RATE_LIMITED, with what is left of it).
        No redirect is followed to the `barred` hosts, and what is below them.
        """
        try:
            address = URL(self._policy.check_url(url))
        except AddressRefused as refusal:
            return FetchFailed(kind=FailureKind.REFUSED_ADDRESS, detail=str(refusal))
        secret = address.raw_user is not None or address.raw_password is not None
        headers = _conditions(validators)
        left, redirects, moved_to, permanently = self._total, 0, None, True
        while True:
            async with self._hosts.turn(_host(address), booking):
                booking = None
                waiting = self._waiting(address)
                if waiting is not None:
                    return waiting
                started = time.monotonic()
                step = await self._ask(address, headers, left)
                left -= time.monotonic() - started
            if isinstance(step, _BadEncoding):
                if "Accept-Encoding" in headers:
                    return _failed(FailureKind.PROTOCOL, "The site sends its feed in a broken encoding.")
                headers = {**headers, "Accept-Encoding": "identity"}
            elif isinstance(step, _Moved):
                redirects += 1
                target = self._target(address, step.location, secret=secret)
                if isinstance(target, FetchFailed):
                    return target
                host = within(str(target), barred)
                if host is not None:
                    return _failed(
                        FailureKind.REFUSED_ADDRESS,
                        f"It leads to {host}, of which this bot's operator allows no sources.",
                    )
                if redirects > self._max_redirects:
                    return _failed(FailureKind.REDIRECTS, "The address leads from redirect to redirect: check it.")
                if target.origin() != address.origin():
                    headers = {}
                address = target
                permanently = permanently and step.permanently
                if permanently and not secret:
                    moved_to = str(target)
            elif isinstance(step, Fetched | NotModified) and moved_to is not None:
                return replace(step, moved_to=moved_to)
            else:
                return step

    async def submit(self, url: str, form: Mapping[str, str]) -> FetchFailed | None:
        """Send a form; None where it was taken (2xx). No redirect is followed. Raises nothing but CancelledError."""
        try:
            address = URL(self._policy.check_url(url))
        except AddressRefused as refusal:
            return _failed(FailureKind.REFUSED_ADDRESS, str(refusal))
        async with self._hosts.turn(_host(address)):
            waiting = self._waiting(address)
            if waiting is not None:
                return waiting
            with self._policy.dialling(address) as attempt:
                try:
                    async with (
                        asyncio.timeout(self._total),
                        self._session.post(
                            address, data=form, allow_redirects=False, timeout=self._timeout
                        ) as response,
                    ):
                        found = answer.hints(response.status, response.headers, self._clock.now())
                        if 200 <= response.status < 300:
                            return None
                        return answer.failure(response.status, found, bot_check=False)
                except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError, EOFError) as error:
                    return _explain(error, attempt)

    def _target(self, address: URL, location: str, *, secret: bool) -> URL | FetchFailed:
        """Where a redirect leads, judged as any address; credentials survive only within the origin."""
        try:
            target = address.join(URL(location)).with_fragment(None)
            target = URL(self._policy.check_url(str(target.with_user(None) if target.raw_host else target)))
        except AddressRefused as refusal:
            return _failed(FailureKind.REFUSED_ADDRESS, str(refusal))
        except (ValueError, TypeError):
            return _failed(FailureKind.REDIRECTS, "The address redirects to one that cannot be read: check it.")
        if secret and address.scheme == "https" and target.scheme == "http":
            return _failed(FailureKind.REDIRECTS, "The feed has a login and redirects to an unencrypted address.")
        if target.origin() == address.origin() and address.raw_user is not None:
            target = target.with_user(address.user).with_password(address.password)
        return target

    async def _ask(self, address: URL, headers: dict[str, str], left: float) -> FetchResult | _Moved | _BadEncoding:
        """One request, with its failures as values."""
        conditional = "If-None-Match" in headers or "If-Modified-Since" in headers
        with self._policy.dialling(address) as attempt:
            try:
                async with (
                    asyncio.timeout(max(0.0, left)),
                    self._session.get(
                        address, headers=headers, allow_redirects=False, timeout=self._timeout
                    ) as response,
                ):
                    return await self._read(response, address, conditional=conditional)
            except aiohttp.ClientPayloadError as error:
                if isinstance(error.__cause__, ContentEncodingError):
                    return _BadEncoding()
                return _explain(error, attempt)
            except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError, EOFError) as error:
                return _explain(error, attempt)

    async def _read(
        self, response: aiohttp.ClientResponse, address: URL, *, conditional: bool
    ) -> FetchResult | _Moved | _BadEncoding:
        """The meaning of an answer whose headers have come."""
        status, headers = response.status, response.headers
        if status in (301, 302, 303, 307, 308) and "Location" in headers:
            return _Moved(headers["Location"], permanently=status in (301, 308))
        hints = answer.hints(status, headers, self._clock.now())
        if status == 304 and conditional:
            return NotModified(hints=hints)
        if status not in (200, 203):
            page = await _head(response) if status in (403, 429, 503) else b""
            if hints.retry_after is not None:
                self._hosts.pause(_host(address), hints.retry_after.total_seconds())
            return answer.failure(status, hints, bot_check=answer.is_bot_check(headers, page, refused=True))
        if (response.content_length or 0) > self._max_bytes:
            return self._too_large()
        chunks, size = [], 0
        async for chunk in response.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > self._max_bytes:
                return self._too_large()
            chunks.append(chunk)
        body = b"".join(chunks)
        content_type = headers.get("Content-Type")
        if "html" in (content_type or "") and answer.is_bot_check(headers, body, refused=False):
            return answer.failure(status, hints, bot_check=True)
        return Fetched(
            body=body,
            final_url=without_credentials(str(address)),
            content_type=content_type,
            validators=answer.validators(headers, body),
            hints=hints,
            links=tuple(websub.header_links(headers.get("Link"))),
        )

    def _too_large(self) -> FetchFailed:
        return _failed(FailureKind.TOO_LARGE, f"The answer is larger than {self._max_bytes / 1048576:g} MB.")

    def _waiting(self, address: URL) -> FetchFailed | None:
        """The refusal while the host's Retry-After runs."""
        left = self._hosts.paused(_host(address))
        if left <= 0:
            return None
        detail = "The site asked us to wait: it is not asked again before then."
        hints = Hints(retry_after=timedelta(seconds=left))
        return FetchFailed(kind=FailureKind.RATE_LIMITED, detail=detail, hints=hints)


async def _head(response: aiohttp.ClientResponse) -> bytes:
    page = b""
    async for chunk in response.content.iter_chunked(_ERROR_PAGE):
        page += chunk
        if len(page) >= _ERROR_PAGE:
            break
    return page


def _host(address: URL) -> str:
    """What counts as one host: the name, with its port where that is not the usual one of http or https."""
    host = address.raw_host or ""
    return host if address.port in (80, 443) else f"{host}:{address.port}"


def _conditions(validators: Validators) -> dict[str, str]:
    headers = {}
    if validators.etag:
        headers["If-None-Match"] = validators.etag
    if validators.last_modified:
        headers["If-Modified-Since"] = validators.last_modified
    return headers


def _failed(kind: FailureKind, detail: str) -> FetchFailed:
    return FetchFailed(kind=kind, detail=detail)


def _explain(error: Exception, attempt: Attempt) -> FetchFailed:
    """A library's exception as a failure; its text, which may hold addresses and credentials, is never quoted."""
    match error:
        case _ if attempt.refused:
            return _failed(FailureKind.REFUSED_ADDRESS, REFUSED)
        case aiohttp.ClientConnectorDNSError():
            return _failed(FailureKind.DNS, _dns(error.os_error))
        case aiohttp.ClientConnectorCertificateError():
            return _failed(FailureKind.TLS, _certificate(error.certificate_error))
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return _failed(FailureKind.TLS, "No secure connection could be agreed on with the site (TLS).")
        case TimeoutError():
            return _failed(FailureKind.TIMEOUT, "The site took too long to answer: we try again later.")
        case ConnectionRefusedError() | aiohttp.ClientConnectorError():
            return _failed(FailureKind.CONNECT, "The site could not be reached: we try again later.")
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError() | ConnectionError():
            return _failed(FailureKind.PROTOCOL, "The site broke off before its answer was complete.")
        case _:
            return _failed(FailureKind.PROTOCOL, "The site's answer is not valid HTTP.")


def _dns(error: OSError) -> str:
    code = error.errno or getattr(error.__cause__, "errno", None)
    if code in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
        return "There is no site of that name: check the spelling of the address."
    return "The name of the site could not be looked up right now (DNS): we try again later."


def _certificate(error: Exception) -> str:
    code = getattr(error, "verify_code", 0)  # X509_V_ERR_*, OpenSSL's x509_vfy.h
    if code == 10:
        return "The site's certificate has expired (TLS): its owner must renew it."
    if code in (62, 64):
        return "The site's certificate is for another name (TLS): check the address."
    if code in (18, 19, 20, 21):
        return "The site's certificate is not signed by a known authority (TLS)."
    return "The site's certificate is not valid (TLS)."
