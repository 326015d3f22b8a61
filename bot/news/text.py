"""One normal form of text, so that tagging, the store and the search always mean the same words.

`index_terms` is the only place that decides which spellings are the same. The rules, in their order, per word:

- NFKC and case folding; bidi and zero-width characters vanish; accents of Latin and Greek letters, Arabic vowel
  signs and tatweel and Hebrew points vanish; other scripts keep their marks (Cyrillic keeps its short i and yo).
- Han, kana, Hangul, Thai, Lao, Khmer, Burmese and Tibetan become single characters, so that a phrase of them is found
  without a word splitter.
- ``U.S.`` is ``us``, ``1,000`` is ``1000``, ``F-16`` is ``f16``, ``C++`` is ``cplusplus``, ``.NET`` is ``dotnet``;
  a possessive ``'s`` vanishes, ``don't`` is ``dont``, any other apostrophe separates (``l'Europe``).
- A hyphen joins a word to these prefixes: anti, bi, co, counter, de, e, multi, non, pre, re, semi, sub, trans
  (``co-operation`` is ``cooperation``). Everywhere else it separates (``security-cooperation`` is two terms).
- British spellings become American ones, some compounds their two words, irregular plurals their singular
  (``data/spelling.tsv``); then a light plural stemmer of English nouns (after Harman's S-stemmer, 1991).

It is idempotent, holds no list of stop words, and never raises. It must never depend on the database or the locale.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from sys import intern

SLUG_LIMIT = 100
"""Characters in a hashtag."""
SEARCH_LIMIT = 32
"""Index terms in one search."""
_TYPED_LIMIT = 2_000
"""Characters of a typed search that are read at all."""
_CHUNK_LIMIT = 64
"""Longer runs without a space are cut: no word is longer, and the cache must stay small."""

_REMEMBERED = 87_000
"""Chunks, as many as a table of 2^17 holds. Half as many again took 6 MB more, and saved 3 % of the tagging."""
_KNOWN: dict[str, str] = {}
"""Terms of chunks seen before: a plain dictionary, since a text's are looked up all at once. It changes no answer."""

_NO_SPACES = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029"
    "\u3031-\u3035\u3038-\u30ff\u3105-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c"
    "\ua9e0-\ua9fe\uaa60-\uaa7f\uac00-\ud7fb\uf900-\ufaff\uff66-\uffdc\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
"""Scripts written without spaces, and Hangul, whose particles stick to the noun."""
_MARKS = (
    "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u0f71-\u0f87\u0f8d-\u0fbc\u102b-\u103e"
    "\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u17b4-\u17d3\u17dd\u3099\u309a"
    "\ufe00-\ufe0f\uff9e\uff9f\U000e0100-\U000e01ef"
)
_CHUNK = re.compile(rf"[{_NO_SPACES}][{_MARKS}]*|[^\s{_NO_SPACES}]{{1,{_CHUNK_LIMIT}}}")
_UNSPACED = re.compile(f"[{_NO_SPACES}]")

_SPECIAL = {"c++": "cplusplus", "c#": "csharp", "f#": "fsharp", ".net": "dotnet", "g++": "gplusplus"}
_SIGNS = re.compile(r"[+#]|\.net", re.IGNORECASE)
"""One of these stands in each special name."""
_NOT_PLAIN = re.compile(r"[^0-9a-z]+")
_SPECIAL_EDGE = "\"'()[]{}<>,;:!?*“”‘’«»…"
_DOTTED = re.compile(r"(?<!\w)[^\W\d_](?:\.[^\W\d_])+(?!\w)")
_OPENING, _CLOSING = "\"'([{<", "\"')]}>,;:!?."
"""What may stand around a word of letters without making another of it."""
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_POSSESSIVE = re.compile(r"(?<=\w)'s(?!\w)")
_NOT = re.compile(r"(?<=\wn)'t(?!\w)")
_MODEL = re.compile(r"(?<![\w-])([^\W\d_]{1,5})-(?=\d{1,4}s?(?!\w))")
_PREFIX = re.compile(r"(?<!\w)(anti|bi|co|counter|de|e|multi|non|pre|re|semi|sub|trans)-(?=[^\W\d_]{3})")
_MODELS = re.compile(r"[^\W\d_]{1,5}\d{1,4}s")
_SEPARATOR = re.compile(r"[\W_]+")
_QUOTES = str.maketrans("‘’ʼ`´＇‐‑", "''''''--")
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "ng"}
)
_ARABIC_TATWEEL = "\u0640"
_VERB_ENDINGS = frozenset(("e", "ed", "es", "er", "ers", "ing", "able", "ation", "ations"))
_BEGINNING = 4
"""Characters: no beginning in the table of spellings is shorter."""
DOUBLE_QUOTES = '"“”„‟＂″'
"""Signs that keyboards set for one another."""
_QUOTED = str.maketrans(dict.fromkeys(DOUBLE_QUOTES + "«»「」『』《》", '"'))
_SEARCH_PART = re.compile(r'"([^"]*)"?|([^\s"()\[\]{}*^:]+)')


