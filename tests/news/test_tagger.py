"""The taggers together: terms, limits, and any text at all."""

import pytest
from hypothesis import example, given, settings, strategies as st

from bot.model import Role, TagKind
from bot.news.tagger import Tagger
from bot.news.text import index_terms

tagger = Tagger.load()


def test_terms_are_those_of_title_and_text() -> None:
    title, text = "Navies agree: security co-operation", "Joint patrols “soon”."
    tagged, terms = tagger.analyse(title, text)
    assert terms == index_terms(f"{title} {text}")
    assert tagged == tagger.tag(title, text)
    assert tagger.analyse("", text)[1] == index_terms(text)
    assert tagger.analyse(title, "")[1] == index_terms(title)
    assert tagger.analyse("", "")[1] == ""


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("a" * 1_000_000, "b " * 500_000),
        ("", "日本" * 100_000),
        ("\x00\x01", "\ud800 Japan \udfff"),
        ("#" * 600, "#a" * 3_000),
        ("US " * 300, "Paris, Texas " * 400),
        ("\u0301" * 512, "\u200d" * 4_000),
    ],
)
def test_hostile_texts(title: str, text: str) -> None:
    tagged, terms = tagger.analyse(title, text)
    assert all(0 <= one.score <= 1 for one in (*tagged.topics, *tagged.countries))
    assert isinstance(terms, str)


WORDS = (
    *("Japan", "China's", "US", "security", "co-operation", "peace", "talks", "West", "Bank", "defence-pact"),
    *("#ceasefire", "oil", "prices", "—", "“the”", "Georgia", "東京"),
)
words = st.sampled_from(WORDS)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(
    st.text(max_size=60) | st.lists(words, max_size=8).map(" ".join),
    st.text(max_size=150) | st.lists(words, max_size=30).map("  ".join),
    st.lists(st.text(max_size=30) | st.sampled_from(["Japan", "Trade", "News/World"]), max_size=4),
    st.text(max_size=12) | st.none(),
)
@example("peace\u00adtalks", "security\u2009pact", ["a>b|c"], "((")
def test_any_text(title: str, text: str, categories: list[str], section: str | None) -> None:
    tagged, terms = tagger.analyse(title, text, language=section, categories=categories, section=section)
    assert terms.split() == index_terms(title).split() + index_terms(text).split()
    assert [one.score for one in tagged.topics] == sorted((one.score for one in tagged.topics), reverse=True)
    order = [(one.role is Role.MENTION, -one.score) for one in tagged.countries]
    assert order == sorted(order)
    for one in tagged.topics:
        assert one.kind is TagKind.TOPIC
        assert one.words
        assert all(word in title or word in text or word in f"{title}\n{text}" or categories for word in one.words)
    assert len({one.tag for one in tagged.topics}) == len(tagged.topics)
    assert len({one.tag for one in tagged.countries}) == len(tagged.countries)
