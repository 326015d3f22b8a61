"""Which topics a text is about: the taxonomy's phrases, found in its index terms in one pass.

The automaton reads terms with two spaces between them and patterns with one at each end, so that it matches whole
terms only. The longest phrase wins, so a longer excluded wording hides the phrase it holds. Pure.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from bot.model import Category, Role, Tagging, TagKind
from bot.news.local_topics import LocalTopics
from bot.news.publisher import Told
from bot.news.taxonomy import Taxonomy
from bot.news.text import chunk_spans, index_terms, slug

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
_TOPIC, _SUBJECT, _MENTION = TagKind.TOPIC, Role.SUBJECT, Role.MENTION
_HASHTAG = re.compile(r"(?<!\w)#(\w{2,60})")
_PIECE = re.compile(r"[^\W_]+")
_EDGE = " \t\r\n.,;:!?\"'()[]{}<>“”‘’«»…—–-|/*、。・「」『』（）【】《》〈〉，：；！？،؛؟।"


class Match(NamedTuple):
    """One phrase found."""

    topic: int
    """Its number in the taxonomy."""
    first: int
    """Its first index term in the text, and how many it has."""
    size: int
    weight: float
    """How much it says: 0 to 1."""


class TopicTagger:
    """Finds topics and how much each Category has going for it. Built once from a taxonomy; holds no state."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._names = taxonomy.names
        self._slugs = tuple(taxonomy.topics)
        self._categories = tuple(topic.category for topic in taxonomy.topics.values())
        patterns = _patterns(taxonomy)
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
        """The phrases found, in order, and what they say for each Category."""
        head = f" {title_terms.replace(' ', '  ')} " if title_terms else ""
        hay = f"{head}\n {body_terms.replace(' ', '  ')} "
        title_end = len(head)
        lengths, owners, categories = self._lengths, self._owners, self._categories
        found: list[Match] = []
        votes: dict[Category, float] = {}
        count, counted_to, before = hay.count, 0, 0
        for index, start, end in self._find(hay):
            owner = owners[index]
            if owner == -1:
                continue
            before += count(" ", counted_to, start)
            counted_to = end
            # two spaces a term, one of them before the break between title and text
            first = before // 2
            length = lengths[index]
            before += 2 * length
            place = _TITLE if start < title_end else _LEAD if first < LEAD_TERMS else _REST
            weight = _BY_LENGTH[length if length < 3 else 3] * place
            category = categories[owner]
            votes[category] = votes.get(category, 0.0) + weight
            found.append(Match(owner, first, length, weight))
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
    ) -> tuple[list[Match], list[str]]:
        """What `match` found in a text of another language, with that language's own phrases; `votes` are amended.

        Of the English phrases those stay that the text can hardly mean otherwise: two terms or more, and proper names.
        Beside the matches, in order, the words of each as they stand in the text.
        """
        spans = local.find(title_terms, body_terms)
        taken: set[int] = set()
        found: list[tuple[Match, str]] = []
        title_end = title_terms.count(" ") + 1 if title_terms else 0
        for span, word in zip(spans, words_of(spans, text, chunks, terms), strict=True) if spans else ():
            phrase = span.fitting(word)
            if phrase is None:
                continue
            taken.update(range(span.first, span.first + span.size))
            number = self._numbers.get(phrase.topic)
            if number is not None:
                place = _TITLE if span.first < title_end else _LEAD if span.lead else _REST
                weight = _BY_LENGTH[span.length] * place
                found.append((Match(number, span.first, span.size, weight), word))
                category = self._categories[number]
                votes[category] = votes.get(category, 0.0) + weight
        for match, word in zip(matches, words_of(matches, text, chunks, terms), strict=True) if matches else ():
            own = match.size > 1 or self._is_name(word)
            if own and taken.isdisjoint(range(match.first, match.first + match.size)):
                found.append((match, word))
            else:
                votes[self._categories[match.topic]] -= match.weight
        found.sort(key=_first)
        return [match for match, _ in found], [word for _, word in found]

    def _is_name(self, word: str) -> bool:
        capitals = self._proper.get(index_terms(word)) if word[:1].isupper() else None
        return capitals is not None and (not capitals or word == word.upper())

    def taggings(
        self, matches: Sequence[Match], words: Sequence[str], text: str, told: Sequence[tuple[str, Told]]
    ) -> tuple[Tagging, ...]:
        """Topics by falling score. `words` are those of each match, as they stand in the text."""
        doubts: dict[str, float] = {}
        reasons: dict[str, list[str]] = {}
        slugs = self._slugs
        for (topic, _, _, weight), word in zip(matches, words, strict=True):
            tag = slugs[topic]
            held = reasons.get(tag)
            if held is None:
                doubts[tag] = 1.0 - weight
                reasons[tag] = [word]
                continue
            lower = word.lower()
            repeated = word in held
            if repeated or any(lower == other.lower() for other in held):
                weight *= _REPEATED
            doubts[tag] *= 1.0 - weight
            if not repeated:
                held.append(word)
        if "#" in text:
            for name in _HASHTAG.findall(text)[:20]:
                known = self._names.get(slug(name))
                if known is not None:
                    _add(doubts, reasons, known, HASHTAG, f"#{name}")
        for category, says in told:
            if says.topic:
                _add(doubts, reasons, says.topic, OWN_CATEGORY, category)
        return _ranked(doubts, reasons) if doubts else ()