def index_terms(text: str) -> str:
    """The index terms of a text, in its order, separated by single spaces; empty where it holds no letter or digit.

    Idempotent: ``index_terms(index_terms(x)) == index_terms(x)``.
    """
    return " ".join(filter(None, chunk_terms(text)[1]))


def chunk_terms(text: str) -> tuple[list[str], list[str]]:
    """The chunks of a text and the index terms of each: an empty string, one term, or several with spaces between.

    Chunks are cut where index terms certainly end: at spaces, and around each character of an unspaced script.
    """
    parts = text.split() if text.isascii() or not _UNSPACED.search(text) else _CHUNK.findall(text)
    known = list(map(_KNOWN.get, parts))
    if None in known:
        if len(max(parts, key=len)) > _CHUNK_LIMIT:
            parts = _CHUNK.findall(text)
            return parts, list(map(_known_terms, parts))
        at = -1
        for _ in range(known.count(None)):
            at = known.index(None, at + 1)
            known[at] = _known_terms(parts[at])
    return parts, known  # type: ignore[return-value] # none of them is None


def _known_terms(chunk: str) -> str:
    """`_chunk_terms`, remembered where `chunk_terms` looks first; a chunk that is kept is never too long."""
    terms = _KNOWN.get(chunk)
    if terms is None:
        # most that are new are known words in capitals, or before a comma
        bare = chunk.lstrip(_OPENING).rstrip(_CLOSING).lower() if chunk.isascii() else chunk
        if bare != chunk and bare.isalpha() and bare.isascii():
            terms = _known_terms(bare)
        else:
            terms = intern(_chunk_terms(chunk))  # of the words that many tables know, one object: found faster
        if len(_KNOWN) >= _REMEMBERED:
            _KNOWN.clear()
        _KNOWN[chunk] = terms
    return terms


