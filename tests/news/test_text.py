"""`bot.news.text`: one normal form for tagging, store and search."""

import pytest
from hypothesis import example, given, settings, strategies as st

from bot.news.text import (
    SEARCH_LIMIT,
    SLUG_LIMIT,
    chunk_spans,
    chunk_terms,
    contains,
    index_terms,
    parse_search,
    phrase_terms,
    slug,
)

steady = settings(derandomize=True, deadline=None, max_examples=150)

_ALPHABET = st.one_of(
    st.characters(),
    st.sampled_from(
        "abcesiuxy'’-.,#+& \u200b\u200d\u202e\ufeff\u0301\u0e31\u3099ßİıø日本한국ไทยहिन्दीأُّم½´ﷺ\U0001f1ef\U0001f1f5"
    ),
)
any_text = st.text(_ALPHABET, max_size=80)
wordy = st.lists(
    st.text("abceghilnorstuvwxyz'-.", min_size=1, max_size=14)
    | st.sampled_from(["organisations", "co-operation", "cyber-attacks", "U.S.", "F-16s", "analyses", "airstrikes"]),
    max_size=8,
).map(" ".join)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ""),
        (" \t\n—…!?", ""),
        ("Security Co-operation", "security cooperation"),
        ("security-cooperation", "security cooperation"),
        ("security\u2011coöperation", "security cooperation"),
        ("Security CO\u00adOPERATION", "security cooperation"),
        ("re-election, post-election", "reelection post election"),
        ("anti-government non-proliferation", "antigovernment nonproliferation"),
        ("co-op", "co op"),
        ("jets countries elections taxes clashes heroes losses", "jet country election tax clash hero loss"),
        (
            "news politics crisis crises series gas gases bus viruses",
            "news politics crisis crisis series gas gas bus virus",
        ),
        ("women's children movies analyses Israelis", "woman child movie analysis israeli"),
        ("AIDS Hamas Texas", "aids hamas texas"),
        ("China’s ships' crews", "china ship crew"),
        ("don't won't", "dont wont"),
        ("l'Europe d’Ivoire O'Brien", "l europe d ivoire o brien"),
        ("U.S. U.S.A. U.N.-led U.S.-China e.g. a.m.", "us usa un led us china eg am"),
        ("node.js bbc.co.uk", "node js bbc co uk"),
        ("1,000 3.5 $5bn 1990s", "1000 3 5 5bn 1990s"),
        ("F-16 F-16s F16s COVID-19 G-7 MiG-29s", "f16 f16 f16 covid19 g7 mig29"),
        ("April-2024 Sonderfall-12", "april2024 sonderfall 12"),
        ("C++, “C#” and .NET. #.NET #tag ASP.NET", "cplusplus csharp and dotnet dotnet tag asp net"),
        ("Defence programmes in the labour centre", "defense program in the labor center"),
        (
            "organisation organised realise realism globalisation",
            "organization organized realize realism globalization",
        ),
        ("rise promise exercise advise", "rise promise exercise advise"),
        ("neighbouring travellers cancelled sceptics", "neighboring traveler canceled skeptic"),
        ("cybersecurity cyber-security cyber security", "cyber security cyber security cyber security"),
        ("airstrikes air-strikes air strikes", "air strike air strike air strike"),
        ("ceasefire cease-fire", "cease fire cease fire"),
        ("Kyiv Kiev", "kiev kiev"),
        ("élections São Paulo Łódź Ærø Þór", "election sao paulo lodz aero thor"),
        ("İstanbul ISTANBUL ısı straße STRASSE ﬁ", "istanbul istanbul isi strasse strasse fi"),
        ("Украина Россией ёлка", "украина россией ёлка"),
        ("αθήνα Αθήνα", "αθηνα αθηνα"),
        ("الأُمَم المتّحـدة", "الأمم المتحدة"),
        ("हिन्दी में समाचार", "हिन्दी में समाचार"),
        ("安全保障協力", "安 全 保 障 協 力"),
        ("カイロで5月に", "カ イ ロ で 5 月 に"),
        ("한국은 북한과", "한 국 은 북 한 과"),
        ("to\u200bpic \u202eevil\u202c \ufeffbom zero\u200dwidth", "topic evil bom zerowidth"),
        ("ＡＢＣ１２３", "abc123"),
        ("snake_case #Two_Words", "snake case two word"),
        ("\x00control\x07 chars", "control char"),
    ],
)
def test_index_terms(text: str, terms: str) -> None:
    assert index_terms(text) == terms
    assert index_terms(terms) == terms


