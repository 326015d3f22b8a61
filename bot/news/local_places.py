"""The wordings that show a country in other languages than English, inflected as each language does.

What `gazetteer` is for English: the places tagger asks it for the item's language. The words stand in `data/local`:
`LANGUAGE.tsv` is written by hand and read first, `LANGUAGE.cldr.tsv` is generated (bench/local_places.py).
It must never guess: a word that means something else more often than a country is left out, and a language is told
from the script only where the script tells it. Pure, and it never raises on any text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple, Protocol

from ahocorasick_rs import AhoCorasick
from babel import Locale, UnknownLocaleError

from bot.news.countries import names
from bot.news.gazetteer import WEIGHTS, Kind, Wording
from bot.news.inflection import ENDINGS, LONGEST_ENDING, arabic_bases, forms, sibilant

LANGUAGES = frozenset(
    ("es", "fr", "de", "pt", "it", "nl", "pl", "uk", "ru", "tr", "ar", "fa", "hi", "id", "vi", "ja", "ko", "zh")
)
"""Those with tables of their own; of others the names of CLDR are known."""
Found = list[tuple[int, int, Wording]]
"""Start, end and wording; the ending is part of the word."""


class LocalGazetteer(Protocol):
    """The wordings of one language."""

    def find(self, text: str) -> Found:
        """The wordings in a text, in order, none overlapping another; masks (which show no country) among them."""
        ...


@cache
def local_gazetteer(language: str) -> LocalGazetteer | None:
    """The wordings of a language, by its primary subtag; None for English and what Babel does not know."""
    if language == "en":
        return None
    table = tuple(_table(language) if language in LANGUAGES else _cldr_names(language))
    if not table:
        return None
    return _Unspaced(table, language) if language in ("ja", "zh") else _Spaced(table, language)


_READ = 240
"""Characters that are looked at to tell the script."""
_FEW = 6
"""One letter in so many has to be of the script."""
_NOT_LATIN = re.compile("[\u0400-\u06ff\u0900-\u097f\u1100-\u11ff\u3040-\u9fff\uac00-\ud7a3]")
_SCRIPTS = tuple(
    (language, re.compile(letters))
    for language, letters in (
        ("ru", "[\u0400-\u04ff]+"),
        ("ar", "[\u0600-\u06ff]+"),
        ("hi", "[\u0900-\u097f]+"),
        ("ko", "[\u1100-\u11ff\uac00-\ud7a3]+"),
        ("ja", "[\u3040-\u30ff]+"),
        ("zh", "[\u3400-\u9fff]+"),
    )
)
_PERSIAN = re.compile("[پچژگیک]")
_NOT_PERSIAN = re.compile("[\u064a\u0643ةى]")
_UKRAINIAN = re.compile("[іїєґ]")
_RUSSIAN = re.compile("[ыэъё]")


def primary_subtag(language: str) -> str:
    """The language of a tag such as ``pt-BR`` (BCP 47), or ``pt_BR`` as some feeds write it."""
    return language.split("-")[0].split("_")[0].casefold()


def language_by_script(text: str) -> str | None:
    """The language that a text without one is read as: of those with tables, the likeliest in its script.

    None for Latin text and scripts of languages without tables. Words in Latin letters between do not hinder.
    """
    if text.isascii() or not _NOT_LATIN.search(text, 0, _READ):
        return None
    text = text[:_READ].casefold()
    counts = {language: len(text) - len(letters.sub("", text)) for language, letters in _SCRIPTS}
    if counts["ja"]:  # kana stand between Han
        counts["ja"] += counts.pop("zh")
    language = max(counts, key=lambda one: counts[one])
    if not counts[language] or counts[language] * _FEW < len(text) - text.count(" "):
        return None
    if language == "ru":
        return "uk" if len(_UKRAINIAN.findall(text)) > len(_RUSSIAN.findall(text)) else "ru"
    if language == "ar":
        return "fa" if len(_PERSIAN.findall(text)) > len(_NOT_PERSIAN.findall(text)) else "ar"
    return language


_KINDS = {kind.name.lower(): kind for kind in Kind} | {"adj": Kind.ADJECTIVE, "pair": Kind.ADJECTIVE}


class _Row(NamedTuple):
    """One line of a table."""

    kind: str
    codes: tuple[str, ...]
    wordings: tuple[str, ...]
    context: tuple[str, ...]
    """Where there are any: the wordings count only where the text holds one of these."""


def _table(language: str) -> Iterator[_Row]:
    folder = resources.files("bot.news.data.local")
    for name in (f"{language}.tsv", f"{language}.cldr.tsv"):
        for line in folder.joinpath(name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                kind, codes, wordings, *context = line.split("\t")
                only = tuple(context[0].split(";")) if context else ()
                yield _Row(kind, () if codes == "-" else tuple(codes.split()), tuple(wordings.split(";")), only)


def _cldr_names(language: str) -> Iterator[_Row]:
    """The names of CLDR; of Slavic ones the end may change."""
    try:
        territories = Locale(language).territories
    except (UnknownLocaleError, ValueError):
        return
    known = names()
    for code, name in territories.items():
        if code in known and len(name) > 1:
            yield _Row("name", (code,), (name,), ())
            stem = name.rstrip("аяоеиыьъйaoeiuyáéíýě")
            if language in ENDINGS and len(stem) > 3:
                yield _Row("name", (code,), (f"{stem}~",), ())


def _wording(kind: str, codes: tuple[str, ...]) -> Wording:
    weight = WEIGHTS[_KINDS[kind]]
    return Wording(codes, _KINDS[kind], weight, False, False)


class _End(Enum):
    EXACT = auto()
    ENDING = auto()
    """One of the language's endings may follow."""
    OPEN = auto()
    """Any letters may follow."""


