"""Where simcord (3.2.1) differs from Discord in what the bot depends on; each with Discord's documentation.

- The first message of a forum's post has its thread's id (discord.py's documentation, `Thread.starter_message`);
  simcord gives it another.
- A webhook that an application made may send buttons (Execute Webhook, `components`: "application-owned webhook");
  simcord takes every webhook for somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from simcord.backend.ops.channels import ChannelMixin
from simcord.http.routes import interactions

Body = tuple[dict[str, Any], bool]


@contextmanager
def as_discord() -> Iterator[None]:
    """While it lasts, simcord does as Discord does."""
    create = ChannelMixin.create_forum_post

    def create_forum_post(self: Any, forum: int, name: str, starter: Any, **parts: Any) -> Any:
        first = iter([starter.id])
        make = self.snowflake
        with patch.object(self, "snowflake", lambda: next(first, None) or make()):
            return create(self, forum, name, starter, **parts)

    def body_of(ctx: Any) -> Body:
        return dict(ctx.body()), True

    with ExitStack() as stack:
        stack.enter_context(patch.object(ChannelMixin, "create_forum_post", create_forum_post))
        stack.enter_context(patch.object(interactions, "_incoming_webhook_body", body_of))
        yield
