"""What a poll brought, on its way into the memory: told apart from what is there, written, indexed.

Each entry is found to be one of three: **new**; an item **known** already (storage/identity.py), which is then seen by
those who read this feed too; or an **edit** of one, whose text and tags are replaced and whose old headline is kept.
A feed edits only what it said itself: the stored text must be what this feed brought last, so that two sections of an
outlet which word an item differently do not edit each other for ever.

Never: a second alert for an item that was edited, or more than `ALERTED_AT_ONCE` for one poll.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.model import OPERATOR, Feed, NewItem, Poll, Retagged, Stored, fingerprint, retold
from storage import rows
from storage.driver import Row, Statements
from storage.identity import Candidate, is_reused, known_as, title_digest
from storage.indexing import Index, outlet_of, share
from storage.retagging import corrections, retag

UNFILED, SILENT, UNPLACED = 0, 2, 3
ALERTED_AT_ONCE = 50
"""New items of one poll that can be alerted of, the newest: more is an archive dated anew (catalogue, F44)."""
DAY_S, KEPT_DAYS = 86_400, 30
OLD = timedelta(days=7)
"""What was published longer ago is remembered silently when it comes."""
IN_STORIES = timedelta(hours=72)
"""What is remembered silently, and was published no longer ago, is placed in a story all the same."""


class Arrival:
    """The items of one poll."""

    def __init__(
        self, db: Statements, index: Index, claimed: Feed, feed: Row, poll: Poll, *, silent: bool, now: datetime
    ) -> None:
        """`feed` is the feed's row as it is now, `claimed` as it was when the poll began."""
        self._db = db
        self._index = index
        self._claimed = claimed
        self._feed = feed
        self._items = poll.items
        self._keys = frozenset(poll.keys) | {item.key for item in poll.items}
        self._silent = silent
        self._now = now
        self._scopes = _scopes(feed)
        self._digests: dict[str, int | None] = {}
        self._brought: dict[int, dict[str, int | None]] = {}
        """By item: the keys under which this feed brought it, and what it said."""

    async def store(self) -> Stored:
        """Write all of it."""
        seen = await self._seen()
        ids = await self._known(seen)
        once = _once(item for item in self._items if item.key not in ids)
        fresh = [same[0] for same in once]
        new_ids = await self._new_ids(fresh)
        for same, new_id in zip(once, new_ids, strict=True):
            ids.update((item.key, new_id) for item in same)
        await self._add(fresh, new_ids)
        old = sorted(set(ids.values()) - set(new_ids))
        edited = 0
        if old:
            await self._index.write()
            edited = await self._edit(ids, frozenset(new_ids))
        await self._db.fetch(
            "add_sightings",
            feed=self._claimed.id,
            batch=rows.listed((item.key, ids[item.key], item.fingerprint) for item in self._items),
        )
        await self._count(len(fresh), len(self._items) - len(seen))
        if old:
            await self._widen(old)
            if not self._silent:
                await self._promote(ids, [item for item in self._items if item.key not in seen], frozenset(old))
        return Stored(new=len(fresh), known=len(self._items) - len(fresh), silent=self._silent, edited=edited)

    async def _seen(self) -> dict[str, int]:
        """Which items the feed brought under these keys before."""
        keys = rows.listed(item.key for item in self._items)
        found = await self._db.fetch("sightings", feed=self._claimed.id, keys=keys)
        return {row["key"]: row["item_id"] for row in found}

    async def _known(self, seen: Mapping[str, int]) -> dict[str, int]:
        """Entries, by key, that are an item stored already."""
        by_url, by_title = await self._candidates(seen)
        known: dict[str, int] = {}
        addresses = Counter(item.entry.url for item in self._items)
        for item in self._items:
            if item.key in seen:
                stored = by_url.get(seen[item.key])
                if stored is None or not is_reused(item, stored):
                    known[item.key] = seen[item.key]
                continue
            digest = self._digest(item)
            place = item.entry.url, self._outlet(item)
            near = [each for each in by_url.values() if each.url is not None and (each.url, each.outlet) == place]
            near += [] if digest is None else by_title.get(digest, ())
            match = known_as(item, near, alone=addresses[item.entry.url] == 1)
            if match is not None:
                known[item.key] = match.id
        return known

    async def _candidates(self, seen: Mapping[str, int]) -> tuple[dict[int, Candidate], dict[int, list[Candidate]]]:
        """Stored items that the entries may be: those seen or with an address of theirs by id, others by headline."""
        links = [
            (item.entry.url, self._outlet(item)) for item in self._items if item.key not in seen and item.entry.url
        ]
        digests = {digest for item in self._items if item.key not in seen and (digest := self._digest(item))}
        unique = rows.listed(dict.fromkeys(links))
        found = await self._db.fetch("items_by_url", links=unique, home=self._feed["home"])
        titled = await self._db.fetch("items_by_title", digests=rows.listed(digests)) if digests else []
        stored = await self._db.fetch("items", ids=rows.listed(set(seen.values()))) if seen else []
        every = {row["id"]: row for row in (*found, *titled, *stored)}
        for row in await self._db.fetch("sightings_of_items", feed=self._claimed.id, items=rows.listed(every)):
            self._brought.setdefault(row["item_id"], {})[row["key"]] = row["fingerprint"]
        candidates = {number: self._candidate(row) for number, row in every.items()}
        by_title: dict[int, list[Candidate]] = {}
        for row in titled:
            digest = title_digest(self._feed["home"], row["outlet"], row["title"])
            if digest is not None:
                by_title.setdefault(digest, []).append(candidates[row["id"]])
        wanted = {row["id"] for row in (*found, *stored)}
        return {number: each for number, each in candidates.items() if number in wanted}, by_title

    def _candidate(self, row: Row) -> Candidate:
        keys = self._brought.get(row["id"], {})
        return Candidate(
            id=row["id"],
            outlet=row["outlet"],
            url=row["url"],
            title=row["title"],
            summary=row["summary"],
            published_at=rows.published_at(row["id"]),
            here=bool(keys),
            present=not self._keys.isdisjoint(keys),
        )

    def _digest(self, item: NewItem) -> int | None:
        if item.key not in self._digests:
            self._digests[item.key] = title_digest(self._feed["home"], self._outlet(item), item.entry.title)
        return self._digests[item.key]

    def _outlet(self, item: NewItem) -> str:
        return outlet_of(self._feed, item)[0]

    async def _new_ids(self, items: Sequence[NewItem]) -> list[int]:
        """Ids by publication second; the next free sequence within it."""
        seconds = [max(0, int(item.published_at.timestamp())) for item in items]
        if not seconds:
            return []
        found = await self._db.fetch("last_ids", seconds=rows.listed(sorted(set(seconds))))
        last = {row["second"]: row["last"] for row in found}
        result = []
        for second in seconds:
            previous = last[second]
            last[second] = rows.first_id(second) if previous is None else previous + 1
            result.append(last[second])
        return result

    async def _add(self, items: Sequence[NewItem], ids: Sequence[int]) -> None:
        """Write new items and what they are found by."""
        if not items:
            return
        news = [] if self._silent else [item for item in items if self._now - item.published_at <= OLD]
        news.sort(key=lambda item: item.published_at, reverse=True)
        alerted = {item.key for item in news[:ALERTED_AT_ONCE]}

        def state(item: NewItem) -> int:
            if item.key in alerted:
                return UNFILED
            return UNPLACED if self._now - item.published_at <= IN_STORIES else SILENT

        batch = rows.listed(
            _columns(self._feed, item, number, state(item)) for item, number in zip(items, ids, strict=True)
        )
        await self._db.fetch("add_items", batch=batch, now=rows.milliseconds(self._now))
        await self._title(zip(items, ids, strict=True))
        self._index.add(self._feed, self._scopes, items, ids)

    async def _title(self, items: Iterable[tuple[NewItem, int]]) -> None:
        """Let items be found by their headlines, as far as those tell anything."""
        digests = ((self._digest(item), number) for item, number in items)
        await self._db.fetch("add_item_titles", batch=rows.listed(each for each in digests if each[0] is not None))

    async def _edit(self, ids: Mapping[str, int], new: frozenset[int]) -> int:
        """Give items the text that this feed has for them now, where it was this feed's before; how many."""
        wanted = {ids[item.key]: item for item in self._items if ids[item.key] not in new}
        stored = {row["id"]: row for row in await self._db.fetch("items", ids=rows.listed(wanted))}
        edits: dict[int, NewItem] = {}
        for number, item in wanted.items():
            row = stored.get(number)
            if row is None:  # let go of since: it is known, and no more
                continue
            said = fingerprint(row["title"], row["summary"])
            if item.fingerprint != said and said in self._brought.get(number, {}).values():
                edits[number] = item
        if not edits:
            return 0
        told = await corrections(self._db, list(edits), OPERATOR)
        batch = [
            Retagged(
                item=rows.item(stored[number]),
                tagged=retold(item.tagged, item.tagged.topics, told.get(number, ())),
                terms=item.terms,
            )
            for number, item in edits.items()
        ]
        await retag(self._db, batch)
        await self._db.fetch("edit_items", batch=rows.listed(_edited(number, item) for number, item in edits.items()))
        await self._db.fetch(
            "correct_cards",
            items=rows.listed(edits),
            edit_at=rows.milliseconds(self._now),
            since=rows.milliseconds(self._now - OLD),
        )
        renamed = [
            (number, stored[number]["title"])
            for number, item in edits.items()
            if item.entry.title != stored[number]["title"]
        ]
        if renamed:
            await self._db.fetch("add_revisions", batch=rows.listed(renamed), now=rows.milliseconds(self._now))
            await self._title((edits[number], number) for number, _ in renamed)
        return len(edits)

    async def _count(self, new: int, entries: int) -> None:
        """Keep how much the feed brings, in all and on this day; its first poll is no day's work."""
        await self._db.fetch("count_items", feed=self._claimed.id, items=entries)
        if new and not self._silent:
            day = int(self._now.timestamp()) // DAY_S
            await self._db.fetch("add_feed_day", feed=self._claimed.id, day=day, items=new)
            await self._db.fetch("forget_feed_days", feed=self._claimed.id, before=day - KEPT_DAYS)

    async def _widen(self, items: Sequence[int]) -> None:
        """Items known already, now seen in a feed that others read: they take that feed's scopes as well."""
        for scope in self._scopes:
            outside = await self._db.fetch("items_outside", items=rows.listed(items), scope=scope)
            await share(self._db, outside, [scope])

    async def _promote(self, ids: Mapping[str, int], items: Sequence[NewItem], old: frozenset[int]) -> None:
        """Let the desk decide on what another feed's silent first poll filed, where this feed brings it as news.

        News is what was published since this feed is watched: an old story that an outlet moves to another section
        stays silent.
        """
        since = self._claimed.first_success_at
        assert since is not None  # noqa: S101 - else the poll is silent
        news = {ids[item.key] for item in items if item.published_at >= since and ids[item.key] not in self._brought}
        await self._db.fetch("promote_items", items=rows.listed(sorted(news & old)))


