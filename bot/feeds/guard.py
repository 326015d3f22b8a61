"""The address policy: which host, port and address may be dialled. The only judge of that in the bot.

Two gates, both needed: `check_url` judges what stands in a URL, before anything is sent; `socket_factory` judges the
address of every connection as it is opened, after DNS, so that a name which turns private between check and use
(DNS rebinding) meets the same refusal. Never: a look-up of its own, or a message that tells a closed port from an open.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from aiohttp import AddrInfoType
from yarl import URL

from bot.errors import ConfigError, UserError
from bot.feeds.address import LABEL, canonical_host, is_literal, is_public, is_public_host

REFUSED: Final = "This address is private, local or otherwise not one that may be fetched."
"""One wording for all refused addresses, so that the answers cannot be used to map a network."""
PORTS: Final = frozenset({80, 443, 8080, 8443})
"""Fetched from any public host; others only where the operator's list names them."""
URL_LIMIT: Final = 2000
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_UNFIT: Final = re.compile(r"[\x00-\x20\x7f\\]|[^\S ]")


class AddressRefused(UserError):
    """The URL is not one that is fetched; the message says why, without its credentials."""


class AddressBlocked(OSError):
    """Raised inside a connection attempt, where only an OSError lets the next address be tried."""


@dataclass(slots=True)
class Attempt:
    """One connection attempt: what the URL says, and whether an address of it was refused."""

    host: str
    port: int
    refused: bool = False


_attempt: ContextVar[Attempt | None] = ContextVar("dateline_connection_attempt", default=None)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Which addresses may be dialled: the public network on a few ports, and what the operator's list names.

    `allow_private` holds (canonical host, port); a None port stands for 80 and 443. A listed name may lead to private
    addresses; every other name that leads to the same address stays refused, because what counts is the host as it
    stands in the URL. The list comes from the configuration, never from Discord.
    """

    allow_private: frozenset[tuple[str, int | None]] = field(default_factory=frozenset)

    @classmethod
    def of(cls, entries: Iterable[str]) -> AddressPolicy:
        """A policy from ``host[:port]`` entries (IPv6 in brackets where a port follows). Raises ConfigError."""
        return cls(frozenset(_allowed(entry) for entry in entries if entry.strip()))

    def allows(self, host: str, port: int) -> bool:
        """Whether the operator's list names that canonical host with that port."""
        if (host, port) in self.allow_private:
            return True
        return port in (80, 443) and (host, None) in self.allow_private

    def check_url(self, text: str) -> str:
        """The canonical form of a URL that may be fetched; raises AddressRefused with a plain reason.

        Canonical: scheme and host in lower case, host in ASCII, no default port, no fragment. Credentials stay: feeds
        behind a basic login are the operator's right; whoever shows a URL uses `without_credentials`.
        """
        url = _url(text)
        host, port = canonical_host(url.raw_host or ""), url.port or 0
        if not self.allows(host, port):
            if not is_public_host(host):
                raise AddressRefused(REFUSED)
            if port not in PORTS:
                raise AddressRefused(f"Only the ports {', '.join(map(str, sorted(PORTS)))} are fetched.")
        return _canonical(url, host)

    @contextmanager
    def dialling(self, url: URL) -> Iterator[Attempt]:
        """Tells `socket_factory` which URL the connections opened within are for."""
        attempt = Attempt(canonical_host(url.raw_host or ""), url.port or 0)
        token = _attempt.set(attempt)
        try:
            yield attempt
        finally:
            _attempt.reset(token)

    def socket_factory(self, addr_info: AddrInfoType) -> socket.socket:
        """A socket for one address, or AddressBlocked: for ``aiohttp.TCPConnector(socket_factory=...)``."""
        family, kind, protocol, _, sockaddr = addr_info
        address, port = str(sockaddr[0]), int(sockaddr[1])
        attempt = _attempt.get()
        allowed = attempt is not None and attempt.port == port and self.allows(attempt.host, port)
        if not allowed and not (port in PORTS and is_public(address)):
            if attempt is not None:
                attempt.refused = True
            raise AddressBlocked(REFUSED)
        return socket.socket(family, kind, protocol)


def without_credentials(url: str) -> str:
    """`url` as it may be shown: without user and password; a stand-in where it cannot be read."""
    try:
        parsed = URL(url)
        return str(parsed.with_user(None)) if parsed.raw_user is not None or parsed.raw_password is not None else url
    except ValueError:
        return "(unreadable address)"


def _allowed(entry: str) -> tuple[str, int | None]:
    text = entry.strip()
    host, colon, port = text, "", ""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        colon, port = rest[:1], rest[1:]
    elif text.count(":") == 1:
        host, colon, port = text.partition(":")
    host = canonical_host(host)
    ported = not colon or (colon == ":" and port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536)
    if not host or not ported or _UNFIT.search(text) or any(sign in host for sign in "/@?#*"):
        raise ConfigError(f"allow_private: {text[:100]!r} is not host or host:port (for example 127.0.0.1:8080).")
    if not is_literal(host) and not all(LABEL.match(label) for label in host.split(".")):
        raise ConfigError(f"allow_private: {text[:100]!r} holds no valid host name.")
    return host, int(port) if port else None


def _url(text: str) -> URL:
    text = text.strip()
    if len(text) > URL_LIMIT:
        raise AddressRefused(f"This address is longer than {URL_LIMIT:,} characters.")
    if text[:5].lower() == "feed:":  # an old convention of browsers: feed://host/path and feed:https://host/path
        rest = text[5:]
        text = f"https:{rest}" if rest.startswith("//") else rest
    if _UNFIT.search(text):
        raise AddressRefused("This is not a valid web address: it holds blanks, backslashes or control characters.")
    scheme = text.partition(":")[0].lower()
    if scheme not in DEFAULT_PORTS:
        raise AddressRefused("Only addresses that begin with http:// or https:// are fetched.")
    try:
        url = URL(text)
        authority = text.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0]
        if not url.raw_host or not url.port or authority.endswith(":"):
            raise ValueError
    except ValueError:
        raise AddressRefused("This is not a valid web address.") from None  # the cause may quote credentials
    return url


def _canonical(url: URL, host: str) -> str:
    if url.raw_fragment:
        url = url.with_fragment(None)
    if host != url.raw_host:
        url = url.with_host(host)
    if url.explicit_port is not None and url.is_default_port():
        url = url.with_port(None)
    return str(url)
