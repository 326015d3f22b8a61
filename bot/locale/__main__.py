"""Brings the catalogues up to date with what the code says: ``python -m bot.locale``. Run it by hand.

Messages that are new stand in each file untranslated, those that the code says no more are taken out.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.words import CATALOGUES

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KEYWORDS = {"_": None, "later": None, "n_": (1, 2)}
ROOMS = ("bot", "cogs")
EMPTY = re.compile(
    rb'^(?:# FIRST AUTHOR.*|"(?:Report-Msgid|POT-Creation|PO-Revision|Last-Translator|Language-Team).*)\n', re.MULTILINE
)
"""Lines of a file's head that Babel writes and nobody fills, or that would change with each run."""


def said() -> Catalog:
    """Every message of the code."""
    found = Catalog()
    for room in ROOMS:
        for name, _, message, _, context in extract_from_dir(str(ROOT / room), keywords=KEYWORDS):
            found.add(message, locations=[(f"{room}/{name}", 0)], context=context)
    return found


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
