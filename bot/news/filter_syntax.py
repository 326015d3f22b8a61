"""The grammar of filters, and its parser: from what a person typed to a `Filter`, or one error that points.

    filter  = any
    any     = all *( ("OR" / "|") all )
    all     = one *( ["AND"] one )
    one     = ("NOT" / "-") one / "(" any ")" / key ":" values / "#" values / word / quoted phrase
    values  = value *( ("," / "+") value )          "," either, "+" all of them; "+" binds closer

AND, OR and NOT are operators in capitals alone. Where small letters leave the meaning open, or brackets are missing
between words side by side and OR, which some searches read one way and some the other, that is an error: an alert that
means something else than its author is noticed weeks later. ``and`` between two words is AND: all must occur anyhow.

It reads at most `LIMIT` characters in linear time and never raises anything but `FilterError`.
"""

from __future__ import annotations

from datetime import datetime

from bot.filter_model import (
    Filter,
    FilterError,
    Node,
    Not,
    Or,
    Tag,
    Topic,
    Words,
    both,
    either,
    leaves,
    negated,
)
from bot.news.countries import find_country
from bot.news.filter_names import KINDS, WHOLE, Key, Wrong, meaning, moment, outlets
from bot.news.filter_tokens import Part, Token, Value, tokens
from bot.news.text import index_terms
from bot.words import _, decimal, later

LIMIT = 300
"""Characters of a typed filter."""
STORED_LIMIT = 4 * LIMIT
"""Characters of a canonical one, which may be longer than what was typed."""
MOST_TERMS = 64
"""Words and values in one filter."""
MOST_DEPTH = 10
"""Brackets and negations within one another."""
_FLOOD = later(
    "Nearly everything would match: this asks for nothing but what is left out. "
    "Say what you want as well: a topic, a country, an outlet or a word."
)


def parse(text: str, *, now: datetime | None = None, flood: bool = False, limit: int = LIMIT) -> Filter:
    """The filter that a text says; topics and outlets in it are still as typed (`bot.news.filters.resolved`).

    `flood`: whether one that matches all but what it excludes is allowed: in an answer it is, in an alert it is not.
    `now` allows spans (``since:7d``). Raises `FilterError`.
    """
    parser = _Parser(within(text, limit), now)
    root = parser.whole()
    if not flood and parser.min_outlets == 1 and _of_nothing(root):
        first = next((token for token in parser.tokens if token.part in (Part.NOT, Part.MINUS)), None)
        raise FilterError(_(_FLOOD), text=text, position=first.start if first is not None else 0)
    return Filter(root=root, min_outlets=parser.min_outlets, since=parser.since)


def within(text: str, limit: int = LIMIT) -> str:
    """The text where it is not too long, else raises `FilterError`."""
    if len(text) > limit:
        raise FilterError(
            _("This filter is {number} characters long; {most} is the most.", number=decimal(len(text)), most=limit),
            text=text,
            position=limit,
        )
    return text


def floods(asked: Filter) -> bool:
    """Whether an item that carries nothing at all would match: then nearly every item does."""
    return asked.min_outlets == 1 and _of_nothing(asked.root)


def _of_nothing(node: Node) -> bool:
    if isinstance(node, Not):
        return not _of_nothing(node.part)
    if isinstance(node, Or):
        return any(map(_of_nothing, node.parts))
    if isinstance(node, (Tag, Words, Topic)):
        return False
    return all(map(_of_nothing, node.parts))


