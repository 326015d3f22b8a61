"""200 forms that people type, against what a person would take them for: at least 97 % resolve so."""

from __future__ import annotations

from pathlib import Path

from bot.model import OPERATOR, How
from bot.news.hashtags import Hashtags
from bot.news.text import index_terms
from bot.services.news import NewsService
from tests.support import HeldClock, Stores, brought, new_item, watched

FORMS = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "data" / "typed_forms.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("# ") and "\t" in line
]
MEMORY = (
    "Poland buys 32 fighter jets and keeps its F-16s",
    "Law enforcement agencies of nine countries meet",
    "Two strategic partnerships, and a Brexit reset at last",
    "Golden visas end in Spain; the first island chain is armed",
    "Typhoon Kalmaegi nears; Taylor Swift cancels",
    "The mayor of Kyiv and Zelenskiy answer the Koran burning",
    "A startup for paediatrics and anaesthetics, a labour union says; cancelled flights; tyre recycling; a grey wolf",
)


async def test_what_people_type_is_taken_as_a_person_would(stores: Stores, clock: HeldClock) -> None:
    await watched(stores, clock)
    await brought(stores, clock, *(new_item(title, terms=index_terms(title)) for title in MEMORY))
    service = NewsService(stores.news, stores.own_topics, Hashtags.load(), clock)
    wrong = []
    for typed, expected in FORMS:
        found = await service.resolve(typed, guild=OPERATOR)
        phrase = expected.removeprefix("phrase ")
        if phrase != expected:
            right = phrase.split() == list(found.phrase) and found.how in (How.PHRASE, How.EXACT)
        else:
            meant = {("country" if one[0].isupper() or one[1] == "-" else "topic", one) for one in expected.split("|")}
            right = (str(found.kind), found.tag) in meant
        if not right:
            wrong.append(f"{typed!r}: {found.tag} {' '.join(found.phrase)} ({found.how}), not {expected}")
    assert len(FORMS) >= 200
    assert len({typed for typed, _ in FORMS}) == len(FORMS)
    assert len(wrong) <= 0.03 * len(FORMS), "\n".join(wrong)
