"""The SQL in storage/sql: named queries (aiosql), and migrations as numbered files.

A query that both dialects understand stands in `both`, once; where they must differ each has its own of the same name.
What several queries have in common is a piece: ``-- piece: seen``, and ``{seen}`` where it goes, in other pieces too.

Never: a connection, or a statement that is not in those files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

import aiosql

from bot.errors import ConfigError, SchemaMismatch, StorageError

COPYING = "copying"
"""The note in `meta` of how far a copy has come; it goes with the copy's last step (storage/copying.py)."""
MIGRATION_NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_PIECE = re.compile(r"^-- piece: (\w+)\n(?:--[^\n]*\n)*(.*?)\s*(?=^-- (?:piece|name): |\Z)", re.MULTILINE | re.DOTALL)
_USED = re.compile(r"\{(\w+)\}")
_SERVES = re.compile(r"^-- serves: (\d+)$", re.MULTILINE)
_CONTRACTS = re.compile(r"^-- contracts$", re.MULTILINE)


class Migration:
    """One numbered SQL file.

    A line ``-- serves: N`` in it says that programs which know schema N or later go on working over what it makes:
    what only adds serves those before it. Without such a line only programs that know the file itself do. A line
    ``-- contracts`` says that the programs which know it do not need it: it takes away what no program uses any more.
    """

    def __init__(self, version: int, name: str, sql: str) -> None:
        self.version = version
        self.name = name
        self.sql = sql
        serves = _SERVES.search(sql)
        self.serves = int(serves[1]) if serves is not None else version
        self.contracts = _CONTRACTS.search(sql) is not None
        self.checksum = hashlib.sha256(sql.encode()).hexdigest()


def migrations(dialect: str) -> tuple[Migration, ...]:
    """The migrations this program holds for a dialect, in order, numbered from 1 without gaps."""
    folder = files("storage.sql") / dialect / "migrations"
    found = [
        Migration(int(matched[1]), matched[2], entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if (matched := MIGRATION_NAME.match(entry.name))
    ]
    found.sort(key=lambda migration: migration.version)
    assert [migration.version for migration in found] == list(range(1, len(found) + 1))  # noqa: S101 - our own files
    return tuple(found)


def oldest_served(known: Sequence[Migration]) -> int:
    """The oldest schema that a program with these migrations serves: what comes after it only takes away."""
    return max((one.version for one in known if not one.contracts), default=0)


@cache
def queries(dialect: str) -> Mapping[str, str]:
    """Every named query of a dialect, by its name, with ``:name`` where a parameter goes; read once."""
    texts: dict[str, str] = {}
    written = list(query_files("both", dialect))
    pieces = dict(piece for text in written for piece in _PIECE.findall(text))
    for text in written:
        whole = _PIECE.sub("", text)
        while _USED.search(whole):
            whole = _USED.sub(lambda used: pieces[used[1]], whole)
        # This driver leaves placeholders as they stand; storage/postgres.py numbers them itself.
        loaded = aiosql.from_str(whole, "aiosqlite")
        for name in loaded.available_queries:
            if not name.endswith("_cursor"):
                if name in texts:
                    raise StorageError(f"two queries are named {name}")
                texts[name] = getattr(loaded, name).sql
    return texts


def query_files(*folders: str) -> Iterator[str]:
    """The text of each file of queries in some folders: ``both``, or a dialect's."""
    for folder in folders:
        for entry in (files("storage.sql") / folder).iterdir():
            if entry.name.endswith(".sql"):
                yield entry.read_text(encoding="utf-8")


def newer_schema(found: int, known: int, serves: int | None = None) -> SchemaMismatch:
    """The error for a database that a later program wrote, and which serves programs from another version on."""
    which = f" (for programs that know version {serves} or later)" if serves is not None else ""
    return SchemaMismatch(
        f"the database's schema is version {found}{which}, this program serves up to {known}: "
        "upgrade Dateline, or restore the backup that was made before the upgrade"
    )


def half_copied(name: str) -> ConfigError:
    """The error for a database that holds a part of another."""
    return ConfigError(
        f"{name} is a copy that is not whole yet: run the same `dateline copy` again, it goes on where it was"
    )
