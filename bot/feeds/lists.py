"""Lists of sources as people exchange them: OPML, or a catalogue in TOML. What a file is, its content says.

Never: a file of more than two megabytes, or one bad line for which the rest is not taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from bot.errors import UserError
from bot.feeds import catalogue, opml, sniff
from bot.feeds.guard import AddressPolicy
from bot.model import NewSource, SourceList

MAX_BYTES: Final = 2_000_000
"""Of a file that is read: 5,000 sources, as many as one file may add, are 1.3 MB as they are written here."""


class ListFormat(StrEnum):
    """What a list is written in."""

    OPML = "opml"
    TOML = "toml"


def read(body: bytes, policy: AddressPolicy) -> SourceList:
    """The sources that a file names, and what of it cannot be watched. Raises `UserError` where it is no such file."""
    if len(body) > MAX_BYTES:
        raise UserError("This file is larger than 2 MB, the most that is read: split it.")
    text = sniff.decode(body, None)
    start = text.lstrip(b" \t\r\n\0\x0b\x0c")[:1]
    if not start:
        raise UserError("This file is empty.")
    if start == b"<":
        return opml.read(body, policy)
    return catalogue.read(text.decode("utf-8", "replace"), policy)


def write(sources: Sequence[NewSource], form: ListFormat) -> str:
    """Sources as text. Logins in their addresses are left out."""
    return opml.write(sources) if form is ListFormat.OPML else catalogue.write(sources)
