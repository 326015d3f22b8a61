"""Which topics a text is about: the taxonomy's phrases, found in its index terms in one pass.

The automaton reads terms with two spaces between them and patterns with one at each end, so that it matches whole
terms only. The longest phrase wins, so a longer excluded wording hides the phrase it holds. Pure.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Protocol

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from bot.model import Category, Role, Tagging, TagKind
from bot.news.countries import rows
from bot.news.local_topics import LocalTopics
from bot.news.publisher import Told
from bot.news.taxonomy import Taxonomy
from bot.news.text import chunk_spans, index_terms, slug, term_counts

LIMIT = 16
"""Topics kept of one text."""
FLOOR = 0.25
SUBJECT = 0.5
OWN_CATEGORY = 0.9
"""What the publisher's own category says."""
HASHTAG = 0.7
"""What a hashtag in the text says."""
LEAD_TERMS = 45
_BY_LENGTH = (0.0, 0.32, 0.46, 0.56)
"""One term is less sure than three in a row."""
_TITLE, _LEAD, _REST = 1.55, 1.0, 0.6
_REPEATED = 0.4
_WORDS_KEPT = 5
_HASHTAG = re.compile(r"(?<!\w)#(\w{2,60})")
_PIECE = re.compile(r"[^\W_]+")
_EDGE = " \t\r\n.,;:!?\"'()[]{}<>“”‘’«»…—–-|/*、。・「」『』（）【】《》〈〉，：；！？،؛؟।"
_KEYWORD_SAYS = 0.25
_KEYWORD = -2
"""Owners below this are keywords of a category; -1 is an excluded wording."""


class Match:
    """One phrase found: its topic, its first term, how many terms, how much it says, and its words if known."""

    __slots__ = ("count", "first", "topic", "weight", "word")

    def __init__(self, topic: int, first: int, count: int, weight: float, word: str = "") -> None:
        self.topic = topic
        self.first = first
        self.count = count
        self.weight = weight
        self.word = word


