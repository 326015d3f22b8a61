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
        self._found: defaultdict[tuple[int, ...], list[tuple[int, list[Pair]]]] = defaultdict(list)
        """Items and what each is found by, by their scopes."""
        self._texts: list[tuple[int, str, list[Pair], Sequence[int]]] = []
        self._names: list[tuple[int, str, str]] = []

    def add(self, feed: Row, scopes: Sequence[int], items: Sequence[NewItem], ids: Sequence[int]) -> None:
        """Gather the index rows of new items."""
        found = self._found[tuple(scopes)]
        for item, item_id in zip(items, ids, strict=True):
            tagged = item.tagged
            if item.names is not None and OPERATOR in scopes:  # what one server watches makes no hashtag for all
                self._names.append((item_id, "", ""))
                self._names.extend((item_id, name.slug, name.words) for name in item.names)
            taggings = (*tagged.topics, *tagged.countries)
            pairs = filters(*outlet_of(feed, item), item.entry.language, tagged.category, taggings)
            found.append((item_id, pairs))
            self._texts.append((item_id, item.terms, pairs, scopes))

    async def write(self) -> None:
        """Write what was gathered."""
        ids = await ids_of(self._db, {pair for _, _, pairs, _ in self._texts for pair in pairs})
        for scopes, found in self._found.items():
            await tag(self._db, found, scopes, ids)
        if self._texts:
            self._texts.sort(key=itemgetter(0))  # FTS5 writes out what it holds wherever a row comes before the last
            batch = [(item, terms, [ids[one] for one in pairs], scopes) for item, terms, pairs, scopes in self._texts]
            await self._db.fetch("add_item_texts", batch=rows.listed(batch))
        if self._names:
            await self._db.fetch("add_names", batch=rows.listed(self._names))
        self._found.clear()
        self._texts.clear()
        self._names.clear()


def outlet_of(feed: Row, item: NewItem) -> tuple[str, str | None]:
    """Name and country of who published an item: where its page names another than the feed's, no country is known."""
    named = item.entry.outlet
    if named is None or named.casefold() == feed["outlet"].casefold():
        return feed["outlet"], feed["outlet_country"]
    return named, None


def filters(
    outlet: str, country: str | None, language: str | None, category: str, taggings: Iterable[Tagging]
) -> list[Pair]:
    """All that an item is found by: tags, outlet, category, and that it is there at all; nothing twice.

    `country` is the outlet's, kind ``from``; of `language` the primary subtag is kept.
    """
    spoken = primary_language(language)
    return [
        ("all", ""),
        ("outlet", outlet),
        *([("from", country)] if country else []),
        *([("language", spoken)] if spoken else []),
        ("category", category),
        *dict.fromkeys(tag_pairs(taggings)),
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
    db: Statements, found: Iterable[tuple[int, Sequence[Pair]]], scopes: Sequence[int], ids: Mapping[Pair, int]
) -> None:
    """Write what items are found by in some scopes, and count it. The rows must not be there yet."""
    wide = rows.listed(scopes)
    numbered: list[tuple[int, int]] = []
    counts: Counter[int] = Counter()
    together: Counter[tuple[int, int]] = Counter()
    for item, pairs in found:
        numbers = [ids[pair] for pair in pairs]
        numbered.extend((number, item) for number in numbers)
        counts.update(numbers)
        countries = [ids[pair] for pair in pairs if pair[0] == "subject"]
        if countries:
            together.update(product((ids[pair] for pair in pairs if pair[0] == "topic"), countries))
    numbered.sort()
    await db.fetch("tag_items", batch=rows.listed(numbered), scopes=wide)
    await db.fetch("count_tags", batch=rows.listed(sorted(counts.items())), scopes=wide)
    if together:
        batch = sorted((topic, country, items) for (topic, country), items in together.items())
        await db.fetch("count_pairs", batch=rows.listed(batch), scopes=wide)


async def share(db: Statements, found: Sequence[Row], scopes: Sequence[int]) -> None:
    """Make stored items readable in further scopes."""
    wider = [
        (
            int(row["id"]),
            filters(
                row["outlet"],
                row["outlet_country"],
                row["language"],
                row["category"],
                rows.taggings(row["taggings"]),
            ),
        )
        for row in found
    ]
    if wider:
        await tag(db, wider, scopes, await ids_of(db, (pair for _, pairs in wider for pair in pairs)))
