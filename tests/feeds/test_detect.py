"""What a document is written in, told from its text: by the model where the extra ``lang`` is installed."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from hypothesis import given, settings, strategies as st

from bench.languages import headlines, written
from bot.feeds import detect
from bot.feeds.parse import Parser
from bot.model import Document, primary_language
from bot.news.languages import names
from tests.feeds.conftest import rss

URL = "https://news.example/feed"
with_model = pytest.mark.skipif(not detect.is_there(), reason="needs the extra: pip install 'dateline[lang]'")
FRENCH = (
    "Le budget 2027 adopté par l’Assemblée", "Grève à la SNCF : un train sur deux", "Les députés ont voté le texte",
)  # fmt: skip
GERMAN = (
    "Bundestag beschließt das Rentenpaket", "Die Bahn streicht viele Verbindungen", "Unwetter: Schulen bleiben zu",
)  # fmt: skip


def feed(*titles: str, head: str = "<title>F</title>") -> bytes:
    return rss(*(f"<title>{title}</title><guid>{number}</guid>" for number, title in enumerate(titles)), head=head)


async def parsed(parser: Parser, body: bytes, language: str | None = None) -> Document:
    found = await parser.parse(body, url=URL, language=language)
    assert isinstance(found, Document)
    return found


def spoken(document: Document) -> list[str | None]:
    return [entry.language for entry in document.entries]


def test_every_language_that_can_be_told_has_a_name() -> None:
    assert {primary_language(code) for code in detect.LANGUAGES.split()} <= set(names())


@with_model
@pytest.mark.parametrize("texts", [written(), headlines()], ids=["written", "headlines"])
def test_no_document_is_told_wrong_and_most_are_told(texts: dict[str, list[str]]) -> None:
    told = {language: set(detect.languages(each)) for language, each in texts.items()}
    assert {language: found for language, found in told.items() if found - {None, language}} == {}
    assert sum(found == {language} for language, found in told.items()) >= 0.9 * len(told)


@with_model
def test_one_entry_is_told_only_where_it_is_sure() -> None:
    texts = [(language, text) for language, each in (*written().items(), *headlines().items()) for text in each]
    told = [(language, detect.languages([text])[0]) for language, text in texts]
    sure = [(language, found) for language, found in told if found is not None]
    assert sum(language == found for language, found in sure) >= 0.995 * len(sure)
    assert len(sure) >= 0.6 * len(texts)


@with_model
def test_a_document_in_several_languages_is_told_entry_by_entry() -> None:
    assert detect.languages([*FRENCH, *GERMAN]) == ["fr"] * 3 + ["de"] * 3
    many = [*FRENCH, *GERMAN] * 20
    assert detect.languages(many) == (["fr"] * 3 + ["de"] * 3) * 20
    in_turns = [text for pair in zip(FRENCH, GERMAN, strict=True) for text in pair] * 8
    assert detect.languages(in_turns) == ["fr", "de"] * 24


@with_model
def test_a_long_document_in_one_language_is_told_by_the_first_few_that_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []
    judge = detect._judged

    def counted(text: str, limit: int = 300) -> tuple[str, float]:
        judged.append(text)
        return judge(text, limit)

    monkeypatch.setattr(detect, "_judged", counted)
    assert detect.languages(FRENCH * 30) == ["fr"] * 90
    assert len(judged) == 6


@with_model
@pytest.mark.parametrize("texts", [[], [""], ["12:30"], ["🇯🇵 3:1"], ["FC 2-0 AC"], ["x"] * 500])
def test_what_tells_nothing_is_no_language(texts: list[str]) -> None:
    assert detect.languages(texts) == [None] * len(texts)


@with_model
@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=8))
def test_any_text_at_all(texts: list[str]) -> None:
    found = detect.languages(texts)
    assert len(found) == len(texts)
    assert all(code is None or primary_language(code) == code for code in found)


@with_model
async def test_a_feed_that_says_nothing_is_told_in_a_process_of_its_own() -> None:
    async with Parser(workers=1) as parser:
        before = parser.processes
        said = await parsed(parser, feed(*FRENCH, head="<title>F</title><language>en</language>"))
        assert (said.language, spoken(said)) == ("en", ["en"] * 3), "what is said is never doubted"
        known = await parsed(parser, feed(*FRENCH), language="fr-ca")
        assert (known.language, spoken(known)) == (None, [None] * 3), "nothing is told where the source says it"
        assert parser.processes == before, "and no model is loaded for it"
        told = await parsed(parser, feed(*FRENCH))
        assert (told.language, spoken(told)) == ("fr", ["fr"] * 3)
        assert len(parser.processes) == 2
        mixed = await parsed(parser, feed(*FRENCH, *GERMAN))
        assert (mixed.language, spoken(mixed)) == (None, ["fr"] * 3 + ["de"] * 3)
        assert len(parser.processes) == 2, "one for all"


@with_model
async def test_a_few_new_entries_tell_nothing_of_those_that_were_passed_over() -> None:
    async with Parser(workers=1) as parser:
        before = await parsed(parser, feed(*FRENCH, *GERMAN))
        known = before.slices
        after = await parser.parse(feed(*FRENCH, *GERMAN, *(f"{title}." for title in GERMAN)), url=URL, known=known)
    assert isinstance(after, Document)
    assert len(after.passed) == 6
    assert (after.language, spoken(after)) == (None, ["de"] * 3)


@with_model
@pytest.mark.slow
async def test_a_process_that_dies_leaves_the_language_unknown_and_the_next_is_told() -> None:
    async with Parser(workers=1) as parser:
        (worker,) = parser.processes
        await parsed(parser, feed(*FRENCH))
        (detector,) = set(parser.processes) - {worker}
        os.kill(detector, signal.SIGKILL)
        lost = await parsed(parser, feed(*GERMAN))
        assert spoken(lost) in ([None] * 3, ["de"] * 3)
        assert spoken(await parsed(parser, feed(*GERMAN))) == ["de"] * 3


@with_model
@pytest.mark.slow
async def test_one_that_is_given_up_leaves_no_answer_for_the_next() -> None:
    async with Parser(workers=1) as parser:
        await parsed(parser, feed(*FRENCH))
        given_up = asyncio.create_task(parser.parse(feed(*FRENCH), url=URL))
        while not parser._detecting.locked():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert spoken(await parsed(parser, feed(*GERMAN))) == ["de"] * 3


@with_model
@pytest.mark.slow
async def test_the_model_is_let_go_when_it_is_not_needed_and_comes_back_when_it_is() -> None:
    async with Parser(workers=1, detector_rest=0.01) as parser:
        (worker,) = parser.processes
        for words, language in ((FRENCH, "fr"), (GERMAN, "de")):
            assert spoken(await parsed(parser, feed(*words))) == [language] * 3
            while parser.processes != (worker,):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)


async def test_without_the_extra_the_language_stays_unknown() -> None:
    async with Parser(workers=1, detects=False) as parser:
        assert spoken(await parsed(parser, feed(*FRENCH))) == [None] * 3
        assert len(parser.processes) == 1