class _Word(NamedTuple):
    stem: str
    """Folded."""
    end: _End
    capital: bool
    literal: str
    """An acronym as it is written, else nothing."""

    def meets(self, folded: str, written: str, endings: frozenset[str]) -> bool:
        """Whether a word of the text is this one."""
        if not folded.startswith(self.stem):
            return False
        rest = folded[len(self.stem) :]
        if rest and (self.end is _End.EXACT or (self.end is _End.ENDING and rest not in endings)):
            return False
        return self.fits(written)

    def fits(self, written: str) -> bool:
        """Whether the case is right, where it counts."""
        if self.literal:
            return written.startswith(self.literal)
        return not self.capital or written[:1].isupper()


@dataclass(frozen=True, slots=True)
class _Entry:
    words: tuple[_Word, ...]
    wording: Wording
    inside: bool
    """Never the first word of a sentence, where every word has a capital."""
    context: tuple[str, ...]
    opens: bool = False
    """Only as the first word, with a comma or the like after it: Korean ``중, 수출 통제``."""


_LONGEST_WORD = 40
_REMEMBERED = 8192
"""Words whose entries, mostly none, are kept: news repeats itself."""
_WORD = re.compile("[^\\W_](?:[^\\W_]|[\u0300-\u036f\u064b-\u0652\u0654\u0655\u0670\u0640\u0900-\u097f])*")
_MARKED = re.compile(f"({_WORD.pattern})([~*]?)")
_BETWEEN = re.compile("[ \u00a0\u200c'’.\\-‐‑–—·]{1,3}")
_SENTENCE_ENDS = frozenset(".!?:;|\"“”„«»‘’'\n—–-(")
_SUFFIXES = {
    "tr": re.compile("['’][^\\W_\\d]{1,9}"),
    "fa": re.compile("\u200c(?:ها|های|هایی|ای|اند)(?!\\w)"),
}
"""What is written on to a name with a mark between."""


_PAUSES = frozenset((",", "…", "·", "、"))


def _beside(shorts: Iterable[_Row], words: Iterable[str]) -> Iterator[_Row]:
    """One syllable that stands for a state before a word of state: Korean ``미 법원``."""
    following = tuple(words)
    for short in shorts:
        for written in short.wordings:
            yield _Row("adj", short.codes, tuple(f"{written} {word}*" for word in following), ())


