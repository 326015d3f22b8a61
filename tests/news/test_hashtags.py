"""What people type for a topic: known, split, near."""

import pytest
from hypothesis import given, settings, strategies as st

from bot.model import How, TagKind
from bot.news.hashtags import LONGEST_SPLIT, SPLITS, Hashtags
from bot.news.text import index_terms, slug

hashtags = Hashtags.load()

VOCABULARY = set(
    index_terms(
        "fighter jets fight er law enforcement en force strategic partnership partner ship defence cooperation "
        "security the a rule of f16 covid19 central asia water summit naval exercise exercises labour centre 5g tower"
    ).split()
)


@pytest.mark.parametrize(
    ("typed", "tag", "how"),
    [
        ("securitycooperation", "securitycooperation", How.EXACT),
        ("#securitycooperation", "securitycooperation", How.EXACT),
        ("#SecurityCooperation", "securitycooperation", How.EXACT),
        ("SECURITYCOOPERATION", "securitycooperation", How.EXACT),
        ("security cooperation", "securitycooperation", How.EXACT),
        ("security co-operation", "securitycooperation", How.EXACT),
        ("security-cooperation", "securitycooperation", How.EXACT),
        ("Security_Cooperation", "securitycooperation", How.EXACT),
        (" security  cooperation ", "securitycooperation", How.EXACT),
        ("security\u2011coöperation", "securitycooperation", How.EXACT),
        ("defensecooperation", "securitycooperation", How.ALIAS),
        ("defencecooperation", "securitycooperation", How.ALIAS),
        ("Defence Cooperation", "securitycooperation", How.ALIAS),
        ("military co-operation", "securitycooperation", How.ALIAS),
        ("trade", "trade", How.EXACT),
        ("elections", "elections", How.EXACT),
        ("election", "elections", How.ALIAS),
        ("cybersecurity", "cybersecurity", How.EXACT),
        ("cyber security", "cybersecurity", How.EXACT),
        ("Cyber-Security", "cybersecurity", How.EXACT),
        ("cybersecurities", "cybersecurity", How.ALIAS),
        ("cyberattacks", "cybersecurity", How.ALIAS),
        ("climatechange", "climatechange", How.EXACT),
        ("ClimateCrisis", "climatechange", How.ALIAS),
        ("global warming", "climatechange", How.ALIAS),
        ("ai", "artificialintelligence", How.ALIAS),
        ("AI", "artificialintelligence", How.ALIAS),
        ("A.I.", "artificialintelligence", How.ALIAS),
        ("artificial intelligence", "artificialintelligence", How.EXACT),
        ("defence", "defence", How.EXACT),
        ("defense", "defence", How.ALIAS),
        ("terrorism", "terrorism", How.EXACT),
        ("interest rates", "interestrates", How.EXACT),
        ("interest rate", "interestrates", How.ALIAS),
        ("chips", "semiconductors", How.ALIAS),
        ("soccer", "football", How.ALIAS),
        ("movies", "film", How.ALIAS),
        ("Human Rights", "humanrights", How.EXACT),
        ("cease-fire", "ceasefire", How.EXACT),
        ("ceasefires", "ceasefire", How.ALIAS),
        ("EU", "europeanunion", How.ALIAS),
        ("G7", "g7", How.EXACT),
        ("ukraine war", "ukrainewar", How.EXACT),
        ("Covid-19", "pandemic", How.ALIAS),
        ("womens rights", "womensrights", How.EXACT),
        ("Women's Rights", "womensrights", How.EXACT),
        ("lgbtq", "lgbtrights", How.ALIAS),
    ],
)
def test_known_topics(typed: str, tag: str, how: How) -> None:
    found = hashtags.known(typed)
    assert found is not None
    assert (found.tag, found.how, found.kind, found.known) == (tag, how, TagKind.TOPIC, True)
    assert found.label == hashtags.label(tag)
    assert found.typed == typed


