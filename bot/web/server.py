"""The web server: one aiohttp application for everything that others may ask. Never: a route that nobody handed in."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable

from aiohttp import web

from bot.errors import ConfigError
from bot.log import get_logger

log = get_logger(__name__)


@contextlib.asynccontextmanager
async def serving(routes: Iterable[web.RouteDef], *, host: str, port: int, max_body: int) -> AsyncIterator[int]:
    """Serve `routes` for as long as the context is open; the port. Raises `ConfigError` where it is not to be had."""
    app = web.Application(client_max_size=max_body)
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=5.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ConfigError(
                f"DATELINE_LISTEN: {host}:{port} cannot be had ({error.strerror}): choose another address or port"
            ) from error
        bound = int(runner.addresses[0][1])
        log.info("web server listens", host=host, port=bound)
        yield bound
    finally:
        await runner.cleanup()
