"""Brings the catalogues up to date with what the code says: ``python -m bot.locale``. Run it by hand.

Messages that are new stand in each file untranslated, those that the code says no more are taken out.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.config import Settings
from bot.front import make_client
from bot.house import open_house
from bot.words import CATALOGUES, LANGUAGES, WITHOUT_COMMANDS, Kind

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KEYWORDS = {"_": None, "later": None, "n_": (1, 2)}
INNER = (1, 2)
"""Types of options that are commands within a command (Discord's documentation, "Application Command Option Type")."""
ROOMS = ("bot", "cogs")
EMPTY = re.compile(
    rb'^(?:# FIRST AUTHOR.*|"(?:Report-Msgid|POT-Creation|PO-Revision|Last-Translator|Language-Team).*)\n', re.MULTILINE
)
"""Lines of a file's head that Babel writes and nobody fills, or that would change with each run."""


def said() -> Catalog:
    """Every message of the code, and the words of its commands."""
    found = Catalog()
    for room in ROOMS:
        for name, _line, message, _comments, context in extract_from_dir(str(ROOT / room), keywords=KEYWORDS):
            found.add(message, locations=[(f"{room}/{name}", 0)], context=context)
    for kind, word in asyncio.run(commands()):
        found.add(word, context=kind)
    return found


async def commands() -> Sequence[tuple[Kind, str]]:
    """The words of all commands, as Discord is told of them."""
    with TemporaryDirectory() as folder:
        settings = Settings(database=f"{folder}/memory.sqlite")
        async with open_house(settings, holder="locale") as house, make_client(house) as client:
            await client.add_commands()
            payload = [command.to_dict(client.tree) for command in client.tree.get_commands()]
    found = [pair for command in payload for pair in _words(command, Kind.COMMAND)]
    return list(dict.fromkeys(found))


def _words(part: Mapping[str, Any], kind: Kind) -> Iterator[tuple[Kind, str]]:
    """The words of a command, a group or an option, and of what it holds."""
    yield kind, part["name"]
    if part.get("description"):
        yield Kind.DESCRIPTION, part["description"]
    for choice in part.get("choices", ()):
        if choice["value"] not in LANGUAGES:  # each calls itself
            yield Kind.CHOICE, choice["name"]
    for option in part.get("options", ()):
        yield from _words(option, Kind.COMMAND if option["type"] in INNER else Kind.OPTION)


def catalogue(language: str) -> Catalog:
    """What a file holds; nothing where there is none yet."""
    path = HERE / f"{language}.po"
    if not path.exists():
        return Catalog(locale=Locale(language))
    return read_po(io.BytesIO(path.read_bytes()), locale=Locale(language))


def main() -> None:
    """Write the files anew."""
    template = said()
    for language in CATALOGUES:
        found = catalogue(language)
        found.update(template, no_fuzzy_matching=True)
        if language in WITHOUT_COMMANDS:
            for message in [message for message in found if message.context]:
                found.delete(message.id, message.context)
        found.obsolete.clear()
        found.fuzzy = False
        target = io.BytesIO()
        write_po(target, found, omit_header=False, no_location=True, sort_output=True, width=120, ignore_obsolete=True)
        (HERE / f"{language}.po").write_bytes(EMPTY.sub(b"", target.getvalue()))
        missing = sum(
            not all(one.string if isinstance(one.string, tuple) else (one.string,)) for one in found if one.id
        )
        sys.stdout.write(f"{language}: {len(found)} messages, {missing} not translated\n")


if __name__ == "__main__":
    main()
