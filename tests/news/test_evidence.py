"""Where the words of a tag stand, and how they are marked."""

from __future__ import annotations

from hypothesis import given, strategies as st

from bot.model import Tagging
from bot.news.evidence import Evidence, Where, evidence, marked, words_of
from bot.news.tagger import Tagger
from tests.support import tagging

tagger = Tagger.load()


def caused(*words: str) -> Tagging:
    return Tagging(tag="x", kind=tagging("x").kind, role=tagging("x").role, score=1.0, words=words)


def test_each_word_has_its_first_place_the_title_before_the_text() -> None:
    found = evidence(caused("Japan", "Tokyo", "Trade"), "Japan votes", "In Tokyo and in Japan.")
    assert found == (
        Evidence(words="Japan", where=Where.TITLE, start=0, end=5),
        Evidence(words="Tokyo", where=Where.TEXT, start=3, end=8),
        Evidence(words="Trade", where=Where.PUBLISHER),
    )


def test_a_part_of_a_word_is_no_place() -> None:
    (found,) = evidence(caused("US"), "THUS it ends", "The US votes")
    assert (found.where, found.start) == (Where.TEXT, 4)


def test_scripts_without_spaces_need_none() -> None:
    (found,) = evidence(caused("日本"), "駐日本大使", "")
    assert (found.where, found.start, found.end) == (Where.TITLE, 1, 3)


def test_marked_takes_the_longest_words_first_and_keeps_the_text() -> None:
    assert marked("security cooperation and security", ["security", "security cooperation"]) == (
        ("security cooperation", True),
        (" and ", False),
        ("security", True),
    )
    assert marked("nothing here", ["else", ""]) == (("nothing here", False),)
    assert marked("", ["x"]) == ()


@given(st.text(alphabet="ab -é日", max_size=30), st.lists(st.text(alphabet="ab -é日", max_size=4), max_size=5))
def test_the_pieces_are_the_text(text: str, words: list[str]) -> None:
    pieces = marked(text, words)
    assert "".join(piece for piece, _ in pieces) == text
    assert all(piece in words for piece, bold in pieces if bold)


@given(st.text(max_size=60), st.text(max_size=120))
def test_what_the_tagger_gives_stands_where_it_is_said_to(title: str, text: str) -> None:
    tagged = tagger.tag(title, f"{text} News from Japan and the Philippines: they sign a security cooperation pact.")
    whole = f"{text} News from Japan and the Philippines: they sign a security cooperation pact."
    for one in (*tagged.topics, *tagged.countries):
        for place in evidence(one, title, whole):
            if place.where is not Where.PUBLISHER:
                part = title if place.where is Where.TITLE else whole
                assert part[place.start : place.end] == place.words
    assert set(words_of(tagged.countries)) >= {"Japan", "Philippines"}