class TopicTagger:
    """Finds topics and how much each Category has going for it. Built once from a taxonomy; holds no state."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._names = taxonomy.names
        self._slugs = tuple(taxonomy.topics)
        self._categories = tuple(topic.category for topic in taxonomy.topics.values())
        self._kinds = tuple(Category)
        patterns = _patterns(taxonomy, self._kinds)
        self._owners = tuple(patterns.values())
        self._numbers = {tag: number for number, tag in enumerate(self._slugs)}
        self._proper = _proper_names(taxonomy)
        self._lengths = tuple(pattern.count("  ") + 1 for pattern in patterns)
        automaton = AhoCorasick(
            patterns,
            matchkind=MatchKind.LeftmostLongest,
            store_patterns=False,
            implementation=Implementation.ContiguousNFA,
        )
        self._find = automaton.find_matches_as_indexes

    def match(self, title_terms: str, body_terms: str) -> tuple[list[Match], dict[Category, float]]:
        """The phrases found, in order, and what they and the keywords say for each Category."""
        head = f" {title_terms.replace(' ', '  ')} " if title_terms else ""
        hay = f"{head}\n {body_terms.replace(' ', '  ')} "
        title_end = len(head)
        lengths, owners = self._lengths, self._owners
        found: list[Match] = []
        votes: dict[Category, float] = {}
        count, counted_to, before = hay.count, 0, 0
        for index, start, end in self._find(hay):
            owner = owners[index]
            if owner == -1:
                continue
            place = _TITLE if start < title_end else 0.0
            if owner < -1:
                category = self._kinds[_KEYWORD - owner]
                votes[category] = votes.get(category, 0.0) + _KEYWORD_SAYS * (place or _LEAD)
                continue
            before += count(" ", counted_to, start)
            counted_to = start
            # two spaces a term, one of them before the break between title and text
            first = before // 2
            if not place:
                place = _LEAD if first < LEAD_TERMS else _REST
            length = lengths[index]
            weight = _BY_LENGTH[length if length < 3 else 3] * place
            category = self._categories[owner]
            votes[category] = votes.get(category, 0.0) + weight
            found.append(Match(owner, first, length, weight))
            counted_to = end
            before += 2 * length
        return found, votes

    def with_local(
        self,
        local: LocalTopics,
        matches: Sequence[Match],
        votes: dict[Category, float],
        text: str,
        chunks: Sequence[str],
        terms: Sequence[str],
        title_terms: str,
        body_terms: str,
    ) -> list[Match]:
        """What `match` found in a text of another language, with that language's own phrases; `votes` are amended.

        Of the English phrases those stay that the text can hardly mean otherwise: two terms or more, and proper names.
        """
        spans = local.find(title_terms, body_terms)
        taken: set[int] = set()
        found: list[Match] = []
        title_end = title_terms.count(" ") + 1 if title_terms else 0
        for span, word in zip(spans, _words(spans, text, chunks, terms), strict=True) if spans else ():
            phrase = span.fitting(word)
            if phrase is None:
                continue
            taken.update(range(span.first, span.first + span.count))
            number = self._numbers.get(phrase.topic)
            if number is not None:
                place = _TITLE if span.first < title_end else _LEAD if span.lead else _REST
                found.append(Match(number, span.first, span.count, _BY_LENGTH[span.length] * place, word))
        for match in found:
            category = self._categories[match.topic]
            votes[category] = votes.get(category, 0.0) + match.weight
        for match, word in zip(matches, _words(matches, text, chunks, terms), strict=True) if matches else ():
            own = match.count > 1 or self._is_name(word)
            if own and taken.isdisjoint(range(match.first, match.first + match.count)):
                match.word = word
                found.append(match)
            else:
                votes[self._categories[match.topic]] -= match.weight
        found.sort(key=_first)
        return found

    def _is_name(self, word: str) -> bool:
        capitals = self._proper.get(index_terms(word)) if word[:1].isupper() else None
        return capitals is not None and (not capitals or word == word.upper())

    def taggings(
        self,
        matches: Sequence[Match],
        text: str,
        chunks: Sequence[str],
        terms: Sequence[str],
        told: Sequence[tuple[str, Told]],
    ) -> tuple[Tagging, ...]:
        """Topics by falling score. `chunks` and `terms` are those of the text, title and body in one."""
        doubts: dict[str, float] = {}
        words: dict[str, dict[str, None]] = {}
        if matches:
            seen: set[tuple[int, str]] = set()
            standing = [match.word for match in matches] if matches[0].word else _words(matches, text, chunks, terms)
            for match, word in zip(matches, standing, strict=True):
                tag = self._slugs[match.topic]
                key = (match.topic, word.lower())
                weight = match.weight * _REPEATED if key in seen else match.weight
                seen.add(key)
                doubts[tag] = doubts.get(tag, 1.0) * (1.0 - weight)
                words.setdefault(tag, {})[word] = None
        if "#" in text:
            for name in _HASHTAG.findall(text)[:20]:
                known = self._names.get(slug(name))
                if known is not None:
                    doubts[known] = doubts.get(known, 1.0) * (1.0 - HASHTAG)
                    words.setdefault(known, {})[f"#{name}"] = None
        for category, says in told:
            if says.topic:
                doubts[says.topic] = doubts.get(says.topic, 1.0) * (1.0 - OWN_CATEGORY)
                words.setdefault(says.topic, {})[category] = None
        return _ranked(doubts, words)


def _first(match: Match) -> int:
    return match.first


def _proper_names(taxonomy: Taxonomy) -> dict[str, bool]:
    """The phrases of one term that are written with a capital, and whether all of them are capitals."""
    return {
        index_terms(phrase): phrase.isupper()
        for topic in taxonomy.topics.values()
        for phrase in topic.phrases
        if " " not in phrase and phrase != phrase.lower()
    }


def _ranked(doubts: Mapping[str, float], words: Mapping[str, dict[str, None]]) -> tuple[Tagging, ...]:
    ranked = sorted((doubt, tag) for tag, doubt in doubts.items() if doubt <= 1.0 - FLOOR)
    return tuple(
        Tagging(
            tag=tag,
            kind=TagKind.TOPIC,
            role=Role.SUBJECT if doubt <= 1.0 - SUBJECT else Role.MENTION,
            score=round(1.0 - doubt, 3),
            words=tuple(words[tag])[:_WORDS_KEPT],
        )
        for doubt, tag in ranked[:LIMIT]
    )


def _patterns(taxonomy: Taxonomy, kinds: Sequence[Category]) -> dict[str, int]:
    """Each wording as the automaton reads it, and its owner: a topic's number, -1 excluded, below that a keyword."""
    patterns: dict[str, int] = {}
    for number, topic in enumerate(taxonomy.topics.values()):
        run_together = (topic.slug,) if " " in topic.label and slug(topic.label) == topic.slug else ()
        for phrase in (*topic.phrases, *run_together):
            patterns.setdefault(_pattern(phrase), number)
    for topic in taxonomy.topics.values():
        for phrase in topic.excluded:
            patterns.setdefault(_pattern(phrase), -1)
    for category, keywords in rows("keywords.tsv"):
        for word in keywords.split(";"):
            patterns.setdefault(_pattern(word), _KEYWORD - kinds.index(Category(category)))
    return patterns


