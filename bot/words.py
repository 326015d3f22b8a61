"""What the bot says, in the language of who reads it: gettext catalogues in bot/locale, by way of Babel.

`_("Nothing in the memory")` is looked up in the catalogue of the language that `speak` set for the task at hand, and
stays English where there is none. What is put into a sentence goes by name, ``_("page {number} of {pages}", number=1,
pages=3)``, so that a language may order it as it likes. The names of commands and what they are described by stand in
the same files, in contexts of their own (`Kind`). `python -m bot.locale` brings the catalogues up to date.
Never: a sentence put together of pieces.
"""

from __future__ import annotations

import gettext
import hashlib
import io
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources

from babel import Locale
from babel.dates import format_date, get_day_names
from babel.lists import format_list
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
WITHOUT_COMMANDS = ("ar",)
"""Those that Discord itself does not speak: nobody would see a command's words in them."""
ENGLISH, DEFAULT = "en", "en-US"
"""CLDR's name and Discord's of what is spoken where nothing else is."""


class Kind(StrEnum):
    """What a word of a command is: its context in the catalogues."""

    COMMAND = "command"
    OPTION = "option"
    CHOICE = "choice"
    DESCRIPTION = "description"


IN_THE_TERMINAL: Mapping[str, str] = {
    "news": "dateline news",
    "search": "dateline news --search",
    "sources": "dateline sources list",
}
"""What answers there as some commands of Discord do."""

_spoken: ContextVar[str] = ContextVar("spoken", default=DEFAULT)
_commands: ContextVar[str] = ContextVar("commands", default=DEFAULT)
_terminal: ContextVar[bool] = ContextVar("terminal", default=False)


def speak_in_terminal() -> None:
    """From here on, in this task and those that it starts, commands and options are named as a terminal takes them."""
    _terminal.set(True)


def speak(locale: str, *, commands: str | None = None) -> None:
    """From here on, in this task and those that it starts, the language of a locale of Discord is spoken.

    `commands` is the locale in which the reader's Discord shows the names of commands, where that is another.
    """
    _spoken.set(locale)
    _commands.set(commands or locale)


def is_spoken(locale: str) -> bool:
    """Whether the bot speaks the language of a locale of Discord, English included."""
    return locale in LANGUAGES


def locale() -> str:
    """Discord's name of what is spoken, or is asked to be: ``pt-BR``."""
    return _spoken.get()


def spoken() -> str:
    """CLDR's name of what is spoken: ``pt_BR``."""
    return LANGUAGES.get(_spoken.get(), ENGLISH)


def _(message: str, /, **parts: object) -> str:
    """A message in what is spoken, with its parts put in."""
    # Under the empty message stands a catalogue's head.
    found = _translations(_primary(_spoken.get())).gettext(message) if message else ""
    return found.format_map(parts) if parts else found


def later(message: str) -> str:
    """Marks a message that is looked up where it is shown, not where it stands."""
    return message


def word(kind: Kind, text: str, locale: str) -> str | None:
    """A word of a command in a locale of Discord; None where it stays as it is."""
    found = _translations(_primary(locale)).pgettext(kind, text)
    return found if found != text else None


def slash(command: str, /, **options: object) -> str:
    """How a command is given in the reader's Discord: ``/topic remove``; with options, ``/news topic:trade``.

    In a terminal it is that command's name there. Plain text, as all of these: whoever shows it in a card puts it
    between backticks (`bot.cards.code`).
    """
    if _terminal.get() and command in IN_THE_TERMINAL:
        return IN_THE_TERMINAL[command]
    names = [word(Kind.COMMAND, name, _commands.get()) or name for name in command.split()]
    told = [option(name, value) for name, value in options.items()]
    return f"/{' '.join((*names, *told))}"


def option(name: str, value: object = None) -> str:
    """What an option of a command is called in the reader's Discord: ``style``; with a value, ``anyway:True``."""
    if _terminal.get():
        return f"--{name}" if value is None else f"--{name} {value}"
    called = word(Kind.OPTION, name, _commands.get()) or name
    return called if value is None else f"{called}:{value}"


def n_(one: str, many: str, number: int, /, **parts: object) -> str:
    """The form of a message for a number, which is put in as ``{n}``, written as the language writes numbers."""
    found = _translations(_primary(_spoken.get())).ngettext(one, many, number)
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


def mean(near: Sequence[str]) -> str:
    """The question whether one of some names was meant."""
    return _("Did you mean {names}?", names=format_list(list(near), style="or", locale=spoken()))


def weekday(number: int) -> str:
    """What a day of the week is called, from Monday, 0."""
    return str(get_day_names(locale=spoken())[number])


def prepare() -> None:
    """Read every catalogue: 20 ms each, which would else hold up who is the first to speak a language."""
    for language in CATALOGUES:
        _translations(language)


def catalogues_digest() -> str:
    """What the catalogues hold, as a short digest."""
    files = [resources.files("bot.locale").joinpath(f"{language}.po") for language in CATALOGUES]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:32]


def _primary(locale: str) -> str:
    return LANGUAGES.get(locale, ENGLISH).partition("_")[0]


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