class _Branch:
    """What stands between two ORs."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.spans: list[tuple[int, int]] = []
        self.side_by_side = False
        """Whether two of its parts have no AND between them."""


class _Parser:
    """Reads tokens by recursive descent; one use."""

    def __init__(self, text: str, now: datetime | None) -> None:
        self.text = text
        self.now = now
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0
        self.terms = 0
        self.min_outlets = 1
        self.since: datetime | None = None
        self._whole: list[Token] = []
        """The keys read so far that are said of the whole."""

    def whole(self) -> Node:
        """The root. Raises `FilterError`."""
        if not self.tokens:
            raise self._wrong(_("Nothing to look for: give a word, a #topic or a key such as country:JP."), 0)
        root = self._any()
        token = self._next()
        if token is not None:
            raise self._wrong(_("This bracket closes none: leave it out, or open one before."), token.start)
        return root

    def _wrong(self, reason: str, at: int) -> FilterError:
        return FilterError(reason, text=self.text, position=min(at, len(self.text)))

    def _next(self, ahead: int = 0) -> Token | None:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else None

    def _any(self) -> Node:
        branches = [self._all()]
        signs: list[Token] = []
        while (token := self._next()) is not None and token.part is Part.OR:
            signs.append(token)
            self.at += 1
            branches.append(self._all(after=token))
        if signs and self._whole and not self.depth:
            raise self._misplaced(self._whole[0])
        if signs and any(branch.side_by_side for branch in branches):
            raise self._wrong(self._two_readings(branches), signs[0].start)
        return either([both(branch.nodes) for branch in branches]) if signs else both(branches[0].nodes)

    def _two_readings(self, branches: list[_Branch]) -> str:
        """What to write instead of ``a b OR c``."""
        if len(branches) > 2 or len(self.text) > 100:
            return _(
                "Words side by side and OR can be read in two ways: put brackets around what belongs together, as in "
                "(a b) OR c, or a (b OR c)."
            )
        first, second = branches[0].spans, branches[1].spans

        def piece(spans: list[tuple[int, int]]) -> str:
            return self.text[spans[0][0] : spans[-1][1]].strip() if spans else ""

        def grouped(spans: list[tuple[int, int]]) -> str:
            return f"({piece(spans)})" if len(spans) > 1 else piece(spans)

        apart = f"{grouped(first)} OR {grouped(second)}"
        near = f"({piece(first[-1:])} OR {piece(second[:1])})"
        return _(
            "Words side by side and OR can be read in two ways: put brackets around what belongs together: {apart}, or "
            "{together}.",
            apart=apart,
            together=" ".join(filter(None, (piece(first[:-1]), near, piece(second[1:])))),
        )

    def _all(self, after: Token | None = None) -> _Branch:
        """Everything up to an OR, a closing bracket or the end. `after`: the OR before it."""
        branch = _Branch()
        sign = after
        first = True
        while (token := self._next()) is not None and token.part not in (Part.OR, Part.CLOSE):
            if token.part is Part.AND or (not first and sign is None and self._is_and(token)):
                if first or sign is not None:
                    raise self._wrong(
                        _("Something to look for must stand before AND; in quotes it is a word."), token.start
                    )
                sign = token
                self.at += 1
                continue
            if not first and sign is None:
                self._refuse_small(token)
                branch.side_by_side = True
            node = self._one()
            if node is not None:
                branch.nodes.append(node)
            branch.spans.append((token.start, self.tokens[self.at - 1].end))
            first, sign = False, None
        self._check_end(first, sign, token)
        return branch

    def _check_end(self, empty: bool, sign: Token | None, stop: Token | None) -> None:
        """That something stood there, and no operator waits for more."""
        if sign is not None:
            name = {Part.OR: "OR", Part.AND: "AND"}.get(sign.part, "and")
            raise self._wrong(_("Something must follow {name}: add it, or leave {name} out.", name=name), sign.start)
        if empty:
            if stop is None:
                raise self._wrong(_("Nothing to look for within this bracket."), len(self.text))
            if stop.part is Part.OR:
                raise self._wrong(_("Something to look for must stand before OR; in quotes it is a word."), stop.start)
            reason = (
                _("Nothing stands between these brackets.")
                if self.depth
                else _("This bracket closes none: leave it out.")
            )
            raise self._wrong(reason, stop.start)

    def _is_and(self, token: Token) -> bool:
        """Whether a small ``and`` joins two things: anywhere else it is a word."""
        following = self._next(1)
        return token.bare == "and" and following is not None and following.begins

    def _refuse_small(self, token: Token) -> None:
        """A small ``or`` or ``not`` between two things may be meant either way."""
        following = self._next(1)
        if token.bare not in ("or", "not") or following is None or not following.begins:
            return
        if token.bare == "or":
            reason = _(
                "“{word}” is only a word here: write OR in capitals for either of two, or “{word}” in quotes.",
                word=token.words,
            )
        else:
            reason = _(
                "“{word}” is only a word here: write NOT in capitals for what must not occur, or “{word}” in quotes.",
                word=token.words,
            )
        raise self._wrong(reason, token.start)

    def _one(self) -> Node | None:
        """One condition; None where it is said of the whole."""
        token = self._next()
        assert token is not None  # noqa: S101 - the caller looked
        self.at += 1
        if token.part in (Part.NOT, Part.MINUS):
            following = self._next()
            if following is None or not following.begins:
                raise self._wrong(_("Something must follow NOT: what must not occur."), token.start)
            self._deeper(token)
            node = self._one()
            self.depth -= 1
            assert node is not None  # noqa: S101 - what is said of the whole was refused at this depth
            return negated(node)
        if token.part is Part.OPEN:
            self._deeper(token)
            node = self._any()
            closing = self._next()
            if closing is None:
                raise self._wrong(_("This bracket is never closed: put ) where it ends."), token.start)
            self.at += 1
            self.depth -= 1
            return node
        if token.part is Part.FIELD:
            return self._field(token)
        return self._words(token)

    def _deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise self._wrong(
                _("Too many brackets within one another: {most} is the most.", most=MOST_DEPTH), token.start
            )

    def _count(self, more: int, at: int) -> None:
        self.terms += more
        if self.terms > MOST_TERMS:
            raise self._wrong(
                _("This filter has more than {most} words and values: make it shorter.", most=MOST_TERMS), at
            )

    def _words(self, token: Token) -> Node:
        terms = tuple(index_terms(token.words).split())
        self._count(len(terms), token.start)
        return Words(terms, " ".join(token.words.split()))

    def _field(self, token: Token) -> Node | None:
        if token.key in WHOLE:
            self._said_of_whole(token, token.values[0][0])
            return None
        ways = []
        for way in token.values:
            found = []
            for value in way:
                self._count(1, value.at)
                found.append(self._meaning(token, value))
            ways.append(both(found))
        return either(ways)

    def _meaning(self, token: Token, value: Value) -> Node:
        try:
            return meaning(token.key, value.text, value.at)
        except Wrong as wrong:
            raise self._wrong(self._unquoted(token, value) or str(wrong), value.at) from None

    def _unquoted(self, token: Token, value: Value) -> str | None:
        """What to write where a country's name of several words stands there without quotes."""
        if KINDS.get(token.key) is None or token.key in (Key.OUTLET, Key.CATEGORY, Key.LANGUAGE):
            return None
        words = self.text[value.at :].split()[:5]
        for count in range(2, len(words) + 1):
            name = " ".join(words[:count]).rstrip(")")
            if find_country(name) is not None:
                return _('A name of several words needs quotes: {key}:"{name}".', key=token.key, name=name)
        return None

    def _said_of_whole(self, token: Token, value: Value) -> None:
        if self.depth:
            raise self._misplaced(token)
        if any(earlier.key is token.key for earlier in self._whole):
            raise self._wrong(_("{key}: can be given once.", key=token.key), token.start)
        self._whole.append(token)
        try:
            if token.key is Key.OUTLETS:
                self.min_outlets = outlets(value.text)
            else:
                self.since = moment(value.text, self.now)
        except Wrong as wrong:
            raise self._wrong(str(wrong), value.at) from None

    def _misplaced(self, token: Token) -> FilterError:
        return self._wrong(
            _(
                "{key}: is said of the whole: it stands outside of OR, NOT and brackets, as in (a OR b) {condition}.",
                key=token.key,
                condition=self.text[token.start : token.end],
            ),
            token.start,
        )


def typed_topics(asked: Filter) -> tuple[Topic, ...]:
    """The topics that are still to be resolved, each once."""
    return tuple(dict.fromkeys(leaf for leaf in leaves(asked.root) if isinstance(leaf, Topic)))


def typed_outlets(asked: Filter) -> tuple[Tag, ...]:
    """The outlets as typed, each once."""
    kind = KINDS[Key.OUTLET]
    return tuple(dict.fromkeys(leaf for leaf in leaves(asked.root) if isinstance(leaf, Tag) and leaf.kind is kind))