def _once(items: Iterable[NewItem]) -> list[list[NewItem]]:
    """New items, those of the same address and headline together: a document may repeat itself."""
    once: dict[object, list[NewItem]] = {}
    for item in items:
        place = (item.entry.url, item.entry.title) if item.entry.url is not None else item.key
        once.setdefault(place, []).append(item)
    return list(once.values())


def _scopes(feed: Row) -> list[int]:
    """Who may see what a feed brings: everybody where the operator names it, else each server that does."""
    owners: list[int] = json.loads(feed["owners"]) or [feed["home"]]
    return [OPERATOR] if OPERATOR in owners else owners


def _edited(number: int, item: NewItem) -> dict[str, object]:
    """An item's new text as `edit_items` reads it."""
    entry = item.entry
    return {
        "id": number,
        "title": entry.title,
        "summary": entry.summary,
        "url": entry.url,
        "image": entry.image,
        "categories": rows.listed(entry.categories),
    }


def _columns(feed: Row, item: NewItem, item_id: int, state: int) -> dict[str, object]:
    """A new item as `add_items` reads it."""
    entry, tagged = item.entry, item.tagged
    outlet, country = outlet_of(feed, item)
    return {
        "id": item_id,
        "home": feed["home"],
        "outlet": outlet,
        "country": country,
        "title": entry.title,
        "url": entry.url,
        "summary": entry.summary,
        "image": entry.image,
        "language": entry.language,
        "category": tagged.category,
        "taggings": rows.dumped_taggings((*tagged.topics, *tagged.countries)),
        "lexicon": tagged.lexicon,
        "categories": rows.listed(entry.categories),
        "section": item.section,
        "only_country": item.only_country,
        "state": state,
    }
