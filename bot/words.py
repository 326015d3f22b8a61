"""What the bot says, in the language of who reads it: gettext catalogues in bot/locale, by way of Babel.

`_("Nothing in the memory")` is looked up in the catalogue of the language that `speak` set for the task at hand, and
stays English where there is none. What is put into a sentence goes by name, ``_("page {number} of {pages}", number=1,
pages=3)``, so that a language may order it as it likes. `python -m bot.locale` brings the catalogues up to date.
Never: a sentence put together of pieces.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date
from functools import cache
from importlib import resources

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

LANGUAGES: Mapping[str, str] = {
    "ar": "ar",
    "de": "de",
    "en-GB": "en_GB",
    "en-US": "en",
    "es-419": "es_419",
    "es-ES": "es",
    "fr": "fr",
    "hi": "hi",
    "id": "id",
    "it": "it",
    "ja": "ja",
    "ko": "ko",
    "pt-BR": "pt_BR",
    "tr": "tr",
    "uk": "uk",
    "zh-CN": "zh_Hans",
}
"""Discord's locales (its documentation, "Locales"; Arabic is none yet) and the names that CLDR has for them."""
CATALOGUES = ("ar", "de", "es", "fr", "hi", "id", "it", "ja", "ko", "pt", "tr", "uk", "zh")
"""What is translated into, by primary language."""
ENGLISH = "en"

_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


def speak(locale: str) -> None:
    """From here on, in this task and those that it starts, the language of a locale of Discord is spoken."""
    _spoken.set(LANGUAGES.get(locale, ENGLISH))


def spoken() -> str:
    """CLDR's name of what is spoken: ``pt_BR``."""
    return _spoken.get()


def _(message: str, /, **parts: object) -> str:
    """A message in what is spoken, with its parts put in."""
    found = _translations(_primary()).gettext(message)
    return found.format_map(parts) if parts else found


def later(message: str) -> str:
    """Marks a message that is looked up where it is shown, not where it stands."""
    return message


def n_(one: str, many: str, number: int, /, **parts: object) -> str:
    """The form of a message for a number, which is put in as ``{n}``, written as the language writes numbers."""
    found = _translations(_primary()).ngettext(one, many, number)
    return found.format_map({"n": decimal(number), **parts})


def decimal(number: float) -> str:
    """``1,234`` as the language writes it."""
    return format_decimal(number, locale=spoken(), group_separator=True)


def percent(share: float) -> str:
    """``34%`` as the language writes it."""
    return format_percent(share, locale=spoken())


def day(moment: date) -> str:
    """``26 Nov 2026`` as the language writes it."""
    return format_date(moment, format="medium", locale=spoken())


def _primary() -> str:
    return spoken().partition("_")[0]


@cache
def _translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; one that translates nothing where there is none."""
    if language not in CATALOGUES:
        return gettext.NullTranslations()
    source = resources.files("bot.locale").joinpath(f"{language}.po")
    if not source.is_file():
        return gettext.NullTranslations()
    catalogue = read_po(io.BytesIO(source.read_bytes()), locale=Locale(language))
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