def test_thai_keeps_vowel_signs_with_their_letter() -> None:
    assert index_terms("ที่นี่").split() == ["ที่", "นี่"]


@steady
@given(any_text | wordy)
@example("´ ﷺ ½ ²")
@example("e-e-e-election re-co-operation")
@example("x" * 300 + "s")
@example("\u0e31\u0e31a")
def test_index_terms_is_idempotent_and_tidy(text: str) -> None:
    terms = index_terms(text)
    assert index_terms(terms) == terms
    assert terms == " ".join(terms.split())
    assert terms == terms.casefold() or not terms.isascii()


@steady
@given(any_text | wordy)
def test_chunks_and_spans_agree(text: str) -> None:
    parts, terms = chunk_terms(text)
    assert parts == [text[start:end] for start, end in chunk_spans(text)]
    assert " ".join(filter(None, terms)) == index_terms(text)


@steady
@given(wordy, wordy)
def test_terms_of_two_texts_are_the_terms_of_both_together(one: str, other: str) -> None:
    assert index_terms(f"{one} {other}").split() == index_terms(one).split() + index_terms(other).split()


@steady
@given(any_text | wordy)
def test_a_text_contains_its_own_phrases(text: str) -> None:
    terms = index_terms(text)
    words = terms.split()
    assert contains(terms, tuple(words)) == bool(words)
    assert all(contains(terms, tuple(words[at : at + 2])) for at in range(len(words)))


def test_contains_keeps_word_boundaries() -> None:
    assert contains("a trade war began", ("trade", "war"))
    assert not contains("a trade warning", ("trade", "war"))
    assert not contains("the fair trade war", ("air", "trade"))
    assert not contains("anything", ())
    assert contains(index_terms("日本と韓国の安全保障"), phrase_terms("韓国"))


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("securitycooperation", "securitycooperation"),
        ("#SecurityCooperation", "securitycooperation"),
        ("Security Co-operation", "securitycooperation"),
        ("Women's rights", "womensrights"),
        ("C++", "cplusplus"),
        (".NET", "dotnet"),
        ("#.NET", "dotnet"),
        ("AT&T", "att"),
        ("São Paulo", "saopaulo"),
        ("安全保障", "安全保障"),
        ("हिन्दी समाचार", "हिन्दीसमाचार"),
        ("COVID-19", "covid19"),
        ("  ", ""),
        ("#!?—", ""),
        ("two_words", "twowords"),
    ],
)
def test_slug(typed: str, tag: str) -> None:
    assert slug(typed) == tag


@steady
@given(any_text)
@example("a" * 5_000)
@example("é\u0301\u0301" * 400)
@example("\u093f" * 400)
def test_slug_is_idempotent_and_short(text: str) -> None:
    tag = slug(text)
    assert len(tag) <= SLUG_LIMIT
    assert slug(tag) == tag
    assert not any(ch.isspace() or ch in "#_-'" for ch in tag)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", ()),
        ('"', ()),
        ("jets", (("jet",),)),
        ("fighter jets", (("fighter",), ("jet",))),
        ('"fighter jets" Japan', (("fighter", "jet"), ("japan",))),
        ("security-cooperation", (("security", "cooperation"),)),
        ('jets JET "jet"', (("jet",),)),
        ("“fighter jets” Japan", (("fighter", "jet"), ("japan",))),
        ("„fighter jets“ «air force»", (("fighter", "jet"), ("air", "force"))),
        ('japan "open quote', (("japan",), ("open", "quote"))),
        ('NEAR(a b) * col: ^x "" - (', (("near",), ("a",), ("b",), ("col",), ("x",))),
        ("100% _under_", (("100",), ("under",))),
        ("韓国", (("韓", "国"),)),
    ],
)
def test_parse_search(typed: str, asked: tuple[tuple[str, ...], ...]) -> None:
    assert parse_search(typed) == asked


@steady
@given(any_text | st.text('"a bc(*:)', max_size=200))
@example("word%d " * 3_000)
@example(" ".join(f"w{n}" for n in range(2_000)))
def test_parse_search_takes_anything(typed: str) -> None:
    asked = parse_search(typed)
    assert sum(map(len, asked)) <= SEARCH_LIMIT
    assert len(set(asked)) == len(asked)
    assert all(phrase and all(phrase) for phrase in asked)
