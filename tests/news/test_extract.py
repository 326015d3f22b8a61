"""`bot.news.extract`: cut at a sentence, else at a word, never inside a character."""

import unicodedata

import pytest
from hypothesis import given, settings, strategies as st

from bot.news.extract import extract, whole_end


def test_short_text_stays_whole() -> None:
    assert extract("  One line,\n two  spaces. ") == "One line, two spaces."
    assert extract("") == ""


def test_cut_at_the_last_sentence_that_fits() -> None:
    text = "The navies met on Monday in Tokyo. They agreed to train together. " + "More words follow here " * 20
    assert extract(text, 100) == "The navies met on Monday in Tokyo. They agreed to train together."


def test_an_early_sentence_leaves_too_little() -> None:
    cut = extract("Yes. " + "many words without an end " * 20, 100)
    assert cut.endswith("…")
    assert 80 <= len(cut) <= 100


@pytest.mark.parametrize("name", ["Mr. Smith", "the U.S. Navy", "J. Doe", "Gen. Lee", "St. Ives", "No. 5"])
def test_abbreviations_end_no_sentence(name: str) -> None:
    text = "a " * 30 + name + " and then the words go on " * 10
    assert not extract(text, 68).endswith(".")


def test_chinese_sentence() -> None:
    text = "中国和日本的外交部长周一在东京会晤。" * 20
    cut = extract(text, 100)
    assert cut.endswith("。")
    assert len(cut) == 90


def test_text_without_spaces_is_cut_all_the_same() -> None:
    assert extract("日" * 500, 50) == "日" * 49 + "…"


def test_quotes_stay_with_their_sentence() -> None:
    text = "He said the two sides had “agreed on everything that matters.” " + "Others doubted it greatly " * 10
    assert extract(text, 80).endswith("matters.”")


@pytest.mark.parametrize(
    "unit", ["👨\u200d👩\u200d👧", "👍🏽", "🇯🇵", "e\u0301", "❤\ufe0f", "क्षि", "🏴\U000e0067\U000e0062\U000e007f"]
)
def test_nothing_is_cut_in_half(unit: str) -> None:
    for limit in range(20, 40):
        cut = extract(unit * 60, limit)
        assert len(cut) <= limit
        assert (unit * 60).startswith(cut[:-1])
        assert len(cut[:-1]) % len(unit) == 0


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(max_size=300), st.integers(0, 250))
def test_any_text(text: str, limit: int) -> None:
    cut = extract(text, limit)
    assert len(cut) <= limit
    assert "\n" not in cut
    if cut.endswith("…") and len(cut) > 1:
        assert " ".join(text.split()).startswith(cut[:-1]) or "…" in text


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.text(max_size=60), st.integers(0, 60))
def test_whole_end_splits_no_mark(text: str, end: int) -> None:
    at = whole_end(text, end)
    assert 0 <= at <= max(end, 0) or at == len(text)
    if 0 < at < len(text):
        assert unicodedata.category(text[at])[0] != "M"
