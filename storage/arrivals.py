"""What a poll brought, on its way into the memory: told apart from what is there, written, indexed.

Each entry is found to be one of three: **new**; an item **known** already (storage/identity.py), which is then seen by
those who read this feed too; or an **edit** of one, whose text and tags are replaced and whose old headline is kept.
A feed edits only what it said itself: the stored text must be what this feed brought last, so that two sections of an
outlet which word an item differently do not edit each other for ever.

What was edited within a day of its date is decided on again, by its new tags and words.
Never: a second alert in a channel for an item that was edited, or more than `ALERTED_AT_ONCE` for one poll.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from bot.model import OPERATOR, Feed, FeedId, NewItem, Poll, Retagged, Stored, fingerprint, retold
from storage import rows
from storage.driver import Row, Statements
from storage.identity import Candidate, is_reused, known_as, title_digest
from storage.indexing import Index, outlet_of, share
from storage.retagging import corrections, retag

UNFILED, SILENT, UNPLACED = 0, 2, 3
ADDED_AT_ONCE = 250
"""Entries in one statement, unless a poll has more: some milliseconds of JSON between two looks at the event loop."""
ALERTED_AT_ONCE = 50
"""New items of one poll that can be alerted of, the newest: more is an archive dated anew (catalogue, F44)."""
DAY_S = 86_400
OLD = timedelta(days=7)
"""What was published longer ago is remembered silently when it comes."""
YOUNG = timedelta(days=1)
"""An edit of what was published no longer ago is decided on again: breaking news is completed so."""
IN_STORIES = timedelta(hours=72)
"""What is remembered silently, and was published no longer ago, is placed in a story all the same."""


class Arrival:
    """The items of one poll, and what is found to be known of them."""

    def __init__(self, claimed: Feed, feed: Row, poll: Poll, *, silent: bool, now: datetime) -> None:
        """`feed` is the feed's row as it is now, `claimed` as it was when the poll began."""
        self.claimed = claimed
        self.feed = feed
        self.items = poll.items
        self.silent = silent
        self.now = now
        self.scopes = _scopes(feed)
        self.home: int = feed["home"]
        self.links = {item.key: (item.entry.url, outlet_of(feed, item)[0]) for item in poll.items}
        """Of each entry, address and outlet."""
        self.digests = {item.key: self._digest(item) for item in poll.items}
        self.places = {(self.home, outlet) for _, outlet in self.links.values()}
        """An entry is known by these alone: what else than its own feed brought."""
        self.seen: dict[str, int] = {}
        """Which items the feed brought under these keys before."""
        self.brought: dict[int, dict[str, int | None]] = {}
        """By item: the keys under which this feed brought it, and what it said."""
        self.ids: dict[str, int] = {}
        """The item of each entry: of those that are known, then of all."""
        self.fresh: list[list[NewItem]] = []
        """What is new, by item."""
        self.old: list[int] = []
        self.edited = 0
        self._keys = frozenset(poll.keys) | self.links.keys()

    def _digest(self, item: NewItem) -> int | None:
        return title_digest(self.home, self.links[item.key][1], item.entry.title)

    @property
    def unseen(self) -> list[NewItem]:
        """The entries under keys that the feed did not bring before."""
        return [item for item in self.items if item.key not in self.seen]

    def know(self, near: Mapping[int, Row], titled: Mapping[int, Sequence[Row]]) -> None:
        """Tell apart what is known and what is new.

        `near` holds the stored items that were seen here or have an address and outlet of these entries, by id;
        `titled` those that have a headline of theirs, by its digest.
        """
        candidates = {number: self._candidate(row) for number, row in near.items()}
        by_link: dict[tuple[str | None, str], list[Candidate]] = {}
        for each in candidates.values():
            by_link.setdefault((each.url, each.outlet), []).append(each)
        addresses = Counter(url for url, _ in self.links.values())
        for item in self.items:
            if item.key in self.seen:
                stored = candidates.get(self.seen[item.key])
                if stored is None or not is_reused(item, stored):
                    self.ids[item.key] = self.seen[item.key]
                continue
            url, digest = self.links[item.key][0], self.digests[item.key]
            alike = list(by_link.get(self.links[item.key], ())) if url is not None else []
            alike += [self._candidate(row) for row in titled.get(digest, ())] if digest is not None else []
            match = known_as(item, alike, alone=addresses[url] == 1)
            if match is not None:
                self.ids[item.key] = match.id
        self.fresh = _once(item for item in self.items if item.key not in self.ids)
        self.old = sorted(set(self.ids.values()))

    def _candidate(self, row: Row) -> Candidate:
        keys = self.brought.get(row["id"], {})
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

    def columns(self) -> Iterator[dict[str, object]]:
        """The new items as `add_items` reads them."""
        fresh = [same[0] for same in self.fresh]
        news = [] if self.silent else [item for item in fresh if self.now - item.published_at <= OLD]
        news.sort(key=lambda item: item.published_at, reverse=True)
        alerted = {item.key for item in news[:ALERTED_AT_ONCE]}
        seen_at = rows.milliseconds(self.now)
        for item in fresh:
            recent = UNPLACED if self.now - item.published_at <= IN_STORIES else SILENT
            state = UNFILED if item.key in alerted else recent
            yield {**_columns(self.feed, item, self.ids[item.key], state), "seen_at": seen_at}

    @property
    def promoted(self) -> list[int]:
        """What another feed's silent first poll filed, and this feed brings as news: the desk is to decide on it.

        News is what was published since this feed is watched: an old story that an outlet moves to another section
        stays silent.
        """
        since = self.claimed.first_success_at
        if self.silent or since is None:
            return []
        news = {self.ids[item.key] for item in self.unseen if item.published_at >= since}
        return sorted(number for number in news.intersection(self.old) if number not in self.brought)

    @property
    def stored(self) -> Stored:
        """What became of the poll."""
        new = len(self.fresh)
        return Stored(new=new, known=len(self.items) - new, silent=self.silent, edited=self.edited)


