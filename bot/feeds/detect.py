"""What a document is written in, where nobody says so. Runs in a parser process; the door to py3langid.

One feed is nearly always in one language, and one headline is little to tell it by. So all entries are judged together,
and each by itself only where enough of them, each surely, are in different languages (closely related ones are not:
an Indonesian headline may well pass for Malay). Measured by ``python -m bench.languages`` on texts in 38 languages.

py3langid is an extra (``pip install 'dateline[lang]'``): where it is not installed, what nobody says stays unknown. Its
model takes 0.7 s to load and some 100 MB to keep, so that `bot.feeds.parse.Parser` has one process for it at most.
Never: in the bot's own process, or a guess that is not sure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any, Final

LANGUAGES: Final = (
    "af am ar as az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu ha he hi hr ht hu hy id ig is it ja ka "
    "kk km kn ko ku ky lb lo lt lv mg mk ml mn mr ms mt my ne nl nn no om or pa pl ps pt ro ru rw si sk sl so sq sr sv "
    "sw ta te tg th tk tl tr tt ug uk ur uz vi xh yo yue zh zu"
)
"""Those of the model that news is published in; the rest (Latin, Venetian, Nigerian Pidgin) would only mislead."""
SURE: Final = 0.7
"""Of one entry: above it 870 of 872 measured texts were told right, above .5 979 of 996; the rest are too short."""
SURE_TOGETHER: Final = 0.8
"""Of all entries together: 522 of 583 measured documents were told, most of two headlines alone, all of them right."""
MIXED: Final = 0.8
"""The share of the sure entries below which a document is in several languages."""
_ENOUGH: Final = 3
_SAMPLE: Final = 12
"""Entries that are judged first, at most: of forty, no more documents were told."""
_GOLDEN: Final = 0.6180339887498949
_AGREEING: Final = 6
"""Sure entries that say the same, before any says another: then no more are read. A document in two languages by halves
passes for one in 1 of 32 cases so, where those of a sample must be `MIXED` in 1 of 26."""
_TEXT: Final = 300
_CLOSE: Final = {"ms": "id", "bs": "hr", "sr": "hr", "nn": "no", "da": "no", "sk": "cs", "gl": "pt", "yue": "zh"}
_NAMED: Final = {"nn": "no", "yue": "zh", "tl": "fil"}
"""Told apart by the model, not by those who ask."""


def is_there() -> bool:
    """Whether the extra is installed; nothing is loaded."""
    return find_spec("py3langid") is not None


def languages(texts: Sequence[str]) -> list[str | None]:
    """The language of each entry's text, None where it is not sure. Loads the model at the first call."""
    if not texts:
        return []
    sample = _spread(texts)
    said: Counter[str] = Counter()
    for text in sample:
        code, likelihood = _judged(text)
        if likelihood >= SURE:
            said[code] += 1
            if said.total() == said[code] == _AGREEING:
                return [_NAMED.get(code, code)] * len(texts)
    sure: Counter[str] = Counter()
    for code, votes in said.items():
        sure[_CLOSE.get(code, code)] += votes
    family, votes = sure.most_common(1)[0] if sure else ("", 0)
    if votes >= MIXED * sure.total():
        code, likelihood = _judged(" ".join(text[:_TEXT] for text in sample), _SAMPLE * _TEXT)
        same = not family or _CLOSE.get(code, code) == family
        found = _NAMED.get(code, code) if same and likelihood >= SURE_TOGETHER else None
        return [found] * len(texts)
    if sure.total() < _ENOUGH:
        return [None] * len(texts)
    judged = [_judged(text) for text in texts]
    return [_NAMED.get(code, code) if likelihood >= SURE else None for code, likelihood in judged]


def _spread(texts: Sequence[str]) -> Sequence[str]:
    """At most `_SAMPLE` of them, in an order in which the first few are from everywhere.

    By the golden ratio, not by a step: in some feeds two languages take turns.
    """
    if len(texts) <= _SAMPLE:
        return texts
    places = dict.fromkeys(int(number * _GOLDEN % 1.0 * len(texts)) for number in range(_SAMPLE))
    return [texts[place] for place in places]


def _judged(text: str, limit: int = _TEXT) -> tuple[str, float]:
    """The likeliest language, and how likely it is (0 to 1)."""
    code, likelihood = _model().classify(text[:limit])
    return str(code), float(likelihood)


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages(sorted(set(LANGUAGES.split()) & set(model.labels)))
    # The languages chosen leave the table column by column, and each text reads rows of it.
    model.nb_ptc = model.nb_ptc.copy(order="C")
    return model
