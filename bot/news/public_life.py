"""Where a text that names no country is at home, and which of two towns of one name it means.

Small papers name towns and counties, not countries: the words of a country's public life (`data/cues.tsv`) show where
their stories are. It must never say anything against a country that a text names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from bot.news.gazetteer import WEIGHTS, Hit, Kind, Wording

CUE = 0.5
"""What the cues of a country's public life say together."""

CAUCASUS = re.compile(
    r"\b(?:Tbilisi|Russia|Moscow|Abkhazia|Ossetia|Saakashvili|Caucasus|Georgian|Armenia|Azerbaijan|Kremlin|Putin|"
    r"Ukraine|Turkey|NATO|Dream|Soviet|Ivanishvili|Zourabichvili|European)"
)
GEORGIA_US = Wording(("US",), Kind.STATE, WEIGHTS[Kind.STATE], True, True)


def with_public_life(hits: list[Hit], cues: list[Hit], text: str) -> list[Hit]:
    """The hits in the light of a country's public life: namesakes told apart, and the country itself where it is sure.

    Local life (a sheriff, a county, a borough council) shows where a story is whatever else it names; national life
    (a senator, a primary) shows it only where no country is named. A county or a township is a weak sign where another
    country is named.
    """
    named = {
        code for hit in hits if hit.wording.kind in _NAMING and not hit.wording.namesakes for code in hit.wording.codes
    }
    local: dict[str, float] = {}
    both: dict[str, float] = {}
    first: dict[str, Hit] = {}
    seen: set[str] = set()
    for cue in cues:
        word = text[cue.start : cue.end].casefold()
        if word in seen:
            continue
        seen.add(word)
        code, weight = cue.wording.codes[0], cue.wording.weight
        both[code] = both.get(code, 0.0) + weight
        if cue.wording.kind is Kind.DIVISION and named - {code}:
            weight = _ELSEWHERE
        if cue.wording.kind is not Kind.CUE:
            local[code] = local.get(code, 0.0) + weight
        first.setdefault(code, cue)
    for hit in hits:
        if hit.wording.kind in (Kind.STATE, Kind.POSTAL):
            code = hit.wording.codes[0]
            local[code] = local.get(code, 0.0) + 1.0
    if hits and local:
        hits = _told_apart(hits, local, {cue.start: cue for cue in cues if cue.wording.kind is not Kind.CUE}, text)
    if both.get("US"):
        hits = [_american(hit, text) for hit in hits]
    sure = local if hits else both
    best = max(sure, key=lambda code: sure[code], default="")
    if best and sure[best] >= 1.0 and best in first and all(hit.wording.codes != (best,) for hit in hits):
        start, end, _ = first[best]
        hits = sorted([*hits, Hit(start, end, _public_life(best))])
    return hits


@lru_cache(maxsize=64)
def _public_life(code: str) -> Wording:
    return Wording((code,), Kind.CUE, CUE, False, False)


def _american(hit: Hit, text: str) -> Hit:
    """Georgia is the state in a text that speaks of American life, unless it speaks of the Caucasus too."""
    if hit.wording.codes == ("GE",) and text.startswith(("Georgia", "GEORGIA"), hit.start) and hit.end - hit.start == 7:
        return hit if CAUCASUS.search(text) else Hit(hit.start, hit.end, GEORGIA_US)
    return hit


def _told_apart(hits: list[Hit], local: Mapping[str, float], cues: Mapping[int, Hit], text: str) -> list[Hit]:
    """Places that have a namesake in a country whose local life the text speaks of, and nothing else for their own.

    `cues` are those of local life, by where they begin: right after a town's name (``Norfolk High School``) one does.
    """
    proven: dict[str, set[str]] = {}
    for start, end, wording in hits:
        if not wording.namesakes:
            for code in wording.codes:
                proven.setdefault(code, set()).add(text[start:end])
    told: list[Hit] = []
    for hit in hits:
        wording = hit.wording
        if wording.namesakes and wording.codes[0] not in proven:
            enough = 2.0 if wording.kind is Kind.NAME else 1.0
            there = max(wording.namesakes, key=lambda code: local.get(code, 0.0))
            after = cues.get(hit.end + 1)
            if after is not None and after.wording.codes == (there,) and text[hit.end] == " ":
                enough = _BESIDE
            if local.get(there, 0.0) >= enough and local[there] > local.get(wording.codes[0], 0.0):
                hit = Hit(hit.start, hit.end, _TOWN_OF[there])
        told.append(hit)
    return told


_BESIDE = 0.5
_ELSEWHERE = 0.5
"""What a county says for its country where a text names another."""
_NAMING = frozenset((Kind.NAME, Kind.ADJECTIVE, Kind.PLACE, Kind.REGION))
_TOWN_OF = {code: Wording((code,), Kind.CITY, WEIGHTS[Kind.CITY], False, False) for code in ("AU", "CA", "GB", "US")}
