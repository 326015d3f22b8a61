"""The taggers together: one text in, its topics, countries, Category and index terms out.

Pure and free of state once loaded; safe in any thread or process. It never raises on any text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from bot.model import Role, Tagged, Tagging, TagKind
from bot.news.categories import choose, weights
from bot.news.lexicon import lexicon_version
from bot.news.local_topics import local_topics, told_language
from bot.news.places import PlaceTagger, spoken_in
from bot.news.publisher import Told, read
from bot.news.taxonomy import Taxonomy, taxonomy
from bot.news.text import chunk_terms
from bot.news.topics import TopicTagger, words_of

TITLE_LIMIT = 512
TEXT_LIMIT = 4_000
"""Characters that are read: what a feed's entry holds at most (`bot.model.Entry`)."""
_TOLD_COUNTRY = 0.8
"""What the publisher's own category says of a country."""


class Tagger:
    """Tags texts. Build it with `load`."""

    def __init__(self, topics: TopicTagger, places: PlaceTagger) -> None:
        self._topics = topics
        self.places = places
        """For countries alone."""
        self.lexicon = lexicon_version()
        """Of what it tags with; stored with the tags."""

    @classmethod
    def load(cls, topics: Taxonomy | None = None) -> Tagger:
        """The tagger with the taxonomy and the gazetteer that ship with Dateline, one a process; or one of your own."""
        return _shipped() if topics is None else cls(TopicTagger(topics), PlaceTagger())

    def tables(self, text: str, language: str | None) -> tuple[str | None, str]:
        """Whose tables a text is read with. Those of a language are made at its first text, in up to 0.1 s."""
        text = text[:TITLE_LIMIT]
        return told_language(language, text), spoken_in(language, text)

    def tag(
        self,
        title: str,
        text: str,
        *,
        language: str | None = None,
        categories: Sequence[str] = (),
        section: str | None = None,
        url: str | None = None,
        published: int | None = None,
    ) -> Tagged:
        """The tags of one text: `analyse` without the index terms."""
        return self.analyse(
            title, text, language=language, categories=categories, section=section, url=url, published=published
        )[0]

    def analyse(
        self,
        title: str,
        text: str,
        *,
        language: str | None = None,
        categories: Sequence[str] = (),
        section: str | None = None,
        url: str | None = None,
        published: int | None = None,
    ) -> tuple[Tagged, str]:
        """The tags of one text and the index terms of title and text, for `NewItem`.

        `categories` are the publisher's own, `section` the outlet's name for the feed, `language` a BCP 47 tag, `url`
        the item's address, whose path may name a place, `published` the year it was published in, where that is known.
        Only the first `TITLE_LIMIT` and `TEXT_LIMIT` characters are read.
        """
        title = title[:TITLE_LIMIT]
        text = text[:TEXT_LIMIT]
        try:
            return self._analysed(title, text, language, categories, section, url, published)
        except UnicodeEncodeError:  # half of a surrogate pair, which the automaton cannot take
            title, text = (_sound(one) for one in (title, text))
            section, url = section and _sound(section), url and _sound(url)
            return self._analysed(title, text, language, categories, section, url, published)

    def _analysed(
        self,
        title: str,
        text: str,
        language: str | None,
        categories: Sequence[str],
        section: str | None,
        url: str | None,
        published: int | None,
    ) -> tuple[Tagged, str]:
        chunks, terms = chunk_terms(title)
        title_terms = " ".join(filter(None, terms))
        more_chunks, more_terms = chunk_terms(text)
        body_terms = " ".join(filter(None, more_terms))
        title_end = len(terms)
        chunks += more_chunks
        terms += more_terms
        told = read(categories) if categories else []
        matches, votes = self._topics.match(title_terms, body_terms)
        whole = f"{title}\n{text}"
        spoken = told_language(language, whole)
        local = local_topics(spoken) if spoken else None
        if local is not None:
            matches, standing = self._topics.with_local(
                local, matches, votes, whole, chunks, terms, title_terms, body_terms
            )
        else:
            standing = words_of(matches, whole, chunks, terms) if matches else []
        topics = self._topics.taggings(matches, standing, whole, told)
        countries = self.places.tag(title, text, language=language, section=section, url=url, published=published)
        if told:
            countries = _with_told(countries, told)
        words = None if local is not None else (terms[:title_end], more_terms)
        category = choose(section, told, votes, words)
        tagged = Tagged(topics=topics, countries=countries, category=category, lexicon=self.lexicon)
        if not title_terms or not body_terms:
            return tagged, title_terms or body_terms
        return tagged, f"{title_terms} {body_terms}"


@cache
def _shipped() -> Tagger:
    # their tables are made now, not on the event loop at the first item
    read(("trade", "japan"))
    weights()
    return Tagger(TopicTagger(taxonomy()), PlaceTagger())


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _with_told(countries: tuple[Tagging, ...], told: Sequence[tuple[str, Told]]) -> tuple[Tagging, ...]:
    """The countries with those that the publisher names in its categories: subjects all."""
    found = {one.tag: one for one in countries}
    for category, says in told:
        if not says.country:
            continue
        before = found.get(says.country)
        if before is None:
            found[says.country] = Tagging(
                tag=says.country, kind=TagKind.COUNTRY, role=Role.SUBJECT, score=_TOLD_COUNTRY, words=(category,)
            )
        else:
            score = round(1.0 - (1.0 - before.score) * (1.0 - _TOLD_COUNTRY), 3)
            words = (*before.words, category)[-5:]
            found[says.country] = before._replace(role=Role.SUBJECT, score=score, words=words)
    return tuple(sorted(found.values(), key=lambda one: (one.role is Role.MENTION, -one.score, one.tag)))
