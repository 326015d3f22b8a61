"""Logging: one line per event to stderr, event then fields. Never: a secret, or an answer meant for stdout."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
INTERACTION_TOKEN = re.compile(r"(/(?:webhooks|interactions)/\d+)/[\w-]+")
MAX_FIELD = 2_000


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Strike out URL credentials and interaction tokens, fold line ends and control characters, cut long values.

    discord.py's log names full URLs with interaction tokens; a feed's title may hold line ends or ANSI escapes.
    """
    for name, value in event.items():
        if isinstance(value, str) and name != "exception":
            text = "".join(character if character.isprintable() else " " for character in value[:MAX_FIELD])
            event[name] = INTERACTION_TOKEN.sub(r"\1/***", CREDENTIALS.sub("***@", text))
    return event


def configure(level: str = "info", *, as_json: bool = False) -> None:
    """Send our own log and the libraries' to stderr, in one format."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # At INFO these say nothing an operator can act on; their DEBUG lines hold whole payloads.
    for noisy in ("discord.http", "discord.gateway", "discord.client", "aiohttp.access", "asyncio", "aiosqlite"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, getattr(logging, level.upper())))


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