@pytest.mark.parametrize(
    ("typed", "code", "how"),
    [
        ("Japan", "JP", How.EXACT),
        ("#japan", "JP", How.EXACT),
        ("JP", "JP", How.EXACT),
        ("UK", "GB", How.ALIAS),
        ("us", "US", How.EXACT),
        ("Polish", "PL", How.ALIAS),
        ("south korea", "KR", How.EXACT),
        ("SouthKorea", "KR", How.EXACT),
        ("Ivory Coast", "CI", How.ALIAS),
        ("ukraine", "UA", How.EXACT),
    ],
)
def test_countries(typed: str, code: str, how: How) -> None:
    found = hashtags.known(typed)
    assert found is not None
    assert (found.tag, found.how, found.kind) == (code, how, TagKind.COUNTRY)


@pytest.mark.parametrize(
    "typed",
    [
        *("fighterjet", "FighterJet", "fighter jets", "lawenforcement", "strategicpartnership", "it", "no"),
        *("", "#", "…", "日本", "x" * 5_000, "xyzzyplugh"),
    ],
)
def test_unknown(typed: str) -> None:
    assert hashtags.known(typed) is None


@pytest.mark.parametrize(
    ("letters", "best"),
    [
        ("fighterjet", ("fighter", "jet")),
        ("fighterjets", ("fighter", "jet")),
        ("lawenforcement", ("law", "enforcement")),
        ("strategicpartnership", ("strategic", "partnership")),
        ("strategicpartnerships", ("strategic", "partnership")),
        ("defencecooperation", ("defense", "cooperation")),
        ("defensecooperation", ("defense", "cooperation")),
        ("labourcentres", ("labor", "center")),
        ("ruleoflaw", ("rule", "of", "law")),
        ("f16jets", ("f16", "jet")),
        ("covid19summit", ("covid19", "summit")),
        ("centralasiawatersummit", ("central", "asia", "water", "summit")),
        ("navalexercises", ("naval", "exercise")),
        ("5gtower", ("5g", "tower")),
    ],
)
def test_splits(letters: str, best: tuple[str, ...]) -> None:
    ways = hashtags.splits(letters, VOCABULARY & hashtags.candidates(letters))
    assert ways[0] == best
    assert len(ways) <= SPLITS


def test_splits_have_limits() -> None:
    assert hashtags.splits("fighterjet", set()) == []
    assert hashtags.splits("", VOCABULARY) == []
    assert hashtags.splits("fighterjetx", VOCABULARY) == []
    assert hashtags.candidates("a" * (LONGEST_SPLIT + 1)) == set()
    assert hashtags.splits("a" * (LONGEST_SPLIT + 1), {"a", "aa"}) == []
    assert len(hashtags.candidates("a" * LONGEST_SPLIT)) <= 20
    assert len(hashtags.splits("a" * LONGEST_SPLIT, {"aa", "aaa", "aaaa", "aaaaa"})) <= SPLITS


def test_near() -> None:
    assert hashtags.near("securitycoperation")[0] == "securitycooperation"
    assert hashtags.near("climatchange")[0] == "climatechange"
    assert hashtags.near("taylorswfit", ["taylorswift", "tailor"]) == ("taylorswift",)
    assert hashtags.near("xq") == ()
    assert hashtags.near("") == ()
    assert hashtags.near("zzzzzzzzzz" * 500) == ()
    assert len(hashtags.near("election", limit=2)) <= 2


def test_near_names() -> None:
    assert hashtags.near_names("japan time", ["CNA", "The Japan Times"]) == ("The Japan Times",)
    assert hashtags.near_names("zzz", ["CNA"]) == ()


def test_beginning() -> None:
    assert hashtags.beginning("cyber") == ("cybercrime", "cybersecurity")
    assert "artificialintelligence" in hashtags.beginning("ai")
    assert hashtags.beginning("climatecr") == ("climatechange",)
    assert hashtags.beginning("xyzzy") == ()


@settings(derandomize=True, deadline=None, max_examples=80)
@given(st.text(max_size=40))
def test_anything_typed(typed: str) -> None:
    hashtags.known(typed)
    hashtags.near(typed)
    hashtags.beginning(typed)
    letters = slug(typed)
    for words in hashtags.splits(letters, hashtags.candidates(letters)):
        assert all(words)