def _pattern(phrase: str) -> str:
    return f" {index_terms(phrase).replace(' ', '  ')} "


class _Place(Protocol):
    @property
    def first(self) -> int: ...

    @property
    def count(self) -> int: ...


def _words(matches: Sequence[_Place], text: str, chunks: Sequence[str], terms: Sequence[str]) -> list[str]:
    """The matched words as they stand in the text, one for each match (which are in order and do not overlap)."""
    found: list[str] = []
    if "" not in terms and " ".join(terms).count(" ") + 1 == len(terms):  # a chunk is a term: nothing to be counted
        for match in matches:
            last = match.first + match.count
            word = " ".join(chunks[match.first : last]).strip(_EDGE).removesuffix("'s").removesuffix("’s")
            found.append(word if word in text else _spanned(text, match.first, last, word))
        return found
    ends = list(accumulate(term_counts(chunks, terms)))
    for match in matches:
        end = match.first + match.count
        first_chunk, last = bisect_right(ends, match.first), bisect_left(ends, end) + 1
        skipped = match.first - (ends[first_chunk - 1] if first_chunk else 0)
        reached = ends[last - 1]
        if skipped == 0 and reached == end:
            word = " ".join(chunks[first_chunk:last]).strip(_EDGE).removesuffix("'s").removesuffix("’s")
        else:
            word = _part(" ".join(chunks[first_chunk:last]), skipped, reached - end)
        found.append(word if word in text else _spanned(text, first_chunk, last, word))
    return found


def _part(joined: str, skipped: int, beyond: int) -> str:
    """The middle of chunks that hold more terms than were matched, where their terms can be told apart."""
    pieces = list(_PIECE.finditer(joined))
    if len(pieces) <= skipped + beyond:
        return joined.strip(_EDGE)
    return joined[pieces[skipped].start() : pieces[len(pieces) - 1 - beyond].end()]


def _spanned(text: str, first: int, last: int, word: str) -> str:
    """The same words with the white space they have in the text."""
    run = word.replace(" ", "")  # of a script without spaces, each character is a chunk
    if run in text and not run.isascii():
        return run
    start = end = 0
    for number, (begins, ends) in enumerate(chunk_spans(text)):
        if number == first:
            start = begins
        if number == last - 1:
            end = ends
            break
    spanned = text[start:end].strip(_EDGE)
    exact = re.search(r"\s+".join(map(re.escape, word.split())), spanned) if word else None
    return exact[0] if exact is not None else spanned or word