class _Spaced:
    """A language that writes words apart: each word is looked up by its stems."""

    def __init__(self, table: Sequence[_Row], language: str) -> None:
        self._fold = _FOLDS.get(language, str.lower)
        self._endings = ENDINGS.get(language, frozenset(("",)))
        self._longest = LONGEST_ENDING.get(language, 0)
        self._language = language
        self._suffix = _SUFFIXES.get(language)
        self._stems: dict[str, list[_Entry]] = {}
        self._open: dict[str, list[_Entry]] = {}
        self._shortest_open = 99
        self._begin: set[str] = set()
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._candidates)
        shorts = [row for row in table if row.kind == "short"]
        table = [*table, *_beside(shorts, [word for row in table if row.kind == "after" for word in row.wordings])]
        for kind, codes, wordings, context in table:
            if kind in ("short", "after"):
                continue
            wording = _wording(kind, codes)
            for written in wordings:
                spellings = forms(language, written) if kind == "adj" and written[-1] not in "~*" else (written,)
                for spelling in spellings:
                    self._add(spelling, wording, context)

        for short in shorts:
            for written in short.wordings:
                alone = _Entry((self._word(written, ""),), _wording("adj", short.codes), False, (), opens=True)
                self._begin.add(written[:2])
                self._stems.setdefault(written, []).append(alone)

    def _add(self, spelling: str, wording: Wording, context: tuple[str, ...]) -> None:
        inside = spelling.startswith("^")
        words = tuple(self._word(word, mark) for word, mark in _MARKED.findall(_plain(spelling)))
        if not words:
            return
        first = words[0]
        self._begin.add(first.stem[:2])
        into = self._open if first.end is _End.OPEN else self._stems
        into.setdefault(first.stem, []).append(_Entry(words, wording, inside, context))
        if first.end is _End.OPEN:
            self._shortest_open = min(self._shortest_open, len(first.stem))
        if len(words) == 1 and first.end is _End.ENDING:
            softened = sibilant(self._language, first.stem)
            if softened:
                soft = _Word(softened, _End.EXACT, first.capital, "")
                self._begin.add(softened[:2])
                self._stems.setdefault(softened, []).append(_Entry((soft,), wording, inside, context))

    def _word(self, word: str, mark: str) -> _Word:
        end = {"": _End.EXACT, "~": _End.ENDING, "*": _End.OPEN}[mark]
        acronym = len(word) > 1 and word.isupper()
        return _Word(self._fold(word), end, word[:1].isupper(), word if acronym else "")

    def find(self, text: str) -> Found:
        """See `LocalGazetteer.find`."""
        text = _plain(text)
        words = [(one.start(), one.end(), one.group()) for one in _WORD.finditer(text)]
        found: Found = []
        after = 0
        at, last = 0, len(words)
        while at < last:
            best_entry, best = None, at
            start, _, written = words[at]
            for entry in self._remembered(written) if len(written) <= _LONGEST_WORD else ():
                upto = self._upto(entry, words, at, text)
                if (
                    (best_entry is None or upto > best)
                    and upto >= at
                    and self._stands(entry, words, at, upto, text, after)
                ):
                    best_entry, best = entry, upto
            if best_entry is not None:
                end = words[best][1]
                suffix = self._suffix.match(text, end) if self._suffix else None
                if suffix:
                    end = suffix.end()
                    while best + 1 < last and words[best + 1][0] < end:
                        best += 1
                found.append((start, end, best_entry.wording))
                after = end
                at = best
            at += 1
        return found

    def _candidates(self, written: str) -> tuple[_Entry, ...]:
        """Entries whose first word the written one may be, longer stems first."""
        folded = self._fold(written)
        bases = arabic_bases(folded) if self._language == "ar" else (folded,)
        return tuple(entry for base in bases if base[:2] in self._begin for entry in self._of(base, written))

    def _of(self, base: str, written: str) -> Iterator[_Entry]:
        if base:
            length = len(base)
            for cut in range(length, max(0, length - self._longest - 1), -1):
                entries = self._stems.get(base[:cut])
                if entries and (cut == length or base[cut:] in self._endings):
                    for entry in entries:
                        first = entry.words[0]
                        if (cut == length or first.end is not _End.EXACT) and first.fits(written):
                            yield entry
            if self._open:
                for cut in range(length, self._shortest_open - 1, -1):
                    for entry in self._open.get(base[:cut], ()):
                        if entry.words[0].fits(written):
                            yield entry

    def _upto(self, entry: _Entry, words: list[tuple[int, int, str]], at: int, text: str) -> int:
        """The index of the entry's last word; -1 where its further words do not follow."""
        for word in entry.words[1:]:
            if at + 1 >= len(words) or not _BETWEEN.fullmatch(text, words[at][1], words[at + 1][0]):
                return -1
            at += 1
            written = words[at][2]
            if not word.meets(self._fold(written), written, self._endings):
                return -1
        return at

    def _stands(
        self, entry: _Entry, words: list[tuple[int, int, str]], at: int, upto: int, text: str, after: int
    ) -> bool:
        """Whether the words around allow it; `after` is where the wording before it ended."""
        if entry.context and not any(one in text for one in entry.context):
            return False
        if entry.inside and _begins(text, words[at][0]):
            return False
        if entry.opens:
            return _begins(text, words[at][0]) and text[words[at][1] : words[at][1] + 1] in _PAUSES
        if self._language == "vi" and at == upto and entry.wording.codes:
            return self._no_vietnamese_name(words, at, text, after)
        return True

    def _no_vietnamese_name(self, words: list[tuple[int, int, str]], at: int, text: str, after: int) -> bool:
        """Whether a syllable is no part of a person's or a longer name: no capital before it, none it belongs to.

        Foreign names may follow (``Nga Putin``); those are not among the syllables of Vietnamese names.
        """
        start, end, written = words[at]
        if len(written) > _SYLLABLE:
            return True
        if at:
            before_start, before_end, before = words[at - 1]
            if text[before_end:start] == " " and before[:1].isupper() and before_end != after:
                return _begins(text, before_start) and before not in _VIETNAMESE
        if at + 1 < len(words) and text[end : words[at + 1][0]] == " ":
            return words[at + 1][2] not in _VIETNAMESE
        return True


