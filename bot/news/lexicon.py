"""The version of the words and rules that tag: the same version says the same of the same text, on every machine.

It must change with everything that tags depend on: the data files and Babel's names (CLDR) by themselves, the rules by
`RULES`, which is raised by hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

import babel

RULES = 7
"""Raise it with any change to the code of bot/news that gives some text other tags."""


@cache
def lexicon_version() -> str:
    """Such as ``2-1f0c9a3e``."""
    digest = hashlib.blake2b(babel.__version__.encode(), digest_size=4)
    for name, content in sorted(_files(resources.files("bot.news.data"), "")):
        digest.update(name.encode() + b"\0" + content + b"\0")
    return f"{RULES}-{digest.hexdigest()}"


NAMES = "names.txt"
"""Tells names apart, and gives no text a tag: `bot.news.names`."""
STORIES = "cluster_words.txt"
"""Of stories, not of tags: `bot.news.marks`."""


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _files(entry, f"{prefix}{entry.name}/")
        elif not entry.name.endswith((".py", ".pyc")) and entry.name not in (NAMES, STORIES):
            yield prefix + entry.name, entry.read_bytes().replace(b"\r\n", b"\n")
