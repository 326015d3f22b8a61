"""What a headline says that another does not."""

from __future__ import annotations

import pytest

from bot.news.headlines import new_words


@pytest.mark.parametrize(
    ("title", "first", "fresh"),
    [
        ("Strong quake hits Hokkaido", "Strong quake hits Hokkaido", []),
        ("Quakes hit Hokkaido", "Quake hits Hokkaido", []),
        ("Tsunami warning after quake off Hokkaido", "Quake hits Hokkaido", ["Tsunami warning"]),
        ("Magnitude 7.4 quake, 12 dead", "Quake of 7.4", ["Magnitude", "12 dead"]),
        ("Now they also sink a ferry", "Ferry sinks", []),
        ("Prime minister's visit", "A visit", ["Prime minister's"]),
        ("Co-operation pact", "Cooperation", ["pact"]),
        ("北海道で地震", "津波警報", []),
        ("", "Something", []),
        ("Something", "", ["Something"]),
    ],
)
def test_the_words_that_are_new(title: str, first: str, fresh: list[str]) -> None:
    assert [title[start:end] for start, end in new_words(title, first)] == fresh
