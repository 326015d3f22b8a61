"""Which countries a text mentions and which it is about.

One leftmost-longest pass over the text as it stands (case counts) finds wordings of the gazetteer; a few rules of
context drop those that mean something else; what is left adds up to a score by kind of wording and by place: the
title says most, then the first sentences, then the rest. The highest scores are what the text is about.
Pure. It must never guess a country from the outlet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from math import exp
from operator import itemgetter

from bot.model import Role, Tagging, TagKind
from bot.news.countries import country_name, find_country, flag, suggest_countries
from bot.news.gazetteer import WEIGHTS, Hit, Kind, Wording, gazetteer, given_names
from bot.news.local_places import language_by_script, local_gazetteer, primary_subtag
from bot.news.public_life import CAUCASUS, GEORGIA_US, with_public_life

__all__ = ["PlaceTagger", "country_name", "find_country", "flag", "spoken_in", "suggest_countries"]

TITLE = 1.3
LEAD = 0.65
REST = 0.24
DATELINE = 0.8
"""Where the reporter was: often where it happened, as often only the nearest bureau."""
TITLE_DATELINE = 0.5
"""The same where the title begins with it, and says itself what it is about."""
LEAD_LENGTH = 280
"""Characters after the title that count as its lead."""
STEEPNESS = 1.25
SUBJECT_FLOOR = 0.25
SUBJECT_ALONE = 0.15
"""The highest score is a subject from here on."""
SUBJECT_SHARE = 0.54
"""A subject scores at least this part of the highest score."""
BASED = 0.4
"""Of a place that only says where a body sits: ``the Abu Dhabi-based agency``."""
PLACED = 0.6
"""What the publisher's section or the URL says."""
FADED = 0.4
"""Of a leader's name outside the years around the office."""
REPEATED = 0.35
"""What another occurrence of the same wording adds."""
_WORDS_KEPT = 5
_COUNTRY, _SUBJECT, _MENTION = TagKind.COUNTRY, Role.SUBJECT, Role.MENTION
_NOT_LATIN = frozenset(
    ("ar", "be", "bg", "bn", "el", "fa", "he", "hi", "ja", "kk", "ko", "ky", "mk", "mn", "mr", "ne", "ps", "ru", "sr")
) | {"tg", "th", "uk", "ur", "uz", "yi", "yue", "zh"}
"""Languages in other scripts: what is said to be in one of them is."""