async def store(db: Statements, index: Index, arrivals: Iterable[Arrival]) -> None:
    """Write the items of some polls, no feed's twice among them; each `Arrival` then tells what became of its own."""
    for together in _rounds(arrivals):
        await _recognise(db, together)
        await _add(db, index, together)
        if any(each.old for each in together):
            await index.write()
        for each in together:
            if each.old:
                each.edited = await _edit(db, each)
        batch = [
            (each.claimed.id, item.key, each.ids[item.key], item.fingerprint)
            for each in together
            for item in each.items
        ]
        await db.fetch("add_sightings", batch=rows.listed(batch))
        await _count(db, together)
        for each in together:
            if each.old:
                await _widen(db, each)
        promoted = [number for each in together for number in each.promoted]
        if promoted:
            await db.fetch("promote_items", items=rows.listed(promoted))


def _rounds(arrivals: Iterable[Arrival]) -> Iterator[list[Arrival]]:
    """The polls by those that can be written together: none may bring what another does, and not too much at once."""
    together: list[Arrival] = []
    places: set[tuple[int, str]] = set()
    items = 0
    for each in arrivals:
        if together and (items + len(each.items) > ADDED_AT_ONCE or not places.isdisjoint(each.places)):
            yield together
            together, places, items = [], set(), 0
        together.append(each)
        places |= each.places
        items += len(each.items)
    if together:
        yield together


async def _recognise(db: Statements, together: Sequence[Arrival]) -> None:
    """Find out which entries are items that are stored."""
    feeds = {each.claimed.id: each for each in together}
    keys = [(each.claimed.id, item.key) for each in together for item in each.items]
    for row in await db.fetch("sightings", batch=rows.listed(keys)):
        feeds[row["feed_id"]].seen[row["key"]] = row["item_id"]
    links = {
        (url, outlet, each.home): None
        for each in together
        for url, outlet in (each.links[item.key] for item in each.unseen)
        if url is not None
    }
    found = await db.fetch("items_by_url", links=rows.listed(links)) if links else []
    digests = {digest for each in together for item in each.unseen if (digest := each.digests[item.key]) is not None}
    titled = await db.fetch("items_by_title", digests=rows.listed(digests)) if digests else []
    seen = {number for each in together for number in each.seen.values()}
    stored = {row["id"]: row for row in await db.fetch("items", ids=rows.listed(seen))} if seen else {}

    by_digest: dict[int, list[Row]] = {}
    for row in titled:
        digest = title_digest(row["home"], row["outlet"], row["title"])
        if digest is not None:
            by_digest.setdefault(digest, []).append(row)
    near: dict[FeedId, dict[int, Row]] = {}
    pairs: list[tuple[int, int]] = []
    for feed, each in feeds.items():
        near[feed] = {row["id"]: row for row in found if (row["home"], row["outlet"]) in each.places}
        near[feed].update((number, stored[number]) for number in each.seen.values() if number in stored)
        headlines = (digest for digest in each.digests.values() if digest is not None)
        alike = {row["id"] for digest in headlines for row in by_digest.get(digest, ())}
        pairs.extend((feed, number) for number in alike | near[feed].keys())
    if pairs:
        for row in await db.fetch("sightings_of_items", batch=rows.listed(pairs)):
            brought = feeds[row["feed_id"]].brought
            brought.setdefault(row["item_id"], {})[row["key"]] = row["fingerprint"]
    for feed, each in feeds.items():
        each.know(near[feed], by_digest)


