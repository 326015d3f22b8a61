"""Languages: how a tag of BCP 47 is asked for, and which one a server or a person is told things in."""

from __future__ import annotations

from dataclasses import dataclass

_FOLDED = {"nb": "no", "nn": "no", "tl": "fil", "cmn": "zh", "iw": "he", "in": "id", "ji": "yi"}
"""Codes of ISO 639 that were replaced, or that name what people know under another."""


def primary_language(tag: str | None) -> str | None:
    """What a tag of BCP 47 is asked for by: its language without script and region, ``pt`` of ``pt-br``."""
    if not tag:
        return None
    primary = tag.replace("_", "-").partition("-")[0].lower()
    return _FOLDED.get(primary, primary) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """In which language a server, or a person who follows something, is told things."""

    locale: str | None = None
    """Discord's name of it, such as pt-BR; None where nothing was said."""
    everyone: bool = False
    """Of a server: everybody is answered in it, whatever language their Discord has."""