_WORD_AFTER = re.compile(r"(?: [A-Z]\.)? ([A-Z][a-zé’'-]{2,})")
_PATH = re.compile(r"^[a-z]{1,20}://[^/]*")
_WORDS = re.compile(r"[\W_\d]+")
_SECTION_CODES = {"us": "U.S.", "usa": "U.S.", "uk": "U.K.", "uae": "UAE"}
_SECTIONS = {"nyregion": "New York", "us-news": "U.S.", "uk-news": "U.K.", "usnews": "U.S."}
_PLACES = frozenset((Kind.NAME, Kind.ADJECTIVE, Kind.PLACE, Kind.CITY, Kind.STATE, Kind.REGION))
_AMOUNT = re.compile(
    r"(?:[0-9]|(?:hundred|thousand|million|billion|trillion|mln|bln|trln)s?(?: of)?)[ -]$", re.IGNORECASE
)
_ENDS_AMOUNT = frozenset("0123456789dDfFnNsS")
"""What `_AMOUNT` may match last but one: looked at first, since few places follow it."""
_COINS = tuple(
    f" {coin}"
    for word in (
        *("dollar", "dlr", "franc", "mark", "crown", "kron", "pound", "peso"),
        *("rupee", "lira", "lire", "won", "guilder", "dirham", "dinar"),
    )
    for coin in (word, word.capitalize())
)
"""``400 million Canadian dollars`` are an amount too."""
_CUES = frozenset((Kind.CUE, Kind.LOCAL, Kind.DIVISION))
_SPECIAL = _CUES | {Kind.MASK, Kind.POSTAL, Kind.MONEY}
_OWNERS = _PLACES - {Kind.CITY}
"""What an institution of a country is called after: ``Ghana's Premier League``."""
_OWNED = frozenset((" ", "'s ", "’s ", "' ", "’ "))
_OWNED_AFTER = frozenset((" of ", " of the "))
_PREPOSITIONS = frozenset(
    ("in", "In", "from", "From", "to", "of", "near", "at", "across", "and", "with", "between", "against", "for", "over")
)
_US_STATE = re.compile(
    r"\b(?:Atlanta|Savannah|Augusta|Macon|Gov\.|Governor|G\.O\.P\.|GOP|Republican|Democrat|Senate|Senator|runoff|"
    r"Alabama|Florida|Carolina|Tennessee|Mississippi|Texas|Stacey Abrams|Brian Kemp|Raffensperger|Warnock|Ossoff|"
    r"sheriff|county|County|Bulldogs|Trump|Biden|U\.S\.|American|Fulton)\b"
)
_GIVE_US = frozenset(
    ("LET", "GIVE", "GIVES", "TELL", "TELLS", "TOLD", "HELP", "MAKE", "MAKES", "SHOW", "SHOWS", "TEACH", "KEEP", "JOIN")
)
"""Words after which US in a headline all in capitals is the word us."""
_OF_US = frozenset(("OF", "FOR", "TO", "WITH", "ALL", "AMONG", "BEHIND", "ABOUT", "LIKE", "BETWEEN"))
"""Words after which it is so at the end, or before ALL and the like: ``NO TO US TARIFFS`` is the country."""
_WORD_NEXT = re.compile(r" (ALL|AND|BOTH|ANY|IN|AT|WHEN|IF|FROM)\b")
_TRICKY = frozenset(("US", "GE", "TR", "PL", "EU"))
"""Countries whose names mean something else in contexts of their own."""
_POLISH_VERB = re.compile(r" (?:the|your|my|a|it|up|off|and|with)\b", re.IGNORECASE)
_DECIDES = re.compile(
    r" (?:(?:will|may|could|to|has|again|also) )?(?:accuse|adopt|approve|back|block|clear|demand|delay|drop|eye|fine|"
    r"give|impose|launch|mull|open|order|plan|postpone|propose|push|reject|rule|say|seek|set|sue|tell|threaten|unveil|"
    r"urge|vow|want|warn|weigh)(?:s|es|d|ed)?\b"
)
"""What the Union does where ``Brussels`` does it: more than Belgium, which is not told apart from it for sure."""
_BRUSSELS = Wording(("EU",), Kind.BODY, WEIGHTS[Kind.CITY], False, False)
_DATELINE = re.compile(
    r"[A-Z][A-Z .'’/-]{2,40}(?:, [A-Z][\w. ]{1,20})? ?(?:\([A-Za-z ]{2,20}\)|, [A-Z][a-z]{2,8}\.? \d)"
)
_TITLE_DATELINE = re.compile(_DATELINE.pattern + r"[^-–—]{0,12}[-–—] ")


def _path_words(url: str) -> str:
    """The words of a URL's path as a headline has them: ``/us/iran-vote.html`` is ``U.S. | Iran Vote``.

    Of the short codes, only those that papers name sections by.
    """
    path = _PATH.sub("", url[:500]).partition("?")[0].partition("#")[0]
    return " | ".join([_segment_words(segment) for segment in path.split("/") if segment])


@lru_cache(maxsize=2048)
def _segment_words(segment: str) -> str:
    bare = segment.rsplit(".", 1)[0].casefold()
    words = _WORDS.sub(" ", bare).split()
    if len(words) > 2:  # a headline, where "us" is as likely the pronoun
        return " ".join(words[:30]).title()
    return _SECTIONS.get(bare) or " ".join([_SECTION_CODES.get(word) or word.title() for word in words])


