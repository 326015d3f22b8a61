"""The pieces of a typed filter: words, phrases in the quotes of any script, keys with values, brackets, operators.

Every character that is no part of a piece is a space or a sign that says nothing. Whatever is typed gives tokens or one
`FilterError`; nothing that would be misread is passed over in silence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from bot.filter_model import FilterError
from bot.news.filter_names import ALL_OF, Key, example, find_key, near_key
from bot.news.text import DOUBLE_QUOTES, index_terms
from bot.words import _, mean

_OPEN, _CLOSE = "(（", ")）"
_MINUS = "-−－"
_DASHES = "–—"
_HASH = "#＃"
_STRAIGHT = DOUBLE_QUOTES
"""Keyboards and correctors mix these freely, so that any of them closes any other."""
_ANGLED = "«»‹›"
"""Opened by either, as languages differ: « French », »German«, ”Swedish” among the others."""
_CLOSERS = {
    **dict.fromkeys(_STRAIGHT, _STRAIGHT),
    **dict.fromkeys(_ANGLED, _ANGLED),
    "「": "」",
    "『": "』",
    "《": "》",
}
_ANY_OF, _ALL_OF = ",，、|", "+＋"
_NAMED = re.compile(r"([^\W\d]+)[:：]")
"""A key, known or not: letters of any script, so that ``país:JP`` is told to be none."""
_INNER = re.compile(r"(?<![A-Za-z_])([A-Za-z_]+)[:：](?=\S)")


class Part(StrEnum):
    """What a token is."""

    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    MINUS = "-"
    WORDS = "words"
    FIELD = "field"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a key, without its quotes."""

    text: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of a filter, `start` to `end` of what was typed."""

    part: Part
    start: int
    end: int
    words: str = ""
    """Of words: as typed, without quotes."""
    quoted: bool = False
    key: Key = Key.TOPIC
    values: tuple[tuple[Value, ...], ...] = ()
    """Of a field: one of these must hold, and of each all."""

    @property
    def bare(self) -> str:
        """The word where it may be meant as an operator; empty of anything else."""
        return self.words.casefold() if self.part is Part.WORDS and not self.quoted else ""

    @property
    def begins(self) -> bool:
        """Whether something that can be looked for begins here."""
        return self.part in (Part.OPEN, Part.NOT, Part.MINUS, Part.WORDS, Part.FIELD)


def tokens(text: str) -> list[Token]:
    """The pieces in their order. Raises `FilterError`."""
    reader = _Reader(text)
    found: list[Token] = []
    while (token := reader.token()) is not None:
        found.append(token)
    return found


class _Reader:
    """Reads from `at` on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def token(self) -> Token | None:
        """The next piece; None at the end."""
        while self.at < len(self.text):
            start, ch = self.at, self.text[self.at]
            if ch.isspace():
                self.at += 1
            elif ch in _OPEN or ch in _CLOSE:
                self.at += 1
                return Token(part=Part.OPEN if ch in _OPEN else Part.CLOSE, start=start, end=self.at)
            elif ch == "|":
                self.at += 2 if self.text.startswith("||", start) else 1
                return Token(part=Part.OR, start=start, end=self.at)
            elif ch in _CLOSERS:
                return self._phrase()
            elif ch in _MINUS:
                return self._minus()
            elif ch in _ALL_OF:
                raise self._wrong(
                    _(
                        "A plus joins values of one key, without spaces: country:JP+PH. Words need none: all must "
                        "occur."
                    ),
                    start,
                )
            elif ch in _HASH or _NAMED.match(self.text, start):
                found = self._field()
                if found is not None:
                    return found
            else:
                found = self._word()
                if found is not None:
                    return found
        return None

    def _wrong(self, reason: str, at: int) -> FilterError:
        return FilterError(reason, text=self.text, position=at)

    def _ends(self, at: int) -> bool:
        """Whether nothing of the same piece can stand there."""
        return at >= len(self.text) or self.text[at].isspace() or self.text[at] in _CLOSE

    def _within_word(self, at: int) -> bool:
        """Whether a quote is a letter's sign: Hebrew writes abbreviations with one before the last letter."""
        return (
            0 < at < len(self.text) - 1
            and "\u05d0" <= self.text[at - 1] <= "\u05ea"
            and "\u05d0" <= self.text[at + 1] <= "\u05ea"
        )

    def _quoted(self) -> str:
        """What stands in the quotes that open here; reads on behind them."""
        start = self.at
        closers = _CLOSERS[self.text[start]]
        for end in range(start + 1, len(self.text)):
            if self.text[end] in closers and not self._within_word(end):
                self.at = end + 1
                inner = self.text[start + 1 : end]
                if not inner.strip():
                    raise self._wrong(
                        _("Nothing stands between these quotes: put words there, or leave them out."), start
                    )
                return inner
        raise self._wrong(_("This quote is never closed: put {sign} where the phrase ends.", sign=closers[0]), start)

    def _phrase(self) -> Token:
        start = self.at
        inner = self._quoted()
        if not index_terms(inner):
            raise self._wrong(_("No letter or digit stands between these quotes: nothing can be looked for."), start)
        return Token(part=Part.WORDS, start=start, end=self.at, words=inner, quoted=True)

    def _minus(self) -> Token:
        start = self.at
        self.at += 1
        if self._ends(self.at):
            raise self._wrong(
                _("A minus excludes what follows it at once, as in -sport. For a dash, put the text in quotes."), start
            )
        if self.text[self.at] in _MINUS:
            raise self._wrong(_("One minus is enough: -sport excludes it."), start)
        return Token(part=Part.MINUS, start=start, end=self.at)

    def _run(self, stops: str) -> str:
        """Characters up to a space, a bracket, a quote or one of `stops`; reads on behind them."""
        start = self.at
        while self.at < len(self.text):
            ch = self.text[self.at]
            if ch.isspace() or ch in _OPEN or ch in _CLOSE or (ch in _CLOSERS and not self._within_word(self.at)):
                break
            if ch in stops and not (ch in _ALL_OF and self._doubled(self.at)):
                break
            self.at += 1
        return self.text[start : self.at]

    def _doubled(self, at: int) -> bool:
        """Whether a plus stands beside another, as in C++."""
        return self.text[at - 1 : at] == self.text[at] or self.text[at + 1 : at + 2] == self.text[at]

    def _word(self) -> Token | None:
        """A bare word; None of signs that say nothing, which are passed over."""
        start = self.at
        if self.text[start] in _DASHES and (start == 0 or self.text[start - 1].isspace()) and not self._ends(start + 1):
            raise self._wrong(_("A dash excludes nothing: write - (the minus), or put a space behind it."), start)
        word = self._run("|")
        token = Token(part=Part.WORDS, start=start, end=self.at, words=word)
        if word in ("AND", "OR", "NOT"):
            return Token(part=Part(word), start=start, end=self.at)
        for inner in _INNER.finditer(word):
            if find_key(inner[1]) is not None:
                raise self._wrong(
                    _("Put a space before {key}: here, or the whole in quotes.", key=inner[1]), start + inner.start()
                )
        if not index_terms(word):
            if any(unicodedata.category(ch) == "So" for ch in word):
                raise self._wrong(
                    _("Emoji are not looked for: leave it out. A flag works with a key: country:🇯🇵."), start
                )
            return None
        if "*" in word:
            at = start + word.index("*")
            raise self._wrong(_("No part of a word is looked for: leave out the *. Plurals are found anyway."), at)
        return token

    def _field(self) -> Token | None:
        """A key with its values, a hashtag, or (where the colon is only a sign) a word."""
        start = self.at
        if self.text[start] in _HASH:
            if self._ends(start + 1):
                raise self._wrong(_("A hashtag lacks its name: write it right behind the sign, as in #trade."), start)
            key = Key.TOPIC
        else:
            named = _NAMED.match(self.text, start)
            assert named is not None  # noqa: S101 - the caller looked
            typed = unicodedata.normalize("NFKC", named[1])
            found = find_key(typed)
            if found is None:
                if self._ends(named.end()) and near_key(typed) is None:
                    return self._word()
                raise self._unknown(typed, start)
            key, self.at = found, named.end()
        values = self._values(key)
        return Token(part=Part.FIELD, start=start, end=self.at, key=key, values=values)

    def _unknown(self, typed: str, at: int) -> FilterError:
        near = near_key(typed)
        reason = [_("“{typed}:” is no key.", typed=typed[:40])]
        if near:
            reason.append(mean([f"{near}:"]))
        reason.append(_("There are: {keys}. To look for the text, put it in quotes.", keys=", ".join(Key)))
        return self._wrong(" ".join(reason), at)

    def _values(self, key: Key) -> tuple[tuple[Value, ...], ...]:
        lists = key not in (Key.OUTLETS, Key.SINCE)
        stops = _ANY_OF + _ALL_OF if lists else ""
        ways: list[list[Value]] = [[]]
        while True:
            ways[-1].append(self._value(key, stops))
            if self.at >= len(self.text) or self.text[self.at] not in stops:
                return tuple(map(tuple, ways))
            sign, at = self.text[self.at], self.at
            if sign in _ALL_OF and key not in ALL_OF:
                raise self._wrong(
                    _(
                        "An item has only one value of {key}: a comma means either of them. A name with a + in it goes "
                        "in quotes.",
                        key=key,
                    ),
                    at,
                )
            self.at += 1
            if self._ends(self.at):
                raise self._wrong(
                    _(
                        "Another value must follow at once: {key}:a{sign}b. Leave the sign out where there is none.",
                        key=key,
                        sign=sign,
                    ),
                    at,
                )
            if sign not in _ALL_OF:
                ways.append([])

    def _value(self, key: Key, stops: str) -> Value:
        at = self.at
        if self._ends(at):
            raise self._wrong(
                _(
                    "Nothing stands right behind “{key}:”. Write the value there, as in {example}.",
                    key=key,
                    example=example(key),
                ),
                at,
            )
        if self.text[at] in _OPEN:
            raise self._wrong(
                _("No bracket behind a key: write {key}:a,b for either, or brackets around the whole.", key=key), at
            )
        if self.text[at] in _MINUS:
            raise self._wrong(_("Put the minus before the key: -{key}: excludes it.", key=key), at)
        text = self._quoted() if self.text[at] in _CLOSERS else self._run(stops)
        if not text:
            raise self._wrong(
                _("A value of {key}: is missing here, as in {example}.", key=key, example=example(key)), at
            )
        return Value(text, at)