_SYLLABLE = 5
_SURNAMES = frozenset(
    (
        *("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô"),
        *("Dương", "Lý", "Đinh", "Đoàn", "Trịnh", "Mai", "Trương", "Lâm", "Tô", "Tạ", "Hà", "Cao", "Lương", "Lưu"),
        *("Thị", "Văn", "Quỳnh", "Ngọc", "Minh", "Tuấn", "Hồng", "Kim", "Thanh", "Thúy", "Phương", "Hải", "Việt"),
    )
)
_VIETNAMESE = _SURNAMES | frozenset(
    (
        *("Anh", "Linh", "Tâm", "Chung", "Khoa", "Dũng", "Hùng", "Thắng", "Cường", "Duy", "Huy", "Nam", "Lan"),
        *("Hạnh", "Hằng", "Thủy", "Trang", "Vân", "Yến", "Nhung", "Đình", "Hào", "Phúc", "Long", "Sơn", "Quân", "Bình"),
        *("Hòa", "Tiến", "Thịnh", "Tài", "Trí", "Đức", "Giang", "Hương", "Dung", "Tho", "Tú", "Nhân", "Phong"),
    )
)


def _begins(text: str, start: int) -> bool:
    """Whether a sentence, a quotation or a line begins there."""
    before = text[:start].rstrip(" \u00a0")
    return not before or before[-1] in _SENTENCE_ENDS


def _plain(text: str) -> str:
    """Of the same length: one apostrophe for the letter that Ukrainian uses as one."""
    return text.replace("\u02bc", "'")


def _without(marks: str, text: str) -> str:
    return "".join(ch for ch in unicodedata.normalize("NFD", text) if ch not in marks)