class PlaceTagger:
    """Finds countries. Built once from the data files; holds no state."""

    def __init__(self) -> None:
        found = gazetteer()
        self._find = found.automaton.find_matches_as_indexes
        self._wordings = found.wordings
        self._special = {
            index: wording.kind for index, wording in enumerate(found.wordings) if wording.kind in _SPECIAL
        }
        self._given = given_names()

    def tag(
        self,
        title: str,
        body: str,
        *,
        language: str | None = None,
        section: str | None = None,
        url: str | None = None,
        published: int | None = None,
    ) -> tuple[Tagging, ...]:
        """Countries of a text, subjects first, then by falling score.

        `language` is a BCP 47 tag; other languages than English add their wordings (`local_places`). `section`
        is the publisher's name for where the item stands (``Asia/Japan``, ``U.S.``), `url` its address: a place in
        either counts as well. `published` is the year it was published in, by which leaders are known; None is any.
        """
        text = f"{title}\n{body}"
        hits, cues = self._hits(text, len(title))
        if not (text.isascii() and (language is None or language.startswith("en"))):
            local = local_gazetteer(spoken_in(language, text))
            if local is not None:
                hits = _merged(hits, [Hit(*one) for one in local.find(text)])
                cues = []
        if cues or any(hit.wording.namesakes for hit in hits):
            hits = with_public_life(hits, cues, text)
        if published is not None and any(hit.wording.leader is not None for hit in hits):
            hits = [as_of for hit in hits if (as_of := _as_of(hit, published)) is not None]
        scores, words = _weighed(hits, text, len(title)) if hits else ({}, {})
        if section or url:
            self._placed(scores, words, section or "", url or "")
        return _ranked(scores, words) if scores else ()

    def _placed(self, sums: dict[str, float], words: dict[str, dict[str, None]], section: str, url: str) -> None:
        """Adds what the section and the words of the URL's path name: places alone, and each code once."""
        found: dict[str, str] = {}
        for wording, word in (*self._named(section[:200]), *self._named(_path_words(url))):
            if wording.kind in _PLACES:
                for code in wording.codes:
                    found.setdefault(code, word)
        for code, word in found.items():
            sums[code] = sums.get(code, 0.0) + PLACED
            words.setdefault(code, {}).setdefault(word)

    def _named(self, text: str) -> Iterator[tuple[Wording, str]]:
        for index, start, end in self._find(text):
            if not (start and text[start - 1].isalnum()) and not text[end : end + 1].isalnum():
                yield self._wordings[index], text[start:end]

    def _hits(self, text: str, title_end: int) -> tuple[list[Hit], list[Hit]]:
        """Places and what else names a country, and apart from them the cues of a country's public life."""
        wordings = self._wordings
        hits: list[Hit] = []
        cues: list[Hit] = []
        people: set[str] = set()
        length = len(text)
        special = self._special
        for index, start, end in self._find(text):
            if (start and text[start - 1].isalnum()) or (
                end < length and text[end].isalnum() and text[end - 1].isalnum()
            ):
                continue
            wording = wordings[index]
            kind = special.get(index)
            if kind is not None:
                if kind is Kind.MASK or (kind is Kind.POSTAL and text[start - 2 : start] != ", "):
                    continue
                if kind in _CUES:
                    cues.append(Hit(start, end, wording))
                    continue
            if (
                start > 1
                and text[start - 2] in _ENDS_AMOUNT
                and (kind is Kind.MONEY or text.startswith(_COINS, end))
                and _AMOUNT.search(text, max(0, start - 12), start)
            ):
                continue
            if wording.surname and self._is_person(text, start, end, wording, title_end):
                people.add(text[start:end])
                continue
            hits.append(Hit(start, end, wording))
        return (_in_context(hits, text, title_end, people) if hits else hits), cues

    def _is_person(self, text: str, start: int, end: int, wording: Wording, title_end: int) -> bool:
        """Whether a given name stands right before the place's name, or a surname right after one that is both."""
        if start > 2 and text[start - 1] == " ":
            before = _word_before(text, start)
            if before in self._given:
                return True
        if wording.given and start > title_end and text[start - 1] != ",":
            return _WORD_AFTER.match(text, end) is not None and _word_before(text, start) not in _PREPOSITIONS
        return False


