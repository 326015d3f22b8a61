"""The topics of world news: read from ``data/topics_*.toml``, checked by tests, looked up by any spelling.

It holds data and knows no text: `topics` matches, `hashtags` resolves. It must never hold two topics for one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import tomli

from bot.model import Category
from bot.news.countries import find_country
from bot.news.local_topics import labels
from bot.news.text import index_terms, slug

_LISTS = ("aliases", "phrases", "excluded")
_TEXTS = ("parent", "iptc")
_KEYS = frozenset(("label", *_LISTS, *_TEXTS))
_IPTC = re.compile(r"medtop:2\d{7}")
_LONGEST = 200
"""Characters of a name that are read as a list."""
_BRACKETS = re.compile(r"\([^()]*\)")
_LIST = re.compile(r",|\band\b|&", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic, as the file has it."""

    slug: str
    """The hashtag without ``#``."""
    label: str
    category: Category
    aliases: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    """Wordings that show it, in natural spelling."""
    excluded: tuple[str, ...] = ()
    """Longer wordings that hold one of the phrases and mean something else."""
    parent: str | None = None
    """The slug of the broader topic; None for the broadest."""
    iptc: str | None = None
    """The IPTC Media Topic that it corresponds to, as ``medtop:20000639``."""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All topics by slug, and the names by which each is found."""

    topics: Mapping[str, Topic]
    names: Mapping[str, str]
    """Slugs, aliases and labels, folded as `keys` folds them, to the topic's slug."""
    terms: Mapping[str, str]
    """The index terms of every phrase and excluded wording, made once for all who look phrases up."""

    def find(self, name: str) -> Topic | None:
        """The topic of that name in any spelling: slug, alias or label; plural and British or American included.

        As editors write it too: ``Inflation (Economics)``, and ``Books and Literature`` where both mean one topic.
        """
        found = self._named(name)
        if found is None and (short := _BRACKETS.sub(" ", name[:_LONGEST])).strip():
            parts = [part for part in _LIST.split(short) if part.strip()]
            named = {topic.slug: topic for topic in map(self._named, parts) if topic is not None}
            if len(named) == 1 and all(self._named(part) for part in parts):
                (found,) = named.values()
            else:
                found = self._named(short)
        return found

    def _named(self, name: str) -> Topic | None:
        for key in keys(name):
            found = self.names.get(key)
            if found is not None:
                return self.topics[found]
        return None


def keys(name: str) -> Iterator[str]:
    """The forms under which a name is looked up: run together as written, then as index terms."""
    yield slug(name)
    yield index_terms(name).replace(" ", "")


@cache
def taxonomy() -> Taxonomy:
    """The taxonomy, read once."""
    topics: dict[str, Topic] = {}
    for file in sorted(resources.files("bot.news.data").iterdir(), key=lambda one: one.name):
        if file.name.startswith("topics_") and file.name.endswith(".toml"):
            for topic in parse(file.read_text(encoding="utf-8")):
                if topics.setdefault(topic.slug, topic) is not topic:
                    raise ValueError(f"topic {topic.slug}: there is one of that name already")
    built = build(topics)
    names = dict(built.names)
    for name, tag in labels().items():  # of other languages; no English name and no country gives way to one
        if tag in topics and name not in names and find_country(name) is None:
            names[name] = tag
    return Taxonomy(topics=topics, names=names, terms=built.terms)


def parse(text: str) -> Iterator[Topic]:
    """The topics of one file. Raises ValueError, KeyError or TypeError where the file is not of that shape."""
    tables = tomli.loads(text)
    category = Category(tables.pop("category"))
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ValueError(f"{name}: no table of a topic, and no other key than category is known here")
        unknown = sorted(table.keys() - _KEYS)
        if unknown:
            raise ValueError(f"topic {name}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(_KEYS))}")
        for key in ("label", *_TEXTS):
            if key in table and not isinstance(table[key], str):
                raise ValueError(f"topic {name}: {key} must be a text")
        if "iptc" in table and not _IPTC.fullmatch(table["iptc"]):
            raise ValueError(f"topic {name}: iptc must be like medtop:20000639, not {table['iptc']}")
        for key in _LISTS:
            if not isinstance(table.get(key, []), list):
                raise ValueError(f"topic {name}: {key} must be a list")
        yield Topic(
            slug=name,
            label=table["label"],
            category=category,
            parent=table.get("parent"),
            iptc=table.get("iptc"),
            **{key: tuple(table[key]) for key in _LISTS if key in table},
        )


def build(topics: Mapping[str, Topic]) -> Taxonomy:
    """A taxonomy of these topics: a slug comes before an alias, an alias before a label.

    Raises ValueError where a parent is no topic, or is below its own child.
    """
    for topic in topics.values():
        above = {topic.slug}
        child = topic
        while child.parent is not None:
            if child.parent not in topics:
                raise ValueError(f"topic {child.slug}: its parent {child.parent} is no topic")
            if child.parent in above:
                raise ValueError(f"topic {child.slug}: its parent {child.parent} is below it")
            above.add(child.parent)
            child = topics[child.parent]
    names: dict[str, str] = {}
    for of in (lambda one: (one.slug,), lambda one: one.aliases, lambda one: (one.label,)):
        for topic in topics.values():
            for name in of(topic):
                for key in keys(name):
                    names.setdefault(key, topic.slug)
    terms = {phrase: index_terms(phrase) for topic in topics.values() for phrase in (*topic.phrases, *topic.excluded)}
    return Taxonomy(topics=topics, names=names, terms=terms)
