"""The taxonomy's own checks: what a reader amends must not contradict itself."""

from collections import defaultdict

import pytest

from bot.model import Category
from bot.news.countries import find_country
from bot.news.taxonomy import build, keys, parse, taxonomy
from bot.news.text import contains, index_terms, phrase_terms, slug

TOPICS = taxonomy().topics

MUST = (
    *(
        "securitycooperation",
        "trade",
        "elections",
        "cybersecurity",
        "climatechange",
        "terrorism",
        "diplomacy",
        "defence",
    ),
    *("sanctions", "tariffs", "inflation", "centralbanks", "interestrates", "oil", "gas", "nuclearweapons"),
    *("nuclearenergy", "refugees", "migration", "humanrights", "protests", "coup", "ceasefire", "peacetalks"),
    *("artificialintelligence", "semiconductors", "cryptocurrency", "socialmedia", "space", "vaccines", "pandemic"),
    *("football", "cricket", "olympics", "film"),
)


def test_size_and_what_must_be_there() -> None:
    assert len(TOPICS) >= 330
    assert [name for name in MUST if name not in TOPICS] == []
    assert {topic.category for topic in TOPICS.values()} == set(Category)


def test_slugs_and_aliases_are_hashtags() -> None:
    for topic in TOPICS.values():
        assert slug(topic.slug) == topic.slug
        assert [alias for alias in topic.aliases if slug(alias) != alias] == []
        assert topic.label.strip() == topic.label != ""


def test_no_name_means_two_topics() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for topic in TOPICS.values():
        for name in (topic.slug, *topic.aliases):
            owners[name].add(topic.slug)
        assert len({topic.slug, *topic.aliases}) == 1 + len(topic.aliases), topic.slug
    assert {name: found for name, found in owners.items() if len(found) > 1} == {}


def test_no_name_hides_a_country() -> None:
    bodies = {"EU", "UN", "VA"}  # the Vatican is sooner the church than the state
    for topic in TOPICS.values():
        for name in (topic.slug, *topic.aliases):
            code = find_country(name) if len(name) > 2 else None
            assert code is None or code in bodies or code.startswith("x-"), name


def test_no_phrase_belongs_to_two_topics() -> None:
    owners: dict[str, list[str]] = defaultdict(list)
    for topic in TOPICS.values():
        for phrase in topic.phrases:
            owners[index_terms(phrase)].append(topic.slug)
    assert "" not in owners
    assert {phrase: found for phrase, found in owners.items() if len(found) > 1} == {}


def test_every_topic_has_phrases() -> None:
    assert [topic.slug for topic in TOPICS.values() if len(topic.phrases) < 3] == []


def test_excluded_wordings_hold_a_phrase_and_are_none() -> None:
    phrases = {index_terms(phrase) for topic in TOPICS.values() for phrase in topic.phrases}
    for topic in TOPICS.values():
        for wording in topic.excluded:
            terms = index_terms(wording)
            assert terms not in phrases, wording
            assert any(contains(terms, phrase_terms(phrase)) for phrase in topic.phrases), wording


AMBIGUOUS = (
    "strike",
    "bill",
    "gas",
    "oil",
    "state",
    "deal",
    "power",
    "general",
    "met",
    "over",
    "shell",
    "windows",
    "gold",
)


@pytest.mark.parametrize("word", AMBIGUOUS)
def test_common_ambiguous_words_are_no_phrases(word: str) -> None:
    assert [topic.slug for topic in TOPICS.values() if word in map(index_terms, topic.phrases)] == []


def test_a_file_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError):
        list(parse('category = "Nonsense"\n[a]\nlabel = "a"\n'))
    with pytest.raises(KeyError):
        list(parse('category = "Sport"\n[a]\nphrases = ["b"]\n'))
    with pytest.raises(ValueError):
        list(parse('category = "Sport"\n[a]\nlabel = "a"\n[a]\nlabel = "b"\n'))


def test_a_reader_can_amend_it() -> None:
    text = 'category = "Sport"\n[kabaddi]\nlabel = "kabaddi"\naliases = ["prokabaddi"]\nphrases = ["raiders"]\n'
    topics = {topic.slug: topic for topic in parse(text)}
    found = build(topics).find("Pro Kabaddi")
    assert found is not None
    assert found.slug == "kabaddi"
    assert list(keys("Centre-Parties")) == ["centreparties", "centerparty"]