def _in_context(hits: list[Hit], text: str, title_end: int, people: set[str]) -> list[Hit]:
    """Drops what its neighbours, or the words around it, show to mean something else.

    A text means one thing by one name: what is a town of a state once (``Glasgow, Ky.``) is that town throughout, and
    a name that is a person's (``Georgia Stevens``) is a place only after a preposition.
    """
    if len(hits) == 1 and not people and hits[0].wording.codes[0] not in _TRICKY:
        return hits
    kept: list[Hit] = []
    towns: dict[str, Wording] = {}
    last = len(hits) - 1
    for at, hit in enumerate(hits):
        start, end, wording = hit
        codes = wording.codes
        if at < last:
            following = hits[at + 1]
            gap = text[end : following.start]
            if gap in (", ", " ") and following.wording.kind in (Kind.STATE, Kind.POSTAL):
                if wording.kind not in (Kind.PERSON, Kind.ORG) and codes != following.wording.codes:
                    towns[text[start:end].casefold()] = following.wording
                    continue
            elif gap == ", " and text.startswith("Georgia", following.start) and wording.kind is Kind.CITY:
                kept.append(hit)
                continue
        if wording.kind is Kind.SHARED and _of_another(hits, at, text):
            continue
        code = codes[0]
        if code == "EU" and text.startswith("Brussels", start) and _DECIDES.match(text, end):
            kept.append(Hit(start, end, _BRUSSELS))
        if code == "US" and end - start == 2 and title_end >= end and _pronoun(text, start, end, title_end):
            continue
        if code == "GE" and text.startswith(("Georgia", "GEORGIA"), start) and end - start == 7:
            hit = Hit(start, end, _georgia(wording, text))
        elif (code == "TR" and text[start:end] in ("Turkey", "TURKEY") and "Thanksgiving" in text) or (
            code == "PL" and text[start:end] in ("Polish", "POLISH") and _POLISH_VERB.match(text, end)
        ):
            continue
        if people and text[start:end] in people and _word_before(text, start) not in _PREPOSITIONS:
            continue
        kept.append(hit)
    if towns:
        kept = [Hit(start, end, towns.get(text[start:end].casefold(), wording)) for start, end, wording in kept]
    return kept


def _of_another(hits: list[Hit], at: int, text: str) -> bool:
    """Whether an institution is another country's: named right before it, or after it and ``of``."""
    start, end, wording = hits[at]
    if at and hits[at - 1].wording.kind in _OWNERS and text[hits[at - 1].end : start] in _OWNED:
        return hits[at - 1].wording.codes != wording.codes
    after = hits[at + 1] if at + 1 < len(hits) else None
    if after is None or after.wording.kind not in _OWNERS or text[end : after.start] not in _OWNED_AFTER:
        return False
    return after.wording.codes != wording.codes


def _as_of(hit: Hit, year: int) -> Hit | None:
    """A leader's name in that year: of the country led then, or saying less; None where it is somebody else's."""
    wording = hit.wording
    leader = wording.leader
    if leader is None:
        return hit
    code = leader.as_of(year)
    if code is not None:
        return hit if wording.codes == (code,) else hit._replace(wording=replace(wording, codes=(code,)))
    return None if leader.common else hit._replace(wording=replace(wording, weight=wording.weight * FADED))


def _georgia(wording: Wording, text: str) -> Wording:
    """The country, unless the words around speak of the state."""
    if _US_STATE.search(text) and not CAUCASUS.search(text):
        return GEORGIA_US
    return wording


