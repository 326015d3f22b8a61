"""What the tests of the feeds room share: feeds as text, a web, and fetchers that may reach it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Protocol

import pytest

from bot.feeds.fetch import Fetcher, make_session
from bot.feeds.guard import AddressPolicy
from tests.loopback import Raw, Web


def rss(*items: str, head: str = "<title>Feed</title>") -> bytes:
    """An RSS 2.0 document of `items`, each the inside of an <item>."""
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{inside}</channel></rss>'.encode()


class MakeFetcher(Protocol):
    """Makes a fetcher that may reach these servers."""

    def __call__(self, *servers: Web | Raw | str, resolver: Any = None, **options: Any) -> Fetcher: ...


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as server:
        yield server


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """One for all tests: it takes 32 ms to make."""
    return ssl.create_default_context()


@pytest.fixture
async def fetcher_for(tls: ssl.SSLContext) -> AsyncIterator[MakeFetcher]:
    async with AsyncExitStack() as stack:
        sessions = []

        def make(*servers: Web | Raw | str, resolver: Any = None, **options: Any) -> Fetcher:
            policy = AddressPolicy.of(each if isinstance(each, str) else each.allowed for each in servers)
            session = make_session(policy, contact="https://bot.example/contact", resolver=resolver, ssl_context=tls)
            sessions.append(session)
            return Fetcher(session, policy, **options)

        yield make
        for session in sessions:
            stack.push_async_callback(session.close)
