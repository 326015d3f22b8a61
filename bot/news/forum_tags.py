"""Which of a forum's tags fit a message: by its topics, countries and category.

A tag fits that is called as a topic's hashtag or a country is, however it is written: ``Security Cooperation``,
``#securitycooperation``, ``Japan``, ``🇯🇵``. Pure. Never: a tag that a forum does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.model import Digest, Item, Role, Surging, TagKind, Told, What
from bot.news.countries import find_country, flag
from bot.news.text import slug

MOST_TAGS = 5
"""Discord takes no more on a post."""
_ANY = ("news", "general", "other", "misc", "digest", "alerts")
"""Called like this, a tag may stand on any post of a forum that wants one on each."""


def fitting_tags(names: Sequence[str], what: What, *, required: bool = False) -> tuple[str, ...]:
    """Those of the names that fit, the best first, `MOST_TAGS` at most; else, if one is required, one for all."""
    match what:
        case Told(item=item):
            wanted = list(_wanted(item))
        case Digest():
            wanted = ["digest"]
        case Surging(subject=subject):
            wanted = [slug(subject.topic or ""), subject.country or "", "surge"]
    by_name: dict[str, str] = {}
    for name in names:
        for key in _keys(name):
            by_name.setdefault(key, name)
    found = dict.fromkeys(by_name[key] for key in wanted if key in by_name)
    if not found and required:
        found = dict.fromkeys(by_name[key] for key in _ANY if key in by_name)
        return tuple(found)[:1]
    return tuple(found)[:MOST_TAGS]


def _wanted(item: Item) -> Iterator[str]:
    """What an item's tags may be called: topics, the countries that it is about, its category."""
    for tagging in item.taggings:
        if tagging.kind is TagKind.TOPIC:
            yield tagging.tag
    for tagging in item.taggings:
        if tagging.kind is TagKind.COUNTRY and tagging.role is Role.SUBJECT:
            yield tagging.tag
    yield slug(item.category.value)


def _keys(name: str) -> Iterator[str]:
    """What a forum's tag is found by: its hashtag, and the country's code where it names one."""
    yield slug(name)
    letters = name.strip()
    if len(letters) == 2 and all(0x1F1E6 <= ord(letter) <= 0x1F1FF for letter in letters):
        code = "".join(chr(ord(letter) - 0x1F1E6 + ord("A")) for letter in letters)
        if flag(code):
            yield code
    elif (len(letters) > 2 or letters.isupper()) and (found := find_country(letters)) is not None:
        yield found