def _add(doubts: dict[str, float], reasons: dict[str, list[str]], tag: str, weight: float, word: str) -> None:
    doubts[tag] = doubts.get(tag, 1.0) * (1.0 - weight)
    held = reasons.setdefault(tag, [])
    if word not in held:
        held.append(word)


def _first(found: tuple[Match, str]) -> int:
    return found[0].first


def _proper_names(taxonomy: Taxonomy) -> dict[str, bool]:
    """The phrases of one term that are written with a capital, and whether all of them are capitals."""
    return {
        taxonomy.terms[phrase]: phrase.isupper()
        for topic in taxonomy.topics.values()
        for phrase in topic.phrases
        if " " not in phrase and phrase != phrase.lower()
    }


def _ranked(doubts: Mapping[str, float], reasons: Mapping[str, list[str]]) -> tuple[Tagging, ...]:
    ranked = [(doubt, tag) for tag, doubt in doubts.items() if doubt <= 1.0 - FLOOR]
    ranked.sort()
    return tuple(
        [
            Tagging(
                tag,
                _TOPIC,
                _SUBJECT if doubt <= 1.0 - SUBJECT else _MENTION,
                int((1.0 - doubt) * 1000.0 + 0.5) / 1000.0,
                tuple(reasons[tag][:_WORDS_KEPT]),
            )
            for doubt, tag in ranked[:LIMIT]
        ]
    )


def _patterns(taxonomy: Taxonomy) -> dict[str, int]:
    """Each wording as the automaton reads it, and its owner: a topic's number, or -1 for an excluded wording."""
    patterns: dict[str, int] = {}
    for number, topic in enumerate(taxonomy.topics.values()):
        for phrase in topic.phrases:
            patterns.setdefault(_pattern(taxonomy.terms[phrase]), number)
        if " " in topic.label and slug(topic.label) == topic.slug:  # run together, as a hashtag in a text
            patterns.setdefault(_pattern(index_terms(topic.slug)), number)
    for topic in taxonomy.topics.values():
        for phrase in topic.excluded:
            patterns.setdefault(_pattern(taxonomy.terms[phrase]), -1)
    return patterns


def _pattern(terms: str) -> str:
    return f" {terms.replace(' ', '  ')} "


class _Place(Protocol):
    @property
    def first(self) -> int: ...

    @property
    def size(self) -> int: ...


def words_of(matches: Sequence[_Place], text: str, chunks: Sequence[str], terms: Sequence[str]) -> list[str]:
    """The matched words as they stand in the text, one for each match (which are in order and do not overlap).

    `chunks` and `terms` are those of the text (`chunk_terms`), title and body in one.
    """
    if "" in terms or " ".join(terms).count(" ") >= len(terms):
        odd = [number for number, held in enumerate(terms) if " " in held or not held]
        return _words_among(odd, matches, text, chunks, terms)
    found: list[str] = []
    for match in matches:  # a chunk is a term
        first, size = match.first, match.size
        word = chunks[first]
        if size != 1 or not word.isalpha():
            word = _trimmed(" ".join(chunks[first : first + size]))
            if word not in text:
                word = _spanned(text, first, first + size, word)
        found.append(word)
    return found


def _words_among(
    odd: Sequence[int], matches: Sequence[_Place], text: str, chunks: Sequence[str], terms: Sequence[str]
) -> list[str]:
    """`words_of` where the chunks numbered `odd` hold no term or several."""
    begins: list[int] = []
    ends: list[int] = []
    beyond = 0
    for number in odd:
        size = terms[number].count(" ") + 1 if terms[number] else 0
        begins.append(number + beyond)
        beyond += size - 1
        ends.append(number + beyond + 1)

    def place(term: int) -> tuple[int, int, int]:
        """The chunk of a term, how many terms stand before it there, and how many after."""
        at = bisect_right(begins, term) - 1
        if at < 0:
            return term, 0, 0
        if term < ends[at]:
            return odd[at], term - begins[at], ends[at] - term - 1
        return odd[at] + 1 + term - ends[at], 0, 0

    found: list[str] = []
    for match in matches:
        first, before, after = place(match.first)
        last = first
        if match.size > 1:
            last, _, after = place(match.first + match.size - 1)
        if before or after:
            word = _part(" ".join(chunks[first : last + 1]), before, after)
        elif first == last and chunks[first].isalpha():
            found.append(chunks[first])
            continue
        else:
            word = _trimmed(" ".join(chunks[first : last + 1]))
        found.append(word if word in text else _spanned(text, first, last + 1, word))
    return found


def _trimmed(joined: str) -> str:
    if joined[0].isalpha() and joined[-1].isalpha():
        return joined if joined[-2:] not in ("'s", "’s") else joined[:-2]
    return joined.strip(_EDGE).removesuffix("'s").removesuffix("’s")


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
