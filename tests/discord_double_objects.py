"""What the Discord double holds: channels, messages, refusals, and the check of a message's components."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from bot.alert_cards import MARKER
from tests.discord_double_gateway import Json

COMPONENTS_V2 = 1 << 15
TEXT, THREAD, FORUM = 0, 11, 15


@dataclass(kw_only=True)
class Channel:
    """A text channel, and what the bot may do there."""

    id: int
    name: str
    kind: int = TEXT
    parent: int | None = None
    """Of a thread the forum."""
    archived: bool = False
    tag_required: bool = False
    exists: bool = True
    view: bool = True
    send: bool = True
    read_history: bool = True
    hooks: bool = True
    """Whether the bot may manage webhooks."""


@dataclass(kw_only=True)
class Posted:
    """A message that Discord has."""

    id: int
    channel: int
    author: int
    payload: Json
    """As the bot sent it."""
    components: list[Json]
    """As Discord gives it back: every component with an id."""
    nonce: str | None
    mentions: list[int]
    """Roles that were really notified."""
    edits: int = 0
    name: str | None = None
    """Under which a webhook posted it."""

    @property
    def number(self) -> int | None:
        """The delivery's number, from the card's component id."""
        found = [each["id"] for each in walked(self.components) if each["id"] >= MARKER]
        return found[0] - MARKER if found else None

    @property
    def text(self) -> str:
        return "\n".join(each["content"] for each in walked(self.components) if each["type"] == 10)


class Refusal(Exception):
    """What Discord says no to."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def walked(components: list[Json]) -> Iterator[Json]:
    """Every component of a layout, outer before inner."""
    for component in components:
        yield component
        yield from walked(component.get("components") or [])
        if (accessory := component.get("accessory")) is not None:
            yield from walked([accessory])


def checked(body: Json) -> list[Json]:
    """A message's components as Discord keeps them, with ids; raises `Refusal` for what it would not take."""
    components: list[Json] = json.loads(json.dumps(body.get("components") or []))
    found = list(walked(components))
    if not body.get("flags", 0) & COMPONENTS_V2:
        if not (body.get("content") or found):
            raise Refusal(400, 50006, "Cannot send an empty message")
    elif body.get("content") or body.get("embeds"):
        raise Refusal(400, 50035, "Invalid Form Body: MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2")
    if len(found) > 40:
        raise Refusal(400, 50035, "Invalid Form Body: COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED")
    if sum(len(each["content"]) for each in found if each["type"] == 10) > 4000:
        raise Refusal(400, 50035, "Invalid Form Body: COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED")
    if any(each["type"] == 10 and not each["content"].strip() for each in found):
        raise Refusal(400, 50035, "Invalid Form Body: BASE_TYPE_REQUIRED")
    if any(len(each.get("custom_id") or "") > 100 or len(each.get("label") or "") > 80 for each in found):
        raise Refusal(400, 50035, "Invalid Form Body: BASE_TYPE_MAX_LENGTH")
    given = [each["id"] for each in found if each.get("id")]
    if len(set(given)) < len(given) or any(not 0 < number < 1 << 31 for number in given):
        raise Refusal(400, 50035, "Invalid Form Body: COMPONENT_DUPLICATE_ID")
    number = 0
    for each in found:
        if not each.get("id"):
            number += 1
            while number in given:
                number += 1
            each["id"] = number
    return components
