"""The topics of world news: read from ``data/topics_*.toml``, checked by tests, looked up by any spelling.

It holds data and knows no text: `topics` matches, `hashtags` resolves. It must never hold two topics for one name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from bot.model import Category
from bot.news.text import index_terms, slug


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


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All topics by slug, and the names by which each is found."""

    topics: Mapping[str, Topic]
    names: Mapping[str, str]
    """Slugs, aliases and labels, folded as `keys` folds them, to the topic's slug."""

    def find(self, name: str) -> Topic | None:
        """The topic of that name in any spelling: slug, alias or label; plural and British or American included."""
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
            topics.update((topic.slug, topic) for topic in parse(file.read_text(encoding="utf-8")))
    return build(topics)


def parse(text: str) -> Iterator[Topic]:
    """The topics of one file. Raises ValueError or TypeError where the file is not of that shape."""
    tables = tomllib.loads(text)
    category = Category(tables.pop("category"))
    for name, table in tables.items():
        yield Topic(
            slug=name,
            label=table["label"],
            category=category,
            **{key: tuple(table[key]) for key in ("aliases", "phrases", "excluded") if key in table},
        )


def build(topics: Mapping[str, Topic]) -> Taxonomy:
    """A taxonomy of these topics: a slug comes before an alias, an alias before a label."""
    names: dict[str, str] = {}
    for of in (lambda one: (one.slug,), lambda one: one.aliases, lambda one: (one.label,)):
        for topic in topics.values():
            for name in of(topic):
                for key in keys(name):
                    names.setdefault(key, topic.slug)
    return Taxonomy(topics=topics, names=names)
