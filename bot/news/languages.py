"""Languages by code: what a typed name means, and what a code is called.

Codes are primary subtags of BCP 47, as `bot.model.primary_language` gives them: news is asked for in Portuguese, not in
that of Brazil. English names come from Babel (CLDR), what speakers call their own language from `data/languages.tsv`.
It must never guess: what is no name it knows is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from babel import Locale
from rapidfuzz import fuzz, process

from bot.model import primary_language
from bot.news.countries import LIKENESS, SUGGESTIONS, rows
from bot.news.text import slug


@cache
def names() -> Mapping[str, str]:
    """Every code and its English name; those of `data/languages.tsv` first, in its order."""
    english = Locale("en").languages
    found = {code: english[code] for code in _own_names() if code in english}
    for code, name in english.items():
        if "_" not in code and primary_language(code) == code and 2 <= len(code) <= 3:
            found.setdefault(code, name)
    return found


def language_name(code: str) -> str:
    """What people call a code in English; the code itself where it is none we know."""
    return names().get(code, code)


def find_language(typed: str) -> str | None:
    """The code a person means: a code, a longer tag (``pt-BR``), an English name, or what its speakers call it."""
    typed = typed.strip()[:100]
    code = primary_language(typed)
    if code in names() and (len(typed) <= 3 or "-" in typed or "_" in typed):
        return code
    return _by_name().get(slug(typed))


def suggest_languages(typed: str, limit: int = SUGGESTIONS) -> list[tuple[str, str]]:
    """Code and name, as English and as its speakers have it, of languages whose code or names begin as typed."""
    wanted = slug(typed[:100])
    exact = find_language(typed) if wanted else None
    found = []
    for place, (code, name) in enumerate(names().items()):
        own = _own_names().get(code, ())
        keys = [code, slug(name), *map(slug, own)]
        if code == exact or any(key.startswith(wanted) for key in keys):
            shown = name if not own or own[0].casefold() == name.casefold() else f"{name} · {own[0]}"
            found.append((code != exact, place, code, shown))
    return [(code, shown) for _, _, code, shown in sorted(found)[:limit]]


def near_languages(typed: str, limit: int = 3) -> list[str]:
    """Names that a mistyped language may be, the nearest first; empty where none is near."""
    found = process.extract(typed.casefold(), list(names().values()), scorer=fuzz.ratio, processor=str.casefold)
    return [name for name, likeness, _ in found[:limit] if likeness >= LIKENESS]


@cache
def _own_names() -> Mapping[str, tuple[str, ...]]:
    return {code: (own, *filter(None, others.split(";"))) for code, own, others in rows("languages.tsv")}


@cache
def _by_name() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for code, name in names().items():
        for each in (name, *_own_names().get(code, ())):
            found.setdefault(slug(each), code)
    found.pop("", None)
    return found
