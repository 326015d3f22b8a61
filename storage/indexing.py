"""What items are found by: the rows of tags, text and names that a new item is given, and their counts.

Never: an item's own row, or a change of tags that it has already (storage/retagging.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from operator import itemgetter

from bot.model import OPERATOR, NewItem, Role, Tagging, TagKind, primary_language
from storage import rows
from storage.driver import Row, Statements

Pair = tuple[str, str]
"""Kind and slug."""


class Index:
    """What new items are found by, gathered over the polls of one transaction: hot rows are then written once."""

    def __init__(self, db: Statements) -> None:
        self._db = db
        self._texts: list[tuple[int, str, list[Pair], Sequence[int]]] = []
        self._names: list[tuple[int, str, str]] = []
        self._tags: defaultdict[tuple[int, ...], list[tuple[str, str, int]]] = defaultdict(list)

    def add(self, feed: Row, scopes: Sequence[int], items: Sequence[NewItem], ids: Sequence[int]) -> None:
        """Gather the index rows of new items."""
        tags = self._tags[tuple(scopes)]
        for item, item_id in zip(items, ids, strict=True):
            tagged = item.tagged
            if item.names is not None and OPERATOR in scopes:  # what one server watches makes no hashtag for all
                self._names.append((item_id, "", ""))
                self._names.extend((item_id, name.slug, name.words) for name in item.names)
            taggings = (*tagged.topics, *tagged.countries)
            spoken = item.entry.language
            found_by = filters(item_id, *outlet_of(feed, item), spoken, tagged.category, taggings)
            tags.extend(found_by)
            self._texts.append((item_id, item.terms, [(kind, slug) for kind, slug, _ in found_by], scopes))

    async def write(self) -> None:
        """Write what was gathered."""
        every = {(kind, slug) for tags in self._tags.values() for kind, slug, _ in tags}
        ids = await ids_of(self._db, every)
        for scopes, tags in self._tags.items():
            await tag(self._db, tags, scopes, ids)
        if self._texts:
            self._texts.sort(key=itemgetter(0))  # FTS5 writes out what it holds wherever a row comes before the last
            batch = [(item, terms, [ids[one] for one in found], scopes) for item, terms, found, scopes in self._texts]
            await self._db.fetch("add_item_texts", batch=rows.listed(batch))
        if self._names:
            await self._db.fetch("add_names", batch=rows.listed(self._names))
        self._texts.clear()
        self._names.clear()
        self._tags.clear()


def outlet_of(feed: Row, item: NewItem) -> tuple[str, str | None]:
    """Name and country of who published an item: where its page names another than the feed's, no country is known."""
    named = item.entry.outlet
    if named is None or named.casefold() == feed["outlet"].casefold():
        return feed["outlet"], feed["outlet_country"]
    return named, None


def filters(
    item: int, outlet: str, country: str | None, language: str | None, category: str, taggings: Iterable[Tagging]
) -> list[tuple[str, str, int]]:
    """All that an item is found by, as (kind, slug, item): tags, outlet, category, and that it is there at all.

    `country` is the outlet's, kind ``from``; of `language` the primary subtag is kept.
    """
    spoken = primary_language(language)
    return [
        ("all", "", item),
        ("outlet", outlet, item),
        *([("from", country, item)] if country else []),
        *([("language", spoken, item)] if spoken else []),
        ("category", category, item),
        *dict.fromkeys((kind, slug, item) for kind, slug in tag_pairs(taggings)),
    ]


def tag_pairs(taggings: Iterable[Tagging]) -> Iterator[tuple[str, str]]:
    """Kind and slug of tags: a country is kept once for being there, and once more where the item is about it.

    One that is only assumed is found like a mention, never like a subject.
    """
    for tagging in taggings:
        yield str(tagging.kind), tagging.tag
        if tagging.kind is TagKind.COUNTRY and tagging.role is Role.SUBJECT:
            yield "subject", tagging.tag


async def ids_of(db: Statements, tags: Iterable[Pair]) -> dict[Pair, int]:
    """The numbers of tags; those that are not there yet are added."""
    ids: dict[Pair, int] = {}
    missing = sorted(set(tags))
    for adds in (False, True):
        if adds and missing:
            await db.fetch("add_tags", batch=rows.listed(missing))
        if missing:
            found = await db.fetch("ids_of_tags", batch=rows.listed(missing))
            ids.update((missing[row["place"]], row["id"]) for row in found)
            missing = [one for one in missing if one not in ids]
    return ids


async def tag(
    db: Statements, tags: Sequence[tuple[str, str, int]], scopes: Sequence[int], ids: Mapping[Pair, int]
) -> None:
    """Write new rows of (kind, slug, item) in some scopes, and count them. The rows must not be there yet."""
    wide = rows.listed(scopes)
    numbered = sorted((ids[kind, slug], item) for kind, slug, item in tags)
    counts = Counter(number for number, _ in numbered)
    await db.fetch("tag_items", batch=rows.listed(numbered), scopes=wide)
    await db.fetch("count_tags", batch=rows.listed(sorted(counts.items())), scopes=wide)
    if pairs := _pairs(tags, ids):
        await db.fetch("count_pairs", batch=rows.listed(pairs), scopes=wide)


def _pairs(tags: Sequence[tuple[str, str, int]], ids: Mapping[Pair, int]) -> list[tuple[int, int, int]]:
    """How many of some items carry each topic and are about each country, together."""
    topics: defaultdict[int, list[int]] = defaultdict(list)
    countries: defaultdict[int, list[int]] = defaultdict(list)
    for kind, slug, item in tags:
        if kind in ("topic", "subject"):
            (topics if kind == "topic" else countries)[item].append(ids[kind, slug])
    found = Counter(pair for item, numbers in topics.items() for pair in product(numbers, countries[item]))
    return sorted((topic, country, items) for (topic, country), items in found.items())


async def share(db: Statements, found: Sequence[Row], scopes: Sequence[int]) -> None:
    """Make stored items readable in further scopes."""
    tags: list[tuple[str, str, int]] = []
    for row in found:
        found_by = filters(
            row["id"],
            row["outlet"],
            row["outlet_country"],
            row["language"],
            row["category"],
            rows.taggings(row["taggings"]),
        )
        tags.extend(found_by)
    if tags:
        await tag(db, tags, scopes, await ids_of(db, ((kind, slug) for kind, slug, _ in tags)))