def _pronoun(text: str, start: int, end: int, title_end: int) -> bool:
    """Whether US in a headline all in capitals is the word us."""
    title = text[:title_end]
    if not title.isupper() or text[end : end + 1] == "-":
        return False
    before = _word_before(title, start)
    if before in _OF_US:
        return end == title_end or not title[end].isspace() or _WORD_NEXT.match(title, end) is not None
    return before in _GIVE_US


def _word_before(text: str, start: int) -> str:
    """The word before a place, where but one space lies between; else nothing."""
    if start < 2 or text[start - 1] != " ":
        return ""
    begin = max(0, start - 24)
    word = text[max(begin, text.rfind(" ", begin, start - 1) + 1) : start - 1]
    return word.rpartition("\n")[2].lstrip("\"'(“‘[")


def spoken_in(language: str | None, text: str) -> str:
    """The primary subtag; where none is given, or one whose script the text is not in, what the script shows."""
    primary = primary_subtag(language) if language else "en"
    if primary in _NOT_LATIN:
        return primary
    return language_by_script(text) or (primary if primary.isalpha() and 2 <= len(primary) <= 3 else "en")


def _merged(hits: list[Hit], local: list[Hit]) -> list[Hit]:
    """Both, in order; where they overlap, the local one, which may say that no country is meant."""
    kept = [hit for hit in hits if not any(hit.start < other.end and other.start < hit.end for other in local)]
    kept += [hit for hit in local if hit.wording.kind is not Kind.MASK]
    return sorted(kept, key=lambda hit: hit.start)


def _weighed(hits: list[Hit], text: str, title_end: int) -> tuple[dict[str, float], dict[str, dict[str, None]]]:
    """For each code its evidence, and the words that gave it, in order."""
    sums: dict[str, float] = {}
    words: dict[str, dict[str, None]] = {}
    lead_end = title_end + LEAD_LENGTH
    dateline = _DATELINE.match(text, title_end + 1) if text[title_end + 1 : title_end + 3].isupper() else None
    dateline_end = dateline.end() if dateline else 0
    titled = _TITLE_DATELINE.match(text, 0, title_end) if text[:2].isupper() else None
    titled_end = titled.end() if titled else 0
    for start, end, wording in hits:
        weight = wording.weight
        if start < title_end:
            weight *= TITLE_DATELINE if start < titled_end else TITLE
        elif start < dateline_end:
            weight *= DATELINE
        else:
            weight *= LEAD if start < lead_end else REST
        if text.startswith("-based", end):
            weight *= BASED
        word = text[start:end]
        for code in wording.codes:
            seen = words.get(code)
            if seen is None:
                words[code] = {word: None}
                sums[code] = weight
            elif word in seen:
                sums[code] += weight * REPEATED
            else:
                seen[word] = None
                sums[code] += weight
    return sums, words


def _ranked(sums: Mapping[str, float], words: Mapping[str, dict[str, None]]) -> tuple[Tagging, ...]:
    if len(sums) == 1:
        ((code, total),) = sums.items()
        score = 1.0 - exp(-STEEPNESS * total)
        return (_tagging(code, score, score >= min(SUBJECT_ALONE, SUBJECT_FLOOR), words),)
    # of equal scores the one that is named first comes first
    scores = [(1.0 - exp(-STEEPNESS * total), code) for code, total in sums.items()]
    scores.sort(key=_score, reverse=True)
    best = scores[0][0]
    floor = max(SUBJECT_FLOOR, best * SUBJECT_SHARE)
    return tuple(
        [_tagging(code, score, score >= floor or score == best >= SUBJECT_ALONE, words) for score, code in scores]
    )


_score = itemgetter(0)


def _tagging(code: str, score: float, subject: bool, words: Mapping[str, dict[str, None]]) -> Tagging:
    return Tagging(
        code,
        _COUNTRY,
        _SUBJECT if subject else _MENTION,
        int(score * 1000.0 + 0.5) / 1000.0,
        tuple(words[code])[:_WORDS_KEPT],
    )