async def _add(db: Statements, index: Index, together: Sequence[Arrival]) -> None:
    """Write new items and what they are found by."""
    fresh = [(each, same) for each in together for same in each.fresh]
    if not fresh:
        return
    numbers = await _new_ids(db, [same[0] for _, same in fresh])
    for (each, same), number in zip(fresh, numbers, strict=True):
        each.ids.update((item.key, number) for item in same)
    await db.fetch("add_items", batch=rows.listed(row for each in together for row in each.columns()))
    titles = ((each.digests[same[0].key], each.ids[same[0].key]) for each, same in fresh)
    await _title(db, titles)
    for each in together:
        items = [same[0] for same in each.fresh]
        if items:
            index.add(each.feed, each.scopes, items, [each.ids[item.key] for item in items])


async def _title(db: Statements, titles: Iterable[tuple[int | None, int]]) -> None:
    """Let items be found by the digests of their headlines, where those tell anything."""
    batch = [each for each in titles if each[0] is not None]
    if batch:
        await db.fetch("add_item_titles", batch=rows.listed(batch))


async def _new_ids(db: Statements, items: Sequence[NewItem]) -> list[int]:
    """Ids by publication second; the next free sequence within it."""
    seconds = [max(0, int(item.published_at.timestamp())) for item in items]
    found = await db.fetch("last_ids", seconds=rows.listed(sorted(set(seconds))))
    last = {row["second"]: row["last"] for row in found}
    result = []
    for second in seconds:
        previous = last[second]
        last[second] = rows.first_id(second) if previous is None else previous + 1
        result.append(last[second])
    return result


async def _edit(db: Statements, arrival: Arrival) -> int:
    """Give items the text that this feed has for them now, where it was this feed's before; how many."""
    old = frozenset(arrival.old)
    wanted = {number: item for item in arrival.items if (number := arrival.ids[item.key]) in old}
    stored = {row["id"]: row for row in await db.fetch("items", ids=rows.listed(wanted))}
    edits: dict[int, NewItem] = {}
    for number, item in wanted.items():
        row = stored.get(number)
        if row is None:  # let go of since: it is known, and no more
            continue
        said = fingerprint(row["title"], row["summary"])
        if item.fingerprint != said and said in arrival.brought.get(number, {}).values():
            edits[number] = item
    if not edits:
        return 0
    told = await corrections(db, list(edits), OPERATOR)
    batch = [
        Retagged(
            item=rows.item(stored[number]),
            tagged=retold(item.tagged, item.tagged.topics, told.get(number, ())),
            terms=item.terms,
        )
        for number, item in edits.items()
    ]
    await retag(db, batch)
    now = rows.milliseconds(arrival.now)
    await db.fetch("edit_items", batch=rows.listed(_edited(number, item) for number, item in edits.items()))
    since = rows.milliseconds(arrival.now - OLD)
    await db.fetch("correct_cards", items=rows.listed(edits), edit_at=now, since=since)
    young = [number for number in edits if arrival.now - rows.published_at(number) <= YOUNG]
    if young:
        await db.fetch("refile_items", items=rows.listed(young))
    renamed = [
        (number, stored[number]["title"])
        for number, item in edits.items()
        if item.entry.title != stored[number]["title"]
    ]
    if renamed:
        await db.fetch("add_revisions", batch=rows.listed(renamed), now=now)
        await _title(db, ((arrival.digests[edits[number].key], number) for number, _ in renamed))
    return len(edits)


async def _count(db: Statements, together: Sequence[Arrival]) -> None:
    """Keep how much each feed brings, in all and on this day; its first poll is no day's work."""
    brought = [(each.claimed.id, len(each.items) - len(each.seen)) for each in together]
    await db.fetch("count_items", batch=rows.listed(brought))
    days = [
        (each.claimed.id, int(each.now.timestamp()) // DAY_S, len(each.fresh))
        for each in together
        if each.fresh and not each.silent
    ]
    if days:
        await db.fetch("add_feed_days", batch=rows.listed(days))


async def _widen(db: Statements, arrival: Arrival) -> None:
    """Items known already, now seen in a feed that others read: they take that feed's scopes as well."""
    for scope in arrival.scopes:
        outside = await db.fetch("items_outside", items=rows.listed(arrival.old), scope=scope)
        await share(db, outside, [scope])


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