_DOTTED = str.maketrans("İI", "iı")
_ONE_ARABIC = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىی", "ي"),
        **dict.fromkeys("ةۀ", "ه"),
        "ک": "ك",
        **dict.fromkeys("\u064b\u064c\u064d\u064e\u064f\u0650\u0652\u0654\u0655\u0670\u0640"),
    }
)
_ONE_HINDI = str.maketrans({"ँ": "ं", "\u093c": None})
_FOLDS: Mapping[str, Callable[[str], str]] = {
    "ru": lambda text: text.lower().replace("ё", "е"),
    "tr": lambda text: text.translate(_DOTTED).lower(),
    "ar": lambda text: text.translate(_ONE_ARABIC),
    "fa": lambda text: text.translate(_ONE_ARABIC),
    "hi": lambda text: unicodedata.normalize("NFD", text).translate(_ONE_HINDI),
    "vi": lambda text: unicodedata.normalize("NFC", text).lower(),
}

_DAY = re.compile("[0-9０-９〇一二三四五六七八九十今明昨同本連连翌当當前後后毎每先平休祝初近即次終终]")
_MIDDLE = re.compile("[其集当當途空手心高初在之]")


class _Unspaced:
    """Chinese and Japanese: wordings anywhere, and one character for a country beside another or a word of state."""

    def __init__(self, table: Iterable[_Row], language: str) -> None:
        found: dict[str, tuple[Wording, tuple[str, ...], bool]] = {}
        shorts: list[tuple[str, str]] = []
        around: dict[str, tuple[str, ...]] = {}
        for kind, codes, wordings, context in table:
            if kind == "short":
                shorts += [(codes[0], one) for one in wordings]
            elif kind in ("after", "before"):
                around[kind] = (*around.get(kind, ()), *wordings)
            else:
                for one in wordings:
                    found.setdefault(one, (_wording(kind, codes), context, False))
        for code, short in shorts:
            wording = _wording("adj", (code,))
            for spelling in (
                *(f"{short}{word}" for word in around.get("after", ())),
                *(f"{word}{short}" for word in around.get("before", ())),
            ):
                found.setdefault(spelling, (wording, (), True))
            for other, beside in shorts:
                if other != code:
                    found.setdefault(f"{short}{beside}", (_wording("pair", (code, other)), (), True))
        self._entries = tuple(found.values())
        self._automaton = AhoCorasick(found, store_patterns=False)

    def find(self, text: str) -> Found:
        """See `LocalGazetteer.find`."""
        hits: list[tuple[int, int, Wording, bool]] = []
        text = text.encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair becomes one "?"
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            wording, context, short = self._entries[index]
            if context and not any(one in text for one in context):
                continue
            if _latin(text, start - 1, start) or _latin(text, end, end - 1) or _in_katakana(text, start, end):
                continue
            if short and start:
                before = text[start - 1]
                if (text[start] == "日" and _DAY.match(before)) or (text[start] == "中" and _MIDDLE.match(before)):
                    continue
            hits.append((start, end, wording, short))
        hits.sort(key=lambda one: (one[0], -one[1]))
        found: Found = []
        upto = 0
        names_at = {start for start, _, _, short in hits if not short}
        for start, end, wording, short in hits:
            if start >= upto and not (short and len(wording.codes) > 1 and start + 1 in names_at):
                found.append((start, end, wording))
                upto = end
        return found


_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]")
_OWN_WORD = re.compile(
    "メディア|サッカー|チーム|リーグ|ドル|ルーブル|ウォン|ルピー|ペソ|バーツ|ビザ|ツアー|ファンド|ショック|リスク|マネー"
)


def _in_katakana(text: str, start: int, end: int) -> bool:
    """Whether a wording in katakana is but a part of a word in them: ``タイ`` in ``タイトル``."""
    if start and _KATAKANA.match(text, start - 1) and _KATAKANA.match(text, start):
        return True
    inside = _KATAKANA.match(text, end - 1) and _KATAKANA.match(text, end)
    return bool(inside) and _OWN_WORD.match(text, end) is None


def _latin(text: str, outside: int, inside: int) -> bool:
    """Whether a wording in Latin letters is but a part of a word."""
    if not 0 <= outside < len(text):
        return False
    one, other = text[outside], text[inside]
    return one.isascii() and one.isalnum() and other.isascii() and other.isalnum()