def chunk_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each of the chunks stands in the text: for the few cases that need the place, not only the words."""
    for match in _CHUNK.finditer(text):
        yield match.span()


def phrase_terms(text: str) -> tuple[str, ...]:
    """The index terms of a phrase, for `contains`; at most `SEARCH_LIMIT`."""
    return tuple(index_terms(text[:_TYPED_LIMIT]).split()[:SEARCH_LIMIT])


def contains(terms: str, phrase: Sequence[str]) -> bool:
    """Whether index terms hold a phrase, term by term and in a row. An empty phrase is held by nothing."""
    return bool(phrase) and f" {' '.join(phrase)} " in f" {terms} "


def parse_search(text: str) -> tuple[tuple[str, ...], ...]:
    """What a typed search asks: phrases that must all occur, each of one index term or more, none twice.

    A part in double quotes of any shape is one phrase, a bare word a phrase of its own (``security-cooperation`` one of
    two terms). Nothing is an operator and nothing is an error; at most `SEARCH_LIMIT` terms are taken.
    """
    found: dict[tuple[str, ...], None] = {}
    room = SEARCH_LIMIT
    for quoted, bare in _SEARCH_PART.findall(text[:_TYPED_LIMIT].translate(_QUOTED)):
        phrase = phrase_terms(quoted or bare)[:room]
        if phrase and phrase not in found:
            found[phrase] = None
            room -= len(phrase)
        if room <= 0:
            break
    return tuple(found)


def slug(text: str) -> str:
    """The hashtag a text makes, without ``#``: folded letters and digits of any script, nothing between them.

    Words keep their form (no stemming, no respelling); at most `SLUG_LIMIT` characters; empty where nothing is left.
    """
    text = text[: SLUG_LIMIT * 10]
    if text.isascii() and not _SIGNS.search(text):
        return _NOT_PLAIN.sub("", text.lower())[:SLUG_LIMIT]
    words = text.split()
    joined = "".join(_special(word.lower()) or _fold(word) for word in words)
    return _trim_marks("".join(ch for ch in joined if ch.isalnum() or unicodedata.category(ch)[0] == "M"))


def _trim_marks(joined: str) -> str:
    """At most `SLUG_LIMIT` characters, no mark without its letter at either end of the cut."""
    start = 0
    while start < len(joined) and not joined[start].isalnum():
        start += 1
    end = start + SLUG_LIMIT
    if end < len(joined):
        while end > start and not joined[end].isalnum():
            end -= 1
    return unicodedata.normalize("NFC", joined[start:end])


def _chunk_terms(chunk: str) -> str:
    """The index terms of one chunk: everything `index_terms` says of a word, until nothing changes any more."""
    terms = _one_pass(chunk)
    if terms == chunk:
        return terms
    for _ in range(8):  # spelling and stem may each uncover the other; a few rounds always settle it
        again = " ".join(filter(None, map(_one_pass, terms.split())))
        if again == terms:
            break
        terms = again
    return terms


def _one_pass(chunk: str) -> str:
    if chunk.isascii():
        if chunk.isalpha():
            return _word(chunk.lower())
        folded = chunk.lower()
    else:
        folded = _fold(chunk)
    special = _special(folded)
    if special:
        return special
    if "." in folded:
        folded = _DOTTED.sub(lambda found: found[0].replace(".", ""), folded)
    if "," in folded:
        folded = _THOUSANDS.sub("", folded)
    if "'" in folded:
        folded = _NOT.sub("t", _POSSESSIVE.sub("", folded))
    if "-" in folded:
        folded = _PREFIX.sub(r"\1", _MODEL.sub(r"\1", folded))
    return " ".join(filter(None, map(_word, _pieces(folded))))


def _special(folded: str) -> str:
    """The term of a name made of signs (``c++``), whatever punctuation stands around it; empty for any other word."""
    bare = folded.strip(_SPECIAL_EDGE).lstrip("#")
    return _SPECIAL.get(bare) or _SPECIAL.get(bare.rstrip(".")) or ""


def _fold(text: str) -> str:
    """NFKC and case folding without accents, points and invisible characters."""
    text = unicodedata.normalize("NFKC", text.translate(_QUOTES)).casefold()
    if text.isascii():
        return text
    kept: list[str] = []
    base = ""
    for ch in unicodedata.normalize("NFD", text.translate(_UNDECOMPOSED)):
        kind = unicodedata.category(ch)
        if kind[0] == "M":
            if base and not _drops_mark(base, ch):
                kept.append(ch)
            continue
        if kind == "Cf" or ch == _ARABIC_TATWEEL:
            continue
        base = ch if kind[0] in "LN" else ""
        kept.append(ch)
    return unicodedata.normalize("NFKC", "".join(kept).translate(_QUOTES))


def _drops_mark(base: str, mark: str) -> bool:
    """Whether a mark only varies its letter: accents on Latin and Greek, vowel signs of Arabic and Hebrew."""
    if base < "\u0400" or "\u1e00" <= base < "\u2000":
        return True
    return "\u0591" <= mark <= "\u05c7" or "\u064b" <= mark <= "\u0652" or mark == "\u0670"


def _pieces(folded: str) -> list[str]:
    if folded.isascii():
        return _SEPARATOR.sub(" ", folded).split()
    pieces: list[str] = []
    word_open = False
    for ch in folded:
        if ch.isalnum():
            alone = _UNSPACED.match(ch) is not None
            if word_open and not alone:
                pieces[-1] += ch
            else:
                pieces.append(ch)
            word_open = not alone
        elif unicodedata.category(ch)[0] == "M":
            if pieces:
                pieces[-1] += ch
        else:
            word_open = False
    return pieces


def _word(word: str) -> str:
    """The index form of one folded word: respelled, else without its plural ending."""
    exact, starts, verbs, beginnings = _spelling()
    found = exact.get(word)
    if found is not None:
        return found
    if word[:_BEGINNING] in beginnings:
        for end in range(len(word), _BEGINNING - 1, -1):
            head = word[:end]
            if head in starts:
                return f"{starts[head]}{word[end:]}".strip()
            if head in verbs and word[end:] in _VERB_ENDINGS:
                return verbs[head] + word[end:]
    return _singular(word)


def _singular(word: str) -> str:
    """Harman's S-stemmer with the endings in -es and -ies told apart; words of three letters are left alone."""
    if len(word) < 4 or word[-1] != "s" or word[-2] in "su" or word.endswith("is"):
        return word
    if not word.isalpha():
        return word[:-1] if _MODELS.fullmatch(word) else word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")) and len(word) > 4:
        return word[:-2]
    return word[:-1]


@cache
def _spelling() -> tuple[dict[str, str], dict[str, str], dict[str, str], frozenset[str]]:
    """``data/spelling.tsv``: whole words, beginnings, verbs in -ise; and what all of the latter two begin with."""
    exact: dict[str, str] = {}
    starts: dict[str, str] = {}
    verbs: dict[str, str] = {}
    lines = resources.files("bot.news.data").joinpath("spelling.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if not line or line.startswith("#"):
            continue
        written, _, form = line.partition("\t")
        form = form.replace("_", " ")
        if written.endswith("*"):
            starts[written[:-1]] = form
        elif written.endswith("~"):
            verbs[written[:-1]] = form
        else:
            exact[written] = written if form == "=" else form
    return exact, starts, verbs, frozenset(head[:_BEGINNING] for head in (*starts, *verbs))
